package search

import (
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
	from, to := 0, len(words)
	if len(words) > excerptWords {
		if len(marks) > 0 {
			from = bestWindow(words, marks)
		}
		to = from + excerptWords
	}
	if len(words) == 0 {
		return "", nil
	}
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

// bestWindow returns the first word of the window with the most matches. It
// starts a little before the first match, for context.
func bestWindow(words, matches [][2]int) int {
	hit := make([]int, len(words)+1) // prefix sums of matched words
	m := 0
	for i, w := range words {
		hit[i+1] = hit[i]
		for m < len(matches) && matches[m][0] < w[1] {
			if matches[m][0] >= w[0] {
				hit[i+1]++
			}
			m++
		}
	}
	best, most := 0, -1
	for i := 0; i+excerptWords <= len(words); i++ {
		if n := hit[i+excerptWords] - hit[i]; n > most {
			best, most = i, n
		}
	}
	first := best
	for first < len(words)-1 && hit[first+1] == hit[best] {
		first++
	}
	const before = 12
	return max(0, min(first-before, len(words)-excerptWords, best+excerptWords))
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
