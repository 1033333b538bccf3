package httpapi_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"daybook/internal/chat"
	"daybook/internal/llm"
	"daybook/internal/llm/llmtest"
)

// stepwise is a play that answers word by word, each when it is let.
func stepwise(text string, every time.Duration) func(llmtest.Request) llmtest.Script {
	return func(r llmtest.Request) llmtest.Script {
		s := llmtest.Reply(text)(r)
		if r.Wants("response") {
			s.Every = every
		}
		return s
	}
}

// silent is a play whose answer begins and then stays away.
func silent(after int) func(llmtest.Request) llmtest.Script {
	return func(r llmtest.Request) llmtest.Script {
		s := llmtest.Reply("You swam in the lake, and it was cold [1].")(r)
		if r.Wants("response") {
			s.SilentAfter = after
		}
		return s
	}
}

type turnEvent struct {
	ThreadID   string `json:"thread_id"`
	QuestionID string `json:"question_id"`
	AnswerID   string `json:"answer_id"`
	Key        string
}

// begins starts a saved answer and returns where it is kept, and its stream.
func (w *world) begins(path string, body any) (turnEvent, *http.Response) {
	w.t.Helper()
	resp := w.send(w.t.Context(), "POST", path, body)
	r := bufio.NewReader(resp.Body)
	event, err := r.ReadString('\n')
	data, err2 := r.ReadString('\n')
	var turn turnEvent
	if err != nil || err2 != nil || event != "event: turn\n" || json.Unmarshal([]byte(strings.TrimPrefix(data, "data: ")), &turn) != nil {
		w.t.Fatalf("the stream begins with %q %q", event, data)
	}
	resp.Body = struct {
		io.Reader
		io.Closer
	}{r, resp.Body}
	return turn, resp
}

func (e turnEvent) path() string { return "/threads/" + e.ThreadID + "/messages/" + e.AnswerID }

// follows reads the whole stream of a message.
func (w *world) follows(e turnEvent) []frame {
	w.t.Helper()
	resp := w.send(w.t.Context(), "GET", e.path()+"/stream", nil)
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		w.t.Fatalf("status %d", resp.StatusCode)
	}
	return frames(w.t, resp.Body)
}

// told joins the deltas of a stream, and says which events it had.
func toldBy(list []frame) (text string, events string) {
	var names []string
	for _, f := range list {
		var delta struct{ Text string }
		if f.event == "delta" {
			_ = json.Unmarshal([]byte(f.data), &delta)
			text += delta.Text
		}
		if len(names) == 0 || names[len(names)-1] != f.event {
			names = append(names, f.event)
		}
	}
	return text, strings.Join(names, " ")
}

func TestAnswerContinuesForFollowers(t *testing.T) {
	const answer = "You swam in the lake before breakfast, and it was cold, four degrees [1]."
	w := newWorld(t, options{play: stepwise(answer, 30*time.Millisecond)})
	turn, resp := w.begins("/journal_chat/stream", saved("When did I swim?", "k"))
	if turn.Key != "k" {
		t.Errorf("turn %+v", turn)
	}
	resp.Body.Close() // a refresh in mid-answer
	text, events := toldBy(w.follows(turn))
	if text != answer || events != "turn docs delta done" {
		t.Errorf("live: %q, %s", text, events)
	}
	m := get[[]message](w, "GET", "/threads/"+turn.ThreadID+"/messages", nil)
	if len(m) != 2 || m[0].MessageID != turn.QuestionID || m[1].MessageID != turn.AnswerID || m[1].Content != answer || m[1].Status != "complete" {
		t.Errorf("messages %+v", m)
	}
	list := w.follows(turn)
	text, events = toldBy(list)
	if text != answer || events != "turn docs delta done" || !strings.Contains(list[1].data, "01-05-2024") || !strings.Contains(list[0].data, turn.QuestionID) {
		t.Errorf("from what was kept: %q, %s\n%+v", text, events, list)
	}
	var done answerDone
	if err := json.Unmarshal([]byte(list[len(list)-1].data), &done); err != nil || done.Response != answer || done.MessageID != turn.AnswerID || len(done.Citations) == 0 {
		t.Errorf("done %+v, %v", done, err)
	}
}

