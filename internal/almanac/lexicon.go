package almanac

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"daybook/internal/text"
)

// token is a word of a text: its number in the lexicon, and how it stands.
type token uint32

// How a word stands.
const (
	// leading says that a capital tells nothing: the word begins a sentence, a
	// line or a quotation, or is shouted.
	leading token = 1 << 31
	// tagged words are part of a tag.
	tagged token = 1 << 30
	// joined says that nothing but a space parts a word from the one before,
	// or the full stop of an abbreviation: the two may be one name.
	joined token = 1 << 29

	number = joined - 1
)

// word is a word as it is written.
type word struct {
	surface string // without a possessive ’s
	term    uint32 // what it is found by
	form    uint32 // the surface in lower case
	owning  uint32 // the same with its possessive ’s, where it has one
	capital bool
}

// lexicon numbers the words of a journal. Numbers are never given twice.
type lexicon struct {
	words          []word
	terms, forms   []string
	byWord         map[string]uint32
	byTerm, byForm map[string]uint32
}

func newLexicon() *lexicon {
	return &lexicon{byWord: map[string]uint32{}, byTerm: map[string]uint32{}, byForm: map[string]uint32{}}
}

// illegible is the word that stands in brackets for what could not be read.
const illegible = "illegible"

// tokens returns the words of a text, without those of addresses, embedded
// files and marks of what could not be read.
func (l *lexicon) tokens(a *text.Analyzer, s string) []token {
	found := a.Tokens(s)
	out := make([]token, 0, len(found))
	at, passed := 0, 0 // what lies before passed is no text
	shouted := false   // the word before is all in capitals
	for _, t := range found {
		gap := s[at:t.Start]
		at = t.End
		if t.Start < passed {
			continue
		}
		if passed = t.Start + notText(s, t.Start); passed > t.Start {
			continue
		}
		surface := s[t.Start:t.End]
		if surface == illegible && strings.HasSuffix(gap, "[") {
			continue
		}
		next := token(l.number(surface, t.Term))
		shouts := isShouted(surface)
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
	return append([]token(nil), out...) // no longer than it must be, it stays
}

// standing says how a word stands behind the one before it, with gap between.
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

// abbreviates reports whether a full stop behind the word ends no sentence.
func (l *lexicon) abbreviates(t token) bool {
	w := &l.words[t&number]
	return w.capital && (abbreviations[l.forms[w.form]] || utf8.RuneCountInString(w.surface) == 1 && w.surface != "I")
}

// notText returns the length of the address or the embedded file's name that
// begins at a word, 0 for none.
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

// number returns a word's number, giving it one where it has none.
func (l *lexicon) number(written, term string) uint32 {
	if n, ok := l.byWord[written]; ok {
		return n
	}
	written = strings.Clone(written) // it must not keep the whole text
	surface := written
	for _, s := range []string{"'s", "’s"} {
		surface = strings.TrimSuffix(surface, s)
	}
	first, _ := utf8.DecodeRuneInString(written)
	w := word{
		surface: surface, term: intern(&l.terms, l.byTerm, strings.Clone(term)),
		form: intern(&l.forms, l.byForm, strings.ToLower(surface)), capital: unicode.IsUpper(first),
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
