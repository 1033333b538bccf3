package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"

	"daybook/internal/store"
	"daybook/internal/vector"
)

// space is the vectors of one model in memory.
type space struct {
	id         int64
	index      *vector.Index
	generation int64 // the count of changes that the index has seen
}

// change is what a transaction does to what memory holds.
type change struct {
	gone []vector.Key // vectors erased in every space
	// put are new vectors of one space, numbered into.
	into int64
	put  map[vector.Key][]float32
	// erased is a space that is no more, 0 for none.
	erased int64

	passagesGone []int64
	passagesCome map[int64]int   // with their length in terms
	terms        map[string]bool // that stand in any of those
}

// change runs f in a transaction and has memory follow what it did. When
// another process changed the file in between, memory is read anew at the
// next search instead.
func (s *Store) change(ctx context.Context, f func(*sql.Tx) (change, error)) error {
	tx, err := s.w.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	c, err := f(tx)
	var vectors, passages int64
	if err == nil && (len(c.gone)+len(c.put) > 0 || c.erased != 0) {
		vectors, err = count(ctx, tx, "vectors")
	}
	if err == nil && len(c.passagesGone)+len(c.passagesCome) > 0 {
		passages, err = count(ctx, tx, "passages")
	}
	if err != nil {
		return errors.Join(err, ignoreDone(tx.Rollback()))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := tx.Commit(); err != nil {
		return err
	}
	if passages != 0 && s.words != nil && s.wordsOf == passages-1 {
		s.wordsOf = passages
		s.words.Change(c.passagesGone, c.passagesCome, slices.Collect(maps.Keys(c.terms)))
	}
	return s.followVectors(c, vectors)
}

// count counts a change, so that other processes notice it.
func count(ctx context.Context, tx *sql.Tx, what string) (generation int64, err error) {
	err = tx.QueryRowContext(ctx, "UPDATE meta SET value = value + 1 WHERE key = ? RETURNING value", what).Scan(&generation)
	return generation, err
}

// followVectors brings memory to the given generation, 0 for no change.
func (s *Store) followVectors(c change, generation int64) error {
	maps.DeleteFunc(s.spaces, func(_ store.Space, sp *space) bool { return sp.id == c.erased })
	for _, sp := range s.spaces {
		if generation == 0 || sp.generation != generation-1 {
			continue
		}
		sp.generation = generation
		for _, key := range c.gone {
			sp.index.Delete(key)
		}
		for key, v := range c.put {
			if sp.id != c.into {
				break
			}
			if err := sp.index.Put(key, v); err != nil {
				return err
			}
		}
	}
	return nil
}

// PutVectors keeps the vectors of passages.
func (s *Store) PutVectors(ctx context.Context, sp store.Space, vectors []store.PassageVector) error {
	units := make(map[int64][]float32, len(vectors))
	ids := make([]int64, 0, len(vectors))
	for _, v := range vectors {
		unit, err := vector.Normalise(v.Vector, sp.Dim)
		if err != nil {
			return err
		}
		units[v.ID] = unit
		ids = append(ids, v.ID)
	}
	err := s.change(ctx, func(tx *sql.Tx) (c change, err error) {
		c.put = map[vector.Key][]float32{}
		if c.into, err = makeSpace(ctx, tx, sp); err != nil {
			return c, err
		}
		list, err := json.Marshal(ids)
		if err != nil {
			return c, err
		}
		err = each(ctx, tx, func(rows *sql.Rows) error {
			var id int64
			var hash []byte
			err := rows.Scan(&id, &hash)
			c.put[keyOf(hash)] = units[id]
			return err
		}, "SELECT id, hash FROM passages WHERE id IN (SELECT value FROM json_each(?))", string(list))
		if err != nil {
			return c, err
		}
		a := &applying{ctx: ctx, tx: tx}
		defer a.close()
		for key, v := range c.put {
			a.exec("INSERT INTO vectors VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET vec = excluded.vec", c.into, key[:], encode(v))
		}
		return c, a.err
	})
	return wrap("keep vectors", err)
}

// erasedAtOnce is how many vectors one transaction erases: others want to write
// in between.
const erasedAtOnce = 500

// EraseVectors erases the vectors of a space.
func (s *Store) EraseVectors(ctx context.Context, sp store.Space) error {
	for {
		left := false
		err := s.change(ctx, func(tx *sql.Tx) (c change, err error) {
			var id int64
			err = tx.QueryRowContext(ctx, "SELECT id FROM spaces WHERE model = ? AND dim = ?", sp.Model, sp.Dim).Scan(&id)
			if errors.Is(err, sql.ErrNoRows) {
				return c, nil
			}
			if err != nil {
				return c, err
			}
			result, err := tx.ExecContext(ctx, "DELETE FROM vectors WHERE rowid IN (SELECT rowid FROM vectors WHERE space = ? LIMIT ?)", id, erasedAtOnce)
			if err != nil {
				return c, err
			}
			n, err := result.RowsAffected()
			if left = n == erasedAtOnce; left || err != nil {
				return c, err
			}
			c.erased = id
			_, err = tx.ExecContext(ctx, "DELETE FROM spaces WHERE id = ?", id)
			return c, err
		})
		if err != nil || !left {
			return wrap("erase vectors", err)
		}
	}
}

func makeSpace(ctx context.Context, tx *sql.Tx, sp store.Space) (id int64, err error) {
	if _, err = tx.ExecContext(ctx, "INSERT INTO spaces (model, dim) VALUES (?, ?) ON CONFLICT DO NOTHING", sp.Model, sp.Dim); err != nil {
		return 0, err
	}
	err = tx.QueryRowContext(ctx, "SELECT id FROM spaces WHERE model = ? AND dim = ?", sp.Model, sp.Dim).Scan(&id)
	return id, err
}

func encode(v []float32) []byte {
	out := make([]byte, 0, 4*len(v))
	for _, c := range v {
		out = binary.LittleEndian.AppendUint32(out, math.Float32bits(c))
	}
	return out
}

// decode reads a vector into out, which it fills.
func decode(data []byte, out []float32) error {
	if len(data) != 4*len(out) {
		return fmt.Errorf("a vector of %d bytes where %d are expected", len(data), 4*len(out))
	}
	for i := range out {
		out[i] = math.Float32frombits(binary.LittleEndian.Uint32(data[4*i:]))
	}
	return nil
}

// WithoutVector returns passages that have no vector.
func (s *Store) WithoutVector(ctx context.Context, sp store.Space, after int64, limit int) ([]store.PassageText, error) {
	var list []store.PassageText
	err := each(ctx, s.r, func(rows *sql.Rows) error {
		var p store.PassageText
		var text []byte
		err := rows.Scan(&p.ID, &text)
		p.Text = string(text)
		list = append(list, p)
		return err
	}, `SELECT p.id, substr(CAST(e.text AS BLOB), p.start + 1, p.end - p.start)
		FROM passages p JOIN entries e ON e.n = p.entry
		WHERE p.id > ? AND NOT EXISTS (SELECT 1 FROM vectors v JOIN spaces s ON s.id = v.space
			WHERE v.hash = p.hash AND s.model = ? AND s.dim = ?)
		ORDER BY p.id LIMIT ?`, after, sp.Model, sp.Dim, limit)
	return list, wrap("look for passages without a vector", err)
}

// SearchVectors returns the k passages nearest to query, and more that are
// near as far as the codes tell.
func (s *Store) SearchVectors(ctx context.Context, sp store.Space, query []float32, f store.Filter, k, more int) ([]store.Hit, error) {
	unit, err := vector.Normalise(query, sp.Dim)
	if err != nil || k <= 0 {
		return nil, err
	}
	loaded, err := s.loaded(ctx, sp)
	if err != nil || loaded == nil {
		return nil, wrap("load the vectors", err)
	}
	var allowed []vector.Key
	if !isOpen(f) {
		if allowed, err = s.allowed(ctx, f); err != nil {
			return nil, wrap("narrow the search", err)
		}
	}
	candidates, rest, err := loaded.index.Candidates(unit, k, k+more, allowed)
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
	hits, err := s.passagesOf(ctx, nearest, f, k+more)
	return hits, wrap("load the passages found", err)
}

// loaded returns the vectors of sp in memory, reading them where memory does
// not have them as they are now, and nil when there are none.
func (s *Store) loaded(ctx context.Context, sp store.Space) (*space, error) {
	s.mu.RLock()
	have := s.spaces[sp]
	generation, err := s.generation(ctx, "vectors")
	s.mu.RUnlock()
	if err != nil || have != nil && have.generation == generation {
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

func (s *Store) generation(ctx context.Context, what string) (n int64, err error) {
	err = s.statements.generation.QueryRowContext(ctx, what).Scan(&n)
	return n, err
}

// readSpace reads all vectors of sp and the generation they are of, from one
// snapshot of the file.
func (s *Store) readSpace(ctx context.Context, sp store.Space) (*space, error) {
	tx, err := s.r.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
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

// allowed returns the keys of the passages whose entry passes f.
func (s *Store) allowed(ctx context.Context, f store.Filter) ([]vector.Key, error) {
	where, args, err := filter(f)
	if err != nil {
		return nil, err
	}
	keys := []vector.Key{}
	err = each(ctx, s.r, func(rows *sql.Rows) error {
		var hash sql.RawBytes
		err := rows.Scan(&hash)
		keys = append(keys, keyOf(hash))
		return err
	}, "SELECT p.hash FROM passages p JOIN entries e ON e.n = p.entry WHERE "+where, args...)
	return keys, err
}

// scored is a text with its cosine distance to the query.
type scored struct {
	key      vector.Key
	distance float64
}

// rescore compares the candidates in full precision and returns them, nearest first.
func (s *Store) rescore(ctx context.Context, id int64, unit []float32, candidates []vector.Scored) ([]scored, error) {
	keys := make([]vector.Key, len(candidates))
	for i, c := range candidates {
		keys[i] = c.Key
	}
	rows, err := s.statements.vectors.QueryContext(ctx, id, hexList(keys))
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
// Several entries may say the same: those that do not pass f are left out.
func (s *Store) passagesOf(ctx context.Context, nearest []scored, f store.Filter, k int) ([]store.Hit, error) {
	known, err := s.catalogued(ctx)
	if err != nil {
		return nil, err
	}
	var passes map[string]bool // entries; nil for all
	if !isOpen(f) {
		if passes, err = s.passing(ctx, f); err != nil {
			return nil, err
		}
	}
	hits := make([]store.Hit, 0, len(nearest))
	for _, n := range nearest {
		for _, id := range known.byText[n.key] {
			if p := known.passages[id]; passes == nil || passes[p.EntryID] {
				hits = append(hits, store.Hit{Passage: p, Score: 1 - n.distance, Distance: n.distance})
			}
		}
	}
	slices.SortFunc(hits, func(a, b store.Hit) int {
		return cmp.Or(cmp.Compare(a.Distance, b.Distance), cmp.Compare(a.Passage.ID, b.Passage.ID))
	})
	return hits[:min(k, len(hits))], nil
}

// passing returns the IDs of the entries that pass f.
func (s *Store) passing(ctx context.Context, f store.Filter) (map[string]bool, error) {
	where, args, err := filter(f)
	if err != nil {
		return nil, err
	}
	passes := map[string]bool{}
	return passes, each(ctx, s.r, func(rows *sql.Rows) error {
		var id string
		err := rows.Scan(&id)
		passes[id] = true
		return err
	}, "SELECT e.id FROM entries e WHERE "+where, args...)
}
