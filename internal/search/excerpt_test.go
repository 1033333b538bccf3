package search

import (
	"strings"
	"testing"
)

func TestExcerptIsWordForWord(t *testing.T) {
	text := strings.Repeat("alpha beta gamma delta. ", 40) + "Then we drank tea in the garden.\n" + strings.Repeat("omega psi chi phi. ", 40)
	at := strings.Index(text, "tea")
	got, marks := Excerpt(text, [][2]int{{at, at + 3}})
	if !strings.Contains(got, "drank tea in the garden") {
		t.Errorf("the match is not in %q", got)
	}
	if len(marks) != 1 || got[marks[0][0]:marks[0][1]] != "tea" {
		t.Errorf("marks %v of %q", marks, got)
	}
	inner := strings.TrimSuffix(strings.TrimPrefix(got, "… "), " …")
	if inner == got || !strings.Contains(text, inner) {
		t.Errorf("%q is not a part of the text, marked as one", got)
	}
	if n := len(strings.Fields(inner)); n > excerptWords {
		t.Errorf("%d words", n)
	}
	if short, _ := Excerpt(" short one\n", nil); short != "short one" {
		t.Errorf("%q", short)
	}
	if first, _ := Excerpt(text, nil); !strings.HasPrefix(first, "alpha beta") || !strings.HasSuffix(first, " …") {
		t.Errorf("without a match: %q", first)
	}
}
