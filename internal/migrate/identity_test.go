package migrate_test

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"

	"daybook"
	"daybook/internal/migrate"
	"daybook/internal/store"
)

// notesOf puts notes into a store: days of a journal whose words are somebody's.
func notesOf(t testing.TB, s store.Store, whose string, from, to int, empty int) {
	t.Helper()
	var notes []store.Note
	for i := from; i < to; i++ {
		text := fmt.Sprintf("%s on day %d", whose, i)
		if i < from+empty {
			text = "the same template"
		}
		id := fmt.Sprintf("entry-%03d", i)
		e := daybook.Entry{ID: id, Kind: daybook.Daily, Path: id + ".md", Title: id, Dates: []daybook.Date{daybook.DateOf(start.AddDate(0, 0, i))}, Text: text}
		notes = append(notes, store.Note{
			Entry: e, State: store.NoteState{Kind: e.Kind, Path: e.Path, EntryID: id, Size: int64(len(text)), Hash: sha256.Sum256([]byte(text))},
			Passages: []store.IndexedPassage{{Passage: daybook.Passage{EntryID: id, End: len(text), Line: 1, Text: text}, Terms: text}},
		})
	}
	ok(t, s.Apply(t.Context(), store.Batch{Put: notes}))
}

// TestRefusesAnotherJournal copies between stores that hold the same journal
// or not. A refusal changes nothing.
func TestRefusesAnotherJournal(t *testing.T) {
	for _, c := range []struct {
		name       string
		first      func(testing.TB, store.Store)
		second     func(testing.TB, store.Store)
		wantCopied bool
	}{
		{"into an empty store", func(t testing.TB, s store.Store) { notesOf(t, s, "ursula", 0, 9, 0) }, func(testing.TB, store.Store) {}, true},
		{"the same days of another person", func(t testing.TB, s store.Store) { notesOf(t, s, "ursula", 0, 9, 0) },
			func(t testing.TB, s store.Store) { notesOf(t, s, "oda", 0, 9, 0) }, false},
		{"other days of another person", func(t testing.TB, s store.Store) { notesOf(t, s, "ursula", 0, 9, 0) },
			func(t testing.TB, s store.Store) { notesOf(t, s, "oda", 20, 400, 0) }, false},
		{"another person with the same template", func(t testing.TB, s store.Store) { notesOf(t, s, "ursula", 0, 9, 6) },
			func(t testing.TB, s store.Store) { notesOf(t, s, "oda", 0, 9, 6) }, false},
		{"a single note of another person", func(t testing.TB, s store.Store) { notesOf(t, s, "ursula", 0, 9, 0) },
			func(t testing.TB, s store.Store) { notesOf(t, s, "oda", 3, 4, 0) }, false},
		{"conversations of another person", func(t testing.TB, s store.Store) { notesOf(t, s, "ursula", 0, 9, 0); thread(t, s, "hers", 1) },
			func(t testing.TB, s store.Store) { thread(t, s, "his", 1) }, false},
		{"conversations of another person, without notes on either side", func(t testing.TB, s store.Store) { thread(t, s, "hers", 1) },
			func(t testing.TB, s store.Store) { thread(t, s, "his", 1) }, false},
		{"pages of another person", func(t testing.TB, s store.Store) { notesOf(t, s, "ursula", 0, 9, 0) },
			func(t testing.TB, s store.Store) {
				ok(t, s.WriteScans(t.Context(), store.ScanBatch{Pages: []store.PageText{{Key: "his", Scan: [32]byte{1}, Text: "words"}}}))
			}, false},
		{"a part of the same journal", func(t testing.TB, s store.Store) { notesOf(t, s, "ursula", 0, 90, 0) },
			func(t testing.TB, s store.Store) { notesOf(t, s, "ursula", 0, 4, 0) }, true},
		{"more of the same journal", func(t testing.TB, s store.Store) { notesOf(t, s, "ursula", 0, 4, 0) },
			func(t testing.TB, s store.Store) { notesOf(t, s, "ursula", 0, 90, 0) }, true},
		{"the same conversations, and no notes yet", func(t testing.TB, s store.Store) { notesOf(t, s, "ursula", 0, 9, 0); thread(t, s, "hers", 1) },
			func(t testing.TB, s store.Store) { thread(t, s, "hers", 1) }, true},
		{"the same journal, all of it rewritten", func(t testing.TB, s store.Store) { notesOf(t, s, "ursula", 0, 3, 0); thread(t, s, "hers", 1) },
			func(t testing.TB, s store.Store) { notesOf(t, s, "ursula once", 0, 3, 0); thread(t, s, "hers", 1) }, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			first, second := inFile(t), inFile(t)
			c.first(t, first)
			c.second(t, second)
			before := everythingOf(t, second)
			_, err := migrate.Run(t.Context(), first, second, nil)
			if c.wantCopied {
				ok(t, err)
				return
			}
			if daybook.KindOf(err) != daybook.Conflict || !strings.Contains(daybook.PublicMessage(err), "different journals") {
				t.Errorf("error %v", err)
			}
			if after := everythingOf(t, second); after != before {
				t.Errorf("the second store was changed from\n%s\nto\n%s", before, after)
			}
		})
	}
}
