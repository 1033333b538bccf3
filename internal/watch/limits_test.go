package watch

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fsnotify/fsnotify"
)

// After the kernel's queue overflows, everything is reported, and new folders
// are watched.
func TestOverflow(t *testing.T) {
	limit := 16384
	if data, err := os.ReadFile("/proc/sys/fs/inotify/max_queued_events"); err != nil {
		t.Skip("the system does not say how much it keeps")
	} else if _, err := fmt.Sscan(string(data), &limit); err != nil || limit > 1<<20 {
		t.Skipf("it keeps %d events, %v", limit, err)
	}
	var overflows atomic.Int32
	gate := make(chan struct{}, 1)
	gate <- struct{}{}
	w := watch(t, quick(), func(w *Watcher) {
		w.open = func() (*source, error) { return gated(gate, &overflows) }
	}, t.TempDir())
	w.settle()
	w.clear()
	<-gate // events are no longer taken
	a, err := os.Create(w.path("01-02-2024.md"))
	w.must(err)
	defer a.Close()
	b, err := os.Create(w.path("01-03-2024.md"))
	w.must(err)
	defer b.Close()
	for range limit + 5000 { // more than the kernel and fsnotify hold; alternating, or they would be merged
		for _, f := range []*os.File{a, b} {
			_, err := f.WriteString("x")
			w.must(err)
		}
	}
	w.mkdir("2024/spring")
	gate <- struct{}{}
	w.eventually("everything is told", func() bool { return w.everything() > 0 })
	w.settle()
	w.clear()
	w.write("2024/spring/03-01-2024.md")
	w.wantNames("2024/spring/03-01-2024.md")
	if overflows.Load() == 0 {
		t.Error("the queue did not run over")
	}
}

// gated is the system's source; it delivers an event for each value in gate.
func gated(gate chan struct{}, overflows *atomic.Int32) (*source, error) {
	s, err := openSource()
	if err != nil {
		return nil, err
	}
	events, errs, closed := make(chan fsnotify.Event), make(chan error), make(chan struct{})
	var passing sync.WaitGroup
	pass := func(send func() bool) bool {
		select {
		case <-gate:
			gate <- struct{}{}
			return send()
		case <-closed:
			return false
		}
	}
	passing.Go(func() {
		for ev := range s.events {
			pass(func() bool {
				select {
				case events <- ev:
				case <-closed:
				}
				return true
			})
		}
	})
	passing.Go(func() {
		for err := range s.errors {
			if errors.Is(err, fsnotify.ErrEventOverflow) {
				overflows.Add(1)
			}
			pass(func() bool {
				select {
				case errs <- err:
				case <-closed:
				}
				return true
			})
		}
	})
	return &source{events, errs, s.add, func() error {
		close(closed)
		err := s.close()
		passing.Wait()
		close(events)
		close(errs)
		return err
	}}, nil
}

// sweeping is quick, with sweeps.
func sweeping() Config {
	c := quick()
	c.Sweep = 300 * time.Millisecond
	return c
}

func (w *watching) wantSweeps(says string) {
	w.t.Helper()
	n := w.everything()
	w.eventually("sweeps go on", func() bool { return w.everything() > n+2 })
	if got := strings.Count(w.logged(), says); got != 1 || strings.Count(w.logged(), "\n") != 1 {
		w.t.Errorf("%q is said %d times:\n%s", says, got, w.logged())
	}
}

