package analysis

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"sync"
	"time"

	"github.com/google/uuid"

	"daybook"
	"daybook/internal/llm"
	"daybook/internal/private"
	"daybook/internal/prompts"
	"daybook/internal/store"
)

// Offline is the provider that counts and asks no model.
const Offline = "offline"

// Model is a model ready to be asked. A nil Chat stands for Offline.
type Model struct {
	Chat   llm.ChatModel
	Ref    llm.Ref
	Window int // tokens that a prompt and its answer may take together
	Output int // most tokens of an answer; 0 leaves it to us
	// What a minute may hold; 0 is no limit.
	TokensPerMinute   int
	RequestsPerMinute int
}

// Models knows the models that may be asked.
type Models interface {
	// Lookup returns the model of a request's own words, or a
	// daybook.Invalid error that names the field at fault.
	Lookup(provider, model string) (Model, error)
}

// Store is what an analysis asks of a store; see store.Index and
// store.Analyses for what the methods promise.
type Store interface {
	store.Analyses
	Newest(ctx context.Context, f store.Filter, limit int) ([]daybook.Entry, error)
	Entries(ctx context.Context, ids []string) ([]daybook.Entry, error)
	// Purge takes off the disk what was deleted before.
	Purge(ctx context.Context) error
}

// Guard knows which entries are private; see private.Guard.
type Guard interface {
	Split(ctx context.Context, entries []daybook.Entry) (public, private []daybook.Entry, err error)
	Among(ctx context.Context, ids []string) (map[string]bool, error)
}

// Purse knows prices and what was spent; see spending.Ledger.
type Purse interface {
	// Cost returns what tokens of a model cost, and false without a price.
	Cost(model llm.Ref, u llm.Usage) (float64, bool)
	Spent(ctx context.Context) (float64, error)
	// Terms returns the currency, and the cap a month, 0 for none.
	Terms() (currency string, monthlyCap float64)
}

// Counted is a report that no model wrote.
type Counted struct {
	Data any    // for JSON
	Text string // for a person, in Markdown
}

// Reporter counts what there is to say of entries without a model.
type Reporter interface {
	Report(ctx context.Context, query string, f store.Filter) (Counted, error)
}

// Config is what a Service is made of. All fields but Guard, Lock, Reporter and
// Log are required.
type Config struct {
	Store   Store
	Models  Models
	Prompts *prompts.Set
	Purse   Purse
	// Guard keeps private entries from the models; without one their marks in
	// the store do.
	Guard Guard
	// Reporter makes the reports of Offline; without one they count days and
	// words.
	Reporter Reporter
	// Lock takes an analysis for this process until unlock is called, or says
	// that another one has it. A process that is killed lets go of it. Nil is
	// for a store that no other process uses.
	Lock func(id string) (unlock func(), ok bool, err error)
	// AtOnce is how many steps of all analyses are made at a time.
	AtOnce int
	// ConfirmTokens and ConfirmCost are above what a person should be asked
	// first; 0 is never.
	ConfirmTokens int
	ConfirmCost   float64
	Now           func() time.Time
	Log           *slog.Logger
}

// Service makes analyses. It is safe for concurrent use; Close it when done.
type Service struct {
	Config
	base   context.Context // ends with the service
	stop   context.CancelCauseFunc
	places chan struct{} // holds a value for each step that is being made
	counts *counts
	wg     sync.WaitGroup

	mu       sync.Mutex
	runs     map[string]*live
	starting sync.Mutex
}

// live is a run of this process.
type live struct {
	run    *run
	log    *log
	cancel context.CancelCauseFunc
	ended  chan struct{}
}

// mostUnfinished bounds the analyses that are not over.
const mostUnfinished = 20

// New returns a Service. What an earlier one left unfinished goes on with
// Resume.
func New(c Config) *Service {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Reporter == nil {
		c.Reporter = counter{c.Store}
	}
	if c.Guard == nil {
		c.Guard = private.Marked{Index: c.Store}
	}
	if c.Lock == nil {
		c.Lock = func(string) (func(), bool, error) { return func() {}, true, nil }
	}
	base, stop := context.WithCancelCause(context.Background())
	return &Service{
		Config: c, base: base, stop: stop, places: make(chan struct{}, max(c.AtOnce, 1)), counts: newCounts(), runs: map[string]*live{},
	}
}

