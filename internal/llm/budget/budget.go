// Package budget keeps calls within so many requests and tokens a minute.
package budget

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
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

// Ledger keeps the charges of the last Window, where several processes share
// a budget. It is safe for concurrent use, by those processes too.
type Ledger interface {
	// Charge charges one request and so many tokens when the limits leave
	// room, and else returns nil and how long it takes until they do, if
	// nothing is settled before.
	Charge(ctx context.Context, limits Limits, tokens int) (Charge, time.Duration, error)
}

// Charge is one of a Ledger's.
type Charge interface {
	// Settle replaces the tokens that were charged. It may do so later.
	Settle(tokens int)
}

// Budget hands out the requests and tokens of one model, in the order in
// which they were asked for. It is safe for concurrent use.
type Budget struct {
	limits Limits
	ledger Ledger
	// recheck is how soon to look again whether others made room.
	recheck time.Duration

	mu    sync.Mutex
	queue []*waiter // the first of them waits for room, the others for their turn
}

// recheckShared is how soon a shared ledger is looked at again.
const recheckShared = time.Second

type waiter struct {
	turn chan struct{} // closed when the waiter is first in the queue
	room chan struct{} // receives when a charge was lowered
}

// New returns a budget of which nothing is used.
func New(limits Limits) *Budget { return &Budget{limits: limits, ledger: &memory{}, recheck: Window} }

// Shared returns a budget whose charges a ledger keeps. Those who wait in
// different processes get room in no certain order.
func Shared(limits Limits, ledger Ledger) *Budget {
	return &Budget{limits: limits, ledger: ledger, recheck: recheckShared}
}

// Reservation is a charge for a call, to be settled when it is over.
type Reservation struct {
	budget *Budget
	charge Charge
	tokens atomic.Int64
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
		c, wait, err := b.ledger.Charge(ctx, b.limits, tokens)
		if err != nil {
			return nil, err
		}
		if c != nil {
			r := &Reservation{budget: b, charge: c}
			r.tokens.Store(int64(tokens))
			return r, nil
		}
		if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < wait {
			return nil, daybook.Errorf(daybook.RateLimited,
				"The budget of tokens a minute that the settings give this model is used up for the next %s.", wait.Round(time.Second))
		}
		timer := time.NewTimer(min(wait, b.recheck))
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
	r.charge.Settle(tokens)
	if int64(tokens) >= r.tokens.Swap(int64(tokens)) {
		return
	}
	r.budget.mu.Lock()
	defer r.budget.mu.Unlock()
	if len(r.budget.queue) > 0 {
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
