package search

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"daybook"
	"daybook/internal/store"
	"daybook/internal/text"
)

// maxQueries bounds the combinations of forms that one count searches for.
const maxQueries = 64

// countDays fills in the days on which each of the counted words is mentioned.
func (s *Searcher) countDays(ctx context.Context, m *Mentions, q *Query, counted []countable, vocabulary *store.Vocabulary) error {
	together := [][][]string{nil} // one form of each
	for _, c := range counted {
		var more [][][]string
		for _, t := range together {
			if c.quoted {
				more = append(more, t)
			}
			for _, f := range c.forms {
				if len(more) < maxQueries {
					more = append(more, append(slices.Clip(t), f.terms))
				}
			}
		}
		together = more
	}
	var ids []string
	for _, forms := range together {
		found, err := s.entriesWith(ctx, q, forms, vocabulary)
		if err != nil {
			return err
		}
		ids = append(ids, found...)
		if err := s.spell(ctx, m, counted, forms, found); err != nil {
			return err
		}
	}
	slices.Sort(ids)
	entries, err := s.Index.Entries(ctx, slices.Compact(ids))
	if err != nil {
		return fmt.Errorf("load the counted days: %w", err)
	}
	entries = s.withoutExcluded(q, entries)
	slices.SortFunc(entries, func(a, b daybook.Entry) int { return a.Date().Compare(b.Date()) })
	m.marks = s.formMarks(counted)
	for _, e := range s.inSentences(m, counted, s.named(m, counted, entries)) {
		m.add(&e)
	}
	return nil
}

// entriesWith returns the IDs of the daily entries that have all of the forms in
// one passage, or one phrase anywhere, with what else q requires.
func (s *Searcher) entriesWith(ctx context.Context, q *Query, forms [][]string, vocabulary *store.Vocabulary) ([]string, error) {
	filter := q.Filter
	filter.Kind, filter.Days = daybook.Daily, days(*q)
	query := store.WordQuery{Phrases: slices.Clip(q.Phrases), None: q.None}
	query.Phrases = append(query.Phrases, forms...)
	hits, err := s.Index.SearchWords(ctx, query, filter, vocabulary.Passages)
	if err != nil {
		return nil, fmt.Errorf("count the days: %w", err)
	}
	if len(query.Phrases) == 1 {
		more, err := s.across(ctx, query.Phrases[0], filter, vocabulary)
		if err != nil {
			return nil, err
		}
		hits = append(hits, more...)
	}
	return entriesOf(hits), nil
}

// spell notes the forms that are only probably the same, as an entry writes them.
func (s *Searcher) spell(ctx context.Context, m *Mentions, counted []countable, forms [][]string, ids []string) error {
	if len(ids) == 0 {
		return nil
	}
	for _, c := range counted {
		for _, f := range c.forms {
			if !f.alike || !slices.ContainsFunc(forms, func(terms []string) bool { return slices.Equal(terms, f.terms) }) {
				continue
			}
			word, err := s.surface(ctx, ids[0], f.terms)
			if err != nil {
				return err
			}
			if !slices.Contains(m.Spelled, word) {
				m.Spelled = append(m.Spelled, word)
			}
		}
	}
	return nil
}

// surface returns terms as an entry writes them.
func (s *Searcher) surface(ctx context.Context, id string, terms []string) (string, error) {
	entries, err := s.Index.Entries(ctx, []string{id})
	if err != nil {
		return "", fmt.Errorf("load a counted day: %w", err)
	}
	for _, e := range entries {
		tokens := s.Analyzer.Tokens(e.Text)
		for i := range tokens {
			if placeIn(tokens[i:min(len(tokens), i+len(terms))], terms) < 0 {
				continue
			}
			word := strings.Join(strings.Fields(e.Text[tokens[i].Start:tokens[i+len(terms)-1].End]), " ")
			return strings.TrimSuffix(strings.TrimSuffix(word, "'s"), "’s"), nil
		}
	}
	return strings.Join(terms, " "), nil
}

// formMarks returns a function that finds the counted words in a text.
func (s *Searcher) formMarks(counted []countable) func(string) [][2]int {
	return func(body string) [][2]int {
		var marks [][2]int
		for tokens := s.Analyzer.Tokens(body); len(tokens) > 0; {
			n := formAt(counted, tokens)
			if n > 0 {
				marks = append(marks, [2]int{tokens[0].Start, tokens[n-1].End})
			}
			tokens = tokens[max(n, 1):]
		}
		return marks
	}
}

// formAt returns the length of the longest form that tokens begin with.
func formAt(counted []countable, tokens []text.Token) int {
	n := 0
	for _, c := range counted {
		for _, f := range c.forms {
			if len(f.terms) > n && len(f.terms) <= len(tokens) && placeIn(tokens[:len(f.terms)], f.terms) == tokens[0].Start {
				n = len(f.terms)
			}
		}
	}
	return n
}

