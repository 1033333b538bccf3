package vault

import (
	"net/url"
	"path"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"daybook"
)

// ParserVersion names the rules by which Parse and Split read a note. It
// changes whenever the same note may come out otherwise than before.
const ParserVersion = 6

// Note is what a note's bytes say.
type Note struct {
	// Text is what a write replaces: the transcription, or the body. It has no
	// blank lines around it and is a slice of the note from the byte offset
	// TextStart, on the 1-based line TextLine.
	Text                string
	TextStart, TextLine int
	// Diary is what is read, searched and cited: what was typed, and behind it
	// what was transcribed, without comments, queries and whatever else an app
	// keeps in a note. See Line for where a part of it is.
	Diary string
	// Tags are as in daybook.Entry.
	Tags        []string
	FrontMatter FrontMatter
	// Flaws say in a few words each, and without the note's, what could not be
	// read as usual. A note with any is read as well as possible.
	Flaws []string
	lines []lineMark
}

// The headings that begin the parts of a note of a scan.
const (
	headingTranscription = "Transcription"
	headingPage          = "Page"
)

// Read reads a note in whatever encoding and however large it is; see Parse.
// Its Text, if Flaws names an encoding, is not of the note's bytes.
func Read(file File, data []byte) Note {
	text, flaw := Decode(data)
	large := file.Size > maxRead
	if len(text) > maxDiary {
		if text = withoutFiles(text); len(text) > maxDiary {
			text, large = strings.ToValidUTF8(text[:maxDiary], ""), true
		}
	}
	n := parse(file, text)
	if flaw != "" {
		n.Flaws = append(n.Flaws, flaw)
	}
	if large {
		n.Flaws = append(n.Flaws, "is too large: only its beginning is read")
	}
	return n
}

// Parse reads a note that may be written into. The text of a daily note is what
// is below its heading "### Transcription", up to the next heading of that
// level. Without that heading it is the body, unless the note has a scan, whose
// words are then still to be read, or nothing but what a template puts there
// (the tag #day, the heading "### Page", embedded files). An embedded picture or
// PDF is a scan when it is below "### Page" or is named after the note; any other is
// part of what somebody typed. The text of an evergreen note is its body.
//
// A note that is not UTF-8 or holds NUL bytes is a daybook.Invalid error, which
// holds nothing of the note.
func Parse(file File, data []byte) (Note, error) {
	s := string(data)
	switch {
	case !utf8.ValidString(s):
		return Note{}, daybook.Errorf(daybook.Invalid, "the note is not UTF-8 text")
	case strings.ContainsRune(s, 0):
		return Note{}, daybook.Errorf(daybook.Invalid, "the note holds NUL bytes")
	}
	return parse(file, s), nil
}

func parse(file File, s string) Note {
	var from int
	if strings.HasPrefix(s, "\ufeff") {
		from = len("\ufeff")
	}
	front, body := parseFrontMatter(s, from)
	if body == from {
		var other FrontMatter
		other, body = otherFrontMatter(s, from)
		front.tags = append(front.tags, other.tags...)
		front.Other, front.Transcribed = other.Other, front.Transcribed || other.Transcribed
	}
	n := Note{FrontMatter: front, Tags: tags(front.tags, s[body:])}
	n.FrontMatter.Aliases = append(n.FrontMatter.Aliases, aliases(s[body:min(body+aliasesWithin, len(s))])...)
	if front.Flaw != "" {
		n.Flaws = append(n.Flaws, front.Flaw)
	}
	start, end := body, len(s)
	var section Span
	ofScan := false
	if file.Kind == daybook.Daily {
		section = transcription(s, body)
		switch {
		case section.End > 0:
			start, end = section.Start, section.End
		default:
			var words bool
			if words, ofScan = typed(s, body, file.Title); !words || ofScan {
				start, end = body, body
			}
		}
	}
	start, end = trim(s, start, end)
	n.Text, n.TextStart, n.TextLine = s[start:end], start, 1+strings.Count(s[:start], "\n")
	n.Diary, n.lines = diaryOf(s, body, section, ofScan || start == end, file.Title)
	return n
}

// aliasesWithin is how much of a note is looked through for Logseq's property.
const aliasesWithin = 1 << 10

var aliasProperty = regexp.MustCompile(`(?im)^[ \t]*(?:- )?alias(?:es)?:: ?(.+)$`)

