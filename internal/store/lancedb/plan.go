package lancedb

import (
	"maps"
	"slices"

	"daybook"
	"daybook/internal/store"
)

// applying is a running Apply.
type applying struct {
	older    bool // the first after the older service's data
	put      []*entry
	passages map[*entry][]*passage
	notes    map[*entry]*store.Note
	touched  map[string]store.NoteState
	hidden   []*entry // before they were marked private
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
		// From now on our own data is served.
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

// touch plans changes to the rows of entries that leave their texts alone.
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

// make returns the entry of a note, with new numbers.
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

// clash refuses two entries with the same path.
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
