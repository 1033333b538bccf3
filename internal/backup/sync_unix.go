//go:build unix

package backup

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// lockDrafts means that a file is locked while it is written, which does not
// keep its own process from writing it.
const lockDrafts = true

// openFlags prevent opening a pipe from blocking.
const openFlags = syscall.O_NONBLOCK

// syncDir syncs the names in a folder to disk.
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
