package backup

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"daybook"
)

// draftPrefix begins the names of incompletely restored files.
const draftPrefix = ".daybook-restore-"

// Placement is the effect of restoring a tree to a folder.
type Placement struct {
	Tree, Dir string
	Missing   int      // files to restore
	Same      int      // files that already exist
	Differing []string // existing files with other content; they are never overwritten
}

// Place compares a tree of the backup with a folder, which may be missing. It
// changes nothing.
func (b *Backup) Place(ctx context.Context, tree, dir string) (Placement, error) {
	p := Placement{Tree: tree, Dir: dir}
	root, err := os.OpenRoot(dir)
	missing := errors.Is(err, fs.ErrNotExist)
	if err != nil && !missing {
		return p, placing(dir, err)
	}
	if root != nil {
		defer root.Close()
	}
	for _, m := range b.Manifest.Members {
		name, below := m.tree()
		if name != tree || below == "" {
			continue
		}
		if missing {
			p.count(m, absent)
			continue
		}
		state, err := compare(ctx, root, m, below)
		if err != nil {
			return p, placing(dir, err)
		}
		p.count(m, state)
	}
	return p, nil
}

type presence int

const (
	absent presence = iota
	same
	differing
)

func (p *Placement) count(m Member, s presence) {
	_, below := m.tree()
	switch {
	case s == differing:
		p.Differing = append(p.Differing, below)
	case m.Type == typeFolder:
	case s == same:
		p.Same++
	default:
		p.Missing++
	}
}

// compare reports whether a folder has a member, and with the same content.
func compare(ctx context.Context, root *os.Root, m Member, name string) (presence, error) {
	info, err := root.Lstat(filepath.FromSlash(name))
	switch {
	case errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR):
		return absent, nil
	case err != nil:
		return absent, err
	case m.Type == typeFolder:
		if info.IsDir() {
			return same, nil
		}
		return differing, nil
	case m.Type == typeLink:
		target, err := root.Readlink(filepath.FromSlash(name))
		if err == nil && hexSum(sumOf(target)) == m.SHA256 {
			return same, nil
		}
		return differing, nil
	case !info.Mode().IsRegular() || info.Size() != m.Size:
		return differing, nil
	}
	f, err := root.OpenFile(filepath.FromSlash(name), os.O_RDONLY|openFlags, 0)
	if err != nil {
		return absent, err
	}
	defer f.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, reader{ctx, f}); err != nil {
		return absent, err
	}
	if hexSum(sum.Sum(nil)) != m.SHA256 {
		return differing, nil
	}
	return same, nil
}

func sumOf(s string) []byte {
	sum := sha256.Sum256([]byte(s))
	return sum[:]
}

