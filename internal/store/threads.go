package store

import (
	"context"
	"slices"
	"time"

	"daybook"
)

// Threads stores conversations. Times are stored to the microsecond, in UTC.
// The rules of conversations are in package threads.
type Threads interface {
	// Threads returns all threads, most recently updated first, or those with
	// the given IDs. Unknown IDs are ignored.
	Threads(ctx context.Context, ids ...string) ([]daybook.Thread, error)
	// Messages returns a thread's messages in order; an unknown thread has none.
	Messages(ctx context.Context, threadID string) ([]daybook.Message, error)
	// EachMessage calls f with every message of every thread, or with those
	// that have one of ids, without citations and in no order. An answer that
	// is being written may be missing, unless it is requested by its ID. An
	// error from f ends it and is returned.
	EachMessage(ctx context.Context, ids []string, f func(daybook.Message) error) error
	// Turns returns the turns that match q, by key.
	Turns(ctx context.Context, q TurnQuery) ([]daybook.Turn, error)
	// WriteThread makes a change in one durable step or not at all.
	WriteThread(ctx context.Context, c ThreadChange) error
}

// TurnQuery selects the turns of a thread, where a damaged one is an error,
// or the pending ones of all threads except damaged ones.
type TurnQuery struct {
	ThreadID string // "" selects the pending ones
	Key      string // "" matches any
}

// ThreadChange is a change of one thread. Adding something under an existing ID
// or key is daybook.Conflict; changing or deleting something that does not
// exist is daybook.NotFound.
type ThreadChange struct {
	ID string // the thread's
	// Delete erases the thread, its messages and turns; all other fields are
	// zero.
	Delete bool
	// Put is the thread itself if it is new. With Replace it replaces what is
	// stored under its ID, with Messages and Turns.
	Put     *daybook.Thread
	Replace bool
	// Title and UpdatedAt are set unless they are zero. If NotBack is set, an
	// earlier UpdatedAt is ignored.
	Title     *string
	UpdatedAt time.Time
	NotBack   bool
	// Messages are new messages. Each goes before the message that Before names
	// for its ID, or after all others.
	Messages []daybook.Message
	Before   map[string]string
	// Turns are new turns. Messages includes their questions and answers.
	Turns []daybook.Turn
	// Answer is a turn whose answer changed: its text, status, citations, trace
	// and time. Its Beat becomes the answer's time.
	Answer *daybook.Turn
}

// Order returns the IDs of a thread's messages after the change, given those
// before it.
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

// IsNewTurn reports whether the change begins a turn.
func (c *ThreadChange) IsNewTurn() bool { return c.Put == nil && len(c.Turns) > 0 }
