package chat

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"time"

	"daybook"
	"daybook/internal/feed"
)

// TurnRef identifies a saved turn.
type TurnRef struct {
	ThreadID, QuestionID, AnswerID string
	Key                            string // "" if it is replayed from the store
}

// errStopped ends a turn that the user stopped.
var errStopped = daybook.Errorf(daybook.Conflict, "The answer was stopped. The part so far is saved.")

// errInterrupted ends the replay of a partial answer.
var errInterrupted = daybook.Errorf(daybook.Unavailable, "The answer was interrupted. The part so far is saved.")

// errElsewhere means that an answer runs in another process and did not stop.
var errElsewhere = daybook.Errorf(daybook.Conflict, "Another Daybook is answering this question.")

// pollEvery is how often an answer of another process is read.
const pollEvery = beatEvery / 2

// Follow streams a saved answer from its beginning, finished or not. It starts
// with Turn and ends like the answer itself; if that was interrupted, with an
// error. Leaving does not stop the answer. An unknown answer is a
// daybook.NotFound error.
func (s *Service) Follow(ctx context.Context, threadID, answerID string) iter.Seq2[Event, error] {
	if r := s.runOf(threadID, answerID); r != nil {
		return r.Follow(ctx, nil)
	}
	return func(yield func(Event, error) bool) {
		answer, ref, err := s.find(ctx, threadID, answerID)
		switch {
		case err != nil:
			yield(Event{}, err)
		case answer.Status == daybook.Pending:
			s.watch(ctx, answer, ref, yield)
		default:
			s.replay(ctx, answer, ref)(yield)
		}
	}
}

// runOf returns the run of an answer in this process, or nil.
func (s *Service) runOf(threadID, answerID string) *run {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.running {
		if r.turn.AnswerID == answerID && r.turn.ThreadID == threadID {
			return r
		}
	}
	return nil
}

// find loads a saved answer.
func (s *Service) find(ctx context.Context, threadID, answerID string) (daybook.Message, TurnRef, error) {
	messages, err := s.Messages(ctx, threadID)
	if err != nil {
		return daybook.Message{}, TurnRef{}, err
	}
	ref := TurnRef{ThreadID: threadID, AnswerID: answerID}
	for _, m := range messages {
		switch {
		case m.ID == answerID && m.Role == daybook.Assistant:
			return m, ref, nil
		case m.Role == daybook.User:
			ref.QuestionID = m.ID
		}
	}
	return daybook.Message{}, TurnRef{}, daybook.Errorf(daybook.NotFound, "No such answer in this thread.")
}

// replay streams a saved answer.
func (s *Service) replay(ctx context.Context, answer daybook.Message, ref TurnRef) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		if answer.Damaged {
			yield(Event{}, daybook.Errorf(daybook.Unavailable, "This answer is damaged on disk."))
			return
		}
		trace, err := keptTrace(answer)
		if err != nil {
			yield(Event{}, err)
			return
		}
		found, err := s.recall(ctx, answer, trace)
		if err != nil {
			yield(Event{}, err)
			return
		}
		if !yield(Event{Turn: &ref}, nil) {
			return
		}
		for i := range trace.Steps {
			if !yield(Event{Step: &trace.Steps[i]}, nil) {
				return
			}
		}
		if !yield(Event{Found: found}, nil) {
			return
		}
		if answer.Text != "" && !yield(Event{Delta: answer.Text}, nil) {
			return
		}
		if answer.Status == daybook.Interrupted {
			yield(Event{}, errInterrupted)
			return
		}
		yield(Event{Done: doneOf(answer, trace)}, nil)
	}
}

// keptTrace is TraceOf with a default for messages without a trace.
func keptTrace(answer daybook.Message) (*Trace, error) {
	trace, err := TraceOf(answer)
	if trace == nil {
		trace = &Trace{Intent: IntentVector}
	}
	return trace, err
}

// recall returns what a saved answer is based on.
func (s *Service) recall(ctx context.Context, answer daybook.Message, trace *Trace) (*Found, error) {
	found, err := s.restore(ctx, answer.Citations)
	if err != nil {
		return nil, err
	}
	found.Intent, found.Mentions, found.Notices, found.Nothing = trace.Intent, trace.Mentions, trace.Notices, trace.Nothing
	found.Rests, found.PrivateLeftOut = trace.Rests, trace.PrivateLeftOut
	return found, nil
}

