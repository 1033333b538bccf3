package sqlite

import (
	"context"

	"daybook/internal/store"
)

// Records is the file with what cannot be replaced: conversations, analyses,
// what was paid for, and how far scans have come.
type Records struct {
	db *database
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
	m.folder = "records"
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
func (s *Records) Close() error { return s.db.close() }

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
