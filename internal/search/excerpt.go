package search

// excerptWords is how many words of a passage a quotation shows at most.
const excerptWords = 60

// Excerpt returns at most 60 words of text in a row, word for word, where most
// of the marks lie, or its first where there are none, with "…" where it was
// cut; and the marks as they lie in it. Marks are byte ranges in order.
func Excerpt(text string, marks [][2]int) (string, [][2]int) {
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

// bestWindow returns the first word of the window that has the most matches,
// a little before the first of them so that it reads well.
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

// wordSpans returns the byte ranges of text between white space.
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
