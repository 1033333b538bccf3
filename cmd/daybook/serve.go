package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"daybook"
	"daybook/internal/ingest"
	"daybook/internal/settings"
	"daybook/internal/store"
	"daybook/internal/store/postgres"
	"daybook/web"
)

// sweepEvery is how often the server looks for notes whose change it was not
// told of.
const sweepEvery = 30 * time.Second

// closeWithin is how long a server that is told to stop waits for answers
// that are being given.
const closeWithin = 5 * time.Second

func newServe(w world, open opener) *cobra.Command {
	return &cobra.Command{
		Use:   "serve",
		Short: "Serve the journal's API",
		Long: `Serve the journal over HTTP, by default on this machine alone. What was indexed
before is served at once; the journal is read meanwhile, and again whenever a
note changes. Where the system does not tell of changes, as of those made
elsewhere on a network disk, they are found within half a minute.

Every request needs the token. The first start generates it; at a terminal a link
is printed that signs a browser in, and “daybook token” prints the token.`,
		Example: `  daybook serve
  daybook serve --addr 127.0.0.1:9000 --journal ~/Journal
  daybook serve --addr 192.168.1.7:8000 --tls-cert cert.pem --tls-key key.pem --journal ~/Journal`,
		Args: usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			src, err := sourcesOf(w, cmd.Flags())
			if err != nil {
				return err
			}
			a, err := open(cmd)
			if err != nil {
				return err
			}
			return a.serve(cmd.Context(), src)
		},
	}
}

// serve listens, reads the journal beside it, and returns when ctx ends. The
// app is closed then.
func (a *app) serve(ctx context.Context, src settings.Sources) error {
	ln, config, err := a.listen()
	if err != nil {
		a.Close()
		return err
	}
	if err := onlyHere(a.settings, ln.Addr()); err != nil {
		a.Close()
		return errors.Join(err, ln.Close())
	}
	tuneCollector(a.world.getenv)
	g, gctx := errgroup.WithContext(ctx)
	db, err := a.openOwners(ctx)
	if err != nil {
		a.Close()
		return errors.Join(err, ln.Close())
	}
	h, err := newHouse(gctx, a, src, ln.Addr())
	if err != nil {
		a.Close()
		if db != nil {
			err = errors.Join(err, db.Close())
		}
		return errors.Join(err, ln.Close())
	}
	defer h.close()
	var handler http.Handler = h
	if db != nil {
		t := newTenants(gctx, h, db)
		defer func() {
			if err := t.close(); err != nil {
				a.log.Error("close the journals of the owners", "err", err)
			}
		}()
		handler = t
	}
	// Streams end when base does; requests have closeWithin to end by
	// themselves.
	base, stopStreams := context.WithCancelCause(context.WithoutCancel(ctx))
	defer stopStreams(nil)
	server := &http.Server{
		Handler:           handler,
		TLSConfig:         config,
		BaseContext:       func(net.Listener) context.Context { return base },
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       time.Minute,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
	}
	a.announce(ctx, ln.Addr())
	g.Go(func() error {
		serve := func() error { return server.Serve(ln) }
		if config != nil {
			serve = func() error { return server.ServeTLS(ln, "", "") }
		}
		if err := serve(); !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("serve: %w", err)
		}
		return nil
	})
	g.Go(func() error {
		<-gctx.Done()
		return shutdown(server, stopStreams)
	})
	return g.Wait()
}

