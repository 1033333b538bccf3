package lancedb

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"daybook"
	"daybook/internal/store"
)

// A turn is kept in the local store with its question and answer: a growing
// answer is written every second, and every write makes a version of a table. A
// finished turn is sent to the server as soon as that is reachable, and is read
// from here until then.

// withTurns returns a thread's messages including those that are only local.
func (s *Store) withTurns(ctx context.Context, threadID string, kept *messagesOf) ([]daybook.Message, error) {
	turns, err := s.local.Turns(ctx, store.TurnQuery{ThreadID: threadID})
	if err != nil || len(turns) == 0 {
		return kept.list, err
	}
	place := map[string]int{}
	for i, m := range kept.list {
		place[m.ID] = i
	}
	list := kept.list
	for _, t := range turns {
		for _, m := range []daybook.Message{t.Question, t.Answer} {
			if i, ok := place[m.ID]; ok {
				list[i] = m
				continue
			}
			list = append(list, m)
		}
	}
	if len(list) == len(place) {
		return list, nil
	}
	// Ours were promised a place. One without comes after its predecessor.
	at, last := map[string]int64{}, int64(0)
	for _, m := range list {
		if e, ok := kept.extras[m.ID]; ok {
			last = e.seq
		}
		at[m.ID] = last
	}
	slices.SortStableFunc(list, func(a, b daybook.Message) int { return cmp.Compare(at[a.ID], at[b.ID]) })
	return list, nil
}

// newKeys refuses turns with a key that the thread already has.
func (s *Store) newKeys(ctx context.Context, c *store.ThreadChange) error {
	for _, t := range c.Turns {
		old, err := s.local.Turns(ctx, store.TurnQuery{ThreadID: c.ID, Key: t.Key})
		if err != nil {
			return err
		}
		if len(old) > 0 {
			return daybook.Errorf(daybook.Conflict, "There is a turn of this id already.")
		}
	}
	return nil
}

// beginTurns begins turns whose messages have their places on the server. A turn
// has begun when it is stored locally; its question is sent after that.
func (s *Store) beginTurns(ctx context.Context, old daybook.Thread, c *store.ThreadChange) error {
	here, err := s.local.Threads(ctx, c.ID)
	if err == nil && len(here) == 0 {
		err = s.local.WriteThread(ctx, store.ThreadChange{ID: c.ID, Put: &old})
	}
	if err == nil {
		err = s.local.WriteThread(ctx, *c)
	}
	if err != nil {
		return err
	}
	asked := slices.DeleteFunc(slices.Clone(c.Messages), func(m daybook.Message) bool { return m.Status == daybook.Pending })
	if err := s.touchThread(ctx, old, c); err != nil {
		s.owe(err)
	} else if err := s.putMessages(ctx, asked); err != nil {
		s.owe(err)
	}
	return nil
}

// updateAnswer replaces the stored answer of a turn. If the server is away, it
// is sent later.
func (s *Store) updateAnswer(ctx context.Context, c *store.ThreadChange) error {
	if err := s.local.WriteThread(ctx, *c); err != nil || c.Answer.Answer.Status == daybook.Pending {
		return err
	}
	if err := s.send(ctx, *c.Answer); err != nil {
		s.owe(err)
	}
	return nil
}

// send sends a finished turn.
func (s *Store) send(ctx context.Context, t daybook.Turn) error {
	unlock, err := s.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	old, err := s.thread(ctx, t.ThreadID)
	if daybook.KindOf(err) == daybook.NotFound {
		return nil // it was deleted in the meantime
	}
	if err != nil {
		return err
	}
	kept, err := s.stored(ctx, t.ThreadID)
	if err != nil {
		return err
	}
	for _, m := range []daybook.Message{t.Question, t.Answer} {
		place, ok := kept.extras[m.ID]
		if !ok {
			kept.last++
			place.seq = kept.last
		}
		if err := s.putExtras(ctx, []daybook.Message{m}, place.seq, ""); err != nil {
			return err
		}
	}
	if err := s.touchThread(ctx, old, &store.ThreadChange{ID: t.ThreadID, UpdatedAt: t.Answer.Time}); err != nil {
		return err
	}
	return s.putMessages(ctx, []daybook.Message{t.Question, t.Answer})
}

// Turns returns turns that were begun on this machine.
func (s *Store) Turns(ctx context.Context, q store.TurnQuery) ([]daybook.Turn, error) {
	return s.local.Turns(ctx, q)
}

