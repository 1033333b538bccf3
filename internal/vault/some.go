package vault

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path"

	"daybook"
)

// Some is what ListSome found at the given paths.
type Some struct {
	Listing
	// Inodes are those of the files found that have more than one name.
	Inodes []uint64
	// Whole says that more may have changed than these paths show, since one is
	// a folder or lies in the vault's other folder. Use List then.
	Whole bool
}

// ListSome looks only at the given paths, with the same result for them as
// List. A path that cannot be a note is left out. The errors are those of List.
func (f *Folder) ListSome(ctx context.Context, paths []string) (Some, error) {
	var s Some
	if _, err := f.Info(); err != nil {
		return s, unreadableFolder(f.kind, f.path, err)
	}
	parents := map[string]bool{".": true} // whether notes may be in them
	for _, name := range paths {
		if ctx.Err() != nil {
			return s, ctx.Err()
		}
		if !fs.ValidPath(name) || name == "." {
			return s, daybook.Errorf(daybook.Invalid, "not the path of a note")
		}
		if f.reach(path.Dir(name), parents, &s) {
			f.lookAt(name, &s)
		}
	}
	return s, nil
}

// reach reports whether List would read the folder dir.
func (f *Folder) reach(dir string, known map[string]bool, s *Some) bool {
	if reached, ok := known[dir]; ok {
		return reached
	}
	reached := f.reach(path.Dir(dir), known, s) && f.entered(dir, s)
	known[dir] = reached
	return reached
}

// entered reports whether List would read dir when it comes to it.
func (f *Folder) entered(dir string, s *Some) bool {
	info, err := f.root.Lstat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false
	case err != nil:
		s.Unread = append(s.Unread, Unread{f.kind, dir, unreadable(dir, err)})
		return false
	case !info.IsDir():
		return false
	}
	if f.other != nil && os.SameFile(info, f.other) {
		s.Whole = true
		return false
	}
	return f.enter(dir, fs.FileInfoToDirEntry(info), &s.Listing) == nil
}

// lookAt looks at one path, in a folder that List reads.
func (f *Folder) lookAt(name string, s *Some) {
	info, err := f.root.Lstat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if f.exists(Placeholder(name)) {
			s.Unread = append(s.Unread, Unread{f.kind, name, unreadable(name, ErrElsewhere)})
		}
	case err != nil:
		s.Unread = append(s.Unread, Unread{f.kind, name, unreadable(name, err)})
	case info.IsDir():
		s.Whole = true
	default:
		if hardLinked(info) {
			s.Inodes = append(s.Inodes, inode(info))
		}
		f.look(name, fs.FileInfoToDirEntry(info), &s.Listing)
	}
}
