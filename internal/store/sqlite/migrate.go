package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"

	"daybook"
)

//go:embed migrations/*/*.sql
var scripts embed.FS

// migrations bring the tables of a file up to date. The user_version of a file
// is the number of the scripts that ran on it.
type migrations struct {
	folder string // below migrations
	// copy says whether to copy a file before changing it.
	copy bool
	// before runs before the script that follows a version. It is not called
	// for a new file.
	before func(ctx context.Context, version int) error
	// within runs in the transaction of a script, after it.
	within func(ctx context.Context, tx *sql.Tx, version int) error
}

func (m migrations) files() ([]string, error) {
	return fs.Glob(scripts, "migrations/"+m.folder+"/*.sql")
}

// migrate runs the scripts that the file has not seen: each in a transaction of
// its own, and all in one for a new file.
func (d *database) migrate(ctx context.Context) error {
	m := d.migrations
	files, err := m.files()
	if err != nil {
		return err
	}
	copied := false
	for {
		version, err := d.version(ctx, d.writer(), len(files))
		if err != nil || version == len(files) {
			return err
		}
		to := len(files)
		if version > 0 {
			to = version + 1
		}
		if version > 0 && m.copy && !copied {
			if err := d.copyBefore(ctx, version); err != nil {
				return err
			}
			copied = true
		}
		if version > 0 && m.before != nil {
			if err := m.before(ctx, version); err != nil {
				return err
			}
		}
		if err := d.step(ctx, m, version, files[version:to]); err != nil {
			if isDamage(err) {
				err = &daybook.Error{
					Kind: daybook.Unavailable, Err: err,
					Message: d.path + " is damaged and cannot be brought up to date. It was left as it is. " + restoreAdvice(d.path),
				}
			}
			return wrap("bring the tables up to date", err)
		}
	}
}

// version returns the version of the file's tables. One that is newer than
// newest is an error, and so is one that no Daybook writes.
func (d *database) version(ctx context.Context, db *sql.DB, newest int) (version int, err error) {
	if err := db.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return 0, wrap("read the version of the tables", err)
	}
	if version < 0 {
		return 0, &damageError{fmt.Sprintf("its tables have version %d", version)}
	}
	if version > newest {
		return 0, daybook.Errorf(daybook.Invalid, "%s was written by a newer Daybook (version %d of its tables; this one knows %d). Use the newer one.", d.path, version, newest)
	}
	return version, nil
}

// step runs scripts that follow version, unless another process did so in the
// meantime.
func (d *database) step(ctx context.Context, m migrations, version int, files []string) error {
	return d.write(ctx, func(tx *sql.Tx) error {
		var now int
		if err := tx.QueryRowContext(ctx, "PRAGMA user_version").Scan(&now); err != nil || now != version {
			return err
		}
		for _, file := range files {
			script, err := scripts.ReadFile(file)
			if err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, string(script)); err != nil {
				return err
			}
			if m.within != nil {
				if err := m.within(ctx, tx, version); err != nil {
					return err
				}
			}
			version++
		}
		_, err := tx.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version = %d", version))
		return err
	})
}

// upToDate returns an error if there are scripts that the file has not seen.
func (d *database) upToDate(ctx context.Context, db *sql.DB) error {
	files, err := d.migrations.files()
	if err != nil {
		return err
	}
	version, err := d.version(ctx, db, len(files))
	if err == nil && version != len(files) {
		err = daybook.Errorf(daybook.Unavailable, "%s was written by an older Daybook. Restart Daybook to bring it up to date.", d.path)
	}
	return err
}
