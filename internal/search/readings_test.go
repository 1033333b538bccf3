package search_test

import (
	"strings"
	"testing"

	"daybook/internal/search"
	"daybook/internal/store"
)

// An uncertain word is found by the word and by those that it may be; a word that
// was read for sure by itself alone.
func TestNearReadings(t *testing.T) {
	for _, c := range []struct{ written, asked string }{
		{"[modem?]", "modern"}, // rn/m
		{"[Burnbridge?]", "Bumbridge"},
		{"[clear?]", "dear"}, // cl/d
		{"[cloor?]", "door"},
		{"[huut?]", "hunt"}, // n/u
		{"[sunnner?]", "summer"},
		{"[cat?]", "eat"},         // e/c
		{"[bouse?]", "house"},     // h/b
		{"[Ursola?]", "Ursula"},   // a, o and u
		{"[Tohn?]", "John"},       // capitals
		{"[vvalking?]", "walk"},   // w, and another form of the word
		{"[Kestral?]", "kestrel"}, // any one letter of a longer word
		{"[old rnill?]", "mill"},  // one of several words
		{"[müde?]", "mude"},       // found as it always was
	} {
		s := open(t, nil, map[string]note{
			"near":   {day: day(2024, 3, 4), lines: "We went with the " + c.written + " at noon."},
			"sure":   {day: day(2024, 3, 5), lines: "A day with a " + strings.Trim(c.written, "[]?") + " in it, as it was read."},
			"exact":  {day: day(2024, 3, 6), lines: "A long day with much to tell and " + c.asked + " in it only once, among all these other words and weather."},
			"exact2": {day: day(2024, 3, 7), lines: "And " + c.asked + " once more."},
			"other":  {day: day(2024, 3, 8), lines: "Nothing of the kind."},
		})
		for typing, prepare := range []func(string) (search.Query, error){
			func(q string) (search.Query, error) { return s.Prepare(t.Context(), q, store.Filter{}) },
			func(q string) (search.Query, error) { return s.PrepareTyping(t.Context(), q, store.Filter{}) },
		} {
			q, err := prepare(c.asked)
			if err != nil {
				t.Fatal(err)
			}
			found, err := s.Find(t.Context(), q, 10)
			if err != nil {
				t.Fatal(err)
			}
			got := ids(found.Results)
			if !strings.Contains(got, "near") || !strings.HasPrefix(strings.ReplaceAll(got, "2", ""), "exact exact") && c.asked != "mude" || strings.Contains(got, "other") {
				t.Errorf("%s (typing %d) of %s finds %q", c.asked, typing, c.written, got)
			}
			body := "the " + c.written + " was " + c.asked
			if marks := found.Marks(body); len(marks) != 2 || !strings.Contains(c.written, body[marks[0][0]:marks[0][1]]) {
				t.Errorf("%s of %s marks %v", c.asked, c.written, marks)
			}
		}
		if found := findAll(t, s, `"`+c.asked+`"`, store.Filter{}, 10); c.asked != "mude" && strings.Contains(ids(found.Results), "near") {
			t.Errorf("a phrase, which is word for word, finds the uncertain %s for %s", c.written, c.asked)
		}
	}
}

// What a reader could not have meant is not found, nor a word that is sure.
func TestNoFalseReadings(t *testing.T) {
	for _, c := range []struct{ written, asked string }{
		{"[harbour?]", "ferry"}, {"[tea?]", "sea"}, {"[bear?]", "tear"}, {"[Ursula?]", "Ursprung"}, {"[1943?]", "1948"}, {"[mill?]", "miller"},
		{"modem", "modern"}, {"cat", "eat"}, {"bouse", "house"}, {"[Who is the modem?](https://example.org)", "modern"}, {"[[modem?]]", "modern"},
	} {
		s := open(t, nil, map[string]note{"a": {day: day(2024, 3, 4), lines: "We saw " + c.written + " at noon."}, "b": {day: day(2024, 3, 5), lines: "Rain."}})
		q, err := s.Prepare(t.Context(), c.asked, store.Filter{})
		if err != nil {
			t.Fatal(err)
		}
		found, err := s.Find(t.Context(), q, 10)
		if err != nil {
			t.Fatal(err)
		}
		variant := c.written == "modem" || c.written == "bouse" || strings.Contains(c.written, "](") || strings.Contains(c.written, "[[") // other spellings, which rare words have
		if len(found.Results) > 0 && !variant {
			t.Errorf("%s finds %s", c.asked, c.written)
		}
	}
}

// Nothing is said to be missing that an uncertain word may be.
func TestReadingIsNotNothing(t *testing.T) {
	s := open(t, nil, map[string]note{"a": {day: day(2024, 3, 4), lines: "Met the [vvinner?] at noon."}})
	if found := findAll(t, s, "winner", store.Filter{}, 5); found.Nothing || ids(found.Results) != "a" {
		t.Errorf("found %q, nothing: %v", ids(found.Results), found.Nothing)
	}
}
