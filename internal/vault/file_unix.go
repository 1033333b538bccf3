//go:build unix

package vault

import (
	"fmt"
	"io/fs"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// openFlags keep an open from waiting for a writer if a note has become a named
// pipe since it was listed.
const openFlags = syscall.O_NONBLOCK

func inode(info fs.FileInfo) uint64 {
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		return uint64(stat.Ino)
	}
	return 0
}

// fileID identifies a file on this machine.
func fileID(info fs.FileInfo) string {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return ""
	}
	return fmt.Sprintf("%d:%d", stat.Dev, stat.Ino)
}

// hardLinked reports whether a file has more names than one.
func hardLinked(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && stat.Nlink > 1
}

// Changed returns when a file was last written, replaced or renamed on this
// machine. (Its modification time may come from another machine, through sync.)
func Changed(path string) (time.Time, error) {
	var stat unix.Stat_t
	if err := unix.Stat(path, &stat); err != nil {
		return time.Time{}, &os.PathError{Op: "stat", Path: path, Err: err}
	}
	written, placed := time.Unix(stat.Mtim.Unix()), time.Unix(stat.Ctim.Unix())
	if placed.After(written) {
		return placed, nil
	}
	return written, nil
}
