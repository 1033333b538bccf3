// Package search finds the entries of the journal that a question is about:
// by meaning, where vectors are to be had, and by its words.
package search

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"daybook"
	"daybook/internal/llm"
	"daybook/internal/store"
	"daybook/internal/text"
)

// Index is what a search asks of a store; see store.Index for what its
// methods promise.
type Index interface {
	SearchWords(ctx context.Context, q store.WordQuery, f store.Filter, k int) ([]store.Hit, error)
	SearchVectors(ctx context.Context, space store.Space, query []float32, f store.Filter, k int) ([]store.Hit, error)
	Entries(ctx context.Context, ids []string) ([]daybook.Entry, error)
	Newest(ctx context.Context, f store.Filter, limit int) ([]daybook.Entry, error)
	Passages(ctx context.Context, entryID string) ([]daybook.Passage, error)
}

// Result is an entry that was found, with the passages that it was found by.
type Result struct {
	Entry daybook.Entry
	// Hits are the passages that matched, best first; empty when the entry
	// was found without a search, as the newest are.
	Hits []store.Hit
	// Distance is the cosine distance of the nearest passage, nil when the
	// entry was not found by vector.
	Distance *float64
	// Score orders the results of one search.
	Score float64
}

// Query is a question made ready for searching.
type Query struct {
	Text   string
	Filter store.Filter
	// Space and Vector are the question's embedding; Vector is nil where
	// there is none, and the search is by words alone.
	Space  store.Space
	Vector []float32
}

// Searcher searches one journal. It is safe for concurrent use.
type Searcher struct {
	index    Index
	analyzer *text.Analyzer
	embedder llm.Embedder // nil without an embedding model
	model    llm.Ref
}

// New returns a Searcher over index. The analyzer must be the one that the
// index was made with. A nil embedder means searching by words alone.
func New(index Index, analyzer *text.Analyzer, embedder llm.Embedder, model llm.Ref) *Searcher {
	return &Searcher{index: index, analyzer: analyzer, embedder: embedder, model: model}
}

// Prepare makes a question ready: it asks the embedding model, where there is
// one, for the question's vector. When that fails the query returned is good
// for a search by words, and the error says what is missing from it.
func (s *Searcher) Prepare(ctx context.Context, question string) (Query, error) {
	q := Query{Text: question}
	if s.embedder == nil {
		return q, nil
	}
	out, err := s.embedder.Embed(ctx, llm.EmbedRequest{Model: s.model.Model, Inputs: []string{question}, Purpose: llm.ForQuery})
	if err != nil {
		return q, fmt.Errorf("embed the question: %w", err)
	}
	q.Vector = out.Vectors[0]
	q.Space = store.Space{Model: s.model.String(), Dim: len(q.Vector)}
	return q, nil
}

// passagesPerEntry is how many passages are asked for to find one entry: a
// long day may hold several of the best.
const passagesPerEntry = 8

// fusionRank is the constant of reciprocal rank fusion, 1/(fusionRank+rank)
// (Cormack, Clarke and Buettcher, SIGIR 2009, who found 60 to serve widely).
const fusionRank = 60

// Find returns the best k entries for q, best first. The ways of searching
// are joined by the rank each gives an entry, so that an entry whose vector
// is still missing is found by its words.
func (s *Searcher) Find(ctx context.Context, q Query, k int) ([]Result, error) {
	var ways []way
	if q.Vector != nil {
		hits, err := s.index.SearchVectors(ctx, q.Space, q.Vector, q.Filter, k*passagesPerEntry)
		if err != nil {
			return nil, fmt.Errorf("search by meaning: %w", err)
		}
		ways = append(ways, way{hits, true})
	}
	if words, ok := s.words(q.Text); ok {
		hits, err := s.index.SearchWords(ctx, words, q.Filter, k*passagesPerEntry)
		if err != nil {
			return nil, fmt.Errorf("search by words: %w", err)
		}
		ways = append(ways, way{hits, false})
	}
	return s.load(ctx, fuse(ways, k))
}

// words turns a question into a query by its telling words; by all of them
// when it has no other. It reports false when there are none at all.
func (s *Searcher) words(question string) (store.WordQuery, bool) {
	var telling, all []string
	for _, t := range s.analyzer.Tokens(question) {
		if slices.Contains(all, t.Term) {
			continue
		}
		all = append(all, t.Term)
		if !s.analyzer.Stop(t.Term) {
			telling = append(telling, t.Term)
		}
	}
	if len(telling) > 0 {
		return store.WordQuery{Any: telling}, true
	}
	return store.WordQuery{Any: all}, len(all) > 0
}

