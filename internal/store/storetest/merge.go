package storetest

import (
	"reflect"
	"strings"
	"testing"

	"daybook"
	"daybook/internal/store"
	"daybook/internal/threads"
)

// merge merges and checks what came of it.
func merge(t *testing.T, s store.Store, th daybook.Thread, created bool, added int, messages ...daybook.Message) {
	t.Helper()
	isNew, n, err := threads.In(s).MergeThread(t.Context(), th, messages)
	if err != nil || isNew != created || n != added {
		t.Errorf("merged: new %v, %d added, %v; want %v, %d", isNew, n, err, created, added)
	}
}

func wantMessages(t *testing.T, s store.Store, thread, want string) {
	t.Helper()
	var ids []string
	for _, m := range must(s.Messages(t.Context(), thread))(t) {
		ids = append(ids, m.ID)
	}
	if got := strings.Join(ids, " "); got != want {
		t.Errorf("thread %s has the messages %q, want %q", thread, got, want)
	}
}

func threadsAreMerged(t *testing.T, s store.Store) {
	ctx := t.Context()
	a := thread("a", 1)
	a.Tags = []string{"#x"}
	m := func(id string, n int) daybook.Message { return message(id, "a", n, "text of "+id) }
	merge(t, s, a, true, 2, m("m2", 20), m("m4", 40))
	if got := must(threads.In(s).Thread(ctx, "a"))(t); !reflect.DeepEqual(got, a) {
		t.Errorf("came back as %+v, want %+v", got, a)
	}
	// Again: nothing changes, also not by what is said differently now.
	other := thread("a", 90)
	other.Title = "another"
	merge(t, s, other, false, 0, message("m2", "a", 25, "another text"), m("m4", 40))
	if got := must(threads.In(s).Thread(ctx, "a"))(t); !reflect.DeepEqual(got, a) {
		t.Errorf("merged once more it is %+v, want %+v", got, a)
	}
	// What is missing goes where it belongs; of one moment, in the order given
	// and behind what is there.
	merge(t, s, other, false, 5, m("m1", 10), m("m2", 20), m("m2b", 20), m("m3", 30), m("m3b", 30), m("m4", 40), m("m5", 50))
	wantMessages(t, s, "a", "m1 m2 m2b m3 m3b m4 m5")
	if got := must(threads.In(s).Thread(ctx, "a"))(t); !got.UpdatedAt.Equal(at(50)) || got.Title != a.Title {
		t.Errorf("the thread is %+v", got)
	}
	merge(t, s, other, false, 1, m("m0", 5))
	if got := must(threads.In(s).Thread(ctx, "a"))(t); !got.UpdatedAt.Equal(at(50)) {
		t.Errorf("an old message moved the thread to %s", got.UpdatedAt)
	}
	// What is said later comes behind all of it.
	ok(t, threads.In(s).AddMessage(ctx, m("m6", 3)))
	wantMessages(t, s, "a", "m0 m1 m2 m2b m3 m3b m4 m5 m6")
	for _, got := range must(s.Messages(ctx, "a"))(t) {
		if got.Text != "text of "+got.ID {
			t.Errorf("%s says %q", got.ID, got.Text)
		}
	}
	// A message of another thread stays there; one given twice comes once.
	merge(t, s, thread("b", 2), true, 1, message("m1", "b", 1, "x"), message("n1", "b", 2, "x"), message("n1", "b", 3, "y"))
	wantMessages(t, s, "b", "n1")
	merge(t, s, thread("c", 2), true, 0)
	wantMessages(t, s, "c", "")
	// Turns stay with their messages, whose place may move.
	tn, _, err := threads.In(s).BeginTurn(ctx, turn("c", "k"))
	ok(t, err)
	merge(t, s, thread("c", 2), false, 1, message("c0", "c", 1, "x"))
	wantMessages(t, s, "c", "c0 "+tn.Question.ID+" "+tn.Answer.ID)
	if got := must(threads.In(s).PendingTurns(ctx))(t); len(got) != 1 || !reflect.DeepEqual(got[0], tn) {
		t.Errorf("pending %+v, want %+v", got, tn)
	}
}

func mergingIsAllOrNothing(t *testing.T, s store.Store) {
	bad := message("m2", "none", 2, "x") // of a thread that is not there
	if _, _, err := threads.In(s).MergeThread(t.Context(), thread("a", 1), []daybook.Message{message("m1", "a", 1, "x"), bad}); err == nil {
		t.Fatal("no error for a message without a thread")
	}
	_, err := threads.In(s).Thread(t.Context(), "a")
	wantKind(t, err, daybook.NotFound)
	wantMessages(t, s, "a", "")
}
