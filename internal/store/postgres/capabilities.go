package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"daybook/internal/store"
)

// Capabilities implements store.Store. There is no Purge: the server's vacuum removes
// deleted data from its tables, and its administrator decides how long logs and
// backups keep it.
func (s *Store) Capabilities() store.Capabilities {
	return store.Capabilities{Leases: s, News: s, Budget: s.db.Ledger, Snapshot: s.Snapshot, Optimize: s.Optimize}
}

// Snapshot implements store.Capabilities. One transaction exports its snapshot,
// and the reading transactions import it. Row-level security applies to them too.
func (s *Store) Snapshot(ctx context.Context, read func(store.RecordReader) error) error {
	begin := fmt.Sprintf("select set_config('daybook.owner', '%d', true)", s.owner)
	holder := pgx.TxOptions{BeginQuery: "begin isolation level repeatable read read only; " + begin}
	tx, err := s.db.pool.BeginTx(ctx, holder)
	if err != nil {
		return wrap("begin to read a snapshot", err)
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }() // it only reads
	var id string
	if err := tx.QueryRow(ctx, "SELECT pg_export_snapshot()").Scan(&id); err != nil {
		return wrap("begin to read a snapshot", err)
	}
	fixed := s.db.store(s.owner)
	fixed.fixed = true
	fixed.begin = pgx.TxOptions{BeginQuery: fmt.Sprintf("begin isolation level repeatable read read only; set transaction snapshot '%s'; %s", id, begin)}
	return read(fixed)
}
