package sqlite

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"daybook/internal/store"
)

// OpenReadOnly opens the store with the records in path without changing
// anything, not even bringing its tables up to date. A file that is missing or
// not up to date looks empty. Writing fails.
func OpenReadOnly(ctx context.Context, path string) (*Store, error) {
	if err := register(); err != nil {
		return nil, err
	}
	s := &Store{
		Records: &Records{db: &database{path: path, migrations: migrations{folder: "records"}}},
		Index:   &Index{spaces: map[store.Space]*space{}, reading: make(chan struct{}, 1), endCheck: func() {}, db: newIndexFile(indexPath(path))},
	}
	if err := s.Records.db.openReadOnly(ctx); err != nil {
		return nil, err
	}
	if err := s.Index.db.openReadOnly(ctx); err != nil {
		return nil, errors.Join(err, s.Records.db.close())
	}
	return s, nil
}

// openReadOnly opens the file of d, or an empty one in its place.
func (d *database) openReadOnly(ctx context.Context) error {
	err := d.tryReadOnly(ctx)
	if err == nil || ctx.Err() != nil {
		return err
	}
	if d.temporary, err = os.MkdirTemp("", "daybook-*"); err != nil {
		return err
	}
	d.path = filepath.Join(d.temporary, filepath.Base(d.path))
	if err := openDatabase(ctx, d); err != nil {
		return errors.Join(err, os.RemoveAll(d.temporary))
	}
	return nil
}

func (d *database) tryReadOnly(ctx context.Context) error {
	db, err := inspect(d.path)
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(readers)
	h := &handles{w: db, r: db}
	if err = d.upToDate(ctx, db); err == nil && d.prepare != nil {
		h.statements, err = d.prepare(ctx, db)
	}
	if err != nil {
		return errors.Join(err, db.Close())
	}
	d.now.Store(h)
	return nil
}
