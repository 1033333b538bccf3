package httpapi_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"daybook/internal/llm/llmtest"
)

func saved(query, key string, more ...any) object {
	return asking("openai", query, append([]any{"save", true, "idempotency_key", key, "stream", "deltas"}, more...)...)
}

// doneOf returns the last event of a stream, which must be its end.
func doneOf(t *testing.T, list []frame) answer {
	t.Helper()
	var a answer
	last := list[len(list)-1]
	if err := json.Unmarshal([]byte(last.data), &a); err != nil || last.event != "done" {
		t.Fatalf("the stream ends in %+v", last)
	}
	return a
}

func TestSavedTurn(t *testing.T) {
	w := newWorld(t, options{})
	done := doneOf(t, w.stream(saved("When did I swim in the lake?", "k1")))
	if done.ThreadID == nil || done.MessageID == "" {
		t.Fatalf("done %+v", done)
	}
	id := *done.ThreadID
	if th := get[thread](w, "GET", "/threads/"+id, nil); th.Title != "When did I swim in the lake?" {
		t.Errorf("thread %+v", th)
	}
	messages := get[[]message](w, "GET", "/threads/"+id+"/messages", nil)
	if len(messages) != 2 || messages[0].Content != "When did I swim in the lake?" || messages[1].Content != "You swam in the lake [1]." ||
		messages[1].MessageID != done.MessageID || messages[1].Status != "complete" || len(messages[1].Citations) == 0 {
		t.Errorf("messages %+v", messages)
	}
	// The same request again is the same turn, told from what was kept.
	calls := len(w.fake.Requests())
	list := w.stream(saved("When did I swim in the lake?", "k1"))
	again := doneOf(t, list)
	if again.Response != done.Response || again.MessageID != done.MessageID || list[0].event != "turn" || list[1].event != "docs" || !strings.Contains(list[1].data, "01-05-2024") {
		t.Errorf("again %+v, first %s", again, list[0].data)
	}
	if len(w.fake.Requests()) != calls || len(get[[]message](w, "GET", "/threads/"+id+"/messages", nil)) != 2 {
		t.Error("the same request became another turn")
	}
	// By the header, and in the thread itself.
	status, body := w.do("POST", "/journal_chat", asking("openai", "And then?", "save", true, "thread_id", id), "Idempotency-Key", "k2")
	if status != http.StatusOK || len(get[[]message](w, "GET", "/threads/"+id+"/messages", nil)) != 4 {
		t.Errorf("%d %s", status, body)
	}
	status, body = w.do("POST", "/journal_chat", asking("openai", "Another question", "save", true, "thread_id", id), "Idempotency-Key", "k2")
	if status != http.StatusConflict || !strings.Contains(body, "idempotency key") {
		t.Errorf("a key of another question: %d %s", status, body)
	}
	// What is in the thread is the history of the next question, and the
	// question itself is not.
	sent := w.fake.Requests()
	if m := sent[len(sent)-1].Messages; len(m) != 3 || m[0].Text != "When did I swim in the lake?" {
		t.Errorf("the model was sent %+v", m)
	}
}

// held is a play whose answers wait until the gate opens.
func held(gate chan struct{}) func(llmtest.Request) llmtest.Script {
	return func(r llmtest.Request) llmtest.Script {
		if r.Wants("response") {
			<-gate
		}
		return llmtest.Reply("You swam in the lake [1].")(r)
	}
}

func TestSavedTurnRunsOnWhenItsClientLeaves(t *testing.T) {
	gate := make(chan struct{})
	w := newWorld(t, options{play: held(gate)})
	id := get[thread](w, "POST", "/threads", nil).ThreadID
	ctx, leave := context.WithCancel(t.Context())
	left := make(chan struct{})
	go func() {
		defer close(left)
		req, err := http.NewRequestWithContext(ctx, "POST", w.url+"/journal_chat", strings.NewReader(
			`{"query":"When did I swim?","provider":"openai","model":"m","save":true,"thread_id":"`+id+`","idempotency_key":"k"}`))
		if err != nil {
			t.Error(err)
			return
		}
		if resp, err := w.client.Do(req); err == nil {
			resp.Body.Close()
			t.Error("the client was answered")
		}
	}()
	eventually(t, 20*time.Second, "the question is saved before the model answers", func() bool {
		m := get[[]message](w, "GET", "/threads/"+id+"/messages", nil)
		return len(m) == 2 && m[0].Content == "When did I swim?" && m[1].Status == "pending"
	})
	leave()
	<-left
	close(gate)
	eventually(t, 20*time.Second, "the answer is saved", func() bool {
		m := get[[]message](w, "GET", "/threads/"+id+"/messages", nil)
		return m[1].Status == "complete" && m[1].Content == "You swam in the lake [1]."
	})
}

