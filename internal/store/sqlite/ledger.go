package sqlite

import (
	"context"
	"database/sql"
	"strings"
	"time"

	"daybook/internal/store"
)

// AddLines keeps lines of the ledger.
func (s *Records) AddLines(ctx context.Context, lines ...store.LedgerLine) error {
	err := s.db.write(ctx, func(tx *sql.Tx) error {
		for _, l := range lines {
			_, err := tx.ExecContext(ctx, `INSERT INTO ledger (id, at, model, task, count, body) VALUES (?, ?, ?, ?, ?, ?)
				ON CONFLICT (id) DO UPDATE SET at = excluded.at, model = excluded.model, task = excluded.task,
				count = count + excluded.count, body = excluded.body`,
				l.ID, l.At.UnixMicro(), l.Model, l.Task, l.Count, string(l.Body))
			if err != nil {
				return err
			}
		}
		return nil
	})
	return wrap("keep lines of the ledger", err)
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

// DropLines erases old lines of the ledger.
func (s *Records) DropLines(ctx context.Context, before time.Time) error {
	err := s.db.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "DELETE FROM ledger WHERE at < ?", before.UnixMicro())
		return err
	})
	return wrap("erase old lines of the ledger", err)
}
