package sqlite

import (
	"context"
	"errors"
	"fmt"
)

// unsplit is the last version of the records' tables that held the index too.
const unsplit = 9

// indexTables are the tables that moved to the index, those first that others
// refer to, with their columns.
var indexTables = [][2]string{
	{"entries", "n, id, kind, path, title, day, dates, text, text_line, tags, size, mtime, inode, hash"},
	{"entry_days", "entry, day"},
	{"entry_tags", "entry, tag"},
	{"passages", "id, entry, idx, start, end, line, hash, terms, length"},
	{"spaces", "id, model, dim"},
	{"vectors", "space, hash, vec"},
}

// splitIndex opens the index beside the records in the file path and copies
// the index tables there that the records hold themselves. It can be repeated
// until the records drop those tables: what they hold replaces what the index
// holds.
func splitIndex(ctx context.Context, path string) (*Index, error) {
	index, err := openIndex(ctx, indexPath(path))
	if err != nil {
		return nil, err
	}
	err = index.copyFrom(ctx, path)
	if err != nil && isDamage(err) { // it can be rebuilt
		index.db.notice("The index was damaged, and is rebuilt from the journal.")
		return index, nil
	}
	if err != nil {
		return nil, errors.Join(wrap("copy the index to its own file", err), index.db.close())
	}
	return index, nil
}

// copyFrom replaces everything in the index by what the records in path hold,
// unless those have been split in the meantime.
func (s *Index) copyFrom(ctx context.Context, path string) (err error) {
	conn, err := s.db.writer().Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	if _, err := conn.ExecContext(ctx, "ATTACH ? AS old", uri(path)+"?mode=rw"); err != nil {
		return err
	}
	defer func() {
		_, e := conn.ExecContext(context.WithoutCancel(ctx), "DETACH old")
		err = errors.Join(err, e)
	}()
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, ignoreDone(tx.Rollback())) }()
	var version int
	if err := tx.QueryRowContext(ctx, "PRAGMA old.user_version").Scan(&version); err != nil || version != unsplit {
		return err
	}
	for _, statement := range copying() {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("%.30s: %w", statement, err)
		}
	}
	return tx.Commit()
}

// copying returns the statements that copy the index.
func copying() []string {
	statements := []string{
		"INSERT INTO main.words (words) VALUES ('delete-all')",
		"DELETE FROM main.entries", "DELETE FROM main.vectors", "DELETE FROM main.spaces", "DELETE FROM main.meta",
	}
	for _, t := range indexTables {
		statements = append(statements, fmt.Sprintf("INSERT INTO main.%s (%s) SELECT %[2]s FROM old.%[1]s", t[0], t[1]))
	}
	return append(statements,
		"INSERT INTO main.words (words) VALUES ('rebuild')",
		"UPDATE main.sqlite_sequence SET seq = (SELECT seq FROM old.sqlite_sequence WHERE name = 'passages') WHERE name = 'passages'",
		// After the triggers have counted what was copied.
		"DELETE FROM main.meta",
		"INSERT INTO main.meta (key, value) SELECT key, value FROM old.meta",
	)
}
