package bm25_test

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"daybook/internal/bm25"
)

// passages are the words of each passage, as an index on disk would hold them.
type passages map[int64][]string

func (p passages) load(term string) ([]bm25.Posting, error) {
	var list []bm25.Posting
	for _, id := range slices.Sorted(maps.Keys(p)) {
		n := int32(0)
		for _, w := range p[id] {
			if w == term {
				n++
			}
		}
		if n > 0 {
			list = append(list, bm25.Posting{Passage: id, Count: n})
		}
	}
	return list, nil
}

// rank scores every passage by the formula as it is printed, one at a time.
func (p passages) rank(terms []bm25.Term, allowed map[int64]bool, k int) []bm25.Scored {
	total := 0
	for _, words := range p {
		total += len(words)
	}
	average := float64(total) / float64(len(p))
	scores := map[int64]float64{}
	for _, t := range terms {
		list, _ := p.load(t.Term)
		idf := math.Log(1 + (float64(len(p)-len(list))+0.5)/(float64(len(list))+0.5))
		for _, posting := range list {
			tf := float64(posting.Count)
			scores[posting.Passage] += t.Weight * idf * tf * 2.2 / (tf + 1.2*(0.25+0.75*float64(len(p[posting.Passage]))/average))
		}
	}
	var found []bm25.Scored
	for id, score := range scores {
		if score > 0 && (allowed == nil || allowed[id]) {
			found = append(found, bm25.Scored{Passage: id, Score: score})
		}
	}
	slices.SortFunc(found, func(a, b bm25.Scored) int {
		return cmp.Or(cmp.Compare(float32(b.Score), float32(a.Score)), cmp.Compare(a.Passage, b.Passage))
	})
	return found[:min(k, len(found))]
}

func (p passages) lengths() map[int64]int {
	lengths := map[int64]int{}
	for id, words := range p {
		lengths[id] = len(words)
	}
	return lengths
}

// random makes a passage of words that are rarer the higher their number.
func random(r *rand.Rand) []string {
	words := make([]string, 5+r.IntN(60))
	for i := range words {
		words[i] = fmt.Sprint("w", int(math.Pow(r.Float64(), 3)*300))
	}
	return words
}

func same(t *testing.T, got, want []bm25.Scored) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d found, not %d", len(got), len(want))
	}
	for i := range got {
		// The sum is in single precision: neighbours may change places.
		if math.Abs(got[i].Score-want[i].Score) > 1e-4*want[i].Score {
			t.Errorf("place %d: %+v, want %+v", i, got[i], want[i])
		}
	}
}

func TestSearchIsTheFormula(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	p := passages{}
	for id := range int64(400) {
		p[id+1] = random(r)
	}
	x := bm25.New()
	x.Change(nil, p.lengths(), nil)
	even := map[int64]bool{}
	for id := range p {
		even[id] = id%2 == 0
	}
	for round := range 30 {
		terms := []bm25.Term{{Term: fmt.Sprint("w", r.IntN(300)), Weight: 1}, {Term: fmt.Sprint("w", r.IntN(20)), Weight: 1}, {Term: fmt.Sprint("w", r.IntN(400)), Weight: 0.5}}
		for _, allowed := range []map[int64]bool{nil, even} {
			got, err := x.Search(terms, allowed, nil, 10, p.load)
			if err != nil {
				t.Fatal(err)
			}
			same(t, got, p.rank(terms, allowed, 10))
		}
		// A third of the passages changes, often enough for the rows of deleted
		// ones to be compacted.
		var gone []int64
		var terms2 []string
		come := map[int64]int{}
		for id := range p {
			if r.IntN(3) > 0 {
				continue
			}
			gone, terms2 = append(gone, id), append(terms2, p[id]...)
			delete(p, id)
			fresh := int64(10_000*(round+1)) + id%10_000
			p[fresh] = random(r)
			even[fresh] = fresh%2 == 0
			come[fresh], terms2 = len(p[fresh]), append(terms2, p[fresh]...)
		}
		x.Change(gone, come, terms2)
	}
}

func TestSearchFindsNothing(t *testing.T) {
	x := bm25.New()
	p := passages{1: {"a"}}
	for _, terms := range [][]bm25.Term{nil, {{Term: "a", Weight: 1}}} {
		if found, err := x.Search(terms, nil, nil, 5, passages{}.load); err != nil || len(found) != 0 {
			t.Errorf("an empty index has %v, %v", found, err)
		}
	}
	x.Change(nil, p.lengths(), []string{"a"})
	if found, err := x.Search([]bm25.Term{{Term: "a", Weight: 1}}, map[int64]bool{}, nil, 5, p.load); err != nil || len(found) != 0 {
		t.Errorf("nothing is allowed, and there are %v, %v", found, err)
	}
	broken := errors.New("broken")
	if _, err := x.Search([]bm25.Term{{Term: "b", Weight: 1}}, nil, nil, 5, func(string) ([]bm25.Posting, error) { return nil, broken }); !errors.Is(err, broken) {
		t.Errorf("the error of reading is lost: %v", err)
	}
}

// A search that runs while the index changes sees one state of it.
func TestSearchWhileItChanges(t *testing.T) {
	x := bm25.New()
	var mu sync.Mutex
	current := int64(1)
	x.Change(nil, map[int64]int{1: 2}, []string{"a"})
	load := func(string) ([]bm25.Posting, error) {
		mu.Lock()
		defer mu.Unlock()
		return []bm25.Posting{{Passage: current, Count: 1}}, nil
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 500 {
				found, err := x.Search([]bm25.Term{{Term: "a", Weight: 1}}, nil, nil, 5, load)
				if err != nil || len(found) > 1 {
					t.Errorf("found %v, %v", found, err)
				}
			}
		})
	}
	for id := range int64(500) {
		mu.Lock()
		current = id + 2
		x.Change([]int64{id + 1}, map[int64]int{id + 2: 2}, []string{"a"})
		mu.Unlock()
	}
	wg.Wait()
	found, err := x.Search([]bm25.Term{{Term: "a", Weight: 1}}, nil, nil, 5, load)
	if err != nil || len(found) != 1 || found[0].Passage != 501 {
		t.Errorf("at the end there is %v, %v", found, err)
	}
}
