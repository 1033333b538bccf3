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

// Version names the rules by which terms are made. It changes whenever the
// same text may give other terms than before, so that an index made by other
// rules is known as such.
const Version = 3

// Token is a word of a text. Start and End are byte offsets of the word in
// that text, on rune boundaries, Start < End. Term is not empty and holds
// letters, digits and combining marks alone, at most maxTerm bytes of them, or
// one emoji.
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

// New returns the analyzer for a language, named in English ("german") or by
// its ISO 639-1 code ("de"), without regard to case; "" is English, "none" an
// analyzer that does not stem. Another name is a daybook.Invalid error.
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

// languageNames returns the names that New takes, sorted, without the codes.
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

// Stop reports whether term, as Tokens gives it, is too common a word to say
// what a text or a question is about. Languages without a list of such words
// have none.
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

// Words returns where the words of s are, as byte offsets: those of Tokens, and words
// that leave nothing to search by.
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

// Terms returns what an index keeps of s: its terms in text order and, behind
// them, those that mark its uncertain words (see Reading), joined by single spaces.
func (a *Analyzer) Terms(s string) string { return a.Indexed(s, a.Tokens(s), Doubts(s)) }

// Indexed returns Terms of a part of s whose tokens and doubts are known. Tokens
// are those of the part, doubts those of s.
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

// maxStemmed is the longest word, in bytes, that is stemmed: the stemmers
// copy the word at every step, and nothing longer is a word of a language.
const maxStemmed = 64

// maxTerm bounds a term, in bytes; a longer word is found by its beginning.
const maxTerm = 96

// Term returns the term of one of the Words, "" for one that leaves nothing to search
// by.
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

// stemmed returns w itself where the stemmer leaves nothing of it.
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
