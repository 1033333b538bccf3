package search_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"daybook/internal/store"
)

var namesakes = map[string]note{
	"may":    {day: day(2024, 3, 1), lines: "Walked with May to the harbour. I may go again."},
	"modal":  {day: day(2024, 3, 2), lines: "I may sleep long. It will rain, they say, and we will stay."},
	"month":  {day: day(2023, 5, 3), lines: "In May it rained. On 3 May too, and May 1st was no better."},
	"will":   {day: day(2024, 3, 4), lines: "Dined with Will, who will travel."},
	"will2":  {day: day(2024, 3, 5), lines: "Will came late. Bread."},
	"ask":    {day: day(2024, 3, 6), lines: "Will he come? Will it rain?"},
	"rose":   {day: day(2024, 3, 7), lines: "With Rose to the fair. The sun rose late."},
	"rose2":  {day: day(2024, 3, 8), lines: "Rose early, and found a rose in the garden."},
	"mark":   {day: day(2024, 3, 9), lines: "Then Mark left a mark on the wall."},
	"mark2":  {day: day(2024, 3, 10), lines: "A mark on the door."},
	"art":    {day: day(2024, 3, 11), lines: "We saw some art, and Art slept."},
	"art2":   {day: day(2024, 3, 12), lines: "Modern art, nothing but art."},
	"august": {day: day(2024, 3, 13), lines: "So August told us of the war."},
	"heat":   {day: day(2023, 8, 5), lines: "Too hot, as every August since August 2020."},
	"grace":  {day: day(2024, 3, 14), lines: "My sister Grace said grace."},
	"grace2": {day: day(2024, 3, 15), lines: "He said grace at length."},
	"bill":   {day: day(2024, 3, 16), lines: "Paid the bill. Bill was there, and with Bill his dog."},
	"faith":  {day: day(2024, 3, 18), lines: "Faith lost her keys."},
	"faith2": {day: day(2024, 3, 19), lines: "There is little faith in it."},
	"bill2":  {day: day(2024, 3, 17), lines: "Another bill."},
}

// People with the name of a month, a verb or a word that says nothing are found and
// counted like others.
func TestNamesThatAreWords(t *testing.T) {
	s := dated(t, namesakes)
	for question, want := range map[string]string{
		"How often did I mention May?":          "2024-03-01",
		"How often did I mention Will?":         "2024-03-04 2024-03-05",
		"When did I first mention Rose?":        "2024-03-07",
		"How many days mention Mark?":           "2024-03-09",
		"How many days mention Art?":            "2024-03-11",
		"When did I last mention August?":       "2024-03-13",
		"How many days mention Grace?":          "2024-03-14",
		"How many days mention Bill?":           "2024-03-16",
		"How many days mention Faith?":          "2024-03-18",
		"How many days mention a mark?":         "2024-03-09 2024-03-10",
		"How often did I mention May in 2024?":  "2024-03-01",
		"How often did I mention Will in 2023?": "",
	} {
		m := findAll(t, s, question, store.Filter{}, 5).Mentions
		if m == nil {
			t.Errorf("%s is not counted", question)
			continue
		}
		var days []string
		for _, d := range m.Days {
			days = append(days, d.String())
		}
		if got := strings.Join(days, " "); got != want {
			t.Errorf("%s: %q, want %q", question, got, want)
		}
	}
	for question, want := range map[string]string{
		"What did I do with May?":     "may",
		"Tell me about Will":          "will2 will",
		"Who is Mark?":                "mark",
		"Where did I go with Rose?":   "rose",
		"What did we hear of August?": "august",
	} {
		got := ids(findAll(t, s, question, store.Filter{}, 2).Results)
		if first, _, _ := strings.Cut(got, " "); !strings.Contains(" "+want+" ", " "+first+" ") || first == "" {
			t.Errorf("%s finds %q, want %q first", question, got, want)
		}
	}
}

// Words that are written joined or parted are the same.
func TestJoinedAndPartedWords(t *testing.T) {
	s := dated(t, map[string]note{
		"a": {day: day(2024, 1, 1), lines: "Wrote an e-mail to the bank about 3,000 pounds."},
		"b": {day: day(2024, 1, 2), lines: "An email came, and 3000 pounds."},
		"c": {day: day(2024, 1, 3), lines: "Played nine pins by the water front."},
		"d": {day: day(2024, 1, 4), lines: "Ninepins again, at the waterfront."},
		"e": {day: day(2024, 1, 5), lines: "The mail was late."},
	})
	for question, want := range map[string]string{
		"email": "a b", "e-mail": "a b", "3000": "a b", "3,000": "a b", "ninepins": "c d", "nine pins": "c d", "nine-pins": "c d", "waterfront": "c d", "water front": "c d",
	} {
		got := " " + ids(findAll(t, s, question, store.Filter{}, 2).Results) + " "
		for _, id := range strings.Fields(want) {
			if !strings.Contains(got, " "+id+" ") {
				t.Errorf("%s finds %q, want %s", question, got, want)
			}
		}
		if m := findAll(t, s, "How many days mention "+question+"?", store.Filter{}, 5).Mentions; m == nil || len(m.Days) != 2 {
			t.Errorf("%s is counted as %+v", question, m)
		}
	}
}

// Emoji are words, and soft hyphens are not there.
func TestEmojiAndSoftHyphens(t *testing.T) {
	s := dated(t, map[string]note{
		"a": {day: day(2024, 1, 1), lines: "Birthday 🎂 with Ursula."},
		"b": {day: day(2024, 1, 2), lines: "Rain over the har\u00adbour."},
		"c": {day: day(2024, 1, 3), lines: "Bread."},
	})
	for question, want := range map[string]string{"🎂": "a", "harbour": "b", "har\u00adbour": "b", "-🎂": "c b", "cake 🎂": "a"} {
		if got := ids(findAll(t, s, question, store.Filter{}, 5).Results); got != want {
			t.Errorf("%s finds %q, want %q", question, got, want)
		}
	}
	if m := findAll(t, s, "How many days mention 🎂?", store.Filter{}, 5).Mentions; m == nil || len(m.Days) != 1 {
		t.Errorf("counted %+v", m)
	}
}

// While somebody types, the last word may be unfinished, and no model is asked.
func TestTyping(t *testing.T) {
	s := open(t, angles{err: context.Canceled}, map[string]note{
		"a": {day: day(2024, 1, 1), lines: "Rain over the harbour."},
		"b": {day: day(2024, 1, 2), lines: "Bread and harvest."},
		"c": {day: day(2024, 1, 3), lines: "Bread."},
	})
	for question, want := range map[string]string{"harb": "a", "har": "a b", "bread harv": "b c", "har ": "", "h": "", "#": "", "-": "", "\"": "", "bread -": "b c"} {
		q, err := s.PrepareTyping(t.Context(), question, store.Filter{})
		if err != nil {
			t.Fatal(err)
		}
		found, err := s.Find(t.Context(), q, 5)
		if err != nil {
			t.Fatal(err)
		}
		got := strings.Fields(ids(found.Results))
		slices.Sort(got)
		if strings.Join(got, " ") != want || len(found.Notices) > 0 && want != "" {
			t.Errorf("%q finds %q, want %q; %q", question, got, want, found.Notices)
		}
	}
}
