package lancedb

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"

	"daybook"
	"daybook/internal/store"
	"daybook/internal/store/lancedb/lancetest"
	"daybook/internal/vector"
)

// TestIndexFindsTheNearest has the engine search by an index, with filters and
// without, before and after more came, and after the table was put together.
func TestIndexFindsTheNearest(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	dir := t.TempDir()
	_, address := lancetest.Run(t, filepath.Join(dir, "lance"))
	s := open(t, address, dir)
	s.config.IndexFrom = 2000
	sp := store.Space{Model: "p/m", Dim: 32}
	r := rand.New(rand.NewPCG(3, 4))
	centres := make([][]float32, 40)
	for i := range centres {
		centres[i] = near(r, make([]float32, sp.Dim), 1)
	}
	all := map[string][]float32{}
	add := func(from, to int) {
		var notes []store.Note
		for i := from; i < to; i++ {
			n := note(fmt.Sprintf("n%04d", i), fmt.Sprintf("text %d", i))
			n.Entry.Dates = []daybook.Date{n.Entry.Dates[0].AddDays(i % 100)}
			notes = append(notes, n)
			all[n.Entry.ID] = near(r, centres[i%len(centres)], 0.5)
		}
		ok(t, s.Apply(t.Context(), store.Batch{Put: notes}))
		for _, part := range slices.Collect(slices.Chunk(must(s.WithoutVector(t.Context(), sp, false, 0, 10_000))(t), 500)) {
			var vectors []store.PassageVector
			for _, p := range part {
				var i int
				if _, err := fmt.Sscanf(p.Text, "text %d", &i); err != nil {
					t.Fatal(err)
				}
				vectors = append(vectors, store.PassageVector{ID: p.ID, Vector: all[fmt.Sprintf("n%04d", i)]})
			}
			ok(t, s.PutVectors(t.Context(), sp, vectors))
		}
	}
	recall := func(f store.Filter, passes func(daybook.Date) bool) float64 {
		found, wanted := 0, 0
		for range 20 {
			query := near(r, centres[r.IntN(len(centres))], 0.5)
			want := nearest(all, query, 10, passes)
			hits := must(s.SearchVectors(t.Context(), sp, query, f, 10, 0))(t)
			wanted += len(want)
			for _, h := range hits {
				if slices.Contains(want, h.Passage.EntryID) {
					found++
				}
			}
		}
		return float64(found) / float64(wanted)
	}
	any := func(daybook.Date) bool { return true }
	add(0, 2400)
	eventually(t, "the index", func() bool { return s.pays(must(s.known(t.Context(), sp))(t)) })
	if got := recall(store.Filter{}, any); got < 0.98 {
		t.Errorf("by the index %.3f of the nearest are found", got)
	}
	add(2400, 2600) // these are not in the index
	ok(t, s.tidy(t.Context(), 0))
	few := daybook.DateRange{From: note("x", "x").Entry.Dates[0].AddDays(7)}
	few.To = few.From
	if got := recall(store.Filter{Days: []daybook.DateRange{few}}, few.Contains); got != 1 {
		t.Errorf("of one day %.3f of the nearest are found", got)
	}
	many := daybook.DateRange{From: few.From.AddDays(20)}
	if got := recall(store.Filter{Days: []daybook.DateRange{many}}, many.Contains); got < 0.98 {
		t.Errorf("of most days %.3f of the nearest are found", got)
	}
	if got := recall(store.Filter{}, any); got < 0.98 {
		t.Errorf("with more than is indexed %.3f of the nearest are found", got)
	}
}

// near is a vector at some distance from another.
func near(r *rand.Rand, v []float32, far float64) []float32 {
	out := make([]float32, len(v))
	for i := range v {
		out[i] = v[i] + float32(far*r.NormFloat64())
	}
	return out
}

// nearest are the entries whose vectors are nearest to a query, by comparing
// with all. The day of an entry follows from its number.
func nearest(all map[string][]float32, query []float32, k int, passes func(daybook.Date) bool) []string {
	type scored struct {
		id    string
		score float32
	}
	unit := func(v []float32) []float32 { u, _ := vector.Normalise(v, len(v)); return u }
	var list []scored
	first := note("x", "x").Entry.Dates[0]
	for id, v := range all {
		var i int
		_, _ = fmt.Sscanf(id, "n%d", &i)
		if passes(first.AddDays(i % 100)) {
			list = append(list, scored{id, vector.Dot(unit(v), unit(query))})
		}
	}
	slices.SortFunc(list, func(a, b scored) int { return cmp.Compare(b.score, a.score) })
	var ids []string
	for _, s := range list[:min(k, len(list))] {
		ids = append(ids, s.id)
	}
	return ids
}
