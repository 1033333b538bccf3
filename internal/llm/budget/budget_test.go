package budget

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"daybook"
)

// TestNoWindowIsOverTheBudget runs many callers in virtual time and looks at
// every window of a minute.
func TestNoWindowIsOverTheBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limits := Limits{Requests: 40, Tokens: 30_000}
		b := New(limits)
		var mu sync.Mutex
		var sent []*charge
		var wg sync.WaitGroup
		start := time.Now()
		for range 400 {
			wg.Go(func() {
				time.Sleep(time.Duration(rand.IntN(30)) * time.Second)
				r, err := b.Reserve(t.Context(), Ask{Tokens: 500 + rand.IntN(2500)})
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				sent = append(sent, r.charge)
				mu.Unlock()
				time.Sleep(time.Duration(rand.IntN(20)) * time.Second)
				r.Settle(r.charge.tokens * (5 + rand.IntN(6)) / 10)
			})
		}
		wg.Wait()
		var total int
		for i, from := range sent {
			tokens, requests := 0, 0
			for _, c := range sent[i:] {
				if c.at.Sub(from.at) < Window {
					tokens += c.tokens
					requests++
				}
			}
			if tokens > limits.Tokens || requests > limits.Requests {
				t.Fatalf("the window from %s has %d tokens and %d requests", from.at.Sub(start), tokens, requests)
			}
			total += from.tokens
		}
		minutes := sent[len(sent)-1].at.Sub(start).Minutes()
		if used := float64(total) / (minutes * float64(limits.Tokens)); used < 0.9 {
			t.Errorf("only %.0f %% of the budget was used over %.1f minutes", used*100, minutes)
		}
	})
}

func TestReserveWaitsInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := New(Limits{Tokens: 100})
		if _, err := b.Reserve(t.Context(), Ask{Tokens: 100}); err != nil {
			t.Fatal(err)
		}
		var served [5]time.Time
		var wg sync.WaitGroup
		for i := range served {
			wg.Go(func() {
				tokens := 90 - 20*i // later ones are smaller and could overtake
				if _, err := b.Reserve(t.Context(), Ask{Tokens: tokens}); err != nil {
					t.Error(err)
				}
				served[i] = time.Now()
			})
			synctest.Wait()
		}
		wg.Wait()
		if !slices.IsSortedFunc(served[:], time.Time.Compare) {
			t.Fatalf("served at %v", served)
		}
	})
}

// TestSmallerOnesFillTheWindow lets background calls pass one that does not
// fit yet, but not for ever.
func TestSmallerOnesFillTheWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := New(Limits{Tokens: 100})
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		ask := func(tokens int, served *time.Time) {
			wg.Go(func() {
				if _, err := b.Reserve(ctx, Ask{Tokens: tokens, Class: Background}); err == nil && served != nil {
					*served = time.Now()
				}
			})
			synctest.Wait()
		}
		start := time.Now()
		var large, small time.Time
		ask(50, nil)
		ask(80, &large)
		ask(40, &small)
		synctest.Wait()
		if !small.Equal(start) {
			t.Error("a smaller one did not go while there was room for it")
		}
		for range 200 {
			time.Sleep(time.Second)
			ask(20, nil)
		}
		if waited := large.Sub(start); large.IsZero() || waited > 2*Window {
			t.Errorf("the large one waited %s", waited)
		}
		cancel()
		wg.Wait()
	})
}

func TestLeavingTheQueueBlocksNoOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := New(Limits{Requests: 1})
		if _, err := b.Reserve(t.Context(), Ask{Tokens: 0}); err != nil {
			t.Fatal(err)
		}
		leaving, leave := context.WithCancel(t.Context())
		left := make(chan error, 1)
		go func() { _, err := b.Reserve(leaving, Ask{Tokens: 0}); left <- err }()
		synctest.Wait()
		start := time.Now()
		served := make(chan time.Duration, 1)
		go func() {
			if _, err := b.Reserve(t.Context(), Ask{Tokens: 0}); err != nil {
				t.Error(err)
			}
			served <- time.Since(start)
		}()
		synctest.Wait()
		leave()
		if err := <-left; !errors.Is(err, context.Canceled) {
			t.Errorf("the one who left got %v", err)
		}
		if waited := <-served; waited > Window {
			t.Errorf("the next waited %s", waited)
		}
	})
}

func TestSettlingLowerMakesRoomAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := New(Limits{Tokens: 100})
		r, err := b.Reserve(t.Context(), Ask{Tokens: 100})
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		done := make(chan time.Duration)
		go func() {
			if _, err := b.Reserve(t.Context(), Ask{Tokens: 50}); err != nil {
				t.Error(err)
			}
			done <- time.Since(start)
		}()
		synctest.Wait()
		r.Settle(10)
		if waited := <-done; waited != 0 {
			t.Errorf("waited %s after room was made", waited)
		}
	})
}

func TestRefusedAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := New(Limits{Tokens: 100})
		if _, err := b.Reserve(t.Context(), Ask{Tokens: 101}); daybook.KindOf(err) != daybook.TooLarge {
			t.Errorf("over the whole budget: %v", err)
		}
		if _, err := b.Reserve(t.Context(), Ask{Tokens: 100}); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		start := time.Now()
		if _, err := b.Reserve(ctx, Ask{Tokens: 100}); daybook.KindOf(err) != daybook.RateLimited || time.Since(start) > 0 {
			t.Errorf("a wait over the deadline: %v after %s", err, time.Since(start))
		}
	})
}

// TestInteractiveGoesFirst has many background calls wait, and one of a person's
// that comes last.
func TestInteractiveGoesFirst(t *testing.T) {
	for _, class := range []Class{Background, Steady} {
		synctest.Test(t, func(t *testing.T) {
			b := New(Limits{Tokens: 1000})
			ctx, cancel := context.WithCancel(t.Context())
			var wg sync.WaitGroup
			for range 50 {
				wg.Go(func() {
					if _, err := b.Reserve(ctx, Ask{Tokens: 100, Class: class}); err != nil && !errors.Is(err, context.Canceled) {
						t.Error(err)
					}
				})
			}
			time.Sleep(90 * time.Second)
			start := time.Now()
			if _, err := b.Reserve(ctx, Ask{Tokens: 100}); err != nil {
				t.Error(err)
			}
			// The window is full; the first that leaves it makes room.
			if waited := time.Since(start); waited > 30*time.Second {
				t.Errorf("class %d: the person waited %s", class, waited)
			}
			if _, err := b.Reserve(ctx, Ask{Tokens: 100}); err != nil {
				t.Error(err)
			}
			time.Sleep(time.Minute)
			start = time.Now()
			if _, err := b.Reserve(ctx, Ask{Tokens: 100}); err != nil || time.Since(start) > 0 {
				t.Errorf("class %d: a person who asks on waited %s, %v", class, time.Since(start), err)
			}
			cancel()
			wg.Wait()
		})
	}
}

// TestSteadyCallsAreSpread holds them to their share of the window, by what
// they use and not by what they reserve.
func TestSteadyCallsAreSpread(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := New(Limits{Tokens: 6000})
		var mu sync.Mutex
		var sent []time.Time
		var waits int
		var wg sync.WaitGroup
		for range 200 {
			wg.Go(func() {
				r, err := b.Reserve(t.Context(), Ask{Tokens: 200, Class: Steady, Waiting: func(time.Time) { mu.Lock(); waits++; mu.Unlock() }})
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				sent = append(sent, time.Now())
				mu.Unlock()
				time.Sleep(3 * time.Second)
				r.Settle(100)
			})
		}
		wg.Wait()
		for i := range sent[10:] {
			if gap := sent[i+10].Sub(sent[i]); gap < 5*time.Second || gap > 40*time.Second {
				t.Errorf("ten calls went out within %s", gap)
			}
		}
		if perMinute := 199 / sent[199].Sub(sent[0]).Minutes(); perMinute < 50 {
			t.Errorf("%.0f calls a minute, of 60 that fit", perMinute)
		}
		if waits == 0 {
			t.Error("nobody was told of a wait")
		}
	})
}
