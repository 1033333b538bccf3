package lancedb

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"math"
	"net/http"
	"slices"

	"daybook"
	"daybook/internal/store"
	"daybook/internal/vector"
)

// space is the vectors of one model: a table with a row for each passage.
type space struct {
	store.Space
	table   string
	version int64
	has     map[int64]bool // passages with a vector; some may be deleted
	index   index
}

// spaceKey begins the keys of the spaces.
const spaceKey = "space:"

// allSpaces returns every space with the current version of its table.
func (s *Store) allSpaces(ctx context.Context) ([]*space, error) {
	kept, err := s.metaWhere(ctx, "key >= 'space:' AND key < 'space;'")
	if err != nil {
		return nil, err
	}
	var all []*space
	for _, key := range slices.Sorted(maps.Keys(kept)) {
		var sp store.Space
		if err := json.Unmarshal([]byte(kept[key]), &sp); err != nil {
			return nil, err
		}
		loaded, err := s.loaded(ctx, sp)
		if err != nil {
			return nil, err
		}
		if loaded != nil {
			all = append(all, loaded)
		}
	}
	return all, nil
}

// known returns a space with the current version of its table, nil if there is
// none.
func (s *Store) known(ctx context.Context, sp store.Space) (*space, error) {
	if err := s.prepare(ctx); err != nil {
		return nil, err
	}
	s.mu.RLock()
	_, ok := s.spaces[sp]
	s.mu.RUnlock()
	if !ok {
		kept, err := s.metaWhere(ctx, "key = "+quote(spaceKey+vectorsTable(sp)))
		if err != nil || len(kept) == 0 {
			return nil, err
		}
	}
	return s.loaded(ctx, sp)
}

// loaded returns a space, nil if its table is missing. The result must not be
// changed.
func (s *Store) loaded(ctx context.Context, sp store.Space) (*space, error) {
	s.mu.RLock()
	have := s.spaces[sp]
	s.mu.RUnlock()
	table := vectorsTable(sp)
	version, err := s.c.version(ctx, table)
	if isStatus(err, http.StatusInternalServerError) { // it may be half deleted
		if err = s.c.ensure(ctx, table, vectorsSchema(sp.Dim)); err == nil {
			version, err = s.c.version(ctx, table)
		}
	}
	if isStatus(err, http.StatusNotFound) {
		s.mu.Lock()
		delete(s.spaces, sp)
		s.mu.Unlock()
		return nil, nil
	}
	current := have != nil && have.version == version
	if current || err != nil {
		return have, err
	}
	made := &space{Space: sp, table: table, version: version, has: map[int64]bool{}}
	err = s.c.all(ctx, table, query{columns: []string{"id"}}, func(v view) error {
		made.has[v.number("id")] = true
		return nil
	})
	if err == nil {
		made.index, err = s.c.indexOf(ctx, table)
	}
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.spaces[sp] = made
	return made, nil
}

// make returns a space, creating it if there is none, beginning with its table.
func (s *Store) make(ctx context.Context, sp store.Space) (*space, error) {
	have, err := s.known(ctx, sp)
	if have != nil || err != nil {
		return have, err
	}
	if sp.Dim < 1 || sp.Dim > math.MaxInt16 {
		return nil, daybook.Errorf(daybook.Invalid, "vectors of %d components cannot be kept", sp.Dim)
	}
	value, err := json.Marshal(sp)
	if err != nil {
		return nil, err
	}
	if err := s.c.create(ctx, vectorsTable(sp), vectorsSchema(sp.Dim)); err != nil {
		return nil, err
	}
	if err := s.setMeta(ctx, spaceKey+vectorsTable(sp), string(value)); err != nil {
		return nil, err
	}
	return s.loaded(ctx, sp)
}

