package ingest_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"daybook"
	"daybook/internal/ingest"
	"daybook/internal/store"
	"daybook/internal/store/sqlite"
)

// counting counts the times that all states were asked for.
type counting struct {
	*sqlite.Store
	whole int
}

func (c *counting) NoteStates(ctx context.Context, queries ...store.NoteQuery) ([]store.NoteState, error) {
	if len(queries) == 0 {
		c.whole++
	}
	return c.Store.NoteStates(ctx, queries...)
}

// shelf is a journal that random operations change. Each returns the paths that
// a watcher would tell of.
type shelf struct {
	*world
	random *rand.Rand
	n      int
	wrote  []store.NoteName // what links led to
}

func (s *shelf) folder(kind daybook.EntryKind) string {
	if kind == daybook.Evergreen {
		return s.evergreen
	}
	return s.journal
}

func (s *shelf) path(n store.NoteName) string {
	return filepath.Join(s.folder(n.Kind), filepath.FromSlash(n.Path))
}

// any returns a name that a note may have: few, so that they collide.
func (s *shelf) any() store.NoteName {
	if s.random.IntN(5) == 0 {
		return store.NoteName{Kind: daybook.Evergreen, Path: []string{"Ana.md", "Tea.md", "sub/Ana.md"}[s.random.IntN(3)]}
	}
	name := fmt.Sprintf("01-%02d-2020", 1+s.random.IntN(6))
	switch s.random.IntN(8) {
	case 0:
		name += fmt.Sprintf("_01-%02d-2020", 7+s.random.IntN(3)) // for several days
	case 1:
		name = "not a day"
	}
	return store.NoteName{Kind: daybook.Daily, Path: []string{"", "2020/", "2020/old/"}[s.random.IntN(3)] + name + ".md"}
}

func (s *shelf) text() string {
	s.n++
	switch s.random.IntN(6) {
	case 0:
		return "the same words in several notes"
	case 1:
		return "\xff not text"
	case 2:
		return "# Heading\n\n#tag words\n\n### Transcription\nsomething read"
	}
	return fmt.Sprintf("text number %d about tea", s.n)
}

func (s *shelf) put(n store.NoteName, text string) {
	s.t.Helper()
	_ = os.MkdirAll(filepath.Dir(s.path(n)), 0o700)
	_ = os.WriteFile(s.path(n), []byte(text), 0o600) // what is in the way may be a folder
	s.follow(n)
}

// follow notes where a link leads: that is what a watcher tells of.
func (s *shelf) follow(n store.NoteName) {
	at, err := filepath.EvalSymlinks(s.path(n))
	if err != nil {
		return
	}
	for _, kind := range []daybook.EntryKind{daybook.Evergreen, daybook.Daily} {
		rel, err := filepath.Rel(s.folder(kind), at)
		if err == nil && filepath.IsLocal(rel) {
			s.wrote = append(s.wrote, store.NoteName{Kind: kind, Path: filepath.ToSlash(rel)})
			return
		}
	}
}

