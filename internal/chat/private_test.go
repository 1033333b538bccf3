package chat_test

import (
	"context"
	"iter"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"daybook"
	"daybook/internal/chat"
	"daybook/internal/dates"
	"daybook/internal/ingest"
	"daybook/internal/llm"
	"daybook/internal/llm/llmtest"
	"daybook/internal/llm/openai"
	"daybook/internal/private"
	"daybook/internal/prompts"
	"daybook/internal/search"
	"daybook/internal/store"
	"daybook/internal/store/sqlite"
	"daybook/internal/text"
	"daybook/internal/threads"
	"daybook/internal/vault"
)

func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// world is a journal that can be asked, with nothing between the chat and the
// provider: what the chat lets through is sent.
type world struct {
	silent bool  // the provider does not respond when a question is to be classified
	days   []int // what a model keeps of the days that may count; nil is no answer
	t      *testing.T
	folder string
	store  *sqlite.Store
	index  *ingest.Indexer
	fake   *llmtest.Server
	config chat.Config
	chat   *chat.Service
	after  func() // is called once, after the next search
	enough func() // is called once, when a model has looked enough
	seen   int
}

// hooked is a Searcher after whose searches something happens.
type hooked struct {
	*search.Searcher
	w *world
}

func (h hooked) Find(ctx context.Context, q search.Query, k int) (search.Found, error) {
	found, err := h.Searcher.Find(ctx, q, k)
	if after := h.w.after; after != nil {
		h.w.after = nil
		after()
	}
	return found, err
}

type models struct{ model llm.ChatModel }

// hushed is a model whose provider may not respond.
type hushed struct {
	llm.ChatModel
	w *world
}

func (m hushed) Stream(ctx context.Context, req llm.Request) iter.Seq2[llm.Chunk, error] {
	if m.w.silent && req.Schema != nil && req.Schema.Name == "intent" {
		return func(yield func(llm.Chunk, error) bool) {
			yield(llm.Chunk{}, &llm.Error{Provider: "openai", Down: true, Public: &daybook.Error{Kind: daybook.Upstream, Message: "openai did not respond in time."}})
		}
	}
	return m.ChatModel.Stream(ctx, req)
}

func (m models) Lookup(provider, model string) (chat.Model, error) {
	if provider == chat.Offline {
		return chat.Model{Ref: llm.Ref{Provider: provider}}, nil
	}
	return chat.Model{Chat: m.model, Ref: llm.Ref{Provider: provider, Model: model}, Window: 100_000, Output: 1000}, nil
}

func (m models) Intent() (chat.Model, bool) { return chat.Model{}, false }

func newWorld(t *testing.T, notes map[string]string) *world {
	w := &world{t: t, folder: t.TempDir()}
	w.store = must(sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "daybook.db")))(t)
	v := must(vault.New(vault.Options{Journal: w.folder, PrivateTags: []string{"private"}}))(t)
	a := must(text.New("english"))(t)
	w.index = ingest.New(v, a, w.store)
	for name, note := range notes {
		w.write(name, note)
	}
	must(w.index.Run(t.Context(), nil))(t)
	w.fake = llmtest.Start(t, func(r llmtest.Request) llmtest.Script {
		if r.Wants("days") && w.days != nil {
			return llmtest.Script{Deltas: llmtest.Object(map[string]any{"days": w.days}, 20)}
		}
		if r.Wants("title") {
			return llmtest.Script{Deltas: llmtest.Answer("title", "A title", 20)}
		}
		if len(r.Tools) > 0 && len(r.Messages[len(r.Messages)-1].Results) == 0 {
			return llmtest.Script{Calls: []llm.ToolCall{
				{ID: "a", Name: "search", Arguments: []byte(`{"reasoning":"r","query":"harbour","from":"","to":""}`)},
				{ID: "b", Name: "read_days", Arguments: []byte(`{"reasoning":"r","from":"","to":""}`)},
				{ID: "c", Name: "recent_days", Arguments: []byte(`{"reasoning":"r","count":10}`)},
				{ID: "d", Name: "count_mentions", Arguments: []byte(`{"reasoning":"r","query":"qillwort","asked":"count","from":"","to":""}`)},
			}}
		}
		if len(r.Tools) > 0 {
			if enough := w.enough; enough != nil {
				w.enough = nil
				enough()
			}
			return llmtest.Script{Deltas: []string{"Enough."}}
		}
		return llmtest.Reply("At the harbour.")(r)
	})
	client := &http.Client{Transport: &http.Transport{}}
	provider := openai.New(openai.Config{Name: "openai", APIKey: llmtest.Key, BaseURL: w.fake.BaseURL("openai"), HTTPClient: client})
	now := func() time.Time { return time.Date(2024, 6, 1, 12, 0, 0, 0, time.UTC) }
	s := search.New(search.Config{Index: w.store, Analyzer: a, Dates: func() dates.Options {
		return dates.Options{Today: dates.Today(now(), time.UTC), MonthFirst: true}
	}})
	w.config = chat.Config{
		Models: models{hushed{provider.Chat, w}}, Searcher: hooked{s, w}, Threads: threads.In(w.store), Prompts: must(prompts.Load(nil))(t),
		Guard:   private.New(private.Config{Index: w.store, Analyzer: a, Vault: v, Current: w.index.Current}),
		Default: llm.Ref{Provider: "openai", Model: "m"}, TopK: 3, Now: now, Date: daybook.Date.String,
	}
	w.chat = chat.New(w.config)
	t.Cleanup(func() {
		w.chat.Close()
		client.CloseIdleConnections()
		_ = w.store.Close()
	})
	return w
}

