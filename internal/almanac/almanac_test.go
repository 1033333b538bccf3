package almanac_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"daybook"
	"daybook/internal/almanac"
	"daybook/internal/ingest"
	"daybook/internal/search"
	"daybook/internal/store"
	"daybook/internal/store/sqlite"
	"daybook/internal/text"
	"daybook/internal/vault"
)

// shelf is a journal on disk with its index.
type shelf struct {
	t       testing.TB
	dir     string
	store   *counting
	indexer *ingest.Indexer
	*almanac.Almanac
}

// counting is a store that counts the entries read.
type counting struct {
	*sqlite.Store
	entries, lists atomic.Int64
}

func (c *counting) Entries(ctx context.Context, ids []string) ([]daybook.Entry, error) {
	c.entries.Add(int64(len(ids)))
	return c.Store.Entries(ctx, ids)
}

func (c *counting) NoteStates(ctx context.Context, queries ...store.NoteQuery) ([]store.NoteState, error) {
	c.lists.Add(1)
	return c.Store.NoteStates(ctx, queries...)
}

func newShelf(t testing.TB, language string, notes map[string]string) *shelf {
	t.Helper()
	s := &shelf{t: t, dir: t.TempDir()}
	for _, folder := range []string{"journal", "evergreen"} {
		ok(t, os.MkdirAll(filepath.Join(s.dir, folder), 0o700))
	}
	for name, body := range notes {
		s.write(name, body)
	}
	s.open(language, filepath.Join(s.dir, "journal"))
	return s
}

func (s *shelf) open(language, journal string) {
	t := s.t
	db, err := sqlite.Open(t.Context(), filepath.Join(s.dir, "daybook.db"))
	ok(t, err)
	t.Cleanup(func() { ok(t, db.Close()) })
	analyzer, err := text.New(language)
	ok(t, err)
	v, err := vault.New(vault.Options{Journal: journal, Evergreen: filepath.Join(s.dir, "evergreen")})
	ok(t, err)
	s.store = &counting{Store: db}
	s.indexer = ingest.New(v, analyzer, db)
	s.index()
	searcher := search.New(search.Config{Index: db, Analyzer: analyzer})
	s.Almanac = almanac.New(almanac.Config{Index: s.store, Analyzer: analyzer, Searcher: searcher})
}

func (s *shelf) index() {
	s.t.Helper()
	_, err := s.indexer.Run(s.t.Context(), nil)
	ok(s.t, err)
}

// write writes a note; one of the journal is named by its day.
func (s *shelf) write(name, body string) {
	s.t.Helper()
	if !strings.Contains(name, "/") {
		name = "journal/" + name
	}
	ok(s.t, os.WriteFile(filepath.Join(s.dir, name+".md"), []byte(body), 0o600))
}

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func day(s string) daybook.Date {
	d, err := daybook.ParseDate(s)
	if err != nil {
		panic(err) // a mistake in the test
	}
	return d
}

func (s *shelf) listed(r daybook.DateRange) string {
	s.t.Helper()
	days, _, _, err := s.Days(s.t.Context(), r)
	ok(s.t, err)
	var list []string
	for _, d := range days {
		list = append(list, fmt.Sprintf("%s:%d/%d/%d", d.Date, d.Words, d.Pages, len(d.Entries)))
	}
	return strings.Join(list, " ")
}

