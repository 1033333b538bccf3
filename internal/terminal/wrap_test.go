package terminal_test

import (
	"strings"
	"testing"

	"daybook/internal/terminal"
)

func TestWrapper(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"a short line", "a short line"},
		{"twenty columns hold this and no more of it", "twenty columns hold\nthis and no more of\nit"},
		{"two\n\nparagraphs of which the second is long", "two\n\nparagraphs of which\nthe second is long"},
		{"> a quotation that goes on behind it\nnot quoted", "> a quotation that\n> goes on behind it\nnot quoted"},
		{"a-word-that-is-longer-than-the-line and another", "a-word-that-is-longer-than-the-line\nand another"},
		{"日本語の長い文章はどこでも折り返すことができます", "日本語の長い文章はど\nこでも折り返すことが\nできます"},
		{"  indented and long enough to be wrapped", "  indented and long\n  enough to be\n  wrapped"},
		{"", ""},
	} {
		for size := 1; size < 6; size++ {
			var b strings.Builder
			w := terminal.NewWrapper(&b, 20)
			for text := c.text; text != ""; {
				n := min(size, len(text)) // also within a rune
				if _, err := w.Write([]byte(text[:n])); err != nil {
					t.Fatal(err)
				}
				text = text[n:]
			}
			if err := w.Flush(); err != nil || b.String() != c.want {
				t.Errorf("%q by %d bytes: %q, %v", c.text, size, b.String(), err)
			}
		}
	}
}
