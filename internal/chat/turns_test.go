package chat_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"daybook"
	"daybook/internal/chat"
	"daybook/internal/llm"
	"daybook/internal/llm/llmhttp"
	"daybook/internal/llm/llmtest"
	"daybook/internal/llm/openai"
	"daybook/internal/prompts"
	"daybook/internal/rank"
	"daybook/internal/search"
	"daybook/internal/store"
	"daybook/internal/store/sqlite"
	"daybook/internal/text"
	"daybook/internal/threads"
)

// diary is the journal of these tests, by day of January 2024.
var diary = []string{
	"Swam in the lake before breakfast, four degrees.",
	"Oda lent me a book about bees; I read until two.",
	"The baker asked after the bees.",
}

// keptThreads are conversations whose writes can be made to fail.
type keptThreads struct {
	*threads.Service
	db   *sqlite.Store
	mu   sync.Mutex
	fail func(daybook.Turn) error // of UpdateTurn; nil for none
}

func (t *keptThreads) UpdateTurn(ctx context.Context, turn daybook.Turn) error {
	t.mu.Lock()
	fail := t.fail
	t.mu.Unlock()
	if fail != nil {
		if err := fail(turn); err != nil {
			return err
		}
	}
	return t.Service.UpdateTurn(ctx, turn)
}

func (t *keptThreads) failing(f func(daybook.Turn) error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.fail = f
}

// fixture is a chat service over a real store and a fake provider.
type fixture struct {
	*chat.Service
	t       *testing.T
	threads *keptThreads
	fake    *llmtest.Server
	window  int
	intent  bool          // a model is set for intents
	help    time.Duration // that the model may take to improve a search; 0 is off
}

func newFixture(t *testing.T, play func(llmtest.Request) llmtest.Script) *fixture {
	t.Helper()
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "daybook.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	f := &fixture{t: t, threads: &keptThreads{Service: threads.In(db), db: db}, fake: llmtest.Start(t, play), window: 100_000}
	for i, body := range diary {
		f.put(daybook.Entry{
			ID: fmt.Sprint("day", i+1), Text: body, Kind: daybook.Daily,
			Dates: []daybook.Date{{Year: 2024, Month: time.January, Day: i + 1}},
		})
	}
	f.Service = f.service(nil)
	t.Cleanup(f.Close)
	return f
}

// put indexes an entry as a single passage.
func (f *fixture) put(e daybook.Entry) {
	f.t.Helper()
	analyzer, err := text.New("english")
	if err != nil {
		f.t.Fatal(err)
	}
	e.Path, e.Title, e.TextLine = e.ID+".md", e.ID, 1
	note := store.Note{
		State: store.NoteState{Kind: e.Kind, Path: e.Path, EntryID: e.ID},
		Entry: e, Passages: []store.IndexedPassage{{Passage: daybook.Passage{EntryID: e.ID, End: len(e.Text), Line: 1, Text: e.Text}, Terms: analyzer.Terms(e.Text)}},
	}
	if err := f.threads.db.Apply(f.t.Context(), store.Batch{Put: []store.Note{note}}); err != nil {
		f.t.Fatal(err)
	}
}

// service returns another service on the same data, as another server has.
func (f *fixture) service(change func(*chat.Config)) *chat.Service {
	f.t.Helper()
	analyzer, err := text.New("english")
	if err != nil {
		f.t.Fatal(err)
	}
	set, err := prompts.Load(nil)
	if err != nil {
		f.t.Fatal(err)
	}
	db := f.threads.db
	c := chat.Config{
		Models: f, Searcher: search.New(search.Config{Index: db, Analyzer: analyzer}), Threads: f.threads,
		Prompts: set, TopK: 5, Now: func() time.Time { return time.Now().UTC() }, Date: daybook.Date.String,
	}
	if change != nil {
		change(&c)
	}
	return chat.New(c)
}

func (f *fixture) Lookup(provider, model string) (chat.Model, error) {
	ref := llm.Ref{Provider: provider, Model: model}
	if provider == chat.Offline {
		return chat.Model{Ref: ref}, nil
	}
	client := llmhttp.NewClient(0)
	f.t.Cleanup(client.CloseIdleConnections)
	p := openai.New(openai.Config{Name: "openai", APIKey: llmtest.Key, BaseURL: f.fake.BaseURL("openai"), HTTPClient: client})
	m := chat.Model{Chat: p.Chat, Ref: ref, Window: f.window, Output: 500}
	if f.help > 0 {
		set, err := prompts.Load(nil)
		if err != nil {
			return m, err
		}
		m.Help = &rank.Helper{Chat: p.Chat, Ref: ref, Window: f.window, Prompts: set, Within: f.help}
	}
	return m, nil
}

