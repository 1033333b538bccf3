package tokens

import (
	"iter"
	"strings"
	"unicode"
	"unicode/utf8"
)

// pieces cuts text as the o200k encoding does before it merges bytes. Written
// as a regular expression, a piece is the first of these that matches:
//
//	[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?
//	[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?
//	\p{N}{1,3}
//	 ?[^\s\p{L}\p{N}]+[\r\n/]*
//	\s*?[\r\n]+
//	\s+(?!\S)
//	\s+
//
// OpenAI's own expression takes the line breaks greedily, to the last. Daybook
// has always counted to the first, which is at most a token more.
func pieces(text string) iter.Seq[string] {
	return func(yield func(string) bool) {
		if !utf8.ValidString(text) {
			text = string([]rune(text))
		}
		for text != "" {
			n := piece(text)
			if !yield(text[:n]) {
				return
			}
			text = text[n:]
		}
	}
}

// piece returns the length in bytes of the piece that begins text.
func piece(text string) int {
	if n := word(text); n > 0 {
		return n
	}
	if n := run(text, 3, isNumber); n > 0 {
		return n
	}
	if n := symbols(text); n > 0 {
		return n
	}
	return space(text)
}

// word matches a word with the character before it, or 0.
func word(text string) int {
	first, n := utf8.DecodeRuneInString(text)
	prefixed := first != '\r' && first != '\n' && !isLetter(first) && !isNumber(first)
	for _, letters := range []func(string) int{lowerWord, upperWord} {
		if prefixed {
			if m := letters(text[n:]); m > 0 {
				return n + m + contraction(text[n+m:])
			}
		}
		if m := letters(text); m > 0 {
			return m + contraction(text[m:])
		}
	}
	return 0
}

// lowerWord matches [\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+,
// or 0.
func lowerWord(text string) int {
	head := run(text, -1, isUpper)
	if tail := run(text[head:], -1, isLower); tail > 0 {
		return head + tail
	}
	// The letters of both kinds that end the head may be the tail.
	for head > 0 {
		r, n := utf8.DecodeLastRuneInString(text[:head])
		if isLower(r) {
			return head
		}
		head -= n
	}
	return 0
}

// upperWord matches [\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*,
// or 0.
func upperWord(text string) int {
	head := run(text, -1, isUpper)
	if head == 0 {
		return 0
	}
	return head + run(text[head:], -1, isLower)
}

// contraction matches (?i:'s|'t|'re|'ve|'m|'ll|'d)?.
func contraction(text string) int {
	if len(text) < 2 || text[0] != '\'' {
		return 0
	}
	switch text[1] {
	case 's', 'S', 't', 'T', 'm', 'M', 'd', 'D':
		return 2
	}
	if strings.HasPrefix(text[1:], "ſ") { // folds to s
		return 1 + len("ſ")
	}
	if len(text) >= 3 {
		switch strings.ToLower(text[1:3]) {
		case "re", "ve", "ll":
			return 3
		}
	}
	return 0
}

// symbols matches ` ?[^\s\p{L}\p{N}]+[\r\n/]*`, or 0.
func symbols(text string) int {
	start := 0
	if text[0] == ' ' {
		start = 1
	}
	n := run(text[start:], -1, isSymbol)
	if n == 0 {
		return 0
	}
	n += start
	return n + run(text[n:], -1, func(r rune) bool { return isNewline(r) || r == '/' })
}

// space matches white space: up to its first line breaks, or else all of it but
// the last character, which belongs to the piece after it.
func space(text string) int {
	n := run(text, -1, unicode.IsSpace)
	if i := strings.IndexAny(text[:n], "\r\n"); i >= 0 {
		return i + run(text[i:], -1, isNewline)
	}
	if n == len(text) {
		return n
	}
	if _, last := utf8.DecodeLastRuneInString(text[:n]); last < n {
		return n - last
	}
	return n
}

// run returns the length in bytes of the characters that begin text and are
// of a kind, at most so many of them; most below 0 means no limit.
func run(text string, most int, kind func(rune) bool) int {
	n := 0
	for i, r := range text {
		if n == most || !kind(r) {
			return i
		}
		n++
	}
	return len(text)
}

func isLetter(r rune) bool {
	if r < utf8.RuneSelf {
		return 'a' <= r|0x20 && r|0x20 <= 'z'
	}
	return unicode.IsLetter(r)
}

func isNumber(r rune) bool {
	if r < utf8.RuneSelf {
		return '0' <= r && r <= '9'
	}
	return unicode.IsNumber(r)
}

func isUpper(r rune) bool {
	if r < utf8.RuneSelf {
		return 'A' <= r && r <= 'Z'
	}
	return unicode.In(r, unicode.Lu, unicode.Lt, unicode.Lm, unicode.Lo, unicode.M)
}

func isLower(r rune) bool {
	if r < utf8.RuneSelf {
		return 'a' <= r && r <= 'z'
	}
	return unicode.In(r, unicode.Ll, unicode.Lm, unicode.Lo, unicode.M)
}

func isSymbol(r rune) bool { return !unicode.IsSpace(r) && !isLetter(r) && !isNumber(r) }

func isNewline(r rune) bool { return r == '\r' || r == '\n' }
