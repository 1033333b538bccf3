package storetest

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"daybook"
	"daybook/internal/store"
	"daybook/internal/threads"
)

// at is a moment with microseconds, n seconds after a fixed one.
func at(n int) time.Time {
	return time.Date(2024, 3, 1, 12, 0, 0, 123456000, time.UTC).Add(time.Duration(n) * time.Second)
}

func thread(id string, n int) daybook.Thread {
	return daybook.Thread{ID: id, Title: "Thread " + id, CreatedAt: at(n), UpdatedAt: at(n)}
}

func message(id, thread string, n int, text string) daybook.Message {
	return daybook.Message{ID: id, ThreadID: thread, Time: at(n), Role: daybook.User, Text: text}
}

func threadsAreKept(t *testing.T, s store.Store) {
	ctx := t.Context()
	a := thread("a", 1)
	a.Tags = []string{"#x", "y"}
	ok(t, threads.In(s).CreateThread(ctx, a))
	ok(t, threads.In(s).CreateThread(ctx, thread("b", 2), message("m1", "b", 2, "hello")))
	wantKind(t, threads.In(s).CreateThread(ctx, thread("a", 3)), daybook.Conflict)
	if got := must(threads.In(s).Thread(ctx, "a"))(t); !reflect.DeepEqual(got, a) {
		t.Errorf("came back as %+v, want %+v", got, a)
	}
	if got := must(threads.In(s).Thread(ctx, "b"))(t); got.Tags != nil {
		t.Errorf("a thread without tags has %#v", got.Tags)
	}
	order := func() string {
		var ids []string
		for _, th := range must(s.Threads(ctx))(t) {
			ids = append(ids, th.ID)
		}
		return strings.Join(ids, " ")
	}
	if got := order(); got != "b a" {
		t.Errorf("threads: %s", got)
	}
	for _, title := range hostile {
		ok(t, threads.In(s).RenameThread(ctx, "a", title, at(10)))
		if got := must(threads.In(s).Thread(ctx, "a"))(t); got.Title != title || !got.UpdatedAt.Equal(at(10)) || !got.CreatedAt.Equal(at(1)) {
			t.Errorf("renamed: %+v", got)
		}
	}
	if got := order(); got != "a b" {
		t.Errorf("threads after renaming: %s", got)
	}
	ok(t, s.DeleteThread(ctx, "b"))
	if got := must(s.Messages(ctx, "b"))(t); len(got) != 0 {
		t.Errorf("a deleted thread has messages: %+v", got)
	}
	if stats := must(s.Stats(ctx))(t); stats.Threads != 1 || stats.Messages != 0 {
		t.Errorf("stats %+v", stats)
	}
}

func messagesInOrder(t *testing.T, s store.Store) {
	ctx := t.Context()
	ok(t, threads.In(s).CreateThread(ctx, thread("a", 1)))
	var want []daybook.Message
	for i, text := range hostile {
		m := message(fmt.Sprintf("m%d", i), "a", 100-i, text) // clocks run backwards, too
		if i%2 == 1 {
			m.Role = daybook.Assistant
			m.Citations = []daybook.Citation{{Number: 1, EntryID: "e", Date: day("1660-09-25"), Title: text, Path: "p.md", Line: 3, Start: 1, End: 9}}
			m.Trace = must(json.Marshal(map[string]string{"said": text}))(t)
		}
		ok(t, threads.In(s).AddMessage(ctx, m))
		want = append(want, m)
	}
	if got := must(s.Messages(ctx, "a"))(t); !reflect.DeepEqual(got, want) {
		t.Errorf("came back as\n%+v\nwent in as\n%+v", got, want)
	}
	if got := must(threads.In(s).Thread(ctx, "a"))(t); !got.UpdatedAt.Equal(want[len(want)-1].Time) {
		t.Errorf("the thread was updated at %s", got.UpdatedAt)
	}
}

func everyMessage(t *testing.T, s store.Store) {
	ctx := t.Context()
	got := func() map[string]string {
		out := map[string]string{}
		ok(t, threads.In(s).EachMessage(ctx, func(m daybook.Message) error {
			if m.Citations != nil || !m.Time.Equal(at(1)) {
				t.Errorf("a message came as %+v", m)
			}
			out[m.ThreadID+"/"+m.ID] = string(m.Role) + " " + m.Text
			return nil
		}))
		return out
	}
	if all := got(); len(all) != 0 {
		t.Errorf("without threads there are %v", all)
	}
	want := map[string]string{}
	for i, text := range hostile {
		id := fmt.Sprintf("t%d", i%2)
		m := message(fmt.Sprintf("m%d", i), id, 1, text)
		if i >= 2 {
			m.Role = daybook.Assistant
			m.Citations = []daybook.Citation{{Number: 1, EntryID: "e", Date: day("1660-09-25")}}
			ok(t, threads.In(s).AddMessage(ctx, m))
		} else {
			ok(t, threads.In(s).CreateThread(ctx, thread(id, 1), m))
		}
		want[id+"/"+m.ID] = string(m.Role) + " " + text
	}
	if all := got(); !reflect.DeepEqual(all, want) {
		t.Errorf("got %d messages, want %d: %v", len(all), len(want), all)
	}
	stop := errors.New("enough")
	if err := threads.In(s).EachMessage(ctx, func(daybook.Message) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("an error of the caller came back as %v", err)
	}
	ok(t, s.DeleteThread(ctx, "t0"))
	for id := range got() {
		if strings.HasPrefix(id, "t0/") {
			t.Errorf("%s is of a thread that was deleted", id)
		}
	}
}

