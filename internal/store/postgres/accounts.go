package postgres

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"daybook"
)

// Account is an owner whose journal is served to those with one of the
// account's tokens.
type Account struct {
	ID                 int64
	Name               string
	Journal, Evergreen string // folders, as the servers see them; Evergreen may be ""
	Tokens             int
	// Version changes with the account or its tokens. It is secret and cannot
	// be guessed.
	Version string
	Created time.Time
}

const accountColumns = `SELECT o.id, o.name, o.journal, o.evergreen, o.created_at,
	ARRAY(SELECT t.hash FROM tokens t WHERE t.owner = o.id ORDER BY t.hash) FROM owners o WHERE o.journal IS NOT NULL`

func scanAccount(row pgx.CollectableRow) (Account, error) {
	var a Account
	var hashes [][]byte
	err := row.Scan(&a.ID, &a.Name, &a.Journal, &a.Evergreen, &a.Created, &hashes)
	h := sha256.New()
	for _, part := range append([][]byte{[]byte(a.Name), []byte(a.Journal), []byte(a.Evergreen), []byte(a.Created.UTC().String())}, hashes...) {
		sum := sha256.Sum256(part)
		h.Write(sum[:])
	}
	a.Tokens, a.Version = len(hashes), hex.EncodeToString(h.Sum(nil))
	return a, err
}

func (db *DB) accounts(ctx context.Context, sql string, args ...any) ([]Account, error) {
	rows, err := db.pool.Query(ctx, sql, args...)
	if err != nil {
		return nil, wrap("load the owners", err)
	}
	list, err := pgx.CollectRows(rows, scanAccount)
	return list, wrap("load the owners", err)
}

// Accounts returns all accounts, by name.
func (db *DB) Accounts(ctx context.Context) ([]Account, error) {
	return db.accounts(ctx, accountColumns+" ORDER BY o.name")
}

// account returns one of the accounts, or a daybook.NotFound error.
func (db *DB) account(ctx context.Context, where string, arg any) (Account, error) {
	list, err := db.accounts(ctx, accountColumns+where, arg)
	if err == nil && len(list) == 0 {
		err = daybook.Errorf(daybook.NotFound, "There is no such owner.")
	}
	if err != nil {
		return Account{}, err
	}
	return list[0], nil
}

// Account returns the account of an owner, or a daybook.NotFound error.
func (db *DB) Account(ctx context.Context, id int64) (Account, error) {
	return db.account(ctx, " AND o.id = $1", id)
}

// accountNamed returns the account with a name, or a daybook.NotFound error.
func (db *DB) accountNamed(ctx context.Context, name string) (Account, error) {
	return db.account(ctx, " AND o.name = $1", name)
}

// Bearer returns the account of a token, or a daybook.NotFound
// error.
func (db *DB) Bearer(ctx context.Context, token string) (Account, error) {
	if !strings.HasPrefix(token, tokenPrefix) || len(token) > longestToken {
		return Account{}, daybook.Errorf(daybook.NotFound, "There is no such owner.")
	}
	return db.account(ctx, " AND o.id = (SELECT t.owner FROM tokens t WHERE t.hash = $1)", hashToken(token))
}

const (
	tokenPrefix  = "daybook_"
	longestToken = 100
)

func hashToken(token string) []byte {
	sum := sha256.Sum256([]byte("daybook token " + token))
	return sum[:]
}

// AddAccount creates an account. An existing name is daybook.Conflict.
func (db *DB) AddAccount(ctx context.Context, name, journal, evergreen string) (Account, error) {
	if _, err := db.Owner(ctx, name); err != nil {
		return Account{}, err
	}
	tag, err := db.pool.Exec(ctx, "UPDATE owners SET journal = $2, evergreen = $3 WHERE name = $1 AND journal IS NULL", name, journal, evergreen)
	if err != nil {
		return Account{}, wrap("make an account", err)
	}
	if tag.RowsAffected() == 0 {
		return Account{}, daybook.Errorf(daybook.Conflict, "There is an owner of this name.")
	}
	return db.accountNamed(ctx, name)
}

// RemoveAccount erases an account and all its data. The notes in its folder are
// not touched. If something is saved for it at the same time, the server may
// break a deadlock by refusing the removal, which is then tried again.
func (db *DB) RemoveAccount(ctx context.Context, name string) error {
	var tag pgconn.CommandTag
	err := retried(ctx, func() (err error) {
		tag, err = db.pool.Exec(ctx, "DELETE FROM owners WHERE name = $1 AND journal IS NOT NULL", name)
		return err
	})
	if err == nil && tag.RowsAffected() == 0 {
		err = daybook.Errorf(daybook.NotFound, "There is no such owner.")
	}
	return wrap("remove an account", err)
}

// NewToken creates a token for an account and, with replace, revokes the
// existing ones. The token itself is not stored.
func (db *DB) NewToken(ctx context.Context, name string, replace bool) (token string, err error) {
	token = tokenPrefix + rand.Text()
	err = db.change(ctx, func(tx pgx.Tx) error {
		var id int64
		err := tx.QueryRow(ctx, "SELECT id FROM owners WHERE name = $1 AND journal IS NOT NULL FOR UPDATE", name).Scan(&id)
		if errors.Is(err, pgx.ErrNoRows) {
			return daybook.Errorf(daybook.NotFound, "There is no such owner.")
		}
		if err == nil && replace {
			_, err = tx.Exec(ctx, "DELETE FROM tokens WHERE owner = $1", id)
		}
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, "INSERT INTO tokens (hash, owner) VALUES ($1, $2)", hashToken(token), id)
		return err
	})
	return token, wrap("make a token", err)
}

// change runs f in a transaction of no owner; see Store.write.
func (db *DB) change(ctx context.Context, f func(pgx.Tx) error) error {
	return retried(ctx, func() error { return pgx.BeginFunc(ctx, db.pool, f) })
}

// Bound reports whether row-level security applies to the user in the address:
// it does not apply to superusers and users with BYPASSRLS.
func (db *DB) Bound(ctx context.Context) (bound bool, err error) {
	err = db.pool.QueryRow(ctx, "SELECT NOT (rolsuper OR rolbypassrls) FROM pg_roles WHERE rolname = current_user").Scan(&bound)
	return bound, wrap("look at the database's user", err)
}

// OfAccount returns the store of an account. Closing it leaves the database
// open.
func (db *DB) OfAccount(a Account) *Store { return db.store(a.ID) }
