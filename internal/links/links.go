// Package links follows the links between notes as note apps do, and finds the
// notes that link to a note or a day.
package links

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"daybook"
	"daybook/internal/store"
	"daybook/internal/vault"
	"daybook/internal/vault/dayname"
)

// Index is the part of a store that a Book uses; see store.Index.
type Index interface {
	Generation(ctx context.Context) (string, error)
	NoteStates(ctx context.Context, queries ...store.NoteQuery) ([]store.NoteState, error)
	Entries(ctx context.Context, ids []string) ([]daybook.Entry, error)
}

// Book resolves the links of a journal. Each call first reads what has changed. It
// is safe for concurrent use.
type Book struct {
	index   Index
	vault   *vault.Vault
	known   atomic.Pointer[catalog]
	reading sync.Mutex
	aliases aliases
}

// New returns a Book.
func New(index Index, v *vault.Vault) *Book { return &Book{index: index, vault: v} }

// Target is where a link leads.
type Target struct {
	// Entry has no text. Its ID is "" if the link refers to a day without a note.
	Entry daybook.Entry
	// Date is the day that the link refers to, or zero.
	Date daybook.Date
	// Start and End are the bytes of the heading or the block in the entry's
	// diary; Start is -1 if the link refers to the whole note.
	Start, End int
}

// Backlink is a link to a note or a day.
type Backlink struct {
	Entry daybook.Entry // that has the link, with its text
	// Start and End are the bytes of the link in the text.
	Start, End int
}

// note is an entry with its links.
type note struct {
	state store.NoteState
	entry daybook.Entry // without its text
	name  string        // its whole path as it is compared
	links []link
}

// catalog is a snapshot of the notes. It is immutable except for the links to
// them, which are computed on first use.
type catalog struct {
	generation string
	notes      map[string]*note   // by entry ID
	byName     map[string][]*note // by the last part of their names, shortest path first
	byDate     map[daybook.Date][]*note

	once     sync.Once
	incoming map[string][]place // by entry ID or by day
}

// place is a link of a note.
type place struct {
	from *note
	link link
}

const batch = 500

// current returns an up-to-date catalog.
func (b *Book) current(ctx context.Context) (*catalog, error) {
	generation, err := b.index.Generation(ctx)
	if err != nil {
		return nil, err
	}
	if c := b.known.Load(); c != nil && c.generation == generation {
		return c, nil
	}
	b.reading.Lock()
	defer b.reading.Unlock()
	have := b.known.Load()
	if have != nil && have.generation == generation {
		return have, nil
	}
	c, err := b.read(ctx, have, generation)
	if err != nil {
		return nil, fmt.Errorf("read the links of the journal: %w", err)
	}
	b.known.Store(c)
	return c, nil
}

// read makes a catalog, reusing unchanged notes of the previous one.
func (b *Book) read(ctx context.Context, have *catalog, generation string) (*catalog, error) {
	states, err := b.index.NoteStates(ctx)
	if err != nil {
		return nil, err
	}
	c := &catalog{generation: generation, notes: make(map[string]*note, len(states)), byName: map[string][]*note{}, byDate: map[daybook.Date][]*note{}}
	var changed []string
	for _, s := range states {
		if have != nil {
			if n := have.notes[s.EntryID]; n != nil && n.state.Hash == s.Hash && n.state.Path == s.Path && n.state.Kind == s.Kind {
				c.notes[s.EntryID] = n
				continue
			}
		}
		c.notes[s.EntryID] = &note{state: s}
		changed = append(changed, s.EntryID)
	}
	folders := b.folders()
	for ids := range slices.Chunk(changed, batch) {
		entries, err := b.index.Entries(ctx, ids)
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			n := c.notes[e.ID]
			n.links = find(e.Text)
			e.Text, n.entry, n.name = "", e, compared(folders[e.Kind]+"/"+e.Path)
		}
	}
	c.arrange()
	return c, nil
}

// folders returns the whole paths of the folders of notes.
func (b *Book) folders() map[daybook.EntryKind]string {
	paths := map[daybook.EntryKind]string{}
	for i, kind := range b.vault.Kinds() {
		paths[kind] = b.vault.Folders()[i]
		if whole, err := filepath.Abs(paths[kind]); err == nil {
			paths[kind] = filepath.ToSlash(whole)
		}
	}
	return paths
}

func (c *catalog) arrange() {
	for id, n := range c.notes {
		if n.entry.ID == "" { // deleted in the meantime
			delete(c.notes, id)
			continue
		}
		base := last(n.name)
		c.byName[base] = append(c.byName[base], n)
		if n.entry.Kind == daybook.Daily {
			for _, d := range n.entry.Dates {
				c.byDate[d] = append(c.byDate[d], n)
			}
		}
	}
	shortest := func(a, b *note) int {
		if d := len(a.name) - len(b.name); d != 0 {
			return d
		}
		return strings.Compare(a.name+string(a.entry.Kind), b.name+string(b.entry.Kind))
	}
	for _, list := range c.byName {
		slices.SortFunc(list, shortest)
	}
	for _, list := range c.byDate {
		slices.SortFunc(list, func(a, b *note) int {
			if d := len(a.entry.Dates) - len(b.entry.Dates); d != 0 {
				return d
			}
			return shortest(a, b)
		})
	}
}

// dayOf returns the day that a name refers to, or zero.
func (b *Book) dayOf(name string) daybook.Date {
	if dates := b.vault.DatesOf(name); len(dates) == 1 {
		return dates[0]
	}
	if day, reason := (dayname.Reader{}).Read(name); reason == "" && len(day.Dates) == 1 && day.Title == "" {
		return day.Dates[0]
	}
	return daybook.Date{}
}
