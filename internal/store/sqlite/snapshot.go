package sqlite

import (
	"context"
	"database/sql"
	"errors"

	"daybook/internal/store"
)

// Snapshot implements store.Capabilities. It reads in one transaction.
func (s *Records) Snapshot(ctx context.Context, read func(store.RecordReader) error) (err error) {
	if err := s.db.readable(ctx); err != nil {
		return wrap("begin to read a snapshot", err)
	}
	r, err := connect(s.db.path, "_pragma=query_only(1)", 1)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	// There is one connection, so every query is in this transaction. It sees
	// what was committed when it first reads.
	if _, err := r.ExecContext(ctx, "BEGIN"); err != nil {
		return wrap("begin to read a snapshot", err)
	}
	var n int
	if err := r.QueryRowContext(ctx, "SELECT count(*) FROM threads").Scan(&n); err != nil {
		return wrap("begin to read a snapshot", err)
	}
	snapshot := &Records{db: &database{path: s.db.path}}
	snapshot.db.now.Store(&handles{r: r, fixed: true})
	return read(snapshot)
}

// queries is implemented by transactions and connections.
type queries interface {
	querier
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// snapshot begins a transaction for several queries that must agree, unless h
// already reads in one. Done ends it.
func (h *handles) snapshot(ctx context.Context) (q queries, done func(), err error) {
	if h.fixed {
		return h.r, func() {}, nil
	}
	tx, err := h.r.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	return tx, func() { _ = tx.Rollback() }, err // it only reads
}
