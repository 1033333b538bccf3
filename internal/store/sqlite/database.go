package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"daybook"
)

// readers is how many connections read at once: a little more than there are
// cores, since reading from memory is all that they do.
const readers = 8

// database is one file of SQLite. Several processes may use it at once.
type database struct {
	path       string
	migrations migrations
	// prepare makes the queries of handles; it may be nil.
	prepare func(context.Context, *sql.DB) (statements, error)
	// reopened is called when the file was opened again; it may be nil.
	reopened func()

	noticing sync.Mutex
	notices  []string // sentences about how the file was found
	// checked is whether the file is checked when it is opened.
	checked bool
	// damage is why nothing is written to the file; it may be nil.
	damage error

	// temporary is a folder that is removed with the last connection, "" for
	// none.
	temporary string

	sequence *sequence // nil where changes are not numbered

	now     atomic.Pointer[handles]
	healing sync.Mutex
}

// handles are the open connections of a database, and which files they have
// open.
type handles struct {
	w          *sql.DB // one connection, which writes
	r          *sql.DB // several, which only read
	statements statements
	prepared   *preparedQueries // of each and row; nil prepares nothing
	files      files
	closed     bool // the files could not be opened again yet
	fixed      bool // r has one connection, with a transaction that reads
}

func (d *database) writer() *sql.DB { return d.now.Load().w }

func (d *database) reader() *sql.DB { return d.now.Load().r }

// openDatabase opens the file of d and brings its tables up to date. A missing
// file is created with its folder, readable by their owner alone. A file that
// is not SQLite's or was made by a newer Daybook is refused and left as it is,
// and so is a damaged one that is not up to date. One that is gets d.damage.
func openDatabase(ctx context.Context, d *database) error {
	if err := register(); err != nil {
		return fmt.Errorf("register the checksum with SQLite: %w", err)
	}
	notice, err := keepLog(d.path)
	if err != nil {
		return err
	}
	if notice != "" {
		d.notice(notice)
	}
	within := checkWithin
	if unclean(d.path) {
		within = checkWithinDirty
	}
	if err := prepareFile(d.path); err != nil {
		return err
	}
	h, err := d.open()
	if err != nil {
		return err
	}
	d.now.Store(h)
	if d.checked {
		if d.damage = d.quickCheck(ctx, within); d.damage != nil && !isDamage(d.damage) {
			return errors.Join(wrap("check the data file", d.damage), d.close())
		}
	}
	if d.damage == nil {
		err = d.migrate(ctx)
	}
	if err == nil && d.checked && d.damage == nil {
		d.returnSpace(ctx)
	}
	if err == nil {
		prepared := *h
		err = d.ready(ctx, &prepared)
		d.now.Store(&prepared)
	}
	if err != nil {
		return errors.Join(err, d.close())
	}
	return nil
}

// open opens the connections.
func (d *database) open() (*handles, error) {
	w, err := connect(d.path, "_txlock=immediate", 1)
	if err != nil {
		return nil, err
	}
	r, err := connect(d.path, "_pragma=query_only(1)", readers)
	if err != nil {
		return nil, errors.Join(err, w.Close())
	}
	return &handles{w: w, r: r, prepared: &preparedQueries{}}, nil
}

// ready prepares the queries of h and notes which files are open. The tables
// must be up to date.
func (d *database) ready(ctx context.Context, h *handles) (err error) {
	if err := d.upToDate(ctx, h.w); err != nil {
		return err
	}
	if d.prepare != nil {
		if h.statements, err = d.prepare(ctx, h.r); err != nil {
			return err
		}
	}
	var n int // the log and its index are there after the first read
	if err := h.w.QueryRowContext(ctx, "SELECT count(*) FROM meta").Scan(&n); err != nil {
		return wrap("read the data file", err)
	}
	h.files, err = filesOf(d.path)
	return err
}

func (d *database) notice(sentence string) {
	d.noticing.Lock()
	defer d.noticing.Unlock()
	d.notices = append(d.notices, sentence)
}

