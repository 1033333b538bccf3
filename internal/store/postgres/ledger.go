package postgres

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"daybook/internal/llm/budget"
)

// Ledger returns the shared budget of a model for the servers of an
// installation.
func (db *DB) Ledger(model string) budget.Ledger { return &ledger{db, model} }

type ledger struct {
	db    *DB
	model string
}

// Charge charges the tokens if the limits leave room, by the database's clock.
func (l *ledger) Charge(ctx context.Context, limits budget.Limits, tokens int) (c budget.Charge, wait time.Duration, err error) {
	err = l.db.change(ctx, func(tx pgx.Tx) error {
		c = nil
		if _, err := tx.Exec(ctx, "INSERT INTO budgets (name) VALUES ($1) ON CONFLICT DO NOTHING", l.model); err != nil {
			return err
		}
		// One server calculates at a time.
		if _, err := tx.Exec(ctx, "SELECT FROM budgets WHERE name = $1 FOR UPDATE", l.model); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, "DELETE FROM charges WHERE budget = $1 AND at <= clock_timestamp() - $2::interval", l.model, budget.Window); err != nil {
			return err
		}
		rows, err := tx.Query(ctx, "SELECT clock_timestamp() - at, tokens FROM charges WHERE budget = $1 ORDER BY at", l.model)
		if err != nil {
			return err
		}
		used, err := pgx.CollectRows(rows, pgx.RowToStructByPos[budget.Used])
		if err != nil {
			return err
		}
		if wait = budget.Wait(limits, used, tokens); wait > 0 {
			return nil
		}
		id := uuid.New()
		c = &charge{l, id}
		_, err = tx.Exec(ctx, "INSERT INTO charges (id, budget, at, tokens) VALUES ($1, $2, clock_timestamp(), $3)", id, l.model, tokens)
		return err
	})
	if err != nil {
		return nil, 0, wrap("charge a model's budget", err)
	}
	return c, wait, nil
}

type charge struct {
	ledger *ledger
	id     uuid.UUID
}

// Settle replaces the charged tokens. If it fails, the higher estimate stays
// charged, which is safe.
func (c *charge) Settle(tokens int) {
	ctx, cancel := context.WithTimeout(context.Background(), connectWithin)
	defer cancel()
	_, _ = c.ledger.db.pool.Exec(ctx, "UPDATE charges SET tokens = $2 WHERE id = $1", c.id, tokens)
}
