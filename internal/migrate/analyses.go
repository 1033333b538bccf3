package migrate

import (
	"context"
	"maps"
	"math"
	"slices"
	"time"

	"daybook/internal/store"
)

// analysed is an analysis with its steps and results.
type analysed struct {
	Analysis store.Analysis
	Steps    []store.AnalysisStep
	Results  map[string]store.StepResult
}

func loadAnalysis(ctx context.Context, s store.Store, a store.Analysis) (out analysed, err error) {
	out.Analysis = a
	if out.Steps, err = s.Steps(ctx, a.ID); err != nil {
		return out, err
	}
	keys := map[string]bool{}
	for _, step := range out.Steps {
		if step.Key != "" {
			keys[step.Key] = true
		}
	}
	out.Results, err = s.StepResults(ctx, slices.Sorted(maps.Keys(keys)))
	return out, err
}

func (m *migration) copyAnalyses(ctx context.Context) (written int, err error) {
	from, err := m.from.Analyses(ctx)
	if err != nil {
		return 0, err
	}
	there, err := digests(ctx, m.to)
	if err != nil {
		return 0, err
	}
	for i, a := range from {
		m.progress(Progress{"Copying the analyses", i, len(from)})
		one, err := loadAnalysis(ctx, m.from, a)
		if err != nil {
			return written, err
		}
		other, ok := there[a.ID]
		if ok && other.digest == digest(one) {
			continue
		}
		if ok && other.updated.After(a.Updated) {
			m.analyses[a.ID] = true
			continue
		}
		if err := m.putAnalysis(ctx, one); err != nil {
			return written, err
		}
		written++
	}
	return written, nil
}

func (m *migration) putAnalysis(ctx context.Context, a analysed) error {
	return m.to.WriteAnalysis(ctx, store.AnalysisChange{
		ID: a.Analysis.ID, Head: &a.Analysis, Steps: append([]store.AnalysisStep{}, a.Steps...), Results: slices.Collect(maps.Values(a.Results)),
	})
}

// digested is the digest of an analysis, and when it was last updated.
type digested struct {
	digest  [32]byte
	updated time.Time
}

// digests returns the digests of all analyses by ID.
func digests(ctx context.Context, s store.Store) (map[string]digested, error) {
	all, err := s.Analyses(ctx)
	if err != nil {
		return nil, err
	}
	out := map[string]digested{}
	for _, a := range all {
		one, err := loadAnalysis(ctx, s, a)
		if err != nil {
			return nil, err
		}
		out[a.ID] = digested{digest(one), a.Updated}
	}
	return out, nil
}

func (m *migration) sumAnalyses(ctx context.Context, s store.Store) (out sum, err error) {
	wanted, err := m.from.Analyses(ctx)
	if err != nil {
		return out, err
	}
	all, err := digests(ctx, s)
	for _, a := range wanted {
		if d, ok := all[a.ID]; ok && !m.analyses[a.ID] {
			out.add(d.digest)
		}
	}
	return out, err
}

// used identifies a count of usage.
type used struct{ day, model, task string }

func usage(ctx context.Context, s store.Store) (map[used]store.Use, error) {
	all, err := s.UsedSince(ctx, "")
	if err != nil {
		return nil, err
	}
	out := map[used]store.Use{}
	for _, u := range all {
		out[used{u.Day, u.Model, u.Task}] = u
	}
	return out, nil
}

// more returns by how much u exceeds there. It is false if there has something
// that u lacks: then both stores counted on their own.
func more(u, there store.Use) (store.Use, bool) {
	u.Calls -= there.Calls
	u.InputTokens -= there.InputTokens
	u.OutputTokens -= there.OutputTokens
	u.Cost -= there.Cost
	return u, u.Calls >= 0 && u.InputTokens >= 0 && u.OutputTokens >= 0 && u.Cost > -1e-9
}

// copyUsage copies the usage of the models. A count that only grew in the first
// store since it was copied is raised to it. If the second store also counted
// on its own, its share of the first one's is unknown.
func (m *migration) copyUsage(ctx context.Context) (written int, err error) {
	from, err := usage(ctx, m.from)
	if err != nil {
		return 0, err
	}
	to, err := usage(ctx, m.to)
	if err != nil {
		return 0, err
	}
	for key, u := range from {
		there := to[key]
		if near(there, u) {
			continue
		}
		left, ok := more(u, there)
		if !ok {
			m.apart[key] = true
			continue
		}
		if err := m.to.WriteLedger(ctx, store.LedgerBatch{Used: []store.Use{left}}); err != nil {
			return written, err
		}
		written++
	}
	return written, nil
}

func (m *migration) sumUsage(ctx context.Context, s store.Store) (out sum, err error) {
	wanted, err := usage(ctx, m.from)
	if err != nil {
		return out, err
	}
	all, err := usage(ctx, s)
	for key, u := range all {
		if w, ok := wanted[key]; ok && !m.apart[key] {
			if near(u, w) {
				u = w
			}
			out.add(digest(u))
		}
	}
	return out, err
}

// near reports whether two counts are the same except for rounding of the cost.
func near(a, b store.Use) bool {
	same := math.Abs(a.Cost-b.Cost) < 1e-9
	a.Cost, b.Cost = 0, 0
	return same && a == b
}
