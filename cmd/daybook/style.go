package main

import (
	"fmt"
	"strings"

	"daybook"
	"daybook/internal/chat"
	"daybook/internal/terminal"
)

// style formats text: with colors in a terminal, plain in a pipe or with NO_COLOR.
type style struct{ color bool }

func newStyle(w env) style {
	return style{color: w.terminal && w.getenv("NO_COLOR") == "" && w.getenv("TERM") != "dumb"}
}

func (s style) wrap(as terminal.Style, text string) string {
	if !s.color || text == "" {
		return text
	}
	return as.Wrap(text)
}

func (s style) bold(text string) string { return s.wrap(terminal.Bold, text) }
func (s style) dim(text string) string  { return s.wrap(terminal.Dim, text) }

func (s style) warn(text string) string { return s.wrap(terminal.Red, text) }

// plain is like markdown, on one line.
func (s style) plain(text string) string { return strings.Map(noBreaks, s.markdown(text)) }

func noBreaks(r rune) rune {
	if r == '\n' || r == '\t' {
		return ' '
	}
	return r
}

// markdown makes text of others safe for a terminal. It keeps Markdown as it is.
func (style) markdown(text string) string { return terminal.Clean(text) }

// step formats a search by an agent, without colors.
func (s style) step(step *chat.Step) string {
	return s.plain(fmt.Sprintf("%d. %s: %s (%d found, %d new)", step.Round, strings.ReplaceAll(step.Tool, "_", " "), step.Query, step.Found, step.New))
}

// citations lists the days that an answer cites.
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

// lock returns a mark for private entries.
func lock(private bool) string {
	if !private {
		return ""
	}
	return "  " + daybook.Lock
}
