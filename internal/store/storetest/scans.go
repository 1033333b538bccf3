package storetest

import (
	"reflect"
	"testing"
	"time"

	"daybook/internal/store"
)

func scansAreKept(t *testing.T, s store.Store) {
	at := time.Date(2024, 6, 4, 7, 0, 0, 123000, time.UTC)
	one := store.ScanState{Path: "b 1.pdf", Note: "b.md", Size: 7, ModTime: 1234567890123456789, Inode: 1<<63 + 5, Hash: [32]byte{1, 31: 2},
		Pages: 3, Done: 2, Stage: store.Failed, Error: "page 3 cannot be read", Attempts: 4, Updated: at}
	two := store.ScanState{Path: "a.png", Note: "a.md", Stage: store.Found, Updated: at}
	ok(t, s.PutScans(t.Context(), one, two))
	if got := must(s.Scans(t.Context()))(t); !reflect.DeepEqual(got, []store.ScanState{two, one}) {
		t.Errorf("scans %+v", got)
	}
	if got := must(s.ScansOf(t.Context(), "b.md"))(t); !reflect.DeepEqual(got, []store.ScanState{one}) {
		t.Errorf("scans of a note %+v", got)
	}
	one.Stage, one.Error = store.Written, ""
	ok(t, s.PutScans(t.Context(), one))
	ok(t, s.DeleteScans(t.Context(), "a.png", "nowhere"))
	if got := must(s.Scans(t.Context()))(t); !reflect.DeepEqual(got, []store.ScanState{one}) {
		t.Errorf("scans %+v", got)
	}
}

func pageTextsAreKept(t *testing.T, s store.Store) {
	if _, known, err := s.PageText(t.Context(), "k"); known || err != nil {
		t.Errorf("known %v, %v", known, err)
	}
	ok(t, s.PutPageText(t.Context(), "k", [32]byte{1}, "words"))
	ok(t, s.PutPageText(t.Context(), "k", [32]byte{1}, "other words"))
	ok(t, s.PutPageText(t.Context(), "blank", [32]byte{2}, ""))
	if text, known, err := s.PageText(t.Context(), "k"); text != "other words" || !known || err != nil {
		t.Errorf("%q, %v, %v", text, known, err)
	}
	ok(t, s.PutPageText(t.Context(), "k2", [32]byte{1}, "more words"))
	ok(t, s.ForgetPage(t.Context(), "k2"))
	if _, known, _ := s.PageText(t.Context(), "k2"); known {
		t.Error("a page is known that was forgotten by itself")
	}
	if _, known, _ := s.PageText(t.Context(), "k"); !known {
		t.Error("forgetting one page took another with it")
	}
	ok(t, s.ForgetScan(t.Context(), [32]byte{1}))
	if _, known, _ := s.PageText(t.Context(), "k"); known {
		t.Error("a page is known that was forgotten")
	}
	if text, known, err := s.PageText(t.Context(), "blank"); text != "" || !known || err != nil {
		t.Errorf("%q, %v, %v", text, known, err)
	}
}

func writtenNotesAreKept(t *testing.T, s store.Store) {
	if w := must(s.Written(t.Context(), "a.md"))(t); w.Text != "" || w.Parts != nil {
		t.Errorf("written %+v", w)
	}
	want := store.WrittenNote{Text: "one\n\ntwo", Before: "before", Parts: []store.PagePart{{Scan: "a.pdf", Page: 1, Start: 0, End: 3}, {Scan: "a.pdf", Page: 2, Start: 5, End: 8}}}
	ok(t, s.PutWritten(t.Context(), "a.md", store.WrittenNote{Text: "before"}))
	ok(t, s.PutWritten(t.Context(), "a.md", want))
	if w := must(s.Written(t.Context(), "a.md"))(t); !reflect.DeepEqual(w, want) {
		t.Errorf("written %+v", w)
	}
}
