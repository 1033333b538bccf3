// Package postgres is the store for many journals, in a PostgreSQL with
// pgvector that several servers can share. Each journal has an owner, who is
// part of every row, key and query. Row-level security enforces this even if a
// query forgets.
//
// It requires PostgreSQL 15 or newer with pgvector 0.8 or newer, and a role
// that may create tables and is not a superuser. It uses no session features
// outside of transactions, so it works behind a connection pooler.
package postgres

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	vectors "github.com/pgvector/pgvector-go/pgx"

	"daybook"
	"daybook/internal/store"
)

// connectWithin is the default timeout for connecting, unless the address has
// one.
const connectWithin = 5 * time.Second

// DB is a database with the journals of its owners. It is safe for concurrent
// use, also by several processes.
type DB struct {
	pool *pgxpool.Pool
	news *news

	leaseFor      time.Duration // how long a lease is valid without being renewed
	worthIndexing int           // how many vectors of a space are too many to scan
}

// Open opens the database at an address, postgres://user@host/database, and
// brings its tables up to date. An invalid address is daybook.Invalid, an
// unreachable server daybook.Unavailable.
func Open(ctx context.Context, address string) (*DB, error) {
	config, err := pgxpool.ParseConfig(address)
	if err != nil {
		// The error may contain the password.
		return nil, daybook.Errorf(daybook.Invalid, "store: the address of the database cannot be read")
	}
	if config.ConnConfig.ConnectTimeout == 0 {
		config.ConnConfig.ConnectTimeout = connectWithin
	}
	if config.ConnConfig.RuntimeParams["application_name"] == "" {
		config.ConnConfig.RuntimeParams["application_name"] = "daybook"
	}
	if err := migrate(ctx, config.ConnConfig); err != nil {
		return nil, wrap("bring the tables up to date", err)
	}
	config.AfterConnect = vectors.RegisterTypes
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, wrap("open the database", err)
	}
	return &DB{pool: pool, news: newNews(config.ConnConfig.Copy()), leaseFor: leaseFor, worthIndexing: worthIndexing}, nil
}

// OpenOwner opens the store of one owner in the database at an address. Closing
// it closes the database.
func OpenOwner(ctx context.Context, address, name string) (*Store, error) {
	db, err := Open(ctx, address)
	if err != nil {
		return nil, err
	}
	s, err := db.Owner(ctx, name)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	s.close = db.Close
	return s, nil
}

// Close closes the connections.
func (db *DB) Close() error {
	err := db.news.close()
	db.pool.Close()
	return err
}

// Store is a store.Store with the journal of one owner.
type Store struct {
	db    *DB
	owner int64
	begin pgx.TxOptions // for the owner's transactions
	close func() error
	fixed bool // every transaction reads the same snapshot

	mu                           sync.Mutex
	vocabulary, publicVocabulary vocabulary // empty until needed
	spaces                       map[store.Space]space
}

var _ store.Store = (*Store)(nil)

// Owner returns the store of the owner with that name, creating the owner if
// there is none. Closing it leaves the database open.
func (db *DB) Owner(ctx context.Context, name string) (*Store, error) {
	id, err := db.ownerID(ctx, name)
	if errors.Is(err, pgx.ErrNoRows) {
		id, err = db.makeOwner(ctx, name)
	}
	if err != nil {
		return nil, wrap("look up the owner", err)
	}
	return db.store(id), nil
}

// HasOwner reports whether there is an owner with that name, without creating
// one.
func (db *DB) HasOwner(ctx context.Context, name string) (bool, error) {
	_, err := db.ownerID(ctx, name)
	if errors.Is(err, pgx.ErrNoRows) {
		return false, nil
	}
	return err == nil, wrap("look up the owner", err)
}

func (db *DB) store(owner int64) *Store {
	return &Store{
		db: db, owner: owner, spaces: map[store.Space]space{}, close: func() error { return nil },
		begin: pgx.TxOptions{BeginQuery: fmt.Sprintf("begin; select set_config('daybook.owner', '%d', true)", owner)},
	}
}

func (db *DB) ownerID(ctx context.Context, name string) (id int64, err error) {
	err = db.pool.QueryRow(ctx, "SELECT id FROM owners WHERE name = $1", name).Scan(&id)
	return id, err
}

func (db *DB) makeOwner(ctx context.Context, name string) (id int64, err error) {
	if _, err = db.pool.Exec(ctx, "INSERT INTO owners (name) VALUES ($1) ON CONFLICT DO NOTHING", name); err != nil {
		return 0, err
	}
	if id, err = db.ownerID(ctx, name); err != nil {
		return 0, err
	}
	return id, db.store(id).write(ctx, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, "INSERT INTO indexes (owner) VALUES ($1) ON CONFLICT DO NOTHING", id)
		return err
	})
}

// Close leaves the database open, unless it was opened for this owner alone.
func (s *Store) Close() error { return s.close() }

// write runs f in a transaction, which is committed if f succeeds. F may run
// several times; see retried.
func (s *Store) write(ctx context.Context, f func(pgx.Tx) error) error {
	return retried(ctx, func() error { return s.writeOnce(ctx, f) })
}

func (s *Store) writeOnce(ctx context.Context, f func(pgx.Tx) error) error {
	tx, err := s.db.pool.BeginTx(ctx, s.begin)
	if broken(err) {
		tx, err = s.db.pool.BeginTx(ctx, s.begin)
	}
	if err != nil {
		return err
	}
	if err := f(tx); err != nil {
		_ = tx.Rollback(context.WithoutCancel(ctx)) // otherwise the connection is closed, which also rolls back
		return err
	}
	return tx.Commit(ctx)
}

// question is a query with a function for its rows. It may be sent twice, so
// changing something twice must be harmless.
type question struct {
	sql  string
	args []any
	each func(pgx.CollectableRow) error
}

// ask sends questions together and passes their rows on. They are one
// transaction, in which each question sees what was committed before it.
func (s *Store) ask(ctx context.Context, questions ...question) error {
	told := false
	send := func() error {
		batch := &pgx.Batch{}
		batch.Queue("SELECT set_config('daybook.owner', $1, true)", fmt.Sprint(s.owner))
		for _, q := range questions {
			batch.Queue(q.sql, q.args...).Query(func(rows pgx.Rows) error {
				return drain(rows, func(row pgx.CollectableRow) error {
					told = true
					if q.each == nil {
						return nil
					}
					return q.each(row)
				})
			})
		}
		if s.fixed {
			return s.write(ctx, func(tx pgx.Tx) error { return tx.SendBatch(ctx, batch).Close() })
		}
		return s.db.pool.SendBatch(ctx, batch).Close()
	}
	var err error
	_ = retried(ctx, func() error {
		if err = send(); told {
			return nil // rows were passed on, so don't repeat
		}
		return err
	})
	if broken(err) && !told {
		err = send()
	}
	return err
}

// each asks one question.
func (s *Store) each(ctx context.Context, f func(pgx.CollectableRow) error, sql string, args ...any) error {
	return s.ask(ctx, question{sql, args, f})
}

// one scans the only row of a question, or returns pgx.ErrNoRows.
func (s *Store) one(ctx context.Context, sql string, args []any, into ...any) error {
	found := false
	err := s.each(ctx, func(row pgx.CollectableRow) error {
		found = true
		return row.Scan(into...)
	}, sql, args...)
	if err == nil && !found {
		err = pgx.ErrNoRows
	}
	return err
}

func drain(rows pgx.Rows, f func(pgx.CollectableRow) error) error {
	defer rows.Close()
	for rows.Next() {
		if err := f(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}
