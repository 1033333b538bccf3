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
	folded, origin := foldOrigins(text)
	from, to, ok := match(folded, parts)
	if !ok {
		return 0, 0, false
	}
	last := origin[to-1]
	_, size := utf8.DecodeRuneInString(text[last:])
	return origin[from], last + size, true
}

// foldOrigins is fold that also returns, for each byte of its result, the
// offset of the source rune in text.
func foldOrigins(text string) (string, []int) {
	var b strings.Builder
	var origin []int
	for at := 0; at < len(text); {
		size := ellipsis(text[at:])
		if size == 0 {
			_, size = utf8.DecodeRuneInString(text[at:])
		}
		// Folding rune by rune equals folding the whole, except that fold drops
		// leading white space.
		piece := fold("x" + text[at:at+size] + "x")
		piece = piece[1 : len(piece)-1]
		if piece == " " && (b.Len() == 0 || strings.HasSuffix(b.String(), " ")) {
			piece = ""
		}
		b.WriteString(piece)
		for range len(piece) {
			origin = append(origin, at)
		}
		at += size
	}
	return b.String(), origin
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
