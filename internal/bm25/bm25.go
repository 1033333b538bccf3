// Package bm25 ranks passages by the words they share with a query. It caches
// postings that it reads from an index on disk, term by term: the common terms
// are the ones that take long to read.
package bm25

import (
	"cmp"
	"math"
	"slices"
	"sync"
)

// Constants of BM25 as Robertson and Zaragoza give them ("The Probabilistic
// Relevance Framework", 2009): how soon a repeated word stops counting, and how
// much a passage's length matters.
const (
	k1 = 1.2
	b  = 0.75
)

// maxPostings bounds the cache, at 8 bytes each.
const maxPostings = 8 << 20

// Posting says how often a term occurs in a passage.
type Posting struct {
	Passage int64
	Count   int32
}

// Scored is a matching passage. Scores are positive; higher is better.
type Scored struct {
	Passage int64
	Score   float64
}

// Term is a word of a query with its weight, normally 1.
type Term struct {
	Term   string
	Weight float64
}

// Terms returns the distinct terms of the lists with their weights. The default
// weight is 1.
func Terms(weights map[string]float64, lists ...[]string) []Term {
	var terms []Term
	for _, list := range lists {
		for _, term := range list {
			if slices.ContainsFunc(terms, func(t Term) bool { return t.Term == term }) {
				continue
			}
			weight, ok := weights[term]
			if !ok {
				weight = 1
			}
			terms = append(terms, Term{term, weight})
		}
	}
	return terms
}

// posting is a Posting with the passage's row in place of its number.
type posting struct{ row, count int32 }

// Index holds the passages and their lengths, and a cache of postings. It is
// safe for concurrent use.
type Index struct {
	mu       sync.RWMutex
	passages []int64         // by row; 0 for a deleted one
	lengths  []int32         // in terms, by row
	rows     map[int64]int32 // by passage
	total    int             // the sum of the lengths
	postings map[string][]posting
	kept     int // the sum of their lengths
	changes  int // number of changes; postings read before one are stale
}

// New returns an empty index.
func New() *Index {
	return &Index{rows: map[int64]int32{}, postings: map[string][]posting{}}
}

// Change removes passages and adds others, each with its length in terms. Terms
// are all terms of these passages; their cached postings are dropped.
func (x *Index) Change(gone []int64, come map[int64]int, terms []string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.changes++
	for _, id := range gone {
		if row, ok := x.rows[id]; ok {
			x.total -= int(x.lengths[row])
			x.passages[row] = 0
			delete(x.rows, id)
		}
	}
	for id, length := range come {
		x.rows[id] = int32(len(x.passages))
		x.passages = append(x.passages, id)
		x.lengths = append(x.lengths, int32(length))
		x.total += length
	}
	for _, term := range terms {
		x.kept -= len(x.postings[term])
		delete(x.postings, term)
	}
	if len(x.passages) > 2*len(x.rows)+1000 {
		x.compact()
	}
}

// compact removes the rows of deleted passages.
func (x *Index) compact() {
	n := 0
	for row, id := range x.passages {
		if id == 0 {
			continue
		}
		x.passages[n], x.lengths[n] = id, x.lengths[row]
		x.rows[id] = int32(n)
		n++
	}
	x.passages, x.lengths = x.passages[:n], x.lengths[:n]
	clear(x.postings)
	x.kept = 0
}

// Search returns the best k passages that contain any of the terms, best first,
// and by number at equal scores. If allowed is not nil, only those passages are
// considered. Ignored passages are not found, and nothing is counted with them:
// the scores are those of an index without them. Load reads the postings of a
// term.
func (x *Index) Search(terms []Term, allowed, ignored map[int64]bool, k int, load func(term string) ([]Posting, error)) ([]Scored, error) {
	var own map[string][]posting
	var of int // the changes that own has seen
	for {
		x.mu.RLock()
		if of != x.changes {
			own, of = nil, x.changes
		}
		lists, missing := x.lists(terms, own)
		if len(missing) == 0 {
			defer x.mu.RUnlock()
			return x.best(x.score(terms, lists, x.rowsOf(ignored)), allowed, k), nil
		}
		x.mu.RUnlock()
		for _, term := range missing {
			read, err := load(term)
			if err != nil {
				return nil, err
			}
			if list, ok := x.keep(term, read, of); ok {
				if own == nil {
					own = map[string][]posting{}
				}
				own[term] = list
			}
		}
	}
}

