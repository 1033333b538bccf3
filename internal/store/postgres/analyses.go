package postgres

import (
	"context"
	"encoding/json"

	"github.com/jackc/pgx/v5"

	"daybook/internal/store"
)

var (
	_ store.Analyses = (*Store)(nil)
	_ store.Usage    = (*Store)(nil)
)

// WriteAnalysis applies a change of an analysis.
func (s *Store) WriteAnalysis(ctx context.Context, c store.AnalysisChange) error {
	err := s.write(ctx, func(tx pgx.Tx) error {
		if c.Delete {
			return s.deleteAnalysis(ctx, tx, c.ID)
		}
		batch := &pgx.Batch{}
		if a := c.Head; a != nil {
			batch.Queue(`INSERT INTO analyses (owner, id, request, status, error, account, created, updated)
				VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (owner, id) DO UPDATE SET
				request = excluded.request, status = excluded.status, error = excluded.error, account = excluded.account,
				created = excluded.created, updated = excluded.updated`,
				s.owner, []byte(a.ID), append([]byte{}, a.Request...), []byte(a.Status), []byte(a.Error), a.Account, a.Created.UnixMicro(), a.Updated.UnixMicro())
		}
		if c.Steps != nil {
			if err := s.putSteps(batch, &c); err != nil {
				return err
			}
		}
		if err := tx.SendBatch(ctx, batch).Close(); err != nil {
			return err
		}
		if st := c.Step; st != nil {
			tag, err := tx.Exec(ctx, "UPDATE analysis_steps SET status = $4, error = $5, key = $6 WHERE owner = $1 AND analysis = $2 AND id = $3",
				s.owner, []byte(c.ID), []byte(st.ID), []byte(st.Status), []byte(st.Error), []byte(st.Key))
			if err != nil || tag.RowsAffected() == 0 {
				return err
			}
		}
		batch = &pgx.Batch{}
		for i := range c.Results {
			s.putResult(batch, &c.Results[i])
		}
		return tx.SendBatch(ctx, batch).Close()
	})
	return wrap("keep a change of an analysis", err)
}

// Analyses returns heads.
func (s *Store) Analyses(ctx context.Context, ids ...string) ([]store.Analysis, error) {
	var list []store.Analysis
	err := s.each(ctx, func(row pgx.CollectableRow) error {
		var a store.Analysis
		var id, status, trouble []byte
		var created, updated int64
		err := row.Scan(&id, &a.Request, &status, &trouble, &a.Account, &created, &updated)
		a.ID, a.Status, a.Error, a.Created, a.Updated = string(id), string(status), string(trouble), timeOf(created), timeOf(updated)
		list = append(list, a)
		return err
	}, "SELECT id, request, status, error, account, created, updated FROM analyses WHERE owner = $1 AND ($2::bytea[] IS NULL OR id = ANY($2)) ORDER BY created DESC, id", s.owner, bytesList(ids))
	return list, wrap("load the analyses", err)
}

// deleteAnalysis erases an analysis.
func (s *Store) deleteAnalysis(ctx context.Context, tx pgx.Tx, id string) error {
	if err := mustChange(ctx, tx, "analysis", "DELETE FROM analyses WHERE owner = $1 AND id = $2", s.owner, []byte(id)); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `DELETE FROM step_results r WHERE r.owner = $1
		AND NOT EXISTS (SELECT FROM analysis_steps s WHERE s.owner = $1 AND s.key = r.key)`, s.owner)
	return err
}

// putSteps stores all steps of an analysis.
func (s *Store) putSteps(batch *pgx.Batch, c *store.AnalysisChange) error {
	batch.Queue("DELETE FROM analysis_steps WHERE owner = $1 AND analysis = $2", s.owner, []byte(c.ID))
	for i, st := range c.Steps {
		entries, err := json.Marshal(st.Entries)
		if err != nil {
			return err
		}
		batch.Queue(`INSERT INTO analysis_steps (owner, analysis, place, id, kind, name, year, period, status, error, key, entries)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`, s.owner, []byte(c.ID), i,
			[]byte(st.ID), []byte(st.Kind), []byte(st.Name), st.Year, st.Period, []byte(st.Status), []byte(st.Error), []byte(st.Key), entries)
	}
	return nil
}

