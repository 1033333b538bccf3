package terminal

import "strings"

// mostHeld is how many bytes of a piece of text are held back to see whether
// a mark is closed.
const mostHeld = 400

// Marks shows the Markdown of a text that comes in pieces as a reader of a
// terminal expects it: **words** as bold, and links between notes, [[Note]] or
// [[Note|words]], as words. A mark that is not closed on its line stays as it
// is. Call Rest at the end.
type Marks struct {
	// Bold styles text. The text is clean: see Clean.
	Bold func(string) string

	held string
	last byte // the byte before held
}

// Next returns what can be shown, now that another piece has come.
func (m *Marks) Next(piece string) string { return m.show(m.held+piece, false) }

// Rest returns what was held back.
func (m *Marks) Rest() string { return m.show(m.held, true) }

func (m *Marks) show(text string, all bool) string {
	var b strings.Builder
	emit := func(n int, shown string) {
		b.WriteString(shown)
		m.last = text[n-1]
		text = text[n:]
	}
	m.held = ""
	for text != "" {
		i := strings.IndexAny(text, "*[")
		if i < 0 {
			emit(len(text), text)
			break
		}
		if i > 0 {
			emit(i, text[:i])
		}
		if len(text) == 1 && !all { // perhaps the first half of a mark
			m.held = text
			break
		}
		shown, n, more := m.mark(text)
		if more && !all && len(text) < mostHeld {
			m.held = text
			break
		}
		emit(n, shown)
	}
	return b.String()
}

// mark returns how the mark at the beginning of a text is shown, and how many
// bytes that is of the text. If it is not closed, more reports whether it may be
// closed by what follows the text.
func (m *Marks) mark(text string) (shown string, n int, more bool) {
	ends := map[string]string{"**": "**", "[[": "]]"}
	isEmbed := m.last == '!' && text[0] == '['
	if isEmbed || len(text) < 2 || ends[text[:2]] == "" {
		return text[:1], 1, false
	}
	line, _, whole := strings.Cut(text[2:], "\n")
	inner, _, closed := strings.Cut(line, ends[text[:2]])
	if !closed {
		return text[:2], 2, !whole
	}
	if inner == "" || strings.TrimSpace(inner) != inner {
		return text[:2], 2, false
	}
	n = len(inner) + 4
	if text[0] == '*' {
		return m.Bold(inner), n, false
	}
	if _, words, ok := strings.Cut(inner, "|"); ok {
		inner = words
	}
	return inner, n, false
}
