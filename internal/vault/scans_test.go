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

func TestOrderOfScans(t *testing.T) {
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

// A picture without a day in its name, or with a name given by a camera, is a
// page of the note that has it below "### Page", in any folder.
func TestScansWithoutADay(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{
		"2024/06-04-2024.md": "#day\n\n### Page\n![[page one.png]]\n![](../files/left%20side.jpg)\n\n### Transcription\n", "files/page one.png": "x", "files/left side.jpg": "x",
		"2024/06-05-2024.md": "### Page\n![[IMG_20240101_101010.jpg]]\n", "camera/IMG_20240101_101010.jpg": "x", "camera/IMG_20240102_101010.jpg": "x",
		"2024/06-06-2024.md": "A photograph: ![[beach.png]]\n\n```\n### Page\n![[fence.png]]\n```\n", "files/beach.png": "x", "files/fence.png": "x",
		"2024/06-07-2024.md": "### Page\n![[b/scan.pdf]]\n", "a/scan.pdf": "x", "b/scan.pdf": "x",
		"2024/06-08-2024.md": "### Page\n![[Scan.PDF]] ![[gone.png]]\n\n### Page\n![[Straße.TIF]]", "files/straße.tif": "x",
		"2024/06-09-2024.md": "### Page\n![[page one.png]]\n\n### Tea\n![[after.png]]", "files/after.png": "x",
		"rooms.md": "### Page\n![[room.png]]", "files/room.png": "x",
	})
	v, err := New(Options{Journal: dir})
	if err == nil {
		err = v.Detect(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	look := func() []string {
		f, err := v.Open(daybook.Daily)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		found, err := f.Scans(t.Context(), func(folder string) (bool, bool) { return false, folder == "camera" })
		if err != nil || len(found.Unread) > 0 {
			t.Fatal(found.Unread, err)
		}
		var got []string
		for _, s := range found.Scans {
			if !s.Embedded || !s.Owned || len(s.Dates) != 1 || s.Size != 1 {
				t.Errorf("scan %+v", s)
			}
			got = append(got, s.Path+" > "+s.Note+" "+s.Dates[0].String())
		}
		return got
	}
	want := []string{
		"a/scan.pdf > 2024/06-08-2024.md 2024-06-08", "b/scan.pdf > 2024/06-07-2024.md 2024-06-07", "camera/IMG_20240101_101010.jpg > 2024/06-05-2024.md 2024-06-05",
		"files/left side.jpg > 2024/06-04-2024.md 2024-06-04", "files/page one.png > 2024/06-04-2024.md 2024-06-04", "files/straße.tif > 2024/06-08-2024.md 2024-06-08",
	}
	same(t, "scans", look(), want)
	// A note that changes is read again.
	write(t, dir, map[string]string{"2024/06-06-2024.md": "A photograph, and a page.\n\n### Page\n![[beach.png]]\n"})
	same(t, "scans", look(), slices.Insert(want, 3, "files/beach.png > 2024/06-06-2024.md 2024-06-06"))
}

// A scan belongs to the note that embeds it, else to the note of its day, in
// any folder.
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

// A scan belongs to the note beside it, whatever its extension. A text file that is no
// note is no scan either.
func TestScansOfOtherNotes(t *testing.T) {
	for _, ext := range []string{".md", ".markdown", ".mdown"} {
		dir := t.TempDir()
		write(t, dir, map[string]string{
			"2024-06-04 Therapy" + ext: "x", "2024-06-04 Therapy.pdf": "x", "2024-06-04.md": "x",
			"2024-06-06" + ext: "x", "2024-06-06.jpg": "x", "2024-06-06 Trip.md": "x", "2024-06/05.txt": "x", "2024/6/06.txt": "x",
		})
		found, err := open(t, Options{Journal: dir}, daybook.Daily).Scans(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, s := range found.Scans {
			got = append(got, s.Path+" > "+s.Note)
		}
		same(t, ext, got, []string{"2024-06-04 Therapy.pdf > 2024-06-04 Therapy" + ext, "2024-06-06.jpg > 2024-06-06" + ext})
	}
	dir := t.TempDir()
	write(t, dir, map[string]string{"2024/06/07.txt": "x", "2024/06/07.pdf": "x"})
	found, err := open(t, Options{Journal: dir}, daybook.Daily).Scans(t.Context(), nil)
	if err != nil || len(found.Scans) != 1 || found.Scans[0].Note != "2024/06/07.txt" {
		t.Errorf("%+v, %v", found.Scans, err)
	}
}
