package vault

import "strings"

// Lines goes through a note line by line and knows which lines are code or
// belong to a list.
//
//	l := Lines{S: note, At: from}
//	for l.Next() { … l.Text … }
type Lines struct {
	S     string
	At    int    // where the next line begins
	Start int    // where this one does
	Text  string // this line, without its end
	// Code is set on the lines of a fenced code block or a block of mathematics
	// ($$), including the fences. Info is what follows the opening fence on its
	// line.
	Code bool
	Info string
	// Nested is set on lines of a list item that began before them.
	Nested bool
	fence  string // the fence of the open code block, "" outside one
	opens  bool   // this line is an opening fence
	item   int    // how many columns the lines of the open list item are indented by, 0 outside one
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
	l.nest()
	l.mark()
	return true
}

// Heading3 returns the text of this line if it is a heading of the third level
// that is not within a block.
func (l *Lines) Heading3() (title string, ok bool) {
	if l.Code || l.Nested {
		return "", false
	}
	return Heading3(l.Text)
}

// closes reports whether the open code block ends within the note.
func (l Lines) closes() bool {
	for l.fence != "" {
		if !l.Next() {
			return false
		}
	}
	return true
}

// nest sets Nested, by the rules of CommonMark for list items.
func (l *Lines) nest() {
	columns, rest := indentation(l.Text)
	l.Nested = l.item > 0 && columns >= l.item && rest != ""
	if l.Nested || rest == "" || l.fence != "" {
		return
	}
	l.item = 0
	if width := listMarker(rest); width > 0 && columns <= 3 {
		l.item = columns + width
	}
}

// indentation returns how many columns of white space a line begins with, and
// the rest of the line.
func indentation(line string) (columns int, rest string) {
	for i, c := range []byte(line) {
		switch c {
		case ' ':
			columns++
		case '\t':
			columns += 4 - columns%4
		default:
			return columns, line[i:]
		}
	}
	return columns, ""
}

// listMarker returns the width of the list marker that an unindented line
// begins with, 0 for other lines.
func listMarker(line string) int {
	mark := firstWord(line)
	number := strings.TrimRight(mark, ".)")
	switch {
	case mark == "-", mark == "*", mark == "+":
	case len(mark)-len(number) == 1 && number != "" && len(number) < 10 && strings.Trim(number, "0123456789") == "":
	default:
		return 0
	}
	if bare := strings.ReplaceAll(line, " ", ""); len(bare) >= 3 && strings.Trim(bare, line[:1]) == "" {
		return 0 // a rule: * * *
	}
	return len(mark) + 1
}

// mark sets Code and Info, by the rules of CommonMark for fenced blocks.
func (l *Lines) mark() {
	l.Code = l.fence != ""
	l.opens = false
	if !l.Code {
		l.Info = ""
	}
	line, ok := unindent(l.Text)
	if l.Nested {
		_, line = indentation(l.Text)
		ok = true
	}
	if !ok || line == "" {
		return
	}
	beginsMath := l.fence == "" && strings.HasPrefix(line, mathFence)
	if beginsMath || l.fence == mathFence {
		l.math(line)
		return
	}
	if line[0] != '`' && line[0] != '~' {
		return
	}
	rest := strings.TrimLeft(line, line[:1])
	fence := line[:len(line)-len(rest)]
	switch {
	case len(fence) < 3:
	case l.fence == "":
		if fence[0] == '~' || !strings.Contains(rest, "`") {
			l.fence, l.Code, l.opens, l.Info = fence, true, true, strings.TrimSpace(rest)
		}
	case fence[0] == l.fence[0] && len(fence) >= len(l.fence) && strings.TrimSpace(rest) == "":
		l.fence = ""
	}
}

// mathFence begins and ends a block of mathematics.
const mathFence = "$$"

// mathLines bounds a block of mathematics. Without an end within these lines,
// "$$" is text.
const mathLines = 50

// math reads a line in or at the edge of a block of mathematics.
func (l *Lines) math(line string) {
	if l.fence == "" {
		if strings.Contains(line[len(mathFence):], mathFence) || !closesMath(l.S[l.At:]) {
			return
		}
		l.fence, l.Code, l.opens = mathFence, true, true
		return
	}
	if strings.Contains(line, mathFence) {
		l.fence = ""
	}
}

// closesMath reports whether a block of mathematics ends in rest.
func closesMath(rest string) bool {
	at := strings.Index(rest, mathFence)
	return at >= 0 && strings.Count(rest[:at], "\n") < mathLines
}

// unindent removes up to three spaces from a line. It reports false for a line
// indented further, which is neither a heading nor a fence.
func unindent(line string) (string, bool) {
	rest := strings.TrimLeft(line, " ")
	return rest, len(line)-len(rest) <= 3
}

// Heading3 returns the text of a line that is a heading of the third level.
func Heading3(line string) (title string, ok bool) {
	line, ok = unindent(line)
	rest, is := strings.CutPrefix(line, "###")
	spaced := rest == "" || rest[0] == ' ' || rest[0] == '\t'
	if !ok || !is || !spaced {
		return "", false
	}
	title = strings.TrimSpace(rest)
	// A closing row of #s counts only after a space.
	if bare := strings.TrimRight(title, "#"); bare == "" || strings.HasSuffix(bare, " ") {
		title = strings.TrimSpace(bare)
	}
	return title, true
}
