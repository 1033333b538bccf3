package sqlite

import (
	"context"
	"database/sql"
	"sync"
)

// maxPrepared bounds the queries that are kept: those whose text is made from a
// request are not all worth it.
const maxPrepared = 128

// preparedQueries are queries that were asked before. Reading one anew takes longer
// than most of them take. It is safe for concurrent use.
type preparedQueries struct {
	mu   sync.Mutex
	list map[string]*sql.Stmt
}

// of returns a prepared query of db, nil if there are too many.
func (p *preparedQueries) of(ctx context.Context, db *sql.DB, query string) (*sql.Stmt, error) {
	if p == nil {
		return nil, nil
	}
	p.mu.Lock()
	stmt, full := p.list[query], len(p.list) >= maxPrepared
	p.mu.Unlock()
	if stmt != nil || full {
		return stmt, nil
	}
	made, err := db.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if stmt := p.list[query]; stmt != nil { // another call was as quick
		return stmt, made.Close()
	}
	if p.list == nil {
		p.list = map[string]*sql.Stmt{}
	}
	p.list[query] = made
	return made, nil
}

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
