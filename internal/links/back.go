package links

import (
	"context"
	"slices"
	"strings"
	"sync"

	"daybook"
	"daybook/internal/store"
	"daybook/internal/vault"
)

// Back returns the links to a note from other notes, the newest note first, at
// most limit. The error is daybook.NotFound if the ID is unknown.
func (b *Book) Back(ctx context.Context, id string, limit int) ([]Backlink, error) {
	c, err := b.current(ctx)
	if err != nil {
		return nil, err
	}
	if c.notes[id] == nil {
		return nil, daybook.Errorf(daybook.NotFound, "There is no such entry.")
	}
	return b.back(ctx, c, map[string]bool{id: true}, limit)
}

// BackOf returns the links to a day or to one of its notes from notes of other
// days, the newest note first, at most limit.
func (b *Book) BackOf(ctx context.Context, day daybook.Date, limit int) ([]Backlink, error) {
	c, err := b.current(ctx)
	if err != nil {
		return nil, err
	}
	of := map[string]bool{day.String(): true}
	for _, n := range c.byDate[day] {
		of[n.entry.ID] = true
	}
	return b.back(ctx, c, of, limit)
}

func (b *Book) back(ctx context.Context, c *catalog, to map[string]bool, limit int) ([]Backlink, error) {
	incoming, err := b.incoming(ctx, c)
	if err != nil {
		return nil, err
	}
	var places []place
	for id := range to {
		for _, p := range incoming[id] {
			if !to[p.from.entry.ID] {
				places = append(places, p)
			}
		}
	}
	slices.SortFunc(places, func(a, b place) int {
		if d := b.from.entry.Date().Compare(a.from.entry.Date()); d != 0 {
			return d
		}
		if d := strings.Compare(a.from.entry.Path+a.from.entry.ID, b.from.entry.Path+b.from.entry.ID); d != 0 {
			return d
		}
		return a.link.start - b.link.start
	})
	places = slices.CompactFunc(places, func(a, b place) bool { return a == b })
	places = places[:min(len(places), limit)]
	ids := make([]string, len(places))
	for i, p := range places {
		ids[i] = p.from.entry.ID
	}
	entries, err := b.index.Entries(ctx, slices.Compact(slices.Clone(ids)))
	if err != nil {
		return nil, err
	}
	byID := map[string]daybook.Entry{}
	for _, e := range entries {
		byID[e.ID] = e
	}
	var list []Backlink
	for _, p := range places {
		if e, ok := byID[p.from.entry.ID]; ok && p.link.end <= len(e.Text) {
			list = append(list, Backlink{e, p.link.start, p.link.end})
		}
	}
	return list, nil
}

// incoming returns the links by their targets: the ID of an entry, or a day
// without a note.
func (b *Book) incoming(ctx context.Context, c *catalog) (map[string][]place, error) {
	names, err := b.aliases.of(ctx, b, c)
	if err != nil {
		return nil, err
	}
	c.once.Do(func() { // with every link's name, once per state of the journal
		c.incoming = map[string][]place{}
		for _, n := range c.notes {
			for _, l := range n.links {
				to, day := b.resolve(c, n, l.target)
				if to == nil && day.IsZero() {
					to = names[compared(cutName(l.target))]
				}
				switch {
				case to != nil && to != n:
					c.incoming[to.entry.ID] = append(c.incoming[to.entry.ID], place{n, l})
				case to == nil && !day.IsZero():
					c.incoming[day.String()] = append(c.incoming[day.String()], place{n, l})
				}
			}
		}
	})
	return c.incoming, nil
}

// byAlias returns the note that has a link's name as an alias, or nil.
func (b *Book) byAlias(ctx context.Context, c *catalog, target string) (*note, error) {
	names, err := b.aliases.of(ctx, b, c)
	if err != nil {
		return nil, err
	}
	return names[compared(cutName(target))], nil
}

// aliases are the other names of notes. They are in the files and not in the
// index, and are read when a link asks for them.
type aliases struct {
	mu    sync.Mutex
	read  map[string]aliased // by entry ID
	made  *catalog
	names map[string]*note
}

type aliased struct {
	state store.NoteState
	names []string
}

// of returns the notes of a catalog by their aliases.
func (a *aliases) of(ctx context.Context, b *Book, c *catalog) (map[string]*note, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.made == c {
		return a.names, nil
	}
	read, names := map[string]aliased{}, map[string]*note{}
	folders := map[daybook.EntryKind]*vault.Folder{}
	defer func() {
		for _, f := range folders {
			f.Close()
		}
	}()
	for id, n := range c.notes {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		known, ok := a.read[id]
		if !ok || known.state.Hash != n.state.Hash {
			known = aliased{n.state, nil}
			folder := folders[n.entry.Kind]
			if folder == nil {
				var err error
				if folder, err = b.vault.Open(n.entry.Kind); err != nil {
					return nil, err
				}
				folders[n.entry.Kind] = folder
			}
			known.names = folder.Aliases(n.entry.Path)
		}
		read[id] = known
		for _, name := range known.names {
			if other := names[compared(name)]; other == nil || n.name < other.name {
				names[compared(name)] = n
			}
		}
	}
	a.read, a.names, a.made = read, names, c
	return names, nil
}
