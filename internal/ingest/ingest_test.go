package ingest_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"daybook"
	"daybook/internal/ingest"
	"daybook/internal/store"
	"daybook/internal/store/sqlite"
	"daybook/internal/text"
	"daybook/internal/vault"
)

// world is a vault on disk and a store, both real.
type world struct {
	t         testing.TB
	journal   string
	evergreen string
	store     *sqlite.Store
	language  string
}

func newWorld(t testing.TB) *world {
	t.Helper()
	s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "daybook.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	dir := t.TempDir()
	w := &world{t: t, journal: filepath.Join(dir, "journal"), evergreen: filepath.Join(dir, "evergreen"), store: s}
	for _, d := range []string{w.journal, w.evergreen} {
		if err := os.Mkdir(d, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

func (w *world) vault() *vault.Vault {
	w.t.Helper()
	v, err := vault.New(vault.Options{Journal: w.journal, Evergreen: w.evergreen})
	if err != nil {
		w.t.Fatal(err)
	}
	return v
}

func (w *world) analyzer() *text.Analyzer {
	w.t.Helper()
	a, err := text.New(w.language)
	if err != nil {
		w.t.Fatal(err)
	}
	return a
}

func (w *world) indexer() *ingest.Indexer {
	w.t.Helper()
	return ingest.New(w.vault(), w.analyzer(), w.store)
}

func (w *world) link(name, to string) {
	w.t.Helper()
	if err := os.Symlink(to, filepath.Join(w.journal, name)); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) run() ingest.Report {
	w.t.Helper()
	r, err := w.indexer().Run(w.t.Context(), nil)
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

func (w *world) write(name, text string) {
	w.t.Helper()
	path := filepath.Join(w.journal, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		w.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) remove(name string) {
	w.t.Helper()
	if err := os.Remove(filepath.Join(w.journal, name)); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) rename(from, to string) {
	w.t.Helper()
	if err := os.Rename(filepath.Join(w.journal, from), filepath.Join(w.journal, to)); err != nil {
		w.t.Fatal(err)
	}
}

// days writes n notes of successive days, the i-th saying "day number i".
func (w *world) days(n int) (names []string) {
	w.t.Helper()
	day := daybook.Date{Year: 2000, Month: 1, Day: 1}
	for i := range n {
		name := fmt.Sprintf("%02d-%02d-%04d.md", day.Month, day.Day, day.Year)
		w.write(name, fmt.Sprintf("day number %d", i))
		names = append(names, name)
		day = day.AddDays(1)
	}
	return names
}

// ids returns the entry IDs by path.
func (w *world) ids() map[string]string {
	w.t.Helper()
	states, err := w.store.NoteStates(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	ids := map[string]string{}
	for _, s := range states {
		ids[s.Path] = s.EntryID
	}
	return ids
}

func (w *world) entry(path string) daybook.Entry {
	w.t.Helper()
	e, err := store.EntryOf(w.t.Context(), w.store, w.ids()[path])
	if err != nil {
		w.t.Fatal(err)
	}
	return e
}

// finds returns the paths of the entries that a word finds.
func (w *world) finds(word string) (paths []string) {
	w.t.Helper()
	a, err := text.New(w.language)
	if err != nil {
		w.t.Fatal(err)
	}
	q := store.WordQuery{Any: strings.Fields(a.Terms(word))}
	hits, err := w.store.SearchWords(w.t.Context(), q, store.Filter{}, 100)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, h := range hits {
		e, err := store.EntryOf(w.t.Context(), w.store, h.Passage.EntryID)
		if err != nil {
			w.t.Fatal(err)
		}
		paths = append(paths, e.Path)
	}
	slices.Sort(paths)
	return paths
}

func (w *world) wantFound(word string, paths ...string) {
	w.t.Helper()
	if got := w.finds(word); !slices.Equal(got, paths) {
		w.t.Errorf("%q finds %q, want %q", word, got, paths)
	}
}

// counts are the parts of a report that most tests look at.
type counts struct{ entries, unchanged, read, indexed, renamed, deleted, failed, kept int }

func (w *world) want(r ingest.Report, c counts) {
	w.t.Helper()
	got := counts{r.Entries, r.Unchanged, r.Read, r.Indexed, r.Renamed, r.Deleted, len(r.Failed), len(r.Kept)}
	if got != c {
		w.t.Errorf("the report says %+v, want %+v", got, c)
	}
	stats, err := w.store.Stats(w.t.Context())
	if err != nil || stats.Entries != c.entries {
		w.t.Errorf("%d entries in the store, %v; want %d", stats.Entries, err, c.entries)
	}
}

func TestIndexFollowsTheVault(t *testing.T) {
	w := newWorld(t)
	w.write("01-02-2020.md", "---\ntags: [trip]\n---\n\nWe went to Gunning’s.\n\nIt rained. #weather")
	w.write("2020/01-03-2020_01-04-2020.md", "Two days of sailing")
	w.write("Shopping.md", "milk")
	w.want(w.run(), counts{entries: 2, read: 2, indexed: 2})
	w.wantFound("Gunning", "01-02-2020.md")
	w.wantFound("sail", "2020/01-03-2020_01-04-2020.md")
	e := w.entry("01-02-2020.md")
	if e.TextLine != 5 || !slices.Equal(e.Tags, []string{"#trip", "#weather"}) || e.Title != "01-02-2020" || e.Kind != daybook.Daily {
		t.Errorf("%+v", e)
	}
	if two := w.entry("2020/01-03-2020_01-04-2020.md"); len(two.Dates) != 2 {
		t.Errorf("%+v", two)
	}
	r := w.run()
	w.want(r, counts{entries: 2, unchanged: 2})
	if len(r.Skipped) != 1 || r.Skipped[0].Path != "Shopping.md" {
		t.Errorf("skipped %+v", r.Skipped)
	}

	w.write("01-02-2020.md", "The sun shone.")
	w.remove("2020/01-03-2020_01-04-2020.md")
	w.want(w.run(), counts{entries: 1, read: 1, indexed: 1, deleted: 1})
	w.wantFound("rain")
	w.wantFound("sail")
	w.wantFound("sun", "01-02-2020.md")
}

func TestUnchangedBytesAreOnlyTouched(t *testing.T) {
	w := newWorld(t)
	w.write("01-02-2020.md", "Nothing new")
	w.run()
	at := time.Now().Add(-time.Hour)
	if err := os.Chtimes(filepath.Join(w.journal, "01-02-2020.md"), at, at); err != nil {
		t.Fatal(err)
	}
	w.want(w.run(), counts{entries: 1, read: 1})
	w.want(w.run(), counts{entries: 1, unchanged: 1})
}

func TestEvergreenDateFollowsItsFile(t *testing.T) {
	w := newWorld(t)
	path := filepath.Join(w.evergreen, "Ana.md")
	if err := os.WriteFile(path, []byte("Ana is my sister"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, year := range []int{2021, 2022} {
		at := time.Date(year, 5, 6, 12, 0, 0, 0, time.Local)
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
		w.run()
		if e := w.entry("Ana.md"); e.Kind != daybook.Evergreen || e.Date() != (daybook.Date{Year: year, Month: 5, Day: 6}) {
			t.Errorf("%+v", e)
		}
	}
}

func TestRenamedNotesKeepTheirID(t *testing.T) {
	w := newWorld(t)
	w.write("01-02-2020.md", "about tea")
	w.write("01-03-2020.md", "about coffee")
	w.run()
	before := w.ids()

	w.rename("01-02-2020.md", "02-02-2020.md")
	if err := os.Mkdir(filepath.Join(w.journal, "old"), 0o700); err != nil {
		t.Fatal(err)
	}
	w.rename("01-03-2020.md", "old/01-03-2020.md")
	w.write("old/01-03-2020.md", "about cocoa")
	w.want(w.run(), counts{entries: 2, read: 2, indexed: 2, renamed: 2})
	after := w.ids()
	if after["02-02-2020.md"] != before["01-02-2020.md"] || after["old/01-03-2020.md"] != before["01-03-2020.md"] {
		t.Errorf("IDs were %v, are %v", before, after)
	}
	w.wantFound("tea", "02-02-2020.md")
	w.wantFound("cocoa", "old/01-03-2020.md")
	w.wantFound("coffee")

	w.write("01-02-2020.md", "a new note where the renamed one was")
	w.want(w.run(), counts{entries: 3, unchanged: 2, read: 1, indexed: 1})
	if ids := w.ids(); ids["01-02-2020.md"] == ids["02-02-2020.md"] {
		t.Error("two notes have one ID")
	}
}

func TestNewNoteInTheInodeOfADeletedOneIsNew(t *testing.T) {
	w := newWorld(t)
	w.write("01-02-2020.md", "about tea")
	w.write("01-03-2020.md", "about coffee")
	w.run()
	before := w.ids()["01-02-2020.md"]
	w.rename("01-02-2020.md", "05-05-2020.md")
	w.write("05-05-2020.md", "something else")
	w.want(w.run(), counts{entries: 2, unchanged: 1, read: 1, indexed: 1, deleted: 1})
	if w.ids()["05-05-2020.md"] == before {
		t.Error("another note has the ID of the deleted one")
	}
}

func TestExchangedNames(t *testing.T) {
	w := newWorld(t)
	w.write("01-02-2020.md", "about tea")
	w.write("01-03-2020.md", "about coffee")
	w.run()
	w.rename("01-02-2020.md", "x")
	w.rename("01-03-2020.md", "01-02-2020.md")
	w.rename("x", "01-03-2020.md")
	w.want(w.run(), counts{entries: 2, read: 2, indexed: 2})
	w.wantFound("tea", "01-03-2020.md")
	w.wantFound("coffee", "01-02-2020.md")
}

func TestRebuiltIndexHasTheSameIDs(t *testing.T) {
	w := newWorld(t)
	w.days(5)
	w.run()
	other := newWorld(t)
	other.journal, other.evergreen = w.journal, w.evergreen
	other.run()
	for path, id := range w.ids() {
		if other.ids()[path] != id {
			t.Errorf("%s has two IDs", path)
		}
	}
}

func TestMissingFolderKeepsTheIndex(t *testing.T) {
	w := newWorld(t)
	w.days(3)
	w.run()
	if err := os.Rename(w.journal, w.journal+".away"); err != nil {
		t.Fatal(err)
	}
	r, err := w.indexer().Run(t.Context(), nil)
	if daybook.KindOf(err) != daybook.Unavailable {
		t.Errorf("%v; want Unavailable", err)
	}
	w.want(r, counts{entries: 3, kept: 1})
}

func TestMissingEvergreenFolderKeepsItsNotes(t *testing.T) {
	w := newWorld(t)
	w.days(2)
	if err := os.WriteFile(filepath.Join(w.evergreen, "Ana.md"), []byte("my sisters"), 0o600); err != nil {
		t.Fatal(err)
	}
	w.run()
	if err := os.Rename(w.evergreen, w.evergreen+".away"); err != nil {
		t.Fatal(err)
	}
	w.language = "none"
	w.remove("01-01-2000.md")
	r := w.run()
	w.want(r, counts{entries: 2, read: 1, indexed: 1, deleted: 1, kept: 1})
	if r.Kept[0].Notes != 1 || daybook.KindOf(r.Kept[0].Err) != daybook.Unavailable {
		t.Errorf("kept %+v", r.Kept)
	}
	// What was kept is read by the new rules when it is there again.
	if err := os.Rename(w.evergreen+".away", w.evergreen); err != nil {
		t.Fatal(err)
	}
	w.run()
	w.wantFound("sisters", "Ana.md")
	w.want(w.run(), counts{entries: 2, unchanged: 2})
}

func TestEvergreenFolderNoLongerSet(t *testing.T) {
	w := newWorld(t)
	if err := os.WriteFile(filepath.Join(w.evergreen, "Ana.md"), []byte("my sister"), 0o600); err != nil {
		t.Fatal(err)
	}
	w.want(w.run(), counts{entries: 1, read: 1, indexed: 1})
	w.evergreen = ""
	w.want(w.run(), counts{deleted: 1})
}

func TestManyNotesVanishing(t *testing.T) {
	w := newWorld(t)
	names := w.days(60)
	w.run()
	for _, name := range names[:31] {
		w.remove(name)
	}
	r := w.run()
	w.want(r, counts{entries: 60, unchanged: 29, kept: 1})
	if r.Kept[0].Notes != 31 || daybook.KindOf(r.Kept[0].Err) != daybook.Conflict {
		t.Errorf("kept %+v", r.Kept)
	}
	x := w.indexer()
	r, err := x.AcceptMissing(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	w.want(r, counts{entries: 29, unchanged: 29, deleted: 31})
	// Half of them may go.
	for _, name := range names[31:45] {
		w.remove(name)
	}
	w.want(w.run(), counts{entries: 15, unchanged: 15, deleted: 14})
}

func TestMovingEverythingIsNotVanishing(t *testing.T) {
	w := newWorld(t)
	names := w.days(60)
	w.run()
	before := w.ids()
	if err := os.Mkdir(filepath.Join(w.journal, "2000"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		w.rename(name, "2000/"+name)
	}
	w.want(w.run(), counts{entries: 60, read: 60, indexed: 60, renamed: 60})
	after := w.ids()
	for _, name := range names {
		if after["2000/"+name] != before[name] {
			t.Fatalf("%s has another ID", name)
		}
	}
}

// A note with a flaw is read, and listed for as long as it has it, though it is
// not opened again.
func TestNotesWithFlawsAreReadAndListed(t *testing.T) {
	w := newWorld(t)
	const secret = "XSECRETX"
	w.write("01-01-2020.md", "about rain")
	w.write("01-02-2020.md", "about teas "+secret+"\xff")
	w.write("01-03-2020.md", "---\na: ["+secret+"\n---\nabout coffee")
	w.write("01-04-2020.md", "about cocoa\x00")
	flawed := func(r ingest.Report, want ...string) {
		t.Helper()
		var got []string
		for _, f := range r.Flawed {
			got = append(got, f.Path+": "+f.Reason)
		}
		if !slices.Equal(got, want) {
			t.Errorf("flaws %q, want %q", got, want)
		}
	}
	encoding, yaml, nul := "01-02-2020.md: is Windows-1252, not UTF-8", "01-03-2020.md: the front matter is not valid YAML (line 2 of it)", "01-04-2020.md: holds NUL bytes"
	r := w.run()
	w.want(r, counts{entries: 4, read: 4, indexed: 4})
	flawed(r, encoding, yaml, nul)
	for day, word := range map[string]string{"01-02-2020.md": "tea", "01-03-2020.md": "coffee", "01-04-2020.md": "cocoa"} {
		w.wantFound(word, day)
	}
	r = w.run()
	w.want(r, counts{entries: 4, unchanged: 4})
	flawed(r, encoding, yaml, nul)
	w.write("01-02-2020.md", "about teas")
	w.remove("01-04-2020.md")
	flawed(w.run(), yaml)
	w.language = "none"
	flawed(w.run(), yaml)
}

func TestOtherRulesReadEverythingAgain(t *testing.T) {
	w := newWorld(t)
	w.write("01-02-2020.md", "sailing boats")
	w.run()
	before := w.ids()
	w.language = "none"
	w.want(w.run(), counts{entries: 1, read: 1, indexed: 1})
	w.wantFound("sailing", "01-02-2020.md")
	w.wantFound("sail")
	w.want(w.run(), counts{entries: 1, unchanged: 1})
	if after := w.ids(); after["01-02-2020.md"] != before["01-02-2020.md"] {
		t.Error("the entry has another ID")
	}
}

func TestProgress(t *testing.T) {
	w := newWorld(t)
	w.days(300)
	var seen []ingest.Progress
	r, err := w.indexer().Run(t.Context(), func(p ingest.Progress) { seen = append(seen, p) })
	if err != nil {
		t.Fatal(err)
	}
	w.want(r, counts{entries: 300, read: 300, indexed: 300})
	if len(seen) < 3 || seen[0] != (ingest.Progress{Total: 300}) || seen[len(seen)-1] != (ingest.Progress{Done: 300, Total: 300}) {
		t.Errorf("%v", seen)
	}
}

func TestCancelledRunIsTakenUpAgain(t *testing.T) {
	w := newWorld(t)
	w.days(300)
	ctx, cancel := context.WithCancel(t.Context())
	_, err := w.indexer().Run(ctx, func(p ingest.Progress) {
		if p.Done > 0 {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v; want Canceled", err)
	}
	w.run()
	if len(w.ids()) != 300 {
		t.Errorf("%d entries", len(w.ids()))
	}
	w.want(w.run(), counts{entries: 300, unchanged: 300})
}

func TestPassagesPointIntoTheNote(t *testing.T) {
	w := newWorld(t)
	note := "---\ntranscription: \"True\"\n---\n### Transcription\n\n" + strings.Repeat("A line of seven words to read.\n\n", 40) + "The end."
	w.write("01-02-2020.md", note)
	r := w.run()
	e := w.entry("01-02-2020.md")
	passages, err := w.store.Passages(t.Context(), e.ID)
	if err != nil || len(passages) != r.Passages || len(passages) < 3 || r.Words != 282 {
		t.Fatalf("%d passages, %v; the report has %d and %d words", len(passages), err, r.Passages, r.Words)
	}
	lines := strings.Split(note, "\n")
	for i, p := range passages {
		first, _, _ := strings.Cut(p.Text, "\n")
		if p.Index != i || e.Text[p.Start:p.End] != p.Text || !strings.HasPrefix(lines[p.Line-1], first) {
			t.Errorf("passage %d: index %d, line %d", i, p.Index, p.Line)
		}
	}
}

// realJournal returns the folder of a journal of 1,810 notes.
func realJournal(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
		dir = filepath.Dir(dir)
	}
	journal := filepath.Join(dir, "..", "shared", "journals", "pepys-1660-1664")
	if _, err := os.Stat(journal); err != nil {
		t.Skip("the real journal is not beside the project")
	}
	return journal
}

// One year of it: with the race detector the rest would take too long.
func TestRealYear(t *testing.T) {
	w := newWorld(t)
	w.journal = filepath.Join(realJournal(t), "1662")
	cold := w.run()
	t.Logf("cold: %d notes, %d passages, %d words in %v", cold.Indexed, cold.Passages, cold.Words, cold.Duration)
	w.want(cold, counts{entries: 360, read: 360, indexed: 360})
	if len(cold.Skipped) != 0 || cold.Words < 80_000 || cold.Passages < cold.Words/100 {
		t.Errorf("%d skipped, %d words, %d passages", len(cold.Skipped), cold.Words, cold.Passages)
	}
	w.want(w.run(), counts{entries: 360, unchanged: 360})
	// Some of what a note says finds that note.
	words := strings.Fields(w.entry("12-25-1662.md").Text)
	if got := w.finds(strings.Join(words[:12], " ")); !slices.Contains(got, "12-25-1662.md") {
		t.Errorf("its own words find %d other notes", len(got))
	}
}

func BenchmarkColdRealJournal(b *testing.B) {
	for b.Loop() {
		w := newWorld(b)
		w.journal = realJournal(b)
		r := w.run()
		w.want(r, counts{entries: 1810, read: 1810, indexed: 1810})
		b.ReportMetric(float64(r.Passages), "passages")
		b.ReportMetric(float64(r.Words), "words")
	}
}

func BenchmarkWarmStart(b *testing.B) {
	w := newWorld(b)
	w.days(10_000)
	w.run()
	for b.Loop() {
		w.want(w.run(), counts{entries: 10_000, unchanged: 10_000})
	}
}
