package almanac

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"daybook/internal/text"
)

// token is a word in a text: its number in the lexicon, with flags for its
// position.
type token uint32

// The flags of a token.
const (
	// leading means that a capital is not significant: the word begins a
	// sentence, a line or a quotation, or is in capitals.
	leading token = 1 << 31
	// tagged words are part of a tag.
	tagged token = 1 << 30
	// joined means that only a space, or the full stop of an abbreviation,
	// separates a word from the one before: the two may be one name.
	joined token = 1 << 29

	number = joined - 1
)

// word is a word in one spelling.
type word struct {
	surface string // without a possessive ’s
	term    uint32 // its search term
	form    uint32 // the surface in lower case
	owning  uint32 // the word with its possessive ’s, if it has one
	capital bool
	shouted bool // two letters or more, all in capitals
}

// lexicon numbers the words of a journal. Numbers are not reused.
type lexicon struct {
	words          []word
	terms, forms   []string
	byWord         map[string]uint32
	byTerm, byForm map[string]uint32
}

func newLexicon() *lexicon {
	return &lexicon{byWord: map[string]uint32{}, byTerm: map[string]uint32{}, byForm: map[string]uint32{}}
}

// illegible is the word in brackets that marks unreadable handwriting.
const illegible = "illegible"

// tokens returns the words of a text, without URLs, embedded files and marks of
// unreadable handwriting.
func (l *lexicon) tokens(a *text.Analyzer, s string) []token {
	out := make([]token, 0, len(s)/5)
	skips := strings.Contains(s, "://") || strings.Contains(s, "www.") || strings.Contains(s, "![[")
	at, passed := 0, 0 // skip everything before passed
	shouted := false   // the word before is all in capitals
	for start, end := range a.Words(s) {
		surface := s[start:end]
		n, known := l.byWord[surface]
		term := ""
		if !known {
			if term = a.Term(surface); term == "" {
				continue
			}
		}
		gap := s[at:start]
		at = end
		if start < passed {
			continue
		}
		if skips {
			if passed = start + notText(s, start); passed > start {
				continue
			}
		}
		if surface == illegible && strings.HasSuffix(gap, "[") {
			continue
		}
		if !known {
			n = l.number(surface, term)
		}
		next := token(n)
		shouts := l.words[n].shouted
		if n := len(out); n > 0 {
			next |= l.standing(out[n-1], gap)
			if shouts && shouted {
				next |= leading
				out[n-1] |= leading
			}
		} else {
			next |= leading | tagOpens(gap)
		}
		shouted = shouts
		out = append(out, next)
	}
	return append([]token(nil), out...) // exact capacity, as it is kept
}

// standing returns the flags of a word that follows another one with gap
// between them.
func (l *lexicon) standing(before token, gap string) token {
	if before&tagged != 0 && len(gap) == 1 && strings.ContainsAny(gap, "/-_") {
		return tagged | leading
	}
	if gap == " " {
		return joined
	}
	if rest := strings.TrimPrefix(gap, "."); rest == " " && l.abbreviates(before) {
		return joined
	}
	how := tagOpens(gap)
	if strings.ContainsAny(gap, ".!?…:;\"“”«»„‘(\n\r*#>—–") || strings.Contains(gap, " '") || strings.Contains(gap, "- ") {
		how |= leading
	}
	return how
}

func tagOpens(gap string) token {
	if strings.HasSuffix(gap, "#") && !strings.HasSuffix(gap, "##") {
		return tagged | leading
	}
	return 0
}

// abbreviations are titles that are written with a full stop.
var abbreviations = map[string]bool{
	"mr": true, "mrs": true, "ms": true, "dr": true, "st": true, "sr": true, "jr": true, "prof": true, "rev": true, "hon": true,
	"capt": true, "col": true, "gen": true, "lt": true, "sgt": true, "mt": true, "hr": true, "fr": true, "mme": true, "mlle": true, "sra": true,
}

// abbreviates reports whether a full stop after the word belongs to an
// abbreviation.
func (l *lexicon) abbreviates(t token) bool {
	w := &l.words[t&number]
	initial := utf8.RuneCountInString(w.surface) == 1 && w.surface != "I"
	short := initial || abbreviations[l.forms[w.form]]
	return w.capital && short
}

// notText returns the length of the URL or embedded file name that begins at a
// word, or 0.
func notText(s string, at int) int {
	rest := s[at:]
	end := strings.IndexFunc(rest, func(r rune) bool { return unicode.IsSpace(r) || r == ')' || r == ']' })
	if end < 0 {
		end = len(rest)
	}
	if scheme := strings.Index(rest[:end], "://"); scheme > 0 && strings.IndexFunc(rest[:scheme], notLetter) < 0 {
		return end
	}
	if strings.HasPrefix(rest, "www.") {
		return end
	}
	if strings.HasSuffix(s[:at], "![[") {
		if end := strings.Index(rest, "]]"); end >= 0 && !strings.Contains(rest[:end], "\n") {
			return end
		}
	}
	return 0
}

func notLetter(r rune) bool { return !unicode.IsLetter(r) }

// isShouted reports whether a word of two letters or more is in capitals.
func isShouted(s string) bool {
	letters := 0
	for _, r := range s {
		if unicode.IsLower(r) {
			return false
		}
		if unicode.IsUpper(r) {
			letters++
		}
	}
	return letters > 1
}

// number assigns a number to a new word.
func (l *lexicon) number(written, term string) uint32 {
	written = strings.Clone(written) // don't retain the whole text
	surface := written
	for _, s := range []string{"'s", "’s"} {
		surface = strings.TrimSuffix(surface, s)
	}
	first, _ := utf8.DecodeRuneInString(written)
	w := word{
		surface: surface, term: intern(&l.terms, l.byTerm, strings.Clone(term)),
		form: intern(&l.forms, l.byForm, strings.ToLower(surface)), capital: unicode.IsUpper(first), shouted: isShouted(written),
	}
	w.owning = w.form
	if surface != written {
		w.owning = intern(&l.forms, l.byForm, strings.ToLower(surface)+"’s")
	}
	n := uint32(len(l.words))
	l.byWord[written] = n
	l.words = append(l.words, w)
	return n
}

func intern(list *[]string, numbers map[string]uint32, s string) uint32 {
	n, ok := numbers[s]
	if !ok {
		n = uint32(len(*list))
		numbers[s] = n
		*list = append(*list, s)
	}
	return n
}
