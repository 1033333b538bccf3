package postgres

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"daybook/internal/store"
)

// leaseFor is how long a lease is valid without being renewed.
const leaseFor = 15 * time.Second

var _ store.Leases = (*Store)(nil)

// Lease takes one of the free leases.
func (s *Store) Lease(ctx context.Context, names ...string) (*store.Lease, error) {
	keys, holder := bytesList(names), uuid.New()
	var name []byte
	err := s.write(ctx, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO leases (owner, name, until) SELECT $1, u.name, '-infinity' FROM unnest($2::bytea[]) u (name)
			WHERE NOT EXISTS (SELECT FROM leases l WHERE l.owner = $1 AND l.name = u.name) ORDER BY u.name ON CONFLICT DO NOTHING`, s.owner, keys)
		if err != nil {
			return err
		}
		// Leases that are being taken at the moment are skipped, not waited
		// for.
		return tx.QueryRow(ctx, `UPDATE leases l SET holder = $3, until = clock_timestamp() + $4 FROM (
				SELECT l.name FROM unnest($2::bytea[]) WITH ORDINALITY u (name, at) JOIN leases l ON l.owner = $1 AND l.name = u.name
				WHERE l.until < clock_timestamp() ORDER BY u.at LIMIT 1 FOR UPDATE OF l SKIP LOCKED
			) free WHERE l.owner = $1 AND l.name = free.name RETURNING l.name`, s.owner, keys, holder, s.db.leaseFor).Scan(&name)
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, wrap("take a lease", err)
	}
	held, lose := context.WithCancelCause(ctx)
	renewing := make(chan struct{})
	go func() {
		defer close(renewing)
		s.renew(held, lose, name, holder)
	}()
	return &store.Lease{Name: string(name), Held: held, Release: func() {
		lose(errors.New("the lease was given back"))
		<-renewing
		// Otherwise it expires on its own, a little later.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), connectWithin)
		defer cancel()
		_ = s.do(ctx, "DELETE FROM leases WHERE owner = $1 AND name = $2 AND holder = $3", s.owner, name, holder)
	}}, nil
}

// errLost ends work under a lease that another server may have taken.
var errLost = errors.New("the lease was lost: the database could not be reached for too long")

// renew renews a lease until held ends. It ends held if that does not succeed
// in time.
func (s *Store) renew(held context.Context, lose context.CancelCauseFunc, name []byte, holder uuid.UUID) {
	ticker := time.NewTicker(s.db.leaseFor / 5)
	defer ticker.Stop()
	for end := time.Now().Add(s.db.leaseFor); ; {
		select {
		case <-held.Done():
			return
		case <-ticker.C:
		}
		began := time.Now()
		ctx, cancel := context.WithDeadline(held, end.Add(-s.db.leaseFor/5))
		var one int
		err := s.one(ctx, "UPDATE leases SET until = clock_timestamp() + $4 WHERE owner = $1 AND name = $2 AND holder = $3 RETURNING 1",
			[]any{s.owner, name, holder, s.db.leaseFor}, &one)
		cancel()
		switch {
		case err == nil:
			end = began.Add(s.db.leaseFor)
		case errors.Is(err, pgx.ErrNoRows), time.Until(end) < 2*s.db.leaseFor/5:
			lose(errLost)
			return
		}
	}
}
