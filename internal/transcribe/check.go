package transcribe

import (
	"regexp"
	"strings"
	"unicode"

	"daybook/internal/llm/partialjson"
)

// Limits on the text of a page: a very full handwritten page has about 800
// words.
const (
	maxPage      = 24_000 // bytes
	maxThinking  = 1 << 20
	likelyTokens = 2_000 // of an answer, for budgets
	// shortAnswer is the length in bytes up to which the beginning of an answer
	// may show that it is not a page.
	shortAnswer = 500
)

// notText is the error for an answer that is not the text of a page.
type notText struct {
	why string
	// text is the answer without the parts that do not belong to the page. It is ""
	// if they cannot be separated.
	text string
}

func (e *notText) Error() string { return "not the text of a page: " + e.why }

// textOf returns the text of a page from an answer, or a *notText error. It
// removes a code fence around the whole text.
func textOf(answer string) (string, error) {
	text := strings.TrimSpace(strings.ReplaceAll(answer, "\r\n", "\n"))
	plain := strings.ReplaceAll(text, "’", "'")
	if m := fences.FindStringSubmatch(text); m != nil {
		text = strings.TrimSpace(m[1])
	}
	switch {
	case blankPage.MatchString(text):
		return "", nil
	case text == "":
		return "", &notText{why: "it was empty"}
	case strings.ContainsFunc(text, func(r rune) bool { return r == 0 || r == unicode.ReplacementChar }):
		return "", &notText{why: "it had characters that no page has"}
	case len(text) < shortAnswer && declines(plain):
		return "", &notText{why: "the model declined"}
	case thoughts.MatchString(plain):
		return "", &notText{why: "the model thought aloud"}
	case prefaces.MatchString(plain), labels.MatchString(text):
		return "", &notText{"it began with words about the page", pageIn(text)}
	case len(text) < shortAnswer && reports.MatchString(plain):
		return "", &notText{why: "it was about the picture; a page without writing is " + blank}
	case remarkAt(text) < len(text):
		return "", &notText{"it ended with words about the page", pageIn(text)}
	case wrapped.MatchString(text):
		return "", &notText{"it stood in the marks of a program", pageIn(text)}
	case strings.Contains(text, "```"):
		return "", &notText{"it had code fences in it", inFence(text)}
	case runsAway(text):
		return "", &notText{why: "it said the same again and again"}
	}
	return text, nil
}

// inFence returns the text of a page in one code fence, between words that are
// plainly the model's; "" for anything else.
func inFence(text string) string {
	m := fencedBetween.FindStringSubmatch(strings.ReplaceAll(text, "’", "'"))
	if m == nil || strings.Contains(m[1], "```") {
		return ""
	}
	return strings.TrimSpace(m[1])
}

// pageIn returns the text of a page without words about it around, and without
// the marks of a program, or "" if it is not one even then.
func pageIn(text string) string {
	if first, rest, ok := strings.Cut(text, "\n"); ok && prefaces.MatchString(strings.ReplaceAll(first, "’", "'")) {
		text = strings.TrimSpace(rest)
	}
	if m := labels.FindString(text); m != "" {
		text = strings.TrimSpace(text[len(m):])
	}
	for at := remarkAt(text); at < len(text); at = remarkAt(text) {
		text = strings.TrimSpace(text[:at])
	}
	if m := tag.FindStringSubmatch(text); m != nil {
		text = strings.TrimSpace(m[1])
	}
	if objects := partialjson.Objects(text); len(objects) == 1 && len(objects[0]) == 1 && strings.HasPrefix(text, "{") {
		for _, value := range objects[0] {
			text, _ = value.(string)
		}
	}
	text, err := textOf(text)
	if err != nil {
		return ""
	}
	return text
}

// tag matches a text within a tag.
var tag = regexp.MustCompile(`(?s)^<\w+>(.*)</\w+>$`)

// A runaway text repeats one piece at its end.
const (
	leastRepeats = 8
	leastLength  = 160 // bytes of repetition
	longestPiece = 400 // bytes
)

// runsAway reports whether a text ends in at least eight repetitions of a piece
// of up to 400 bytes. Dashes and dots, which people do draw, don't count.
func runsAway(text string) bool {
	text = strings.TrimRight(text, " \n")
	for n := 1; n <= longestPiece && n*leastRepeats <= len(text); n++ {
		piece := text[len(text)-n:]
		if !strings.ContainsFunc(piece, unicode.IsLetter) {
			continue
		}
		count := 1
		for at := len(text) - 2*n; at >= 0 && text[at:at+n] == piece; at -= n {
			count++
		}
		if count >= leastRepeats && count*n >= leastLength {
			return true
		}
	}
	return false
}
