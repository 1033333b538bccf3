// Package private keeps notes that are marked private from every provider. Code
// that builds a prompt asks a [Guard] which entries may be in it and whether a
// text quotes a private one. In addition, every call must be allowed by the
// Guard before it leaves this process (see llm.Guard), so that a mistake in
// building a prompt leads to a refusal.
package private

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"sync"

	"daybook"
	"daybook/internal/store"
	"daybook/internal/text"
	"daybook/internal/vault"
)

// Index is the part of a store that a Guard uses; see store.Index for the
// contracts.
type Index interface {
	Entries(ctx context.Context, ids []string) ([]daybook.Entry, error)
	Newest(ctx context.Context, f store.Filter, limit int) ([]daybook.Entry, error)
	Passages(ctx context.Context, entryID string) ([]daybook.Passage, error)
	SearchWords(ctx context.Context, q store.WordQuery, f store.Filter, k int) ([]store.Hit, error)
	Vocabulary(ctx context.Context, public bool) (*store.Vocabulary, error)
	Generation(ctx context.Context) (string, error)
	NoteStates(ctx context.Context, queries ...store.NoteQuery) ([]store.NoteState, error)
}

// Config configures a Guard. Index and Analyzer are required.
type Config struct {
	Index    Index
	Analyzer *text.Analyzer
	// Vault contains the notes; nil uses the index alone.
	Vault *vault.Vault
	// Current reports whether every note was read by the current rules. Until
	// then it is unknown which ones are private. Nil means always.
	Current func(ctx context.Context) (bool, error)
}

// Guard knows which notes are private. A note counts as private as soon as its
// file or its entry in the index says so. It is safe for concurrent use.
type Guard struct {
	Config

	mu     sync.Mutex
	files  map[fileKey]seen
	corpus *corpus // nil until needed
}

type fileKey struct {
	kind daybook.EntryKind
	path string
}

// seen is the state of a note's file when it was last read.
type seen struct {
	file    vault.File
	private bool
	shows   []string // keys of the files that a private note shows
}

// New returns a Guard.
func New(c Config) *Guard { return &Guard{Config: c, files: map[fileKey]seen{}} }

// ids returns the IDs of the private entries among those given.
func (g *Guard) ids(ctx context.Context, entries []daybook.Entry) (map[string]bool, error) {
	private := map[string]bool{}
	folders := g.open()
	defer folders.close()
	for i := range entries {
		e := &entries[i]
		marked := e.Private
		if g.Vault != nil {
			marked = marked || g.Vault.PrivateByTags(e.Tags) || folders.private(e.Kind, e.Path)
		}
		if marked {
			private[e.ID] = true
		}
	}
	return private, ctx.Err()
}

// Split returns the public and the private entries, each in the given order.
func (g *Guard) Split(ctx context.Context, entries []daybook.Entry) (public, private []daybook.Entry, err error) {
	ids, err := g.ids(ctx, entries)
	if err != nil {
		return nil, nil, err
	}
	for _, e := range entries {
		if ids[e.ID] {
			private = append(private, e)
		} else {
			public = append(public, e)
		}
	}
	return public, private, nil
}

// Among returns which entries with the given IDs are private. Missing entries
// are not.
func (g *Guard) Among(ctx context.Context, ids []string) (map[string]bool, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	entries, err := g.Index.Entries(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("look which entries are private: %w", err)
	}
	return g.ids(ctx, entries)
}

// Note reports whether the daily note at a path is private; a missing one is
// not.
func (g *Guard) Note(ctx context.Context, path string) (bool, error) {
	folders := g.open()
	defer folders.close()
	if folders.private(daybook.Daily, path) {
		return true, nil
	}
	c, err := g.current(ctx)
	if err != nil {
		return false, err
	}
	return c.paths[path] && !folders.gone(daybook.Daily, path), nil
}

// Scan reports whether a scan is private: its note is, or one of the same name with
// another extension, or a private note embeds it.
func (g *Guard) Scan(ctx context.Context, scan, note string) (bool, error) {
	for _, name := range vault.Namesakes(note) {
		if private, err := g.Note(ctx, name); err != nil || private {
			return private, err
		}
	}
	return g.File(ctx, scan)
}

// folders are the vault's folders, opened when needed.
type folders struct {
	guard *Guard
	list  map[daybook.EntryKind]*vault.Folder
}

func (g *Guard) open() *folders { return &folders{g, map[daybook.EntryKind]*vault.Folder{}} }

func (f *folders) close() {
	for _, folder := range f.list {
		if folder != nil {
			folder.Close()
		}
	}
}

// of returns a folder, nil if it cannot be opened. Then only the index is used.
func (f *folders) of(kind daybook.EntryKind) *vault.Folder {
	folder, tried := f.list[kind]
	if !tried && f.guard.Vault != nil {
		folder, _ = f.guard.Vault.Open(kind)
		f.list[kind] = folder
	}
	return folder
}

// private reports whether a note's file says that it is private. A file that
// cannot be read does not.
func (f *folders) private(kind daybook.EntryKind, path string) bool {
	return f.look(kind, path).private
}

// look reads a note's file if it changed since it was last read.
func (f *folders) look(kind daybook.EntryKind, path string) seen {
	folder := f.of(kind)
	if folder == nil {
		return seen{}
	}
	now, err := folder.Stat(kind, path)
	if err != nil {
		return seen{}
	}
	key := fileKey{kind, path}
	f.guard.mu.Lock()
	last, known := f.guard.files[key]
	f.guard.mu.Unlock()
	if known && last.file.Same(now) {
		return last
	}
	data, read, err := folder.Read(now)
	if err != nil {
		return last
	}
	note := seen{file: read, private: f.guard.Vault.PrivateNote(read, data)}
	if note.private {
		text, _ := vault.Decode(data)
		note.shows = namesIn(text)
	}
	f.guard.mu.Lock()
	defer f.guard.mu.Unlock()
	f.guard.files[key] = note
	return note
}

// gone reports whether a note's file is missing from an existing folder.
func (f *folders) gone(kind daybook.EntryKind, path string) bool {
	folder := f.of(kind)
	if folder == nil {
		return false
	}
	_, err := folder.Stat(kind, path)
	return errors.Is(err, fs.ErrNotExist)
}
