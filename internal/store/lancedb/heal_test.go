package lancedb

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http/httptest"
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

func order(t testing.TB, s *Store, thread string) string {
	t.Helper()
	var ids []string
	for _, m := range must(s.Messages(t.Context(), thread))(t) {
		ids = append(ids, m.ID)
	}
	return strings.Join(ids, " ")
}

// TestThreadThatComesBackStays brings a thread back whose deletion was
// interrupted: what was to be deleted then must not take it along.
func TestThreadThatComesBackStays(t *testing.T) {
	dir := t.TempDir()
	_, address := lancetest.Run(t, filepath.Join(dir, "lance"))
	for name, back := range map[string]func(*Store, daybook.Thread) error{
		"merged": func(s *Store, th daybook.Thread) error {
			_, _, err := threads.In(s).MergeThread(t.Context(), th, []daybook.Message{message("m1", "t"), message("m2", "t")})
			return err
		},
		"replaced": func(s *Store, th daybook.Thread) error {
			return threads.In(s).ReplaceThread(t.Context(), th, []daybook.Message{message("m1", "t"), message("m2", "t")}, nil)
		},
		"created": func(s *Store, th daybook.Thread) error {
			return threads.In(s).CreateThread(t.Context(), th, message("m1", "t"), message("m2", "t"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			line := newCutter(t, address)
			front := httptest.NewServer(line)
			defer front.Close()
			s := open(t, front.URL, filepath.Join(dir, name))
			withThread(t, s)
			line.mu.Lock()
			line.armed, line.left = true, 2 // the thread is gone, its messages are not
			line.mu.Unlock()
			if err := s.WriteThread(t.Context(), store.ThreadChange{ID: "t", Delete: true}); daybook.KindOf(err) != daybook.Unavailable {
				t.Fatalf("deleted while the server is away: %v", err)
			}
			line.mu.Lock()
			line.armed, line.cut = false, false
			line.mu.Unlock()
			ok(t, back(s, daybook.Thread{ID: "t", Title: "again", CreatedAt: start, UpdatedAt: start}))
			ok(t, s.settleOnce(t.Context()))
			if got := order(t, s, "t"); got != "m1 m2" {
				t.Errorf("of the thread that came back there is %q", got)
			}
			ok(t, s.WriteThread(t.Context(), store.ThreadChange{ID: "t", Delete: true}))
		})
	}
}

// TestDeletionEndsByItself interrupts a deletion in a store that stays open.
func TestDeletionEndsByItself(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	dir := t.TempDir()
	_, address := lancetest.Run(t, filepath.Join(dir, "lance"))
	line := newCutter(t, address)
	front := httptest.NewServer(line)
	defer front.Close()
	s := open(t, front.URL, dir)
	withThread(t, s)
	line.mu.Lock()
	line.armed, line.left = true, 2
	line.mu.Unlock()
	if err := s.WriteThread(t.Context(), store.ThreadChange{ID: "t", Delete: true}); err == nil {
		t.Fatal("it is deleted while the server is away")
	}
	line.mu.Lock()
	line.armed, line.cut = false, false
	line.mu.Unlock()
	eventually(t, "that the messages are deleted", func() bool {
		n, err := s.c.count(t.Context(), messagesTable, "")
		return err == nil && n == 0
	})
}

// TestOlderCopyOfTheFolder has the server come back with an older copy of its
// folder: what is only in the newer one is not there, and is not taken for
// there; and what the older one has stays.
func TestOlderCopyOfTheFolder(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	dir := t.TempDir()
	folder := filepath.Join(dir, "lance")
	server, address := lancetest.Run(t, folder)
	s := open(t, address, filepath.Join(dir, "local"))
	ok(t, s.Apply(t.Context(), store.Batch{Put: []store.Note{note("a", "the sea"), note("b", "the river")}}))
	withThread(t, s)
	server.Kill()
	ok(t, copyTree(folder, filepath.Join(dir, "copy")))
	ok(t, server.Restart())
	for i := range 5 {
		ok(t, s.Apply(t.Context(), store.Batch{Put: []store.Note{note("a", fmt.Sprint("the sea ", i)), note("new", fmt.Sprint("new ", i))}}))
	}
	server.Kill()
	ok(t, moveOver(filepath.Join(dir, "copy"), folder))
	ok(t, server.Restart())
	time.Sleep(fresh)

	ok(t, s.tidy(t.Context(), 0))
	check := func(when string, s *Store) {
		var ids []string
		for _, state := range must(s.NoteStates(t.Context()))(t) {
			ids = append(ids, state.EntryID)
		}
		slices.Sort(ids)
		if strings.Join(ids, " ") != "a b" {
			t.Errorf("%s the index has %v", when, ids)
		}
		if e := must(store.EntryOf(t.Context(), s, "a"))(t); e.Text != "the sea" {
			t.Errorf("%s a says %q", when, e.Text)
		}
	}
	check("with the older copy", s)
	check("opened anew", open(t, address, filepath.Join(dir, "other")))
	ok(t, s.Apply(t.Context(), store.Batch{Put: []store.Note{note("new", "once more")}}))
	if e := must(store.EntryOf(t.Context(), s, "new"))(t); e.Text != "once more" {
		t.Errorf("afterwards new says %q", e.Text)
	}
}

// TestEmptyFolder has the server come back with an empty folder: the tables
// are made again without a restart of Daybook.
func TestEmptyFolder(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	dir := t.TempDir()
	folder := filepath.Join(dir, "lance")
	server, address := lancetest.Run(t, folder)
	s := open(t, address, filepath.Join(dir, "local"))
	ok(t, s.Apply(t.Context(), store.Batch{Put: []store.Note{note("a", "the sea")}}))
	withVectors(t, s)
	withThread(t, s)
	server.Kill()
	ok(t, moveOver("", folder))
	ok(t, server.Restart())
	time.Sleep(fresh)
	if states, err := s.NoteStates(t.Context()); err != nil && daybook.KindOf(err) != daybook.Unavailable || len(states) > 0 {
		t.Errorf("at first: %v %v", states, err)
	}
	if states := must(s.NoteStates(t.Context()))(t); len(states) > 0 {
		t.Errorf("the index has %v", states)
	}
	if list := must(s.Threads(t.Context()))(t); len(list) > 0 {
		t.Errorf("there are the threads %v", list)
	}
	ok(t, s.Apply(t.Context(), store.Batch{Put: []store.Note{note("a", "the sea")}}))
	withVectors(t, s)
	withThread(t, s)
	if hits := must(s.SearchVectors(t.Context(), cutSpace, []float32{1, 1}, store.Filter{}, 5, 0))(t); len(hits) != 1 {
		t.Errorf("hits %v", hits)
	}
}

// TestMergeContinuesInOrder ends a merge of a new thread that was interrupted
// when some of its messages were there.
func TestMergeContinuesInOrder(t *testing.T) {
	dir := t.TempDir()
	_, address := lancetest.Run(t, filepath.Join(dir, "lance"))
	s := open(t, address, dir)
	var all []daybook.Message
	for i := range 9 {
		all = append(all, at(message(fmt.Sprint("m", i), "t"), i))
	}
	ok(t, s.prepare(t.Context()))
	ok(t, s.putExtras(t.Context(), all, 1, ""))
	ok(t, s.putMessages(t.Context(), all[:5])) // and here it was cut
	_, added, err := threads.In(s).MergeThread(t.Context(), daybook.Thread{ID: "t", Title: "T", CreatedAt: start, UpdatedAt: start}, all)
	ok(t, err)
	if got := order(t, s, "t"); got != "m0 m1 m2 m3 m4 m5 m6 m7 m8" || added != 9 {
		t.Errorf("after %d were added the order is %s", added, got)
	}
}

// TestPendingAnswerKeepsItsPlace has the older service write into a thread
// that is being answered, and more come after that.
func TestPendingAnswerKeepsItsPlace(t *testing.T) {
	dir := t.TempDir()
	_, address := lancetest.Run(t, filepath.Join(dir, "lance"))
	s := open(t, address, dir)
	withThread(t, s)
	turn := aTurn()
	_, _, err := threads.In(s).BeginTurn(t.Context(), turn)
	ok(t, err)
	theirs := at(message("theirs", "t"), 30)
	ok(t, s.putMessages(t.Context(), []daybook.Message{theirs})) // without an extra, as the older service does
	before := order(t, s, "t")
	ok(t, threads.In(s).AddMessage(t.Context(), at(message("last", "t"), 40)))
	if got := order(t, s, "t"); got != before+" last" {
		t.Errorf("the order was %q, and is %q", before, got)
	}
	_, _, err = threads.In(s).MergeThread(t.Context(), daybook.Thread{ID: "t"}, []daybook.Message{at(message("early", "t"), -30), at(message("late", "t"), 50)})
	ok(t, err)
	turn.Answer.Status, turn.Answer.Text = daybook.Complete, "an answer"
	ok(t, threads.In(s).UpdateTurn(t.Context(), turn))
	if got := order(t, s, "t"); got != "early "+before+" last late" {
		t.Errorf("the order was %q, and is %q", before, got)
	}
}

// noise is a text that does not compress.
func noise(n int) string {
	r := rand.New(rand.NewPCG(5, 6))
	var b strings.Builder
	for b.Len() < n {
		fmt.Fprintf(&b, "%c", 0x4e00+r.IntN(20_000))
	}
	return b.String()
}

// TestTextsThatAreTooLong keeps a note that is more than a server takes at
// once, with what comes with it; and an answer that is too long for the server
// stays here, and holds up no other.
func TestTextsThatAreTooLong(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	dir := t.TempDir()
	_, address := lancetest.Run(t, filepath.Join(dir, "lance"))
	s := open(t, address, dir)
	withNotes(t, s)
	long := noise(10 << 20)
	whole := note("a", long)
	whole.Passages = nil // a passage is short
	ok(t, s.Apply(t.Context(), store.Batch{Put: []store.Note{whole, note("b", "a new river")}}))
	if e := must(store.EntryOf(t.Context(), s, "a"))(t); e.Text != long {
		t.Errorf("of %d bytes there are %d", len(long), len(e.Text))
	}
	all, _ := seen(t, s)
	if !strings.Contains(all, `journal b 2024-03-01 "a new river"`) || !strings.Contains(all, `journal a 2024-03-01 "the sea"`) {
		t.Error("the older service's table was not told of what it can take")
	}
	if owed := must(s.owedPlaces(t.Context()))(t); len(owed) > 0 {
		t.Errorf("it is tried again for ever: %v", owed)
	}

	withThread(t, s)
	for i, text := range []string{noise(3 << 20), "short"} {
		turn := aTurn()
		turn.Key, turn.Question.ID, turn.Answer.ID = fmt.Sprint("k", i), fmt.Sprint("q", i), fmt.Sprint("a", i)
		_, _, err := threads.In(s).BeginTurn(t.Context(), turn)
		ok(t, err)
		turn.Answer.Status, turn.Answer.Text = daybook.Complete, text
		ok(t, threads.In(s.local).UpdateTurn(t.Context(), turn)) // and here it was cut
	}
	if err := s.settleOnce(t.Context()); daybook.KindOf(err) != daybook.TooLarge {
		t.Errorf("sent: %v", err)
	}
	if n := must(s.c.count(t.Context(), messagesTable, "content = 'short'"))(t); n != 1 {
		t.Error("the long answer holds up the short one")
	}
	if list := must(s.Messages(t.Context(), "t"))(t); len(list) != 6 || len(list[3].Text) < 3<<20 {
		t.Errorf("%d messages", len(list))
	}
}

// besides is what the older service does while Daybook writes: it overwrites
// its journal, with columns of other types, adds messages, and renames.
const besides = `
import lancedb, pyarrow as pa, sys
db = lancedb.connect(sys.argv[1])
for i in range(40):
    text = pa.string() if i % 2 else pa.large_string()
    db.create_table("journal", pa.table({
        "date": pa.array(["2019-03-02"], text), "title": pa.array(["theirs"], text), "text": pa.array(["It's theirs %d" % i], text),
        "tags": pa.array([["#x"]], pa.list_(text)),
        "embedding": pa.array([[1.0] * (2 + i % 2)], pa.list_(pa.float32(), 2 + i % 2)),
    }), mode="overwrite")
    db.open_table("messages").add(pa.table({"message_id": ["theirs%d" % i], "thread_id": ["t"],
        "timestamp": ["2024-03-01T12:00:00"], "role": ["user"], "content": ["theirs %d" % i]}))
    db.open_table("threads").update(where="thread_id = 't'", values={"title": "theirs %d" % i})
`

// TestBesideTheOlderService writes while the older service does: what either
// wrote is there in the end.
func TestBesideTheOlderService(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	dir := t.TempDir()
	folder := filepath.Join(dir, "lance")
	_, address := lancetest.Run(t, folder)
	s := open(t, address, filepath.Join(dir, "local"))
	withNotes(t, s)
	withThread(t, s)
	done := make(chan struct{})
	go func() {
		defer close(done)
		lancetest.Script(t, besides, folder)
	}()
	wrote, running := 0, true
	for running {
		m := message(fmt.Sprint("ours", wrote), "t")
		ok(t, threads.In(s).AddMessage(t.Context(), m))
		ok(t, s.Apply(t.Context(), store.Batch{Put: []store.Note{note("a", fmt.Sprint("the sea ", wrote))}}))
		wrote++
		select {
		case <-done:
			running = false
		default:
		}
	}
	t.Logf("wrote %d messages meanwhile", wrote)
	ok(t, s.settleOnce(t.Context()))
	got := strings.Fields(order(t, s, "t"))
	for i := range wrote {
		if !slices.Contains(got, fmt.Sprint("ours", i)) {
			t.Errorf("message %d of ours is lost", i)
		}
	}
	for i := range 40 {
		if !slices.Contains(got, fmt.Sprint("theirs", i)) {
			t.Errorf("message %d of theirs is lost", i)
		}
	}
	if len(got) != wrote+42 {
		t.Errorf("there are %d messages, want %d", len(got), wrote+42)
	}
	if th := must(threads.In(s).Thread(t.Context(), "t"))(t); th.Title != "theirs 39" {
		t.Errorf("their title is lost: %q", th.Title)
	}
	ok(t, s.Apply(t.Context(), store.Batch{Put: []store.Note{note("a", "the last sea")}}))
	all, _ := seen(t, s)
	for _, line := range []string{`journal a 2024-03-01 "the last sea"`, `journal theirs 2019-03-02 "It's theirs 39"`} {
		if !strings.Contains(all, line) {
			t.Errorf("there is no %s in\n%s", line, all)
		}
	}
}

// TestTwoOnOneFolder has two stores on one machine write at once.
func TestTwoOnOneFolder(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	dir := t.TempDir()
	_, address := lancetest.Run(t, filepath.Join(dir, "lance"))
	stores := []*Store{open(t, address, dir), open(t, address, dir)}
	withThread(t, stores[0])
	const each = 12
	var g sync.WaitGroup
	for n, s := range stores {
		g.Go(func() {
			for i := range each {
				id := fmt.Sprintf("s%d-%d", n, i)
				if err := errors.Join(threads.In(s).AddMessage(t.Context(), message(id, "t")), s.Apply(t.Context(), store.Batch{Put: []store.Note{note(id, "text "+id)}}),
					putVectors(s)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	g.Wait()
	time.Sleep(fresh)
	for _, s := range stores {
		if got := strings.Fields(order(t, s, "t")); len(got) != 2+2*each {
			t.Errorf("there are %d messages: %v", len(got), got)
		}
		stats := must(s.Stats(t.Context()))(t)
		if stats.Entries != 2*each || stats.Vectors[cutSpace] != 2*each {
			t.Errorf("stats %+v", stats)
		}
	}
	if got, other := order(t, stores[0], "t"), order(t, stores[1], "t"); got != other {
		t.Errorf("the order is %s and %s", got, other)
	}
	for table, want := range map[string]int{entriesTable: 2 * each, textsTable: 2 * each, vectorsTable(cutSpace): 2 * each, extrasTable: 2 + 2*each} {
		if n := must(stores[0].c.count(t.Context(), table, ""))(t); n != want {
			t.Errorf("%d rows in %s, want %d", n, table, want)
		}
	}
}

// TestServerKilledWhileWriting kills the server at random moments: what was
// said to be kept is there, and one whole batch of what was not.
func TestServerKilledWhileWriting(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	dir := t.TempDir()
	server, address := lancetest.Run(t, filepath.Join(dir, "lance"))
	s := open(t, address, filepath.Join(dir, "local"))
	ok(t, s.Apply(t.Context(), store.Batch{Put: []store.Note{generation(0, "n"), generation(0, "o")}}))
	withThread(t, s)
	var added []string
	for round := range 3 {
		failed := make(chan struct{})
		go func() {
			defer close(failed)
			for i := 0; ; i++ {
				id := fmt.Sprintf("r%d-%d", round, i)
				if threads.In(s).AddMessage(t.Context(), message(id, "t")) != nil {
					return
				}
				added = append(added, id)
				if s.Apply(t.Context(), store.Batch{Put: []store.Note{generation(100*round+i+1, "n"), generation(100*round+i+1, "o")}}) != nil {
					return
				}
			}
		}()
		time.Sleep(time.Duration(200+37*round) * time.Millisecond)
		server.Kill()
		<-failed
		ok(t, server.Restart())
		other := open(t, address, filepath.Join(dir, fmt.Sprint("other", round)))
		notes := must(other.NotesOf(t.Context(), []string{"n", "o"}))(t)
		if len(notes) != 2 || notes[0].Entry.Text != notes[1].Entry.Text || len(notes[0].Passages) != 30 || len(notes[1].Passages) != 30 {
			t.Fatalf("half a batch is seen: %+v", notes)
		}
		got := strings.Fields(order(t, other, "t"))
		for _, id := range added {
			if !slices.Contains(got, id) {
				t.Errorf("%s was kept, and is lost", id)
			}
		}
		if len(got) > 2+len(added)+round+1 {
			t.Errorf("there are %d messages, and %d were added", len(got), len(added))
		}
	}
	ok(t, s.tidy(t.Context(), 0))
	for table, want := range map[string]int{entriesTable: 2, textsTable: 2, passagesTable: 60} {
		if n := must(s.c.count(t.Context(), table, ""))(t); n != want {
			t.Errorf("%d rows are left in %s, want %d", n, table, want)
		}
	}
}

// TestHalfCreatedTable opens a folder in which the server was killed
// while it made a table: its folder is there, and no more.
func TestHalfCreatedTable(t *testing.T) {
	dir := t.TempDir()
	folder := filepath.Join(dir, "lance")
	_, address := lancetest.Run(t, folder)
	for name, inside := range map[string]string{threadsTable: "", metaTable: "data", entriesTable: "_versions", vectorsTable(cutSpace): "data"} {
		ok(t, os.MkdirAll(filepath.Join(folder, name+".lance", inside), 0o700))
	}
	s := open(t, address, filepath.Join(dir, "local"))
	ok(t, s.Apply(t.Context(), store.Batch{Put: []store.Note{note("a", "the sea")}}))
	withVectors(t, s)
	withThread(t, s)
	if stats := must(s.Stats(t.Context()))(t); stats.Entries != 1 || stats.Vectors[cutSpace] != 1 || stats.Threads != 1 {
		t.Errorf("stats %+v", stats)
	}
	// It was killed while it dropped the vectors.
	ok(t, moveOver("", filepath.Join(folder, vectorsTable(cutSpace)+".lance")))
	ok(t, os.Mkdir(filepath.Join(folder, vectorsTable(cutSpace)+".lance", "data"), 0o700))
	s = open(t, address, filepath.Join(dir, "other"))
	ok(t, s.Apply(t.Context(), store.Batch{Put: []store.Note{note("b", "the river")}}))
	withVectors(t, s)
	if stats := must(s.Stats(t.Context()))(t); stats.Entries != 2 || stats.Vectors[cutSpace] != 2 {
		t.Errorf("stats %+v", stats)
	}
}

// TestReread has a store find what is really there.
func TestReread(t *testing.T) {
	dir := t.TempDir()
	_, address := lancetest.Run(t, filepath.Join(dir, "lance"))
	s := open(t, address, dir)
	ok(t, s.reread(t.Context()))
	ok(t, s.Apply(t.Context(), store.Batch{Put: []store.Note{note("a", "the sea"), note("b", "the river")}}))
	ok(t, s.c.delete(t.Context(), passagesTable, "terms = 'the river'"))
	if states := must(s.NoteStates(t.Context()))(t); len(states) != 2 {
		t.Errorf("from memory there are %v", states)
	}
	ok(t, s.reread(t.Context()))
	if states := must(s.NoteStates(t.Context()))(t); len(states) != 1 || states[0].EntryID != "a" {
		t.Errorf("there are %v", states)
	}
}
