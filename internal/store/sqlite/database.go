package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	driver "modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"daybook"
)

// readers is how many connections read at once: a little more than there are
// cores, since reading from memory is all that they do.
const readers = 8

// database is one file of SQLite. Several processes may use it at once.
type database struct {
	path string
	w    *sql.DB // one connection, which writes
	r    *sql.DB // several, which only read
}

// openDatabase opens the file path and brings its tables up to date with the
// scripts in folder. A missing file is created with its folder, readable by
// their owner alone. A file that is not SQLite's, is damaged, or was made by a
// newer Daybook is refused and left as it is.
func openDatabase(ctx context.Context, path string, m migrations) (*database, error) {
	if err := register(); err != nil {
		return nil, fmt.Errorf("register the checksum with SQLite: %w", err)
	}
	if err := prepareFile(path); err != nil {
		return nil, err
	}
	d := &database{path: path}
	var err error
	if d.w, err = connect(path, "_txlock=immediate", 1); err != nil {
		return nil, err
	}
	if d.r, err = connect(path, "_pragma=query_only(1)", readers); err != nil {
		return nil, errors.Join(err, d.w.Close())
	}
	if err := d.migrate(ctx, m); err != nil {
		return nil, errors.Join(err, d.close())
	}
	return d, nil
}

// prepareFile makes the folder and the file with the modes of a diary. The
// files SQLite makes beside it take the mode of the file.
func prepareFile(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return &daybook.Error{Kind: daybook.Unavailable, Message: "cannot make the data folder", Err: err}
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return &daybook.Error{Kind: daybook.Unavailable, Message: "cannot open the data file", Err: err}
	}
	return f.Close()
}

func connect(path, option string, connections int) (*sql.DB, error) {
	db, err := sql.Open("sqlite", uri(path)+"?"+strings.Join([]string{
		"mode=rw", // a file that was deleted is not made again
		"_pragma=busy_timeout(10000)", "_pragma=journal_mode(WAL)",
		// A question that was saved survives the power going out.
		"_pragma=synchronous(FULL)",
		"_pragma=foreign_keys(1)", "_pragma=secure_delete(1)",
		// Not mapped into memory: a file cut short would end the process.
		"_pragma=cache_size(-16000)", "_pragma=mmap_size(0)", option,
	}, "&"))
	if err != nil {
		return nil, fmt.Errorf("open the data file: %w", err)
	}
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	return db, nil
}

// uri returns a file's address as SQLite takes it, without parameters.
func uri(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	path = filepath.ToSlash(path)
	if !strings.HasPrefix(path, "/") { // a drive letter
		path = "/" + path
	}
	return "file:" + (&url.URL{Path: path}).EscapedPath()
}

// write runs f in a transaction that is committed when f succeeds.
func (d *database) write(ctx context.Context, f func(*sql.Tx) error) error {
	tx, err := d.w.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := f(tx); err != nil {
		return errors.Join(err, ignoreDone(tx.Rollback()))
	}
	return tx.Commit()
}

// ignoreDone passes over that a cancelled transaction was rolled back before.
func ignoreDone(err error) error {
	if errors.Is(err, sql.ErrTxDone) {
		return nil
	}
	return err
}

func (d *database) close() error { return errors.Join(d.r.Close(), d.w.Close()) }

// meta returns the value kept under key, "" if there is none.
func (d *database) meta(ctx context.Context, key string) (string, error) {
	var value string
	err := d.r.QueryRowContext(ctx, "SELECT value FROM meta WHERE key = ?", key).Scan(&value)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return value, err
}

func (d *database) setMeta(ctx context.Context, key, value string) error {
	return d.write(ctx, func(tx *sql.Tx) error { return putMeta(ctx, tx, key, value) })
}

func putMeta(ctx context.Context, tx *sql.Tx, key, value string) error {
	_, err := tx.ExecContext(ctx, "INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value", key, value)
	return err
}

// userMeta returns what is kept under the keys that begin with "user:",
// without that.
func (d *database) userMeta(ctx context.Context) (map[string]string, error) {
	all := map[string]string{}
	return all, each(ctx, d.r, func(rows *sql.Rows) error {
		var key, value string
		err := rows.Scan(&key, &value)
		all[key] = value
		return err
	}, "SELECT substr(key, 6), value FROM meta WHERE substr(key, 1, 5) = 'user:'")
}

// purge takes what was deleted off the disk. The pages of the file are
// overwritten when something is deleted (secure_delete), but their old
// contents remain in the write-ahead log until that is emptied: which waits for
// those who are reading, up to ten seconds, and is daybook.Unavailable if they
// do not end.
func (d *database) purge(ctx context.Context) error {
	var busy, frames, done int
	if err := d.w.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &frames, &done); err != nil {
		return wrap("empty the write-ahead log", err)
	}
	if busy != 0 {
		return daybook.Errorf(daybook.Unavailable, "The data file is being read; what was deleted is erased from it later.")
	}
	return nil
}

// wrap says what was being done when err happened, and gives the failures of
// SQLite that a person can do something about a kind and a sentence.
func wrap(doing string, err error) error {
	var known *daybook.Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	message := ""
	var e *driver.Error
	if errors.As(err, &e) {
		switch e.Code() & 0xff {
		case lib.SQLITE_FULL:
			message = "The disk is full; nothing of this was saved."
		case lib.SQLITE_BUSY, lib.SQLITE_LOCKED:
			message = "The data file is busy; another Daybook is writing to it."
		case lib.SQLITE_NOTADB:
			message = "The data file is not Daybook's (it is no SQLite database). It was left as it is; name another data folder."
		case lib.SQLITE_CORRUPT:
			message = "The data file is damaged. It was left as it is: run “daybook check”."
		case lib.SQLITE_IOERR, lib.SQLITE_CANTOPEN, lib.SQLITE_READONLY, lib.SQLITE_PERM:
			message = "The data file cannot be read or written."
		}
	}
	err = fmt.Errorf("%s: %w", doing, err)
	if message != "" {
		return &daybook.Error{Kind: daybook.Unavailable, Message: message, Err: err}
	}
	return err
}

// querier is what both a database and a transaction can do.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// each calls f for every row of a query.
func each(ctx context.Context, q querier, f func(*sql.Rows) error, query string, args ...any) error {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	return drain(rows, f)
}

func drain(rows *sql.Rows, f func(*sql.Rows) error) error {
	defer rows.Close()
	for rows.Next() {
		if err := f(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}