// RestoreTree restores the missing files of a tree to a folder, which is
// created if needed. Existing files are never changed. Each file is restored
// completely or not at all. If it is interrupted, it can be called again.
func (b *Backup) RestoreTree(ctx context.Context, tree, dir string, progress func(Progress)) error {
	if progress == nil {
		progress = func(Progress) {}
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return placing(dir, err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return placing(dir, err)
	}
	defer root.Close()
	folders, err := b.restoreFiles(ctx, root, tree, progress)
	if err != nil {
		return placing(dir, err)
	}
	for _, m := range slices.Backward(folders) {
		_, below := m.tree()
		if err := dress(root, m, below); err != nil {
			return placing(dir, err)
		}
		if err := syncDir(filepath.Join(dir, filepath.FromSlash(below))); err != nil {
			return err
		}
	}
	return errors.Join(syncDir(dir), syncDir(filepath.Dir(dir)))
}

// restoreFiles restores the folders, files and links of a tree, and returns the
// folders it created.
func (b *Backup) restoreFiles(ctx context.Context, root *os.Root, tree string, progress func(Progress)) (created []Member, err error) {
	var links []Member
	files := slices.DeleteFunc(b.Files(), func(m Member) bool { name, _ := m.tree(); return name != tree })
	done := 0
	for _, m := range b.Manifest.Members {
		name, below := m.tree()
		if name != tree {
			continue
		}
		if m.Type != typeFolder {
			progress(Progress{"Restoring the files", done, len(files)})
			done++
		}
		switch m.Type {
		case typeLink:
			links = append(links, m) // last, so that nothing is written through one
		case typeFolder:
			made, err := makeFolder(root, below)
			if err != nil {
				return nil, err
			}
			if made {
				created = append(created, m)
			}
		default:
			if err := b.restoreFile(ctx, root, m, below); err != nil {
				return nil, err
			}
		}
	}
	for _, m := range links {
		if err := b.restoreLink(ctx, root, m); err != nil {
			return nil, err
		}
	}
	return created, nil
}

// makeFolder creates a folder below root. From an existing one it removes files
// left by a killed process.
func makeFolder(root *os.Root, below string) (created bool, err error) {
	name := filepath.FromSlash(below)
	if below != "" {
		if info, err := root.Lstat(name); err == nil && !info.IsDir() {
			return false, &fs.PathError{Op: "make the folder", Path: below, Err: errors.New("something else has its name")}
		}
		switch err := root.Mkdir(name, 0o700); {
		case err == nil:
			return true, nil
		case !errors.Is(err, fs.ErrExist):
			return false, err
		}
	}
	f, err := root.Open(filepath.Join(".", name))
	if err != nil {
		return false, err
	}
	defer f.Close()
	names, err := f.Readdirnames(-1)
	for _, n := range names {
		if strings.HasPrefix(n, draftPrefix) {
			err = errors.Join(err, root.Remove(filepath.Join(name, n)))
		}
	}
	return false, err
}

// dress restores the mode and times of a file or folder.
func dress(root *os.Root, m Member, below string) error {
	name := filepath.Join(".", filepath.FromSlash(below))
	mode, err := m.permissions()
	if err != nil {
		return err
	}
	if err := root.Chmod(name, mode); err != nil {
		return err
	}
	if m.Modified == nil {
		return nil
	}
	return root.Chtimes(name, *m.Modified, *m.Modified)
}

// restoreFile restores a file, unless its name exists.
func (b *Backup) restoreFile(ctx context.Context, root *os.Root, m Member, below string) (err error) {
	name := filepath.FromSlash(below)
	if _, err := root.Lstat(name); err == nil {
		return nil
	}
	draft := filepath.Join(filepath.Dir(name), draftPrefix+rand.Text())
	f, err := root.OpenFile(draft, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = root.Remove(draft)
		}
	}()
	err = b.copy(ctx, m, f)
	if err == nil {
		err = f.Sync()
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = dress(root, m, filepath.ToSlash(draft))
	}
	if err != nil {
		return err
	}
	return renameNewIn(root, draft, name)
}

// renameNewIn renames a file below root unless the new name exists.
func renameNewIn(root *os.Root, from, to string) error {
	switch err := root.Link(from, to); {
	case err == nil:
		return root.Remove(from)
	case errors.Is(err, fs.ErrExist):
		return err
	}
	if _, err := root.Lstat(to); err == nil {
		return fs.ErrExist
	}
	return root.Rename(from, to)
}

// restoreLink restores a link if its target is in the tree.
func (b *Backup) restoreLink(ctx context.Context, root *os.Root, m Member) error {
	_, below := m.tree()
	if _, err := root.Lstat(filepath.FromSlash(below)); err == nil {
		return nil
	}
	var target strings.Builder
	if m.Size > 4096 {
		return damaged("a link is too long")
	}
	if err := b.copy(ctx, m, &target); err != nil {
		return err
	}
	if !inside(below, target.String()) {
		return damaged("a link leads out of its folder")
	}
	return root.Symlink(filepath.FromSlash(target.String()), filepath.FromSlash(below))
}

// placing adds to an error that files could not be restored.
func placing(dir string, err error) error {
	var known *daybook.Error
	if errors.As(err, &known) || errors.Is(err, context.Canceled) {
		return err
	}
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return &daybook.Error{Kind: daybook.Unavailable, Message: fmt.Sprintf("No room in %s. What was restored so far is complete; make room and run the command again.", dir), Err: err}
	}
	return &daybook.Error{Kind: daybook.Unavailable, Message: fmt.Sprintf("Cannot restore files to %s.", dir), Err: err}
}
