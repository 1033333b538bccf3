package session

import (
	"log/slog"
	"maps"
	"math"
	"net/netip"
	"sync"
	"time"

	"daybook"
)

// Limits on guessing a token.
const (
	freeFailures = 10               // wrong tokens an address may try at once
	refill       = 5 * time.Second  // until it may try another
	maxPlaces    = 1000             // addresses that are counted separately
	logEvery     = 30 * time.Second // between two log lines about guessing
)

// Gate limits how many wrong tokens each address may try, on all routes together. Only
// failures count, not right tokens or sessions. IPv6 addresses count by their /64, since
// a host has all of those. Addresses are cheap, so once too many have failed the others
// share one limit.
//
// An address over its limit is blocked: every token is refused, right or wrong, since a
// different response for a right one would defeat the limit. That also blocks others at
// the same address (other accounts of this machine, everybody behind one proxy), with two
// exceptions: sessions, and generated tokens, which are too long to be guessed. Without
// the latter any account of this machine could lock out the owner's scripts.
//
// A Gate is safe for concurrent use.
type Gate struct {
	log *slog.Logger

	mu     sync.Mutex
	places map[netip.Prefix]*failures
	logged time.Time
	unsaid int // failures since the last log line
}

// failures of one address. The count falls by one every refill.
type failures struct {
	count float64
	at    time.Time // of the count
}

// NewGate returns a gate that logs refusals without the tokens.
func NewGate(log *slog.Logger) *Gate {
	return &Gate{log: log, places: map[netip.Prefix]*failures{}}
}

func placeOf(from netip.Addr) netip.Prefix {
	from = from.Unmap().WithZone("")
	bits := from.BitLen()
	if from.Is6() {
		bits = 64
	}
	place, _ := from.Prefix(bits) // the zero prefix for the zero address
	return place
}

// now brings the count up to date.
func (f *failures) now(now time.Time) float64 {
	f.count = math.Max(0, f.count-float64(now.Sub(f.at))/float64(refill))
	f.at = now
	return f.count
}

// of returns the failures of an address; the lock is held.
func (g *Gate) of(from netip.Addr, now time.Time) *failures {
	place := placeOf(from)
	if g.places[place] == nil && len(g.places) >= maxPlaces {
		maps.DeleteFunc(g.places, func(_ netip.Prefix, f *failures) bool { return f.now(now) == 0 })
		if len(g.places) >= maxPlaces {
			place = netip.Prefix{}
		}
	}
	if g.places[place] == nil {
		g.places[place] = &failures{at: now}
	}
	return g.places[place]
}

// Blocked returns a daybook.RateLimited error that says when to try again while
// an address is over its limit. From may be the zero address.
func (g *Gate) Blocked(from netip.Addr) error {
	if g == nil {
		return nil
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	now := time.Now()
	return g.blocked(from, g.of(from, now), now)
}

// blocked is Blocked; the lock is held.
func (g *Gate) blocked(from netip.Addr, f *failures, now time.Time) error {
	over := f.now(now) - (freeFailures - 1)
	if over <= 0 {
		return nil
	}
	g.note(from, now)
	wait := time.Duration(math.Ceil(over*refill.Seconds())) * time.Second
	return &daybook.Error{
		Kind: daybook.RateLimited, Message: "Too many wrong tokens came from this address. Try again in a few seconds.", Err: RetryAfter(wait),
	}
}

// Pass returns nil for a right token. A wrong one is counted and returns
// daybook.Unauthorized. While the address is over its limit, both return Blocked's
// error. A nil Gate has no limit.
func (g *Gate) Pass(from netip.Addr, right bool) error {
	wrong := daybook.Errorf(daybook.Unauthorized, "Wrong token.")
	if g == nil {
		if right {
			return nil
		}
		return wrong
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	now := time.Now()
	f := g.of(from, now)
	if err := g.blocked(from, f, now); err != nil || right {
		return err
	}
	f.count++
	g.note(from, now)
	return wrong
}

// note logs a refusal, at most one line every logEvery.
func (g *Gate) note(from netip.Addr, now time.Time) {
	g.unsaid++
	if now.Sub(g.logged) < logEvery {
		return
	}
	g.log.Warn("refused a wrong token", "from", from, "since_last_line", g.unsaid)
	g.logged, g.unsaid = now, 0
}

// RetryAfter is the cause of a refusal that ends by itself: how long to wait.
type RetryAfter time.Duration

func (d RetryAfter) Error() string { return "retry in " + time.Duration(d).String() }