func (f *fixture) Intent() (chat.Model, bool) {
	m, err := f.Lookup("openai", "intent")
	return m, err == nil && f.intent
}

func ask(query string) chat.Request {
	return chat.Request{Query: query, Provider: "openai", Model: "m", Save: true}
}

// answer runs a question to its end.
func (f *fixture) answer(req chat.Request) (chat.Found, chat.Done, error) {
	return chat.Collect(f.Answer(f.t.Context(), req))
}

// messages returns what is saved of a thread.
func (f *fixture) messages(thread string) []daybook.Message {
	f.t.Helper()
	list, err := f.Messages(f.t.Context(), thread)
	if err != nil {
		f.t.Fatal(err)
	}
	return list
}

func TestSavedTurn(t *testing.T) {
	f := newFixture(t, llmtest.Reply("You swam [1]."))
	req := ask("When did I swim in the lake?")
	req.Key = "k"
	found, done, err := f.answer(req)
	if err != nil || done.Text != "You swam [1]." || len(found.Results) == 0 {
		t.Fatalf("%+v, %v", done, err)
	}
	list := f.messages(done.ThreadID)
	if len(list) != 2 || list[0].Text != req.Query || list[1].Text != done.Text || list[1].Status != daybook.Complete || list[1].ID != done.MessageID {
		t.Fatalf("saved %+v", list)
	}
	if c := list[1].Citations; len(c) == 0 || c[0].Number != 1 || c[0].EntryID != "day1" || c[0].Date.String() != "2024-01-01" {
		t.Errorf("citations %+v", c)
	}
	// The same key is the same turn, without another call.
	calls := len(f.fake.Requests())
	if _, again, err := f.answer(req); err != nil || again.Text != done.Text || again.MessageID != done.MessageID || len(f.fake.Requests()) != calls {
		t.Errorf("again: %+v, %v, %d calls", again, err, len(f.fake.Requests())-calls)
	}
	if len(f.messages(done.ThreadID)) != 2 {
		t.Error("the turn was saved twice")
	}
	other := ask("Who lent me a book?")
	other.Key = "k"
	if _, _, err := f.answer(other); daybook.KindOf(err) != daybook.Conflict {
		t.Errorf("another question with the same key: %v", err)
	}
}

// An answer that could not be saved ends in an error, even when the model
// finished: nobody may be told that it is saved.
func TestFailedSaveIsAnError(t *testing.T) {
	full := daybook.Errorf(daybook.Unavailable, "The disk is full.")
	for name, fails := range map[string]func(daybook.Turn) bool{
		"at the end":   func(turn daybook.Turn) bool { return turn.Answer.Status == daybook.Complete },
		"at the start": func(turn daybook.Turn) bool { return turn.Answer.Text == "" },
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, llmtest.Reply("You swam [1]."))
			f.threads.failing(func(turn daybook.Turn) error {
				if fails(turn) {
					return full
				}
				return nil
			})
			_, done, err := f.answer(ask("When did I swim?"))
			if !errors.Is(err, full) || done.MessageID != "" {
				t.Errorf("answered %+v, %v", done, err)
			}
		})
	}
}

// A failed model leaves the question and an interrupted answer.
func TestFailedModelIsInterrupted(t *testing.T) {
	f := newFixture(t, func(llmtest.Request) llmtest.Script {
		return llmtest.Script{Status: 401, Code: "invalid_api_key"}
	})
	req := ask("When did I swim?")
	req.Key = "k"
	var thread string
	var last error
	for e, err := range f.Answer(t.Context(), req) {
		if e.Turn != nil {
			thread = e.Turn.ThreadID
		}
		last = err
	}
	if last == nil || thread == "" {
		t.Fatalf("thread %q, error %v", thread, last)
	}
	if list := f.messages(thread); len(list) != 2 || list[1].Status != daybook.Interrupted {
		t.Errorf("saved %+v", list)
	}
}

