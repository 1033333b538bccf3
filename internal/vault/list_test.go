package vault

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
)

// write makes files, named by path with slashes, below a folder.
func write(t testing.TB, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func open(t testing.TB, o Options, kind daybook.EntryKind) *Folder {
	t.Helper()
	v, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	f, err := v.Open(kind)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func list(t testing.TB, f *Folder) Listing {
	t.Helper()
	l, err := f.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func paths(l Listing) []string {
	var list []string
	for _, f := range l.Files {
		list = append(list, f.Path)
	}
	return list
}

func TestListDaily(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{
		"01-02-2020.md": "x", "2021/03/03-04-2021_03-05-2021.MD": "x", "2021/03-01-2021 - Week.md": "x",
		"Shopping.md": "x", "02-30-2020.md": "x", "01-02-2020.pdf": "x", "notes.txt": "x",
		".obsidian/01-03-2020.md": "x", ".trash/01-04-2020.md": "x", ".01-02-2020.md.swp": "x", ".#01-02-2020.md": "x",
		"01-02-2020.md~": "x", "~01-02-2020.md": "x", "#01-02-2020.md#": "x", "01-02-2020.tmp": "x",
		"01-02-2020.sync-conflict-20200102-120000-ABC.md": "x", "01-05-2020.md/01-06-2020.md": "x",
		"evergreen/01-08-2020.md": "x", "evergreen/Ana.md": "x",
	})
	l := list(t, open(t, Options{Journal: dir, Evergreen: filepath.Join(dir, "evergreen")}, daybook.Daily))
	if want := []string{"01-02-2020.md", "2021/03/03-04-2021_03-05-2021.MD"}; !slices.Equal(paths(l), want) {
		t.Errorf("notes %q, want %q", paths(l), want)
	}
	if f := l.Files[1]; f.Title != "03-04-2021_03-05-2021" || len(f.Dates) != 2 || f.Size != 1 || f.ModTime == 0 {
		t.Errorf("%+v", f)
	}
	var skipped []string
	for _, s := range l.Skipped {
		skipped = append(skipped, s.Path+": "+s.Reason)
	}
	want := []string{
		"01-02-2020.sync-conflict-20200102-120000-ABC.md: a conflict copy of 01-02-2020.md; nothing differs",
		"01-05-2020.md: a folder, not a note",
		"02-30-2020.md: names a date that does not exist, or one before 1600",
		"2021/03-01-2021 - Week.md: a weekly note",
		"Shopping.md: not named after a day",
	}
	if !slices.Equal(skipped, want) {
		t.Errorf("skipped\n%s\nwant\n%s", strings.Join(skipped, "\n"), strings.Join(want, "\n"))
	}
}

func TestListEvergreen(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{"Ana.md": "x", "sub/Conflict resolution.md": "x", "journal/01-02-2020.md": "x"})
	f := open(t, Options{Journal: filepath.Join(dir, "journal"), Evergreen: dir}, daybook.Evergreen)
	if got, want := paths(list(t, f)), []string{"Ana.md", "sub/Conflict resolution.md"}; !slices.Equal(got, want) {
		t.Errorf("notes %q, want %q", got, want)
	}
}

func TestLinksStayInside(t *testing.T) {
	dir, outside := t.TempDir(), t.TempDir()
	write(t, outside, map[string]string{"01-01-2020.md": "not ours"})
	write(t, dir, map[string]string{"kept/01-02-2020.md": "ours"})
	for name, target := range map[string]string{
		"01-01-2020.md": filepath.Join(outside, "01-01-2020.md"),
		"01-03-2020.md": "kept/01-02-2020.md",
		"01-04-2020.md": "gone.md",
		"loop":          ".",
		"away":          outside,
	} {
		if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
			t.Skipf("no links here: %v", err)
		}
	}
	f := open(t, Options{Journal: dir}, daybook.Daily)
	l := list(t, f)
	if want := []string{"01-03-2020.md", "kept/01-02-2020.md"}; !slices.Equal(paths(l), want) {
		t.Errorf("notes %q, want %q", paths(l), want)
	}
	if len(l.Skipped) != 2 {
		t.Errorf("skipped %v", l.Skipped)
	}
	if data, _, err := f.Read(File{Path: "01-01-2020.md"}); err == nil {
		t.Errorf("%q was read from outside", data)
	}
	if data, _, err := f.Read(l.Files[0]); err != nil || string(data) != "ours" {
		t.Errorf("%q, %v", data, err)
	}
}

