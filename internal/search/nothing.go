package search

import (
	"math"
	"slices"

	"daybook/internal/store"
)

// known returns a function that reports whether the journal has a word, in any
// form or spelling.
func (s *Searcher) known(vocabulary *store.Vocabulary) func(word string) bool {
	return func(word string) bool {
		return !slices.ContainsFunc(s.terms(word), func(term string) bool { return !s.hasTerm(term, vocabulary) })
	}
}

func (s *Searcher) hasTerm(term string, vocabulary *store.Vocabulary) bool {
	return vocabulary.Count(term) > 0 || len(s.spellings(term, vocabulary)) > 0 ||
		len(s.compoundsWith(term, shortestPart, vocabulary)) > 0 || len(s.readings(term, term, vocabulary)) > 0
}

// missing returns the words of a question that say what it is about, and those of
// them that the journal doesn't have in any form or spelling.
func (s *Searcher) missing(q *Query, vocabulary *store.Vocabulary) (words, missing []string) {
	for _, t := range s.Analyzer.Tokens(q.Topic) {
		word := q.Topic[t.Start:t.End]
		phrasing := s.isPhrasing(q, t.Term) && !isName(q.Topic, t)
		if phrasing || slices.Contains(words, word) {
			continue
		}
		if words = append(words, word); !s.hasTerm(t.Term, vocabulary) && len(s.relatedByParts(word, t.Term, vocabulary)) == 0 {
			missing = append(missing, word)
		}
	}
	return words, missing
}

// doubt is what the searches say about whether the journal has an answer.
type doubt struct {
	nothing  bool // the second stage found too little
	standOut bool // a passage is so near that missing words say little
}

// A small journal lacks most words by chance, so that its missing words say little
// if one passage is nearer by meaning than the others by this many standard
// deviations. In a journal of invented German notes, of 47 questions with an answer
// 13 have no word in common with any note.
const (
	smallJournal = 500 // passages
	outstanding  = 2
)

// standsOut reports whether a passage of a small journal is much nearer than the
// others.
func standsOut(byMeaning []store.Hit, vocabulary *store.Vocabulary) bool {
	if len(byMeaning) < 10 || vocabulary.Passages >= smallJournal {
		return false
	}
	var sum, squares float64
	for _, h := range byMeaning {
		sum, squares = sum+h.Distance, squares+h.Distance*h.Distance
	}
	n := float64(len(byMeaning))
	mean := sum / n
	return mean-byMeaning[0].Distance > outstanding*math.Sqrt(max(0, squares/n-mean*mean))
}

// nothing decides whether the journal has nothing about q's topic: none of its
// words, or too little of what the second stage compared. A question about days
// is never about nothing, since they may be described in any words. Its notice
// says what is missing.
func (s *Searcher) nothing(q Query, d doubt, vocabulary *store.Vocabulary) (nothing bool, notice string) {
	if q.Days != nil || len(q.Filter.Tags) > 0 {
		return false, ""
	}
	words, missing := s.missing(&q, vocabulary)
	mentioned := len(missing) < len(words) || d.standOut
	switch {
	case len(words) == 0:
		return false, ""
	case mentioned && !d.nothing:
		return false, ""
	case len(missing) == 0:
		return true, s.say(&q, "nothing answers")
	}
	return true, s.say(&q, "nothing mentions", "what", s.phrasing(q.Language).Quoted(missing, "or"))
}
