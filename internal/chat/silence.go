package chat

import (
	"context"
	"fmt"
	"iter"
	"time"

	"daybook/internal/llm"
)

// silentAfter is how long a model may be silent before the page says so.
const silentAfter = 8 * time.Second

// pulled is an event of an answer, or its end.
type pulled struct {
	event    Event
	err      error
	ok       bool
	panicked any
}

// tellSilence passes an answer on, and adds an event when the model has said nothing
// for silentAfter since the beginning, or since its last search.
func tellSilence(ctx context.Context, ref llm.Ref, answer func(context.Context) iter.Seq2[Event, error]) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		next, stop := iter.Pull2(answer(ctx))
		defer stop()
		timer := time.NewTimer(silentAfter)
		defer timer.Stop()
		for spoken := false; ; {
			var p pulled
			if spoken {
				p.event, p.err, p.ok = next()
			} else {
				var left bool
				if p, left = pull(next, timer, cancel, func() bool { return yield(Event{Waiting: waitingFor(ref)}, nil) }); left {
					return
				}
			}
			if !p.ok || !yield(p.event, p.err) {
				return
			}
			spoken = spoken || p.event.Delta != ""
			if p.event.Step != nil {
				timer.Reset(silentAfter)
			}
		}
	}
}

// pull waits for the next event, and calls tell when the timer fires. If that returns
// false, the client has left, and the answer is cancelled.
func pull(next func() (Event, error, bool), timer *time.Timer, cancel func(), tell func() bool) (p pulled, left bool) {
	came := make(chan pulled, 1)
	go func() {
		var p pulled
		defer func() {
			p.panicked = recover() // it belongs to the caller
			came <- p
		}()
		p.event, p.err, p.ok = next()
	}()
	for {
		select {
		case p := <-came:
			if p.panicked != nil {
				panic(p.panicked)
			}
			return p, false
		case <-timer.C:
			if left = !tell(); left {
				cancel()
				<-came
				return pulled{}, true
			}
		}
	}
}

func waitingFor(ref llm.Ref) string {
	return fmt.Sprintf("%s has not answered for %d seconds. It may be loading or still thinking.", ref, int(silentAfter.Seconds()))
}
