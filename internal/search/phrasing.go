package search

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"daybook/internal/language"
	"daybook/internal/store"
	"daybook/internal/text"
)

// phrasing is how questions are phrased in a language, and in English.
type phrasing struct {
	language.Language
	aggregates []aggregate
	// scaffold are the terms that phrase a question rather than name its subject.
	// They are searched for with a low weight. A diary often words what verbs say
	// differently: someone who went to the theatre may write that they were there.
	scaffold, verbs map[string]bool
	stop            map[string]bool // of a language that is not the journal's
	forms           map[string][]string
	titles          map[string][]string
	kin, pronouns   map[string]bool
}

// aggregate is how a language asks about all days.
type aggregate struct {
	asks Aggregate
	by   *regexp.Regexp
}

// phrasingsOf returns the phrasing of each language whose questions are
// understood, and of the journal's, by name.
func phrasingsOf(a *text.Analyzer) map[string]*phrasing {
	all := map[string]*phrasing{}
	for _, l := range language.All() {
		if l.Asks() {
			all[l.Name] = phrasingOf(l, a)
		}
	}
	if all[a.Language()] == nil {
		all[a.Language()] = phrasingOf(language.Language{Name: a.Language()}, a)
	}
	return all
}

func phrasingOf(l language.Language, a *text.Analyzer) *phrasing {
	p := &phrasing{Language: l, scaffold: map[string]bool{}, verbs: map[string]bool{}, kin: map[string]bool{}, stop: map[string]bool{}}
	english := language.Of(language.English)
	for _, l := range []language.Language{l, english} {
		p.aggregates = append(p.aggregates, aggregate{Count, l.Count}, aggregate{First, l.First}, aggregate{Last, l.Last})
		maps.Copy(p.scaffold, termSet(a, l.Phrasing))
		maps.Copy(p.verbs, termSet(a, l.Verbs))
		maps.Copy(p.kin, termSet(a, l.Kin))
	}
	if plain, err := text.New("english"); err == nil { // English words in a journal with other stems
		maps.Copy(p.scaffold, termSet(plain, english.Phrasing))
		maps.Copy(p.verbs, termSet(plain, english.Verbs))
	}
	if l.Name != a.Language() {
		p.stop = termSet(a, l.Stop)
	}
	p.pronouns = termSet(a, l.Pronouns)
	p.forms, p.titles = byTerm(a, l.Forms), byTerm(a, l.Titles)
	return p
}

func termSet(a *text.Analyzer, words string) map[string]bool {
	set := map[string]bool{}
	for _, t := range a.Tokens(words) {
		set[t.Term] = true
	}
	return set
}

// byTerm returns the terms of each list by each of them.
func byTerm(a *text.Analyzer, lists [][]string) map[string][]string {
	all := map[string][]string{}
	for _, list := range lists {
		var terms []string
		for _, t := range a.Tokens(strings.Join(list, " ")) {
			if !slices.Contains(terms, t.Term) {
				terms = append(terms, t.Term)
			}
		}
		for _, t := range terms {
			all[t] = append(all[t], terms...)
		}
	}
	return all
}

// phrasing returns the phrasing of a question's language; "" is the journal's.
func (s *Searcher) phrasing(name string) *phrasing {
	if p := s.phrasings[name]; p != nil {
		return p
	}
	return s.phrasings[s.Analyzer.Language()]
}

// languageOf returns the language of a question: the journal's, unless it is clearly
// another one whose questions are understood.
func (s *Searcher) languageOf(question string) string {
	if s.Analyzer == nil {
		return ""
	}
	return language.Detect(question, s.Analyzer.Language())
}

// aggregateOf returns what a question, without its dates, asks about all days.
func (p *phrasing) aggregateOf(question string) Aggregate {
	for _, a := range p.aggregates {
		if a.by != nil && a.by.MatchString(question) {
			return a.asks
		}
	}
	return Unasked
}

// asks returns the expression for the beginning of a question.
func (p *phrasing) asks(topic string) *regexp.Regexp {
	if p.Asking != nil && p.Asking.MatchString(topic) {
		return p.Asking
	}
	return language.Of(language.English).Asking
}

// subject returns q's topic without its question words, or the whole topic if
// nothing else is left, and other names of those that it names. The embedding of
// that is closer to a diary, which contains statements, not questions.
func (s *Searcher) subject(q *Query) string {
	subject := q.Topic
	if rest := strings.TrimSpace(s.phrasing(q.Language).asks(q.Topic).ReplaceAllString(q.Topic, "")); strings.Trim(rest, " ?!.,") != "" {
		subject = rest
	}
	if len(q.Also) > 0 {
		subject += " (" + strings.Join(q.Also, ", ") + ")"
	}
	return subject
}

// isPhrasing reports whether a word belongs to the phrasing of the question rather
// than to its subject.
func (s *Searcher) isPhrasing(q *Query, term string) bool {
	p := s.phrasing(q.Language)
	return s.Analyzer.Stop(term) || p.stop[term] || p.scaffold[term] || p.verbs[term]
}

// scaffoldWeight is the weight of a word that phrases a question; other words
// have 1.
const scaffoldWeight = 0.25

// words turns a topic into a query of its content words, or of all words if it
// has no others.
func (s *Searcher) words(q *Query, topic string) store.WordQuery {
	out := store.WordQuery{Weights: map[string]float64{}}
	p := s.phrasing(q.Language)
	var all []string
	for _, t := range s.Analyzer.Tokens(topic) {
		if slices.Contains(all, t.Term) {
			continue
		}
		if all = append(all, t.Term); len(all) == maxTerms {
			break
		}
		switch {
		case isName(topic, t):
		case s.Analyzer.Stop(t.Term) || p.stop[t.Term]:
			continue
		case p.scaffold[t.Term]:
			out.Weights[t.Term] = scaffoldWeight
		}
		out.Any = append(out.Any, t.Term)
	}
	if len(out.Any) == 0 {
		out.Any = all
	}
	return out
}
