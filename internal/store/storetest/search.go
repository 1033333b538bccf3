package storetest

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"daybook"
	"daybook/internal/store"
)

func found(hits []store.Hit) string {
	var ids []string
	for _, h := range hits {
		ids = append(ids, fmt.Sprintf("%s.%d", h.Passage.EntryID, h.Passage.Index))
	}
	return strings.Join(ids, " ")
}

func wordsFindAndRank(t *testing.T, s store.Store) {
	put(t, s, note("a", "2024-01-01", "tea with milk\n\nthe walk to the sea"),
		note("b", "2024-01-02", "tea tea tea"), note("c", "2024-01-03", "coffee and a long long walk by the river with tea at its end and more words"))
	for _, c := range []struct {
		q    store.WordQuery
		k    int
		want string
	}{
		{store.WordQuery{Any: []string{"tea"}}, 10, "b.0 a.0 c.0"},
		{store.WordQuery{Any: []string{"tea"}}, 1, "b.0"},
		{store.WordQuery{Any: []string{"sea", "milk"}}, 10, "a.0 a.1"},
		{store.WordQuery{All: []string{"tea", "walk"}}, 10, "c.0"},
		{store.WordQuery{Any: []string{"walk"}, None: []string{"river"}}, 10, "a.1"},
		{store.WordQuery{Phrases: [][]string{{"the", "sea"}}}, 10, "a.1"},
		{store.WordQuery{Phrases: [][]string{{"sea", "the"}}}, 10, ""},
		{store.WordQuery{All: []string{"tea"}, Any: []string{"river", "absent"}}, 1, "c.0"},
		{store.WordQuery{Any: []string{"absent"}}, 10, ""},
		{store.WordQuery{Any: []string{"milk", "coffee"}, Weights: map[string]float64{"milk": 0.01}}, 1, "c.0"},
		{store.WordQuery{Any: []string{"milk", "coffee"}, Weights: map[string]float64{"coffee": 0.01}}, 1, "a.0"},
	} {
		hits := must(s.SearchWords(t.Context(), c.q, store.Filter{}, c.k))(t)
		got := found(hits)
		if len(c.q.Any) == 2 && c.k > 1 {
			got = strings.Join(slices.Sorted(strings.FieldsSeq(got)), " ")
		}
		if got != c.want {
			t.Errorf("%+v: %q, want %q", c.q, got, c.want)
		}
		for i, h := range hits {
			if i > 0 && h.Score > hits[i-1].Score {
				t.Errorf("%+v: the scores are not in order: %+v", c.q, hits)
			}
			if h.Passage.End == 0 || h.Passage.ID == 0 || h.Distance != 0 {
				t.Errorf("hit %+v", h)
			}
		}
	}
	_, err := s.SearchWords(t.Context(), store.WordQuery{None: []string{"x"}}, store.Filter{}, 1)
	wantKind(t, err, daybook.Invalid)
}

func vocabulary(t *testing.T, s store.Store) {
	v := must(s.Vocabulary(t.Context(), false))(t)
	if len(v.Terms) != 0 || v.Count("tea") != 0 {
		t.Errorf("an empty store knows %+v", v)
	}
	put(t, s, note("a", "2024-01-01", "tea tea milk\n\ntea"), note("b", "2024-01-02", "coffee"))
	v = must(s.Vocabulary(t.Context(), false))(t)
	if got := fmt.Sprint(v.Terms, v.Counts, v.Passages); got != "[coffee milk tea] [1 1 2] 3" {
		t.Errorf("the vocabulary is %s", got)
	}
	if again := must(s.Vocabulary(t.Context(), false))(t); again != v {
		t.Error("it is read again though nothing changed")
	}
	ok(t, s.Apply(t.Context(), store.Batch{Delete: []string{"a"}}))
	if v = must(s.Vocabulary(t.Context(), false))(t); v.Count("tea") != 0 || v.Count("coffee") != 1 {
		t.Errorf("of a note that is gone there stays %+v", v)
	}
}

