package analysis

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"sync"
	"time"

	"daybook"
	"daybook/internal/feed"
	"daybook/internal/llm"
	"daybook/internal/store"
)

// state is the progress of a step.
type state struct {
	status StepStatus
	why    string // the step failed
	key    string
	said   *said
	begun  bool // started, though its call may wait for a budget
}

// said is the stored answer of a step.
type said struct {
	// Cut means that the answer exceeded its limit: the step is split in two.
	Cut     bool            `json:"cut,omitempty"`
	Brief   *brief          `json:"brief,omitempty"`
	Part    *Part           `json:"part,omitempty"`
	Periods []Part          `json:"periods,omitempty"` // of a comparison, in order
	Report  json.RawMessage `json:"report,omitempty"`
}

// run is an analysis running in this process.
type run struct {
	s      *Service
	req    Request
	ask    *asker
	plan   *plan
	byID   map[string]daybook.Entry
	paid   map[string]bool // keys answered earlier by this analysis
	brief  brief
	events *feed.Feed[Event]

	mu     sync.Mutex
	head   store.Analysis
	states map[*node]*state
	wait   Wait
	used   llm.Usage
	calls  int
	begun  bool            // it was planned before
	gone   map[string]bool // entries deleted or marked private since planning
}

// Reasons for ending a run from outside.
var (
	errCancelled = errors.New("the analysis was cancelled")
	errStopping  = errors.New("the server is stopping")
)

// execute runs the analysis. It returns internal errors, or errStopping if the
// analysis will be resumed later from the stored steps. If entries were deleted
// meanwhile, it plans again and repeats only the steps that read them.
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

// errGone means that some of a step's input was deleted or marked private.
var errGone = daybook.Errorf(daybook.Conflict, "An entry that this step read was deleted or marked private meanwhile.")

// lost records that entries were deleted or marked private.
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

// readsGone is outdated for callers that hold the lock.
func (r *run) readsGone(n *node) bool {
	return len(r.gone) > 0 && slices.ContainsFunc(n.ids, func(id string) bool { return r.gone[id] })
}

// policy spreads the calls over the budget's windows if they need more than
// one.
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

// outcome is the result of running a step.
type outcome struct {
	n    *node
	said *said
	key  string
	was  StepStatus // done, cached or failed
	err  error
	// split means that the step must be split in two.
	split bool
	// parted means that its parts were too large for one step.
	parted bool
}

// all runs all steps, each as soon as its parts are done and a slot is free. It
// returns the reason if it ends early.
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

// lookEvery is how often a run checks whether another process cancelled it.
const lookEvery = 2 * time.Second

// failuresInRow is the number of consecutive provider failures after which a
// run reads nothing more.
const failuresInRow = 3

// take processes an outcome. An error ends the run.
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
		if *inRow++; forGood(provider) {
			return o.err
		}
		if *inRow >= failuresInRow && !r.skipRest(ctx, o.err) {
			return o.err
		}
	case daybook.KindOf(o.err) == daybook.RateLimited: // the cap on spending
		return o.err
	}
	return nil
}

// skipRest leaves out what was not read yet, so that what was read still has an
// answer. It reports whether there is something to answer from.
func (r *run) skipRest(ctx context.Context, err error) bool {
	r.mu.Lock()
	var rest []*node
	read := false
	for _, n := range r.plan.steps {
		if n.chunk == nil {
			continue
		}
		st := r.states[n]
		read = read || st.said != nil
		if st.status == StepWaiting && !st.begun {
			rest = append(rest, n)
		}
	}
	r.mu.Unlock()
	if !read {
		return false
	}
	for _, n := range rest {
		r.settle(r.failed(ctx, outcome{n: n, was: StepFailed, err: err}))
	}
	return true
}

// forGood reports whether every step will fail with this provider error.
func forGood(e *llm.Error) bool {
	refused := !e.Retry && slices.Contains([]int{401, 402, 403, 404}, e.Status)
	return refused || e.Code == "insufficient_quota"
}

// next returns the next step to start, or nil if none is ready. With a budget,
// chunks go first, so that steps of equal size use it fully. Without one,
// combining steps go first, so that results come early.
func (r *run) next() *node {
	r.mu.Lock()
	defer r.mu.Unlock()
	var other *node
	for _, n := range r.plan.steps {
		if st := r.states[n]; st.status != StepWaiting || st.begun || !r.ready(n) {
			continue
		}
		if isChunk := n.chunk != nil; isChunk == r.ask.sizes.tight {
			return n
		}
		if other == nil {
			other = n
		}
	}
	return other
}

// ready reports whether all parts of a step are finished, successfully or not.
// An outdated step waits for the next plan. The caller holds the lock.
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

// begin records that a step was started. It counts as running once its call is
// sent; until then it waits for the budget.
func (r *run) begin(n *node) {
	r.mu.Lock()
	r.states[n].begun = true
	r.mu.Unlock()
}

// holds records whether the call of a started step waits or was sent.
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

// settle records the outcome of a step and publishes it.
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
	r.events.Add(Event{Step: &st})
}

// waits publishes that a call waits.
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
		r.events.Add(Event{Wait: &Wait{why, w.Until.UTC()}})
	}
}

// tellOfWait is the shortest wait to publish.
const tellOfWait = time.Second

// usage returns the usage so far. The caller holds the lock.
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
