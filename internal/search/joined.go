package search

import (
	"context"
	"fmt"
	"unicode/utf8"

	"daybook/internal/store"
	"daybook/internal/text"
)

// maxParted bounds the ways in which one word is looked for as two.
const maxParted = 4

// few is the number of passages up to which a word is not frequent in any journal.
const few = 20

// frequent reports whether a word is in so many passages that it is not looked for in
// two parts, or as a part of others.
func frequent(term string, vocabulary *store.Vocabulary) bool {
	return float64(vocabulary.Count(term)) > max(few, rare*float64(vocabulary.Passages))
}

// parted returns the pairs of words that a word is written as elsewhere in the
// journal: "e-mail" for "email", "3,000" for "3000".
func (s *Searcher) parted(ctx context.Context, public bool, term string, vocabulary *store.Vocabulary) ([][]string, error) {
	if frequent(term, vocabulary) || utf8.RuneCountInString(term) < shortest+1 {
		return nil, nil
	}
	var found [][]string
	tried := 0
	for i := range term {
		if i == 0 || tried == maxParted {
			continue
		}
		pair := append(s.terms(term[:i]), term[i:]) // the second is a stem already
		if len(pair) != 2 {
			continue
		}
		if vocabulary.Count(pair[0]) == 0 || vocabulary.Count(pair[1]) == 0 || s.Analyzer.Stop(pair[0]) || s.Analyzer.Stop(pair[1]) {
			continue
		}
		tried++
		hits, err := s.Index.SearchWords(ctx, store.WordQuery{Phrases: [][]string{pair}}, store.Filter{Public: public}, 1)
		if err != nil {
			return nil, fmt.Errorf("look for a word in two parts: %w", err)
		}
		if len(hits) > 0 {
			found = append(found, pair)
		}
	}
	return found, nil
}

// joined returns the word that two adjacent ones are written as elsewhere; "" if
// there is none.
func (s *Searcher) joined(topic string, a, b text.Token, vocabulary *store.Vocabulary) string {
	if between := topic[a.End:b.Start]; between != " " && between != "-" && between != "," && between != "." && between != "’" {
		return ""
	}
	terms := s.terms(topic[a.Start:a.End] + topic[b.Start:b.End])
	if len(terms) != 1 || vocabulary.Count(terms[0]) == 0 {
		return ""
	}
	return terms[0]
}

// joinWords adds to a query the words that the topic writes in two, and returns
// the pairs of words that it writes as one.
func (s *Searcher) joinWords(ctx context.Context, of *Query, q *store.WordQuery, vocabulary *store.Vocabulary) (pairs [][]string, err error) {
	topic, tokens := of.Topic, s.Analyzer.Tokens(of.Topic)
	for i := range tokens[:min(len(tokens), maxTerms)] {
		if i > 0 {
			if term := s.joined(topic, tokens[i-1], tokens[i], vocabulary); term != "" {
				q.Any = append(q.Any, term)
			}
		}
		if s.Analyzer.Stop(tokens[i].Term) {
			continue
		}
		more, err := s.parted(ctx, of.Filter.Public, tokens[i].Term, vocabulary)
		if err != nil {
			return nil, err
		}
		pairs = append(pairs, more...)
	}
	return pairs, nil
}

// searchPairs adds the passages that have a pair of words in a row.
func (s *Searcher) searchPairs(ctx context.Context, pairs [][]string, f store.Filter, k int, hits []store.Hit) ([]store.Hit, error) {
	for _, pair := range pairs {
		more, err := s.Index.SearchWords(ctx, store.WordQuery{Phrases: [][]string{pair}}, f, k)
		if err != nil {
			return nil, fmt.Errorf("search for a word in two parts: %w", err)
		}
		hits = mergeHits(hits, more)
	}
	return hits, nil
}

// mergeHits adds passages that are not among hits.
func mergeHits(hits, more []store.Hit) []store.Hit {
	at := make(map[int64]int, len(hits))
	for i, h := range hits {
		at[h.Passage.ID] = i
	}
	for _, h := range more {
		if i, has := at[h.Passage.ID]; has {
			hits[i].Score = max(hits[i].Score, h.Score)
			continue
		}
		hits = append(hits, h)
	}
	return hits
}
