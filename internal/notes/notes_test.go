package notes_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"daybook"
	"daybook/internal/ingest"
	"daybook/internal/notes"
	"daybook/internal/store"
	"daybook/internal/store/sqlite"
	"daybook/internal/text"
	"daybook/internal/vault"
	"daybook/internal/vault/edit"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// journal is a folder of notes, its index and what writes them.
type journal struct {
	*notes.Service
	t       *testing.T
	dir     string
	store   *sqlite.Store
	indexer *ingest.Indexer
}

func open(t *testing.T, files map[string]string, formats ...string) *journal {
	t.Helper()
	base := t.TempDir()
	j := &journal{t: t, dir: filepath.Join(base, "journal")}
	j.put(".keep", "")
	for name, body := range files {
		j.put(name, body)
	}
	var err error
	check := func() {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	v, err := vault.New(vault.Options{Journal: j.dir, DateFormats: formats})
	check()
	analyzer, err := text.New("english")
	check()
	j.store, err = sqlite.Open(t.Context(), filepath.Join(base, "data", "daybook.db"))
	check()
	t.Cleanup(func() {
		if err := j.store.Close(); err != nil {
			t.Error(err)
		}
	})
	j.indexer = ingest.New(v, analyzer, j.store)
	_, err = j.indexer.Run(t.Context(), nil)
	check()
	j.Service, err = notes.New(notes.Config{
		Vault: v, Store: j.store, Indexer: j.indexer, Undo: filepath.Join(base, "data", "undo"), UndoAge: time.Hour,
		Uploads: filepath.Join(base, "data", "uploads"),
	})
	check()
	t.Cleanup(func() {
		if err := j.Close(); err != nil {
			t.Error(err)
		}
	})
	return j
}

func (j *journal) put(name, body string) {
	j.t.Helper()
	path := filepath.Join(j.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		j.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(body), 0o600); err != nil {
		j.t.Fatal(err)
	}
}

func day(s string) daybook.Date {
	d, err := daybook.ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

func TestPlaceOfANewNote(t *testing.T) {
	years := map[string]string{"2022/01-01-2022.md": "a", "2023/01-01-2023.md": "b", "01-02-2022.md": "c"}
	for _, c := range []struct {
		name, format, day, want string
		files                   map[string]string
	}{
		{"an empty journal", "MM-DD-YYYY", "2024-02-03", "02-03-2024.md", nil},
		{"by years", "MM-DD-YYYY", "2024-02-03", "2024/02-03-2024.md", years},
		{"by years, there", "MM-DD-YYYY", "2023-02-03", "2023/02-03-2023.md", years},
		{"not by years", "MM-DD-YYYY", "2024-02-03", "02-03-2024.md", map[string]string{"2022/01-01-2022.md": "a", "01-01-2023.md": "b"}},
		{"years in a folder", "MM-DD-YYYY", "2024-02-03", "diary/2024/02-03-2024.md", map[string]string{"diary/2022/01-01-2022.md": "a", "diary/2023/01-01-2023.md": "b", "2021/01-01-2021.md": "c"}},
		{"another year's folder", "MM-DD-YYYY", "2024-02-03", "02-03-2024.md", map[string]string{"2023/01-01-2022.md": "a"}},
		{"folders by the format", "YYYY/MM MMMM/YYYY-MM-DD", "2024-02-03", "2024/02 February/2024-02-03.md", nil},
		{"the format before the years", "[diary]/YYYY-MM-DD", "2024-02-03", "diary/2024-02-03.md", map[string]string{"2022/2022-01-01.md": "a"}},
		{"folders of unknown letters", "gggg/YYYY-MM-DD", "2024-02-03", "2024-02-03.md", nil},
		{"all there is", "dddd[, the] Do [of] MMMM YYYY", "2024-02-01", "Thursday, the 1st of February 2024.md", nil},
		{"short", "ddd D.M.YY", "2024-02-03", "Sat 3.2.24.md", nil},
		{"an ordinal", "MMM Do YYYY", "2024-02-22", "Feb 22nd 2024.md", nil},
		{"another", "MMM Do YYYY", "2024-02-12", "Feb 12th 2024.md", nil},
		{"and another", "MMM Do YYYY", "2024-02-23", "Feb 23rd 2024.md", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			j := open(t, c.files, c.format)
			n, err := j.Create(t.Context(), day(c.day), "New.", edit.API)
			if err != nil || n.Path != c.want || n.Date() != day(c.day) || n.Text != "New." || n.Hash == (notes.Hash{}) {
				t.Fatalf("%+v, %v", n, err)
			}
			if data, err := os.ReadFile(filepath.Join(j.dir, filepath.FromSlash(c.want))); string(data) != "New.\n" {
				t.Errorf("%q, %v", data, err)
			}
			if got, err := store.EntryOf(t.Context(), j.store, n.ID); err != nil || got.Text != "New." {
				t.Errorf("indexed %+v, %v", got, err)
			}
		})
	}
}

func TestDaysThatCannotBeWritten(t *testing.T) {
	for format, d := range map[string]string{"MM-DD-YYYY": "1599-12-31", "MM-DD-YY": "1950-01-01", "../YYYY-MM-DD": "2024-01-01", "[.hidden]/YYYY-MM-DD": "2024-01-01"} {
		j := open(t, nil, format)
		if n, err := j.Create(t.Context(), day(d), "x", edit.API); daybook.KindOf(err) != daybook.Invalid {
			t.Errorf("%s by %s: %+v, %v", d, format, n, err)
		}
		if files, err := os.ReadDir(j.dir); err != nil || len(files) > 1 { // .keep
			t.Errorf("%v, %v", files, err)
		}
	}
}

func TestTaken(t *testing.T) {
	j := open(t, map[string]string{"01-01-2024_01-02-2024.md": "two days", "01-02-2024.md": "one"})
	var taken *notes.Taken
	for d, want := range map[string]string{"2024-01-01": "01-01-2024_01-02-2024.md", "2024-01-02": "01-02-2024.md"} {
		_, err := j.Create(t.Context(), day(d), "x", edit.API)
		if daybook.KindOf(err) != daybook.Conflict || !errors.As(err, &taken) {
			t.Fatalf("%s: %v", d, err)
		}
		if e, err := store.EntryOf(t.Context(), j.store, taken.EntryID); err != nil || e.Path != want {
			t.Errorf("%s: %s, %v", d, e.Path, err)
		}
	}
	// One that cannot be read has no entry, and is there all the same.
	if err := os.Symlink("nowhere.md", filepath.Join(j.dir, "01-03-2024.md")); err != nil {
		t.Skip("no symbolic links here: ", err)
	}
	if _, err := j.Create(t.Context(), day("2024-01-03"), "x", edit.API); !errors.As(err, &taken) || taken.EntryID != "" {
		t.Error(err)
	}
}

// No second note is written for one that iCloud has moved off this machine.
func TestNoteElsewhere(t *testing.T) {
	j := open(t, map[string]string{"2024/.06-04-2024.md.icloud": "bplist"})
	if _, err := j.Create(t.Context(), day("2024-06-04"), "x", edit.API); daybook.KindOf(err) != daybook.Conflict || !errors.Is(err, vault.ErrElsewhere) {
		t.Error(err)
	}
	if _, err := j.Create(t.Context(), day("2024-06-05"), "x", edit.API); err != nil {
		t.Error(err)
	}
}

// The folder is missing, as when a disk is not mounted: the index is kept, and
// nothing is written.
func TestFolderMissing(t *testing.T) {
	j := open(t, map[string]string{"01-02-2024.md": "one"})
	list, err := j.List(t.Context(), store.Filter{}, 0, true)
	if err != nil || len(list) != 1 || list[0].Hash == (notes.Hash{}) {
		t.Fatalf("%+v, %v", list, err)
	}
	if err := os.Rename(j.dir, j.dir+" away"); err != nil {
		t.Fatal(err)
	}
	n, err := j.Read(t.Context(), list[0].ID)
	if err != nil || n.Text != "one" || n.Hash != (notes.Hash{}) {
		t.Errorf("%+v, %v", n, err)
	}
	_, created := j.Create(t.Context(), day("2024-01-03"), "x", edit.API)
	_, replaced := j.Replace(t.Context(), n.ID, "x", notes.Hash{}, edit.API)
	_, undone := j.Undo(t.Context(), daybook.Daily, n.Path, true)
	_, tidied := j.Tidy(t.Context())
	for _, err := range []error{created, replaced, undone, tidied, j.Delete(t.Context(), n.ID, notes.Hash{})} {
		if daybook.KindOf(err) != daybook.Unavailable {
			t.Errorf("%v", err)
		}
	}
	if err := os.Rename(j.dir+" away", j.dir); err != nil {
		t.Fatal(err)
	}
	if n, err := j.Replace(t.Context(), n.ID, "two", list[0].Hash, edit.API); err != nil || n.Text != "two" {
		t.Errorf("%+v, %v", n, err)
	}
}

func TestUndo(t *testing.T) {
	j := open(t, map[string]string{"2024/01-02-2024.md": "one"})
	ctx := t.Context()
	list, err := j.List(ctx, store.Filter{}, 0, true)
	if err != nil {
		t.Fatal(err)
	}
	n := list[0]
	undo := func(force bool) (string, daybook.Kind) {
		u, err := j.Undo(ctx, daybook.Daily, n.Path, force)
		if u.Note == nil {
			return "", daybook.KindOf(err)
		}
		if u.Note.ID != n.ID || u.Note.Hash != u.After {
			t.Errorf("%+v", u)
		}
		return u.Note.Text, daybook.KindOf(err)
	}
	if _, kind := undo(true); kind != daybook.NotFound {
		t.Error(kind)
	}
	if _, err := j.Replace(ctx, n.ID, "two", n.Hash, edit.API); err != nil {
		t.Fatal(err)
	}
	if err := j.Delete(ctx, n.ID, notes.Hash{}); err != nil {
		t.Fatal(err)
	}
	// Its folder goes as well.
	if err := os.Remove(filepath.Join(j.dir, "2024")); err != nil {
		t.Fatal(err)
	}
	if text, kind := undo(false); text != "two" {
		t.Error(text, kind)
	}
	j.put(n.Path, "the owner's")
	if text, kind := undo(false); text != "" || kind != daybook.Conflict {
		t.Error(text, kind)
	}
	if _, kind := undo(true); kind != "" { // back to the deletion
		t.Error(kind)
	}
	if e, err := store.EntryOf(ctx, j.store, n.ID); daybook.KindOf(err) != daybook.NotFound {
		t.Errorf("%+v, %v", e, err)
	}
	if text, kind := undo(false); text != "the owner's" {
		t.Error(text, kind)
	}
	h, err := j.HistoryOf(ctx, n.ID, true)
	causes := []edit.Cause{}
	for _, v := range h.Versions {
		causes = append(causes, v.Cause)
	}
	if want := []edit.Cause{edit.Undone, edit.Undone, edit.Other, edit.Undone, edit.Deleted, edit.API, edit.Other}; err != nil || !slices.Equal(causes, want) {
		t.Errorf("%v, %v", causes, err)
	}
	if h, err := j.History(ctx, daybook.Evergreen, n.Path, true); err != nil || len(h.Versions) != 0 {
		t.Errorf("%v, %v", h, err)
	}
}

func TestTidy(t *testing.T) {
	j := open(t, nil)
	if _, err := j.Create(t.Context(), day("2024-01-03"), "x", edit.API); err != nil {
		t.Fatal(err)
	}
	undo := filepath.Join(j.dir, "..", "data", "undo", "daily")
	if err := os.MkdirAll(undo, 0o700); err != nil {
		t.Fatal(err)
	}
	old := time.Now().Add(-2*time.Hour).UTC().Format("20060102T150405.000000000Z") + " x.md.undo"
	if err := os.WriteFile(filepath.Join(undo, old), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	const ago, hash = ".daybook-1700000000-", "e3b0c44298fc1c14"
	j.put(ago+hash+"-"+hash+"-00000000.tmp", "")                           // what its name says
	j.put("2024/"+ago+hash+"-"+hash+"-00000001.tmp", "somebody's words")   // something else
	j.put("2024/"+ago+hash+"-"+hash+"-00000002.draft", "half of anything") // never a note
	j.put("2024/.daybook-scan-123", "half of a scan")
	scan := filepath.Join(j.dir, "2024", ".daybook-scan-123")
	if err := os.Chtimes(scan, time.Time{}, time.Now().Add(-2*time.Hour)); err != nil {
		t.Fatal(err)
	}
	left, err := j.Tidy(t.Context())
	if _, err := os.Stat(scan); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("an upload that was killed is left: %v", err)
	}
	if err != nil || len(left) != 1 || !strings.HasSuffix(left[0], "1.tmp") {
		t.Errorf("%q, %v", left, err)
	}
	if files, err := os.ReadDir(undo); err != nil || len(files) != 0 {
		t.Errorf("%v, %v", files, err)
	}
}

// slowly is an indexer that waits to be let go on.
type slowly struct {
	*ingest.Indexer
	began, goOn chan struct{}
}

func (s slowly) Sync(ctx context.Context, notes ...store.NoteName) (ingest.Report, error) {
	s.began <- struct{}{}
	<-s.goOn
	return s.Indexer.Sync(ctx, notes...)
}

// A write completes even if its caller is gone, and Close waits for it.
func TestCloseWaitsForAWrite(t *testing.T) {
	j := open(t, nil)
	slow := slowly{j.indexer, make(chan struct{}), make(chan struct{})}
	v, err := vault.New(vault.Options{Journal: j.dir})
	if err != nil {
		t.Fatal(err)
	}
	s, err := notes.New(notes.Config{Vault: v, Store: j.store, Indexer: slow, Undo: t.TempDir(), UndoAge: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	ctx, goAway := context.WithCancel(t.Context())
	written, closed := make(chan error, 1), make(chan error, 1)
	go func() {
		_, err := s.Create(ctx, day("2024-01-03"), "x", edit.API)
		written <- err
	}()
	<-slow.began
	goAway()
	waiting, stop := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer stop()
	if _, err := s.Create(waiting, day("2024-01-04"), "x", edit.API); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("two writes at once: %v", err)
	}
	go func() { closed <- s.Close() }()
	select {
	case err := <-closed:
		t.Fatalf("closed in the middle of a write: %v", err)
	case <-time.After(20 * time.Millisecond):
	}
	close(slow.goOn)
	if err := errors.Join(<-written, <-closed, s.Close()); err != nil {
		t.Error(err)
	}
	if list, err := j.List(t.Context(), store.Filter{}, 0, false); err != nil || len(list) != 1 {
		t.Errorf("%+v, %v", list, err)
	}
	if _, err := s.Create(t.Context(), day("2024-01-05"), "x", edit.API); daybook.KindOf(err) != daybook.Unavailable {
		t.Errorf("a write to what is closed: %v", err)
	}
}
