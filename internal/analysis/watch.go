package analysis

import (
	"context"
	"iter"
	"sync"
	"time"
)

// log has all events of a run from its beginning, for its watchers.
type log struct {
	mu      sync.Mutex
	events  []Event
	err     error
	ended   bool
	changed chan struct{} // closed and replaced at every change
}

func newLog() *log { return &log{changed: make(chan struct{})} }

func (l *log) add(e Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.events = append(l.events, e)
	l.wake()
}

func (l *log) end(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.err, l.ended = err, true
	l.wake()
}

func (l *log) wake() {
	close(l.changed)
	l.changed = make(chan struct{})
}

func (l *log) follow(ctx context.Context) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		for at := 0; ; {
			l.mu.Lock()
			events, ended, err, changed := l.events[at:], l.ended, l.err, l.changed
			l.mu.Unlock()
			var wait *Wait // the latest
			for _, e := range events {
				if e.Wait != nil {
					wait = e.Wait
				}
			}
			for _, e := range events {
				// Skip waits that are over.
				if e.Wait != nil && (e.Wait != wait || time.Now().After(e.Wait.Until)) {
					continue
				}
				if !yield(e, nil) {
					return
				}
			}
			at += len(events)
			switch {
			case ended && err != nil:
				yield(Event{}, err)
				return
			case ended:
				return
			}
			select {
			case <-changed:
			case <-ctx.Done():
				yield(Event{}, ctx.Err())
				return
			}
		}
	}
}

// pollEvery is how often the progress of another process is read.
const pollEvery = time.Second

// poll yields the events of an analysis that another process runs.
func (s *Service) poll(ctx context.Context, id string) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		told := map[string]StepStatus{}
		for first := true; ; first = false {
			a, err := s.Get(ctx, id)
			if err != nil {
				yield(Event{}, err)
				return
			}
			if first && !yield(Event{Plan: &a}, nil) {
				return
			}
			for i := range a.Steps {
				st := &a.Steps[i]
				if told[st.ID] == st.Status || first && st.Status == StepWaiting {
					continue
				}
				told[st.ID] = st.Status
				if !yield(Event{Step: st}, nil) {
					return
				}
			}
			if a.Status.Over() {
				yield(Event{Done: &a}, nil)
				return
			}
			select {
			case <-time.After(pollEvery):
			case <-ctx.Done():
				yield(Event{}, ctx.Err())
				return
			}
		}
	}
}
