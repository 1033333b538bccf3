package postgres

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/pgvector/pgvector-go"

	"daybook/internal/store"
	"daybook/internal/vector"
)

// space is the state of one of the owner's spaces.
type space struct {
	id      int64
	indexed bool // there is an HNSW index
}

// Where many rows are looked up by key, here and elsewhere, a limit makes the
// planner use the index: for fast-growing tables its statistics are too old to
// choose that on its own, and it may compare every pair of rows.

// PutVectors stores the vectors of passages.
func (s *Store) PutVectors(ctx context.Context, sp store.Space, vectors []store.PassageVector) error {
	ids := make([]int64, len(vectors))
	units := make([]pgvector.Vector, len(vectors))
	for i, v := range vectors {
		unit, err := vector.Normalise(v.Vector, sp.Dim)
		if err != nil {
			return err
		}
		ids[i], units[i] = v.ID, pgvector.NewVector(unit)
	}
	err := s.write(ctx, func(tx pgx.Tx) error {
		// Passages must not be deleted while their vectors are stored.
		if _, err := tx.Exec(ctx, "SELECT FROM indexes WHERE owner = $1 FOR UPDATE", s.owner); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, "INSERT INTO spaces (owner, model, dim) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", s.owner, []byte(sp.Model), sp.Dim)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `INSERT INTO vectors (owner, space, hash, code, vec)
			SELECT DISTINCT ON (p.hash) $1, s.id, p.hash, u.vec::halfvec, u.vec
			FROM (SELECT id FROM spaces WHERE owner = $1 AND model = $2 AND dim = $3) s, unnest($4::bigint[], $5::vector[]) u (id, vec),
			LATERAL (SELECT hash FROM passages WHERE owner = $1 AND id = u.id LIMIT 1) p ORDER BY p.hash
			ON CONFLICT (owner, space, hash) DO UPDATE SET code = excluded.code, vec = excluded.vec`,
			s.owner, []byte(sp.Model), sp.Dim, ids, units)
		return err
	})
	return wrap("keep vectors", err)
}

// erasedAtOnce is how many vectors one transaction erases.
const erasedAtOnce = 2000

// erase erases the vectors of spaces.
func (s *Store) erase(ctx context.Context, spaces []store.Space) error {
	for _, sp := range spaces {
		if err := s.eraseSpace(ctx, sp); err != nil {
			return err
		}
	}
	return nil
}

// eraseSpace erases the vectors of a space and its index, if any.
func (s *Store) eraseSpace(ctx context.Context, sp store.Space) error {
	in, err := s.spaceOf(ctx, sp)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	for err == nil {
		var n int64
		err = s.write(ctx, func(tx pgx.Tx) error {
			// PutVectors takes the same lock.
			if _, err := tx.Exec(ctx, "SELECT FROM indexes WHERE owner = $1 FOR UPDATE", s.owner); err != nil {
				return err
			}
			tag, err := tx.Exec(ctx, `DELETE FROM vectors WHERE owner = $1 AND space = $2 AND hash IN
				(SELECT hash FROM vectors WHERE owner = $1 AND space = $2 LIMIT $3)`, s.owner, in.id, erasedAtOnce)
			n = tag.RowsAffected()
			return err
		})
		if err == nil && n == 0 {
			break
		}
	}
	if err == nil {
		_, err = s.db.pool.Exec(ctx, "DROP INDEX IF EXISTS "+indexName(in.id))
	}
	if err == nil {
		err = s.write(ctx, func(tx pgx.Tx) error {
			// Erase vectors stored since then too, and block new ones.
			for _, statement := range []string{
				"SELECT FROM indexes WHERE owner = $1 AND $2::bigint IS NOT NULL FOR UPDATE",
				"DELETE FROM vectors WHERE owner = $1 AND space = $2",
				"DELETE FROM spaces WHERE owner = $1 AND id = $2",
			} {
				if _, err := tx.Exec(ctx, statement, s.owner, in.id); err != nil {
					return err
				}
			}
			return nil
		})
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.spaces, sp)
	return wrap("erase vectors", err)
}

// indexName returns the name of a space's index.
func indexName(space int64) string { return fmt.Sprintf("vectors_%d", space) }

// WithoutVector returns passages that have no vector.
func (s *Store) WithoutVector(ctx context.Context, sp store.Space, public bool, after int64, limit int) ([]store.PassageText, error) {
	var list []store.PassageText
	err := s.each(ctx, func(row pgx.CollectableRow) error {
		var p store.PassageText
		var id, text []byte
		err := row.Scan(&p.ID, &id, &text)
		p.EntryID, p.Text = string(id), string(text)
		list = append(list, p)
		return err
	}, `SELECT p.id, e.id, substr(e.text, p.start_at + 1, p.end_at - p.start_at)
		FROM passages p JOIN entries e ON e.owner = p.owner AND e.n = p.entry
		WHERE p.owner = $1 AND p.id > $4 AND NOT ($6 AND e.private) AND (SELECT true FROM vectors WHERE owner = $1
			AND space = (SELECT id FROM spaces WHERE owner = $1 AND model = $2 AND dim = $3) AND hash = p.hash LIMIT 1) IS NULL
		ORDER BY p.id LIMIT $5`, s.owner, []byte(sp.Model), sp.Dim, after, limit, public)
	return list, wrap("look for passages without a vector", err)
}

