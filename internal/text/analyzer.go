// Package text turns the words of a journal into the terms it is searched by:
// lower-cased, without diacritics, stemmed by the rules of its language.
package text

import (
	"iter"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/blevesearch/snowballstem"

	"daybook"
	"daybook/internal/language"
)

// Version identifies the rules by which terms are made. It must change whenever
// the same text may give other terms, so that an index made by other rules is
// recognized.
const Version = 3

// Token is a word of a text. Start and End are its byte offsets in the text, on
// rune boundaries, Start < End. Term is not empty; it has only letters, digits
// and combining marks, in at most maxTerm bytes, or is one emoji.
type Token struct {
	Term       string
	Start, End int
}

// Analyzer turns text into terms by the rules of one language. It is safe for
// concurrent use.
type Analyzer struct {
	name string
	rules
	stop  map[string]bool // by term
	cache cache
}

// New returns the analyzer for a language, given by its English name ("german")
// or its ISO 639-1 code ("de"), in any case. "" is English; "none" is an
// analyzer that does not stem. For other names the error is daybook.Invalid.
func New(name string) (*Analyzer, error) {
	name = strings.ToLower(strings.TrimSpace(name))
	if name == "" {
		name = "english"
	}
	for _, l := range languages() {
		if name == l.name || name == l.code {
			return newAnalyzer(l), nil
		}
	}
	return nil, daybook.Errorf(daybook.Invalid, "the language %q is not one of: %s", name, strings.Join(languageNames(), ", "))
}

func newAnalyzer(l rules) *Analyzer {
	a := &Analyzer{name: l.name, rules: l, stop: map[string]bool{}}
	for _, t := range a.Tokens(language.Of(l.name).Stop) {
		a.stop[t.Term] = true
	}
	return a
}

// languageNames returns the names that New accepts, sorted, without the codes.
func languageNames() []string {
	var names []string
	for _, l := range languages() {
		names = append(names, l.name)
	}
	slices.Sort(names)
	return names
}

// Language returns the name of the analyzer's language, as in Languages.
func (a *Analyzer) Language() string { return a.name }

// Stop reports whether a term of Tokens is too common to say what a text or a
// question is about. In languages without a list of such words, none is.
func (a *Analyzer) Stop(term string) bool { return a.stop[term] }

// Tokens returns the words of s in text order. They do not overlap.
func (a *Analyzer) Tokens(s string) []Token {
	tokens := make([]Token, 0, len(s)/5)
	for start, end := range a.Words(s) {
		if term := a.Term(s[start:end]); term != "" {
			tokens = append(tokens, Token{term, start, end})
		}
	}
	return tokens
}

// Words returns the byte offsets of the words of s, including those without a
// term.
func (a *Analyzer) Words(s string) iter.Seq2[int, int] {
	return func(yield func(start, end int) bool) {
		for i := 0; i < len(s); {
			end, isWord := a.next(s, i)
			if isWord && !yield(i, end) {
				return
			}
			i = end
		}
	}
}

// Terms returns the terms by which an index finds s: those of its words in text
// order, and then those that mark its uncertain words (see Reading), joined by
// single spaces.
func (a *Analyzer) Terms(s string) string { return a.Indexed(s, a.Tokens(s), Doubts(s)) }

// Indexed returns Terms of a part of s, given the tokens of the part and the
// doubts of s.
func (a *Analyzer) Indexed(s string, tokens []Token, doubts [][2]int) string {
	terms := Join(tokens)
	if len(doubts) > 0 {
		for _, reading := range a.Readings(s, tokens, doubts) {
			terms += " " + reading
		}
	}
	return terms
}

// Join returns the terms of tokens, joined by single spaces.
func Join(tokens []Token) string {
	size := 0
	for _, t := range tokens {
		size += len(t.Term) + 1
	}
	var b strings.Builder
	b.Grow(size)
	for i, t := range tokens {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(t.Term)
	}
	return b.String()
}

// maxStemmed is the length in bytes of the longest word that is stemmed:
// stemmers copy the word at every step, and no real word is longer.
const maxStemmed = 64

// maxTerm bounds a term, in bytes. A longer word is found by its beginning.
const maxTerm = 96

// Term returns the term of one of the Words; "" if nothing is left to search by.
func (a *Analyzer) Term(word string) string {
	if t, ok := a.cache.get(word); ok {
		return t
	}
	t := a.analyse(word)
	a.cache.put(word, t)
	return t
}

func (a *Analyzer) analyse(word string) string {
	if first, _ := utf8.DecodeRuneInString(word); emoji(first) {
		return word
	}
	w := a.lower(word)
	w = strings.Map(func(r rune) rune {
		if invisible(r) {
			return -1
		}
		return plainApostrophe(r)
	}, w)
	w = strings.ReplaceAll(strings.TrimSuffix(w, "'s"), "'", "")
	if a.accented {
		w = fold(a.stemmed(compose(w)))
	} else {
		w = a.stemmed(fold(w))
	}
	return cut(w, maxTerm)
}

// stemmed returns the stem of w, or w itself if the stemmer leaves nothing.
func (a *Analyzer) stemmed(w string) string {
	if a.stem == nil || len(w) > maxStemmed {
		return w
	}
	env := snowballstem.NewEnv(w)
	a.stem(env)
	if env.Current() == "" {
		return w
	}
	return env.Current()
}
