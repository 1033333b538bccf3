package analysis

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"daybook"
	"daybook/internal/store"
)

// account is what is stored of a run besides its steps.
type account struct {
	Account
	Steps int   `json:"steps"`
	Done  int   `json:"done"`
	Usage Usage `json:"usage"`
}

// over ends a run with the status for err.
func (r *run) over(ctx context.Context, err error) error {
	why := ""
	switch {
	case errors.Is(err, errStopping):
		return err
	case errors.Is(err, errCancelled):
		return r.end(context.WithoutCancel(ctx), Cancelled, cancelledWhy)
	case ctx.Err() != nil && context.Cause(ctx) != nil:
		return r.over(context.WithoutCancel(ctx), context.Cause(ctx))
	case err != nil:
		why = daybook.PublicMessage(err)
		if daybook.KindOf(err) == daybook.Internal {
			r.s.Log.Error("an analysis failed", "err", err)
		}
	}
	r.mu.Lock()
	result := r.states[r.plan.final].said != nil
	years := slices.ContainsFunc(r.plan.years, func(n *node) bool { return r.states[n].said != nil })
	failed := 0
	first := ""
	for _, n := range r.plan.steps {
		if st := r.states[n]; st.status == StepFailed {
			if n.kind != PromptStep { // the analysts can do without a brief
				failed++
			}
			first = cmp.Or(first, st.why)
		}
	}
	r.mu.Unlock()
	status := Complete
	switch {
	case !result && !years:
		status, why = Failed, cmp.Or(why, first)
	case !result:
		status, why = Partial, cmp.Or(why, first, "The last step failed.")
	case failed > 0 || err != nil:
		status = Partial
		if why == "" {
			why = fmt.Sprintf("%s failed; what they would have read is missing in the result.", countOf(failed, "step", "steps"))
		}
	}
	return r.end(context.WithoutCancel(ctx), status, why)
}

