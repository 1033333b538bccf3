package embed

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// A wordScanner splits text into words like the tokenizer of an uncased BERT
// model: lower case, without accents and control characters, each punctuation
// mark and CJK ideograph a word of its own. It reads no further than needed.
type wordScanner struct {
	text    string
	word    []rune // valid until the next call of next
	pending rune   // a one-rune word that ended the last one; 0 for none
	folded  []byte
}

// next returns the next word, which is only valid until the call after, and
// false at the end of the text.
func (s *wordScanner) next() ([]rune, bool) {
	s.word = s.word[:0]
	if s.pending != 0 {
		s.word = append(s.word, s.pending)
		s.pending = 0
		return s.word, true
	}
	for s.text != "" {
		r, size := utf8.DecodeRuneInString(s.text)
		s.text = s.text[size:]
		switch {
		case isDropped(r):
		case unicode.IsSpace(r):
			if len(s.word) > 0 {
				return s.word, true
			}
		case s.fold(r):
			return s.word, true
		}
	}
	return s.word, len(s.word) > 0
}

// fold adds r to the word, lower-cased and without its accents. It reports
// whether s.word is complete, as it is after a rune that is a word by itself.
func (s *wordScanner) fold(r rune) bool {
	if r < utf8.RuneSelf {
		return s.add(unicode.ToLower(r), isPunctuation(r))
	}
	var encoded [utf8.UTFMax]byte
	s.folded = norm.NFD.Append(s.folded[:0], encoded[:utf8.EncodeRune(encoded[:], r)]...)
	for rest := s.folded; len(rest) > 0; {
		part, size := utf8.DecodeRune(rest)
		rest = rest[size:]
		if unicode.Is(unicode.Mn, part) {
			continue
		}
		part = unicode.ToLower(part)
		if s.add(part, isIdeograph(r) || isPunctuation(part)) {
			return true
		}
	}
	return false
}

// add adds r to the word, or makes a word of it alone: this one, or the next
// where there are letters before it.
func (s *wordScanner) add(r rune, alone bool) bool {
	if alone && len(s.word) > 0 {
		s.pending = r
		return true
	}
	if len(s.word) <= maxWord { // longer ones are unknown, whatever follows
		s.word = append(s.word, r)
	}
	return alone
}

// isDropped reports whether r is ignored: a control or format character other
// than tab and line ends, or the replacement for invalid UTF-8.
func isDropped(r rune) bool {
	if r == '\t' || r == '\n' || r == '\r' {
		return false
	}
	return r == utf8.RuneError || unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co)
}

// isPunctuation counts all of ASCII's symbols as punctuation, as BERT does.
func isPunctuation(r rune) bool {
	if r < utf8.RuneSelf {
		return unicode.IsPunct(r) || unicode.IsSymbol(r)
	}
	return unicode.IsPunct(r)
}

// isIdeograph reports whether r is in one of the blocks that BERT's authors
// listed as CJK; kana and Hangul are not.
func isIdeograph(r rune) bool { return unicode.Is(ideographs, r) }

var ideographs = &unicode.RangeTable{
	R16: []unicode.Range16{{0x3400, 0x4DBF, 1}, {0x4E00, 0x9FFF, 1}, {0xF900, 0xFAFF, 1}},
	R32: []unicode.Range32{{0x20000, 0x2A6DF, 1}, {0x2A700, 0x2CEAF, 1}, {0x2F800, 0x2FA1F, 1}},
}
