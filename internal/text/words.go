package text

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// next looks at s[i:], which is not empty. If a word begins there, it returns
// the word's end and true; otherwise the end of what to skip.
func (l *rules) next(s string, i int) (end int, isWord bool) {
	r, size := utf8.DecodeRuneInString(s[i:])
	switch {
	case unspaced(r):
		return character(s, i), true
	case emoji(r):
		return i + size, true
	case unicode.IsLetter(r) || unicode.IsDigit(r):
		return l.wordEnd(s, i+size), true
	}
	return i + size, false
}

// wordEnd returns the end of the word that begins before i. An apostrophe
// between letters is part of it, except in languages where it joins two words
// (l’homme).
func (l *rules) wordEnd(s string, i int) int {
	for i < len(s) {
		if c := s[i]; c < utf8.RuneSelf && wordByte(c) {
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case plainApostrophe(r) == '\'':
			after, _ := utf8.DecodeRuneInString(s[i+size:])
			if l.elides || !unicode.IsLetter(after) || unspaced(after) {
				return i
			}
		case invisible(r):
			if after, _ := utf8.DecodeRuneInString(s[i+size:]); !inWord(after) || unspaced(after) {
				return i
			}
		case unspaced(r) || !inWord(r):
			return i
		}
		i += size
	}
	return i
}

func wordByte(c byte) bool {
	switch {
	case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		return true
	}
	return false
}

func inWord(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r)
}

// invisible reports whether r only says where a word may be broken: a soft
// hyphen and the like.
func invisible(r rune) bool { return r == 0x00AD || r == 0x2060 || r == 0xFEFF }

// pictures are the blocks of Unicode that have emoji.
var pictures = &unicode.RangeTable{
	R16: []unicode.Range16{{Lo: 0x2300, Hi: 0x23FF, Stride: 1}, {Lo: 0x2600, Hi: 0x27BF, Stride: 1}, {Lo: 0x2B00, Hi: 0x2BFF, Stride: 1}},
	R32: []unicode.Range32{{Lo: 0x1F000, Hi: unicode.MaxRune, Stride: 1}},
}

// emoji reports whether r is an emoji, which is a word by itself. What modifies
// one (its color or presentation) is not.
func emoji(r rune) bool { return unicode.Is(pictures, r) && unicode.Is(unicode.So, r) }

// plainApostrophe maps the characters that serve as an apostrophe to ' and
// any other to itself.
func plainApostrophe(r rune) rune {
	switch r {
	case '’', '‘', 'ʼ', '＇':
		return '\''
	}
	return r
}

// unspaced reports whether r belongs to a script that does not separate words
// with spaces or, like Hangul, attaches endings to them. Each of its characters
// is a word by itself, so that any part of a longer run can be found.
func unspaced(r rune) bool {
	return r >= 0x0E00 && unicode.IsLetter(r) &&
		unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul,
			unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
}

// character returns the end of the character at s[i:] with its combining marks.
func character(s string, i int) int {
	end := i + norm.NFC.NextBoundaryInString(s[i:], true)
	for end < len(s) {
		r, size := utf8.DecodeRuneInString(s[end:])
		if !unicode.IsMark(r) {
			break
		}
		end += size
	}
	return end
}
