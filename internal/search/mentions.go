package search

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"daybook"
	"daybook/internal/store"
	"daybook/internal/text"
)

// Aggregate is what a question asks about all days together.
type Aggregate string

// What a question may ask about all days together.
const (
	Unasked Aggregate = ""
	First   Aggregate = "first"
	Last    Aggregate = "last"
	Count   Aggregate = "count"
)

// aggregate is how a language asks about all days.
type aggregate struct {
	asks Aggregate
	by   *regexp.Regexp
}

// The English phrasings of each; the first match wins.
var aggregates = []aggregate{
	{Count, regexp.MustCompile(`(?i)\bhow (many times|often|many days|many entries|frequently)\b|\b(number of|count the) (times|days|mentions)\b`)},
	{First, regexp.MustCompile(`(?i)\b(the|my|very|for the) first (time|mention|visit|day)\b|\b(did|have|had|was|were|is) (i|we|he|she|it|they) (ever )?first\b|\bfirst (mention|mentioned|wrote|time|visit)\b|\bearliest\b`)},
	{Last, regexp.MustCompile(`(?i)\b(the|my|very|for the) (last|latest) (time|mention|visit|day)\b|\b(did|have|had|was|were|is) (i|we|he|she|it|they) last\b|\blast (mention|mentioned|wrote|time|visit)\b|\bmost recent\b`)},
}

// aggregateOf returns what a question, without its dates, asks about all days:
// in the journal's language or in English.
func (s *Searcher) aggregateOf(question string) Aggregate {
	for _, a := range s.phrasing.aggregates {
		if a.by != nil && a.by.MatchString(question) {
			return a.asks
		}
	}
	return Unasked
}

// lightVerbs are English verbs that a diary often words differently: someone who
// went to the theatre may write that they were there.
const lightVerbs = `go went gone going goes see saw seen seeing come came coming get got have had make made do did take took
	taken visit visited visiting meet met hear heard speak spoke spoken talk talked say said call called frequently earliest recent number count`

// maxCounted is the most words or names that are counted together in a passage.
// A longer question describes its subject in its own words.
const maxCounted = 2

// Mentions lists all days on which the words of a question occur.
type Mentions struct {
	Asked Aggregate
	// Words are the counted words as the question writes them. A passage must
	// contain each in some form.
	Words []string
	// Spelled are the other spellings counted for words that the journal does
	// not contain as asked.
	Spelled []string
	// Within are the days that the question is about; nil means all.
	Within  []daybook.DateRange
	Days    []daybook.Date // without repetition, earliest first
	entries []string       // their IDs, in the order of Days
}

// mentions finds every day with a passage that contains all that q's topic
// names. It returns nil if the question doesn't ask about all days, or if its
// topic can't be counted by words.
func (s *Searcher) mentions(ctx context.Context, q Query, vocabulary *store.Vocabulary) (*Mentions, error) {
	if q.Mentions == Unasked {
		return nil, nil
	}
	m := &Mentions{Asked: q.Mentions, Within: days(q)}
	queries := []store.WordQuery{{Phrases: q.Phrases, None: q.None}}
	counted, err := s.inRow(ctx, s.counted(q), vocabulary)
	if err != nil {
		return nil, err
	}
	if len(counted) == 0 || len(counted) > maxCounted && len(q.Phrases) == 0 {
		return nil, nil
	}
	for _, c := range counted {
		m.Words = append(m.Words, c.text)
		switch {
		case c.quoted:
		case len(c.terms) > 1:
			for i := range queries {
				queries[i].Phrases = append(slices.Clip(queries[i].Phrases), c.terms)
			}
		case vocabulary.Count(c.terms[0]) == 0:
			near := s.spellings(c.terms[0], vocabulary)
			m.Spelled = append(m.Spelled, near...)
			queries = withEach(queries, near)
		default:
			queries = withEach(queries, c.terms)
		}
	}
	return m, s.countDays(ctx, m, queries, q, vocabulary)
}

// countable is a word to count, or a name of several words.
type countable struct {
	text   string
	words  []string // of a name, as many as terms
	terms  []string
	quoted bool // part of a phrase that is required anyway
}

