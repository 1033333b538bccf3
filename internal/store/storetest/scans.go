package storetest

import (
	"maps"
	"reflect"
	"slices"
	"testing"
	"time"

	"daybook/internal/store"
)

func scansAreKept(t *testing.T, s store.Store) {
	at := time.Date(2024, 6, 4, 7, 0, 0, 123000, time.UTC)
	one := store.ScanState{Path: "b 1.pdf", Note: "b.md", Size: 7, ModTime: 1234567890123456789, Inode: 1<<63 + 5, Hash: [32]byte{1, 31: 2},
		Pages: 3, Done: 2, Stage: store.Failed, Error: "page 3 cannot be read", Attempts: 4, Updated: at}
	two := store.ScanState{Path: "a.png", Note: "a.md", Stage: store.Found, Updated: at}
	ok(t, s.WriteScans(t.Context(), store.ScanBatch{Put: []store.ScanState{one, two}}))
	if got := must(s.Scans(t.Context()))(t); !reflect.DeepEqual(got, []store.ScanState{two, one}) {
		t.Errorf("scans %+v", got)
	}
	if got := must(s.Scans(t.Context(), "b.md"))(t); !reflect.DeepEqual(got, []store.ScanState{one}) {
		t.Errorf("scans of a note %+v", got)
	}
	one.Stage, one.Error = store.Written, ""
	ok(t, s.WriteScans(t.Context(), store.ScanBatch{Put: []store.ScanState{one}}))
	ok(t, s.WriteScans(t.Context(), store.ScanBatch{Delete: []string{"a.png", "nowhere"}}))
	if got := must(s.Scans(t.Context()))(t); !reflect.DeepEqual(got, []store.ScanState{one}) {
		t.Errorf("scans %+v", got)
	}
}

func pageTextsAreKept(t *testing.T, s store.Store) {
	if _, known, err := store.PageTextOf(t.Context(), s, "k"); known || err != nil {
		t.Errorf("known %v, %v", known, err)
	}
	ok(t, s.WriteScans(t.Context(), store.ScanBatch{Pages: []store.PageText{{Key: "k", Scan: [32]byte{1}, Text: "words"}}}))
	ok(t, s.WriteScans(t.Context(), store.ScanBatch{Pages: []store.PageText{{Key: "k", Scan: [32]byte{1}, Text: "other words"}}}))
	ok(t, s.WriteScans(t.Context(), store.ScanBatch{Pages: []store.PageText{{Key: "blank", Scan: [32]byte{2}, Text: ""}}}))
	if text, known, err := store.PageTextOf(t.Context(), s, "k"); text != "other words" || !known || err != nil {
		t.Errorf("%q, %v, %v", text, known, err)
	}
	ok(t, s.WriteScans(t.Context(), store.ScanBatch{Pages: []store.PageText{{Key: "k2", Scan: [32]byte{1}, Text: "more words"}}}))
	ok(t, s.WriteScans(t.Context(), store.ScanBatch{ForgetPages: []string{"k2"}}))
	if _, known, _ := store.PageTextOf(t.Context(), s, "k2"); known {
		t.Error("a page is known that was forgotten by itself")
	}
	if _, known, _ := store.PageTextOf(t.Context(), s, "k"); !known {
		t.Error("forgetting one page took another with it")
	}
	ok(t, s.WriteScans(t.Context(), store.ScanBatch{ForgetScans: [][32]byte{[32]byte{1}}}))
	if _, known, _ := store.PageTextOf(t.Context(), s, "k"); known {
		t.Error("a page is known that was forgotten")
	}
	if text, known, err := store.PageTextOf(t.Context(), s, "blank"); text != "" || !known || err != nil {
		t.Errorf("%q, %v, %v", text, known, err)
	}
}

func writtenNotesAreKept(t *testing.T, s store.Store) {
	if w := must(store.WrittenIn(t.Context(), s, "a.md"))(t); w.Text != "" || w.Parts != nil {
		t.Errorf("written %+v", w)
	}
	want := store.WrittenNote{Text: "one\n\ntwo", Before: "before", Parts: []store.PagePart{{Scan: "a.pdf", Page: 1, Start: 0, End: 3}, {Scan: "a.pdf", Page: 2, Start: 5, End: 8}}}
	ok(t, s.WriteScans(t.Context(), store.ScanBatch{Written: map[string]store.WrittenNote{"a.md": {Text: "before"}}}))
	ok(t, s.WriteScans(t.Context(), store.ScanBatch{Written: map[string]store.WrittenNote{"a.md": want}}))
	if w := must(store.WrittenIn(t.Context(), s, "a.md"))(t); !reflect.DeepEqual(w, want) {
		t.Errorf("written %+v", w)
	}
}

// A batch is made at once: what it erases goes before what it keeps.
func scanBatch(t *testing.T, s store.Store) {
	ctx := t.Context()
	ok(t, s.WriteScans(ctx, store.ScanBatch{
		Put:     []store.ScanState{{Path: "a.pdf", Note: "a.md", Updated: at(1)}, {Path: "b.pdf", Note: "b.md", Updated: at(1)}},
		Pages:   []store.PageText{{Key: "a1", Scan: [32]byte{1}, Text: "old"}, {Key: "a2", Scan: [32]byte{1}, Text: "old"}, {Key: "b1", Scan: [32]byte{2}, Text: "b"}},
		Written: map[string]store.WrittenNote{"a.md": {Text: "a"}, "b.md": {Text: "b"}},
	}))
	ok(t, s.WriteScans(ctx, store.ScanBatch{
		Put:    []store.ScanState{{Path: "c.pdf", Note: "c.md", Updated: at(2)}},
		Delete: []string{"a.pdf", "c.pdf"}, ForgetScans: [][32]byte{{1}}, ForgetPages: []string{"b1"},
		Pages:   []store.PageText{{Key: "a1", Scan: [32]byte{1}, Text: "new"}},
		Written: map[string]store.WrittenNote{"a.md": {}},
	}))
	var paths []string
	for _, scan := range must(s.Scans(ctx, "a.md", "c.md", "b.md"))(t) {
		paths = append(paths, scan.Path)
	}
	if !slices.Equal(paths, []string{"b.pdf", "c.pdf"}) {
		t.Errorf("scans %q", paths)
	}
	pages := map[string]string{}
	ok(t, s.PageTexts(ctx, []string{"a1", "a2", "b1"}, func(p store.PageText) error {
		pages[p.Key] = p.Text
		return nil
	}))
	if !maps.Equal(pages, map[string]string{"a1": "new"}) {
		t.Errorf("the pages say %q", pages)
	}
	ok(t, s.PageTexts(ctx, []string{}, func(p store.PageText) error {
		t.Errorf("no keys, and %s", p.Key)
		return nil
	}))
	if got := must(s.WrittenNotes(ctx, "a.md", "b.md", "c.md"))(t); got["a.md"].Text != "" || got["b.md"].Text != "b" || len(got["c.md"].Text) > 0 {
		t.Errorf("written %+v", got)
	}
}
