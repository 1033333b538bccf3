package postgres

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"daybook"
	"daybook/internal/store"
)

// WriteThread applies a change of a thread.
func (s *Store) WriteThread(ctx context.Context, c store.ThreadChange) error {
	err := s.write(ctx, func(tx pgx.Tx) error {
		if c.Delete {
			return mustChange(ctx, tx, "thread", "DELETE FROM threads WHERE owner = $1 AND id = $2", s.owner, []byte(c.ID))
		}
		// Lock the thread first, as everywhere: deleting it cascades to its
		// turns, and other changes of it wait here.
		if err := s.writeThread(ctx, tx, &c); err != nil {
			return err
		}
		if err := s.insertMessages(ctx, tx, &c); err != nil {
			return err
		}
		for _, t := range c.Turns {
			if err := s.insertTurn(ctx, tx, t); err != nil {
				return err
			}
		}
		if c.Answer != nil {
			return s.updateAnswer(ctx, tx, c.Answer)
		}
		return nil
	})
	return wrap("keep a change of a thread", err)
}

// writeThread applies the changes to the thread's own row.
func (s *Store) writeThread(ctx context.Context, tx pgx.Tx, c *store.ThreadChange) error {
	if c.Put == nil {
		var title []byte
		if c.Title != nil {
			title = []byte(*c.Title)
		}
		var at *int64
		if !c.UpdatedAt.IsZero() {
			micro := c.UpdatedAt.UnixMicro()
			at = &micro
		}
		return mustChange(ctx, tx, "thread", `UPDATE threads SET title = coalesce($3, title),
			updated_at = CASE WHEN $4 THEN greatest(updated_at, $5) ELSE coalesce($5, updated_at) END WHERE owner = $1 AND id = $2`,
			s.owner, []byte(c.ID), title, c.NotBack, at)
	}
	if c.Replace {
		if _, err := tx.Exec(ctx, "DELETE FROM threads WHERE owner = $1 AND id = $2", s.owner, []byte(c.ID)); err != nil {
			return err
		}
	}
	t := c.Put
	return mustInsert(ctx, tx, "thread", "INSERT INTO threads (owner, id, title, tags, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
		s.owner, []byte(t.ID), []byte(t.Title), bytesList(t.Tags), t.CreatedAt.UnixMicro(), t.UpdatedAt.UnixMicro())
}

// insertMessages stores the messages of a change. If they go between others,
// all get new numbers.
func (s *Store) insertMessages(ctx context.Context, tx pgx.Tx, c *store.ThreadChange) error {
	var now []string
	if len(c.Before) > 0 {
		rows, err := tx.Query(ctx, "SELECT id FROM messages WHERE owner = $1 AND thread = $2 ORDER BY n", s.owner, []byte(c.ID))
		if err != nil {
			return err
		}
		err = drain(rows, func(row pgx.CollectableRow) error {
			var id []byte
			err := row.Scan(&id)
			now = append(now, string(id))
			return err
		})
		if err != nil {
			return err
		}
	}
	order, err := c.Order(now)
	if err != nil {
		return err
	}
	for _, m := range c.Messages {
		if err := s.insertMessage(ctx, tx, m); err != nil {
			return err
		}
	}
	if len(now) == 0 {
		return nil
	}
	_, err = tx.Exec(ctx, `UPDATE messages m SET n = u.n FROM unnest($3::bytea[]) WITH ORDINALITY u (id, n)
		WHERE m.owner = $1 AND m.thread = $2 AND m.id = u.id`, s.owner, []byte(c.ID), bytesList(order))
	return err
}

// insertMessage adds a message to the end of its thread. The transaction holds
// the thread's row, so that no two get the same place.
func (s *Store) insertMessage(ctx context.Context, tx pgx.Tx, m daybook.Message) error {
	citations, err := jsonOrNull(m.Citations, m.Citations == nil)
	if err != nil {
		return err
	}
	trace, err := jsonOrNull(m.Trace, m.Trace == nil)
	if err != nil {
		return err
	}
	return mustInsert(ctx, tx, "message", `INSERT INTO messages (owner, id, thread, n, at, role, text, status, citations, trace)
		SELECT $1, $2, $3, coalesce(max(n), 0) + 1, $4, $5, $6, $7, $8, $9 FROM messages WHERE owner = $1 AND thread = $3 ON CONFLICT DO NOTHING`,
		s.owner, []byte(m.ID), []byte(m.ThreadID), m.Time.UnixMicro(), []byte(m.Role), []byte(m.Text), []byte(m.Status), citations, trace)
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

// Threads returns all threads, most recently updated first, or those with ids.
func (s *Store) Threads(ctx context.Context, ids ...string) ([]daybook.Thread, error) {
	threads := []daybook.Thread{}
	err := s.each(ctx, func(row pgx.CollectableRow) error {
		t, err := scanThread(row)
		threads = append(threads, t)
		return err
	}, threadColumns+" AND ($2::bytea[] IS NULL OR id = ANY($2)) ORDER BY updated_at DESC, created_at DESC, id", s.owner, bytesList(ids))
	return threads, wrap("load threads", err)
}

// mustInsert runs a statement that inserts a row unless its key is taken.
func mustInsert(ctx context.Context, tx pgx.Tx, what, statement string, args ...any) error {
	err := mustChange(ctx, tx, what, statement, args...)
	if daybook.KindOf(err) == daybook.NotFound {
		err = daybook.Errorf(daybook.Conflict, "There is a %s of this id already.", what)
	}
	return err
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

// EachMessage calls f with every message of every thread, or with those that
// have one of ids.
func (s *Store) EachMessage(ctx context.Context, ids []string, f func(daybook.Message) error) error {
	err := s.each(ctx, func(row pgx.CollectableRow) error {
		m, err := scanMessage(row)
		if err != nil {
			return err
		}
		return f(m)
	}, "SELECT id, thread, at, role, text, status, NULL::bytea, NULL::bytea FROM messages WHERE owner = $1 AND ($2::bytea[] IS NULL OR id = ANY($2))", s.owner, bytesList(ids))
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

func (s *Store) insertTurn(ctx context.Context, tx pgx.Tx, t daybook.Turn) error {
	return mustInsert(ctx, tx, "turn", `INSERT INTO turns (owner, thread, key, fingerprint, question, answer, beat)
		VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING`,
		s.owner, []byte(t.ThreadID), []byte(t.Key), []byte(t.Fingerprint), []byte(t.Question.ID), []byte(t.Answer.ID), t.Beat.UnixMicro())
}

// updateAnswer replaces the stored answer of a turn.
func (s *Store) updateAnswer(ctx context.Context, tx pgx.Tx, t *daybook.Turn) error {
	a, at := t.Answer, t.Answer.Time.UnixMicro()
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
}

// Turns returns the turns that match q.
func (s *Store) Turns(ctx context.Context, q store.TurnQuery) (turns []daybook.Turn, err error) {
	err = s.write(ctx, func(tx pgx.Tx) (err error) {
		if q.ThreadID == "" {
			turns, err = s.loadTurns(ctx, tx, "t.answer IN (SELECT id FROM messages WHERE owner = $1 AND status = 'pending')")
		} else {
			turns, err = s.loadTurns(ctx, tx, "t.thread = $2 AND ($3 = ''::bytea OR t.key = $3) ORDER BY t.key", []byte(q.ThreadID), []byte(q.Key))
		}
		return err
	})
	return turns, wrap("load turns", err)
}

// loadTurns returns the turns t that match a condition. The first argument is
// the owner.
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
