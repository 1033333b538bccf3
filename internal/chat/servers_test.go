package chat_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"daybook"
	"daybook/internal/chat"
	"daybook/internal/llm/llmtest"
)

// hub is news among the servers of a test.
type hub struct {
	mu    sync.Mutex
	hears map[string][]chan bool
	told  []string
}

func (h *hub) Tell(_ context.Context, topic string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.told = append(h.told, topic)
	for _, c := range h.hears[topic] {
		select {
		case c <- true:
		default:
		}
	}
	return nil
}

func (h *hub) Hear(topic string) (<-chan bool, func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	c := make(chan bool, 1)
	c <- false // some may have been missed
	if h.hears == nil {
		h.hears = map[string][]chan bool{}
	}
	h.hears[topic] = append(h.hears[topic], c)
	return c, func() {}
}

// stuck answers with most of a text, and then waits until it is stopped.
func stuck(r llmtest.Request) llmtest.Script {
	s := llmtest.Reply("One two three four five six seven eight.")(r)
	if !r.Wants("intent") {
		s.SilentAfter = len(s.Deltas) - 2
	}
	return s
}

// running starts an answer that gets stuck, and returns where it is saved.
func running(t *testing.T, s *chat.Service, req chat.Request) chat.TurnRef {
	t.Helper()
	var turn chat.TurnRef
	for e, err := range s.Answer(t.Context(), req) {
		if err != nil {
			t.Fatal(err)
		}
		if e.Turn != nil {
			turn = *e.Turn
		}
		if e.Delta != "" {
			break
		}
	}
	return turn
}

// Another server streams an answer as this one saves it, to its end.
func TestFollowOnAnotherServer(t *testing.T) {
	f := newFixture(t, func(r llmtest.Request) llmtest.Script {
		s := llmtest.Reply("One two three four five six.")(r)
		s.Every = 100 * time.Millisecond
		return s
	})
	other := f.service(nil)
	t.Cleanup(other.Close)
	turn := running(t, f.Service, ask("When did I swim in the lake?"))
	var order []string
	var text strings.Builder
	var done *chat.Done
	for e, err := range other.Follow(t.Context(), turn.ThreadID, turn.AnswerID) {
		switch {
		case err != nil:
			t.Fatal(err)
		case e.Turn != nil:
			order = append(order, "turn "+e.Turn.AnswerID)
		case e.Found != nil:
			order = append(order, "found")
			if len(e.Found.Results) == 0 || len(e.Found.Sources) == 0 {
				t.Errorf("found %+v", e.Found)
			}
		case e.Done != nil:
			done = e.Done
		}
		text.WriteString(e.Delta)
	}
	if strings.Join(order, ", ") != "turn "+turn.AnswerID+", found" || done == nil || done.Text != "One two three four five six." || text.String() != done.Text || done.MessageID != turn.AnswerID {
		t.Errorf("%q, %q, %+v", order, text.String(), done)
	}
}

// Leaving ends the watching, and not the answer.
func TestLeavingAnotherServer(t *testing.T) {
	f := newFixture(t, stuck)
	other := f.service(nil)
	t.Cleanup(other.Close)
	turn := running(t, f.Service, ask("When did I swim?"))
	ctx, cancel := context.WithCancel(t.Context())
	var last error
	for e, err := range other.Follow(ctx, turn.ThreadID, turn.AnswerID) {
		if last = err; e.Turn != nil {
			cancel()
		}
	}
	cancel()
	if last == nil {
		t.Error("following ended well after the client left")
	}
	if list := f.messages(turn.ThreadID); list[1].Status != daybook.Pending {
		t.Errorf("the answer is %s", list[1].Status)
	}
}

// An answer is stopped from another server, if they can notify each other.
func TestStopOnAnotherServer(t *testing.T) {
	f := newFixture(t, stuck)
	other := f.service(nil)
	t.Cleanup(other.Close)
	turn := running(t, f.Service, ask("When did I swim?"))
	if m, err := other.Stop(t.Context(), turn.ThreadID, turn.AnswerID); daybook.KindOf(err) != daybook.Conflict || m.Status != daybook.Pending {
		t.Errorf("without news: %+v, %v", m, err)
	}

	news := &hub{}
	one := f.service(func(c *chat.Config) { c.News = news })
	two := f.service(func(c *chat.Config) { c.News = news })
	t.Cleanup(one.Close)
	t.Cleanup(two.Close)
	turn = running(t, one, ask("When did I swim again?"))
	start := time.Now()
	m, err := two.Stop(t.Context(), turn.ThreadID, turn.AnswerID)
	if err != nil || m.Status != daybook.Interrupted || m.Text == "" || time.Since(start) > 4*time.Second {
		t.Errorf("with news: %+v, %v after %s", m, err, time.Since(start))
	}
	news.mu.Lock()
	defer news.mu.Unlock()
	if told := strings.Join(news.told, ", "); !strings.Contains(told, "saved "+turn.AnswerID) || !strings.Contains(told, "stop "+turn.AnswerID) {
		t.Errorf("told %s", told)
	}
}

