package threads

import (
	"context"

	"daybook"
	"daybook/internal/store"
)

// merges is how often a merge is tried if the thread changes meanwhile.
const merges = 5

// MergeThread stores an imported thread and its messages, which are in order of
// time, in one step. An existing thread keeps everything but UpdatedAt, which
// moves forward to the latest message added. A message whose ID exists in any
// thread is unchanged; each other one goes before the thread's first later
// message. It returns whether the thread is new and how many messages were added.
func (t *Service) MergeThread(ctx context.Context, thread daybook.Thread, messages []daybook.Message) (created bool, added int, err error) {
	for range merges {
		created, added, err = t.merge(ctx, thread, messages)
		if kind := daybook.KindOf(err); kind != daybook.Conflict && kind != daybook.NotFound {
			break
		}
	}
	return created, added, err
}

func (t *Service) merge(ctx context.Context, thread daybook.Thread, messages []daybook.Message) (created bool, added int, err error) {
	known, err := t.store.Threads(ctx, thread.ID)
	if err != nil {
		return false, 0, err
	}
	created = len(known) == 0
	c := store.ThreadChange{ID: thread.ID}
	if c.Messages, err = t.fresh(ctx, thread.ID, messages, created); err != nil {
		return false, 0, err
	}
	if created {
		c.Put = &thread
	} else {
		if len(c.Messages) == 0 {
			return false, 0, nil
		}
		c.UpdatedAt, c.NotBack = c.Messages[len(c.Messages)-1].Time, true
		old, err := t.store.Messages(ctx, thread.ID)
		if err != nil && len(old) == 0 {
			return false, 0, err // else some are lost, and may be among those that are merged
		}
		c.Before = places(old, c.Messages)
	}
	if err := t.store.WriteThread(ctx, c); err != nil {
		return false, 0, err
	}
	return created, len(c.Messages), nil
}

// fresh returns the messages whose ID is not stored yet, each once. A thread that
// does not exist has no messages, even if a store has leftovers.
func (t *Service) fresh(ctx context.Context, thread string, messages []daybook.Message, created bool) ([]daybook.Message, error) {
	ids := make([]string, len(messages))
	for i, m := range messages {
		ids[i] = m.ID
	}
	known := map[string]bool{}
	if len(ids) > 0 {
		err := t.store.EachMessage(ctx, ids, func(m daybook.Message) error {
			known[m.ID] = !created || m.ThreadID != thread
			return nil
		})
		if err != nil {
			return nil, err
		}
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

// places says before which of the old messages the fresh ones go, by their IDs.
func places(old, fresh []daybook.Message) map[string]string {
	before := map[string]string{}
	for _, m := range old {
		for len(fresh) > 0 && !m.Damaged && fresh[0].Time.Before(m.Time) {
			before[fresh[0].ID] = m.ID
			fresh = fresh[1:]
		}
	}
	return before
}
