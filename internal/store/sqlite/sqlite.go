// Package sqlite is the embedded store: one SQLite file with everything of
// one journal. Several processes may use it at once.
package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	driver "modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"daybook"
	"daybook/internal/bm25"
	"daybook/internal/store"
)

//go:embed migrations/*.sql
var migrations embed.FS

// readers is how many connections read at once: a little more than there are
// cores, since reading from memory is all that they do.
const readers = 8

// Store is a store.Store in one file.
type Store struct {
	path string
	w    *sql.DB // one connection, which writes
	r    *sql.DB // several, which only read

	statements statements

	// mu is held while the index changes, from the commit until memory has
	// followed it.
	mu      sync.RWMutex
	spaces  map[store.Space]*space
	words   *bm25.Index // nil until the first search
	wordsOf int64       // the count of changes that words has seen

	catalogue    *catalogue        // nil until the first search
	vocabulary   *store.Vocabulary // nil until it is asked for
	vocabularyOf int64
}

var _ store.Store = (*Store)(nil)

// Open opens the store in the file path, making it and its folder where they
// are missing, readable by their owner alone, and brings its tables up to
// date. A file that is no store, is damaged, or was made by a newer Daybook
// is refused and left as it is.
func Open(ctx context.Context, path string) (*Store, error) {
	if err := prepareFile(path); err != nil {
		return nil, err
	}
	s := &Store{path: path, spaces: map[store.Space]*space{}}
	var err error
	if s.w, err = connect(path, "_txlock=immediate", 1); err != nil {
		return nil, err
	}
	if s.r, err = connect(path, "_pragma=query_only(1)", readers); err != nil {
		return nil, errors.Join(err, s.w.Close())
	}
	if err := s.migrate(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	if s.statements, err = prepare(ctx, s.r); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
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
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("find the data file: %w", err)
	}
	abs = filepath.ToSlash(abs)
	if !strings.HasPrefix(abs, "/") { // a drive letter
		abs = "/" + abs
	}
	dsn := "file:" + (&url.URL{Path: abs}).EscapedPath() + "?" + strings.Join([]string{
		"_pragma=busy_timeout(10000)", "_pragma=journal_mode(WAL)",
		// A question that was saved survives the power going out.
		"_pragma=synchronous(FULL)",
		"_pragma=foreign_keys(1)", "_pragma=secure_delete(1)",
		"_pragma=cache_size(-16000)", "_pragma=mmap_size(268435456)", option,
	}, "&")
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, fmt.Errorf("open the data file: %w", err)
	}
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	return db, nil
}

// migrate runs the migrations that the file has not seen, each in a
// transaction of its own.
func (s *Store) migrate(ctx context.Context) error {
	files, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return err
	}
	for {
		done := false
		err := s.write(ctx, func(tx *sql.Tx) error {
			var version int
			if err := tx.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
				return err
			}
			if version > len(files) {
				return daybook.Errorf(daybook.Invalid, "the data in %s was written by a newer Daybook (version %d of its tables, this one knows %d); use that one", s.path, version, len(files))
			}
			if done = version == len(files); done {
				return nil
			}
			script, err := migrations.ReadFile(files[version])
			if err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, string(script)); err != nil {
				return err
			}
			_, err = tx.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version = %d", version+1))
			return err
		})
		if err != nil || done {
			return wrap("bring the tables up to date", err)
		}
	}
}

// write runs f in a transaction that is committed when f succeeds.
func (s *Store) write(ctx context.Context, f func(*sql.Tx) error) error {
	tx, err := s.w.BeginTx(ctx, nil)
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
			message = "The data file is damaged. It was left as it is: keep a copy, and move it away to have the index made anew from the journal."
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

// Ping says whether the file can be read.
func (s *Store) Ping(ctx context.Context) error {
	var n int
	return wrap("read the data file", s.r.QueryRowContext(ctx, "SELECT count(*) FROM meta").Scan(&n))
}

// Close closes the file.
func (s *Store) Close() error {
	return errors.Join(s.r.Close(), s.w.Close())
}

// Meta returns the value kept under key.
func (s *Store) Meta(ctx context.Context, key string) (string, error) {
	var value string
	err := s.r.QueryRowContext(ctx, "SELECT value FROM meta WHERE key = ?", "user:"+key).Scan(&value)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return value, wrap("read a setting of the index", err)
}

// SetMeta keeps value under key.
func (s *Store) SetMeta(ctx context.Context, key, value string) error {
	_, err := s.w.ExecContext(ctx, "INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value", "user:"+key, value)
	return wrap("keep a setting of the index", err)
}

// Generation counts the changes to entries and scans.
func (s *Store) Generation(ctx context.Context) (string, error) {
	n, err := s.generation(ctx, "journal")
	return strconv.FormatInt(n, 10), wrap("look for changes of the journal", err)
}

// Stats counts what the store holds.
func (s *Store) Stats(ctx context.Context) (store.Stats, error) {
	out := store.Stats{Vectors: map[store.Space]int{}}
	err := s.r.QueryRowContext(ctx, `SELECT (SELECT count(*) FROM entries), (SELECT count(*) FROM passages),
		(SELECT count(*) FROM threads), (SELECT count(*) FROM messages),
		(SELECT count(*) FROM entries WHERE private), (SELECT count(*) FROM passages p JOIN entries e ON e.n = p.entry WHERE e.private)`).
		Scan(&out.Entries, &out.Passages, &out.Threads, &out.Messages, &out.Private, &out.PrivatePassages)
	if err != nil {
		return out, wrap("count what is stored", err)
	}
	err = each(ctx, s.r, func(rows *sql.Rows) error {
		var sp store.Space
		var n int
		if err := rows.Scan(&sp.Model, &sp.Dim, &n); err != nil {
			return err
		}
		out.Vectors[sp] = n
		return nil
	}, `SELECT s.model, s.dim, count(*) FROM spaces s JOIN vectors v ON v.space = s.id
		JOIN passages p ON p.hash = v.hash GROUP BY s.id`)
	return out, wrap("count the vectors", err)
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
