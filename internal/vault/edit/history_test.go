package edit

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"daybook"
)

func openHistory(t testing.TB, dir string, age time.Duration) *History {
	t.Helper()
	h, err := OpenHistory(dir, age)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Close() })
	return h
}

func TestRestore(t *testing.T) {
	h := openHistory(t, filepath.Join(t.TempDir(), "data", "undo"), time.Hour)
	dir, e := newEditor(t, h)
	ctx := t.Context()
	restore := func(force bool) (daybook.Kind, string) {
		_, err := h.Restore(ctx, e, "x/a.md", force)
		data, _ := os.ReadFile(filepath.Join(dir, "x", "a.md"))
		return daybook.KindOf(err), string(data)
	}
	if kind, _ := restore(true); kind != daybook.NotFound {
		t.Error(kind)
	}
	path := put(t, dir, "x/a.md", "one\n\r\x00")
	put(t, dir, "y/a.md", "another")
	for name, text := range map[string]string{"x/a.md": "two", "y/a.md": "yet another"} {
		if _, err := e.Edit(ctx, name, Hash{}, to(text)); err != nil {
			t.Fatal(err)
		}
	}
	r, err := h.Last(ctx, "x/a.md")
	if err != nil || r.Path != "x/a.md" || string(r.Before) != "one\n\r\x00" || r.After != Sum([]byte("two")) || time.Since(r.Time) > time.Minute {
		t.Errorf("%+v, %v", r, err)
	}
	for _, want := range []string{"one\n\r\x00", "two", "one\n\r\x00", "two"} {
		if kind, got := restore(false); kind != "" || got != want {
			t.Errorf("%s, %q; want %q", kind, got, want)
		}
	}
	put(t, dir, "x/a.md", "the owner's")
	if kind, got := restore(false); kind != daybook.Conflict || got != "the owner's" {
		t.Error(kind, got)
	}
	if kind, got := restore(true); kind != "" || got != "one\n\r\x00" {
		t.Error(kind, got)
	}
	if kind, got := restore(false); kind != "" || got != "the owner's" {
		t.Error(kind, got)
	}
	if _, err := e.Remove(ctx, "x/a.md", Hash{}); err != nil {
		t.Fatal(err)
	}
	if kind, got := restore(false); kind != "" || got != "the owner's" {
		t.Error("removed:", kind, got)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if _, err := e.Create(ctx, "x/a.md", []byte{}); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Restore(ctx, e, "x/a.md", false); err != nil {
		t.Error(err)
	}
	alone(t, dir, "y/a.md")
}

func TestHistoryIsPrivate(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "undo")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	h := openHistory(t, dir, time.Hour)
	name := strings.Repeat("日", 80) + ".md"
	if err := h.Keep(t.Context(), "x/"+name, []byte("x"), Hash{}); err != nil {
		t.Fatal(err)
	}
	if r, err := h.Last(t.Context(), "x/"+name); err != nil || string(r.Before) != "x" {
		t.Error(r, err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Fatal(entries, err)
	}
	file, _ := entries[0].Info()
	folder, _ := os.Stat(dir)
	if os.PathSeparator == '/' && (file.Mode().Perm() != 0o600 || folder.Mode().Perm() != 0o700) {
		t.Errorf("%v in %v", file.Mode(), folder.Mode())
	}
}

func TestHistoryExpires(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "not ours.txt", "x")
	synctest.Test(t, func(t *testing.T) {
		h := openHistory(t, dir, 24*time.Hour)
		ctx := context.Background()
		for _, text := range []string{"one", "two", "three"} {
			if err := h.Keep(ctx, "a.md", []byte(text), Hash{}); err != nil {
				t.Fatal(err)
			}
			time.Sleep(10 * time.Hour)
		}
		if n, err := h.Expire(ctx); n != 1 || err != nil {
			t.Error(n, err)
		}
		if r, err := h.Last(ctx, "a.md"); err != nil || string(r.Before) != "three" {
			t.Error(r, err)
		}
		time.Sleep(15 * time.Hour)
		if _, err := h.Last(ctx, "a.md"); daybook.KindOf(err) != daybook.NotFound {
			t.Error(err)
		}
		if n, err := h.Expire(ctx); n != 2 || err != nil {
			t.Error(n, err)
		}
	})
	alone(t, dir, "not ours.txt")
}

// A record that a killed process left half written is passed over.
func TestHalfARecord(t *testing.T) {
	dir := t.TempDir()
	h := openHistory(t, dir, time.Hour)
	for _, text := range []string{"the first one", "the second one"} {
		if err := h.Keep(t.Context(), "a.md", []byte(text), Hash{}); err != nil {
			t.Fatal(err)
		}
	}
	files, err := h.files()
	if err != nil || len(files) != 2 {
		t.Fatal(files, err)
	}
	path := filepath.Join(dir, files[0].name)
	whole := get(t, path)
	for cut := range len(whole) {
		if err := os.WriteFile(path, []byte(whole[:cut]), 0o600); err != nil {
			t.Fatal(err)
		}
		if r, err := h.Last(t.Context(), "a.md"); err != nil || string(r.Before) != "the first one" {
			t.Fatalf("cut at %d: %q, %v", cut, r.Before, err)
		}
	}
}

func FuzzRecord(f *testing.F) {
	f.Add([]byte(`{"path":"a.md","existed":true,"size":1,"after":"` + Hash{}.String() + "\"}\nx"))
	f.Add([]byte("{}\n"))
	dir := f.TempDir()
	h := openHistory(f, dir, time.Hour)
	f.Fuzz(func(t *testing.T, data []byte) {
		name := time.Now().UTC().Format(stamp) + " a.md" + extension
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
		defer os.Remove(filepath.Join(dir, name))
		if r, err := h.Last(t.Context(), "a.md"); err == nil && r.Path != "a.md" {
			t.Fatalf("%q gives %+v", data, r)
		}
	})
}