// named leaves out the entries in which what is asked for as a name is only a
// word: "rose" and "will" are not people. Journals that write their names without
// capitals keep all.
func (s *Searcher) named(m *Mentions, counted []countable, entries []daybook.Entry) []daybook.Entry {
	for _, c := range counted {
		if !c.name || len(c.terms) != 1 || len(c.forms) != 1 {
			continue
		}
		within, leading, names, small := map[string]bool{}, map[string]bool{}, 0, 0
		for _, e := range entries {
			in, at, as := s.capitals(e.Text, c.terms[0])
			within[e.ID], leading[e.ID] = in > 0, at > 0
			names, small = names+in, small+as
		}
		named := func(e daybook.Entry) bool {
			if names < 4*small { // a capital at the beginning of a sentence says nothing
				return within[e.ID]
			}
			return within[e.ID] || leading[e.ID]
		}
		switch {
		case names == 0 && slices.ContainsFunc(entries, func(e daybook.Entry) bool { return leading[e.ID] }):
			// It only begins sentences: those may name it, and the others do not.
			entries = onlyLeading(m, c.text, entries, leading)
		case slices.ContainsFunc(entries, named):
			for _, e := range entries {
				if !named(e) && leading[e.ID] {
					m.Leading++
					m.offered = append(m.offered, e.ID)
				}
			}
			entries = slices.DeleteFunc(entries, func(e daybook.Entry) bool { return !named(e) })
		}
	}
	return entries
}

// onlyLeading keeps the entries in which a name begins a sentence, and offers the
// others as having a similar word.
func onlyLeading(m *Mentions, name string, entries []daybook.Entry, leading map[string]bool) []daybook.Entry {
	var kept []daybook.Entry
	for _, e := range entries {
		if leading[e.ID] {
			kept = append(kept, e)
			continue
		}
		m.offered = append(m.offered, e.ID)
	}
	if n := len(entries) - len(kept); n > 0 {
		m.Near = append(m.Near, NearForm{strings.ToLower(name), n})
	}
	return kept
}

// capitals counts how often a text has a term with a capital within a sentence,
// at the beginning of one, and without. The name of a month is one where it is
// not a date, such as in "3 May" and "in May".
func (s *Searcher) capitals(body, term string) (within, leading, small int) {
	tokens := s.Analyzer.Tokens(body)
	months, pronouns := s.phrasing("").Months, s.phrasing("").pronouns
	for i, t := range tokens {
		switch {
		case t.Term != term:
		case !capital(body, t):
			small++
		case isMonth(body[t.Start:t.End], months) && dated(body, tokens, i):
			small++
		case leads(body, tokens, i) && s.Analyzer.Stop(term) && !isMonth(body[t.Start:t.End], months):
			if i+1 < len(tokens) && pronouns[tokens[i+1].Term] {
				small++ // "Will you", and not "Will came"
			} else {
				within++
			}
		case leads(body, tokens, i):
			leading++
		default:
			within++
		}
	}
	return within, leading, small
}

// leads reports whether token i begins a sentence.
func leads(body string, tokens []text.Token, i int) bool {
	return i == 0 || endsBetween(body, tokens[i-1], tokens[i]) || strings.ContainsAny(body[tokens[i-1].End:tokens[i].Start], ":\n\"“")
}

func isMonth(word string, months [][]string) bool {
	return slices.ContainsFunc(months, func(names []string) bool { return slices.Contains(names, word) })
}

// dated reports whether the month at token i is part of a date.
func dated(body string, tokens []text.Token, i int) bool {
	digit := func(k int) bool {
		return k >= 0 && k < len(tokens) && unicode.IsDigit(rune(body[tokens[k].Start]))
	}
	if digit(i-1) || digit(i+1) {
		return true
	}
	if i == 0 {
		return false
	}
	return slices.Contains([]string{"in", "of", "since", "until", "till", "last", "next", "this", "early", "late", "mid", "during", "every", "by", "through"},
		strings.ToLower(body[tokens[i-1].Start:tokens[i-1].End]))
}

// closely is the greatest number of words between two that are counted together.
const closely = 12

// inSentences leaves out the entries that have the counted words only far from
// each other, unless all do. Those that only share a passage are counted apart.
func (s *Searcher) inSentences(m *Mentions, counted []countable, entries []daybook.Entry) []daybook.Entry {
	if len(counted) < 2 {
		return entries
	}
	var near, far []daybook.Entry
	for _, e := range entries {
		if s.close(e.Text, counted) {
			near = append(near, e)
		} else {
			far = append(far, e)
		}
	}
	if len(near) == 0 {
		return entries
	}
	m.Beside = len(far)
	for _, e := range far {
		m.offered = append(m.offered, e.ID)
	}
	return near
}

// close reports whether a sentence has a form of each of two words close to each
// other.
func (s *Searcher) close(body string, counted []countable) bool {
	tokens := s.Analyzer.Tokens(body)
	last := make([]int, len(counted)) // the latest place of each, from 1
	for i := range tokens {
		if i > 0 && endsBetween(body, tokens[i-1], tokens[i]) {
			clear(last)
		}
		for k := range counted {
			if formAt(counted[k:k+1], tokens[i:]) > 0 {
				last[k] = i + 1
			}
		}
		first := slices.Min(last)
		if first > 0 && slices.Max(last)-first <= closely {
			return true
		}
	}
	return false
}

// endsBetween reports whether a sentence ends between two words.
func endsBetween(body string, before, behind text.Token) bool {
	between := body[before.End:behind.Start]
	if strings.Contains(between, "\n\n") || strings.ContainsAny(between, "!?") {
		return true
	}
	i := strings.LastIndexByte(between, '.') // of "..."
	if i < 0 {
		return false
	}
	r, _ := utf8.DecodeRuneInString(body[behind.Start:])
	return !unicode.IsLower(r) && endsSentence(body[before.Start:before.End], body[before.End+i+1:])
}
