package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"errors"
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
	// scripts has the scripts; nil for those of the program.
	scripts fs.FS
}

func (m migrations) source() fs.FS {
	if m.scripts != nil {
		return m.scripts
	}
	return scripts
}

func (m migrations) files() ([]string, error) {
	return fs.Glob(m.source(), "migrations/"+m.folder+"/*.sql")
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
// meantime. Foreign keys are not enforced meanwhile, since dropping a table that
// was made anew would delete all rows that refer to it. They are checked at the
// end.
func (d *database) step(ctx context.Context, m migrations, version int, files []string) (err error) {
	if _, err := d.writer().ExecContext(ctx, "PRAGMA foreign_keys = 0"); err != nil {
		return err
	}
	defer func() {
		if _, on := d.writer().ExecContext(context.WithoutCancel(ctx), "PRAGMA foreign_keys = 1"); on != nil {
			err = errors.Join(err, on)
		}
	}()
	return d.write(ctx, func(tx *sql.Tx) error {
		var now int
		if err := tx.QueryRowContext(ctx, "PRAGMA user_version").Scan(&now); err != nil || now != version {
			return err
		}
		before, err := dangling(ctx, tx)
		if err != nil {
			return err
		}
		for _, file := range files {
			if err := runScript(ctx, tx, m, version, file); err != nil {
				return err
			}
			version++
		}
		after, err := dangling(ctx, tx)
		if err != nil {
			return err
		}
		if after > before {
			return fmt.Errorf("%s leaves %d rows that refer to missing ones", files[len(files)-1], after-before)
		}
		_, err = tx.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version = %d", version))
		return err
	})
}

func runScript(ctx context.Context, tx *sql.Tx, m migrations, version int, file string) error {
	script, err := fs.ReadFile(m.source(), file)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, string(script)); err != nil || m.within == nil {
		return err
	}
	return m.within(ctx, tx, version)
}

// dangling counts the rows that refer to missing ones. It fails if foreign keys
// are enforced.
func dangling(ctx context.Context, tx *sql.Tx) (n int, err error) {
	var enforced bool
	if err := tx.QueryRowContext(ctx, "PRAGMA foreign_keys").Scan(&enforced); err != nil {
		return 0, err
	}
	if enforced {
		return 0, errors.New("foreign keys are enforced while tables are changed")
	}
	err = tx.QueryRowContext(ctx, "SELECT count(*) FROM pragma_foreign_key_check").Scan(&n)
	return n, err
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
