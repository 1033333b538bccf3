package almanac_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"daybook"
	"daybook/internal/almanac"
	"daybook/internal/store"
)

// diary makes notes for every tenth day of years, from words that mark none of
// them and from what more returns for a day.
func diary(years []int, more func(year, i int) string) map[string]string {
	r := rand.New(rand.NewPCG(1, 2))
	plain := strings.Fields("walked garden bread rain window letter kitchen river paper music coat bicycle stairs lamp tea")
	notes := map[string]string{}
	for _, year := range years {
		for i := range 36 {
			var b strings.Builder
			for range 12 {
				b.WriteString(plain[r.IntN(len(plain))] + " ")
			}
			name := fmt.Sprintf("%02d-%02d-%04d", 1+i/3, 1+10*(i%3), year)
			notes[name] = "Today " + strings.TrimSpace(b.String()) + ". " + more(year, i)
		}
	}
	return notes
}

func terms(marks []almanac.Mark, kind almanac.Kind) string {
	var list []string
	for _, m := range marks {
		if m.Kind == kind {
			list = append(list, fmt.Sprintf("%s %d", m.Term, m.Days))
		}
	}
	slices.Sort(list)
	return strings.Join(list, ", ")
}

func TestMarksOfYears(t *testing.T) {
	s := newShelf(t, "english", diary([]int{1660, 2022, 2023}, func(year, i int) string {
		switch {
		case year == 1660 && i%3 == 0:
			return "We spoke with Mr. Okoro about the comets. A comet was seen by Lady Ruth Okoro’s son. #sky"
		case year == 2022 && i%3 == 0:
			return "I’m told that Ana Lopes and the Duke of Elbow will marry in June; Ana’s aunt told Ana Lopes so.\n\nHOW VERY STRANGE. Nobody wants https://example.org/weddings or ![[dresses.png]] or [illegible] yet."
		case year == 2022 && i == 1: // one long day does not mark a year
			return strings.Repeat("The zebra of Doctor Zed ate. ", 200)
		case year == 2023 && i%4 == 0:
			return "A swim with the boat. It was swimming weather, they would swim again. #Boat/race"
		}
		return "They would like it."
	}))
	sum, err := s.Summary(t.Context(), store.Filter{})
	ok(t, err)
	if sum.Compared != "years" || len(sum.Years) != 3 || sum.Days != 108 || len(sum.Months) != 36 {
		t.Fatalf("%s were compared, %d of %d days", sum.Compared, len(sum.Years), sum.Days)
	}
	for i, want := range []struct{ words, names, tags string }{
		{"comet 12, seen 12, son 12, spoke 12", "Lady Ruth Okoro 12", "#sky 12"},
		{"aunt 12, marry 12, strange 12, wants 12", "Ana Lopes 12, Duke of Elbow 12", ""},
		{"boat 9, swim 9, weather 9", "", "#Boat/race 9"},
	} {
		y := sum.Years[i]
		words, names, tags := terms(y.Marks, almanac.Word), terms(y.Marks, almanac.Name), terms(y.Marks, almanac.Hash)
		if words != want.words || names != want.names || tags != want.tags {
			t.Errorf("%d: words %s; names %s; tags %s", y.Year, words, names, tags)
		}
		for _, m := range sum.Months {
			if len(m.Marks) != 0 {
				t.Errorf("a month among years has marks: %+v", m)
			}
		}
	}
	again, err := s.Summary(t.Context(), store.Filter{})
	if err != nil || fmt.Sprint(again.Years) != fmt.Sprint(sum.Years) {
		t.Errorf("asked again it says %+v, %v", again.Years, err)
	}
}

// Not every word marks a year with longer entries.
func TestLongYearsHaveFewMarks(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	notes := map[string]string{}
	for year, words := range map[int]int{2020: 20, 2021: 120} {
		for i := range 100 {
			var b strings.Builder
			for range words {
				fmt.Fprintf(&b, "w%c%c ", 'a'+rune(r.IntN(20)), 'a'+rune(r.IntN(20)))
			}
			notes[fmt.Sprintf("%02d-%02d-%d", 1+i/10, 1+i%10, year)] = b.String()
		}
	}
	sum, err := newShelf(t, "none", notes).Summary(t.Context(), store.Filter{})
	ok(t, err)
	for _, y := range sum.Years {
		for _, m := range y.Marks {
			if m.Score > 3 { // of 400 words, chance gives a few 2
				t.Errorf("%d is marked by %+v, which means nothing", y.Year, m)
			}
		}
	}
}

