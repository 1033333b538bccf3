package search

import (
	"context"
	"fmt"
	"slices"

	"daybook"
	"daybook/internal/store"
	"daybook/internal/text"
)

// marks returns a function that finds the words of a query in a text, including
// other spellings.
func (s *Searcher) marks(of *Query, q store.WordQuery) func(string) [][2]int {
	asked := map[string]bool{}
	scaffold := s.phrasing(of.Language).scaffold
	for _, term := range q.Any {
		if q.Weights[term] != scaffoldWeight || !scaffold[term] {
			asked[term] = true
		}
	}
	return func(body string) [][2]int {
		var spans [][2]int
		doubts := text.Doubts(body)
		for _, t := range s.Analyzer.Tokens(body) {
			found := asked[t.Term]
			if !found && uncertain(doubts, t) {
				found = asked[s.Analyzer.Reading(body[t.Start:t.End])]
			}
			if found {
				spans = append(spans, [2]int{t.Start, t.End})
			}
		}
		return spans
	}
}

// uncertain reports whether a word is within an uncertain reading.
func uncertain(doubts [][2]int, t text.Token) bool {
	return slices.ContainsFunc(doubts, func(d [2]int) bool { return d[0] < t.Start && t.End < d[1] })
}

// Shown is a passage of a result, ready to display.
type Shown struct {
	Hit            // its Passage has its text
	Marks [][2]int // byte ranges of the text that the question asks for, in order
}

// Show returns the passages that matched, best first, without text that a
// better one already shows. A result found without a search has its first
// passage. It returns at most limit passages.
func (s *Searcher) Show(ctx context.Context, found *Found, r *Result, limit int) ([]Shown, error) {
	passages, err := s.Index.Passages(ctx, r.Entry.ID)
	if err != nil {
		return nil, fmt.Errorf("load the passages of an entry: %w", err)
	}
	hits := r.Hits
	if len(hits) == 0 && len(passages) > 0 {
		hits = []Hit{{Passage: passages[0]}}
	}
	var shown []Shown
	for _, h := range hits {
		i := slices.IndexFunc(passages, func(p daybook.Passage) bool { return p.ID == h.Passage.ID })
		if i < 0 || len(shown) == limit { // deleted since the search
			continue
		}
		one := Shown{Hit: Hit{Passage: passages[i], Words: h.Words, Meaning: h.Meaning}}
		if slices.ContainsFunc(shown, func(s Shown) bool { return overlap(s.Passage, one.Passage) }) {
			continue
		}
		if found.Marks != nil {
			one.Marks = found.Marks(one.Passage.Text)
		}
		shown = append(shown, one)
	}
	return shown, nil
}

func overlap(a, b daybook.Passage) bool { return a.Start < b.End && b.Start < a.End }