// wordsAreData searches for terms of every sort, each of which must be found
// as it is, and for what looks like syntax.
func wordsAreData(t *testing.T, s store.Store) {
	terms := []string{"é", "straße", "привет", "日", "日本", "123", "a_b", "o'clock", "c++", "#tag", "x:y", "and", "not", "near", "e\u0301", "😀", `q"q`, "a*", "(b)", "-c", "^d", "?word"}
	for i, term := range terms {
		n := note(fmt.Sprintf("n%02d", i), "2024-01-01", "text")
		n.Passages[0].Terms = "before " + term + " after"
		put(t, s, n)
	}
	for i, term := range terms {
		hits := must(s.SearchWords(t.Context(), store.WordQuery{All: []string{term}}, store.Filter{}, 100))(t)
		if want := fmt.Sprintf("n%02d.0", i); found(hits) != want {
			t.Errorf("%q finds %q, want %q", term, found(hits), want)
		}
	}
	for _, term := range append(hostile, "", `"`, `""`, "AND", "OR") {
		q := store.WordQuery{Any: []string{term}, None: []string{term}, Phrases: [][]string{{term, term}}}
		if _, err := s.SearchWords(t.Context(), q, store.Filter{}, 5); err != nil && daybook.KindOf(err) != daybook.Invalid {
			t.Errorf("%.20q is taken for syntax: %v", term, err)
		}
	}
}

func wordsUnderAFilter(t *testing.T, s store.Store) {
	var notes []store.Note
	for i := range 60 {
		notes = append(notes, note(fmt.Sprintf("n%02d", i), fmt.Sprintf("2024-%02d-01", 1+i%12), "tea "+strings.Repeat("word ", i), "#t"+fmt.Sprint(i%3)))
	}
	put(t, s, notes...)
	f := store.Filter{Days: []daybook.DateRange{{From: day("2024-05-01"), To: day("2024-05-31")}}, Tags: []string{"#t1"}}
	hits := must(s.SearchWords(t.Context(), store.WordQuery{Any: []string{"tea"}}, f, 10))(t)
	if found(hits) != "n04.0 n16.0 n28.0 n40.0 n52.0" {
		t.Errorf("found %s", found(hits))
	}
}

// vectorOf is a direction that belongs to n.
func vectorOf(n, dim int) []float32 {
	r := rand.New(rand.NewPCG(uint64(n), uint64(dim)))
	v := make([]float32, dim)
	for i := range v {
		v[i] = float32(r.NormFloat64())
	}
	return v
}

func cosineDistance(a, b []float32) float64 {
	var dot, aa, bb float64
	for i := range a {
		dot += float64(a[i]) * float64(b[i])
		aa += float64(a[i]) * float64(a[i])
		bb += float64(b[i]) * float64(b[i])
	}
	return 1 - dot/math.Sqrt(aa*bb)
}

// fill puts n notes of one passage each, and a vector for each passage.
func fill(t *testing.T, s store.Store, sp store.Space, n int) {
	t.Helper()
	var notes []store.Note
	for i := range n {
		notes = append(notes, note(fmt.Sprintf("n%03d", i), fmt.Sprintf("2024-%02d-%02d", 1+i%12, 1+i%28), fmt.Sprintf("passage number %d", i)))
	}
	put(t, s, notes...)
	embed(t, s, sp)
}

// embed gives each passage without one the vector of the number in its text.
func embed(t *testing.T, s store.Store, sp store.Space) {
	t.Helper()
	var vectors []store.PassageVector
	for _, p := range must(s.WithoutVector(t.Context(), sp, false, 0, 10_000))(t) {
		var i int
		if _, err := fmt.Sscanf(p.Text, "passage number %d", &i); err != nil {
			t.Fatalf("passage %q: %v", p.Text, err)
		}
		vectors = append(vectors, store.PassageVector{ID: p.ID, Vector: vectorOf(i, sp.Dim)})
	}
	ok(t, s.PutVectors(t.Context(), sp, vectors))
}

