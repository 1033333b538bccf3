package vault

import "strings"

// lines goes through a note line by line and knows which lines are code.
//
//	l := lines{s: note, at: from}
//	for l.next() { … l.text … }
type lines struct {
	s     string
	at    int    // where the next line begins
	start int    // where this one does
	text  string // this line, without its end
	// code says that the line belongs to a fenced code block, its fences
	// included.
	code  bool
	fence string // the fence that the open code block began with, "" outside
}

// next moves to the next line, and reports false after the last.
func (l *lines) next() bool {
	if l.at >= len(l.s) {
		return false
	}
	l.start = l.at
	l.text = l.s[l.at:]
	if i := strings.IndexByte(l.text, '\n'); i >= 0 {
		l.text = l.text[:i]
		l.at += i + 1
	} else {
		l.at = len(l.s)
	}
	l.text = strings.TrimSuffix(l.text, "\r")
	l.mark()
	return true
}

// mark sets code, by the rules of CommonMark for fenced blocks.
func (l *lines) mark() {
	l.code = l.fence != ""
	line, ok := unindent(l.text)
	if !ok || line == "" || line[0] != '`' && line[0] != '~' {
		return
	}
	rest := strings.TrimLeft(line, line[:1])
	fence := line[:len(line)-len(rest)]
	switch {
	case len(fence) < 3:
	case l.fence == "":
		if fence[0] == '~' || !strings.Contains(rest, "`") {
			l.fence, l.code = fence, true
		}
	case fence[0] == l.fence[0] && len(fence) >= len(l.fence) && strings.TrimSpace(rest) == "":
		l.fence = ""
	}
}

// unindent takes up to three spaces from a line. It reports false for a line
// indented further, which is no heading and no fence.
func unindent(line string) (string, bool) {
	rest := strings.TrimLeft(line, " ")
	return rest, len(line)-len(rest) <= 3
}

// heading3 returns the text of a line that is a heading of the third level.
func heading3(line string) (title string, ok bool) {
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
