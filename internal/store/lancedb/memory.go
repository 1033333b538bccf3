package lancedb

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	"daybook"
	"daybook/internal/store"
	"daybook/internal/vector"
)

// memory is the index without the texts: everything about entries and passages
// that filters and searches need. The server has no joins, and loading each
// passage from it would take longer than finding them.
type memory struct {
	version  int64 // of the table of entries
	latest   int64 // the highest number given to a passage or to a version of an entry
	entries  map[string]*entry
	byPath   map[noteKey]string // entry IDs
	passages map[int64]*passage
	order    []*passage // by ID
	byText   map[vector.Key][]int64
	words    *lexicon
	older    bool // the entries are from the older service
}

// entry is an entry without its text, which is in the table of texts under rev.
type entry struct {
	daybook.Entry
	state store.NoteState
	rev   int64
	first int64 // its passages have the IDs from here on, in text order
	count int
	text  string // only for entries of the older service
}

// passage is a passage without its text.
type passage struct {
	daybook.Passage
	key    vector.Key // of its text
	tokens []uint32
	of     *entry
}

// noteKey names a note.
type noteKey struct {
	kind daybook.EntryKind
	path string
}

func newMemory() *memory {
	return &memory{
		entries: map[string]*entry{}, byPath: map[noteKey]string{}, passages: map[int64]*passage{},
		byText: map[vector.Key][]int64{}, words: newLexicon(),
	}
}

// epoch is where numbers begin. A number is the milliseconds since then,
// followed by a counter, so that two writers do not assign the same. Numbers
// stay below 2^53, above which JSON has no exact integers.
var epoch = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)

// number returns the first of n new numbers.
func (m *memory) number(n int) int64 {
	first := max(m.latest+1, time.Since(epoch).Milliseconds()<<10)
	m.latest = first + int64(n) - 1
	return first
}

// add adds an entry with its passages.
func (m *memory) add(e *entry, passages []*passage) {
	m.entries[e.ID] = e
	m.byPath[noteKey{e.Kind, e.Path}] = e.ID
	m.latest = max(m.latest, e.rev)
	come := map[int64]int{}
	for _, p := range passages {
		p.of = e
		m.latest = max(m.latest, p.ID)
		m.passages[p.ID] = p
		m.byText[p.key] = append(m.byText[p.key], p.ID)
		come[p.ID] = len(p.tokens)
	}
	m.order = append(m.order, passages...)
	m.words.change(nil, passages, come)
}

// remove removes entries with their passages.
func (m *memory) remove(ids ...string) {
	gone := map[int64]bool{}
	var numbers []int64
	var passages []*passage
	for _, id := range ids {
		e := m.entries[id]
		if e == nil {
			continue
		}
		delete(m.entries, id)
		if key := (noteKey{e.Kind, e.Path}); m.byPath[key] == id {
			delete(m.byPath, key)
		}
		for n := e.first; n < e.first+int64(e.count); n++ {
			p := m.passages[n]
			delete(m.passages, n)
			gone[n] = true
			numbers, passages = append(numbers, n), append(passages, p)
			if left := slices.DeleteFunc(m.byText[p.key], func(id int64) bool { return id == n }); len(left) > 0 {
				m.byText[p.key] = left
			} else {
				delete(m.byText, p.key)
			}
		}
	}
	if len(gone) > 0 {
		m.order = slices.DeleteFunc(m.order, func(p *passage) bool { return gone[p.ID] })
		m.words.change(numbers, passages, nil)
	}
}

// passes reports whether an entry passes f, whose tags are in lower case. This
// defines what a filter means; the condition sent to the engine matches more.
func (e *entry) passes(f *filter) bool {
	if f.Days != nil && !slices.ContainsFunc(e.Dates, func(d daybook.Date) bool {
		return slices.ContainsFunc(f.Days, func(r daybook.DateRange) bool { return r.Contains(d) })
	}) {
		return false
	}
	switch {
	case f.Public && e.Private,
		f.Private && !e.Private,
		f.Kind != "" && e.Kind != f.Kind,
		f.ids != nil && !f.ids[e.ID]:
		return false
	}
	for _, tag := range f.Tags {
		if !slices.ContainsFunc(e.Tags, func(t string) bool { return store.CoversTag(tag, t) }) {
			return false
		}
	}
	return true
}

