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
	from, to, ok := match(fold(text), parts)
	if !ok {
		return 0, 0, false
	}
	first, last := origins(text, from, to-1)
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

var ellipses = []string{"[…]", "[...]", "[. . .]", "...", ". . ."}
