// Package storetest is the suite that every store must pass: what the doc
// comments of package store promise, put to the test.
package storetest

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"daybook"
	"daybook/internal/store"
	"daybook/internal/threads"
)

// Run runs the suite. Open returns an empty store that the test may fill; it
// is closed by its opener.
func Run(t *testing.T, open func(t *testing.T) store.Store) {
	for name, test := range map[string]func(*testing.T, store.Store){
		"EntriesComeBackAsTheyWere": entriesComeBack,
		"NoteStates":                noteStates,
		"FindNoteStates":            findNoteStates,
		"ReplaceAndDelete":          replaceAndDelete,
		"PathsAreExchanged":         pathsAreExchanged,
		"BatchIsAllOrNothing":       batchIsAllOrNothing,
		"SamePassagesAgain":         samePassagesAgain,
		"NewestInOrder":             newestInOrder,
		"Filters":                   filters,
		"WordsFindAndRank":          wordsFindAndRank,
		"WordsAreDataNotSyntax":     wordsAreData,
		"WordsUnderAFilter":         wordsUnderAFilter,
		"Vocabulary":                vocabulary,
		"VectorsAreExact":           vectorsAreExact,
		"VectorsUnderAFilter":       vectorsUnderAFilter,
		"VectorsStayWithTheirText":  vectorsStay,
		"VectorSpacesDoNotMix":      vectorSpaces,
		"VectorsAreErased":          vectorsAreErased,
		"WithoutVectorPages":        withoutVectorPages,
		"Meta":                      meta,
		"GenerationTellsOfChanges":  generation,
		"Threads":                   threadsAreKept,
		"EveryMessage":              everyMessage,
		"MessagesInOrder":           messagesInOrder,
		"MissingThreads":            missingThreads,
		"ThreadsAreMerged":          threadsAreMerged,
		"MergingIsAllOrNothing":     mergingIsAllOrNothing,
		"TurnsAreKeptOnce":          turnsAreKeptOnce,
		"TurnsOfManyAtOnce":         turnsOfManyAtOnce,
		"TurnsGrow":                 turnsGrow,
		"TakenIsRefused":            takenIsRefused,
		"TimesGoBackOnlyIfTheyMay":  timesGoBackOnlyIfTheyMay,
		"MessagesByID":              messagesByID,
		"ScanBatch":                 scanBatch,
		"ScansAreKept":              scansAreKept,
		"PageTextsAreKept":          pageTextsAreKept,
		"WrittenNotesAreKept":       writtenNotesAreKept,
		"NotesComeBackWhole":        notesComeBackWhole,
		"VectorsComeBackAsTheyWere": vectorsComeBack,
		"ThreadsAreReplaced":        threadsAreReplaced,
		"EverythingIsListed":        everythingIsListed,
		"PrivateEntries":            privateEntries,
		"ReadersAndWritersAtOnce":   readersAndWriters,
		"AnEndedContextEndsTheCall": endedContext,
	} {
		t.Run(name, func(t *testing.T) { test(t, open(t)) })
	}
}

// must fails the test at the first error.
func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantKind(t *testing.T, err error, kind daybook.Kind) {
	t.Helper()
	if daybook.KindOf(err) != kind {
		t.Errorf("error %v, want one of kind %q", err, kind)
	}
}

func day(s string) daybook.Date {
	d, err := daybook.ParseDate(s)
	if err != nil {
		panic(err) // a mistake in the suite itself
	}
	return d
}

// note makes a daily note whose passages are the paragraphs of text, each
// found by its lower-case words.
func note(id, date, text string, tags ...string) store.Note {
	n := store.Note{Entry: daybook.Entry{
		ID: id, Kind: daybook.Daily, Path: id + ".md", Title: id, Text: text, TextLine: 3, Tags: tags,
	}}
	for d := range strings.SplitSeq(date, " ") {
		n.Entry.Dates = append(n.Entry.Dates, day(d))
	}
	at := 0
	for i, p := range strings.Split(text, "\n\n") {
		if p == "" {
			continue
		}
		n.Passages = append(n.Passages, store.IndexedPassage{
			Passage: daybook.Passage{EntryID: id, Index: i, Start: at, End: at + len(p), Line: 3 + 2*i, Text: p},
			Terms:   strings.Join(strings.Fields(strings.ToLower(p)), " "),
		})
		at += len(p) + 2
	}
	n.State = store.NoteState{
		Kind: daybook.Daily, Path: n.Entry.Path, EntryID: id, Size: int64(len(text)), ModTime: 1234567890123456789,
		ChangeTime: 1234567890123456790, Inode: 1<<63 + 7, Hash: sha256.Sum256([]byte(text)),
	}
	return n
}

