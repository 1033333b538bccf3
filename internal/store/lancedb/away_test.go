package lancedb

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"daybook"
	"daybook/internal/store"
	"daybook/internal/store/lancedb/lancetest"
	"daybook/internal/threads"
)

var start = time.Date(2024, 3, 1, 12, 0, 0, 123456000, time.UTC)

func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// note is a note of one passage.
func note(id, text string) store.Note {
	d, err := daybook.ParseDate("2024-03-01")
	if err != nil {
		panic(err)
	}
	e := daybook.Entry{ID: id, Kind: daybook.Daily, Path: id + ".md", Title: id, Dates: []daybook.Date{d}, Text: text, TextLine: 1}
	return store.Note{
		Entry: e, State: store.NoteState{Kind: e.Kind, Path: e.Path, EntryID: id}, Passages: read(e),
	}
}

func message(id, thread string) daybook.Message {
	return daybook.Message{ID: id, ThreadID: thread, Time: start, Role: daybook.User, Text: "text of " + id}
}

func eventually(t testing.TB, what string, is func() bool) {
	t.Helper()
	for range 300 {
		if is() {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("%s does not come true", what)
}

// TestServerGoesAwayAndComesBack kills the server while a turn is answered:
// what is asked meanwhile fails with a reason, and nothing is lost.
func TestServerGoesAwayAndComesBack(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	dir := t.TempDir()
	server, address := lancetest.Run(t, filepath.Join(dir, "lance"))
	s := open(t, address, dir)
	ctx := t.Context()
	ok(t, s.Apply(ctx, store.Batch{Put: []store.Note{note("a", "the sea")}}))
	th := daybook.Thread{ID: "t", Title: "T", CreatedAt: start, UpdatedAt: start}
	ok(t, threads.In(s).CreateThread(ctx, th, message("m1", "t")))
	turn := daybook.Turn{ThreadID: "t", Key: "k", Question: message("q", "t"), Answer: message("a", "t"), Beat: start}
	turn.Answer.Role, turn.Answer.Status, turn.Answer.Text = daybook.Assistant, daybook.Pending, ""
	_, _, err := threads.In(s).BeginTurn(ctx, turn)
	ok(t, err)

	server.Kill()
	time.Sleep(2 * fresh)
	for name, err := range map[string]error{
		"Apply":       s.Apply(ctx, store.Batch{Put: []store.Note{note("b", "the river")}}),
		"Entry":       second(store.EntryOf(ctx, s, "a")),
		"SearchWords": second(s.SearchWords(ctx, store.WordQuery{Any: []string{"sea"}}, store.Filter{}, 5)),
		"Threads":     second(s.Threads(ctx)),
		"AddMessage":  threads.In(s).AddMessage(ctx, message("m2", "t")),
		"SetMeta":     s.Apply(ctx, store.SetMeta("k", "v")),
		"Generation":  second(s.Generation(ctx)),
	} {
		if daybook.KindOf(err) != daybook.Unavailable || !strings.Contains(daybook.PublicMessage(err), "cannot be reached") {
			t.Errorf("%s without a server: %v", name, err)
		}
	}
	turn.Answer.Status, turn.Answer.Text = daybook.Complete, "all of the answer"
	ok(t, threads.In(s).UpdateTurn(ctx, turn)) // the answer is not lost

	ok(t, server.Restart())
	eventually(t, "that the answer is on the server", func() bool {
		n, err := s.c.count(ctx, messagesTable, "content = 'all of the answer'")
		return err == nil && n == 1
	})
	list := must(s.Messages(ctx, "t"))(t)
	if len(list) != 3 || list[2].Text != "all of the answer" || list[2].Status != daybook.Complete {
		t.Errorf("messages %+v", list)
	}
	ok(t, s.Apply(ctx, store.Batch{Put: []store.Note{note("b", "the river")}}))
	if hits := must(s.SearchWords(ctx, store.WordQuery{Any: []string{"sea", "river"}}, store.Filter{}, 5))(t); len(hits) != 2 {
		t.Errorf("hits %+v", hits)
	}
}

func second[T any](_ T, err error) error { return err }

// TestOpenedWithoutAServer starts before the server does.
func TestOpenedWithoutAServer(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	dir := t.TempDir()
	server, address := lancetest.Run(t, filepath.Join(dir, "lance"))
	server.Kill()
	s := open(t, address, dir)
	if _, err := s.Stats(t.Context()); daybook.KindOf(err) != daybook.Unavailable {
		t.Errorf("without a server: %v", err)
	}
	ok(t, server.Restart())
	if stats := must(s.Stats(t.Context()))(t); stats.Entries != 0 {
		t.Errorf("stats %+v", stats)
	}
}

// gate is what stands before LanceDB Cloud: HTTPS, a key, the name of a
// database, and queries in the form of its own client, as flat as that.
func gate(t *testing.T, target string) *httptest.Server {
	u, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	behind := httputil.NewSingleHostReverseProxy(u)
	return httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Api-Key") != "the-key" || r.Header.Get("X-Lancedb-Database") != "diary" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		if strings.HasSuffix(r.URL.Path, "/query") {
			var q map[string]any
			if err := json.NewDecoder(r.Body).Decode(&q); err != nil {
				t.Error(err)
			}
			vector, flat := q["vector"].([]any)
			if !flat {
				w.WriteHeader(http.StatusBadRequest)
				return
			}
			q["vector"] = map[string]any{}
			if len(vector) > 0 {
				q["vector"] = map[string]any{"single_vector": vector}
			}
			if columns := q["columns"]; columns != nil {
				q["columns"] = map[string]any{"column_names": columns}
			} else {
				delete(q, "columns")
			}
			body, _ := json.Marshal(q)
			r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		}
		behind.ServeHTTP(w, r)
	}))
}