func doneOf(answer daybook.Message, trace *Trace) *Done {
	return &Done{
		Text: answer.Text, ThreadID: answer.ThreadID, MessageID: answer.ID, Citations: answer.Citations,
		Quotations: trace.Quotations, Usage: trace.Usage, PrivateLeftOut: trace.PrivateLeftOut,
		Notices: trace.Notices,
	}
}

// watch streams an answer of another process as that saves it.
func (s *Service) watch(ctx context.Context, answer daybook.Message, ref TurnRef, yield func(Event, error) bool) {
	if !yield(Event{Turn: &ref}, nil) {
		return
	}
	news, deaf := s.hear(savedTopic(answer.ID))
	defer deaf()
	w := watched{service: s, yield: yield}
	for {
		if more, err := w.show(ctx, answer); err != nil {
			yield(Event{}, err)
			return
		} else if !more {
			return
		}
		select {
		case <-news:
		case <-time.After(pollEvery):
		case <-ctx.Done():
			yield(Event{}, ctx.Err())
			return
		}
		var err error
		if answer, _, err = s.find(ctx, ref.ThreadID, ref.AnswerID); err != nil {
			yield(Event{}, err)
			return
		}
	}
}

// watched is what was streamed of an answer of another process.
type watched struct {
	service *Service
	yield   func(Event, error) bool
	steps   int
	found   bool
	text    string
}

// show streams what is new in the saved answer. More is false if that was the end or
// if the client has left. An interrupted answer is an error.
func (w *watched) show(ctx context.Context, answer daybook.Message) (more bool, err error) {
	trace, err := keptTrace(answer)
	if err != nil {
		return false, err
	}
	for ; w.steps < len(trace.Steps); w.steps++ {
		if !w.yield(Event{Step: &trace.Steps[w.steps]}, nil) {
			return false, nil
		}
	}
	searched := answer.Citations != nil || answer.Text != "" || answer.Status != daybook.Pending
	if searched && !w.found {
		found, err := w.service.recall(ctx, answer, trace)
		if err != nil {
			return false, err
		}
		if w.found = true; !w.yield(Event{Found: found}, nil) {
			return false, nil
		}
	}
	added, grown := strings.CutPrefix(answer.Text, w.text)
	if !grown { // it was started again
		return false, errInterrupted
	}
	if w.text = answer.Text; added != "" && !w.yield(Event{Delta: added}, nil) {
		return false, nil
	}
	switch answer.Status {
	case daybook.Complete:
		w.yield(Event{Done: doneOf(answer, trace)}, nil)
		return false, nil
	case daybook.Interrupted:
		return false, errInterrupted
	}
	return true, nil
}

// Stop stops a running answer and returns the saved part of it, interrupted. An
// answer that has ended is returned unchanged.
func (s *Service) Stop(ctx context.Context, threadID, answerID string) (daybook.Message, error) {
	if r := s.runOf(threadID, answerID); r != nil {
		r.cancel(errStopped)
		select {
		case <-r.done:
		case <-ctx.Done():
			return daybook.Message{}, ctx.Err()
		}
	}
	answer, _, err := s.find(ctx, threadID, answerID)
	if err == nil && answer.Status == daybook.Pending {
		return s.stopElsewhere(ctx, answer)
	}
	return answer, err
}

// Delete deletes a thread and stops its running answers.
func (s *Service) Delete(ctx context.Context, threadID string) error {
	if err := s.Threads.DeleteThread(ctx, threadID); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.running {
		if r.turn.ThreadID == threadID {
			r.cancel(errStopped)
		}
	}
	return nil
}

// ended returns why a run ended early: errStopped rather than the error that the
// stop caused.
func (r *run) ended(err error) error {
	if cause := context.Cause(r.ctx); errors.Is(cause, errStopped) {
		return errStopped
	}
	return err
}

// begins returns a run of a turn, with its first event.
func (s *Service) begins(turn daybook.Turn) *run {
	r := &run{
		Feed: feed.New[Event](), turn: TurnRef{turn.ThreadID, turn.Question.ID, turn.Answer.ID, turn.Key}, done: make(chan struct{}),
	}
	r.ctx, r.cancel = context.WithCancelCause(s.base)
	r.Add(Event{Turn: &r.turn})
	return r
}

// notThere returns the message for a missing thread that clients expect.
func notThere(err error) error {
	if daybook.KindOf(err) == daybook.NotFound {
		return &daybook.Error{Kind: daybook.NotFound, Message: "Thread not found", Err: err}
	}
	return fmt.Errorf("look up the thread: %w", err)
}
