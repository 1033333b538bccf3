package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"

	"daybook/internal/store"
	"daybook/internal/vector"
)

// SearchVectors returns the k passages nearest to query, and more that are
// near as far as the codes tell.
func (s *Index) SearchVectors(ctx context.Context, sp store.Space, query []float32, f store.Filter, k, more int) ([]store.Hit, error) {
	unit, err := vector.Normalise(query, sp.Dim)
	if err != nil || k <= 0 {
		return nil, err
	}
	loaded, err := s.loaded(ctx, sp)
	if err != nil || loaded == nil {
		return nil, wrap("load the vectors", err)
	}
	known, err := s.catalogued(ctx)
	if err != nil {
		return nil, wrap("load the passages", err)
	}
	passes, err := s.passing(ctx, f, known)
	if err != nil {
		return nil, wrap("narrow the search", err)
	}
	candidates, rest, err := loaded.index.Candidates(unit, k, k+more, known.keys(passes))
	if err != nil {
		return nil, err
	}
	nearest, err := s.rescore(ctx, loaded.id, unit, candidates)
	if err != nil {
		return nil, wrap("compare vectors", err)
	}
	for _, r := range rest {
		nearest = append(nearest, scored{r.Key, max(0, 1-float64(r.Score))})
	}
	return known.passagesOf(nearest, passes, k+more), nil
}

// loaded returns the vectors of sp in memory, reading them where memory does
// not have them as they are now, and nil when there are none.
func (s *Index) loaded(ctx context.Context, sp store.Space) (*space, error) {
	s.mu.RLock()
	have := s.spaces[sp]
	generation, err := s.generation(ctx, "vectors")
	current := have != nil && have.generation == generation
	s.mu.RUnlock()
	if err != nil || current {
		return have, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if generation, err = s.generation(ctx, "vectors"); err != nil {
		return nil, err
	}
	if have = s.spaces[sp]; have != nil && have.generation == generation {
		return have, nil
	}
	fresh, err := s.readSpace(ctx, sp)
	if err != nil || fresh == nil {
		return nil, err
	}
	s.spaces[sp] = fresh
	return fresh, nil
}

func (s *Index) generation(ctx context.Context, what string) (n int64, err error) {
	err = s.db.now.Load().statements.generation.QueryRowContext(ctx, what).Scan(&n)
	return n, err
}

// readSpace reads all vectors of sp and the generation they are of, from one
// snapshot of the file.
func (s *Index) readSpace(ctx context.Context, sp store.Space) (*space, error) {
	tx, err := s.db.reader().BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, err
	}
	defer func() { _ = tx.Rollback() }() // it only read
	fresh := &space{index: vector.NewIndex(sp.Dim)}
	err = tx.QueryRowContext(ctx, "SELECT value FROM meta WHERE key = 'vectors'").Scan(&fresh.generation)
	if err != nil {
		return nil, err
	}
	err = tx.QueryRowContext(ctx, "SELECT id FROM spaces WHERE model = ? AND dim = ?", sp.Model, sp.Dim).Scan(&fresh.id)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var n int
	if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM vectors WHERE space = ?", fresh.id).Scan(&n); err != nil {
		return nil, err
	}
	fresh.index.Grow(n)
	v := make([]float32, sp.Dim)
	err = each(ctx, tx, func(rows *sql.Rows) error {
		var hash, vec sql.RawBytes
		if err := rows.Scan(&hash, &vec); err != nil {
			return err
		}
		if err := decode(vec, v); err != nil {
			return err
		}
		return fresh.index.Put(keyOf(hash), v)
	}, "SELECT hash, vec FROM vectors WHERE space = ?", fresh.id)
	return fresh, err
}

// scored is a text with its cosine distance to the query.
type scored struct {
	key      vector.Key
	distance float64
}

// rescore compares the candidates in full precision and returns them, nearest first.
func (s *Index) rescore(ctx context.Context, id int64, unit []float32, candidates []vector.Scored) ([]scored, error) {
	keys := make([]vector.Key, len(candidates))
	for i, c := range candidates {
		keys[i] = c.Key
	}
	rows, err := s.db.now.Load().statements.vectors.QueryContext(ctx, id, hexList(keys))
	if err != nil {
		return nil, err
	}
	list := make([]scored, 0, len(candidates))
	v := make([]float32, len(unit))
	err = drain(rows, func(rows *sql.Rows) error {
		var hash, vec sql.RawBytes
		if err := rows.Scan(&hash, &vec); err != nil {
			return err
		}
		if err := decode(vec, v); err != nil {
			return err
		}
		list = append(list, scored{keyOf(hash), max(0, 1-float64(vector.Dot(unit, v)))})
		return nil
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(list, func(a, b scored) int {
		return cmp.Or(cmp.Compare(a.distance, b.distance), slices.Compare(a.key[:], b.key[:]))
	})
	return list, nil
}

func hexList(keys []vector.Key) string {
	list := make([]string, len(keys))
	for i, key := range keys {
		list[i] = hex.EncodeToString(key[:])
	}
	data, _ := json.Marshal(list) // strings always marshal
	return string(data)
}

// passagesOf returns the passages that have the texts found, nearest first.
// Several entries may say the same: those that do not pass are left out.
func (c *catalogue) passagesOf(nearest []scored, passes map[string]bool, k int) []store.Hit {
	hits := make([]store.Hit, 0, len(nearest))
	for _, n := range nearest {
		for _, id := range c.byText[n.key] {
			if p := c.passages[id]; passes == nil || passes[p.EntryID] {
				hits = append(hits, store.Hit{Passage: p, Score: 1 - n.distance, Distance: n.distance})
			}
		}
	}
	slices.SortFunc(hits, func(a, b store.Hit) int {
		return cmp.Or(cmp.Compare(a.Distance, b.Distance), cmp.Compare(a.Passage.ID, b.Passage.ID))
	})
	return hits[:min(k, len(hits))]
}

// keys returns the keys of the passages of some entries; nil for nil.
func (c *catalogue) keys(entries map[string]bool) []vector.Key {
	if entries == nil {
		return nil
	}
	keys := []vector.Key{}
	for id := range entries {
		for _, p := range c.byEntry[id] {
			keys = append(keys, p.key)
		}
	}
	return keys
}
