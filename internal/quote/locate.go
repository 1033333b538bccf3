package quote

import (
	"strings"
	"unicode/utf8"
)

// Locate returns where a quotation that Corpus.Find found in text begins and
// ends there, as byte offsets on rune boundaries: from its first word to its
// last, with what an ellipsis leaves out. It is false where it does not stand
// in text.
func Locate(text, quotation string) (start, end int, ok bool) {
	parts := partsOf(quotation)
	if len(parts) == 0 {
		return 0, 0, false
	}
	folded, origin := foldOrigins(text)
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
	last := origin[at-1]
	_, size := utf8.DecodeRuneInString(text[last:])
	return origin[from], last + size, true
}

// foldOrigins is fold with, for each byte of what it returns, the offset of
// the rune in text that it comes from.
func foldOrigins(text string) (string, []int) {
	var b strings.Builder
	var origin []int
	for at := 0; at < len(text); {
		size := ellipsis(text[at:])
		if size == 0 {
			_, size = utf8.DecodeRuneInString(text[at:])
		}
		// Folding rune by rune is folding the whole, but for white space,
		// of which fold drops what leads.
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

// ellipsis returns the length of what text begins with and fold takes for one.
func ellipsis(text string) int {
	for _, form := range ellipses {
		if strings.HasPrefix(text, form) {
			return len(form)
		}
	}
	return 0
}

var ellipses = []string{"[…]", "[...]", "..."}
