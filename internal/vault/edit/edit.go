// Package edit changes notes without losing a byte that it does not own. Pure functions
// over bytes (SetTranscription, AddScans, SetBody, NewNote) return the changed note, and
// an Editor writes it to disk, where other programs may be writing at the same time.
package edit

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"daybook"
	"daybook/internal/vault"
)

// Why a note is not written. Test for them with errors.Is.
var (
	// ErrOwners: the text below "### Transcription" in an unmarked note, or the text of
	// a typed note, is the owner's.
	ErrOwners error = daybook.Errorf(daybook.Conflict, "The note already has text where the transcription would go.")
	// ErrCorrected: the transcription is not the one that was written last.
	ErrCorrected error = daybook.Errorf(daybook.Conflict, "The transcription was changed after it was written.")
	// ErrText: the text would be parsed differently in the note. Escaped text is never
	// refused for this.
	ErrText error = daybook.Errorf(daybook.Invalid, "The text cannot be saved as it is: a heading ### would end it, or a code block or comment in it is not closed.")
	// ErrUnclear: it is ambiguous where the note's parts begin.
	ErrUnclear error = daybook.Errorf(daybook.Invalid, "A heading ### of the note is in a comment, or after a code block or comment that is not closed.")
	// ErrNotTyped: the note's text is a transcription, not its body.
	ErrNotTyped error = daybook.Errorf(daybook.Conflict, "The note has a scan or a transcription, so its body is not its text.")
)

// headingTranscription and headingPage begin the parts of a scan's note.
const (
	headingTranscription = "Transcription"
	headingPage          = "Page"
)

// Options say what a transcription may replace.
type Options struct {
	// Title is the note's, as in vault.File: a scan with this name is the note's own.
	Title string
	// Ours is the text that was written last, "" for none. If the transcription differs,
	// the owner corrected it.
	Ours string
	// Replace allows replacing a corrected transcription, since the owner asks for it.
	// It does not allow replacing the text of an unmarked note.
	Replace bool
}

// SetTranscription returns the note with text as its transcription, and with
// transcription: "True" in its front matter unless that is not valid YAML. If
// the section "### Transcription" is missing, it is created at the end. Only
// the words of that section and the one key change. Text gets the note's line
// ends, loses the blank lines around it, and reads back through vault.Parse
// unchanged. A note that already has all of this is returned unchanged.
//
// If the note cannot be read or marked, the error is daybook.Invalid and says
// where it is wrong; see ErrOwners, ErrCorrected, ErrText and ErrUnclear.
func SetTranscription(data []byte, text string, o Options) ([]byte, error) {
	n, err := read(vault.File{Kind: daybook.Daily, Title: o.Title}, data)
	if err != nil {
		return nil, err
	}
	if text, err = clean(text); err != nil {
		return nil, err
	}
	if unclosed(text) {
		return nil, ErrText
	}
	s, err := n.withTranscription(text, o)
	if err != nil {
		return nil, err
	}
	if n.parsed.FrontMatter.Flaw != "" { // YAML that is not valid gets no key
		return n.check(s, text)
	}
	front, err := n.marked(blankFirst(s[n.body:]))
	if err != nil {
		return nil, err
	}
	return n.check(front+s[n.body:], text)
}

// withTranscription returns the note with text in its section.
func (n note) withTranscription(text string, o Options) (string, error) {
	part, found, err := n.transcription()
	if err != nil {
		return "", err
	}
	old, in := n.parsed.Text, strings.ReplaceAll(text, "\n", n.newline)
	transcribed := n.parsed.FrontMatter.Transcribed || n.ours(o)
	replaceable := found && transcribed
	switch {
	case old != "" && !replaceable:
		return "", ErrOwners
	case !found:
		return n.s + n.gap() + "### " + headingTranscription + n.newline + line(in, n.newline), nil
	case lineFeeds(old) == text:
		return n.s, nil
	case old == "":
		return n.insert(part, in), nil
	case !o.Replace && lineFeeds(old) != trim(lineFeeds(o.Ours)):
		return "", ErrCorrected
	}
	start := n.parsed.TextStart
	return n.s[:start] + in + n.s[start+len(old):], nil
}

// ours reports whether a note that cannot be marked, since its front matter is
// not YAML, has the transcription that was written last.
func (n note) ours(o Options) bool {
	return n.parsed.FrontMatter.Flaw != "" && o.Ours != "" && lineFeeds(n.parsed.Text) == trim(lineFeeds(o.Ours))
}

// insert returns the note with words in an empty section. The blank lines of
// the section follow the words.
func (n note) insert(p part, words string) string {
	before, behind := n.s[:p.from], n.s[p.from:]
	if !strings.HasSuffix(before, "\n") {
		before += n.newline
	}
	words = line(words, n.newline)
	if p.from == p.to && p.to < len(n.s) {
		words += n.newline
	}
	return before + words + behind
}

// check reads the note that an edit would make, and returns it if its text is
// text.
func (n note) check(s, text string) ([]byte, error) {
	if len(s) > vault.MaxNote {
		return nil, errTooLarge()
	}
	now, err := read(n.file, []byte(s))
	if err != nil {
		return nil, ErrText
	}
	_, found, err := now.transcription()
	marked := now.parsed.FrontMatter.Transcribed || n.parsed.FrontMatter.Flaw != ""
	if err != nil || !found || lineFeeds(now.parsed.Text) != text || !marked {
		return nil, ErrText
	}
	return []byte(s), nil
}

