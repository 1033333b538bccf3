// Package terminal keeps what notes, models and providers wrote from
// controlling a terminal: no escape sequence, cursor movement or reordering of
// text by bidirectional controls reaches it.
package terminal

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"sync"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// Style is a text attribute that the program itself sets.
type Style rune

// Styles are written as Unicode noncharacters, which are reserved for use
// inside a program. A Writer turns them into escape sequences.
const (
	reset Style = 0xfdd0 + iota
	Bold
	Dim
	Red
)

var sequences = map[Style]string{reset: "\x1b[0m", Bold: "\x1b[1m", Dim: "\x1b[2m", Red: "\x1b[31m"}

// Wrap styles text, which must be clean: see Clean.
func (s Style) Wrap(text string) string { return string(s) + text + string(reset) }

// Clean removes from text what a Writer would remove, and any Style in it.
func Clean(text string) string {
	return strings.Map(func(r rune) rune {
		if sequences[Style(r)] != "" {
			return -1
		}
		return shown(r)
	}, text)
}

// shown returns the rune to print for r, or -1 for none.
func shown(r rune) rune {
	switch {
	case r == '\n' || r == '\t':
		return r
	case r == '\u2028' || r == '\u2029': // they separate words, and some terminals take them for a line break
		return ' '
	case r == '\u200c' || r == '\u200d': // joiners: emoji and several scripts need them
		return r
	case unicode.IsControl(r), unicode.Is(unicode.Cf, r) && !unicode.Is(unicode.Prepended_Concatenation_Mark, r):
		return -1
	}
	return r
}

// Writer passes text on to a terminal, a pipe or a file. It removes control
// characters except newline and tab, bidirectional controls, and other
// invisible format characters; bytes that are not UTF-8 become U+FFFD.
// It is safe for concurrent use.
type Writer struct {
	out    io.Writer
	colour bool

	mu   sync.Mutex
	json bool
	tail []byte // the beginning of a rune that the next Write completes
}

// NewWriter returns a Writer to out. Styles are dropped unless colour is set.
func NewWriter(out io.Writer, colour bool) *Writer { return &Writer{out: out, colour: colour} }

// JSON makes w a writer of JSON: what would be removed from text is written as
// a \u escape, so that a program reads the same string. It must be called
// between documents.
func (w *Writer) JSON() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.json = true
}

// Write writes p without what a terminal must not see. An incomplete rune at
// the end of p is kept for the next call.
func (w *Writer) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	rest := p
	if len(w.tail) > 0 {
		rest = append(w.tail, p...)
		w.tail = nil
	}
	var b bytes.Buffer
	b.Grow(len(rest))
	for len(rest) > 0 {
		if !utf8.FullRune(rest) {
			w.tail = bytes.Clone(rest)
			break
		}
		r, n := utf8.DecodeRune(rest)
		rest = rest[n:]
		w.add(&b, r)
	}
	if _, err := w.out.Write(b.Bytes()); err != nil {
		return 0, err
	}
	return len(p), nil
}

// add writes r to b, or its replacement. The caller holds mu.
func (w *Writer) add(b *bytes.Buffer, r rune) {
	sequence, styled := sequences[Style(r)]
	switch {
	case w.json:
		if styled || hidden(r) {
			escape(b, r)
		} else {
			b.WriteRune(r)
		}
	case styled:
		if w.colour {
			b.WriteString(sequence)
		}
	default:
		if r = shown(r); r >= 0 {
			b.WriteRune(r)
		}
	}
}

// hidden reports whether JSON must escape r.
func hidden(r rune) bool { return unicode.Is(unicode.Cf, r) || shown(r) != r }

// escape writes r as JSON does: as one UTF-16 unit or a surrogate pair.
func escape(b *bytes.Buffer, r rune) {
	for _, unit := range utf16.Encode([]rune{r}) {
		fmt.Fprintf(b, `\u%04x`, unit)
	}
}