// spaceOf returns a space, or pgx.ErrNoRows if it has no vectors. The result is
// cached, except whether there is an index.
func (s *Store) spaceOf(ctx context.Context, sp store.Space) (space, error) {
	s.mu.Lock()
	have, ok := s.spaces[sp]
	s.mu.Unlock()
	if ok {
		return have, nil
	}
	var found space
	err := s.one(ctx, "SELECT id, EXISTS (SELECT FROM pg_indexes WHERE schemaname = current_schema() AND indexname = 'vectors_' || id) FROM spaces WHERE owner = $1 AND model = $2 AND dim = $3",
		[]any{s.owner, []byte(sp.Model), sp.Dim}, &found.id, &found.indexed)
	if err != nil {
		return space{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.spaces[sp] = found
	return found, nil
}

// SearchVectors returns the k passages nearest to query, and more near ones by
// their codes. In a small journal it is exact. If the journal is large enough
// for an index (see [Store.Optimize]), it may miss a few.
func (s *Store) SearchVectors(ctx context.Context, sp store.Space, query []float32, f store.Filter, k, more int) ([]store.Hit, error) {
	unit, err := vector.Normalise(query, sp.Dim)
	if err != nil || k <= 0 {
		return nil, err
	}
	v := &vectorSearch{store: s, dim: sp.Dim, query: pgvector.NewVector(unit), filter: f, k: k, total: k + more}
	for again := false; ; again = true {
		v.space, err = s.spaceOf(ctx, sp)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil, nil
		}
		if err != nil {
			return nil, wrap("look up the vectors' space", err)
		}
		hits, err := v.do(ctx)
		if err != nil || len(hits) > 0 || again {
			return hits, wrap("search by meaning", err)
		}
		// Another server may have erased and recreated it.
		s.mu.Lock()
		delete(s.spaces, sp)
		s.mu.Unlock()
	}
}

// margin is twice the possible error of a distance computed from codes: their
// components have 11 bits, as do the query's.
const margin = 2.0/1024 + 1e-5

// vectorSearch is a running SearchVectors.
type vectorSearch struct {
	store    *Store
	space    space
	dim      int
	query    pgvector.Vector
	filter   store.Filter
	k, total int
}

// near is a text with its distance to the query.
type near struct {
	hash     []byte
	distance float64
}

func (v *vectorSearch) do(ctx context.Context) ([]store.Hit, error) {
	list, exact, err := v.candidates(ctx)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	distances := make(map[string]float64, len(list))
	hashes := make([][]byte, len(list))
	for i, n := range list {
		distances[string(n.hash)], hashes[i] = n.distance, n.hash
	}
	var hits []store.Hit
	where, args := filter(v.filter, []any{v.store.owner, hashes})
	err = v.store.ask(ctx,
		question{`SELECT u.hash, 1 + (v.vec <#> $4) FROM unnest($3::bytea[]) u (hash),
			LATERAL (SELECT vec FROM vectors WHERE owner = $1 AND space = $2 AND hash = u.hash LIMIT 1) v`,
			[]any{v.store.owner, v.space.id, hashes[:exact], v.query}, func(row pgx.CollectableRow) error {
				var hash []byte
				var distance float64
				err := row.Scan(&hash, &distance)
				distances[string(hash)] = distance
				return err
			}},
		question{passageColumns + ", p.hash FROM passages p JOIN entries e ON e.owner = p.owner AND e.n = p.entry WHERE p.owner = $1 AND p.hash = ANY($2)" + where,
			args, func(row pgx.CollectableRow) error {
				var hash []byte
				p, err := scanPassage(row, &hash)
				distance := max(0, distances[string(hash)])
				hits = append(hits, store.Hit{Passage: p, Score: 1 - distance, Distance: distance})
				return err
			}})
	slices.SortFunc(hits, func(a, b store.Hit) int {
		return cmp.Or(cmp.Compare(a.Distance, b.Distance), cmp.Compare(a.Passage.ID, b.Passage.ID))
	})
	return hits[:min(v.total, len(hits))], err
}

// candidates returns the nearest texts by their codes, nearest first. The first
// n may be among the k nearest and are to be compared in full precision.
func (v *vectorSearch) candidates(ctx context.Context) (list []near, n int, err error) {
	for limit := max(v.total, v.k+64); ; limit *= 2 {
		if list, err = v.scan(ctx, limit); err != nil || len(list) == 0 {
			return nil, 0, err
		}
		floor := list[min(v.k, len(list))-1].distance + margin
		n, _ = slices.BinarySearchFunc(list, floor, func(n near, floor float64) int { return cmp.Compare(n.distance, floor) })
		if n < limit || len(list) < limit || v.space.indexed {
			return list, n, nil
		}
	}
}

// scan returns the nearest texts by their codes. It uses the index if there is
// one and no filter, and reads all of them otherwise.
func (v *vectorSearch) scan(ctx context.Context, limit int) (list []near, err error) {
	code, tune := "v.code", goThrough
	if v.space.indexed && v.filter.IsOpen() {
		// The planner recognizes the index only by this exact expression.
		code, tune = fmt.Sprintf("v.code::halfvec(%d)", v.dim), useIndex(limit)
	}
	// The query is sent as a code, so that it is not converted for each row.
	sql := fmt.Sprintf("SELECT v.hash, %s <#> $2 AS distance FROM vectors v WHERE v.owner = $1 AND v.space = %d", code, v.space.id)
	args := []any{v.store.owner, pgvector.NewHalfVector(v.query.Slice()), limit}
	if !v.filter.IsOpen() {
		var where string
		where, args = filter(v.filter, args)
		sql += " AND v.hash IN (SELECT p.hash FROM entries e JOIN passages p ON p.owner = e.owner AND p.entry = e.n WHERE e.owner = $1" + where + ")"
		tune = question{sql: "SELECT 1"}
	}
	sql += " ORDER BY distance LIMIT $3"
	err = v.store.ask(ctx, tune, question{sql, args, func(row pgx.CollectableRow) error {
		var n near
		err := row.Scan(&n.hash, &n.distance)
		n.distance++ // the operator returns the negative inner product
		list = append(list, n)
		return err
	}})
	slices.SortFunc(list, func(a, b near) int { return cmp.Compare(a.distance, b.distance) })
	return list, err
}

// goThrough makes the planner read rows in their physical order, not by their
// keys.
var goThrough = question{sql: "SELECT set_config('enable_indexscan', 'off', true)"}

// useIndex makes the planner use the index although it may not know yet how
// large the table is. The search looks at enough rows, and continues if too few
// match.
func useIndex(limit int) question {
	return question{sql: "SELECT set_config('enable_sort', 'off', true), set_config('hnsw.ef_search', $1, true), set_config('hnsw.iterative_scan', 'relaxed_order', true)",
		args: []any{fmt.Sprint(min(1000, 6*limit))}}
}

// Indexes of vectors.
const (
	// worthIndexing is the number of vectors of a space up to which all are
	// compared, which takes about 15 ms.
	worthIndexing = 30_000
	// longestIndexed is the largest dimension that can be indexed.
	longestIndexed = 4000
)

// Optimize builds an HNSW index for each of the owner's spaces that is large
// enough. It may take minutes, and does not block other work.
func (s *Store) Optimize(ctx context.Context) error {
	type large struct {
		id  int64
		dim int
	}
	var list []large
	err := s.each(ctx, func(row pgx.CollectableRow) error {
		var l large
		err := row.Scan(&l.id, &l.dim)
		list = append(list, l)
		return err
	}, `SELECT s.id, s.dim FROM spaces s WHERE s.owner = $1 AND s.dim <= $2
		AND (SELECT count(*) FROM vectors v WHERE v.owner = s.owner AND v.space = s.id) >= $3`, s.owner, longestIndexed, s.db.worthIndexing)
	if err != nil {
		return wrap("look for spaces that want an index", err)
	}
	for _, l := range list {
		if err := s.makeIndex(ctx, l.id, l.dim); err != nil {
			return wrap("make an index of vectors", err)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.spaces)
	return nil
}

// makeIndex builds the index of a space, unless it has one. An invalid index,
// left by a server that ended while building it, is dropped first.
func (s *Store) makeIndex(ctx context.Context, id int64, dim int) error {
	conn, err := s.db.pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	var mine bool
	if err := conn.QueryRow(ctx, "SELECT pg_try_advisory_lock($1, $2)", indexLock, int32(id)).Scan(&mine); err != nil || !mine {
		return err // another server builds it
	}
	defer func() {
		_, _ = conn.Exec(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock($1, $2)", indexLock, int32(id)) // it ends with the connection at the latest
	}()
	name := indexName(id)
	var valid bool
	err = conn.QueryRow(ctx, "SELECT i.indisvalid FROM pg_index i WHERE i.indexrelid = to_regclass($1)", name).Scan(&valid)
	if err == nil && !valid { // it was left unfinished
		_, err = conn.Exec(ctx, "DROP INDEX "+name)
	}
	if valid || err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return err
	}
	_, err = conn.Exec(ctx, fmt.Sprintf("CREATE INDEX CONCURRENTLY %s ON vectors USING hnsw ((code::halfvec(%d)) halfvec_ip_ops) WITH (m = 24, ef_construction = 160) WHERE space = %d", name, dim, id))
	return err
}

// indexLock is the first half of the advisory lock for making an index.
const indexLock = int32(0x6461_7902)