// Another server is not asked the question again while this one answers it.
func TestSameKeyOnAnotherServer(t *testing.T) {
	f := newFixture(t, stuck)
	other := f.service(nil)
	t.Cleanup(other.Close)
	req := ask("When did I swim?")
	req.Key = "k"
	running(t, f.Service, req)
	before := len(f.fake.Requests())
	if _, _, err := chat.Collect(other.Answer(t.Context(), req)); daybook.KindOf(err) != daybook.Conflict || len(f.fake.Requests()) != before {
		t.Errorf("%v", err)
	}
}

// A turn of a server that died is marked as interrupted, and the same question is
// answered again in its place.
func TestTurnOfADeadServer(t *testing.T) {
	f := newFixture(t, llmtest.Reply("You swam."))
	at := time.Now().UTC()
	req := ask("When did I swim?")
	req.Key = "k"
	_, done, err := f.answer(req)
	if err != nil {
		t.Fatal(err)
	}
	for age, stale := range map[time.Duration]bool{0: false, 29 * time.Second: false, 31 * time.Second: true, -time.Minute: true} {
		turn := daybook.Turn{
			ThreadID: done.ThreadID, Key: "dead" + age.String(), Beat: at.Add(-age),
			Question: daybook.Message{ID: "q" + age.String(), ThreadID: done.ThreadID, Time: at, Role: daybook.User, Text: "Who died?"},
			Answer:   daybook.Message{ID: "a" + age.String(), ThreadID: done.ThreadID, Time: at.Add(-age), Role: daybook.Assistant, Status: daybook.Pending, Text: "No"},
		}
		if _, _, err := f.threads.BeginTurn(t.Context(), turn); err != nil {
			t.Fatal(err)
		}
		for _, m := range f.messages(done.ThreadID) {
			if m.ID == turn.Answer.ID && (m.Status == daybook.Interrupted) != stale {
				t.Errorf("saved %s ago: %s", age, m.Status)
			}
		}
	}
	// Its replay ends with an error; what there is comes first.
	var text strings.Builder
	var last error
	for e, err := range f.Follow(t.Context(), done.ThreadID, "a31s") {
		text.WriteString(e.Delta)
		last = err
	}
	if text.String() != "No" || daybook.KindOf(last) != daybook.Unavailable {
		t.Errorf("replayed %q, %v", text.String(), last)
	}
}

func TestInterruptedTurnIsAnsweredAgain(t *testing.T) {
	fail := true
	f := newFixture(t, func(r llmtest.Request) llmtest.Script {
		if fail {
			return llmtest.Script{Status: 401, Code: "invalid_api_key"}
		}
		return llmtest.Reply("You swam.")(r)
	})
	req := ask("When did I swim?")
	req.Key = "k"
	if _, _, err := f.answer(req); err == nil {
		t.Fatal("the provider did not fail")
	}
	fail = false
	_, done, err := f.answer(req)
	if err != nil || done.Text != "You swam." {
		t.Fatalf("%+v, %v", done, err)
	}
	list := f.messages(done.ThreadID)
	if len(list) != 2 || list[1].Text != "You swam." || list[1].Status != daybook.Complete || list[0].Text != req.Query {
		t.Errorf("saved %+v", list)
	}
	thread, err := f.threads.Thread(t.Context(), done.ThreadID)
	if err != nil || thread.Title != req.Query {
		t.Errorf("thread %+v, %v", thread, err)
	}
}

// The answer is saved as it grows.
func TestPartialAnswerIsSaved(t *testing.T) {
	f := newFixture(t, stuck)
	news := &hub{}
	s := f.service(func(c *chat.Config) { c.News = news })
	t.Cleanup(s.Close)
	turn := running(t, s, ask("When did I swim in the lake?"))
	saved, stop := news.Hear("saved " + turn.AnswerID)
	defer stop()
	for {
		select {
		case <-saved:
		case <-time.After(20 * time.Second):
			t.Fatalf("saved %+v", f.messages(turn.ThreadID)[1])
		}
		if m := f.messages(turn.ThreadID)[1]; m.Text != "" && len(m.Citations) > 0 && m.Status == daybook.Pending {
			return
		}
	}
}