func missingThreads(t *testing.T, s store.Store) {
	ctx := t.Context()
	_, err := threads.In(s).Thread(ctx, "none")
	wantKind(t, err, daybook.NotFound)
	wantKind(t, threads.In(s).RenameThread(ctx, "none", "x", at(1)), daybook.NotFound)
	wantKind(t, s.DeleteThread(ctx, "none"), daybook.NotFound)
	wantKind(t, threads.In(s).AddMessage(ctx, message("m", "none", 1, "x")), daybook.NotFound)
	_, _, err = threads.In(s).BeginTurn(ctx, turn("none", "k"))
	wantKind(t, err, daybook.NotFound)
	ok(t, threads.In(s).CreateThread(ctx, thread("a", 1)))
	wantKind(t, threads.In(s).UpdateTurn(ctx, turn("a", "none")), daybook.NotFound)
	if got := must(s.Messages(ctx, "none"))(t); len(got) != 0 {
		t.Errorf("an unknown thread has messages: %+v", got)
	}
}

func turn(threadID, key string) daybook.Turn {
	id := threadID + "-" + key
	return daybook.Turn{
		ThreadID: threadID, Key: key, Fingerprint: "f" + key, Beat: at(5),
		Question: message("q-"+id, threadID, 5, "a question"),
		Answer:   daybook.Message{ID: "a-" + id, ThreadID: threadID, Time: at(5), Role: daybook.Assistant, Status: daybook.Pending},
	}
}

func turnsAreKeptOnce(t *testing.T, s store.Store) {
	ctx := t.Context()
	ok(t, threads.In(s).CreateThread(ctx, thread("a", 1)))
	ok(t, threads.In(s).CreateThread(ctx, thread("b", 1)))
	first := turn("a", "k")
	got, created, err := threads.In(s).BeginTurn(ctx, first)
	if err != nil || !created || !reflect.DeepEqual(got, first) {
		t.Fatalf("began %+v, %v, %v", got, created, err)
	}
	again := turn("a", "k")
	again.Question.ID, again.Answer.ID, again.Fingerprint = "q2", "a2", "another"
	got, created, err = threads.In(s).BeginTurn(ctx, again)
	if err != nil || created || !reflect.DeepEqual(got, first) {
		t.Errorf("the same key gave %+v, %v, %v; want %+v", got, created, err, first)
	}
	// The same key in another thread is another turn.
	if _, created, err = threads.In(s).BeginTurn(ctx, turn("b", "k")); err != nil || !created {
		t.Errorf("in another thread: %v, %v", created, err)
	}
	if got := must(s.Messages(ctx, "a"))(t); len(got) != 2 || got[0].ID != first.Question.ID || got[1].Status != daybook.Pending {
		t.Errorf("messages %+v", got)
	}
	if got := must(threads.In(s).Thread(ctx, "a"))(t); !got.UpdatedAt.Equal(at(5)) {
		t.Errorf("the thread was updated at %s", got.UpdatedAt)
	}
	ok(t, s.DeleteThread(ctx, "a"))
	if got := must(threads.In(s).PendingTurns(ctx))(t); len(got) != 1 || got[0].ThreadID != "b" {
		t.Errorf("pending %+v", got)
	}
}

func turnsOfManyAtOnce(t *testing.T, s store.Store) {
	ctx := t.Context()
	ok(t, threads.In(s).CreateThread(ctx, thread("a", 1)))
	var created atomic.Int32
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			mine := turn("a", "k")
			mine.Question.ID, mine.Answer.ID = fmt.Sprintf("q%d", i), fmt.Sprintf("a%d", i)
			_, isNew, err := threads.In(s).BeginTurn(ctx, mine)
			if err != nil {
				t.Error(err)
			}
			if isNew {
				created.Add(1)
			}
		})
	}
	wg.Wait()
	if n := created.Load(); n != 1 {
		t.Errorf("%d turns of one key", n)
	}
	if got := must(s.Messages(ctx, "a"))(t); len(got) != 2 {
		t.Errorf("%d messages", len(got))
	}
}

func turnsGrow(t *testing.T, s store.Store) {
	ctx := t.Context()
	ok(t, threads.In(s).CreateThread(ctx, thread("a", 1)))
	tn, _, err := threads.In(s).BeginTurn(ctx, turn("a", "k"))
	ok(t, err)
	tn.Answer.Text, tn.Answer.Time = "so far", at(8)
	ok(t, threads.In(s).UpdateTurn(ctx, tn))
	pending := must(threads.In(s).PendingTurns(ctx))(t)
	if len(pending) != 1 || pending[0].Answer.Text != "so far" || !pending[0].Beat.Equal(at(8)) || pending[0].Fingerprint != tn.Fingerprint {
		t.Errorf("pending %+v", pending)
	}
	tn.Answer.Text, tn.Answer.Status, tn.Answer.Time = "all of it", daybook.Complete, at(9)
	tn.Answer.Citations = []daybook.Citation{{Number: 1, EntryID: "e", Date: day("2024-01-01")}}
	tn.Answer.Trace = json.RawMessage(`{"model":"m","looks":[1,2]}`)
	ok(t, threads.In(s).UpdateTurn(ctx, tn))
	if got := must(s.Messages(ctx, "a"))(t); len(got) != 2 || !reflect.DeepEqual(got[1], tn.Answer) {
		t.Errorf("messages %+v", got)
	}
	if got := must(threads.In(s).PendingTurns(ctx))(t); len(got) != 0 {
		t.Errorf("pending %+v", got)
	}
	if got := must(threads.In(s).Thread(ctx, "a"))(t); !got.UpdatedAt.Equal(at(9)) {
		t.Errorf("the thread was updated at %s", got.UpdatedAt)
	}
}