// filter is a store.Filter prepared for matching.
type filter struct {
	store.Filter
	ids  map[string]bool // nil is any
	open bool
}

func newFilter(f store.Filter) *filter {
	out := &filter{Filter: f, open: f.IsOpen()}
	out.Tags = nil
	for _, tag := range f.Tags {
		out.Tags = append(out.Tags, lower(tag))
	}
	if f.EntryIDs != nil {
		out.ids = map[string]bool{}
		for _, id := range f.EntryIDs {
			out.ids[id] = true
		}
	}
	return out
}

// fresh is how long the index is used before checking for changes by other
// processes.
const fresh = 200 * time.Millisecond

// look calls f with the current index. f must not change or keep it.
func (s *Store) look(ctx context.Context, f func(*memory) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.RLock()
	if s.memory != nil && time.Since(s.checked) < fresh {
		defer s.mu.RUnlock()
		return f(s.memory)
	}
	s.mu.RUnlock()
	if err := s.refresh(ctx); err != nil {
		return err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	return f(s.memory)
}

// refresh reads what other processes changed.
func (s *Store) refresh(ctx context.Context) error {
	if err := s.prepare(ctx); err != nil {
		return err
	}
	version, err := s.c.version(ctx, entriesTable)
	if isStatus(err, http.StatusNotFound) { // it existed before
		if err = s.prepare(ctx); err == nil {
			version, err = s.c.version(ctx, entriesTable)
		}
	}
	if err != nil {
		return wrap("look for changes of the index", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.memory != nil && s.memory.version > version {
		// Either this process wrote in between, or the server is back with an
		// older copy of its folder.
		if version, err = s.c.version(ctx, entriesTable); err != nil {
			return wrap("look for changes of the index", err)
		}
	}
	if m := s.memory; m != nil {
		if m.version == version || s.changing.Load() {
			s.checked = time.Now()
			return nil
		}
	}
	m, err := s.load(ctx)
	if err != nil {
		return wrap("load the index", err)
	}
	s.memory, s.checked = m, time.Now()
	return nil
}

// stale makes the next look reload the index. The lock is held, and the index
// was loaded before.
func (s *Store) stale() { s.memory.version, s.checked = -1, time.Time{} }

// load loads the index. If something is written between two of its requests,
// passages are missing, and it loads again.
func (s *Store) load(ctx context.Context) (*memory, error) {
	for try := 1; ; try++ {
		m, missing, err := s.loadOnce(ctx)
		if err != nil {
			return nil, err
		}
		if missing == 0 || try == 3 {
			// An entry whose passages are lost is not in m, so its note is read
			// again.
			if len(m.entries) == 0 {
				err = s.loadOlder(ctx, m)
			}
			return m, err
		}
	}
}

// page is the number of rows requested at once.
const page = 100_000

// all requests all rows of a table, a page at a time.
func (c *client) all(ctx context.Context, table string, q query, f func(v view) error) error {
	q.limit = page
	for {
		n := 0
		found, err := c.query(ctx, table, q)
		if err != nil {
			return err
		}
		err = found.rows(func(v view) error { n++; return f(v) })
		if err != nil || n < page {
			return err
		}
		q.offset += page
	}
}

func (s *Store) loadOnce(ctx context.Context) (m *memory, missing int, err error) {
	m = newMemory()
	if m.version, err = s.c.version(ctx, entriesTable); err != nil {
		return nil, 0, err
	}
	found := map[int64]*entry{} // by rev
	err = s.c.all(ctx, entriesTable, query{columns: names(entriesSchema)}, func(v view) error {
		e, err := readEntry(v)
		m.latest = max(m.latest, e.rev)
		if err == nil && !v.flag("deleted") {
			found[e.rev] = e
		}
		return err
	})
	if err != nil {
		return nil, 0, err
	}
	passages := map[int64][]*passage{}
	err = s.c.all(ctx, passagesTable, query{columns: names(passagesSchema)}, func(v view) error {
		e := found[v.number("rev")]
		if e == nil {
			return nil // left over from a replaced entry
		}
		p, err := m.readPassage(v, e)
		passages[e.rev] = append(passages[e.rev], p)
		return err
	})
	if err != nil {
		return nil, 0, err
	}
	for _, rev := range slices.Sorted(maps.Keys(found)) {
		e := found[rev]
		list := passages[rev]
		slices.SortFunc(list, func(a, b *passage) int { return a.Index - b.Index })
		list = slices.CompactFunc(list, func(a, b *passage) bool { return a.ID == b.ID })
		if len(list) != e.count {
			missing++
			continue
		}
		m.add(e, list)
	}
	return m, missing, nil
}

func readEntry(v view) (*entry, error) {
	e := &entry{rev: v.number("rev"), count: int(v.number("passages"))}
	e.Entry = daybook.Entry{
		ID: v.text("entry_id"), Kind: daybook.EntryKind(v.text("kind")), Path: v.text("path"), Title: v.text("title"),
		TextLine: int(v.number("text_line")),
	}
	e.first = e.rev + 1
	e.state = store.NoteState{
		Kind: e.Kind, Path: e.Path, EntryID: e.ID, Size: v.number("size"), ModTime: v.number("mtime"), Inode: uint64(v.number("inode")),
	}
	if v.flag("deleted") {
		return e, nil
	}
	if err := readFingerprint(&e.state, v.text("hash")); err != nil {
		return e, err
	}
	if err := json.Unmarshal([]byte(v.text("dates")), &e.Dates); err != nil {
		return e, fmt.Errorf("read the dates of an entry: %w", err)
	}
	if err := json.Unmarshal([]byte(v.text("tags")), &e.Tags); err != nil {
		return e, fmt.Errorf("read the tags of an entry: %w", err)
	}
	e.Tags, e.Private = withoutMark(e.Tags)
	return e, nil
}

func (m *memory) readPassage(v view, e *entry) (*passage, error) {
	p := &passage{Passage: daybook.Passage{
		ID: v.number("id"), EntryID: e.ID, Index: int(v.number("idx")), Start: int(v.number("first")), End: int(v.number("last")), Line: int(v.number("line")),
	}}
	hash, err := hex.DecodeString(v.text("hash"))
	if err != nil || copy(p.key[:], hash) != len(p.key) {
		return p, fmt.Errorf("a passage has a hash of %d bytes", len(hash))
	}
	p.tokens = m.words.tokens(v.text("terms"))
	return p, nil
}

// textsOf returns the texts of entries, by rev.
func (s *Store) textsOf(ctx context.Context, entries []*entry) (map[int64]string, error) {
	type part struct {
		n    int64
		text string
	}
	parts := map[int64][]part{}
	for chunk := range slices.Chunk(entries, maxNamed) {
		revs := make([]int64, len(chunk))
		for i, e := range chunk {
			revs[i] = e.rev
		}
		err := s.c.all(ctx, textsTable, query{columns: names(textsSchema), where: inNumbers("rev", revs)}, func(v view) error {
			rev := v.number("rev")
			parts[rev] = append(parts[rev], part{v.number("part"), v.text("text")})
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	whole := make(map[int64]string, len(entries))
	for rev, list := range parts {
		slices.SortFunc(list, func(a, b part) int { return int(a.n - b.n) })
		text := ""
		for i, p := range list {
			if i == 0 || p.n != list[i-1].n {
				text += p.text
			}
		}
		whole[rev] = text
	}
	return whole, nil
}
