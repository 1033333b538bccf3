package migrate

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"daybook/internal/store"
)

// at identifies a passage in any store.
type at struct {
	entry string
	index int
}

// passages returns the IDs of the passages of notes.
func passages(ctx context.Context, s store.Store, ids []string) (map[at]int64, error) {
	notes, err := s.NotesOf(ctx, ids)
	if err != nil {
		return nil, err
	}
	out := map[at]int64{}
	for _, n := range notes {
		for _, p := range n.Passages {
			out[at{n.Entry.ID, p.Index}] = p.ID
		}
	}
	return out, nil
}

// vectorsOf returns the vectors of passages in a space.
func vectorsOf(ctx context.Context, s store.Store, sp store.Space, numbers map[at]int64) (map[at][]float32, error) {
	of := make(map[int64]at, len(numbers))
	for place, id := range numbers {
		of[id] = place
	}
	list, err := s.VectorsOf(ctx, sp, slices.Sorted(maps.Keys(of)))
	if err != nil {
		return nil, err
	}
	out := make(map[at][]float32, len(list))
	for _, v := range list {
		out[of[v.ID]] = v.Vector
	}
	return out, nil
}

// spaces returns the spaces of a store.
func spaces(ctx context.Context, s store.Store) ([]store.Space, error) {
	stats, err := s.Stats(ctx)
	if err != nil {
		return nil, err
	}
	return slices.SortedFunc(maps.Keys(stats.Vectors), func(a, b store.Space) int {
		return cmp.Or(cmp.Compare(a.Model, b.Model), cmp.Compare(a.Dim, b.Dim))
	}), nil
}

func (m *migration) copyVectors(ctx context.Context) (written int, err error) {
	all, _, err := ids(ctx, m.from)
	if err != nil {
		return 0, err
	}
	known, err := spaces(ctx, m.from)
	if err != nil {
		return 0, err
	}
	for _, sp := range known {
		done := 0
		for list := range slices.Chunk(all, chunk) {
			m.progress(Progress{"Copying the vectors", done, len(all)})
			done += len(list)
			n, err := m.copyVectorsOf(ctx, sp, list)
			if err != nil {
				return written, err
			}
			written += n
		}
	}
	return written, nil
}

func (m *migration) copyVectorsOf(ctx context.Context, sp store.Space, list []string) (int, error) {
	from, err := passages(ctx, m.from, list)
	if err != nil {
		return 0, err
	}
	to, err := passages(ctx, m.to, list)
	if err != nil {
		return 0, err
	}
	vectors, err := vectorsOf(ctx, m.from, sp, from)
	if err != nil {
		return 0, err
	}
	there, err := vectorsOf(ctx, m.to, sp, to)
	if err != nil {
		return 0, err
	}
	missing := missingVectors(vectors, there, to)
	if len(missing) == 0 {
		return 0, nil
	}
	return len(missing), m.to.PutVectors(ctx, sp, missing)
}

// missingVectors returns the vectors that are not yet there, in the order of their
// passages, whose IDs are by place.
func missingVectors[P comparable](vectors, there map[P][]float32, ids map[P]int64) []store.PassageVector {
	var missing []store.PassageVector
	for place, v := range vectors {
		if id, ok := ids[place]; ok && !slices.Equal(there[place], v) {
			missing = append(missing, store.PassageVector{ID: id, Vector: v})
		}
	}
	slices.SortFunc(missing, func(a, b store.PassageVector) int { return cmp.Compare(a.ID, b.ID) })
	return missing
}

// sumVectors counts and digests the vectors of the copied notes.
func (m *migration) sumVectors(ctx context.Context, s store.Store) (out sum, err error) {
	all, _, err := ids(ctx, m.from)
	if err != nil {
		return out, err
	}
	known, err := spaces(ctx, m.from)
	if err != nil {
		return out, err
	}
	for _, sp := range known {
		for list := range slices.Chunk(all, chunk) {
			numbers, err := passages(ctx, s, list)
			if err != nil {
				return out, err
			}
			vectors, err := vectorsOf(ctx, s, sp, numbers)
			if err != nil {
				return out, err
			}
			for place, v := range vectors {
				out.add(digest(struct {
					Space  store.Space
					Entry  string
					Index  int
					Vector []float32
				}{sp, place.entry, place.index, v}))
			}
		}
	}
	return out, nil
}