// SetBody returns a note with text in place of the words that its owner typed:
// those below "### Transcription" if it has that heading and is not marked as
// transcribed, else all of its body except the blank lines around the words.
// Nothing else changes, and text reads back through vault.Parse unchanged. A
// daily note that is marked and has the heading, and one with a scan and no
// heading, is refused with ErrNotTyped. Only file's Kind and Title are used.
func SetBody(file vault.File, data []byte, text string) ([]byte, error) {
	n, err := read(file, data)
	if err != nil {
		return nil, err
	}
	if text, err = clean(text); err != nil {
		return nil, err
	}
	s, err := n.withBody(strings.ReplaceAll(text, "\n", n.newline))
	if err != nil {
		return nil, err
	}
	return n.checkBody(s, text)
}

// SetMarked returns a note that is marked as transcribed, with text in place of
// its words, wherever vault.Parse finds them. It is for notes whose parts are
// ErrUnclear to SetTranscription.
func SetMarked(file vault.File, data []byte, text string) ([]byte, error) {
	n, err := read(file, data)
	if err != nil {
		return nil, err
	}
	if text, err = clean(text); err != nil {
		return nil, err
	}
	if !n.parsed.FrontMatter.Transcribed || n.parsed.Text == "" {
		return nil, ErrUnclear
	}
	return n.checkBody(n.inPlace(strings.ReplaceAll(text, "\n", n.newline)), text)
}

// inPlace returns the note with words in place of its text, which is not empty.
func (n note) inPlace(words string) string {
	start := n.parsed.TextStart
	return n.s[:start] + words + n.s[start+len(n.parsed.Text):]
}

// withBody returns the note with words as its owner's.
func (n note) withBody(words string) (string, error) {
	section, found := n.section()
	if found && n.parsed.FrontMatter.Transcribed {
		return "", ErrNotTyped
	}
	if found && n.parsed.Text != "" {
		return n.inPlace(words), nil
	}
	if found && words != "" {
		return n.insert(section, words), nil
	}
	if found {
		return n.s, nil
	}
	all, err := read(vault.File{Kind: daybook.Evergreen}, []byte(n.s))
	if err != nil {
		return "", err
	}
	if n.parsed.Text != all.parsed.Text && strings.Contains(n.s[n.body:], "![[") {
		return "", ErrNotTyped
	}
	if all.parsed.Text != "" {
		return all.inPlace(words), nil
	}
	start := all.parsed.TextStart
	s := n.s[:start]
	if words != "" {
		if start > 0 && !strings.HasSuffix(s, "\n") && s != bom {
			s += n.newline
		}
		s += words + n.newline + n.s[start:]
	}
	return s, nil
}

// section returns the part of a daily note in which vault.Parse finds its text.
func (n note) section() (p part, found bool) {
	if n.file.Kind != daybook.Daily {
		return p, false
	}
	for l := (vault.Lines{S: n.s, At: n.body}); l.Next(); {
		title, ok := l.Heading3()
		switch {
		case !ok:
		case found:
			p.to = l.Start
			return p, true
		case title == headingTranscription:
			p, found = part{l.Start, l.At, len(n.s)}, true
		}
	}
	return p, found
}

// checkBody reads the note that an edit would make, and returns it if its text
// is text and its front matter is unchanged.
func (n note) checkBody(s, text string) ([]byte, error) {
	if len(s) > vault.MaxNote {
		return nil, errTooLarge()
	}
	now, err := read(n.file, []byte(s))
	if err != nil || lineFeeds(now.parsed.Text) != text || now.parsed.FrontMatter.End != n.parsed.FrontMatter.End {
		return nil, ErrText
	}
	return []byte(s), nil
}

// clean returns text with line feeds as its only line ends, trimmed as
// vault.Parse would.
func clean(text string) (string, error) {
	switch {
	case len(text) > vault.MaxNote:
		return "", errTooLarge()
	case !utf8.ValidString(text) || strings.ContainsRune(text, 0):
		return "", daybook.Errorf(daybook.Invalid, "The text is not UTF-8, or has NUL bytes.")
	}
	return trim(lineFeeds(text)), nil
}

// trim removes blank lines around a text, and space at its end.
func trim(text string) string {
	text = strings.TrimRightFunc(text, unicode.IsSpace)
	blank := text[:len(text)-len(strings.TrimLeftFunc(text, unicode.IsSpace))]
	return text[strings.LastIndexByte(blank, '\n')+1:]
}

// lineFeeds returns text with every kind of line end replaced by a line feed.
func lineFeeds(text string) string {
	return strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
}

// line returns words as whole lines; nothing if there are none.
func line(words, newline string) string {
	if words == "" {
		return ""
	}
	return words + newline
}

func blankFirst(s string) bool {
	l := vault.Lines{S: s}
	return l.Next() && strings.TrimSpace(l.Text) == ""
}

func errTooLarge() error {
	return daybook.Errorf(daybook.TooLarge, "The note would be larger than %d MB.", vault.MaxNote>>20)
}
