//go:build unix

package session

import (
	"io/fs"
	"os"
	"syscall"
)

// exposed says why others than this user may know or have written a file, ""
// if they cannot.
func exposed(info fs.FileInfo) string {
	if info.Mode().Perm()&0o077 != 0 {
		return "can be read by others"
	}
	owner, ok := info.Sys().(*syscall.Stat_t)
	if user := os.Geteuid(); ok && user != 0 && owner.Uid != uint32(user) && owner.Uid != 0 {
		return "belongs to another user"
	}
	return ""
}
