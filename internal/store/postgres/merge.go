package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"daybook"
)

// MergeThread keeps what is new of a thread from elsewhere.
func (s *Store) MergeThread(ctx context.Context, t daybook.Thread, messages []daybook.Message) (created bool, added int, err error) {
	err = s.write(ctx, func(tx pgx.Tx) error {
		if created, err = s.insertThread(ctx, tx, t); err != nil {
			return err
		}
		if err := mustChange(ctx, tx, "thread", "SELECT FROM threads WHERE owner = $1 AND id = $2 FOR UPDATE", s.owner, []byte(t.ID)); err != nil {
			return err
		}
		fresh, err := s.unknown(ctx, tx, messages)
		if err != nil {
			return err
		}
		if added = len(fresh); added == 0 {
			return nil
		}
		if err := s.insertByTime(ctx, tx, t.ID, fresh); err != nil || created {
			return err
		}
		return mustChange(ctx, tx, "thread", "UPDATE threads SET updated_at = greatest(updated_at, $3) WHERE owner = $1 AND id = $2",
			s.owner, []byte(t.ID), fresh[added-1].Time.UnixMicro())
	})
	if err != nil {
		return false, 0, wrap("merge a thread", err)
	}
	return created, added, nil
}

// unknown returns the messages whose ID is nowhere yet, each once.
func (s *Store) unknown(ctx context.Context, tx pgx.Tx, messages []daybook.Message) ([]daybook.Message, error) {
	ids := make([][]byte, len(messages))
	for i, m := range messages {
		ids[i] = []byte(m.ID)
	}
	rows, err := tx.Query(ctx, "SELECT id FROM messages WHERE owner = $1 AND id = ANY($2)", s.owner, ids)
	if err != nil {
		return nil, err
	}
	known := map[string]bool{}
	err = drain(rows, func(row pgx.CollectableRow) error {
		var id []byte
		err := row.Scan(&id)
		known[string(id)] = true
		return err
	})
	var fresh []daybook.Message
	for _, m := range messages {
		if !known[m.ID] {
			known[m.ID] = true
			fresh = append(fresh, m)
		}
	}
	return fresh, err
}

// insertByTime puts messages, which are in order of time, between those of a
// thread, which are then all renumbered.
func (s *Store) insertByTime(ctx context.Context, tx pgx.Tx, thread string, fresh []daybook.Message) error {
	type there struct {
		id []byte
		at int64
	}
	var old []there
	rows, err := tx.Query(ctx, "SELECT id, at FROM messages WHERE owner = $1 AND thread = $2 ORDER BY n", s.owner, []byte(thread))
	if err != nil {
		return err
	}
	err = drain(rows, func(row pgx.CollectableRow) error {
		var m there
		err := row.Scan(&m.id, &m.at)
		old = append(old, m)
		return err
	})
	if err != nil {
		return err
	}
	var order [][]byte
	at := 0
	for _, m := range old {
		for ; at < len(fresh) && fresh[at].Time.UnixMicro() < m.at; at++ {
			order = append(order, []byte(fresh[at].ID))
		}
		order = append(order, m.id)
	}
	for ; at < len(fresh); at++ {
		order = append(order, []byte(fresh[at].ID))
	}
	for _, m := range fresh {
		if err := s.insertMessage(ctx, tx, m); err != nil {
			return err
		}
	}
	_, err = tx.Exec(ctx, `UPDATE messages m SET n = u.n FROM unnest($3::bytea[]) WITH ORDINALITY u (id, n)
		WHERE m.owner = $1 AND m.thread = $2 AND m.id = u.id`, s.owner, []byte(thread), order)
	return err
}
