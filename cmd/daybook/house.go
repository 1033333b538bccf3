package main

import (
	"context"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"

	"daybook"
	"daybook/internal/httpapi"
	"daybook/internal/session"
	"daybook/internal/settings"
)

// house serves one journal, and another when its owner chooses one: that is
// opened beside the first, takes its place, and the first is closed when
// nobody asks it any more. What is the server's own stays: its address, its
// token and who has shown it.
type house struct {
	version string
	sources settings.Sources
	began   settings.Settings // those the server began with
	near    bool              // only this machine can reach it
	gate    *session.Gate
	access  *session.Store // nil under no_token
	log     *slog.Logger
	page    fs.FS

	current  atomic.Pointer[instance]
	choosing sync.Mutex
	surveys  chan struct{} // how many folders are looked at
	closing  sync.WaitGroup
	jobs     context.Context // what runs beside requests ends with it
}

// newHouse returns a house that serves a, which it owns from then on, unless
// it fails. What runs beside the requests ends with ctx.
func newHouse(ctx context.Context, c serving, addr net.Addr) (*house, error) {
	a := c.journal
	h := &house{
		version: c.version, page: c.page, sources: c.sources, began: a.settings, near: isLoopback(addr), gate: session.NewGate(a.log), log: a.log,
		surveys: make(chan struct{}, 2), jobs: ctx,
	}
	var err error
	if h.access, err = newAccess(a.settings, h.gate); err != nil {
		return nil, err
	}
	in, err := newInstance(a, h)
	if err != nil {
		return nil, err
	}
	in.startJobs(ctx)
	h.current.Store(in)
	h.closing.Go(func() { h.followToken(ctx) })
	return h, nil
}

// ServeHTTP answers for the journal that is served.
func (h *house) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	for {
		in := h.current.Load()
		if in.serve(w, r) == nil {
			return
		}
		if h.current.Load() == in { // none takes its place: the server ends
			panic(http.ErrAbortHandler)
		}
	}
}

// close closes what is served. The server has ended before.
func (h *house) close() {
	h.choosing.Lock() // for good
	in := h.current.Load()
	in.stopJobs()
	in.close(0)
	h.closing.Wait()
}

// State implements httpapi.Setup.
func (h *house) State() httpapi.SetupState {
	s := h.current.Load().app.settings
	return httpapi.SetupState{Journal: s.Journal, Evergreen: s.Evergreen, Demo: s.Demo(), Why: h.why(s)}
}

// why says why another journal may not be chosen, "" where it may.
func (h *house) why(s settings.Settings) string {
	origin := s.Origin("journal")
	switch {
	case h.access == nil:
		return "Choosing a journal here requires signing in, and this Daybook runs without a token (no_token): choose it in the settings."
	case !h.near:
		return "This Daybook can be reached from other computers, so its journal is chosen in the settings alone."
	case len(s.AllowedHosts) > 0:
		return "This Daybook is asked under other names too (allowed_hosts), so its journal is chosen in the settings alone."
	case settings.Outranks(origin):
		return "The journal is set by " + origin + ", which wins over what is chosen here."
	}
	return ""
}

// Choose implements httpapi.Setup.
func (h *house) Choose(_ context.Context, journal string, formats []string) error {
	if !h.choosing.TryLock() {
		return daybook.Errorf(daybook.Conflict, "Another journal is just being opened; wait a moment.")
	}
	defer h.choosing.Unlock()
	edit, s, err := h.edit(journal, formats)
	if err != nil {
		return err
	}
	// Two may share a store: one of them keeps it up to date at a time.
	old := h.current.Load()
	old.stopJobs()
	next, err := h.open(s)
	if err == nil {
		if err = edit.Write(); err != nil {
			next.close(0)
		}
	}
	if err != nil {
		old.startJobs(h.jobs)
		return err
	}
	next.startJobs(h.jobs)
	h.current.Store(next)
	h.closing.Go(func() { old.close(closeWithin / 2) })
	next.app.log.Info("another journal is served", "demo", s.Demo())
	return nil
}

// edit returns the change of the settings file that chooses a journal, and the
// settings as they are with it.
func (h *house) edit(journal string, formats []string) (*settings.Edit, settings.Settings, error) {
	var none settings.Settings
	changes := []settings.Change{{Name: "journal", Value: journal}}
	if journal != "" {
		path, err := settings.WholePath(journal, h.sources.Home)
		if err != nil {
			return nil, none, &daybook.Error{Kind: daybook.Invalid, Field: "body.journal", Message: "Write the whole path, from its beginning or from ~."}
		}
		if place := standsAt(path); !place.Readable {
			return nil, none, &daybook.Error{Kind: daybook.Invalid, Field: "body.journal", Message: place.Message}
		}
		changes[0].Value = path
		if len(formats) > 0 {
			if origin := h.current.Load().app.settings.Origin("date_formats"); settings.Outranks(origin) && !slices.Equal(formats, h.began.DateFormats) {
				return nil, none, daybook.Errorf(daybook.Conflict, "The date formats are set by %s, which wins over what is chosen here.", origin)
			}
			changes = append(changes, settings.Change{Name: "date_formats", Value: formats})
		}
	}
	edit, err := h.sources.Edit(changes...)
	if err != nil {
		return nil, none, err
	}
	s, err := edit.Load(h.sources)
	if err != nil {
		return nil, none, err
	}
	// These are the server's, which goes on.
	s.Addr, s.TLSCert, s.TLSKey, s.AllowedHosts = h.began.Addr, h.began.TLSCert, h.began.TLSKey, h.began.AllowedHosts
	s.Token, s.NoToken = h.began.Token, h.began.NoToken
	return edit, s, nil
}

// open opens the journal that settings name.
func (h *house) open(s settings.Settings) (*instance, error) {
	a, err := openJournal(h.jobs, s, options{log: h.log})
	if err != nil {
		return nil, err
	}
	h.logNotices(a)
	in, err := newInstance(a, h)
	if err != nil {
		a.Close()
		return nil, err
	}
	if err := h.forget(a); err != nil {
		in.close(0)
		return nil, err
	}
	return in, nil
}

// forget takes notes of another journal out of the index of a real one. Its owner
// has chosen another, so that they are not missing.
func (h *house) forget(a *journal) error {
	stats, err := a.store.Stats(h.jobs)
	if err != nil || stats.Entries == 0 || a.settings.Journal == h.current.Load().app.settings.Journal {
		return err
	}
	_, err = a.indexer.AcceptMissing(h.jobs, nil)
	return err
}

// logNotices logs what the journal's owner should know of it.
func (h *house) logNotices(j *journal) {
	for _, notice := range j.notices {
		j.log.Warn(notice)
	}
}

// routes lists the patterns of the routes.
func (h *house) routes() []string {
	return h.current.Load().handler.(interface{ Routes() []string }).Routes()
}
