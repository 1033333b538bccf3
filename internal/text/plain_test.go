package text

import (
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func TestPlain(t *testing.T) {
	for markdown, want := range map[string]string{
		"![[photo.jpg]]\nMet [[Ilse|my friend]] and [[06-05-2024]]; ==lit==, ~~gone~~, note[^1].": "Met my friend and 06-05-2024; lit, gone, note.",
		"- [ ] buy rye\n- [x] post letter\n* plain\n1. [X] last":                                  "buy rye\npost letter\nplain\nlast",
		"![the mill|100](m.png) ![|200x50](y.png)![a | b](z.png)":                                 "the mill a | b",
		"<https://a.b/_c_> https://a.b/__d__/*e* [x](https://a.b/__c__)":                          "https://a.b/_c_ https://a.b/__d__/*e* x",
		"R&amp;D &lt;3 &#39;x&#39; &hellip; &nosuch; AT&T &#27;":                                  "R&D <3 'x' … &nosuch; AT&T &#27;",
		"_it_ and __both__, snake_case, a__b__c, _lone, (_so_) x__init__.py":                      "it and both, snake_case, a__b__c, _lone, (so) x__init__.py",
		"`__init__` ``a`b`` and `lone":                                                            "__init__ a`b and `lone",
		"[[Oda|]] and [[a|b]]":                                                                    "Oda and b",
		"## Two ##\n# C#\nbreak\\\nnext":                                                          "Two\nC#\nbreak\nnext",
		"- [/] half\n- [-] never *mind*\n* [>] Monday\n1. [?] why\n- [!] now\n- [~] so":           "◐ half\n✗ never mind\n→ Monday\n? why\n! now\nso",
		"- [b] a book\n- [1] Smith\n- [link](x) and [ ]\n- [-]no":                                 "[b] a book\n[1] Smith\nlink and [ ]\n[-]no",
		"| day | what |\n|---|:--|\n| Mon | swam |\n":                                             " day · what \n Mon · swam \n",
		"> [!note]- A title\n> inside\n>> deeper":                                                 "A title\ninside\ndeeper",
		"# Heading\n\n---\n```go\nx := 1\n```\n$$\nE\n$$":                                         "Heading\n\nx := 1\nE\n",
		"![a picture](x.png) and [a **bold** link](https://x.y/__a__) ![](y.png)":                 "a picture and a bold link ",
		"<u>under</u> H<sub>2</sub>O<br>after a < b and <3":                                       "under H2O after a < b and <3",
		"Setext\n======\n#+BEGIN_QUOTE\n^^lit^^ a&nbsp;b\n#+END_QUOTE":                            "Setext\nlit a b\n",
		"<details><summary>More</summary>later</details> [a](b(c)) end":                           "  More later  a end",
		"5 * 3 == 15, snake_case, \\#no, `code` and *this*":                                       "5 * 3 == 15, snake_case, #no, code and this",
		"# a \\ ##\nb":    "a \\\nb",
		"[^1]: The note.": "The note.",
		"![[a.pdf]]":      "",
		"One.\n\n![[a.jpg]]\n\n---\n\nTwo.\n\n\nThree.\n":   "One.\n\nTwo.\n\nThree.\n",
		"[illegible] and [Ilse?] (2)":                       "[illegible] and [Ilse?] (2)",
		"1986. A great year it was.":                        "1986. A great year it was.",
		"-5 degrees, - a dash\n- \n-":                       "-5 degrees, - a dash\n",
		"[x] alone | a pipe":                                "[x] alone | a pipe",
		"![][image1] scan of [the mill][2]":                 " scan of [the mill][2]",
		"![[Some note#^b|shown]] then **[[a|b]]** [[c#d]]!": " then b c#d!",
	} {
		if got, _ := Plain(markdown, nil); got != want {
			t.Errorf("%q:\n%q, want\n%q", markdown, got, want)
		}
	}
}

// Marked words are still marked.
func TestPlainKeepsMarks(t *testing.T) {
	for _, c := range []struct{ text, word, want string }{
		{"- [ ] buy **rye** bread", "rye", "rye"}, {"[[Ilse|my friend]] swam", "friend", "friend"}, {"[[Ilse|my friend]] swam", "Ilse", ""},
		{"| a | swam |", "swam", "swam"}, {"![[swam.jpg]] swam", "swam.jpg", ""}, {"one **two** three", "two** three", "two three"},
	} {
		at := strings.Index(c.text, c.word)
		plain, marks := Plain(c.text, [][2]int{{at, at + len(c.word)}})
		got := ""
		for _, m := range marks {
			got += plain[m[0]:m[1]]
		}
		if got != c.want {
			t.Errorf("%q: %q is marked in %q, want %q", c.text, got, plain, c.want)
		}
	}
}

// TestInlineSigns compares with a search of the whole text, for random mixtures
// of signs.
func TestInlineSigns(t *testing.T) {
	anywhere := regexp.MustCompile(strings.TrimPrefix(inline.String(), "^"))
	parts := []string{"!", "[", "[[", "]", "]]", "&nbsp;", "&", "<", "<b>", "<br/>", "</p >", ">", "\\", "*", "**", "~", "~~", "=", "==", "^", "^^", "_", "__", "`", "|", "(", ")", "#", "$", "a", "ü", " ", "[^1]"}
	r := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		var b strings.Builder
		for range 1 + r.IntN(12) {
			b.WriteString(parts[r.IntN(len(parts))])
		}
		line := b.String()
		want := anywhere.FindStringIndex(line)
		var got []int
		for i := 0; i < len(line) && got == nil; i++ {
			if strings.IndexByte(inlineSigns, line[i]) < 0 {
				continue
			}
			if m := inline.FindStringIndex(line[i:]); m != nil {
				got = []int{i, i + m[1]}
			}
		}
		if !slices.Equal(got, want) {
			t.Fatalf("%q: %v, want %v", line, got, want)
		}
	}
}

func BenchmarkPlain(b *testing.B) {
	text := strings.Repeat("Up betimes, and to the office, where we sat all the morning [a *great* deal]; then home to dinner. ", 30)
	for b.Loop() {
		Plain(text, nil)
	}
}

func FuzzPlain(f *testing.F) {
	f.Add("- [ ] a ![[b]] **c** | d |\n> [!x] [[e|f]] \\# <br> `g` [h](i)", 3, 9)
	f.Fuzz(func(t *testing.T, s string, a, b int) {
		if !utf8.ValidString(s) || a < 0 || b <= a || b > len(s) {
			return
		}
		plain, marks := Plain(s, [][2]int{{a, b}})
		if !utf8.ValidString(plain) || len(plain) > 2*len(s)+2 {
			t.Fatalf("%q becomes %q", s, plain)
		}
		for _, m := range marks {
			if m[0] < 0 || m[1] > len(plain) || m[0] >= m[1] {
				t.Fatalf("%q: marks %v of %q", s, marks, plain)
			}
		}
	})
}

// TestPlainIsLinear gives lines of signs that are never closed.
func TestPlainIsLinear(t *testing.T) {
	for _, sign := range []string{"![", "[", "[[", "![[", "_", "_a ", "`", "``a`", "*", "<", "<a ", "\\", "&", "[a](", "![a](", "|", "==", "[^"} {
		start := time.Now()
		Plain(strings.Repeat(sign, 16<<10/len(sign)), nil)
		if took := time.Since(start); took > 2*time.Second {
			t.Errorf("%q: %v", sign, took)
		}
	}
}