// Close ends what is being made, so that it can go on from where it is, and
// waits for that.
func (s *Service) Close() {
	s.mu.Lock()
	s.stop(errStopping)
	s.mu.Unlock()
	s.wg.Wait()
}

// Start begins an analysis and returns it. One that asks for the same and is
// not over is returned in its place. What cannot be asked is daybook.Invalid.
func (s *Service) Start(ctx context.Context, req Request) (Analysis, error) {
	req, ask, err := s.check(req)
	if err != nil {
		return Analysis{}, err
	}
	data, err := json.Marshal(req)
	if err != nil {
		return Analysis{}, fmt.Errorf("keep the request of an analysis: %w", err)
	}
	s.starting.Lock()
	defer s.starting.Unlock()
	head, err := s.unfinished(ctx, data)
	if err != nil {
		return Analysis{}, err
	}
	if head == nil {
		now := s.Now().UTC()
		head = &store.Analysis{ID: uuid.NewString(), Request: data, Status: string(Running), Created: now, Updated: now}
		if err := s.Store.PutAnalysis(ctx, *head); err != nil {
			return Analysis{}, err
		}
	}
	if _, err := s.begin(*head, req, ask); err != nil {
		return Analysis{}, err
	}
	return s.Get(ctx, head.ID)
}

// unfinished returns the analysis that asks for the same and is not over, nil
// where there is none.
func (s *Service) unfinished(ctx context.Context, request []byte) (*store.Analysis, error) {
	heads, err := s.Store.Analyses(ctx)
	if err != nil {
		return nil, err
	}
	open := 0
	for i, h := range heads {
		if Status(h.Status).Over() {
			continue
		}
		if string(h.Request) == string(request) {
			return &heads[i], nil
		}
		open++
	}
	if open >= mostUnfinished {
		return nil, daybook.Errorf(daybook.Conflict, "%d analyses are not over yet: cancel one, or wait.", open)
	}
	return nil, nil
}

// begin runs an analysis in this process, unless it runs already, here or in
// another one.
func (s *Service) begin(head store.Analysis, req Request, ask *asker) (*live, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if l := s.runs[head.ID]; l != nil {
		return l, nil
	}
	if context.Cause(s.base) != nil {
		return nil, daybook.Errorf(daybook.Unavailable, "Daybook is stopping; the analysis goes on when it is started again.")
	}
	unlock, ok, err := s.Lock(head.ID)
	if err != nil || !ok {
		return nil, err
	}
	ctx, cancel := context.WithCancelCause(s.base)
	l := &live{log: newLog(), cancel: cancel, ended: make(chan struct{})}
	l.run = &run{s: s, req: req, ask: ask, head: head, log: l.log, paid: map[string]bool{}, states: map[*node]*state{}}
	s.runs[head.ID] = l
	s.wg.Go(func() {
		defer close(l.ended)
		defer unlock()
		err := s.perform(llm.WithPolicy(ctx, llm.Background), l)
		cancel(nil)
		s.mu.Lock()
		delete(s.runs, head.ID)
		s.mu.Unlock()
		l.log.end(err)
	})
	return l, nil
}

// perform makes the analysis. A failure of ours ends it, and is kept in it.
func (s *Service) perform(ctx context.Context, l *live) error {
	r := l.run
	var err error
	if r.ask == nil {
		err = r.report(ctx)
	} else {
		err = r.execute(ctx)
	}
	if err == nil || errors.Is(err, errStopping) || errors.Is(context.Cause(ctx), errStopping) {
		return err
	}
	if errors.Is(context.Cause(ctx), errCancelled) {
		err = nil
	} else {
		s.Log.Error("an analysis failed", "err", err)
	}
	r.mu.Lock()
	r.head.Status, r.head.Error, r.head.Updated = string(Cancelled), "", s.Now().UTC()
	if err != nil {
		r.head.Status, r.head.Error = string(Failed), daybook.PublicMessage(err)
	}
	head := r.head
	r.mu.Unlock()
	return errors.Join(err, s.Store.PutAnalysis(context.WithoutCancel(ctx), head))
}

