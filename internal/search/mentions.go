package search

import (
	"context"
	"fmt"
	"regexp"
	"slices"

	"daybook"
	"daybook/internal/store"
	"daybook/internal/text"
)

// Aggregate is what a question asks over all days.
type Aggregate string

// What a question may ask over all days.
const (
	Unasked Aggregate = ""
	First   Aggregate = "first"
	Last    Aggregate = "last"
	Count   Aggregate = "count"
)

// The English ways of asking for each, the first that fits being taken.
var aggregates = []struct {
	asks Aggregate
	by   *regexp.Regexp
}{
	{Count, regexp.MustCompile(`(?i)\bhow (many times|often|many days|many entries|frequently)\b|\b(number of|count the) (times|days|mentions)\b`)},
	{First, regexp.MustCompile(`(?i)\b(the|my|very|for the) first (time|mention|visit|day)\b|\b(did|have|had|was|were|is) (i|we|he|she|it|they) (ever )?first\b|\bfirst (mention|mentioned|wrote|time|visit)\b|\bearliest\b`)},
	{Last, regexp.MustCompile(`(?i)\b(the|my|very|for the) (last|latest) (time|mention|visit|day)\b|\b(did|have|had|was|were|is) (i|we|he|she|it|they) last\b|\blast (mention|mentioned|wrote|time|visit)\b|\bmost recent\b`)},
}

// aggregateOf returns what a question, without its dates, asks over all days.
func aggregateOf(question string) Aggregate {
	for _, a := range aggregates {
		if a.by.MatchString(question) {
			return a.asks
		}
	}
	return Unasked
}

// lightVerbs are English verbs, stemmed, that a diary has other words for:
// who went to the theatre may write that they were there.
var lightVerbs = func() map[string]bool {
	english, err := text.New("english")
	if err != nil {
		panic(err) // the language is a constant
	}
	words := map[string]bool{}
	for _, t := range english.Tokens(`go went gone going goes see saw seen seeing come came coming get got have had make made do did take took
		taken visit visited visiting meet met hear heard speak spoke spoken talk talked say said call called frequently earliest recent number count`) {
		words[t.Term] = true
	}
	return words
}()

// maxCounted is how many words all of which must stand in a passage for it to
// count: a longer question describes what it asks for in words of its own.
const maxCounted = 2

// Mentions are all days on which the words of a question are mentioned.
type Mentions struct {
	Asked Aggregate
	// Words are what was counted, as the question has them; each must stand
	// in a passage, in any of its forms.
	Words []string
	// Spelled are other spellings that were counted, for words that the
	// journal does not have as they were asked for.
	Spelled []string
	// Within are the days that the question is about, nil for all.
	Within  []daybook.DateRange
	Days    []daybook.Date // without repetition, earliest first
	entries []string       // their IDs, in the order of Days
}

// mentions finds every day on which the telling words of q's topic stand
// together in a passage. It returns nil where the question does not ask over
// all days, or for more than can be counted by words.
func (s *Searcher) mentions(ctx context.Context, q Query, vocabulary *store.Vocabulary) (*Mentions, error) {
	if q.Mentions == Unasked {
		return nil, nil
	}
	m := &Mentions{Asked: q.Mentions, Within: days(q)}
	queries := []store.WordQuery{{Phrases: q.Phrases, None: q.None}}
	inPhrase := func(term string) bool {
		return slices.ContainsFunc(q.Phrases, func(p []string) bool { return slices.Contains(p, term) })
	}
	var terms []string
	for _, t := range s.Analyzer.Tokens(q.Topic) {
		if s.Analyzer.Stop(t.Term) || scaffold[t.Term] || lightVerbs[t.Term] || slices.Contains(terms, t.Term) {
			continue
		}
		terms = append(terms, t.Term)
		m.Words = append(m.Words, q.Topic[t.Start:t.End])
		if inPhrase(t.Term) {
			continue
		}
		alternatives := []string{t.Term}
		if vocabulary.Count(t.Term) == 0 {
			alternatives = s.spellings(t.Term, vocabulary)
			m.Spelled = append(m.Spelled, alternatives...)
		}
		queries = withEach(queries, alternatives)
	}
	if len(terms) == 0 || len(terms) > maxCounted && len(q.Phrases) == 0 {
		return nil, nil
	}
	return m, s.countDays(ctx, m, queries, q, vocabulary.Passages)
}

// spellings returns the near variants of a term that is in no passage.
func (s *Searcher) spellings(term string, vocabulary *store.Vocabulary) []string {
	var near []string
	for _, v := range s.variants.of(term, vocabulary) {
		if v.cost <= 0.5 {
			near = append(near, v.term)
		}
	}
	return near
}

// withEach returns the queries with each of the terms that must stand in a
// passage, too.
func withEach(queries []store.WordQuery, terms []string) []store.WordQuery {
	var out []store.WordQuery
	for _, q := range queries {
		for _, term := range terms {
			more := q
			more.All = append(slices.Clip(q.All), term)
			out = append(out, more)
		}
	}
	return out
}

// countDays fills in the days of the passages that any of the queries finds.
func (s *Searcher) countDays(ctx context.Context, m *Mentions, queries []store.WordQuery, q Query, all int) error {
	filter := q.Filter
	filter.Kind, filter.Days = daybook.Daily, days(q)
	var ids []string
	for _, query := range queries {
		hits, err := s.Index.SearchWords(ctx, query, filter, all)
		if err != nil {
			return fmt.Errorf("count the days: %w", err)
		}
		for _, h := range hits {
			ids = append(ids, h.Passage.EntryID)
		}
	}
	slices.Sort(ids)
	entries, err := s.Index.Entries(ctx, slices.Compact(ids))
	if err != nil {
		return fmt.Errorf("load the days counted: %w", err)
	}
	slices.SortFunc(entries, func(a, b daybook.Entry) int { return a.Date().Compare(b.Date()) })
	for _, e := range entries {
		m.entries = append(m.entries, e.ID)
		for _, d := range e.Dates {
			if !slices.Contains(m.Days, d) && inAny(filter.Days, d) {
				m.Days = append(m.Days, d)
			}
		}
	}
	return nil
}

// inAny reports whether a day is in any of the ranges, nil being all days.
func inAny(ranges []daybook.DateRange, d daybook.Date) bool {
	return ranges == nil || slices.ContainsFunc(ranges, func(r daybook.DateRange) bool { return r.Contains(d) })
}

// telling are the entries that answer what was asked, best first, at most k.
func (m *Mentions) telling(k int) []string {
	ids := m.entries
	if m.Asked == Last {
		ids = slices.Clone(ids)
		slices.Reverse(ids)
	}
	return ids[:min(k, len(ids))]
}
