package chat

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/google/uuid"

	"daybook"
	"daybook/internal/feed"
)

// beatEvery is how often a running turn saves its partial answer. A pending turn
// that was not saved for staleAfter belongs to a server that died.
const (
	beatEvery  = time.Second
	staleAfter = 30 * time.Second
)

type turnKey struct{ thread, key string }

// saved answers a request and saves the turn: the question before the model is
// called, the answer at its end. It continues when the caller leaves.
func (s *Service) saved(ctx context.Context, req Request, model Model) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		r, events, err := s.begin(ctx, &req, model)
		if err != nil {
			yield(Event{}, err)
			return
		}
		if r != nil {
			events = r.Follow(ctx, nil)
		}
		events(yield)
	}
}

// begin saves the question and starts the turn. If the turn exists already, it is
// followed while it runs here, replayed if it is complete, and started again if it
// was interrupted.
func (s *Service) begin(ctx context.Context, req *Request, model Model) (*run, iter.Seq2[Event, error], error) {
	turn, err := s.newTurn(ctx, req)
	if err != nil {
		return nil, nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.base.Err() != nil {
		return nil, nil, daybook.Errorf(daybook.Unavailable, "Daybook is shutting down. Ask again in a moment.")
	}
	kept, created, err := s.Threads.BeginTurn(ctx, turn)
	if err != nil {
		return nil, nil, fmt.Errorf("save the question: %w", err)
	}
	if kept.Fingerprint != turn.Fingerprint {
		return nil, nil, daybook.Errorf(daybook.Conflict, "This idempotency key was used for another question in this thread. Use a new key.")
	}
	id := turnKey{kept.ThreadID, kept.Key}
	if r := s.running[id]; r != nil {
		return r, nil, nil
	}
	switch {
	case created:
	case kept.Answer.Status == daybook.Complete:
		return nil, s.replay(ctx, kept.Answer, TurnRef{kept.ThreadID, kept.Question.ID, kept.Answer.ID, kept.Key}), nil
	case kept.Answer.Status == daybook.Pending && !s.isStale(kept):
		return nil, nil, daybook.Errorf(daybook.Conflict, "Another Daybook is answering this question. The answer will be in the thread.")
	}
	r := s.begins(kept)
	s.running[id] = r
	s.wg.Add(1)
	go s.run(r, kept, *req, model)
	return r, nil, nil
}

// isStale reports whether the server that answers a pending turn has died. A beat
// in the future means that the clock was set back.
func (s *Service) isStale(t daybook.Turn) bool {
	return s.Now().Sub(t.Beat).Abs() >= staleAfter
}

// newTurn returns the turn of a request. If the request has no thread, it creates
// one, whose ID is derived from the key, so that a repeated request finds it.
func (s *Service) newTurn(ctx context.Context, req *Request) (daybook.Turn, error) {
	fingerprint, err := fingerprint(*req)
	if err != nil {
		return daybook.Turn{}, err
	}
	if req.Key == "" {
		req.Key = uuid.NewString()
	}
	now := s.Now().UTC()
	if req.ThreadID == "" {
		req.ThreadID = uuid.NewSHA1(uuid.NameSpaceOID, []byte("daybook thread of "+req.Key)).String()
		t := daybook.Thread{ID: req.ThreadID, Title: titleFrom(req.Query), CreatedAt: now, UpdatedAt: now}
		if err := s.Threads.CreateThread(ctx, t); err != nil && daybook.KindOf(err) != daybook.Conflict {
			return daybook.Turn{}, fmt.Errorf("create a thread for the question: %w", err)
		}
	} else if _, err := s.Threads.Thread(ctx, req.ThreadID); err != nil {
		return daybook.Turn{}, notThere(err)
	}
	return daybook.Turn{
		ThreadID: req.ThreadID, Key: req.Key, Fingerprint: fingerprint, Beat: now,
		Question: daybook.Message{ID: uuid.NewString(), ThreadID: req.ThreadID, Time: now, Role: daybook.User, Text: req.Query},
		Answer: daybook.Message{
			ID: uuid.NewString(), ThreadID: req.ThreadID, Time: now, Role: daybook.Assistant, Status: daybook.Pending,
		},
	}, nil
}

// titleFrom returns a thread's title, made from its first question.
func titleFrom(question string) string {
	const most = 60
	words := strings.Fields(question)
	title := ""
	for _, w := range words {
		if len([]rune(title))+len([]rune(w)) > most {
			if title == "" {
				return string([]rune(w)[:most]) + "…"
			}
			return title + "…"
		}
		title = strings.TrimSpace(title + " " + w)
	}
	return title
}

func fingerprint(req Request) (string, error) {
	req.Key, req.Save, req.ThreadID = "", false, ""
	data, err := json.Marshal(req)
	if err != nil {
		return "", fmt.Errorf("fingerprint the request: %w", err)
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:]), nil
}

