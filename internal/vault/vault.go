// Package vault reads the journal on disk: it finds the notes below a folder
// without opening them, reads them whole or not at all, and decides what in a
// note is diary. It writes nothing.
package vault

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	pathpkg "path"
	"slices"
	"strings"
	"sync/atomic"

	"daybook"
)

// Sizes in bytes: a note over MaxNote is never written; of one over maxRead,
// only that much is read.
const (
	MaxNote = 5 << 20
	maxRead = 64 << 20
)

// Options say where the notes are and how they are named.
type Options struct {
	// Journal is the folder of the daily notes.
	Journal string
	// Evergreen is the folder of the notes without a day; "" means there is
	// none. It may be inside the journal; its notes are then only evergreen.
	Evergreen string
	// DateFormats are the formats of dates in notes' names, see ParseFormat;
	// the first that fits counts. Without any, every common form is read, see
	// Detect.
	DateFormats []string
	// PrivateTags are the tags that make a note private, with or without "#". A
	// tag covers those below it: "#private" covers "#private/health".
	PrivateTags []string
}

// Vault is a journal on disk. It keeps no files open and is safe for concurrent
// use.
type Vault struct {
	options Options
	private privateTags
	naming  atomic.Pointer[naming]
	papers  papers // of the journal
}

// New returns the vault that o describes. The error for a date format that
// cannot be read or a missing journal folder name is daybook.Invalid. Open
// checks whether the folders exist.
func New(o Options) (*Vault, error) {
	if o.Journal == "" {
		return nil, daybook.Errorf(daybook.Invalid, "no journal folder is given")
	}
	v := &Vault{options: o, private: newPrivateTags(o.PrivateTags)}
	var n naming
	for _, pattern := range o.DateFormats {
		f, err := ParseFormat(pattern)
		if err != nil {
			return nil, err
		}
		n.formats = append(n.formats, f)
	}
	v.naming.Store(&n)
	return v, nil
}

// Kinds returns the kinds of entry that the vault has a folder for.
func (v *Vault) Kinds() []daybook.EntryKind {
	if v.options.Evergreen == "" {
		return []daybook.EntryKind{daybook.Daily}
	}
	return []daybook.EntryKind{daybook.Daily, daybook.Evergreen}
}

// Folders returns the paths of the vault's folders, as they were given.
func (v *Vault) Folders() []string {
	if v.options.Evergreen == "" {
		return []string{v.options.Journal}
	}
	return []string{v.options.Journal, v.options.Evergreen}
}

// PrivateTags returns the tags that make a note private, in lower case and
// without "#".
func (v *Vault) PrivateTags() []string { return v.private }

// Folder is one of a vault's folders, open for reading. Nothing outside of it
// can be reached through it. It is safe for concurrent use.
type Folder struct {
	kind   daybook.EntryKind
	path   string
	naming *naming
	root   *os.Root
	// other is the vault's other folder, whose notes this one does not have;
	// nil if there is none.
	other  fs.FileInfo
	papers *papers
}

// Open opens the folder of a kind. The error is daybook.Unavailable if it is
// missing, not a folder or not readable.
func (v *Vault) Open(kind daybook.EntryKind) (*Folder, error) {
	path, other := v.options.Journal, v.options.Evergreen
	if kind == daybook.Evergreen {
		path, other = other, path
	}
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, unreadableFolder(kind, path, err)
	}
	f := &Folder{kind: kind, path: path, naming: v.naming.Load(), root: root, papers: &v.papers}
	if other != "" {
		if info, err := os.Stat(other); err == nil {
			f.other = info
		}
	}
	if own, err := root.Stat("."); err == nil && f.other != nil && os.SameFile(own, f.other) {
		root.Close()
		return nil, daybook.Errorf(daybook.Invalid, "the journal and the evergreen notes are in the same folder")
	}
	return f, nil
}

// unreadableFolder is the error of a folder of notes that cannot be read.
func unreadableFolder(kind daybook.EntryKind, path string, err error) error {
	return daybook.Errorf(daybook.Unavailable, "The folder of the %s notes, %s, cannot be read: %w.", kind, path, reasonOf(err))
}

// reasonOf returns the system's message in err, without the path.
func reasonOf(err error) error {
	var at *fs.PathError
	if errors.As(err, &at) {
		return at.Err
	}
	return err
}

// Same reports whether the folder is the one in info.
func (f *Folder) Same(info fs.FileInfo) bool {
	own, err := f.Info()
	return err == nil && info != nil && os.SameFile(own, info)
}

// Info describes the folder itself.
func (f *Folder) Info() (fs.FileInfo, error) { return f.root.Stat(".") }

