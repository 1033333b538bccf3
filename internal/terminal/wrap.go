package terminal

import (
	"bytes"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// Wrapper breaks lines at words, so that they fit a terminal. What follows a
// Markdown quotation mark is quoted on the next line too. Call Flush at the end:
// the last word is held back until it is whole. The text must have no escape
// sequences.
type Wrapper struct {
	w     io.Writer
	width int

	column int    // of the line that is being written
	prefix string // of continued lines
	start  bool   // nothing but the prefix was written in this line
	space  string // after the last word
	word   []byte
	rest   []byte // of a rune that is not whole
}

// NewWrapper returns a Wrapper for lines of a width, in columns.
func NewWrapper(w io.Writer, width int) *Wrapper {
	return &Wrapper{w: w, width: max(width, 20), start: true}
}

// Write implements io.Writer.
func (w *Wrapper) Write(p []byte) (int, error) {
	var out bytes.Buffer
	text := append(w.rest, p...)
	for len(text) > 0 && utf8.FullRune(text) {
		r, size := utf8.DecodeRune(text)
		w.put(&out, r, text[:size])
		text = text[size:]
	}
	w.rest = bytes.Clone(text)
	if _, err := w.w.Write(out.Bytes()); err != nil {
		return 0, err
	}
	return len(p), nil
}

// Flush writes what was held back.
func (w *Wrapper) Flush() error {
	var out bytes.Buffer
	w.word = append(w.word, w.rest...)
	w.rest = nil
	w.endWord(&out)
	_, err := w.w.Write(out.Bytes())
	return err
}

func (w *Wrapper) put(out *bytes.Buffer, r rune, text []byte) {
	switch {
	case r == '\n':
		w.endWord(out)
		out.WriteByte('\n')
		w.column, w.prefix, w.space, w.start = 0, "", "", true
	case r == ' ' || r == '\t':
		w.endWord(out)
		if w.start && w.column == 0 && r == ' ' { // an indentation
			w.prefix += " "
		}
		w.space += string(r)
	default:
		w.word = append(w.word, text...)
		if r == 0x200b || unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana) { // a line may end behind it
			w.endWord(out)
		}
	}
}

// endWord writes the word, in the next line if it does not fit.
func (w *Wrapper) endWord(out *bytes.Buffer) {
	if len(w.word) == 0 {
		return
	}
	word := string(w.word)
	w.word = w.word[:0]
	if w.start && strings.Trim(word, ">") == "" {
		w.prefix = w.space + word + " "
	}
	spaces, columns := uniseg.StringWidth(w.space), uniseg.StringWidth(unstyled(word))
	if !w.start && w.column+spaces+columns > w.width {
		out.WriteString("\n" + w.prefix)
		w.column, w.space = uniseg.StringWidth(w.prefix), ""
		spaces = 0
	}
	out.WriteString(w.space + word)
	w.column += spaces + columns
	w.space = ""
	w.start = w.start && strings.Trim(word, ">") == ""
}

// unstyled returns text without styles, which take no columns.
func unstyled(text string) string {
	return strings.Map(func(r rune) rune {
		if sequences[Style(r)] != "" {
			return -1
		}
		return r
	}, text)
}
