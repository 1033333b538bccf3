package edit

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"daybook"
	"daybook/internal/vault"
)

// memory is a Keeper that keeps everything in memory.
type memory struct {
	mu    sync.Mutex
	kept  []Change
	found []string
}

func (m *memory) Keep(_ context.Context, c Change) (func(), error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.kept = append(m.kept, c)
	return func() {}, nil
}

func (m *memory) Found(_ context.Context, _ string, words []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.found = append(m.found, string(words))
	return nil
}

func newEditor(t testing.TB, keep Keeper) (dir string, e *Editor) {
	t.Helper()
	dir = t.TempDir()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { root.Close() })
	return dir, NewEditor(root, keep)
}

func put(t testing.TB, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func get(t testing.TB, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// alone checks that a folder holds nothing but these files.
func alone(t testing.TB, dir string, names ...string) {
	t.Helper()
	var there []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			name, _ := filepath.Rel(dir, path)
			there = append(there, filepath.ToSlash(name))
		}
		return err
	})
	if slices.Sort(names); err != nil || !slices.Equal(there, names) {
		t.Errorf("the folder holds %q, want %q (%v)", there, names, err)
	}
}

func to(text string) func([]byte) ([]byte, error) {
	return func([]byte) ([]byte, error) { return []byte(text), nil }
}

