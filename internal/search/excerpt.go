package search

import (
	"slices"
	"strings"

	"daybook/internal/text"
)

// excerptWords is the maximum length of an excerpt in words.
const excerptWords = 60

// beginning bounds what is looked at of a text without marks, in bytes.
const beginning = 16 << 10

// Excerpt returns at most 60 consecutive words of Markdown as plain text (see
// text.Plain), from where most of the marks are, or from the beginning if there
// are no marks. "…" shows where it was cut. It also returns the marks relative
// to the excerpt. Marks are byte ranges of the Markdown in order.
func Excerpt(markdown string, marks [][2]int) (string, [][2]int) {
	if len(marks) == 0 && len(markdown) > beginning {
		markdown = strings.ToValidUTF8(markdown[:beginning], "")
	}
	text, marks := text.Plain(markdown, marks)
	words := wordSpans(text)
	if len(words) == 0 {
		return "", nil
	}
	from := bestWindow(words, marks)
	to := min(from+excerptWords, len(words))
	start, end := words[from][0], words[to-1][1]
	before, after := "", ""
	if from > 0 {
		before = "… "
	}
	if to < len(words) {
		after = " …"
	}
	var inside [][2]int
	for _, m := range marks {
		if m[0] >= start && m[1] <= end {
			inside = append(inside, [2]int{m[0] - start + len(before), m[1] - start + len(before)})
		}
	}
	return before + text[start:end] + after, inside
}

// bestWindow returns the first word of the window with the most marks, and a few
// words of context before the first of these.
func bestWindow(words, marks [][2]int) int {
	const context = 12
	var at []int // the word that each mark is in
	word := 0
	for _, m := range marks {
		for word < len(words)-1 && words[word][1] <= m[0] {
			word++
		}
		at = append(at, word)
	}
	best, most := 0, 0
	for i, first := range at {
		if n, _ := slices.BinarySearch(at[i:], first+excerptWords-context); n > most {
			best, most = first, n
		}
	}
	return max(0, min(best-context, len(words)-excerptWords))
}

// wordSpans returns the byte ranges of the words of text, split at white space.
func wordSpans(text string) [][2]int {
	var spans [][2]int
	start := -1
	for i, r := range text {
		space := r == ' ' || r == '\n' || r == '\t' || r == '\r'
		switch {
		case !space && start < 0:
			start = i
		case space && start >= 0:
			spans = append(spans, [2]int{start, i})
			start = -1
		}
	}
	if start >= 0 {
		spans = append(spans, [2]int{start, len(text)})
	}
	return spans
}
