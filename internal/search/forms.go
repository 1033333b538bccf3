package search

import (
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"daybook/internal/store"
)

// maxForms bounds the ways to write one word or name that are counted together.
const maxForms = 24

// addForms sets the ways to write what is counted: the word in its forms, other
// spellings of it, and other names of who is named.
func (s *Searcher) addForms(ctx context.Context, q *Query, c *countable, vocabulary *store.Vocabulary) error {
	if c.quoted {
		return nil
	}
	c.forms = []form{{terms: c.terms}}
	if len(c.terms) > 1 {
		c.forms = append(c.forms, s.nameForms(q, c.terms, vocabulary)...)
		more, err := s.relatives(ctx, q, c, vocabulary)
		if err != nil {
			return err
		}
		c.forms = append(c.forms, more...)
	} else {
		for _, term := range s.phrasing(q.Language).forms[c.terms[0]] {
			if vocabulary.Count(term) > 0 && !c.name {
				c.forms = append(c.forms, form{terms: []string{term}})
			}
		}
		for _, term := range s.alike(c, vocabulary) {
			c.forms = append(c.forms, form{[]string{term}, true})
		}
	}
	others, err := s.aliasesOf(ctx, c.terms)
	for _, terms := range others {
		c.forms = append(c.forms, form{terms, true})
	}
	c.forms = distinctForms(c.forms)
	return err
}

// distinctForms keeps the first of equal forms, at most maxForms.
func distinctForms(list []form) []form {
	var out []form
	for _, f := range list {
		if len(out) < maxForms && !slices.ContainsFunc(out, func(o form) bool { return slices.Equal(o.terms, f.terms) }) {
			out = append(out, f)
		}
	}
	return out
}

// alike returns the other spellings of a word that are counted with it: those of
// one that the journal doesn't have as asked, and those that are not words of
// their own. A count is stricter than a search, because its reader doesn't see
// which variants are wrong.
func (s *Searcher) alike(c *countable, vocabulary *store.Vocabulary) []string {
	term := c.terms[0]
	limit := spellingLimit(term)
	if c.name && vocabulary.Count(term) > 0 {
		limit = 0.5
	}
	var near []string
	for _, v := range s.variants.of(term, vocabulary) {
		if v.cost <= limit && (vocabulary.Count(term) == 0 || !s.ownWord(v.term, v.cost)) {
			near = append(near, v.term)
		}
	}
	return near
}

func spellingLimit(term string) float64 {
	if utf8.RuneCountInString(term) > 5 {
		return 1
	}
	return 0.5
}

// spellings returns the variants of a term that is in no passage.
func (s *Searcher) spellings(term string, vocabulary *store.Vocabulary) []string {
	return s.alike(&countable{terms: []string{term}}, vocabulary)
}

// ownWord reports whether a variant is a word of the language rather than another
// spelling. Without a list of words, only the nearest variants are spellings.
func (s *Searcher) ownWord(term string, cost float64) bool {
	if s.Words == nil {
		return cost > 0.25
	}
	is := s.Words()
	if is == nil {
		return cost > 0.25
	}
	stems := []string{term, term + "e", term + "s"}
	if before, ok := strings.CutSuffix(term, "i"); ok {
		stems = append(stems, before+"y")
	}
	return slices.ContainsFunc(stems, is)
}

// maxNear bounds the words that are offered beside a count.
const maxNear = 4

// addNear adds the words that are like the counted one and were not counted.
func (s *Searcher) addNear(ctx context.Context, m *Mentions, q *Query, c *countable, vocabulary *store.Vocabulary) error {
	for _, terms := range s.nearForms(q, c, vocabulary) {
		if len(m.Near) == maxNear {
			break
		}
		if slices.ContainsFunc(c.forms, func(f form) bool { return slices.Equal(f.terms, terms) }) {
			continue
		}
		ids, err := s.entriesWith(ctx, q, [][]string{terms}, vocabulary)
		if err != nil {
			return err
		}
		ids = slices.DeleteFunc(ids, func(id string) bool { return slices.Contains(m.entries, id) })
		if len(ids) == 0 {
			continue
		}
		word, err := s.surface(ctx, ids[0], terms)
		if err != nil {
			return err
		}
		if c.name && strings.ToLower(word) == word {
			continue // a name is not like a word
		}
		m.Near = append(m.Near, NearForm{word, len(ids)})
		m.offered = append(m.offered, ids...)
	}
	return nil
}

// nearForms returns the words that may be meant by what is counted: variants that
// are doubtful, words that derive from it, and the surname alone.
func (s *Searcher) nearForms(q *Query, c *countable, vocabulary *store.Vocabulary) [][]string {
	var near [][]string
	if len(c.terms) > 1 {
		return [][]string{c.terms[len(c.terms)-1:]}
	}
	term := c.terms[0]
	for _, v := range s.variants.of(term, vocabulary) {
		if v.cost <= 0.5 && (c.name || !s.ownWord(v.term, 1)) || v.cost <= 1 && !s.ownWord(v.term, 1) {
			near = append(near, []string{v.term})
		}
	}
	if c.name || utf8.RuneCountInString(term) < 4 {
		return near
	}
	endings := map[string]bool{}
	for e := range strings.FieldsSeq(s.phrasing(q.Language).Endings) {
		endings[e] = true
	}
	i, _ := slices.BinarySearch(vocabulary.Terms, term)
	for ; i < len(vocabulary.Terms) && strings.HasPrefix(vocabulary.Terms[i], term); i++ {
		if other := vocabulary.Terms[i]; other != term && (endings[other[len(term):]] || s.compounds()) {
			near = append(near, []string{other})
		}
	}
	for n := len(term) - 1; n >= 4 && n >= len(term)-4; n-- { // "wrestler" of "wrestle"
		if endings[term[n:]] && vocabulary.Count(term[:n]) > 0 {
			near = append(near, []string{term[:n]})
		}
	}
	return near
}
