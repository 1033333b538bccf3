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

// step runs a step: it finds a stored answer or asks the model, checks the
// answer, and stores it before it is used.
func (r *run) step(ctx context.Context, n *node) outcome {
	o := outcome{n: n, was: StepFailed}
	req, parts, err := r.request(n)
	if err != nil {
		o.err = err
		return r.failed(ctx, o)
	}
	if len(n.parts) > 0 && req.InputTokens+req.LikelyOutput > r.largest() {
		comparing := n == r.plan.final && len(r.req.Periods) > 0
		if comparing || len(n.parts) <= 2 {
			o.err = daybook.Errorf(daybook.TooLarge, "The answers of earlier steps exceed the model's context window.")
			return r.failed(ctx, o)
		}
		o.parted = true
		return o
	}
	o.key = keyOf(r.ask.model.Ref, req, n.ids)
	known, err := r.s.Store.StepResults(ctx, []string{o.key})
	if err != nil {
		o.err = err
		return r.failed(ctx, o)
	}
	if result, ok := known[o.key]; ok {
		if s, err := readSaid(result.Body); err == nil {
			return r.found(ctx, o, s)
		}
	}
	result := store.StepResult{Key: o.key, Entries: n.ids}
	if deleted, hidden, err := r.s.unreadable(ctx, n.ids); err != nil || len(deleted)+len(hidden) > 0 {
		return r.without(ctx, o, deleted, hidden, err) // don't send their text
	}
	asking := llm.WithWaiting(ctx, func(w llm.Wait) {
		r.waits(w)
		r.holds(n, w)
	})
	o.said, err = r.answer(asking, n, req, parts, &result)
	if errors.Is(err, llm.ErrWithheld) { // a note was marked just now
		if deleted, hidden, lookErr := r.s.unreadable(ctx, n.ids); lookErr != nil || len(deleted)+len(hidden) > 0 {
			return r.without(ctx, o, deleted, hidden, lookErr)
		}
	}
	if errors.Is(err, llm.ErrCut) && n.chunk != nil {
		o.said, o.split, err = &said{Cut: true}, true, nil
	}
	if err != nil {
		o.said, o.err = nil, err
		return r.failed(ctx, o)
	}
	return r.done(ctx, o, result)
}

// largest is the maximum number of tokens of a step.
func (r *run) largest() int {
	m := r.ask.model
	if m.TokensPerMinute > 0 {
		return min(m.Window, m.TokensPerMinute)
	}
	return m.Window
}

// found uses a stored answer.
func (r *run) found(ctx context.Context, o outcome, s *said) outcome {
	if s.Cut {
		o.split = true
		return o
	}
	o.said, o.was = s, r.foundAs(o.key)
	o.err = r.s.Store.WriteAnalysis(ctx, store.AnalysisChange{ID: r.head.ID, Step: new(o.n.stored(&state{status: o.was, key: o.key}))})
	if o.err != nil {
		o.said, o.was = nil, StepFailed
		return r.failed(ctx, o)
	}
	return o
}

// done stores an answer. If one of its entries was deleted meanwhile, the
// answer is discarded: nothing derived from a deleted entry is kept.
func (r *run) done(ctx context.Context, o outcome, result store.StepResult) outcome {
	ctx = context.WithoutCancel(ctx) // it is paid for
	body, err := json.Marshal(o.said)
	if err != nil {
		o.err = fmt.Errorf("save the answer of a step: %w", err)
		return o
	}
	result.Body = body
	st := state{status: StepDone, key: o.key}
	if o.split {
		st.status = StepWaiting
	}
	if err := r.s.Store.WriteAnalysis(ctx, store.AnalysisChange{ID: r.head.ID, Step: new(o.n.stored(&st)), Results: []store.StepResult{result}}); err != nil {
		o.said, o.err = nil, err
		return o
	}
	if deleted, hidden, err := r.s.unreadable(ctx, o.n.ids); err != nil || len(deleted)+len(hidden) > 0 {
		return r.without(ctx, o, deleted, hidden, err)
	}
	o.was = st.status
	return o
}

// without ends a step that reads entries that were deleted or marked private.
// The next plan runs it without them. It erases what was said about the deleted
// entries; what was said about the private ones stays on this machine.
func (r *run) without(ctx context.Context, o outcome, deleted, hidden []string, err error) outcome {
	_, forgetErr := r.s.Store.ForgetEntries(ctx, deleted)
	if o.err = errors.Join(err, forgetErr); o.err == nil {
		r.lost(deleted)
		r.lost(hidden)
		o.err = errGone
	}
	o.said, o.split = nil, false
	return r.failed(ctx, o)
}

// failed stores the failure of a step, unless the run was ended: then the step
// runs later.
func (r *run) failed(ctx context.Context, o outcome) outcome {
	if ctx.Err() != nil {
		o.was, o.err = StepWaiting, nil
		return o
	}
	st := state{status: StepFailed, why: daybook.PublicMessage(o.err)}
	if err := r.s.Store.WriteAnalysis(ctx, store.AnalysisChange{ID: r.head.ID, Step: new(o.n.stored(&st))}); err != nil {
		o.err = errors.Join(o.err, err)
	}
	o.key = ""
	return o
}

