package almanac

import (
	"math"
	"strings"
	"testing"

	"daybook/internal/text"
)

func analyzer(t testing.TB, name string) *text.Analyzer {
	t.Helper()
	a, err := text.New(name)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// mark writes how words stand: ^ where case tells nothing, + where a word is
// joined to the one before, # in a tag.
func mark(l *lexicon, tokens []token) string {
	var list []string
	for _, t := range tokens {
		s := l.words[t&number].surface
		if t&joined != 0 {
			s = "+" + s
		}
		if t&tagged != 0 {
			s = "#" + s
		} else if t&leading != 0 {
			s = "^" + s
		}
		list = append(list, s)
	}
	return strings.Join(list, " ")
}

func TestPositionFlags(t *testing.T) {
	for s, want := range map[string]string{
		"I saw Ana Lopes. She waved, and Ana’s dog":           "^I +saw +Ana +Lopes ^She +waved and +Ana +dog",
		"With Mr. Creed and W. Howe":                          "^With +Mr +Creed +and +W +Howe",
		"He said “They sleep”; I left":                        "^He +said ^They +sleep ^I +left",
		"one\nTwo\n- Three\n\nFour":                           "^one ^Two ^Three ^Four",
		"FIRST TIME IN the NHS ward":                          "^FIRST ^+TIME ^+IN +the +NHS +ward",
		"#day and #trip/Far-away (#x) C#":                     "#day +and #trip #Far #away #x C",
		"see https://a.example/Some_Page?x=1 and www.b.c/D E": "^see +and +E",
		"![[My Scan.pdf]] then [illegible] or [word?]":        "^then or word",
		"kept [[Ursula]] here":                                "^kept Ursula here",
	} {
		l := newLexicon()
		if got := mark(l, l.tokens(analyzer(t, "english"), s)); got != want {
			t.Errorf("%q: %s, want %s", s, got, want)
		}
	}
}

func FuzzTokens(f *testing.F) {
	for _, s := range []string{"Mr. Creed’s #tag/a", "![[x]] [illegible] http://x", "喝茶 ß 'quoted'", "\xff#\xfe.", "A B C D E F G H", "of of of"} {
		f.Add(s)
	}
	a := analyzer(f, "english")
	f.Fuzz(func(t *testing.T, s string) {
		l := newLexicon()
		tokens := l.tokens(a, s)
		if len(tokens) > len(a.Tokens(s)) {
			t.Fatalf("%d words of %d", len(tokens), len(a.Tokens(s)))
		}
		j := &journal{words: l.words, terms: l.terms, forms: l.forms, days: []day{{records: []*record{{tokens: tokens}, {tokens: tokens}}}}}
		n := j.named(rulesFor(a))
		for i := range tokens {
			key, length := n.run(j, tokens, i)
			if length < 0 || i+length > len(tokens) || length > 0 && !strings.Contains(n.runName(j, key), " ") {
				t.Fatalf("a name of %d words at %d of %d: %q", length, i, len(tokens), n.runName(j, key))
			}
		}
	})
}

// The figures were calculated by hand from the formula.
func TestScore(t *testing.T) {
	for _, c := range []struct{ y, n, yRest, nRest, alpha0, z, times float64 }{
		// α = 20·10/400 = 0.5: (log(10.5/109.5) − log(0.5/319.5)) / √(1/10.5+1/109.5+1/0.5+1/319.5)
		{10, 100, 0, 300, 20, 2.83481, 56},
		{5, 100, 15, 300, 20, 0, 1}, // as in the rest
		{40, 40, 60, 60, 25, 0, 1},  // on every day
	} {
		z, times := score(c.y, c.n, c.yRest, c.nRest, c.alpha0)
		if math.Abs(z-c.z) > 1e-4 || math.Abs(times-c.times) > 1e-9 {
			t.Errorf("%+v: %f and %f times", c, z, times)
		}
	}
	rare, _ := score(1, 100, 0, 300, 20)
	often, _ := score(30, 100, 0, 300, 20)
	less, _ := score(1, 100, 30, 300, 20)
	if rare >= leastScore || often <= 3*rare || less >= 0 {
		t.Errorf("once %f, often %f, less than elsewhere %f", rare, often, less)
	}
}

func TestBars(t *testing.T) {
	s := Summary{Months: []MonthCount{{Month: "2023-01", Days: 31}, {Month: "2023-03", Days: 1}, {Month: "2024-12", Days: 16}}}
	for year, want := range map[int]string{2023: "█ ▁         ", 2024: "           ▅", 2025: strings.Repeat(" ", 12)} {
		if got := s.Bars(year); got != want {
			t.Errorf("%d: %q, want %q", year, got, want)
		}
	}
	if got := Number(1234567) + " " + Number(999) + " " + Days(1) + " " + Days(1000); got != "1,234,567 999 1 day 1,000 days" {
		t.Error(got)
	}
}
