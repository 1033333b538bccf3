package postgres

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"daybook/internal/store"
)

// WriteLedger makes the changes of b in a fixed order, so that concurrent
// writers of the same lines do not deadlock.
func (s *Store) WriteLedger(ctx context.Context, b store.LedgerBatch) error {
	lines := slices.SortedStableFunc(slices.Values(b.Lines), func(a, b store.LedgerLine) int { return strings.Compare(a.ID, b.ID) })
	used := slices.SortedStableFunc(slices.Values(b.Used), func(a, b store.Use) int {
		return cmp.Or(strings.Compare(a.Day, b.Day), strings.Compare(a.Model, b.Model), strings.Compare(a.Task, b.Task))
	})
	// Not by ask, which may send it twice.
	err := s.write(ctx, func(tx pgx.Tx) error {
		batch := &pgx.Batch{}
		if !b.DropBefore.IsZero() {
			batch.Queue("DELETE FROM ledger WHERE owner = $1 AND at < $2", s.owner, b.DropBefore.UnixMicro())
		}
		for _, l := range lines {
			batch.Queue(`INSERT INTO ledger (owner, id, at, model, task, count, body) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (owner, id) DO UPDATE SET
				at = excluded.at, model = excluded.model, task = excluded.task, count = ledger.count + excluded.count, body = excluded.body`,
				s.owner, []byte(l.ID), l.At.UnixMicro(), []byte(l.Model), []byte(l.Task), l.Count, append([]byte{}, l.Body...))
		}
		for _, u := range used {
			batch.Queue(`INSERT INTO usage (owner, day, model, task, calls, input_tokens, output_tokens, cost) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
				ON CONFLICT (owner, day, model, task) DO UPDATE SET
				calls = usage.calls + excluded.calls, input_tokens = usage.input_tokens + excluded.input_tokens,
				output_tokens = usage.output_tokens + excluded.output_tokens, cost = usage.cost + excluded.cost`,
				s.owner, []byte(u.Day), []byte(u.Model), []byte(u.Task), u.Calls, u.InputTokens, u.OutputTokens, u.Cost)
		}
		return tx.SendBatch(ctx, batch).Close()
	})
	return wrap("keep changes of the ledger", err)
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
