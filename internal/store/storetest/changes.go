package storetest

import (
	"testing"

	"daybook"
	"daybook/internal/store"
	"daybook/internal/threads"
)

// What is taken is refused, and nothing of the change is kept.
func takenIsRefused(t *testing.T, s store.Store) {
	ctx := t.Context()
	conversations := threads.In(s)
	ok(t, conversations.CreateThread(ctx, thread("a", 1), message("m1", "a", 1, "x"), message("m3", "a", 3, "x")))
	ok(t, conversations.CreateThread(ctx, thread("b", 1), message("n1", "b", 1, "x")))
	first := turn("a", "k")
	if _, _, err := conversations.BeginTurn(ctx, first); err != nil {
		t.Fatal(err)
	}
	again := turn("a", "k")
	again.Question.ID, again.Answer.ID = "q2", "a2"
	title, same := "renamed", thread("a", 9)
	for what, c := range map[string]store.ThreadChange{
		"a thread":                   {ID: "a", Put: &same},
		"a message of the thread":    {ID: "a", Title: &title, UpdatedAt: at(50), Messages: []daybook.Message{message("m2", "a", 2, "x"), message("m1", "a", 1, "y")}},
		"a message between others":   {ID: "a", UpdatedAt: at(50), Messages: []daybook.Message{message("m1", "a", 1, "y")}, Before: map[string]string{"m1": "m3"}},
		"a message before no other":  {ID: "a", UpdatedAt: at(50), Messages: []daybook.Message{message("m2", "a", 2, "y")}, Before: map[string]string{"m2": "n1"}},
		"another thread's message":   {ID: "c", Put: &daybook.Thread{ID: "c", CreatedAt: at(1), UpdatedAt: at(1)}, Messages: []daybook.Message{message("n1", "c", 1, "y")}},
		"a turn":                     {ID: "a", UpdatedAt: at(50), Messages: []daybook.Message{again.Question, again.Answer}, Turns: []daybook.Turn{again}},
		"a turn with other messages": {ID: "a", UpdatedAt: at(50), Messages: []daybook.Message{message("q2", "a", 5, "x"), first.Answer}, Turns: []daybook.Turn{turn("a", "other")}},
	} {
		if err := s.WriteThread(ctx, c); daybook.KindOf(err) != daybook.Conflict {
			t.Errorf("%s: %v", what, err)
		}
		wantMessages(t, s, "a", "m1 m3 "+first.Question.ID+" "+first.Answer.ID)
		wantMessages(t, s, "b", "n1")
	}
	got := must(conversations.Threads(ctx))(t)
	if len(got) != 2 {
		t.Errorf("there are %d threads", len(got))
	}
	if turns := must(s.Turns(ctx, store.TurnQuery{ThreadID: "a"}))(t); len(turns) != 1 || turns[0].Key != "k" || turns[0].Question.ID != first.Question.ID {
		t.Errorf("turns %+v", turns)
	}
}

// A time that is not to go back does not, and one that may does.
func timesGoBackOnlyIfTheyMay(t *testing.T, s store.Store) {
	ctx := t.Context()
	ok(t, threads.In(s).CreateThread(ctx, thread("a", 50)))
	for _, step := range []struct {
		c    store.ThreadChange
		want int
	}{
		{store.ThreadChange{ID: "a", UpdatedAt: at(10), NotBack: true}, 50},
		{store.ThreadChange{ID: "a", UpdatedAt: at(60), NotBack: true}, 60},
		{store.ThreadChange{ID: "a", UpdatedAt: at(20)}, 20},
		{store.ThreadChange{ID: "a", Messages: []daybook.Message{message("m", "a", 70, "x")}}, 20},
	} {
		ok(t, s.WriteThread(ctx, step.c))
		if got := must(s.Threads(ctx, "a", "none"))(t); len(got) != 1 || !got[0].UpdatedAt.Equal(at(step.want)) || got[0].Title != "Thread a" {
			t.Errorf("after %+v: %+v", step.c, got)
		}
	}
}

// Messages are found by their IDs in whatever thread, answers that are being
// written too.
func messagesByID(t *testing.T, s store.Store) {
	ctx := t.Context()
	ok(t, threads.In(s).CreateThread(ctx, thread("a", 1), message("m1", "a", 1, "x"), message("m2", "a", 1, "x")))
	ok(t, threads.In(s).CreateThread(ctx, thread("b", 1), message("n1", "b", 1, "x")))
	tn, _, err := threads.In(s).BeginTurn(ctx, turn("b", "k"))
	ok(t, err)
	got := map[string]string{}
	ok(t, s.EachMessage(ctx, []string{"m2", "n1", tn.Answer.ID, "none"}, func(m daybook.Message) error {
		got[m.ID] = m.ThreadID
		return nil
	}))
	if len(got) != 3 || got["m2"] != "a" || got["n1"] != "b" || got[tn.Answer.ID] != "b" {
		t.Errorf("found %v", got)
	}
	ok(t, s.EachMessage(ctx, []string{}, func(m daybook.Message) error {
		t.Errorf("no ids, and %s", m.ID)
		return nil
	}))
}