func TestTooManyFolders(t *testing.T) {
	dir := t.TempDir()
	for i := range 10 {
		if err := os.Mkdir(filepath.Join(dir, fmt.Sprint(i)), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	opened := 0
	w := watch(t, sweeping(), func(w *Watcher) {
		w.open = func() (*source, error) {
			s, err := openSource()
			opened++
			if err != nil {
				return nil, err
			}
			add, n := s.add, 0
			s.add = func(path string) error {
				if n++; n > 5 {
					return os.NewSyscallError("inotify_add_watch", syscall.ENOSPC)
				}
				return add(path)
			}
			return s, nil
		}
	}, dir)
	w.wantSweeps("max_user_watches")
	w.settle() // what can be watched, is
	w.stop()
	if opened != 1 {
		t.Errorf("it was tried %d times", opened)
	}
}

func TestTooManyOpenFiles(t *testing.T) {
	closed := false
	w := watch(t, sweeping(), func(w *Watcher) {
		w.open = func() (*source, error) {
			s, err := openSource()
			if err != nil {
				return nil, err
			}
			end := s.close
			s.close = func() error { closed = true; return end() }
			s.add = func(string) error { return syscall.EMFILE }
			return s, nil
		}
	}, t.TempDir())
	w.wantSweeps("so many files")
	if w.stop(); !closed {
		t.Error("what was watched still is")
	}
}

func TestNothingCanBeWatchedForAWhile(t *testing.T) {
	var mu sync.Mutex
	fails := true
	w := watch(t, sweeping(), func(w *Watcher) {
		w.open = func() (*source, error) {
			mu.Lock()
			defer mu.Unlock()
			if fails {
				return nil, syscall.EMFILE
			}
			return openSource()
		}
	}, t.TempDir())
	w.wantSweeps("the system watches no more folders")
	mu.Lock()
	fails = false
	mu.Unlock()
	w.settle()
}

func TestFolderThatMayNotBeWatched(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"closed/inside", "open/inside"} {
		if err := os.MkdirAll(filepath.Join(dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	opened := 0
	w := watch(t, sweeping(), func(w *Watcher) {
		w.open = func() (*source, error) {
			s, err := openSource()
			opened++
			if err != nil {
				return nil, err
			}
			add := s.add
			s.add = func(path string) error {
				if filepath.Base(path) == "closed" {
					return syscall.EACCES
				}
				return add(path)
			}
			return s, nil
		}
	}, dir)
	w.wantSweeps("a folder cannot be watched")
	w.wantTold("open/inside/x.md")
	if w.stop(); opened != 1 {
		t.Errorf("it was watched anew %d times", opened)
	}
}

// timed runs a Watcher with a fake source in a synctest bubble.
func timed(t *testing.T, c Config, f func(context.Context, Change), play func(dir string, events chan<- fsnotify.Event, errs chan<- error)) {
	t.Helper()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		events, errs := make(chan fsnotify.Event), make(chan error)
		opened := 0
		w := New([]string{dir}, c)
		w.open = func() (*source, error) {
			if opened++; opened > 1 {
				return nil, errors.New("no more") // the first stays
			}
			return &source{events, errs, func(string) error { return nil }, func() error { close(events); return nil }}, nil
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { w.Run(ctx, f); close(ended) }()
		synctest.Wait()
		play(dir, events, errs)
		cancel()
		<-ended
	})
}

// call is a recorded call, by the time since the start.
type call struct {
	at    time.Duration
	paths string // "all" for everything
}

// caller records calls, each of which takes take.
func caller(calls *[]call, take time.Duration) func(context.Context, Change) {
	var began time.Time
	return func(_ context.Context, c Change) {
		if began.IsZero() {
			began = time.Now()
		}
		var names []string
		for _, p := range c.Paths {
			names = append(names, p.Name)
		}
		if c.Everything {
			names = []string{"all"}
		}
		*calls = append(*calls, call{time.Since(began), strings.Join(names, " ")})
		time.Sleep(take)
	}
}

func TestWhenChangesAreReported(t *testing.T) {
	ms := time.Millisecond
	for name, c := range map[string]struct {
		at   []time.Duration // of writes, to a.md and b.md by turns
		take time.Duration   // a call
		end  time.Duration
		want []call
	}{
		"nothing":             {end: 61 * time.Second, want: []call{{0, "all"}, {30 * time.Second, "all"}, {60 * time.Second, "all"}}},
		"one write":           {at: []time.Duration{100 * ms}, end: 2 * time.Second, want: []call{{0, "all"}, {400 * ms, "a.md"}}},
		"several at once":     {at: []time.Duration{100 * ms, 350 * ms, 400 * ms}, end: 2 * time.Second, want: []call{{0, "all"}, {700 * ms, "a.md b.md"}}},
		"one after the other": {at: []time.Duration{100 * ms, 450 * ms}, end: 2 * time.Second, want: []call{{0, "all"}, {400 * ms, "a.md"}, {750 * ms, "b.md"}}},
		"without an end": {
			at:   []time.Duration{0, 200 * ms, 400 * ms, 600 * ms, 800 * ms, 1000 * ms, 1300 * ms},
			end:  3 * time.Second,
			want: []call{{0, "all"}, {1200 * ms, "a.md b.md"}, {1600 * ms, "a.md"}},
		},
		"while it is told": {
			at: []time.Duration{100 * ms, 5500 * ms}, take: 4 * time.Second, end: 10 * time.Second,
			want: []call{{0, "all"}, {4 * time.Second, "a.md"}, {8 * time.Second, "b.md"}},
		},
		"sweeps wait for the last one": {take: 20 * time.Second, end: 101 * time.Second, want: []call{{0, "all"}, {50 * time.Second, "all"}, {100 * time.Second, "all"}}},
	} {
		t.Run(name, func(t *testing.T) {
			var calls []call
			timed(t, Config{}, caller(&calls, c.take), func(dir string, events chan<- fsnotify.Event, _ chan<- error) {
				began := time.Now()
				for i, at := range c.at {
					time.Sleep(time.Until(began.Add(at)))
					events <- fsnotify.Event{Name: filepath.Join(dir, []string{"a.md", "b.md"}[i%2]), Op: fsnotify.Write}
				}
				time.Sleep(time.Until(began.Add(c.end)))
			})
			if !reflect.DeepEqual(calls, c.want) {
				t.Errorf("told were %v, want %v", calls, c.want)
			}
		})
	}
}

func TestTimesAndRightsAreLeftToTheSweep(t *testing.T) {
	var calls []call
	timed(t, Config{}, caller(&calls, 0), func(dir string, events chan<- fsnotify.Event, _ chan<- error) {
		events <- fsnotify.Event{Name: filepath.Join(dir, "a.md"), Op: fsnotify.Chmod}
		events <- fsnotify.Event{Name: dir, Op: fsnotify.Write} // as some systems tell of what is in it
		events <- fsnotify.Event{Name: filepath.Dir(dir), Op: fsnotify.Write}
		time.Sleep(29 * time.Second)
	})
	if len(calls) != 1 {
		t.Errorf("told were %v", calls)
	}
}

func TestErrorsAreReported(t *testing.T) {
	var calls []call
	timed(t, Config{}, caller(&calls, 0), func(_ string, _ chan<- fsnotify.Event, errs chan<- error) {
		errs <- fsnotify.ErrEventOverflow
		time.Sleep(time.Second)
	})
	if want := []call{{0, "all"}, {300 * time.Millisecond, "all"}}; !reflect.DeepEqual(calls, want) {
		t.Errorf("told were %v, want %v", calls, want)
	}
}

// A source that only fails is eventually closed.
func TestErrorsWithoutEnd(t *testing.T) {
	var calls []call
	taken := 0
	timed(t, Config{}, caller(&calls, 0), func(_ string, _ chan<- fsnotify.Event, errs chan<- error) {
		for ; taken < 2*maxErrors; taken++ {
			select {
			case errs <- errors.New("bad file descriptor"):
			case <-time.After(time.Minute):
				return
			}
			synctest.Wait()
		}
	})
	if taken != maxErrors {
		t.Errorf("it was asked %d times", taken)
	}
}

func TestTooManyChanges(t *testing.T) {
	var calls []call
	timed(t, Config{}, caller(&calls, 0), func(dir string, events chan<- fsnotify.Event, _ chan<- error) {
		for i := range maxPaths + 1 {
			events <- fsnotify.Event{Name: filepath.Join(dir, fmt.Sprintf("%d.md", i)), Op: fsnotify.Write}
		}
		time.Sleep(time.Second)
	})
	if len(calls) != 2 || calls[1].paths != "all" {
		t.Errorf("told were %.200v", calls)
	}
}

// Run waits for the last call when the context ends.
func TestRunWaitsForTheLastCall(t *testing.T) {
	returned := false
	timed(t, Config{}, func(ctx context.Context, _ Change) {
		<-ctx.Done()
		time.Sleep(time.Second)
		returned = true
	}, func(string, chan<- fsnotify.Event, chan<- error) {})
	if !returned {
		t.Error("it was not")
	}
}

func TestNetwork(t *testing.T) {
	if kind := network(t.TempDir()); kind != "" {
		t.Errorf("the folder for tests is on %s", kind)
	}
	if kind := network(filepath.Join(t.TempDir(), "nowhere")); kind != "" {
		t.Errorf("what is not there is on %s", kind)
	}
}