type answerDone struct {
	Response  string
	MessageID string `json:"message_id"`
	Citations []object
}

func TestStop(t *testing.T) {
	w := newWorld(t, options{play: silent(3)})
	turn, resp := w.begins("/journal_chat/stream", saved("When did I swim?", "k"))
	defer resp.Body.Close()
	begun := make(chan []frame, 1)
	go func() { begun <- frames(t, resp.Body) }()
	eventually(t, 20*time.Second, "the answer has begun", func() bool {
		m := get[[]message](w, "GET", "/threads/"+turn.ThreadID+"/messages", nil)
		return m[1].Status == "pending" && m[1].Content != ""
	})
	stopped := get[struct{ Message message }](w, "POST", turn.path()+"/stop", nil).Message
	if stopped.Status != "interrupted" || stopped.MessageID != turn.AnswerID || !strings.HasPrefix(stopped.Content, "You swam") {
		t.Errorf("stopped: %+v", stopped)
	}
	list := <-begun
	if last := list[len(list)-1]; last.event != "error" || !strings.Contains(last.data, "stopped") {
		t.Errorf("the stream ends in %+v", last)
	}
	eventually(t, 20*time.Second, "the model's call ends", func() bool { return w.fake.Open() == 0 })
	// Once more changes nothing, and whoever looks is told what there was.
	if again := get[struct{ Message message }](w, "POST", turn.path()+"/stop", nil).Message; again.Status != "interrupted" || again.Content != stopped.Content {
		t.Errorf("again: %+v", again)
	}
	text, events := toldBy(w.follows(turn))
	if text != stopped.Content || events != "turn docs delta error" {
		t.Errorf("%q, %s", text, events)
	}
}

func TestStopOfACompleteAnswerChangesNothing(t *testing.T) {
	w := newWorld(t, options{})
	turn, resp := w.begins("/journal_chat/stream", saved("When did I swim?", "k"))
	frames(t, resp.Body)
	resp.Body.Close()
	if m := get[struct{ Message message }](w, "POST", turn.path()+"/stop", nil).Message; m.Status != "complete" || m.Content != "You swam in the lake [1]." {
		t.Errorf("%+v", m)
	}
}

func TestNoSuchAnswer(t *testing.T) {
	w := newWorld(t, options{})
	turn, resp := w.begins("/journal_chat/stream", saved("When did I swim?", "k"))
	frames(t, resp.Body)
	resp.Body.Close()
	for _, c := range []struct{ method, path string }{
		{"GET", "/threads/x/messages/" + turn.AnswerID + "/stream"}, {"GET", "/threads/" + turn.ThreadID + "/messages/x/stream"},
		{"GET", "/threads/" + turn.ThreadID + "/messages/" + turn.QuestionID + "/stream"}, {"POST", "/threads/" + turn.ThreadID + "/messages/x/stop"},
		{"POST", "/threads/x/fork"}, {"POST", "/threads/x/title"}, {"GET", "/threads/x/export"},
	} {
		if status, body := w.do(c.method, c.path, object{}); status != http.StatusNotFound || !strings.Contains(body, "detail") {
			t.Errorf("%s %s: %d %s", c.method, c.path, status, body)
		}
	}
}

