package backup

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Tree is a folder whose files are backed up.
type Tree struct {
	Name string // such as Journal
	Dir  string
	// Skip returns why a file or folder is left out, by its full path; ""
	// includes it.
	Skip func(path string) string
	// Moving means that files are created and removed in the folder all the
	// time, under hidden names at first. Hidden files are left out, and files
	// that disappear are ignored.
	Moving bool
}

const (
	// maxHeld is the size up to which a file is read into memory at once.
	maxHeld = 64 << 20
	// unsettled is the age of a change below which another may follow.
	unsettled = 100 * time.Millisecond
	// emptied is how long to wait for a file that was just truncated to be
	// written, which takes a while on a busy machine.
	emptied = time.Second
	// tries is how often a changing file is read.
	tries = 5
)

// tree writes all files of a tree. A missing folder counts as empty if the tree
// is Moving.
func (w *writer) tree(ctx context.Context, t Tree) error {
	root, err := os.OpenRoot(t.Dir)
	if t.Moving && errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("back up the folder %s: %w", t.Name, err)
	}
	defer root.Close()
	info, err := root.Stat(".")
	if err != nil {
		return fmt.Errorf("back up the folder %s: %w", t.Name, err)
	}
	if err := w.special(t, "", typeFolder, info, ""); err != nil {
		return err
	}
	return w.folder(ctx, t, root, "")
}

// folder writes the files in a folder of a tree; "" is the tree itself.
func (w *writer) folder(ctx context.Context, t Tree, root *os.Root, dir string) error {
	f, err := root.Open(path.Join(".", dir))
	if err != nil {
		w.omit(t, dir, err)
		return nil
	}
	entries, err := f.ReadDir(-1)
	_ = f.Close() // it was only read
	if err != nil {
		w.omit(t, dir, err)
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	for _, e := range entries {
		if err := ctx.Err(); err != nil {
			return err
		}
		name := joined(dir, e.Name())
		if t.Moving && strings.HasPrefix(e.Name(), ".") {
			continue
		}
		if t.Skip != nil {
			if reason := t.Skip(filepath.Join(t.Dir, filepath.FromSlash(name))); reason != "" {
				w.leftOut = append(w.leftOut, LeftOut{joined(t.Name, name), reason, false})
				continue
			}
		}
		if err := w.entry(ctx, t, root, name); err != nil {
			return err
		}
	}
	return nil
}

func joined(dir, name string) string { return strings.Trim(dir+"/"+name, "/") }

func (w *writer) entry(ctx context.Context, t Tree, root *os.Root, name string) error {
	info, err := root.Lstat(name)
	if err != nil {
		w.omit(t, name, err)
		return nil
	}
	switch mode := info.Mode(); {
	case mode.IsDir():
		if err := w.special(t, name, typeFolder, info, ""); err != nil {
			return err
		}
		return w.folder(ctx, t, root, name)
	case mode&fs.ModeSymlink != 0:
		target, err := root.Readlink(name)
		if err != nil {
			w.omit(t, name, err)
			return nil
		}
		if !inside(name, target) {
			w.leftOut = append(w.leftOut, LeftOut{joined(t.Name, name), "a link that leads out of the folder; it was not followed", false})
			return nil
		}
		return w.special(t, name, typeLink, info, target)
	case mode.IsRegular() && placeholderName(name):
		w.leftOut = append(w.leftOut, LeftOut{joined(t.Name, name), "a placeholder: the file itself is in iCloud and not on this disk", true})
		return nil
	case mode.IsRegular():
		return w.regular(ctx, t, root, name)
	}
	w.leftOut = append(w.leftOut, LeftOut{joined(t.Name, name), "not a regular file", false})
	return nil
}

// placeholderName reports whether a file stands for one that iCloud has
// moved away: .name.icloud.
func placeholderName(name string) bool {
	base := path.Base(name)
	return strings.HasPrefix(base, ".") && strings.HasSuffix(base, ".icloud")
}

// inside reports whether a link in the tree leads to a place in the tree.
func inside(link, target string) bool {
	target = filepath.ToSlash(target)
	return target != "" && !path.IsAbs(target) && filepath.VolumeName(target) == "" && filepath.IsLocal(filepath.FromSlash(path.Join(path.Dir(link), target)))
}

// omit notes that something could not be read. What is gone from a folder that
// moves was removed.
func (w *writer) omit(t Tree, name string, err error) {
	if t.Moving && errors.Is(err, fs.ErrNotExist) {
		return
	}
	reason := "it cannot be read"
	var e *fs.PathError
	if errors.As(err, &e) {
		reason += ": " + e.Err.Error()
	}
	w.leftOut = append(w.leftOut, LeftOut{joined(t.Name, name), reason, true})
}

// special writes a folder or a link.
func (w *writer) special(t Tree, name, kind string, info fs.FileInfo, target string) error {
	m := w.member(t, name, kind, info)
	m, err := w.put(m, info.ModTime(), strings.NewReader(target))
	if err == nil {
		w.manifest.Members = append(w.manifest.Members, m)
	}
	return err
}

// member names a file of a tree. A name that another system could not have, or
// would take for another file's, is replaced by a number.
func (w *writer) member(t Tree, name, kind string, info fs.FileInfo) Member {
	modified := info.ModTime().UTC()
	m := Member{Type: kind, Mode: fmt.Sprintf("%04o", info.Mode().Perm()), Modified: &modified, Name: joined(t.Name, name)}
	if y := modified.Year(); y < 1 || y > 9999 {
		m.Modified = nil // JSON could not write it
	}
	if !portable(m.Name) || w.names[fold(m.Name)] || w.names[fold(m.Name)+"/"] {
		w.renamed++
		m.Path, m.Name = []byte(name), fmt.Sprintf("%s/.renamed/%06d%s", t.Name, w.renamed, plainExtension(name))
	}
	if kind == typeFolder {
		m.Name += "/"
	}
	return m
}

func fold(name string) string { return cases.Fold().String(norm.NFC.String(name)) }

func plainExtension(name string) string {
	ext := path.Ext(name)
	if len(ext) > 8 || strings.TrimLeft(ext, ".abcdefghijklmnopqrstuvwxyz") != "" {
		return ""
	}
	return ext
}

// portable reports whether a slash-separated name can be a file's on any
// system.
func portable(name string) bool {
	return utf8.ValidString(name) && fs.ValidPath(name) && len(name) < 4096 && !strings.Contains(name, "/.renamed/") &&
		!strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || strings.ContainsRune(`\:*?"<>|`, r) })
}

