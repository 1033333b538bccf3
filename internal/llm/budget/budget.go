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

// Limits are the most requests and tokens in a Window; 0 means no limit.
type Limits struct {
	Requests int
	Tokens   int
}

func (l Limits) allow(requests, tokens int) bool {
	within := func(n, limit int) bool { return limit == 0 || n <= limit }
	return within(requests, l.Requests) && within(tokens, l.Tokens)
}

// Class says who waits for what is asked of a budget.
type Class int

// The classes. Calls that a person waits for go first.
const (
	// Interactive is for a person who waits.
	Interactive Class = iota
	// Background is for work without a waiting user.
	Background
	// Steady is Background for work of many minutes: its calls are spread
	// over the window instead of being made in a burst each minute, so that a
	// person who asks in the middle of it does not find the window full.
	Steady
)

// Ask is what a call requests from a budget.
type Ask struct {
	Tokens int
	Class  Class
	// Waiting is told until when the call waits, as far as that is known, each
	// time that this changes. It may be nil, must not block and not use the
	// budget.
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
	ledger Ledger       // nil where no other process has the budget
	urgent atomic.Int32 // persons who wait for the ledger

	mu      sync.Mutex
	charges []*charge   // of the last Window, oldest first
	queue   []*waiter   // those who wait, in the order in which they are served
	timer   *time.Timer // when there may be room for one of them; nil without any

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
	ask      Ask
	deadline time.Time // zero is none
	since    time.Time // it is the first in the queue and does not fit; zero is neither
	told     time.Time // what Waiting was told last
	got      chan struct{}
	r        *Reservation // set, or err, when got is closed
	err      error
}

// passedOver is for how long smaller calls may go before the first in the
// queue, which does not fit yet.
const passedOver = Window

// New returns a budget that is unused.
func New(limits Limits) *Budget { return &Budget{limits: limits, ratio: 1} }

// Reservation is a charge for a call, to be settled when it is over.
type Reservation struct {
	budget *Budget
	charge *charge
	shared Charge // nil where no other process has the budget
}

// Reserve charges one request and so many tokens, as soon as the limits
// allow. Waiting holds up only those who come later, and ends with ctx. What
// is over the whole budget by itself is daybook.TooLarge; a wait that ctx's
// deadline would cut short is refused as daybook.RateLimited as soon as that
// is known.
func (b *Budget) Reserve(ctx context.Context, ask Ask) (*Reservation, error) {
	r, err := b.reserve(ctx, ask)
	if err != nil || b.ledger == nil {
		return r, err
	}
	if err := b.share(ctx, r, ask); err != nil {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.charges = slices.DeleteFunc(b.charges, func(c *charge) bool { return c == r.charge })
		b.serve()
		return nil, err
	}
	return r, nil
}

