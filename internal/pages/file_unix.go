//go:build unix

package pages

import "syscall"

// openFlags keep open from blocking if a scan was replaced by a named pipe.
const openFlags = syscall.O_NONBLOCK