func (d *database) noticed() []string {
	d.noticing.Lock()
	defer d.noticing.Unlock()
	return slices.Clone(d.notices)
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
		"_pragma=cache_size(-16000)", "_pragma=mmap_size(0)", temporary(), option,
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

// transaction is one that writes.
type transaction struct {
	*sql.Tx
	d *database
	h *handles
}

// begin begins a transaction that writes, if the file is where it was.
func (d *database) begin(ctx context.Context) (transaction, error) {
	if err := d.writable(ctx); err != nil {
		return transaction{}, err
	}
	h := d.now.Load()
	tx, err := h.w.BeginTx(ctx, nil)
	return transaction{tx, d, h}, err
}

// commit commits. It fails if the file was deleted or replaced meanwhile: what
// was written is not where the next start looks for it.
func (t transaction) commit(ctx context.Context) error {
	if err := t.Commit(); err != nil {
		return err
	}
	return t.kept(ctx)
}

// kept returns an error unless the committed data is in the file at the path.
func (t transaction) kept(ctx context.Context) error {
	if t.h.files[0] == nil {
		return nil // the file is being opened
	}
	switch at, err := t.h.files.find(t.d.path, 0); {
	case err != nil:
		return err
	case at == gone:
		return t.d.deleted()
	case at == replaced:
		return daybook.Errorf(daybook.Unavailable, "%s was replaced while Daybook is running. What was sent last is not saved; send it again.", filepath.Base(t.d.path))
	}
	return t.d.writable(context.WithoutCancel(ctx))
}

// write runs f in a transaction that is committed when f succeeds.
func (d *database) write(ctx context.Context, f func(*sql.Tx) error) error {
	tx, err := d.begin(ctx)
	if err != nil {
		return err
	}
	err = f(tx.Tx)
	var n int64
	if err == nil && d.sequence != nil {
		n, err = d.sequence.next(ctx, tx.Tx)
	}
	if err != nil {
		return errors.Join(err, ignoreDone(tx.Rollback()))
	}
	if err := tx.commit(ctx); err != nil || n == 0 {
		return err
	}
	_ = d.sequence.keep(n) // what is committed is saved, also if that fails
	return nil
}

// sequenced returns the number of the last change.
func (d *database) sequenced(ctx context.Context) (n int64, err error) {
	err = d.row(ctx, "SELECT value FROM meta WHERE key = 'sequence'").Scan(&n)
	if errors.Is(err, sql.ErrNoRows) {
		err = &damageError{"the number of its changes is missing"}
	}
	return n, err
}

// each calls f for every row of a query, if the file is where it was.
func (d *database) each(ctx context.Context, f func(*sql.Rows) error, query string, args ...any) error {
	if err := d.readable(ctx); err != nil {
		return err
	}
	h := d.now.Load()
	stmt, err := h.prepared.of(ctx, h.r, query)
	if err != nil {
		return err
	}
	if stmt == nil {
		return each(ctx, h.r, f, query, args...)
	}
	rows, err := stmt.QueryContext(ctx, args...)
	if err != nil {
		return err
	}
	return drain(rows, f)
}

// row returns the one row of a query, if the file is where it was.
func (d *database) row(ctx context.Context, query string, args ...any) scanner {
	if err := d.readable(ctx); err != nil {
		return failed{err}
	}
	h := d.now.Load()
	stmt, err := h.prepared.of(ctx, h.r, query)
	if err != nil {
		return failed{err}
	}
	if stmt == nil {
		return h.r.QueryRowContext(ctx, query, args...)
	}
	return stmt.QueryRowContext(ctx, args...)
}

// scanner is a row.
type scanner interface{ Scan(dest ...any) error }

// failed is a row that could not be read.
type failed struct{ err error }

func (f failed) Scan(...any) error { return f.err }

// ignoreDone ignores the error for rolling back a transaction that was canceled
// before.
func ignoreDone(err error) error {
	if errors.Is(err, sql.ErrTxDone) {
		return nil
	}
	return err
}

// close closes the connections.
func (d *database) close() error {
	h := d.now.Load()
	if d.sequence != nil {
		if err := d.sequence.close(); err != nil {
			return err
		}
	}
	err := d.closeAll(context.Background(), h)
	if d.temporary != "" {
		err = errors.Join(err, os.RemoveAll(d.temporary))
	}
	return err
}

const setMeta = "INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value"

// purge removes deleted data from the disk. Deleting overwrites the pages of
// the file (secure_delete), but their old contents remain in the write-ahead
// log until that is emptied. Emptying waits up to ten seconds for readers and
// is daybook.Unavailable if they do not finish.
func (d *database) purge(ctx context.Context) error {
	var busy, frames, done int
	if err := d.writer().QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &frames, &done); err != nil {
		return wrap("empty the write-ahead log", err)
	}
	if busy != 0 {
		return daybook.Errorf(daybook.Unavailable, "The data file is being read; what was deleted is erased from it later.")
	}
	return nil
}

// querier is implemented by databases and transactions.
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

// temporary returns where SQLite keeps temporary files: in memory, if there is
// no folder for them, as in a container.
func temporary() string {
	if info, err := os.Stat(os.TempDir()); err == nil && info.IsDir() {
		return "_pragma=temp_store(0)"
	}
	return "_pragma=temp_store(2)"
}
