// Package threads implements the rules of conversations on top of any store: what
// a thread's times mean, that a key identifies one turn, and how an imported
// thread is merged.
package threads

import (
	"context"
	"time"

	"daybook"
	"daybook/internal/store"
)

// Store is the part of a store that Service uses; see store.Threads.
type Store interface {
	Threads(ctx context.Context, ids ...string) ([]daybook.Thread, error)
	Messages(ctx context.Context, threadID string) ([]daybook.Message, error)
	EachMessage(ctx context.Context, ids []string, f func(daybook.Message) error) error
	Turns(ctx context.Context, q store.TurnQuery) ([]daybook.Turn, error)
	WriteThread(ctx context.Context, c store.ThreadChange) error
}

// Service gives access to the conversations in a store.
type Service struct{ store Store }

// In returns the conversations of a store.
func In(s Store) *Service { return &Service{s} }

// Threads returns all threads, most recently updated first.
func (t *Service) Threads(ctx context.Context) ([]daybook.Thread, error) { return t.store.Threads(ctx) }

// Thread returns a thread, or a daybook.NotFound error.
func (t *Service) Thread(ctx context.Context, id string) (daybook.Thread, error) {
	found, err := t.store.Threads(ctx, id)
	if err == nil && len(found) == 0 {
		err = daybook.Errorf(daybook.NotFound, "There is no such thread.")
	}
	if err != nil {
		return daybook.Thread{}, err
	}
	return found[0], nil
}

// Messages returns a thread's messages in order; an unknown thread has none.
func (t *Service) Messages(ctx context.Context, threadID string) ([]daybook.Message, error) {
	return t.store.Messages(ctx, threadID)
}

// EachMessage calls f with every message; see store.Threads.
func (t *Service) EachMessage(ctx context.Context, f func(daybook.Message) error) error {
	return t.store.EachMessage(ctx, nil, f)
}

// CreateThread stores a new thread and its first messages, in one step. The error
// is daybook.Conflict if a thread has this ID.
func (t *Service) CreateThread(ctx context.Context, thread daybook.Thread, messages ...daybook.Message) error {
	return t.store.WriteThread(ctx, store.ThreadChange{ID: thread.ID, Put: &thread, Messages: messages})
}

// ReplaceThread stores a thread with its messages, in the order given, and its
// turns, replacing any thread with this ID, in one step. The error is
// daybook.Conflict if another thread has one of the messages.
func (t *Service) ReplaceThread(ctx context.Context, thread daybook.Thread, messages []daybook.Message, turns []daybook.Turn) error {
	return t.store.WriteThread(ctx, store.ThreadChange{ID: thread.ID, Put: &thread, Replace: true, Messages: messages, Turns: turns})
}

// RenameThread sets a thread's title and UpdatedAt.
func (t *Service) RenameThread(ctx context.Context, id, title string, at time.Time) error {
	return t.store.WriteThread(ctx, store.ThreadChange{ID: id, Title: &title, UpdatedAt: at})
}

// DeleteThread erases a thread, its messages and turns.
func (t *Service) DeleteThread(ctx context.Context, id string) error {
	return t.store.WriteThread(ctx, store.ThreadChange{ID: id, Delete: true})
}

// AddMessage appends a message and moves the thread's UpdatedAt to its time.
func (t *Service) AddMessage(ctx context.Context, m daybook.Message) error {
	return t.store.WriteThread(ctx, store.ThreadChange{ID: m.ThreadID, UpdatedAt: m.Time, Messages: []daybook.Message{m}})
}

// beginAttempts is how often to try to begin a turn that others begin and delete
// meanwhile.
const beginAttempts = 3

// BeginTurn stores a turn's question and its pending answer in one durable
// step and returns them. If the thread already has a turn with this key,
// nothing is stored and that turn is returned with created false.
func (t *Service) BeginTurn(ctx context.Context, turn daybook.Turn) (_ daybook.Turn, created bool, err error) {
	var conflict error
	for range beginAttempts {
		old, err := t.store.Turns(ctx, store.TurnQuery{ThreadID: turn.ThreadID, Key: turn.Key})
		if err != nil {
			return daybook.Turn{}, false, err
		}
		if len(old) > 0 {
			return old[0], false, nil
		}
		err = t.store.WriteThread(ctx, store.ThreadChange{
			ID: turn.ThreadID, UpdatedAt: turn.Question.Time,
			Messages: []daybook.Message{turn.Question, turn.Answer}, Turns: []daybook.Turn{turn},
		})
		if err == nil {
			return turn, true, nil
		}
		// Another request with this key was quicker. Its turn is there now, unless
		// the thread was deleted since.
		if conflict = err; daybook.KindOf(err) != daybook.Conflict {
			return daybook.Turn{}, false, err
		}
	}
	return daybook.Turn{}, false, conflict
}

// UpdateTurn replaces text, status, citations, trace and time of the turn's
// answer, and moves its Beat and the thread's UpdatedAt to the answer's time.
func (t *Service) UpdateTurn(ctx context.Context, turn daybook.Turn) error {
	return t.store.WriteThread(ctx, store.ThreadChange{ID: turn.ThreadID, UpdatedAt: turn.Answer.Time, Answer: &turn})
}

// PendingTurns returns the turns whose answer is pending.
func (t *Service) PendingTurns(ctx context.Context) ([]daybook.Turn, error) {
	return t.store.Turns(ctx, store.TurnQuery{})
}
