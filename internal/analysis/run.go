package analysis

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"sync"
	"time"

	"daybook"
	"daybook/internal/llm"
	"daybook/internal/store"
)

// state is how far a step is.
type state struct {
	status StepStatus
	why    string // it failed
	key    string
	said   *said
	begun  bool // it is being made, though its call may wait for a budget
}

// said is what is kept of a step.
type said struct {
	// Cut says that the answer was too long for its limit: the step is made
	// in two halves.
	Cut     bool            `json:"cut,omitempty"`
	Brief   *brief          `json:"brief,omitempty"`
	Part    *Part           `json:"part,omitempty"`
	Periods []Part          `json:"periods,omitempty"` // of a comparison, in order
	Report  json.RawMessage `json:"report,omitempty"`
}

// run is an analysis that is being made in this process.
type run struct {
	s     *Service
	req   Request
	ask   *asker
	plan  *plan
	byID  map[string]daybook.Entry
	paid  map[string]bool // keys that this analysis itself had answered before
	brief brief
	log   *log

	mu     sync.Mutex
	head   store.Analysis
	states map[*node]*state
	wait   Wait
	used   llm.Usage
	calls  int
	begun  bool            // it was planned before
	gone   map[string]bool // entries of the plan that were deleted or marked private meanwhile
}

// Why a run is ended from outside.
var (
	errCancelled = errors.New("the analysis was cancelled")
	errStopping  = errors.New("the server is stopping")
)

// execute makes the analysis. What it returns is a fault of ours, or
// errStopping: then it goes on later, from what was kept. Where entries were
// deleted meanwhile it is planned anew, and only what they were in is made again.
func (r *run) execute(ctx context.Context) error {
	ctx = llm.WithTask(ctx, llm.TaskAnalysis)
	for {
		if err := r.prepare(ctx); err != nil {
			return err
		}
		if r.plan.final == nil {
			return r.end(ctx, Failed, r.plan.nothing())
		}
		if err := r.briefing(ctx); err != nil {
			return r.over(ctx, err)
		}
		if err := r.recall(ctx); err != nil {
			return err
		}
		err := r.all(llm.WithPolicy(ctx, r.policy()))
		if err != nil || !r.outdated(r.plan.final) {
			return r.over(ctx, err)
		}
	}
}

// errGone says that what a step reads is no longer all there.
var errGone = daybook.Errorf(daybook.Conflict, "An entry that this step read was deleted or marked private meanwhile.")

// lost notes that entries were deleted or marked private.
func (r *run) lost(ids []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, id := range ids {
		r.gone[id] = true
	}
}

// outdated reports whether a step reads an entry that was deleted or marked
// private.
func (r *run) outdated(n *node) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.readsGone(n)
}

// readsGone is outdated; the lock is held.
func (r *run) readsGone(n *node) bool {
	return len(r.gone) > 0 && slices.ContainsFunc(n.ids, func(id string) bool { return r.gone[id] })
}

// policy spreads the calls over the windows of a budget, if they take more
// than one.
func (r *run) policy() llm.RetryPolicy {
	r.mu.Lock()
	defer r.mu.Unlock()
	tokens := 0
	for _, n := range r.plan.steps {
		if n.chunk != nil && r.states[n].said == nil {
			tokens += n.chunk.tokens() + promptTokens + r.ask.sizes.chunkOut
		}
	}
	if r.ask.sizes.tight && tokens > r.ask.model.TokensPerMinute {
		return llm.Steady
	}
	return llm.Background
}

// outcome is what became of a step.
type outcome struct {
	n    *node
	said *said
	key  string
	was  StepStatus // done, cached or failed
	err  error
	// split says that the step is to be made in two halves.
	split bool
	// parted says that its parts were too much for one step.
	parted bool
}

// all makes all steps, each as soon as its parts are there and there is a
// place for it. It returns why it ended before that.
func (r *run) all(ctx context.Context) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	finished := make(chan outcome)
	watch := time.NewTicker(lookEvery)
	defer watch.Stop()
	running, inRow := 0, 0
	for {
		next := r.next()
		if next == nil && running == 0 {
			break
		}
		var place chan<- struct{}
		if next != nil && context.Cause(ctx) == nil {
			place = r.s.places
		} else if running == 0 {
			break
		}
		select {
		case place <- struct{}{}:
			running++
			r.begin(next)
			go func() {
				o := r.step(ctx, next)
				<-r.s.places
				finished <- o
			}()
		case o := <-finished:
			running--
			if err := r.take(ctx, o, &inRow); err != nil {
				stop(err)
			}
		case <-watch.C:
			if r.s.cancelled(ctx, r.head.ID) {
				stop(errCancelled)
			}
		case <-ctx.Done():
			for range running {
				r.settle(<-finished)
			}
			running = 0
		}
	}
	return context.Cause(ctx)
}