// numberOf is the number of a filled-in note that was found.
func numberOf(h store.Hit) (i int) {
	_, _ = fmt.Sscanf(h.Passage.EntryID, "n%d", &i)
	return i
}

func vectorsAreExact(t *testing.T, s store.Store) {
	sp := store.Space{Model: "p/m", Dim: 48}
	if hits := must(s.SearchVectors(t.Context(), sp, vectorOf(1, 48), store.Filter{}, 5, 0))(t); len(hits) != 0 {
		t.Errorf("an empty store has %s", found(hits))
	}
	const n = 400
	fill(t, s, sp, n)
	for q := range 20 {
		query := vectorOf(1000+q, sp.Dim)
		order := make([]int, n)
		for i := range order {
			order[i] = i
		}
		distance := func(i int) float64 { return cosineDistance(query, vectorOf(i, sp.Dim)) }
		slices.SortFunc(order, func(a, b int) int { return cmp.Compare(distance(a), distance(b)) })
		const exact, more = 100, 50
		hits := must(s.SearchVectors(t.Context(), sp, query, store.Filter{}, exact, more))(t)
		if len(hits) != exact+more {
			t.Fatalf("%d hits", len(hits))
		}
		for i, h := range hits {
			if i >= exact { // near, and not one of those before
				if d := distance(numberOf(h)); math.Abs(h.Distance-d) > 0.01 || d < distance(order[exact-1]) {
					t.Fatalf("hit %d is %+v, at %f", i, h, d)
				}
				continue
			}
			if want := fmt.Sprintf("n%03d", order[i]); h.Passage.EntryID != want || math.Abs(h.Distance-distance(order[i])) > 1e-5 || h.Passage.End == 0 {
				t.Fatalf("hit %d is %+v, want %s at %f", i, h, want, distance(order[i]))
			}
		}
	}
	for _, bad := range [][]float32{nil, vectorOf(1, 47), make([]float32, 48)} {
		_, err := s.SearchVectors(t.Context(), sp, bad, store.Filter{}, 3, 0)
		wantKind(t, err, daybook.Invalid)
	}
}

func vectorsUnderAFilter(t *testing.T, s store.Store) {
	sp := store.Space{Model: "p/m", Dim: 16}
	fill(t, s, sp, 100)
	f := store.Filter{Days: []daybook.DateRange{{From: day("2024-03-01"), To: day("2024-03-31")}}}
	hits := must(s.SearchVectors(t.Context(), sp, vectorOf(7, 16), f, 50, 0))(t)
	if len(hits) != 9 { // the notes 2, 14, 26, … 98
		t.Errorf("%d hits: %s", len(hits), found(hits))
	}
	for i, h := range hits {
		if e := must(store.EntryOf(t.Context(), s, h.Passage.EntryID))(t); e.Date().Month != 3 {
			t.Errorf("hit %d is of %s", i, e.Date())
		}
	}
}

