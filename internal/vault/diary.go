package vault

import (
	"sort"
	"strings"
	"unicode"
)

// maxDiary bounds how much of a note is read, in bytes, not counting files
// embedded in it.
const maxDiary = 8 << 20

// diary builds the text of an entry from parts of a note.
type diary struct {
	s     string
	parts []Span // of s, in the order in which they are read
}

// lineMark says which line of the note an offset in the diary is on.
type lineMark struct{ at, line int }

// add adds the part of the note between from and to, without what is hidden.
func (d *diary) add(from, to int, hide []Span) {
	for _, h := range hide {
		if h.End <= from || h.Start >= to {
			continue
		}
		if h.Start > from {
			d.parts = append(d.parts, Span{from, h.Start})
		}
		from = h.End
	}
	if from < to {
		d.parts = append(d.parts, Span{from, to})
	}
}

// take returns the parts as one text without blank lines around it, and the
// note's line that each part begins on.
func (d *diary) take() (text string, marks []lineMark) {
	if len(d.parts) == 1 {
		start, end := trim(d.s, d.parts[0].Start, d.parts[0].End)
		return d.s[start:end], []lineMark{{0, 1 + strings.Count(d.s[:start], "\n")}}
	}
	var b strings.Builder
	line, counted := 1, 0
	for _, p := range d.parts {
		if p.Start < counted { // what is transcribed may be above what is typed
			line, counted = 1, 0
		}
		line += strings.Count(d.s[counted:p.Start], "\n")
		counted = p.Start
		marks = append(marks, lineMark{b.Len(), line})
		b.WriteString(d.s[p.Start:p.End])
	}
	all := b.String()
	start, end := trim(all, 0, len(all))
	for i := range marks {
		if at := marks[i].at; at < start { // it begins in the blank lines before the text
			marks[i].line += strings.Count(all[at:min(start, endOf(marks, i, len(all)))], "\n")
		}
		marks[i].at = max(marks[i].at-start, 0)
	}
	return all[start:end], marks
}

// endOf returns where part i ends in a text of that length.
func endOf(marks []lineMark, i, length int) int {
	if i+1 < len(marks) {
		return marks[i+1].at
	}
	return length
}

// Line returns the line of the note's file, from 1, that the byte of Diary at
// offset is on.
func (n *Note) Line(offset int) int {
	i := sort.Search(len(n.lines), func(i int) bool { return n.lines[i].at > offset }) - 1
	if i < 0 {
		return n.TextLine
	}
	return n.lines[i].line + strings.Count(n.Diary[n.lines[i].at:offset], "\n")
}

// diaryOf returns the diary in a note. Typed words come before the transcription
// of a scan, wherever they are in the note.
func diaryOf(s string, body int, section Span, ofScan bool, title string) (text string, marks []lineMark) {
	hide := notDiary(s, body, len(s))
	d := diary{s: s}
	if section.End == 0 && !ofScan {
		d.add(body, len(s), hide)
		return d.take()
	}
	page := false
	var typed []Span
	for l := (Lines{S: s, At: body}); l.Next(); {
		if l.Start >= section.Start && l.Start < section.End {
			continue
		}
		heading, ok := l.Heading3()
		if ok {
			page = heading == headingPage
		}
		switch trimmed := strings.TrimSpace(l.Text); {
		case ok && page, heading == headingTranscription && l.At == section.Start:
		case !l.Code && onlyTags(trimmed), !l.Code && onlyScans(trimmed, page, title):
		case len(typed) > 0 && typed[len(typed)-1].End == l.Start:
			typed[len(typed)-1].End = l.At
		default:
			typed = append(typed, Span{l.Start, l.At})
		}
	}
	for _, p := range typed {
		d.add(p.Start, p.End, hide)
	}
	return d.with(section, hide)
}

// with returns the typed parts and then the transcription, with a blank line
// between them.
func (d *diary) with(section Span, hide []Span) (string, []lineMark) {
	typed, marks := d.take()
	behind := diary{s: d.s}
	behind.add(section.Start, section.End, hide)
	text, more := behind.take()
	switch {
	case strings.TrimSpace(text) == "":
		return typed, marks
	case strings.TrimSpace(typed) == "":
		return text, more
	}
	typed += "\n\n"
	for _, m := range more {
		m.at += len(typed)
		marks = append(marks, m)
	}
	return typed + text, marks
}

// onlyTags reports whether a line consists of tags.
func onlyTags(line string) bool {
	words := strings.Fields(line)
	for _, word := range words {
		if !strings.HasPrefix(word, "#") || len(word) < 2 || tagLength(word[1:]) != len(word)-1 {
			return false
		}
	}
	return len(words) > 0
}

// onlyScans reports whether a line consists of embeds of the note's scans.
func onlyScans(line string, page bool, title string) bool {
	found := false
	for _, e := range embeds(line) {
		if !ownScan(e, title, page) {
			return false
		}
		found = true
	}
	return found && strings.TrimFunc(withoutEmbeds(line), unicode.IsSpace) == ""
}
