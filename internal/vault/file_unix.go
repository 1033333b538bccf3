//go:build unix

package vault

import (
	"io/fs"
	"syscall"
)

// openFlags keep an open from waiting for a writer, should a note have become
// a named pipe since it was listed.
const openFlags = syscall.O_NONBLOCK

func inode(info fs.FileInfo) uint64 {
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		return uint64(stat.Ino)
	}
	return 0
}
