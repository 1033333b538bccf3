package sqlite

import (
	"context"
	"database/sql"
	"encoding/binary"
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

// change is the effect of a transaction on the data in memory.
type change struct {
	gone []vector.Key // vectors erased in every space
	// put are new vectors of one space, numbered into.
	into int64
	put  map[vector.Key][]float32
	// a deleted space, 0 for none
	erased int64

	passagesGone []int64
	passagesCome map[int64]int   // with their length in terms
	terms        map[string]bool // of any of those passages
}

// change runs f in a transaction and updates memory accordingly. If another
// process changed the file in between, the next search reads it again instead.
func (s *Index) change(ctx context.Context, f func(*sql.Tx) (change, error)) error {
	tx, err := s.db.begin(ctx)
	if err != nil {
		return err
	}
	c, err := f(tx.Tx)
	var vectors, passages int64
	vectorsChange := len(c.gone)+len(c.put) > 0 || c.erased != 0
	if err == nil && vectorsChange {
		vectors, err = count(ctx, tx.Tx, "vectors")
	}
	if err == nil && len(c.passagesGone)+len(c.passagesCome) > 0 {
		passages, err = count(ctx, tx.Tx, "passages")
	}
	if err != nil {
		return errors.Join(err, ignoreDone(tx.Rollback()))
	}
	if err := s.commit(tx.Tx, c, vectors, passages); err != nil {
		return err
	}
	return tx.kept(ctx)
}

// commit commits tx and updates memory accordingly. Vectors and passages are
// the counts of changes after it, 0 for no change.
func (s *Index) commit(tx *sql.Tx, c change, vectors, passages int64) error {
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

// followVectors updates memory to the given generation, 0 for no change.
func (s *Index) followVectors(c change, generation int64) error {
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

// PutVectors stores the vectors of passages.
func (s *Index) PutVectors(ctx context.Context, sp store.Space, vectors []store.PassageVector) error {
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
			a.exec("INSERT INTO vectors (space, hash, vec) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET vec = excluded.vec", c.into, key[:], encode(v))
		}
		return c, a.err
	})
	return wrap("keep vectors", err)
}

// erasedAtOnce is how many vectors one transaction erases. Others can write in
// between.
const erasedAtOnce = 500

// erase erases the vectors of spaces.
func (s *Index) erase(ctx context.Context, spaces []store.Space) error {
	for _, sp := range spaces {
		if err := s.eraseSpace(ctx, sp); err != nil {
			return wrap("erase vectors", err)
		}
	}
	return nil
}

func (s *Index) eraseSpace(ctx context.Context, sp store.Space) error {
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
			return err
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
func (s *Index) WithoutVector(ctx context.Context, sp store.Space, public bool, after int64, limit int) ([]store.PassageText, error) {
	var list []store.PassageText
	err := each(ctx, s.db.reader(), func(rows *sql.Rows) error {
		var p store.PassageText
		var text []byte
		err := rows.Scan(&p.ID, &p.EntryID, &text)
		p.Text = string(text)
		list = append(list, p)
		return err
	}, `SELECT p.id, e.id, substr(CAST(e.text AS BLOB), p.start + 1, p.end - p.start)
		FROM passages p JOIN entries e ON e.n = p.entry
		WHERE p.id > ? AND NOT (? AND `+isPrivate+`) AND NOT EXISTS (SELECT 1 FROM vectors v JOIN spaces s ON s.id = v.space
			WHERE v.hash = p.hash AND s.model = ? AND s.dim = ?)
		ORDER BY p.id LIMIT ?`, after, public, sp.Model, sp.Dim, limit)
	return list, wrap("look for passages without a vector", err)
}
