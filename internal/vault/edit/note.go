package edit

import (
	"slices"
	"strings"

	"daybook"
	"daybook/internal/vault"
)

const bom = "\ufeff"

// note is a note to be written to.
type note struct {
	file    vault.File
	s       string
	parsed  vault.Note
	body    int    // where the body begins
	newline string // how its first line ends
}

// read reads a note. A note that vault.Parse refuses, or whose front matter is
// not closed, is never written.
func read(file vault.File, data []byte) (note, error) {
	if len(data) > vault.MaxNote {
		return note{}, daybook.Errorf(daybook.TooLarge, "The note is larger than %d MB.", vault.MaxNote>>20)
	}
	parsed, err := vault.Parse(file, data)
	if err != nil {
		return note{}, err
	}
	n := note{file: file, s: string(data), parsed: parsed, newline: "\n"}
	if i := strings.IndexByte(n.s, '\n'); i > 0 && n.s[i-1] == '\r' {
		n.newline = "\r\n"
	}
	if strings.HasPrefix(n.s, bom) {
		n.body = len(bom)
	}
	l := vault.Lines{S: n.s, At: n.body}
	if front := parsed.FrontMatter; front.Start > 0 {
		l.At = front.End
		l.Next() // the closing line
		n.body = l.At
	} else if front.Other.Body > 0 {
		n.body = front.Other.Body
	} else if l.Next() && strings.TrimRight(l.Text, " \t") == "---" && !slices.ContainsFunc(strings.Split(n.s[l.At:], "\n"), func(line string) bool { return strings.TrimRight(line, " \t\r") == "---" }) {
		return note{}, daybook.Errorf(daybook.Invalid, "The front matter begins on line 1 of the note and is not closed.")
	}
	return n, nil
}

// part is what follows a heading of the third level: from the end of its line
// to the next such heading, or to the end. Heading is where its line begins.
type part struct{ heading, from, to int }

// part returns the first part of that title.
func (n note) part(title string) (p part, found bool) {
	for l := n.lines(); l.next(); {
		heading, ok := l.heading()
		switch {
		case !ok:
		case found:
			p.to = l.Start
			return p, true
		case heading == title:
			p, found = part{l.Start, l.At, len(n.s)}, true
		}
	}
	return p, found
}

// transcription returns the part that holds the note's text. The error is
// ErrUnclear if vault.Parse sees the text anywhere else.
func (n note) transcription() (p part, found bool, err error) {
	p, found = n.part(headingTranscription)
	start, end := n.parsed.TextStart, n.parsed.TextStart+len(n.parsed.Text)
	if !found {
		return p, false, n.agree()
	}
	if start < p.from || end > p.to || strings.TrimSpace(n.s[p.from:start]+n.s[end:p.to]) != "" {
		return p, true, ErrUnclear
	}
	return p, true, nil
}

// agree returns ErrUnclear if a comment hides a heading that vault.Parse
// counts, in a note without a transcription.
func (n note) agree() error {
	for l := n.lines(); l.next(); {
		if title, ok := l.Heading3(); ok && l.comment && title == headingTranscription {
			return ErrUnclear
		}
	}
	return nil
}

// gap returns what must precede a part that is added at the end of the note: a
// blank line, and the end of the last line if it has none.
func (n note) gap() string {
	switch last := strings.TrimRight(strings.ReplaceAll(n.s, "\r\n", "\n"), " \t"); {
	case n.s == "" || n.s == bom || strings.HasSuffix(last, "\n\n"):
		return ""
	case strings.HasSuffix(last, "\n"):
		return n.newline
	}
	return n.newline + n.newline
}

func (n note) lines() lines { return lines{Lines: vault.Lines{S: n.s, At: n.body}} }

// lines goes through a note as vault.Lines does, and knows its comments.
type lines struct {
	vault.Lines
	comment bool // this line belongs to an HTML comment
	open    bool // which continues on the next one
}

// next moves to the next line. Comments are read by the rules of CommonMark:
// one begins a line, and ends with the line that closes it.
func (l *lines) next() bool {
	if !l.Next() {
		return false
	}
	rest := strings.TrimLeft(l.Text, " ")
	begins := !l.Code && len(l.Text)-len(rest) <= 3 && strings.HasPrefix(rest, "<!--")
	l.comment = l.open || begins
	l.open = l.comment && !strings.Contains(l.Text, "-->")
	return true
}

// heading returns the title of a heading of the third level.
func (l *lines) heading() (title string, ok bool) {
	title, ok = l.Heading3()
	return title, ok && !l.comment
}

// unclosed reports whether a text opens a code block or a comment and does not
// close it: it would include whatever follows.
func unclosed(text string) bool {
	l := lines{Lines: vault.Lines{S: text + "\nx"}}
	for l.next() {
	}
	return l.Code || l.comment
}