func TestMarksOfMonths(t *testing.T) {
	notes := diary([]int{2024}, func(_, i int) string {
		if i/3 == 4 { // May
			return "The lilac! The lilac on Friday."
		}
		return ""
	})
	notes["01-02-2023"] = "Another year."
	s := newShelf(t, "english", notes)
	year := store.Filter{Days: []daybook.DateRange{{From: day("2024-01-01"), To: day("2024-12-31")}}}
	sum, err := s.Summary(t.Context(), year)
	ok(t, err)
	if sum.Compared != "months" || len(sum.Months) != 12 || len(sum.Years[0].Marks) != 0 || *sum.First != day("2024-01-01") {
		t.Fatalf("%+v", sum)
	}
	if got := terms(sum.Months[4].Marks, almanac.Word); got != "lilac 3" {
		t.Errorf("May is marked by %s", got)
	}
	r, err := s.Report(t.Context(), "", year)
	if err != nil || !strings.Contains(r.Markdown(), "**May 2024** – words: lilac (3)") || !strings.Contains(r.Markdown(), "one year") {
		t.Errorf("%s, %v", r.Markdown(), err)
	}
	r, err = s.Report(t.Context(), "", store.Filter{Days: []daybook.DateRange{{From: day("2024-05-01"), To: day("2024-05-31")}}})
	if err != nil || r.Compared != "nothing" || len(r.Notices) != 1 || r.Days != 3 {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestSummaryUnderAFilter(t *testing.T) {
	s := newShelf(t, "english", map[string]string{
		"01-01-2023": "One. #a", "01-02-2023": "Two two. #b", "05-01-2024": "Three three three. #A #b", "evergreen/X": "No day. #a",
	})
	for _, c := range []struct {
		f           store.Filter
		days, words int
	}{
		{store.Filter{}, 3, 6 + 4},
		{store.Filter{Tags: []string{"#a"}}, 2, 4 + 3},
		{store.Filter{Tags: []string{"#a", "#B"}}, 1, 3 + 2},
		{store.Filter{Days: []daybook.DateRange{{From: day("2023-01-02"), To: day("2023-01-02")}, {From: day("2024-01-01")}}}, 2, 5 + 3},
		{store.Filter{Days: []daybook.DateRange{}}, 0, 0},
		{store.Filter{EntryIDs: []string{}}, 0, 0},
	} {
		sum, err := s.Summary(t.Context(), c.f)
		if err != nil || sum.Days != c.days || sum.Words != c.words {
			t.Errorf("%+v: %d days of %d words, %v", c.f, sum.Days, sum.Words, err)
		}
	}
}

// In a language with capitalised nouns, only several words in a row indicate a
// name.
func TestGermanNouns(t *testing.T) {
	s := newShelf(t, "german", diary([]int{2022, 2023}, func(year, i int) string {
		if year == 2023 && i%3 == 0 {
			return "Dann kam ein Brief, und im Haus saß die Anna Weber beim Kaffee."
		}
		return ""
	}))
	sum, err := s.Summary(t.Context(), store.Filter{})
	ok(t, err)
	marks := sum.Years[1].Marks
	if got := terms(marks, almanac.Word); !strings.Contains(got, "Kaffee 12") || !strings.Contains(got, "Brief 12") {
		t.Errorf("words %s", got)
	}
	if got := terms(marks, almanac.Name); got != "Anna Weber 12" {
		t.Errorf("names %s", got)
	}
}

func TestReport(t *testing.T) {
	notes := diary([]int{2022, 2023}, func(year, i int) string {
		if year == 2023 && i%6 == 0 {
			return "The harbour was full of herring boats, and Ana Lopes sold herrings."
		}
		if year == 2022 && i == 7 {
			return "A herring at the harbour."
		}
		return ""
	})
	s := newShelf(t, "english", notes)
	r, err := s.Report(t.Context(), "How has my relation to herring and Ana Lopes changed?", store.Filter{})
	ok(t, err)
	if r.Label != almanac.Label || !strings.HasPrefix(r.Markdown(), "*No language model wrote this") {
		t.Errorf("it is not labelled: %.80s", r.Markdown())
	}
	if len(r.Said) != 2 || r.Said[0].Word != "herring" || r.Said[0].Days != 7 || r.Said[1].Word != "Ana Lopes" || r.Said[1].Days != 6 {
		t.Errorf("said %+v", r.Said)
	}
	of := map[int]int{}
	for i, l := range r.Like {
		of[l.Date.Year]++
		if !strings.Contains(l.Excerpt, "erring") || i > 0 && l.Date.Compare(r.Like[i-1].Date) < 0 {
			t.Errorf("like %+v", l)
		}
	}
	if of[2022] > 1 || of[2023] != 3 {
		t.Errorf("like it are %v days", of)
	}
	for _, want := range []string{"| 2022 | 36 | 1", "| | days written | herring | Ana Lopes |", "| 2023 | 36 | 6 | 6 |", "names: Ana Lopes (6)", "## Days like this", "72 days between 1 January 2022 and 21 December 2023"} {
		if !strings.Contains(r.Markdown(), want) {
			t.Errorf("it does not say %q:\n%s", want, r.Markdown())
		}
	}
	r, err = s.Report(t.Context(), "herring", store.Filter{Days: []daybook.DateRange{{To: day("2022-12-31")}}})
	if err != nil || len(r.Like) != 1 || r.Said[0].By != almanac.Month || len(r.Said[0].Points) != 12 {
		t.Errorf("of 2022: %+v, %v", r, err)
	}
}

func TestMostFrequentNames(t *testing.T) {
	notes := diary([]int{2022, 2023}, func(_, i int) string {
		switch {
		case i%2 == 0:
			return "We met Ana Lopes there. #sky"
		case i%3 == 0:
			return "Then Tobias came by, and I told Tobias everything."
		}
		return "Nobody came."
	})
	notes["12-31-2023"] = "---\nprivate: true\n---\nI saw Morwenna. She is called Morwenna."
	notes["12-30-2023"] = "---\nprivate: true\n---\nAnd I met Morwenna again."
	s := newShelf(t, "english", notes)
	names := func(f store.Filter) string {
		sum, err := s.Summary(t.Context(), f)
		ok(t, err)
		var list []string
		for _, m := range sum.Names {
			list = append(list, fmt.Sprintf("%s %d", m.Term, m.Days))
		}
		return strings.Join(list, ", ")
	}
	if got := names(store.Filter{}); got != "#sky 36, Ana Lopes 36, Tobias 12, Morwenna 2" {
		t.Errorf("all: %s", got)
	}
	if got := names(store.Filter{Public: true}); got != "#sky 36, Ana Lopes 36, Tobias 12" {
		t.Errorf("without private notes: %s", got)
	}
}