func vectorsStay(t *testing.T, s store.Store) {
	sp := store.Space{Model: "p/m", Dim: 8}
	put(t, s, note("a", "2024-01-01", "passage number 1\n\npassage number 2"), note("b", "2024-01-02", "passage number 3"))
	embed(t, s, sp)
	nearest := func(n int) string {
		return found(must(s.SearchVectors(t.Context(), sp, vectorOf(n, 8), store.Filter{}, 1, 0))(t))
	}
	// One passage is edited, the other stays; b's text moves to a new entry.
	ok(t, s.Apply(t.Context(), store.Batch{
		Put:    []store.Note{note("a", "2024-01-01", "passage number 4\n\npassage number 2"), note("c", "2024-01-02", "passage number 3")},
		Delete: []string{"b"},
	}))
	missing := must(s.WithoutVector(t.Context(), sp, false, 0, 10))(t)
	if len(missing) != 1 || missing[0].Text != "passage number 4" {
		t.Errorf("without a vector: %+v", missing)
	}
	if got := nearest(2); got != "a.1" {
		t.Errorf("nearest to 2: %s", got)
	}
	if got := nearest(3); got != "c.0" {
		t.Errorf("nearest to 3: %s", got)
	}
	// A text that is nowhere left has no vector either, also when it returns.
	ok(t, s.Apply(t.Context(), store.Batch{Delete: []string{"c"}}))
	put(t, s, note("d", "2024-01-03", "passage number 3"))
	if missing := must(s.WithoutVector(t.Context(), sp, false, 0, 10))(t); len(missing) != 2 {
		t.Errorf("without a vector: %+v", missing)
	}
	if got := nearest(3); got == "d.0" || got == "c.0" {
		t.Errorf("nearest to 3: %s", got)
	}
	// A vector for a passage that is gone is dropped.
	id := missing[0].ID
	ok(t, s.Apply(t.Context(), store.Batch{Delete: []string{"a"}}))
	ok(t, s.PutVectors(t.Context(), sp, []store.PassageVector{{ID: id, Vector: vectorOf(4, 8)}}))
	if stats := must(s.Stats(t.Context()))(t); stats.Vectors[sp] != 0 {
		t.Errorf("vectors %+v", stats.Vectors)
	}
}

func vectorSpaces(t *testing.T, s store.Store) {
	one, two := store.Space{Model: "p/one", Dim: 8}, store.Space{Model: "p/two", Dim: 12}
	fill(t, s, one, 20)
	if hits := must(s.SearchVectors(t.Context(), two, vectorOf(1, 12), store.Filter{}, 3, 0))(t); len(hits) != 0 {
		t.Errorf("a space without vectors has %s", found(hits))
	}
	embed(t, s, two)
	for sp, want := range map[store.Space]string{one: "n003.0", two: "n003.0"} {
		if got := found(must(s.SearchVectors(t.Context(), sp, vectorOf(3, sp.Dim), store.Filter{}, 1, 0))(t)); got != want {
			t.Errorf("%+v: %s", sp, got)
		}
	}
	stats := must(s.Stats(t.Context()))(t)
	if stats.Vectors[one] != 20 || stats.Vectors[two] != 20 {
		t.Errorf("vectors %+v", stats.Vectors)
	}
	put(t, s, note("x", "2024-01-01", "passage number 50"))
	id := must(s.WithoutVector(t.Context(), one, false, 0, 10))(t)[0].ID
	err := s.PutVectors(t.Context(), one, []store.PassageVector{{ID: id, Vector: vectorOf(50, 12)}})
	wantKind(t, err, daybook.Invalid)
}

// vectorsAreErased erases the vectors of one space and keeps those of another.
func vectorsAreErased(t *testing.T, s store.Store) {
	const notes = 1200
	var batch store.Batch
	for i := range notes {
		batch.Put = append(batch.Put, note(fmt.Sprintf("n%04d", i), "2024-01-01", fmt.Sprintf("text %d", i)))
	}
	ok(t, s.Apply(t.Context(), batch))
	before, after := store.Space{Model: "a/old", Dim: 2}, store.Space{Model: "b/new", Dim: 3}
	for _, space := range []store.Space{before, after} {
		var vectors []store.PassageVector
		for _, p := range must(s.WithoutVector(t.Context(), space, false, 0, notes))(t) {
			v := make([]float32, space.Dim)
			v[p.ID%2] = 1
			vectors = append(vectors, store.PassageVector{ID: p.ID, Vector: v})
		}
		ok(t, s.PutVectors(t.Context(), space, vectors))
		if hits := must(s.SearchVectors(t.Context(), space, vectors[0].Vector, store.Filter{}, 5, 0))(t); len(hits) != 5 || hits[4].Distance > 1e-6 {
			t.Errorf("%v: %+v", space, hits)
		}
	}
	for range 2 { // the second time there is nothing left
		ok(t, s.Apply(t.Context(), store.Batch{Erase: []store.Space{before}}))
		stats := must(s.Stats(t.Context()))(t)
		if len(stats.Vectors) != 1 || stats.Vectors[after] != notes {
			t.Errorf("vectors %v", stats.Vectors)
		}
		if hits := must(s.SearchVectors(t.Context(), before, []float32{1, 0}, store.Filter{}, 5, 0))(t); len(hits) != 0 {
			t.Errorf("what was erased is found: %+v", hits)
		}
		if hits := must(s.SearchVectors(t.Context(), after, []float32{1, 0, 0}, store.Filter{}, 5, 0))(t); len(hits) != 5 {
			t.Errorf("what was kept is not found: %+v", hits)
		}
	}
	if list := must(s.WithoutVector(t.Context(), before, false, 0, 2*notes))(t); len(list) != notes {
		t.Errorf("%d passages lack a vector", len(list))
	}
}

