package session

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"daybook"
)

// tries sends a token and returns what came of it, by either way in.
func (s *Store) tries(t *testing.T, from netip.Addr, token string, bearer bool) daybook.Kind {
	t.Helper()
	if !bearer {
		_, err := s.LogIn(t.Context(), from, token)
		return daybook.KindOf(err)
	}
	_, leave, err := s.Bearer(t.Context(), from, token)
	if err == nil {
		leave()
	}
	return daybook.KindOf(err)
}

// However many guess at once, and by whatever way, few guesses are looked at,
// and a right one among the rest is not told.
func TestGuessesAreLimited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStore(t.TempDir(), token)
		var wg sync.WaitGroup
		var mu sync.Mutex
		got := map[daybook.Kind]int{}
		for i := range 1000 {
			wg.Go(func() {
				kind := s.tries(t, home, fmt.Sprint("wrong", i), i%2 == 0)
				mu.Lock()
				defer mu.Unlock()
				got[kind]++
			})
		}
		wg.Wait()
		if got[daybook.Unauthorized] != freeFailures || got[daybook.RateLimited] != 1000-freeFailures {
			t.Errorf("%v", got)
		}
		for _, bearer := range []bool{false, true} {
			if kind := s.tries(t, home, token, bearer); kind != daybook.RateLimited {
				t.Errorf("the right token while guesses are refused: %s", kind)
			}
		}
		_, err := s.LogIn(t.Context(), home, token)
		var wait RetryAfter
		if !errors.As(err, &wait) || time.Duration(wait) < time.Second || time.Duration(wait) > refill {
			t.Fatalf("%v: wait %s", err, time.Duration(wait))
		}
		time.Sleep(time.Duration(wait))
		if kind := s.tries(t, home, token, false); kind != "" {
			t.Errorf("after the wait: %s", kind)
		}
		// An hour of guessing tries no more than that.
		looked := 0
		for end := time.Now().Add(time.Hour); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
			if s.tries(t, home, "wrong", true) == daybook.Unauthorized {
				looked++
			}
		}
		if most := int(time.Hour/refill) + freeFailures; looked > most {
			t.Errorf("%d guesses in an hour", looked)
		}
	})
}

// Only wrong tokens count, and neither sessions nor tokens that nobody can guess
// are held up by those of others at the same address.
func TestOnlyFailuresCount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStore(t.TempDir(), token)
		for range 1000 {
			if kind := s.tries(t, home, token, true); kind != "" {
				t.Fatalf("the right token: %s", kind)
			}
		}
		secret := logIn(t, s)
		strong := newStore(t.TempDir(), newToken())
		for range 100 {
			s.tries(t, home, "wrong", true)
			strong.tries(t, home, "wrong", false)
			strong.tries(t, home, newToken(), true)
		}
		if !inside(s, secret) {
			t.Error("a session is held up")
		}
		for _, bearer := range []bool{false, true} {
			if kind := strong.tries(t, home, *strong.token.Load(), bearer); kind != "" {
				t.Errorf("a generated token is held up: %s", kind)
			}
		}
		if kind := strong.tries(t, home, "wrong", true); kind != daybook.RateLimited {
			t.Errorf("a guess: %s", kind)
		}
	})
}

// Guesses hold up nobody elsewhere. Many addresses give nobody more tries without
// end, and use up no memory.
func TestGuessesCountByAddress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStore(t.TempDir(), token)
		refused := func(from string) bool {
			return s.tries(t, netip.MustParseAddr(from), "wrong", true) == daybook.RateLimited
		}
		for _, c := range []struct{ address, again string }{
			{"198.51.100.7", "::ffff:198.51.100.7"}, {"2001:db8::%x", "2001:db8::beef%eth0"},
		} {
			for i := range freeFailures {
				refused(strings.Replace(c.address, "%x", fmt.Sprint(i+1), 1))
			}
			if !refused(c.again) {
				t.Errorf("%s is not refused", c.again)
			}
		}
		if kind := s.tries(t, home, token, false); kind != "" {
			t.Errorf("another address: %s", kind)
		}
		if refused("2001:db8:0:1::1") {
			t.Error("another network is refused")
		}
		for i := range 2 * maxPlaces {
			refused(fmt.Sprintf("10.0.%d.%d", i/250, i%250))
		}
		if n := len(s.gate.places); n > maxPlaces+1 {
			t.Errorf("%d addresses are kept", n)
		}
		if !refused("203.0.113.9") {
			t.Error("one of very many is not refused")
		}
		time.Sleep(freeFailures * maxPlaces * refill)
		if refused("203.0.113.9") || len(s.gate.places) > 2 {
			t.Errorf("after a while %d addresses are kept", len(s.gate.places))
		}
	})
}

// Guessing is logged with the address and without the token, now and then.
func TestGuessesAreLogged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		s := New(t.TempDir(), token, NewGate(slog.New(slog.NewTextHandler(&log, nil))), time.Now)
		for range 500 {
			s.tries(t, home, "guess-of-a-token", true)
			s.tries(t, home, token, false)
			time.Sleep(100 * time.Millisecond)
		}
		said := log.String()
		if n := strings.Count(said, "\n"); n < 2 || n > 3 || !strings.Contains(said, home.String()) {
			t.Errorf("%d lines in 50 s:\n%s", n, said)
		}
		if strings.Contains(said, "guess-of") || strings.Contains(said, token) {
			t.Errorf("a token is in the log:\n%s", said)
		}
	})
}