func TestBehindHTTPSWithAKey(t *testing.T) {
	dir := t.TempDir()
	_, address := lancetest.Run(t, filepath.Join(dir, "lance"))
	front := gate(t, address)
	defer front.Close()
	s := open(t, front.URL+"/diary", dir)
	s.c.http.Transport.(*http.Transport).TLSClientConfig = front.Client().Transport.(*http.Transport).TLSClientConfig
	_, err := s.Generation(t.Context())
	if daybook.KindOf(err) != daybook.Unavailable || !strings.Contains(daybook.PublicMessage(err), "DAYBOOK_LANCEDB_API_KEY") {
		t.Errorf("without a key: %v", err)
	}
	s.c.key = "the-key"
	ok(t, s.Apply(t.Context(), store.Batch{Put: []store.Note{note("a", "the sea")}}))
	sp := store.Space{Model: "p/m", Dim: 2}
	id := must(s.Passages(t.Context(), "a"))(t)[0].ID
	ok(t, s.PutVectors(t.Context(), sp, []store.PassageVector{{ID: id, Vector: []float32{1, 0}}}))
	if hits := must(s.SearchVectors(t.Context(), sp, []float32{1, 1}, store.Filter{}, 1, 0))(t); len(hits) != 1 || hits[0].Passage.ID != id {
		t.Errorf("hits %+v", hits)
	}
}

// writer is set in a process that writes until it is killed.
const writer = "DAYBOOK_TEST_LANCE_WRITER"

// TestWriter is that process: it has the note "n" say one thing after the
// other, each in many passages, and vectors follow.
func TestWriter(t *testing.T) {
	address, dir, _ := strings.Cut(os.Getenv(writer), " ")
	if dir == "" {
		t.Skip("this is a process of TestKilledWhileWriting")
	}
	s := open(t, address, dir)
	for i := 0; ; i++ {
		ok(t, s.Apply(context.Background(), store.Batch{Put: []store.Note{generation(i, "n"), generation(i, "o")}}))
		fmt.Fprintln(os.Stderr, "wrote", i)
	}
}

// generation is a note whose every passage says the same number.
func generation(i int, id string) store.Note {
	n := note(id, strings.Repeat(fmt.Sprintf("generation%d ", i), 30))
	one := n.Passages[0]
	n.Passages = nil
	for k := range 30 {
		p := one
		size := len(n.Entry.Text) / 30
		p.Index, p.Start, p.End = k, k*size, (k+1)*size
		p.Text, p.Terms = n.Entry.Text[p.Start:p.End], fmt.Sprintf("generation%d", i)
		n.Passages = append(n.Passages, p)
	}
	return n
}

// TestKilledWhileWriting kills a process that writes at random moments: what
// is found afterwards is one whole batch, and what was begun is swept up.
func TestKilledWhileWriting(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	dir := t.TempDir()
	_, address := lancetest.Run(t, filepath.Join(dir, "lance"))
	s := open(t, address, filepath.Join(dir, "reader"))
	for round := range 6 {
		cmd := exec.Command(os.Args[0], "-test.run=^TestWriter$", "-test.count=1")
		cmd.Env = append(os.Environ(), writer+"="+address+" "+filepath.Join(dir, "writer"))
		out, err := cmd.StderrPipe()
		ok(t, err)
		ok(t, cmd.Start())
		first := make([]byte, 6)
		if _, err := io.ReadFull(out, first); err != nil {
			t.Fatalf("the writer does not write: %v", err)
		}
		time.Sleep(time.Duration(17*round+3) * time.Millisecond)
		ok(t, cmd.Process.Kill())
		_ = cmd.Wait() // it was killed

		time.Sleep(fresh)
		notes := must(s.NotesOf(t.Context(), []string{"n", "o"}))(t)
		if len(notes) != 2 || notes[0].Entry.Text != notes[1].Entry.Text || len(notes[0].Passages) != 30 || len(notes[1].Passages) != 30 {
			t.Fatalf("half a batch is seen: %+v", notes)
		}
		for _, p := range append(notes[0].Passages, notes[1].Passages...) {
			if p.Terms+" " != p.Text || !strings.HasPrefix(notes[0].Entry.Text, p.Text) {
				t.Fatalf("a passage of another generation is seen: %+v", p)
			}
		}
	}
	ok(t, s.tidy(t.Context(), 0))
	for table, want := range map[string]int{entriesTable: 2, textsTable: 2, passagesTable: 60} {
		if n := must(s.c.count(t.Context(), table, ""))(t); n != want {
			t.Errorf("%d rows are left in %s, want %d", n, table, want)
		}
	}
}
