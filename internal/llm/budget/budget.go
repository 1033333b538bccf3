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

// Class says who waits for what is asked of a budget.
type Class int

// The classes. Whoever is waited for by a person goes before all others.
const (
	// Interactive is for a person who waits.
	Interactive Class = iota
	// Background is for work that nobody waits for.
	Background
	// Steady is Background for work of many minutes: its calls are spread
	// over the window instead of being made in a burst each minute, so that a
	// person who asks in the middle of it does not find the window full.
	Steady
)

// Ask is what a call wants of a budget.
type Ask struct {
	Tokens int
	Class  Class
	// Waiting is told until when the call waits, as far as that is known, each
	// time that this changes. It may be nil and must not block.
	Waiting func(until time.Time)
}

// keepFree is for how long after a person's call the others leave room for
// the next one.
const keepFree = 5 * time.Minute

// Budget hands out the requests and tokens of one model: first to who is
// waited for, and among those who are alike in the order in which they asked.
// It is safe for concurrent use.
type Budget struct {
	limits Limits

	mu      sync.Mutex
	charges []*charge // of the last Window, oldest first
	queue   []*waiter // those who wait, in the order in which they are served

	steady *charge // the last that was Steady
	ratio  float64 // what is used of what was reserved for Steady ones, on average

	personal   int // the most tokens that a person's call took lately
	personalAt time.Time
}

type charge struct {
	at       time.Time
	tokens   int
	reserved int
	class    Class
	settled  bool
}

type waiter struct {
	ask  Ask
	wake chan struct{} // receives when the waiter should look again
}

// New returns a budget of which nothing is used.
func New(limits Limits) *Budget { return &Budget{limits: limits, ratio: 1} }

// Limits returns what a minute may hold.
func (b *Budget) Limits() Limits { return b.limits }

// Reservation is a charge for a call, to be settled when it is over.
type Reservation struct {
	budget *Budget
	charge *charge
}

// Reserve charges one request and so many tokens, as soon as the limits
// allow. Waiting holds up only those who come later, and ends with ctx. What
// is over the whole budget by itself is daybook.TooLarge; a wait that ctx's
// deadline would cut short is refused at once as daybook.RateLimited.
func (b *Budget) Reserve(ctx context.Context, ask Ask) (*Reservation, error) {
	if b.limits.Tokens > 0 && ask.Tokens > b.limits.Tokens {
		return nil, daybook.Errorf(daybook.TooLarge,
			"This needs about %d tokens at once, and the settings allow %d a minute for the model.", ask.Tokens, b.limits.Tokens)
	}
	w := b.enqueue(ask)
	defer b.leave(w)
	for {
		r, wait, first := b.try(w)
		if r != nil {
			return r, nil
		}
		var timer *time.Timer
		var due <-chan time.Time
		if first {
			if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < wait {
				return nil, daybook.Errorf(daybook.RateLimited,
					"The budget of tokens a minute that the settings give this model is used up for the next %s.", wait.Round(time.Second))
			}
			if ask.Waiting != nil {
				ask.Waiting(time.Now().Add(wait))
			}
			timer = time.NewTimer(wait)
			due = timer.C
		}
		select {
		case <-due:
		case <-w.wake:
		case <-ctx.Done():
		}
		if timer != nil {
			timer.Stop()
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
}

// Settle replaces the reserved tokens by those that were used.
func (r *Reservation) Settle(tokens int) {
	b := r.budget
	b.mu.Lock()
	defer b.mu.Unlock()
	c := r.charge
	if c.class == Steady && !c.settled && c.reserved > 0 {
		b.ratio += (float64(tokens)/float64(c.reserved) - b.ratio) / 4
	}
	lower := tokens < c.tokens
	c.tokens, c.settled = tokens, true
	if lower {
		b.wakeFirst()
	}
}

// enqueue puts a waiter behind those who go before it.
func (b *Budget) enqueue(ask Ask) *waiter {
	b.mu.Lock()
	defer b.mu.Unlock()
	w := &waiter{ask: ask, wake: make(chan struct{}, 1)}
	at := len(b.queue)
	if ask.Class == Interactive {
		at = slices.IndexFunc(b.queue, func(o *waiter) bool { return o.ask.Class != Interactive })
		if at < 0 {
			at = len(b.queue)
		}
	}
	b.queue = slices.Insert(b.queue, at, w)
	return w
}

// leave takes w out of the queue and has the next one look.
func (b *Budget) leave(w *waiter) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if i := slices.Index(b.queue, w); i >= 0 {
		b.queue = slices.Delete(b.queue, i, i+1)
	}
	b.wakeFirst()
}

// wakeFirst has the first in the queue look again; the lock is held.
func (b *Budget) wakeFirst() {
	if len(b.queue) == 0 {
		return
	}
	select {
	case b.queue[0].wake <- struct{}{}:
	default: // it was told
	}
}

// try charges what w asks for when it is its turn and there is room, and else
// says how long to wait before asking again, and whether it is w's turn.
func (b *Budget) try(w *waiter) (r *Reservation, wait time.Duration, first bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.queue[0] != w {
		return nil, 0, false
	}
	now := time.Now()
	for len(b.charges) > 0 && now.Sub(b.charges[0].at) >= Window {
		b.charges = b.charges[1:]
	}
	if wait = max(b.room(now, w.ask), b.pace(now, w.ask)); wait > 0 {
		return nil, wait, true
	}
	c := &charge{at: now, tokens: w.ask.Tokens, reserved: w.ask.Tokens, class: w.ask.Class}
	b.charges = append(b.charges, c)
	switch c.class {
	case Steady:
		b.steady = c
	case Interactive:
		if now.Sub(b.personalAt) >= keepFree {
			b.personal = 0
		}
		b.personal, b.personalAt = max(b.personal, c.tokens), now
	}
	return &Reservation{budget: b, charge: c}, 0, true
}

// room returns how long it takes until there is room in the window.
func (b *Budget) room(now time.Time, ask Ask) (wait time.Duration) {
	limit := b.limits.Tokens
	if ask.Class != Interactive && now.Sub(b.personalAt) < keepFree {
		// A person talks with the model: what they will ask next is left
		// free, of half of the budget at most.
		limit = max(ask.Tokens, limit-min(b.personal, limit/2))
	}
	used, requests := ask.Tokens, 1
	for _, c := range b.charges {
		used += c.tokens
		requests++
	}
	// The oldest charges leave the window first: find the one whose leaving
	// makes room.
	for _, c := range b.charges {
		if (b.limits.Tokens == 0 || used <= limit) && (b.limits.Requests == 0 || requests <= b.limits.Requests) {
			break
		}
		used -= c.tokens
		requests--
		wait = Window - now.Sub(c.at)
	}
	return wait
}

// pace returns how long a Steady call waits after the one before it, so that
// the budget is used up evenly.
func (b *Budget) pace(now time.Time, ask Ask) time.Duration {
	if ask.Class != Steady || b.steady == nil || b.limits.Tokens == 0 {
		return 0
	}
	tokens := float64(b.steady.tokens)
	if !b.steady.settled {
		tokens *= b.ratio
	}
	return time.Duration(tokens/float64(b.limits.Tokens)*float64(Window)) - now.Sub(b.steady.at)
}
