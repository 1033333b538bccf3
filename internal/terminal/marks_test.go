package terminal

import (
	"strings"
	"testing"
)

func TestMarks(t *testing.T) {
	for text, want := range map[string]string{
		"**4 June 2023** [1]\n> She said **no**.":               "<4 June 2023> [1]\n> She said <no>.",
		"With [[Oda]] and [[People/Oda|her]] at [[2024-05-04]]": "With Oda and her at 2024-05-04",
		"2 ** 3 and a**b\n**open\nnext** [[open\n]] [1] * one":  "2 ** 3 and a**b\n**open\nnext** [[open\n]] [1] * one",
		"![[boat.jpg]] ****  [[]] **":                           "![[boat.jpg]] ****  [[]] **",
		"- [ ] a *task* **":                                     "- [ ] a *task* **",
		"**" + strings.Repeat("é", 300):                         "**" + strings.Repeat("é", 300),
		"":                                                      "",
	} {
		for _, size := range []int{1, 2, 3, 7, 1000} {
			m := Marks{Bold: func(s string) string { return "<" + s + ">" }}
			var got strings.Builder
			for i := 0; i < len(text); i += size {
				got.WriteString(m.Next(text[i:min(i+size, len(text))]))
			}
			got.WriteString(m.Rest())
			if got.String() != want {
				t.Errorf("%q in pieces of %d: %q, want %q", text, size, got.String(), want)
			}
		}
	}
}

func TestStylesTakeNoColumns(t *testing.T) {
	var b strings.Builder
	w := NewWrapper(&b, 20)
	if _, err := w.Write([]byte(Bold.Wrap("four words of") + " twenty.\n")); err != nil {
		t.Fatal(err)
	}
	if err := w.Flush(); err != nil || strings.Count(b.String(), "\n") != 2 {
		t.Errorf("%q, %v", b.String(), err)
	}
	b.Reset()
	if _, err := w.Write([]byte(Bold.Wrap("exactly") + " " + Bold.Wrap("twenty columns") + "\n")); err != nil {
		t.Fatal(err)
	}
	if got := b.String(); strings.Count(got, "\n") != 2 {
		t.Errorf("%q", got)
	}
	b.Reset()
	if _, err := w.Write([]byte(Bold.Wrap("exact") + " " + Bold.Wrap("twenty columns") + "\n")); err != nil {
		t.Fatal(err)
	}
	if got := b.String(); strings.Count(got, "\n") != 1 {
		t.Errorf("%q", got)
	}
}