func put(t *testing.T, s store.Store, notes ...store.Note) {
	t.Helper()
	ok(t, s.Apply(t.Context(), store.Batch{Put: notes}))
}

// hostile are strings that a careless store takes for something else.
var hostile = []string{
	`it's "quoted" and 'quoted'`, `x'); DROP TABLE entries; --`, `"a" OR b* NOT {c}: NEAR(d e, 2) ^f -g`, `%_\%`,
	"tab\tand\r\nreturns", "emoji 😀 e\u0301 ﬁ ß İ", "日本語のテスト", "nul\x00in it", `{"json": [1, null]}`, "$1 ?1 :a @b", strings.Repeat("long ", 5000),
}

func entriesComeBack(t *testing.T, s store.Store) {
	for i, text := range hostile {
		id := fmt.Sprintf("e%d", i)
		n := note(id, "1660-09-25 2024-02-29", text, "#tag", "#a/b-c", "#é")
		n.Entry.Title, n.Entry.Path = text[:min(len(text), 40)], fmt.Sprintf("%d/%s", i, text[:min(len(text), 40)])
		n.State.Path = n.Entry.Path
		put(t, s, n)
		got := must(s.Entry(t.Context(), id))(t)
		if fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", n.Entry) {
			t.Errorf("came back as\n%+v\nwent in as\n%+v", got, n.Entry)
		}
		passages := must(s.Passages(t.Context(), id))(t)
		if len(passages) != len(n.Passages) {
			t.Fatalf("%d passages, want %d", len(passages), len(n.Passages))
		}
		for j, p := range passages {
			want := n.Passages[j].Passage
			if want.ID = p.ID; p != want || p.ID == 0 {
				t.Errorf("passage came back as %+v, want %+v", p, want)
			}
		}
	}
	evergreen := note("ever", "2024-01-01", "")
	evergreen.Entry.Kind, evergreen.State.Kind = daybook.Evergreen, daybook.Evergreen
	put(t, s, evergreen)
	if got := must(s.Entry(t.Context(), "ever"))(t); got.Kind != daybook.Evergreen || got.Text != "" {
		t.Errorf("an empty evergreen entry came back as %+v", got)
	}
	_, err := s.Entry(t.Context(), "nobody")
	wantKind(t, err, daybook.NotFound)
	got := must(s.Entries(t.Context(), []string{"e3", "nobody", "e1", "ever"}))(t)
	if ids := idsOf(got); ids != "e3 e1 ever" {
		t.Errorf("Entries returned %s", ids)
	}
	if got := must(s.Entries(t.Context(), nil))(t); len(got) != 0 {
		t.Errorf("no ids, and %d entries", len(got))
	}
}

func idsOf(entries []daybook.Entry) string {
	var ids []string
	for _, e := range entries {
		ids = append(ids, e.ID)
	}
	return strings.Join(ids, " ")
}

func noteStates(t *testing.T, s store.Store) {
	a, b := note("a", "2024-01-01", "one"), note("b", "2024-01-02", "two")
	put(t, s, a, b)
	b.State.Size, b.State.ModTime, b.State.ChangeTime, b.State.Inode, b.State.Hash[0] = 99, -5, 7777777777777777777, 0, b.State.Hash[0]+1
	ok(t, s.Apply(t.Context(), store.Batch{Touch: []store.NoteState{b.State}}))
	states := must(s.NoteStates(t.Context()))(t)
	slices.SortFunc(states, func(x, y store.NoteState) int { return strings.Compare(x.Path, y.Path) })
	if !slices.Equal(states, []store.NoteState{a.State, b.State}) {
		t.Errorf("states %+v, want %+v", states, []store.NoteState{a.State, b.State})
	}
}

