package vault

import (
	"path"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"daybook"
)

// ParserVersion names the rules by which Parse and Split read a note. It
// changes whenever the same note may come out otherwise than before.
const ParserVersion = 4

// Note is what a note's bytes say.
type Note struct {
	// Text is the diary in the note, without blank lines around it: a slice
	// of the note from the byte offset TextStart, on the 1-based line
	// TextLine.
	Text                string
	TextStart, TextLine int
	// Tags are as in daybook.Entry.
	Tags        []string
	FrontMatter FrontMatter
}

// Parse reads a note.
//
// The text of a daily note is what is below its heading "###
// Transcription", up to the next heading of that level. Without that heading
// it is the body, unless the note has a scan, whose words are then still to
// be read, or nothing but what a template puts there (the tag #day, the
// heading "### Page", embedded files). An embedded picture or PDF is a scan
// when it is below "### Page" or bears the note's name; any other is part
// of what somebody typed. The text of an evergreen note is its body.
//
// A note that is not UTF-8, holds NUL bytes, or whose front matter cannot be
// read is a daybook.Invalid error, which holds nothing of the note.
func Parse(file File, data []byte) (Note, error) {
	s := string(data)
	switch {
	case !utf8.ValidString(s):
		return Note{}, daybook.Errorf(daybook.Invalid, "the note is not UTF-8 text")
	case strings.ContainsRune(s, 0):
		return Note{}, daybook.Errorf(daybook.Invalid, "the note holds NUL bytes")
	}
	var from int
	if strings.HasPrefix(s, "\ufeff") {
		from = len("\ufeff")
	}
	front, body, err := parseFrontMatter(s, from)
	if err != nil {
		return Note{}, err
	}
	start, end := body, len(s)
	if file.Kind == daybook.Daily {
		start, end = dailyText(s, body, file.Title)
	}
	start, end = trim(s, start, end)
	return Note{
		Text:        s[start:end],
		TextStart:   start,
		TextLine:    1 + strings.Count(s[:start], "\n"),
		Tags:        tags(front.tags, s[body:]),
		FrontMatter: front,
	}, nil
}

// dailyText returns the bounds of a daily note's text.
func dailyText(s string, body int, title string) (start, end int) {
	start = -1
	for l := (Lines{S: s, At: body}); l.Next(); {
		heading, ok := Heading3(l.Text)
		switch {
		case !ok || l.Code:
		case start >= 0:
			return start, l.Start
		case heading == "Transcription":
			start = l.At
		}
	}
	switch {
	case start >= 0:
		return start, len(s)
	case typed(s, body, title):
		return body, len(s)
	}
	return body, body
}

// embed matches an embedded file; its group is the file's name.
var embed = regexp.MustCompile(`!\[\[([^\]|#]+)[^\]]*\]\]`)

// typed reports whether the body of a daily note is somebody's words.
func typed(s string, body int, title string) bool {
	page, words := false, false
	for l := (Lines{S: s, At: body}); l.Next(); {
		heading, ok := Heading3(l.Text)
		if ok && !l.Code {
			page = heading == "Page"
			words = words || !page
			continue
		}
		for _, m := range embed.FindAllStringSubmatch(l.Text, -1) {
			if isScan(m[1]) && (page || bears(m[1], title)) {
				return false
			}
		}
		rest := strings.TrimSpace(embed.ReplaceAllString(l.Text, ""))
		words = words || rest != "" && rest != "#day"
	}
	return words
}

// isScan reports whether an embedded file is of a type that scans are.
func isScan(name string) bool {
	switch strings.ToLower(path.Ext(strings.TrimSpace(name))) {
	case ".pdf", ".png", ".jpg", ".jpeg", ".heic", ".heif", ".webp", ".tif", ".tiff":
		return true
	}
	return false
}

// bears reports whether a scan is named after the note: its title, or that
// and something behind a space.
func bears(name, title string) bool {
	name = path.Base(strings.TrimSpace(name))
	rest, ok := strings.CutPrefix(strings.TrimSuffix(name, path.Ext(name)), title)
	return ok && title != "" && (rest == "" || rest[0] == ' ')
}

// trim moves the bounds of a text inwards over blank lines and over space at
// its end.
func trim(s string, start, end int) (int, int) {
	text := strings.TrimRightFunc(s[start:end], unicode.IsSpace)
	blank := text[:len(text)-len(strings.TrimLeftFunc(text, unicode.IsSpace))]
	return start + strings.LastIndexByte(blank, '\n') + 1, start + len(text)
}