// lists returns the postings of the terms, and the terms that are not cached.
// Own are the caller's postings, since the cache may not have room for all.
func (x *Index) lists(terms []Term, own map[string][]posting) (lists [][]posting, missing []string) {
	for _, t := range terms {
		list, ok := x.postings[t.Term]
		if !ok {
			list, ok = own[t.Term]
		}
		if !ok {
			missing = append(missing, t.Term)
		}
		lists = append(lists, list)
	}
	return lists, missing
}

// keep caches the postings of a term and evicts others if there are too many.
// It reports false if the index has changed since they were read.
func (x *Index) keep(term string, read []Posting, changes int) ([]posting, bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if changes != x.changes {
		return nil, false
	}
	list := make([]posting, 0, len(read))
	for _, p := range read {
		if row, ok := x.rows[p.Passage]; ok {
			list = append(list, posting{row, p.Count})
		}
	}
	if _, ok := x.postings[term]; ok || len(list) > maxPostings {
		return list, true
	}
	for other, l := range x.postings {
		if x.kept+len(list) <= maxPostings {
			break
		}
		x.kept -= len(l)
		delete(x.postings, other)
	}
	x.postings[term] = list
	x.kept += len(list)
	return list, true
}

// rowsOf returns the rows of passages; nil for none.
func (x *Index) rowsOf(passages map[int64]bool) map[int32]bool {
	var rows map[int32]bool
	for id := range passages {
		if row, ok := x.rows[id]; ok {
			if rows == nil {
				rows = make(map[int32]bool, len(passages))
			}
			rows[row] = true
		}
	}
	return rows
}

// score returns the scores of all rows but the ignored ones, which get 0.
func (x *Index) score(terms []Term, lists [][]posting, ignored map[int32]bool) []float32 {
	scores := make([]float32, len(x.passages))
	n, total := float64(len(x.rows)-len(ignored)), x.total
	for row := range ignored {
		total -= int(x.lengths[row])
	}
	average := float64(total) / max(n, 1)
	for i, list := range lists {
		if ignored != nil {
			list = slices.DeleteFunc(slices.Clone(list), func(p posting) bool { return ignored[p.row] })
		}
		idf := idf(n, float64(len(list)))
		for _, p := range list {
			scores[p.row] += float32(terms[i].Weight * idf * saturated(float64(p.count), float64(x.lengths[p.row]), average))
		}
	}
	return scores
}

// best returns the k best passages.
func (x *Index) best(scores []float32, allowed map[int64]bool, k int) []Scored {
	var found []Scored
	var floor float32
	for row, score := range scores {
		if score == 0 || score < floor {
			continue
		}
		id := x.passages[row]
		excluded := allowed != nil && !allowed[id]
		if excluded || id == 0 {
			continue
		}
		found = append(found, Scored{id, float64(score)})
		if len(found) >= 4*k+100 {
			if found = sorted(found, k); k > 0 {
				floor = float32(found[k-1].Score)
			}
		}
	}
	return sorted(found, k)
}

func sorted(found []Scored, k int) []Scored {
	slices.SortFunc(found, func(a, b Scored) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Passage, b.Passage))
	})
	return found[:min(k, len(found))]
}

// Occurrence is a Posting with the length of its passage in terms.
type Occurrence struct {
	Passage       int64
	Count, Length int32
}

// Rank does what [Index.Search] does, with postings that the caller has:
// lists[i] are those of terms[i], each passage once. There are passages
// passages with length terms in all. If allowed is not nil, it says which
// passages to consider.
func Rank(terms []Term, lists [][]Occurrence, passages, length int, allowed func(passage int64) bool, k int) []Scored {
	longest := 0
	for _, list := range lists {
		longest = max(longest, len(list))
	}
	scores := make(map[int64]float32, longest)
	average := float64(length) / max(float64(passages), 1)
	for i, list := range lists {
		idf := idf(float64(passages), float64(len(list)))
		for _, o := range list {
			scores[o.Passage] += float32(terms[i].Weight * idf * saturated(float64(o.Count), float64(o.Length), average))
		}
	}
	if allowed == nil {
		allowed = func(int64) bool { return true }
	}
	found := make([]Scored, 0, len(scores))
	for id, score := range scores {
		if score > 0 && allowed(id) {
			found = append(found, Scored{id, float64(score)})
		}
	}
	return sorted(found, k)
}

// idf returns the weight of a term that occurs in with of all passages.
func idf(all, with float64) float64 {
	return math.Log(1 + max(0, all-with+0.5)/(with+0.5))
}

// saturated returns the weight of a term that occurs tf times in a passage of
// the given length.
func saturated(tf, length, average float64) float64 {
	return tf * (k1 + 1) / (tf + k1*(1-b+b*length/average))
}
