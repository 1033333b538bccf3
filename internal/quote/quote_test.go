package quote_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"daybook/internal/quote"
)

var texts = []string{
	"FIRST TIME IN THE SEA. Properly, I mean, swimming.\nUrsula took three of us down Gull Steps at seven — in the morning.",
	"She said: “if you stop fighting the water, my love, it was here first”. It’s *thirteen* degrees.",
}

func TestFind(t *testing.T) {
	c := quote.NewCorpus(texts)
	for quotation, want := range map[string]int{
		"Ursula took three of us down Gull Steps":     0,
		"Ursula took\n three  of us":                  0,
		"Properly, I mean, swimming. Ursula":          0,
		"down Gull Steps at seven - in the morning,":  0,
		"FIRST TIME IN THE SEA … Ursula took three":   -1, // of two sentences
		"Ursula took three ... in the morning":        0,
		"[…] Ursula took three of us [...]":           0,
		"\"if you stop fighting the water, my love":   1,
		"It's thirteen degrees!":                      1,
		"Ursula took four of us down Gull Steps":      -1,
		"ursula took three of us":                     0,
		"ursula Took three of us":                     -1,
		"rsula took three of u":                       -1,
		"swimming … Properly":                         -1,
		"Ursula took three of us … it was here first": -1,
		"":  -1,
		"…": -1,
	} {
		got, ok := c.Find(quotation)
		if !ok {
			got = -1
		}
		if got != want {
			t.Errorf("%q is found in %d, want %d", quotation, got, want)
		}
	}
}

// check runs an answer through a stream, in pieces of n bytes cut at runes.
func check(answer string, n int) (string, []quote.Quotation) {
	s := quote.Stream{Find: quote.NewCorpus(texts).Find, Ignore: func(q string) bool { return q == "the words of the question" }}
	var out strings.Builder
	piece := ""
	for _, r := range answer {
		if piece += string(r); len(piece) >= n {
			out.WriteString(s.Feed(piece))
			piece = ""
		}
	}
	out.WriteString(s.Feed(piece))
	tail, found := s.End()
	return out.String() + tail, found
}

func TestStreamMarksUnverified(t *testing.T) {
	for answer, want := range map[string]string{
		`You wrote "Ursula took three of us" [1].`:                       `You wrote "Ursula took three of us" [1].`,
		`You wrote "Ursula took nobody of us" [1].`:                      `You wrote "Ursula took nobody of us" [unverified] [1].`,
		`„Ursula took nobody of us“ und «Ursula took all of us».`:        `„Ursula took nobody of us“ [unverified] und «Ursula took all of us» [unverified].`,
		`It was “thirteen degrees”, not “fourteen whole degrees”.`:       `It was “thirteen degrees”, not “fourteen whole degrees” [unverified].`,
		`You asked for "the words of the question", a "great" thing.`:    `You asked for "the words of the question", a "great" thing.`,
		"A \"quotation that never ends\n\nand goes on\" here and there.": "A \"quotation that never ends\n\nand goes on\" here and there.",
		"> Ursula took three\n> of us\n\nNext.":                          "> Ursula took three\n> of us\n\nNext.",
		"> Ursula took all\n> of us\n\nNext.":                            "> Ursula took all\n> of us\n\n[unverified]\n\nNext.",
		"> Ursula took all of us\nNext.":                                 "> Ursula took all of us\n\n[unverified]\n\nNext.",
		"So:\n> Ursula took all of us":                                   "So:\n> Ursula took all of us\n\n[unverified]",
		"> \"Ursula took three of us\"":                                  "> \"Ursula took three of us\"",
		"":                                                               "",
	} {
		for _, n := range []int{1, 5, 1000} {
			if got, _ := check(answer, n); got != want {
				t.Errorf("pieces of %d: %q, want %q", n, got, want)
			}
		}
	}
}

func FuzzStream(f *testing.F) {
	for _, s := range []string{`a "b c d" e`, "> x\n> y\n\nz", "„a“ ”b” «c»", "\"\n\n\"", "…“…”", "> \n>", "\n>\n\n"} {
		f.Add(s, 3)
	}
	f.Fuzz(func(t *testing.T, answer string, n int) {
		if !utf8.ValidString(answer) {
			return
		}
		whole, found := check(answer, 1<<20)
		if pieces, _ := check(answer, n); pieces != whole {
			t.Fatalf("%q in pieces of %d is %q", answer, n, pieces)
		}
		runes := []rune(whole)
		for _, q := range found {
			if q.Start < 0 || q.End > len(runes) || q.Start >= q.End {
				t.Fatalf("%q: a quotation from %d to %d of %d", answer, q.Start, q.End, len(runes))
			}
		}
		bare := strings.ReplaceAll(whole, quote.Mark, "")
		if fields(bare) != fields(strings.ReplaceAll(answer, quote.Mark, "")) {
			t.Fatalf("%q became %q", answer, whole)
		}
	})
}

func fields(s string) string { return strings.Join(strings.Fields(s), "") }

func TestLocate(t *testing.T) {
	text := "She said:  “if you *stop*\nfighting the water, my love… it was here first”. Ångström — well."
	for quotation, want := range map[string]string{
		"if you stop fighting the water": "if you *stop*\nfighting the water",
		"If you stop":                    "if you *stop",
		"'if you stop fighting":          "if you *stop*\nfighting",
		"my love ... here first":         "my love… it was here first",
		"you stop … was here":            "you *stop*\nfighting the water, my love… it was here",
		"stop … here":                    "",
		"Ångström - well.":               "Ångström — well",
		"she said: \"if":                 "She said:  “if",
		"if you start fighting":          "",
		"":                               "",
		"first … She":                    "",
	} {
		start, end, ok := quote.Locate(text, quotation)
		got := ""
		if ok {
			got = text[start:end]
		}
		if got != want {
			t.Errorf("%q stands at %q, want %q", quotation, got, want)
		}
	}
}

// FuzzLocate checks that Locate finds exactly what Find finds.
func FuzzLocate(f *testing.F) {
	f.Add("a “b c” … d", "b c")
	f.Add("  x [...] y\t*z*", "x … z")
	f.Add("\xff. .. ...", "\xff")
	f.Fuzz(func(t *testing.T, text, quotation string) {
		_, found := quote.NewCorpus([]string{text}).Find(quotation)
		start, end, ok := quote.Locate(text, quotation)
		if ok != found || ok && (start < 0 || start >= end || end > len(text)) {
			t.Fatalf("%q in %q: found %v, located %v at %d to %d", quotation, text, found, ok, start, end)
		}
		if !ok {
			return
		}
		if _, again := quote.NewCorpus([]string{text[start:end]}).Find(quotation); !again {
			t.Fatalf("%q in %q is not at %q", quotation, text, text[start:end])
		}
	})
}

// BenchmarkLocate finds a quotation at the end of a long text.
func BenchmarkLocate(b *testing.B) {
	text := strings.Repeat("We walked — “slowly” — to the *sea* and back … again. ", 2_000) + "The heron stood there all morning."
	for b.Loop() {
		if _, _, ok := quote.Locate(text, "heron stood there all morning"); !ok {
			b.Fatal("not found")
		}
	}
}
