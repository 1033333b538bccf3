package almanac_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"

	"daybook"
	"daybook/internal/almanac"
	"daybook/internal/search"
	"daybook/internal/store"
	"daybook/internal/text"
)

// realJournal is five years of a diary.
func realJournal(t testing.TB) *shelf {
	const folder = "../../../shared/journals/pepys-1660-1664"
	if _, err := os.Stat(folder); err != nil {
		t.Skip("left out: the real journal is not beside the project")
	}
	s := &shelf{t: t, dir: t.TempDir()}
	ok(t, os.Mkdir(filepath.Join(s.dir, "evergreen"), 0o700))
	s.open("english", folder)
	return s
}

func TestRealJournal(t *testing.T) {
	s := realJournal(t)
	t.Run("IsCountedTruly", func(t *testing.T) { countedTruly(t, s) })
	t.Run("AgreesWithTheSearch", func(t *testing.T) { agreesWithSearch(t, s) })
}

// The statistics of a real journal agree with independent counts.
func countedTruly(t *testing.T, s *shelf) {
	begin := time.Now()
	sum, err := s.Summary(t.Context(), store.Filter{})
	ok(t, err)
	t.Logf("counted in %v", time.Since(begin))
	entries, err := s.store.Newest(t.Context(), store.Filter{Kind: daybook.Daily}, 0)
	ok(t, err)
	analyzer, err := text.New("english")
	ok(t, err)
	if sum.Days != len(entries) || len(sum.Years) != 5 || len(sum.Months) != 60 || sum.Compared != "years" {
		t.Errorf("%d days, %d years, %d months", sum.Days, len(sum.Years), len(sum.Months))
	}
	terms := map[int][]string{} // by year, of each day
	for _, e := range entries {
		terms[e.Date().Year] = append(terms[e.Date().Year], " "+analyzer.Terms(e.Text)+" ")
	}
	inYear := map[int]int{}
	for _, m := range sum.Months {
		var year, month int
		_, err := fmt.Sscanf(m.Month, "%d-%d", &year, &month)
		ok(t, err)
		inYear[year] += m.Words
	}
	for _, y := range sum.Years {
		if inYear[y.Year] != y.Words {
			t.Errorf("%d has %d words, and its months %d", y.Year, y.Words, inYear[y.Year])
		}
		marks := map[almanac.Kind]int{}
		for _, m := range y.Marks {
			marks[m.Kind]++
			days := 0
			for _, said := range terms[y.Year] {
				if strings.Contains(said, " "+analyzer.Terms(m.Term)+" ") {
					days++
				}
			}
			// By its term a name occurs on more days: in lower case and in
			// other forms.
			if days < m.Days || days > 2*m.Days+2 {
				t.Errorf("a %s of %d is counted on %d days, and stands on %d", m.Kind, y.Year, m.Days, days)
			}
			if first := []rune(m.Term)[0]; m.Kind == almanac.Name && !unicode.IsUpper(first) || strings.ContainsAny(m.Term, ".,;:#") && m.Kind == almanac.Word {
				t.Errorf("a %s of %d is badly written", m.Kind, y.Year)
			}
		}
		if marks[almanac.Word] != 12 || marks[almanac.Name] != 12 || marks[almanac.Hash] != 0 {
			t.Errorf("%d is marked by %v; its only tag is on every day", y.Year, marks)
		}
	}
}

// A timeline and a question of how often agree.
func agreesWithSearch(t *testing.T, s *shelf) {
	analyzer, err := text.New("english")
	ok(t, err)
	searcher := search.New(search.Config{Index: s.store, Analyzer: analyzer})
	for _, word := range []string{"coffee", "church", "dancing", "oysters"} {
		found, err := searcher.Find(t.Context(), search.Query{Topic: word, Mentions: search.Count}, 1)
		ok(t, err)
		line, err := s.Timeline(t.Context(), word, almanac.Year, daybook.DateRange{})
		if err != nil || line.Days != len(found.Mentions.Days) || line.Days == 0 {
			t.Errorf("%s: %d days, the search counts %d, %v", word, line.Days, len(found.Mentions.Days), err)
		}
	}
}
