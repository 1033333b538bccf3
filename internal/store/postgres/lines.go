package postgres

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"daybook/internal/store"
)

// AddLines keeps lines of the ledger.
func (s *Store) AddLines(ctx context.Context, lines ...store.LedgerLine) error {
	if len(lines) == 0 {
		return nil
	}
	// In one order, so that two who keep the same lines do not wait for each other.
	lines = slices.SortedStableFunc(slices.Values(lines), func(a, b store.LedgerLine) int { return strings.Compare(a.ID, b.ID) })
	err := s.write(ctx, func(tx pgx.Tx) error {
		batch := &pgx.Batch{}
		for _, l := range lines {
			batch.Queue(`INSERT INTO ledger VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (owner, id) DO UPDATE SET
				at = excluded.at, model = excluded.model, task = excluded.task, count = ledger.count + excluded.count, body = excluded.body`,
				s.owner, []byte(l.ID), l.At.UnixMicro(), []byte(l.Model), []byte(l.Task), l.Count, append([]byte{}, l.Body...))
		}
		return tx.SendBatch(ctx, batch).Close()
	})
	return wrap("keep lines of the ledger", err)
}

// Lines returns lines of the ledger.
func (s *Store) Lines(ctx context.Context, f store.LedgerFilter) ([]store.LedgerLine, error) {
	var where strings.Builder
	args := []any{s.owner}
	add := func(condition string, values ...any) {
		places := make([]any, len(values))
		for i := range values {
			places[i] = len(args) + i + 1
		}
		args = append(args, values...)
		fmt.Fprintf(&where, " AND "+condition, places...)
	}
	if !f.Since.IsZero() {
		add("at >= $%d", f.Since.UnixMicro())
	}
	if !f.Until.IsZero() {
		add("at < $%d", f.Until.UnixMicro())
	}
	if f.Task != "" {
		add("task = $%d", []byte(f.Task))
	}
	if f.Provider != "" {
		prefix := []byte(f.Provider + "/")
		add("substr(model, 1, $%d) = $%d", len(prefix), prefix)
	}
	if f.Before != nil {
		at := f.Before.At.UnixMicro()
		add("(at < $%d OR at = $%d AND id > $%d)", at, at, []byte(f.Before.ID))
	}
	sql := "SELECT id, at, model, task, count, body FROM ledger WHERE owner = $1" + where.String() + " ORDER BY at DESC, id"
	if f.Limit > 0 {
		sql, args = sql+fmt.Sprintf(" LIMIT $%d", len(args)+1), append(args, f.Limit)
	}
	var lines []store.LedgerLine
	err := s.each(ctx, func(row pgx.CollectableRow) error {
		var l store.LedgerLine
		var id, model, task []byte
		var at int64
		err := row.Scan(&id, &at, &model, &task, &l.Count, &l.Body)
		l.ID, l.At, l.Model, l.Task = string(id), time.UnixMicro(at).UTC(), string(model), string(task)
		lines = append(lines, l)
		return err
	}, sql, args...)
	return lines, wrap("load lines of the ledger", err)
}

// DropLines erases old lines of the ledger.
func (s *Store) DropLines(ctx context.Context, before time.Time) error {
	err := s.each(ctx, nil, "DELETE FROM ledger WHERE owner = $1 AND at < $2", s.owner, before.UnixMicro())
	return wrap("erase old lines of the ledger", err)
}
