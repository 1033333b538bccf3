package llm

import (
	"context"
	"errors"
	"iter"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"daybook"
)

// flaky fails a number of times, by err, before it answers. With shown it
// gives some text before it fails.
type flaky struct {
	failures int
	err      *Error
	shown    bool
	calls    []time.Time
}

func (m *flaky) Stream(context.Context, Request) iter.Seq2[Chunk, error] {
	m.calls = append(m.calls, time.Now())
	return func(yield func(Chunk, error) bool) {
		if len(m.calls) <= m.failures {
			if m.shown && !yield(Chunk{Text: "some"}, nil) {
				return
			}
			yield(Chunk{}, m.err)
			return
		}
		_ = yield(Chunk{Text: "all"}, nil) && yield(Chunk{Finish: FinishStop}, nil)
	}
}

func failing(after time.Duration) *Error {
	return &Error{Retry: true, After: after, Public: daybook.Errorf(daybook.RateLimited, "Too much for now.")}
}

func run(ctx context.Context, m ChatModel) (string, error) {
	var text strings.Builder
	for chunk, err := range withRetry(m).Stream(ctx, Request{}) {
		if err != nil {
			return text.String(), err
		}
		text.WriteString(chunk.Text)
	}
	return text.String(), nil
}

func TestRetryUntilItAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &flaky{failures: 4, err: failing(0)}
		if text, err := run(t.Context(), m); err != nil || text != "all" || len(m.calls) != 5 {
			t.Errorf("%q after %d calls, %v", text, len(m.calls), err)
		}
	})
}

func TestRetryHonorsRetryAfter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &flaky{failures: 2, err: failing(7 * time.Second)}
		if _, err := run(t.Context(), m); err != nil {
			t.Fatal(err)
		}
		for i := range 2 {
			if waited := m.calls[i+1].Sub(m.calls[i]); waited < 7*time.Second || waited > 9*time.Second {
				t.Errorf("waited %s", waited)
			}
		}
	})
}

func TestInteractiveRetriesEndAfterThirtySeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		m := &flaky{failures: 1000, err: failing(0)}
		_, err := run(t.Context(), m)
		if took := time.Since(start); took > 30*time.Second || len(m.calls) < 4 {
			t.Errorf("gave up after %s and %d calls", took, len(m.calls))
		}
		if daybook.KindOf(err) != daybook.RateLimited || !strings.Contains(err.Error(), "Tried") {
			t.Errorf("error %v", err)
		}
		// A wait that would go over it is not begun.
		start, m = time.Now(), &flaky{failures: 1000, err: failing(31 * time.Second)}
		if _, err := run(t.Context(), m); err == nil || time.Since(start) > 0 || len(m.calls) != 1 {
			t.Errorf("%d calls in %s, %v", len(m.calls), time.Since(start), err)
		}
		// All calls of one context share the time.
		ctx := WithPolicy(t.Context(), Interactive)
		start = time.Now()
		for range 3 {
			_, _ = run(ctx, &flaky{failures: 1000, err: failing(0)})
		}
		if took := time.Since(start); took > 30*time.Second {
			t.Errorf("three calls took %s", took)
		}
	})
}

func TestBackgroundIsRetriedTenTimes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &flaky{failures: 1000, err: failing(time.Hour)}
		_, err := run(WithPolicy(t.Context(), Background), m)
		if len(m.calls) != 11 || err == nil || !strings.Contains(err.Error(), "Tried 11 times") {
			t.Errorf("%d calls, %v", len(m.calls), err)
		}
	})
}

func TestNothingIsRepeated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shown := &flaky{failures: 1, err: failing(0), shown: true}
		text, err := run(t.Context(), shown)
		var failure *Error
		if text != "some" || !errors.As(err, &failure) || len(shown.calls) != 1 {
			t.Errorf("%q after %d calls, %v", text, len(shown.calls), err)
		}
		final := &flaky{failures: 1, err: &Error{Public: daybook.Errorf(daybook.Upstream, "No such key.")}}
		if _, err := run(t.Context(), final); err == nil || len(final.calls) != 1 {
			t.Errorf("%d calls, %v", len(final.calls), err)
		}
	})
}

func TestWaitingEndsWithTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		start := time.Now()
		_, err := run(ctx, &flaky{failures: 1000, err: failing(20 * time.Second)})
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != 2*time.Second {
			t.Errorf("%v after %s", err, time.Since(start))
		}
	})
}