// eraseSpace erases a space: first its table, which also removes it from the
// disk, then its record. The lock is held.
func (s *Store) eraseSpace(ctx context.Context, sp store.Space) error {
	table := vectorsTable(sp)
	// pylance answers 500 when a missing table is dropped.
	_, err := s.c.version(ctx, table)
	if err == nil {
		err = s.c.ask(ctx, table, "drop", nil, struct{}{}, nil)
	}
	if err != nil && !isStatus(err, http.StatusNotFound) {
		return err
	}
	s.mu.Lock()
	delete(s.spaces, sp)
	s.mu.Unlock()
	return s.c.delete(ctx, metaTable, "key = "+quote(spaceKey+table))
}

func vectorRow(p *passage, v []float32) row {
	e := p.of
	first, last := e.Date(), e.Date()
	for _, d := range e.Dates {
		if d.Compare(first) < 0 {
			first = d
		}
		if d.Compare(last) > 0 {
			last = d
		}
	}
	return row{
		"id": p.ID, "rev": e.rev, "entry_id": e.ID, "kind": string(e.Kind), "first_day": first.String(), "last_day": last.String(),
		"tags": store.TagKeys(e.Tags), "vector": v,
	}
}

// PutVectors stores the vectors of passages, and of all others with the same
// text.
func (s *Store) PutVectors(ctx context.Context, sp store.Space, vectors []store.PassageVector) error {
	units := make(map[int64][]float32, len(vectors))
	for _, v := range vectors {
		unit, err := vector.Normalise(v.Vector, sp.Dim)
		if err != nil {
			return err
		}
		units[v.ID] = unit
	}
	unlock, err := s.lock(ctx)
	if err != nil {
		return wrap("keep vectors", err)
	}
	defer unlock()
	if err := s.refresh(ctx); err != nil {
		return wrap("keep vectors", err)
	}
	made, err := s.make(ctx, sp)
	if err != nil {
		return wrap("keep vectors", err)
	}
	fresh, again, whole := s.vectorRows(made, vectors, units)
	schema := vectorsSchema(sp.Dim)
	if err := s.c.insert(ctx, made.table, schema, once(fresh)); err != nil {
		return wrap("keep vectors", err)
	}
	if err := s.c.mergeAll(ctx, made.table, []string{"id"}, schema, once(again)); err != nil {
		return wrap("keep vectors", err)
	}
	if err := s.follows(ctx, made, fresh); err != nil {
		return wrap("keep vectors", err)
	}
	s.mirrorVectors(ctx, whole)
	return nil
}

// vectorRows returns the rows of vectors for all passages with the same texts:
// those that are new, and those that replace one. Whole has the vectors of entries
// that are a single passage.
func (s *Store) vectorRows(made *space, vectors []store.PassageVector, units map[int64][]float32) (fresh, again []row, whole map[*entry][]float32) {
	whole = map[*entry][]float32{}
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, v := range vectors {
		p := s.memory.passages[v.ID]
		if p == nil || s.memory.older {
			continue // it was deleted in the meantime
		}
		for _, id := range s.memory.byText[p.key] {
			same := s.memory.passages[id]
			if r := vectorRow(same, units[v.ID]); made.has[id] {
				again = append(again, r)
			} else {
				fresh = append(fresh, r)
			}
			if same.of.count == 1 {
				whole[same.of] = units[v.ID]
			}
		}
	}
	return fresh, again, whole
}

// once keeps the last of the rows with the same ID.
func once(rows []row) []row {
	last := map[any]int{}
	for i, r := range rows {
		last[r["id"]] = i
	}
	var out []row
	for i, r := range rows {
		if last[r["id"]] == i {
			out = append(out, r)
		}
	}
	return out
}

// follows records in memory that a space has new rows.
func (s *Store) follows(ctx context.Context, old *space, rows []row) error {
	if len(rows) == 0 {
		return nil
	}
	version, err := s.c.version(ctx, old.table)
	if err != nil {
		return err
	}
	s.mu.Lock()
	if s.spaces[old.Space] == old {
		// Concurrent readers of the old one must not see it change.
		made := *old
		made.version, made.has = version, maps.Clone(old.has)
		for _, r := range rows {
			made.has[r["id"].(int64)] = true
		}
		s.spaces[old.Space] = &made
		old = &made
	}
	s.mu.Unlock()
	s.indexWhenItPays(old)
	return nil
}

