package lancedb

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"

	"daybook"
	"daybook/internal/store"
	"daybook/internal/vector"
)

func names(schema *arrow.Schema) []string {
	var list []string
	for _, f := range schema.Fields() {
		list = append(list, f.Name)
	}
	return list
}

func lower(tag string) string { return strings.ToLower(tag) }

// hashOf names a text.
func hashOf(text string) vector.Key {
	sum := sha256.Sum256([]byte(text))
	return vector.Key(sum[:16])
}

// Apply makes the changes of b. Texts, passages and vectors are written first,
// under numbers that nothing refers to yet; then the rows of the entries, all
// in one request, which is where the change happens; then what was replaced is
// deleted, which nothing refers to any more.
func (s *Store) Apply(ctx context.Context, b store.Batch) error {
	if b.ChangesEntries() {
		if err := s.changeEntries(ctx, b); err != nil {
			return err
		}
	}
	if len(b.Meta)+len(b.Erase) == 0 {
		return nil
	}
	unlock, err := s.lock(ctx)
	if err != nil {
		return wrap("change the index", err)
	}
	defer unlock()
	for key, value := range b.Meta {
		if err := s.setMeta(ctx, "user:"+key, value); err != nil {
			return wrap("keep a setting of the index", err)
		}
	}
	for _, sp := range b.Erase {
		if err := s.eraseSpace(ctx, sp); err != nil {
			return wrap("erase vectors", err)
		}
	}
	return nil
}

func (s *Store) changeEntries(ctx context.Context, b store.Batch) error {
	unlock, err := s.lock(ctx)
	if err != nil {
		return wrap("change the index", err)
	}
	defer unlock()
	if err := s.refresh(ctx); err != nil {
		return wrap("change the index", err)
	}
	a, err := s.plan(b)
	if err != nil {
		return wrap("change the index", err)
	}
	s.changing.Store(true) // memory follows, and need not be read anew meanwhile
	defer s.changing.Store(false)
	places, err := s.promise(ctx, a)
	if err == nil {
		err = s.commit(ctx, a)
	}
	if err != nil {
		s.owing.Store(len(places) > 0 || s.owing.Load()) // it may have happened all the same
		if a.older {
			s.mu.Lock()
			s.stale() // what the older service has is served on
			s.mu.Unlock()
		}
		return wrap("change the index", err)
	}
	// It is done: cancelling has no effect any more.
	after, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	if err := s.clear(after, a); err != nil {
		s.config.Log.Warn("clear away what was replaced in the index; it is not seen, and goes within the hour", "err", err)
	}
	if err := s.mirror(after, places); err != nil {
		s.owing.Store(true)
		s.config.Log.Warn("tell the older service's table of a change of the index; it is tried again", "err", err)
	}
	return nil
}

// commit writes what the entries will refer to, then their rows.
func (s *Store) commit(ctx context.Context, a *applying) error {
	if err := s.write(ctx, a); err != nil {
		return err
	}
	done, err := s.c.merge(ctx, entriesTable, "entry_id", entriesSchema, a.rows, true)
	if err != nil {
		return err
	}
	s.follow(a, done.Version)
	return nil
}

// applying is one Apply.
type applying struct {
	older    bool // it is the first after the older service's
	put      []*entry
	passages map[*entry][]*passage
	notes    map[*entry]*store.Note
	touched  map[string]store.NoteState
	hidden   []*entry // as they were before they were marked private
	gone     []*entry // that are replaced or deleted
	deleted  []string // IDs
	rows     []row    // of the entries
}

// plan returns the changes to make, with all numbers assigned.
func (s *Store) plan(b store.Batch) (*applying, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.memory
	a := &applying{passages: map[*entry][]*passage{}, notes: map[*entry]*store.Note{}, touched: map[string]store.NoteState{}}
	if m.older {
		// From now on what is ours is served.
		m = newMemory()
		m.version, a.older = s.memory.version, true
		s.memory = m
	}
	for _, id := range b.Delete {
		if e := m.entries[id]; e != nil && !slices.Contains(a.gone, e) {
			a.gone, a.deleted = append(a.gone, e), append(a.deleted, id)
		}
	}
	there := map[string]*entry{}
	for i := range b.Put {
		n := &b.Put[i]
		if there[n.Entry.ID] != nil {
			return nil, daybook.Errorf(daybook.Conflict, "An entry comes twice in one change of the index.")
		}
		if old := m.entries[n.Entry.ID]; old != nil && !slices.Contains(a.gone, old) {
			a.gone = append(a.gone, old)
		}
		e := m.make(n)
		there[e.ID], a.notes[e] = e, n
		a.put = append(a.put, e)
		a.passages[e] = m.cut(e, n)
	}
	a.deleted = slices.DeleteFunc(a.deleted, func(id string) bool { return there[id] != nil })
	if err := a.clash(m); err != nil {
		return nil, err
	}
	for _, e := range a.put {
		a.rows = append(a.rows, entryRow(e))
	}
	a.touch(m, b)
	for _, id := range a.deleted {
		a.rows = append(a.rows, row{"entry_id": id, "rev": m.number(1), "deleted": true})
	}
	return a, nil
}

