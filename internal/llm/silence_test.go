package llm

import (
	"context"
	"iter"
	"testing"
	"testing/synctest"
	"time"

	"daybook"
)

// idle is how long the transport waits for a byte in these tests, unless a call says
// otherwise.
const idle = time.Minute

// quiet is a chat model whose server may be silent, slow to answer, or only slow to
// begin.
type quiet struct {
	silent, deaf bool // deaf: it does not answer pings either
	takes        time.Duration
	refuses      bool
	calls, pings int
}

func (m *quiet) Ping(ctx context.Context) error {
	if m.pings++; m.deaf {
		<-ctx.Done()
		return ctx.Err()
	}
	return nil
}

func (m *quiet) Stream(ctx context.Context, _ Request) iter.Seq2[Chunk, error] {
	return func(yield func(Chunk, error) bool) {
		m.calls++
		if m.refuses {
			yield(Chunk{}, &Error{Status: 401, Public: daybook.Errorf(daybook.Upstream, "It did not accept the key.")})
			return
		}
		longest := idle
		if s := SilenceIn(ctx); s > 0 {
			longest = min(s, longest)
		}
		takes := m.takes
		if m.silent {
			takes = time.Hour
		}
		select {
		case <-ctx.Done():
			yield(Chunk{}, ctx.Err())
		case <-time.After(longest):
			yield(Chunk{}, &Error{Retry: true, Down: true, Public: daybook.Errorf(daybook.Timeout, "It did not respond in time.")})
		case <-time.After(takes):
			_ = yield(Chunk{Text: "yes"}, nil) && yield(Chunk{Finish: FinishStop}, nil)
		}
	}
}

// asks returns a function that asks m for a task, and returns how long it took.
func (m *quiet) asks(t *testing.T) func(Task) (time.Duration, error) {
	t.Helper()
	models, err := NewModels([]Provider{{Name: "far", Chat: m, Pinger: m}}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	return func(task Task) (time.Duration, error) {
		chat, err := models.Chat(Ref{"far", "m"})
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		for _, e := range chat.Stream(WithTask(WithPolicy(t.Context(), Interactive), task), Request{Messages: []Message{{Role: User, Text: "?"}}}) {
			err = e
		}
		return time.Since(start), err
	}
}

// TestSilentChatServer costs little where only help is asked for, and the wait for an
// answer is not repeated while the server does not even answer a ping.
func TestSilentChatServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &quiet{silent: true, deaf: true}
		ask := m.asks(t)
		expect := func(what string, task Task, want time.Duration, fails bool) {
			t.Helper()
			if took, err := ask(task); took.Round(time.Second) != want || (err != nil) != fails || fails && daybook.KindOf(err) != daybook.Timeout {
				t.Errorf("%s: %v after %s", what, err, took)
			}
		}
		expect("first help", TaskIntent, helpWithin, true)
		expect("more help", TaskIntent, 0, true)
		expect("other help", TaskSearch, 0, true)
		expect("the answer", TaskChat, idle, true)
		expect("the next answer", TaskChat, reachWithin, true)
		calls := m.calls
		expect("and the next", TaskChat, reachWithin, true)
		if m.calls != calls {
			t.Error("a server that answers no ping was sent a prompt")
		}
		m.silent, m.deaf, m.takes = false, false, 50*time.Second
		expect("it loads its model", TaskChat, m.takes, false)
		pings := m.pings
		m.takes = time.Second
		expect("an answer after that", TaskChat, m.takes, false)
		if m.pings != pings {
			t.Error("a server that answers is pinged")
		}
		time.Sleep(4 * firstRest)
		expect("help after a while", TaskIntent, m.takes, false)
		expect("help again", TaskSearch, m.takes, false)
	})
}

// TestSlowChatServer is one that takes too long to help, but answers: it gets its time.
func TestSlowChatServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &quiet{takes: 20 * time.Second}
		ask := m.asks(t)
		var helped time.Duration
		for range 5 {
			took, err := ask(TaskIntent)
			if helped += took; err == nil {
				t.Error("it helped")
			}
			if took, err := ask(TaskChat); err != nil || took != m.takes {
				t.Errorf("%v after %s", err, took)
			}
		}
		if helped > 2*helpWithin || m.pings > 0 {
			t.Errorf("help cost %s, and %d pings", helped, m.pings)
		}
		m.refuses = true
		time.Sleep(lastRest)
		for range 2 {
			if took, err := ask(TaskIntent); err == nil || took > 0 || daybook.KindOf(err) != daybook.Upstream {
				t.Errorf("a refusal: %v after %s", err, took)
			}
		}
	})
}
