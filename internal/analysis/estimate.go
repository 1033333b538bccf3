package analysis

import (
	"context"
	"fmt"
	"math"

	"daybook"
	"daybook/internal/llm"
)

// likelyAnswer is the assumed length of an answer that another step reads, as a
// share of its limit.
const likelyAnswer = 0.5

// Estimate estimates an analysis without calling a model.
func (s *Service) Estimate(ctx context.Context, req Request) (Estimate, error) {
	req, ask, err := s.check(req)
	if err != nil {
		return Estimate{}, err
	}
	entries, private, err := s.load(ctx, req)
	if err != nil {
		return Estimate{}, err
	}
	e := Estimate{Notices: []string{"Evergreen notes have no date and are not read."}}
	if ask == nil {
		for _, entry := range entries {
			if inRange(entry, req) {
				e.Entries++
			}
		}
		e.Notices = append(e.Notices, "No language model is used: these are statistics, made on this machine.")
		return e, nil
	}
	p := planner{req, ask.sizes, cutter{ask.sizes.chunk, s.counts.count}}.plan(entries)
	e.Entries = len(p.inRange)
	if p.hide(private); len(p.private) > 0 {
		e.Notices = append(e.Notices, countOf(len(p.private), "private entry is", "private entries are")+" not sent to a model and not read.")
	}
	est := &estimator{s: s, ask: ask, plan: p, said: map[*node]*said{}}
	if p.final != nil {
		if err := est.all(ctx, &e); err != nil {
			return Estimate{}, err
		}
	}
	return e, est.price(ctx, &e)
}

func inRange(entry daybook.Entry, req Request) bool {
	for _, d := range entry.Dates {
		if (daybook.DateRange{From: req.From, To: req.To}).Contains(d) {
			return true
		}
	}
	return false
}

// estimator walks a plan as a run would.
type estimator struct {
	s     *Service
	ask   *asker
	plan  *plan
	brief brief
	said  map[*node]*said // cached answers
	least int             // the least number of tokens of the calls
}

func (x *estimator) all(ctx context.Context, e *Estimate) error {
	req, err := x.ask.brief()
	if err != nil {
		return err
	}
	known, err := x.look(ctx, map[*node]llm.Request{x.plan.prompt: req})
	if err != nil {
		return err
	}
	if !known[x.plan.prompt] {
		// The prompts are not written yet, so no step can be cached.
		x.call(e, req.InputTokens, req.LikelyOutput)
	} else {
		e.CachedCalls++
		x.brief = *x.said[x.plan.prompt].Brief
		if err := x.chunks(ctx); err != nil {
			return err
		}
	}
	for _, n := range x.plan.steps {
		if n == x.plan.prompt {
			continue
		}
		if err := x.step(ctx, n, known[x.plan.prompt], e); err != nil {
			return err
		}
	}
	return nil
}

// chunks looks up the cached answers of all chunks in one query.
func (x *estimator) chunks(ctx context.Context) error {
	requests := map[*node]llm.Request{}
	for _, n := range x.plan.steps {
		if n.chunk == nil {
			continue
		}
		req, err := x.ask.chunk(x.brief, n.chunk)
		if err != nil {
			return err
		}
		requests[n] = req
	}
	_, err := x.look(ctx, requests)
	return err
}

// look finds the cached answers of steps.
func (x *estimator) look(ctx context.Context, requests map[*node]llm.Request) (map[*node]bool, error) {
	nodes := map[string]*node{}
	var keys []string
	for n, req := range requests {
		key := keyOf(x.ask.model.Ref, req, n.ids)
		nodes[key], keys = n, append(keys, key)
	}
	results, err := x.s.Store.StepResults(ctx, keys)
	if err != nil {
		return nil, err
	}
	found := map[*node]bool{}
	for key, r := range results {
		known, err := readSaid(r.Body)
		if err != nil || known.Cut {
			continue
		}
		x.said[nodes[key]], found[nodes[key]] = known, true
	}
	return found, nil
}

