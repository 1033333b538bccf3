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
	// text is what remains of the answer without what does not belong to the
	// page, "" if that cannot be told.
	text string
}

func (e *notText) Error() string { return "not the text of a page: " + e.why }

var (
	// prefaces match how models begin to talk about a page. A diary that begins
	// like that continues on the same line.
	prefaces = regexp.MustCompile(`(?i)^(sure|certainly|of course|okay|ok|here is|here's|here are|below is|the following is|this is|i have|i've|the image|the page|the picture)\b[^\n]{0,120}\b(transcri\w+|text|page|image|picture)\b[^\n]{0,60}:\s*(\n|$)`)
	// labels match a heading that a model puts above a page.
	labels = regexp.MustCompile(`(?i)^[*_#\s]*(transcription|transcribed text|transcript)([*_\s]*:[*_ ]*|[*_]+ *)(\n|$)`)
	// wrapped matches a page wrapped in markup.
	wrapped = regexp.MustCompile(`(?is)^(<(transcription|transcript|text|page|output)>.*</\w+>|\{\s*"\w+"\s*:.*\})$`)
	// refusals and reports match short answers that decline, or that describe
	// the picture. Diaries mention pictures too, and things that can't be
	// helped, so these match only what a reader of pictures says.
	refusals = regexp.MustCompile(`(?i)^((i'm|i am) sorry\b|sorry\b|unfortunately\b|as an ai\b)?[^.\n]{0,40}?\b(i can't|i cannot|i can not|i won't|i'm unable|i am unable|i'm not able|i am not able|unable)( to)?( be able to)? ` +
		`(transcrib\w+|decipher|comply|(assist|help)( you)? with|(read|see|view|process|make out|provide|find) (this|the|that|your|any|a)\b[^.\n]{0,30}?\b(image|picture|photo|photograph|scan|page|document|handwriting|handwritten|text|transcription|content))\b`)
	reports = regexp.MustCompile(`(?i)^(unfortunately,? |(i'm |i am )?sorry,? (but )?)?(` +
		`(the|this) (provided |attached |uploaded |scanned )?(image|picture|photo|photograph|scan|handwriting|page|text)( quality)? ((is|appears|seems)( to be)?( very| quite| mostly| completely| entirely| too)? ?(blank|empty|blurry|blurred|faint|dark|illegible|unreadable|unclear|low)\b|(contains|has) no |(does not|doesn't) (appear to )?(contain|have|show) )` +
		`|(the|this) (provided |attached |uploaded |scanned )?(image|photo|photograph|scan) (shows|contains|depicts|is of|appears) ` +
		`|(there is|there's|i see|i can see|i don't see|i do not see|no)( no| not any| any)?( visible| legible| readable| discernible| handwritten)* (text|writing|handwriting)( is| that is)?( visible| legible| readable| present| discernible)? (in|on) (this|the) (image|picture|photo|scan|page)\b)`)
	// remarks match comments after a page, in a paragraph of their own.
	remarks = regexp.MustCompile(`(?i)^(\(?[*_]*note( that|:)[^\n]*\b(handwriting|handwritten|illegible|legible|transcri\w+|unclear)\b|\(?[*_]*transcriber's note|(please )?let me know if you('d like| need| have any| would like| want me)\b|would you like me to\b|(i|we) hope this (helps|transcription)\b)`)
	fences  = regexp.MustCompile("(?s)^```[a-z]*\n(.*?)\n?```$")
)

// textOf returns the text of a page from an answer, or a *notText error. It
// removes a code fence around the whole text.
func textOf(answer string) (string, error) {
	text := strings.TrimSpace(strings.ReplaceAll(answer, "\r\n", "\n"))
	if m := fences.FindStringSubmatch(text); m != nil {
		text = strings.TrimSpace(m[1])
	}
	switch {
	case text == blank:
		return "", nil
	case text == "":
		return "", &notText{why: "it was empty"}
	case strings.ContainsFunc(text, func(r rune) bool { return r == 0 || r == unicode.ReplacementChar }):
		return "", &notText{why: "it had characters that no page has"}
	case len(text) < shortAnswer && refusals.MatchString(text):
		return "", &notText{why: "the model declined"}
	case prefaces.MatchString(text), labels.MatchString(text):
		return "", &notText{"it began with words about the page", pageIn(text)}
	case len(text) < shortAnswer && reports.MatchString(text):
		return "", &notText{why: "it was about the picture; a page without writing is " + blank}
	case remarks.MatchString(text[strings.LastIndex(text, "\n")+1:]):
		return "", &notText{"it ended with words about the page", pageIn(text)}
	case wrapped.MatchString(text):
		return "", &notText{"it stood in the marks of a program", pageIn(text)}
	case strings.Contains(text, "```"):
		return "", &notText{why: "it had code fences in it"}
	case runsAway(text):
		return "", &notText{why: "it said the same again and again"}
	}
	return text, nil
}

// pageIn returns the text of a page without words about it around, and without
// the marks of a program, or "" if it is not one even then.
func pageIn(text string) string {
	if m := prefaces.FindString(text); m != "" {
		text = strings.TrimSpace(text[len(m):])
	}
	if m := labels.FindString(text); m != "" {
		text = strings.TrimSpace(text[len(m):])
	}
	if last := strings.LastIndex(text, "\n") + 1; remarks.MatchString(text[last:]) {
		text = strings.TrimSpace(text[:last])
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
