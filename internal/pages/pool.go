package pages

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"daybook"
)

// pool counts the children and holds the idle ones. Waiters are served in
// order. While there are waiters, no child is idle and no slot is free.
type pool struct {
	most     int           // children at once
	patience time.Duration // how long a child stays idle

	mu      sync.Mutex
	live    int        // children, and slots for those about to start
	idle    []*process // longest idle first
	waiting []*waiter  // longest waiting first
	closed  bool
	ending  sync.WaitGroup // children ended by expire
}

// waiter waits for a child with a file open, or a slot for a new one.
type waiter struct {
	of    file
	ready chan *process // nil means a slot
}

// take returns an idle child with a file open, or nil for a free slot. The
// caller must release or drop the child. For a slot, it must start a child or
// vacate the slot.
func (l *pool) take(ctx context.Context, f file) (*process, error) {
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		return nil, errStopping()
	}
	if i := slices.IndexFunc(l.idle, func(p *process) bool { return p.of.same(f) }); i >= 0 {
		defer l.mu.Unlock()
		return l.remove(i), nil
	}
	if l.live < l.most {
		defer l.mu.Unlock()
		l.live++
		return nil, nil
	}
	if len(l.idle) > 0 {
		p := l.remove(0)
		l.mu.Unlock()
		p.end()
		return nil, nil // in its slot
	}
	w := &waiter{f, make(chan *process, 1)}
	l.waiting = append(l.waiting, w)
	l.mu.Unlock()
	return l.wait(ctx, w)
}

func (l *pool) wait(ctx context.Context, w *waiter) (*process, error) {
	select {
	case p, open := <-w.ready:
		if !open {
			return nil, errStopping()
		}
		return p, nil
	case <-ctx.Done():
	}
	l.mu.Lock()
	i := slices.Index(l.waiting, w)
	if i >= 0 {
		l.waiting = slices.Delete(l.waiting, i, i+1)
	}
	l.mu.Unlock()
	if i < 0 { // served, or closed, at the same moment
		switch p, open := <-w.ready; {
		case p != nil:
			l.release(p)
		case open:
			l.vacate()
		}
	}
	return nil, fmt.Errorf("wait to read a scan: %w", context.Cause(ctx))
}

func errStopping() error {
	return daybook.Errorf(daybook.Unavailable, "Daybook is stopping")
}

// remove removes a child from the idle ones. The caller holds mu.
func (l *pool) remove(i int) *process {
	p := l.idle[i]
	p.idle.Stop() // if it fires anyway, expire won't find p
	l.idle = slices.Delete(l.idle, i, i+1)
	return p
}

// release returns a child, to a waiter or to the idle ones.
func (l *pool) release(p *process) {
	l.mu.Lock()
	if len(l.waiting) == 0 && !l.closed {
		defer l.mu.Unlock()
		p.idle = time.AfterFunc(l.patience, func() { l.expire(p) })
		l.idle = append(l.idle, p)
		return
	}
	if len(l.waiting) > 0 && l.waiting[0].of.same(p.of) {
		defer l.mu.Unlock()
		l.next().ready <- p
		return
	}
	l.mu.Unlock()
	l.drop(p)
}

// next removes the longest waiter from the queue. The caller holds mu.
func (l *pool) next() *waiter {
	w := l.waiting[0]
	l.waiting = slices.Delete(l.waiting, 0, 1)
	return w
}

// vacate frees a slot.
func (l *pool) vacate() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.waiting) > 0 {
		l.next().ready <- nil
		return
	}
	l.live--
}

// drop ends a child that is in use.
func (l *pool) drop(p *process) {
	p.end()
	l.vacate()
}

// expire ends a child that was idle for too long.
func (l *pool) expire(p *process) {
	l.mu.Lock()
	i := slices.Index(l.idle, p)
	if i < 0 {
		l.mu.Unlock()
		return
	}
	l.remove(i)
	l.ending.Add(1)
	l.mu.Unlock()
	defer l.ending.Done()
	l.drop(p)
}

// close ends the idle children and rejects the waiters. Busy children end when
// they are returned.
func (l *pool) close() {
	l.mu.Lock()
	l.closed = true
	idle := slices.Clone(l.idle)
	for range idle {
		l.remove(0)
	}
	for len(l.waiting) > 0 {
		close(l.next().ready)
	}
	l.mu.Unlock()
	for _, p := range idle {
		l.drop(p)
	}
	l.ending.Wait()
}
