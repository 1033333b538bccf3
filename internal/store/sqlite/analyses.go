package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"

	"daybook/internal/store"
)

var (
	_ store.Analyses = (*Records)(nil)
	_ store.Usage    = (*Records)(nil)
)

// WriteAnalysis applies a change of an analysis.
func (s *Records) WriteAnalysis(ctx context.Context, c store.AnalysisChange) error {
	err := s.db.write(ctx, func(tx *sql.Tx) error {
		if c.Delete {
			return s.deleteAnalysis(ctx, tx, c.ID)
		}
		if c.Head != nil {
			if err := putHead(ctx, tx, c.Head); err != nil {
				return err
			}
		}
		if c.Steps != nil {
			if err := putSteps(ctx, tx, c.ID, c.Steps); err != nil {
				return err
			}
		}
		if st := c.Step; st != nil {
			changed, err := tx.ExecContext(ctx, "UPDATE analysis_steps SET status = ?, error = ?, key = ? WHERE analysis = ? AND id = ?",
				st.Status, st.Error, st.Key, c.ID, st.ID)
			if err != nil {
				return err
			}
			if n, err := changed.RowsAffected(); err != nil || n == 0 {
				return err
			}
		}
		for i := range c.Results {
			if err := putResult(ctx, tx, &c.Results[i]); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil && c.Head != nil {
		s.added(ctx, false)
	}
	return wrap("keep a change of an analysis", err)
}

func putHead(ctx context.Context, tx *sql.Tx, a *store.Analysis) error {
	account := sql.NullString{String: string(a.Account), Valid: a.Account != nil}
	// Not INSERT OR REPLACE, which would take the steps with it.
	_, err := tx.ExecContext(ctx, `INSERT INTO analyses (id, request, status, error, account, created, updated) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET
		request = excluded.request, status = excluded.status, error = excluded.error, account = excluded.account,
		created = excluded.created, updated = excluded.updated`,
		a.ID, string(a.Request), a.Status, a.Error, account, a.Created.UnixMicro(), a.Updated.UnixMicro())
	return err
}

// Analyses returns heads, without damaged ones.
func (s *Records) Analyses(ctx context.Context, ids ...string) ([]store.Analysis, error) {
	where, args, err := named("id", ids)
	if err != nil {
		return nil, err
	}
	var list []store.Analysis
	err = s.db.each(ctx, func(rows *sql.Rows) error {
		var a store.Analysis
		var account sql.NullString
		var created, updated int64
		if err := rows.Scan(&a.ID, &a.Request, &a.Status, &a.Error, &account, &created, &updated); err != nil {
			return err
		}
		if account.Valid {
			a.Account = []byte(account.String)
		}
		a.Created, a.Updated = time.UnixMicro(created).UTC(), time.UnixMicro(updated).UTC()
		list = append(list, a)
		return nil
	}, "SELECT id, request, status, error, account, created, updated FROM analyses WHERE sum IS daybook_sum(id, request, status, error, account, created, updated)"+where+" ORDER BY created DESC, id", args...)
	return list, wrap("load the analyses", err)
}

// deleteAnalysis erases an analysis.
func (s *Records) deleteAnalysis(ctx context.Context, tx *sql.Tx, id string) error {
	if err := mustChange(ctx, tx, "analysis", "DELETE FROM analyses WHERE id = ?", id); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, "DELETE FROM step_results WHERE NOT EXISTS (SELECT 1 FROM analysis_steps s WHERE s.key = step_results.key)")
	if err != nil {
		return err
	}
	return s.removing(ctx, tx, "analyses", func(c *counts) *int { return &c.Analyses })
}

// putSteps stores all steps of an analysis.
func putSteps(ctx context.Context, tx *sql.Tx, id string, steps []store.AnalysisStep) error {
	if _, err := tx.ExecContext(ctx, "DELETE FROM analysis_steps WHERE analysis = ?", id); err != nil {
		return err
	}
	put, err := tx.PrepareContext(ctx, "INSERT INTO analysis_steps (analysis, place, id, kind, name, year, period, status, error, key, entries) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
	if err != nil {
		return err
	}
	defer put.Close()
	for i, st := range steps {
		entries, err := json.Marshal(st.Entries)
		if err != nil {
			return err
		}
		_, err = put.ExecContext(ctx, id, i, st.ID, st.Kind, st.Name, st.Year, st.Period, st.Status, st.Error, st.Key, string(entries))
		if err != nil {
			return err
		}
	}
	return nil
}

func putResult(ctx context.Context, tx *sql.Tx, r *store.StepResult) error {
	if _, err := tx.ExecContext(ctx, "DELETE FROM step_results WHERE key = ?", r.Key); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, "INSERT INTO step_results (key, body, input_tokens, output_tokens, calls) VALUES (?, ?, ?, ?, ?)", r.Key, r.Body, r.InputTokens, r.OutputTokens, r.Calls)
	if err != nil {
		return err
	}
	put, err := tx.PrepareContext(ctx, "INSERT OR IGNORE INTO step_reads (entry, key) VALUES (?, ?)")
	if err != nil {
		return err
	}
	defer put.Close()
	for _, entry := range r.Entries {
		if _, err := put.ExecContext(ctx, entry, r.Key); err != nil {
			return err
		}
	}
	return nil
}

// Steps returns the steps of an analysis.
func (s *Records) Steps(ctx context.Context, id string) ([]store.AnalysisStep, error) {
	var list []store.AnalysisStep
	err := s.db.each(ctx, func(rows *sql.Rows) error {
		var st store.AnalysisStep
		var entries sql.RawBytes
		if err := rows.Scan(&st.ID, &st.Kind, &st.Name, &st.Year, &st.Period, &st.Status, &st.Error, &st.Key, &entries); err != nil {
			return err
		}
		list = append(list, st)
		return json.Unmarshal(entries, &list[len(list)-1].Entries)
	}, "SELECT id, kind, name, year, period, status, error, key, entries FROM analysis_steps WHERE analysis = ? ORDER BY place", id)
	return list, wrap("load the steps of an analysis", err)
}

// keysAtOnce bounds the parameters of a statement.
const keysAtOnce = 500

// StepResults returns the results of steps.
func (s *Records) StepResults(ctx context.Context, keys []string) (map[string]store.StepResult, error) {
	out := make(map[string]store.StepResult, len(keys))
	for len(keys) > 0 {
		some := keys[:min(len(keys), keysAtOnce)]
		keys = keys[len(some):]
		list, err := json.Marshal(some)
		if err != nil {
			return nil, wrap("load what steps said", err)
		}
		err = s.db.each(ctx, func(rows *sql.Rows) error {
			var r store.StepResult
			if err := rows.Scan(&r.Key, &r.Body, &r.InputTokens, &r.OutputTokens, &r.Calls); err != nil {
				return err
			}
			out[r.Key] = r
			return nil
		}, "SELECT key, body, input_tokens, output_tokens, calls FROM step_results WHERE key IN (SELECT value FROM json_each(?)) AND sum IS daybook_sum(key, body, input_tokens, output_tokens, calls)", string(list))
		if err != nil {
			return nil, wrap("load what steps said", err)
		}
	}
	return out, s.reads(ctx, out)
}

// reads fills in the entries of results.
func (s *Records) reads(ctx context.Context, results map[string]store.StepResult) error {
	for key, r := range results {
		err := s.db.each(ctx, func(rows *sql.Rows) error {
			var id string
			err := rows.Scan(&id)
			r.Entries = append(r.Entries, id)
			return err
		}, "SELECT entry FROM step_reads WHERE key = ? ORDER BY entry", key)
		if err != nil {
			return wrap("load what steps read", err)
		}
		results[key] = r
	}
	return nil
}

// ForgetEntries erases the results based on entries.
func (s *Records) ForgetEntries(ctx context.Context, entryIDs []string) ([]string, error) {
	if len(entryIDs) == 0 {
		return nil, nil
	}
	ids, err := json.Marshal(entryIDs)
	if err != nil {
		return nil, wrap("forget entries", err)
	}
	var touched []string
	err = s.db.write(ctx, func(tx *sql.Tx) error {
		err := each(ctx, tx, func(rows *sql.Rows) error {
			var id string
			err := rows.Scan(&id)
			touched = append(touched, id)
			return err
		}, `SELECT DISTINCT s.analysis FROM analysis_steps s JOIN step_reads r ON r.key = s.key
			WHERE r.entry IN (SELECT value FROM json_each(?)) ORDER BY s.analysis`, string(ids))
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `DELETE FROM step_results WHERE key IN
			(SELECT key FROM step_reads WHERE entry IN (SELECT value FROM json_each(?)))`, string(ids))
		return err
	})
	return touched, wrap("forget entries", err)
}

// UsedSince returns the usage since a day.
func (s *Records) UsedSince(ctx context.Context, day string) ([]store.Use, error) {
	var list []store.Use
	err := s.db.each(ctx, func(rows *sql.Rows) error {
		var u store.Use
		err := rows.Scan(&u.Day, &u.Model, &u.Task, &u.Calls, &u.InputTokens, &u.OutputTokens, &u.Cost)
		list = append(list, u)
		return err
	}, "SELECT day, model, task, calls, input_tokens, output_tokens, cost FROM usage WHERE day >= ? ORDER BY day, model, task", day)
	return list, wrap("load what was used", err)
}
