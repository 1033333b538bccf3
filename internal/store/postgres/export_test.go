package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// HoldLeasesFor has tests wait less.
func (db *DB) HoldLeasesFor(d time.Duration) { db.leaseFor = d }

// IndexFrom has an index of vectors made of fewer.
func (db *DB) IndexFrom(n int) { db.worthIndexing = n }

// Retried is retried.
func Retried(ctx context.Context, f func() error) error { return retried(ctx, f) }

// Pool are the connections.
func (db *DB) Pool() *pgxpool.Pool { return db.pool }