// request builds the request of a step from its available parts.
func (r *run) request(n *node) (llm.Request, []*node, error) {
	switch {
	case n.kind == PromptStep:
		req, err := r.ask.brief()
		return req, nil, err
	case n.chunk != nil:
		req, err := r.ask.chunk(r.brief, n.chunk)
		return req, nil, err
	}
	var parts []given
	var there []*node
	r.mu.Lock()
	for i, p := range n.parts {
		s := r.states[p].said
		if s == nil || s.Part == nil {
			continue
		}
		g := given{days: p.days, part: s.Part}
		if n == r.plan.final && len(r.req.Periods) > 0 {
			period := r.req.Periods[r.plan.place(i)]
			g.name, g.days = period.Name, daybook.DateRange{From: period.From, To: period.To}
		}
		parts, there = append(parts, g), append(there, p)
	}
	unread := r.unread(n)
	r.mu.Unlock()
	if len(parts) == 0 {
		return llm.Request{}, nil, daybook.Errorf(daybook.Conflict, "All steps that this one needs failed.")
	}
	req, err := r.ask.reduce(r.brief, n, parts, unread)
	return req, there, err
}

// unread names the final step's sources that could not be read. The caller
// holds the lock.
func (r *run) unread(n *node) []string {
	if n != r.plan.final {
		return nil
	}
	var list []string
	for _, s := range r.plan.steps {
		if s.kind != PromptStep && r.states[s].status == StepFailed {
			list = append(list, fmt.Sprintf("%s (%s to %s)", s.name, s.days.From, s.days.To))
		}
	}
	return append(list, r.plan.withoutEntries()...)
}

// answer asks the model and checks the answer.
func (r *run) answer(ctx context.Context, n *node, req llm.Request, parts []*node, result *store.StepResult) (*said, error) {
	model := r.ask.model.Chat
	var usage llm.Usage
	var out *said
	var err error
	counted := counting{ChatModel: model, calls: &result.Calls}
	switch {
	case n.kind == PromptStep:
		var b brief
		b, usage, err = llm.Ask(ctx, counted, req, (*brief).check)
		out = &said{Brief: &b}
	case n == r.plan.final && len(r.req.Periods) > 0:
		out, usage, err = r.compared(ctx, n, counted, req, parts)
	default:
		v := newVerifier(r.entriesOf(n), r.plan.inRange, r.req)
		var m llm.ChatModel = counted
		if n == r.plan.final {
			m = r.shown(m, v)
		}
		var a answer
		a, usage, err = llm.Ask(ctx, m, req, (*answer).check)
		part := Part{}
		if err == nil {
			part = v.part(a)
		}
		out = &said{Part: &part}
	}
	if usage == (llm.Usage{}) && err == nil { // some servers don't report it
		body, _ := json.Marshal(out) // what was just decoded
		usage = llm.Usage{InputTokens: result.Calls * req.InputTokens, OutputTokens: llm.CountTokens(string(body))}
	}
	result.InputTokens, result.OutputTokens = usage.InputTokens, usage.OutputTokens
	r.mu.Lock()
	r.used.InputTokens += usage.InputTokens
	r.used.OutputTokens += usage.OutputTokens
	r.calls += result.Calls
	r.mu.Unlock()
	return out, err
}

// compared asks for a comparison. Each side is checked against the entries of
// its own period.
func (r *run) compared(ctx context.Context, n *node, model llm.ChatModel, req llm.Request, parts []*node) (*said, llm.Usage, error) {
	all := newVerifier(r.entriesOf(n), r.plan.inRange, r.req)
	c, usage, err := llm.Ask(ctx, r.shown(model, all), req, func(c *comparison) error { return c.check(len(parts)) })
	if err != nil {
		return nil, usage, err
	}
	out := &said{Periods: make([]Part, len(r.req.Periods))}
	for i := range out.Periods {
		out.Periods[i] = Part{Excerpts: []string{}, Quotations: []Quotation{}}
	}
	whole := all.part(answer{Reasoning: c.Reasoning, Analysis: c.Analysis})
	for i, side := range c.Periods {
		v := newVerifier(r.entriesOf(parts[i]), r.plan.inRange, r.req)
		claims := []Claim{}
		for _, claim := range side.Claims {
			claims = append(claims, Claim{Claim: v.prose(claim.Claim), Quotations: v.quotations(claim.Excerpts)})
		}
		period := v.period(side.Analysis, claims)
		whole.Quotations = append(whole.Quotations, period.Quotations...)
		out.Periods[periodOf(parts[i])] = period
	}
	whole.Excerpts = verified(whole.Quotations)
	out.Part = &whole
	return out, usage, nil
}

func periodOf(n *node) int { return n.period - 1 }

// shown publishes the answer while it is streamed, with its quotations checked.
func (r *run) shown(model llm.ChatModel, v *verifier) llm.ChatModel {
	s := v.stream()
	return llm.Watched(model, "analysis", func(text string, again bool) {
		if again {
			s = v.stream()
			r.events.Add(Event{Delta: &Delta{Again: true}})
			return
		}
		r.events.Add(Event{Delta: &Delta{Text: s.add(text)}})
	})
}

// entriesOf are the entries that a step read.
func (r *run) entriesOf(n *node) []daybook.Entry {
	list := make([]daybook.Entry, len(n.ids))
	for i, id := range n.ids {
		list[i] = r.byID[id]
	}
	return list
}
