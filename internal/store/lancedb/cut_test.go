package lancedb

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"daybook"
	"daybook/internal/store"
	"daybook/internal/store/lancedb/lancetest"
	"daybook/internal/threads"
)

// cutter stands before the server and cuts the line at a write: before it is
// passed on, or after the server did it. From then on nothing passes, as if
// Daybook had been killed there; atCut sees the moment.
type cutter struct {
	behind http.Handler
	mu     sync.Mutex
	armed  bool
	left   int // writes until the cut
	after  bool
	cut    bool
	atCut  func()
}

// newCutter stands before a server. It makes a connection for each request: one
// that the server closes just then would look like a cut.
func newCutter(t testing.TB, address string) *cutter {
	proxy := httputil.NewSingleHostReverseProxy(must(url.Parse(address))(t))
	proxy.Transport = &http.Transport{DisableKeepAlives: true}
	return &cutter{behind: proxy, atCut: func() {}}
}

// reads are the requests that change nothing.
func reads(r *http.Request) bool {
	for _, what := range []string{"/query", "/describe", "/count_rows", "/stats", "/list"} {
		if strings.HasSuffix(r.URL.Path, what) {
			return true
		}
	}
	return false
}

func (c *cutter) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cut {
		panic(http.ErrAbortHandler)
	}
	if c.armed && !reads(r) {
		if c.left--; c.left == 0 {
			if c.after {
				c.behind.ServeHTTP(httptest.NewRecorder(), r)
			}
			c.cut = true
			c.atCut()
			panic(http.ErrAbortHandler)
		}
	}
	c.behind.ServeHTTP(w, r)
}

// scene is a change of a store with what stands before it.
type scene struct {
	name   string
	before func(testing.TB, *Store)
	do     func(*Store) error
	// between are what is seen of a change that was cut, besides all and
	// nothing of it, in the words of seen.
	between []string
}

var cutSpace = store.Space{Model: "p/m", Dim: 2}

func withNotes(t testing.TB, s *Store) {
	ok(t, s.c.create(t.Context(), journalTable, fields([]string{"date", "title", "text"}, nil, field("tags", texts))))
	s.ready.Store(false)
	ok(t, s.Apply(t.Context(), store.Batch{Put: []store.Note{note("a", "the sea"), note("b", "the river"), note("c", "the lake")}}))
	withVectors(t, s)
}

func withVectors(t testing.TB, s *Store) {
	ok(t, putVectors(s))
}

func putVectors(s *Store) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	without, err := s.WithoutVector(ctx, cutSpace, false, 0, 100)
	if err != nil {
		return err
	}
	var list []store.PassageVector
	for _, p := range without {
		list = append(list, store.PassageVector{ID: p.ID, Vector: []float32{float32(len(p.Text)), float32(p.Text[len(p.Text)-1])}})
	}
	return s.PutVectors(ctx, cutSpace, list)
}

func withThread(t testing.TB, s *Store) {
	th := daybook.Thread{ID: "t", Title: "T", CreatedAt: start, UpdatedAt: start}
	ok(t, threads.In(s).CreateThread(t.Context(), th, message("m1", "t"), message("m2", "t")))
}

func at(m daybook.Message, minutes int) daybook.Message {
	m.Time = start.Add(time.Duration(minutes) * time.Minute)
	return m
}

func aTurn() daybook.Turn {
	turn := daybook.Turn{ThreadID: "t", Key: "k", Question: at(message("q", "t"), 1), Answer: at(message("ans", "t"), 1), Beat: start}
	turn.Answer.Role, turn.Answer.Status, turn.Answer.Text = daybook.Assistant, daybook.Pending, ""
	return turn
}

