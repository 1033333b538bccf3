package search

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"daybook"
	"daybook/internal/store"
)

// wordsShare is the weight of the word score in a passage's first score; the
// rest is its meaning. On questions about two journals any value from 0.40 to
// 0.47 does equally well. Reciprocal rank fusion, which discards how much
// better a passage is, does worse.
const wordsShare = 0.43

// Candidate is a passage that the first stage of a search found.
type Candidate struct {
	Hit
	// Relative scales Meaning to 1 for the nearest passage and 0 for the last one
	// found, or for one that was not found by meaning. Words that match raise it:
	// see wordsAreNear.
	Relative float64
	// Score orders the candidates, best first.
	Score float64
}

// Ranking asks for the order of candidates.
type Ranking struct {
	Question   string // without question words and dates
	Candidates []Candidate
	// Known reports whether the journal has a word, in any form or spelling.
	Known func(word string) bool
	// ByWords is set if the question was not embedded.
	ByWords bool
	// Rough is set for searches that only add to another one: they are not worth
	// asking a provider.
	Rough bool
}

// Ranked is what a second stage found out.
type Ranked struct {
	Done bool // the candidates have new scores
	// Nothing means that no candidate seems to be about what the question asks.
	Nothing bool
}

// Reranker is the second stage of a search: it compares the question with each
// candidate in a way that would take too long for all passages. One that sends
// passages out of this process must leave out private entries.
type Reranker interface {
	// Depth is the maximum number of candidates to pass to Rerank.
	Depth() int
	// Rerank sets the candidates' scores: all of them or none.
	Rerank(ctx context.Context, r Ranking) (Ranked, error)
}

// fullScore is what BM25 gives a passage of average length that has each term
// of q once.
func fullScore(q store.WordQuery, vocabulary *store.Vocabulary) float64 {
	var sum float64
	for _, term := range q.Any {
		weight, ok := q.Weights[term]
		if !ok {
			weight = 1
		}
		sum += weight * idf(max(1, vocabulary.Count(term)), vocabulary.Passages)
	}
	return max(sum, 1e-9)
}

// fuse merges the results of two searches, passage by passage, best first. Full
// is the word score of a passage that has all the words.
func fuse(byWords []store.Hit, full float64, byMeaning []store.Hit) []Candidate {
	at := map[int64]int{}
	var list []Candidate
	hit := func(p daybook.Passage) *Hit {
		i, ok := at[p.ID]
		if !ok {
			i = len(list)
			at[p.ID] = i
			list = append(list, Candidate{Hit: Hit{Passage: p}})
		}
		return &list[i].Hit
	}
	for _, h := range byWords {
		hit(h.Passage).Words = h.Score / full
	}
	for _, h := range byMeaning {
		hit(h.Passage).Meaning = 1 - h.Distance
	}
	near, floor := scaleOf(byMeaning)
	for i := range list {
		c := &list[i]
		if c.Score = c.Words; len(byMeaning) == 0 {
			continue
		}
		if c.Meaning != 0 {
			c.Relative = (c.Meaning - floor) / (near - floor)
		}
		c.Relative = max(c.Relative, wordsAreNear*c.Words)
		c.Score = wordsShare*c.Words + (1-wordsShare)*c.Relative
	}
	sortCandidates(list)
	return list
}

// wordsAreNear is the least Relative of a passage with all of the question's words.
// With it, such a passage comes before one that is nearest but has none of them,
// as the embedding of a rare word may say little.
const wordsAreNear = 0.6

// leastSpread is the least difference of cosines that counts fully: among a few
// passages, the nearest may be hardly nearer than the last.
const leastSpread = 0.05

// scaleOf returns the cosines of the nearest and of the last passage found, which
// count as 1 and 0. Some models give any two texts a cosine of 0.8.
func scaleOf(byMeaning []store.Hit) (near, floor float64) {
	if len(byMeaning) == 0 {
		return 1, 0
	}
	near = 1 - byMeaning[0].Distance
	return near, min(1-byMeaning[len(byMeaning)-1].Distance, near-leastSpread)
}

func sortCandidates(list []Candidate) {
	slices.SortFunc(list, func(a, b Candidate) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Passage.ID, b.Passage.ID))
	})
}

// rerank runs the second stage, if there is one.
func (s *Searcher) rerank(ctx context.Context, q Query, list []Candidate, vocabulary *store.Vocabulary) ([]Candidate, Ranked, error) {
	if s.Reranker == nil || q.Fast || len(list) == 0 {
		return list, Ranked{}, nil
	}
	list = list[:min(len(list), s.Reranker.Depth())]
	ranked, err := s.Reranker.Rerank(ctx, Ranking{
		Question: s.subject(&q), Candidates: list, Known: s.known(vocabulary), ByWords: q.Vector == nil, Rough: q.Rough,
	})
	if err != nil {
		return nil, ranked, fmt.Errorf("rank the passages: %w", err)
	}
	if ranked.Done {
		sortCandidates(list)
	}
	return list, ranked, nil
}

// secondShare is how much the second best passage of an entry counts beside the
// best: what a day is about it says more than once. An entry with one passage gets
// lone of the best instead. On questions about five years of a journal that is
// better in each year, and 0.1 and 0.3 are a little worse.
const (
	secondShare = 0.2
	lone        = 0.7
)

// bySecond adds the second best passages to the scores of entries that a second
// stage compared. Scores has those of the passages.
func bySecond(results []Result, list []Candidate) {
	scores := make(map[int64]float64, len(list))
	for _, c := range list {
		scores[c.Passage.ID] = c.Score
	}
	for i := range results {
		r := &results[i]
		second := lone * r.Score
		if len(r.Hits) > 1 {
			second = scores[r.Hits[1].Passage.ID]
		}
		r.Score += secondShare * second
	}
	slices.SortStableFunc(results, byScore)
}

// byEntry returns the best k entries by their best passage. The list is sorted.
// Only IDs and hits are filled in.
func byEntry(list []Candidate, k int) []Result {
	at := map[string]int{}
	var results []Result
	for _, c := range list {
		i, ok := at[c.Passage.EntryID]
		if !ok {
			i = len(results)
			at[c.Passage.EntryID] = i
			results = append(results, Result{Entry: daybook.Entry{ID: c.Passage.EntryID}, Score: c.Score})
		}
		r := &results[i]
		r.Hits = append(r.Hits, c.Hit)
		if c.Meaning == 0 {
			continue
		}
		if d := 1 - c.Meaning; r.Distance == nil || d < *r.Distance {
			r.Distance = &d
		}
	}
	slices.SortStableFunc(results, byScore)
	return slices.Clone(results[:min(k, len(results))]) // drops references to the other results
}
