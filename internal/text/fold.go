package text

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// compose returns w in the form that stemmers expect.
func compose(w string) string { return norm.NFC.String(w) }

// fold returns the lower-case word w without diacritics and ligatures, and with
// nothing but letters, digits and the marks of scripts that need them.
func fold(w string) string {
	if ascii(w) {
		return w
	}
	var b strings.Builder
	for _, r := range norm.NFKD.String(w) {
		switch plain, special := undecomposed(r); {
		case diacritic(r):
		case special:
			b.WriteString(plain)
		case inWord(r):
			// Compatibility forms may decompose to capitals (℃ to °C).
			b.WriteRune(unicode.ToLower(r))
		}
	}
	return norm.NFC.String(b.String())
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// diacritic reports whether r is a mark that people omit in a hurry: the
// accents of European scripts, Hebrew and Arabic vowels.
func diacritic(r rune) bool {
	return r < 0x0900 && unicode.Is(unicode.Mn, r) && unicode.In(r, unicode.Inherited, unicode.Hebrew, unicode.Arabic)
}

// undecomposed returns the plain spelling of a letter that Unicode does not
// decompose.
func undecomposed(r rune) (plain string, ok bool) {
	switch r {
	case 'ß', 'ẞ':
		return "ss", true
	case 'æ':
		return "ae", true
	case 'œ':
		return "oe", true
	case 'ø':
		return "o", true
	case 'đ', 'ð':
		return "d", true
	case 'ł':
		return "l", true
	case 'þ':
		return "th", true
	case 'ı':
		return "i", true
	case 'ſ':
		return "s", true
	case 'ς': // as SQLite's index of words does
		return "σ", true
	}
	return "", false
}

// cut returns the first n bytes of s, or fewer, on a rune boundary.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
