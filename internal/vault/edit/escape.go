package edit

import (
	"strings"
	"unicode"

	"daybook/internal/vault"
)

// Escape returns text as Markdown that shows the same words and that
// SetTranscription does not refuse for them: a backslash goes before each "#"
// of a heading of the third level, before "<!--", and before the fence of a
// code block that is not closed. Code blocks that are closed stay as they are.
// Line ends become line feeds.
func Escape(text string) string {
	text = lineFeeds(text)
	end := len(text) // where an unclosed code block begins
	code := false
	l := vault.Lines{S: text + "\nx"}
	for l.Next() {
		if l.Code && !code {
			end = l.Start
		}
		code = l.Code
	}
	if !code {
		end = len(text)
	}
	var b strings.Builder
	for l := (vault.Lines{S: text}); l.Next(); {
		at, slashes, m := marker(l.Text)
		if m.escaped(slashes, l.Start >= end, l.Code) {
			b.WriteString(text[l.Start:l.Start+at] + `\`)
			l.Start += at
		}
		b.WriteString(text[l.Start:l.At])
	}
	return b.String()
}

// markerKind is what a line would begin without the backslashes before it.
type markerKind int

const (
	noMarker markerKind = iota
	always              // a heading of the third level or a comment
	fence               // a code block
)

// escaped reports whether a marker after so many backslashes gets another one.
// Unclosed means that it is in an unclosed code block.
func (m markerKind) escaped(slashes int, unclosed, code bool) bool {
	switch {
	case unclosed:
		return m != noMarker
	case code:
		return false
	case m == fence:
		return slashes > 0
	}
	return m == always
}

// marker reads the beginning of a line: at is its indentation, slashes the number
// of backslashes after that.
func marker(line string) (at, slashes int, m markerKind) {
	rest := strings.TrimLeft(line, " ")
	if at = len(line) - len(rest); at > 3 {
		return at, 0, noMarker
	}
	bare := strings.TrimLeft(rest, `\`)
	slashes = len(rest) - len(bare)
	// Space at the end of a text is trimmed, and may have kept a line from
	// being a heading.
	switch _, heading := vault.Heading3(strings.TrimRightFunc(bare, unicode.IsSpace)); {
	case heading && bare[0] == '#', strings.HasPrefix(bare, "<!--"):
		m = always
	case strings.HasPrefix(bare, "```"), strings.HasPrefix(bare, "~~~"):
		m = fence
	}
	return at, slashes, m
}
