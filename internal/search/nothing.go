package search

import (
	"slices"
	"strings"

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
	return vocabulary.Count(term) > 0 || len(s.spellings(term, vocabulary)) > 0 || s.inCompound(term, vocabulary) ||
		len(s.readings(term, term, vocabulary)) > 0
}

// compounding are the languages that join words without a space.
var compounding = []string{"german", "dutch", "danish", "swedish", "norwegian", "finnish", "hungarian"}

func (s *Searcher) compounds() bool { return slices.Contains(compounding, s.Analyzer.Language()) }

// shortestPart is the least length in bytes of a word that is looked for in
// compounds: shorter ones begin many words by chance.
const shortestPart = 5

// inCompound reports whether a compound of the journal begins with a word.
func (s *Searcher) inCompound(term string, vocabulary *store.Vocabulary) bool {
	if len(term) < shortestPart || !s.compounds() {
		return false
	}
	i, _ := slices.BinarySearch(vocabulary.Terms, term)
	return i < len(vocabulary.Terms) && strings.HasPrefix(vocabulary.Terms[i], term)
}

// missing returns the words of a question that say what it is about, and those of
// them that the journal doesn't have in any form or spelling.
func (s *Searcher) missing(q *Query, vocabulary *store.Vocabulary) (words, missing []string) {
	for _, t := range s.Analyzer.Tokens(q.Topic) {
		word := q.Topic[t.Start:t.End]
		if s.says(q, t.Term) && !isName(q.Topic, t) || slices.Contains(words, word) {
			continue
		}
		if words = append(words, word); !s.hasTerm(t.Term, vocabulary) {
			missing = append(missing, word)
		}
	}
	return words, missing
}

// nothing decides whether the journal has nothing about q's topic: none of its
// words, or too little of what the second stage compared. A question about days
// is never about nothing, since they may be described in any words. Its notice
// says what is missing.
func (s *Searcher) nothing(q Query, doubtful bool, vocabulary *store.Vocabulary) (nothing bool, notice string) {
	if q.Days != nil || len(q.Filter.Tags) > 0 {
		return false, ""
	}
	words, missing := s.missing(&q, vocabulary)
	if len(words) == 0 || !doubtful && len(missing) < len(words) {
		return false, ""
	}
	if len(missing) == 0 {
		return true, s.say(&q, "nothing answers")
	}
	return true, s.say(&q, "nothing mentions", "what", s.phrasing(q.Language).Quoted(missing, "or"))
}
