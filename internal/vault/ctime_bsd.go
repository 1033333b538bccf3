//go:build darwin || freebsd || netbsd

package vault

import (
	"io/fs"
	"syscall"
)

// changeTime returns when a file's bytes or metadata last changed, in Unix
// nanoseconds.
func changeTime(info fs.FileInfo) int64 {
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		return stat.Ctimespec.Nano()
	}
	return 0
}
