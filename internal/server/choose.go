package server

import (
	"context"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"slices"
	"sync"
	"sync/atomic"

	"daybook"
	"daybook/internal/httpapi"
	"daybook/internal/journal"
	"daybook/internal/llm/local"
	"daybook/internal/session"
	"daybook/internal/settings"
)

// Server serves one journal. Another can be chosen while it runs: the new one is
// opened first, replaces the old one, and the old one is closed after its last
// request. Address, token and sessions stay the same.
type Server struct {
	version  string
	sources  settings.Sources
	initial  settings.Settings // at the start
	loopback bool              // only this computer can reach it
	gate     *session.Gate
	access   *session.Store // nil under no_token
	log      *slog.Logger
	page     fs.FS
	addr     net.Addr
	ports    []local.Port // where model servers of this machine are looked for
	pricesOf string       // the day of the list prices

	current  atomic.Pointer[journalServer]
	choosing sync.Mutex
	surveys  chan struct{} // limits how many folders are surveyed at once
	closing  sync.WaitGroup
	jobs     context.Context // background jobs end with it
}

// New returns a server for the configured journal and starts its jobs, which end
// with ctx. It owns the journal unless it fails.
func New(ctx context.Context, c Config, addr net.Addr) (*Server, error) {
	j := c.Journal
	srv := &Server{
		version: c.Version, page: c.Page, sources: c.Sources, initial: j.Settings, loopback: IsLoopback(addr), gate: session.NewGate(j.Log), log: j.Log,
		surveys: make(chan struct{}, 2), jobs: ctx, addr: addr, ports: c.Ports, pricesOf: c.PricesOf,
	}
	var err error
	if srv.access, err = newAccess(j.Settings, srv.gate); err != nil {
		return nil, err
	}
	js, err := newJournalServer(j, srv)
	if err != nil {
		return nil, err
	}
	js.startJobs(ctx)
	srv.current.Store(js)
	srv.closing.Go(func() { srv.followToken(ctx) })
	return srv, nil
}

// ServeHTTP serves the current journal.
func (srv *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	for {
		js := srv.current.Load()
		if js.serve(w, r) == nil {
			return
		}
		if srv.current.Load() == js { // not replaced: the server is stopping
			panic(http.ErrAbortHandler)
		}
	}
}

// Close stops the jobs and closes the journal. Call it after the last request.
func (srv *Server) Close() {
	srv.choosing.Lock() // never unlocked
	js := srv.current.Load()
	js.stopJobs()
	js.close(0)
	srv.closing.Wait()
}

// State implements httpapi.Setup.
func (srv *Server) State() httpapi.SetupState {
	s := srv.current.Load().journal.Settings
	return httpapi.SetupState{Journal: s.Journal, Evergreen: s.Evergreen, Demo: s.Demo(), Why: srv.fixed(s)}
}

// fixed returns why the journal cannot be changed here; "" if it can.
func (srv *Server) fixed(s settings.Settings) string {
	origin := s.Origin("journal")
	switch {
	case srv.Fixed() != "":
		return srv.Fixed()
	case settings.Outranks(origin):
		return "The journal is set by " + origin + ", which overrides a choice made here."
	}
	return ""
}

// Choose implements httpapi.Setup.
func (srv *Server) Choose(_ context.Context, choice httpapi.SetupChoice) error {
	if !srv.choosing.TryLock() {
		return daybook.Errorf(daybook.Conflict, "Another journal is being opened. Try again shortly.")
	}
	defer srv.choosing.Unlock()
	folder, err := srv.wholePath(choice.Journal)
	if err != nil {
		return err
	}
	made := false
	if choice.Create && folder != "" {
		if made, err = makeJournal(folder); err != nil {
			return err
		}
	}
	edit, s, err := srv.edit(folder, choice.DateFormats)
	if err == nil {
		err = srv.replace(edit, s)
	}
	if err != nil {
		if made {
			os.Remove(folder) // only if it is still empty
		}
		return err
	}
	srv.log.Info("now serving another journal", "demo", s.Demo())
	return nil
}

