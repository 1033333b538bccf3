package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"daybook"
)

// CreateThread keeps a new thread and its first messages.
func (s *Store) CreateThread(ctx context.Context, t daybook.Thread, messages ...daybook.Message) error {
	err := s.write(ctx, func(tx pgx.Tx) error {
		created, err := s.insertThread(ctx, tx, t)
		if err != nil {
			return err
		}
		if !created {
			return daybook.Errorf(daybook.Conflict, "There is a thread of this id.")
		}
		for _, m := range messages {
			if err := s.insertMessage(ctx, tx, m); err != nil {
				return err
			}
		}
		return nil
	})
	return wrap("keep a thread", err)
}

// insertThread keeps a thread unless there is one of its ID.
func (s *Store) insertThread(ctx context.Context, tx pgx.Tx, t daybook.Thread) (created bool, err error) {
	tag, err := tx.Exec(ctx, "INSERT INTO threads VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
		s.owner, []byte(t.ID), []byte(t.Title), bytesList(t.Tags), t.CreatedAt.UnixMicro(), t.UpdatedAt.UnixMicro())
	return tag.RowsAffected() > 0, err
}

// insertMessage puts a message behind those of its thread, whose row the
// transaction holds, so that no two come to one place.
func (s *Store) insertMessage(ctx context.Context, tx pgx.Tx, m daybook.Message) error {
	citations, err := jsonOrNull(m.Citations, m.Citations == nil)
	if err != nil {
		return err
	}
	trace, err := jsonOrNull(m.Trace, m.Trace == nil)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO messages (owner, id, thread, n, at, role, text, status, citations, trace)
		SELECT $1, $2, $3, coalesce(max(n), 0) + 1, $4, $5, $6, $7, $8, $9 FROM messages WHERE owner = $1 AND thread = $3`,
		s.owner, []byte(m.ID), []byte(m.ThreadID), m.Time.UnixMicro(), []byte(m.Role), []byte(m.Text), []byte(m.Status), citations, trace)
	return err
}

func jsonOrNull(v any, null bool) ([]byte, error) {
	if null {
		return nil, nil
	}
	return json.Marshal(v)
}

const threadColumns = "SELECT id, title, tags, created_at, updated_at FROM threads WHERE owner = $1"

func scanThread(row pgx.CollectableRow) (daybook.Thread, error) {
	var t daybook.Thread
	var id, title []byte
	var tags [][]byte
	var created, updated int64
	err := row.Scan(&id, &title, &tags, &created, &updated)
	t.ID, t.Title, t.Tags = string(id), string(title), stringsOf(tags)
	t.CreatedAt, t.UpdatedAt = timeOf(created), timeOf(updated)
	return t, err
}

func timeOf(micro int64) time.Time { return time.UnixMicro(micro).UTC() }

func (s *Store) threads(ctx context.Context, sql string, args ...any) ([]daybook.Thread, error) {
	threads := []daybook.Thread{}
	err := s.each(ctx, func(row pgx.CollectableRow) error {
		t, err := scanThread(row)
		threads = append(threads, t)
		return err
	}, sql, args...)
	return threads, err
}

// Threads returns all threads, most recently updated first.
func (s *Store) Threads(ctx context.Context) ([]daybook.Thread, error) {
	threads, err := s.threads(ctx, threadColumns+" ORDER BY updated_at DESC, created_at DESC, id", s.owner)
	return threads, wrap("list the threads", err)
}

// Thread returns the thread id.
func (s *Store) Thread(ctx context.Context, id string) (daybook.Thread, error) {
	threads, err := s.threads(ctx, threadColumns+" AND id = $2", s.owner, []byte(id))
	if err != nil {
		return daybook.Thread{}, wrap("load a thread", err)
	}
	if len(threads) == 0 {
		return daybook.Thread{}, notFound("thread")
	}
	return threads[0], nil
}

// RenameThread sets a thread's title.
func (s *Store) RenameThread(ctx context.Context, id, title string, at time.Time) error {
	return s.changeThread(ctx, "rename a thread", "UPDATE threads SET title = $3, updated_at = $4 WHERE owner = $1 AND id = $2",
		s.owner, []byte(id), []byte(title), at.UnixMicro())
}

// DeleteThread erases a thread with its messages and turns.
func (s *Store) DeleteThread(ctx context.Context, id string) error {
	return s.changeThread(ctx, "delete a thread", "DELETE FROM threads WHERE owner = $1 AND id = $2", s.owner, []byte(id))
}

// changeThread runs a statement that must find the thread.
func (s *Store) changeThread(ctx context.Context, doing, statement string, args ...any) error {
	err := s.write(ctx, func(tx pgx.Tx) error { return mustChange(ctx, tx, "thread", statement, args...) })
	return wrap(doing, err)
}

func mustChange(ctx context.Context, tx pgx.Tx, what, statement string, args ...any) error {
	tag, err := tx.Exec(ctx, statement, args...)
	if err == nil && tag.RowsAffected() == 0 {
		err = notFound(what)
	}
	return err
}

const messageColumns = "SELECT m.id, m.thread, m.at, m.role, m.text, m.status, m.citations, m.trace FROM messages m WHERE m.owner = $1"

// Messages returns a thread's messages in the order they were added.
func (s *Store) Messages(ctx context.Context, threadID string) ([]daybook.Message, error) {
	messages := []daybook.Message{}
	err := s.each(ctx, func(row pgx.CollectableRow) error {
		m, err := scanMessage(row)
		messages = append(messages, m)
		return err
	}, messageColumns+" AND m.thread = $2 ORDER BY m.n", s.owner, []byte(threadID))
	return messages, wrap("load a thread's messages", err)
}

// EachMessage calls f with every message of every thread.
func (s *Store) EachMessage(ctx context.Context, f func(daybook.Message) error) error {
	err := s.each(ctx, func(row pgx.CollectableRow) error {
		m, err := scanMessage(row)
		if err != nil {
			return err
		}
		return f(m)
	}, "SELECT id, thread, at, role, text, status, NULL::bytea, NULL::bytea FROM messages WHERE owner = $1", s.owner)
	return wrap("look through the messages", err)
}

func scanMessage(row pgx.CollectableRow) (daybook.Message, error) {
	var m daybook.Message
	var id, thread, role, text, status, citations, trace []byte
	var at int64
	if err := row.Scan(&id, &thread, &at, &role, &text, &status, &citations, &trace); err != nil {
		return m, err
	}
	m.ID, m.ThreadID, m.Role, m.Text, m.Status = string(id), string(thread), daybook.Role(role), string(text), daybook.MessageStatus(status)
	m.Time, m.Trace = timeOf(at), trace
	if citations != nil {
		if err := json.Unmarshal(citations, &m.Citations); err != nil {
			return m, fmt.Errorf("read the citations of a message: %w", err)
		}
	}
	return m, nil
}

// AddMessage appends a message to its thread.
func (s *Store) AddMessage(ctx context.Context, m daybook.Message) error {
	err := s.write(ctx, func(tx pgx.Tx) error {
		if err := s.touchThread(ctx, tx, m.ThreadID, m.Time); err != nil {
			return err
		}
		return s.insertMessage(ctx, tx, m)
	})
	return wrap("keep a message", err)
}

func (s *Store) touchThread(ctx context.Context, tx pgx.Tx, id string, at time.Time) error {
	return mustChange(ctx, tx, "thread", "UPDATE threads SET updated_at = $3 WHERE owner = $1 AND id = $2", s.owner, []byte(id), at.UnixMicro())
}

// BeginTurn keeps a turn, or returns the one of the same key.
func (s *Store) BeginTurn(ctx context.Context, t daybook.Turn) (turn daybook.Turn, created bool, err error) {
	err = s.write(ctx, func(tx pgx.Tx) error {
		turn = t
		// Who asks with the same key meanwhile waits here.
		if err := mustChange(ctx, tx, "thread", "SELECT FROM threads WHERE owner = $1 AND id = $2 FOR UPDATE", s.owner, []byte(t.ThreadID)); err != nil {
			return err
		}
		old, err := s.loadTurns(ctx, tx, "t.thread = $2 AND t.key = $3", []byte(t.ThreadID), []byte(t.Key))
		if err != nil {
			return err
		}
		if len(old) > 0 {
			turn, created = old[0], false
			return nil
		}
		created = true
		if err := s.touchThread(ctx, tx, t.ThreadID, t.Question.Time); err != nil {
			return err
		}
		if err := errors.Join(s.insertMessage(ctx, tx, t.Question), s.insertMessage(ctx, tx, t.Answer)); err != nil {
			return err
		}
		return s.insertTurn(ctx, tx, t)
	})
	if err != nil {
		return daybook.Turn{}, false, wrap("keep a turn", err)
	}
	return turn, created, nil
}

func (s *Store) insertTurn(ctx context.Context, tx pgx.Tx, t daybook.Turn) error {
	_, err := tx.Exec(ctx, "INSERT INTO turns VALUES ($1, $2, $3, $4, $5, $6, $7)",
		s.owner, []byte(t.ThreadID), []byte(t.Key), []byte(t.Fingerprint), []byte(t.Question.ID), []byte(t.Answer.ID), t.Beat.UnixMicro())
	return err
}

// UpdateTurn replaces what is kept of a turn's answer.
func (s *Store) UpdateTurn(ctx context.Context, t daybook.Turn) error {
	err := s.write(ctx, func(tx pgx.Tx) error {
		a, at := t.Answer, t.Answer.Time.UnixMicro()
		// The thread first, as everywhere: its deletion goes on to its turns.
		if err := s.touchThread(ctx, tx, t.ThreadID, a.Time); err != nil {
			return err
		}
		if err := mustChange(ctx, tx, "turn", "UPDATE turns SET beat = $4 WHERE owner = $1 AND thread = $2 AND key = $3",
			s.owner, []byte(t.ThreadID), []byte(t.Key), at); err != nil {
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
		return mustChange(ctx, tx, "message", "UPDATE messages SET text = $3, status = $4, citations = $5, trace = $6, at = $7 WHERE owner = $1 AND id = $2",
			s.owner, []byte(a.ID), []byte(a.Text), []byte(a.Status), citations, trace, at)
	})
	return wrap("keep an answer", err)
}

// PendingTurns returns the turns whose answer is not complete.
func (s *Store) PendingTurns(ctx context.Context) ([]daybook.Turn, error) {
	var turns []daybook.Turn
	err := s.write(ctx, func(tx pgx.Tx) (err error) {
		turns, err = s.loadTurns(ctx, tx, "t.answer IN (SELECT id FROM messages WHERE owner = $1 AND status = 'pending')")
		return err
	})
	return turns, wrap("look for unfinished answers", err)
}

// loadTurns returns the turns t that a condition lets in. The first argument
// is the owner.
func (s *Store) loadTurns(ctx context.Context, tx pgx.Tx, where string, args ...any) ([]daybook.Turn, error) {
	turns := []daybook.Turn{}
	byMessage := map[string]*daybook.Message{}
	var ids [][]byte
	rows, err := tx.Query(ctx, "SELECT t.thread, t.key, t.fingerprint, t.question, t.answer, t.beat FROM turns t WHERE t.owner = $1 AND "+where,
		append([]any{s.owner}, args...)...)
	if err != nil {
		return nil, err
	}
	err = drain(rows, func(row pgx.CollectableRow) error {
		var thread, key, fingerprint, question, answer []byte
		var beat int64
		err := row.Scan(&thread, &key, &fingerprint, &question, &answer, &beat)
		turns = append(turns, daybook.Turn{ThreadID: string(thread), Key: string(key), Fingerprint: string(fingerprint), Beat: timeOf(beat),
			Question: daybook.Message{ID: string(question)}, Answer: daybook.Message{ID: string(answer)}})
		ids = append(ids, question, answer)
		return err
	})
	if err != nil || len(turns) == 0 {
		return turns, err
	}
	for i := range turns {
		byMessage[turns[i].Question.ID], byMessage[turns[i].Answer.ID] = &turns[i].Question, &turns[i].Answer
	}
	if rows, err = tx.Query(ctx, messageColumns+" AND m.id = ANY($2)", s.owner, ids); err != nil {
		return nil, err
	}
	return turns, drain(rows, func(row pgx.CollectableRow) error {
		m, err := scanMessage(row)
		if err == nil {
			*byMessage[m.ID] = m
		}
		return err
	})
}
