// Package notes reads and writes the notes of the journal: a typed note's body,
// a transcription's correction, a new note, a deletion. The notes are the
// truth; the index is updated right after each write.
package notes

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"daybook"
	"daybook/internal/ingest"
	"daybook/internal/store"
	"daybook/internal/vault"
	"daybook/internal/vault/edit"
)

// Hash is the SHA-256 of a note's bytes. Zero means no note or, in a condition
// for a write, any note.
type Hash = edit.Hash

// Store is the part of a store that a Service uses; see store.Index and
// store.Scans for the contracts.
type Store interface {
	Entries(ctx context.Context, ids []string) ([]daybook.Entry, error)
	Newest(ctx context.Context, f store.Filter, limit int) ([]daybook.Entry, error)
	NoteStates(ctx context.Context, queries ...store.NoteQuery) ([]store.NoteState, error)
	Apply(ctx context.Context, b store.Batch) error
	Scans(ctx context.Context, notes ...string) ([]store.ScanState, error)
	WriteScans(ctx context.Context, b store.ScanBatch) error
	WrittenNotes(ctx context.Context, notes ...string) (map[string]store.WrittenNote, error)
	Capabilities() store.Capabilities
}

// Indexer updates the index from the vault; see ingest.Indexer.
type Indexer interface {
	Run(ctx context.Context, progress func(ingest.Progress)) (ingest.Report, error)
	Sync(ctx context.Context, notes ...store.NoteName) (ingest.Report, error)
	Deleted(ctx context.Context, note store.NoteName) (ingest.Report, error)
	// Present returns an error if notes must not be written because the journal
	// may have vanished.
	Present(ctx context.Context, kind daybook.EntryKind) error
}

// Config configures a Service. All fields without a default are required.
type Config struct {
	Vault   *vault.Vault
	Store   Store
	Indexer Indexer
	// History is the folder of the notes' versions; the default is one beside
	// Undo. Undo is the folder in which older Daybooks stored notes before an
	// edit, with a folder for each kind of note.
	History, Undo string
	// UndoAge is how long the versions of a deleted note are kept, and
	// HistoryAge how long those of other notes; 0 is forever.
	UndoAge, HistoryAge time.Duration
	// Corrected is called with the words of a transcription before and after a
	// correction. It may be nil.
	Corrected func(ctx context.Context, entry, before, after string)
	// Uploads is a folder for files being received. Old files in it are erased.
	Uploads string
}

// Service reads and writes the notes of one vault. It is safe for concurrent
// use. It does one write at a time, and completes it even if its context ends.
type Service struct {
	vault   *vault.Vault
	store   Store
	indexer Indexer
	folders map[daybook.EntryKind]string
	history map[daybook.EntryKind]*edit.History

	uploads   string
	corrected func(ctx context.Context, entry, before, after string)

	writing chan struct{} // holds a value during a write
	closed  chan struct{}
	close   sync.Once
}

// NewHistory returns the history of the notes of a kind. The vault must have
// the kind.
func (c Config) NewHistory(kind daybook.EntryKind) *edit.History {
	dir := cmp.Or(c.History, filepath.Join(filepath.Dir(c.Undo), "history"))
	return edit.NewHistory(edit.HistoryOptions{
		Dir: dir, Kind: kind, Notes: c.Vault.Folders()[slices.Index(c.Vault.Kinds(), kind)],
		Records: filepath.Join(c.Undo, string(kind)), DeletedAge: c.UndoAge, Age: c.HistoryAge,
	})
}

// New returns a Service. Each call checks whether the notes' folders exist.
func New(c Config) (*Service, error) {
	s := &Service{
		vault: c.Vault, store: c.Store, indexer: c.Indexer,
		folders: map[daybook.EntryKind]string{}, history: map[daybook.EntryKind]*edit.History{},
		uploads: c.Uploads, corrected: c.Corrected, writing: make(chan struct{}, 1), closed: make(chan struct{}),
	}
	for i, kind := range c.Vault.Kinds() {
		s.folders[kind], s.history[kind] = c.Vault.Folders()[i], c.NewHistory(kind)
	}
	return s, nil
}

// Close waits for the current write and refuses later ones.
func (s *Service) Close() error {
	s.close.Do(func() {
		s.writing <- struct{}{}
		close(s.closed)
		<-s.writing
	})
	return nil
}

