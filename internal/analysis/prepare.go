package analysis

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"daybook"
	"daybook/internal/llm"
	"daybook/internal/store"
)

// prepare loads the entries in range and plans.
func (r *run) prepare(ctx context.Context) error {
	entries, private, err := r.s.load(ctx, r.req)
	if err != nil {
		return err
	}
	made := planner{r.req, r.ask.sizes, cutter{r.ask.sizes.chunk, r.s.counts.count}}.plan(entries)
	made.hide(private)
	r.byID = make(map[string]daybook.Entry, len(entries))
	for _, e := range entries {
		r.byID[e.ID] = e
	}
	before, err := r.before(ctx)
	if err != nil {
		return err
	}
	r.mu.Lock()
	r.plan, r.states, r.gone = made, map[*node]*state{}, map[string]bool{}
	for key, result := range before {
		r.paid[key] = true
		if !r.begun { // otherwise it was counted when it was answered
			r.used.InputTokens += result.InputTokens
			r.used.OutputTokens += result.OutputTokens
			r.calls += result.Calls
		}
	}
	r.begun = true
	for _, n := range r.plan.steps {
		r.states[n] = &state{status: StepWaiting}
	}
	r.mu.Unlock()
	if err := r.keep(ctx); err != nil {
		return err
	}
	if err := r.putHead(ctx, Running, ""); err != nil {
		return err
	}
	r.events.Add(Event{Plan: r.snapshot()})
	return nil
}

// before returns the answers that this analysis had before it was resumed.
func (r *run) before(ctx context.Context) (map[string]store.StepResult, error) {
	steps, err := r.s.Store.Steps(ctx, r.head.ID)
	if err != nil {
		return nil, err
	}
	var keys []string
	for _, st := range steps {
		if st.Status == string(StepDone) && st.Key != "" {
			keys = append(keys, st.Key)
		}
	}
	return r.s.Store.StepResults(ctx, keys)
}

// keep stores all steps.
func (r *run) keep(ctx context.Context) error {
	r.mu.Lock()
	list := make([]store.AnalysisStep, len(r.plan.steps))
	for i, n := range r.plan.steps {
		list[i] = n.stored(r.states[n])
	}
	r.mu.Unlock()
	return r.s.Store.WriteAnalysis(ctx, store.AnalysisChange{ID: r.head.ID, Steps: list})
}

// stored returns a step for the store, which doesn't record that it is running.
func (n *node) stored(st *state) store.AnalysisStep {
	out := store.AnalysisStep{
		ID: n.id, Kind: string(n.kind), Name: n.name, Year: n.year, Period: n.period,
		Status: string(st.status), Error: st.why, Key: st.key, Entries: n.ids,
	}
	if st.status == StepRunning {
		out.Status = string(StepWaiting)
	}
	return out
}

// briefing gets the briefs of the analysts, from the store or from the model.
func (r *run) briefing(ctx context.Context) error {
	r.begin(r.plan.prompt)
	o := r.step(ctx, r.plan.prompt)
	r.settle(o)
	var provider *llm.Error
	switch {
	case o.err == nil && o.said != nil && o.said.Brief != nil:
		r.brief = *o.said.Brief
		return nil
	case o.err == nil:
		return context.Cause(ctx)
	case daybook.KindOf(o.err) != daybook.Upstream:
		return o.err
	case errors.As(o.err, &provider):
		if provider.Down || forGood(provider) {
			return o.err
		}
	}
	r.s.Log.Warn("analyse without a brief", "err", o.err)
	r.brief = withoutBrief
	return nil
}

// recall marks the chunks with cached answers.
func (r *run) recall(ctx context.Context) error {
	keys := map[string]*node{}
	var list []string
	for _, n := range r.plan.steps {
		if n.chunk == nil {
			continue
		}
		req, err := r.ask.chunk(r.brief, n.chunk)
		if err != nil {
			return err
		}
		key := keyOf(r.ask.model.Ref, req, n.ids)
		keys[key], list = n, append(list, key)
	}
	results, err := r.s.Store.StepResults(ctx, list)
	if err != nil {
		return err
	}
	for key, result := range results {
		known, err := readSaid(result.Body)
		if err != nil || known.Cut {
			continue
		}
		r.mu.Lock()
		*r.states[keys[key]] = state{status: r.foundAs(key), key: key, said: known}
		r.mu.Unlock()
	}
	if err := r.keep(ctx); err != nil {
		return err
	}
	for _, n := range r.plan.steps {
		if n.chunk != nil && r.states[n].said != nil {
			r.tell(n)
		}
	}
	return nil
}

// foundAs returns the status of a step with a stored answer.
func (r *run) foundAs(key string) StepStatus {
	if r.paid[key] {
		return StepDone
	}
	return StepCached
}

func readSaid(body []byte) (*said, error) {
	out := &said{}
	if err := json.Unmarshal(body, out); err != nil {
		return nil, fmt.Errorf("read the answer of a step: %w", err)
	}
	return out, nil
}
