package analysis

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"sync"

	"github.com/google/uuid"

	"daybook"
	"daybook/internal/feed"
	"daybook/internal/llm"
	"daybook/internal/private"
	"daybook/internal/store"
)

// Service runs analyses. It is safe for concurrent use; Close it when done.
type Service struct {
	Config
	base   context.Context // ends with the service
	stop   context.CancelCauseFunc
	places chan struct{} // holds a value for each running step
	counts *counts
	wg     sync.WaitGroup

	mu       sync.Mutex
	runs     map[string]*live
	starting sync.Mutex
}

// live is a run in this process.
type live struct {
	run    *run
	events *feed.Feed[Event]
	cancel context.CancelCauseFunc
	ended  chan struct{}
}

// mostUnfinished bounds the unfinished analyses.
const mostUnfinished = 20

// New returns a Service. Resume continues what an earlier one left unfinished.
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

// Close stops all runs such that they can be resumed, and waits.
func (s *Service) Close() {
	s.mu.Lock()
	s.stop(errStopping)
	s.mu.Unlock()
	s.wg.Wait()
}

// Start begins an analysis and returns it. If an identical one is unfinished,
// it returns that one. An invalid request is daybook.Invalid.
func (s *Service) Start(ctx context.Context, req Request) (Analysis, error) {
	req, ask, err := s.check(req)
	if err != nil {
		return Analysis{}, err
	}
	data, err := json.Marshal(req)
	if err != nil {
		return Analysis{}, fmt.Errorf("save the request of an analysis: %w", err)
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
		if err := s.Store.WriteAnalysis(ctx, store.AnalysisChange{ID: head.ID, Head: head}); err != nil {
			return Analysis{}, err
		}
	}
	if _, err := s.begin(*head, req, ask); err != nil {
		return Analysis{}, err
	}
	return s.Get(ctx, head.ID)
}

// unfinished returns the unfinished analysis with the same request, or nil.
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
		return nil, daybook.Errorf(daybook.Conflict, "%d analyses are unfinished: cancel one or wait.", open)
	}
	return nil, nil
}

// begin runs an analysis in this process unless it is already running, here or
// in another process.
func (s *Service) begin(head store.Analysis, req Request, ask *asker) (*live, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if l := s.runs[head.ID]; l != nil {
		return l, nil
	}
	if context.Cause(s.base) != nil {
		return nil, daybook.Errorf(daybook.Unavailable, "Daybook is stopping; the analysis continues after the next start.")
	}
	unlock, ok, err := s.Lock(head.ID)
	if err != nil || !ok {
		return nil, err
	}
	ctx, cancel := context.WithCancelCause(s.base)
	l := &live{events: feed.New[Event](), cancel: cancel, ended: make(chan struct{})}
	l.run = &run{s: s, req: req, ask: ask, head: head, events: l.events, paid: map[string]bool{}, states: map[*node]*state{}}
	s.runs[head.ID] = l
	s.wg.Go(func() {
		defer close(l.ended)
		defer unlock()
		err := s.perform(llm.WithPolicy(ctx, llm.Background), l)
		cancel(nil)
		s.mu.Lock()
		delete(s.runs, head.ID)
		s.mu.Unlock()
		l.events.End(err)
	})
	return l, nil
}

// perform runs the analysis. An internal error ends it and is stored.
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
	return errors.Join(err, s.Store.WriteAnalysis(context.WithoutCancel(ctx), store.AnalysisChange{ID: head.ID, Head: &head}))
}

// Resume continues unfinished analyses that no other process runs.
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
	// The model is no longer configured: the analysis fails for good.
	unlock, ok, lockErr := s.Lock(head.ID)
	if lockErr != nil || !ok {
		return lockErr
	}
	defer unlock()
	head.Status, head.Error, head.Updated = string(Failed), daybook.PublicMessage(err), s.Now().UTC()
	return s.Store.WriteAnalysis(ctx, store.AnalysisChange{ID: head.ID, Head: &head})
}

// Cancel ends an analysis and keeps its partial result. A finished one is left
// unchanged.
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
	head, err := store.AnalysisOf(ctx, s.Store, id)
	if err != nil {
		return Analysis{}, err
	}
	if !Status(head.Status).Over() {
		// If another process runs it, that process checks for this.
		head.Status, head.Error, head.Updated = string(Cancelled), cancelledWhy, s.Now().UTC()
		if err := s.Store.WriteAnalysis(ctx, store.AnalysisChange{ID: head.ID, Head: &head}); err != nil {
			return Analysis{}, err
		}
	}
	return s.stored(ctx, id)
}

// cancelled reports whether another process cancelled or erased an analysis
// running here.
func (s *Service) cancelled(ctx context.Context, id string) bool {
	head, err := store.AnalysisOf(ctx, s.Store, id)
	if err != nil {
		return daybook.KindOf(err) == daybook.NotFound
	}
	return Status(head.Status) == Cancelled
}

// Delete ends an analysis and erases it, also from the disk.
func (s *Service) Delete(ctx context.Context, id string) error {
	if _, err := s.Cancel(ctx, id); err != nil {
		return err
	}
	if err := s.Store.WriteAnalysis(ctx, store.AnalysisChange{ID: id, Delete: true}); err != nil {
		return err
	}
	return store.Purge(ctx, s.Store)
}

// unreadable returns which of the entries were deleted and which are private:
// no model may be given what was read of them.
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

// Watch yields the current state of an analysis and its events until it ends.
// Ending the loop or ctx does not end the analysis.
func (s *Service) Watch(ctx context.Context, id string) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		s.mu.Lock()
		l := s.runs[id]
		s.mu.Unlock()
		if l != nil {
			l.events.Follow(ctx, current)(yield)
			return
		}
		s.poll(ctx, id)(yield)
	}
}