// begin waits for other writers; the caller must call end. The error is
// daybook.Unavailable while the journal's folder cannot be read or most of its
// notes are missing.
func (s *Service) begin(ctx context.Context) (end func(), err error) {
	select {
	case s.writing <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	end = func() { <-s.writing }
	select {
	case <-s.closed:
		end()
		return nil, daybook.Errorf(daybook.Unavailable, "Daybook is stopping; nothing was written.")
	default:
	}
	if err := s.present(ctx, daybook.Daily); err != nil {
		end()
		return nil, err
	}
	return end, nil
}

// Note is an entry and the state of its note.
type Note struct {
	daybook.Entry
	// Diary is the text that is read, searched and cited; passages and pages
	// are parts of it. Text is the part that a write replaces, which has
	// comments and may lack words typed beside a scan.
	Diary string
	// Hash is the hash of the bytes that the entry was read from. It is zero if
	// the note could not be read just now and the entry comes from the index.
	Hash Hash
	// Replaced is the version that was last saved here if another program has
	// since replaced it by one that lacks some of its words; otherwise nil.
	Replaced *edit.Version
}

// Read returns an entry with the current content of its note. An unknown ID is
// daybook.NotFound.
func (s *Service) Read(ctx context.Context, id string) (Note, error) {
	e, err := store.EntryOf(ctx, s.store, id)
	if err != nil {
		return Note{}, err
	}
	return s.current(ctx, e)
}

// List returns up to limit entries that match f, newest first, or all if limit
// is 0. Whole ones are as from Read; the others have neither text nor hash.
func (s *Service) List(ctx context.Context, f store.Filter, limit int, whole bool) ([]Note, error) {
	entries, err := s.store.Newest(ctx, f, limit)
	if err != nil {
		return nil, err
	}
	list := make([]Note, len(entries))
	for i, e := range entries {
		if !whole {
			e.Text = ""
			list[i] = Note{Entry: e}
			continue
		}
		if list[i], err = s.current(ctx, e); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// current reads an entry's note. Text and hash are of the same bytes, whatever
// is in the index, because a client that writes with the hash must have seen
// that text.
func (s *Service) current(ctx context.Context, e daybook.Entry) (Note, error) {
	data, err := s.read(ctx, e.Kind, e.Path)
	if ctx.Err() != nil {
		return Note{}, ctx.Err()
	}
	if err != nil {
		return Note{Entry: e, Diary: e.Text}, nil // missing or just being written: use the index
	}
	if _, flaw := vault.Decode(data); flaw != "" {
		return Note{Entry: e, Diary: e.Text}, nil // it is never written
	}
	n := noteOfBytes(e, data)
	n.Replaced, err = s.replaced(ctx, n)
	return n, err
}

// noteOfBytes returns an entry as parsed from the bytes of its note.
func noteOfBytes(e daybook.Entry, data []byte) Note {
	parsed := vault.Read(fileOf(e), data)
	e.Text, e.TextLine, e.Tags = parsed.Text, parsed.TextLine, parsed.Tags
	return Note{Entry: e, Diary: parsed.Diary, Hash: edit.Sum(data)}
}

// written returns an entry's note after a write. If another program has
// replaced it since, it is not what was saved.
func written(e daybook.Entry, data []byte) (Note, error) {
	if _, err := vault.Parse(fileOf(e), data); err != nil {
		return Note{}, err
	}
	return noteOfBytes(e, data), nil
}

func fileOf(e daybook.Entry) vault.File {
	return vault.File{Kind: e.Kind, Path: e.Path, Title: e.Title, Dates: e.Dates}
}

// read returns a note's bytes.
func (s *Service) read(ctx context.Context, kind daybook.EntryKind, path string) (data []byte, err error) {
	err = s.inFolder(kind, edit.Other, func(_ *os.Root, e *edit.Editor) error {
		data, err = e.Read(ctx, path)
		return err
	})
	return data, err
}

// inFolder calls f with the folder of a kind and an editor for that cause. It
// opens the folder each time, because disks come and go.
func (s *Service) inFolder(kind daybook.EntryKind, cause edit.Cause, f func(*os.Root, *edit.Editor) error) error {
	path, ok := s.folders[kind]
	if !ok {
		return daybook.Errorf(daybook.Unavailable, "There is no folder of %s notes.", kind)
	}
	root, err := os.OpenRoot(path)
	if err != nil {
		return &daybook.Error{Kind: daybook.Unavailable, Message: fmt.Sprintf("The folder of the %s notes, %s, cannot be opened.", kind, path), Err: err}
	}
	defer root.Close()
	return f(root, edit.NewEditor(root, s.history[kind].By(cause)))
}

// find returns the ID of the entry whose note is at path, "" if it is not in
// the index.
func (s *Service) find(ctx context.Context, kind daybook.EntryKind, path string) (string, error) {
	states, err := s.store.NoteStates(ctx, store.NoteQuery{Names: []store.NoteName{{Kind: kind, Path: path}}})
	if err != nil || len(states) == 0 {
		return "", err
	}
	return states[0].EntryID, nil
}

// missing reports whether err means that a note does not exist.
func missing(err error) bool { return daybook.KindOf(err) == daybook.NotFound }

// present returns an error if notes of a kind must not be written.
func (s *Service) present(ctx context.Context, kind daybook.EntryKind) error {
	err := s.indexer.Present(ctx, kind)
	if daybook.KindOf(err) == daybook.Unavailable && ctx.Err() == nil {
		return &daybook.Error{Kind: daybook.Unavailable, Message: "Not saved. " + daybook.PublicMessage(err), Err: err}
	}
	return err
}