func TestOpenFails(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{"file": "x"})
	for _, journal := range []string{filepath.Join(dir, "missing"), filepath.Join(dir, "file")} {
		v, err := New(Options{Journal: journal})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := v.Open(daybook.Daily); daybook.KindOf(err) != daybook.Unavailable {
			t.Errorf("%v; want Unavailable", err)
		}
	}
	v, err := New(Options{Journal: dir, Evergreen: dir + "/."})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := v.Open(daybook.Daily); daybook.KindOf(err) != daybook.Invalid {
		t.Errorf("one folder for both: %v", err)
	}
	for _, o := range []Options{{}, {Journal: dir, DateFormats: []string{"YYYY"}}} {
		if _, err := New(o); daybook.KindOf(err) != daybook.Invalid {
			t.Errorf("New(%+v): %v; want Invalid", o, err)
		}
	}
}

func TestUnreadableFolderIsNotEmpty(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("root may read everything")
	}
	dir := t.TempDir()
	write(t, dir, map[string]string{"01-01-2020.md": "x", "locked/01-02-2020.md": "x"})
	locked := filepath.Join(dir, "locked")
	if err := os.Chmod(locked, 0); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Chmod(locked, 0o700) })
	l := list(t, open(t, Options{Journal: dir}, daybook.Daily))
	if len(l.Files) != 1 || len(l.Unread) != 1 || l.Unread[0].Path != "locked" {
		t.Errorf("%+v", l)
	}
}

func TestReadReturnsTheState(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	dir := t.TempDir()
	write(t, dir, map[string]string{"01-01-2020.md": "one"})
	f := open(t, Options{Journal: dir}, daybook.Daily)
	before := list(t, f).Files[0]
	write(t, dir, map[string]string{"01-01-2020.md": "longer"})
	data, now, err := f.Read(before)
	if err != nil || string(data) != "longer" || now.Size != 6 || before.Size != 3 || now.Path != before.Path {
		t.Errorf("%q, %+v, %v", data, now, err)
	}
	write(t, dir, map[string]string{"01-01-2020.md": strings.Repeat("x\n", maxRead/2+1)})
	data, now, err = f.Read(before)
	if err != nil || len(data) != maxRead || now.Size != maxRead+2 {
		t.Errorf("a huge note: %d of %d bytes, %v", len(data), now.Size, err)
	}
	if n := Read(now, data); len(n.Diary) < maxDiary-10 || !strings.HasPrefix(n.Diary, "x\nx") || len(n.Flaws) == 0 {
		t.Errorf("%d bytes of it are diary, with flaws %q", len(n.Diary), n.Flaws)
	}
	if err := os.Remove(filepath.Join(dir, "01-01-2020.md")); err != nil {
		t.Fatal(err)
	}
	if _, _, err := f.Read(before); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a note that is gone: %v", err)
	}
}

func TestListCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := open(t, Options{Journal: t.TempDir()}, daybook.Daily).List(ctx); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestListManyNotesQuickly(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	dir := t.TempDir()
	day := daybook.Date{Year: 1990, Month: 1, Day: 1}
	for range 10_000 {
		name := fmt.Sprintf("%02d-%02d-%04d.md", day.Month, day.Day, day.Year)
		folder := filepath.Join(dir, fmt.Sprint(day.Year))
		if err := os.MkdirAll(folder, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		day = day.AddDays(1)
	}
	f := open(t, Options{Journal: dir}, daybook.Daily)
	begin := time.Now()
	l := list(t, f)
	took := time.Since(begin)
	t.Logf("%d notes listed in %v", len(l.Files), took)
	if len(l.Files) != 10_000 || took > 2*time.Second {
		t.Errorf("%d notes in %v", len(l.Files), took)
	}
}

func TestIgnored(t *testing.T) {
	for name, want := range map[string]bool{
		"01-02-2024.md": false, "Tom.MD": false, "01-02-2024 AM.pdf": false, "01-02-2024.JPEG": false,
		".01-02-2024.md.swp": true, "01-02-2024.md~": true, "4913": true, "note.tmp": true, "~$note.md": true, "#note.md#": true,
		".~lock.note.md#": true, ".note.md.icloud": false, ".film.mov.icloud": true, "film.mov": true,
		"note.sync-conflict-20240102-101010-ABCDEFG.md": false, "note (conflicted copy 2024-01-02).md": false,
	} {
		if got := Ignored(name, false); got != want {
			t.Errorf("the file %s is ignored: %v", name, got)
		}
	}
	for name, want := range map[string]bool{
		"2024": false, "a.b": false, "conflicts": false, ".obsidian": true, ".trash": true, ".git": true, "01-02-2024.md": true,
	} {
		if got := Ignored(name, true); got != want {
			t.Errorf("the folder %s is ignored: %v", name, got)
		}
	}
}
