package search_test

import (
	"strings"
	"testing"

	"daybook"
	"daybook/internal/dates"
	"daybook/internal/search"
	"daybook/internal/store"
)

var wedding = map[string]note{
	"sat":   {day: day(2024, 6, 1), lines: "Ironed shirts and packed."},
	"sun":   {day: day(2024, 6, 2), lines: "The wedding of Ada and Jo, under the lime trees."},
	"mon":   {day: day(2024, 6, 3), lines: "Slept late. Pancakes with the aunts."},
	"thu":   {day: day(2024, 6, 6), lines: "Moved to the flat by the canal."},
	"fri":   {day: day(2024, 6, 7), lines: "Boxes, boxes. The neighbour brought soup."},
	"later": {day: day(2024, 8, 1), lines: "Rain."},
}

func TestTwoSteps(t *testing.T) {
	s := dated(t, wedding)
	for question, want := range map[string]string{
		"What did I eat the day after the wedding?":              "mon",
		"What did I do on the morning after the wedding of Ada?": "mon",
		"What did I do the day before the wedding?":              "sat",
		"Where was I two days before Ada's wedding ended?":       "", // nothing was written then
		"What happened on the Thursday following the wedding?":   "thu",
		"Who brought soup the day after I moved to the flat?":    "fri",
		"Who helped me the week I moved to the flat?":            "mon thu fri",
		"What did I do in the week after the wedding?":           "mon thu fri",
		"What did I do shortly before the wedding?":              "sat",
		"Who came right after the wedding?":                      "mon thu fri",
	} {
		found := findAll(t, s, question, store.Filter{}, 5)
		got := ids(found.Results)
		if want == "" {
			if len(found.Events) > 0 && len(found.Results) > 0 {
				t.Errorf("%s finds %q by an event", question, got)
			}
			continue
		}
		if !sameWords(got, want) || len(found.Events) == 0 || !strings.Contains(strings.Join(found.Notices, " "), "taken to be on") {
			t.Errorf("%s finds %q, want %q (%q)", question, got, want, found.Notices)
		}
	}
}

// Questions in German and French, whatever the language of the journal.
func TestTwoStepsInOtherLanguages(t *testing.T) {
	german := openIn(t, "german", nil, map[string]note{
		"sun":  {day: day(2024, 6, 2), lines: "Kuchen im Garten."},
		"thu":  {day: day(2024, 6, 6), lines: "Umzug in die Wohnung am Kanal."},
		"fri":  {day: day(2024, 6, 7), lines: "Kisten, Kisten."},
		"sat":  {day: day(2024, 6, 8), lines: "Die Nachbarin brachte Suppe."},
		"fall": {day: day(2024, 9, 1), lines: "Tante Klara ist gestorben."},
		"next": {day: day(2024, 9, 2), lines: "Still beim Frühstück."},
	})
	french := openIn(t, "french", nil, map[string]note{
		"sun": {day: day(2024, 6, 2), lines: "Un gâteau au jardin."},
		"thu": {day: day(2024, 6, 6), lines: "Mariage de Jeanne sous les tilleuls."},
		"fri": {day: day(2024, 6, 7), lines: "Des crêpes avec les tantes."},
		"sat": {day: day(2024, 6, 8), lines: "La voisine apporte de la soupe."},
	})
	for _, c := range []struct {
		s              *search.Searcher
		question, want string
	}{
		{german, "Was habe ich am Tag nach dem Umzug gemacht?", "fri"},
		{german, "Wer brachte zwei Tage nach dem Umzug Suppe?", "sat"},
		{german, "Was war am Sonntag vor dem Umzug?", "sun"},
		{german, "Was war am Sonntag, bevor der Umzug war?", "sun"},
		{german, "Wie war der Morgen nachdem Tante Klara gestorben ist?", "next"},
		{german, "Was war am Tag nach Klaras Tod?", ""},
		{german, "Wann bin ich am Sonntag nach Hause gekommen?", ""},
		{french, "Qu'ai-je fait le lendemain du mariage ?", "fri"},
		{french, "Qu'est-ce que j'ai mangé le dimanche avant le mariage de Jeanne ?", "sun"},
		{french, "Qui est venu deux jours après le mariage ?", "sat"},
		{french, "Que s'est-il passé le matin après le mariage ?", "fri"},
	} {
		c.s.Dates = func() dates.Options { return dates.Options{Today: day(2024, 12, 31)} }
		found := findAll(t, c.s, c.question, store.Filter{}, 5)
		if c.want == "" {
			if len(found.Events) > 0 && strings.Contains(c.question, "Hause") {
				t.Errorf("%s was taken apart: %q", c.question, found.Notices)
			}
		} else if got := ids(found.Results); got != c.want || len(found.Events) == 0 {
			t.Errorf("%s finds %q, want %q (%q)", c.question, got, c.want, found.Notices)
		}
	}
}

func sameWords(a, b string) bool {
	in := map[string]int{}
	for w := range strings.FieldsSeq(a) {
		in[w]++
	}
	for w := range strings.FieldsSeq(b) {
		in[w]--
	}
	for _, n := range in {
		if n != 0 {
			return false
		}
	}
	return true
}

// Questions that only look like two steps are searched as before.
func TestNotTwoSteps(t *testing.T) {
	s := dated(t, wedding)
	for _, question := range []string{
		"What did I do the day after 2 June 2024?", "Did the aunts sleep after the wedding?", "How was the week?", "Which day did I move?",
	} {
		if found := findAll(t, s, question, store.Filter{}, 5); len(found.Events) > 0 {
			t.Errorf("%s was taken apart: %q", question, found.Notices)
		}
	}
}

// The event is searched with the same limits as the rest.
func TestTwoStepsWithinAFilter(t *testing.T) {
	s := dated(t, wedding)
	later := store.Filter{Days: []daybook.DateRange{{From: day(2024, 7, 1), To: day(2024, 8, 31)}}}
	if found := findAll(t, s, "What did I eat the day after the wedding?", later, 5); len(found.Events) > 0 && len(found.Results) > 0 {
		t.Errorf("found %s by way of %s", ids(found.Results), ids(found.Events))
	}
}

func TestNothingIsSaid(t *testing.T) {
	s := dated(t, wedding)
	for question, want := range map[string]string{
		"When did I use a telephone?":  "telephone",
		"telephone":                    "telephone",
		"telephone and gramophone":     "gramophone",
		"When did I eat pancakes?":     "",
		"pancaks":                      "", // another spelling
		"the telephone on 2 June 2024": "",
		"What happened in June 2024?":  "",
	} {
		found := findAll(t, s, question, store.Filter{}, 5)
		if found.Nothing != (want != "") {
			t.Errorf("%s: nothing is %v", question, found.Nothing)
		}
		if text := strings.Join(found.Notices, " "); len(found.Results) > 0 && want != "" && !strings.Contains(text, want) {
			t.Errorf("%s notes %q", question, text)
		}
	}
}