// carry copies the vectors of passages whose text already exists to their new
// numbers.
func (s *Store) carry(ctx context.Context, a *applying) error {
	spaces, err := s.allSpaces(ctx)
	if err != nil || len(spaces) == 0 {
		return err
	}
	for _, sp := range spaces {
		from := map[int64][]*passage{} // the number of a passage with the same text
		s.mu.RLock()
		for _, e := range a.put {
			for _, p := range a.passages[e] {
				for _, id := range s.memory.byText[p.key] {
					if sp.has[id] {
						from[id] = append(from[id], p)
						break
					}
				}
			}
		}
		s.mu.RUnlock()
		if err := s.carryIn(ctx, sp, from); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) carryIn(ctx context.Context, sp *space, from map[int64][]*passage) error {
	var rows []row
	for chunk := range slices.Chunk(slices.Sorted(maps.Keys(from)), 1000) {
		found, err := s.c.query(ctx, sp.table, query{columns: []string{"id", "vector"}, where: inNumbers("id", chunk)})
		if err != nil {
			return err
		}
		err = found.rows(func(v view) error {
			for _, p := range from[v.number("id")] {
				rows = append(rows, vectorRow(p, v.vector("vector")))
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	rows = once(rows)
	if len(rows) == 0 {
		return nil
	}
	if err := s.c.insert(ctx, sp.table, vectorsSchema(sp.Dim), rows); err != nil {
		return err
	}
	return s.follows(ctx, sp, rows)
}

// VectorsOf returns the vectors of passages.
func (s *Store) VectorsOf(ctx context.Context, sp store.Space, passages []int64) ([]store.PassageVector, error) {
	made, err := s.known(ctx, sp)
	if err != nil || made == nil {
		return nil, wrap("load vectors", err)
	}
	vectors := map[int64][]float32{}
	for chunk := range slices.Chunk(passages, 1000) {
		found, err := s.c.query(ctx, made.table, query{columns: []string{"id", "vector"}, where: inNumbers("id", chunk)})
		if err != nil {
			return nil, wrap("load vectors", err)
		}
		_ = found.rows(func(v view) error { // which returns no error
			vectors[v.number("id")] = v.vector("vector")
			return nil
		})
	}
	var list []store.PassageVector
	err = s.look(ctx, func(m *memory) error {
		for _, id := range passages {
			if v := vectors[id]; v != nil && m.passages[id] != nil {
				list = append(list, store.PassageVector{ID: id, Vector: v})
			}
		}
		return nil
	})
	return list, wrap("load vectors", err)
}

// WithoutVector returns passages that have no vector.
func (s *Store) WithoutVector(ctx context.Context, sp store.Space, public bool, after int64, limit int) ([]store.PassageText, error) {
	made, err := s.known(ctx, sp)
	if err != nil {
		return nil, wrap("look for passages without a vector", err)
	}
	var ids []int64
	notes, err := s.whole(ctx, func(m *memory) (list []*entry) {
		if ids = nil; m.older {
			return nil
		}
		start, _ := slices.BinarySearchFunc(m.order, after+1, func(p *passage, id int64) int { return cmp.Compare(p.ID, id) })
		for _, p := range m.order[start:] {
			if len(ids) == limit {
				break
			}
			hasVector := made != nil && made.has[p.ID]
			hidden := public && p.of.Private
			if hasVector || hidden {
				continue
			}
			if ids = append(ids, p.ID); len(list) == 0 || list[len(list)-1] != p.of {
				list = append(list, p.of)
			}
		}
		return list
	}, true)
	if err != nil {
		return nil, wrap("look for passages without a vector", err)
	}
	byID := map[int64]daybook.Passage{}
	for _, n := range notes {
		for _, p := range n.Passages {
			byID[p.ID] = p.Passage
		}
	}
	var list []store.PassageText
	for _, id := range ids {
		list = append(list, store.PassageText{ID: id, EntryID: byID[id].EntryID, Text: byID[id].Text})
	}
	return list, nil
}