// The looks of an agent are told to whoever comes later, too.
func TestAgentContinuesForFollowers(t *testing.T) {
	gate := make(chan struct{})
	play := rounds("You swam [1].", []llm.ToolCall{searchCall("a", "lake", "", "")})
	w := newWorld(t, options{play: func(r llmtest.Request) llmtest.Script {
		if len(r.Tools) == 0 {
			<-gate
		}
		return play(r)
	}})
	turn, resp := w.begins("/journal_chat_agent/stream", asking("openai", "When did I swim?", "save", true))
	eventually(t, 20*time.Second, "it has looked", func() bool { return len(w.fake.Requests()) >= 2 })
	resp.Body.Close()
	live := make(chan []frame, 1)
	go func() { live <- w.follows(turn) }()
	close(gate)
	text, events := toldBy(<-live)
	if text != "You swam [1]." || events != "turn search_iteration docs delta done" {
		t.Errorf("%q, %s", text, events)
	}
	if turn.Key == "" {
		t.Error("the turn has no key")
	}
}

// An answer that another process gives is told as far as it saves it.
func TestAnswerOfAnotherProcess(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	w := newWorld(t, options{play: stepwise("You swam in the lake before breakfast, and it was cold [1].", 300*time.Millisecond)})
	turn, resp := w.begins("/journal_chat/stream", saved("When did I swim?", "k"))
	defer resp.Body.Close()
	other := *w
	other.open(options{}) // on the same data
	if status, body := other.do("POST", turn.path()+"/stop", nil); status != http.StatusConflict {
		t.Errorf("stopped from elsewhere: %d %s", status, body)
	}
	text, events := toldBy(other.follows(turn))
	if text != "You swam in the lake before breakfast, and it was cold [1]." || !strings.HasPrefix(events, "turn docs delta") || !strings.HasSuffix(events, "done") {
		t.Errorf("%q, %s", text, events)
	}
}

func TestDeletedThreadEndsItsAnswer(t *testing.T) {
	w := newWorld(t, options{play: silent(1)})
	turn, resp := w.begins("/journal_chat/stream", saved("When did I swim?", "k"))
	defer resp.Body.Close()
	eventually(t, 20*time.Second, "the model is asked", func() bool { return w.fake.Open() == 1 && len(w.fake.Requests()) == 2 })
	w.do("DELETE", "/threads/"+turn.ThreadID, nil)
	frames(t, resp.Body)
	eventually(t, 20*time.Second, "the model's call ends", func() bool { return w.fake.Open() == 0 })
}

func TestFork(t *testing.T) {
	w := newWorld(t, options{})
	id := get[thread](w, "POST", "/threads", object{"title": "Lakes"}).ThreadID
	for i := range 2 {
		w.stream(saved(fmt.Sprintf("When did I swim, %d?", i), fmt.Sprint("k", i), "thread_id", id))
	}
	old := get[[]message](w, "GET", "/threads/"+id+"/messages", nil)
	for _, c := range []struct {
		before any
		want   int
	}{{nil, 4}, {old[2].MessageID, 2}, {old[0].MessageID, 0}} {
		made := get[thread](w, "POST", "/threads/"+id+"/fork", object{"before": c.before})
		copies := get[[]message](w, "GET", "/threads/"+made.ThreadID+"/messages", nil)
		if len(copies) != c.want || made.ThreadID == id || get[thread](w, "GET", "/threads/"+made.ThreadID, nil).Title != "Lakes" {
			t.Errorf("before %v: %+v", c.before, copies)
		}
		for i, m := range copies {
			if m.Content != old[i].Content || m.Role != old[i].Role || m.MessageID == old[i].MessageID || m.Timestamp != old[i].Timestamp || len(m.Citations) != len(old[i].Citations) {
				t.Errorf("copied %+v as %+v", old[i], m)
			}
		}
	}
	if status, _ := w.do("POST", "/threads/"+id+"/fork", object{"before": "nobody"}); status != http.StatusNotFound {
		t.Errorf("before nothing: %d", status)
	}
	if n := len(get[[]message](w, "GET", "/threads/"+id+"/messages", nil)); n != 4 {
		t.Errorf("the old thread has %d messages", n)
	}
}

