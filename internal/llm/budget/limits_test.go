package budget

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"daybook"
)

// reserving is a call to Reserve that may still wait.
type reserving struct {
	start time.Time
	done  chan struct{}
	r     *Reservation
	err   error
	took  time.Duration
}

// reserve calls Reserve and returns when that has returned or waits.
func reserve(ctx context.Context, b *Budget, ask Ask) *reserving {
	p := &reserving{start: time.Now(), done: make(chan struct{})}
	go func() {
		defer close(p.done)
		p.r, p.err = b.Reserve(ctx, ask)
		p.took = time.Since(p.start)
	}()
	synctest.Wait()
	return p
}

// within fails the test unless the call succeeds after exactly that time.
func (p *reserving) within(t *testing.T, want time.Duration) {
	t.Helper()
	<-p.done
	if p.err != nil || p.took != want {
		t.Errorf("it got room after %s, want %s: %v", p.took, want, p.err)
	}
}

func TestLimitsMayBeUsedUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := New(Limits{Tokens: 100, Requests: 3})
		for _, tokens := range []int{40, 40, 20} {
			reserve(t.Context(), b, Ask{Tokens: tokens}).within(t, 0)
		}
		reserve(t.Context(), b, Ask{Tokens: 100}).within(t, Window)
	})
	synctest.Test(t, func(t *testing.T) { // tokens without a limit
		b := New(Limits{Requests: 2})
		reserve(t.Context(), b, Ask{Tokens: 1e9}).within(t, 0)
		reserve(t.Context(), b, Ask{Tokens: 5}).within(t, 0)
		reserve(t.Context(), b, Ask{Tokens: 5}).within(t, Window)
	})
}

func TestRequestsLeaveTheWindowOneByOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := New(Limits{Requests: 2})
		reserve(t.Context(), b, Ask{}).within(t, 0)
		time.Sleep(30 * time.Second)
		reserve(t.Context(), b, Ask{}).within(t, 0)
		reserve(t.Context(), b, Ask{}).within(t, 30*time.Second)
		reserve(t.Context(), b, Ask{}).within(t, 30*time.Second)
	})
}

// A call of background work gets room as soon as there is enough for it, even
// behind one that needs more.
func TestSmallerCallIsServedWhenDue(t *testing.T) {
	for _, smaller := range []Class{Background, Interactive} {
		synctest.Test(t, func(t *testing.T) {
			b := New(Limits{Tokens: 100})
			reserve(t.Context(), b, Ask{Tokens: 60, Class: Background}).within(t, 0)
			time.Sleep(30 * time.Second)
			reserve(t.Context(), b, Ask{Tokens: 40, Class: Background}).within(t, 0)
			large := reserve(t.Context(), b, Ask{Tokens: 100, Class: Background})
			small := reserve(t.Context(), b, Ask{Tokens: 60, Class: smaller})
			small.within(t, 30*time.Second)
			large.within(t, 90*time.Second)
		})
	}
}

func TestLargeCallIsPassedOverForOneWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := New(Limits{Tokens: 100})
		reserve(t.Context(), b, Ask{Tokens: 50, Class: Background}).within(t, 0)
		large := reserve(t.Context(), b, Ask{Tokens: 80, Class: Background})
		time.Sleep(Window - time.Second)
		reserve(t.Context(), b, Ask{Tokens: 50, Class: Background}).within(t, 0)
		time.Sleep(time.Second) // the large one has been first for a window
		small := reserve(t.Context(), b, Ask{Tokens: 10, Class: Background})
		large.within(t, 2*Window-time.Second)
		small.within(t, Window-time.Second)
	})
}

// A person who talks with the model finds room for the next question, up to
// half of the budget.
func TestRoomIsKeptForInteractiveCalls(t *testing.T) {
	for name, c := range map[string]struct {
		personal []int // tokens of a person's calls
		after    time.Duration
		allowed  int // tokens of background work at once
	}{
		"a question":            {[]int{40}, Window, 60},
		"a large one":           {[]int{80}, Window, 50},
		"the larger of two":     {[]int{40, 10}, Window, 60},
		"just before the end":   {[]int{40}, keepFree - time.Second, 60},
		"after a while no more": {[]int{40}, keepFree, 100},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := New(Limits{Tokens: 100})
				for _, tokens := range c.personal {
					reserve(t.Context(), b, Ask{Tokens: tokens}).within(t, 0)
				}
				time.Sleep(c.after)
				for range 2 {
					reserve(t.Context(), b, Ask{Tokens: c.allowed / 2, Class: Background}).within(t, 0)
				}
				if c.allowed < 100 {
					more := reserve(t.Context(), b, Ask{Tokens: 1, Class: Background})
					reserve(t.Context(), b, Ask{Tokens: 100 - c.allowed}).within(t, 0) // the person's next
					<-more.done
					if more.took < Window {
						t.Errorf("background work took a person's room after %s", more.took)
					}
				}
			})
		})
	}
}

