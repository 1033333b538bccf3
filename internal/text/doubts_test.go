package text

import (
	"slices"
	"strings"
	"testing"
)

func TestDoubts(t *testing.T) {
	for text, want := range map[string]string{
		"Met [Ursula?] at the [old mill?] today.":       "Ursula|old mill",
		"[one?][two?] and [one?] again":                 "one|two",
		"[illegible] and [?] and [@?] and [...?]":       "",
		"[[Who am I?]] and ![[who?]] and [[a|Really?]]": "",
		"[Really?](https://example.org) ![who?](a.png)": "",
		"a footnote[^why?] and a callout [!what?]":      "",
		"in [19?] and [Tür?]":                           "19|Tür",
		`\[escaped?] [two
lines?]`: "",
		"[" + strings.Repeat("long ", 30) + "?]": "",
	} {
		if got := strings.Join(Uncertain(text), "|"); got != want {
			t.Errorf("Uncertain(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestReadings(t *testing.T) {
	a, err := New("english")
	if err != nil {
		t.Fatal(err)
	}
	s := "The [Harbours?] of [Tür?], [me?] and [1943?], [the O’Neills?] and [日本?]. Sure of it."
	got := a.Readings(s, a.Tokens(s), Doubts(s))
	if want := []string{"?harbours", "?tur", "?the", "?oneills"}; !slices.Equal(got, want) {
		t.Errorf("readings %q, want %q", got, want)
	}
	if part := a.Tokens(s)[3:]; !slices.Equal(a.Readings(s, part, Doubts(s)), got[1:]) {
		t.Errorf("readings of a part: %q", a.Readings(s, part, Doubts(s)))
	}
}
