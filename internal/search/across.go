package search

import (
	"context"
	"fmt"
	"slices"

	"daybook/internal/store"
	"daybook/internal/text"
)

// phrase returns the passages that contain a phrase or, if there are none,
// those in which it begins.
func (s *Searcher) phrase(ctx context.Context, phrase []string, f store.Filter, vocabulary *store.Vocabulary) ([]store.Hit, error) {
	hits, err := s.Index.SearchWords(ctx, store.WordQuery{Phrases: [][]string{phrase}}, f, vocabulary.Passages)
	if err != nil {
		return nil, fmt.Errorf("look for a phrase: %w", err)
	}
	if len(hits) > 0 {
		return hits, nil
	}
	return s.across(ctx, phrase, f, vocabulary)
}

// across returns the passages in which a phrase begins that ends in the next
// one: no single passage contains it, but the entry does. Their scores are 0.
func (s *Searcher) across(ctx context.Context, phrase []string, f store.Filter, vocabulary *store.Vocabulary) ([]store.Hit, error) {
	if len(phrase) < 2 {
		return nil, nil
	}
	rarest := slices.MinFunc(phrase, func(a, b string) int { return vocabulary.Count(a) - vocabulary.Count(b) })
	candidates, err := s.Index.SearchWords(ctx, store.WordQuery{All: []string{rarest}}, f, vocabulary.Passages)
	if err != nil {
		return nil, fmt.Errorf("look for a phrase: %w", err)
	}
	whole, err := s.Index.SearchWords(ctx, store.WordQuery{Phrases: [][]string{phrase}}, f, vocabulary.Passages)
	if err != nil {
		return nil, fmt.Errorf("look for a phrase: %w", err)
	}
	found := map[string]bool{}
	for _, h := range whole {
		found[h.Passage.EntryID] = true
	}
	ids := slices.DeleteFunc(entriesOf(candidates), func(id string) bool { return found[id] })
	return s.beginnings(ctx, ids, phrase)
}

// entriesOf returns the IDs of the entries that have the hits, in their order.
func entriesOf(hits []store.Hit) []string {
	var ids []string
	seen := map[string]bool{}
	for _, h := range hits {
		if !seen[h.Passage.EntryID] {
			seen[h.Passage.EntryID] = true
			ids = append(ids, h.Passage.EntryID)
		}
	}
	return ids
}

// beginnings returns the passage in which the phrase begins, for each entry
// that contains it.
func (s *Searcher) beginnings(ctx context.Context, ids, phrase []string) ([]store.Hit, error) {
	entries, err := s.Index.Entries(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("load candidates for a phrase: %w", err)
	}
	var hits []store.Hit
	for _, e := range entries {
		at := placeIn(s.Analyzer.Tokens(e.Text), phrase)
		if at < 0 {
			continue
		}
		passages, err := s.Index.Passages(ctx, e.ID)
		if err != nil {
			return nil, fmt.Errorf("load the passages of an entry: %w", err)
		}
		for _, p := range passages {
			if p.Start <= at && at < p.End {
				hits = append(hits, store.Hit{Passage: p})
				break
			}
		}
	}
	return hits, nil
}

// placeIn returns the offset of the first run of a phrase's terms among the tokens of
// a text, or -1 if there is none.
func placeIn(tokens []text.Token, phrase []string) int {
	for i := 0; i+len(phrase) <= len(tokens); i++ {
		n := 0
		for n < len(phrase) && tokens[i+n].Term == phrase[n] {
			n++
		}
		if n == len(phrase) {
			return tokens[i].Start
		}
	}
	return -1
}
