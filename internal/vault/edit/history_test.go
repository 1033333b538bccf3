package edit

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"daybook"
)

// newHistory returns a history in a new folder of the notes in dir.
func newHistory(t testing.TB, notes string) *History {
	t.Helper()
	return NewHistory(HistoryOptions{
		Dir: filepath.Join(t.TempDir(), "data", "history"), Kind: daybook.Daily, Notes: notes, DeletedAge: 30 * 24 * time.Hour,
	})
}

// editorOf returns an editor whose versions the history keeps.
func editorOf(t testing.TB, h *History, cause Cause) *Editor {
	t.Helper()
	root, err := os.OpenRoot(h.options.Notes)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { root.Close() })
	return NewEditor(root, h.By(cause))
}

func write(t testing.TB, e *Editor, path, text string) {
	t.Helper()
	if _, err := e.Edit(t.Context(), path, Hash{}, to(text)); err != nil {
		t.Fatal(err)
	}
}

// lists describes a note's versions, oldest first.
func lists(t testing.TB, h *History, path string, all bool) []string {
	t.Helper()
	list, err := h.Versions(t.Context(), path, all)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, v := range list {
		_, note, err := h.Version(t.Context(), path, v.ID)
		if err != nil || len(note) != v.Size || note == nil != v.Gone() {
			t.Errorf("%+v: %q, %v", v, note, err)
		}
		out = append(out, fmt.Sprintf("%s: %s", v.Cause, note))
	}
	return out
}

func TestUndo(t *testing.T) {
	dir := t.TempDir()
	h := newHistory(t, dir)
	e, undo := editorOf(t, h, API), editorOf(t, h, Undone)
	ctx := t.Context()
	restore := func(force bool) (daybook.Kind, string) {
		_, err := h.Undo(ctx, undo, "x/a.md", force)
		data, _ := os.ReadFile(filepath.Join(dir, "x", "a.md"))
		return daybook.KindOf(err), string(data)
	}
	if kind, _ := restore(true); kind != daybook.NotFound {
		t.Error(kind)
	}
	path := put(t, dir, "x/a.md", "one\n\r\x00")
	put(t, dir, "y/a.md", "another")
	write(t, e, "x/a.md", "two")
	write(t, e, "y/a.md", "yet another")
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
	if _, err := h.Undo(ctx, undo, "x/a.md", false); err != nil {
		t.Error(err)
	}
	alone(t, dir, "y/a.md")
}

// The history has what Daybook wrote, what it replaced, and what another
// program had replaced.
func TestEveryVersionIsKept(t *testing.T) {
	dir := t.TempDir()
	h := newHistory(t, dir)
	e := editorOf(t, h, API)
	path := put(t, dir, "a.md", "before")
	write(t, e, "a.md", "saved")
	if got := lists(t, h, "a.md", false); !slices.Equal(got, []string{"other program: before", "api: saved"}) {
		t.Error(got)
	}
	put(t, dir, "a.md", "before") // a stale copy
	write(t, editorOf(t, h, Page), "a.md", "before, and more")
	put(t, dir, "a.md", "theirs")
	write(t, e, "a.md", "theirs") // saved, though nothing is to be written
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if _, err := e.Create(t.Context(), "a.md", []byte("again")); err != nil {
		t.Fatal(err)
	}
	if _, err := editorOf(t, h, Deleted).Remove(t.Context(), "a.md", Hash{}); err != nil {
		t.Fatal(err)
	}
	want := []string{"other program: before", "api: saved", "other program: before", "page: before, and more", "api: theirs", "other program: ", "api: again", "delete: "}
	if got := lists(t, h, "a.md", false); !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	list, _ := h.Versions(t.Context(), "a.md", true)
	for _, id := range []string{"2", list[1].ID, list[1].Hash.String()} {
		if v, note, err := h.Version(t.Context(), "a.md", id); err != nil || string(note) != "saved" || v.ID != list[1].ID {
			t.Errorf("%s: %q, %v", id, note, err)
		}
	}
	for _, id := range []string{"", "0", "99", "2-00000000", strings.Repeat("0", 64), "../x"} {
		if _, _, err := h.Version(t.Context(), "a.md", id); daybook.KindOf(err) != daybook.NotFound {
			t.Errorf("%q: %v", id, err)
		}
	}
}

