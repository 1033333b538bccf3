package budget

import (
	"context"
	"errors"
	"math/rand/v2"
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
				r, err := b.Reserve(t.Context(), 500+rand.IntN(2500))
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				sent = append(sent, r.charge.(*charge))
				mu.Unlock()
				time.Sleep(time.Duration(rand.IntN(20)) * time.Second)
				r.Settle(r.charge.(*charge).tokens * (5 + rand.IntN(6)) / 10)
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
		if _, err := b.Reserve(t.Context(), 100); err != nil {
			t.Fatal(err)
		}
		var order []int
		var mu sync.Mutex
		var wg sync.WaitGroup
		for i := range 5 {
			wg.Go(func() {
				tokens := 90 - 20*i // later ones are smaller and could overtake
				if _, err := b.Reserve(t.Context(), tokens); err != nil {
					t.Error(err)
				}
				mu.Lock()
				order = append(order, i)
				mu.Unlock()
			})
			synctest.Wait()
		}
		wg.Wait()
		for i, got := range order {
			if got != i {
				t.Fatalf("served in the order %v", order)
			}
		}
	})
}

func TestLeavingTheQueueHoldsUpNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := New(Limits{Requests: 1})
		if _, err := b.Reserve(t.Context(), 0); err != nil {
			t.Fatal(err)
		}
		leaving, leave := context.WithCancel(t.Context())
		left := make(chan error, 1)
		go func() { _, err := b.Reserve(leaving, 0); left <- err }()
		synctest.Wait()
		start := time.Now()
		served := make(chan time.Duration, 1)
		go func() {
			if _, err := b.Reserve(t.Context(), 0); err != nil {
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
		r, err := b.Reserve(t.Context(), 100)
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		done := make(chan time.Duration)
		go func() {
			if _, err := b.Reserve(t.Context(), 50); err != nil {
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
		if _, err := b.Reserve(t.Context(), 101); daybook.KindOf(err) != daybook.TooLarge {
			t.Errorf("over the whole budget: %v", err)
		}
		if _, err := b.Reserve(t.Context(), 100); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		start := time.Now()
		if _, err := b.Reserve(ctx, 100); daybook.KindOf(err) != daybook.RateLimited || time.Since(start) > 0 {
			t.Errorf("a wait over the deadline: %v after %s", err, time.Since(start))
		}
	})
}
