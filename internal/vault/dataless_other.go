//go:build !darwin && !windows

package vault

import "io/fs"

// dataless reports whether reading a file would first fetch it.
func dataless(fs.FileInfo) bool { return false }
