package watch

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"daybook/internal/vault"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// watching is a running Watcher on real folders.
type watching struct {
	t    *testing.T
	dir  string // the first folder
	stop func()

	mu      sync.Mutex
	changes []Change
	log     bytes.Buffer
}

// Write implements io.Writer for the log.
func (w *watching) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.log.Write(p)
}

func (w *watching) logged() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.log.String()
}

// quick makes a Watcher report soon and sweep only at the start.
func quick() Config {
	return Config{Quiet: 20 * time.Millisecond, Latest: 200 * time.Millisecond, Sweep: time.Hour, Ignore: vault.Ignored}
}

// watch runs a Watcher and waits for its first report.
func watch(t *testing.T, c Config, alter func(*Watcher), folders ...string) *watching {
	t.Helper()
	w := &watching{t: t, dir: folders[0]}
	c.Log = slog.New(slog.NewTextHandler(w, nil))
	watcher := New(folders, c)
	if alter != nil {
		alter(watcher)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	var calls atomic.Int32
	go func() {
		defer close(ended)
		watcher.Run(ctx, func(_ context.Context, c Change) {
			if calls.Add(1) > 1 {
				t.Error("two calls at a time")
			}
			defer calls.Add(-1)
			if c.Everything != (len(c.Paths) == 0) {
				t.Errorf("%+v", c)
			}
			w.mu.Lock()
			defer w.mu.Unlock()
			w.changes = append(w.changes, c)
		})
	}()
	w.stop = sync.OnceFunc(func() { cancel(); <-ended })
	t.Cleanup(w.stop)
	w.eventually("the start is told", func() bool { return w.everything() > 0 })
	w.clear()
	return w
}

// start watches one new folder.
func start(t *testing.T) *watching { return watch(t, quick(), nil, t.TempDir()) }

func (w *watching) eventually(what string, holds func() bool) {
	w.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !holds(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			w.t.Fatalf("it does not come that %s; told was %+v\n%s", what, w.told(), w.logged())
		}
	}
}

func (w *watching) told() []Change {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.changes)
}

func (w *watching) clear() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.changes = nil
}

// everything counts the calls with Everything.
func (w *watching) everything() (n int) {
	for _, c := range w.told() {
		if c.Everything {
			n++
		}
	}
	return n
}

