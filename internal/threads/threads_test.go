package threads_test

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"daybook"
	"daybook/internal/store"
	"daybook/internal/store/sqlite"
	"daybook/internal/threads"
)

// The rules are tested with each store, in package storetest. Here is what
// happens between the steps of one.

// meanwhile is a store that others write to before a change is made.
type meanwhile struct {
	*sqlite.Store
	first func() // before the next change
	then  func() // after it
}

func (m *meanwhile) WriteThread(ctx context.Context, c store.ThreadChange) error {
	if first := m.first; first != nil {
		m.first = nil
		first()
	}
	err := m.Store.WriteThread(ctx, c)
	if then := m.then; then != nil {
		m.then = nil
		then()
	}
	return err
}

func at(n int) time.Time { return time.Date(2024, 3, 1, 12, 0, n, 0, time.UTC) }

func message(id, thread string, n int) daybook.Message {
	return daybook.Message{ID: id, ThreadID: thread, Time: at(n), Role: daybook.User, Text: "text of " + id}
}

func open(t *testing.T) (*meanwhile, *threads.Service) {
	t.Helper()
	s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "daybook.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	thread := daybook.Thread{ID: "a", CreatedAt: at(1), UpdatedAt: at(40)}
	if err := threads.In(s).CreateThread(t.Context(), thread, message("m1", "a", 10), message("m4", "a", 40)); err != nil {
		t.Fatal(err)
	}
	return &meanwhile{Store: s}, threads.In(s)
}

func TestMergeIntoAThreadThatChanges(t *testing.T) {
	a := daybook.Thread{ID: "a", CreatedAt: at(1), UpdatedAt: at(40)}
	for name, step := range map[string]struct {
		first   func(*testing.T, *threads.Service) error
		created bool
		added   int
		want    string
		updated int
	}{
		"another merges the same": {func(t *testing.T, s *threads.Service) error {
			_, _, err := s.MergeThread(t.Context(), a, []daybook.Message{message("m2", "a", 20)})
			return err
		}, false, 1, "[m1 m2 m3 m4]", 40},
		"it is deleted": {func(t *testing.T, s *threads.Service) error {
			return s.DeleteThread(t.Context(), "a")
		}, true, 2, "[m2 m3]", 40},
		"it goes on": {func(t *testing.T, s *threads.Service) error { return s.AddMessage(t.Context(), message("m9", "a", 90)) }, false, 2, "[m1 m2 m3 m4 m9]", 90},
	} {
		t.Run(name, func(t *testing.T) {
			s, direct := open(t)
			s.first = func() {
				if err := step.first(t, direct); err != nil {
					t.Error(err)
				}
			}
			created, added, err := threads.In(s).MergeThread(t.Context(), a, []daybook.Message{message("m2", "a", 20), message("m3", "a", 30)})
			if err != nil || created != step.created || added != step.added {
				t.Errorf("merged: new %v, %d added, %v", created, added, err)
			}
			messages, err := direct.Messages(t.Context(), "a")
			if err != nil {
				t.Fatal(err)
			}
			var ids []string
			for _, m := range messages {
				ids = append(ids, m.ID)
			}
			if got := fmt.Sprint(ids); got != step.want {
				t.Errorf("messages %s, want %s", got, step.want)
			}
			if got, err := direct.Thread(t.Context(), "a"); err != nil || !got.UpdatedAt.Equal(at(step.updated)) {
				t.Errorf("updated at %s, %v", got.UpdatedAt, err)
			}
		})
	}
}

func TestTurnThatAnotherBeginsFirst(t *testing.T) {
	s, direct := open(t)
	turn := func(n int) daybook.Turn {
		q, a := message(fmt.Sprint("q", n), "a", 50), message(fmt.Sprint("a", n), "a", 50)
		a.Role, a.Status = daybook.Assistant, daybook.Pending
		return daybook.Turn{ThreadID: "a", Key: "k", Fingerprint: fmt.Sprint(n), Question: q, Answer: a, Beat: at(50)}
	}
	s.first = func() {
		if _, created, err := direct.BeginTurn(t.Context(), turn(1)); err != nil || !created {
			t.Errorf("created %v, %v", created, err)
		}
	}
	got, created, err := threads.In(s).BeginTurn(t.Context(), turn(2))
	if err != nil || created || got.Fingerprint != "1" || got.Question.ID != "q1" {
		t.Errorf("got %+v, created %v, %v", got, created, err)
	}
	// A message's ID that is taken is not a turn.
	stolen := turn(3)
	stolen.Key, stolen.Question.ID = "other", "m1"
	if _, _, err := direct.BeginTurn(t.Context(), stolen); daybook.KindOf(err) != daybook.Conflict {
		t.Errorf("a question under a message's id: %v", err)
	}
}

// Another begins the turn, and the thread is deleted before that turn is seen.
func TestTurnThatAnotherBeginsAndDeletes(t *testing.T) {
	for name, again := range map[string]bool{"deleted": false, "deleted and created": true} {
		t.Run(name, func(t *testing.T) {
			s, direct := open(t)
			turn := func(n int) daybook.Turn {
				return daybook.Turn{ThreadID: "a", Key: "k", Question: message(fmt.Sprint("q", n), "a", 50), Answer: message(fmt.Sprint("a", n), "a", 51), Beat: at(50)}
			}
			s.first = func() {
				if _, _, err := direct.BeginTurn(t.Context(), turn(1)); err != nil {
					t.Error(err)
				}
			}
			s.then = func() {
				if err := direct.DeleteThread(t.Context(), "a"); err != nil {
					t.Error(err)
				}
				if again {
					if err := direct.CreateThread(t.Context(), daybook.Thread{ID: "a", CreatedAt: at(60), UpdatedAt: at(60)}); err != nil {
						t.Error(err)
					}
				}
			}
			_, created, err := threads.In(s).BeginTurn(t.Context(), turn(2))
			if created != again || !again && daybook.KindOf(err) != daybook.NotFound || again && err != nil {
				t.Errorf("created %v, %v", created, err)
			}
		})
	}
}