// Resume goes on with what is not over and what no other process has.
func (s *Service) Resume(ctx context.Context) error {
	heads, err := s.Store.Analyses(ctx)
	if err != nil {
		return err
	}
	var failed error
	for _, h := range heads {
		if Status(h.Status).Over() {
			continue
		}
		if err := s.resume(ctx, h); err != nil {
			failed = errors.Join(failed, err)
		}
	}
	return failed
}

func (s *Service) resume(ctx context.Context, head store.Analysis) error {
	req, err := requestOf(head)
	if err != nil {
		return err
	}
	checked, ask, err := s.check(req)
	if err == nil {
		_, err = s.begin(head, checked, ask)
		return err
	}
	// The model is no longer set up: it cannot go on, and is not tried again.
	unlock, ok, lockErr := s.Lock(head.ID)
	if lockErr != nil || !ok {
		return lockErr
	}
	defer unlock()
	head.Status, head.Error, head.Updated = string(Failed), daybook.PublicMessage(err), s.Now().UTC()
	return s.Store.PutAnalysis(ctx, head)
}

// Cancel ends an analysis and keeps what there is of it. One that is over is
// left as it is.
func (s *Service) Cancel(ctx context.Context, id string) (Analysis, error) {
	s.mu.Lock()
	l := s.runs[id]
	s.mu.Unlock()
	if l != nil {
		l.cancel(errCancelled)
		select {
		case <-l.ended:
		case <-ctx.Done():
			return Analysis{}, ctx.Err()
		}
		return s.Get(ctx, id)
	}
	head, err := s.Store.Analysis(ctx, id)
	if err != nil {
		return Analysis{}, err
	}
	if !Status(head.Status).Over() {
		// Another process that makes it looks whether it was cancelled.
		head.Status, head.Error, head.Updated = string(Cancelled), cancelledWhy, s.Now().UTC()
		if err := s.Store.PutAnalysis(ctx, head); err != nil {
			return Analysis{}, err
		}
	}
	return s.stored(ctx, id)
}

// cancelled reports whether another process cancelled or erased a run of this
// one.
func (s *Service) cancelled(ctx context.Context, id string) bool {
	head, err := s.Store.Analysis(ctx, id)
	return daybook.KindOf(err) == daybook.NotFound || err == nil && Status(head.Status) == Cancelled
}

// Delete ends an analysis and erases it, off the disk too.
func (s *Service) Delete(ctx context.Context, id string) error {
	if _, err := s.Cancel(ctx, id); err != nil {
		return err
	}
	if err := s.Store.DeleteAnalysis(ctx, id); err != nil {
		return err
	}
	return s.Store.Purge(ctx)
}

// unreadable returns those of entries that were deleted, and those that are
// private: no model may be given what was read of them.
func (s *Service) unreadable(ctx context.Context, ids []string) (deleted, hidden []string, err error) {
	there, err := s.Store.Entries(ctx, ids)
	if err != nil {
		return nil, nil, err
	}
	_, marked, err := s.Guard.Split(ctx, there)
	if err != nil {
		return nil, nil, err
	}
	for _, e := range marked {
		hidden = append(hidden, e.ID)
	}
	if len(there) == len(ids) {
		return nil, hidden, nil
	}
	exists := make(map[string]bool, len(there))
	for _, e := range there {
		exists[e.ID] = true
	}
	for _, id := range ids {
		if !exists[id] {
			deleted = append(deleted, id)
		}
	}
	return deleted, hidden, nil
}

// Watch tells what there is of an analysis, and what happens to it until it
// is over. Ending the loop, or ctx, does not end the analysis.
func (s *Service) Watch(ctx context.Context, id string) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		s.mu.Lock()
		l := s.runs[id]
		s.mu.Unlock()
		if l != nil {
			l.log.follow(ctx)(yield)
			return
		}
		s.poll(ctx, id)(yield)
	}
}