// names returns the reported files, in order and without duplicates.
func (w *watching) names() (names []string) {
	for _, c := range w.told() {
		for _, p := range c.Paths {
			names = append(names, p.Name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func (w *watching) path(name string) string { return filepath.Join(w.dir, filepath.FromSlash(name)) }

func (w *watching) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *watching) mkdir(name string) {
	w.t.Helper()
	w.must(os.MkdirAll(w.path(name), 0o700))
}

func (w *watching) write(name string) {
	w.t.Helper()
	w.must(os.WriteFile(w.path(name), []byte("Rain."), 0o600))
}

func (w *watching) rename(from, to string) {
	w.t.Helper()
	w.must(os.Rename(w.path(from), w.path(to)))
}

func (w *watching) remove(name string) {
	w.t.Helper()
	w.must(os.RemoveAll(w.path(name)))
}

// settle writes a note until it is reported, and with it all earlier changes.
func (w *watching) settle() {
	w.t.Helper()
	w.wantTold("12-31-2099.md")
}

// wantTold writes a file until it is reported by name: a sweep may intervene
// and report everything.
func (w *watching) wantTold(name string) {
	w.t.Helper()
	told := func() bool { return slices.Contains(w.names(), name) }
	for deadline := time.Now().Add(20 * time.Second); !told(); {
		n := w.everything()
		w.write(name)
		w.eventually(name+" is told", func() bool { return told() || w.everything() > n })
		if time.Now().After(deadline) {
			w.t.Fatalf("%s is not told by its name", name)
		}
	}
}

// wantNames checks that exactly these files were reported, besides that of
// settle.
func (w *watching) wantNames(names ...string) {
	w.t.Helper()
	w.settle()
	got := slices.DeleteFunc(w.names(), func(name string) bool { return name == "12-31-2099.md" })
	if !slices.Equal(got, names) || w.everything() > 0 {
		w.t.Errorf("told was %+v, want %q alone", w.told(), names)
	}
	w.clear()
}

func TestSavesAreReported(t *testing.T) {
	const note = "01-02-2024.md"
	for name, save := range map[string]func(*watching){
		"in place":         func(w *watching) { w.write(note) },
		"a new file":       func(w *watching) { w.remove(note); w.write(note) },
		"a file renamed":   func(w *watching) { w.write(".01-02-2024.md.tmp"); w.rename(".01-02-2024.md.tmp", note) },
		"a file exchanged": func(w *watching) { w.write("x.sb-1f"); w.remove(note); w.rename("x.sb-1f", note) },
		"with a backup": func(w *watching) {
			w.write("4913")
			w.remove("4913")
			w.write(".01-02-2024.md.swp")
			w.rename(note, note+"~")
			w.write(note)
			w.remove(note + "~")
			w.remove(".01-02-2024.md.swp")
		},
		"only deleted": func(w *watching) { w.remove(note) },
		"byte by byte": func(w *watching) {
			f, err := os.OpenFile(w.path(note), os.O_WRONLY|os.O_APPEND, 0)
			w.must(err)
			defer f.Close()
			for range 100 {
				_, err := f.WriteString("x")
				w.must(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, note), []byte("Sun."), 0o600); err != nil {
				t.Fatal(err)
			}
			w := watch(t, quick(), nil, dir)
			save(w)
			w.wantNames(note)
		})
	}
}

func TestRenamedNoteIsReportedByBothNames(t *testing.T) {
	w := start(t)
	w.write("01-02-2024.md")
	w.wantNames("01-02-2024.md")
	w.rename("01-02-2024.md", "01-03-2024.md")
	w.wantNames("01-02-2024.md", "01-03-2024.md")
}

func TestOtherFilesAreNotReported(t *testing.T) {
	w := start(t)
	for _, name := range []string{
		".obsidian/workspace.json", ".trash/01-02-2024.md", ".git/objects/01-02-2024.md", "01-02-2024.md/inside.md",
	} {
		w.mkdir(filepath.Dir(name))
	}
	w.remove("01-02-2024.md") // whose name a note could have
	w.settle()
	w.clear()
	for _, name := range []string{
		".obsidian/workspace.json", ".trash/01-02-2024.md", ".git/objects/01-02-2024.md", ".01-02-2024.md.swp", "01-02-2024.md~",
		"01-02-2024.tmp", "01-02-2024.md.tmp", "4913", "~$01-02-2024.md", "#01-02-2024.md#", ".#01-02-2024.md", ".~lock.01-02-2024.md#",
		"~syncthing~01-02-2024.md.tmp", "film.mov",
	} {
		w.write(name)
	}
	w.write("01-02-2024 AM.pdf")
	w.wantNames("01-02-2024 AM.pdf")
}

// They are listed for the person: a note that is in the cloud, and copies of one.
func TestCopiesAndPlaceholdersAreReported(t *testing.T) {
	w := start(t)
	for _, name := range []string{
		".01-02-2024.md.icloud", "01-02-2024.sync-conflict-20240103-101010-ABCDEFG.md", "01-02-2024 (conflicted copy 2024-01-03).md",
	} {
		w.clear()
		w.write(name)
		w.wantNames(name)
	}
}

func TestBurst(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	c := Config{Sweep: time.Hour, Ignore: vault.Ignored}
	w := watch(t, c, nil, t.TempDir())
	began := time.Now()
	var want []string
	for i := range 2000 {
		want = append(want, fmt.Sprintf("note %04d.md", i))
		w.write(want[i])
	}
	w.eventually("all are told", func() bool { return len(w.names()) == 2000 })
	if n, most := len(w.told()), int(time.Since(began)/(300*time.Millisecond)); n > most {
		t.Errorf("they were told in %d calls, want at most %d", n, most)
	}
	w.wantNames(want...)
}

func TestFoldersThatComeAreWatched(t *testing.T) {
	w := start(t)
	w.mkdir("2024/spring/march")
	w.write("2024/spring/march/03-01-2024.md") // probably before it is watched
	w.eventually("the folder is told", func() bool { return w.everything() > 0 })
	w.settle()
	w.clear()
	w.write("2024/spring/march/03-02-2024.md")
	w.write("2024/03-03-2024.md")
	w.wantNames("2024/03-03-2024.md", "2024/spring/march/03-02-2024.md")
}

func TestFolderMovedOutAndIn(t *testing.T) {
	outside := t.TempDir()
	w := start(t)
	w.mkdir("2024/spring")
	w.eventually("the folder is told", func() bool { return w.everything() > 0 })
	w.settle()
	w.clear()
	w.must(os.Rename(w.path("2024"), filepath.Join(outside, "2024")))
	w.eventually("it is told to be gone", func() bool { return w.everything() > 0 })
	w.settle()
	w.clear()
	for _, name := range []string{"2024/x.md", "2024/spring/x.md"} {
		w.must(os.WriteFile(filepath.Join(outside, name), nil, 0o600))
	}
	w.wantNames()
	w.must(os.Rename(filepath.Join(outside, "2024"), w.path("back")))
	w.eventually("it is told to be back", func() bool { return w.everything() > 0 })
	w.settle()
	w.clear()
	w.write("back/spring/y.md")
	w.wantNames("back/spring/y.md")
	w.rename("back", "again")
	w.eventually("the new name is told", func() bool { return w.everything() > 0 })
	w.settle()
	w.clear()
	w.write("again/spring/z.md")
	w.wantNames("again/spring/z.md")
}

// Whatever happens to the folders, in the end each is watched under its current
// name.
func TestFoldersInDisorder(t *testing.T) {
	for seed := range uint64(8) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 1))
			w := start(t)
			name := func() string {
				parts := make([]string, 1+random.IntN(3))
				for i := range parts {
					parts[i] = string(rune('a' + random.IntN(3)))
				}
				return strings.Join(parts, "/")
			}
			for range 300 {
				switch random.IntN(4) {
				case 0:
					_ = os.RemoveAll(w.path(name()))
				case 1:
					_ = os.Rename(w.path(name()), w.path(name())) // many don't exist
				default:
					_ = os.MkdirAll(w.path(name()), 0o700)
				}
				if random.IntN(20) == 0 {
					time.Sleep(time.Millisecond) // lets it catch up, or not
				}
			}
			w.settle()
			w.clear()
			var want []string
			w.must(filepath.WalkDir(w.dir, func(path string, d os.DirEntry, err error) error {
				if err == nil && d.IsDir() && path != w.dir {
					rel, _ := filepath.Rel(w.dir, path)
					want = append(want, filepath.ToSlash(rel)+"/x.md")
				}
				return err
			}))
			slices.Sort(want)
			for _, name := range want {
				w.write(name)
			}
			w.wantNames(want...)
		})
	}
}