func TestDays(t *testing.T) {
	s := newShelf(t, "english", map[string]string{
		"01-05-2024":            "One two three.",
		"03-01-2024_03-02-2024": "Five words on two days.",
		"03-02-2024":            "Alone.",
		"04-01-2024":            "",
		"12-31-1660":            "Far away.",
		"evergreen/Boats":       "This is of no day.",
	})
	ok(t, s.store.WriteScans(t.Context(), store.ScanBatch{Put: []store.ScanState{store.ScanState{Path: "04-01-2024.pdf", Note: "04-01-2024.md", Pages: 3, Stage: store.Found}, store.ScanState{Path: "04-01-2024 PM.jpg", Note: "04-01-2024.md", Stage: store.Found}}}))
	for _, c := range []struct {
		r    daybook.DateRange
		want string
	}{
		{daybook.DateRange{}, "1660-12-31:2/0/1 2024-01-05:3/0/1 2024-03-01:3/0/1 2024-03-02:3/0/2 2024-04-01:0/4/1"},
		{daybook.DateRange{From: day("2024-03-02")}, "2024-03-02:3/0/2 2024-04-01:0/4/1"},
		{daybook.DateRange{To: day("2024-01-05")}, "1660-12-31:2/0/1 2024-01-05:3/0/1"},
		{daybook.DateRange{From: day("2024-02-01"), To: day("2024-02-28")}, ""},
		{daybook.DateRange{From: day("9999-12-31"), To: day("9999-12-31")}, ""},
	} {
		if got := s.listed(c.r); got != c.want {
			t.Errorf("%v: %s, want %s", c.r, got, c.want)
		}
	}
	days, first, last, err := s.Days(t.Context(), daybook.DateRange{From: day("2024-01-05"), To: day("2024-01-05")})
	if err != nil || *first != day("1660-12-31") || *last != day("2024-04-01") {
		t.Errorf("from %v to %v, %v", first, last, err)
	}
	if n := days[0].Entries[0]; n.Title != "01-05-2024" || n.ID == "" || n.Kind != daybook.Daily {
		t.Errorf("noted %+v", n)
	}
	for _, c := range [][3]string{
		{"2024-03-01", "2024-01-05", "2024-03-02"}, {"2024-02-10", "2024-01-05", "2024-03-01"}, {"1660-12-31", "", "2024-01-05"}, {"2025-01-01", "2024-04-01", ""},
	} {
		previous, next, err := s.Neighbours(t.Context(), day(c[0]))
		if err != nil || written(previous) != c[1] || written(next) != c[2] {
			t.Errorf("beside %s: %v and %v, %v", c[0], previous, next, err)
		}
	}
}

func written(d *daybook.Date) string {
	if d == nil {
		return ""
	}
	return d.String()
}

func TestAnEmptyJournal(t *testing.T) {
	s := newShelf(t, "english", nil)
	days, first, last, err := s.Days(t.Context(), daybook.DateRange{})
	if err != nil || days == nil || len(days) != 0 || first != nil || last != nil {
		t.Errorf("%v from %v to %v, %v", days, first, last, err)
	}
	if tags, err := s.Tags(t.Context()); err != nil || tags == nil || len(tags) != 0 {
		t.Errorf("tags %v, %v", tags, err)
	}
	r, err := s.Report(t.Context(), "the sea", store.Filter{})
	if err != nil || r.Compared != "nothing" || r.Years == nil || r.Months == nil || r.Like == nil {
		t.Errorf("report %+v, %v", r, err)
	}
	if text := r.Markdown(); !strings.Contains(text, "Nothing was written") {
		t.Errorf("it says %s", text)
	}
}

func TestOnThisDay(t *testing.T) {
	s := newShelf(t, "english", map[string]string{
		"02-29-2020": "A leap.", "02-29-2024": "Another leap.", "02-28-2023": "No leap.", "02-29-1664": strings.Repeat("Long ago. ", 60),
		"06-01-2023": "", "06-01-2024": "Summer.", "05-31-2022_06-01-2022": "Two days.",
		"06-02-2024": "# Sunday\n\nRain. # not a heading", "06-02-2022": "#tagged\nSun.", "06-02-2021": "## Only this",
		"07-01-2023": "At the mill.\n\n![[mill.jpg|300]] ![[b.png]]", "07-01-2022": "![](cat.heic)", "07-01-2021": "![[Template]]",
	})
	for d, want := range map[string]string{
		"2024-02-29": "2020-02-29 A leap.|1664-02-29 " + strings.Repeat("Long ago. ", 30) + "…",
		"2023-06-01": "2024-06-01 Summer.|2022-06-01 Two days.",
		"2023-01-01": "",
		"2024-07-01": "2023-07-01 At the mill. (mill.jpg)|2022-07-01  (cat.heic)",
		"2023-06-02": "2024-06-02 Rain. # not a heading|2022-06-02 #tagged\nSun.|2021-06-02 Only this",
	} {
		list, err := s.OnThisDay(t.Context(), day(d))
		ok(t, err)
		var got []string
		for _, g := range list {
			shown := g.Date.String() + " " + g.Excerpt
			if g.Picture != "" {
				shown += " (" + g.Picture + ")"
			}
			got = append(got, shown)
		}
		if strings.Join(got, "|") != want || list == nil {
			t.Errorf("%s: %q, want %q", d, got, want)
		}
	}
}

