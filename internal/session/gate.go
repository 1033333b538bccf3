package session

import (
	"context"
	"maps"
	"net/netip"
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
	mostPlaces  = 1000             // that are told apart
)

// gates let one try after the other in, from each place: who tries wrong ones
// keeps nobody elsewhere out. A proxy is one place, and so are all that are
// too many to be told apart, since addresses are cheap. Who tries waits before
// the token is looked at, since an answer that only a right one gets at once
// could be told by its haste.
type gates struct {
	mu     sync.Mutex
	places map[netip.Prefix]*gate
}

type gate struct {
	wrong int       // tries since the last right one
	last  time.Time // try
	next  time.Time // when the next may be looked at
}

// placeOf is where an address belongs: somebody who has one of IPv6 has as many
// as they like of the same 64 bits.
func placeOf(from netip.Addr) netip.Prefix {
	from = from.Unmap().WithZone("")
	bits := from.BitLen()
	if from.Is6() {
		bits = 64
	}
	place, _ := from.Prefix(bits) // the zero one of no address
	return place
}

// of returns the gate of a place; the lock is held.
func (g *gates) of(place netip.Prefix, now time.Time) *gate {
	if g.places == nil {
		g.places = map[netip.Prefix]*gate{}
	}
	if g.places[place] == nil && len(g.places) >= mostPlaces {
		maps.DeleteFunc(g.places, func(_ netip.Prefix, o *gate) bool { return now.Sub(o.last) > forgetAfter })
		if len(g.places) >= mostPlaces {
			place = netip.Prefix{}
		}
	}
	if g.places[place] == nil {
		g.places[place] = &gate{}
	}
	return g.places[place]
}

// wait waits for its turn.
func (g *gates) wait(ctx context.Context, from netip.Addr) error {
	turn, now, err := g.turn(placeOf(from))
	if err != nil {
		return err
	}
	timer := time.NewTimer(turn.Sub(now))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (g *gates) turn(place netip.Prefix) (turn, now time.Time, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	now = time.Now()
	at := g.of(place, now)
	if now.Sub(at.last) > forgetAfter {
		at.wrong = 0
	}
	at.last = now
	turn = now
	if at.next.After(now) {
		turn = at.next
	}
	if turn.Sub(now) > longestWait {
		return turn, now, daybook.Errorf(daybook.RateLimited, "Too many wrong tokens were tried. Wait a quarter of a minute, and try again.")
	}
	at.next = turn.Add(at.pause())
	at.wrong++ // until it turns out to be right, so that many at once count
	return turn, now, nil
}

// pause is how long the one after the next try waits.
func (g *gate) pause() time.Duration {
	if g.wrong < freeTries {
		return 0
	}
	return min(slowest, 250*time.Millisecond<<min(g.wrong-freeTries, 5))
}

// passed has the next in at once, after a right token.
func (g *gates) passed(from netip.Addr) {
	g.mu.Lock()
	defer g.mu.Unlock()
	*g.of(placeOf(from), time.Now()) = gate{last: time.Now()}
}