func TestNestedFolders(t *testing.T) {
	dir := t.TempDir()
	evergreen := filepath.Join(dir, "evergreen")
	if err := os.Mkdir(evergreen, 0o700); err != nil {
		t.Fatal(err)
	}
	w := watch(t, quick(), nil, dir, evergreen)
	w.write("evergreen/Tom.md")
	w.write("01-02-2024.md")
	w.eventually("both are told", func() bool { return len(w.names()) == 2 })
	for _, c := range w.told() {
		for _, p := range c.Paths {
			if want := (Path{evergreen, "Tom.md"}); p != want && p != (Path{dir, "01-02-2024.md"}) {
				t.Errorf("told is %+v", p)
			}
		}
	}
	w.remove("evergreen")
	w.mkdir("evergreen")
	w.settle()
	w.clear()
	w.write("evergreen/Ana.md")
	w.wantNames("Ana.md")
}

func TestFolderThatVanishesAndComesBack(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	c := quick()
	c.Sweep = 300 * time.Millisecond
	dir := filepath.Join(t.TempDir(), "journal")
	w := watch(t, c, nil, dir) // it doesn't exist yet
	said := func(what string) int { return strings.Count(w.logged(), what) }
	for round := 1; round <= 3; round++ {
		w.mkdir(".")
		w.settle() // by its path: it is watched
		if round == 1 {
			w.remove(".")
		} else {
			w.must(os.Rename(dir, fmt.Sprint(dir, round)))
		}
		w.eventually("it is missed", func() bool { return said("is not there") > round })
		n := w.everything()
		w.eventually("two sweeps look for it", func() bool { return w.everything() > n+1 })
		w.clear()
	}
	if missed, back := said("is not there"), said("is there again"); missed != 4 || back != 3 {
		t.Errorf("it was missed %d times and back %d times:\n%s", missed, back, w.logged())
	}
}

func TestLinksAreNotFollowed(t *testing.T) {
	outside := t.TempDir()
	w := start(t)
	if err := os.Symlink(outside, w.path("elsewhere")); err != nil {
		t.Skip(err)
	}
	w.must(os.WriteFile(filepath.Join(outside, "x.md"), nil, 0o600))
	w.wantNames()
	// The folder itself may be one.
	link := filepath.Join(outside, "journal")
	w.must(os.Symlink(w.dir, link))
	w = watch(t, quick(), nil, link)
	w.write("01-02-2024.md")
	w.wantNames("01-02-2024.md")
}