func (s *Store) putResult(batch *pgx.Batch, r *store.StepResult) {
	key := []byte(r.Key)
	batch.Queue("DELETE FROM step_results WHERE owner = $1 AND key = $2", s.owner, key)
	batch.Queue("INSERT INTO step_results (owner, key, body, input_tokens, output_tokens, calls) VALUES ($1, $2, $3, $4, $5, $6)",
		s.owner, key, append([]byte{}, r.Body...), r.InputTokens, r.OutputTokens, r.Calls)
	batch.Queue("INSERT INTO step_reads (owner, entry, key) SELECT $1, entry, $2 FROM unnest($3::bytea[]) entry ON CONFLICT DO NOTHING", s.owner, key, bytesList(r.Entries))
}

// Steps returns the steps of an analysis.
func (s *Store) Steps(ctx context.Context, id string) ([]store.AnalysisStep, error) {
	var list []store.AnalysisStep
	err := s.each(ctx, func(row pgx.CollectableRow) error {
		var st store.AnalysisStep
		var id, kind, name, status, trouble, key, entries []byte
		if err := row.Scan(&id, &kind, &name, &st.Year, &st.Period, &status, &trouble, &key, &entries); err != nil {
			return err
		}
		st.ID, st.Kind, st.Name, st.Status, st.Error, st.Key = string(id), string(kind), string(name), string(status), string(trouble), string(key)
		err := json.Unmarshal(entries, &st.Entries)
		list = append(list, st)
		return err
	}, "SELECT id, kind, name, year, period, status, error, key, entries FROM analysis_steps WHERE owner = $1 AND analysis = $2 ORDER BY place",
		s.owner, []byte(id))
	return list, wrap("load the steps of an analysis", err)
}

// StepResults returns the results of steps.
func (s *Store) StepResults(ctx context.Context, keys []string) (map[string]store.StepResult, error) {
	out := make(map[string]store.StepResult, len(keys))
	err := s.each(ctx, func(row pgx.CollectableRow) error {
		var r store.StepResult
		var key []byte
		var entries [][]byte
		err := row.Scan(&key, &r.Body, &r.InputTokens, &r.OutputTokens, &r.Calls, &entries)
		r.Key, r.Entries = string(key), stringsOf(entries)
		out[r.Key] = r
		return err
	}, `SELECT key, body, input_tokens, output_tokens, calls,
			(SELECT array_agg(s.entry ORDER BY s.entry) FROM step_reads s WHERE s.owner = r.owner AND s.key = r.key)
		FROM step_results r WHERE owner = $1 AND key = ANY($2)`, s.owner, bytesList(keys))
	return out, wrap("load what steps said", err)
}

// ForgetEntries erases the results based on entries.
func (s *Store) ForgetEntries(ctx context.Context, entryIDs []string) ([]string, error) {
	if len(entryIDs) == 0 {
		return nil, nil
	}
	var touched []string
	ids := bytesList(entryIDs)
	err := s.write(ctx, func(tx pgx.Tx) error {
		touched = nil
		rows, err := tx.Query(ctx, `SELECT DISTINCT s.analysis FROM analysis_steps s JOIN step_reads r ON r.owner = s.owner AND r.key = s.key
			WHERE s.owner = $1 AND r.entry = ANY($2) ORDER BY s.analysis`, s.owner, ids)
		if err != nil {
			return err
		}
		err = drain(rows, func(row pgx.CollectableRow) error {
			var id []byte
			err := row.Scan(&id)
			touched = append(touched, string(id))
			return err
		})
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, "DELETE FROM step_results WHERE owner = $1 AND key IN (SELECT key FROM step_reads WHERE owner = $1 AND entry = ANY($2))", s.owner, ids)
		return err
	})
	return touched, wrap("forget entries", err)
}

// UsedSince returns the usage since a day.
func (s *Store) UsedSince(ctx context.Context, day string) ([]store.Use, error) {
	var list []store.Use
	err := s.each(ctx, func(row pgx.CollectableRow) error {
		var u store.Use
		var day, model, task []byte
		err := row.Scan(&day, &model, &task, &u.Calls, &u.InputTokens, &u.OutputTokens, &u.Cost)
		u.Day, u.Model, u.Task = string(day), string(model), string(task)
		list = append(list, u)
		return err
	}, "SELECT day, model, task, calls, input_tokens, output_tokens, cost FROM usage WHERE owner = $1 AND day >= $2 ORDER BY day, model, task",
		s.owner, []byte(day))
	return list, wrap("load what was used", err)
}
