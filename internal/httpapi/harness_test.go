package httpapi_test

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"daybook"
	"daybook/internal/almanac"
	"daybook/internal/chat"
	"daybook/internal/dates"
	"daybook/internal/httpapi"
	"daybook/internal/ingest"
	"daybook/internal/llm"
	"daybook/internal/llm/anthropic"
	"daybook/internal/llm/gemini"
	"daybook/internal/llm/llmhttp"
	"daybook/internal/llm/llmtest"
	"daybook/internal/llm/openai"
	"daybook/internal/notes"
	"daybook/internal/prompts"
	"daybook/internal/search"
	"daybook/internal/store/sqlite"
	"daybook/internal/text"
	"daybook/internal/threads"
	"daybook/internal/vault"
)

func TestMain(m *testing.M) {
	// A library below Google's SDK starts a worker when it is loaded.
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("go.opencensus.io/stats/view.(*worker).start"))
}

// diary is a small journal.
var diary = map[string]string{
	"01-05-2024.md":            "Swam in the lake before breakfast, four degrees. #swimming\n\nTea with Oda afterwards.",
	"02-10-2024.md":            "Oda lent me a book about bees; I read until two. #reading",
	"03-01-2024_03-02-2024.md": "Two days on the island with the red lighthouse.",
	"03-09-2024.md":            "The baker asked after the bees. I said: “they sleep”. #reading",
	"04-01-2024.md":            "",
}

// world is a whole Daybook on a port of its own, with a fake of the providers.
type world struct {
	t       *testing.T
	url     string
	fake    *llmtest.Server
	store   *sqlite.Store
	service *chat.Service
	notes   *notes.Service
	indexer *ingest.Indexer
	almanac *almanac.Almanac
	dir     string
	client  *http.Client
	log     *syncBuffer
}

// options change how a world is made.
type options struct {
	analyses  func(*sqlite.Store) httpapi.Analyses // nil for none
	play      func(llmtest.Request) llmtest.Script
	embedding string // a model to embed with
	intent    string
	config    func(*httpapi.Config)
	window    int
	idle      time.Duration
	journal   string // a folder in place of one with the diary
	evergreen bool   // there is a folder of evergreen notes
	formats   []string
}

type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func newWorld(t *testing.T, o options) *world {
	t.Helper()
	if o.play == nil {
		o.play = llmtest.Reply("You swam in the lake [1].")
	}
	w := &world{t: t, dir: t.TempDir(), log: &syncBuffer{}, client: &http.Client{Transport: &http.Transport{}}}
	w.fake = llmtest.Start(t, o.play)
	journal := filepath.Join(w.dir, "journal")
	for name, body := range diary {
		writeFile(t, filepath.Join(journal, name), body)
	}
	if o.journal == "" {
		o.journal = journal
	}
	w.open(o)
	t.Cleanup(w.client.CloseIdleConnections)
	return w
}

func writeFile(t testing.TB, path, body string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(body), 0o600); err != nil {
		t.Fatal(err)
	}
}

// open starts Daybook on the world's folder.
func (w *world) open(o options) {
	t := w.t
	log := slog.New(slog.NewTextHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	w.store = must(sqlite.Open(t.Context(), filepath.Join(w.dir, "data", "daybook.db")))(t)
	analyzer := must(text.New("english"))(t)
	folders := vault.Options{Journal: cmp.Or(o.journal, filepath.Join(w.dir, "journal")), DateFormats: o.formats}
	if o.evergreen {
		folders.Evergreen = filepath.Join(w.dir, "evergreen")
	}
	v := must(vault.New(folders))(t)
	w.indexer = ingest.New(v, analyzer, w.store)
	must(w.indexer.Run(t.Context(), nil))(t)
	w.notes = must(notes.New(notes.Config{
		Vault: v, Store: w.store, Indexer: w.indexer, Undo: filepath.Join(w.dir, "data", "undo"), UndoAge: time.Hour,
	}))(t)

	models := w.models(o)
	embedder, ref, ok := models.Embedder()
	if ok {
		must(ingest.Embedding{Index: w.store, Embedder: embedder, Model: ref}.Run(t.Context(), nil))(t)
	}
	now := func() time.Time { return time.Now().UTC() }
	searcher := search.New(search.Config{
		Index: w.store, Analyzer: analyzer, Embedder: embedder, Model: ref, Dates: func() dates.Options { return dates.Options{Today: daybook.DateOf(now())} },
	})
	w.service = chat.New(chat.Config{
		Models: lookup{models, o}, Searcher: searcher, Threads: threads.In(w.store),
		Prompts: must(prompts.Load(nil))(t), TopK: 5, Now: now, Log: log,
		Date: func(d daybook.Date) string { return d.String() },
	})
	w.almanac = almanac.New(almanac.Config{Index: w.store, Analyzer: analyzer, Searcher: searcher})
	config := httpapi.Config{
		Chat: w.service, Searcher: searcher, Threads: threads.In(w.store), Notes: w.notes, Almanac: w.almanac, Ready: func() bool { return true }, Now: now, Version: "test", Log: log,
		Origins: []string{"http://localhost:5173"},
	}
	if o.analyses != nil {
		config.Analyses = o.analyses(w.store)
	}
	if o.config != nil {
		o.config(&config)
	}
	server := httptest.NewServer(httpapi.Below(config.BasePath, httpapi.New(config)))
	w.url = server.URL
	service, store, notes := w.service, w.store, w.notes // open may be called again
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
		service.Close()
		if err := errors.Join(notes.Close(), store.Close()); err != nil {
			t.Error(err)
		}
	})
}

