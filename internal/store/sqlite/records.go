package sqlite

import (
	"context"
	"database/sql"

	"daybook/internal/store"
)

// Records is the file with what cannot be replaced: conversations, analyses,
// what was paid for, and how far scans have come.
type Records struct {
	db      *database
	witness *witness // nil where nobody asks what is missing
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
	s := &Records{db: &database{path: path, migrations: m}}
	if err := openDatabase(ctx, s.db); err != nil {
		return nil, err
	}
	return s, nil
}

// Ping says whether the file can be read.
func (s *Records) Ping(ctx context.Context) error {
	var n int
	return wrap("read the data file", s.db.row(ctx, "SELECT count(*) FROM meta").Scan(&n))
}

// Purge takes what was deleted off the disk; see [store.Store].
func (s *Records) Purge(ctx context.Context) error { return s.db.purge(ctx) }

// Close closes the file.
func (s *Records) Close() error {
	s.added(context.Background(), true)
	return s.db.close()
}

// added has the witness count what there is. What was saved is saved, also if
// that fails.
func (s *Records) added(ctx context.Context, force bool) {
	if s.witness == nil {
		return
	}
	if now, err := s.db.counts(ctx); err == nil {
		_ = s.witness.added(now, force)
	}
}

// removing has the witness know that one of what n counts is deleted. The rows
// of table are counted after that.
func (s *Records) removing(ctx context.Context, tx *sql.Tx, table string, n func(*counts) *int) error {
	if s.witness == nil {
		return nil
	}
	var now int
	if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM "+table).Scan(&now); err != nil {
		return err
	}
	_ = s.witness.removing(now, n) // if it fails, one may be said to be missing
	return nil
}

// Meta returns the value kept under key, "" if there is none.
func (s *Records) Meta(ctx context.Context, key string) (string, error) {
	value, err := s.db.meta(ctx, "user:"+key)
	return value, wrap("read a setting", err)
}

// SetMeta keeps value under key.
func (s *Records) SetMeta(ctx context.Context, key, value string) error {
	return wrap("keep a setting", s.db.setMeta(ctx, "user:"+key, value))
}

// AllMeta returns everything that SetMeta keeps.
func (s *Records) AllMeta(ctx context.Context) (map[string]string, error) {
	all, err := s.db.userMeta(ctx)
	return all, wrap("load the settings", err)
}

// Generation counts the changes to scans.
func (s *Records) Generation(ctx context.Context) (string, error) {
	n, err := s.db.meta(ctx, "journal")
	return n, wrap("look for changes of the scans", err)
}
