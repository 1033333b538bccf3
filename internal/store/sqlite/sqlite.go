// Package sqlite is the embedded store. It keeps one journal in two files of
// SQLite in one folder: the records (daybook.db), which cannot be replaced, and
// the index (index.db), which can be rebuilt from the journal. Several processes
// may use them at once.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"daybook"
	"daybook/internal/store"
)

// Store is a store.Store in two files.
type Store struct {
	*Records
	*Index
}

var _ store.Store = (*Store)(nil)

// indexPath returns where the index beside the records in path is.
func indexPath(path string) string { return filepath.Join(filepath.Dir(path), "index.db") }

// Open opens the store with the records in the file path, creating what is
// missing, and brings its tables up to date. A file that is not a store, is
// damaged, or was made by a newer Daybook is refused and left as it is.
func Open(ctx context.Context, path string) (*Store, error) {
	var index *Index
	records, err := openRecords(ctx, path, migrations{
		before: func(ctx context.Context, version int) (err error) {
			if version == unsplit {
				index, err = splitIndex(ctx, path)
			}
			return err
		},
		within: func(ctx context.Context, tx *sql.Tx, version int) error {
			if version != unsplit {
				return nil
			}
			_, err := tx.ExecContext(ctx, "DELETE FROM meta WHERE substr(key, 1, 5) = 'user:'")
			return err
		},
	})
	if err == nil && index == nil {
		index, err = openIndex(ctx, indexPath(path))
	}
	s := &Store{Records: records, Index: index}
	if err == nil {
		err = records.watch(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	index.checkInBackground()
	return s, nil
}

// Capabilities implements store.Store.
func (s *Store) Capabilities() store.Capabilities {
	return store.Capabilities{Snapshot: s.Snapshot, Purge: s.Purge, Warnings: s.warnings}
}

// warnings returns sentences for the user about the state of the data.
func (s *Store) warnings(ctx context.Context) []string {
	list := slices.Concat(s.Records.db.noticed(), s.Index.db.noticed())
	if s.Records.db.damage != nil {
		list = append(list, daybook.PublicMessage(s.Records.db.writable(ctx)))
	}
	// An error shows up wherever conversations are listed.
	if missing, err := s.Records.witness.missing(ctx, s.Records.db); err == nil {
		list = append(list, missing...)
	}
	return list
}

// Purge removes deleted data from the disk; see [store.Capabilities].
func (s *Store) Purge(ctx context.Context) error {
	return errors.Join(s.Index.db.purge(ctx), s.Records.Purge(ctx))
}

// Close closes the files.
func (s *Store) Close() error {
	var err error
	if s.Index != nil {
		err = s.Index.close()
	}
	if s.Records != nil {
		err = errors.Join(err, s.Records.Close())
	}
	return err
}

// Meta returns what the index was made with.
func (s *Store) Meta(ctx context.Context) (map[string]string, error) {
	all, err := s.Index.db.userMeta(ctx)
	return all, wrap("load the settings of the index", err)
}

// Generation counts the changes to entries and scans.
func (s *Store) Generation(ctx context.Context) (string, error) {
	scans, err := s.Records.Generation(ctx)
	if err != nil {
		return "", err
	}
	entries, err := s.generation(ctx, "journal")
	return fmt.Sprintf("%d.%s", entries, scans), wrap("look for changes of the journal", err)
}

// Stats counts what the store holds.
func (s *Store) Stats(ctx context.Context) (store.Stats, error) {
	out := store.Stats{Vectors: map[store.Space]int{}}
	err := s.Records.db.reader().QueryRowContext(ctx, "SELECT (SELECT count(*) FROM threads), (SELECT count(*) FROM messages)").
		Scan(&out.Threads, &out.Messages)
	if err != nil {
		return out, wrap("count the conversations", err)
	}
	err = s.Index.db.reader().QueryRowContext(ctx, `SELECT (SELECT count(*) FROM entries), (SELECT count(*) FROM passages),
		(SELECT count(*) FROM entry_private), (SELECT count(*) FROM passages WHERE entry IN (SELECT entry FROM entry_private))`).
		Scan(&out.Entries, &out.Passages, &out.Private, &out.PrivatePassages)
	if err != nil {
		return out, wrap("count what is indexed", err)
	}
	err = each(ctx, s.Index.db.reader(), func(rows *sql.Rows) error {
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
