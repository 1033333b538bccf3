package sqlite

import (
	"context"
	"database/sql"
)

// statements are the queries of every search, prepared once a connection.
type statements struct {
	generation, term, match, entries, passages, vectors, firstDay, lastDay *sql.Stmt
}

func prepare(ctx context.Context, db *sql.DB) (statements, error) {
	var s statements
	for target, query := range map[**sql.Stmt]string{
		&s.generation: "SELECT value FROM meta WHERE key = ?",
		&s.term:       "SELECT doc FROM word_instances WHERE term = ?",
		&s.match:      "SELECT rowid FROM words WHERE words MATCH ?",
		&s.entries:    entryColumns + "JOIN json_each(?) j ON j.value = e.id ORDER BY j.key",
		&s.passages: `SELECT p.id, e.id, p.idx, p.start, p.end, p.line, CASE p.idx WHEN 0 THEN e.text END
			FROM entries e JOIN passages p ON p.entry = e.n WHERE e.id = ? ORDER BY p.idx`,
		&s.firstDay: "SELECT d.day FROM entry_days d CROSS JOIN entries e ON e.n = d.entry WHERE e.kind = ? ORDER BY d.day LIMIT 1",
		&s.lastDay:  "SELECT d.day FROM entry_days d CROSS JOIN entries e ON e.n = d.entry WHERE e.kind = ? ORDER BY d.day DESC LIMIT 1",
		&s.vectors:  "SELECT hash, vec FROM vectors WHERE space = ? AND hash IN (SELECT unhex(value) FROM json_each(?))",
	} {
		stmt, err := db.PrepareContext(ctx, query)
		if err != nil {
			return s, wrap("prepare a query", err)
		}
		*target = stmt
	}
	return s, nil
}
