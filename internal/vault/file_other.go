//go:build !unix

package vault

import (
	"io/fs"
	"os"
	"time"
)

const openFlags = 0

func inode(fs.FileInfo) uint64 { return 0 }

func changeTime(fs.FileInfo) int64 { return 0 }

func fileID(fs.FileInfo) string { return "" }

func hardLinked(fs.FileInfo) bool { return false }

// Changed returns when a file was last written, if the system reports it.
func Changed(path string) (time.Time, error) {
	info, err := os.Stat(path)
	if err != nil {
		return time.Time{}, err
	}
	return info.ModTime(), nil
}
