package vault

import (
	"io/fs"
	"syscall"
)

// recallOnAccess is the attribute of a file whose bytes are not on the disk.
const recallOnAccess = 0x400000

// dataless reports whether reading a file would first fetch it.
func dataless(info fs.FileInfo) bool {
	data, ok := info.Sys().(*syscall.Win32FileAttributeData)
	return ok && data.FileAttributes&recallOnAccess != 0
}
