package budget

import (
	"context"
	"time"

	"daybook"
)

// Ledger keeps the charges of the last Window where several processes share a
// budget. It is safe for concurrent use, by those processes too.
type Ledger interface {
	// Charge charges one request and so many tokens when the limits leave
	// room, and else returns nil and how long it takes until they do, if
	// nothing is settled before.
	Charge(ctx context.Context, limits Limits, tokens int) (Charge, time.Duration, error)
}

// Charge is one of a Ledger's.
type Charge interface {
	// Settle replaces the tokens that were charged.
	Settle(tokens int)
}

// recheck is how soon a ledger is looked at again.
const recheck = time.Second

// Shared returns a budget that several processes share: each serves who asks
// it in its own order, and then has the ledger charge what they ask for. Those
// of different processes get room in no certain order.
func Shared(limits Limits, ledger Ledger) *Budget {
	b := New(limits)
	b.ledger = ledger
	return b
}

// share charges to the ledger what was given here.
func (b *Budget) share(ctx context.Context, r *Reservation, ask Ask) error {
	if ask.Class == Interactive {
		b.urgent.Add(1)
		defer b.urgent.Add(-1)
	}
	for {
		wait := recheck
		if ask.Class == Interactive || b.urgent.Load() == 0 { // a person goes first
			charge, until, err := b.ledger.Charge(ctx, b.limits, ask.Tokens)
			if err != nil {
				return err
			}
			if charge != nil {
				r.shared = charge
				return nil
			}
			wait = until
		}
		if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < wait {
			return daybook.Errorf(daybook.RateLimited,
				"The budget of tokens a minute that the settings give this model is used up for the next %s.", wait.Round(time.Second))
		}
		if ask.Waiting != nil {
			ask.Waiting(time.Now().Add(wait))
		}
		timer := time.NewTimer(min(wait, recheck))
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		}
	}
}

// Used is a charge of the last Window: how long ago it was made, and for how
// many tokens.
type Used struct {
	Ago    time.Duration
	Tokens int
}

// Wait returns how long it takes until the limits leave room for one request
// of so many tokens, which is 0 when they do now. Used are the charges of the
// last Window, oldest first.
func Wait(limits Limits, used []Used, tokens int) (wait time.Duration) {
	requests := len(used) + 1
	for _, u := range used {
		tokens += u.Tokens
	}
	// The oldest charges leave the window first: find the one whose leaving
	// makes room.
	for _, u := range used {
		if limits.allow(requests, tokens) {
			break
		}
		tokens -= u.Tokens
		requests--
		wait = Window - u.Ago
	}
	return wait
}
