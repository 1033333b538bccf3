package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"

	"daybook"
)

// statements are the queries of every search, prepared once a connection.
type statements struct {
	generation, term, match, entries, passages, byID, byHash, vectors, firstDay, lastDay *sql.Stmt
}

// hitColumns are a passage without its text, which lies with its entry's.
const hitColumns = "SELECT p.id, e.id, p.idx, p.start, p.end, p.line, p.hash FROM passages p JOIN entries e ON e.n = p.entry "

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
		&s.byID:     hitColumns + "WHERE p.id IN (SELECT value FROM json_each(?))",
		&s.byHash:   hitColumns + "WHERE p.hash IN (SELECT unhex(value) FROM json_each(?))",
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

func (s *Store) passagesByID(ctx context.Context, ids []int64) (map[int64]daybook.Passage, error) {
	list, err := json.Marshal(ids)
	if err != nil {
		return nil, err
	}
	rows, err := s.statements.byID.QueryContext(ctx, string(list))
	if err != nil {
		return nil, err
	}
	passages := make(map[int64]daybook.Passage, len(ids))
	err = drain(rows, func(rows *sql.Rows) error {
		p, _, err := scanPassage(rows)
		passages[p.ID] = p
		return err
	})
	return passages, err
}

func scanPassage(rows *sql.Rows) (p daybook.Passage, hash [16]byte, err error) {
	var rawHash sql.RawBytes
	if err := rows.Scan(&p.ID, &p.EntryID, &p.Index, &p.Start, &p.End, &p.Line, &rawHash); err != nil {
		return p, hash, err
	}
	if len(rawHash) != len(hash) {
		return p, hash, errors.New("a passage has a hash of the wrong length")
	}
	copy(hash[:], rawHash)
	return p, hash, nil
}