// change does something, and returns the paths of it.
func (s *shelf) change() []store.NoteName {
	a, b := s.any(), s.any()
	switch s.random.IntN(13) {
	case 0, 1, 2: // an editor that writes in place
		s.put(a, s.text())
	case 3: // an editor that saves by renaming
		tmp := store.NoteName{Kind: a.Kind, Path: "~saving.md"}
		s.put(tmp, s.text())
		_ = os.MkdirAll(filepath.Dir(s.path(a)), 0o700)
		_ = os.Rename(s.path(tmp), s.path(a))
		return []store.NoteName{a, tmp}
	case 4: // the same, keeping the old one
		_ = os.Rename(s.path(a), s.path(a)+"~")
		s.put(a, s.text())
	case 5, 6: // moved, perhaps onto another
		_ = os.MkdirAll(filepath.Dir(s.path(b)), 0o700)
		_ = os.Rename(s.path(a), s.path(b))
		return []store.NoteName{a, b}
	case 7: // moved and written to
		_ = os.MkdirAll(filepath.Dir(s.path(b)), 0o700)
		_ = os.Rename(s.path(a), s.path(b))
		s.put(b, s.text())
		return []store.NoteName{a, b}
	case 8:
		_ = os.Remove(s.path(a))
	case 9: // other bytes, and the old size and time
		info, err := os.Stat(s.path(a))
		if err == nil && info.Mode().IsRegular() {
			s.put(a, strings.Repeat("x", int(info.Size())))
			_ = os.Chtimes(s.path(a), time.Time{}, info.ModTime())
		}
	case 10: // links
		_ = os.MkdirAll(filepath.Dir(s.path(b)), 0o700)
		if s.random.IntN(2) == 0 {
			_ = os.Link(s.path(a), s.path(b))
		} else if a.Kind == b.Kind {
			if to, err := filepath.Rel(filepath.Dir(s.path(b)), s.path(a)); err == nil {
				_ = os.Symlink(to, s.path(b))
			}
		}
		return []store.NoteName{b}
	case 11: // touched
		now := time.Now()
		_ = os.Chtimes(s.path(a), now, now)
		s.follow(a)
	case 12: // where no notes are
		a = daily([]string{".hidden/", "folder.md/"}[s.random.IntN(2)] + "01-01-2020.md")[0]
		s.put(a, s.text())
	}
	return []store.NoteName{a}
}

// contents is everything that the index says of the notes; IDs only where asked.
func contents(t *testing.T, s store.Store, ids bool) map[store.NoteName]any {
	t.Helper()
	out := map[store.NoteName]any{}
	states, err := s.NoteStates(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, state := range states {
		notes, err := s.NotesOf(t.Context(), []string{state.EntryID})
		if err != nil || len(notes) != 1 {
			t.Fatal(notes, err)
		}
		n := notes[0]
		for i := range n.Passages {
			n.Passages[i].ID = 0
			if !ids {
				n.Passages[i].EntryID = ""
			}
		}
		if !ids {
			n.State.EntryID, n.Entry.ID = "", ""
		}
		out[store.NoteName{Kind: state.Kind, Path: state.Path}] = n
	}
	return out
}

// After any changes, Sync of their paths leaves what a Run leaves: the same IDs
// as in an index that was run at the same moments, the same entries as in one
// that is made anew. DAYBOOK_ROUNDS says how many journals; 25 were tried.
func TestSyncIsAsGoodAsARun(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	rounds := 6
	if n, err := strconv.Atoi(os.Getenv("DAYBOOK_ROUNDS")); err == nil {
		rounds = n
	}
	for seed := range uint64(rounds) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			w, shadow := newWorld(t), newWorld(t)
			if seed%3 == 0 { // one folder in the other
				w.evergreen = filepath.Join(w.journal, "evergreen")
				if err := os.Mkdir(w.evergreen, 0o700); err != nil {
					t.Fatal(err)
				}
			}
			shadow.journal, shadow.evergreen = w.journal, w.evergreen
			s := &shelf{world: w, random: rand.New(rand.NewPCG(seed, 7))}
			w.days(30) // so that the journal never vanishes
			for i := range 10 {
				s.put(store.NoteName{Kind: daybook.Evergreen, Path: fmt.Sprintf("stays %d.md", i)}, fmt.Sprint("evergreen ", i))
			}
			synced, whole := w.indexer(), shadow.indexer()
			run := func(x *ingest.Indexer) {
				if _, err := x.Run(t.Context(), nil); err != nil {
					t.Fatal(err)
				}
			}
			run(synced)
			run(whole)
			for step := range 40 {
				var paths []store.NoteName
				for range 1 + s.random.IntN(4) {
					paths = append(paths, s.change()...)
				}
				paths, s.wrote = append(paths, s.wrote...), nil
				s.random.Shuffle(len(paths), func(i, j int) { paths[i], paths[j] = paths[j], paths[i] })
				if _, err := synced.Sync(t.Context(), paths...); err != nil {
					t.Fatal(err)
				}
				run(whole)
				if got, want := contents(t, w.store, true), contents(t, shadow.store, true); !reflect.DeepEqual(got, want) {
					for name := range want {
						if !reflect.DeepEqual(got[name], want[name]) {
							t.Errorf("%v:\n%+v\nwant\n%+v", name, got[name], want[name])
						}
					}
					t.Fatalf("step %d, %v: %d notes, want %d", step, paths, len(got), len(want))
				}
			}
			fresh := newWorld(t)
			fresh.journal, fresh.evergreen = w.journal, w.evergreen
			report, err := fresh.indexer().Run(t.Context(), nil)
			if err != nil {
				t.Fatal(err)
			}
			got, want := contents(t, w.store, false), contents(t, fresh.store, false)
			for _, f := range report.Failed { // it may be known as it was before
				delete(got, store.NoteName{Kind: f.Kind, Path: f.Path})
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("%d notes, and %d in an index made anew", len(got), len(want))
			}
		})
	}
}

