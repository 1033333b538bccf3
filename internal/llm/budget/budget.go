// Package budget keeps calls within so many requests and tokens a minute.
package budget

import (
	"context"
	"slices"
	"sync"
	"time"

	"daybook"
)

// Window is the time over which a budget holds: in no span of this length is
// more charged than the limits allow.
const Window = time.Minute

// Limits are what a minute may hold; 0 is no limit.
type Limits struct {
	Requests int
	Tokens   int
}

// Budget hands out the requests and tokens of one model, in the order in
// which they were asked for. It is safe for concurrent use.
type Budget struct {
	limits Limits

	mu      sync.Mutex
	charges []*charge // of the last Window, oldest first
	queue   []*waiter // the first of them waits for room, the others for their turn
}

type charge struct {
	at     time.Time
	tokens int
}

type waiter struct {
	turn chan struct{} // closed when the waiter is first in the queue
	room chan struct{} // receives when a charge was lowered
}

// New returns a budget of which nothing is used.
func New(limits Limits) *Budget { return &Budget{limits: limits} }

// Reservation is a charge for a call, to be settled when it is over.
type Reservation struct {
	budget *Budget
	charge *charge
}

// Reserve charges one request and so many tokens, as soon as the limits
// allow. Waiting holds up only those who asked later, and ends with ctx. What
// is over the whole budget by itself is daybook.TooLarge; a wait that ctx's
// deadline would cut short is refused at once as daybook.RateLimited.
func (b *Budget) Reserve(ctx context.Context, tokens int) (*Reservation, error) {
	if b.limits.Tokens > 0 && tokens > b.limits.Tokens {
		return nil, daybook.Errorf(daybook.TooLarge,
			"This needs about %d tokens at once, and the settings allow %d a minute for the model.", tokens, b.limits.Tokens)
	}
	w := b.enqueue()
	defer b.leave(w)
	select {
	case <-w.turn:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	for {
		r, wait := b.take(tokens)
		if r != nil {
			return r, nil
		}
		if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < wait {
			return nil, daybook.Errorf(daybook.RateLimited,
				"The budget of tokens a minute that the settings give this model is used up for the next %s.", wait.Round(time.Second))
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-w.room:
		case <-ctx.Done():
			timer.Stop()
			return nil, ctx.Err()
		}
		timer.Stop()
	}
}

// Settle replaces the reserved tokens by those that were used.
func (r *Reservation) Settle(tokens int) {
	r.budget.mu.Lock()
	defer r.budget.mu.Unlock()
	lower := tokens < r.charge.tokens
	r.charge.tokens = tokens
	if lower && len(r.budget.queue) > 0 {
		select {
		case r.budget.queue[0].room <- struct{}{}:
		default:
		}
	}
}

func (b *Budget) enqueue() *waiter {
	b.mu.Lock()
	defer b.mu.Unlock()
	w := &waiter{turn: make(chan struct{}), room: make(chan struct{}, 1)}
	b.queue = append(b.queue, w)
	if len(b.queue) == 1 {
		close(w.turn)
	}
	return w
}

// leave takes w out of the queue and lets the next one have its turn.
func (b *Budget) leave(w *waiter) {
	b.mu.Lock()
	defer b.mu.Unlock()
	i := slices.Index(b.queue, w)
	b.queue = slices.Delete(b.queue, i, i+1)
	if i == 0 && len(b.queue) > 0 {
		close(b.queue[0].turn)
	}
}

// take charges the tokens when there is room, and else says how long to wait
// before asking again.
func (b *Budget) take(tokens int) (*Reservation, time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Now()
	for len(b.charges) > 0 && now.Sub(b.charges[0].at) >= Window {
		b.charges = b.charges[1:]
	}
	used := tokens
	for _, c := range b.charges {
		used += c.tokens
	}
	requests := len(b.charges) + 1
	// The oldest charges leave the window first: find the one whose leaving
	// makes room.
	var wait time.Duration
	for _, c := range b.charges {
		if (b.limits.Tokens == 0 || used <= b.limits.Tokens) && (b.limits.Requests == 0 || requests <= b.limits.Requests) {
			break
		}
		used -= c.tokens
		requests--
		wait = Window - now.Sub(c.at)
	}
	if wait > 0 {
		return nil, wait
	}
	c := &charge{at: now, tokens: tokens}
	b.charges = append(b.charges, c)
	return &Reservation{budget: b, charge: c}, 0
}
