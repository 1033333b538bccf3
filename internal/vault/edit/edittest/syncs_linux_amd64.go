package edittest

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/sys/unix"
)

// syncs has the files that were written, and the folders in which names changed, since
// they were last synced. Calls that are let through count as if they had succeeded.
type syncs map[string]bool

// missing returns what is not synced, in order. Hidden files are temporary: their bytes,
// and that they are gone, need not be on disk.
func (s syncs) missing() []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(s)), func(path string) bool { return hidden(path) })
}

func hidden(path string) bool { return filepath.Base(path)[0] == '.' }

// note records a call that is about to be made.
func (s syncs) note(call notification) {
	args := call.Args
	switch call.Call {
	case unix.SYS_WRITE:
		if info, err := os.Stat(opened(args[0])); err == nil && info.Mode().IsRegular() {
			s[where(args[0])] = true
		}
	case unix.SYS_FSYNC:
		delete(s, where(args[0]))
	case unix.SYS_MKDIRAT:
		if path := named(args[0], args[1]); !exists(path) {
			s.named(path)
		}
	case unix.SYS_UNLINKAT:
		if path := named(args[0], args[1]); exists(path) {
			s.named(path)
			if args[2]&unix.AT_REMOVEDIR != 0 {
				delete(s, path)
			}
		}
	case unix.SYS_LINKAT, unix.SYS_RENAMEAT, unix.SYS_RENAMEAT2:
		from, to := named(args[0], args[1]), named(args[2], args[3])
		s.named(to)
		if s[from] {
			s[to] = true
		}
		if call.Call != unix.SYS_LINKAT {
			s.named(from)
			delete(s, from)
		}
	}
}

// named records that a folder has a name more or less.
func (s syncs) named(path string) {
	if !hidden(path) {
		s[filepath.Dir(path)] = true
	}
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// opened returns the link to an open file.
func opened(fd uint64) string { return fmt.Sprintf("/proc/self/fd/%d", int32(fd)) }

// where returns the path of an open file or folder.
func where(fd uint64) string {
	path, _ := os.Readlink(opened(fd))
	return path
}

// named returns the path of a name in an open folder. The name is in this process's
// memory at an address.
func named(dir, address uint64) string {
	memory, err := os.Open("/proc/self/mem")
	if err != nil {
		return ""
	}
	defer memory.Close()
	name := make([]byte, unix.PathMax)
	n, _ := memory.ReadAt(name, int64(address)) // it may end where the memory does
	name, _, _ = bytes.Cut(name[:n], []byte{0})
	if filepath.IsAbs(string(name)) || int32(dir) == unix.AT_FDCWD {
		return string(name)
	}
	return filepath.Join(where(dir), string(name))
}