func daily(paths ...string) (names []store.NoteName) {
	for _, p := range paths {
		names = append(names, store.NoteName{Kind: daybook.Daily, Path: p})
	}
	return names
}

// A save, a new note and a rename do not ask for the whole index; what cannot be
// known from the paths does.
func TestSyncReadsOnlyThePaths(t *testing.T) {
	w := newWorld(t)
	names := w.days(10)
	mustDo(t, os.Mkdir(filepath.Join(w.journal, "2024"), 0o700))
	count := &counting{Store: w.store}
	x := ingest.New(w.vault(), w.analyzer(), count)
	sync := func(paths ...string) ingest.Report {
		t.Helper()
		r, err := x.Sync(t.Context(), daily(paths...)...)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	if r := sync("whatever.md"); !r.Whole || r.Indexed != 10 {
		t.Errorf("the first is not whole: %+v", r)
	}
	for name, change := range map[string]func() []string{
		"a save":       func() []string { w.write(names[0], "other words"); return names[:1] },
		"a new note":   func() []string { w.write("2024/06-04-2024.md", "new"); return []string{"2024/06-04-2024.md"} },
		"a rename":     func() []string { w.rename(names[1], "2024/"+names[1]); return []string{names[1], "2024/" + names[1]} },
		"nothing":      func() []string { return []string{"nowhere/at all.md", ".hidden/06-04-2024.md"} },
		"not a note":   func() []string { w.write("list.md", "x"); return []string{"list.md"} },
		"with a flaw":  func() []string { w.write("05-05-2024.md", "\xff"); return []string{"05-05-2024.md"} },
		"another link": func() []string { w.link("06-06-2024.md", names[4]); return []string{"06-06-2024.md"} },
	} {
		paths, before := change(), count.whole
		if r := sync(paths...); r.Whole || count.whole != before {
			t.Errorf("%s: %+v", name, r)
		}
	}
	// Told of half a rename, it finds the other half.
	before := w.ids()[names[2]]
	w.rename(names[2], "2024/"+names[2])
	if r := sync("2024/" + names[2]); r.Renamed != 1 || w.ids()["2024/"+names[2]] != before {
		t.Errorf("half a rename: %+v", r)
	}
	w.write(names[4], "what the link leads to")
	if r := sync(names[4]); r.Whole || r.Indexed != 2 {
		t.Errorf("a note and a link to it: %+v", r)
	}
	for name, change := range map[string]func() []string{
		"a deletion": func() []string { w.remove(names[5]); return names[5:6] },
		"a folder":   func() []string { w.rename("2024", "2025"); return []string{"2024", "2025"} },
	} {
		if r := sync(change()...); !r.Whole {
			t.Errorf("%s: %+v", name, r)
		}
	}
	ids := w.ids()
	if len(ids) != 12 || ids[names[2]] != "" || ids["2025/"+names[1]] == "" || ids["2025/06-04-2024.md"] == "" {
		t.Errorf("in the index: %v", ids)
	}
}

// The journal vanishes in many ways. Each time the index is kept, nothing may be
// written, and all is as before when the journal is back.
func TestVanishedJournal(t *testing.T) {
	if os.Getuid() == 0 {
		t.Log("as root, a right that is taken is not tried")
	}
	away := func(w *world) { mustDo(t, os.Rename(w.journal, w.journal+" away")) }
	back := func(w *world) {
		mustDo(t, os.RemoveAll(w.journal))
		mustDo(t, os.Rename(w.journal+" away", w.journal))
	}
	for name, way := range map[string]struct{ vanish, back func(w *world) }{
		"the folder is gone":    {away, back},
		"an empty one is there": {func(w *world) { away(w); mustDo(t, os.Mkdir(w.journal, 0o700)) }, back},
		"another journal is there": {func(w *world) {
			away(w)
			for i := range 30 {
				w.write(fmt.Sprintf("02-%02d-1999.md", 1+i), "somebody else's words")
			}
		}, back},
		"another one with the same days": {func(w *world) {
			names, _ := filepath.Glob(filepath.Join(w.journal, "*.md"))
			away(w)
			for _, name := range names {
				w.write(filepath.Base(name), "somebody else's "+filepath.Base(name))
			}
		}, back},
		"it is emptied": {func(w *world) {
			mustDo(t, os.MkdirAll(w.journal+" away", 0o700))
			names, _ := filepath.Glob(filepath.Join(w.journal, "*.md"))
			for _, name := range names {
				mustDo(t, os.Rename(name, filepath.Join(w.journal+" away", filepath.Base(name))))
			}
		}, back},
		"a file is there":  {func(w *world) { away(w); mustDo(t, os.WriteFile(w.journal, nil, 0o600)) }, back},
		"a right is taken": {func(w *world) { mustDo(t, os.Chmod(w.journal, 0)) }, func(w *world) { mustDo(t, os.Chmod(w.journal, 0o700)) }},
	} {
		for _, size := range []int{1, 2, 3, 24} {
			t.Run(fmt.Sprint(name, " ", size), func(t *testing.T) {
				if os.Getuid() == 0 && strings.Contains(name, "right") {
					t.Skip("root reads everything")
				}
				w := newWorld(t)
				w.days(size)
				x := w.indexer()
				if _, err := x.Run(t.Context(), nil); err != nil {
					t.Fatal(err)
				}
				if err := x.Present(t.Context(), daybook.Daily); err != nil {
					t.Fatal(err)
				}
				before := contents(t, w.store, true)
				way.vanish(w)
				check := func(x *ingest.Indexer) {
					t.Helper()
					err := x.Present(t.Context(), daybook.Daily)
					if daybook.KindOf(err) != daybook.Unavailable || !strings.Contains(daybook.PublicMessage(err), w.journal) {
						t.Errorf("it may be written: %v", err)
					}
					report, err := x.Run(t.Context(), nil)
					if err != nil && daybook.KindOf(err) != daybook.Unavailable {
						t.Error(err)
					}
					if len(report.Kept) != 1 || report.Kept[0].Known != size || 2*report.Kept[0].Notes <= size || len(x.Missing()) != 1 {
						t.Errorf("kept %+v", report.Kept)
					}
					_, _ = x.Sync(t.Context(), daily("02-01-1999.md", "01-01-2000.md")...)
					if got := contents(t, w.store, true); !reflect.DeepEqual(got, before) {
						t.Errorf("the index has changed: %d notes, had %d", len(got), len(before))
					}
				}
				check(x)
				check(w.indexer()) // another process, or the next start
				way.back(w)
				if err := x.Present(t.Context(), daybook.Daily); err != nil {
					t.Error(err)
				}
				report, err := x.Run(t.Context(), nil)
				if err != nil || len(report.Kept) > 0 || len(x.Missing()) > 0 || len(w.ids()) != size {
					t.Errorf("back again: %+v, %v", report, err)
				}
			})
		}
	}
}

// Who reads another journal into the data of one that is still there is told so;
// one that was moved is the same.
func TestDataOfAnotherJournal(t *testing.T) {
	w := newWorld(t)
	w.days(6)
	w.run()
	first, other := w.journal, filepath.Join(t.TempDir(), "other")
	for name, same := range map[string]bool{"other names": false, "the same names": true} {
		mustDo(t, os.RemoveAll(other))
		mustDo(t, os.Mkdir(other, 0o700))
		for i := range 8 {
			day := fmt.Sprintf("01-%02d-2001.md", i+1)
			if names, _ := filepath.Glob(filepath.Join(first, "*.md")); same && i < len(names) {
				day = filepath.Base(names[i])
			}
			mustDo(t, os.WriteFile(filepath.Join(other, day), fmt.Appendf(nil, "other words %d", i), 0o600))
		}
		w.journal = other
		err := w.indexer().Present(t.Context(), daybook.Daily)
		said := daybook.PublicMessage(err)
		if daybook.KindOf(err) != daybook.Unavailable || !strings.Contains(said, "has the notes of "+first) || !strings.Contains(said, other) || !strings.Contains(said, "--data") {
			t.Errorf("%s: %q", name, said)
		}
		if len(w.ids()) != 6 {
			t.Errorf("%s: %d notes", name, len(w.ids()))
		}
	}
	moved := filepath.Join(filepath.Dir(first), "moved")
	mustDo(t, os.Rename(first, moved))
	if said := daybook.PublicMessage(w.indexer().Present(t.Context(), daybook.Daily)); strings.Contains(said, "has the notes of") {
		t.Errorf("of a journal that is gone: %q", said)
	}
	w.journal = moved
	mustDo(t, w.indexer().Present(t.Context(), daybook.Daily))
}

// slowIndex is an index whose states take a while to load, and counts how often
// they are.
type slowIndex struct {
	*sqlite.Store
	begun, goOn chan struct{}
	loads       atomic.Int32
}

func (s *slowIndex) NoteStates(ctx context.Context, queries ...store.NoteQuery) ([]store.NoteState, error) {
	if s.loads.Add(1) == 1 {
		close(s.begun)
		<-s.goOn
	}
	return s.Store.NoteStates(ctx, queries...)
}

// While a run looks through the journal, Present waits for what it finds, and
// does not look through it once more.
func TestPresentWaitsForARun(t *testing.T) {
	w := newWorld(t)
	w.days(3)
	index := &slowIndex{Store: w.store, begun: make(chan struct{}), goOn: make(chan struct{})}
	x := ingest.New(w.vault(), w.analyzer(), index)
	var running sync.WaitGroup
	running.Go(func() {
		if _, err := x.Run(t.Context(), nil); err != nil {
			t.Error(err)
		}
	})
	<-index.begun
	for range 3 {
		running.Go(func() {
			if err := x.Present(t.Context(), daybook.Daily); err != nil {
				t.Error(err)
			}
		})
	}
	time.Sleep(20 * time.Millisecond) // they wait by now, or will not have to
	close(index.goOn)
	running.Wait()
	if n := index.loads.Load(); n != 1 {
		t.Errorf("the journal was looked through %d times", n)
	}
}

func mustDo(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// What is deleted file by file within an hour is missing all the same. Its owner
// may confirm it, and what Daybook deletes is not missing.
func TestMissingIsAccepted(t *testing.T) {
	w := newWorld(t)
	names := w.days(24)
	x := w.indexer()
	run := func() ingest.Report {
		t.Helper()
		r, err := x.Run(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	run()
	for i, name := range names {
		w.remove(name)
		if r := run(); len(r.Kept) > 0 {
			if i != 12 || r.Kept[0].Known != 12 {
				t.Errorf("kept after %d: %+v", i+1, r.Kept)
			}
			break
		}
	}
	if n := len(w.ids()); n != 12 {
		t.Errorf("%d notes are left in the index", n)
	}
	if r, err := x.AcceptMissing(t.Context(), nil); err != nil || r.Deleted != 1 || len(r.Kept) > 0 {
		t.Errorf("accepted: %+v, %v", r, err)
	}
	mustDo(t, x.Present(t.Context(), daybook.Daily))
	for i, name := range names[13:] {
		w.remove(name)
		if r, err := x.Deleted(t.Context(), daily(name)[0]); err != nil || r.Deleted != 1 || len(r.Kept) > 0 {
			t.Fatalf("deleted by Daybook, %d: %+v, %v", i, r, err)
		}
		mustDo(t, x.Present(t.Context(), daybook.Daily))
	}
	w.write(names[0], "the first again")
	if r := run(); r.Entries != 1 {
		t.Errorf("%+v", r)
	}
}

// What Daybook deletes is not missing, also if another run finds that it is gone
// before Daybook says so; nor is a note that comes back.
func TestDeletedByDaybookIsNotMissing(t *testing.T) {
	w := newWorld(t)
	names := w.days(24)
	x := w.indexer()
	run := func() ingest.Report {
		t.Helper()
		r, err := x.Run(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	run()
	for i, name := range names[:23] {
		w.remove(name)
		if r := run(); r.Deleted != 1 || len(r.Kept) > 0 {
			t.Fatalf("gone, %d: %+v", i, r)
		}
		if r, err := x.Deleted(t.Context(), daily(name)[0]); err != nil || len(r.Kept) > 0 {
			t.Fatalf("deleted by Daybook, %d: %+v, %v", i, r, err)
		}
		mustDo(t, x.Present(t.Context(), daybook.Daily))
	}
	for i := range 10 {
		w.write(names[0], "back")
		run()
		w.remove(names[0])
		if r := run(); r.Deleted != 1 || len(r.Kept) > 0 {
			t.Fatalf("gone again, %d: %+v", i, r)
		}
	}
}

// What is read because somebody asks whether the journal is there is reported by
// the next run.
func TestReportsWhatPresentDid(t *testing.T) {
	w := newWorld(t)
	w.days(3)
	x := w.indexer()
	mustDo(t, x.Present(t.Context(), daybook.Daily))
	if r, err := x.Run(t.Context(), nil); err != nil || r.Indexed != 3 || r.Entries != 3 || r.Passages != 3 {
		t.Errorf("%+v, %v", r, err)
	}
	if r, err := x.Run(t.Context(), nil); err != nil || r.Indexed != 0 {
		t.Errorf("again: %+v, %v", r, err)
	}
}

// A file that was replaced with its size, time and inode is read again; one whose
// rights alone changed is not indexed again.
func TestChangeTime(t *testing.T) {
	w := newWorld(t)
	names := w.days(3)
	mustDo(t, os.WriteFile(filepath.Join(w.evergreen, "Ana.md"), []byte("my sister"), 0o600))
	w.run()
	path := filepath.Join(w.journal, names[0])
	info, err := os.Stat(path)
	mustDo(t, err)
	w.write(names[0], "DAY NUMBER 0")
	mustDo(t, os.Chtimes(path, time.Time{}, info.ModTime()))
	mustDo(t, os.Chmod(filepath.Join(w.journal, names[1]), 0o640))
	mustDo(t, os.Chmod(filepath.Join(w.evergreen, "Ana.md"), 0o640))
	w.want(w.run(), counts{entries: 4, unchanged: 1, read: 3, indexed: 1})
	if text := w.entry(names[0]).Text; text != "DAY NUMBER 0" {
		t.Errorf("the index says %q", text)
	}
	w.want(w.run(), counts{entries: 4, unchanged: 4})
}

// An unreadable folder is named.
func TestUnreadableFolderIsNamed(t *testing.T) {
	w := newWorld(t)
	w.days(1)
	mustDo(t, os.Rename(w.journal, w.journal+"2"))
	mustDo(t, os.WriteFile(w.journal, nil, 0o600))
	_, err := w.indexer().Run(t.Context(), nil)
	if !strings.Contains(daybook.PublicMessage(err), w.journal) || !strings.Contains(daybook.PublicMessage(err), "not a directory") {
		t.Errorf("said %q", daybook.PublicMessage(err))
	}
}
