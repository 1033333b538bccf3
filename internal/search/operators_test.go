package search_test

import (
	"slices"
	"strings"
	"testing"

	"daybook/internal/store"
)

var tagged = map[string]note{
	"mon":   {day: day(2024, 3, 4), lines: "Soup by the old harbour.", tags: []string{"#swimming", "#Area/Garden"}},
	"tue":   {day: day(2024, 3, 5), lines: "Soup and an e-mail from Ursula.", tags: []string{"#work"}},
	"wed":   {day: day(2024, 3, 6), lines: "The harbour was old and grey.\nBread.", tags: []string{"#swimming", "#work"}},
	"other": {day: day(2023, 3, 6), lines: "The old harbour in snow."},
}

// A mark alone is not a question, and is not searched by meaning either.
func TestMarksAlone(t *testing.T) {
	s := open(t, angles{degrees: 0}, map[string]note{"near": {day: day(2024, 1, 1), lines: "A lighthouse.", directions: []float64{0}}})
	for _, question := range []string{"#", "?", "…", "\"\"", "- -"} {
		if found := findAll(t, s, question, store.Filter{}, 5); len(found.Results) > 0 {
			t.Errorf("%q finds %s", question, ids(found.Results))
		}
	}
}

// Each operator means the same alone, with words, with days and in a count.
func TestOperatorsOnEveryPath(t *testing.T) {
	s := dated(t, tagged)
	for _, c := range []struct{ question, want string }{
		{`#swimming`, "wed mon"},
		{`tag:swimming`, "wed mon"},
		{`tag:#SWIMMING`, "wed mon"},
		{`#swimming -#work`, "mon"},
		{`#swimming #work`, "wed"},
		{`-#swimming`, "tue other"},
		{`-tag:swimming -tag:work`, "other"},
		{`-#area`, "wed tue other"},
		{`-#are`, "wed tue mon other"},
		{`-soup`, "wed other"},
		{`-soup -bread`, "other"},
		{`-"old harbour"`, "wed tue"},
		{`-“old harbour” -e-mail`, "wed"},
		{`-email March 2024`, "mon wed"},
		{`soup -"e mail"`, "mon"},
		{`soup -e-mails`, "mon"},
		{`#swimming -bread`, "mon"},
		{`harbour -"old harbour"`, "wed"},
		{`harbour -#swimming`, "other"},
		{`harbour #swimming -bread`, "mon"},
		{`-soup in March 2024`, "wed"},
		{`March 2024 -#work`, "mon"},
		{`March 2024 #work`, "tue wed"},
		{`What happened in March 2024 -"old harbour" -#swimming`, "tue"},
		{`harbour in 2024 -bread`, "mon"},
		{`"old harbour" -snow`, "mon"},
		{`#nothing`, ""},
		{`after:2024-03-05 harbour`, "wed"},
		{`harbour before:2024-01-01`, "other"},
	} {
		found := findAll(t, s, c.question, store.Filter{}, 10)
		if got := ids(found.Results); got != c.want {
			t.Errorf("%s finds %q, want %q", c.question, got, c.want)
		}
	}
	for question, want := range map[string]int{
		`How often was I at the harbour? -#swimming`:     1,
		`How often was I at the harbour? -bread`:         2,
		`How often did I have soup? #work`:               1,
		`How often was I at the harbour? -"old harbour"`: 1,
	} {
		if m := findAll(t, s, question, store.Filter{}, 5).Mentions; m == nil || len(m.Days) != want {
			t.Errorf("%s counts %+v, want %d", question, m, want)
		}
	}
}

func TestUnknownOperatorsAreReported(t *testing.T) {
	s := dated(t, tagged)
	for question, want := range map[string]string{
		"harbour OR soup":       "“OR”",
		"path:2024 harbour":     "“path:2024”",
		`harbour "old`:          "not closed",
		"harbour or soup":       "",
		"Note: harbour at 8:30": "",
		"https://harbour.test":  "",
	} {
		notices := strings.Join(findAll(t, s, question, store.Filter{}, 5).Notices, " ")
		if (want == "") != (notices == "") || !strings.Contains(notices, want) {
			t.Errorf("%s notes %q, want %q", question, notices, want)
		}
	}
}

// Entries that are left out don't take the room of others.
func TestExcludedEntriesTakeNoRoom(t *testing.T) {
	notes := map[string]note{"kept": {day: day(2024, 6, 1), lines: "We walked by a great many houses and then saw the harbour."}}
	for i := range 30 {
		d := day(2024, 5, i+1)
		notes[d.String()] = note{day: d, lines: "Harbour, harbour.", tags: []string{"#work"}}
	}
	found := findAll(t, dated(t, notes), "harbour -#work", store.Filter{}, 2)
	if !slices.Equal(strings.Fields(ids(found.Results)), []string{"kept"}) {
		t.Errorf("found %s", ids(found.Results))
	}
}
