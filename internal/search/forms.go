package search

import (
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"daybook/internal/store"
	"daybook/internal/text"
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
		c.forms = append(c.forms, form{terms: s.terms(strings.Join(c.words, ""))})
	} else {
		pairs, err := s.parted(ctx, q.Filter.Public, c.terms[0], vocabulary)
		if err != nil {
			return err
		}
		for _, pair := range pairs {
			c.forms = append(c.forms, form{terms: pair})
		}
		for _, term := range s.phrasing(q.Language).forms[c.terms[0]] {
			if !c.name {
				c.forms = append(c.forms, form{terms: []string{term}})
			}
		}
		for _, term := range s.alike(c, vocabulary) {
			proper, err := s.isProper(ctx, q, term, vocabulary)
			if err != nil {
				return err
			}
			misspelled := c.name && !s.ownWord(term, 1)
			if misspelled || c.name == proper {
				c.forms = append(c.forms, form{[]string{term}, true})
			}
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

// isProper reports whether a word is written with a capital where it is first
// found: a name is not another spelling of a word.
func (s *Searcher) isProper(ctx context.Context, q *Query, term string, vocabulary *store.Vocabulary) (bool, error) {
	ids, err := s.entriesWith(ctx, q, [][]string{{term}}, vocabulary)
	if err != nil || len(ids) == 0 {
		return false, err
	}
	word, err := s.surface(ctx, ids[0], []string{term})
	return strings.ToLower(word) != word && s.Analyzer.Language() != "german", err
}

// alike returns the other spellings of a word to count with it, and spellings of
// these. If the journal has the word as asked, variants that are other words are
// left out. A count is stricter than a search, because its reader doesn't see which
// variants are wrong.
func (s *Searcher) alike(c *countable, vocabulary *store.Vocabulary) []string {
	asked := c.terms[0]
	limit := spellingLimit(asked, c.name && vocabulary.Count(asked) > 0)
	near := []string{asked}
	deep := 1
	if utf8.RuneCountInString(asked) > longWord {
		deep = 3
	}
	for i := 0; i < min(len(near), deep); i++ {
		for _, v := range s.variants.of(near[i], vocabulary) {
			if v.cost > limit || slices.Contains(near, v.term) {
				continue
			}
			known := vocabulary.Count(asked) > 0 || i > 0
			likeName := c.name && v.cost <= 0.25
			otherWord := known && !likeName && s.ownWord(v.term, v.cost)
			if !otherWord {
				near = append(near, v.term)
			}
		}
	}
	return near[1:]
}

// longWord is the number of letters above which a word is seldom another's
// variant by chance.
const longWord = 8

// spellingLimit is the greatest distance of another spelling of a word: greater
// for long ones, and less for names, which may be of different people.
func spellingLimit(term string, name bool) float64 {
	switch n := utf8.RuneCountInString(term); {
	case n > longWord:
		return 1.25
	case n > 5 && !name:
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
		likeName := c.name && v.cost <= 0.5
		misspelled := v.cost <= 1 && !s.ownWord(v.term, 1)
		if likeName || misspelled {
			near = append(near, []string{v.term})
		}
	}
	if c.name || utf8.RuneCountInString(term) < 4 {
		return near
	}
	for _, other := range vocabulary.Terms {
		if sameEnding(term, other) && !strings.HasPrefix(other, text.ReadingMark) && !slices.ContainsFunc(near, func(t []string) bool { return t[0] == other }) {
			near = append(near, []string{other})
		}
	}
	endings := map[string]bool{}
	for e := range strings.FieldsSeq(s.phrasing(q.Language).Endings) {
		endings[e] = true
	}
	compounds := s.compounds()
	i, _ := slices.BinarySearch(vocabulary.Terms, term)
	for ; i < len(vocabulary.Terms) && strings.HasPrefix(vocabulary.Terms[i], term); i++ {
		if other := vocabulary.Terms[i]; compounds || endings[other[len(term):]] {
			near = append(near, []string{other})
		}
	}
	for n := len(term) - 1; n >= 4; n-- { // "wrestler" of "wrestle"
		if endings[term[n:]] && vocabulary.Count(term[:n]) > 0 {
			near = append(near, []string{term[:n]})
		}
	}
	return near
}

// sameEnding reports whether two words begin differently and end alike, as
// "chirurgeon" and "surgeon" do.
func sameEnding(a, b string) bool {
	n := 0
	for n < min(len(a), len(b)) && a[len(a)-1-n] == b[len(b)-1-n] {
		n++
	}
	const least = 6
	return n >= least && a != b && 10*n >= 6*max(len(a), len(b))
}
