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

// beatEvery is how often a running turn saves what there is of its answer;
// a pending turn that was not saved for staleAfter belongs to a server that
// is no more.
const (
	beatEvery  = time.Second
	staleAfter = 30 * time.Second
)

type turnKey struct{ thread, key string }

// saved answers a request whose turn is kept: the question before the model
// is called, the answer at its end. It runs on when the caller leaves.
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

// begin keeps the question and starts the turn, or finds that it was begun
// before: then it is followed while it runs here, told again when it is
// complete, and taken up anew when it was interrupted.
func (s *Service) begin(ctx context.Context, req *Request, model Model) (*run, iter.Seq2[Event, error], error) {
	turn, err := s.newTurn(ctx, req)
	if err != nil {
		return nil, nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.base.Err() != nil {
		return nil, nil, daybook.Errorf(daybook.Unavailable, "Daybook is shutting down; ask again in a moment.")
	}
	kept, created, err := s.Threads.BeginTurn(ctx, turn)
	if err != nil {
		return nil, nil, fmt.Errorf("save the question: %w", err)
	}
	if kept.Fingerprint != turn.Fingerprint {
		return nil, nil, daybook.Errorf(daybook.Conflict, "This idempotency key was used for another question in this thread; a new question needs a new key.")
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
		return nil, nil, daybook.Errorf(daybook.Conflict, "This question is being answered by another Daybook on the same data; its answer will be in the thread.")
	}
	r := s.begins(kept)
	s.running[id] = r
	s.wg.Add(1)
	go s.run(r, kept, *req, model)
	return r, nil, nil
}

// isStale reports whether the server that answers a pending turn has died. A
// beat that is to come is from before the clock was set back.
func (s *Service) isStale(t daybook.Turn) bool {
	return s.Now().Sub(t.Beat).Abs() >= staleAfter
}

// newTurn is the turn a request asks for. It makes the thread where the
// request names none; the key then names that too, so that the same request
// finds it again.
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
		t := daybook.Thread{ID: req.ThreadID, Title: TitleOf(req.Query), CreatedAt: now, UpdatedAt: now}
		if err := s.Threads.CreateThread(ctx, t); err != nil && daybook.KindOf(err) != daybook.Conflict {
			return daybook.Turn{}, fmt.Errorf("make a thread for the question: %w", err)
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

// TitleOf makes a thread's title of its first question.
func TitleOf(question string) string {
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

// run answers a turn and keeps its answer, telling whoever follows. It lives
// as long as the service, not as long as the request that began it.
func (s *Service) run(r *run, turn daybook.Turn, req Request, model Model) {
	defer s.wg.Done()
	ctx := r.ctx
	defer r.cancel(nil)

	turn.Answer.Status, turn.Answer.Text, turn.Answer.Citations = daybook.Pending, "", nil
	trace := Trace{Provider: req.Provider, Model: req.Model}
	keep := &keeper{threads: s.Threads, now: s.Now, turn: turn, trace: trace, saved: func(ctx context.Context) { s.tell(ctx, savedTopic(turn.Answer.ID)) }}
	s.stopWhenTold(r)
	stopBeats := keep.beats(ctx)
	done, err := s.relay(ctx, r, keep, req, model)
	stopBeats()

	// What there is is kept even when the service is stopping.
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
	// Whoever hears of the end may ask again at once, and must not be given
	// the answer that ended.
	s.mu.Lock()
	delete(s.running, turnKey{turn.ThreadID, turn.Key})
	s.mu.Unlock()
	r.end(err)
}

// relay passes the events of an answer on to those who follow and to the
// keeper, and returns the last.
func (s *Service) relay(ctx context.Context, r *run, keep *keeper, req Request, model Model) (*Done, error) {
	// A turn taken up again is told from its beginning.
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
	return nil, errors.New("the answer ended without its end")
}

// Messages returns a thread's messages. An answer whose server died in the
// middle of it is first marked as interrupted.
func (s *Service) Messages(ctx context.Context, threadID string) ([]daybook.Message, error) {
	pending, err := s.Threads.PendingTurns(ctx)
	if err != nil {
		return nil, fmt.Errorf("look for unfinished answers: %w", err)
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

// run is an answer while it is being given.
type run struct {
	*feed.Feed[Event]
	turn   TurnRef
	ctx    context.Context // ends the answer
	cancel context.CancelCauseFunc
	done   chan struct{} // closed when the answer has ended and was saved
}

func (r *run) end(err error) {
	r.End(err)
	close(r.done)
}
