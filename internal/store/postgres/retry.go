package postgres

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// The codes of transactions that the server rolled back because of another.
const (
	deadlock      = "40P01"
	serialization = "40001"
)

const (
	// tries is how often a transaction is tried that the server rolls back.
	tries = 5
	// firstPause is the longest pause before the second try. It doubles with
	// each.
	firstPause = 10 * time.Millisecond
)

// retried calls f again while the server rolls it back because of another
// transaction, up to tries times. What f does outside of the database must be
// safe to repeat.
func retried(ctx context.Context, f func() error) error {
	for n := 0; ; n++ {
		err := f()
		if !rolledBack(err) || n == tries-1 {
			return err
		}
		select {
		case <-time.After(rand.N(firstPause << n)):
		case <-ctx.Done():
			return err
		}
	}
}

// rolledBack reports whether the server rolled a transaction back because of
// another, so that nothing of it is stored.
func rolledBack(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && slices.Contains([]string{deadlock, serialization}, pg.Code)
}