// aliases returns the names of Logseq's property of a page.
func aliases(head string) (names []string) {
	for _, m := range aliasProperty.FindAllStringSubmatch(head, -1) {
		for name := range strings.SplitSeq(m[1], ",") {
			if name = strings.Trim(strings.TrimSpace(name), "[]"); name != "" {
				names = append(names, name)
			}
		}
	}
	return names
}

// transcription returns what is below a daily note's heading "###
// Transcription", the zero Span if it has none.
func transcription(s string, body int) (section Span) {
	for l := (Lines{S: s, At: body}); l.Next(); {
		heading, ok := l.Heading3()
		switch {
		case !ok:
		case section.End > 0:
			section.End = l.Start
			return section
		case heading == headingTranscription:
			section = Span{l.At, len(s)}
		}
	}
	return section
}

var (
	// wikiEmbed and markdownEmbed match an embedded file; one group is its name.
	wikiEmbed     = regexp.MustCompile(`!\[\[([^\]|#]+)[^\]]*\]\]`)
	markdownEmbed = regexp.MustCompile(`!\[[^\]\n]*\]\(\s*(?:<([^>\n]+)>|([^\s)]+))(?:\s+"[^"\n]*"|\s+'[^'\n]*')?\s*\)`)
)

// embeds returns the names of the files that a line embeds, as they are written
// there, without addresses on the network.
func embeds(line string) []string {
	if !strings.Contains(line, "![") {
		return nil
	}
	var names []string
	for _, m := range wikiEmbed.FindAllStringSubmatch(line, -1) {
		names = append(names, strings.TrimSpace(m[1]))
	}
	for _, m := range markdownEmbed.FindAllStringSubmatch(line, -1) {
		name := m[1] + m[2]
		if strings.Contains(name, "://") || strings.HasPrefix(strings.ToLower(name), "data:") {
			continue
		}
		name, _, _ = strings.Cut(name, "#")
		if plain, err := url.PathUnescape(name); err == nil {
			name = plain
		}
		names = append(names, name)
	}
	return names
}

// Embeds returns the names of the files that a text embeds, as in Links.
func Embeds(text string) []string {
	var names []string
	for line := range strings.SplitSeq(text, "\n") {
		names = append(names, embeds(line)...)
	}
	return names
}

func withoutEmbeds(line string) string {
	return markdownEmbed.ReplaceAllString(wikiEmbed.ReplaceAllString(line, ""), "")
}

// typed reports whether the body of a daily note has somebody's words in it, and
// whether it has a scan.
func typed(s string, body int, title string) (words, ofScan bool) {
	page := false
	for l := (Lines{S: s, At: body}); l.Next(); {
		if heading, ok := l.Heading3(); ok {
			page = heading == headingPage
			words = words || !page
			continue
		}
		for _, name := range embeds(l.Text) {
			ofScan = ofScan || isScan(name) && (page || bears(name, title))
		}
		rest := strings.TrimSpace(wikiEmbed.ReplaceAllString(l.Text, ""))
		words = words || rest != "" && rest != "#day"
	}
	return words, ofScan
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

// fileLink matches links to files that are not embedded; one group is the name.
var fileLink = regexp.MustCompile(`\[\[([^\]|#\n]+\.[A-Za-z0-9]{2,5})(?:[|#][^\]\n]*)?\]\]|\[[^\]\n]*\]\(\s*(?:<([^>\n]+)>|([^\s)]+))(?:\s+"[^"\n]*"|\s+'[^'\n]*')?\s*\)`)

// Links returns the names of the files that a text embeds or links to, without
// addresses on the network, as they are written and with their escapes undone.
func Links(text string) []string {
	var names []string
	for line := range strings.SplitSeq(text, "\n") {
		names = append(names, embeds(line)...)
		if !strings.Contains(line, "](") && !strings.Contains(line, "[[") {
			continue
		}
		for _, m := range fileLink.FindAllStringSubmatch(line, -1) {
			name := strings.TrimSpace(m[1] + m[2] + m[3])
			if strings.Contains(name, "://") || strings.HasPrefix(strings.ToLower(name), "data:") {
				continue
			}
			name, _, _ = strings.Cut(name, "#")
			if plain, err := url.PathUnescape(name); err == nil && m[1] == "" {
				name = plain
			}
			names = append(names, name)
		}
	}
	return names
}