func scenes() []scene {
	moved := note("d", "the lake")
	return []scene{
		{"apply", withNotes, func(s *Store) error {
			ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
			defer cancel()
			return s.Apply(ctx, store.Batch{Put: []store.Note{note("a", "the ocean"), moved}, Delete: []string{"b", "c"}})
		}, nil},
		{"vectors", func(t testing.TB, s *Store) {
			ok(t, s.Apply(t.Context(), store.Batch{Put: []store.Note{note("a", "the sea"), note("b", "the sea")}}))
		}, putVectors, nil},
		{"erase vectors", withNotes, func(s *Store) error {
			ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
			defer cancel()
			return s.Apply(ctx, store.Batch{Erase: []store.Space{cutSpace}})
		}, nil},
		{"index", withNotes, func(s *Store) error {
			ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
			defer cancel()
			sp, err := s.known(ctx, cutSpace)
			if err != nil || sp == nil {
				return err
			}
			return s.reindex(ctx, sp)
		}, nil},
		{"tidy", func(t testing.TB, s *Store) {
			withNotes(t, s)
			withThread(t, s)
			ctx := t.Context()
			// What processes left that were killed.
			ok(t, s.c.insert(ctx, textsTable, textsSchema, []row{{"rev": int64(5), "text": "left"}}))
			ok(t, s.c.insert(ctx, passagesTable, passagesSchema, []row{{"rev": int64(5), "id": int64(6)}}))
			ok(t, s.putExtras(ctx, []daybook.Message{message("unseen", "t")}, 9, "batch"))
			ok(t, s.putMessages(ctx, []daybook.Message{message("unseen", "t")}))
		}, func(s *Store) error {
			ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
			defer cancel()
			err := s.tidy(ctx, 0)
			for table, schema := range ours { // as it is put together
				err = errors.Join(err, s.c.update(ctx, table, "true", [2]string{names(schema)[0], names(schema)[0]}))
			}
			return err
		}, nil},
		{"create thread", func(testing.TB, *Store) {}, func(s *Store) error {
			ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
			defer cancel()
			th := daybook.Thread{ID: "t", Title: "T", CreatedAt: start, UpdatedAt: start}
			return threads.In(s).CreateThread(ctx, th, message("m1", "t"), message("m2", "t"))
		}, nil},
		{"add message", withThread, func(s *Store) error {
			ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
			defer cancel()
			return threads.In(s).AddMessage(ctx, at(message("m3", "t"), 5))
		}, []string{"t/m1,m2"}},
		{"rename thread", withThread, func(s *Store) error {
			ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
			defer cancel()
			return threads.In(s).RenameThread(ctx, "t", "It's new", start.Add(time.Minute))
		}, nil},
		{"turn", withThread, func(s *Store) error {
			ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
			defer cancel()
			turn := aTurn()
			if _, _, err := threads.In(s).BeginTurn(ctx, turn); err != nil {
				return err
			}
			turn.Answer = at(turn.Answer, 2)
			turn.Answer.Status, turn.Answer.Text = daybook.Complete, "an answer"
			return threads.In(s).UpdateTurn(ctx, turn)
		}, []string{"t/m1,m2,q,ans"}},
		{"merge a new thread", func(testing.TB, *Store) {}, func(s *Store) error {
			ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
			defer cancel()
			th := daybook.Thread{ID: "t", Title: "T", CreatedAt: start, UpdatedAt: start}
			_, _, err := threads.In(s).MergeThread(ctx, th, []daybook.Message{message("m1", "t"), message("m2", "t")})
			return err
		}, nil},
		{"merge into a thread", withThread, func(s *Store) error {
			ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
			defer cancel()
			th := daybook.Thread{ID: "t", Title: "other", CreatedAt: start, UpdatedAt: start}
			_, _, err := threads.In(s).MergeThread(ctx, th, []daybook.Message{at(message("e", "t"), -5), at(message("l", "t"), 5)})
			return err
		}, []string{"t/m1,m2"}},
		{"replace thread", withThread, func(s *Store) error {
			ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
			defer cancel()
			turn := aTurn()
			turn.Answer.Status, turn.Answer.Text = daybook.Complete, "an answer"
			th := daybook.Thread{ID: "t", Title: "elsewhere", CreatedAt: start, UpdatedAt: start.Add(time.Minute)}
			return threads.In(s).ReplaceThread(ctx, th, []daybook.Message{message("m2", "t"), turn.Question, turn.Answer}, []daybook.Turn{turn})
		}, []string{""}},
		{"delete thread", func(t testing.TB, s *Store) {
			withThread(t, s)
			turn := aTurn()
			_, _, err := threads.In(s).BeginTurn(t.Context(), turn)
			ok(t, err)
		}, func(s *Store) error {
			ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
			defer cancel()
			return s.WriteThread(ctx, store.ThreadChange{ID: "t", Delete: true})
		}, nil},
	}
}

// seen is all that is seen of a store, a line each, and its threads in short.
func seen(t testing.TB, s *Store) (all, threads string) {
	t.Helper()
	ctx := t.Context()
	var lines, short, ids []string
	for _, state := range must(s.NoteStates(ctx))(t) {
		ids = append(ids, state.EntryID)
	}
	slices.Sort(ids)
	for _, n := range must(s.NotesOf(ctx, ids))(t) {
		lines = append(lines, fmt.Sprintf("note %s %v %q", n.Entry.ID, n.Entry.Dates, n.Entry.Text))
		for _, p := range n.Passages {
			lines = append(lines, fmt.Sprintf("passage %q %q %v", p.Text, p.Terms, must(s.VectorsOf(ctx, cutSpace, []int64{p.ID}))(t)))
			if i := strings.LastIndex(lines[len(lines)-1], "[{"); i > 0 { // the number of a passage is another each time
				_, vector, _ := strings.Cut(lines[len(lines)-1][i:], " ")
				lines[len(lines)-1] = lines[len(lines)-1][:i] + vector
			}
		}
	}
	lines = append(lines, fmt.Sprint("hits ", len(must(s.SearchVectors(ctx, cutSpace, []float32{1, 1}, store.Filter{}, 10, 0))(t))))
	lines = append(lines, fmt.Sprint("meta ", must(s.Meta(ctx))(t)))
	for _, th := range must(s.Threads(ctx))(t) {
		lines = append(lines, fmt.Sprintf("thread %+v", th))
		var names []string
		for _, m := range must(s.Messages(ctx, th.ID))(t) {
			names = append(names, m.ID)
			lines = append(lines, fmt.Sprintf("message %+v", m))
		}
		lines = append(lines, fmt.Sprintf("turns %+v", must(s.Turns(ctx, store.TurnQuery{ThreadID: th.ID}))(t)))
		short = append(short, th.ID+"/"+strings.Join(names, ","))
	}
	if journalIs(s.schemaOf(journalTable)) {
		var journal []string
		ok(t, s.c.all(ctx, journalTable, query{columns: journalColumns}, func(v view) error {
			journal = append(journal, fmt.Sprintf("journal %s %s %q", v.text("title"), v.text("date"), v.text("text")))
			return nil
		}))
		slices.Sort(journal)
		lines = append(lines, journal...)
	}
	return strings.Join(lines, "\n"), strings.Join(short, " ")
}

