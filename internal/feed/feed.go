// Package feed stores the events of a running job, so that everyone who follows
// it gets all events from the beginning.
package feed

import (
	"context"
	"iter"
	"sync"
)

// Feed is a list of events that grows until it ends. It is safe for concurrent
// use.
type Feed[E any] struct {
	mu      sync.Mutex
	events  []E
	err     error
	ended   bool
	changed chan struct{} // closed and replaced at every change
}

// New returns an empty feed.
func New[E any]() *Feed[E] { return &Feed[E]{changed: make(chan struct{})} }

// Add adds an event.
func (f *Feed[E]) Add(e E) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.events = append(f.events, e)
	f.wake()
}

// End ends the feed. An error is yielded after the last event; nil is not.
func (f *Feed[E]) End(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.err, f.ended = err, true
	f.wake()
}

func (f *Feed[E]) wake() {
	close(f.changed)
	f.changed = make(chan struct{})
}

// since returns the events from at on, and the state of the feed.
func (f *Feed[E]) since(at int) (events []E, ended bool, changed <-chan struct{}, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.events[at:], f.ended, f.changed, f.err
}

// Follow yields all events, old and new, until the feed or ctx ends. Keep may
// drop events of those that are there when it is called, such as outdated ones;
// nil keeps all. It must not change its argument.
func (f *Feed[E]) Follow(ctx context.Context, keep func([]E) []E) iter.Seq2[E, error] {
	return func(yield func(E, error) bool) {
		var none E
		for at := 0; ; {
			events, ended, changed, err := f.since(at)
			at += len(events)
			if keep != nil {
				events = keep(events)
			}
			for _, e := range events {
				if !yield(e, nil) {
					return
				}
			}
			if ended {
				if err != nil {
					yield(none, err)
				}
				return
			}
			select {
			case <-changed:
			case <-ctx.Done():
				yield(none, ctx.Err())
				return
			}
		}
	}
}
