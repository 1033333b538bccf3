package analysis

import (
	"context"
	"iter"
	"slices"
	"time"
)

// current drops waits that are over or outdated from a batch of events.
func current(events []Event) []Event {
	var last *Wait
	for _, e := range events {
		if e.Wait != nil {
			last = e.Wait
		}
	}
	now := time.Now()
	return slices.DeleteFunc(slices.Clone(events), func(e Event) bool {
		if e.Wait == nil {
			return false
		}
		return e.Wait != last || now.After(e.Wait.Until)
	})
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
				unstarted := first && st.Status == StepWaiting
				if unstarted || told[st.ID] == st.Status {
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
