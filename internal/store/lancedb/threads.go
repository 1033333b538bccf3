package lancedb

import (
	"cmp"
	"context"
	"slices"
	"time"

	"daybook"
	"daybook/internal/store"
)

// isoTime is how the older service writes a time: UTC, without a zone.
const isoTime = "2006-01-02T15:04:05.000000"

func written(t time.Time) string { return t.UTC().Format(isoTime) }

// readTime parses a time of the older service, with or without a fraction and a
// zone. It returns the zero time if that fails.
func readTime(text string) time.Time {
	for _, layout := range []string{"2006-01-02T15:04:05", time.RFC3339, "2006-01-02 15:04:05", "2006-01-02 15:04:05Z07:00"} {
		if t, err := time.Parse(layout, text); err == nil { // a fraction is read in any of them
			return t.UTC().Truncate(time.Microsecond)
		}
	}
	return time.Time{}
}

// threadRow never has null as tags: when the older service, with lancedb 0.25,
// updates a thread with null tags it loses the thread.
func (s *Store) threadRow(t daybook.Thread) row {
	return row{
		"thread_id": t.ID, "title": t.Title, "created_at": written(t.CreatedAt), "updated_at": written(t.UpdatedAt),
		"tags": append([]string{}, t.Tags...),
	}
}

func readThread(v view) daybook.Thread {
	t := daybook.Thread{
		ID: v.text("thread_id"), Title: v.text("title"),
		CreatedAt: readTime(v.text("created_at")), UpdatedAt: readTime(v.text("updated_at")),
	}
	if tags := v.list("tags"); len(tags) > 0 {
		t.Tags = tags
	}
	return t
}

// threadsWhere loads threads. If an answer is being written, its time is only
// known here.
func (s *Store) threadsWhere(ctx context.Context, where string) ([]daybook.Thread, error) {
	if err := s.prepare(ctx); err != nil {
		return nil, err
	}
	threads := []daybook.Thread{}
	err := s.c.all(ctx, threadsTable, query{columns: names(threadsSchema), where: where}, func(v view) error {
		threads = append(threads, readThread(v))
		return nil
	})
	if err != nil {
		return nil, err
	}
	pending, err := s.local.Turns(ctx, store.TurnQuery{})
	if err != nil {
		return nil, err
	}
	for _, turn := range pending {
		for i := range threads {
			if t := &threads[i]; t.ID == turn.ThreadID && t.UpdatedAt.Before(turn.Answer.Time) {
				t.UpdatedAt = turn.Answer.Time
			}
		}
	}
	return threads, nil
}

// Threads returns all threads, most recently updated first, or those with ids.
func (s *Store) Threads(ctx context.Context, ids ...string) ([]daybook.Thread, error) {
	where := ""
	if len(ids) > 0 {
		where = in("thread_id", ids)
	}
	threads, err := s.threadsWhere(ctx, where)
	if err != nil {
		return nil, wrap("load threads", err)
	}
	slices.SortFunc(threads, func(a, b daybook.Thread) int {
		return cmp.Or(b.UpdatedAt.Compare(a.UpdatedAt), b.CreatedAt.Compare(a.CreatedAt), cmp.Compare(a.ID, b.ID))
	})
	return threads, nil
}

// thread returns the thread id, or a daybook.NotFound error.
func (s *Store) thread(ctx context.Context, id string) (daybook.Thread, error) {
	threads, err := s.Threads(ctx, id)
	if err == nil && len(threads) == 0 {
		err = notFound("thread")
	}
	if err != nil {
		return daybook.Thread{}, err
	}
	return threads[0], nil
}

// putThread stores a thread as it is.
func (s *Store) putThread(ctx context.Context, t daybook.Thread) error {
	_, err := s.c.merge(ctx, threadsTable, "thread_id", s.schemaOf(threadsTable), []row{s.threadRow(t)}, true)
	return s.refused(err)
}

// touchThread writes the changed columns of a thread and no others: the older
// service may be writing those.
func (s *Store) touchThread(ctx context.Context, old daybook.Thread, c *store.ThreadChange) error {
	var set [][2]string
	if c.Title != nil {
		set = append(set, [2]string{"title", quote(*c.Title)})
	}
	if !c.UpdatedAt.IsZero() && !(c.NotBack && c.UpdatedAt.Before(old.UpdatedAt)) {
		set = append(set, [2]string{"updated_at", quote(written(c.UpdatedAt))})
	}
	if len(set) == 0 {
		return nil
	}
	return s.c.update(ctx, threadsTable, "thread_id = "+quote(c.ID), set...)
}