// An edit that another program prevents adds no version.
func TestPreventedEditIsNotKept(t *testing.T) {
	dir := t.TempDir()
	h := newHistory(t, dir)
	e := editorOf(t, h, API)
	put(t, dir, "a.md", "before")
	first := true
	_, err := e.Edit(t.Context(), "a.md", Hash{}, func(old []byte) ([]byte, error) { return append(old, " and ours"...), nil })
	if err != nil {
		t.Fatal(err)
	}
	swap := e.exchange
	e.exchange = func(d *os.File, a, b string) error {
		if first {
			first = false
			put(t, dir, "a.md", "theirs")
		}
		return swap(d, a, b)
	}
	_, err = e.Edit(t.Context(), "a.md", Sum([]byte("before and ours")), to("never"))
	if err == errNoExchange {
		t.Skip("files cannot be exchanged here")
	}
	if daybook.KindOf(err) != daybook.PreconditionFailed {
		t.Fatal(err)
	}
	if got := lists(t, h, "a.md", true); !slices.Equal(got, []string{"other program: before", "api: before and ours"}) {
		t.Errorf("%q", got)
	}
}

func TestHistoryIsPrivateAndCompressed(t *testing.T) {
	notes := t.TempDir()
	h := newHistory(t, notes)
	if err := os.MkdirAll(h.options.Dir, 0o755); err != nil {
		t.Fatal(err)
	}
	name := "x/" + strings.Repeat("日", 80) + ".md"
	text := strings.Repeat("word ", 10_000)
	for _, before := range []string{text, text + "2"} {
		if _, err := h.By(API).Keep(t.Context(), Change{Path: name, Before: []byte(before), After: []byte(text)}); err != nil {
			t.Fatal(err)
		}
	}
	size := int64(0)
	err := filepath.WalkDir(h.options.Dir, func(path string, d fs.DirEntry, err error) error {
		info, _ := d.Info()
		want := fs.FileMode(0o600)
		if d.IsDir() {
			want = 0o700
		} else {
			size += info.Size()
		}
		if os.PathSeparator == '/' && info.Mode().Perm() != want {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
		if len(filepath.Base(path)) > 143 {
			t.Errorf("the name %s is too long for some file systems", path)
		}
		return err
	})
	if err != nil || size > 10_000 {
		t.Errorf("%d bytes, %v", size, err)
	}
	missing, err := h.Missing(t.Context(), func(string) bool { return false })
	if _, ok := missing[name]; err != nil || !ok {
		t.Errorf("%v, %v", missing, err)
	}
}

func TestLostHistoryIsRecreated(t *testing.T) {
	dir := t.TempDir()
	h := newHistory(t, dir)
	e := editorOf(t, h, API)
	put(t, dir, "a.md", "one")
	write(t, e, "a.md", "two")
	if err := os.RemoveAll(filepath.Dir(h.options.Dir)); err != nil {
		t.Fatal(err)
	}
	write(t, e, "a.md", "three")
	if got := lists(t, h, "a.md", false); !slices.Equal(got, []string{"other program: two", "api: three"}) {
		t.Errorf("%q", got)
	}
}

// Versions are ordered by number, since the clock may be set back.
func TestClockSetBack(t *testing.T) {
	dir := t.TempDir()
	h := newHistory(t, dir)
	put(t, dir, "a.md", "one")
	write(t, editorOf(t, h, API), "a.md", "two")
	n, err := h.note("a.md", true)
	if err != nil {
		t.Fatal(err)
	}
	defer n.close()
	if err := n.add(time.Now().AddDate(-5, 0, 0), Page, []byte("three"), false); err != nil {
		t.Fatal(err)
	}
	put(t, dir, "a.md", "three")
	write(t, editorOf(t, h, API), "a.md", "four")
	if got := lists(t, h, "a.md", false); !slices.Equal(got, []string{"other program: one", "api: two", "page: three", "api: four"}) {
		t.Errorf("%q", got)
	}
}

func TestSittings(t *testing.T) {
	type save struct {
		after time.Duration
		cause Cause
		text  string
	}
	const minute = time.Minute
	long := strings.Repeat("a long text that is then deleted. ", 20)
	for name, c := range map[string]struct {
		saves []save
		want  string
	}{
		"one sitting": {[]save{{0, Other, "o"}, {minute, Page, "a"}, {minute, Page, "ab"}, {minute, Page, "abc"}}, "o abc"},
		"two":         {[]save{{0, Page, "a"}, {minute, Page, "ab"}, {11 * minute, Page, "abc"}, {minute, Page, "abcd"}}, "ab abcd"},
		"api":         {[]save{{0, API, "a"}, {minute, API, "b"}, {minute, API, "c"}}, "a b c"},
		"replaced":    {[]save{{0, Page, "a"}, {minute, Page, "ab"}, {minute, Other, "a"}, {minute, Page, "ac"}, {minute, Page, "acd"}}, "ab a acd"},
		"deleted":     {[]save{{0, Page, "a"}, {minute, Page, long}, {minute, Page, "a"}, {minute, Page, "ab"}}, long + " ab"},
		"rewritten":   {[]save{{0, Page, long}, {minute, Page, strings.ToUpper(long)}}, long + " " + strings.ToUpper(long)},
		"long": {[]save{{0, Page, "a"}, {9 * minute, Page, "b"}, {9 * minute, Page, "c"}, {9 * minute, Page, "d"}, {9 * minute, Page, "e"},
			{9 * minute, Page, "f"}, {9 * minute, Page, "g"}, {9 * minute, Page, "h"}, {9 * minute, Page, "i"}}, "g i"},
		"merged":    {[]save{{0, Page, "a"}, {minute, Merge, "b"}, {minute, Page, "c"}, {minute, Page, "d"}}, "a b d"},
		"backwards": {[]save{{0, Page, "a"}, {-minute, Page, "b"}}, "a b"},
	} {
		synctest.Test(t, func(t *testing.T) {
			h := newHistory(t, t.TempDir())
			n, err := h.note("a.md", true)
			if err != nil {
				t.Fatal(err)
			}
			at, before := time.Now(), []byte(nil)
			for _, s := range c.saves {
				at = at.Add(s.after)
				if err := n.add(at, s.cause, []byte(s.text), rewrites(before, []byte(s.text))); err != nil {
					t.Fatal(err)
				}
				before = []byte(s.text)
			}
			n.close()
			var got []string
			for _, line := range lists(t, h, "a.md", false) {
				_, text, _ := strings.Cut(line, ": ")
				got = append(got, text)
			}
			if strings.Join(got, " ") != c.want {
				t.Errorf("%s: %q, want %q", name, got, c.want)
			}
			// What is listed is what stays, and everything stays for a day.
			if all := lists(t, h, "a.md", true); len(all) != len(c.saves) {
				t.Errorf("%s: %q", name, all)
			}
			time.Sleep(30 * time.Hour)
			if _, err := h.Expire(t.Context(), func(string) bool { return true }); err != nil {
				t.Error(err)
			}
			if all := lists(t, h, "a.md", true); len(all) != len(got) {
				t.Errorf("%s: after a day %q", name, all)
			}
		})
	}
}

// Undo restores the version before the sitting, not before its last autosave.
func TestUndoOfASitting(t *testing.T) {
	dir := t.TempDir()
	h := newHistory(t, dir)
	path := put(t, dir, "a.md", "original")
	for _, text := range []string{"original o", "original on", "original", "original one"} {
		write(t, editorOf(t, h, Page), "a.md", text)
	}
	for _, want := range []string{"original", "original one"} {
		if _, err := h.Undo(t.Context(), editorOf(t, h, Undone), "a.md", false); err != nil || get(t, path) != want {
			t.Errorf("%q, %v", get(t, path), err)
		}
	}
}

func TestRestore(t *testing.T) {
	dir := t.TempDir()
	h := newHistory(t, dir)
	path := put(t, dir, "a.md", "one")
	for _, text := range []string{"two", "three"} {
		write(t, editorOf(t, h, API), "a.md", text)
	}
	e := editorOf(t, h, Restored)
	if _, err := h.Restore(t.Context(), e, "a.md", "1", Sum([]byte("two"))); daybook.KindOf(err) != daybook.PreconditionFailed || get(t, path) != "three" {
		t.Error(err)
	}
	if r, err := h.Restore(t.Context(), e, "a.md", "1", Sum([]byte("three"))); err != nil || get(t, path) != "one" || r.After != Sum([]byte("one")) {
		t.Error(r, err)
	}
	if _, err := h.Undo(t.Context(), editorOf(t, h, Undone), "a.md", false); err != nil || get(t, path) != "three" {
		t.Error(err, get(t, path))
	}
	if _, err := editorOf(t, h, Deleted).Remove(t.Context(), "a.md", Hash{}); err != nil {
		t.Fatal(err)
	}
	list, _ := h.Versions(t.Context(), "a.md", true)
	if _, err := h.Restore(t.Context(), e, "a.md", list[len(list)-1].ID, Hash{}); daybook.KindOf(err) != daybook.Conflict {
		t.Error(err)
	}
	if _, err := h.Restore(t.Context(), e, "a.md", "2", Hash{}); err != nil || get(t, path) != "two" {
		t.Error(err)
	}
}

func TestExpire(t *testing.T) {
	const day = 24 * time.Hour
	synctest.Test(t, func(t *testing.T) {
		h := newHistory(t, t.TempDir())
		keep := func(path, before, after string, cause Cause) {
			t.Helper()
			c := Change{Path: path, Before: []byte(before)}
			if after != "" {
				c.After = []byte(after)
			}
			if _, err := h.By(cause).Keep(t.Context(), c); err != nil {
				t.Fatal(err)
			}
		}
		count := func(path string) int { return len(lists(t, h, path, true)) }
		there := map[string]bool{"a.md": true}
		expire := func() {
			t.Helper()
			if _, err := h.Expire(t.Context(), func(path string) bool { return there[path] }); err != nil {
				t.Error(err)
			}
		}
		keep("a.md", "one", "two", API)
		keep("gone.md", "one", "", Deleted)
		keep("lost.md", "one", "two", API) // by another program
		put(t, filepath.Dir(filepath.Join(h.options.Dir, "daily", noteKey("a.md"), "x")), ".0123", "half a version")
		time.Sleep(29 * day)
		expire()
		if count("gone.md") != 2 {
			t.Error("a deleted note's versions went too soon")
		}
		there["gone.md"] = true
		time.Sleep(2 * day)
		expire()
		if count("gone.md") != 2 {
			t.Error("the versions of a note that came back went")
		}
		delete(there, "gone.md")
		time.Sleep(700 * day)
		expire()
		if count("gone.md") != 0 || count("a.md") != 2 || count("lost.md") != 2 {
			t.Error("deleted:", count("gone.md"), "kept:", count("a.md"), count("lost.md"))
		}
		h.options.Age = 30 * day
		keep("a.md", "three", "four", API)
		time.Sleep(31 * day)
		expire()
		if got := lists(t, h, "a.md", true); !slices.Equal(got, []string{"api: four"}) {
			t.Errorf("%q", got)
		}
	})
}

func TestErase(t *testing.T) {
	dir := t.TempDir()
	h := newHistory(t, dir)
	h.options.Records = filepath.Join(t.TempDir(), "undo")
	put(t, dir, "a.md", "one")
	put(t, dir, "b.md", "one")
	putRecord(t, h, time.Now().Add(-time.Hour), "a.md", []byte("zero"), "one")
	for _, name := range []string{"a.md", "b.md"} {
		write(t, editorOf(t, h, API), name, "two")
	}
	if n, err := h.Erase(t.Context(), "a.md"); n != 3 || err != nil {
		t.Error(n, err)
	}
	if n, err := h.Erase(t.Context(), "none.md"); n != 0 || err != nil {
		t.Error(n, err)
	}
	if got := len(lists(t, h, "a.md", true)); got != 0 {
		t.Error(got)
	}
	if got := len(lists(t, h, "b.md", true)); got != 2 {
		t.Error(got)
	}
	write(t, editorOf(t, h, API), "a.md", "three")
	if got := lists(t, h, "a.md", true); !slices.Equal(got, []string{"other program: two", "api: three"}) {
		t.Errorf("%q", got)
	}
}

// A damaged version gives an error, and the others can be read.
func TestDamagedVersion(t *testing.T) {
	dir := t.TempDir()
	h := newHistory(t, dir)
	put(t, dir, "a.md", "one")
	write(t, editorOf(t, h, API), "a.md", "two")
	list, _ := h.Versions(t.Context(), "a.md", true)
	path := filepath.Join(h.options.Dir, "daily", noteKey("a.md"), list[0].file)
	whole := get(t, path)
	for cut := range len(whole) {
		for _, damaged := range []string{whole[:cut], whole[:cut] + string(whole[cut]^1) + whole[cut+1:]} {
			if err := os.WriteFile(path, []byte(damaged), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, note, err := h.Version(t.Context(), "a.md", "1"); err == nil && string(note) != "one" || err != nil && daybook.KindOf(err) != daybook.Unavailable {
				t.Fatalf("damaged at %d: %q, %v", cut, note, err)
			}
			if _, note, err := h.Version(t.Context(), "a.md", "2"); err != nil || string(note) != "two" {
				t.Fatal(note, err)
			}
		}
	}
}

// Two journals that are served from one data folder have separate histories. A
// journal that is moved keeps its history.
func TestHistoriesOfTwoJournals(t *testing.T) {
	data, parent := t.TempDir(), t.TempDir()
	open := func(name string) (*History, string) {
		dir := filepath.Join(parent, name)
		return NewHistory(HistoryOptions{Dir: data, Kind: daybook.Daily, Notes: dir}), dir
	}
	for _, name := range []string{"one", "two", "one"} {
		h, dir := open(name)
		put(t, dir, "a.md", name)
		write(t, editorOf(t, h, API), "a.md", name+" saved")
		put(t, dir, "a.md", name+" saved")
	}
	h, _ := open("two")
	if got := lists(t, h, "a.md", false); !slices.Equal(got, []string{"other program: two", "api: two saved"}) {
		t.Errorf("%q", got)
	}
	if err := os.Rename(filepath.Join(parent, "two"), filepath.Join(parent, "three")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"three", "three"} {
		h, dir := open(name)
		write(t, editorOf(t, h, API), "a.md", "three saved")
		if got := lists(t, h, "a.md", false); len(got) != 3 || get(t, filepath.Join(dir, "a.md")) != "three saved" {
			t.Errorf("moved: %q", got)
		}
	}
	h, _ = open("one")
	if got := lists(t, h, "a.md", false); len(got) != 4 || got[0] != "other program: one" {
		t.Errorf("%q", got)
	}
	// Another journal, where the old folder is gone, is not taken for it.
	if err := os.RemoveAll(filepath.Join(parent, "one")); err != nil {
		t.Fatal(err)
	}
	h, dir := open("four")
	put(t, dir, "a.md", "four")
	if got := lists(t, h, "a.md", false); len(got) != 0 {
		t.Errorf("%q", got)
	}
}

// putRecord writes what an older Daybook kept.
func putRecord(t testing.TB, h *History, at time.Time, path string, before []byte, after string) {
	t.Helper()
	head := recordHeader{Path: path, Existed: before != nil, Size: len(before), After: Hash{}.String()}
	if after != "" {
		head.After = Sum([]byte(after)).String()
	}
	line, err := json.Marshal(head)
	if err != nil {
		t.Fatal(err)
	}
	put(t, h.options.Records, at.UTC().Format(stamp)+" "+shorten(filepath.Base(path))+recordExtension, string(line)+"\n"+string(before))
}

func TestRecordsOfOlderDaybooks(t *testing.T) {
	dir := t.TempDir()
	h := newHistory(t, dir)
	h.options.Records = filepath.Join(t.TempDir(), "undo")
	begin := time.Now().Add(-time.Hour)
	putRecord(t, h, begin, "x/a.md", nil, "one")
	putRecord(t, h, begin.Add(1), "y/a.md", []byte("another"), "other")
	putRecord(t, h, begin.Add(2), "x/a.md", []byte("one"), "two")
	putRecord(t, h, begin.Add(3), "x/a.md", []byte("theirs"), "four")
	put(t, h.options.Records, begin.Add(9).UTC().Format(stamp)+" a.md"+recordExtension, "half a rec")
	if got := lists(t, h, "x/a.md", true); !slices.Equal(got, []string{"unknown: one", "other program: theirs"}) {
		t.Errorf("%q", got)
	}
	path := put(t, dir, "x/a.md", "four")
	e := editorOf(t, h, Undone)
	for _, want := range []string{"theirs", "four", "theirs"} {
		if _, err := h.Undo(t.Context(), e, "x/a.md", false); err != nil || get(t, path) != want {
			t.Fatalf("%q, %v; want %q", get(t, path), err, want)
		}
	}
	if got := lists(t, h, "x/a.md", true); !slices.Equal(got, []string{"unknown: one", "other program: theirs", "unknown: four", "undo: theirs", "undo: four", "undo: theirs"}) {
		t.Errorf("%q", got)
	}
	list, _ := h.Versions(t.Context(), "x/a.md", true)
	if _, err := h.Restore(t.Context(), e, "x/a.md", list[0].ID, Hash{}); err != nil || get(t, path) != "one" {
		t.Error(err)
	}
	// A note that an older Daybook deleted comes back.
	putRecord(t, h, begin, "b.md", []byte("deleted"), "")
	missing, err := h.Missing(t.Context(), func(path string) bool { return path != "b.md" })
	if err != nil || len(missing) != 1 || missing["b.md"].Hash != Sum([]byte("deleted")) {
		t.Errorf("%v, %v", missing, err)
	}
	if _, err := h.Undo(t.Context(), e, "b.md", false); err != nil || get(t, filepath.Join(dir, "b.md")) != "deleted" {
		t.Error(err)
	}
}

func FuzzRecord(f *testing.F) {
	f.Add([]byte(`{"path":"a.md","existed":true,"size":1,"after":"` + Hash{}.String() + "\"}\nx"))
	f.Add([]byte("{}\n"))
	h := NewHistory(HistoryOptions{Dir: f.TempDir(), Kind: daybook.Daily, Notes: f.TempDir(), Records: f.TempDir()})
	f.Fuzz(func(t *testing.T, data []byte) {
		name := filepath.Join(h.options.Records, time.Now().UTC().Format(stamp)+" a.md"+recordExtension)
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
		defer os.Remove(name)
		list, err := h.Versions(context.Background(), "a.md", true)
		for _, v := range list {
			if _, note, err := h.Version(context.Background(), "a.md", v.ID); err != nil || Sum(note) != v.Hash && !v.Gone() {
				t.Fatalf("%q gives %+v, %v", data, v, err)
			}
		}
		if err != nil {
			t.Fatal(err)
		}
	})
}

func FuzzVersion(f *testing.F) {
	v := newVersion(7, time.Date(2026, 11, 30, 10, 0, 0, 5, time.UTC), Other, []byte("x"), true)
	f.Add(v.file, []byte("x"))
	f.Fuzz(func(t *testing.T, name string, data []byte) {
		if v, ok := parseVersion(name); ok && v.number < 100_000_000 {
			again := newVersion(v.number, v.Time, v.Cause, nil, v.rewrote)
			if v.Cause != Unknown && (again.Time != v.Time || again.number != v.number) {
				t.Errorf("%q reads as %+v", name, v)
			}
		}
		_, _, _ = readVersion(bytes.NewReader(data))
	})
}
