//go:build !linux && !darwin

package edit

import (
	"io/fs"
	"os"
)

const openFlags = 0

func copyAttributes(*os.File, *os.File, fs.FileInfo) {}

// syncDir does nothing: there are systems on which a folder cannot be brought
// to disk.
func syncDir(*os.File) error { return nil }
