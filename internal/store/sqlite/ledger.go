package sqlite

import (
	"context"
	"database/sql"
	"strings"
	"time"

	"daybook/internal/store"
)

// WriteLedger makes the changes of b.
func (s *Records) WriteLedger(ctx context.Context, b store.LedgerBatch) error {
	err := s.db.write(ctx, func(tx *sql.Tx) error {
		w := &applying{ctx: ctx, tx: tx}
		defer w.close()
		if !b.DropBefore.IsZero() {
			w.exec("DELETE FROM ledger WHERE at < ?", b.DropBefore.UnixMicro())
		}
		for _, l := range b.Lines {
			w.exec(`INSERT INTO ledger (id, at, model, task, count, body) VALUES (?, ?, ?, ?, ?, ?)
				ON CONFLICT (id) DO UPDATE SET at = excluded.at, model = excluded.model, task = excluded.task,
				count = count + excluded.count, body = excluded.body`,
				l.ID, l.At.UnixMicro(), l.Model, l.Task, l.Count, string(l.Body))
		}
		for _, u := range b.Used {
			w.exec(`INSERT INTO usage (day, model, task, calls, input_tokens, output_tokens, cost) VALUES (?, ?, ?, ?, ?, ?, ?)
				ON CONFLICT (day, model, task) DO UPDATE SET calls = calls + excluded.calls, input_tokens = input_tokens + excluded.input_tokens,
				output_tokens = output_tokens + excluded.output_tokens, cost = cost + excluded.cost`,
				u.Day, u.Model, u.Task, u.Calls, u.InputTokens, u.OutputTokens, u.Cost)
		}
		return w.err
	})
	return wrap("keep changes of the ledger", err)
}

// Lines returns lines of the ledger.
func (s *Records) Lines(ctx context.Context, f store.LedgerFilter) ([]store.LedgerLine, error) {
	conditions, args := []string{"1"}, []any{}
	add := func(condition string, values ...any) {
		conditions, args = append(conditions, condition), append(args, values...)
	}
	if !f.Since.IsZero() {
		add("at >= ?", f.Since.UnixMicro())
	}
	if !f.Until.IsZero() {
		add("at < ?", f.Until.UnixMicro())
	}
	if f.Task != "" {
		add("task = ?", f.Task)
	}
	if f.Provider != "" {
		add("substr(model, 1, length(?) + 1) = ? || '/'", f.Provider, f.Provider)
	}
	if f.Before != nil {
		add("(at < ? OR at = ? AND id > ?)", f.Before.At.UnixMicro(), f.Before.At.UnixMicro(), f.Before.ID)
	}
	limit := f.Limit
	if limit <= 0 {
		limit = -1
	}
	var lines []store.LedgerLine
	err := s.db.each(ctx, func(rows *sql.Rows) error {
		var l store.LedgerLine
		var at int64
		var body string
		err := rows.Scan(&l.ID, &at, &l.Model, &l.Task, &l.Count, &body)
		l.At, l.Body = time.UnixMicro(at).UTC(), []byte(body)
		lines = append(lines, l)
		return err
	}, "SELECT id, at, model, task, count, body FROM ledger WHERE "+strings.Join(conditions, " AND ")+" ORDER BY at DESC, id LIMIT ?", append(args, limit)...)
	return lines, wrap("load lines of the ledger", err)
}
