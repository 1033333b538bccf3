package postgres

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"daybook"
)

//go:embed migrations/*.sql
var migrations embed.FS

// migrationLock is the number of the advisory lock that a server holds while it
// changes the tables.
const migrationLock = 0x6461_7962_6f6f_6b01

// migrate runs the migrations that the database lacks, each in its own
// transaction.
func migrate(ctx context.Context, config *pgx.ConnConfig) error {
	files, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return err
	}
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	for done := false; !done; {
		err := pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
			if _, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock($1)", int64(migrationLock)); err != nil {
				return err
			}
			version, err := versionOf(ctx, tx)
			if err != nil {
				return err
			}
			if version > len(files) {
				return daybook.Errorf(daybook.Invalid, "the tables of the database were made by a newer Daybook (version %d, this one knows %d); use that one", version, len(files))
			}
			if done = version == len(files); done {
				return nil
			}
			return step(ctx, tx, files[version], version+1)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// versionOf returns the number of migrations that have run.
func versionOf(ctx context.Context, tx pgx.Tx) (version int, err error) {
	var there bool
	if err := tx.QueryRow(ctx, "SELECT to_regclass('daybook_tables') IS NOT NULL").Scan(&there); err != nil || !there {
		return 0, err
	}
	err = tx.QueryRow(ctx, "SELECT version FROM daybook_tables").Scan(&version)
	return version, err
}

func step(ctx context.Context, tx pgx.Tx, file string, version int) error {
	if version == 1 {
		if err := prepare(ctx, tx); err != nil {
			return err
		}
	}
	script, err := migrations.ReadFile(file)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, string(script)); err != nil {
		return fmt.Errorf("run %s: %w", file, err)
	}
	_, err = tx.Exec(ctx, "UPDATE daybook_tables SET version = $1", version)
	return err
}

// prepare creates what the tables require.
func prepare(ctx context.Context, tx pgx.Tx) error {
	var there bool
	if err := tx.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'vector')").Scan(&there); err != nil {
		return err
	}
	if !there {
		if _, err := tx.Exec(ctx, "CREATE EXTENSION vector"); err != nil {
			return withoutVector(err)
		}
	}
	_, err := tx.Exec(ctx, "CREATE TABLE daybook_tables (version int NOT NULL); INSERT INTO daybook_tables VALUES (0)")
	return err
}

// withoutVector explains what to do if the extension cannot be created.
func withoutVector(err error) error {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		return err
	}
	switch pg.Code {
	case "42501":
		return &daybook.Error{Kind: daybook.Unavailable, Message: "The database lacks pgvector, and this user may not add it: have its administrator run CREATE EXTENSION vector in it.", Err: err}
	case "0A000", "58P01", "42704":
		return &daybook.Error{Kind: daybook.Unavailable, Message: "The database server has no pgvector; Daybook needs that extension.", Err: err}
	}
	return err
}
