package late

import (
	"context"
	"fmt"
	"math"

	"daybook/internal/embed"
	"daybook/internal/search"
	"daybook/internal/vector"
)

// depth is how many passages are compared. On questions about a real journal,
// more find nothing new.
const depth = 1000

// The weights of a passage's features, which add up to 1. They were fitted on
// questions about four years of a journal and tested on those of the fifth, for
// each year in turn; any near them do as well.
const (
	wordsWeight   = 0.09
	meaningWeight = 0.11 // relative to the nearest passage
	statesWeight  = 0.40 // the words of the question, each with its nearest in the passage
	windowWeight  = 0.22 // the question, with the nearest window of the passage
	dayWeight     = 0.18 // as statesWeight, in the whole entry
)

// Depth implements search.Reranker.
func (x *Index) Depth() int { return depth }

// question is a question made ready.
type question struct {
	whole   *vector.Query
	words   []*vector.Query
	weights []float32 // of the words, adding up to 1
	tokens  []uint16  // of the words
	idf     []float64 // of the words, about 10 for one that occurs nowhere
}

func (x *Index) prepare(ctx context.Context, text string) (q question, err error) {
	states, v, err := x.Model.States(ctx, text)
	if err != nil {
		return q, err
	}
	q.whole = vector.NewQuery(v)
	q.tokens = states.Tokens
	q.words, q.weights, q.idf = x.words(states)
	return q, nil
}

// words returns the normalised states of a question's words, each once, and
// their weights: their inverse document frequency.
func (x *Index) words(s embed.States) ([]*vector.Query, []float32, []float64) {
	x.mu.Lock()
	defer x.mu.Unlock()
	n := len(s.Tokens)
	queries, weights, rarity := make([]*vector.Query, n), make([]float32, n), make([]float64, n)
	var sum float32
	for i, token := range s.Tokens {
		dim := len(s.Codes) / n
		row := make([]float32, dim)
		var square float64
		for j, c := range s.Codes[i*dim:][:dim] {
			row[j] = float32(c)
			square += float64(c) * float64(c)
		}
		for j := range row {
			row[j] /= float32(math.Sqrt(max(1, square)))
		}
		count, all := float64(x.counts[token]), float64(len(x.rows))
		idf := math.Log(1 + max(0, all-count+0.5)/(count+0.5))
		queries[i], weights[i] = vector.NewQuery(row), float32(idf)
		rarity[i] = idf * rarest / math.Log(1+(all+0.5)/0.5)
		sum += weights[i]
	}
	for i := range weights {
		weights[i] /= max(sum, 1e-9)
	}
	return queries, weights, rarity
}

// Rerank implements search.Reranker. It does nothing if most of the candidates
// have no states yet.
func (x *Index) Rerank(ctx context.Context, r search.Ranking) (search.Ranked, error) {
	if r.ByWords {
		return search.Ranked{}, nil
	}
	candidates := r.Candidates
	f, err := x.open(ctx)
	if err != nil {
		return search.Ranked{}, err
	}
	if _, err := x.list(ctx, false); err != nil {
		return search.Ranked{}, err
	}
	rows, at := x.rowsOf(candidates)
	if len(rows) == 0 || 2*len(rows) < len(candidates) {
		return search.Ranked{}, nil
	}
	q, err := x.prepare(ctx, r.Question)
	if err != nil {
		return search.Ranked{}, err
	}
	nearest := make([][]float32, len(candidates)) // of each word; nil without states
	window := make([]float32, len(candidates))
	err = f.read(ctx, rows, func(i int, rec record) {
		c := at[i]
		nearest[c], window[c] = q.compare(rec)
	})
	if err != nil {
		return search.Ranked{}, fmt.Errorf("read the states of words: %w", err)
	}
	q.score(candidates, nearest, window)
	nothing := x.English && x.texted() >= leastTexts && q.doubt(r, x.Model, nearest) > leastDoubt
	return search.Ranked{Done: true, Nothing: nothing}, nil
}

// rowsOf returns the rows of the candidates that have states, and which
// candidates those are.
func (x *Index) rowsOf(candidates []search.Candidate) (rows []int64, at []int) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for i := range candidates {
		p, known := x.listed.passages[candidates[i].Passage.ID]
		if row, has := x.rows[p.text]; known && has {
			rows, at = append(rows, row), append(at, i)
		}
	}
	return rows, at
}

// compare returns how near the nearest word of a passage is to each of the
// question's, and how near the nearest window is to the whole question.
func (q *question) compare(r record) (nearest []float32, window float32) {
	n := len(r.tokens)
	dots := make([]float32, n)
	nearest = make([]float32, len(q.words))
	for w, word := range q.words {
		word.Dots(r.codes, dots)
		best := float32(-1)
		for i, d := range dots {
			best = max(best, d*r.inverse[i])
		}
		nearest[w] = best
	}
	q.whole.Dots(r.codes, dots)
	window = -1
	for k, w := range windows(n) {
		var sum float32
		for i := w[0]; i < w[1]; i++ {
			sum += dots[i] * r.scales[i]
		}
		window = max(window, sum*r.windows[k])
	}
	return nearest, window
}

func (q *question) weigh(nearest []float32) (sum float32) {
	for i, v := range nearest {
		sum += q.weights[i] * v
	}
	return sum
}

// score sets the candidates' scores. One without states has the mean of the
// others' features.
func (q *question) score(candidates []search.Candidate, nearest [][]float32, window []float32) {
	days := map[string][]float32{}
	var mean, meanWindow, n float32
	for i, c := range candidates {
		if nearest[i] == nil {
			continue
		}
		day := days[c.Passage.EntryID]
		if day == nil {
			day = append(day, nearest[i]...)
		}
		for w, v := range nearest[i] {
			day[w] = max(day[w], v)
		}
		days[c.Passage.EntryID] = day
		mean, meanWindow, n = mean+q.weigh(nearest[i]), meanWindow+window[i], n+1
	}
	for i := range candidates {
		c := &candidates[i]
		states, near, day := mean/n, meanWindow/n, mean/n
		if nearest[i] != nil {
			states, near = q.weigh(nearest[i]), window[i]
		}
		if d := days[c.Passage.EntryID]; d != nil {
			day = q.weigh(d)
		}
		c.Score = wordsWeight*c.Words + meaningWeight*c.Meaning +
			statesWeight*float64(states) + windowWeight*float64(near) + dayWeight*float64(day)
	}
}
