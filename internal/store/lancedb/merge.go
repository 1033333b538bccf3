package lancedb

import (
	"context"
	"slices"

	"github.com/google/uuid"

	"daybook"
)

// MergeThread keeps what is new of a thread from elsewhere. The messages are
// written under a batch that is not seen, and are seen once the batch is
// named no longer, which is one request.
func (s *Store) MergeThread(ctx context.Context, t daybook.Thread, messages []daybook.Message) (created bool, added int, err error) {
	created, added, err = s.mergeThread(ctx, t, messages)
	if err != nil {
		return false, 0, wrap("merge a thread", err)
	}
	return created, added, nil
}

func (s *Store) mergeThread(ctx context.Context, t daybook.Thread, messages []daybook.Message) (created bool, added int, err error) {
	if err := mine(t.ID, messages); err != nil {
		return false, 0, err
	}
	unlock, err := s.lock(ctx)
	if err != nil {
		return false, 0, err
	}
	defer unlock()
	if err := s.endDeletion(ctx, t.ID); err != nil {
		return false, 0, err
	}
	old, err := s.Thread(ctx, t.ID)
	created = daybook.KindOf(err) == daybook.NotFound
	if err != nil && !created {
		return false, 0, err
	}
	seenIn := "true"
	if created {
		// What an interrupted merge left is not seen, and is written again.
		seenIn = "thread_id <> " + quote(t.ID)
	}
	fresh, err := s.unknown(ctx, messages, seenIn)
	if err != nil {
		return false, 0, err
	}
	if created {
		if err := s.putExtras(ctx, fresh, 1, ""); err != nil {
			return false, 0, err
		}
		if err := s.putMessages(ctx, fresh); err != nil {
			return false, 0, err
		}
		return true, len(fresh), s.putThread(ctx, t)
	}
	if len(fresh) == 0 {
		return false, 0, nil
	}
	if last := fresh[len(fresh)-1].Time; last.After(old.UpdatedAt) {
		if err := s.touchThread(ctx, t.ID, last); err != nil {
			return false, 0, err
		}
	}
	return false, len(fresh), s.insertByTime(ctx, t.ID, fresh)
}

// insertByTime puts messages between those of a thread, which are numbered
// anew.
func (s *Store) insertByTime(ctx context.Context, thread string, fresh []daybook.Message) error {
	kept, err := s.stored(ctx, thread)
	if err != nil {
		return err
	}
	list, err := s.withTurns(ctx, thread, kept)
	if err != nil {
		return err
	}
	// The older service's have no number, and must not come under the batch.
	if slices.ContainsFunc(list, func(m daybook.Message) bool { _, ok := kept.extras[m.ID]; return !ok }) {
		if err := s.renumber(ctx, kept, list, ""); err != nil {
			return err
		}
		if kept, err = s.stored(ctx, thread); err != nil {
			return err
		}
	}
	batch := uuid.NewString()
	if err := s.renumber(ctx, kept, between(list, fresh), batch); err != nil {
		return err
	}
	if err := s.putMessages(ctx, fresh); err != nil {
		return err
	}
	return s.c.update(ctx, extrasTable, "batch = "+quote(batch), [2]string{"batch", "''"})
}

// unknown returns the messages whose ID is nowhere yet, among those that a
// condition holds for, each once. What an interrupted merge left unseen is not
// there yet, either.
func (s *Store) unknown(ctx context.Context, messages []daybook.Message, where string) ([]daybook.Message, error) {
	ids := make([]string, len(messages))
	for i, m := range messages {
		ids[i] = m.ID
	}
	known := map[string]bool{}
	for chunk := range slices.Chunk(ids, 1000) {
		unseen := map[string]bool{}
		err := s.c.all(ctx, extrasTable, query{columns: []string{"message_id"}, where: "batch <> '' AND " + in("message_id", chunk)}, func(v view) error {
			unseen[v.text("message_id")] = true
			return nil
		})
		if err != nil {
			return nil, err
		}
		err = s.c.all(ctx, messagesTable, query{columns: []string{"message_id"}, where: where + " AND " + in("message_id", chunk)}, func(v view) error {
			if id := v.text("message_id"); !unseen[id] {
				known[id] = true
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	pending, err := s.local.PendingTurns(ctx)
	if err != nil {
		return nil, err
	}
	for _, t := range pending {
		known[t.Question.ID], known[t.Answer.ID] = true, true
	}
	var fresh []daybook.Message
	for _, m := range messages {
		if !known[m.ID] {
			known[m.ID] = true
			fresh = append(fresh, m)
		}
	}
	return fresh, nil
}

// ReplaceThread keeps a thread as it was elsewhere. What there was of it is
// deleted first and the thread written last: where that is interrupted there
// is no such thread, until it is copied again.
func (s *Store) ReplaceThread(ctx context.Context, t daybook.Thread, messages []daybook.Message, turns []daybook.Turn) error {
	return wrap("keep a thread as it was elsewhere", s.replaceThread(ctx, t, messages, turns))
}

func (s *Store) replaceThread(ctx context.Context, t daybook.Thread, messages []daybook.Message, turns []daybook.Turn) error {
	if err := mine(t.ID, messages); err != nil {
		return err
	}
	unlock, err := s.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	if err := s.elsewhere(ctx, t.ID, messages); err != nil {
		return err
	}
	if err := s.endDeletion(ctx, t.ID); err != nil {
		return err
	}
	if err := s.eraseRows(ctx, t.ID); err != nil {
		return err
	}
	if err := s.replaceTurns(ctx, t, turns); err != nil {
		return err
	}
	if err := s.putExtras(ctx, messages, 1, ""); err != nil {
		return err
	}
	pending := map[string]bool{}
	for _, turn := range turns {
		pending[turn.Answer.ID] = turn.Answer.Status == daybook.Pending
	}
	done := slices.DeleteFunc(slices.Clone(messages), func(m daybook.Message) bool { return pending[m.ID] })
	if err := s.putMessages(ctx, done); err != nil {
		return err
	}
	return s.putThread(ctx, t)
}

// elsewhere refuses messages that another thread has.
func (s *Store) elsewhere(ctx context.Context, thread string, messages []daybook.Message) error {
	ids := make([]string, len(messages))
	for i, m := range messages {
		ids[i] = m.ID
	}
	for chunk := range slices.Chunk(ids, 1000) {
		n, err := s.c.count(ctx, messagesTable, "thread_id <> "+quote(thread)+" AND "+in("message_id", chunk))
		if err != nil {
			return err
		}
		if n > 0 {
			return daybook.Errorf(daybook.Conflict, "A message of the thread is there already, in another.")
		}
	}
	return nil
}