// What a person needed long ago does not count.
func TestRoomForAPersonShrinks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := New(Limits{Tokens: 100})
		reserve(t.Context(), b, Ask{Tokens: 50}).within(t, 0)
		time.Sleep(keepFree)
		reserve(t.Context(), b, Ask{Tokens: 10}).within(t, 0)
		time.Sleep(Window)
		for range 2 {
			reserve(t.Context(), b, Ask{Tokens: 45, Class: Background}).within(t, 0)
		}
	})
}

// A call alone may use more than what is left beside a person's.
func TestLargeBackgroundCallIsNotStarved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := New(Limits{Tokens: 100})
		reserve(t.Context(), b, Ask{Tokens: 50}).within(t, 0)
		time.Sleep(Window)
		reserve(t.Context(), b, Ask{Tokens: 90, Class: Background}).within(t, 0)
	})
}

// Steady calls follow each other at half the time that their tokens take at an
// even pace, by what was used or is likely to be.
func TestPaceOfSteadyCalls(t *testing.T) {
	steady := Ask{Tokens: 400, Class: Steady}
	next := func(t *testing.T, b *Budget, want time.Duration) *reserving {
		t.Helper()
		p := reserve(t.Context(), b, steady)
		p.within(t, want)
		return p
	}
	for name, test := range map[string]func(t *testing.T, b *Budget){
		"reserved": func(t *testing.T, b *Budget) {
			next(t, b, 0)
			next(t, b, 12*time.Second)
		},
		"settled": func(t *testing.T, b *Budget) {
			next(t, b, 0).r.Settle(100)
			next(t, b, 3*time.Second)
		},
		"learnt": func(t *testing.T, b *Budget) {
			next(t, b, 0).r.Settle(100) // a quarter: the average moves by a quarter of the difference
			next(t, b, 3*time.Second)
			next(t, b, 9750*time.Millisecond) // 12 s × (1 − 0.75/4)
		},
		"settled twice": func(t *testing.T, b *Budget) {
			r := next(t, b, 0).r
			r.Settle(100)
			r.Settle(100)
			next(t, b, 3*time.Second)
			next(t, b, 9750*time.Millisecond)
		},
		"nothing reserved": func(t *testing.T, b *Budget) {
			p := reserve(t.Context(), b, Ask{Class: Steady})
			p.within(t, 0)
			p.r.Settle(5)
			time.Sleep(time.Second)
			next(t, b, 0)
			next(t, b, 12*time.Second)
		},
		"other classes teach nothing": func(t *testing.T, b *Budget) {
			p := reserve(t.Context(), b, Ask{Tokens: 100, Class: Background})
			p.within(t, 0)
			p.r.Settle(1)
			next(t, b, 0)
			next(t, b, 12*time.Second)
		},
		"others are not spread": func(t *testing.T, b *Budget) {
			next(t, b, 0)
			reserve(t.Context(), b, Ask{Tokens: 10, Class: Background}).within(t, 0)
			reserve(t.Context(), b, Ask{Tokens: 10}).within(t, 0)
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { test(t, New(Limits{Tokens: 1000})) })
		})
	}
	synctest.Test(t, func(t *testing.T) { // without a limit of tokens there is no pace
		b := New(Limits{Requests: 10})
		next(t, b, 0)
		next(t, b, 0)
	})
}

func TestLeavingMakesRoomForTheNext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := New(Limits{Tokens: 100})
		reserve(t.Context(), b, Ask{Tokens: 50}).within(t, 0)
		ctx, leave := context.WithCancel(t.Context())
		large := reserve(ctx, b, Ask{Tokens: 100})
		small := reserve(t.Context(), b, Ask{Tokens: 50})
		time.Sleep(10 * time.Second)
		leave()
		small.within(t, 10*time.Second)
		if <-large.done; !errors.Is(large.err, context.Canceled) {
			t.Errorf("who left got %v", large.err)
		}
	})
}

// Waiting is called when the end of a wait changes, and only then.
func TestWaitingIsReportedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := New(Limits{Tokens: 100})
		first := reserve(t.Context(), b, Ask{Tokens: 60})
		reserve(t.Context(), b, Ask{Tokens: 40}).within(t, 0)
		var mu sync.Mutex
		var told []time.Duration
		start := time.Now()
		waiting := reserve(t.Context(), b, Ask{Tokens: 70, Waiting: func(until time.Time) {
			mu.Lock()
			defer mu.Unlock()
			told = append(told, until.Sub(start))
		}})
		others := []*reserving{reserve(t.Context(), b, Ask{Tokens: 10}), reserve(t.Context(), b, Ask{Tokens: 10})}
		time.Sleep(10 * time.Second)
		first.r.Settle(20) // 60 are used: still not enough, and both must leave
		waiting.within(t, Window)
		for _, o := range others {
			<-o.done
		}
		mu.Lock()
		defer mu.Unlock()
		if len(told) != 1 || told[0] != Window {
			t.Errorf("told of %v", told)
		}
	})
}