// lookEvery is how often a run looks whether another process cancelled it.
const lookEvery = 2 * time.Second

// failuresInRow is after how many steps that fail for the provider's sake
// nothing more is asked.
const failuresInRow = 3

// take takes an outcome in. Its error ends the run.
func (r *run) take(ctx context.Context, o outcome, inRow *int) error {
	if o.split || o.parted {
		return r.divide(ctx, o)
	}
	r.settle(o)
	var provider *llm.Error
	switch {
	case o.err == nil:
		*inRow = 0
	case ctx.Err() != nil:
	case daybook.KindOf(o.err) == daybook.Internal || daybook.KindOf(o.err) == daybook.Unavailable:
		return o.err
	case errors.As(o.err, &provider):
		if *inRow++; *inRow >= failuresInRow || forGood(provider) {
			return o.err
		}
	case daybook.KindOf(o.err) == daybook.RateLimited: // the cap on spending
		return o.err
	}
	return nil
}

// forGood reports whether a provider's failure will be that of every step.
func forGood(e *llm.Error) bool {
	return !e.Retry && slices.Contains([]int{401, 402, 403, 404}, e.Status) || e.Code == "insufficient_quota"
}

// next returns the step to begin with next: nil while there is none. On a
// budget the chunks go first, so that it is used up by steps of one size;
// without one, what puts parts together, so that there is a result early.
func (r *run) next() *node {
	r.mu.Lock()
	defer r.mu.Unlock()
	var best *node
	for _, n := range r.plan.steps {
		if st := r.states[n]; st.status != StepWaiting || st.begun || !r.ready(n) {
			continue
		}
		if best == nil || (n.chunk != nil) == r.ask.sizes.tight && (best.chunk != nil) != r.ask.sizes.tight {
			best = n
		}
	}
	return best
}

// ready reports whether the parts of a step are there, as far as they will
// be; the lock is held. A step that is outdated waits for the next plan.
func (r *run) ready(n *node) bool {
	if r.readsGone(n) {
		return false
	}
	for _, part := range n.parts {
		if s := r.states[part].status; s == StepWaiting || s == StepRunning {
			return false
		}
	}
	return true
}

// begin notes that a step is being made. It runs when its call is made: until
// then it waits for the budget.
func (r *run) begin(n *node) {
	r.mu.Lock()
	r.states[n].begun = true
	r.mu.Unlock()
}

// holds notes whether the call of a step that was begun waits, or is made.
func (r *run) holds(n *node, w llm.Wait) {
	status := StepRunning
	if time.Until(w.Until) >= tellOfWait {
		status = StepWaiting
	}
	r.mu.Lock()
	st := r.states[n]
	moved := st.begun && st.status != status
	if moved {
		st.status = status
	}
	r.mu.Unlock()
	if moved {
		r.tell(n)
	}
}

// settle notes what became of a step and tells of it.
func (r *run) settle(o outcome) {
	r.mu.Lock()
	st := r.states[o.n]
	st.begun, st.status, st.key, st.said = false, o.was, o.key, o.said
	if o.err != nil {
		st.why = daybook.PublicMessage(o.err)
	}
	r.mu.Unlock()
	r.tell(o.n)
}

func (r *run) tell(n *node) {
	r.mu.Lock()
	st := n.step(r.states[n])
	r.mu.Unlock()
	r.log.add(Event{Step: &st})
}

// waits notes that a call waits.
func (r *run) waits(w llm.Wait) {
	why := w.Why()
	if time.Until(w.Until) < tellOfWait {
		return
	}
	r.mu.Lock()
	moved := r.wait.Why != why || w.Until.Sub(r.wait.Until).Abs() >= tellOfWait
	r.wait = Wait{why, w.Until.UTC()}
	r.mu.Unlock()
	if moved {
		r.log.add(Event{Wait: &Wait{why, w.Until.UTC()}})
	}
}

// tellOfWait is the shortest wait that is told of.
const tellOfWait = time.Second

// usage is what was used so far; the lock is held.
func (r *run) usage() Usage {
	u := Usage{InputTokens: r.used.InputTokens, OutputTokens: r.used.OutputTokens, Calls: r.calls}
	if r.ask == nil {
		return u
	}
	if cost, ok := r.s.Purse.Cost(r.ask.model.Ref, r.used); ok {
		currency, _ := r.s.Purse.Terms()
		u.Cost, u.Currency = &cost, &currency
	}
	return u
}
