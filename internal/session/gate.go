package session

import (
	"context"
	"sync"
	"time"

	"daybook"
)

// Bounds of trying tokens.
const (
	freeTries   = 5                // wrong ones that cost nothing
	slowest     = 5 * time.Second  // between two tries
	longestWait = 10 * time.Second // for a turn
	forgetAfter = 15 * time.Minute // without a try
)

// gate lets one try after the other in, for the server as a whole: addresses
// are cheap. Who tries waits before the token is looked at, since an answer
// that only a right one gets at once could be told by its haste.
type gate struct {
	mu    sync.Mutex
	wrong int       // tries since the last right one
	last  time.Time // try
	next  time.Time // when the next may be looked at
}

// wait waits for its turn.
func (g *gate) wait(ctx context.Context) error {
	g.mu.Lock()
	now := time.Now()
	if now.Sub(g.last) > forgetAfter {
		g.wrong = 0
	}
	g.last = now
	turn := now
	if g.next.After(now) {
		turn = g.next
	}
	if turn.Sub(now) > longestWait {
		g.mu.Unlock()
		return daybook.Errorf(daybook.RateLimited, "Too many wrong tokens were tried. Wait a quarter of a minute, and try again.")
	}
	g.next = turn.Add(g.pause())
	g.wrong++ // until it turns out to be right, so that many at once count
	g.mu.Unlock()
	timer := time.NewTimer(turn.Sub(now))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// pause is how long the one after the next try waits; the lock is held.
func (g *gate) pause() time.Duration {
	if g.wrong < freeTries {
		return 0
	}
	return min(slowest, 250*time.Millisecond<<min(g.wrong-freeTries, 5))
}

// passed has the next in at once, after a right token.
func (g *gate) passed() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.wrong, g.next = 0, time.Time{}
}