// step adds a step unless its answer is cached.
func (x *estimator) step(ctx context.Context, n *node, briefed bool, e *Estimate) error {
	if x.said[n] != nil {
		e.CachedCalls++
		return nil
	}
	if n.chunk != nil {
		x.call(e, n.chunk.tokens()+promptTokens+x.ask.count(x.ask.question), x.ask.sizes.chunkOut)
		return nil
	}
	parts, tokens := x.parts(n)
	if !briefed || len(parts) < len(n.parts) { // its request is not known yet
		x.call(e, int(tokens)+promptTokens+x.ask.count(x.ask.question), x.ask.sizes.partOut)
		return nil
	}
	var unread []string
	if n == x.plan.final {
		unread = x.plan.withoutEntries()
	}
	req, err := x.ask.reduce(x.brief, n, parts, unread)
	if err != nil {
		return err
	}
	found, err := x.look(ctx, map[*node]llm.Request{n: req})
	if err != nil {
		return err
	}
	if found[n] {
		e.CachedCalls++
		return nil
	}
	x.call(e, req.InputTokens, x.ask.sizes.partOut)
	return nil
}

// parts returns the cached answers of the parts of a step, and the tokens that all
// its parts are likely to have.
func (x *estimator) parts(n *node) (parts []given, tokens float64) {
	for i, p := range n.parts {
		if known := x.said[p]; known != nil && known.Part != nil {
			g := given{days: p.days, part: known.Part}
			if n == x.plan.final && len(x.ask.req.Periods) > 0 {
				period := x.ask.req.Periods[x.plan.place(i)]
				g.name, g.days = period.Name, daybook.DateRange{From: period.From, To: period.To}
			}
			parts = append(parts, g)
		}
		out := x.ask.sizes.partOut
		if p.chunk != nil {
			out = x.ask.sizes.chunkOut
		}
		tokens += float64(out) * likelyAnswer
	}
	return parts, tokens
}

func (x *estimator) call(e *Estimate, in, out int) {
	e.Calls++
	e.InputTokens += in
	e.OutputTokens += out
	x.least += in
}

// price fills in the minimum duration, the cost, and whether to ask for
// confirmation.
func (x *estimator) price(ctx context.Context, e *Estimate) error {
	m := x.ask.model
	// The first minute's budget can be used at once.
	if m.TokensPerMinute > 0 {
		e.Seconds = max(e.Seconds, 60*(float64(x.least)/float64(m.TokensPerMinute)-1))
	}
	if m.RequestsPerMinute > 0 {
		e.Seconds = max(e.Seconds, 60*(float64(e.Calls)/float64(m.RequestsPerMinute)-1))
	}
	e.Seconds = math.Round(e.Seconds)
	currency, most := x.s.Purse.Terms()
	if cost, ok := x.s.Purse.Cost(m.Ref, llm.Usage{InputTokens: e.InputTokens, OutputTokens: e.OutputTokens}); ok {
		e.Cost, e.Currency = &cost, &currency
	} else {
		e.Notices = append(e.Notices, fmt.Sprintf("The settings have no price for %s, so the cost is unknown.", m.Ref))
	}
	spent, err := x.s.Purse.Spent(ctx)
	if err != nil {
		return err
	}
	e.Spent, e.Currency = &spent, &currency
	if most > 0 {
		e.Cap = &most
		if e.Cost != nil && spent+*e.Cost > most {
			e.Confirm = true
			e.Notices = append(e.Notices, "This may exceed the monthly cap. Finished steps are stored and not paid for again.")
		}
	}
	large := x.s.ConfirmTokens > 0 && e.InputTokens+e.OutputTokens > x.s.ConfirmTokens
	costly := x.s.ConfirmCost > 0 && e.Cost != nil && *e.Cost > x.s.ConfirmCost
	if large || costly {
		e.Confirm = true
	}
	return nil
}

// place returns the period of the i-th part of a comparison: periods without
// entries have no part.
func (p *plan) place(i int) int {
	for at, n := range p.periods {
		if n == nil {
			continue
		}
		if i == 0 {
			return at
		}
		i--
	}
	return 0
}

// withoutEntries names the periods without entries.
func (p *plan) withoutEntries() []string {
	var list []string
	for i, n := range p.periods {
		if n == nil {
			list = append(list, p.request.Periods[i].Name+" (no entries)")
		}
	}
	return list
}
