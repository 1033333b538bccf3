//go:build unix

package notebook

import (
	"errors"
	"os"
	"syscall"
)

// syncFolder syncs the names in a folder to disk. On file systems that cannot
// do that it does nothing.
func syncFolder(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := f.Sync(); err != nil && !errors.Is(err, syscall.EINVAL) && !errors.Is(err, errors.ErrUnsupported) {
		return err
	}
	return nil
}