func findNoteStates(t *testing.T, s store.Store) {
	a, b, c, d := note("a", "2024-01-01", "one"), note("b", "2024-01-02", "two"), note("c", "2024-01-03", "three"), note("d", "2024-01-04", "one")
	a.State.Inode, b.State.Inode, c.State.Inode, d.State.Inode = 11, 1<<63+12, 13, 0
	b.Entry.Path, b.State.Path = "sub/b\xff'\".md", "sub/b\xff'\".md"
	c.Entry.Kind, c.State.Kind = daybook.Evergreen, daybook.Evergreen
	c.Entry.Path, c.State.Path = a.Entry.Path, a.Entry.Path
	put(t, s, a, b, c, d)
	daily := func(path string) store.NoteName { return store.NoteName{Kind: daybook.Daily, Path: path} }
	for name, test := range map[string]struct {
		query store.NoteQuery
		want  string
	}{
		"nothing":      {store.NoteQuery{}, ""},
		"a path":       {store.NoteQuery{Names: []store.NoteName{daily(b.Entry.Path)}}, "b"},
		"of its kind":  {store.NoteQuery{Names: []store.NoteName{{Kind: daybook.Evergreen, Path: "a.md"}}}, "c"},
		"an ID":        {store.NoteQuery{EntryIDs: []string{"a", "nobody"}}, "a"},
		"a hash":       {store.NoteQuery{Hashes: [][32]byte{a.State.Hash}}, "a d"},
		"an inode":     {store.NoteQuery{Inodes: []uint64{1<<63 + 12, 99}}, "b"},
		"inode zero":   {store.NoteQuery{Inodes: []uint64{0}}, ""},
		"unknown ones": {store.NoteQuery{Names: []store.NoteName{daily("b"), daily("SUB")}, EntryIDs: []string{""}, Hashes: [][32]byte{{}}, Inodes: []uint64{7}}, ""},
		"each once": {store.NoteQuery{Names: []store.NoteName{daily("a.md"), daily("d.md")}, EntryIDs: []string{"a", "b"}, Hashes: [][32]byte{a.State.Hash},
			Inodes: []uint64{11, 13}}, "a b c d"},
	} {
		var ids []string
		for _, state := range must(s.FindNoteStates(t.Context(), test.query))(t) {
			ids = append(ids, state.EntryID)
			if want := map[string]store.NoteState{"a": a.State, "b": b.State, "c": c.State, "d": d.State}[state.EntryID]; state != want {
				t.Errorf("%s: %+v, want %+v", name, state, want)
			}
		}
		slices.Sort(ids)
		if got := strings.Join(ids, " "); got != test.want {
			t.Errorf("%s: found %q, want %q", name, got, test.want)
		}
	}
	ok(t, s.Apply(t.Context(), store.Batch{Delete: []string{"a"}}))
	if left := must(s.FindNoteStates(t.Context(), store.NoteQuery{Hashes: [][32]byte{a.State.Hash}}))(t); len(left) != 1 || left[0] != d.State {
		t.Errorf("after one was deleted: %+v", left)
	}
}

func replaceAndDelete(t *testing.T, s store.Store) {
	put(t, s, note("a", "2024-01-01", "apple tree", "#old"), note("b", "2024-01-02", "apple pie"))
	changed := note("a", "2024-01-03", "plum tree", "#new")
	ok(t, s.Apply(t.Context(), store.Batch{Put: []store.Note{changed}, Delete: []string{"b", "nobody"}}))
	if got := must(s.Entry(t.Context(), "a"))(t); got.Text != "plum tree" || got.Date() != day("2024-01-03") {
		t.Errorf("the entry is still %+v", got)
	}
	_, err := s.Entry(t.Context(), "b")
	wantKind(t, err, daybook.NotFound)
	for _, word := range []string{"apple", "pie"} {
		if hits := must(s.SearchWords(t.Context(), store.WordQuery{Any: []string{word}}, store.Filter{}, 10))(t); len(hits) != 0 {
			t.Errorf("%q is still found: %+v", word, hits)
		}
	}
	if got := must(s.Newest(t.Context(), store.Filter{Tags: []string{"#old"}}, 0))(t); len(got) != 0 {
		t.Errorf("the old tag still finds %s", idsOf(got))
	}
	if got := must(s.Newest(t.Context(), store.Filter{Days: []daybook.DateRange{{To: day("2024-01-02")}}}, 0))(t); len(got) != 0 {
		t.Errorf("the old day still finds %s", idsOf(got))
	}
	stats := must(s.Stats(t.Context()))(t)
	if stats.Entries != 1 || stats.Passages != 1 {
		t.Errorf("stats %+v", stats)
	}
}