// Leaving does not end a saved answer; whoever comes later gets all of it.
func TestFollow(t *testing.T) {
	f := newFixture(t, func(r llmtest.Request) llmtest.Script {
		s := llmtest.Reply("One two three four five six.")(r)
		s.Every = 20 * time.Millisecond
		return s
	})
	var turn chat.TurnRef
	for e, err := range f.Answer(t.Context(), ask("When did I swim?")) {
		if err != nil {
			t.Fatal(err)
		}
		if e.Turn != nil {
			turn = *e.Turn
		}
		if e.Delta != "" {
			break // the asker leaves
		}
	}
	var followed strings.Builder
	for e, err := range f.Follow(t.Context(), turn.ThreadID, turn.AnswerID) {
		if err != nil {
			t.Fatal(err)
		}
		followed.WriteString(e.Delta)
	}
	if followed.String() != "One two three four five six." {
		t.Errorf("followed %q", followed.String())
	}
	// And once more, from what is saved.
	if _, done, err := chat.Collect(f.Follow(t.Context(), turn.ThreadID, turn.AnswerID)); err != nil || done.Text != followed.String() {
		t.Errorf("replayed %+v, %v", done, err)
	}
	for e, err := range f.Follow(t.Context(), turn.ThreadID, turn.AnswerID) {
		if err != nil || e.Turn == nil || e.Turn.QuestionID != turn.QuestionID || e.Turn.AnswerID != turn.AnswerID {
			t.Errorf("it begins with %+v, %v; want the turn %+v", e.Turn, err, turn)
		}
		break
	}
	if _, _, err := chat.Collect(f.Follow(t.Context(), turn.ThreadID, "none")); daybook.KindOf(err) != daybook.NotFound {
		t.Errorf("an unknown answer: %v", err)
	}
}

func TestStop(t *testing.T) {
	f := newFixture(t, func(r llmtest.Request) llmtest.Script {
		s := llmtest.Reply("One two three four five six seven eight.")(r)
		s.SilentAfter = len(s.Deltas) - 2
		return s
	})
	req := ask("When did I swim?")
	req.Key = "k"
	var stopped daybook.Message
	var last error
	for e, err := range f.Answer(t.Context(), req) {
		last = err
		if e.Delta != "" && stopped.ID == "" {
			for _, turn := range f.messagesOfAll() {
				if turn.Role == daybook.Assistant {
					if stopped, err = f.Stop(t.Context(), turn.ThreadID, turn.ID); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
	}
	if daybook.KindOf(last) != daybook.Conflict || stopped.Status != daybook.Interrupted || stopped.Text == "" {
		t.Errorf("stopped %+v, ended with %v", stopped, last)
	}
	// One that has ended is returned as it is.
	again, err := f.Stop(t.Context(), stopped.ThreadID, stopped.ID)
	if err != nil || again.Text != stopped.Text {
		t.Errorf("stopped twice: %+v, %v", again, err)
	}
}

// messagesOfAll returns the messages of every thread.
func (f *fixture) messagesOfAll() (list []daybook.Message) {
	f.t.Helper()
	all, err := f.threads.Threads(f.t.Context())
	if err != nil {
		f.t.Fatal(err)
	}
	for _, one := range all {
		list = append(list, f.messages(one.ID)...)
	}
	return list
}

// Close saves the partial answers.
func TestCloseSavesPartialAnswers(t *testing.T) {
	f := newFixture(t, func(r llmtest.Request) llmtest.Script {
		s := llmtest.Reply("One two three four five six seven eight.")(r)
		s.SilentAfter = len(s.Deltas) - 2
		return s
	})
	var last error
	for e, err := range f.Answer(t.Context(), ask("When did I swim?")) {
		if last = err; e.Delta != "" {
			go f.Close()
		}
	}
	if last == nil {
		t.Error("the answer ended well")
	}
	list := f.messagesOfAll()
	if len(list) != 2 || list[1].Status != daybook.Interrupted || list[1].Text == "" {
		t.Errorf("saved %+v", list)
	}
	if _, _, err := f.answer(ask("Another?")); daybook.KindOf(err) != daybook.Unavailable {
		t.Errorf("a question after Close: %v", err)
	}
}

func TestHistoryIsSent(t *testing.T) {
	f := newFixture(t, llmtest.Reply("Yes."))
	_, first, err := f.answer(ask("Did I swim?"))
	if err != nil {
		t.Fatal(err)
	}
	next := ask("And when was that?")
	next.ThreadID = first.ThreadID
	if _, _, err := f.answer(next); err != nil {
		t.Fatal(err)
	}
	requests := f.fake.Requests()
	sent := requests[len(requests)-1].Messages
	if len(sent) != 3 || sent[0].Text != "Did I swim?" || sent[1].Text != "Yes." || !strings.Contains(sent[2].Text, "<QUERY>And when was that?</QUERY>") {
		t.Errorf("the model was sent %+v", sent)
	}
	missing := ask("And?")
	missing.ThreadID = "none"
	if _, _, err := f.answer(missing); daybook.KindOf(err) != daybook.NotFound {
		t.Errorf("an unknown thread: %v", err)
	}
}

// A prompt fits the window: history gives way first, then passages, and the
// reader is told. A question that does not fit by itself is refused.
func TestPromptFitsTheWindow(t *testing.T) {
	words := strings.Repeat("harbour ", 400)
	for name, c := range map[string]struct {
		window int
		query  string
		notice string
		kind   daybook.Kind
	}{
		"all":          {100_000, "bees", "", ""},
		"less history": {3000, "bees", "The conversation was too long", ""},
		"too long":     {1500, strings.Repeat("bees ", 2000), "", daybook.Invalid},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, llmtest.Reply("Yes."))
			f.window = c.window
			req := chat.Request{Query: c.query, Provider: "openai", Model: "m"}
			for range 6 {
				req.History = append(req.History, chat.HistoryMessage{Role: daybook.User, Text: words}, chat.HistoryMessage{Role: daybook.Assistant, Text: "Mhm."})
			}
			_, done, err := f.answer(req)
			if daybook.KindOf(err) != c.kind {
				t.Fatalf("%v", err)
			}
			if err != nil {
				return
			}
			if (c.notice != "") != strings.Contains(done.Text, "too long for the model") {
				t.Errorf("told %q", done.Text)
			}
			requests := f.fake.Requests()
			r := requests[len(requests)-1]
			tokens := llm.CountTokens(r.System) + 500
			for _, m := range r.Messages {
				tokens += llm.CountTokens(m.Text)
			}
			if tokens > c.window {
				t.Errorf("%d tokens were sent, and the window has %d", tokens, c.window)
			}
		})
	}
}