func (b *Budget) reserve(ctx context.Context, ask Ask) (*Reservation, error) {
	if b.limits.Tokens > 0 && ask.Tokens > b.limits.Tokens {
		return nil, daybook.Errorf(daybook.TooLarge,
			"This needs about %d tokens at once, and the settings allow %d a minute for the model.", ask.Tokens, b.limits.Tokens)
	}
	w := &waiter{ask: ask, got: make(chan struct{})}
	w.deadline, _ = ctx.Deadline()
	b.mu.Lock()
	b.enqueue(w)
	b.serve()
	b.mu.Unlock()
	select {
	case <-w.got:
		return w.r, w.err
	case <-ctx.Done():
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if w.r != nil { // it came at the same moment, and will not be used
		b.charges = slices.DeleteFunc(b.charges, func(c *charge) bool { return c == w.r.charge })
	}
	b.remove(w)
	b.serve()
	return nil, ctx.Err()
}

// Settle replaces the reserved tokens by those that were used.
func (r *Reservation) Settle(tokens int) {
	if r.shared != nil {
		r.shared.Settle(tokens)
	}
	b := r.budget
	b.mu.Lock()
	defer b.mu.Unlock()
	c := r.charge
	if c.class == Steady && !c.settled && c.reserved > 0 {
		b.ratio += (float64(tokens)/float64(c.reserved) - b.ratio) / 4
	}
	c.tokens, c.settled = tokens, true
	b.serve()
}

// enqueue puts a waiter behind those who go before it; the lock is held, here
// and below.
func (b *Budget) enqueue(w *waiter) {
	at := len(b.queue)
	if w.ask.Class == Interactive {
		at = slices.IndexFunc(b.queue, func(o *waiter) bool { return o.ask.Class != Interactive })
		if at < 0 {
			at = len(b.queue)
		}
	}
	b.queue = slices.Insert(b.queue, at, w)
}

func (b *Budget) remove(w *waiter) {
	if i := slices.Index(b.queue, w); i >= 0 {
		b.queue = slices.Delete(b.queue, i, i+1)
	}
}

// serve gives to those who wait what there is room for, and comes again when
// there may be more.
func (b *Budget) serve() {
	now := time.Now()
	for len(b.charges) > 0 && now.Sub(b.charges[0].at) >= Window {
		b.charges = b.charges[1:]
	}
	if b.timer != nil {
		b.timer.Stop()
		b.timer = nil
	}
	for len(b.queue) > 0 {
		w, wait := b.choose(now)
		if w != nil {
			b.give(w, now)
			continue
		}
		first := b.queue[0]
		if until := now.Add(wait); !first.deadline.IsZero() && until.After(first.deadline) {
			first.err = daybook.Errorf(daybook.RateLimited,
				"The budget of tokens a minute that the settings give this model is used up for the next %s.", wait.Round(time.Second))
			b.remove(first)
			close(first.got)
			continue
		} else if first.ask.Waiting != nil && !until.Equal(first.told) {
			first.told = until
			first.ask.Waiting(until)
		}
		for _, o := range b.queue[1:] { // smaller ones may be due before
			if o.ask.Class != Interactive {
				wait = min(wait, b.wait(now, o.ask))
			}
		}
		b.timer = time.AfterFunc(max(wait, time.Millisecond), func() {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.serve()
		})
		return
	}
}

// choose returns who is served now: the first in the queue if there is room,
// or, behind one of the background that is too large yet, the largest for
// which there is. With nobody it says how long the first has to wait.
func (b *Budget) choose(now time.Time) (*waiter, time.Duration) {
	first := b.queue[0]
	wait := b.wait(now, first.ask)
	if wait <= 0 {
		return first, 0
	}
	if first.since.IsZero() {
		first.since = now
	}
	if first.ask.Class == Interactive || now.Sub(first.since) >= passedOver {
		return nil, wait
	}
	var best *waiter
	for _, o := range b.queue[1:] {
		larger := best == nil || o.ask.Tokens > best.ask.Tokens
		if larger && b.wait(now, o.ask) <= 0 {
			best = o
		}
	}
	return best, wait
}

// wait returns how long it takes until there is room for what is asked.
func (b *Budget) wait(now time.Time, ask Ask) time.Duration {
	return max(b.room(now, ask), b.pace(now, ask))
}

// give charges what w asks for.
func (b *Budget) give(w *waiter, now time.Time) {
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
	w.r = &Reservation{budget: b, charge: c}
	b.remove(w)
	close(w.got)
}

// room returns how long it takes until there is room in the window.
func (b *Budget) room(now time.Time, ask Ask) (wait time.Duration) {
	limits := b.limits
	if limits.Tokens > 0 && ask.Class != Interactive && now.Sub(b.personalAt) < keepFree {
		// A person talks with the model: keep the tokens of their next question
		// free, up to half of the budget.
		limits.Tokens = max(ask.Tokens, limits.Tokens-min(b.personal, limits.Tokens/2))
	}
	used, requests := ask.Tokens, 1
	for _, c := range b.charges {
		used += c.tokens
		requests++
	}
	// The oldest charges leave the window first: find the one whose leaving
	// makes room.
	for _, c := range b.charges {
		if limits.allow(requests, used) {
			break
		}
		used -= c.tokens
		requests--
		wait = Window - now.Sub(c.at)
	}
	return wait
}

// steadyShare is how much of the time that its tokens would take at an even
// pace lies behind a Steady call. At one an even pace would never make up for
// what was lost by waiting for room; at a half the window is not full before
// half of it is over.
const steadyShare = 0.5

// pace returns how long a Steady call waits after the one before it.
func (b *Budget) pace(now time.Time, ask Ask) time.Duration {
	if ask.Class != Steady || b.steady == nil || b.limits.Tokens == 0 {
		return 0
	}
	tokens := float64(b.steady.tokens)
	if !b.steady.settled {
		tokens *= b.ratio
	}
	return time.Duration(steadyShare*tokens/float64(b.limits.Tokens)*float64(Window)) - now.Sub(b.steady.at)
}
