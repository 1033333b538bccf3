package search

import (
	"slices"
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

// Marks outside of the excerpt are left out, and those in it are where their words are.
func TestExcerptKeepsTheMarksInIt(t *testing.T) {
	far := strings.Repeat("alpha beta gamma delta. ", 60)
	text := "tea at first. " + far + "Then tea with lemon in the garden. " + far + "tea at last."
	var marks [][2]int
	for at := 0; ; {
		i := strings.Index(text[at:], "tea")
		if i < 0 {
			break
		}
		marks = append(marks, [2]int{at + i, at + i + 3})
		at += i + 3
	}
	lemon := strings.Index(text, "lemon")
	marks = append(marks[:2], [2]int{lemon, lemon + 5}, marks[2])
	got, inside := Excerpt(text, marks)
	if !strings.Contains(got, "tea with lemon") || len(inside) != 2 {
		t.Fatalf("marks %v of %q", inside, got)
	}
	for i, want := range []string{"tea", "lemon"} {
		if m := inside[i]; got[m[0]:m[1]] != want {
			t.Errorf("%q is marked, want %q", got[m[0]:m[1]], want)
		}
	}
	if got, _ := Excerpt(strings.Repeat("é", beginning), nil); len(got) > beginning+len(" …") || strings.ContainsRune(got, '\uFFFD') {
		t.Errorf("the beginning of a long word has %d bytes", len(got))
	}
}

// The excerpt is the place with the most marks that fit in it together, the first of equals.
func TestExcerptShowsTheMostMarks(t *testing.T) {
	const early, late, lead = 200, 600, 12 // words before a mark; words of context before the first mark
	words := strings.Fields(strings.Repeat("rain ", 1000))
	words[early], words[late] = "early", "late"
	for _, c := range []struct {
		name     string
		apart    int
		has, not string
	}{
		{"two that fit", excerptWords - lead - 1, "late", "early"},
		{"two that do not fit", excerptWords - lead, "early", "late"},
	} {
		words := slices.Clone(words)
		words[late+c.apart] = "last"
		text := strings.Join(words, " ")
		var marks [][2]int
		for _, w := range []string{"early", "late", "last"} {
			at := strings.Index(text, w)
			marks = append(marks, [2]int{at, at + len(w)})
		}
		got, inside := Excerpt(text, marks)
		if !strings.Contains(got, c.has) || strings.Contains(got, c.not) {
			t.Errorf("%s: %q", c.name, got)
		}
		if c.has == "late" && len(inside) != 2 {
			t.Errorf("%s: %d marks", c.name, len(inside))
		}
	}
}

// A match in the last words has a whole excerpt before it, up to the end of the text.
func TestExcerptAtTheEnd(t *testing.T) {
	text := strings.Repeat("rain ", 1000) + "sun"
	got, inside := Excerpt(text, [][2]int{{len(text) - 3, len(text)}})
	if len(inside) != 1 || got[inside[0][0]:] != "sun" {
		t.Fatalf("marks %v of %q", inside, got)
	}
	if n := len(strings.Fields(strings.TrimPrefix(got, "… "))); n != excerptWords {
		t.Errorf("%d words, want %d", n, excerptWords)
	}
}
