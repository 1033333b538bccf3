//go:build !unix

package vault

import (
	"io/fs"
	"os"
	"time"
)

const openFlags = 0

func inode(fs.FileInfo) uint64 { return 0 }

// Changed returns when a file was last written, as far as the system tells.
func Changed(path string) (time.Time, error) {
	info, err := os.Stat(path)
	if err != nil {
		return time.Time{}, err
	}
	return info.ModTime(), nil
}