// touch plans what changes the rows of entries and none of their texts.
func (a *applying) touch(m *memory, b store.Batch) {
	changed := map[string]*entry{}
	change := func(id string) *entry {
		e := m.entries[id]
		if e == nil || slices.Contains(a.gone, e) {
			return nil
		}
		if changed[id] == nil {
			made := *e
			changed[id] = &made
		}
		return changed[id]
	}
	for _, t := range b.Touch {
		if e := change(t.EntryID); e != nil {
			e.state.Size, e.state.ModTime, e.state.ChangeTime = t.Size, t.ModTime, t.ChangeTime
			e.state.Inode, e.state.Hash = t.Inode, t.Hash
			a.touched[e.ID] = e.state
		}
	}
	for _, id := range b.Private {
		if e := change(id); e != nil && !e.Private {
			e.Private = true
			a.hidden = append(a.hidden, m.entries[id])
		}
	}
	for _, id := range slices.Sorted(maps.Keys(changed)) {
		a.rows = append(a.rows, entryRow(changed[id]))
	}
}

// make makes the entry of a note, with numbers of its own.
func (m *memory) make(n *store.Note) *entry {
	e := &entry{Entry: n.Entry, state: n.State, count: len(n.Passages)}
	e.Text = ""
	e.Dates, e.Tags = slices.Clone(n.Entry.Dates), slices.Clone(n.Entry.Tags)
	e.state.Kind, e.state.Path, e.state.EntryID = e.Kind, e.Path, e.ID
	e.rev = m.number(1 + e.count)
	e.first = e.rev + 1
	return e
}

func (m *memory) cut(e *entry, n *store.Note) []*passage {
	list := make([]*passage, len(n.Passages))
	for i, p := range n.Passages {
		made := &passage{Passage: p.Passage, key: hashOf(p.Text), tokens: m.words.tokens(p.Terms), of: e}
		made.ID, made.EntryID, made.Text = e.first+int64(i), e.ID, ""
		list[i] = made
	}
	return list
}

// clash refuses two entries of one path.
func (a *applying) clash(m *memory) error {
	paths := map[noteKey]bool{}
	for _, e := range a.put {
		key := noteKey{e.Kind, e.Path}
		other, taken := m.byPath[key]
		taken = taken && !slices.ContainsFunc(a.gone, func(g *entry) bool { return g.ID == other })
		if taken || paths[key] {
			return daybook.Errorf(daybook.Conflict, "Two entries have one path.")
		}
		paths[key] = true
	}
	return nil
}

// fingerprint is what the hash column of a note holds: its hash in hexadecimal
// and, behind a space, its change time, for which tables that were made before
// have no column.
func fingerprint(s store.NoteState) string {
	return hex.EncodeToString(s.Hash[:]) + " " + strconv.FormatInt(s.ChangeTime, 10)
}

// readFingerprint reads what fingerprint wrote.
func readFingerprint(s *store.NoteState, text string) error {
	digits, changed, _ := strings.Cut(text, " ")
	hash, err := hex.DecodeString(digits)
	if err != nil || copy(s.Hash[:], hash) != len(s.Hash) {
		return fmt.Errorf("a note has a hash of %d bytes", len(hash))
	}
	if changed != "" {
		if s.ChangeTime, err = strconv.ParseInt(changed, 10, 64); err != nil {
			return fmt.Errorf("read the change time of a note: %w", err)
		}
	}
	return nil
}