func countOf(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// end stores how the run ended and publishes it.
func (r *run) end(ctx context.Context, status Status, why string) error {
	if err := r.putHead(ctx, status, why); err != nil {
		return err
	}
	r.events.Add(Event{Done: r.snapshot()})
	return nil
}

// putHead stores the run's progress.
func (r *run) putHead(ctx context.Context, status Status, why string) error {
	r.mu.Lock()
	acc := r.account(why)
	r.head.Status, r.head.Error, r.head.Updated = string(status), why, r.s.Now().UTC()
	var err error
	r.head.Account, err = json.Marshal(acc)
	head := r.head
	r.mu.Unlock()
	if err != nil {
		return fmt.Errorf("save an analysis: %w", err)
	}
	if _, err := store.AnalysisOf(ctx, r.s.Store, head.ID); daybook.KindOf(err) == daybook.NotFound {
		return nil // another process erased it
	}
	return r.s.Store.WriteAnalysis(ctx, store.AnalysisChange{ID: head.ID, Head: &head})
}

// account says for every entry in range whether it was read. Why is the reason
// for entries that the run did not reach. The caller holds the lock.
func (r *run) account(why string) account {
	out := account{Account: Account{InRange: len(r.plan.inRange), LeftOut: []LeftOut{}}, Usage: r.usage()}
	missing := map[string]string{} // the reason, by entry
	for id := range r.plan.blank {
		missing[id] = "It has no words."
	}
	for id := range r.plan.private {
		missing[id] = "It is private, and is not sent to a model."
	}
	for _, n := range r.plan.steps {
		st := r.states[n]
		out.Steps++
		if st.status != StepWaiting && st.status != StepRunning {
			out.Done++
		}
		if n == r.plan.final || n.kind == PromptStep {
			continue
		}
		switch {
		case n.chunk != nil && st.said == nil:
			for _, id := range n.ids {
				missing[id] = cmp.Or(st.why, why, missing[id])
			}
		case st.status == StepFailed:
			for _, id := range n.ids {
				missing[id] = cmp.Or(missing[id], fmt.Sprintf("It was read, but “%s” failed: %s", n.name, st.why))
			}
		}
	}
	for _, e := range r.plan.entries {
		date, in := r.plan.inRange[e.ID]
		if !in {
			continue
		}
		reason, ok := missing[e.ID]
		if !ok {
			out.Read++
			continue
		}
		out.Unread++
		if reason != "" {
			out.LeftOut = append(out.LeftOut, LeftOut{ID: e.ID, Date: date, Title: e.Title, Why: reason})
		}
	}
	return out
}

// snapshot returns the current state of the run.
func (r *run) snapshot() *Analysis {
	r.mu.Lock()
	defer r.mu.Unlock()
	acc := r.account(r.head.Error)
	out := &Analysis{Overview: overviewOf(r.head, r.req, acc), Steps: make([]Step, len(r.plan.steps))}
	if out.Status == Running && r.s.Now().Before(r.wait.Until) {
		out.Status = Waiting
	}
	a := assembly{request: r.req}
	for i, n := range r.plan.steps {
		st := r.states[n]
		out.Steps[i] = n.step(st)
		a.add(n.stored(st), st.said)
	}
	out.Result = a.result()
	return out
}

const cancelledWhy = "The analysis was cancelled before it came to this."

// step returns a step for publishing.
func (n *node) step(st *state) Step {
	out := stepOf(n.stored(st), st.said)
	out.Status = st.status
	return out
}

// stepOf returns a stored step.
func stepOf(st store.AnalysisStep, s *said) Step {
	out := Step{ID: st.ID, Kind: StepKind(st.Kind), Name: st.Name, Status: StepStatus(st.Status), Entries: st.Entries}
	if out.Entries == nil {
		out.Entries = []string{}
	}
	if st.Year != 0 {
		out.Year = &st.Year
	}
	if s != nil {
		out.Analysis = s.Part
	}
	if st.Error != "" {
		out.Error = &st.Error
	}
	return out
}

// overviewOf returns the overview of an analysis.
func overviewOf(head store.Analysis, req Request, acc account) Overview {
	s := Overview{
		ID: head.ID, Kind: kindOf(req), Query: req.Query, Provider: req.Provider, Model: req.Model, Tags: req.Tags, Focus: req.Focus,
		Periods: req.Periods, Status: Status(head.Status), CreatedAt: head.Created, UpdatedAt: head.Updated,
		Entries: acc.Account, Progress: Progress{acc.Steps, acc.Done}, Usage: acc.Usage,
	}
	if s.Tags == nil {
		s.Tags = []string{}
	}
	if s.Periods == nil {
		s.Periods = []Period{}
	}
	if s.Entries.LeftOut == nil {
		s.Entries.LeftOut = []LeftOut{}
	}
	if !req.From.IsZero() {
		s.From = &req.From
	}
	if !req.To.IsZero() {
		s.To = &req.To
	}
	if head.Error != "" {
		s.Error = &head.Error
	}
	return s
}

func kindOf(req Request) Kind {
	switch {
	case req.Provider == Offline:
		return Report
	case len(req.Periods) > 0:
		return Compare
	}
	return Years
}

// assembly builds the result from the answers of steps.
type assembly struct {
	request Request
	years   []YearPart
	periods []Part
	final   *Part
	report  json.RawMessage
}

// add adds the answer of a step.
func (a *assembly) add(st store.AnalysisStep, s *said) {
	switch {
	case s == nil:
	case StepKind(st.Kind) == YearStep && s.Part != nil:
		a.years = append(a.years, YearPart{st.Year, *s.Part})
	case StepKind(st.Kind) == FinalStep:
		a.final, a.periods, a.report = s.Part, s.Periods, s.Report
	}
}

func (a *assembly) result() *Result {
	out := &Result{YearAnalyses: append([]YearPart{}, a.years...), Final: a.final, Periods: []PeriodPart{}}
	for i, p := range a.periods {
		if i < len(a.request.Periods) {
			out.Periods = append(out.Periods, PeriodPart{a.request.Periods[i], p})
		}
	}
	if a.report != nil {
		out.Report = a.report
	}
	if len(out.YearAnalyses) == 0 && out.Final == nil && a.report == nil {
		return nil
	}
	return out
}
