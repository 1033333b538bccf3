package search

import (
	"cmp"
	"slices"

	"daybook"
	"daybook/internal/store"
)

// wordsShare is the weight of the word score in a passage's score; the rest is
// its meaning. On questions about two journals any value from 0.40 to 0.47 does
// equally well. Reciprocal rank fusion, which discards how much better a
// passage is, does worse.
const wordsShare = 0.43

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

// fuse merges the results of two searches, passage by passage, and returns the
// best k entries by their best passage. Full is the word score of a passage
// that has all the words. Only IDs and hits are filled in.
func fuse(byWords []store.Hit, full float64, byMeaning []store.Hit, k int) []Result {
	passages := map[int64]*Hit{}
	byEntry := map[string][]*Hit{}
	hit := func(p daybook.Passage) *Hit {
		h := passages[p.ID]
		if h == nil {
			h = &Hit{Passage: p}
			passages[p.ID] = h
			byEntry[p.EntryID] = append(byEntry[p.EntryID], h)
		}
		return h
	}
	for _, h := range byWords {
		hit(h.Passage).Words = h.Score / full
	}
	for _, h := range byMeaning {
		hit(h.Passage).Meaning = 1 - h.Distance
	}
	score := scorer(byMeaning)
	results := make([]Result, 0, len(byEntry))
	for id, hits := range byEntry {
		slices.SortStableFunc(hits, func(a, b *Hit) int { return cmp.Compare(score(b), score(a)) })
		r := Result{Entry: daybook.Entry{ID: id}, Score: score(hits[0])}
		for _, h := range hits {
			r.Hits = append(r.Hits, *h)
			if d := 1 - h.Meaning; h.Meaning != 0 && (r.Distance == nil || d < *r.Distance) {
				r.Distance = &d
			}
		}
		results = append(results, r)
	}
	slices.SortFunc(results, byScore)
	return slices.Clone(results[:min(k, len(results))]) // drops references to the other results
}

// scorer returns the function that scores a passage. A passage that was not
// found by meaning gets at most the similarity of the last one that was.
func scorer(byMeaning []store.Hit) func(*Hit) float64 {
	if len(byMeaning) == 0 {
		return func(h *Hit) float64 { return h.Words }
	}
	best := max(1-byMeaning[0].Distance, 1e-9)
	least := 1 - byMeaning[len(byMeaning)-1].Distance
	return func(h *Hit) float64 {
		meaning := h.Meaning
		if meaning == 0 {
			meaning = least
		}
		return wordsShare*h.Words + (1-wordsShare)*meaning/best
	}
}