func TestEdit(t *testing.T) {
	keep := &memory{}
	dir, e := newEditor(t, keep)
	path := put(t, dir, "1990/01-02-1990.md", "old")
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	r, err := e.Edit(t.Context(), "1990/01-02-1990.md", Sum([]byte("old")), func(old []byte) ([]byte, error) { return append(old, " and new"...), nil })
	if err != nil || get(t, path) != "old and new" || r != (Result{Sum([]byte("old")), Sum([]byte("old and new"))}) {
		t.Fatalf("%q, %v, %v", get(t, path), r, err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o640 && os.PathSeparator == '/' {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if len(keep.kept) != 1 || keep.kept[0].Path != "1990/01-02-1990.md" || string(keep.kept[0].Before) != "old" || Sum(keep.kept[0].After) != r.After {
		t.Errorf("kept %v", keep.kept)
	}
	before, _ := os.Stat(path)
	r, err = e.Edit(t.Context(), "1990/01-02-1990.md", Hash{}, to("old and new"))
	after, _ := os.Stat(path)
	if err != nil || r.Before != r.After || len(keep.kept) != 2 || !os.SameFile(before, after) {
		t.Errorf("an edit that changes nothing: %v, %v, kept %d", r, err, len(keep.kept))
	}
	if _, err = e.Edit(t.Context(), "1990/01-02-1990.md", Hash{}, to("")); err != nil || get(t, path) != "" {
		t.Errorf("to nothing: %q, %v", get(t, path), err)
	}
	if _, err = e.Edit(t.Context(), "1990/01-02-1990.md", Hash{}, to("x")); err != nil || get(t, path) != "x" {
		t.Errorf("from nothing: %q, %v", get(t, path), err)
	}
	alone(t, dir, "1990/01-02-1990.md")
}

func TestEditWithoutExchange(t *testing.T) {
	dir, e := newEditor(t, &memory{})
	e.exchange = func(*os.File, string, string) error { return errNoExchange }
	path := put(t, dir, "a.md", "old")
	if _, err := e.Edit(t.Context(), "a.md", Hash{}, to("new")); err != nil || get(t, path) != "new" {
		t.Errorf("%q, %v", get(t, path), err)
	}
	first := true
	_, err := e.Edit(t.Context(), "a.md", Hash{}, func(old []byte) ([]byte, error) {
		if first {
			first = false
			put(t, dir, "a.md", "theirs")
		}
		return append(old, " and ours"...), nil
	})
	if err != nil || get(t, path) != "theirs and ours" {
		t.Errorf("%q, %v", get(t, path), err)
	}
	alone(t, dir, "a.md")
}

func TestRefusedEdits(t *testing.T) {
	keep := &memory{}
	dir, e := newEditor(t, keep)
	put(t, dir, "a.md", "old")
	if err := os.Chmod(put(t, dir, "protected.md", "old"), 0o444); err != nil {
		t.Fatal(err)
	}
	put(t, dir, "big.md", strings.Repeat("x", vault.MaxNote+1))
	put(t, dir, ".hidden/a.md", "old")
	put(t, dir, "folder.md/x.md", "old")
	put(t, dir, "a.txt", "old")
	sentinel := errors.New("no")
	for _, c := range []struct {
		path  string
		match Hash
		edit  func([]byte) ([]byte, error)
		kind  daybook.Kind
	}{
		{"b.md", Hash{}, to("x"), daybook.NotFound},
		{"none/b.md", Hash{}, to("x"), daybook.NotFound},
		{"a.md", Sum([]byte("other")), to("x"), daybook.PreconditionFailed},
		{"a.md", Hash{}, to(strings.Repeat("x", vault.MaxNote+1)), daybook.TooLarge},
		{"big.md", Hash{}, to("x"), daybook.TooLarge},
		{"protected.md", Hash{}, to("x"), daybook.Conflict},
		{"../a.md", Hash{}, to("x"), daybook.Invalid},
		{"/a.md", Hash{}, to("x"), daybook.Invalid},
		{"x/../a.md", Hash{}, to("x"), daybook.Invalid},
		{"", Hash{}, to("x"), daybook.Invalid},
		{"a.txt", Hash{}, to("x"), daybook.Invalid},
		{".hidden/a.md", Hash{}, to("x"), daybook.Invalid},
		{"folder.md", Hash{}, to("x"), daybook.Invalid},
	} {
		if _, err := e.Edit(t.Context(), c.path, c.match, c.edit); daybook.KindOf(err) != c.kind {
			t.Errorf("%q: %v, want %s", c.path, err, c.kind)
		}
	}
	if _, err := e.Edit(t.Context(), "a.md", Hash{}, func([]byte) ([]byte, error) { return nil, sentinel }); err != sentinel {
		t.Errorf("an edit's own error: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := e.Edit(ctx, "a.md", Hash{}, to("x")); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	failing := NewEditor(e.root, failure{sentinel})
	if _, err := failing.Edit(t.Context(), "a.md", Hash{}, to("x")); !errors.Is(err, sentinel) || get(t, filepath.Join(dir, "a.md")) != "old" {
		t.Errorf("without history: %v", err)
	}
	if get(t, filepath.Join(dir, "a.md")) != "old" || get(t, filepath.Join(dir, "protected.md")) != "old" {
		t.Error("a note was written")
	}
	alone(t, dir, "a.md", "protected.md", "big.md", ".hidden/a.md", "folder.md/x.md", "a.txt")
}

type failure struct{ err error }

func TestWrapGivesTheReason(t *testing.T) {
	for cause, want := range map[error]string{
		&fs.PathError{Op: "write", Path: "a.md", Err: syscall.ENOSPC}: "Cannot write the note: the disk is full.",
		&fs.PathError{Op: "open", Path: "a.md", Err: syscall.EROFS}:   "Cannot write the note: the disk is read-only.",
		&fs.PathError{Op: "open", Path: "a.md", Err: syscall.EACCES}:  "Cannot write the note: permission denied; let the user that Daybook runs as write to that folder.",
		&fs.PathError{Op: "open", Path: "a.md", Err: syscall.EIO}:     "Cannot write the note.",
	} {
		if err := Wrap("write the note", cause); daybook.PublicMessage(err) != want || daybook.KindOf(err) != daybook.Unavailable || !errors.Is(err, cause) {
			t.Errorf("%v: %q", cause, daybook.PublicMessage(err))
		}
	}
}

func (f failure) Keep(context.Context, Change) (func(), error) { return nil, f.err }
func (f failure) Found(context.Context, string, []byte) error  { return f.err }

func TestLinks(t *testing.T) {
	dir, e := newEditor(t, &memory{})
	outside := put(t, t.TempDir(), "outside.md", "not ours")
	real := put(t, dir, "kept/real.md", "old")
	put(t, dir, ".obsidian/x.md", "settings")
	for name, target := range map[string]string{
		"inside.md": "kept/real.md", "twice.md": "inside.md", "out.md": outside, "dots.md": "../" + filepath.Base(dir) + "/kept/real.md",
		"gone.md": "none.md", "loop.md": "loop.md", "hidden.md": ".obsidian/x.md", "folder": "kept", "away": filepath.Dir(outside),
	} {
		if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
			t.Skipf("no links here: %v", err)
		}
	}
	for name, text := range map[string]string{"inside.md": "1", "twice.md": "2", "folder/real.md": "3"} {
		if _, err := e.Edit(t.Context(), name, Hash{}, to(text)); err != nil || get(t, real) != text {
			t.Errorf("%s: %q, %v", name, get(t, real), err)
		}
	}
	if info, err := os.Lstat(filepath.Join(dir, "inside.md")); err != nil || info.Mode()&fs.ModeSymlink == 0 {
		t.Errorf("the link is %v, %v", info, err)
	}
	for _, name := range []string{"out.md", "dots.md", "gone.md", "loop.md", "hidden.md", "away/outside.md"} {
		if _, err := e.Edit(t.Context(), name, Hash{}, to("x")); err == nil {
			t.Errorf("%s was edited", name)
		}
		if _, err := e.Remove(t.Context(), name, Hash{}); err == nil {
			t.Errorf("%s was removed", name)
		}
		if _, err := e.Create(t.Context(), name, []byte("x")); err == nil {
			t.Errorf("%s was created", name)
		}
	}
	if get(t, outside) != "not ours" || get(t, filepath.Join(dir, ".obsidian/x.md")) != "settings" {
		t.Error("written outside")
	}
}

func TestCreateAndRemove(t *testing.T) {
	keep := &memory{}
	dir, e := newEditor(t, keep)
	r, err := e.Create(t.Context(), "a.md", []byte("new"))
	if err != nil || r != (Result{After: Sum([]byte("new"))}) || get(t, filepath.Join(dir, "a.md")) != "new" {
		t.Fatal(r, err)
	}
	if keep.kept[0].Before != nil {
		t.Error("a note is kept that never was")
	}
	if _, err := e.Create(t.Context(), "a.md", []byte("other")); daybook.KindOf(err) != daybook.Conflict || get(t, filepath.Join(dir, "a.md")) != "new" {
		t.Error(err)
	}
	if _, err := e.Create(t.Context(), "none/a.md", nil); daybook.KindOf(err) != daybook.NotFound {
		t.Error(err)
	}
	if _, err := e.Remove(t.Context(), "a.md", Sum([]byte("x"))); daybook.KindOf(err) != daybook.PreconditionFailed {
		t.Error(err)
	}
	alone(t, dir, "a.md")
	r, err = e.Remove(t.Context(), "a.md", r.After)
	if last := keep.kept[len(keep.kept)-1]; err != nil || r.After != (Hash{}) || string(last.Before) != "new" || last.After != nil {
		t.Error(r, err, last)
	}
	if _, err := e.Remove(t.Context(), "a.md", Hash{}); daybook.KindOf(err) != daybook.NotFound {
		t.Error(err)
	}
	alone(t, dir)
}

// keepless cannot keep versions.
type keepless struct{ memory }

var errKeep = errors.New("the disk is full")

func (*keepless) Keep(context.Context, Change) (func(), error) { return func() {}, errKeep }

// If the version cannot be saved, the note is not changed or deleted, and the
// caller gets an error.
func TestNoEditWithoutAVersion(t *testing.T) {
	dir, e := newEditor(t, &keepless{})
	path := put(t, dir, "a.md", "words")
	if _, err := e.Remove(t.Context(), "a.md", Hash{}); !errors.Is(err, errKeep) || get(t, path) != "words" {
		t.Errorf("remove: %v", err)
	}
	change := func([]byte) ([]byte, error) { return []byte("other"), nil }
	if _, err := e.Edit(t.Context(), "a.md", Hash{}, change); !errors.Is(err, errKeep) || get(t, path) != "words" {
		t.Errorf("edit: %v", err)
	}
	if _, err := e.Create(t.Context(), "b.md", []byte("new")); !errors.Is(err, errKeep) {
		t.Errorf("create: %v", err)
	}
	alone(t, dir, "a.md")
}

// If many create the same note at once, one succeeds.
func TestCreateAtOnce(t *testing.T) {
	dir, e := newEditor(t, &memory{})
	var wg sync.WaitGroup
	made := make(chan string, 20)
	for i := range 20 {
		wg.Go(func() {
			text := strconv.Itoa(i)
			if _, err := NewEditor(e.root, &memory{}).Create(t.Context(), "a.md", []byte(text)); err == nil {
				made <- text
			} else if daybook.KindOf(err) != daybook.Conflict {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	close(made)
	if len(made) != 1 || get(t, filepath.Join(dir, "a.md")) != <-made {
		t.Errorf("%d notes were made", len(made))
	}
	alone(t, dir, "a.md")
}

// Concurrent edits of one note, through several editors, all succeed.
func TestEditsAtOnce(t *testing.T) {
	dir, e := newEditor(t, &memory{})
	path := put(t, dir, "a.md", "")
	var wg sync.WaitGroup
	for i := range 30 {
		wg.Go(func() {
			editor := e
			if i%10 == 0 {
				editor = NewEditor(e.root, &memory{})
			}
			for {
				_, err := editor.Edit(t.Context(), "a.md", Hash{}, func(old []byte) ([]byte, error) {
					return append(old, '<', byte('A'+i), '>'), nil
				})
				if err == nil {
					return
				}
				if daybook.KindOf(err) != daybook.Conflict {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	for i := range 30 {
		if !strings.Contains(get(t, path), "<"+string(rune('A'+i))+">") {
			t.Errorf("edit %d is lost: %s", i, get(t, path))
		}
	}
	alone(t, dir, "a.md")
}

// If a program holds the note open, the editor waits for it, and then gives up.
func TestNoteOpenForWriting(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	dir, e := newEditor(t, &memory{})
	path := put(t, dir, "a.md", "old")
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_TRUNC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, known := openForWriting(f); !known {
		t.Skip("this system does not tell who has a file open")
	}
	done := make(chan error, 1)
	go func() {
		time.Sleep(30 * time.Millisecond)
		_, err := f.WriteString("theirs")
		f.Close()
		done <- err
	}()
	_, err = e.Edit(t.Context(), "a.md", Hash{}, func(old []byte) ([]byte, error) { return append(old, " and ours"...), nil })
	if err != nil || <-done != nil || get(t, path) != "theirs and ours" {
		t.Errorf("%q, %v", get(t, path), err)
	}
	if f, err = os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0); err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err = e.Edit(t.Context(), "a.md", Hash{}, to("x")); daybook.KindOf(err) != daybook.Conflict || get(t, path) != "theirs and ours" {
		t.Errorf("%q, %v", get(t, path), err)
	}
	alone(t, dir, "a.md")
}

// What other programs write between the comparison and the exchange, and after
// it.
func TestWritersAtTheLastMoment(t *testing.T) {
	keep := &memory{}
	dir, e := newEditor(t, keep)
	path := put(t, dir, "a.md", "before")
	p, err := e.open("a.md", true)
	if err != nil {
		t.Fatal(err)
	}
	defer p.close()
	prepare := func() string {
		put(t, dir, "a.md", "before")
		tmp, err := p.prepare([]byte("before"), []byte("after"))
		if err != nil {
			t.Fatal(err)
		}
		return tmp
	}
	swap := func(tmp string) error {
		err := p.exchange(t.Context(), tmp, []byte("before"), []byte("after"))
		p.discard(t.Context(), tmp)
		return err
	}
	tmp := prepare()
	if err := swap(tmp); errors.Is(err, errNoExchange) {
		t.Skip("files cannot be exchanged here")
	} else if err != nil || get(t, path) != "after" {
		t.Fatal(get(t, path), err)
	}
	tmp = prepare()
	if err := os.Rename(put(t, dir, "b.md", "theirs"), path); err != nil {
		t.Fatal(err)
	}
	if err := swap(tmp); err != errChanged || get(t, path) != "theirs" {
		t.Errorf("renamed: %q, %v", get(t, path), err)
	}
	tmp = prepare()
	put(t, dir, "a.md", "theirs, in place")
	if err := swap(tmp); err != errChanged || get(t, path) != "theirs, in place" {
		t.Errorf("in place: %q, %v", get(t, path), err)
	}
	tmp = prepare()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := swap(tmp); daybook.KindOf(err) != daybook.NotFound {
		t.Errorf("removed: %v", err)
	}
	alone(t, dir)
	if len(keep.kept) != 0 {
		t.Errorf("kept %v", keep.kept)
	}
	// A temporary file that holds somebody's words is not thrown away.
	tmp = prepare()
	put(t, dir, tmp, "words")
	p.discard(t.Context(), tmp)
	if !slices.Equal(keep.found, []string{"words"}) {
		t.Errorf("found %v", keep.found)
	}
	alone(t, dir, "a.md")
}

func TestSweep(t *testing.T) {
	dir, e := newEditor(t, &memory{})
	old := strconv.FormatInt(time.Now().Add(-2*time.Hour).Unix(), 10)
	before, after := Sum([]byte("before")).String()[:16], Sum([]byte("after")).String()[:16]
	name := func(at, rest string) string {
		return ".daybook-" + at + "-" + before + "-" + after + "-0123abcd" + rest
	}
	now := strconv.FormatInt(time.Now().Unix(), 10)
	stay := []string{"a.md", name(now, ".tmp"), "x/" + name(old, ".tmp"), name(old, ".tmpx"), ".daybook-" + old + ".tmp", ".git/" + name(old, ".draft"), "y/" + strings.Replace(name(now, ".draft"), "abcd", "abce", 1)}
	for _, n := range stay {
		put(t, dir, n, "words")
	}
	put(t, dir, "y/"+name(old, ".tmp"), "before")
	put(t, dir, "z/"+name(old, ".tmp"), "after")
	put(t, dir, "z/"+name(old, ".draft"), "aft")
	removed, left, err := e.Sweep(t.Context())
	if err != nil || removed != 3 || !slices.Equal(left, []string{"x/" + name(old, ".tmp")}) {
		t.Errorf("%d removed, left %q, %v", removed, left, err)
	}
	alone(t, dir, stay...)
	v, err := vault.New(vault.Options{Journal: dir, DateFormats: []string{"MM-DD-YYYY"}})
	if err != nil {
		t.Fatal(err)
	}
	f, err := v.Open(daybook.Daily)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if l, err := f.List(t.Context()); err != nil || len(l.Skipped) != 1 || l.Skipped[0].Path != "a.md" {
		t.Errorf("the lister sees %v, %v", l, err)
	}
}

// Files left by killed uploads are removed. A running upload's file stays, and
// so do files with similar names.
func TestSweepOfUploads(t *testing.T) {
	dir, e := newEditor(t, &memory{})
	left := func(name string, age time.Duration) string {
		path, at := put(t, dir, name, "half of a scan"), time.Now().Add(-age)
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
		return path
	}
	left(".daybook-scan-1", 2*time.Hour)
	left("2024/05/.daybook-scan-2", 48*time.Hour)
	left("x/.daybook-scan-3", -2*time.Hour) // the clock was set back
	left("y/.daybook-scan-4", 0)
	left("y/.daybook-scan-x", 2*time.Hour)
	left("y/daybook-scan-5", 2*time.Hour)
	left("y/.daybook-scan-6.md", 2*time.Hour)
	left(".git/.daybook-scan-7", 2*time.Hour)
	removed, stay := 3, []string{"y/.daybook-scan-4", "y/.daybook-scan-x", "y/daybook-scan-5", "y/.daybook-scan-6.md", ".git/.daybook-scan-7"}
	if runtime.GOOS == "linux" { // which tells who has a file open
		left("z/.daybook-scan-8", time.Minute)
		path := left("z/.daybook-scan-9", time.Minute)
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		removed, stay = 4, append(stay, "z/.daybook-scan-9")
	}
	if n, words, err := e.Sweep(t.Context()); err != nil || n != removed || len(words) > 0 {
		t.Errorf("%d removed, want %d, left %q, %v", n, removed, words, err)
	}
	alone(t, dir, stay...)
}

func TestNoWordsInErrors(t *testing.T) {
	const secret = "XSECRETX"
	dir, e := newEditor(t, failure{daybook.Errorf(daybook.Unavailable, "full")})
	put(t, dir, "a.md", secret)
	_, err := e.Edit(t.Context(), "a.md", Sum([]byte("x")), to(secret))
	_, other := e.Edit(t.Context(), "a.md", Hash{}, to(secret+"2"))
	if err == nil || other == nil || bytes.Contains([]byte(err.Error()+other.Error()), []byte(secret)) {
		t.Error(err, other)
	}
}