func TestConcurrentRequestsForOneTurn(t *testing.T) {
	gate := make(chan struct{})
	w := newWorld(t, options{play: held(gate)})
	id := get[thread](w, "POST", "/threads", nil).ThreadID
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if got := doneOf(t, w.stream(saved("When did I swim?", "k", "thread_id", id))); got.Response != "You swam in the lake [1]." {
				t.Errorf("answer %+v", got)
			}
		})
	}
	close(gate)
	wg.Wait()
	answers := 0
	for _, r := range w.fake.Requests() {
		if r.Wants("response") {
			answers++
		}
	}
	if n := len(get[[]message](w, "GET", "/threads/"+id+"/messages", nil)); answers != 1 || n != 2 {
		t.Errorf("%d answers, %d messages", answers, n)
	}
}

func TestBrokenAnswerIsSavedAsInterruptedAndTakenUpAgain(t *testing.T) {
	broken := true
	w := newWorld(t, options{play: func(r llmtest.Request) llmtest.Script {
		s := llmtest.Reply("You swam in the lake, and it was cold [1].")(r)
		if r.Wants("response") && broken {
			s.ErrorAfter = 3
		}
		return s
	}})
	id := get[thread](w, "POST", "/threads", nil).ThreadID
	list := w.stream(saved("When did I swim?", "k", "thread_id", id))
	if list[len(list)-1].event != "error" {
		t.Fatalf("frames %+v", list)
	}
	m := get[[]message](w, "GET", "/threads/"+id+"/messages", nil)
	if len(m) != 2 || m[1].Status != "interrupted" || m[1].Content == "" || !strings.HasPrefix("You swam in the lake, and it was cold [1].", m[1].Content) {
		t.Errorf("messages %+v", m)
	}
	broken = false
	if got := doneOf(t, w.stream(saved("When did I swim?", "k", "thread_id", id))); got.Response != "You swam in the lake, and it was cold [1]." {
		t.Errorf("taken up again: %+v", got)
	}
	if m = get[[]message](w, "GET", "/threads/"+id+"/messages", nil); len(m) != 2 || m[1].Status != "complete" {
		t.Errorf("messages %+v", m)
	}
}

func TestAskedAgainTheMomentItBroke(t *testing.T) {
	var asked atomic.Int32
	w := newWorld(t, options{play: func(r llmtest.Request) llmtest.Script {
		s := llmtest.Reply("You swam in the lake [1].")(r)
		if r.Wants("response") && asked.Add(1)%2 == 1 {
			s.ErrorAfter = 2
		}
		return s
	}})
	id := get[thread](w, "POST", "/threads", nil).ThreadID
	for i := range 40 {
		body := saved("When did I swim?", fmt.Sprint("k", i), "thread_id", id)
		if list := w.stream(body); list[len(list)-1].event != "error" {
			t.Fatalf("frames %+v", list)
		}
		if got := doneOf(t, w.stream(body)); got.Response != "You swam in the lake [1]." {
			t.Errorf("asked again: %+v", got)
		}
	}
}

func TestStoppingTheServerSavesPartialAnswers(t *testing.T) {
	w := newWorld(t, options{play: func(r llmtest.Request) llmtest.Script {
		s := llmtest.Reply("You swam in the lake, and it was cold [1].")(r)
		if r.Wants("response") {
			s.SilentAfter = 3
		}
		return s
	}})
	id := get[thread](w, "POST", "/threads", nil).ThreadID
	resp := w.send(t.Context(), "POST", "/journal_chat/stream", saved("When did I swim?", "k", "thread_id", id))
	defer resp.Body.Close()
	lines := bufio.NewReader(resp.Body)
	begun := ""
	for said := ""; !strings.HasPrefix(said, "You swam"); {
		line := must(lines.ReadString('\n'))(t)
		begun += line
		var delta struct{ Text string }
		if data, ok := strings.CutPrefix(line, "data: "); ok && json.Unmarshal([]byte(data), &delta) == nil {
			said += delta.Text
		}
	}
	var list []frame
	read := make(chan struct{})
	go func() { defer close(read); list = frames(t, io.MultiReader(strings.NewReader(begun), lines)) }()
	w.service.Close()
	<-read
	if len(list) == 0 || list[len(list)-1].event != "error" {
		t.Errorf("frames %+v", list)
	}
	m := get[[]message](w, "GET", "/threads/"+id+"/messages", nil)
	if len(m) != 2 || m[1].Status != "interrupted" || !strings.HasPrefix(m[1].Content, "You swam") {
		t.Errorf("messages %+v", m)
	}
}