func TestTitle(t *testing.T) {
	titles := []string{"  ", "\"Cold\nmornings  in the lake.\""}
	w := newWorld(t, options{play: func(r llmtest.Request) llmtest.Script {
		if r.Wants("title") {
			if !strings.Contains(r.Messages[0].Text, "When did I swim in the lake?") {
				t.Errorf("the model was told %q", r.Messages[0].Text)
			}
			title := titles[0]
			titles = titles[1:]
			return llmtest.Script{Deltas: llmtest.Answer("title", title, 5)}
		}
		return llmtest.Reply("You swam in the lake [1].")(r)
	}})
	id := get[thread](w, "POST", "/threads", nil).ThreadID
	if status, body := w.do("POST", "/threads/"+id+"/title", object{"provider": "openai", "model": "m"}); status != http.StatusConflict {
		t.Errorf("of nothing: %d %s", status, body)
	}
	w.stream(saved("When did I swim in the lake?", "k", "thread_id", id))
	before := get[thread](w, "GET", "/threads/"+id, nil)
	got := get[object](w, "POST", "/threads/"+id+"/title", object{"provider": "openai", "model": "m"})
	after := get[thread](w, "GET", "/threads/"+id, nil)
	if got["title"] != "Cold mornings in the lake" || after.Title != got["title"] || after.UpdatedAt != before.UpdatedAt {
		t.Errorf("%v, %+v", got, after)
	}
	if got := get[object](w, "POST", "/threads/"+id+"/title", object{"provider": chat.Offline}); got["title"] != "When did I swim in the lake?" {
		t.Errorf("offline: %v", got)
	}
	if status, _ := w.do("POST", "/threads/"+id+"/title", object{"provider": "nobody", "model": "m"}); status != http.StatusUnprocessableEntity {
		t.Errorf("an unknown provider: %d", status)
	}
}

func TestExport(t *testing.T) {
	w := newWorld(t, options{})
	id := get[thread](w, "POST", "/threads", object{"title": "Lakes/“deep”\r\nSet-Cookie: x"}).ThreadID
	w.stream(saved("When did I swim?", "k", "thread_id", id))
	resp := w.send(t.Context(), "GET", "/threads/"+id+"/export?format=markdown", nil)
	text := string(must(io.ReadAll(resp.Body))(t))
	resp.Body.Close()
	disposition := resp.Header.Get("Content-Disposition")
	if !strings.HasPrefix(disposition, "attachment; filename") || !strings.Contains(disposition, "Lakes") || strings.ContainsAny(disposition, "\r\n") || resp.Header.Get("Set-Cookie") != "" {
		t.Errorf("%v", resp.Header)
	}
	for _, want := range []string{"# Lakes/“deep” Set-Cookie: x\n", "## You, ", "When did I swim?", "## Daybook, ", "You swam in the lake [1].", "- [1] 2024-01-05, 01-05-2024.md:1"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
	out := get[struct {
		Threads  []thread
		Messages []message
	}](w, "GET", "/threads/"+id+"/export?format=json", nil)
	if len(out.Threads) != 1 || out.Threads[0].ThreadID != id || len(out.Messages) != 2 || out.Messages[1].Content != "You swam in the lake [1]." {
		t.Errorf("%+v", out)
	}
	if status, _ := w.do("GET", "/threads/"+id+"/export?format=exe", nil); status != http.StatusUnprocessableEntity {
		t.Errorf("an unknown format: %d", status)
	}
}

// The server's end interrupts the answer for whoever looks, too.
func TestFollowersLearnOfTheServersEnd(t *testing.T) {
	w := newWorld(t, options{play: silent(2)})
	turn, resp := w.begins("/journal_chat/stream", saved("When did I swim?", "k"))
	resp.Body.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	live := w.send(ctx, "GET", turn.path()+"/stream", nil)
	defer live.Body.Close()
	w.service.Close()
	list := frames(t, live.Body)
	if last := list[len(list)-1]; last.event != "error" {
		t.Errorf("it ends in %+v", last)
	}
}
