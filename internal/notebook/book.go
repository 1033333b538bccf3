package notebook

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"daybook"
)

// Stage is a notebook's progress.
type Stage string

// The stages of a notebook.
const (
	Open    Stage = "open"    // accepts pages
	Writing Stage = "writing" // confirmed; its pages are being added to the journal
	Done    Stage = "done"    // all pages are in the journal
)

// book is a notebook as stored in its folder, as notebook.json.
type book struct {
	ID      string    `json:"id"`
	Name    string    `json:"name"`
	Private bool      `json:"private"`
	Stage   Stage     `json:"stage"`
	Created time.Time `json:"created"`
	Updated time.Time `json:"updated"`
	Files   []*file   `json:"files"`

	dir     string
	version int // changes whenever the list does
}

// file is a photograph, a scan or a PDF.
type file struct {
	Key      string    `json:"key"` // chosen by the client; also its name in the folder
	Name     string    `json:"name"`
	Hash     string    `json:"hash"` // SHA-256 of its bytes
	Size     int64     `json:"size"`
	Type     string    `json:"type"` // as in pages.Info
	Position int       `json:"position"`
	Added    time.Time `json:"added"`
	Pages    []*page   `json:"pages"`
	Target   *target   `json:"target,omitempty"` // of the whole file
}

// page is a page of a file.
type page struct {
	Removed  bool           `json:"removed,omitempty"`
	Given    []daybook.Date `json:"given,omitempty"`
	Read     bool           `json:"read,omitempty"` // its words are in a file of their own
	Error    string         `json:"error,omitempty"`
	Attempts int            `json:"attempts,omitempty"`
	Tried    time.Time      `json:"tried,omitzero"`
	Dates    []daybook.Date `json:"dates,omitempty"`  // as confirmed
	Target   *target        `json:"target,omitempty"` // in the journal

	text      string
	heads     []Head
	continues bool
	busy      bool // it is being read
}

// target is where a page goes in the journal.
type target struct {
	Scan   string `json:"scan"`
	Note   string `json:"note"`
	Placed bool   `json:"placed"`
}

func (t *target) placed() bool { return t != nil && t.Placed }

const (
	bookFile   = "notebook.json"
	incoming   = ".incoming-"
	maxVersion = 1 << 30
)

// ids are the names that clients may give notebooks and files.
var ids = regexp.MustCompile(`^[A-Za-z0-9_]{8,64}$`)

func makeFolders(dir string) error { return os.MkdirAll(dir, 0o700) }

// load reads the notebooks of a folder, and removes files that no notebook has:
// those whose upload was not acknowledged.
func load(dir string) (map[string]*book, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	books := map[string]*book{}
	for _, e := range entries {
		if !e.IsDir() || !ids.MatchString(e.Name()) {
			continue
		}
		b, err := loadBook(filepath.Join(dir, e.Name()))
		if errors.Is(err, fs.ErrNotExist) {
			continue // it was being created, or deleted
		}
		if err != nil {
			return nil, err
		}
		books[b.ID] = b
	}
	return books, nil
}

func loadBook(dir string) (*book, error) {
	data, err := os.ReadFile(filepath.Join(dir, bookFile))
	if err != nil {
		return nil, err
	}
	b := &book{dir: dir}
	if err := json.Unmarshal(data, b); err != nil {
		return nil, fmt.Errorf("read %s: %w", filepath.Join(dir, bookFile), err)
	}
	if b.ID != filepath.Base(dir) {
		return nil, fmt.Errorf("%s belongs to another notebook", filepath.Join(dir, bookFile))
	}
	known := map[string]bool{bookFile: true}
	for _, f := range b.Files {
		if b.Stage == Done { // its files were to be removed
			f.Size = 0
			for _, p := range f.Pages {
				p.Read = false
			}
			continue
		}
		known[f.Key] = true
		for n, p := range f.Pages {
			if p.Read {
				text, err := os.ReadFile(b.textFile(f, n))
				p.Read = err == nil // otherwise it is read again
				p.text = string(text)
				known[filepath.Base(b.textFile(f, n))] = true
			}
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if !known[e.Name()] {
			if err := os.Remove(filepath.Join(dir, e.Name())); err != nil {
				return nil, err
			}
		}
	}
	return b, nil
}

func (b *book) textFile(f *file, page int) string {
	return filepath.Join(b.dir, fmt.Sprintf("%s-%d.txt", f.Key, page+1))
}

func (b *book) path(f *file) string { return filepath.Join(b.dir, f.Key) }

// scan is the path of a file for the Renderer.
func (b *book) scan(f *file) string { return b.ID + "/" + f.Key }

func (b *book) size() (n int64) {
	for _, f := range b.Files {
		n += f.Size
	}
	return n
}

// pages is the number of pages that were not removed.
func (b *book) pages() (n int) {
	for _, f := range b.Files {
		for _, p := range f.Pages {
			if !p.Removed {
				n++
			}
		}
	}
	return n
}

// save writes the notebook to disk. It is there when save returns.
func (b *book) save(now time.Time) error {
	b.Updated = now
	b.version = (b.version + 1) % maxVersion
	data, err := json.Marshal(b)
	if err == nil {
		err = writeFile(filepath.Join(b.dir, bookFile), data)
	}
	if err != nil {
		return unavailable("keep a notebook", err)
	}
	return nil
}

// writeFile replaces a file atomically. It is on disk when writeFile returns.
func writeFile(name string, data []byte) error {
	tmp := name + ".new"
	f, err := os.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(tmp, name)
	}
	if err != nil {
		return errors.Join(err, os.Remove(tmp))
	}
	return syncFolder(filepath.Dir(name))
}

// inOrder sorts the files in the order of their pages.
func (b *book) inOrder() {
	slices.SortStableFunc(b.Files, func(x, y *file) int {
		if x.Position != y.Position {
			return x.Position - y.Position
		}
		return x.Added.Compare(y.Added)
	})
}

// find returns a page by its ID, as pageID makes it.
func (b *book) find(id string) (f *file, n int, ok bool) {
	key, number, _ := strings.Cut(id, "-")
	for _, f := range b.Files {
		if f.Key != key {
			continue
		}
		for n, p := range f.Pages {
			if !p.Removed && number == fmt.Sprint(n+1) {
				return f, n, true
			}
		}
	}
	return nil, 0, false
}

func pageID(f *file, n int) string { return fmt.Sprintf("%s-%d", f.Key, n+1) }
