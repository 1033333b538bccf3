package quote

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// leastPart is the least number of words of each part of a quotation with an
// ellipsis.
const leastPart = 2

// match returns the range of a quotation's parts in a folded text, false if the
// text doesn't have them. A gap between parts must be one that a careful writer
// would leave: see allowed.
func match(text string, parts []string) (from, to int, ok bool) {
	if len(parts) > 1 {
		for _, p := range parts {
			if len(words(p)) < leastPart {
				return 0, 0, false
			}
		}
	}
	for at := 0; ; at = from + 1 {
		i := indexEither(text[at:], parts[0])
		if i < 0 {
			return 0, 0, false
		}
		from = at + i
		to := from + len(parts[0])
		if to, ok = rest(text, to, parts[1:]); ok {
			return from, to, true
		}
	}
}

// rest matches the remaining parts from at on, each after an allowed gap.
func rest(text string, at int, parts []string) (to int, ok bool) {
	if len(parts) == 0 {
		return at, true
	}
	for next := at; ; {
		i := indexEither(text[next:], parts[0])
		if i < 0 || !allowed(text, at, next+i) {
			return 0, false // a later one has a longer gap
		}
		start := next + i
		if to, ok := rest(text, start+len(parts[0]), parts[1:]); ok {
			return to, true
		}
		next = start + 1
	}
}

func indexEither(text, part string) int {
	at, other := index(text, part), index(text, otherCase(part))
	if at < 0 || other < 0 {
		return max(at, other)
	}
	return min(at, other)
}

// negations are words that turn a sentence into its opposite, or nearly do, in the languages
// that offline answers are written in.
var negations = func() map[string]bool {
	set := map[string]bool{}
	for w := range strings.FieldsSeq(`not no never nor none nothing nobody neither without cannot hardly scarcely nowhere
		barely seldom rarely almost nearly unless
		nicht kein keine keinen keinem keiner keines nie niemals nichts niemand niemanden niemandem nirgends weder ohne kaum selten fast beinahe
		ne pas jamais rien personne aucun aucune sans ni guère nulle presque`) {
		set[w] = true
	}
	return set
}()

// abbreviations end with a full stop that doesn't end a sentence.
var abbreviations = map[string]bool{"mr": true, "mrs": true, "ms": true, "dr": true, "st": true, "sir": true, "capt": true, "col": true, "gen": true,
	"lt": true, "esq": true, "etc": true, "vs": true, "no": true, "jan": true, "feb": true, "aug": true, "sept": true, "oct": true, "nov": true, "dec": true}

// allowed reports whether a quotation may leave out text[from:to]: part of one
// sentence, without a negation.
func allowed(text string, from, to int) bool {
	gap := text[from:to]
	for _, w := range words(gap) {
		if w = strings.ToLower(w); negations[w] || strings.HasSuffix(w, "n't") || strings.HasPrefix(w, "n'") {
			return false
		}
	}
	for i, r := range gap {
		switch r {
		case '!', '?', '…':
			if behind := strings.TrimLeft(gap[i+utf8.RuneLen(r):], "' )]-"); r != '…' || startsSentence(behind) {
				return false
			}
		case '.':
			before := text[:from+i]
			last := strings.ToLower(before[strings.LastIndexFunc(before, func(r rune) bool { return !isWord(r) })+1:])
			behind := strings.TrimLeft(text[from+i+1:], "' )]-")
			abbreviated := utf8.RuneCountInString(last) == 1 || abbreviations[last]
			sentence := closing(before) && startsSentence(behind)
			if !abbreviated || sentence {
				return false
			}
		}
	}
	return true
}

// closing reports whether a text ends with an abbreviation that is seldom followed
// by a capital within a sentence: "5s.", "etc." and not "Mr." or "W.".
func closing(text string) bool {
	word := text[strings.LastIndexFunc(text, func(r rune) bool { return !isWord(r) })+1:]
	first, _ := utf8.DecodeRuneInString(word)
	return word != "" && !unicode.IsUpper(first) && !titles[word]
}

// titles are the abbreviations that a name follows.
var titles = map[string]bool{"mr": true, "mrs": true, "ms": true, "dr": true, "st": true, "capt": true, "col": true, "gen": true, "lt": true, "sir": true}

func startsSentence(text string) bool {
	r, _ := utf8.DecodeRuneInString(text)
	return text == "" || unicode.IsUpper(r)
}

// words returns the words of a folded text, with inner apostrophes.
func words(text string) []string {
	list := strings.FieldsFunc(text, func(r rune) bool { return !isWord(r) && r != '\'' })
	out := list[:0]
	for _, w := range list {
		if w = strings.Trim(w, "'"); w != "" {
			out = append(out, w)
		}
	}
	return out
}
