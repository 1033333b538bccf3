// Package quote checks whether quotations occur verbatim in the texts that they
// are attributed to.
package quote

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Corpus is a set of texts that quotations may come from. It is safe for
// concurrent use.
type Corpus struct {
	texts []string // folded
}

// NewCorpus returns the corpus of texts.
func NewCorpus(texts []string) *Corpus {
	c := &Corpus{texts: make([]string, len(texts))}
	for i, t := range texts {
		c.texts[i] = fold(t)
	}
	return c
}

// FindIn is Find in one of the texts.
func (c *Corpus) FindIn(i int, quotation string) bool {
	parts := partsOf(quotation)
	if len(parts) == 0 {
		return false
	}
	_, _, ok := match(c.texts[i], parts)
	return ok
}

// Find returns the index of the first text that contains a quotation, and false
// if none does. It ignores differences in white space, quotation marks, dashes
// and Markdown emphasis, and the punctuation at the quotation's end, which
// belongs to the quoting sentence. An ellipsis replaces words within one
// sentence, without a negation, and has several words on each side. Letters must match, including case except for the first
// one, which is adapted to the quoting sentence.
func (c *Corpus) Find(quotation string) (int, bool) {
	parts := partsOf(quotation)
	if len(parts) == 0 {
		return 0, false
	}
	for i, text := range c.texts {
		if _, _, ok := match(text, parts); ok {
			return i, true
		}
	}
	return 0, false
}

// index returns the offset of part in text as whole words, or -1: "she ate"
// doesn't contain "he ate".
func index(text, part string) int {
	for from := 0; ; {
		at := strings.Index(text[from:], part)
		if at < 0 {
			return -1
		}
		at += from
		if !inWord(text[:at], part) && !inWord(text[:at+len(part)], text[at+len(part):]) {
			return at
		}
		from = at + 1
	}
}

// otherCase returns part with its first letter in the other case.
func otherCase(part string) string {
	r, size := utf8.DecodeRuneInString(part)
	if unicode.IsUpper(r) {
		r = unicode.ToLower(r)
	} else {
		r = unicode.ToUpper(r)
	}
	return string(r) + part[size:]
}

// inWord reports whether a word continues from before into behind.
func inWord(before, behind string) bool {
	last, _ := utf8.DecodeLastRuneInString(before)
	first, _ := utf8.DecodeRuneInString(behind)
	return before != "" && behind != "" && isWord(last) && isWord(first)
}

func isWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// partsOf returns a quotation's folded parts around its ellipses.
func partsOf(quotation string) []string {
	var parts []string
	for _, p := range strings.Split(fold(quotation), "…") {
		p = strings.TrimRight(strings.TrimSpace(p), ".,;:!?'- ")
		if p = strings.TrimLeft(p, ".,;:'- "); p != "" {
			parts = append(parts, p)
		}
	}
	return parts
}

// fold normalises the variants that Find ignores.
func fold(text string) string {
	b := make([]byte, 0, len(text))
	foldRunes(text, func(r rune, _ int) bool { b = utf8.AppendRune(b, r); return true })
	return string(b)
}

// foldRunes calls write with each rune of the folded text and the offset of
// its source in text, until write returns false.
func foldRunes(text string, write func(r rune, at int) bool) {
	begun, spaceAt := false, -1
	for at := 0; at < len(text); {
		start := at
		r, size := rune(text[at]), 1
		if r|0x20 >= 'a' && r|0x20 <= 'z' && spaceAt < 0 { // the usual case
			at, begun = at+1, true
			if !write(r, start) {
				return
			}
			continue
		}
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRuneInString(text[at:])
		} else if r == '[' || r == '.' {
			if n := ellipsis(text[at:]); n > 0 {
				r, size = '…', n
			}
		}
		at += size
		switch r {
		case '"', '“', '”', '„', '«', '»', '‘', '’', '‚', '‹', '›', '`', '´':
			r = '\''
		case '–', '—', '‐', '‑', '−':
			r = '-'
		case '*', '_':
			continue
		}
		if unicode.IsSpace(r) {
			if spaceAt < 0 && begun {
				spaceAt = start
			}
			continue
		}
		if spaceAt >= 0 && !write(' ', spaceAt) {
			return
		}
		if begun, spaceAt = true, -1; !write(r, start) {
			return
		}
	}
}

// origins returns the offsets in text of the runes at two ascending offsets of
// the folded text.
func origins(text string, from, to int) (first, last int) {
	n := 0
	foldRunes(text, func(r rune, at int) bool {
		if n <= from {
			first = at
		}
		last = at
		n += utf8.RuneLen(r)
		return n <= to
	})
	return first, last
}
