package notebook

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"daybook"
)

// About is a client's description of a notebook.
type About struct {
	Name    string
	Private bool
}

// Put creates a notebook, or updates its description. It can be repeated. When
// a notebook becomes private, the words read from it are deleted.
func (s *Service) Put(ctx context.Context, id string, about About) (View, error) {
	if !ids.MatchString(id) {
		return View{}, &daybook.Error{Kind: daybook.Invalid, Field: "path.id", Message: "A notebook's ID must have 8 to 64 letters, digits or underscores."}
	}
	if len(about.Name) > maxName || strings.ContainsFunc(about.Name, unicode.IsControl) {
		return View{}, &daybook.Error{Kind: daybook.Invalid, Field: "body.name", Message: "The notebook's name is too long or contains control characters."}
	}
	var view View
	var forget []*file
	err := s.with(func() error {
		b, ok := s.books[id]
		if !ok {
			var err error
			if b, err = s.create(id); err != nil {
				return err
			}
		}
		switch {
		case b.Stage == Open:
			if about.Private && !b.Private {
				forget = slices.Clone(b.Files)
				b.forget()
			}
			b.Name, b.Private = about.Name, about.Private
			if err := b.save(s.Now()); err != nil {
				return err
			}
		case about.Private != b.Private:
			return errConfirmed
		}
		view = s.view(b)
		return nil
	})
	s.notify()
	return view, errors.Join(err, s.forget(ctx, forget))
}

// errConfirmed is the error for changing a confirmed notebook.
var errConfirmed = daybook.Errorf(daybook.Conflict, "The notebook is already confirmed and cannot be changed. Start another.")

// create creates a notebook's folder.
func (s *Service) create(id string) (*book, error) {
	open := 0
	for _, b := range s.books {
		if strings.EqualFold(b.ID, id) { // the same folder, on some file systems
			return nil, daybook.Errorf(daybook.Conflict, "Another notebook has this ID, in upper or lower case.")
		}
		if b.Stage != Done {
			open++
		}
	}
	if open >= maxNotebooks {
		return nil, daybook.Errorf(daybook.Conflict, "There are %d unfinished notebooks. Confirm or delete one first.", open)
	}
	b := &book{ID: id, Stage: Open, Created: s.Now(), dir: filepath.Join(s.Dir, id)}
	if err := os.Mkdir(b.dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, unavailable("make a notebook's folder", err)
	}
	if err := b.save(s.Now()); err != nil {
		return nil, err
	}
	if err := syncFolder(s.Dir); err != nil {
		return nil, unavailable("make a notebook's folder", err)
	}
	s.books[id] = b
	return b, nil
}

// forget drops the words of the pages.
func (b *book) forget() {
	for _, f := range b.Files {
		for n, p := range f.Pages {
			_ = os.Remove(b.textFile(f, n)) // one that stays is removed at the next start
			*p = page{Removed: p.Removed, Given: p.Given}
		}
	}
}

// forget erases the words read from files.
func (s *Service) forget(ctx context.Context, files []*file) error {
	for _, f := range files {
		if err := s.Reader.Forget(ctx, hashOf(f)); err != nil {
			return fmt.Errorf("delete the words read from a notebook: %w", err)
		}
	}
	return nil
}

func hashOf(f *file) (hash [32]byte) {
	_, _ = hex.Decode(hash[:], []byte(f.Hash)) // we wrote it
	return hash
}

// Upload is a file that a client sends for a notebook.
type Upload struct {
	Notebook string
	Key      string // chosen by the client; the same key is the same file
	Name     string
	Position int // the position of its pages in the notebook
	Content  io.Reader
}

// Added is the result of an upload.
type Added struct {
	Key   string // of the file that has the bytes
	Pages []string
	Again bool // the notebook already had them
}

// Add adds a file to a notebook. When it returns without an error, the file is
// on disk. The same key or the same bytes are only added once; a key with other
// bytes is daybook.Conflict.
func (s *Service) Add(ctx context.Context, u Upload) (Added, error) {
	if err := u.check(); err != nil {
		return Added{}, err
	}
	var dir string
	err := s.withBook(u.Notebook, func(b *book) error {
		dir = b.dir
		if _, ok := b.file(u.Key); ok {
			return nil // at any stage: its bytes are compared
		}
		return s.room(b)
	})
	if err != nil {
		return Added{}, err
	}
	f, tmp, err := s.receive(ctx, dir, u)
	if tmp != "" {
		defer os.Remove(tmp) // no longer there if it was kept
	}
	if err != nil {
		return Added{}, err
	}
	var added Added
	err = s.withBook(u.Notebook, func(b *book) error {
		added, err = s.keep(b, f, tmp)
		return err
	})
	if err == nil {
		s.notify()
	}
	return added, err
}

