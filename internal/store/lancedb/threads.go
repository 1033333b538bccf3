package lancedb

import (
	"cmp"
	"context"
	"slices"
	"time"

	"daybook"
)

// isoTime is how the older service writes a time: UTC, without saying so.
const isoTime = "2006-01-02T15:04:05.000000"

func written(t time.Time) string { return t.UTC().Format(isoTime) }

// readTime reads what the older service writes, with or without a fraction
// and a zone. What is not a time is the beginning of time.
func readTime(text string) time.Time {
	for _, layout := range []string{"2006-01-02T15:04:05", time.RFC3339, "2006-01-02 15:04:05", "2006-01-02 15:04:05Z07:00"} {
		if t, err := time.Parse(layout, text); err == nil { // a fraction is read in any of them
			return t.UTC().Truncate(time.Microsecond)
		}
	}
	return time.Time{}
}

// threadRow never has null as tags: the older service, with lancedb 0.25, loses a
// thread when it updates one that has.
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

// threadsWhere loads threads. Of one that is being answered the time of its
// answer is known here alone.
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
	pending, err := s.local.PendingTurns(ctx)
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

// Threads returns all threads, most recently updated first.
func (s *Store) Threads(ctx context.Context) ([]daybook.Thread, error) {
	threads, err := s.threadsWhere(ctx, "")
	if err != nil {
		return nil, wrap("list the threads", err)
	}
	slices.SortFunc(threads, func(a, b daybook.Thread) int {
		return cmp.Or(b.UpdatedAt.Compare(a.UpdatedAt), b.CreatedAt.Compare(a.CreatedAt), cmp.Compare(a.ID, b.ID))
	})
	return threads, nil
}

// Thread returns the thread id.
func (s *Store) Thread(ctx context.Context, id string) (daybook.Thread, error) {
	threads, err := s.threadsWhere(ctx, "thread_id = "+quote(id))
	if err == nil && len(threads) == 0 {
		err = notFound("thread")
	}
	if err != nil {
		return daybook.Thread{}, wrap("load a thread", err)
	}
	return threads[0], nil
}

// putThread keeps a thread as it is given.
func (s *Store) putThread(ctx context.Context, t daybook.Thread) error {
	_, err := s.c.merge(ctx, threadsTable, "thread_id", s.schemaOf(threadsTable), []row{s.threadRow(t)}, true)
	return s.refused(err)
}

// touchThread sets when a thread was updated, and no other column: the older
// service may be writing those.
func (s *Store) touchThread(ctx context.Context, id string, at time.Time) error {
	return s.c.update(ctx, threadsTable, "thread_id = "+quote(id), [2]string{"updated_at", quote(written(at))})
}

// RenameThread sets a thread's title.
func (s *Store) RenameThread(ctx context.Context, id, title string, at time.Time) error {
	unlock, err := s.lock(ctx)
	if err != nil {
		return wrap("rename a thread", err)
	}
	defer unlock()
	if _, err := s.Thread(ctx, id); err != nil {
		return wrap("rename a thread", err)
	}
	return wrap("rename a thread", s.c.update(ctx, threadsTable, "thread_id = "+quote(id),
		[2]string{"title", quote(title)}, [2]string{"updated_at", quote(written(at))}))
}

// CreateThread keeps a new thread and its first messages. They are seen with
// the thread, which is written last.
func (s *Store) CreateThread(ctx context.Context, t daybook.Thread, messages ...daybook.Message) error {
	if err := mine(t.ID, messages); err != nil {
		return err
	}
	unlock, err := s.lock(ctx)
	if err != nil {
		return wrap("keep a thread", err)
	}
	defer unlock()
	if err := s.endDeletion(ctx, t.ID); err != nil {
		return wrap("keep a thread", err)
	}
	switch _, err := s.Thread(ctx, t.ID); {
	case err == nil:
		return daybook.Errorf(daybook.Conflict, "There is a thread of this id.")
	case daybook.KindOf(err) != daybook.NotFound:
		return wrap("keep a thread", err)
	}
	if err := s.putExtras(ctx, messages, 1, ""); err != nil {
		return wrap("keep a thread", err)
	}
	if err := s.putMessages(ctx, messages); err != nil {
		return wrap("keep a thread", err)
	}
	return wrap("keep a thread", s.putThread(ctx, t))
}

// deleting begins the keys under which is kept what is being deleted.
const deleting = "lancedb:delete:"

// DeleteThread erases a thread with its messages and turns: first the thread,
// so that nothing of it is seen from then on. Where that is interrupted it is
// done later.
func (s *Store) DeleteThread(ctx context.Context, id string) error {
	unlock, err := s.lock(ctx)
	if err != nil {
		return wrap("delete a thread", err)
	}
	defer unlock()
	if _, err := s.Thread(ctx, id); err != nil {
		return wrap("delete a thread", err)
	}
	if err := s.local.SetMeta(ctx, deleting+id, "yes"); err != nil {
		return wrap("delete a thread", err)
	}
	if err := s.eraseThread(ctx, id); err != nil {
		s.owing.Store(true)
		return wrap("delete a thread", err)
	}
	return nil
}

// endDeletion ends a deletion of a thread that was interrupted. It comes
// before anything is kept under the thread's ID again, which else would be
// deleted later. The lock is held.
func (s *Store) endDeletion(ctx context.Context, id string) error {
	begun, err := s.local.Meta(ctx, deleting+id)
	if err != nil || begun == "" {
		return err
	}
	return s.eraseThread(ctx, id)
}

// eraseRows erases what the server has of a thread, the thread first.
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