func (w *world) models(o options) *llm.Models {
	t := w.t
	client := llmhttp.NewClient(o.idle)
	t.Cleanup(client.CloseIdleConnections)
	tasks := map[llm.Task]llm.Ref{}
	for task, name := range map[llm.Task]string{llm.TaskEmbedding: o.embedding, llm.TaskIntent: o.intent} {
		if name != "" {
			tasks[task] = must(llm.ParseRef(name))(t)
		}
	}
	providers := []llm.Provider{
		openai.New(openai.Config{Name: "openai", APIKey: llmtest.Key, BaseURL: w.fake.BaseURL("openai"), HTTPClient: client}),
		anthropic.New(anthropic.Config{APIKey: llmtest.Key, BaseURL: w.fake.BaseURL("anthropic"), HTTPClient: client}),
		gemini.New(gemini.Config{APIKey: llmtest.Key, BaseURL: w.fake.BaseURL("gemini"), HTTPClient: client}),
	}
	return must(llm.NewModels(providers, tasks, nil))(t)
}

// lookup finds models as the program does.
type lookup struct {
	models *llm.Models
	o      options
}

func (l lookup) Lookup(provider, model string) (chat.Model, error) {
	ref := llm.Ref{Provider: llm.CanonicalProvider(provider), Model: model}
	if ref.Provider == chat.Offline {
		return chat.Model{Ref: ref}, nil
	}
	m, err := l.models.Chat(ref)
	window := l.o.window
	if window == 0 {
		window = llm.Window(ref)
	}
	return chat.Model{Chat: m, Ref: ref, Window: window, Output: 500}, err
}

func (l lookup) Intent() (chat.Model, bool) {
	ref, ok := l.models.Task(llm.TaskIntent)
	if !ok {
		return chat.Model{}, false
	}
	m, err := l.Lookup(ref.Provider, ref.Model)
	return m, err == nil
}

// do sends a request and returns its status and body. A string body is sent
// as it is, anything else as JSON.
func (w *world) do(method, path string, body any, headers ...string) (int, string) {
	w.t.Helper()
	resp := w.send(w.t.Context(), method, path, body, headers...)
	defer resp.Body.Close()
	return resp.StatusCode, string(must(io.ReadAll(resp.Body))(w.t))
}

func (w *world) send(ctx context.Context, method, path string, body any, headers ...string) *http.Response {
	w.t.Helper()
	var r io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		r = strings.NewReader(b)
	default:
		r = bytes.NewReader(must(json.Marshal(b))(w.t))
	}
	req := must(http.NewRequestWithContext(ctx, method, w.url+path, r))(w.t)
	req.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(headers); i += 2 {
		if headers[i] == "Host" {
			req.Host = headers[i+1]
			continue
		}
		req.Header.Set(headers[i], headers[i+1])
	}
	return must(w.client.Do(req))(w.t)
}

// get decodes the JSON answer of a request that must succeed.
func get[T any](w *world, method, path string, body any) T {
	w.t.Helper()
	status, text := w.do(method, path, body)
	var v T
	if err := json.Unmarshal([]byte(text), &v); err != nil || status != http.StatusOK {
		w.t.Fatalf("%s %s: %d %s", method, path, status, text)
	}
	return v
}

// frame is an event of a stream.
type frame struct{ event, data string }

// frames reads an event stream to its end. Comments are passed over.
func frames(t testing.TB, r io.Reader) []frame {
	t.Helper()
	var list []frame
	var f frame
	scanner := bufio.NewScanner(r)
	scanner.Buffer(nil, 10<<20)
	for scanner.Scan() {
		switch line := scanner.Text(); {
		case line == "":
			if f != (frame{}) {
				list = append(list, f)
			}
			f = frame{}
		case strings.HasPrefix(line, "event: "):
			f.event = line[len("event: "):]
		case strings.HasPrefix(line, "data: "):
			f.data = line[len("data: "):]
		case !strings.HasPrefix(line, ":"):
			t.Errorf("a line %q in an event stream", line)
		}
	}
	return list
}

// stream asks and reads the whole stream.
func (w *world) stream(body any) []frame {
	w.t.Helper()
	resp := w.send(w.t.Context(), http.MethodPost, "/journal_chat/stream", body)
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		w.t.Fatalf("status %d: %s", resp.StatusCode, must(io.ReadAll(resp.Body))(w.t))
	}
	if ct := resp.Header.Get("Content-Type"); !strings.HasPrefix(ct, "text/event-stream") {
		w.t.Errorf("content type %q", ct)
	}
	return frames(w.t, resp.Body)
}

// object is a JSON object.
type object = map[string]any

// asking is a question to a provider.
func asking(provider, query string, more ...any) object {
	o := object{"query": query, "provider": provider, "model": "m-1"}
	for i := 0; i < len(more); i += 2 {
		o[fmt.Sprint(more[i])] = more[i+1]
	}
	return o
}

// eventually waits until a condition holds.
func eventually(t testing.TB, within time.Duration, what string, holds func() bool) {
	t.Helper()
	deadline := time.Now().Add(within)
	for !holds() {
		if time.Now().After(deadline) {
			t.Fatalf("after %s it still does not hold: %s", within, what)
		}
		time.Sleep(2 * time.Millisecond)
	}
}
