package postgres_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"daybook/internal/llm/budget"
	"daybook/internal/store"
	"daybook/internal/store/postgres"
	"daybook/internal/store/postgres/pgtest"
)

// servers are several on one database.
func servers(t *testing.T, n int) []*postgres.DB {
	t.Helper()
	address := pgtest.Shared(t).Database(t)
	dbs := make([]*postgres.DB, n)
	var wg sync.WaitGroup
	for i := range dbs { // all at once: the first of them makes the tables
		wg.Go(func() {
			var err error
			if dbs[i], err = postgres.Open(t.Context(), address); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if t.Failed() {
		t.FailNow()
	}
	t.Cleanup(func() {
		for _, db := range dbs {
			_ = db.Close()
		}
	})
	return dbs
}

// Of many who want the same jobs each gets others, until there are none left.
func TestLeasesAreHeldByOne(t *testing.T) {
	dbs := servers(t, 3)
	const jobs = 40
	names := make([]string, jobs)
	for i := range names {
		names[i] = fmt.Sprint("job ", i)
	}
	watch, err := owner(t, dbs[0], "one").Lease(t.Context(), "another")
	ok(t, err)
	defer watch.Release()
	var mu sync.Mutex
	held := map[string]int{}
	var wg sync.WaitGroup
	for _, db := range dbs {
		s := owner(t, db, "one")
		for range 4 {
			wg.Go(func() {
				for {
					l, err := s.Lease(t.Context(), names...)
					if err != nil {
						t.Error(err)
						return
					}
					if l == nil {
						return
					}
					t.Cleanup(l.Release)
					mu.Lock()
					held[l.Name]++
					mu.Unlock()
				}
			})
		}
	}
	wg.Wait()
	// Who found the last ones locked gave up too soon; the rest is free.
	for name, n := range held {
		if n != 1 {
			t.Errorf("%s is held by %d", name, n)
		}
	}
	if len(held) < jobs/2 {
		t.Errorf("only %d of %d jobs were taken", len(held), jobs)
	}
	// Another owner's leases are others, whatever their names.
	l, err := owner(t, dbs[0], "two").Lease(t.Context(), names[0])
	if err != nil || l == nil {
		t.Fatalf("%+v, %v", l, err)
	}
	l.Release()
	if l, err = owner(t, dbs[1], "two").Lease(t.Context(), names[0]); err != nil || l == nil {
		t.Fatalf("what was given back is not free: %+v, %v", l, err)
	}
	l.Release()
}

// A lease is kept for as long as its holder lives, and lost with it.
func TestLeasesAreRenewedAndLost(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	server := pgtest.New(t)
	address := server.Database(t)
	open := func() *postgres.Store {
		db, err := postgres.Open(t.Context(), address)
		ok(t, err)
		db.HoldLeasesFor(time.Second)
		t.Cleanup(func() { _ = db.Close() })
		return owner(t, db, "one")
	}
	one, two := open(), open()
	first, err := one.Lease(t.Context(), "watch")
	ok(t, err)
	for range 5 {
		time.Sleep(400 * time.Millisecond)
		if l, err := two.Lease(t.Context(), "watch"); l != nil || err != nil {
			t.Fatalf("a lease is taken from who holds it: %+v, %v", l, err)
		}
	}
	if first.Held.Err() != nil {
		t.Fatal("a lease was lost that is held")
	}
	// With the database away its holder stops before another may begin.
	server.Kill()
	select {
	case <-first.Held.Done():
	case <-time.After(time.Second):
		t.Fatal("a lease is held that cannot be renewed")
	}
	ok(t, server.Start())
	var second *store.Lease
	for begin := time.Now(); second == nil; time.Sleep(50 * time.Millisecond) {
		if second, err = two.Lease(t.Context(), "watch"); err != nil || time.Since(begin) > 5*time.Second {
			t.Fatalf("a lease that was lost is not free: %v", err)
		}
	}
	first.Release() // which is not the second's
	if l, err := one.Lease(t.Context(), "watch"); l != nil || err != nil {
		t.Errorf("giving back what was lost took it from another: %+v, %v", l, err)
	}
	second.Release()
}

// News reach the other servers, those of one owner alone, and after the
// connection was lost whoever waits looks by itself.
func TestNews(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	server := pgtest.New(t)
	address := server.Database(t)
	open := func() *postgres.DB {
		db, err := postgres.Open(t.Context(), address)
		ok(t, err)
		t.Cleanup(func() { ok(t, db.Close()) })
		return db
	}
	there, here := open(), open()
	teller, other := owner(t, there, "one"), owner(t, there, "two")
	mine, stop := owner(t, here, "one").Hear("thread x")
	defer stop()
	others, stopOthers := owner(t, here, "two").Hear("thread x")
	defer stopOthers()
	heard := func(c <-chan bool, within time.Duration) bool {
		select {
		case <-c:
			return true
		case <-time.After(within):
			return false
		}
	}
	if !heard(mine, time.Second) || !heard(others, time.Second) {
		t.Fatal("who begins to listen is not told to look")
	}
	// Once what is told is heard the connection stands, and nothing else wakes:
	// on a slow machine the connection may break and stand again meanwhile, which
	// wakes everybody.
	quiet := func() bool {
		ok(t, teller.Tell(t.Context(), "thread x"))
		if !heard(mine, 200*time.Millisecond) || heard(mine, time.Second) || heard(others, 0) {
			return false
		}
		ok(t, teller.Tell(t.Context(), "thread y"))
		ok(t, other.Tell(t.Context(), "thread z"))
		return !heard(mine, 300*time.Millisecond) && !heard(others, 0)
	}
	for begin := time.Now(); !quiet(); {
		if time.Since(begin) > 30*time.Second {
			t.Fatal("there are no news, or those of something else")
		}
	}
	server.Kill()
	if !heard(mine, 5*time.Second) || !heard(others, 5*time.Second) {
		t.Error("who listens is not told that it may have missed something")
	}
	ok(t, server.Start())
	for begin := time.Now(); ; {
		ok(t, other.Tell(t.Context(), "thread x"))
		if heard(others, 200*time.Millisecond) && !heard(others, time.Second) && !heard(mine, 0) {
			break
		}
		for heard(mine, 0) { // it was told to look when the connection stood again
		}
		if time.Since(begin) > 20*time.Second {
			t.Fatal("there are no news any more")
		}
	}
}

// Two servers together charge no more than the limits allow, and what one
// settles gives the other room.
func TestBudgetsAreShared(t *testing.T) {
	dbs := servers(t, 2)
	limits := budget.Limits{Requests: 30, Tokens: 10_000}
	var budgets []*budget.Budget
	for _, db := range dbs {
		budgets = append(budgets, budget.Shared(limits, db.Ledger("p/m")))
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	var mu sync.Mutex
	var granted []*budget.Reservation
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			r, err := budgets[i%2].Reserve(ctx, budget.Ask{Tokens: 1000})
			if err == nil {
				mu.Lock()
				granted = append(granted, r)
				mu.Unlock()
			} else if !strings.Contains(err.Error(), "used up") {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if len(granted) != 10 {
		t.Fatalf("%d calls of 1,000 tokens within 10,000", len(granted))
	}
	if r, err := budget.Shared(limits, dbs[0].Ledger("p/other")).Reserve(ctx, budget.Ask{Tokens: 1000}); err != nil || r == nil {
		t.Errorf("another model's budget: %v", err)
	}
	waiting := make(chan error, 1)
	go func() {
		_, err := budgets[0].Reserve(t.Context(), budget.Ask{Tokens: 5000})
		waiting <- err
	}()
	for _, r := range granted {
		r.Settle(500)
	}
	select {
	case err := <-waiting:
		ok(t, err)
	case <-time.After(10 * time.Second):
		t.Error("what another server settled makes no room")
	}
}