// replaceTurns stores the turns of a change, replacing existing ones.
func (s *Store) replaceTurns(ctx context.Context, c *store.ThreadChange) error {
	if len(c.Turns) == 0 {
		return s.forgetTurns(ctx, c.ID)
	}
	here := *c
	here.Messages = nil
	for _, turn := range c.Turns {
		here.Messages = append(here.Messages, turn.Question, turn.Answer)
	}
	return s.local.WriteThread(ctx, here)
}

// forgetTurns erases the turns of a thread.
func (s *Store) forgetTurns(ctx context.Context, threadID string) error {
	if err := s.local.WriteThread(ctx, store.ThreadChange{ID: threadID, Delete: true}); daybook.KindOf(err) != daybook.NotFound {
		return err
	}
	return nil
}

// countMessages counts the messages, including unsent answers.
func (s *Store) countMessages(ctx context.Context) (int, error) {
	n, err := s.c.count(ctx, messagesTable, "")
	if err != nil {
		return 0, err
	}
	pending, err := s.local.Turns(ctx, store.TurnQuery{})
	return n + len(pending), err
}

// owe records that something is only stored locally.
func (s *Store) owe(err error) {
	if !s.owing.Swap(true) {
		s.config.Log.Warn("an answer is kept on this machine until the LanceDB server takes it", "err", err)
	}
}

// settleEvery is the interval between checks for unsent data, and settleAtMost
// the longest wait after a failure.
const settleEvery, settleAtMost = 2 * time.Second, 10 * time.Second

// settle sends what is only stored locally, and tidies the tables, until the
// store is closed.
func (s *Store) settle() {
	ticker := time.NewTicker(settleEvery)
	defer ticker.Stop()
	tidy, writes := time.Now().Add(tidyAfter), int64(0)
	pause, next := time.Duration(0), time.Time{}
	for {
		if time.Now().After(next) && s.owing.Swap(false) { // what is owed from here on is sent next time
			pause += settleEvery
			if err := s.settleOnce(s.background); err != nil {
				s.owing.Store(true)
				next = time.Now().Add(min(pause, settleAtMost) - settleEvery/2)
			} else {
				pause = 0
			}
		}
		if now := time.Now(); now.After(tidy) || s.c.writes.Load() > writes+tidyWrites {
			if err := s.Tidy(s.background); err != nil && s.background.Err() == nil {
				s.config.Log.Warn("tidy the tables of LanceDB; it is tried again", "err", err)
			}
			tidy, writes = now.Add(tidyEvery), s.c.writes.Load()
		}
		select {
		case <-s.background.Done():
			return
		case <-ticker.C:
		}
	}
}

// settleOnce completes interrupted deletions, writes what the older service's
// table lacks, and sends the finished turns that the server lacks.
func (s *Store) settleOnce(ctx context.Context) error {
	meta, err := s.local.Meta(ctx)
	if err != nil {
		return err
	}
	var failed error // one failure does not hold up the rest
	for key, value := range meta {
		if id, ok := strings.CutPrefix(key, deleting); ok && value != "" {
			failed = errors.Join(failed, s.eraseAgain(ctx, id))
		}
	}
	failed = errors.Join(failed, s.mirrorOwed(ctx))
	threads, err := s.local.Threads(ctx)
	for _, t := range threads {
		failed = errors.Join(failed, s.sendMissing(ctx, t.ID))
	}
	return errors.Join(failed, err)
}

func (s *Store) eraseAgain(ctx context.Context, id string) error {
	unlock, err := s.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	return s.endDeletion(ctx, id) // unless another process did so
}

// sendMissing sends the server what it lacks of a thread.
func (s *Store) sendMissing(ctx context.Context, threadID string) error {
	turns, err := s.local.Turns(ctx, store.TurnQuery{ThreadID: threadID})
	if err != nil || len(turns) == 0 {
		return err
	}
	if err := s.prepare(ctx); err != nil {
		return err
	}
	kept, err := s.stored(ctx, threadID)
	if err != nil {
		return err
	}
	var failed error
	there := map[string]daybook.Message{}
	for _, m := range kept.list {
		there[m.ID] = m
	}
	for _, t := range turns {
		if t.Answer.Status == daybook.Pending {
			continue
		}
		if m, ok := there[t.Answer.ID]; ok && m.Status == t.Answer.Status && m.Text == t.Answer.Text {
			continue
		}
		failed = errors.Join(failed, s.send(ctx, t))
	}
	return failed
}
