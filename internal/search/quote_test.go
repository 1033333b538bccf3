package search

import (
	"strings"
	"testing"
)

func TestQuoteIsWholeSentences(t *testing.T) {
	filler := strings.Repeat("We rose early and walked to the yard by water. ", 15)
	answer := "Mr. Holm and Sir W. Reed came to dinner, and we ate a goose with plums."
	text := filler + answer + " " + filler
	at := strings.Index(text, "goose")
	got, marks := Quote(text, [][2]int{{at, at + 5}})
	inner := strings.TrimSuffix(strings.TrimPrefix(got, "… "), " …")
	if !strings.Contains(got, answer) || !strings.Contains(text, inner) || !strings.HasSuffix(inner, ".") || !strings.HasPrefix(got, "… ") {
		t.Errorf("%q", got)
	}
	if !strings.HasPrefix(inner, "We rose") && !strings.HasPrefix(inner, "Mr. Holm") {
		t.Errorf("it begins within a sentence: %q", inner)
	}
	if n := len(strings.Fields(inner)); n > quoteWords || n < 80 {
		t.Errorf("%d words", n)
	}
	if len(marks) != 1 || got[marks[0][0]:marks[0][1]] != "goose" {
		t.Errorf("marks %v", marks)
	}
}

func TestQuoteOfShortAndLongTexts(t *testing.T) {
	for text, want := range map[string]string{
		" A short one.\nTwo lines. ": "A short one.\nTwo lines.", "": "", " \n": "",
	} {
		if got, _ := Quote(text, nil); got != want {
			t.Errorf("%q: %q", text, got)
		}
	}
	endless := strings.Repeat("and then we went on ", 60) + "to the sea"
	at := strings.Index(endless, "sea")
	if got, marks := Quote(endless, [][2]int{{at, at + 3}}); len(marks) != 1 || len(strings.Fields(got)) > quoteWords {
		t.Errorf("%q", got)
	}
}

func TestWhereASentenceEnds(t *testing.T) {
	for _, c := range []struct {
		before, behind string
		ends           bool
	}{
		{"We came home", " Then we slept", true},
		{"We came home", "", true},
		{"We came home", "\nthen", true}, // a line of its own
		{"We came home", "” Then", true},
		{"We came home", " then", false},
		{"We came home", "Then", false}, // no space
		{"We met Mr", " Holm", false},
		{"with Sir W", " Reed", false},
		{"at the Old", " Tower", false},
		{"at the Hall", " Then", true},
	} {
		if got := endsSentence(c.before, c.behind); got != c.ends {
			t.Errorf("%q with %q behind the full stop: %v", c.before, c.behind, got)
		}
	}
}

// A quotation says where the text goes on.
func TestQuoteShowsWhereItWasCut(t *testing.T) {
	filler := strings.Repeat("We rose early and walked to the yard by water. ", 30)
	for name, c := range map[string]struct {
		text          string
		before, after bool
	}{
		"the beginning": {"The goose was good. " + filler, false, true},
		"the middle":    {filler + "The goose was good. " + filler, true, true},
		"the end":       {filler + "The goose was good.", true, false},
	} {
		at := strings.Index(c.text, "goose")
		got, _ := Quote(c.text, [][2]int{{at, at + 5}})
		if strings.HasPrefix(got, "… ") != c.before || strings.HasSuffix(got, " …") != c.after || !strings.Contains(got, "The goose was good.") {
			t.Errorf("%s: %q", name, got)
		}
	}
}
