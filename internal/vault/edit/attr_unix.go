//go:build linux || darwin

package edit

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// openFlags keep an open from waiting for a writer if a note has become a named
// pipe.
const openFlags = syscall.O_NONBLOCK

// exchange swaps two files of a folder atomically.
func exchange(dir *os.File, a, b string) error {
	var err error
	e := control(dir, func(fd int) { err = swap(fd, a, b) })
	if errors.Is(err, unix.ENOSYS) || errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOTSUP) {
		return errNoExchange
	}
	return errors.Join(err, e)
}

// maxAttributes bounds the extended attributes of a file that are copied, and
// each one's size, in bytes.
const maxAttributes = 64 << 10

// copyAttributes gives f the owner, group and extended attributes of another
// file, as far as this process is allowed to.
func copyAttributes(f, from *os.File, info fs.FileInfo) {
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		if f.Chown(int(stat.Uid), int(stat.Gid)) != nil {
			_ = f.Chown(-1, int(stat.Gid))
		}
	}
	_ = control(from, func(in int) {
		_ = control(f, func(out int) { copyExtended(out, in) })
	})
}

// copyExtended copies the extended attributes of an open file to another.
func copyExtended(out, in int) {
	names := make([]byte, maxAttributes)
	n, err := unix.Flistxattr(in, names)
	if err != nil {
		return
	}
	value := make([]byte, maxAttributes)
	for name := range bytes.SplitSeq(names[:n], []byte{0}) {
		if len(name) == 0 {
			continue
		}
		if n, err := unix.Fgetxattr(in, string(name), value); err == nil {
			_ = unix.Fsetxattr(out, string(name), value[:n], 0)
		}
	}
}

// control calls use with the file's descriptor.
func control(f *os.File, use func(fd int)) error {
	conn, err := f.SyscallConn()
	if err != nil {
		return err
	}
	return conn.Control(func(fd uintptr) { use(int(fd)) })
}

func syncDir(dir *os.File) error { return dir.Sync() }