// kept is how many rows every table has.
func kept(t testing.TB, s *Store) string {
	t.Helper()
	names := must(s.c.tables(t.Context()))(t)
	var list []string
	for name := range names {
		list = append(list, fmt.Sprintf("%s %d", name, must(s.c.count(t.Context(), name, ""))(t)))
	}
	slices.Sort(list)
	return strings.Join(list, ", ")
}

// healed opens the store that was left in dir, ends what was begun, and
// returns it.
func healed(t testing.TB, address, dir string) *Store {
	t.Helper()
	s := open(t, address, dir)
	ok(t, s.settleOnce(t.Context()))
	ok(t, s.tidy(t.Context(), 0))
	return s
}

// TestCutAtEveryWrite kills Daybook before and after every write of every
// change. What is seen afterwards is all of the change or nothing of it; made
// again it comes to what it comes to undisturbed, with nothing left over.
func TestCutAtEveryWrite(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	server, err := lancetest.Start(lancetest.Need(t))
	ok(t, err)
	t.Cleanup(server.Kill)
	for _, sc := range scenes() {
		t.Run(sc.name, func(t *testing.T) {
			t.Parallel() // it mostly waits for the server
			dir, from := t.TempDir(), t.TempDir()
			address := must(server.Serve(filepath.Join(dir, "lance")))(t)
			s := open(t, address, filepath.Join(dir, "local"))
			sc.before(t, s)
			before, _ := seen(t, s)
			ok(t, copyTree(dir, from)) // nothing is being written now
			ok(t, sc.do(s))
			ok(t, s.tidy(t.Context(), 0))
			after, _ := seen(t, s)
			rows := kept(t, s)
			for n := 1; cutAt(t, server, sc, from, n, before, after, rows); n++ {
				if n > 60 {
					t.Fatal("there is no end to it")
				}
			}
		})
	}
}

// cutAt cuts a change at its n-th write, before and after it, in copies of the
// folder from. It returns false when there are not so many writes.
func cutAt(t *testing.T, server *lancetest.Server, sc scene, from string, n int, before, after, rows string) bool {
	t.Helper()
	for _, done := range []bool{false, true} {
		dir := t.TempDir()
		ok(t, copyTree(from, dir))
		address := must(server.Serve(filepath.Join(dir, "lance")))(t)
		line := newCutter(t, address)
		front := httptest.NewServer(line)
		defer front.Close()
		s := open(t, front.URL, filepath.Join(dir, "local"))
		line.mu.Lock()
		line.armed, line.left, line.after = true, n, done
		line.atCut = func() { ok(t, copyTree(filepath.Join(dir, "local"), filepath.Join(dir, "left"))) }
		line.mu.Unlock()
		err := sc.do(s)
		line.mu.Lock()
		cut := line.cut
		line.cut = true
		line.mu.Unlock()
		if !cut {
			ok(t, err)
			return false
		}
		s.end()
		s.running.Wait() // it is dead
		line.mu.Lock()
		line.armed, line.cut = false, false
		line.mu.Unlock()
		again := healed(t, front.URL, filepath.Join(dir, "left"))
		switch got, threads := seen(t, again); {
		case got == before || got == after || slices.Contains(sc.between, threads) && len(sc.between) > 0:
		default:
			t.Errorf("cut at write %d (done: %v) there is seen\n%s\nbetween\n%s\nand\n%s", n, done, got, before, after)
		}
		if err := sc.do(again); err != nil && daybook.KindOf(err) != daybook.Conflict && daybook.KindOf(err) != daybook.NotFound {
			t.Errorf("cut at write %d (done: %v) it cannot be made again: %v", n, done, err)
		}
		ok(t, again.tidy(t.Context(), 0))
		if got, _ := seen(t, again); got != after {
			t.Errorf("cut at write %d (done: %v) and made again there is\n%s\nand not\n%s", n, done, got, after)
		}
		if got := kept(t, again); got != rows {
			t.Errorf("cut at write %d (done: %v) and made again there are the rows\n%s\nand not\n%s", n, done, got, rows)
		}
	}
	return true
}

// copyTree copies a folder, and moveOver puts one in the place of another; ""
// is an empty one.
func copyTree(from, to string) error { return os.CopyFS(to, os.DirFS(from)) }

func moveOver(from, to string) error {
	if err := os.RemoveAll(to); err != nil || from == "" {
		return errors.Join(err, os.MkdirAll(to, 0o700))
	}
	return os.Rename(from, to)
}