// openOwners opens the database that says whose journals are served besides that
// of the settings; nil for other stores. If there are any, no_token is refused:
// the server is meant for others.
func (a *app) openOwners(ctx context.Context) (*postgres.DB, error) {
	if !isPostgres(a.settings) {
		return nil, nil
	}
	db, err := postgres.Open(ctx, a.settings.Store.Reveal())
	if err != nil || !a.settings.NoToken {
		return db, err
	}
	accounts, err := db.Accounts(ctx)
	if err == nil && len(accounts) > 0 {
		err = daybook.Errorf(daybook.Invalid, "no_token (%s): other owners' journals are served here too, so a token is required; unset no_token", a.settings.Origin("no_token"))
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// listen opens the address that is served, and reads what it is encrypted
// with, nil where it is not.
func (a *app) listen() (net.Listener, *tls.Config, error) {
	var config *tls.Config
	if a.settings.TLSCert != "" {
		certificate, err := newCertificate(a.settings.TLSCert, a.settings.TLSKey, a.log)
		if err != nil {
			return nil, nil, err
		}
		config = &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: certificate.get}
	}
	ln, err := net.Listen("tcp", a.settings.Addr)
	if err != nil {
		return nil, nil, &daybook.Error{Kind: daybook.Unavailable, Message: "cannot listen on " + a.settings.Addr + "; is another server there? (--addr names another address)", Err: err}
	}
	return ln, config, nil
}

// errStopping ends what is still being answered when the server stops.
var errStopping = daybook.Errorf(daybook.Unavailable, "Daybook is stopping. Try again when it is back.")

// shutdown lets requests end by themselves for a while, and then ends them.
func shutdown(server *http.Server, stopStreams context.CancelCauseFunc) error {
	ctx, cancel := context.WithTimeout(context.Background(), closeWithin)
	defer cancel()
	grace := time.AfterFunc(closeWithin/2, func() { stopStreams(errStopping) })
	defer grace.Stop()
	if err := server.Shutdown(ctx); err != nil {
		return server.Close()
	}
	return nil
}

// announce says what is served, and where each task's text goes.
func (a *app) announce(ctx context.Context, addr net.Addr) {
	out := a.world.stderr
	fmt.Fprintf(out, "Daybook %s\n", version)
	journal := a.settings.Journal
	if a.settings.Demo() {
		journal = "the demo journal (name your own with --journal or DAYBOOK_JOURNAL)"
	}
	fmt.Fprintf(out, "  journal    %s\n  data       %s\n", journal, a.settings.StorePlace())
	for _, line := range a.destinations() {
		fmt.Fprintf(out, "  %s\n", line)
	}
	if building, err := a.building(ctx); err == nil && building != "" { // an error shows with the first search
		fmt.Fprintf(out, "  vectors    %s\n", building)
	}
	scheme := "http"
	if a.settings.TLSCert != "" {
		scheme = "https"
	}
	if !web.Built() {
		fmt.Fprintf(out, "  page       not in this program: make build puts it there, with Node.js and npm\n")
	}
	a.announceAccess(addr)
	fmt.Fprintf(out, "  listening  %s://%s\n", scheme, addr)
}

// index reads what changed of the journal by run, logs what there is to say, and
// returns it.
func (a *app) index(ctx context.Context, run func(context.Context, func(ingest.Progress)) (ingest.Report, error)) ingest.Report {
	report, err := run(ctx, nil)
	if err != nil && ctx.Err() == nil {
		a.log.Error("read the journal; what was read before is served", "err", err)
	}
	lines := troubles(report)
	if line := skipped(report.Skipped); line != "" && report.Whole {
		lines = append(lines, line)
	}
	for _, line := range lines {
		if a.told[line] {
			continue // once is enough, not every time
		}
		a.told[line] = true
		a.log.Warn(line)
	}
	if report.Indexed+report.Deleted > 0 {
		a.log.Info("read the journal", "indexed", report.Indexed, "deleted", report.Deleted,
			"skipped", len(report.Skipped), "failed", len(report.Failed), "took", report.Duration.Round(time.Millisecond))
	}
	return report
}

// embed asks for the vectors that are missing, where a model is set for it. What
// they took the place of is erased at the next call: some time later. Progress
// may be nil.
//
// Only passages with a greater ID than after are looked at.
func (a *app) embed(ctx context.Context, after int64, progress func(int)) error {
	job, ok := a.embedding()
	job.After = after
	if !ok || ctx.Err() != nil {
		return nil
	}
	if err := job.LetGo(ctx); err != nil && ctx.Err() == nil {
		a.log.Error("let old vectors go", "err", err)
	}
	report, err := job.Run(ctx, progress)
	if ctx.Err() != nil {
		return nil // the next start goes on
	}
	if err != nil {
		a.log.Error("embed the journal; search by words goes on", "err", err)
	}
	if report.Embedded > 0 {
		a.log.Info("embedded the journal", "passages", report.Embedded, "tokens", report.Tokens)
	}
	if report.Replaced.Model != "" {
		a.log.Info("another model's vectors serve searches now", "model", report.Space.Model, "before", report.Replaced.Model)
	}
	if o, ok := a.store.(store.Optimizer); ok && err == nil {
		if err := o.Optimize(ctx); err != nil && ctx.Err() == nil {
			a.log.Error("make an index of the vectors; search goes on without", "err", err)
		}
	}
	return err
}
