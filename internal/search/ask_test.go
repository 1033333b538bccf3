package search_test

import (
	"slices"
	"strings"
	"testing"

	"daybook"
	"daybook/internal/dates"
	"daybook/internal/language"
	"daybook/internal/search"
	"daybook/internal/store"
)

// dated is a searcher by words that reads days, on the last day of 2024.
func dated(t *testing.T, notes map[string]note) *search.Searcher {
	t.Helper()
	s := open(t, nil, notes)
	s.Dates = func() dates.Options { return dates.Options{Today: day(2024, 12, 31), MonthFirst: true} }
	return s
}

func findAll(t *testing.T, s *search.Searcher, question string, f store.Filter, k int) search.Found {
	t.Helper()
	q, err := s.Prepare(t.Context(), question, f)
	if err != nil {
		t.Fatal(err)
	}
	found, err := s.Find(t.Context(), q, k)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

var week = map[string]note{
	"mon": {day: day(2024, 3, 4), lines: "Soup with Ursula by the harbour."},
	"tue": {day: day(2024, 3, 5), lines: "Soup by the old harbour wall.\nRain on the ferry."},
	"wed": {day: day(2024, 3, 6), lines: "The harbour was old and grey. Lady Anne Holm came."},
	"thu": {day: day(2024, 3, 7), lines: "Bread, and Anne from Holm."},
	"sun": {day: day(2023, 3, 5), lines: "Parmazan on everything, and the harbour. A [cormorant?] sat there."},
}

func TestOperators(t *testing.T) {
	s := dated(t, week)
	for question, want := range map[string]string{
		`"old harbour"`:           "tue",
		`“old harbour” soup`:      "tue",
		`harbour -soup`:           "sun wed",
		`harbour -soup -parmazan`: "wed",
		`"harbour old"`:           "",
		`Parmesan`:                "sun",
		`cormorants`:              "sun", // which the transcription doubted
		`parmesan harbour -rain`:  "mon sun wed",
		`"`:                       "",
		`-`:                       "",
		`tag: #`:                  "",
	} {
		found := findAll(t, s, question, store.Filter{}, 10)
		got := strings.Fields(ids(found.Results))
		slices.Sort(got)
		if strings.Join(got, " ") != want {
			t.Errorf("%s finds %q, want %q", question, got, want)
		}
	}
}

// A phrase may begin in one passage and end in the next.
func TestPhraseOverTwoPassages(t *testing.T) {
	s := dated(t, map[string]note{"a": {day: day(2024, 1, 1), lines: "We met Will.\nHowe was there."}, "b": {day: day(2024, 1, 2), lines: "Will and Howe."}})
	if got := ids(findAll(t, s, `"Will Howe"`, store.Filter{}, 5).Results); got != "a" {
		t.Errorf("found %q", got)
	}
	if m := findAll(t, s, "How often did I mention Will Howe?", store.Filter{}, 5).Mentions; m == nil || len(m.Days) != 1 {
		t.Errorf("counted %+v", m)
	}
}

func TestDaysInQuestions(t *testing.T) {
	s := dated(t, week)
	march := store.Filter{Days: []daybook.DateRange{{From: day(2024, 3, 6), To: day(2024, 3, 31)}}}
	for _, c := range []struct {
		question     string
		filter       store.Filter
		want, notice string
	}{
		{"What happened on 5 March 2024?", store.Filter{}, "tue", ""},
		{"the harbour in 2023", store.Filter{}, "sun", ""},
		{"What happened in March 2024?", store.Filter{}, "mon tue wed thu", ""},
		{"What happened in March 2024?", march, "wed thu", ""},
		{"What happened on 5 March 2024?", march, "", "outside"},
		{"What happened on 6 January 2024?", store.Filter{}, "sun mon tue", "nearest"},
		{"elephants in March 2024", store.Filter{}, "mon tue wed thu", "the days themselves"},
		{"harbour", march, "wed", ""},
	} {
		found := findAll(t, s, c.question, c.filter, 10)
		if got := ids(found.Results); got != c.want {
			t.Errorf("%s finds %q, want %q", c.question, got, c.want)
		}
		notice := strings.Join(found.Notices, " ")
		if (notice == "") != (c.notice == "") || !strings.Contains(notice, c.notice) {
			t.Errorf("%s notes %q, want %q", c.question, notice, c.notice)
		}
	}
}

// If more days match than fit, a spread of them is shown with a notice.
func TestManyDaysAreSpread(t *testing.T) {
	notes := map[string]note{}
	for i := range 31 {
		d := day(2024, 5, i+1)
		notes[d.String()] = note{day: d, lines: "Words."}
	}
	found := findAll(t, dated(t, notes), "What happened in May 2024?", store.Filter{}, 3)
	if got := ids(found.Results); got != "2024-05-01 2024-05-16 2024-05-31" {
		t.Errorf("found %s", got)
	}
	if len(found.Notices) != 1 || !strings.Contains(found.Notices[0], "31 days") {
		t.Errorf("notices %q", found.Notices)
	}
}

func TestMentions(t *testing.T) {
	s := dated(t, week)
	for _, c := range []struct {
		question string
		asked    search.Aggregate
		tally    string
	}{
		{"How often did I mention the harbour?", search.Count, "“harbour” is mentioned on 4 days, first on 2023-03-05, last on 2024-03-06."},
		{"How many times was I at the harbour in 2024?", search.Count, "“harbour” is mentioned on 3 days in the time asked for, first on 2024-03-04"},
		{"When did I first eat soup?", search.First, "“eat” with “soup” is mentioned on no day."},
		{"When did I first mention soup?", search.First, "“soup” is first mentioned on 2024-03-04; on 2 days in all"},
		{"When did I last mention the old harbour?", search.Last, "“old” with “harbour” is last mentioned on 2024-03-06; on 2 days in all"},
		{"When did I last see Lady Anne Holm?", search.Last, "“Lady Anne Holm” is mentioned on one day: 2024-03-06."},
		{"How often did I meet Mr. Holm?", search.Count, "“Holm” is mentioned on 2 days"},
		{"How often do I eat Parmesan?", search.Count, "“eat” with “Parmesan” is mentioned on no day."},
		{"How often did I have Parmesan?", search.Count, "“Parmesan” (also as Parmazan) is mentioned on one day: 2023-03-05."},
		{"What did I do at the harbour?", search.Unasked, ""},
		{"How often did I feel that everything was too much to carry alone?", search.Unasked, ""},
	} {
		m := findAll(t, s, c.question, store.Filter{}, 5).Mentions
		if (m == nil) != (c.asked == search.Unasked) {
			t.Errorf("%s: %+v", c.question, m)
			continue
		}
		if m == nil {
			continue
		}
		if got := search.Tally(m, language.Of("english"), daybook.Date.String, 10); m.Asked != c.asked || !strings.HasPrefix(got, c.tally) {
			t.Errorf("%s: %s: %s", c.question, m.Asked, got)
		}
	}
}

func TestTallyListsDays(t *testing.T) {
	m := &search.Mentions{Asked: search.Count, Words: []string{"soup"}, Days: []daybook.Date{
		day(2023, 12, 30), day(2024, 1, 2), day(2024, 1, 5), day(2024, 2, 1), day(2024, 2, 2),
	}}
	got := search.Tally(m, language.Of("english"), daybook.Date.String, 4)
	if want := "\n- 2023: 30 December\n- 2024: 2, 5 January; 1 February\n- and 1 more"; !strings.HasSuffix(got, want) {
		t.Errorf("%s", got)
	}
}

// Duplicate notes take the room of one.
func TestTheSameIsShownOnce(t *testing.T) {
	long := "Walked to the lighthouse with Ursula and Tom before breakfast, the wind so strong that we leaned on it, then soup, then letters until it was dark. "
	s := dated(t, map[string]note{
		"a":     {day: day(2024, 1, 1), lines: long},
		"b":     {kind: daybook.Evergreen, day: day(2024, 6, 1), lines: long + "Again."},
		"other": {day: day(2024, 1, 2), lines: "The lighthouse stood in fog."},
	})
	found := findAll(t, s, "the lighthouse with Ursula and soup", store.Filter{}, 2)
	if len(found.Results) != 2 || len(found.Results[0].Same) != 1 || found.Results[1].Entry.ID != "other" {
		t.Errorf("found %s", ids(found.Results))
	}
}

func TestShow(t *testing.T) {
	s := dated(t, week)
	found := findAll(t, s, "rain and soup", store.Filter{}, 1)
	shown, err := s.Show(t.Context(), &found, &found.Results[0], 5)
	if err != nil || len(shown) != 2 {
		t.Fatalf("%d passages, %v", len(shown), err)
	}
	for _, p := range shown {
		if p.Passage.Text == "" || len(p.Marks) != 1 || p.Words <= 0 {
			t.Errorf("shown %+v", p)
		}
	}
	days := findAll(t, s, "What happened on 7 March 2024?", store.Filter{}, 1)
	shown, err = s.Show(t.Context(), &days, &days.Results[0], 5)
	if err != nil || len(shown) != 1 || shown[0].Passage.Text != week["thu"].lines || shown[0].Marks != nil {
		t.Errorf("shown %+v, %v", shown, err)
	}
}
