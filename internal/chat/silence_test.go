package chat

import (
	"context"
	"fmt"
	"iter"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"daybook/internal/llm"
)

// said is an event of a scripted answer and how long it takes to come.
type said struct {
	after time.Duration
	event Event
}

func scripted(list ...said) func(context.Context) iter.Seq2[Event, error] {
	return func(ctx context.Context) iter.Seq2[Event, error] {
		return func(yield func(Event, error) bool) {
			for _, s := range list {
				select {
				case <-time.After(s.after):
				case <-ctx.Done():
					yield(Event{}, ctx.Err())
					return
				}
				if !yield(s.event, nil) {
					return
				}
			}
		}
	}
}

// TestSilenceIsReported has answers come after different times: the person is told within
// ten seconds, once, and only while nothing was said.
func TestSilenceIsReported(t *testing.T) {
	const s = time.Second
	found, delta, step, done := Event{Found: &Found{}}, Event{Delta: "x"}, Event{Step: &Step{}}, Event{Done: &Done{}}
	for _, c := range []struct {
		name string
		list []said
		want string
	}{
		{"at once", []said{{0, found}, {s, delta}, {20 * s, delta}, {0, done}}, "0 found, 1 delta, 21 delta, 21 done"},
		{"late", []said{{3 * s, found}, {27 * s, delta}, {40 * s, done}}, "3 found, 8 waiting, 30 delta, 70 done"},
		{"late to begin", []said{{9 * s, found}, {0, delta}, {0, done}}, "8 waiting, 9 found, 9 delta, 9 done"},
		{"searching", []said{{7 * s, step}, {7 * s, step}, {7 * s, found}, {2 * s, delta}, {0, done}}, "7 step, 14 step, 21 found, 22 waiting, 23 delta, 23 done"},
	} {
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			var got []string
			for e, err := range tellSilence(t.Context(), llm.Ref{Provider: "near", Model: "m"}, scripted(c.list...)) {
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, fmt.Sprintf("%d %s", int(time.Since(start).Seconds()), kindOf(e)))
			}
			if text := strings.Join(got, ", "); text != c.want {
				t.Errorf("%s: %s, want %s", c.name, text, c.want)
			}
		})
	}
}

func kindOf(e Event) string {
	switch {
	case e.Found != nil:
		return "found"
	case e.Step != nil:
		return "step"
	case e.Done != nil:
		return "done"
	case strings.HasPrefix(e.Waiting, "near/m has not answered for 8 seconds."):
		return "waiting"
	case e.Delta != "":
		return "delta"
	}
	return "?"
}

// TestLeavingWhileSilent ends the model's call when the client leaves upon the line, and
// passes a panic on to the caller.
func TestLeavingWhileSilent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		for e := range tellSilence(t.Context(), llm.Ref{}, scripted(said{time.Hour, Event{Delta: "x"}})) {
			if e.Waiting != "" {
				break
			}
		}
		if took := time.Since(start); took != silentAfter {
			t.Errorf("it took %s", took)
		}
		defer func() {
			if recover() != "lost" {
				t.Error("the panic is lost")
			}
		}()
		for range tellSilence(t.Context(), llm.Ref{}, func(context.Context) iter.Seq2[Event, error] {
			return func(func(Event, error) bool) { panic("lost") }
		}) {
			t.Error("an event")
		}
	})
}
