package edit

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// swap swaps two files of a folder atomically.
func swap(fd int, a, b string) error { return unix.Renameat2(fd, a, fd, b, unix.RENAME_EXCHANGE) }

// openForWriting takes out a lease on the file, which the system refuses while
// somebody has it open for writing, and gives it back at once.
func openForWriting(f *os.File) (open, known bool) {
	err := control(f, func(fd int) {
		_, err := unix.FcntlInt(uintptr(fd), unix.F_SETLEASE, unix.F_RDLCK)
		switch {
		case err == nil:
			known = true
			_, _ = unix.FcntlInt(uintptr(fd), unix.F_SETLEASE, unix.F_UNLCK)
		case errors.Is(err, unix.EAGAIN):
			open, known = true, true
		}
	})
	return open, known && err == nil
}
