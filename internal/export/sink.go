package export

import (
	"archive/zip"
	"errors"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"daybook"
)

// Zip returns a sink that writes a zip file. Close its writer afterwards.
func Zip(w *zip.Writer) Sink { return zipSink{w} }

type zipSink struct{ w *zip.Writer }

func (z zipSink) Create(name string, modified time.Time) (io.WriteCloser, error) {
	w, err := z.w.CreateHeader(&zip.FileHeader{Name: name, Modified: modified, Method: zip.Deflate})
	return nopCloser{w}, err
}

type nopCloser struct{ io.Writer }

func (nopCloser) Close() error { return nil }

// Dir writes an export to a new folder. The folder must not exist, or be empty,
// and must not be inside a folder that is exported. If write fails, nothing is
// left of it.
func Dir(folder string, sources []Folder, write func(Sink) error) error {
	whole, err := filepath.Abs(folder)
	if err != nil {
		return err
	}
	for _, s := range sources {
		if inside(whole, s.Path) {
			return daybook.Errorf(daybook.Invalid, "%s is inside the journal. Name a folder elsewhere.", folder)
		}
	}
	if entries, err := os.ReadDir(whole); err == nil && len(entries) > 0 {
		return daybook.Errorf(daybook.Conflict, "%s is not empty. Name a new folder.", folder)
	}
	if err := os.MkdirAll(filepath.Dir(whole), 0o700); err != nil {
		return cannotWrite(folder, err)
	}
	temp, err := os.MkdirTemp(filepath.Dir(whole), ".daybook-export-*")
	if err != nil {
		return cannotWrite(folder, err)
	}
	err = writeTree(temp, write)
	if err == nil {
		_ = os.Remove(whole) // empty, or not there
		err = os.Rename(temp, whole)
	}
	if err != nil {
		return errors.Join(err, os.RemoveAll(temp))
	}
	return nil
}

func cannotWrite(folder string, err error) error {
	return &daybook.Error{Kind: daybook.Unavailable, Message: "Cannot write to " + folder + ".", Err: err}
}

// inside reports whether a path is a folder or in it, as the disk has them.
func inside(name, folder string) bool {
	real := func(p string) string {
		for rest := ""; ; {
			if r, err := filepath.EvalSymlinks(p); err == nil {
				return filepath.Join(r, rest)
			}
			parent := filepath.Dir(p)
			if parent == p {
				return p
			}
			rest, p = filepath.Join(filepath.Base(p), rest), parent
		}
	}
	rel, err := filepath.Rel(real(folder), real(name))
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}

func writeTree(folder string, write func(Sink) error) error {
	root, err := os.OpenRoot(folder)
	if err != nil {
		return err
	}
	return errors.Join(write(dirSink{root}), root.Close())
}

type dirSink struct{ root *os.Root }

func (d dirSink) Create(name string, modified time.Time) (io.WriteCloser, error) {
	name = filepath.FromSlash(name)
	if err := d.root.MkdirAll(path.Dir(filepath.ToSlash(name)), 0o700); err != nil {
		return nil, err
	}
	f, err := d.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	return &dirFile{f, d.root, name, modified}, nil
}

// dirFile gets its time when it is closed.
type dirFile struct {
	*os.File
	root     *os.Root
	name     string
	modified time.Time
}

func (f *dirFile) Close() error {
	if err := f.File.Close(); err != nil {
		return err
	}
	return f.root.Chtimes(f.name, f.modified, f.modified)
}
