package analysis

import (
	"context"
	"fmt"
	"slices"

	"daybook"
	"daybook/internal/llm"
	"daybook/internal/store"
)

// divide replaces a step that is too large by two: the halves of a chunk, or
// two rounds of the parts.
func (r *run) divide(ctx context.Context, o outcome) error {
	n := o.n
	var halves [2]*node
	if o.split {
		chunks := r.halve(n)
		if chunks == nil {
			o.err, o.was = llm.ErrCut, StepFailed
			o.split = false
			r.settle(o)
			return r.s.Store.WriteAnalysis(ctx, store.AnalysisChange{ID: r.head.ID, Step: new(n.stored(r.states[n]))})
		}
		for i, c := range chunks {
			halves[i] = chunkNode(c, "", n.year, n.period)
		}
	} else {
		h := len(n.parts) / 2
		for i, parts := range [][]*node{n.parts[:h:h], n.parts[h:]} {
			halves[i] = &node{kind: RoundStep, year: n.year, period: n.period, parts: parts}
			for _, p := range parts {
				halves[i].ids = append(halves[i].ids, p.ids...)
			}
			halves[i].days = daybook.DateRange{From: parts[0].days.From, To: parts[len(parts)-1].days.To}
		}
	}
	r.mu.Lock()
	at := slices.Index(r.plan.steps, n)
	for i, half := range halves {
		half.id = fmt.Sprintf("%s.%d", n.id, i+1)
		half.name = fmt.Sprintf("%s, half %d", n.name, i+1)
		r.states[half] = &state{status: StepWaiting}
	}
	n.chunk, n.parts = nil, halves[:]
	if n.kind == ChunkStep {
		n.kind = RoundStep
	}
	r.states[n].status, r.states[n].begun = StepWaiting, false
	r.plan.steps = slices.Insert(r.plan.steps, at, halves[:]...)
	r.mu.Unlock()
	for _, tell := range append(halves[:], n) {
		r.tell(tell)
	}
	return r.keep(ctx)
}

// halve halves a chunk; nil if it is too small.
func (r *run) halve(n *node) []chunk {
	pieces := n.chunk
	if len(pieces) == 1 {
		e := r.byID[pieces[0].id]
		smaller := cutter{n.chunk.tokens()/2 + frameTokens, r.s.counts.count}
		pieces = smaller.pieces(e, pieces[0].date)
		if n.chunk[0].of > 1 || len(pieces) < 2 {
			return nil // a part of an entry is small enough
		}
	}
	h := len(pieces) / 2
	return []chunk{pieces[:h:h], pieces[h:]}
}
