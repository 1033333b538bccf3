package vault

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// A script without spaces, or an address, has no words as far as spaces tell.
// What is longer than longWord bytes is cut into words of wordBytes.
const (
	longWord  = 48
	wordBytes = 12
)

// breaks say what is between a word and the next one.
type breaks int

const (
	none      breaks = iota
	item             // a line break before a list item, a heading or a quotation
	paragraph        // a blank line
)

type word struct {
	Span
	breakAfter breaks
}

// cutWords returns what is between white space in a text.
func cutWords(text string) []word {
	var words []word
	for at := 0; ; {
		rest := strings.TrimLeftFunc(text[at:], unicode.IsSpace)
		start := len(text) - len(rest)
		if len(words) > 0 {
			words[len(words)-1].breakAfter = between(text[at:start], rest)
		}
		if rest == "" {
			return words
		}
		at = len(text)
		if i := strings.IndexFunc(rest, unicode.IsSpace); i >= 0 {
			at = start + i
		}
		words = appendWord(words, text, Span{start, at})
	}
}

// between says what the white space before rest parts.
func between(space, rest string) breaks {
	switch n := strings.Count(space, "\n"); {
	case n > 1:
		return paragraph
	case n == 1 && startsItem(rest):
		return item
	}
	return none
}

// startsItem reports whether a line begins something of its own.
func startsItem(line string) bool {
	mark := firstWord(line)
	switch strings.TrimRight(mark, "#") {
	case "", "-", "*", "+", ">":
		return true
	}
	number := strings.TrimRight(mark, ".)")
	return number != mark && number != "" && strings.Trim(number, "0123456789") == ""
}

// appendWord appends a word, in parts if it is long. A sentence of a script
// without spaces ends a part.
func appendWord(words []word, text string, s Span) []word {
	if s.End-s.Start <= longWord {
		return append(words, word{Span: s})
	}
	start := s.Start
	for i := start; i < s.End; {
		r, size := utf8.DecodeRuneInString(text[i:])
		i += size
		if i == s.End || i-start >= wordBytes || strings.ContainsRune("。！？", r) {
			words = append(words, word{Span: Span{start, i}})
			start = i
		}
	}
	return words
}