// wholePath returns the absolute path of a folder as it was typed, "" for "".
func (srv *Server) wholePath(journal string) (string, error) {
	if journal == "" {
		return "", nil
	}
	path, err := settings.WholePath(journal, srv.sources.Home)
	if err != nil {
		return "", &daybook.Error{Kind: daybook.Invalid, Field: "body.journal", Message: "Enter the full path, starting with / or ~."}
	}
	return path, nil
}

// makeJournal makes the folder of a new journal, and reports whether it was missing.
func makeJournal(path string) (made bool, err error) {
	if !inspect(path).Creatable {
		return false, nil
	}
	if err := os.Mkdir(path, 0o700); err != nil {
		return false, &daybook.Error{Kind: daybook.Invalid, Field: "body.journal", Message: "Daybook could not create this folder. Is it allowed to write there?", Err: err}
	}
	return true, nil
}

// replace serves by other settings from now on. Edit, which may be nil, is
// written once they work. The caller holds choosing.
func (srv *Server) replace(edit *settings.Edit, s settings.Settings) error {
	// Both may use the same store, so only one may run its jobs.
	old := srv.current.Load()
	old.stopJobs()
	next, err := srv.openJournal(s)
	if err == nil && edit != nil {
		if err = edit.Write(); err != nil {
			next.close(0)
		}
	}
	if err != nil {
		old.startJobs(srv.jobs)
		return err
	}
	next.startJobs(srv.jobs)
	srv.current.Store(next)
	srv.closing.Go(func() { old.close(closeWithin / 2) })
	return nil
}

// edit returns the change to the settings file that chooses the journal in a
// folder, "" for the demo, and the settings that result.
func (srv *Server) edit(journal string, formats []string) (*settings.Edit, settings.Settings, error) {
	var none settings.Settings
	changes := []settings.Change{{Name: "journal", Value: journal}}
	if journal != "" {
		if place := inspect(journal); !place.Readable {
			return nil, none, &daybook.Error{Kind: daybook.Invalid, Field: "body.journal", Message: place.Message}
		}
		if len(formats) > 0 {
			if origin := srv.current.Load().journal.Settings.Origin("date_formats"); settings.Outranks(origin) && !slices.Equal(formats, srv.initial.DateFormats) {
				return nil, none, daybook.Errorf(daybook.Conflict, "The date formats are set by %s, which overrides a choice made here.", origin)
			}
			changes = append(changes, settings.Change{Name: "date_formats", Value: formats})
		}
	}
	edit, err := srv.sources.Edit(changes...)
	if err != nil {
		return nil, none, err
	}
	s, err := edit.Load(srv.sources)
	if err != nil {
		return nil, none, err
	}
	return edit, srv.running(s), nil
}

// running returns settings with what belongs to the running server.
func (srv *Server) running(s settings.Settings) settings.Settings {
	s.Addr, s.TLSCert, s.TLSKey, s.AllowedHosts = srv.initial.Addr, srv.initial.TLSCert, srv.initial.TLSKey, srv.initial.AllowedHosts
	s.Token, s.NoToken = srv.initial.Token, srv.initial.NoToken
	return s
}

// openJournal opens the journal that settings name and returns its server.
func (srv *Server) openJournal(s settings.Settings) (*journalServer, error) {
	j, err := journal.Open(srv.jobs, s, journal.Options{Log: srv.log})
	if err != nil {
		return nil, err
	}
	srv.logNotices(j)
	js, err := newJournalServer(j, srv)
	if err != nil {
		j.Close()
		return nil, err
	}
	if err := srv.forget(j); err != nil {
		js.close(0)
		return nil, err
	}
	return js, nil
}

// forget deletes the notes of another journal from the index. They are not
// missing: the owner has chosen another journal.
func (srv *Server) forget(j *journal.Journal) error {
	stats, err := j.Store.Stats(srv.jobs)
	if err != nil || stats.Entries == 0 || j.Settings.Journal == srv.current.Load().journal.Settings.Journal {
		return err
	}
	_, err = j.Indexer.AcceptMissing(srv.jobs, nil)
	return err
}

// logNotices logs the notices of a journal.
func (srv *Server) logNotices(j *journal.Journal) {
	for _, notice := range j.Notices {
		j.Log.Warn(notice)
	}
}

// Routes lists the patterns of all routes.
func (srv *Server) Routes() []string {
	return srv.current.Load().routes
}