func (w *world) write(name, note string) {
	if err := os.WriteFile(filepath.Join(w.folder, name), []byte(note), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

// sent returns everything that was sent since the last time.
func (w *world) sent() string {
	requests := w.fake.Requests()
	var b strings.Builder
	for _, r := range requests[w.seen:] {
		b.WriteString(r.System)
		for _, m := range r.Messages {
			b.WriteString("\n" + m.Text)
			for _, result := range m.Results {
				b.WriteString("\n" + result.Content)
			}
		}
	}
	w.seen = len(requests)
	return b.String()
}

// lastAgent returns what the agent was told last.
func (w *world) lastAgent() string {
	for _, r := range slices.Backward(w.fake.Requests()) {
		if len(r.Tools) > 0 {
			return r.System
		}
	}
	return ""
}

// withholds fails where one of the words was sent, or nothing was.
func (w *world) withholds(doing string, words ...string) string {
	w.t.Helper()
	sent := w.sent()
	for _, word := range words {
		if strings.Contains(strings.ToLower(sent), word) {
			w.t.Errorf("%s: %q was sent", doing, word)
		}
	}
	if sent == "" {
		w.t.Errorf("%s: nothing was sent", doing)
	}
	return sent
}

func (w *world) asks(req chat.Request) (chat.Found, chat.Done) {
	w.t.Helper()
	if req.Provider == "" {
		req.Provider, req.Model = "openai", "m"
	}
	found, done, err := chat.Collect(w.chat.Answer(w.t.Context(), req))
	if err != nil {
		w.t.Fatalf("%q: %v", req.Query, err)
	}
	return found, done
}

func harbour() map[string]string {
	return map[string]string{
		"05-01-2024.md": "The harbour in the rain, and a ferry.",
		"05-02-2024.md": "---\nprivate: true\n---\nHarbour, harbour, harbour: the quillwort is by the harbour wall.",
		"05-03-2024.md": "A letter about the harbour. Ursula read it.",
		"05-04-2024.md": "The harbour again, with soup and bread.",
		"05-05-2024.md": "I hate all of it. #private",
		"05-06-2024.md": "---\nprivate: true\n---\nSoup, bread, letter.",
	}
}

// What is found is filled up with other notes, and a note that is marked while
// an answer is on its way is not sent.
func TestModelGetsNoPrivateNote(t *testing.T) {
	w := newWorld(t, harbour())
	found, done := w.asks(chat.Request{Query: "What of the harbour?"})
	w.withholds("a search", "quillwort")
	if len(found.Results) != 3 || done.PrivateLeftOut != 1 {
		t.Errorf("%d notes were found, %d left out", len(found.Results), done.PrivateLeftOut)
	}
	w.after = func() { w.write("05-03-2024.md", "A letter about the harbour. Ursula read it. #private") }
	_, done = w.asks(chat.Request{Query: "What of the harbour?"})
	w.withholds("a note marked while it was found", "quillwort", "letter")
	if done.PrivateLeftOut != 2 {
		t.Errorf("%d are left out", done.PrivateLeftOut)
	}
	_, done = w.asks(chat.Request{Query: "What of the harbour?", Agent: true})
	if sent := w.withholds("an agent", "quillwort", "letter", "i hate"); !strings.Contains(sent, "soup") || done.PrivateLeftOut != 4 {
		t.Errorf("an agent was given %q, and %d left out", sent, done.PrivateLeftOut)
	}
	if sent := w.lastAgent(); !strings.Contains(sent, "from 2024-05-01 to 2024-05-04.") {
		t.Errorf("an agent is told of private days: %q", sent)
	}
	w.enough = func() { w.write("05-04-2024.md", "The harbour again, with soup and bread. #private") }
	w.sent()
	_, done = w.asks(chat.Request{Query: "What of the harbour?", Agent: true})
	requests := w.fake.Requests()
	if last := requests[len(requests)-1]; strings.Contains(last.Messages[len(last.Messages)-1].Text, "soup") || done.PrivateLeftOut != 5 {
		t.Errorf("a note that was marked after an agent had read it is sent, and %d are left out", done.PrivateLeftOut)
	}
	w.sent()
	_, done = w.asks(chat.Request{Query: "How often did I mention the qillwort?"})
	w.withholds("a word spelled as in a private note alone", "quillwort")
	if done.PrivateLeftOut == 0 {
		t.Error("what was counted is not said to be left out")
	}
	if _, done = w.asks(chat.Request{Query: "How often did I mention the quillwort?", Provider: chat.Offline}); !strings.Contains(done.Text, "one day") || done.PrivateLeftOut != 0 {
		t.Errorf("offline: %q", done.Text)
	}
}

// An event that only a private note has does not lead a model to the day after it,
// also if the note is marked while it is being found.
func TestPrivateEventIsNotRevealed(t *testing.T) {
	const question = "What did I do the day after the coronation?"
	notes := map[string]string{
		"05-06-2023.md": "The coronation of the quillwort king. #private",
		"05-07-2023.md": "Soup and bread.",
		"07-01-2023.md": "A letter from Ursula.",
	}
	w := newWorld(t, notes)
	w.asks(chat.Request{Query: question})
	w.withholds("an event in a private note", "quillwort", "2023-05-06", "soup")

	notes["05-06-2023.md"] = "The coronation of the quillwort king."
	w = newWorld(t, notes)
	if found, _ := w.asks(chat.Request{Query: question}); len(found.Results) == 0 || found.Results[0].Entry.Path != "05-07-2023.md" {
		t.Fatalf("the day after a public event is not found: %+v", found.Results)
	}
	w.sent()
	w.after = func() { w.write("05-06-2023.md", notes["05-06-2023.md"]+" #private") }
	w.asks(chat.Request{Query: question})
	w.withholds("an event marked while it was found", "quillwort", "2023-05-06", "soup")
}

// What a conversation rests on goes with it, over several turns, and by words
// where that is not known.
func TestConversationKeepsPrivate(t *testing.T) {
	w := newWorld(t, harbour())
	// A model is given a note, says something of it in words of its own, and the
	// note is marked: none of that is said to a model again.
	_, first := w.asks(chat.Request{Query: "What of the letter?", Save: true})
	w.asks(chat.Request{Query: "And then?", Save: true, ThreadID: first.ThreadID})
	w.asks(chat.Request{Query: "Soup and bread?", Save: true, ThreadID: first.ThreadID})
	if sent := w.sent(); !strings.Contains(sent, "Ursula read it") || !strings.Contains(sent, "What of the letter?\n") {
		t.Fatalf("the conversation was not sent: %q", sent)
	}
	w.write("05-03-2024.md", "---\nprivate: true\n---\nA letter about the harbour. Ursula read it.")
	must(w.index.Run(t.Context(), nil))(t)
	_, done := w.asks(chat.Request{Query: "Why?", ThreadID: first.ThreadID})
	w.withholds("a conversation that rests on it", "letter", "and then", "soup and bread?", "at the harbour.")
	if done.PrivateLeftOut == 0 {
		t.Error("it is not said to be left out")
	}
	title := must(w.chat.Title(t.Context(), first.ThreadID, "", ""))(t)
	if sent := w.sent(); sent != "" || title != "What of the letter?" {
		t.Errorf("the title is %q, for which was sent %q", title, sent)
	}
	// Unmarked, it is said again.
	w.write("05-03-2024.md", "A letter about the harbour. Ursula read it.")
	must(w.index.Run(t.Context(), nil))(t)
	w.asks(chat.Request{Query: "Why?", ThreadID: first.ThreadID})
	if sent := w.sent(); !strings.Contains(sent, "And then?") {
		t.Errorf("unmarked, the conversation is still missing in %q", sent)
	}

	said := []chat.HistoryMessage{
		{Role: daybook.User, Text: "Which plant?"}, {Role: daybook.Assistant, Text: "The Quillwort."}, {Role: daybook.User, Text: "Say it."},
		{Role: daybook.Assistant, Text: "harbour, harbour, harbour: the"}, {Role: daybook.User, Text: "Good weather today."},
	}
	w.asks(chat.Request{Query: "Why the quillwort?", History: said}) // that is the user's own
	sent := w.withholds("a history", "which plant", "the quillwort.", "say it.", "harbour, harbour, harbour")
	if !strings.Contains(sent, "Good weather today.") || !strings.Contains(sent, "<QUERY>Why the quillwort?") {
		t.Errorf("the rest of a history is missing in %q", sent)
	}
	// What older versions kept does not say all that it rests on.
	at := time.Date(2024, 6, 1, 0, 0, 0, 0, time.UTC)
	old := daybook.Thread{ID: "11111111-1111-4111-8111-111111111111", CreatedAt: at, UpdatedAt: at}
	cites := daybook.Message{ID: "m2", ThreadID: old.ID, Time: at, Role: daybook.Assistant, Text: "It was by the wall.", Trace: []byte(`{"provider":"openai"}`),
		Citations: []daybook.Citation{{Number: 1, EntryID: w.id("05-02-2024.md")}}}
	words := daybook.Message{ID: "m4", ThreadID: old.ID, Time: at, Role: daybook.Assistant, Text: "A quillwort, then.", Trace: []byte(`{"provider":"openai"}`)}
	if err := threads.In(w.store).CreateThread(t.Context(), old, daybook.Message{ID: "m1", ThreadID: old.ID, Time: at, Role: daybook.User, Text: "Where was it?"}, cites,
		daybook.Message{ID: "m3", ThreadID: old.ID, Time: at, Role: daybook.User, Text: "Sure?"}, words, daybook.Message{ID: "m5", ThreadID: old.ID, Time: at, Role: daybook.User, Text: "Fine."}); err != nil {
		t.Fatal(err)
	}
	w.asks(chat.Request{Query: "Why?", ThreadID: old.ID})
	if sent := w.withholds("an older conversation", "where was it", "by the wall", "sure?", "quillwort"); !strings.Contains(sent, "Fine.") {
		t.Errorf("the rest of it is missing in %q", sent)
	}
	must(w.chat.Title(t.Context(), old.ID, "", ""))(t)
	w.sent()
}

func (w *world) id(path string) string {
	for _, e := range must(w.store.Newest(w.t.Context(), store.Filter{}, 0))(w.t) {
		if e.Path == path {
			return e.ID
		}
	}
	w.t.Fatalf("there is no %s", path)
	return ""
}

func TestDocumentsKeepPrivate(t *testing.T) {
	w := newWorld(t, harbour())
	_, done := w.asks(chat.Request{Query: "What is this?", Existing: []chat.Doc{
		{Title: "x", Content: "About the quillwort."}, {Title: "05-05-2024", Content: "I hate all of it."}, {Title: "2024-05-05", Content: "hate all"}, {Title: "05-06-2024.md", Content: "Soup, bread, letter."},
		{Title: "05-01-2024", Content: "The harbour in the rain."}, {Title: "of mine", Content: "Nothing from the journal."},
	}})
	sent := w.withholds("documents", "quillwort", "i hate", "hate all", "soup, bread")
	if !strings.Contains(sent, "in the rain") || !strings.Contains(sent, "Nothing from the journal") || done.PrivateLeftOut != 3 {
		t.Errorf("sent was %q, %d left out", sent, done.PrivateLeftOut)
	}
}