// run answers a turn, saves the answer and informs its followers. It lives as long
// as the service, not as the request that started it.
func (s *Service) run(r *run, turn daybook.Turn, req Request, model Model) {
	defer s.wg.Done()
	ctx := r.ctx
	defer r.cancel(nil)

	turn.Answer.Status, turn.Answer.Text, turn.Answer.Citations = daybook.Pending, "", nil
	trace := Trace{Provider: req.Provider, Model: req.Model}
	keep := &saver{threads: s.Threads, now: s.Now, turn: turn, trace: trace, saved: func(ctx context.Context) { s.tell(ctx, savedTopic(turn.Answer.ID)) }}
	s.stopWhenTold(r)
	stopBeats := keep.beats(ctx)
	done, err := s.relay(ctx, r, keep, req, model)
	stopBeats()

	// Save the partial answer even when the service is stopping.
	save, cancelSave := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancelSave()
	status := daybook.Complete
	if err != nil {
		status, err = daybook.Interrupted, r.ended(err)
	}
	if saveErr := keep.end(save, status); saveErr != nil {
		err = errors.Join(err, fmt.Errorf("save the answer: %w", saveErr))
	}
	if err == nil {
		done.MessageID = turn.Answer.ID
		r.Add(Event{Done: done})
	}
	// Remove the run before it ends: a client may ask again right after the end.
	s.mu.Lock()
	delete(s.running, turnKey{turn.ThreadID, turn.Key})
	s.mu.Unlock()
	r.end(err)
}

// relay passes the events of an answer to its followers and to the saver. It
// returns Done, which the followers get once it is saved.
func (s *Service) relay(ctx context.Context, r *run, keep *saver, req Request, model Model) (*Done, error) {
	// A turn that is started again starts from the beginning.
	if err := keep.save(ctx); err != nil {
		return nil, fmt.Errorf("save the turn: %w", err)
	}
	for e, err := range s.answer(ctx, req, model, keep.turn.Question.ID) {
		switch {
		case err != nil:
			return nil, err
		case e.Done != nil:
			keep.add(e)
			return e.Done, nil
		}
		keep.add(e)
		r.Add(e)
	}
	return nil, errors.New("stream ended early")
}

// Messages returns a thread's messages. Answers whose server died are marked as
// interrupted first.
func (s *Service) Messages(ctx context.Context, threadID string) ([]daybook.Message, error) {
	pending, err := s.Threads.PendingTurns(ctx)
	if err != nil {
		return nil, fmt.Errorf("list unfinished answers: %w", err)
	}
	for _, t := range pending {
		if t.ThreadID == threadID && s.isStale(t) {
			t.Answer.Status = daybook.Interrupted
			if err := s.Threads.UpdateTurn(ctx, t); err != nil {
				return nil, fmt.Errorf("mark an answer as interrupted: %w", err)
			}
		}
	}
	return s.Threads.Messages(ctx, threadID)
}

// run is a running answer.
type run struct {
	*feed.Feed[Event]
	turn   TurnRef
	ctx    context.Context // canceled to stop the answer
	cancel context.CancelCauseFunc
	done   chan struct{} // closed after the answer has ended and is saved
}

func (r *run) end(err error) {
	r.End(err)
	close(r.done)
}