func (u *Upload) check() error {
	switch {
	case !ids.MatchString(u.Key):
		return &daybook.Error{Kind: daybook.Invalid, Field: "path.key", Message: "A file's key must have 8 to 64 letters, digits or underscores."}
	case len(u.Name) > maxName || strings.ContainsFunc(u.Name, unicode.IsControl):
		return &daybook.Error{Kind: daybook.Invalid, Field: "query.name", Message: "The file's name is too long or contains control characters."}
	case u.Position < 0 || u.Position > maxVersion:
		return &daybook.Error{Kind: daybook.Invalid, Field: "query.position", Message: "position must be 0 or more."}
	}
	return nil
}

func (b *book) file(key string) (*file, bool) {
	for _, f := range b.Files {
		if f.Key == key {
			return f, true
		}
	}
	return nil, false
}

// room refuses a file that would exceed a limit.
func (s *Service) room(b *book) error {
	switch {
	case b.Stage != Open:
		return errConfirmed
	case b.pages() >= maxPages:
		return daybook.Errorf(daybook.Conflict, "A notebook can have at most %d pages. Confirm this one and start another.", maxPages)
	case s.bytes >= maxBytes:
		return daybook.Errorf(daybook.TooLarge, "Unconfirmed notebooks take up %d GB, the most allowed. Confirm or delete one first.", maxBytes>>30)
	}
	return nil
}

// receive writes a file into a notebook's folder and inspects it.
func (s *Service) receive(ctx context.Context, dir string, u Upload) (*file, string, error) {
	out, err := os.CreateTemp(dir, incoming+"*")
	if err != nil {
		return nil, "", unavailable("keep a page", err)
	}
	tmp := out.Name()
	sum := sha256.New()
	n, err := io.Copy(io.MultiWriter(out, sum), io.LimitReader(u.Content, MaxFile+1))
	var disk *fs.PathError
	switch {
	case errors.As(err, &disk):
		err = unavailable("keep a page", err)
	case err != nil:
		err = fmt.Errorf("receive a page: %w", err)
	case n > MaxFile:
		err = &daybook.Error{Kind: daybook.TooLarge, Field: "body", Message: fmt.Sprintf("%s is larger than %d MB.", u.name(), MaxFile>>20)}
	default:
		if err = out.Sync(); err != nil {
			err = unavailable("keep a page", err)
		}
	}
	if closing := out.Close(); err == nil && closing != nil {
		err = unavailable("keep a page", closing)
	}
	if err != nil {
		return nil, tmp, err
	}
	info, err := s.Renderer.Inspect(ctx, filepath.Base(dir)+"/"+filepath.Base(tmp))
	var known *daybook.Error
	if errors.As(err, &known) && known.Kind == daybook.Invalid { // it names our own file
		err = &daybook.Error{Kind: daybook.Invalid, Field: "body", Message: strings.ReplaceAll(known.Message, filepath.Base(tmp), u.name())}
	}
	if err != nil {
		return nil, tmp, err
	}
	f := &file{Key: u.Key, Name: u.Name, Hash: hex.EncodeToString(sum.Sum(nil)), Size: n, Type: info.Type, Position: u.Position, Added: s.Now()}
	for range info.Pages {
		f.Pages = append(f.Pages, &page{})
	}
	return f, tmp, nil
}

func (u *Upload) name() string {
	if u.Name == "" {
		return "The file"
	}
	return u.Name
}

// keep adds a received file to a notebook.
func (s *Service) keep(b *book, f *file, tmp string) (Added, error) {
	if have, ok := b.file(f.Key); ok {
		if have.Hash != f.Hash {
			return Added{}, daybook.Errorf(daybook.Conflict, "Another file was already sent with this key.")
		}
		return addedOf(have, true), nil
	}
	for _, have := range b.Files {
		if strings.EqualFold(have.Key, f.Key) { // the same file, on some file systems
			return Added{}, daybook.Errorf(daybook.Conflict, "Another file has this key, in upper or lower case.")
		}
	}
	for _, have := range b.Files {
		if have.Hash == f.Hash && slices.ContainsFunc(have.Pages, func(p *page) bool { return !p.Removed }) {
			return addedOf(have, true), nil
		}
	}
	if err := s.room(b); err != nil { // check again: others may have been added
		return Added{}, err
	}
	if n := b.pages() + len(f.Pages); n > maxPages {
		return Added{}, daybook.Errorf(daybook.Conflict, "With this file the notebook would have %d pages; the limit is %d. Split it.", n, maxPages)
	}
	if err := os.Rename(tmp, b.path(f)); err != nil {
		return Added{}, unavailable("keep a page", err)
	}
	if err := syncFolder(b.dir); err != nil {
		return Added{}, unavailable("keep a page", err)
	}
	before := slices.Clone(b.Files)
	b.Files = append(b.Files, f)
	b.inOrder()
	if err := b.save(s.Now()); err != nil {
		b.Files = before
		return Added{}, err
	}
	s.bytes += f.Size
	return addedOf(f, false), nil
}

func addedOf(f *file, again bool) Added {
	a := Added{Key: f.Key, Pages: []string{}, Again: again}
	for n := range f.Pages {
		a.Pages = append(a.Pages, pageID(f, n))
	}
	return a
}
