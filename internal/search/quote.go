package search

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"daybook/internal/text"
)

// quoteWords is the maximum length of a quotation in words.
const quoteWords = 120

// Quote returns whole consecutive sentences of text, verbatim and at most 120
// words, around those with the most different marked words; all of a short
// text. "…" shows where it was cut. A sentence that is longer is cut like an
// excerpt. It also returns the marks relative to the quotation.
func Quote(text string, marks [][2]int) (string, [][2]int) {
	if len(wordSpans(text)) <= quoteWords {
		return cutAt(text, 0, len(text), marks)
	}
	sentences := sentencesOf(text)
	best, most := -1, -1
	for i, s := range sentences {
		if n := differentWords(text, s, marks); n > most && len(wordSpans(text[s[0]:s[1]])) <= quoteWords {
			best, most = i, n
		}
	}
	allTooLong := best < 0
	marksElsewhere := most == 0 && len(marks) > 0
	if allTooLong || marksElsewhere {
		return Excerpt(text, marks)
	}
	from, to := best, best+1
	fits := func(from, to int) bool {
		return from >= 0 && to <= len(sentences) && len(wordSpans(text[sentences[from][0]:sentences[to-1][1]])) <= quoteWords
	}
	for {
		switch {
		case fits(from, to+1):
			to++
		case fits(from-1, to):
			from--
		default:
			return cutAt(text, sentences[from][0], sentences[to-1][1], marks)
		}
	}
}

// cutAt returns text[from:to] without outer white space, with "…" where it was
// cut, and the marks in it.
func cutAt(text string, from, to int, marks [][2]int) (string, [][2]int) {
	inner := strings.TrimSpace(text[from:to])
	if inner == "" {
		return "", nil
	}
	from += strings.Index(text[from:to], inner)
	to = from + len(inner)
	before, behind := "", ""
	if strings.TrimSpace(text[:from]) != "" {
		before = "… "
	}
	if strings.TrimSpace(text[to:]) != "" {
		behind = " …"
	}
	var inside [][2]int
	for _, m := range marks {
		if m[0] >= from && m[1] <= to {
			inside = append(inside, [2]int{m[0] - from + len(before), m[1] - from + len(before)})
		}
	}
	return before + inner + behind, inside
}

// differentWords returns how many different marked words a sentence has.
func differentWords(text string, sentence [2]int, marks [][2]int) int {
	seen := map[string]bool{}
	for _, m := range marks {
		if m[0] >= sentence[0] && m[1] <= sentence[1] {
			seen[strings.ToLower(text[m[0]:m[1]])] = true
		}
	}
	return len(seen)
}

// sentencesOf returns the byte ranges of a text's sentences, which cover it. A
// sentence ends at a full stop, question or exclamation mark before white space
// and something other than a small letter, and at a line end.
func sentencesOf(text string) [][2]int {
	var list [][2]int
	start := 0
	doubts := uncertainSpans(text)
	for i, r := range text {
		end := i + utf8.RuneLen(r)
		for len(doubts) > 0 && doubts[0][1] <= i {
			doubts = doubts[1:]
		}
		if len(doubts) > 0 && doubts[0][0] <= i {
			continue
		}
		if r != '\n' && !(strings.ContainsRune(".!?", r) && endsSentence(text[start:i], text[end:])) {
			continue
		}
		list = append(list, [2]int{start, end})
		start = end
	}
	if start < len(text) {
		list = append(list, [2]int{start, len(text)})
	}
	return list
}

// uncertainSpans are the uncertain readings of a text, "[Ursula?]", which are never
// cut: the question mark in one ends no sentence.
func uncertainSpans(body string) [][2]int { return text.Doubts(body) }

// endsSentence reports whether a mark between two texts ends a sentence: not
// after an initial or a title ("Sir W. Batten", "Mr. Holm").
func endsSentence(before, behind string) bool {
	last := before[strings.LastIndexFunc(before, func(r rune) bool { return !unicode.IsLetter(r) })+1:]
	first, _ := utf8.DecodeRuneInString(last)
	if unicode.IsUpper(first) && utf8.RuneCountInString(last) <= 3 {
		return false
	}
	rest := strings.TrimLeft(behind, `"'”’)]`)
	if rest == "" {
		return true
	}
	space := strings.ContainsAny(rest[:1], " \t\n")
	next, _ := utf8.DecodeRuneInString(strings.TrimLeft(rest, " \t"))
	return space && !unicode.IsLower(next)
}