func TestTags(t *testing.T) {
	s := newShelf(t, "english", map[string]string{
		"01-05-2024": "#Sea #walk", "02-05-2024": "#sea", "03-05-2023": "#sea #a/b-c", "evergreen/Boats": "#sea #only-here",
	})
	tags, err := s.Tags(t.Context())
	ok(t, err)
	var got []string
	for _, tag := range tags {
		got = append(got, fmt.Sprintf("%s %d %s %s", tag.Tag, tag.Entries, written(tag.First), written(tag.Last)))
	}
	want := "#sea 4 2023-03-05 2024-02-05|#a/b-c 1 2023-03-05 2023-03-05|#only-here 1  |#walk 1 2024-01-05 2024-01-05"
	if strings.Join(got, "|") != want {
		t.Errorf("tags %q, want %q", strings.Join(got, "|"), want)
	}
}

func TestTimeline(t *testing.T) {
	s := newShelf(t, "english", map[string]string{
		"01-05-2023":            "I swim in the sea. Swimming is cold. Will Howe came.",
		"01-06-2023":            "Will came, and Howe. The sea is blue. 喝茶了。",
		"03-01-2024_03-02-2024": "The sea, the sea! #seaside",
		"03-09-2024":            "Nothing. #SeaSide",
		"04-09-2024":            "",
		"evergreen/Boats":       "The sea.",
	})
	for _, c := range []struct {
		q     string
		by    almanac.Period
		words string
		want  string
	}{
		{"swim", almanac.Month, "swim", "2023-01:1/2/2 2024-03:0/0/3"},
		{"SEA", almanac.Year, "SEA", "2023:2/2/2 2024:2/2/3"},
		{" the sea ", almanac.Month, "the sea", "2023-01:2/2/2 2024-03:2/2/3"},
		{"Will Howe", almanac.Year, "Will Howe", "2023:1/1/2 2024:0/0/3"},
		{`"came Howe"`, almanac.Year, "came Howe", "2023:0/0/2 2024:0/0/3"},
		{"came Howe", almanac.Year, "came|Howe", "2023:2/4/2 2024:0/0/3"},
		{"#seaside", almanac.Year, "#SeaSide", "2023:0/0/2 2024:3/2/3"},
		{"tag:seaside", almanac.Year, "#SeaSide", "2023:0/0/2 2024:3/2/3"},
		{"#unknown", almanac.Year, "#unknown", "2023:0/0/2 2024:0/0/3"},
		{"喝茶", almanac.Year, "喝茶", "2023:1/1/2 2024:0/0/3"},
		{"zebra", almanac.Year, "zebra", "2023:0/0/2 2024:0/0/3"},
		{"if and", almanac.Year, "if and", "2023:0/0/2 2024:0/0/3"},
	} {
		line, err := s.Timeline(t.Context(), c.q, c.by, daybook.DateRange{})
		ok(t, err)
		var got []string
		sum := 0
		for _, p := range line.Points {
			got = append(got, fmt.Sprintf("%s:%d/%d/%d", p.Period, p.Days, p.Mentions, p.Written))
			sum += p.Days
		}
		if strings.Join(got, " ") != c.want || strings.Join(line.Words, "|") != c.words || line.Days != sum {
			t.Errorf("%q: %q of %q, want %s of %s", c.q, got, line.Words, c.want, c.words)
		}
	}
	line, err := s.Timeline(t.Context(), "sea", almanac.Year, daybook.DateRange{From: day("2024-03-02")})
	if err != nil || len(line.Points) != 1 || line.Points[0] != (almanac.Point{Period: "2024", Days: 1, Mentions: 2, Written: 2}) {
		t.Errorf("from the second of two days: %+v, %v", line, err)
	}
	for _, q := range []string{"", " ", "!?", `""`, strings.Repeat("sea ", 17)} {
		if _, err := s.Timeline(t.Context(), q, almanac.Year, daybook.DateRange{}); daybook.KindOf(err) != daybook.Invalid {
			t.Errorf("%q: %v", q, err)
		}
	}
}

