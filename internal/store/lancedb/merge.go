package lancedb

import (
	"context"
	"slices"

	"github.com/google/uuid"

	"daybook"
	"daybook/internal/store"
)

// insertBetween puts messages between a thread's own, which get new numbers.
// They are written in a hidden batch and become visible by one request, which
// clears the batch.
func (s *Store) insertBetween(ctx context.Context, c *store.ThreadChange) error {
	kept, err := s.stored(ctx, c.ID)
	if err != nil {
		return err
	}
	list, err := s.withTurns(ctx, c.ID, kept)
	if err != nil {
		return err
	}
	order, err := c.Order(idsOf(list))
	if err != nil {
		return err
	}
	// The older service's have no number, and must not be in the batch.
	if slices.ContainsFunc(list, func(m daybook.Message) bool { _, ok := kept.extras[m.ID]; return !ok }) {
		if err := s.renumber(ctx, kept, list, ""); err != nil {
			return err
		}
		if kept, err = s.stored(ctx, c.ID); err != nil {
			return err
		}
	}
	all := map[string]daybook.Message{}
	for _, m := range slices.Concat(list, c.Messages) {
		all[m.ID] = m
	}
	list = nil
	for _, id := range order {
		list = append(list, all[id])
	}
	batch := uuid.NewString()
	if err := s.renumber(ctx, kept, list, batch); err != nil {
		return err
	}
	if err := s.putMessages(ctx, c.Messages); err != nil {
		return err
	}
	return s.c.update(ctx, extrasTable, "batch = "+quote(batch), [2]string{"batch", "''"})
}

// replaceThread stores a copy of a thread from another store. It deletes the
// old thread first and writes the new one last. If that is interrupted, the
// thread is missing until it is copied again.
func (s *Store) replaceThread(ctx context.Context, c *store.ThreadChange) error {
	if err := s.elsewhere(ctx, c); err != nil {
		return err
	}
	if err := s.endDeletion(ctx, c.ID); err != nil {
		return err
	}
	if err := s.eraseRows(ctx, c.ID); err != nil {
		return err
	}
	if err := s.replaceTurns(ctx, c); err != nil {
		return err
	}
	if err := s.putExtras(ctx, c.Messages, 1, ""); err != nil {
		return err
	}
	pending := map[string]bool{}
	for _, turn := range c.Turns {
		pending[turn.Answer.ID] = turn.Answer.Status == daybook.Pending
	}
	done := slices.DeleteFunc(slices.Clone(c.Messages), func(m daybook.Message) bool { return pending[m.ID] })
	if err := s.putMessages(ctx, done); err != nil {
		return err
	}
	return s.putThread(ctx, *c.Put)
}

// elsewhere refuses messages that belong to another thread.
func (s *Store) elsewhere(ctx context.Context, c *store.ThreadChange) error {
	for chunk := range slices.Chunk(idsOf(c.Messages), 1000) {
		n, err := s.c.count(ctx, messagesTable, "thread_id <> "+quote(c.ID)+" AND "+in("message_id", chunk))
		if err != nil {
			return err
		}
		if n > 0 {
			return daybook.Errorf(daybook.Conflict, "A message of this thread already exists in another thread.")
		}
	}
	return nil
}