func pathsAreExchanged(t *testing.T, s store.Store) {
	a, b := note("a", "2024-01-01", "one"), note("b", "2024-01-02", "two")
	put(t, s, a, b)
	a.Entry.Path, b.Entry.Path = b.Entry.Path, a.Entry.Path
	a.State.Path, b.State.Path = b.State.Path, a.State.Path
	put(t, s, a, b)
	if got := must(s.Entry(t.Context(), "a"))(t); got.Path != "b.md" {
		t.Errorf("a is at %s", got.Path)
	}
}

func batchIsAllOrNothing(t *testing.T, s store.Store) {
	put(t, s, note("a", "2024-01-01", "one"))
	clash := note("c", "2024-01-04", "three")
	clash.Entry.Path, clash.State.Path = "b.md", "b.md"
	err := s.Apply(t.Context(), store.Batch{
		Delete: []string{"a"}, Put: []store.Note{note("b", "2024-01-02", "two"), clash},
	})
	if err == nil {
		t.Fatal("two entries have one path, and it is no error")
	}
	if got := idsOf(must(s.Newest(t.Context(), store.Filter{}, 0))(t)); got != "a" {
		t.Errorf("a batch that failed left %q", got)
	}
}

func newestInOrder(t *testing.T, s store.Store) {
	put(t, s, note("old", "1660-01-01", "x"), note("two", "2024-03-02", "x"), note("both", "2024-03-01 2025-01-01", "x"),
		note("tie", "2024-03-02", "x"), note("new", "2024-03-03", "x"))
	if got := idsOf(must(s.Newest(t.Context(), store.Filter{}, 0))(t)); got != "new tie two both old" {
		t.Errorf("newest: %s", got)
	}
	if got := idsOf(must(s.Newest(t.Context(), store.Filter{}, 2))(t)); got != "new tie" {
		t.Errorf("newest two: %s", got)
	}
}

func filters(t *testing.T, s store.Store) {
	evergreen := note("ever", "2024-03-05", "x", "#Work")
	evergreen.Entry.Kind, evergreen.State.Kind = daybook.Evergreen, daybook.Evergreen
	put(t, s, note("a", "1660-02-29", "x", "#work", "#sea/North/red-buoy"), note("b", "2024-03-01 2024-03-09", "x", "#WORK"),
		note("c", "2024-03-04", "x"), evergreen)
	for _, c := range []struct {
		f    store.Filter
		want string
	}{
		{store.Filter{}, "ever c b a"},
		{store.Filter{Days: []daybook.DateRange{{From: day("2024-03-04")}}}, "ever c b"},
		{store.Filter{Days: []daybook.DateRange{{To: day("2024-03-01")}}}, "b a"},
		{store.Filter{Days: []daybook.DateRange{{From: day("2024-03-09"), To: day("2024-03-09")}}}, "b"},
		{store.Filter{Days: []daybook.DateRange{{From: day("2024-03-05"), To: day("2024-03-08")}}}, "ever"},
		{store.Filter{Days: []daybook.DateRange{{From: day("1660-02-29"), To: day("1660-02-29")}}}, "a"},
		{store.Filter{Days: []daybook.DateRange{{To: day("1700-01-01")}, {From: day("2024-03-04"), To: day("2024-03-04")}}}, "c a"},
		{store.Filter{Days: []daybook.DateRange{}}, ""},
		{store.Filter{Kind: daybook.Daily}, "c b a"},
		{store.Filter{Kind: daybook.Evergreen}, "ever"},
		{store.Filter{Tags: []string{"#work"}}, "ever b a"},
		{store.Filter{Tags: []string{"#WORK", "#sea"}}, "a"},
		{store.Filter{Tags: []string{"#Sea/north"}}, "a"},
		{store.Filter{Tags: []string{"#sea/north/red-buoy"}}, "a"},
		{store.Filter{Tags: []string{"#sea/nor"}}, ""},
		{store.Filter{Tags: []string{"#wor"}}, ""},
		{store.Filter{Tags: []string{"' OR 1=1 --"}}, ""},
		{store.Filter{EntryIDs: []string{"a", "c", "nobody"}}, "c a"},
		{store.Filter{EntryIDs: []string{}}, ""},
		{store.Filter{EntryIDs: []string{"a", "b"}, Kind: daybook.Daily, Days: []daybook.DateRange{{From: day("2000-01-01")}}, Tags: []string{"#work"}}, "b"},
	} {
		if got := idsOf(must(s.Newest(t.Context(), c.f, 0))(t)); got != c.want {
			t.Errorf("%+v: %q, want %q", c.f, got, c.want)
		}
	}
	span := daybook.DateRange{From: day("1660-02-29"), To: day("2024-03-09")}
	if got := must(s.Span(t.Context()))(t); got != span {
		t.Errorf("the days are from %v, want %v", got, span)
	}
}

