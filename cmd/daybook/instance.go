package main

import (
	"context"
	"net/http"
	"sync"
	"time"

	"daybook"
	"daybook/internal/attachments"
	"daybook/internal/httpapi"
	"daybook/internal/notes"
)

// instance is a journal that is served: an app, what keeps it in step with the
// journal, and who is asking it.
type instance struct {
	app     *app
	notes   *notes.Service
	upkeep  *upkeep
	backups *dailyBackups
	handler http.Handler

	base     context.Context // requests end with it
	end      context.CancelCauseFunc
	stopJobs func() // ends what runs beside the requests, and waits for that

	most   int // requests at once; 0 means no bound
	mu     sync.Mutex
	asking int
	closed bool          // nobody may ask any more
	quiet  chan struct{} // closed when it is closed and nobody asks
}

// newInstance makes an app ready to be asked. It owns the app from then on,
// unless it fails.
func newInstance(a *app, h *house) (*instance, error) {
	if h.access == nil {
		return newInstanceFor(a, h, nil, h)
	}
	return newInstanceFor(a, h, h.access, h)
}

// newInstanceFor is newInstance for those whom access lets in. Access is nil
// under no_token, and setup may be nil.
func newInstanceFor(a *app, h *house, access httpapi.Access, setup httpapi.Setup) (*instance, error) {
	renderer, err := a.renderer()
	if err != nil {
		return nil, err
	}
	service, err := a.openNotes()
	if err != nil {
		return nil, err
	}
	files, err := attachments.New(a.settings.Journal, a.vault.Attachments, func(folder string) attachments.Renderer { return renderer.In(folder) })
	if err != nil {
		return nil, err
	}
	in := &instance{app: a, notes: service, upkeep: newUpkeep(a), backups: newBackups(a), stopJobs: func() {}, quiet: make(chan struct{})}
	in.base, in.end = context.WithCancelCause(context.Background())
	in.handler = httpapi.New(httpapi.Config{
		Chat: a.chat, Searcher: a.search, Threads: a.store, Notes: service, Almanac: a.almanac, Analyses: a.analyses, Book: a.book(), Uploads: service, Inspector: renderer, Attachments: files,
		Ready: in.upkeep.ready.Load, Ingest: in.upkeep, Models: modelList{a.models, a.roll, a.settings}, Spending: a.ledger, Ledger: a.calls, Backups: in.backups, Now: a.now,
		Access: access, Page: h.page, Demo: a.settings.Demo(), Setup: setup,
		Hosts: a.settings.AllowedHosts, Origins: a.settings.CORSOrigins, Version: version, Log: a.log,
	})
	return in, nil
}

// startJobs keeps the index in step with the journal until ctx ends or
// stopJobs is called.
func (in *instance) startJobs(ctx context.Context) {
	ctx, cancel := context.WithCancel(ctx)
	var jobs sync.WaitGroup
	jobs.Go(func() { in.upkeep.run(ctx) })
	jobs.Go(func() { in.app.tidyNotes(ctx, in.notes) })
	jobs.Go(func() { in.backups.run(ctx) })
	jobs.Go(func() {
		if err := in.app.analyses.Resume(ctx); err != nil && ctx.Err() == nil {
			in.app.log.Error("go on with the analyses", "err", err)
		}
	})
	in.stopJobs = func() { cancel(); jobs.Wait() }
}

// enter lets a request in.
func (in *instance) enter() error {
	in.mu.Lock()
	defer in.mu.Unlock()
	switch {
	case in.closed:
		return daybook.Errorf(daybook.Unavailable, "The journal is just being closed; try again.")
	case in.most > 0 && in.asking >= in.most:
		return daybook.Errorf(daybook.RateLimited, "Too many requests are being answered to you; end some, or wait.")
	}
	in.asking++
	return nil
}

// serve answers a request, or returns why it does not: the instance is closed,
// or asked by too many.
func (in *instance) serve(w http.ResponseWriter, r *http.Request) error {
	if err := in.enter(); err != nil {
		return err
	}
	defer func() {
		in.mu.Lock()
		defer in.mu.Unlock()
		if in.asking--; in.closed && in.asking == 0 {
			close(in.quiet)
		}
	}()
	ctx, cancel := context.WithCancelCause(r.Context())
	defer cancel(nil)
	defer context.AfterFunc(in.base, func() { cancel(context.Cause(in.base)) })()
	in.handler.ServeHTTP(w, r.WithContext(ctx))
	return nil
}

// errClosing ends what is still being answered when a journal is closed.
var errClosing = daybook.Errorf(daybook.Unavailable, "This journal is being closed. Try again.")

// close waits until nobody asks any more, ends what asks for longer than
// grace, and closes everything. Its jobs have been stopped.
func (in *instance) close(grace time.Duration) {
	in.mu.Lock()
	if in.closed = true; in.asking == 0 {
		close(in.quiet)
	}
	in.mu.Unlock()
	timer := time.AfterFunc(grace, func() { in.end(errClosing) })
	<-in.quiet
	timer.Stop()
	in.end(nil)
	if err := in.notes.Close(); err != nil {
		in.app.log.Error("close the notes", "err", err)
	}
	in.app.Close()
}
