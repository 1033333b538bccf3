package vault

import "strings"

// Lines goes through a note line by line and knows which lines are code.
//
//	l := Lines{S: note, At: from}
//	for l.Next() { … l.Text … }
type Lines struct {
	S     string
	At    int    // where the next line begins
	Start int    // where this one does
	Text  string // this line, without its end
	// Code says that the line belongs to a fenced code block, its fences
	// included.
	Code  bool
	fence string // the fence that the open code block began with, "" outside
}

// Next moves to the next line, and reports false after the last.
func (l *Lines) Next() bool {
	if l.At >= len(l.S) {
		return false
	}
	l.Start = l.At
	l.Text = l.S[l.At:]
	if i := strings.IndexByte(l.Text, '\n'); i >= 0 {
		l.Text = l.Text[:i]
		l.At += i + 1
	} else {
		l.At = len(l.S)
	}
	l.Text = strings.TrimSuffix(l.Text, "\r")
	l.mark()
	return true
}

// mark sets Code, by the rules of CommonMark for fenced blocks.
func (l *Lines) mark() {
	l.Code = l.fence != ""
	line, ok := unindent(l.Text)
	if !ok || line == "" || line[0] != '`' && line[0] != '~' {
		return
	}
	rest := strings.TrimLeft(line, line[:1])
	fence := line[:len(line)-len(rest)]
	switch {
	case len(fence) < 3:
	case l.fence == "":
		if fence[0] == '~' || !strings.Contains(rest, "`") {
			l.fence, l.Code = fence, true
		}
	case fence[0] == l.fence[0] && len(fence) >= len(l.fence) && strings.TrimSpace(rest) == "":
		l.fence = ""
	}
}

// unindent takes up to three spaces from a line. It reports false for a line
// indented further, which is neither a heading nor a fence.
func unindent(line string) (string, bool) {
	rest := strings.TrimLeft(line, " ")
	return rest, len(line)-len(rest) <= 3
}

// Heading3 returns the text of a line that is a heading of the third level.
func Heading3(line string) (title string, ok bool) {
	line, ok = unindent(line)
	rest, is := strings.CutPrefix(line, "###")
	if !ok || !is || rest != "" && rest[0] != ' ' && rest[0] != '\t' {
		return "", false
	}
	title = strings.TrimSpace(rest)
	// A closing row of #s counts only after a space.
	if bare := strings.TrimRight(title, "#"); bare == "" || strings.HasSuffix(bare, " ") {
		title = strings.TrimSpace(bare)
	}
	return title, true
}
