// Package storetest is the suite that every store must pass: what the doc
// comments of package store promise, put to the test.
package storetest

import (
	"context"
	"crypto/sha256"
	"errors"
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

func meta(t *testing.T, s store.Store) {
	if got := must(s.Span(t.Context()))(t); got != (daybook.DateRange{}) {
		t.Errorf("an empty store has days %v", got)
	}
	if got := must(store.MetaOf(t.Context(), s, "x"))(t); got != "" {
		t.Errorf("a key that was never set has %q", got)
	}
	for _, v := range append(hostile, "") {
		ok(t, s.Apply(t.Context(), store.SetMeta("x", v)))
		if got := must(store.MetaOf(t.Context(), s, "x"))(t); got != v {
			t.Errorf("%q came back as %q", v, got)
		}
	}
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
	changes("a setting and a thread", false, errors.Join(s.Apply(t.Context(), store.SetMeta("x", "y")),
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