func entryRow(e *entry) row {
	dates := make([]string, len(e.Dates))
	for i, d := range e.Dates {
		dates[i] = d.String()
	}
	datesJSON, _ := json.Marshal(dates) // strings always marshal
	tagsJSON, _ := json.Marshal(withMark(e.Tags, e.Private))
	return row{
		"entry_id": e.ID, "rev": e.rev, "kind": string(e.Kind), "path": e.Path, "title": e.Title, "dates": string(datesJSON), "tags": string(tagsJSON),
		"text_line": int64(e.TextLine), "passages": int64(e.count), "size": e.state.Size, "mtime": e.state.ModTime,
		"inode": int64(e.state.Inode), "hash": fingerprint(e.state), "deleted": false,
	}
}

// privateMark is among the tags in the row of a private entry. Tags begin
// with "#", so it is none of them; tables that are there have no column for it.
const privateMark = "private"

func withMark(tags []string, private bool) []string {
	if !private {
		return tags
	}
	return append(slices.Clip(tags), privateMark)
}

// withoutMark takes the mark out of what a row has as tags.
func withoutMark(list []string) (tags []string, private bool) {
	if i := slices.Index(list, privateMark); i >= 0 {
		if list = slices.Delete(list, i, i+1); len(list) == 0 {
			list = nil
		}
		return list, true
	}
	return list, false
}

// partSize is how much of a text goes into one row, in bytes: with a letter
// that does not compress it still fits into a request.
const partSize = 512 << 10

// write writes what the entries will refer to.
func (s *Store) write(ctx context.Context, a *applying) error {
	var texts, passages []row
	for _, e := range a.put {
		text := a.notes[e].Entry.Text
		for part := int64(0); part == 0 || text != ""; part++ {
			n := min(len(text), partSize)
			for n < len(text) && !utf8.RuneStart(text[n]) {
				n--
			}
			texts = append(texts, row{"rev": e.rev, "part": part, "text": text[:n]})
			text = text[n:]
		}
		for i, p := range a.passages[e] {
			passages = append(passages, row{
				"id": p.ID, "rev": e.rev, "idx": int64(p.Index), "first": int64(p.Start), "last": int64(p.End), "line": int64(p.Line),
				"hash": hex.EncodeToString(p.key[:]), "terms": a.notes[e].Passages[i].Terms,
			})
		}
	}
	if err := s.c.insert(ctx, textsTable, textsSchema, texts); err != nil {
		return err
	}
	if err := s.c.insert(ctx, passagesTable, passagesSchema, passages); err != nil {
		return err
	}
	return s.carry(ctx, a)
}

// follow has memory do what was done to the tables.
func (s *Store) follow(a *applying, version int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.memory
	if m.version != version-1 { // another machine wrote as well
		s.stale()
		return
	}
	m.version, s.checked = version, time.Now()
	ids := make([]string, len(a.gone))
	for i, e := range a.gone {
		ids[i] = e.ID
	}
	m.remove(ids...)
	for _, e := range a.put {
		m.add(e, a.passages[e])
	}
	for id, state := range a.touched {
		m.entries[id].state = state
	}
	for _, e := range a.hidden {
		e.Private = true
	}
}

// clear deletes what was replaced.
func (s *Store) clear(ctx context.Context, a *applying) error {
	if len(a.gone) == 0 {
		return nil
	}
	revs := make([]int64, len(a.gone))
	for i, e := range a.gone {
		revs[i] = e.rev
	}
	err := s.erase(ctx, revs)
	if len(a.deleted) > 0 {
		err = errors.Join(err, s.c.delete(ctx, entriesTable, "deleted AND "+in("entry_id", a.deleted)))
		if err == nil {
			err = s.caughtUp(ctx)
		}
	}
	return err
}

// caughtUp notes that the table of entries has a new version in which nothing
// is otherwise.
func (s *Store) caughtUp(ctx context.Context) error {
	version, err := s.c.version(ctx, entriesTable)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.memory != nil && version == s.memory.version+1 {
		s.memory.version = version
	}
	return nil
}

// erase deletes the texts, passages and vectors that were written under revs.
func (s *Store) erase(ctx context.Context, revs []int64) error {
	spaces, err := s.allSpaces(ctx)
	tables := []string{textsTable, passagesTable}
	for _, sp := range spaces {
		tables = append(tables, sp.table)
	}
	for chunk := range slices.Chunk(revs, maxNamed) {
		for _, table := range tables {
			err = errors.Join(err, s.c.delete(ctx, table, inNumbers("rev", chunk)))
		}
	}
	return err
}
