package lancedb

import (
	"cmp"
	"context"
	"slices"

	"daybook/internal/store"
	"daybook/internal/vector"
)

// SearchVectors returns the k passages nearest to query, and more near ones.
// Below Config.IndexFrom vectors it is exact. Above that, the engine's index
// selects the vectors to compare in full precision.
func (s *Store) SearchVectors(ctx context.Context, sp store.Space, q []float32, f store.Filter, k, more int) ([]store.Hit, error) {
	unit, err := vector.Normalise(q, sp.Dim)
	if err != nil || k <= 0 {
		return nil, err
	}
	older, err := s.isOlder(ctx)
	if err != nil {
		return nil, wrap("search by meaning", err)
	}
	if older {
		hits, err := s.searchOlder(ctx, sp, unit, newFilter(f), k+more)
		return hits, wrap("search by meaning", err)
	}
	made, err := s.known(ctx, sp)
	if err != nil || made == nil {
		return nil, wrap("search by meaning", err)
	}
	ask := query{columns: []string{"id", "_distance"}, where: condition(f), vector: unit, column: "vector"}
	filter, wanted := newFilter(f), k+max(more, 0)
	if err := s.choose(ctx, made, filter, &ask); err != nil {
		return nil, wrap("search by meaning", err)
	}
	// The engine also finds deleted passages and, for entries of several days,
	// some that do not pass. Ask for more until there are enough.
	for ask.limit = wanted + 32; ; ask.limit *= 4 {
		found, err := s.c.query(ctx, made.table, ask)
		if err != nil {
			return nil, wrap("search by meaning", err)
		}
		hits, rows := []store.Hit(nil), 0
		err = s.look(ctx, func(m *memory) error {
			return found.rows(func(v view) error {
				rows++
				if p := m.passages[v.number("id")]; p != nil && p.of.passes(filter) {
					d := max(0, v.float("_distance"))
					hits = append(hits, store.Hit{Passage: p.Passage, Score: 1 - d, Distance: d})
				}
				return nil
			})
		})
		if err != nil {
			return nil, wrap("search by meaning", err)
		}
		if len(hits) < wanted && rows == ask.limit {
			continue
		}
		slices.SortFunc(hits, func(a, b store.Hit) int {
			return cmp.Or(cmp.Compare(a.Distance, b.Distance), cmp.Compare(a.Passage.ID, b.Passage.ID))
		})
		return hits[:min(wanted, len(hits))], nil
	}
}

// choose uses the index if there is one, unless a filter leaves so little that
// comparing everything is faster and exact.
func (s *Store) choose(ctx context.Context, sp *space, f *filter, ask *query) error {
	if !s.pays(sp) {
		return nil
	}
	pass := len(sp.has)
	if !f.open {
		pass = 0
		err := s.look(ctx, func(m *memory) error {
			for _, e := range m.entries {
				if e.passes(f) {
					pass += e.count
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	if 5*pass >= len(sp.has) {
		ask.probes, ask.refine = sp.index.probes(), refine
	}
	return nil
}