// ID identifies the folder on this machine; "" if the system has no such ID.
func (f *Folder) ID() string {
	info, err := f.Info()
	if err != nil {
		return ""
	}
	return fileID(info)
}

// HasAll reports whether a file exists at each of the paths.
func (f *Folder) HasAll(paths []string) bool {
	return !slices.ContainsFunc(paths, func(path string) bool {
		_, err := f.root.Lstat(path)
		return err != nil
	})
}

// StatFolder describes a folder of the journal by its path in it.
func (v *Vault) StatFolder(name string) (fs.FileInfo, error) {
	root, err := os.OpenRoot(v.options.Journal)
	if err != nil {
		return nil, unreadableFolder(daybook.Daily, v.options.Journal, err)
	}
	defer root.Close()
	return root.Stat(name)
}

// Aliases returns the other names of the note at name; none if it cannot be read.
func (f *Folder) Aliases(name string) []string {
	data, ok := f.beginning(name)
	if !ok || !bytes.Contains(bytes.ToLower(data), []byte("alias")) {
		return nil
	}
	return Read(File{Kind: f.kind, Path: name}, data).FrontMatter.Aliases
}

// Path returns the path of the folder, as it was given.
func (f *Folder) Path() string { return f.path }

// Close closes the folder.
func (f *Folder) Close() error { return f.root.Close() }

// File is a note's file, as it was found or read.
type File struct {
	Kind daybook.EntryKind
	// Path has slashes and is relative to the folder.
	Path string
	// Title is the file name without its extension.
	Title string
	// Dates are the days the name gives; nil for an evergreen note.
	Dates   []daybook.Date
	Size    int64
	ModTime int64 // Unix nanoseconds
	// ChangeTime and Inode are as in store.NoteState; 0 on systems without
	// them.
	ChangeTime int64
	Inode      uint64
	// Linked says that the file has other names, through hard links.
	Linked bool
}

// readAttempts is how often reading a note is tried while somebody writes it.
const readAttempts = 3

// Read returns a note's bytes and the state of its file when they were read. Of
// a note over maxRead it returns the beginning. If the note keeps changing
// while it is read, the error is daybook.Conflict; otherwise it is
// daybook.Unavailable. Errors have the note's path but none of its text.
func (f *Folder) Read(file File) ([]byte, File, error) {
	for range readAttempts {
		data, now, same, err := f.readOnce(file)
		if err != nil || same {
			return data, now, err
		}
	}
	return nil, file, daybook.Errorf(daybook.Conflict, "%s changed while it was read", file.Path)
}

// readOnce also reports whether the file was the same before and after.
func (f *Folder) readOnce(file File) (data []byte, now File, same bool, err error) {
	unavailable := func(err error) error {
		return daybook.Errorf(daybook.Unavailable, "%s cannot be read: %w", file.Path, reasonOf(err))
	}
	in, err := f.root.OpenFile(file.Path, os.O_RDONLY|openFlags, 0)
	if err != nil {
		return nil, file, false, unavailable(err)
	}
	defer in.Close()
	before, err := in.Stat()
	if err == nil && !before.Mode().IsRegular() {
		err = errors.New(file.Path + " is not a file")
	}
	if err != nil {
		return nil, file, false, unavailable(err)
	}
	data, err = io.ReadAll(io.LimitReader(in, maxRead))
	if err != nil {
		return nil, file, false, unavailable(err)
	}
	// By path, because an editor may have put another file in its place.
	after, err := f.root.Stat(file.Path)
	if err != nil {
		return nil, file, false, unavailable(err)
	}
	now = file.at(before)
	same = now.sameState(file.at(after)) && min(now.Size, maxRead) == int64(len(data))
	return data, now, same, nil
}

// at returns the file with the state in info.
func (f File) at(info fs.FileInfo) File {
	f.Size, f.ModTime, f.ChangeTime, f.Inode = info.Size(), info.ModTime().UnixNano(), changeTime(info), inode(info)
	f.Linked = hardLinked(info)
	return f
}

func (f File) sameState(o File) bool {
	return f.Size == o.Size && f.ModTime == o.ModTime && f.ChangeTime == o.ChangeTime && f.Inode == o.Inode
}

// Stat returns the state of a note's file. The error is fs.ErrNotExist if it
// does not exist.
func (f *Folder) Stat(kind daybook.EntryKind, path string) (File, error) {
	info, err := f.root.Stat(path)
	if err != nil {
		return File{}, &daybook.Error{Kind: daybook.Unavailable, Message: "a note cannot be looked at", Err: err}
	}
	return File{Kind: kind, Path: path, Title: strings.TrimSuffix(pathpkg.Base(path), pathpkg.Ext(path))}.at(info), nil
}

// Same reports whether o is the file in the same state.
func (f File) Same(o File) bool { return f.sameState(o) }
