package search

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"daybook"
)

// A word is also found as it was written without its first vowel or with one more, with
// another letter that sounds like its first, and with transposed letters.
func TestVariantsBeginOtherwise(t *testing.T) {
	for _, c := range []struct{ asked, written string }{
		{"asparagus", "sparagus"}, {"sparagus", "asparagus"}, {"special", "especial"}, {"especial", "special"},
		{"clyster", "glyster"}, {"enquire", "inquire"}, {"reciept", "receipt"}, {"buzzing", "buzing"},
	} {
		found := new(variants).of(c.asked, lexicon(c.written, "harbour", "lighthouse"))
		if len(found) != 1 || found[0].term != c.written {
			t.Errorf("%s has the variants %v, want %s", c.asked, found, c.written)
		}
	}
	for _, c := range []struct{ asked, other string }{{"iron", "ron"}, {"harbour", "harbourmaster"}, {"easter", "aster"}} {
		if found := new(variants).of(c.asked, lexicon(c.other)); slices.ContainsFunc(found, func(v variant) bool { return v.term == c.other && v.cost < 1 }) {
			t.Errorf("%s has the variant %v", c.asked, found)
		}
	}
	if got := spellingCost("form", "from", 9); !near(got, transposition) {
		t.Errorf("two letters that changed places cost %f", got)
	}
}

func TestSpreadKeepsTheFirstAndTheLast(t *testing.T) {
	var entries []daybook.Entry
	for i := range 5 {
		entries = append(entries, daybook.Entry{ID: fmt.Sprint(i)})
	}
	for k, want := range map[int]string{1: "0", 2: "0 4", 3: "0 2 4", 4: "0 1 2 4", 5: "0 1 2 3 4", 6: "0 1 2 3 4"} {
		var got []string
		for _, e := range spread(entries, k) {
			got = append(got, e.ID)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%d of 5: %v, want %s", k, got, want)
		}
	}
}

func TestWithinRanges(t *testing.T) {
	day := func(n int) daybook.Date { return daybook.Date{Year: 2024, Month: 1, Day: n} }
	between := func(from, to int) daybook.DateRange {
		var r daybook.DateRange
		if from > 0 {
			r.From = day(from)
		}
		if to > 0 {
			r.To = day(to)
		}
		return r
	}
	for name, c := range map[string]struct {
		r      daybook.DateRange
		limits []daybook.DateRange
		want   []daybook.DateRange
	}{
		"no limit":          {between(3, 5), nil, []daybook.DateRange{between(3, 5)}},
		"inside":            {between(3, 5), []daybook.DateRange{between(1, 9)}, []daybook.DateRange{between(3, 5)}},
		"overlapping":       {between(3, 5), []daybook.DateRange{between(4, 9)}, []daybook.DateRange{between(4, 5)}},
		"one day":           {between(3, 5), []daybook.DateRange{between(5, 9)}, []daybook.DateRange{between(5, 5)}},
		"outside":           {between(3, 5), []daybook.DateRange{between(6, 9)}, nil},
		"before":            {between(3, 5), []daybook.DateRange{between(1, 2)}, nil},
		"two limits":        {between(3, 9), []daybook.DateRange{between(1, 4), between(8, 12)}, []daybook.DateRange{between(3, 4), between(8, 9)}},
		"an open range":     {between(3, 0), []daybook.DateRange{between(1, 9)}, []daybook.DateRange{between(3, 9)}},
		"an open beginning": {between(0, 5), []daybook.DateRange{between(1, 9)}, []daybook.DateRange{between(1, 5)}},
		"an open limit":     {between(3, 5), []daybook.DateRange{between(4, 0)}, []daybook.DateRange{between(4, 5)}},
		"both open":         {between(3, 0), []daybook.DateRange{between(0, 0)}, []daybook.DateRange{between(3, 0)}},
	} {
		if got := within(c.r, c.limits); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

// Passages that share nine tenths of their words are the same, unless they are short.
func TestFingerprints(t *testing.T) {
	words := func(from, n int) Result {
		var list []string
		for i := range n {
			list = append(list, fmt.Sprint("word", from+i))
		}
		text := strings.Join(list, " ")
		return Result{Entry: daybook.Entry{Text: text}, Hits: []Hit{{Passage: daybook.Passage{End: len(text), Text: text}}}}
	}
	for _, c := range []struct {
		name string
		a, b Result
		same bool
	}{
		{"equal", words(0, 20), words(0, 20), true},
		{"nine tenths", words(0, 100), words(5, 100), true},            // 95 of 105
		{"less than nine tenths", words(0, 100), words(6, 100), false}, // 94 of 106
		{"one within the other", words(0, 90), words(0, 100), true},
		{"a small part of the other", words(0, 89), words(0, 100), false},
		{"short", words(0, 19), words(0, 19), false},
	} {
		if got := fingerprintOf(c.a).same(fingerprintOf(c.b)); got != c.same {
			t.Errorf("%s: same is %v", c.name, got)
		}
	}
	changed := words(0, 30)
	for name, p := range map[string]daybook.Passage{
		"behind the end": {Start: 0, End: len(changed.Entry.Text) + 1}, "before the beginning": {Start: -1, End: 9}, "reversed": {Start: 9, End: 8},
	} {
		changed.Hits[0].Passage = p
		if got := fingerprintOf(changed); got != nil {
			t.Errorf("a passage %s has the words %v", name, got)
		}
	}
}

// Passages that only touch share no text, so both are shown.
func TestOverlap(t *testing.T) {
	for _, c := range []struct {
		name string
		b    [2]int
		want bool
	}{
		{"the same", [2]int{10, 20}, true},
		{"its end", [2]int{19, 30}, true},
		{"its beginning", [2]int{5, 11}, true},
		{"right after", [2]int{20, 30}, false},
		{"right before", [2]int{5, 10}, false},
	} {
		if got := overlap(daybook.Passage{Start: 10, End: 20}, daybook.Passage{Start: c.b[0], End: c.b[1]}); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

// A combined form is an uncertain spelling if any of its words is one.
func TestEachWithKeepsUncertainty(t *testing.T) {
	sure, unsure := form{terms: []string{"anna"}}, form{[]string{"ana"}, true}
	got := eachWith([]form{sure, unsure}, []form{sure, unsure})
	if len(got) != 4 {
		t.Fatalf("%d forms", len(got))
	}
	for i, want := range []bool{false, true, true, true} {
		if got[i].alike != want {
			t.Errorf("%v: alike is %v", got[i].terms, got[i].alike)
		}
	}
}
