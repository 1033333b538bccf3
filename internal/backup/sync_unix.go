//go:build unix

package backup

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// lockDrafts says that a file that is written is locked, which does not keep
// its own process from writing it.
const lockDrafts = true

// openFlags keep a pipe from blocking the one who opens it.
const openFlags = syscall.O_NONBLOCK

// syncDir makes sure that the names in a folder are on disk.
func syncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("sync a folder: %w", err)
	}
	defer f.Close()
	if err := f.Sync(); err != nil && !errors.Is(err, syscall.EINVAL) && !errors.Is(err, syscall.ENOTSUP) {
		return fmt.Errorf("sync a folder: %w", err)
	}
	return nil
}
