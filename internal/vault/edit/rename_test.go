package edit

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"daybook"
)

// A renamed note keeps its versions, and no other note gets those of its old
// path.
func TestRename(t *testing.T) {
	dir := t.TempDir()
	h := newHistory(t, dir)
	e, undo := editorOf(t, h, API), editorOf(t, h, Undone)
	move := func(from, to string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, to)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(filepath.Join(dir, from), filepath.Join(dir, to)); err != nil {
			t.Fatal(err)
		}
	}
	rename := func(from, to string) {
		t.Helper()
		for range 2 { // it may be told twice
			if err := h.Rename(t.Context(), from, to); err != nil {
				t.Fatal(err)
			}
		}
	}
	want := func(path string, versions ...string) {
		t.Helper()
		if got := lists(t, h, path, true); !slices.Equal(got, versions) {
			t.Errorf("%s: %q", path, got)
		}
	}
	rename("never.md", "nowhere.md")
	put(t, dir, "a.md", "one")
	write(t, e, "a.md", "two")
	move("a.md", "x/b.md")
	rename("a.md", "x/b.md")
	want("x/b.md", "other program: one", "api: two", "other program: two")
	want("a.md")

	// The versions belong to the note that is there: they are neither missing nor old.
	exists := func(path string) bool { return path == "x/b.md" || path == "c.md" }
	if missing, err := h.Missing(t.Context(), exists); err != nil || len(missing) > 0 {
		t.Errorf("missing: %v, %v", missing, err)
	}
	if _, err := h.Undo(t.Context(), undo, "x/b.md", false); err != nil {
		t.Fatal(err)
	}
	want("x/b.md", "other program: one", "api: two", "other program: two", "undo: one")

	// Another note takes the old path, and has a history of its own.
	if _, err := e.Create(t.Context(), "a.md", []byte("new")); err != nil {
		t.Fatal(err)
	}
	want("a.md", "api: new")

	// It was edited under its new path before it was known to be renamed.
	move("x/b.md", "c.md")
	write(t, e, "c.md", "three")
	rename("x/b.md", "c.md")
	want("c.md", "other program: one", "api: two", "other program: two", "undo: one", "api: three", "other program: three")
	if saved, ok, err := h.Saved("c.md"); err != nil || !ok || saved.Hash != Sum([]byte("three")) {
		t.Errorf("saved last: %+v, %t, %v", saved, ok, err)
	}
	if missing, err := h.Missing(t.Context(), func(string) bool { return false }); err != nil || len(missing) != 2 || missing["c.md"].Hash != Sum([]byte("three")) {
		t.Errorf("missing: %v, %v", missing, err)
	}

	// There and back again.
	move("c.md", "x/b.md")
	rename("c.md", "x/b.md")
	if got := lists(t, h, "x/b.md", true); len(got) != 7 {
		t.Errorf("%q", got)
	}
	if _, _, err := h.Version(t.Context(), "c.md", "1"); daybook.KindOf(err) != daybook.NotFound {
		t.Errorf("the old path: %v", err)
	}
}