// way is what one way of searching found, best first.
type way struct {
	hits     []store.Hit
	byVector bool
}

// fuse groups the hits of each way by entry and returns the best k entries by
// the sum of their reciprocal ranks. Only IDs and hits are filled in.
func fuse(ways []way, k int) []Result {
	byEntry := map[string]*Result{}
	for _, w := range ways {
		rank := 0
		ranked := map[string]bool{}
		for _, h := range w.hits {
			id := h.Passage.EntryID
			r := byEntry[id]
			if r == nil {
				r = &Result{Entry: daybook.Entry{ID: id}}
				byEntry[id] = r
			}
			if !ranked[id] {
				ranked[id] = true
				rank++
				r.Score += 1 / float64(fusionRank+rank)
			}
			r.add(h, w.byVector)
		}
	}
	results := make([]Result, 0, len(byEntry))
	for _, r := range byEntry {
		results = append(results, *r)
	}
	slices.SortFunc(results, func(a, b Result) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), strings.Compare(a.Entry.ID, b.Entry.ID))
	})
	return slices.Clone(results[:min(k, len(results))]) // without what the others hold
}

// add keeps a hit once, whichever ways found it, and the least distance.
func (r *Result) add(h store.Hit, byVector bool) {
	if byVector && (r.Distance == nil || h.Distance < *r.Distance) {
		r.Distance = &h.Distance
	}
	same := func(o store.Hit) bool { return o.Passage.ID == h.Passage.ID }
	if !slices.ContainsFunc(r.Hits, same) {
		r.Hits = append(r.Hits, h)
	}
}

// load fills in the entries, leaving out those that are gone meanwhile.
func (s *Searcher) load(ctx context.Context, found []Result) ([]Result, error) {
	ids := make([]string, len(found))
	for i, r := range found {
		ids[i] = r.Entry.ID
	}
	entries, err := s.index.Entries(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("load the entries found: %w", err)
	}
	byID := make(map[string]daybook.Entry, len(entries))
	for _, e := range entries {
		byID[e.ID] = e
	}
	results := found[:0]
	for _, r := range found {
		if e, ok := byID[r.Entry.ID]; ok {
			r.Entry = e
			r.share()
			results = append(results, r)
		}
	}
	return results, nil
}

// share has the hits' texts be parts of the entry's, which is held anyway.
func (r *Result) share() {
	for i := range r.Hits {
		p := &r.Hits[i].Passage
		if p.End <= len(r.Entry.Text) && r.Entry.Text[p.Start:p.End] == p.Text {
			p.Text = r.Entry.Text[p.Start:p.End]
		}
	}
}

// Recent returns the k newest daily entries that say something, newest first.
func (s *Searcher) Recent(ctx context.Context, k int) ([]Result, error) {
	// Empty days carry nothing to answer from; twice as many are asked for so
	// that a few of them do not shorten the list.
	entries, err := s.index.Newest(ctx, store.Filter{Kind: daybook.Daily}, 2*k)
	if err != nil {
		return nil, fmt.Errorf("load the newest entries: %w", err)
	}
	var results []Result
	for _, e := range entries {
		if e.Text != "" && len(results) < k {
			results = append(results, Result{Entry: e})
		}
	}
	return results, nil
}

// Passages returns an entry's passages in text order.
func (s *Searcher) Passages(ctx context.Context, entryID string) ([]daybook.Passage, error) {
	return s.index.Passages(ctx, entryID)
}

// Load returns the entries with the given IDs, in that order, without those
// that are gone.
func (s *Searcher) Load(ctx context.Context, ids []string) ([]daybook.Entry, error) {
	return s.index.Entries(ctx, ids)
}

// Matches returns the byte ranges of passage's words that the question asks
// for, in order.
func (s *Searcher) Matches(question, passage string) [][2]int {
	words, _ := s.words(question)
	var spans [][2]int
	for _, t := range s.analyzer.Tokens(passage) {
		if slices.Contains(words.Any, t.Term) {
			spans = append(spans, [2]int{t.Start, t.End})
		}
	}
	return spans
}
