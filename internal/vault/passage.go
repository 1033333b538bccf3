package vault

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Span is a part of a text: byte offsets on rune boundaries, Start < End.
type Span struct{ Start, End int }

// Sizes of passages in words. A passage ends with a sentence once it has
// enoughWords, with a paragraph once it has paragraphWords, and before a
// sentence that would take it over mostWords.
const (
	paragraphWords = 50
	enoughWords    = 75
	mostWords      = 110
	pieceWords     = mostWords - paragraphWords // longer sentences are cut
)

// Split cuts a text into passages of about 75 to 110 words: at the ends of
// paragraphs and sentences, or, in a long sentence, of a clause or a word. The
// passages are in text order, begin and end with a word, and hold every word. A
// short last passage is extended back into the one before it; no others
// overlap. Appending to a text changes only the last passage.
func Split(text string) []Span {
	pieces := cutPieces(text)
	var spans []Span
	first, words := 0, 0 // the open passage
	closeAt := func(next int) {
		if next > first {
			spans = append(spans, Span{pieces[first].Start, pieces[next-1].End})
		}
		first, words = next, 0
	}
	for i, p := range pieces {
		if words+p.words > mostWords {
			closeAt(i)
		}
		words += p.words
		paragraph := p.endsParagraph && words >= paragraphWords
		if words >= enoughWords || paragraph {
			closeAt(i + 1)
		}
	}
	if words > 0 {
		for first > 0 && words < paragraphWords && words+pieces[first-1].words <= mostWords {
			first--
			words += pieces[first].words
		}
		closeAt(len(pieces))
	}
	return spans
}

// piece is a sentence, or part of a long one. Passages are made of pieces.
type piece struct {
	Span
	words         int
	endsParagraph bool
}

// cutPieces returns the sentences of a text, cut where they are too long.
func cutPieces(text string) []piece {
	var pieces []piece
	words := cutWords(text)
	for len(words) > 0 {
		n := sentence(text, words)
		ends := n == len(words) || words[n-1].breakAfter == paragraph
		for n > 0 {
			k := clause(text, words[:n])
			pieces = append(pieces, piece{
				Span:          Span{words[0].Start, words[k-1].End},
				words:         k,
				endsParagraph: ends && k == n,
			})
			words, n = words[k:], n-k
		}
	}
	return pieces
}

// sentence returns how many of the words belong to the first sentence.
func sentence(text string, words []word) int {
	for i := range words[:len(words)-1] {
		if words[i].breakAfter != none || endsSentence(text, words[i], words[i+1]) {
			return i + 1
		}
	}
	return len(words)
}

// clause returns how many words of a sentence make one piece: all that fit or,
// unless that is too short, those up to the last end of a clause.
func clause(text string, words []word) int {
	if len(words) <= pieceWords {
		return len(words)
	}
	for n := pieceWords; n > pieceWords/2; n-- {
		w := words[n-1]
		if strings.ContainsAny(text[w.End-1:w.End], ",;:") || strings.HasSuffix(text[:w.End], "—") {
			return n
		}
	}
	return pieceWords
}

// abbreviations are words that end with a full stop but do not end a sentence.
const abbreviations = " mr mrs ms dr st sr jr prof rev hon esq capt col gen lt sgt mt no vs e.g i.e cf viz ca approx bzw z.b usw ggf hr fr nr mme mlle sra dott "

// endsSentence reports whether a sentence ends with w, which next follows.
func endsSentence(text string, w, next word) bool {
	s := strings.TrimRight(text[w.Start:w.End], `"'”’»)]*_`)
	last, size := utf8.DecodeLastRuneInString(s)
	switch last {
	case '。', '！', '？':
		return true
	case '!', '?', '…':
	case '.':
		bare := strings.TrimLeft(s[:len(s)-size], `"'“‘«([*_`)
		initial := utf8.RuneCountInString(bare) == 1 && bare != "I"
		if initial || strings.Contains(abbreviations, " "+strings.ToLower(bare)+" ") {
			return false
		}
	default:
		return false
	}
	first, _ := utf8.DecodeRuneInString(strings.TrimLeft(text[next.Start:next.End], `"'“‘«([*_`))
	return !unicode.IsLower(first)
}
