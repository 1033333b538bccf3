// Package notebook adds the pages of a paper notebook to the journal. It queues
// them on disk, has a model read each, and works out their dates from what is
// written on them. Once the person has confirmed the list, it puts each page
// beside the note of its day. Acknowledged pages survive a crash.
package notebook

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"path/filepath"
	"sync"
	"time"

	"github.com/gofrs/flock"

	"daybook"
	"daybook/internal/notes"
	"daybook/internal/pages"
)

// Limits on what is stored.
const (
	maxNotebooks = 20       // unfinished
	maxPages     = 500      // in a notebook
	maxBytes     = 4 << 30  // in all notebooks
	MaxFile      = 50 << 20 // of a file; see notes.MaxScan
	maxName      = 200      // bytes
)

// Renderer renders pages of files in the folder of notebooks; see pages.Folder.
type Renderer interface {
	Inspect(ctx context.Context, path string) (pages.Info, error)
	Render(ctx context.Context, path string, page int, o pages.Options) ([]pages.Picture, error)
}

// Reader reads pages; see transcribe.Single.
type Reader interface {
	Ready() bool
	Read(ctx context.Context, scan string, hash [32]byte, page int) (string, error)
	Keep(ctx context.Context, hash [32]byte, page int, text string) error
	Forget(ctx context.Context, hash [32]byte) error
}

// Journal is where pages go; see notes.Service.
type Journal interface {
	PlacePaper(ctx context.Context, p notes.Paper) (notes.KeptScan, error)
	WritePaper(ctx context.Context, at notes.KeptScan, private bool, content io.ReadSeeker) error
}

// Config configures a Service. All fields but Log and Reason are required.
type Config struct {
	Dir        string // used by this service only
	Renderer   Renderer
	Reader     Reader
	Journal    Journal
	Today      func() daybook.Date
	Now        func() time.Time
	MonthFirst bool // 5/6/2019 is May 6
	AtOnce     int  // pages read concurrently; 0 means 8
	// Reason returns the message for a failure to read a page, and whether the page
	// may be the cause.
	Reason func(error) (reason string, page bool)
	Log    *slog.Logger
}

// Service manages the notebooks of one journal. It is safe for concurrent use. Only
// one process at a time can open a folder of notebooks; in others every call
// returns daybook.Unavailable.
type Service struct {
	Config
	lock *flock.Flock
	wake chan struct{} // has a value when there may be something to read

	mu     sync.Mutex
	opened bool
	closed bool
	books  map[string]*book
	bytes  int64
	// placing is held while a notebook is written into the journal.
	placing sync.Mutex
}

// New returns a Service. It opens nothing yet. Close it when done.
func New(c Config) *Service {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Reason == nil {
		c.Reason = func(err error) (string, bool) { return daybook.PublicMessage(err), true }
	}
	return &Service{Config: c, wake: make(chan struct{}, 1), books: map[string]*book{}, lock: flock.New(filepath.Join(c.Dir, "notebooks.lock"), flock.SetPermissions(0o600))}
}

// Close releases the notebooks to other processes.
func (s *Service) Close() error {
	s.placing.Lock()
	defer s.placing.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	if !s.opened {
		return nil
	}
	return s.lock.Close()
}

// errElsewhere says that another process uses the folder.
var errElsewhere = daybook.Errorf(daybook.Unavailable, "The notebooks are open in another Daybook on the same data. Stop one of them.")

// errGone says that a notebook or a page does not exist.
var errGone = daybook.Errorf(daybook.NotFound, "Notebook or page not found.")

// with calls f with the lock held, and the notebooks loaded.
func (s *Service) with(f func() error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.open(); err != nil {
		return err
	}
	return f()
}

// withBook calls f with a notebook.
func (s *Service) withBook(id string, f func(*book) error) error {
	return s.with(func() error {
		b, ok := s.books[id]
		if !ok {
			return errGone
		}
		return f(b)
	})
}

// open loads the notebooks, once. The caller holds the lock.
func (s *Service) open() error {
	if s.closed {
		return daybook.Errorf(daybook.Unavailable, "Daybook is shutting down. Nothing was saved.")
	}
	if s.opened {
		return nil
	}
	if err := makeFolders(s.Dir); err != nil {
		return unavailable("make the folder of notebooks", err)
	}
	got, err := s.lock.TryLock()
	if err == nil && !got {
		return errElsewhere
	}
	if err != nil && !errors.Is(err, errors.ErrUnsupported) {
		return unavailable("lock the notebooks", err)
	}
	books, err := load(s.Dir)
	if err != nil {
		return errors.Join(unavailable("read the notebooks", err), s.lock.Unlock())
	}
	s.books, s.opened = books, true
	for _, b := range books {
		s.bytes += b.size()
		for _, f := range b.Files {
			for _, p := range f.Pages {
				p.heads, p.continues = heads(p.text, s.MonthFirst)
			}
		}
	}
	return nil
}

// unavailable is the error for a folder that cannot be used, for example on a
// full disk.
func unavailable(doing string, err error) error {
	return &daybook.Error{Kind: daybook.Unavailable, Message: "Not saved: the data folder is not writable. The disk may be full.", Err: errors.New(doing + ": " + err.Error())}
}

// notify wakes the reading job.
func (s *Service) notify() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Private reports whether a file belongs to a notebook that must not be sent.
// An unknown file is private.
func (s *Service) Private(_ context.Context, file, _ string) (bool, error) {
	private := true
	err := s.withBook(filepath.ToSlash(filepath.Dir(file)), func(b *book) error {
		private = b.Private
		return nil
	})
	if errors.Is(err, errGone) {
		err = nil
	}
	return private, err
}
