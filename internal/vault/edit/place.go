package edit

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"daybook"
	"daybook/internal/vault"
)

// How long to wait for a program that is writing a note, and how old the last
// change must be on systems that do not say who has a file open.
const (
	patience = 2 * time.Second
	grace    = 50 * time.Millisecond
)

// place is a note's location: its folder, open, and its name there.
type place struct {
	editor *Editor
	path   string // as passed to the editor
	dir    *os.Root
	handle *os.File // the folder
	name   string
	// written is the modification time of the note when it was last read.
	written time.Time
}

// open opens the folder of a note. With follow, it follows a link.
func (e *Editor) open(name string, follow bool) (*place, error) {
	to := name
	if err := checkName(to); err != nil {
		return nil, err
	}
	if follow {
		var err error
		if to, err = e.resolve(name); err != nil {
			return nil, err
		}
	}
	dir, err := e.root.OpenRoot(filepath.FromSlash(path.Dir(to)))
	if err != nil {
		return nil, Wrap("open the note's folder", err)
	}
	handle, err := dir.Open(".")
	if err != nil {
		dir.Close()
		return nil, Wrap("open the note's folder", err)
	}
	return &place{editor: e, path: name, dir: dir, handle: handle, name: path.Base(to)}, nil
}

func (p *place) close() {
	p.handle.Close()
	p.dir.Close()
}

// checkName refuses names that are not a note's: paths out of the folder,
// hidden files and folders, other file types.
func checkName(name string) error {
	if !fs.ValidPath(name) || !filepath.IsLocal(filepath.FromSlash(name)) || !vault.IsNote(name) {
		return daybook.Errorf(daybook.Invalid, "This is not the name of a note.")
	}
	for part := range strings.SplitSeq(name, "/") {
		if part[0] == '.' {
			return daybook.Errorf(daybook.Invalid, "A hidden file is not a note.")
		}
	}
	return nil
}

// resolve returns where the note at name is: name, or what it links to.
func (e *Editor) resolve(name string) (string, error) {
	at := name
	for range 10 {
		info, err := e.root.Lstat(at)
		if err != nil {
			return "", Wrap("look at the note", err)
		}
		if info.Mode()&fs.ModeSymlink == 0 {
			if at == name {
				return at, nil
			}
			if e.leads(name, info) && checkName(at) == nil {
				return at, nil
			}
			break
		}
		target, err := e.root.Readlink(at)
		if err != nil || filepath.IsAbs(target) {
			break
		}
		if at = path.Join(path.Dir(at), filepath.ToSlash(target)); !fs.ValidPath(at) {
			break
		}
	}
	return "", daybook.Errorf(daybook.Invalid, "The note is a link that does not point to a note in this folder.")
}

// leads reports whether a link leads to a file. The path alone does not say,
// since folders in it may be links too.
func (e *Editor) leads(link string, info fs.FileInfo) bool {
	end, err := e.root.Stat(link)
	return err == nil && os.SameFile(info, end)
}

// readNote returns the note's bytes if they have the expected hash.
func (p *place) readNote(ctx context.Context, want Hash) ([]byte, error) {
	data, err := p.read(ctx, p.name)
	if err != nil {
		return nil, err
	}
	if want != (Hash{}) && Sum(data) != want {
		return nil, errChangedSince()
	}
	if info, err := p.dir.Stat(p.name); err == nil {
		p.written = info.ModTime()
	}
	return data, nil
}

func errChangedSince() error {
	return daybook.Errorf(daybook.PreconditionFailed, "The note was changed in the meantime.")
}

// read returns a file's bytes once no program is writing it.
func (p *place) read(ctx context.Context, name string) ([]byte, error) {
	f, err := p.dir.OpenFile(name, os.O_RDONLY|openFlags, 0)
	if err != nil {
		return nil, Wrap("open the note", err)
	}
	defer f.Close()
	for begin := time.Now(); time.Since(begin) < patience; {
		data, settled, err := readSettled(f)
		if err != nil || settled {
			return data, err
		}
		if err := pause(ctx, 2*time.Millisecond); err != nil {
			return nil, err
		}
	}
	return nil, daybook.Errorf(daybook.Conflict, "Another program has the note open for writing.")
}

// readSettled returns a file's bytes, and whether no program was writing it.
func readSettled(f *os.File) (data []byte, settled bool, err error) {
	before, err := f.Stat()
	if err != nil {
		return nil, false, Wrap("look at the note", err)
	}
	if !before.Mode().IsRegular() {
		return nil, false, daybook.Errorf(daybook.Invalid, "The note is not a regular file.")
	}
	if beingWritten(f, before) {
		return nil, false, nil
	}
	data, err = io.ReadAll(io.NewSectionReader(f, 0, vault.MaxNote+1))
	if err != nil {
		return nil, false, Wrap("read the note", err)
	}
	if len(data) > vault.MaxNote {
		return nil, false, daybook.Errorf(daybook.TooLarge, "The note is larger than %d MB.", vault.MaxNote>>20)
	}
	after, err := f.Stat()
	if err != nil {
		return nil, false, Wrap("look at the note", err)
	}
	same := after.Size() == before.Size() && after.Size() == int64(len(data)) && after.ModTime().Equal(before.ModTime())
	return data, same && !beingWritten(f, after), nil
}

// beingWritten reports whether a program has the file open for writing. On
// systems that do not say, a file that has just changed counts as such.
func beingWritten(f *os.File, info fs.FileInfo) bool {
	if open, known := openForWriting(f); known {
		return open
	}
	age := time.Since(info.ModTime())
	return age >= 0 && age < grace
}

// create creates a note unless there is one.
func (p *place) create(note []byte) error {
	tmp := tempName(Hash{}, Sum(note))
	if err := p.write(tmp, note, nil); err != nil {
		return Wrap("write the note", err)
	}
	defer p.dir.Remove(tmp)
	err := p.dir.Link(tmp, p.name)
	if err != nil && !errors.Is(err, fs.ErrExist) {
		// Some file systems have no links. This does not overwrite a note
		// either, but a killed process leaves half of one.
		err = p.write(p.name, note, nil)
	}
	if errors.Is(err, fs.ErrExist) {
		return errExists()
	}
	if err != nil {
		return Wrap("create the note", err)
	}
	return wrapSync(syncDir(p.handle))
}

// remove deletes the note if it still equals before.
func (p *place) remove(ctx context.Context, before []byte) error {
	if _, err := p.writable(); err != nil {
		return err
	}
	tmp := tempName(Sum(before), Hash{})
	if err := p.dir.Rename(p.name, tmp); err != nil {
		return Wrap("remove the note", err)
	}
	ctx = context.WithoutCancel(ctx)
	data, err := p.read(ctx, tmp)
	if err == nil && bytes.Equal(data, before) {
		p.discard(ctx, tmp)
		return wrapSync(syncDir(p.handle))
	}
	// It was written to in the meantime. If another one has taken its place,
	// this one is kept for undo.
	if link := p.dir.Link(tmp, p.name); link == nil {
		p.dir.Remove(tmp)
	} else {
		p.discard(ctx, tmp)
	}
	if err != nil {
		return err
	}
	return errChanged
}

func wrapSync(err error) error {
	if err != nil {
		return Wrap("sync the note to disk", err)
	}
	return nil
}
