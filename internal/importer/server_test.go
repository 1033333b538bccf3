package importer

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"daybook"
	"daybook/internal/threads"
)

// olderServer plays the older service.
type olderServer struct {
	*httptest.Server
	threads  []object
	messages map[string][]object
	// special answers some paths by itself.
	special map[string]http.HandlerFunc

	mu    sync.Mutex
	asked []string // paths, with the token that came
}

func startOlder(t *testing.T, threads, each int) *olderServer {
	t.Helper()
	s := &olderServer{messages: map[string][]object{}, special: map[string]http.HandlerFunc{}}
	for i := range threads {
		s.threads = append(s.threads, threadRecord(i))
		for j := range each {
			s.messages[threadID(i)] = append(s.messages[threadID(i)], messageRecord(i, j))
		}
	}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

func (s *olderServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.asked = append(s.asked, r.URL.Path+" "+r.Header.Get("Authorization"))
	s.mu.Unlock()
	if f := s.special[r.URL.Path]; f != nil {
		f(w, r)
		return
	}
	var out any = s.threads
	if id, ok := strings.CutPrefix(r.URL.Path, "/threads/"); ok {
		list := s.messages[strings.TrimSuffix(id, "/messages")]
		out = append([]object{}, list...) // an unknown thread: an empty list
	} else if r.URL.Path != "/threads" {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(out) // a client that left is none of its business
}

func (s *olderServer) paths() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.asked)
}

func TestServerIsImported(t *testing.T) {
	s := startOlder(t, 3, 4)
	w := newWorld(t)
	for _, address := range []string{s.URL, s.URL + "/", strings.Replace(s.URL, "http://", "HTTP://", 1)} {
		r := w.imports(address)
		if r.Kind != Server || r.Threads.In+r.Threads.There != 3 || r.Messages.In+r.Messages.There != 12 || len(r.Left) > 0 {
			t.Errorf("%s: %+v %s", address, r, left(r))
		}
	}
	for i := range 3 {
		w.wantThread(i, 0, 1, 2, 3)
	}
	before := dump(t, w.store)
	// The same by way of a file comes to the same.
	if r := w.imports(w.write("chats.json", chatsJSON(3, 4))); r.Threads.There != 3 || r.Messages.There != 12 {
		t.Errorf("%+v", r)
	}
	want(t, "the store", dump(t, w.store), before)
}

func TestServerFailsSomeThreads(t *testing.T) {
	s := startOlder(t, 9, 2)
	path := func(i int) string { return "/threads/" + threadID(i) + "/messages" }
	s.special[path(1)] = func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "SECRET", http.StatusInternalServerError) }
	s.special[path(2)] = func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"detail": "SECRET"}`) }
	s.special[path(3)] = func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `[{"message_id": "SEC`) }
	s.special[path(4)] = func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }
	s.special[path(5)] = func(w http.ResponseWriter, _ *http.Request) {
		spaces := strings.Repeat(" ", 1<<20)
		for range maxReply>>20 + 1 {
			fmt.Fprint(w, spaces)
		}
	}
	other := messageRecord(0, 5)
	s.messages[threadID(6)] = append(s.messages[threadID(6)], other, messageRecord(6, 0), nil)
	s.threads = append(s.threads, threadRecord(0), object{"thread_id": "../../x"})
	w := newWorld(t)
	r := w.imports(s.URL)
	if r.Threads.In != 4 || r.Messages.In != 8 {
		t.Errorf("%+v", r)
	}
	for _, i := range []int{0, 6, 7, 8} {
		w.wantThread(i, 0, 1)
	}
	want(t, "left out", left(r), strings.Join([]string{
		"1 message of a thread other than the requested one thread " + threadID(6) + " messages[2]",
		"1 message with an id that came before thread " + threadID(6) + " messages[3]",
		"1 message with an id that is not a UUID thread " + threadID(6) + " messages[4]",
		"1 thread The server answered 500. thread " + threadID(1),
		"1 thread The server cannot be reached thread " + threadID(4),
		"1 thread The server's answer is larger than 64 MB. thread " + threadID(5),
		"1 thread with an id that came before threads[9]",
		"1 thread with an id that is not a UUID threads[10]",
		"2 thread The server's answer is not a list of the requested kind. thread " + threadID(2) + " thread " + threadID(3),
	}, "\n"))
	if data, err := json.Marshal(r); err != nil || strings.Contains(string(data), "SECRET") {
		t.Errorf("the report shows what was said: %s, %v", data, err)
	}
	// What was lost comes with the next import.
	clear(s.special)
	if r := w.imports(s.URL); r.Threads != (Count{In: 5, There: 4}) {
		t.Errorf("%+v", r)
	}
}

func TestServerWithAToken(t *testing.T) {
	const token = "token-of-the-older-one"
	s := startOlder(t, 1, 1)
	s.special["/threads"] = func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer "+token {
			http.Error(w, "no", http.StatusUnauthorized)
			return
		}
		_ = json.NewEncoder(w).Encode(s.threads) // as above
	}
	w := newWorld(t)
	r, err := New(w.c).Import(t.Context(), s.URL)
	if err != nil || !r.Unread() || daybook.KindOf(r.Err) != daybook.Unauthorized {
		t.Errorf("%v, %v", err, r.Err)
	}
	w.c.Token = token
	if r := w.imports(s.URL); r.Threads.In != 1 || r.Messages.In != 1 {
		t.Errorf("%+v", r)
	}
	if paths := s.paths(); !strings.HasSuffix(paths[len(paths)-1], "Bearer "+token) {
		t.Errorf("asked: %q", paths)
	}
}

