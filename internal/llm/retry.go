package llm

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"time"

	"daybook"
	"daybook/internal/llm/budget"
)

// RetryPolicy says how long to go on asking a provider that fails for now.
type RetryPolicy struct {
	Attempts int           // at most so many calls in all; 0 means no limit
	Within   time.Duration // waiting at most so long in all; 0 means no limit
	// Longer is added to Within while the provider says how long to wait, or is
	// loading its model.
	Longer time.Duration
	// Class is who goes first where a budget lets them wait.
	Class budget.Class
}

// The policies of the product: for somebody who waits, and for work that
// nobody waits for.
var (
	Interactive = RetryPolicy{Within: 10 * time.Second, Longer: 20 * time.Second}
	Background  = RetryPolicy{Attempts: 11, Class: budget.Background}
	// Steady is Background for work of many minutes.
	Steady = RetryPolicy{Attempts: 11, Class: budget.Steady}
)

// Backoff without a word from the provider: full jitter under a bound that
// doubles from the first to the last value (Brooker, "Exponential Backoff And
// Jitter", 2015).
const (
	firstBackoff = 500 * time.Millisecond
	lastBackoff  = time.Minute
)

type policyKey struct{}

// WithPolicy returns a context in which calls are retried by p. Within counts
// from now, over all calls made in the context: who waits for an answer waits
// for all of them. Without a policy a call is retried as Interactive, from
// its own beginning.
func WithPolicy(ctx context.Context, p RetryPolicy) context.Context {
	return context.WithValue(ctx, policyKey{}, patienceOf(p))
}

// SomebodyWaits reports whether somebody waits for the calls of a context, as is
// so unless its policy says otherwise.
func SomebodyWaits(ctx context.Context) bool { return patienceIn(ctx).class == budget.Interactive }

// Wait says that a call waits before it is made, or made again.
type Wait struct {
	Provider string    // that failed for now; "" where a budget is used up
	Until    time.Time // as far as is known; zero says that the call is made now
}

// Why says what is waited for.
func (w Wait) Why() string {
	if w.Provider != "" {
		return "The provider asks to wait, or fails for now."
	}
	return "The budget of tokens and requests a minute is used up."
}

type waitingKey struct{}

// WithWaiting returns a context whose calls tell when they wait, and when they
// are made. Tell must not block; it may be called by several calls at once.
func WithWaiting(ctx context.Context, tell func(Wait)) context.Context {
	return context.WithValue(ctx, waitingKey{}, tell)
}

func waitingIn(ctx context.Context) func(Wait) {
	tell, _ := ctx.Value(waitingKey{}).(func(Wait))
	return tell
}

// patience is a policy with its end fixed.
type patience struct {
	attempts int
	until    time.Time // zero means no end
	longer   time.Duration
	class    budget.Class
}

func patienceOf(p RetryPolicy) patience {
	out := patience{attempts: p.Attempts, class: p.Class, longer: p.Longer}
	if p.Within > 0 {
		out.until = time.Now().Add(p.Within)
	}
	return out
}

// ends reports whether patience with a failure ends before a time.
func (p patience) ends(failure *Error, at time.Time) bool {
	until := p.until
	if failure.After > 0 || failure.Code == CodeLoading {
		until = until.Add(p.longer)
	}
	return !p.until.IsZero() && at.After(until)
}

func patienceIn(ctx context.Context) patience {
	if p, ok := ctx.Value(policyKey{}).(patience); ok {
		return p
	}
	return patienceOf(Interactive)
}

// retry calls try until it succeeds, fails for good, or patience ends, and at
// most down times, unless that is 0, while the provider is down. The last error
// says how often it was tried.
func retry(ctx context.Context, down int, try func() error) error {
	p := patienceIn(ctx)
	for attempt := 1; ; attempt++ {
		err := try()
		var failure *Error
		if err == nil || ctx.Err() != nil || !errors.As(err, &failure) || !failure.Retry {
			return err
		}
		wait := max(backoff(attempt), failure.After)
		staysDown := failure.Down && attempt == down
		if staysDown || attempt == p.attempts || p.ends(failure, time.Now().Add(wait)) {
			return tried(failure, attempt)
		}
		if tell := waitingIn(ctx); tell != nil {
			tell(Wait{Provider: failure.Provider, Until: time.Now().Add(wait)})
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		}
	}
}

// tried says in a failure how often it was tried, where that was more than
// once.
func tried(failure *Error, attempts int) error {
	if attempts == 1 {
		return failure
	}
	out, public := *failure, *failure.Public
	public.Message = fmt.Sprintf("%s (Tried %d times.)", public.Message, attempts)
	out.Public = &public
	return &out
}

func backoff(attempt int) time.Duration {
	bound := lastBackoff
	if attempt < 8 {
		bound = firstBackoff << (attempt - 1)
	}
	return time.Duration(rand.Int64N(int64(bound))) + time.Millisecond
}

// withRetry returns m with calls that fail for now made again, but never
// after text or a call was passed on.
func withRetry(m ChatModel) ChatModel { return retryingChat{m} }

type retryingChat struct{ ChatModel }

// errShown marks a failure after which nothing may be repeated; it does not
// unwrap, so that retry does not see what it could retry.
type errShown struct{ error }

func (r retryingChat) Stream(ctx context.Context, req Request) iter.Seq2[Chunk, error] {
	return func(yield func(Chunk, error) bool) {
		// Once something was shown the request is let go of: it is a whole
		// prompt, and an answer may take long.
		model, again := r.ChatModel, req
		shown, left := false, false
		err := retry(ctx, 0, func() error {
			ended := false
			for chunk, err := range model.Stream(ctx, again) {
				if err != nil && shown {
					return errShown{err}
				}
				if err != nil {
					return err
				}
				if shown = shown || chunk.Text != "" || chunk.Call != nil; shown {
					again = Request{}
				}
				ended = chunk.Finish != ""
				if left = !yield(chunk, nil); left {
					return nil
				}
			}
			if !ended {
				return errNoEnd
			}
			return nil
		})
		if shown, ok := err.(errShown); ok {
			err = shown.error
		}
		if err != nil && !left {
			yield(Chunk{}, err)
		}
	}
}

// withRetryEmbed returns e with calls that fail for now made again.
func withRetryEmbed(e Embedder) Embedder { return retryingEmbedder{e} }

type retryingEmbedder struct{ Embedder }

type reachKey struct{}

// withReach returns a context in which a provider that did not answer is asked to
// embed again only if reach has no error.
func withReach(ctx context.Context, reach func(context.Context) error) context.Context {
	return context.WithValue(ctx, reachKey{}, reach)
}

func (r retryingEmbedder) Embed(ctx context.Context, req EmbedRequest) (out Embeddings, err error) {
	reach, _ := ctx.Value(reachKey{}).(func(context.Context) error)
	var last *Error
	err = retry(ctx, downAttempts, func() error {
		if last != nil && last.Down && reach != nil && reach(ctx) != nil {
			given := *last
			given.Retry = false
			return &given
		}
		last = nil
		out, err = r.Embedder.Embed(ctx, req)
		errors.As(err, &last)
		return err
	})
	if err == nil && len(out.Vectors) != len(req.Inputs) {
		err = daybook.Errorf(daybook.Upstream, "The embedding model answered %d vectors for %d texts.", len(out.Vectors), len(req.Inputs))
	}
	return out, err
}
