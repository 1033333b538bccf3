package analysis

import (
	"context"
	"encoding/json"
	"fmt"

	"daybook"
	"daybook/internal/store"
)

// List returns all analyses, the latest first.
func (s *Service) List(ctx context.Context) ([]Overview, error) {
	heads, err := s.Store.Analyses(ctx)
	if err != nil {
		return nil, err
	}
	list := make([]Overview, 0, len(heads))
	for _, h := range heads {
		if r := s.running(h.ID); r != nil {
			if a := r.live(); a != nil {
				list = append(list, a.Overview)
				continue
			}
		}
		req, err := requestOf(h)
		if err != nil {
			return nil, err
		}
		acc, err := accountOf(h)
		if err != nil {
			return nil, err
		}
		list = append(list, overviewOf(h, req, acc))
	}
	return list, nil
}

func accountOf(head store.Analysis) (acc account, err error) {
	if head.Account == nil {
		return acc, nil
	}
	if err := json.Unmarshal(head.Account, &acc); err != nil {
		return acc, fmt.Errorf("read the account of an analysis: %w", err)
	}
	return acc, nil
}

func (s *Service) running(id string) *run {
	s.mu.Lock()
	defer s.mu.Unlock()
	if l := s.runs[id]; l != nil {
		return l.run
	}
	return nil
}

// live returns a snapshot of a run, or nil before it has a plan and after it
// ended.
func (r *run) live() *Analysis {
	r.mu.Lock()
	planned := r.plan != nil && len(r.states) > 0 && !Status(r.head.Status).Over()
	r.mu.Unlock()
	if !planned {
		return nil
	}
	return r.snapshot()
}

// Get returns an analysis, or a daybook.NotFound error.
func (s *Service) Get(ctx context.Context, id string) (Analysis, error) {
	if r := s.running(id); r != nil {
		if a := r.live(); a != nil {
			return *a, nil
		}
	}
	return s.stored(ctx, id)
}

// stored returns an analysis from the store.
func (s *Service) stored(ctx context.Context, id string) (Analysis, error) {
	head, err := store.AnalysisOf(ctx, s.Store, id)
	if err != nil {
		return Analysis{}, err
	}
	req, err := requestOf(head)
	if err != nil {
		return Analysis{}, err
	}
	acc, err := accountOf(head)
	if err != nil {
		return Analysis{}, err
	}
	steps, results, err := s.storedSteps(ctx, id)
	if err != nil {
		return Analysis{}, err
	}
	out := Analysis{Overview: overviewOf(head, req, acc), Steps: make([]Step, len(steps))}
	a := assembly{request: req}
	done := 0
	for i, st := range steps {
		var known *said
		if body := results[st.Key].Body; body != nil {
			if known, err = readSaid(body); err != nil {
				return Analysis{}, err
			}
		} else if st.Status == string(StepDone) || st.Status == string(StepCached) {
			st.Status, st.Error = string(StepFailed), erasedWhy
		}
		if st.Status != string(StepWaiting) {
			done++
		}
		out.Steps[i] = stepOf(st, known)
		a.add(st, known)
	}
	if !out.Status.Over() {
		out.Progress = Progress{len(steps), done}
	}
	out.Result = a.result()
	return out, nil
}

// storedSteps loads the steps of an analysis and their answers, by key.
func (s *Service) storedSteps(ctx context.Context, id string) (steps []store.AnalysisStep, results map[string]store.StepResult, err error) {
	if steps, err = s.Store.Steps(ctx, id); err != nil {
		return nil, nil, err
	}
	var keys []string
	for _, st := range steps {
		if st.Key != "" {
			keys = append(keys, st.Key)
		}
	}
	results, err = s.Store.StepResults(ctx, keys)
	return steps, results, err
}

const erasedWhy = "An entry that this step read was deleted, and what the step said is erased with it."

func requestOf(head store.Analysis) (req Request, err error) {
	if err := json.Unmarshal(head.Request, &req); err != nil {
		return req, fmt.Errorf("read the request of an analysis: %w", err)
	}
	return req, nil
}

// load returns the entries that match a request, with their texts, and the
// private ones, which its model may not read, separately.
func (s *Service) load(ctx context.Context, req Request) (entries, private []daybook.Entry, err error) {
	entries, err = s.Store.Newest(ctx, filterOf(req), 0)
	if err != nil {
		return nil, nil, fmt.Errorf("load the entries to analyse: %w", err)
	}
	if req.Provider == Offline {
		return entries, nil, nil
	}
	if entries, private, err = s.Guard.Split(ctx, entries); err != nil {
		return nil, nil, fmt.Errorf("check which entries are private: %w", err)
	}
	texts := make([]string, len(entries))
	for i, e := range entries {
		texts[i] = frame(e, e.Text, 1, 1)
	}
	return entries, private, s.counts.warm(ctx, texts)
}

func filterOf(req Request) store.Filter {
	f := store.Filter{Kind: daybook.Daily, Tags: req.Tags}
	if len(req.Periods) > 0 {
		for _, p := range req.Periods {
			f.Days = append(f.Days, daybook.DateRange{From: p.From, To: p.To})
		}
	} else if !req.From.IsZero() || !req.To.IsZero() {
		f.Days = []daybook.DateRange{{From: req.From, To: req.To}}
	}
	return f
}
