package main

import (
	"fmt"
	"strings"

	"daybook"
	"daybook/internal/chat"
	"daybook/internal/terminal"
)

// style decides how text looks: with colours in a terminal, and bare in a
// pipe or where NO_COLOR asks for it.
type style struct{ colour bool }

func newStyle(w env) style {
	return style{colour: w.terminal && w.getenv("NO_COLOR") == "" && w.getenv("TERM") != "dumb"}
}

func (s style) wrap(as terminal.Style, text string) string {
	if !s.colour || text == "" {
		return text
	}
	return as.Wrap(text)
}

func (s style) bold(text string) string { return s.wrap(terminal.Bold, text) }
func (s style) dim(text string) string  { return s.wrap(terminal.Dim, text) }

func (s style) warn(text string) string { return s.wrap(terminal.Red, text) }

// plain is markdown for what must stay on one line, such as a path.
func (s style) plain(text string) string { return strings.Map(noBreaks, s.markdown(text)) }

func noBreaks(r rune) rune {
	if r == '\n' || r == '\t' {
		return ' '
	}
	return r
}

// markdown is text that others wrote, as a terminal may show it. An answer's
// Markdown is meant to be read as it is.
func (style) markdown(text string) string { return terminal.Clean(text) }

// step tells of a look into the journal. It goes where progress goes, bare.
func (s style) step(step *chat.Step) string {
	return s.plain(fmt.Sprintf("%d. %s: %s (%d found, %d new)", step.Round, strings.ReplaceAll(step.Tool, "_", " "), step.Query, step.Found, step.New))
}

// citations lists the days an answer rests on.
func (s style) citations(done *chat.Done) string {
	list := cited(done)
	if len(list) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteByte('\n')
	for _, c := range list {
		number := fmt.Sprintf("%4s", fmt.Sprintf("[%d]", c.Number))
		fmt.Fprintf(&b, "%s %s  %s%s\n", s.dim(number), s.bold(c.Date.String()), s.dim(s.markdown(fmt.Sprintf("%s:%d", c.Path, c.Line))), lock(c.Private))
	}
	return b.String()
}

// lock marks what is private, behind something else.
func lock(private bool) string {
	if !private {
		return ""
	}
	return "  " + daybook.Lock
}
