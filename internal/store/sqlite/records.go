package sqlite

import (
	"context"
	"database/sql"
	"errors"

	"daybook"
	"daybook/internal/store"
)

// Records is the file with what cannot be replaced: conversations, analyses,
// what was paid for, and how far scans have come.
type Records struct {
	db      *database
	witness *witness // nil if missing records are not looked for
}

var (
	_ store.Threads = (*Records)(nil)
	_ store.Scans   = (*Records)(nil)
)

// OpenRecords opens the records in the file path without an index beside
// them, as [Open] does.
func OpenRecords(ctx context.Context, path string) (*Records, error) {
	return openRecords(ctx, path, migrations{})
}

func openRecords(ctx context.Context, path string, m migrations) (*Records, error) {
	m.folder, m.copy = "records", true
	s := &Records{db: &database{path: path, migrations: m, checked: true}}
	if err := openDatabase(ctx, s.db); err != nil {
		var known *daybook.Error
		if isDamage(err) && !errors.As(err, &known) {
			err = &daybook.Error{Kind: daybook.Unavailable, Err: err, Message: path + " is damaged. It was left as it is. " + restoreAdvice(path)}
		}
		return nil, err
	}
	var err error
	if s.db.sequence, err = openSequence(path); err != nil {
		err = &daybook.Error{Kind: daybook.Unavailable, Message: "cannot open " + sequencePath(path), Err: err}
		return nil, errors.Join(err, s.db.close())
	}
	return s, nil
}

// watch starts recording in the witness file what is there, so that missing
// records are noticed.
func (s *Records) watch(ctx context.Context) error {
	s.witness = &witness{path: witnessPath(s.db.path)}
	s.db.reopened = func() { _ = s.noteLost(context.Background()) } // if it fails, the next start does it
	return s.noteLost(ctx)
}

// noteLost records in the witness file how many changes were lost.
func (s *Records) noteLost(ctx context.Context) error {
	n, err := s.db.sequenced(ctx)
	if err != nil {
		return wrap("number the changes of "+s.db.path, err)
	}
	if lost := keptSequence(s.db.path) - n; lost > 0 {
		err = s.witness.lost(lost)
		if err == nil {
			err = s.db.sequence.keep(n)
		}
	}
	if err != nil {
		return &daybook.Error{Kind: daybook.Unavailable, Message: "What is missing cannot be noted beside " + s.db.path, Err: err}
	}
	s.added(ctx, true)
	return nil
}

// Purge takes what was deleted off the disk; see [store.Capabilities].
func (s *Records) Purge(ctx context.Context) error { return s.db.purge(ctx) }

// Close closes the file.
func (s *Records) Close() error {
	s.added(context.Background(), true)
	return s.db.close()
}

// added updates the counts in the witness file. If that fails, the data is
// saved nevertheless.
func (s *Records) added(ctx context.Context, force bool) {
	if s.witness == nil {
		return
	}
	if now, err := s.db.counts(ctx); err == nil {
		_ = s.witness.added(now, force)
	}
}

// removing records with the witness that one of the rows that n counts is deleted,
// and counts the rows of table after that.
func (s *Records) removing(ctx context.Context, tx *sql.Tx, table string, n func(*counts) *int) error {
	if s.witness == nil {
		return nil
	}
	var now int
	if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM "+table).Scan(&now); err != nil {
		return err
	}
	_ = s.witness.removing(now, n) // if it fails, one may be reported missing
	return nil
}

// SetMeta keeps value under key.
func (s *Records) SetMeta(ctx context.Context, key, value string) error {
	return wrap("keep a setting", s.db.setMeta(ctx, "user:"+key, value))
}

// Meta returns everything that SetMeta keeps.
func (s *Records) Meta(ctx context.Context) (map[string]string, error) {
	all, err := s.db.userMeta(ctx)
	return all, wrap("load the settings", err)
}

// Generation counts the changes to scans.
func (s *Records) Generation(ctx context.Context) (string, error) {
	n, err := s.db.meta(ctx, "journal")
	return n, wrap("look for changes of the scans", err)
}
