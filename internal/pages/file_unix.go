//go:build unix

package pages

import "syscall"

// openFlags keep an open from waiting for a writer, should a scan have become
// a named pipe.
const openFlags = syscall.O_NONBLOCK
