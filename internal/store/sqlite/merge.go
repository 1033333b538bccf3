package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"

	"daybook"
)

// MergeThread keeps what is new of a thread from elsewhere.
func (s *Records) MergeThread(ctx context.Context, t daybook.Thread, messages []daybook.Message) (created bool, added int, err error) {
	err = s.db.write(ctx, func(tx *sql.Tx) error {
		if created, err = insertThread(ctx, tx, t); err != nil {
			return err
		}
		fresh, err := unknown(ctx, tx, messages)
		if err != nil {
			return err
		}
		if added = len(fresh); added == 0 {
			return nil
		}
		if err := insertByTime(ctx, tx, t.ID, fresh); err != nil || created {
			return err
		}
		return mustChange(ctx, tx, "thread", "UPDATE threads SET updated_at = max(updated_at, ?) WHERE id = ?",
			fresh[added-1].Time.UnixMicro(), t.ID)
	})
	if err != nil {
		return false, 0, wrap("merge a thread", err)
	}
	s.added(ctx, false)
	return created, added, nil
}

// unknown returns the messages whose ID is nowhere yet, each once.
func unknown(ctx context.Context, tx *sql.Tx, messages []daybook.Message) ([]daybook.Message, error) {
	ids := make([]string, len(messages))
	for i, m := range messages {
		ids[i] = m.ID
	}
	list, err := json.Marshal(ids)
	if err != nil {
		return nil, err
	}
	known := map[string]bool{}
	err = each(ctx, tx, func(rows *sql.Rows) error {
		var id string
		err := rows.Scan(&id)
		known[id] = true
		return err
	}, "SELECT id FROM messages WHERE id IN (SELECT value FROM json_each(?))", string(list))
	if err != nil {
		return nil, err
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

// insertByTime puts messages, which are in order of time, between those of a
// thread. What then follows the first of them is numbered anew, since
// its number is a message's place.
func insertByTime(ctx context.Context, tx *sql.Tx, thread string, fresh []daybook.Message) error {
	type there struct{ n, at int64 }
	var old []there
	err := each(ctx, tx, func(rows *sql.Rows) error {
		var m there
		err := rows.Scan(&m.n, &m.at)
		old = append(old, m)
		return err
	}, "SELECT n, at FROM messages WHERE thread = ? ORDER BY n", thread)
	if err != nil {
		return err
	}
	begun := false
	for _, m := range old {
		for len(fresh) > 0 && fresh[0].Time.UnixMicro() < m.at {
			if err := insertMessage(ctx, tx, fresh[0]); err != nil {
				return err
			}
			fresh, begun = fresh[1:], true
		}
		if !begun {
			continue
		}
		if _, err := tx.ExecContext(ctx, "UPDATE messages SET n = (SELECT max(n) + 1 FROM messages) WHERE n = ?", m.n); err != nil {
			return err
		}
	}
	for _, m := range fresh {
		if err := insertMessage(ctx, tx, m); err != nil {
			return err
		}
	}
	return nil
}