// regular writes a file as it is at one moment: one that changes while it is
// read is read again.
func (w *writer) regular(ctx context.Context, t Tree, root *os.Root, name string) error {
	w.plan.Progress(Progress{Doing: "Reading the files", Done: len(w.manifest.Members)})
	r, err := readStable(ctx, root, name)
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		w.omit(t, name, err)
		return nil
	}
	defer r.Close()
	m := w.member(t, name, typeFile, r.info)
	m.Changed = r.changed
	m, err = w.put(m, r.info.ModTime(), reader{ctx, r.from})
	if r.err != nil { // the file's own, not that of the backup
		return fmt.Errorf("read %s: %w", t.Name, r.err)
	}
	if err != nil {
		return err
	}
	if r.file != nil && m.SHA256 != hexSum(r.sum) {
		m.Changed = true
	}
	if m.Changed {
		w.leftOut = append(w.leftOut, LeftOut{joined(t.Name, name), "it was changed again and again while it was read; it may be torn", true})
	}
	w.manifest.Members = append(w.manifest.Members, m)
	if t.Name == Journal || t.Name == Evergreen {
		w.manifest.Counts.Notes++
	} else {
		w.manifest.Counts.Versions++
	}
	return nil
}

// stable is a file that did not change while it was read.
type stable struct {
	info    fs.FileInfo
	from    io.Reader
	err     error    // of reading file while it was written to the backup
	file    *os.File // nil where from has it all
	sum     []byte   // of file, as it was read before
	changed bool     // it was not stable
}

func (s *stable) Close() {
	if s.file != nil {
		_ = s.file.Close() // it was only read
	}
}

// Read keeps the error of the file apart from those of what it is copied to.
func (s *stable) Read(p []byte) (int, error) {
	n, err := s.file.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		s.err = err
	}
	return n, err
}

// readStable reads a file until it did not change meanwhile. A large one is
// only digested; it is read once more when it is written.
func readStable(ctx context.Context, root *os.Root, name string) (*stable, error) {
	for try := 1; ; try++ {
		s, err := readOnce(ctx, root, name)
		if err != nil || !s.changed || try == tries {
			return s, err
		}
		s.Close()
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(time.Duration(try) * 20 * time.Millisecond):
		}
	}
}

func readOnce(ctx context.Context, root *os.Root, name string) (_ *stable, err error) {
	f, err := root.OpenFile(name, os.O_RDONLY|openFlags, 0)
	if err != nil {
		return nil, err
	}
	s := &stable{}
	defer func() {
		if err != nil || s.file == nil {
			_ = f.Close() // it was only read
		}
	}()
	if s.info, err = f.Stat(); err != nil {
		return nil, err
	}
	if !s.info.Mode().IsRegular() {
		return nil, &fs.PathError{Op: "read", Path: name, Err: errors.New("it is not a regular file")}
	}
	var n int64
	if s.info.Size() <= maxHeld {
		data, err := io.ReadAll(io.LimitReader(reader{ctx, f}, maxHeld+1))
		if err != nil {
			return nil, err
		}
		n, s.from = int64(len(data)), bytes.NewReader(data)
	} else {
		sum := sha256.New()
		if n, err = io.Copy(sum, reader{ctx, f}); err != nil {
			return nil, err
		}
		if _, err = f.Seek(0, io.SeekStart); err != nil {
			return nil, err
		}
		s.sum, s.file = sum.Sum(nil), f
		s.from = s
	}
	if err := s.settle(ctx); err != nil {
		return nil, err
	}
	after, err := root.Lstat(name)
	if err != nil {
		return nil, err
	}
	s.changed = n != s.info.Size() || !os.SameFile(s.info, after) || after.Size() != s.info.Size() || !after.ModTime().Equal(s.info.ModTime())
	return s, nil
}

// settle waits if the file was just changed and may still be changing: a program
// that writes a file in place empties it first.
func (s *stable) settle(ctx context.Context) error {
	settled := unsettled
	if s.info.Size() == 0 {
		settled = emptied
	}
	if age := time.Since(s.info.ModTime()); age.Abs() >= settled {
		return nil
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(settled):
		return nil
	}
}
