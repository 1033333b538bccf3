package pages

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"daybook"
)

// pool counts the children and has those that are idle. Whoever waits for one
// is served in turn. While somebody waits, no child is idle and no place free.
type pool struct {
	most     int           // children at once
	patience time.Duration // that a child stays idle

	mu      sync.Mutex
	live    int        // children, or places for ones about to be started
	idle    []*process // the longest idle first
	waiting []*waiter  // the longest waiting first
	closed  bool
	ending  sync.WaitGroup // children that nobody waits for
}

// waiter is somebody who waits for a child with a file, or a place for one.
type waiter struct {
	of    file
	ready chan *process // nil is a place
}

// take returns an idle child that has a file open, or nil and a place for
// another child. The caller releases or drops the child; at the place it must
// start one, or vacate it.
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
		return nil, nil // in its place
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
	return daybook.Errorf(daybook.Unavailable, "scans are not read any more: Daybook is stopping")
}

// remove takes a child from the idle ones. The caller holds mu.
func (l *pool) remove(i int) *process {
	p := l.idle[i]
	p.idle.Stop() // if it is too late, expire finds that p is not there
	l.idle = slices.Delete(l.idle, i, i+1)
	return p
}

// release gives a child back, for whoever waits or to be idle.
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

// next takes who has waited longest out of the queue. The caller holds mu.
func (l *pool) next() *waiter {
	w := l.waiting[0]
	l.waiting = slices.Delete(l.waiting, 0, 1)
	return w
}

// vacate gives a place up.
func (l *pool) vacate() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.waiting) > 0 {
		l.next().ready <- nil
		return
	}
	l.live--
}

// drop ends a child that is not idle.
func (l *pool) drop(p *process) {
	p.end()
	l.vacate()
}

// expire ends a child that was idle for long enough.
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

// close ends the children that are idle, and turns away who waits. Those at
// work end when they are given back.
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
