package vector

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"daybook"
)

func keyOf(i int) (k Key) {
	binary.LittleEndian.PutUint64(k[:], uint64(i)+1)
	return k
}

// gaussian returns a random direction around a centre.
func gaussian(r *rand.Rand, centre []float32, dim int, spread float64) []float32 {
	v := make([]float32, dim)
	for i := range v {
		v[i] = float32(r.NormFloat64() * spread)
		if centre != nil {
			v[i] += centre[i]
		}
	}
	return v
}

// TestCandidatesHoldTheNearest compares with a full scan in float32, on data
// distributed like embeddings.
func TestCandidatesHoldTheNearest(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, dim := range []int{1, 3, 64, 100, 384, 768} {
		for shape, make := range map[string]func(i int, centres [][]float32) []float32{
			"random":    func(int, [][]float32) []float32 { return gaussian(r, nil, dim, 1) },
			"clustered": func(i int, c [][]float32) []float32 { return gaussian(r, c[i%len(c)], dim, 0.05) },
			"repeated":  func(i int, c [][]float32) []float32 { return c[i%len(c)] },
		} {
			centres := [][]float32{}
			for range 7 {
				centres = append(centres, gaussian(r, nil, dim, 1))
			}
			x := NewIndex(dim)
			var all [][]float32
			for i := range 1500 {
				v := make(i, centres)
				unit, err := Normalise(v, dim)
				if err != nil {
					t.Fatal(err)
				}
				all = append(all, unit)
				if err := x.Put(keyOf(i), v); err != nil {
					t.Fatal(err)
				}
			}
			for range 10 {
				query := gaussian(r, centres[r.IntN(len(centres))], dim, 0.3)
				checkRecall(t, fmt.Sprintf("%s, %d components", shape, dim), x, all, query, 10)
			}
		}
	}
}

func checkRecall(t *testing.T, name string, x *Index, all [][]float32, query []float32, k int) {
	t.Helper()
	unit, err := Normalise(query, x.dim)
	if err != nil {
		t.Fatal(err)
	}
	exact := make([]float32, len(all))
	for i, v := range all {
		exact[i] = Dot(unit, v)
	}
	candidates, rest, err := x.Candidates(query, k, 3*k, nil)
	if err != nil {
		t.Fatal(err)
	}
	var got []float32
	seen := map[Key]bool{}
	for _, c := range candidates {
		got = append(got, exact[binary.LittleEndian.Uint64(c.Key[:])-1])
		seen[c.Key] = true
	}
	if n := len(candidates) + len(rest); n < min(3*k, len(all)) {
		t.Errorf("%s: %d candidates and %d more", name, len(candidates), len(rest))
	}
	for i, c := range rest {
		if seen[c.Key] || i > 0 && c.Score > rest[i-1].Score {
			t.Errorf("%s: the rest is out of order, or among the candidates", name)
		}
		if d := c.Score - exact[binary.LittleEndian.Uint64(c.Key[:])-1]; d > 0.01 || d < -0.01 {
			t.Errorf("%s: the score of one of the rest is off by %f", name, d)
		}
	}
	down := func(a, b float32) int { return cmp.Compare(b, a) }
	slices.SortFunc(got, down)
	want := slices.SortedFunc(slices.Values(exact), down)
	if !slices.Equal(got[:k], want[:k]) {
		t.Errorf("%s: the nearest %v, among the candidates %v", name, want[:k], got[:k])
	}
}

func TestCandidatesOfAllowedKeys(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	x := NewIndex(32)
	for i := range 300 {
		if err := x.Put(keyOf(i), gaussian(r, nil, 32, 1)); err != nil {
			t.Fatal(err)
		}
	}
	allowed := []Key{keyOf(5), keyOf(7), keyOf(7), keyOf(999)}
	got, _, err := x.Candidates(gaussian(r, nil, 32, 1), 10, 10, allowed)
	slices.SortFunc(got, func(a, b Scored) int { return slices.Compare(a.Key[:], b.Key[:]) })
	if err != nil || len(got) != 2 || got[0].Key != keyOf(5) || got[1].Key != keyOf(7) {
		t.Errorf("candidates %v, %v", got, err)
	}
	if got, _, err := x.Candidates(gaussian(r, nil, 32, 1), 10, 10, []Key{}); err != nil || len(got) != 0 {
		t.Errorf("nothing is allowed, and there are %d candidates, %v", len(got), err)
	}
}

