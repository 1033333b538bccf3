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

// ParserVersion identifies the rules of Parse and Split. It must change
// whenever they read the same note differently.
const ParserVersion = 6

// Note is the content of a note.
type Note struct {
	// Text is what a write replaces: the transcription, or the body. It has no
	// blank lines around it and is a slice of the note from the byte offset
	// TextStart, on the 1-based line TextLine.
	Text                string
	TextStart, TextLine int
	// Diary is what is read, searched and cited: the typed text and then the
	// transcription, without comments, queries and other data that apps keep in
	// a note. Line maps it to the note's lines.
	Diary string
	// Tags are as in daybook.Entry.
	Tags        []string
	FrontMatter FrontMatter
	// Flaws say, in a few words each and without quoting the note, what could
	// not be read normally. Such a note is still read as well as possible.
	Flaws []string
	lines []lineMark
}

// The headings of a scan's note.
const (
	headingTranscription = "Transcription"
	headingPage          = "Page"
)

// Read reads a note in any encoding and of any size; see Parse. If Flaws names
// an encoding, Text is decoded and not a slice of the note's bytes.
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

// Parse reads a note that may be written to. The text of a daily note is what
// follows its heading "### Transcription", up to the next heading of that
// level. Without that heading it is the body; it is empty if the note has a
// scan that is not transcribed yet, or only what a template creates (the tag
// #day, the heading "### Page", embedded notes). An embedded picture or PDF is
// a scan if it is below "### Page" or named after the note; any other file
// belongs to what somebody typed, even if the note has nothing else. The text of
// an evergreen note is its body.
//
// If a note is not UTF-8 or has NUL bytes, the error is daybook.Invalid and
// quotes nothing.
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

// aliasesWithin is how far into a note Logseq's property is looked for.
const aliasesWithin = 1 << 10

var aliasProperty = regexp.MustCompile(`(?im)^[ \t]*(?:- )?alias(?:es)?:: ?(.+)$`)

// aliases returns the names in Logseq's alias property.
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

// transcription returns what follows a daily note's heading "###
// Transcription"; the zero Span if it has none.
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
	// wikiEmbed and markdownEmbed match an embedded file. One of the groups is
	// its name.
	wikiEmbed     = regexp.MustCompile(`!\[\[([^\]|#]+)[^\]]*\]\]`)
	markdownEmbed = regexp.MustCompile(`!\[[^\]\n]*\]\(\s*(?:<([^>\n]+)>|([^\s)]+))(?:\s+"[^"\n]*"|\s+'[^'\n]*')?\s*\)`)
)

// embeds returns the names of the files that a line embeds, as written, without
// URLs.
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

// FirstPicture returns the first picture that a text embeds, as its name is
// written there; "" if there is none.
func FirstPicture(text string) string {
	for _, name := range Embeds(text) {
		if pictures[extension(name)] {
			return name
		}
	}
	return ""
}

func withoutEmbeds(line string) string {
	return markdownEmbed.ReplaceAllString(wikiEmbed.ReplaceAllString(line, ""), "")
}

// typed reports whether the body of a daily note has typed words, and whether
// it has a scan.
func typed(s string, body int, title string) (words, ofScan bool) {
	page := false
	for l := (Lines{S: s, At: body}); l.Next(); {
		if heading, ok := l.Heading3(); ok {
			page = heading == headingPage
			words = words || !page
			continue
		}
		for _, name := range embeds(l.Text) {
			if ownScan(name, title, page) {
				ofScan = true
			} else if isFile(name) {
				words = true
			}
		}
		rest := strings.TrimSpace(wikiEmbed.ReplaceAllString(l.Text, ""))
		if rest != "" && rest != "#day" {
			words = true
		}
	}
	return words, ofScan
}

// Extensions of files that notes embed: pictures, and others with a player or a viewer.
var (
	pictures = extensions(".png .jpg .jpeg .heic .heif .webp .tif .tiff .gif .avif .bmp")
	others   = extensions(".pdf .svg .mp3 .m4a .aac .wav .ogg .oga .opus .flac .3gp .mp4 .m4v .webm .ogv .mov .mkv")
)

func extensions(list string) map[string]bool {
	set := map[string]bool{}
	for e := range strings.FieldsSeq(list) {
		set[e] = true
	}
	return set
}

func extension(name string) string { return strings.ToLower(path.Ext(strings.TrimSpace(name))) }

// isFile reports whether an embed is of a picture, a recording, a video or a
// document, rather than of a note.
func isFile(name string) bool { return pictures[extension(name)] || others[extension(name)] }

// isScan reports whether an embedded file is of a type that scans are.
func isScan(name string) bool {
	switch extension(name) {
	case ".pdf", ".png", ".jpg", ".jpeg", ".heic", ".heif", ".webp", ".tif", ".tiff":
		return true
	}
	return false
}

// ownScan reports whether an embedded file is a scan of the note with a title:
// it is below the heading for pages, or named after the note.
func ownScan(name, title string, page bool) bool {
	own := page || namedAfter(name, title)
	return own && isScan(name)
}

// namedAfter reports whether a file's name is a note's title, alone or with
// something after a space.
func namedAfter(name, title string) bool {
	name = path.Base(strings.TrimSpace(name))
	stem := strings.TrimSuffix(name, path.Ext(name))
	return title != "" && strings.HasPrefix(stem+" ", title+" ")
}

// trim moves the bounds of a text inwards past blank lines, and past space at
// its end.
func trim(s string, start, end int) (int, int) {
	text := strings.TrimRightFunc(s[start:end], unicode.IsSpace)
	blank := text[:len(text)-len(strings.TrimLeftFunc(text, unicode.IsSpace))]
	return start + strings.LastIndexByte(blank, '\n') + 1, start + len(text)
}

// fileLink matches links to files that are not embedded. One of the groups is
// the name.
var fileLink = regexp.MustCompile(`\[\[([^\]|#\n]+\.[A-Za-z0-9]{2,5})(?:[|#][^\]\n]*)?\]\]|\[[^\]\n]*\]\(\s*(?:<([^>\n]+)>|([^\s)]+))(?:\s+"[^"\n]*"|\s+'[^'\n]*')?\s*\)`)

// Links returns the names of the files that a text embeds or links to, as
// written but with escapes undone, without URLs.
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
