package search

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"daybook/internal/store"
)

// Words that a typed beginning may become.
const (
	maxCompletions = 30
	leastTyped     = 2 // letters
)

// complete adds the words that the last one of a topic may become, the frequent
// ones first, unless a space or a mark says that it is finished.
func (s *Searcher) complete(q *store.WordQuery, topic string, vocabulary *store.Vocabulary) {
	last, _ := utf8.DecodeLastRuneInString(topic)
	tokens := s.Analyzer.Tokens(topic)
	finished := !unicode.IsLetter(last) && !unicode.IsDigit(last)
	if finished || len(tokens) == 0 {
		return
	}
	typed := strings.ToLower(topic[tokens[len(tokens)-1].Start:])
	if utf8.RuneCountInString(typed) < leastTyped {
		return
	}
	i, _ := slices.BinarySearch(vocabulary.Terms, typed)
	var found []int
	for ; i < len(vocabulary.Terms) && strings.HasPrefix(vocabulary.Terms[i], typed); i++ {
		found = append(found, i)
	}
	slices.SortStableFunc(found, func(a, b int) int { return vocabulary.Counts[b] - vocabulary.Counts[a] })
	for _, i := range found[:min(len(found), maxCompletions)] {
		if term := vocabulary.Terms[i]; !slices.Contains(q.Any, term) {
			q.Any = append(q.Any, term)
			q.Weights[term] = variantWeight
		}
	}
}
