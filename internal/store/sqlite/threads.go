package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"daybook"
	"daybook/internal/store"
)

func notFound(what string) error {
	return daybook.Errorf(daybook.NotFound, "There is no such %s.", what)
}

// WriteThread applies a change of a thread.
func (s *Records) WriteThread(ctx context.Context, c store.ThreadChange) error {
	err := s.db.write(ctx, func(tx *sql.Tx) error {
		if c.Delete {
			return s.deleteThread(ctx, tx, c.ID)
		}
		if err := writeThread(ctx, tx, &c); err != nil {
			return err
		}
		if err := insertMessages(ctx, tx, &c); err != nil {
			return err
		}
		for _, t := range c.Turns {
			if err := insertTurn(ctx, tx, t); err != nil {
				return err
			}
		}
		if c.Answer != nil {
			return updateAnswer(ctx, tx, c.Answer)
		}
		return nil
	})
	if err == nil && c.Put != nil {
		s.added(ctx, false)
	}
	return wrap("keep a change of a thread", err)
}

// writeThread applies the changes to the thread's own row.
func writeThread(ctx context.Context, tx *sql.Tx, c *store.ThreadChange) error {
	if c.Put == nil {
		var at any
		if !c.UpdatedAt.IsZero() {
			at = c.UpdatedAt.UnixMicro()
		}
		return mustChange(ctx, tx, "thread", `UPDATE threads SET title = coalesce(?1, title),
			updated_at = CASE WHEN ?2 THEN max(updated_at, ?3) ELSE coalesce(?3, updated_at) END WHERE id = ?4`, c.Title, c.NotBack, at, c.ID)
	}
	if c.Replace {
		if _, err := tx.ExecContext(ctx, "DELETE FROM threads WHERE id = ?", c.ID); err != nil {
			return err
		}
	}
	return insertThread(ctx, tx, *c.Put)
}

// taken is the error for an ID or a key that is already in use.
func taken(what string) error {
	return daybook.Errorf(daybook.Conflict, "There is a %s of this id already.", what)
}

// mustInsert runs a statement that inserts a row unless its key is taken.
func mustInsert(ctx context.Context, tx *sql.Tx, what, statement string, args ...any) error {
	err := mustChange(ctx, tx, what, statement, args...)
	if daybook.KindOf(err) == daybook.NotFound {
		err = taken(what)
	}
	return err
}

func insertThread(ctx context.Context, tx *sql.Tx, t daybook.Thread) error {
	tags, err := jsonOrNull(t.Tags, t.Tags == nil)
	if err != nil {
		return err
	}
	return mustInsert(ctx, tx, "thread", "INSERT INTO threads (id, title, tags, created_at, updated_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
		t.ID, t.Title, tags, t.CreatedAt.UnixMicro(), t.UpdatedAt.UnixMicro())
}

