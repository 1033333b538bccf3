package store

import (
	"context"
	"slices"
	"time"

	"daybook"
)

// Threads keeps conversations. Times are kept to the microsecond, in UTC. The
// rules of conversations are in package threads.
type Threads interface {
	// Threads returns all threads, most recently updated first, or those with
	// the given IDs. Unknown IDs are passed over.
	Threads(ctx context.Context, ids ...string) ([]daybook.Thread, error)
	// Messages returns a thread's messages in order; an unknown thread has none.
	Messages(ctx context.Context, threadID string) ([]daybook.Message, error)
	// EachMessage calls f with every message of every thread, or with those
	// that have one of ids, without citations and in no order. An answer that
	// is being written may be missing, unless it is asked for by its ID. An
	// error of f ends it, and is returned.
	EachMessage(ctx context.Context, ids []string, f func(daybook.Message) error) error
	// Turns returns the turns that q lets in, by key.
	Turns(ctx context.Context, q TurnQuery) ([]daybook.Turn, error)
	// WriteThread makes a change in one durable step, or not at all.
	WriteThread(ctx context.Context, c ThreadChange) error
	// DeleteThread erases a thread, its messages and turns.
	DeleteThread(ctx context.Context, id string) error
}

// TurnQuery asks for turns: those of a thread, of which a damaged one is an
// error, or the pending ones of all threads that are not damaged.
type TurnQuery struct {
	ThreadID string // "" asks for the pending ones
	Key      string // "" is any
}

// ThreadChange is a change of one thread. What is added under an ID or a key
// that is taken is daybook.Conflict.
type ThreadChange struct {
	ID string // the thread's
	// Put is the thread itself, where it is new. Replace has it, with Messages
	// and Turns, take the place of what is kept under its ID, if anything is.
	Put     *daybook.Thread
	Replace bool
	// Title and UpdatedAt are set where they are not zero. If NotBack is set, an
	// earlier UpdatedAt is passed over.
	Title     *string
	UpdatedAt time.Time
	NotBack   bool
	// Messages are new messages of the thread. Each goes before the one that
	// Before names, by their IDs, or behind all others.
	Messages []daybook.Message
	Before   map[string]string
	// Turns are new turns. Their questions and answers are among Messages.
	Turns []daybook.Turn
	// Answer is a turn whose answer has changed: its text, status, citations,
	// trace and time. Its Beat becomes the answer's time.
	Answer *daybook.Turn
}

// Order returns the order of a thread's messages after the change, whose IDs
// were now before.
func (c *ThreadChange) Order(now []string) ([]string, error) {
	next := slices.Clone(now)
	known := make(map[string]bool, len(now))
	for _, id := range now {
		known[id] = true
	}
	for _, m := range c.Messages {
		at := len(next)
		if before, ok := c.Before[m.ID]; ok {
			at = slices.Index(next, before)
		}
		if at < 0 || known[m.ID] {
			return nil, daybook.Errorf(daybook.Conflict, "The conversation has changed in the meantime.")
		}
		next = slices.Insert(next, at, m.ID)
	}
	return next, nil
}

// IsNewTurn reports whether the change is the beginning of a turn.
func (c *ThreadChange) IsNewTurn() bool { return c.Put == nil && len(c.Turns) > 0 }
