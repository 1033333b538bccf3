package llm

import (
	"context"
	"errors"
	"iter"
	"slices"
	"sync"
	"time"

	"daybook"
)

// Bounds of asking a chat model for help while somebody waits for an answer.
const (
	// helpWithin is how long a model may be silent before an answer goes on without
	// its help, and how long it may take to classify a question.
	helpWithin = 5 * time.Second
	// A model that was too slow to help is not asked to for a while, longer each time.
	firstRest = time.Minute
	lastRest  = time.Hour
)

type silenceKey struct{}

// withSilence returns a context whose calls end when the provider has sent nothing for
// so long.
func withSilence(ctx context.Context, longest time.Duration) context.Context {
	return context.WithValue(ctx, silenceKey{}, longest)
}

// SilenceIn returns how long a provider may be silent in calls of a context; 0 if
// nothing special is set.
func SilenceIn(ctx context.Context) time.Duration {
	longest, _ := ctx.Value(silenceKey{}).(time.Duration)
	return longest
}

// silence remembers that a chat model did not respond. It is safe for concurrent use.
type silence struct {
	mu   sync.Mutex
	down bool // the last call for an answer ended without a response
	// late is why the model is not asked for help before until.
	late  error
	until time.Time
	rest  time.Duration
}

// isDown reports whether the last call for an answer got no response.
func (s *silence) isDown() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.down
}

// rests returns why the model is not to be asked for help now, nil if it may be.
func (s *silence) rests() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.late != nil && time.Now().Before(s.until) {
		return s.late
	}
	return nil
}

// responded forgets that the provider was down; the model helped in time if help is
// set.
func (s *silence) responded(help bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.down = false
	if help {
		s.late, s.rest = nil, 0
	}
}

// failed notes that a call got no response in time.
func (s *silence) failed(help bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.down = s.down || !help
	s.rest = min(max(2*s.rest, firstRest), lastRest)
	s.late, s.until = err, time.Now().Add(s.rest)
}

// patientChat is a chat model that is waited for only where the answer itself depends
// on it. Calls that help to find an answer end after a short silence, and the model is
// then not asked for help for a while. A provider that did not respond is pinged
// before the next answer, and is not waited for again if it does not respond to that.
type patientChat struct {
	ChatModel // retried
	line      line
	silence   *silence
}

// Stream implements ChatModel.
func (c patientChat) Stream(ctx context.Context, req Request) iter.Seq2[Chunk, error] {
	return func(yield func(Chunk, error) bool) {
		task := taskIn(ctx)
		help := SomebodyWaits(ctx) && slices.Contains([]Task{TaskIntent, TaskSearch}, task)
		if err := c.ready(ctx, task, help, req); err != nil {
			yield(Chunk{}, err)
			return
		}
		calls := ctx
		if help {
			calls = withSilence(ctx, helpWithin)
		}
		if task == TaskIntent && help {
			within, cancel := context.WithTimeout(calls, helpWithin)
			defer cancel()
			calls = within
		}
		model := c.ChatModel
		stream := model.Stream(calls, req)
		req = Request{} // it is a whole prompt, and an answer may take long
		for chunk, err := range stream {
			if err != nil && ctx.Err() == nil && calls.Err() != nil {
				err = c.line.silent()
			}
			c.note(ctx, help, chunk, err)
			if !yield(chunk, err) {
				return
			}
		}
	}
}

// ready returns an error if the model is not to be asked now.
func (c patientChat) ready(ctx context.Context, task Task, help bool, req Request) error {
	if help {
		return c.silence.rests()
	}
	if !SomebodyWaits(ctx) || !c.silence.isDown() {
		return nil
	}
	return c.line.check(ctx, Outgoing{c.line.ref, task, req.Contents, textsOf(req)})
}

// note learns from a part of an answer whether the provider responds.
func (c patientChat) note(ctx context.Context, help bool, chunk Chunk, err error) {
	var failure *Error
	hasOutput := chunk.Text != "" || chunk.Finish != "" || chunk.Call != nil
	switch {
	case err == nil && hasOutput:
		if chunk.Finish != "" || !help {
			c.silence.responded(help)
		}
	case ctx.Err() != nil:
	case errors.As(err, &failure) && failure.Down && failure.Public.Kind == daybook.Timeout:
		c.silence.failed(help, err)
	case errors.As(err, &failure) && !failure.Down:
		c.silence.responded(false)
	}
}

// line is the way to a provider, for finding out whether it responds at all.
type line struct {
	ref   Ref
	ping  Pinger // may be nil
	guard Guard  // may be nil
}

// check returns an error if the server is silent. What may not be sent is no reason to
// ask the server anything.
func (l line) check(ctx context.Context, out Outgoing) error {
	if l.guard != nil {
		if err := l.guard.Allow(ctx, out); err != nil {
			return err
		}
	}
	return l.reach(ctx)
}

// reach returns an error if the server is silent: it neither answers a ping nor
// refuses it. Any other failure is for the call itself to find.
func (l line) reach(ctx context.Context) error {
	if l.ping == nil {
		return nil
	}
	within, cancel := context.WithTimeout(ctx, reachWithin)
	defer cancel()
	if err := l.ping.Ping(within); err != nil && within.Err() != nil && ctx.Err() == nil {
		return l.silent()
	}
	return ctx.Err()
}

func (l line) silent() error {
	return &Error{Provider: l.ref.Provider, Retry: true, Down: true, Public: daybook.Errorf(daybook.Timeout, "%s did not answer in time.", l.ref)}
}
