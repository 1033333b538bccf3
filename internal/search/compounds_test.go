package search_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"daybook/internal/store"
)

// In a language that joins words, a word is found in compounds and a compound by
// its parts.
func TestCompounds(t *testing.T) {
	notes := map[string]note{
		"tooth":   {day: day(2024, 3, 1), lines: "Zahnarzttermin, danach nur Suppe."},
		"baby":    {day: day(2024, 3, 2), lines: "Der erste Milchzahn ist heraus."},
		"eggs":    {day: day(2024, 3, 3), lines: "Die Eier waren unter den Tulpen versteckt."},
		"lantern": {day: day(2024, 3, 4), lines: "Laternenumzug mit der Schule."},
		"woke":    {day: day(2024, 3, 5), lines: "Um vier gewacht und gelesen."},
		"talk":    {day: day(2024, 3, 6), lines: "Ein Gespräch mit der Leiterin."},
		"cherry":  {day: day(2024, 3, 7), lines: "Kirschblüte im Park."},
		"cake":    {day: day(2024, 3, 8), lines: "Torte zum Kaffee."},
	}
	s := openIn(t, "german", nil, notes)
	for question, want := range map[string]string{
		"Wann tat mein Zahn weh?":           "tooth baby",
		"Wo waren die Ostereier?":           "eggs",
		"Wann trug ich eine Laterne?":       "lantern",
		"Wann bin ich aufgewacht?":          "woke",
		"Wie war das Bewerbungsgespräch?":   "talk",
		"Wer brachte die Schokoladentorte?": "cake",
		"Wann blühten die Kirschen?":        "cherry",
		"Wann fuhr ich mit dem Segelboot?":  "",
	} {
		found := findAll(t, s, question, store.Filter{}, 10)
		if got := ids(found.Results); !slices.Equal(sorted(got), sorted(want)) || found.Nothing != (want == "") {
			t.Errorf("%s: found %q (nothing: %v), want %q", question, got, found.Nothing, want)
		}
	}
	english := openIn(t, "english", nil, map[string]note{"a": {day: day(2024, 3, 1), lines: "A toothbrush on the floor."}})
	if found := findAll(t, english, "When did my tooth ache?", store.Filter{}, 10); len(found.Results) > 0 {
		t.Errorf("English has no such compounds: %v", ids(found.Results))
	}
}

func sorted(words string) []string { return slices.Sorted(slices.Values(strings.Fields(words))) }

// Missing words say little in a small journal if one note is much nearer than the
// others, and much if all are as far.
func TestNothingInASmallJournal(t *testing.T) {
	notes := map[string]note{}
	for i := range 20 {
		notes[fmt.Sprint(i)] = note{day: day(2024, 3, i+1), lines: fmt.Sprintf("Word%d in a note.", i), directions: []float64{80 + float64(i)}}
	}
	for degrees, nothing := range map[float64]bool{79: true, 30: false} {
		notes["near"] = note{day: day(2024, 4, 1), lines: "Quarrelled with my brother.", directions: []float64{degrees}}
		s := open(t, angles{degrees: 20}, notes)
		if found := findAll(t, s, "When was I angry about money?", store.Filter{}, 5); found.Nothing != nothing || len(found.Results) == 0 {
			t.Errorf("a note at %v degrees: nothing is %v", degrees, found.Nothing)
		}
	}
}
