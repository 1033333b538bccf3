package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"daybook"
)

func notFound(what string) error {
	return daybook.Errorf(daybook.NotFound, "There is no such %s.", what)
}

// CreateThread keeps a new thread and its first messages.
func (s *Records) CreateThread(ctx context.Context, t daybook.Thread, messages ...daybook.Message) error {
	err := s.db.write(ctx, func(tx *sql.Tx) error {
		created, err := insertThread(ctx, tx, t)
		if err != nil {
			return err
		}
		if !created {
			return daybook.Errorf(daybook.Conflict, "There is a thread of this id.")
		}
		for _, m := range messages {
			if err := insertMessage(ctx, tx, m); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		s.added(ctx, false)
	}
	return wrap("keep a thread", err)
}

// insertThread keeps a thread unless there is one of its ID.
func insertThread(ctx context.Context, tx *sql.Tx, t daybook.Thread) (created bool, err error) {
	tags, err := jsonOrNull(t.Tags, t.Tags == nil)
	if err != nil {
		return false, err
	}
	result, err := tx.ExecContext(ctx, "INSERT INTO threads (id, title, tags, created_at, updated_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
		t.ID, t.Title, tags, t.CreatedAt.UnixMicro(), t.UpdatedAt.UnixMicro())
	if err != nil {
		return false, err
	}
	n, err := result.RowsAffected()
	return n > 0, err
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
	_, err = tx.ExecContext(ctx, "INSERT INTO messages (id, thread, at, role, text, status, citations, trace) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
		m.ID, m.ThreadID, m.Time.UnixMicro(), m.Role, m.Text, m.Status, citations, trace)
	return err
}

func jsonOrNull(v any, null bool) (any, error) {
	if null {
		return nil, nil
	}
	data, err := json.Marshal(v)
	return string(data), err
}

// Threads returns all threads, most recently updated first.
func (s *Records) Threads(ctx context.Context) ([]daybook.Thread, error) {
	threads := []daybook.Thread{}
	err := s.db.each(ctx, func(rows *sql.Rows) error {
		t, err := scanThread(rows)
		threads = append(threads, t)
		return err
	}, threadColumns+"ORDER BY updated_at DESC, created_at DESC, id")
	return threads, wrap("list the threads", err)
}

// Thread returns the thread id.
func (s *Records) Thread(ctx context.Context, id string) (daybook.Thread, error) {
	t, err := scanThread(s.db.row(ctx, threadColumns+"WHERE id = ?", id))
	if errors.Is(err, sql.ErrNoRows) {
		return t, notFound("thread")
	}
	return t, wrap("load a thread", err)
}

// RenameThread sets a thread's title.
func (s *Records) RenameThread(ctx context.Context, id, title string, at time.Time) error {
	return s.changeThread(ctx, "rename a thread", "UPDATE threads SET title = ?, updated_at = ? WHERE id = ?", title, at.UnixMicro(), id)
}

// DeleteThread erases a thread with its messages and turns.
func (s *Records) DeleteThread(ctx context.Context, id string) error {
	err := s.db.write(ctx, func(tx *sql.Tx) error {
		if err := mustChange(ctx, tx, "thread", "DELETE FROM threads WHERE id = ?", id); err != nil {
			return err
		}
		return s.removing(ctx, tx, "threads", func(c *counts) *int { return &c.Threads })
	})
	return wrap("delete a thread", err)
}

// changeThread runs a statement that must find the thread.
func (s *Records) changeThread(ctx context.Context, doing, statement string, args ...any) error {
	err := s.db.write(ctx, func(tx *sql.Tx) error { return mustChange(ctx, tx, "thread", statement, args...) })
	return wrap(doing, err)
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

const messageColumns = `SELECT n, id, thread, at, role, text, status, citations, trace,
	sum IS daybook_sum(n, id, thread, at, role, text, status, citations, trace) FROM messages `

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

// EachMessage calls f with every message of every thread.
func (s *Records) EachMessage(ctx context.Context, f func(daybook.Message) error) error {
	err := s.db.each(ctx, func(rows *sql.Rows) error {
		m, err := scanMessage(rows, false)
		if err != nil || m.Damaged {
			return err
		}
		return f(m)
	}, messageColumns)
	return wrap("look through the messages", err)
}

// AddMessage appends a message to its thread.
func (s *Records) AddMessage(ctx context.Context, m daybook.Message) error {
	err := s.db.write(ctx, func(tx *sql.Tx) error {
		if err := touchThread(ctx, tx, m.ThreadID, m.Time); err != nil {
			return err
		}
		return insertMessage(ctx, tx, m)
	})
	return wrap("keep a message", err)
}

func touchThread(ctx context.Context, tx *sql.Tx, id string, at time.Time) error {
	return mustChange(ctx, tx, "thread", "UPDATE threads SET updated_at = ? WHERE id = ?", at.UnixMicro(), id)
}

// BeginTurn keeps a turn, or returns the one of the same key.
func (s *Records) BeginTurn(ctx context.Context, t daybook.Turn) (turn daybook.Turn, created bool, err error) {
	turn = t
	err = s.db.write(ctx, func(tx *sql.Tx) error {
		old, err := soundTurns(ctx, tx, "t.thread = ? AND t.key = ?", t.ThreadID, t.Key)
		if err != nil {
			return err
		}
		if len(old) > 0 {
			turn, created = old[0], false
			return nil
		}
		created = true
		if err := touchThread(ctx, tx, t.ThreadID, t.Question.Time); err != nil {
			return err
		}
		if err := errors.Join(insertMessage(ctx, tx, t.Question), insertMessage(ctx, tx, t.Answer)); err != nil {
			return err
		}
		return insertTurn(ctx, tx, t)
	})
	if err != nil {
		return daybook.Turn{}, false, wrap("keep a turn", err)
	}
	return turn, created, nil
}

// insertTurn keeps a turn whose messages are kept.
func insertTurn(ctx context.Context, tx *sql.Tx, t daybook.Turn) error {
	_, err := tx.ExecContext(ctx, "INSERT INTO turns (thread, key, fingerprint, question, answer, beat) VALUES (?, ?, ?, ?, ?, ?)",
		t.ThreadID, t.Key, t.Fingerprint, t.Question.ID, t.Answer.ID, t.Beat.UnixMicro())
	return err
}

// UpdateTurn replaces what is kept of a turn's answer.
func (s *Records) UpdateTurn(ctx context.Context, t daybook.Turn) error {
	err := s.db.write(ctx, func(tx *sql.Tx) error {
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
		if err := touchThread(ctx, tx, t.ThreadID, a.Time); err != nil {
			return err
		}
		return mustChange(ctx, tx, "message", "UPDATE messages SET text = ?, status = ?, citations = ?, trace = ?, at = ? WHERE id = ?",
			a.Text, a.Status, citations, trace, at, a.ID)
	})
	return wrap("keep an answer", err)
}

// PendingTurns returns the turns whose answer is not complete. Damaged ones are
// left out: they cannot be completed.
func (s *Records) PendingTurns(ctx context.Context) ([]daybook.Turn, error) {
	if err := s.db.readable(ctx); err != nil {
		return nil, wrap("look for unfinished answers", err)
	}
	turns, err := loadTurns(ctx, s.db.reader(), "t.answer IN (SELECT id FROM messages WHERE status = 'pending')")
	turns = slices.DeleteFunc(turns, func(t daybook.Turn) bool { return isDamaged(t) })
	return turns, wrap("look for unfinished answers", err)
}

func isDamaged(t daybook.Turn) bool { return t.Question.Damaged || t.Answer.Damaged }

// soundTurns is loadTurns with an error for a damaged one.
func soundTurns(ctx context.Context, q querier, where string, args ...any) ([]daybook.Turn, error) {
	turns, err := loadTurns(ctx, q, where, args...)
	if err == nil && slices.ContainsFunc(turns, isDamaged) {
		err = damaged("A message of this conversation")
	}
	return turns, err
}

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