func insertMessage(ctx context.Context, tx *sql.Tx, m daybook.Message) error {
	if m.Damaged { // a copy of it would look sound
		return damaged("A message of this conversation")
	}
	citations, err := jsonOrNull(m.Citations, m.Citations == nil)
	if err != nil {
		return err
	}
	trace, err := jsonOrNull(m.Trace, m.Trace == nil)
	if err != nil {
		return err
	}
	return mustInsert(ctx, tx, "message", `INSERT INTO messages (id, thread, at, role, text, status, citations, trace)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		m.ID, m.ThreadID, m.Time.UnixMicro(), m.Role, m.Text, m.Status, citations, trace)
}

// insertMessages stores the messages of a change. Those after the first of them
// get new numbers, since a message's number is its place.
func insertMessages(ctx context.Context, tx *sql.Tx, c *store.ThreadChange) error {
	var now []string
	numbers := map[string]int64{}
	fresh := map[string]daybook.Message{}
	for _, m := range c.Messages {
		fresh[m.ID] = m
	}
	if len(c.Before) > 0 {
		err := each(ctx, tx, func(rows *sql.Rows) error {
			var id any
			var n int64
			err := rows.Scan(&id, &n)
			now, numbers[str(id)] = append(now, str(id)), n
			return err
		}, "SELECT id, n FROM messages WHERE thread = ? ORDER BY n", c.ID)
		if err != nil {
			return err
		}
	}
	order, err := c.Order(now)
	if err != nil {
		return err
	}
	for i, id := range order {
		var err error
		if m, ok := fresh[id]; ok {
			err = insertMessage(ctx, tx, m)
		} else if i >= len(now) || now[i] != id {
			_, err = tx.ExecContext(ctx, "UPDATE messages SET n = (SELECT max(n) + 1 FROM messages) WHERE n = ?", numbers[id])
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func jsonOrNull(v any, null bool) (any, error) {
	if null {
		return nil, nil
	}
	data, err := json.Marshal(v)
	return string(data), err
}

// Threads returns all threads, most recently updated first, or those with ids.
func (s *Records) Threads(ctx context.Context, ids ...string) ([]daybook.Thread, error) {
	threads := []daybook.Thread{}
	where, args := "", []any{}
	if len(ids) > 0 {
		list, err := json.Marshal(ids)
		if err != nil {
			return nil, err
		}
		where, args = "WHERE id IN (SELECT value FROM json_each(?)) ", append(args, string(list))
	}
	err := s.db.each(ctx, func(rows *sql.Rows) error {
		t, err := scanThread(rows)
		threads = append(threads, t)
		return err
	}, threadColumns+where+"ORDER BY updated_at DESC, created_at DESC, id", args...)
	return threads, wrap("load threads", err)
}

// deleteThread erases a thread with its messages and turns.
func (s *Records) deleteThread(ctx context.Context, tx *sql.Tx, id string) error {
	if err := mustChange(ctx, tx, "thread", "DELETE FROM threads WHERE id = ?", id); err != nil {
		return err
	}
	return s.removing(ctx, tx, "threads", func(c *counts) *int { return &c.Threads })
}

func mustChange(ctx context.Context, tx *sql.Tx, what, statement string, args ...any) error {
	result, err := tx.ExecContext(ctx, statement, args...)
	if err != nil {
		return err
	}
	n, err := result.RowsAffected()
	if err == nil && n == 0 {
		err = notFound(what)
	}
	return err
}

const messageFields = `n, id, thread, at, role, text, status, citations, trace,
	sum IS daybook_sum(n, id, thread, at, role, text, status, citations, trace)`

const messageColumns = "SELECT " + messageFields + " FROM messages "

// Messages returns a thread's messages in the order they were added.
func (s *Records) Messages(ctx context.Context, threadID string) ([]daybook.Message, error) {
	messages, err := s.messages(ctx, threadID)
	return messages, wrap("load a thread's messages", err)
}

func (s *Records) messages(ctx context.Context, threadID string) ([]daybook.Message, error) {
	if err := s.db.readable(ctx); err != nil {
		return nil, err
	}
	tx, done, err := s.db.now.Load().snapshot(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	count := 0
	err = tx.QueryRowContext(ctx, "SELECT messages FROM threads WHERE id = ? AND "+threadSound, threadID).Scan(&count)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, err
	}
	messages := make([]daybook.Message, 0, count)
	err = each(ctx, tx, func(rows *sql.Rows) error {
		m, err := scanMessage(rows, true)
		m.ThreadID = threadID
		messages = append(messages, m)
		return err
	}, messageColumns+"WHERE thread = ? ORDER BY n", threadID)
	if err == nil && len(messages) < count {
		err = missingMessages(count - len(messages))
	}
	dateDamaged(messages)
	return messages, err
}

// EachMessage calls f with the messages that have one of ids. A damaged message
// has only its ID. If ids is nil, it calls f with every message of every thread
// that is not damaged.
func (s *Records) EachMessage(ctx context.Context, ids []string, f func(daybook.Message) error) error {
	query, args := "SELECT "+messageFields+", id FROM messages", []any{}
	if ids != nil {
		list, err := json.Marshal(ids)
		if err != nil {
			return err
		}
		query, args = query+" WHERE id IN (SELECT value FROM json_each(?))", append(args, string(list))
	}
	err := s.db.each(ctx, func(rows *sql.Rows) error {
		var id any
		m, err := scanMessage(appended{rows, []any{&id}}, false)
		switch {
		case err != nil:
			return err
		case m.Damaged && ids == nil:
			return nil
		case m.Damaged:
			m.ID = str(id)
		}
		return f(m)
	}, query, args...)
	return wrap("look through the messages", err)
}

// insertTurn stores a turn whose messages are stored.
func insertTurn(ctx context.Context, tx *sql.Tx, t daybook.Turn) error {
	return mustInsert(ctx, tx, "turn", "INSERT INTO turns (thread, key, fingerprint, question, answer, beat) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
		t.ThreadID, t.Key, t.Fingerprint, t.Question.ID, t.Answer.ID, t.Beat.UnixMicro())
}

// updateAnswer replaces the stored answer of a turn.
func updateAnswer(ctx context.Context, tx *sql.Tx, t *daybook.Turn) error {
	a, at := t.Answer, t.Answer.Time.UnixMicro()
	if err := mustChange(ctx, tx, "turn", "UPDATE turns SET beat = ? WHERE thread = ? AND key = ?", at, t.ThreadID, t.Key); err != nil {
		return err
	}
	citations, err := jsonOrNull(a.Citations, a.Citations == nil)
	if err != nil {
		return err
	}
	trace, err := jsonOrNull(a.Trace, a.Trace == nil)
	if err != nil {
		return err
	}
	return mustChange(ctx, tx, "message", "UPDATE messages SET text = ?, status = ?, citations = ?, trace = ?, at = ? WHERE id = ?",
		a.Text, a.Status, citations, trace, at, a.ID)
}

// Turns returns the turns that match q. Damaged pending turns are left out:
// they cannot be completed.
func (s *Records) Turns(ctx context.Context, q store.TurnQuery) (turns []daybook.Turn, err error) {
	if err := s.db.readable(ctx); err != nil {
		return nil, wrap("load turns", err)
	}
	if q.ThreadID == "" {
		turns, err = loadTurns(ctx, s.db.reader(), "t.answer IN (SELECT id FROM messages WHERE status = 'pending')")
		return slices.DeleteFunc(turns, isDamaged), wrap("look for unfinished answers", err)
	}
	turns, err = loadTurns(ctx, s.db.reader(), "t.thread = ?1 AND (?2 = '' OR t.key = ?2) ORDER BY t.key", q.ThreadID, q.Key)
	if err == nil && slices.ContainsFunc(turns, isDamaged) {
		err = damaged("A message of this conversation")
	}
	return turns, wrap("load the turns of a thread", err)
}

func isDamaged(t daybook.Turn) bool { return t.Question.Damaged || t.Answer.Damaged }

func loadTurns(ctx context.Context, q querier, where string, args ...any) ([]daybook.Turn, error) {
	type row struct {
		turn             daybook.Turn
		question, answer string
		sound            bool
	}
	var found []row
	err := each(ctx, q, func(rows *sql.Rows) error {
		var r row
		var beat int64
		err := rows.Scan(&r.turn.ThreadID, &r.turn.Key, &r.turn.Fingerprint, &r.question, &r.answer, &beat, &r.sound)
		r.turn.Beat = time.UnixMicro(beat).UTC()
		found = append(found, r)
		return err
	}, `SELECT t.thread, t.key, t.fingerprint, t.question, t.answer, t.beat,
		t.sum IS daybook_sum(t.thread, t.key, t.fingerprint, t.question, t.answer, t.beat) FROM turns t WHERE `+where, args...)
	if err != nil {
		return nil, err
	}
	turns := make([]daybook.Turn, 0, len(found))
	for _, r := range found {
		r.turn.Question.Damaged, r.turn.Answer.Damaged = true, true // unless they are found
		err := each(ctx, q, func(rows *sql.Rows) error {
			m, err := scanMessage(rows, true)
			switch {
			case !r.sound:
			case m.ID == r.question:
				r.turn.Question = m
			case m.ID == r.answer:
				r.turn.Answer = m
			}
			return err
		}, messageColumns+"WHERE id IN (?, ?)", r.question, r.answer)
		if err != nil {
			return nil, err
		}
		turns = append(turns, r.turn)
	}
	return turns, nil
}
