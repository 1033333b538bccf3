package vault

import (
	"io/fs"
	"syscall"
)

// sfDataless is the flag of a file whose bytes are not on the disk.
const sfDataless = 0x40000000

// dataless reports whether reading a file would first fetch it.
func dataless(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && stat.Flags&sfDataless != 0
}