// counted returns what to count of q's topic. Adjacent capitalised words are
// one name ("Will Howe"), not two people in one passage.
func (s *Searcher) counted(q Query) []countable {
	var list []countable
	seen := map[string]bool{}
	tokens := s.Analyzer.Tokens(q.Topic)
	for i := 0; i < len(tokens); {
		n := 1
		for i > 0 && i+n < len(tokens) && capital(q.Topic, tokens[i]) && capital(q.Topic, tokens[i+n]) &&
			strings.Trim(q.Topic[tokens[i+n-1].End:tokens[i+n].Start], " .'’") == "" {
			n++
		}
		run := tokens[i : i+n]
		i += n
		if run[0].Term == plainTitle {
			run = run[1:]
		}
		if len(run) == 0 || len(run) == 1 && s.says(run[0].Term) {
			continue
		}
		c := countable{text: q.Topic[run[0].Start:run[len(run)-1].End]}
		for _, t := range run {
			c.terms, c.words = append(c.terms, t.Term), append(c.words, q.Topic[t.Start:t.End])
		}
		c.quoted = slices.ContainsFunc(q.Phrases, func(p []string) bool { return slices.Contains(p, c.terms[0]) })
		if key := strings.Join(c.terms, " "); !seen[key] {
			seen[key] = true
			list = append(list, c)
		}
	}
	return list
}

// plainTitle adds nothing to a name: "Mr. Creed" in one place is "Creed" in the
// next. Other titles ("Lady", "Mrs.") distinguish people.
const plainTitle = "mr"

// says reports whether a word belongs to the phrasing of the question rather
// than to its subject.
func (s *Searcher) says(term string) bool {
	return s.Analyzer.Stop(term) || s.phrasing.scaffold[term] || s.phrasing.verbs[term]
}

func capital(question string, t text.Token) bool {
	r, _ := utf8.DecodeRuneInString(question[t.Start:])
	return unicode.IsUpper(r)
}

// inRow splits names whose words are never adjacent in the journal. Their words
// are then counted where they occur in one passage.
func (s *Searcher) inRow(ctx context.Context, counted []countable, vocabulary *store.Vocabulary) ([]countable, error) {
	var list []countable
	for _, c := range counted {
		if len(c.terms) == 1 || c.quoted {
			list = append(list, c)
			continue
		}
		hits, err := s.phrase(ctx, c.terms, store.Filter{}, vocabulary)
		if err != nil {
			return nil, err
		}
		if len(hits) > 0 {
			list = append(list, c)
			continue
		}
		for i, word := range c.words {
			if !s.says(c.terms[i]) {
				list = append(list, countable{text: word, terms: c.terms[i : i+1]})
			}
		}
	}
	return list, nil
}

// spellings returns the variants of a term that is in no passage. It is
// stricter than a search, because the reader of a count doesn't see which
// variants are wrong.
func (s *Searcher) spellings(term string, vocabulary *store.Vocabulary) []string {
	limit := 0.5
	if len(term) > 5 {
		limit = 1
	}
	var near []string
	for _, v := range s.variants.of(term, vocabulary) {
		if v.cost <= limit {
			near = append(near, v.term)
		}
	}
	return near
}

// withEach returns each query combined with each of the terms, which it then
// requires.
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

// countDays fills in the days of the passages that match any of the queries.
func (s *Searcher) countDays(ctx context.Context, m *Mentions, queries []store.WordQuery, q Query, vocabulary *store.Vocabulary) error {
	filter := q.Filter
	filter.Kind, filter.Days = daybook.Daily, days(q)
	var ids []string
	for _, query := range queries {
		hits, err := s.Index.SearchWords(ctx, query, filter, vocabulary.Passages)
		if err != nil {
			return fmt.Errorf("count the days: %w", err)
		}
		if len(query.Phrases) == 1 && len(query.All) == 0 {
			more, err := s.across(ctx, query.Phrases[0], filter, vocabulary)
			if err != nil {
				return err
			}
			hits = append(hits, more...)
		}
		for _, h := range hits {
			ids = append(ids, h.Passage.EntryID)
		}
	}
	slices.Sort(ids)
	entries, err := s.Index.Entries(ctx, slices.Compact(ids))
	if err != nil {
		return fmt.Errorf("load the counted days: %w", err)
	}
	entries = s.withoutExcluded(&q, entries)
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

// inAny reports whether a day is in any of the ranges; nil means all days.
func inAny(ranges []daybook.DateRange, d daybook.Date) bool {
	return ranges == nil || slices.ContainsFunc(ranges, func(r daybook.DateRange) bool { return r.Contains(d) })
}

// EntryIDs returns the IDs of the entries that were counted.
func (m *Mentions) EntryIDs() []string {
	if m == nil {
		return nil
	}
	return m.entries
}

// telling returns at most k entries that answer the question, best first.
func (m *Mentions) telling(k int) []string {
	ids := m.entries
	if m.Asked == Last {
		ids = slices.Clone(ids)
		slices.Reverse(ids)
	}
	return ids[:min(k, len(ids))]
}
