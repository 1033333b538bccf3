package lancedb

import (
	"fmt"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"daybook"
	"daybook/internal/store"
	"daybook/internal/store/lancedb/lancetest"
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
			_, _, err := s.MergeThread(t.Context(), th, []daybook.Message{message("m1", "t"), message("m2", "t")})
			return err
		},
		"replaced": func(s *Store, th daybook.Thread) error {
			return s.ReplaceThread(t.Context(), th, []daybook.Message{message("m1", "t"), message("m2", "t")}, nil)
		},
		"created": func(s *Store, th daybook.Thread) error {
			return s.CreateThread(t.Context(), th, message("m1", "t"), message("m2", "t"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			u := must(url.Parse(address))(t)
			line := &cutter{behind: httputil.NewSingleHostReverseProxy(u), atCut: func() {}}
			front := httptest.NewServer(line)
			defer front.Close()
			s := open(t, front.URL, filepath.Join(dir, name))
			withThread(t, s)
			line.mu.Lock()
			line.armed, line.left = true, 2 // the thread is gone, its messages are not
			line.mu.Unlock()
			if err := s.DeleteThread(t.Context(), "t"); daybook.KindOf(err) != daybook.Unavailable {
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
			ok(t, s.DeleteThread(t.Context(), "t"))
		})
	}
}

// TestDeletionEndsByItself interrupts a deletion in a store that stays open.
func TestDeletionEndsByItself(t *testing.T) {
	dir := t.TempDir()
	_, address := lancetest.Run(t, filepath.Join(dir, "lance"))
	line := &cutter{behind: httputil.NewSingleHostReverseProxy(must(url.Parse(address))(t)), atCut: func() {}}
	front := httptest.NewServer(line)
	defer front.Close()
	s := open(t, front.URL, dir)
	withThread(t, s)
	line.mu.Lock()
	line.armed, line.left = true, 2
	line.mu.Unlock()
	if err := s.DeleteThread(t.Context(), "t"); err == nil {
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
		if e := must(s.Entry(t.Context(), "a"))(t); e.Text != "the sea" {
			t.Errorf("%s a says %q", when, e.Text)
		}
	}
	check("with the older copy", s)
	check("opened anew", open(t, address, filepath.Join(dir, "other")))
	ok(t, s.Apply(t.Context(), store.Batch{Put: []store.Note{note("new", "once more")}}))
	if e := must(s.Entry(t.Context(), "new"))(t); e.Text != "once more" {
		t.Errorf("afterwards new says %q", e.Text)
	}
}

// TestEmptyFolder has the server come back with an empty folder: the tables
// are made again without a restart of Daybook.
func TestEmptyFolder(t *testing.T) {
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

// TestMergeGoesOnInOrder ends a merge of a new thread that was interrupted
// when some of its messages were there.
func TestMergeGoesOnInOrder(t *testing.T) {
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
	_, added, err := s.MergeThread(t.Context(), daybook.Thread{ID: "t", Title: "T", CreatedAt: start, UpdatedAt: start}, all)
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
	_, _, err := s.BeginTurn(t.Context(), turn)
	ok(t, err)
	theirs := at(message("theirs", "t"), 30)
	ok(t, s.putMessages(t.Context(), []daybook.Message{theirs})) // without an extra, as the older service does
	before := order(t, s, "t")
	ok(t, s.AddMessage(t.Context(), at(message("last", "t"), 40)))
	if got := order(t, s, "t"); got != before+" last" {
		t.Errorf("the order was %q, and is %q", before, got)
	}
	_, _, err = s.MergeThread(t.Context(), daybook.Thread{ID: "t"}, []daybook.Message{at(message("early", "t"), -30), at(message("late", "t"), 50)})
	ok(t, err)
	turn.Answer.Status, turn.Answer.Text = daybook.Complete, "an answer"
	ok(t, s.UpdateTurn(t.Context(), turn))
	if got := order(t, s, "t"); got != "early "+before+" last late" {
		t.Errorf("the order was %q, and is %q", before, got)
	}
}