func meta(t *testing.T, s store.Store) {
	if got := must(s.Span(t.Context()))(t); got != (daybook.DateRange{}) {
		t.Errorf("an empty store has days %v", got)
	}
	if got := must(s.Meta(t.Context(), "x"))(t); got != "" {
		t.Errorf("a key that was never set has %q", got)
	}
	for _, v := range append(hostile, "") {
		ok(t, s.SetMeta(t.Context(), "x", v))
		if got := must(s.Meta(t.Context(), "x"))(t); got != v {
			t.Errorf("%q came back as %q", v, got)
		}
	}
	ok(t, s.Ping(t.Context()))
}

func generation(t *testing.T, s store.Store) {
	at := must(s.Generation(t.Context()))(t)
	changes := func(what string, want bool, err error) {
		t.Helper()
		ok(t, err)
		now := must(s.Generation(t.Context()))(t)
		if (now != at) != want {
			t.Errorf("%s: from generation %q to %q", what, at, now)
		}
		at = now
	}
	silent := note("silent", "2024-01-02", "")
	changes("an entry", true, s.Apply(t.Context(), store.Batch{Put: []store.Note{note("a", "2024-01-01", "one")}}))
	changes("one without a word", true, s.Apply(t.Context(), store.Batch{Put: []store.Note{silent}}))
	changes("nothing", false, s.Apply(t.Context(), store.Batch{}))
	silent.State.Hash[0]++
	changes("other bytes", true, s.Apply(t.Context(), store.Batch{Touch: []store.NoteState{silent.State}}))
	changes("a setting and a thread", false, errors.Join(s.SetMeta(t.Context(), "x", "y"),
		threads.In(s).CreateThread(t.Context(), daybook.Thread{ID: "t"})))
	changes("a scan", true, s.WriteScans(t.Context(), store.ScanBatch{Put: []store.ScanState{store.ScanState{Path: "a.pdf", Note: "a.md", Stage: store.Found}}}))
	changes("its pages", true, s.WriteScans(t.Context(), store.ScanBatch{Put: []store.ScanState{store.ScanState{Path: "a.pdf", Note: "a.md", Stage: store.Found, Pages: 2}}}))
	changes("a scan less", true, s.WriteScans(t.Context(), store.ScanBatch{Delete: []string{"a.pdf"}}))
	changes("an entry less", true, s.Apply(t.Context(), store.Batch{Delete: []string{"a"}}))
}

func endedContext(t *testing.T, s store.Store) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for name, err := range map[string]error{
		"Apply":  s.Apply(ctx, store.Batch{Put: []store.Note{note("a", "2024-01-01", "x")}}),
		"Newest": second(s.Newest(ctx, store.Filter{}, 0)),
		"Thread": second(threads.In(s).Thread(ctx, "x")),
	} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s in a cancelled context: %v", name, err)
		}
	}
	if got := must(s.Newest(t.Context(), store.Filter{}, 0))(t); len(got) != 0 {
		t.Errorf("a cancelled Apply left %s", idsOf(got))
	}
}

func second[T any](_ T, err error) error { return err }