func TestRedirects(t *testing.T) {
	elsewhere := startOlder(t, 1, 1)
	s := startOlder(t, 2, 1)
	// Python's frameworks send a path on to itself with a slash.
	s.special["/threads/"+threadID(0)+"/messages"] = func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, r.URL.Path+"/", http.StatusTemporaryRedirect)
	}
	s.special["/threads/"+threadID(0)+"/messages/"] = func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(s.messages[threadID(0)]) // as above
	}
	s.special["/threads/"+threadID(1)+"/messages"] = func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, elsewhere.URL+r.URL.Path, http.StatusFound)
	}
	w := newWorld(t)
	w.c.Token = "secret"
	r := w.imports(s.URL)
	if r.Threads.In != 1 || r.Messages.In != 1 {
		t.Errorf("%+v", r)
	}
	want(t, "left out", left(r), "1 thread The server redirects to another address. Import from that one thread "+threadID(1))
	s.special["/threads"] = func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/threads", http.StatusFound) }
	if r, err := New(w.c).Import(t.Context(), s.URL); err != nil || !r.Unread() {
		t.Errorf("sent round in circles: %v, %v", err, r.Err)
	}
	if paths := elsewhere.paths(); len(paths) > 0 {
		t.Errorf("the other server was asked: %q", paths)
	}
}

func TestAddresses(t *testing.T) {
	w := newWorld(t)
	for address, shown := range map[string]string{
		"http://diary.example.org":            "http://diary.example.org",
		"http://192.168.0.9:8000":             "http://192.168.0.9:8000",
		"http://localhost.example.org":        "http://localhost.example.org",
		"http://2130706433/":                  "http://2130706433/",
		"http://":                             "http:",
		"http://u:hunter2@127.0.0.1":          "http://127.0.0.1",
		"http://127.0.0.1/?token=hunter2":     "http://127.0.0.1/",
		"http://127.0.0.1/#hunter2":           "http://127.0.0.1/",
		"http://127.0.0.1:hunter2/":           "an address",
		"https://diary.invalid:1/%zz?hunter2": "an address",
	} {
		r, err := New(w.c).Import(t.Context(), address)
		if err != nil || !r.Unread() || daybook.KindOf(r.Err) != daybook.Invalid || r.Source != shown {
			t.Errorf("%s: %v, %v, shown as %s", address, err, r.Err, r.Source)
		}
		if strings.Contains(fmt.Sprint(r.Err), "hunter2") {
			t.Errorf("%s: %v", address, r.Err)
		}
	}
	im := New(Config{Store: w.store, Threads: threads.In(w.store), InsecureHTTP: true})
	if _, err := im.openServer("http://192.168.0.9:8000"); err != nil {
		t.Errorf("allowed all the same: %v", err)
	}
	for _, address := range []string{"http://localhost:1", "http://127.9.9.9", "http://[::1]:8000/old", "https://diary.example.org", "http://a.localhost"} {
		if _, err := New(w.c).openServer(address); err != nil {
			t.Errorf("%s: %v", address, err)
		}
	}
}

// If a server stops answering, the import gives up instead of waiting for each
// thread.
func TestServerStopsAnswering(t *testing.T) {
	s := startOlder(t, 12, 1)
	left0 := make(chan struct{})
	t.Cleanup(func() { close(left0) })
	for i := 2; i < 12; i++ {
		s.special["/threads/"+threadID(i)+"/messages"] = func(_ http.ResponseWriter, r *http.Request) {
			select {
			case <-r.Context().Done():
			case <-left0:
			}
		}
	}
	w := newWorld(t)
	im := New(w.c)
	im.timeout = 200 * time.Millisecond
	r, err := im.Import(t.Context(), s.URL)
	if err != nil || r.Err != nil || r.Threads.In != 2 {
		t.Errorf("%v, %+v", err, r)
	}
	if n := len(s.paths()); n != 1+2+giveUp {
		t.Errorf("%d requests", n)
	}
	if len(r.Left) != 2 || r.Left[0].Count != giveUp || r.Left[1].Count != 10-giveUp || !strings.Contains(r.Left[0].Reason, "in time") {
		t.Errorf("left out:\n%s", left(r))
	}
	s.Close()
	if r, err := im.Import(t.Context(), s.URL); err != nil || !r.Unread() || daybook.KindOf(r.Err) != daybook.Upstream {
		t.Errorf("a server that is not there: %v, %v", err, r.Err)
	}
}

func TestServerFailsEveryThread(t *testing.T) {
	s := startOlder(t, 2, 1)
	for i := range 2 {
		s.special["/threads/"+threadID(i)+"/messages"] = func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "", http.StatusInternalServerError) }
	}
	w := newWorld(t)
	if r, err := New(w.c).Import(t.Context(), s.URL); err != nil || !r.Unread() {
		t.Errorf("%v, %+v", err, r)
	}
	s.threads = []object{}
	if r := w.imports(s.URL); r.Threads != (Count{}) || r.Unread() {
		t.Errorf("a server without threads: %+v", r)
	}
}