// Only changed entries are read again.
func TestOnlyChangesAreRead(t *testing.T) {
	notes := map[string]string{}
	for i := range 40 {
		notes[fmt.Sprintf("01-%02d-20%02d", 1+i%28, 10+i/28)] = fmt.Sprintf("The day number %d. #t%d", i, i%3)
	}
	s := newShelf(t, "english", notes)
	before, err := s.State(t.Context())
	ok(t, err)
	if n := s.store.entries.Load(); n != 40 {
		t.Errorf("%d entries were read at first", n)
	}
	for range 3 {
		if again, err := s.State(t.Context()); err != nil || again != before {
			t.Errorf("nothing changed but the state, %v", err)
		}
	}
	if n := s.store.lists.Load(); n != 1 {
		t.Errorf("an unchanged journal was listed %d times", n)
	}
	s.write("01-01-2010", "A day with a zebra.")
	s.write("02-01-2010", "")
	ok(t, os.Remove(filepath.Join(s.dir, "journal", "01-02-2010.md")))
	s.index()
	line, err := s.Timeline(t.Context(), "zebra", almanac.Year, daybook.DateRange{})
	if err != nil || line.Days != 1 {
		t.Errorf("the change is not seen: %+v, %v", line, err)
	}
	if after, err := s.State(t.Context()); err != nil || after == before {
		t.Errorf("the state is the same, %v", err)
	}
	if n := s.store.entries.Load(); n != 42 {
		t.Errorf("%d entries were read for two that changed", n-40)
	}
	if got := s.listed(daybook.DateRange{To: day("2010-01-03")}); got != "2010-01-01:5/0/1 2010-01-03:5/0/1" {
		t.Errorf("days %s", got)
	}
	// The same journal has the same state in another process.
	analyzer, err := text.New("english")
	ok(t, err)
	other := almanac.New(almanac.Config{Index: s.store, Analyzer: analyzer})
	mine, err := s.State(t.Context())
	ok(t, err)
	if theirs, err := other.State(t.Context()); err != nil || theirs != mine {
		t.Errorf("another process has another state, %v", err)
	}
}

// After many words were added and removed, the lexicon is rebuilt and the
// counts stay the same.
func TestLexiconIsRebuilt(t *testing.T) {
	s := newShelf(t, "english", map[string]string{"01-01-2023": "Here is Ana with a cat."})
	for round := range 3 {
		var b strings.Builder
		for i := range 8_000 {
			fmt.Fprintf(&b, "w%dx%d ", round, i)
		}
		ok(t, s.store.Apply(t.Context(), store.Batch{Put: []store.Note{{ // without passages, which take long
			State: store.NoteState{Kind: daybook.Daily, Path: "x.md", EntryID: "x", Hash: [32]byte{byte(round + 1)}},
			Entry: daybook.Entry{ID: "x", Kind: daybook.Daily, Path: "x.md", Title: "x", Dates: []daybook.Date{day("2024-01-01")}, Text: b.String()},
		}}}))
		if line, err := s.Timeline(t.Context(), "cat", almanac.Year, daybook.DateRange{}); err != nil || line.Days != 1 {
			t.Fatalf("round %d: %+v, %v", round, line, err)
		}
	}
	line, err := s.Timeline(t.Context(), "w2x7", almanac.Year, daybook.DateRange{})
	if err != nil || line.Days != 1 {
		t.Errorf("%+v, %v", line, err)
	}
}

func TestConcurrentCalls(t *testing.T) {
	s := newShelf(t, "english", map[string]string{"01-01-2023": "A cat.", "02-01-2024": "A dog with Ana."})
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 20 {
				if _, err := s.Report(t.Context(), "the cat", store.Filter{}); err != nil {
					t.Error(err)
				}
				if line, err := s.Timeline(t.Context(), "cat", almanac.Month, daybook.DateRange{}); err != nil || line.Days == 0 {
					t.Errorf("%+v, %v", line, err)
				}
			}
		})
	}
	for i := range 10 {
		s.write("03-01-2024", fmt.Sprintf("New words: cat%d, and a cat.", i))
		s.index()
	}
	wg.Wait()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s.write("03-02-2024", "One more.")
	s.index()
	if _, err := s.State(ctx); err == nil {
		t.Error("a call that was cancelled is answered")
	}
	ok(t, s.Refresh(t.Context()))
}
