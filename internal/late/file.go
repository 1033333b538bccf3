package late

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"

	_ "modernc.org/sqlite" // the driver
)

// format is the version of the file's layout and of the model. Files of another
// version are rebuilt.
const format = 1

// file keeps records in an SQLite file: several processes may use it, and what
// is deleted is overwritten. Its pages are large, so that a record takes one.
type file struct{ db *sql.DB }

func openFile(ctx context.Context, path string) (*file, error) {
	f, err := tryFile(ctx, path)
	if err == nil || ctx.Err() != nil {
		return f, err
	}
	if err := Remove(path); err != nil {
		return nil, err
	}
	return tryFile(ctx, path)
}

// Remove removes the file of an Index at path, if there is one.
func Remove(path string) error {
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(path + suffix); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("remove the file of states: %w", err)
		}
	}
	return nil
}

func tryFile(ctx context.Context, path string) (*file, error) {
	created, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("create the file of states: %w", err)
	}
	if err := created.Close(); err != nil {
		return nil, fmt.Errorf("create the file of states: %w", err)
	}
	address := (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath()}).String()
	db, err := sql.Open("sqlite", address+"?_pragma=page_size(32768)&_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)&_pragma=secure_delete(1)&_pragma=busy_timeout(10000)")
	if err != nil {
		return nil, fmt.Errorf("open the file of states: %w", err)
	}
	db.SetMaxOpenConns(4)
	var version int
	err = db.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version)
	if err == nil && version != 0 && version != format {
		err = fmt.Errorf("format %d", version)
	}
	if err == nil {
		_, err = db.ExecContext(ctx, fmt.Sprintf(`CREATE TABLE IF NOT EXISTS states (id INTEGER PRIMARY KEY, hash BLOB NOT NULL UNIQUE, head BLOB NOT NULL, codes BLOB NOT NULL);
			PRAGMA user_version = %d`, format))
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open the file of states: %w", err), db.Close())
	}
	return &file{db}, nil
}

func (f *file) close() error { return f.db.Close() }

// each calls do with every text that has a record.
func (f *file) each(ctx context.Context, do func(k key, row int64, t tokens)) error {
	rows, err := f.db.QueryContext(ctx, "SELECT id, hash, head FROM states")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		var hash, head sql.RawBytes
		if err := rows.Scan(&id, &hash, &head); err != nil {
			return err
		}
		r, err := readHead(head)
		if err != nil || len(hash) != len(key{}) {
			continue
		}
		do(key(hash), id, distinct(r.tokens))
	}
	return rows.Err()
}

// put adds a record and returns its row.
func (f *file) put(ctx context.Context, k key, r record) (row int64, err error) {
	err = f.db.QueryRowContext(ctx, `INSERT INTO states (hash, head, codes) VALUES (?, ?, ?)
		ON CONFLICT DO UPDATE SET head = excluded.head, codes = excluded.codes RETURNING id`, k[:], r.head(), asBytes(r.codes)).Scan(&row)
	return row, err
}

// erase deletes rows.
func (f *file) erase(ctx context.Context, rows []int64) error {
	if len(rows) == 0 {
		return nil
	}
	tx, err := f.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	for _, row := range rows {
		if _, err := tx.ExecContext(ctx, "DELETE FROM states WHERE id = ?", row); err != nil {
			return errors.Join(err, tx.Rollback())
		}
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	// The log may still have what was deleted.
	_, err = f.db.ExecContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)")
	return err
}

// read calls do with the record of each row, in order; a record is valid until
// do returns. Rows that are gone are skipped.
func (f *file) read(ctx context.Context, rows []int64, do func(i int, r record)) error {
	conn, err := f.db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	stmt, err := conn.PrepareContext(ctx, "SELECT head, codes FROM states WHERE id = ?")
	if err != nil {
		return err
	}
	defer stmt.Close()
	for i, row := range rows {
		if err := readOne(ctx, stmt, row, func(r record) { do(i, r) }); err != nil {
			return err
		}
	}
	return nil
}

func readOne(ctx context.Context, stmt *sql.Stmt, row int64, do func(record)) error {
	rows, err := stmt.QueryContext(ctx, row)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var head, codes sql.RawBytes
		if err := rows.Scan(&head, &codes); err != nil {
			return err
		}
		if r, err := readHead(head); err == nil {
			r.codes = asCodes(codes)
			do(r)
		}
	}
	return rows.Err()
}
