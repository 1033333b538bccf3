package pages

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"daybook"
	"daybook/internal/pages/raster"
)

// source is the location of a scan: a trusted path, or a path that must not
// leave a folder.
type source struct {
	folder string // "" for none
	path   string // with slashes below a folder
}

func (s source) whole() string {
	if s.folder == "" {
		return s.path
	}
	return filepath.Join(s.folder, filepath.FromSlash(s.path))
}

func (s source) open() (*os.File, error) {
	const flags = os.O_RDONLY | openFlags
	if s.folder == "" {
		return os.OpenFile(s.path, flags, 0)
	}
	root, err := os.OpenRoot(s.folder)
	if err != nil {
		return nil, err
	}
	defer root.Close() // opened files stay open
	f, err := root.OpenFile(filepath.FromSlash(s.path), flags, 0)
	var system syscall.Errno
	if err != nil && !errors.As(err, &system) { // it leads outside the folder
		err = fmt.Errorf("%w: %w", fs.ErrNotExist, err)
	}
	return f, err
}

func (s source) stat() (fs.FileInfo, error) {
	if s.folder == "" {
		return os.Stat(s.path)
	}
	root, err := os.OpenRoot(s.folder)
	if err != nil {
		return nil, err
	}
	defer root.Close() // it was only looked into
	return root.Stat(filepath.FromSlash(s.path))
}

// file is a scan that was opened and whose type is known.
type file struct {
	path   string
	kind   raster.Type
	stat   fs.FileInfo
	opened *os.File // closed by the caller; nil in a process
}

// openFile opens a file if it is a scan by its first bytes and its size.
func openFile(from source, limits Limits) (f file, err error) {
	f.path = from.whole()
	f.opened, err = from.open()
	if errors.Is(err, fs.ErrNotExist) {
		return f, daybook.Errorf(daybook.NotFound, "there is no scan %s", f.name())
	}
	if err != nil {
		return f, fmt.Errorf("open a scan: %w", err)
	}
	defer func() {
		if err != nil {
			_ = f.opened.Close() // it was only read
		}
	}()
	if f.stat, err = f.opened.Stat(); err != nil {
		return f, fmt.Errorf("look at a scan: %w", err)
	}
	if !f.stat.Mode().IsRegular() {
		return f, f.fault("is not a file")
	}
	if f.size() > limits.File {
		return f, f.fault("is larger than %d MB", limits.File>>20)
	}
	head := make([]byte, raster.SniffLen)
	n, err := f.opened.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return f, fmt.Errorf("read a scan: %w", err)
	}
	var like string
	switch f.kind, like = raster.Sniff(head[:n]); {
	case f.kind != "":
		return f, nil
	case n == 0:
		return f, f.fault("is empty")
	case like != "":
		return f, f.fault("is not a picture or PDF that Daybook reads: it begins like %s", like)
	}
	return f, f.fault("is not a picture or PDF that Daybook reads")
}

func (f file) name() string { return filepath.Base(f.path) }
func (f file) size() int64  { return f.stat.Size() }

// same reports whether g is the same file as f, unchanged.
func (f file) same(g file) bool {
	return f.path == g.path && os.SameFile(f.stat, g.stat) && f.size() == g.size() && f.stat.ModTime().Equal(g.stat.ModTime())
}

// fault returns an error about the file.
func (f file) fault(format string, args ...any) error {
	return daybook.Errorf(daybook.Invalid, "%s %s", f.name(), fmt.Sprintf(format, args...))
}

func (f file) tooMuchMemory(l Limits) error {
	return f.fault("needs more than %d MB of memory to decode", l.Memory>>20)
}

// trouble returns the error for an answer that is not about the file.
func trouble(k kind, body []byte) error {
	if k != kindTrouble {
		return errNonsense
	}
	return fmt.Errorf("%w: %q", errTrouble, body)
}

// refused returns the error for an answer other than a picture.
func (f file) refused(k kind, body []byte, l Limits) error {
	var why raster.Fault
	if k != kindFault {
		return trouble(k, body)
	}
	if err := json.Unmarshal(body, &why); err != nil {
		return errNonsense
	}
	switch why.Reason {
	case raster.Damaged:
		return f.fault("is damaged or cut off")
	case raster.Unsupported:
		return f.fault("is a variant of %s that Daybook does not read; save it anew, as PDF, PNG or JPEG", f.kind)
	case raster.Protected:
		return f.fault("is protected by a password")
	case raster.NoPages:
		return f.fault("has no pages")
	case raster.NoSuchPage:
		return daybook.Errorf(daybook.NotFound, "%s has no such page: it has %d", f.name(), why.Pages)
	case raster.TooManyPages:
		return f.fault("has more than %d pages", l.Pages)
	case raster.TooManyPixels:
		return f.fault("is %d by %d pixels, and more than %d million are too many", why.Width, why.Height, l.Pixels/1e6)
	case raster.TooMuchMemory:
		return f.tooMuchMemory(l)
	}
	return errNonsense
}
