package sqlite

import (
	"context"
	"database/sql"
	"errors"
)

// meta returns the value kept under key, "" if there is none.
func (d *database) meta(ctx context.Context, key string) (string, error) {
	var value string
	err := d.row(ctx, "SELECT value FROM meta WHERE key = ?", key).Scan(&value)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return value, err
}

func (d *database) setMeta(ctx context.Context, key, value string) error {
	return d.write(ctx, func(tx *sql.Tx) error { return putMeta(ctx, tx, key, value) })
}

func putMeta(ctx context.Context, tx *sql.Tx, key, value string) error {
	_, err := tx.ExecContext(ctx, setMeta, key, value)
	return err
}

// userMeta returns what is kept under the keys that begin with "user:",
// without that.
func (d *database) userMeta(ctx context.Context) (map[string]string, error) {
	all := map[string]string{}
	return all, d.each(ctx, func(rows *sql.Rows) error {
		var key, value string
		err := rows.Scan(&key, &value)
		all[key] = value
		return err
	}, "SELECT substr(key, 6), value FROM meta WHERE substr(key, 1, 5) = 'user:'")
}
