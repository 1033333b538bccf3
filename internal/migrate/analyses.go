package migrate

import (
	"context"
	"maps"
	"slices"

	"daybook/internal/store"
)

// analysed is an analysis with everything of it.
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
		if there[a.ID] == digest(one) {
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
	if err := m.to.PutAnalysis(ctx, a.Analysis); err != nil {
		return err
	}
	if err := m.to.PutSteps(ctx, a.Analysis.ID, a.Steps); err != nil {
		return err
	}
	for _, step := range a.Steps {
		if result, ok := a.Results[step.Key]; ok {
			if err := m.to.PutStep(ctx, a.Analysis.ID, step, &result); err != nil {
				return err
			}
		}
	}
	return m.to.PutAnalysis(ctx, a.Analysis) // as it was: what was done to it may have changed its times
}

// digests digests all analyses, by ID.
func digests(ctx context.Context, s store.Store) (map[string][32]byte, error) {
	all, err := s.Analyses(ctx)
	if err != nil {
		return nil, err
	}
	out := map[string][32]byte{}
	for _, a := range all {
		one, err := loadAnalysis(ctx, s, a)
		if err != nil {
			return nil, err
		}
		out[a.ID] = digest(one)
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
		if d, ok := all[a.ID]; ok {
			out.add(d)
		}
	}
	return out, err
}

// used names what was used.
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

// copyUsage copies what was used of the models. Where the second store counted
// on the same day as well, it goes on counting by itself.
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
		switch there, ok := to[key]; {
		case !ok:
			if err := m.to.AddUse(ctx, u); err != nil {
				return written, err
			}
			written++
		case there != u:
			m.apart[key] = true
		}
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
		if _, ok := wanted[key]; ok && !m.apart[key] {
			out.add(digest(u))
		}
	}
	return out, err
}
