package sqlite

import (
	"context"
	"errors"

	"daybook/internal/store"
)

var _ store.Snapshotter = (*Store)(nil)

// Snapshot implements store.Snapshotter by a transaction that reads.
func (s *Store) Snapshot(ctx context.Context, read func(store.RecordReader) error) (err error) {
	db, err := connect(s.path, "_pragma=query_only(1)", 1)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	// There is one connection, so every query is in this transaction. It sees
	// what was committed when it first reads.
	if _, err := db.ExecContext(ctx, "BEGIN"); err != nil {
		return wrap("begin to read a snapshot", err)
	}
	var n int
	if err := db.QueryRowContext(ctx, "SELECT count(*) FROM threads").Scan(&n); err != nil {
		return wrap("begin to read a snapshot", err)
	}
	return read(&Store{path: s.path, r: db})
}
