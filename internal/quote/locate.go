package quote

import (
	"strings"
	"unicode/utf8"
)

// Locate returns the range of a quotation in a text in which Corpus.Find finds
// it, as byte offsets on rune boundaries: from its first word to its last,
// including what an ellipsis omits. It returns false if text doesn't contain
// it.
func Locate(text, quotation string) (start, end int, ok bool) {
	parts := partsOf(quotation)
	if len(parts) == 0 {
		return 0, 0, false
	}
	folded := fold(text)
	at, from := 0, -1
	for _, p := range parts {
		i := index(folded[at:], p)
		if i < 0 {
			i = index(folded[at:], otherCase(p))
		}
		if i < 0 {
			return 0, 0, false
		}
		if from < 0 {
			from = at + i
		}
		at = min(len(folded), at+i+len(p))
	}
	first, last := origins(text, from, at-1)
	_, size := utf8.DecodeRuneInString(text[last:])
	return first, last + size, true
}

// ellipsis returns the length of a leading ellipsis, as fold recognises it.
func ellipsis(text string) int {
	for _, form := range ellipses {
		if strings.HasPrefix(text, form) {
			return len(form)
		}
	}
	return 0
}

var ellipses = []string{"[…]", "[...]", "..."}