func withoutVectorPages(t *testing.T, s store.Store) {
	sp := store.Space{Model: "p/m", Dim: 4}
	var notes []store.Note
	for i := range 25 {
		notes = append(notes, note(fmt.Sprintf("n%02d", i), "2024-01-01", fmt.Sprintf("passage number %d", i)))
	}
	put(t, s, notes...)
	var after int64
	seen := 0
	for {
		page := must(s.WithoutVector(t.Context(), sp, false, after, 10))(t)
		if len(page) == 0 {
			break
		}
		for _, p := range page {
			if p.ID <= after {
				t.Fatalf("%d comes after %d", p.ID, after)
			}
			after = p.ID
			seen++
			if of := must(s.Passages(t.Context(), p.EntryID))(t); len(of) != 1 || of[0].ID != p.ID || of[0].Text != p.Text {
				t.Errorf("%+v, but its entry has %+v", p, of)
			}
		}
	}
	if seen != 25 {
		t.Errorf("%d of 25 passages", seen)
	}
}

func readersAndWriters(t *testing.T, s store.Store) {
	sp := store.Space{Model: "p/m", Dim: 16}
	fill(t, s, sp, 40)
	var wg sync.WaitGroup
	for w := range 3 {
		wg.Go(func() {
			for i := range 15 {
				n := note(fmt.Sprintf("w%d-%d", w, i), "2024-06-01", fmt.Sprintf("passage number %d", 500+20*w+i))
				if err := s.Apply(t.Context(), store.Batch{Put: []store.Note{n}}); err != nil {
					t.Error(err)
				}
				passages, err := s.Passages(t.Context(), n.Entry.ID)
				if err != nil || len(passages) != 1 {
					t.Errorf("%d passages, %v", len(passages), err)
					return
				}
				if err := s.PutVectors(t.Context(), sp, []store.PassageVector{{ID: passages[0].ID, Vector: vectorOf(500+20*w+i, 16)}}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range 4 {
		wg.Go(func() {
			for range 30 {
				if hits, err := s.SearchVectors(t.Context(), sp, vectorOf(5, 16), store.Filter{}, 5, 0); err != nil || found(hits[:1]) != "n005.0" {
					t.Errorf("%s, %v", found(hits), err)
					return
				}
				if hits, err := s.SearchWords(t.Context(), store.WordQuery{Any: []string{"passage"}}, store.Filter{}, 5); err != nil || len(hits) != 5 {
					t.Errorf("%d hits, %v", len(hits), err)
					return
				}
			}
		})
	}
	wg.Wait()
	if got := found(must(s.SearchVectors(t.Context(), sp, vectorOf(521, 16), store.Filter{}, 1, 0))(t)); got != "w1-1.0" {
		t.Errorf("what was written meanwhile is not found: %s", got)
	}
}
