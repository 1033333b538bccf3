package vault

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Text without spaces, such as Chinese or a URL, has no words that spaces
// separate. What is longer than longWord bytes is cut into words of wordBytes.
const (
	longWord  = 48
	wordBytes = 12
)

// breaks describe what separates a word from the next one.
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

// cutWords returns the words of a text, which white space separates.
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

// between returns what kind of break the white space before rest is.
func between(space, rest string) breaks {
	switch n := strings.Count(space, "\n"); {
	case n > 1:
		return paragraph
	case n == 1 && startsItem(rest):
		return item
	}
	return none
}

// startsItem reports whether a line begins a new block.
func startsItem(line string) bool {
	mark := firstWord(line)
	switch strings.TrimRight(mark, "#") {
	case "", "-", "*", "+", ">":
		return true
	}
	number := strings.TrimRight(mark, ".)")
	return number != mark && number != "" && strings.Trim(number, "0123456789") == ""
}

// appendWord appends a word, in parts if it is long. In a script without
// spaces, parts end with sentences.
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
