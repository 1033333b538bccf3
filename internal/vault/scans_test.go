package vault

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"daybook"
)

func TestScans(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{
		"2024/06-04-2024.pdf", "2024/06-04-2024 AM.png", "2024/06-04-2024 left page.HEIC", "06-05-2024_06-06-2024.jpg",
		"holiday.png", "06-04-2024x.png", "13-04-2024.png", "06-07-2024 (conflicted copy 2024-06-08).png", "06-07-2024.png", ".06-04-2024.png",
		"06-08-2024.md", "06-08-2024.svg", "06-09-2024 - Week.pdf",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	f := open(t, Options{Journal: dir}, daybook.Daily)
	found, err := f.Scans(t.Context(), nil)
	if err != nil || len(found.Unread) > 0 {
		t.Fatal(found.Unread, err)
	}
	var got []string
	for _, s := range found.Scans {
		if s.Size != 1 || s.ModTime == 0 || len(s.Dates) == 0 {
			t.Errorf("scan %+v", s)
		}
		got = append(got, s.Path+" > "+s.Note)
	}
	want := []string{
		"06-05-2024_06-06-2024.jpg > 06-05-2024_06-06-2024.md",
		"06-07-2024.png > 06-07-2024.md",
		"13-04-2024.png > 13-04-2024.md", // the day can only come first
		"2024/06-04-2024 AM.png > 2024/06-04-2024.md",
		"2024/06-04-2024 left page.HEIC > 2024/06-04-2024.md",
		"2024/06-04-2024.pdf > 2024/06-04-2024.md",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("found\n%s", strings.Join(got, "\n"))
	}
}

func TestScansOfADayFollowOneAnother(t *testing.T) {
	want := []string{
		"a/06-04-2024.jpg", "a/06-04-2024.pdf", "a/06-04-2024 2.jpg", "a/06-04-2024 2.png", "a/06-04-2024 03.jpg", "a/06-04-2024 10.jpg",
		"a/06-04-2024 am 9.jpg", "a/06-04-2024 AM 10.jpg", "a/06-04-2024 PM.jpg", "a/06-04-2024 ü.jpg",
	}
	got := slices.Clone(want)
	slices.Sort(got)
	slices.SortFunc(got, CompareScans)
	if !slices.Equal(got, want) {
		t.Errorf("in the order %q", got)
	}
}

// A scan belongs to the note that embeds it, else to the note of its day, wherever
// they lie.
func TestScansElsewhere(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{
		"2024/06-04-2024.md": "Typed: had lunch.\n\n![[06-04-2024.jpg]]", "a/06-04-2024.jpg": "x",
		"2024/06-05-2024.md": "### Page\n![](../a/06-05-2024.jpg)", "old/06-05-2024 copy.md": "Another text entirely, of the day.", "a/06-05-2024.jpg": "x",
		"2024/06-06-2024.md": "Typed.", "a/06-06-2024 AM.jpg": "x", "a/06-07-2024.jpg": "x",
		"2024/06-08-2024.md": "One.", "more/06-08-2024.md": "Nothing like the other at all.", "a/06-08-2024.jpg": "x",
		"2024/06-09-2024.md": "![[06-09-2024.jpg]]", "a/06-09-2024.md": "Beside it.", "a/06-09-2024.jpg": "x",
	})
	found, err := detected(t, dir).Scans(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range found.Scans {
		got = append(got, s.Path+" > "+s.Note+" "+s.Title)
	}
	same(t, "scans", got, []string{
		"a/06-04-2024.jpg > 2024/06-04-2024.md 06-04-2024", "a/06-05-2024.jpg > 2024/06-05-2024.md 06-05-2024", "a/06-06-2024 AM.jpg > 2024/06-06-2024.md 06-06-2024",
		"a/06-07-2024.jpg > a/06-07-2024.md 06-07-2024", "a/06-08-2024.jpg > a/06-08-2024.md 06-08-2024", "a/06-09-2024.jpg > 2024/06-09-2024.md 06-09-2024",
	})
}
