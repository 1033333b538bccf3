package budget

import (
	"context"
	"sync"
	"time"
)

// memory is the ledger of one process.
type memory struct {
	mu      sync.Mutex
	charges []*charge // of the last Window, oldest first
}

type charge struct {
	ledger *memory
	at     time.Time
	tokens int
}

// Charge charges the tokens when there is room.
func (m *memory) Charge(_ context.Context, limits Limits, tokens int) (Charge, time.Duration, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now()
	for len(m.charges) > 0 && now.Sub(m.charges[0].at) >= Window {
		m.charges = m.charges[1:]
	}
	used := make([]Used, len(m.charges))
	for i, c := range m.charges {
		used[i] = Used{now.Sub(c.at), c.tokens}
	}
	if wait := Wait(limits, used, tokens); wait > 0 {
		return nil, wait, nil
	}
	c := &charge{ledger: m, at: now, tokens: tokens}
	m.charges = append(m.charges, c)
	return c, 0, nil
}

// Settle replaces the tokens that were charged.
func (c *charge) Settle(tokens int) {
	c.ledger.mu.Lock()
	defer c.ledger.mu.Unlock()
	c.tokens = tokens
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
		if (limits.Tokens == 0 || tokens <= limits.Tokens) && (limits.Requests == 0 || requests <= limits.Requests) {
			break
		}
		tokens -= u.Tokens
		requests--
		wait = Window - u.Ago
	}
	return wait
}