// counter is a ledger that records what it is asked for.
type counter struct {
	mu      sync.Mutex
	charged []int
	settled []int
	err     error
	wait    time.Duration
}

func (c *counter) Charge(_ context.Context, _ Limits, tokens int) (Charge, time.Duration, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil || c.wait > 0 {
		return nil, c.wait, c.err
	}
	c.charged = append(c.charged, tokens)
	return c, 0, nil
}

func (c *counter) Settle(tokens int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.settled = append(c.settled, tokens)
}

func TestSharedBudgetIsChargedInTheLedger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &counter{}
		b := Shared(Limits{Tokens: 100}, c)
		p := reserve(t.Context(), b, Ask{Tokens: 60})
		p.within(t, 0)
		p.r.Settle(20)
		if len(c.charged) != 1 || c.charged[0] != 60 || len(c.settled) != 1 || c.settled[0] != 20 {
			t.Errorf("charged %v, settled %v", c.charged, c.settled)
		}
		// What is too large is not charged.
		if _, err := b.Reserve(t.Context(), Ask{Tokens: 101}); daybook.KindOf(err) != daybook.TooLarge || len(c.charged) != 1 {
			t.Errorf("charged %v: %v", c.charged, err)
		}
	})
}

// What the ledger refuses is not charged here either.
func TestFailedLedgerFreesTheCharge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &counter{err: errors.New("the database is down")}
		b := Shared(Limits{Tokens: 100}, c)
		if _, err := b.Reserve(t.Context(), Ask{Tokens: 100}); !errors.Is(err, c.err) {
			t.Errorf("reserved with %v", err)
		}
		c.err = nil
		reserve(t.Context(), b, Ask{Tokens: 100}).within(t, 0)
	})
	synctest.Test(t, func(t *testing.T) { // the next waiter gets the room at once
		c := &counter{wait: time.Hour}
		b := Shared(Limits{Tokens: 100}, c)
		ctx, leave := context.WithCancel(t.Context())
		first := reserve(ctx, b, Ask{Tokens: 100})
		second := reserve(t.Context(), b, Ask{Tokens: 100})
		c.mu.Lock()
		c.wait = 0
		c.mu.Unlock()
		leave()
		<-first.done
		second.within(t, 0)
	})
}

func TestLedgerIsRetried(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &counter{wait: 10 * time.Second}
		b := Shared(Limits{Tokens: 100}, c)
		var told time.Time
		p := reserve(t.Context(), b, Ask{Tokens: 10, Waiting: func(until time.Time) { told = until }})
		if want := p.start.Add(10 * time.Second); !told.Equal(want) {
			t.Errorf("told to wait until %s, want %s", told, want)
		}
		c.mu.Lock()
		c.wait = 0
		c.mu.Unlock()
		p.within(t, recheck)
		c.wait = time.Minute
		ctx, cancel := context.WithTimeout(t.Context(), 59*time.Second)
		defer cancel()
		if _, err := b.Reserve(ctx, Ask{Tokens: 10}); daybook.KindOf(err) != daybook.RateLimited {
			t.Errorf("a wait beyond the deadline: %v", err)
		}
	})
}

// Background work leaves a shared budget to a person who waits for it.
func TestInteractiveGoesFirstInTheLedger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &counter{wait: 10 * time.Second}
		b := Shared(Limits{Tokens: 100}, c)
		person := reserve(t.Context(), b, Ask{Tokens: 10})
		work := reserve(t.Context(), b, Ask{Tokens: 20, Class: Background})
		c.mu.Lock()
		c.wait = 0
		c.mu.Unlock()
		person.within(t, recheck)
		<-work.done
		if len(c.charged) != 2 || c.charged[0] != 10 {
			t.Errorf("charged %v", c.charged)
		}
	})
}

func TestWait(t *testing.T) {
	used := []Used{{50 * time.Second, 30}, {20 * time.Second, 50}}
	for _, c := range []struct {
		limits Limits
		tokens int
		want   time.Duration
	}{
		{Limits{Tokens: 100}, 20, 0},
		{Limits{Tokens: 100}, 21, 10 * time.Second},
		{Limits{Tokens: 100}, 50, 10 * time.Second},
		{Limits{Tokens: 100}, 51, 40 * time.Second},
		{Limits{}, 1e9, 0},
		{Limits{Requests: 3}, 1e9, 0},
		{Limits{Requests: 2}, 1, 10 * time.Second},
		{Limits{Requests: 1}, 1, 40 * time.Second},
		{Limits{Tokens: 100, Requests: 2}, 20, 10 * time.Second},
	} {
		if got := Wait(c.limits, used, c.tokens); got != c.want {
			t.Errorf("%+v, %d tokens: %s, want %s", c.limits, c.tokens, got, c.want)
		}
	}
}
