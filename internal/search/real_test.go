package search_test

import (
	"os"
	"path/filepath"
	"testing"

	"daybook"
	"daybook/internal/dates"
	"daybook/internal/ingest"
	"daybook/internal/language"
	"daybook/internal/search"
	"daybook/internal/store"
	"daybook/internal/store/sqlite"
	"daybook/internal/text"
	"daybook/internal/vault"
)

// realJournal returns a searcher by words over the real journal.
func realJournal(t *testing.T) *search.Searcher {
	t.Helper()
	journal, err := filepath.Abs(filepath.Join("..", "..", "..", "shared", "journals", "pepys-1660-1664"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(journal); err != nil {
		t.Skip("the real journal is not beside the project")
	}
	v, err := vault.New(vault.Options{Journal: journal})
	if err != nil {
		t.Fatal(err)
	}
	analyzer, err := text.New("english")
	if err != nil {
		t.Fatal(err)
	}
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "daybook.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	if _, err := ingest.New(v, analyzer, db).Run(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	return search.New(search.Config{Index: db, Analyzer: analyzer, Dates: func() dates.Options {
		return dates.Options{Today: daybook.Date{Year: 1665, Month: 1, Day: 1}, MonthFirst: true}
	}})
}

// Counts over all days: the expected days were looked up in the notes, whose
// spellings differ ("Creede", "W. Howe", "Hinchingbrooke", "Peg").
func TestCountsOverARealJournal(t *testing.T) {
	s := realJournal(t)
	for _, c := range []struct {
		question    string
		days        int
		first, last string
	}{
		{"When did I first mention Mr. Creed?", 252, "1660-03-03", "1664-12-14"},
		{"When did I last mention Will Howe?", 80, "1660-02-28", "1664-10-21"},
		{"How often was I at Lincoln's Inn Fields?", 11, "1660-11-20", "1664-12-02"},
		{"How many times did I mention Lady Sandwich?", 38, "1660-10-12", "1664-12-30"},
		{"How many times did I go to the theatre in 1663?", 11, "1663-02-06", "1663-06-13"},
		{"How often did I go to the theatre in 1661?", 49, "1661-01-03", "1661-12-04"},
		{"When did I first mention Ashwell?", 78, "1660-01-02", "1664-01-17"},
		{"When did I last mention Ashwell?", 78, "1660-01-02", "1664-01-17"},
		{"How many days mention Brampton in 1662?", 37, "1662-01-08", "1662-12-20"},
		{"How often do I mention Deptford?", 138, "1660-09-25", "1664-12-27"},
		{"When was the first time I mentioned Hinchingbroke?", 34, "1660-02-24", "1664-10-15"},
		{"How many days did I write about venison in 1664?", 10, "1664-02-12", "1664-08-01"},
		{"When did I first mention oysters?", 57, "1660-03-07", "1664-12-02"},
		{"How often did I mention Lady Batten in 1663?", 10, "1663-01-12", "1663-12-20"},
		{"When did I last mention Pegg?", 11, "1661-09-15", "1664-12-18"},
		{"When did I first mention Sir W. Batten?", 386, "1660-05-25", "1664-12-28"},
		{"How many days mention chocolate?", 7, "1660-06-19", "1664-11-24"},
		{"When did I last mention the comet?", 6, "1664-12-15", "1664-12-27"},
		{"How many times did I mention Woolwich in 1661?", 9, "1661-01-11", "1661-08-15"},
		{"How often did I mention Tangier in 1662?", 22, "1662-01-25", "1662-12-31"},
	} {
		q, err := s.Prepare(t.Context(), c.question, store.Filter{})
		if err != nil {
			t.Fatal(err)
		}
		found, err := s.Find(t.Context(), q, 5)
		if err != nil {
			t.Fatal(err)
		}
		m := found.Mentions
		if m == nil || len(m.Days) != c.days || m.Days[0].String() != c.first || m.Days[c.days-1].String() != c.last {
			t.Errorf("%s: %.300s, want %d days from %s to %s", c.question, search.Tally(m, language.Of("english"), daybook.Date.String, 0), c.days, c.first, c.last)
			continue
		}
		best, want := found.Results[0].Entry.Date().String(), c.first
		if m.Asked == search.Last {
			want = c.last
		}
		if m.Asked != search.Count && best != want {
			t.Errorf("%s: the first result is of %s, want %s", c.question, best, want)
		}
	}
}
