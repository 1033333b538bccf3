package server

import (
	"context"
	"errors"
	"net/http"
	"path/filepath"
	"sync"
	"time"

	"daybook"
	"daybook/internal/attachments"
	"daybook/internal/httpapi"
	"daybook/internal/journal"
	"daybook/internal/links"
	"daybook/internal/notebook"
	"daybook/internal/notes"
)

// journalServer serves one journal: its handler, its jobs, and the requests that
// are running.
type journalServer struct {
	journal   *journal.Journal
	notes     *notes.Service
	notebooks *notebook.Service
	upkeep    *upkeep
	backups   *dailyBackups
	handler   http.Handler
	routes    []string // the patterns of handler

	ahead    *ahead
	base     context.Context // canceled to end requests
	end      context.CancelCauseFunc
	stopJobs func() // cancels the jobs and waits for them

	maxRequests int // 0 is no limit
	mu          sync.Mutex
	running     int           // requests
	closed      bool          // no more requests are accepted
	idle        chan struct{} // closed after the last request
}

// newJournalServer returns a server for the journal of the settings. It owns the
// journal unless it fails.
func newJournalServer(j *journal.Journal, srv *Server) (*journalServer, error) {
	if srv.access == nil {
		return newJournalServerFor(j, srv, nil, srv)
	}
	return newJournalServerFor(j, srv, srv.access, srv)
}

// newJournalServerFor returns a server for a journal. Access is nil under
// no_token; setup is nil if the journal cannot be changed.
func newJournalServerFor(j *journal.Journal, srv *Server, access httpapi.Access, setup httpapi.Setup) (*journalServer, error) {
	service, err := j.OpenNotes()
	if err != nil {
		return nil, err
	}
	files, err := attachments.New(j.Settings.Journal, filepath.Join(filepath.Dir(j.Settings.Database()), "cache", "pictures"), j.Vault.Attachments, func(folder string) attachments.Renderer { return j.Renderer.In(folder) })
	if err != nil {
		return nil, errors.Join(err, service.Close())
	}
	books, err := j.OpenNotebooks(service)
	if err != nil {
		return nil, errors.Join(err, service.Close())
	}
	js := &journalServer{journal: j, notes: service, notebooks: books, upkeep: newUpkeep(j), backups: newBackups(j, srv.version), stopJobs: func() {}, idle: make(chan struct{})}
	js.base, js.end = context.WithCancelCause(context.Background())
	book := j.Book()
	keep := pictureBytes
	if setup == nil {
		keep = accountPictureBytes
	}
	js.ahead = newAhead(book, keep)
	tokens, _ := setup.(httpapi.Tokens)
	editor, _ := setup.(httpapi.Settings) // who may choose the journal may change the settings
	handler := httpapi.New(httpapi.Config{
		Chat:        j.Chat,
		Searcher:    j.Search,
		Threads:     j.Threads,
		Notes:       service,
		Almanac:     j.Almanac,
		Analyses:    j.Analyses,
		Book:        book,
		Ahead:       js.ahead.show,
		Uploads:     service,
		Attacher:    service,
		Notebooks:   books,
		Glossary:    j.Glossary,
		Recordings:  service,
		Speech:      j.Speech(),
		Inspector:   j.Renderer,
		Attachments: files,
		Links:       links.New(j.Store, j.Vault),
		Ready:       js.upkeep.ready.Load,
		Ingest:      js.upkeep,
		Models:      modelList{j.Models, j.Catalog, j.Settings},
		Spending:    j.Ledger,
		Ledger:      j.Calls,
		Backups:     js.backups,
		Now:         j.Now,
		MCP:         j.MCP(service, srv.version, false).Handler(),
		Default:     j.ChatDefault(),
		Folders:     j.Folders(),
		Stats:       j.Store,
		Access:      access,
		Page:        srv.page,
		Demo:        j.Settings.Demo(),
		Setup:       setup,
		Settings:    editor,
		Tokens:      tokens,
		BasePath:    srv.initial.BasePath,
		Hosts:       j.Settings.AllowedHosts,
		Origins:     j.Settings.CORSOrigins,
		Version:     srv.version,
		Log:         j.Log,
	})
	if httpapi.Reserved(srv.initial.BasePath, handler.Routes()) {
		err := daybook.Errorf(daybook.Invalid, "base_path (%s): Daybook has addresses of its own below %s; choose another path", srv.initial.Origin("base_path"), srv.initial.BasePath)
		return nil, errors.Join(err, books.Close(), service.Close())
	}
	js.handler, js.routes = handler, handler.Routes()
	return js, nil
}

// startJobs runs the background jobs until ctx ends or stopJobs is called.
func (js *journalServer) startJobs(ctx context.Context) {
	ctx, cancel := context.WithCancel(ctx)
	var jobs sync.WaitGroup
	jobs.Go(func() { js.upkeep.run(ctx) })
	jobs.Go(func() {
		select {
		case <-ctx.Done():
		case <-js.upkeep.scanned: // tidying lists the journal too
			js.tidyNotes(ctx)
		}
	})
	jobs.Go(func() { js.backups.run(ctx) })
	jobs.Go(func() { js.notebooks.Run(ctx) })
	jobs.Go(func() {
		if err := js.journal.Analyses.Resume(ctx); err != nil && ctx.Err() == nil {
			js.journal.Log.Error("resume analyses", "err", err)
		}
	})
	js.stopJobs = func() { cancel(); jobs.Wait() }
}

// enter counts a request, or returns why it is refused.
func (js *journalServer) enter() error {
	js.mu.Lock()
	defer js.mu.Unlock()
	switch {
	case js.closed:
		return daybook.Errorf(daybook.Unavailable, "The journal is being closed. Try again.")
	case js.maxRequests > 0 && js.running >= js.maxRequests:
		return daybook.Errorf(daybook.RateLimited, "Too many concurrent requests. Try again shortly.")
	}
	js.running++
	return nil
}

// serve handles a request. It returns an error, with nothing written, if the
// server is closed or has too many requests.
func (js *journalServer) serve(w http.ResponseWriter, r *http.Request) error {
	if err := js.enter(); err != nil {
		return err
	}
	defer func() {
		js.mu.Lock()
		defer js.mu.Unlock()
		if js.running--; js.closed && js.running == 0 {
			close(js.idle)
		}
	}()
	ctx, cancel := context.WithCancelCause(r.Context())
	defer cancel(nil)
	defer context.AfterFunc(js.base, func() { cancel(context.Cause(js.base)) })()
	js.handler.ServeHTTP(w, r.WithContext(ctx))
	return nil
}

// errClosing ends requests that still run when a journal is closed.
var errClosing = daybook.Errorf(daybook.Unavailable, "This journal is being closed. Try again.")

// close waits for running requests, cancels them after grace, and closes the
// journal. Stop the jobs first.
func (js *journalServer) close(grace time.Duration) {
	js.mu.Lock()
	if js.closed = true; js.running == 0 {
		close(js.idle)
	}
	js.mu.Unlock()
	timer := time.AfterFunc(grace, func() { js.end(errClosing) })
	<-js.idle
	timer.Stop()
	js.end(nil)
	js.ahead.close()
	if err := js.notebooks.Close(); err != nil {
		js.journal.Log.Error("close notebooks", "err", err)
	}
	if err := js.notes.Close(); err != nil {
		js.journal.Log.Error("close notes", "err", err)
	}
	js.journal.Close()
}
