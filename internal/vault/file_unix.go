//go:build unix

package vault

import (
	"io/fs"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
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

// Changed returns when a file was last written, replaced or renamed on this
// machine: one that a synchronising program brings bears the time at which it was
// written elsewhere.
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