// WriteThread applies a change of a thread.
func (s *Store) WriteThread(ctx context.Context, c store.ThreadChange) error {
	return wrap("keep a change of a thread", s.writeThread(ctx, &c))
}

func (s *Store) writeThread(ctx context.Context, c *store.ThreadChange) error {
	if c.Answer != nil {
		return s.updateAnswer(ctx, c)
	}
	if err := mine(c.ID, c.Messages); err != nil {
		return err
	}
	unlock, err := s.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	switch {
	case c.Delete:
		return s.deleteThread(ctx, c.ID)
	case c.Replace:
		return s.replaceThread(ctx, c)
	case c.Put != nil:
		return s.createThread(ctx, c)
	}
	old, err := s.thread(ctx, c.ID)
	if err != nil {
		return err
	}
	switch {
	case len(c.Messages) == 0:
		return s.touchThread(ctx, old, c)
	case len(c.Before) > 0:
		if err := s.touchThread(ctx, old, c); err != nil {
			return err
		}
		return s.insertBetween(ctx, c)
	}
	return s.appendMessages(ctx, old, c)
}

// createThread stores a new thread and its first messages. They become visible
// with the thread, which is written last.
func (s *Store) createThread(ctx context.Context, c *store.ThreadChange) error {
	if err := s.elsewhere(ctx, c); err != nil {
		return err
	}
	if err := s.endDeletion(ctx, c.ID); err != nil {
		return err
	}
	there, err := s.Threads(ctx, c.ID)
	if err != nil {
		return err
	}
	if len(there) > 0 {
		return daybook.Errorf(daybook.Conflict, "There is a thread of this id already.")
	}
	if err := s.putExtras(ctx, c.Messages, 1, ""); err != nil {
		return err
	}
	if err := s.putMessages(ctx, c.Messages); err != nil {
		return err
	}
	return s.putThread(ctx, *c.Put)
}

// appendMessages adds messages to the end of a thread. The thread's time is
// written first: the messages show that the change was made.
func (s *Store) appendMessages(ctx context.Context, old daybook.Thread, c *store.ThreadChange) error {
	if c.IsNewTurn() {
		if err := s.newKeys(ctx, c); err != nil {
			return err
		}
	}
	kept, err := s.settled(ctx, c.ID)
	if err != nil {
		return err
	}
	if _, err := c.Order(idsOf(kept.list)); err != nil {
		return err
	}
	if err := s.putExtras(ctx, c.Messages, kept.last+1, ""); err != nil {
		return err
	}
	if c.IsNewTurn() {
		return s.beginTurns(ctx, old, c)
	}
	if err := s.touchThread(ctx, old, c); err != nil {
		return err
	}
	return s.putMessages(ctx, c.Messages)
}

func idsOf(messages []daybook.Message) []string {
	ids := make([]string, len(messages))
	for i, m := range messages {
		ids[i] = m.ID
	}
	return ids
}

// deleting begins the keys that record unfinished deletions.
const deleting = "lancedb:delete:"

// deleteThread erases a thread with its messages and turns. The thread goes
// first, so that all of it is hidden from then on. If it is interrupted, it is
// completed later. The lock is held.
func (s *Store) deleteThread(ctx context.Context, id string) error {
	if _, err := s.thread(ctx, id); err != nil {
		return err
	}
	if err := s.local.SetMeta(ctx, deleting+id, "yes"); err != nil {
		return err
	}
	if err := s.eraseThread(ctx, id); err != nil {
		s.owing.Store(true)
		return err
	}
	return nil
}

// endDeletion completes the interrupted deletion of a thread. Call it before
// storing anything under the thread's ID, which would be deleted otherwise. The
// lock is held.
func (s *Store) endDeletion(ctx context.Context, id string) error {
	begun, err := store.MetaOf(ctx, s.local, deleting+id)
	if err != nil || begun == "" {
		return err
	}
	return s.eraseThread(ctx, id)
}

// eraseRows erases a thread on the server, the thread itself first.
func (s *Store) eraseRows(ctx context.Context, id string) error {
	for _, table := range []string{threadsTable, messagesTable, extrasTable} {
		if err := s.c.delete(ctx, table, "thread_id = "+quote(id)); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) eraseThread(ctx context.Context, id string) error {
	if err := s.eraseRows(ctx, id); err != nil {
		return err
	}
	if err := s.forgetTurns(ctx, id); err != nil {
		return err
	}
	return s.local.SetMeta(ctx, deleting+id, "")
}