func TestOfflineQuotes(t *testing.T) {
	f := newFixture(t, llmtest.Reply("not asked"))
	_, done, err := f.answer(chat.Request{Query: "bees", Provider: chat.Offline, Save: true})
	if err != nil || !strings.Contains(done.Text, "Oda lent me a book about bees") || len(done.Citations) != 2 || len(f.fake.Requests()) != 0 {
		t.Errorf("%+v, %v", done, err)
	}
	for query, kind := range map[string]daybook.Kind{" \n": daybook.Invalid} {
		if _, _, err := f.answer(chat.Request{Query: query, Provider: chat.Offline}); daybook.KindOf(err) != kind {
			t.Errorf("%q: %v", query, err)
		}
	}
	for k, kind := range map[int]daybook.Kind{-1: daybook.Invalid, chat.MaxTopK: "", chat.MaxTopK + 1: daybook.Invalid} {
		if _, _, err := f.answer(chat.Request{Query: "bees", TopK: k, Provider: chat.Offline}); daybook.KindOf(err) != kind {
			t.Errorf("top_k %d: %v", k, err)
		}
	}
}

// Deleting a thread ends its running answers.
func TestDeleteEndsTheAnswer(t *testing.T) {
	f := newFixture(t, func(r llmtest.Request) llmtest.Script {
		s := llmtest.Reply("One two three four five six seven eight.")(r)
		s.SilentAfter = len(s.Deltas) - 2
		return s
	})
	var thread string
	var last error
	for e, err := range f.Answer(t.Context(), ask("When did I swim?")) {
		last = err
		if e.Turn != nil {
			thread = e.Turn.ThreadID
		}
		if e.Delta != "" && thread != "" {
			if err := f.Delete(t.Context(), thread); err != nil {
				t.Fatal(err)
			}
			thread = ""
		}
	}
	if last == nil {
		t.Error("the answer of a deleted thread ended well")
	}
	if list := f.messagesOfAll(); len(list) != 0 {
		t.Errorf("left behind: %+v", list)
	}
}
