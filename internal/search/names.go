package search

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"daybook/internal/store"
	"daybook/internal/text"
)

// nameForms returns other ways to write a name of several words: its titles and
// first names in full, abbreviated or as initials, and its surname in other
// spellings.
func (s *Searcher) nameForms(q *Query, terms []string, vocabulary *store.Vocabulary) []form {
	p := s.phrasing(q.Language)
	all := []form{{}}
	for i, term := range terms {
		options := []form{{terms: []string{term}}}
		titles := p.titles[term]
		for _, t := range titles {
			options = append(options, form{terms: []string{t}})
		}
		switch last := i == len(terms)-1; {
		case last:
			for _, t := range s.alike(&countable{terms: []string{term}, name: true}, vocabulary) {
				options = append(options, form{[]string{t}, true})
			}
		case len(titles) == 0 && !p.kin[term]:
			for _, t := range shortNames(term, vocabulary) {
				options = append(options, form{[]string{t}, true})
			}
		}
		all = eachWith(all, options)
	}
	return all[1:] // the first is the name itself
}

// eachWith returns each form followed by each option, at most maxForms.
func eachWith(forms, options []form) []form {
	var out []form
	for _, f := range forms {
		for _, o := range options {
			if len(out) < maxForms {
				out = append(out, form{slices.Concat(f.terms, o.terms), f.alike || o.alike})
			}
		}
	}
	return out
}

// shortNames returns the initial of a first name and its abbreviations that the
// journal has: words of up to four letters that begin like it and whose letters
// it has in that order ("Wm" of "William").
func shortNames(name string, vocabulary *store.Vocabulary) []string {
	_, size := utf8.DecodeRuneInString(name)
	initial := name[:size]
	var short []string
	i, _ := slices.BinarySearch(vocabulary.Terms, initial)
	for ; i < len(vocabulary.Terms) && strings.HasPrefix(vocabulary.Terms[i], initial); i++ {
		if t := vocabulary.Terms[i]; len(t) <= 4 && len(t) < len(name) && within4(t, name) {
			short = append(short, t)
		}
	}
	slices.SortFunc(short, func(a, b string) int { return len(a) - len(b) })
	return short[:min(len(short), 5)]
}

// within4 reports whether a short word is an initial, the beginning of a name or
// its consonants in order.
func within4(short, name string) bool {
	if strings.HasPrefix(name, short) {
		return true
	}
	rest := name
	for _, r := range short {
		i := strings.IndexRune(rest, r)
		if i < 0 || vowel(r) {
			return false
		}
		rest = rest[i+utf8.RuneLen(r):]
	}
	return len(short) == 2 || strings.HasSuffix(name, short[len(short)-1:])
}

// relatives returns the other names of a relative that the journal gives: who is
// "cousin Roger Pepys" somewhere is "Roger Pepys" elsewhere, and the other way
// round.
func (s *Searcher) relatives(ctx context.Context, q *Query, c *countable, vocabulary *store.Vocabulary) ([]form, error) {
	p := s.phrasing(q.Language)
	kin := p.kin[c.terms[0]]
	title := !kin && len(p.titles[c.terms[0]]) > 0
	if title || len(c.terms) != 2 {
		return nil, nil
	}
	ids, err := s.entriesWith(ctx, q, [][]string{c.terms}, vocabulary)
	if err != nil {
		return nil, err
	}
	entries, err := s.Index.Entries(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("load the entries of a name: %w", err)
	}
	seen := map[string]int{}
	for _, e := range entries {
		tokens := s.Analyzer.Tokens(e.Text)
		for i := 0; i+1 < len(tokens); i++ {
			if tokens[i].Term != c.terms[0] || tokens[i+1].Term != c.terms[1] {
				continue
			}
			if kin && i+2 < len(tokens) && adjoins(e.Text, tokens, i+2) && capital(e.Text, tokens[i+2]) && !s.Analyzer.Stop(tokens[i+2].Term) {
				seen[c.terms[1]+" "+tokens[i+2].Term]++
			}
			if !kin && i > 0 && adjoins(e.Text, tokens, i) && p.kin[tokens[i-1].Term] {
				seen[tokens[i-1].Term+" "+c.terms[0]]++
			}
		}
	}
	best, most := "", 0
	for _, name := range slices.Sorted(maps.Keys(seen)) {
		if n := seen[name]; n > most {
			best, most = name, n
		}
	}
	if best == "" {
		return nil, nil
	}
	return []form{{strings.Fields(best), true}}, nil
}

// adjoins reports whether only a space is before token i.
func adjoins(body string, tokens []text.Token, i int) bool {
	return strings.Trim(body[tokens[i-1].End:tokens[i].Start], " ") == ""
}

// People knows the names that belong to one person.
type People interface {
	// Aliases returns groups of names of the same person or thing.
	Aliases(ctx context.Context) ([][]string, error)
}

// aliasesOf returns the terms of the other names in the groups that have a name.
func (s *Searcher) aliasesOf(ctx context.Context, name []string) ([][]string, error) {
	var others [][]string
	groups, err := s.aliasGroups(ctx)
	for _, g := range groups {
		if slices.ContainsFunc(g.terms, func(terms []string) bool { return slices.Equal(terms, name) }) {
			others = append(others, g.terms...)
		}
	}
	return slices.DeleteFunc(others, func(terms []string) bool { return slices.Equal(terms, name) }), err
}

// group is the names of one person or thing.
type group struct {
	names []string
	terms [][]string
}

func (s *Searcher) aliasGroups(ctx context.Context) ([]group, error) {
	if s.People == nil {
		return nil, nil
	}
	lists, err := s.People.Aliases(ctx)
	if err != nil {
		return nil, fmt.Errorf("load the aliases: %w", err)
	}
	var groups []group
	for _, list := range lists {
		var g group
		for _, name := range list {
			if terms := s.terms(name); len(terms) > 0 {
				g.names, g.terms = append(g.names, name), append(g.terms, terms)
			}
		}
		groups = append(groups, g)
	}
	return groups, nil
}

// maxAlso bounds the other names that a search adds to a question.
const maxAlso = 4

// otherNames returns the other names of those that a topic names, by aliases.
func (s *Searcher) otherNames(ctx context.Context, topic string) ([]string, error) {
	groups, err := s.aliasGroups(ctx)
	if err != nil {
		return nil, err
	}
	tokens := s.Analyzer.Tokens(topic)
	var also []string
	for _, g := range groups {
		named := func(terms []string) bool { return placeIn(tokens, terms) >= 0 }
		if !slices.ContainsFunc(g.terms, named) {
			continue
		}
		for i, name := range g.names {
			if !named(g.terms[i]) && len(also) < maxAlso {
				also = append(also, name)
			}
		}
	}
	return also, nil
}
