package transcribe

import (
	"regexp"
	"strings"
	"unicode"
)

// Limits on what one page may say: the fullest of handwritten pages has about
// 800 words.
const (
	maxPage   = 24_000 // bytes
	maxTokens = 8_000
)

// notText is an answer that is not the text of a page.
type notText struct{ why string }

func (e *notText) Error() string { return "not the text of a page: " + e.why }

var (
	// prefaces are how models begin to speak about a page, in place of it. A
	// diary that begins so goes on in the same line.
	prefaces = regexp.MustCompile(`(?i)^(sure|certainly|of course|okay|ok|here is|here's|here are|below is|the following is|this is|i have|i've|the image|the page|the picture)\b[^\n]{0,120}\b(transcri\w+|text|page|image|picture)\b[^\n]{0,60}:\s*(\n|$)`)
	// refusals are short answers that decline.
	refusals = regexp.MustCompile(`(?i)^(i'm sorry|i am sorry|sorry|i can't|i cannot|i can not|i'm unable|i am unable|unfortunately)\b.{0,300}\b(transcrib\w*|read|assist|help|image|picture|page|handwrit\w*)\b`)
	fences   = regexp.MustCompile("(?s)^```[a-z]*\n(.*?)\n?```$")
)

// textOf returns the text of a page from an answer, or a *notText. A code fence
// around all of it is taken off.
func textOf(answer string) (string, error) {
	text := strings.TrimSpace(strings.ReplaceAll(answer, "\r\n", "\n"))
	if m := fences.FindStringSubmatch(text); m != nil {
		text = strings.TrimSpace(m[1])
	}
	switch {
	case text == blank:
		return "", nil
	case text == "":
		return "", &notText{"it was empty"}
	case strings.ContainsFunc(text, func(r rune) bool { return r == 0 || r == unicode.ReplacementChar }):
		return "", &notText{"it had characters that no page has"}
	case len(text) < 500 && refusals.MatchString(text):
		return "", &notText{"the model declined"}
	case prefaces.MatchString(text):
		return "", &notText{"it began with words about the page"}
	case strings.Contains(text, "```"):
		return "", &notText{"it had code fences in it"}
	case runsAway(text):
		return "", &notText{"it said the same again and again"}
	}
	return text, nil
}

// A text runs away when its end is one piece over and over.
const (
	leastRepeats = 8
	leastLength  = 160 // bytes that are the same piece
	longestPiece = 400 // bytes
)

// runsAway reports whether a text ends in one piece, of up to 400 bytes, that
// stands there at least eight times in a row. Dashes and dots, which people do
// draw, are no piece.
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