func TestPutReplacesAndDeleteForgets(t *testing.T) {
	x := NewIndex(2)
	for i, v := range [][]float32{{1, 0}, {0, 1}, {-1, 0}} {
		if err := x.Put(keyOf(i), v); err != nil {
			t.Fatal(err)
		}
	}
	if err := x.Put(keyOf(2), []float32{5, 0.1}); err != nil {
		t.Fatal(err)
	}
	x.Delete(keyOf(0))
	x.Delete(keyOf(0))
	got, _, err := x.Candidates([]float32{1, 0}, 1, 1, nil)
	if err != nil || x.Len() != 2 || got[0].Key != keyOf(2) || x.Has(keyOf(0)) || !x.Has(keyOf(1)) {
		t.Errorf("%d vectors, nearest %v, %v", x.Len(), got, err)
	}
}

func TestRefusedVectors(t *testing.T) {
	x := NewIndex(2)
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	for _, v := range [][]float32{nil, {1}, {1, 2, 3}, {0, 0}, {nan, 1}, {inf, 1}} {
		if err := x.Put(keyOf(1), v); daybook.KindOf(err) != daybook.Invalid {
			t.Errorf("%v was put: %v", v, err)
		}
		if _, _, err := x.Candidates(v, 1, 1, nil); daybook.KindOf(err) != daybook.Invalid {
			t.Errorf("%v was searched for: %v", v, err)
		}
	}
	if got, _, err := x.Candidates([]float32{1, 1}, 3, 3, nil); err != nil || len(got) != 0 {
		t.Errorf("an empty index has %v, %v", got, err)
	}
}

// A single query is scanned by two cores and finds what one core would.
func TestScanOfTwoCores(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	x := NewIndex(1024)
	for i := range worthSplitting/1024 + 1001 {
		if err := x.Put(keyOf(i), gaussian(r, nil, 1024, 1)); err != nil {
			t.Fatal(err)
		}
	}
	q := newQuery(x.codes[:1024])
	got, want := make([]float32, x.Len()), make([]float32, x.Len())
	x.dots(q, got)
	dotsGeneric(q, x.codes, x.stride, want)
	if !slices.Equal(got, want) {
		t.Error("two cores find something else")
	}
	x.scans.Add(1) // another query's
	x.dots(q, got)
	if !slices.Equal(got, want) {
		t.Error("one core finds something else")
	}
}

// TestDotsAgree compares the SIMD code with the plain loop.
func TestDotsAgree(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for i, stride := range []int{64, 128, 384, 3072} {
		rows := 131 - i
		q, codes := make([]int8, stride), make([]int8, rows*stride)
		for i := range q {
			q[i] = int8(r.IntN(255) - 127)
		}
		for i := range codes {
			codes[i] = int8(r.IntN(255) - 127)
		}
		got, want := make([]float32, rows), make([]float32, rows)
		dots(newQuery(q), codes, stride, got)
		dotsGeneric(newQuery(q), codes, stride, want)
		if !slices.Equal(got, want) {
			t.Errorf("stride %d: %v, want %v", stride, got, want)
		}
	}
}

func BenchmarkCandidates(b *testing.B) {
	for _, size := range []struct{ rows, dim int }{{5_000, 3072}, {100_000, 768}} {
		b.Run(fmt.Sprintf("%dx%d", size.rows, size.dim), func(b *testing.B) {
			r := rand.New(rand.NewPCG(7, 8))
			x := NewIndex(size.dim)
			for i := range size.rows {
				if err := x.Put(keyOf(i), gaussian(r, nil, size.dim, 1)); err != nil {
					b.Fatal(err)
				}
			}
			query := gaussian(r, nil, size.dim, 1)
			b.SetBytes(int64(len(x.codes)))
			n := 0
			for b.Loop() {
				got, _, err := x.Candidates(query, 10, 10, nil)
				if err != nil {
					b.Fatal(err)
				}
				n = len(got)
			}
			b.ReportMetric(float64(n), "candidates")
		})
	}
}
