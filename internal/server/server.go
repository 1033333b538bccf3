// Package server serves one journal, or those of many accounts. It runs the
// background jobs of each: reading the notes, transcribing, embedding, backups.
package server

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"

	"daybook"
	"daybook/internal/httpapi"
	"daybook/internal/journal"
	"daybook/internal/llm/local"
	"daybook/internal/settings"
	"daybook/internal/store/postgres"
)

// sweepEvery is how often a server scans the whole journal for changes that the
// system did not report.
const sweepEvery = 30 * time.Second

// closeWithin is how long a stopping server waits for running requests.
const closeWithin = 5 * time.Second

// Config is what to serve.
type Config struct {
	Journal *journal.Journal // closed by Run
	Sources settings.Sources // where the settings come from
	Page    fs.FS            // the web page; nil for none
	Version string
	// Ports are where model servers of this machine are looked for.
	Ports []local.Port
	// PricesOf is the day of the list prices.
	PricesOf string
	// Listening is called when the server accepts connections. It may be nil.
	Listening func(net.Addr)
}

// Run serves the journal at the address in its settings until ctx ends, and
// closes it. Its settings also say whether there may be other accounts.
func Run(ctx context.Context, c Config) (err error) {
	j := c.Journal
	ln, config, err := listen(j.Settings, j.Log)
	if err != nil {
		j.Close()
		return err
	}
	g, gctx := errgroup.WithContext(ctx)
	handler, closeAll, err := newHandler(gctx, c, ln.Addr())
	if err != nil {
		j.Close()
		return errors.Join(err, ln.Close())
	}
	defer closeAll()
	// Canceling base ends streams. Other requests have closeWithin to finish.
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
	if c.Listening != nil {
		c.Listening(ln.Addr())
	}
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

// newHandler returns the handler for one journal or for those of many accounts.
// Its jobs end with ctx; call closeAll after the last request.
func newHandler(ctx context.Context, c Config, addr net.Addr) (handler http.Handler, closeAll func(), err error) {
	if err := checkLoopback(c.Journal.Settings, addr); err != nil {
		return nil, nil, err
	}
	base := c.Journal.Settings.BasePath
	db, err := openOwners(ctx, c.Journal.Settings)
	if err != nil {
		return nil, nil, err
	}
	srv, err := New(ctx, c, addr)
	if err != nil {
		if db != nil {
			err = errors.Join(err, db.Close())
		}
		return nil, nil, err
	}
	if db == nil {
		return httpapi.Below(base, srv), srv.Close, nil
	}
	acc := newAccounts(ctx, srv, db)
	return httpapi.Below(base, acc), func() {
		if err := acc.close(); err != nil {
			srv.log.Error("close the accounts", "err", err)
		}
		srv.Close()
	}, nil
}

// openOwners opens the database with the accounts; nil if the store is not
// PostgreSQL. If there are any accounts, no_token is refused.
func openOwners(ctx context.Context, s settings.Settings) (*postgres.DB, error) {
	if !isPostgres(s) {
		return nil, nil
	}
	db, err := postgres.Open(ctx, s.Store.Reveal())
	if err != nil || !s.NoToken {
		return db, err
	}
	accounts, err := db.Accounts(ctx)
	if err == nil && len(accounts) > 0 {
		err = daybook.Errorf(daybook.Invalid, "no_token (%s): other owners' journals are served here too, so a token is required; unset no_token", s.Origin("no_token"))
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// listen listens on the address in the settings. The TLS configuration is nil
// without a certificate.
func listen(s settings.Settings, log *slog.Logger) (net.Listener, *tls.Config, error) {
	var config *tls.Config
	if s.TLSCert != "" {
		certificate, err := newCertificate(s.TLSCert, s.TLSKey, log)
		if err != nil {
			return nil, nil, err
		}
		config = &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: certificate.get}
	}
	ln, err := net.Listen("tcp", s.Addr)
	if err != nil {
		return nil, nil, &daybook.Error{Kind: daybook.Unavailable, Message: "cannot listen on " + s.Addr + "; is another server running there? (try --addr)", Err: err}
	}
	return ln, config, nil
}

// errStopping ends requests that still run when the server stops.
var errStopping = daybook.Errorf(daybook.Unavailable, "Daybook is stopping. Try again when it is back.")

// shutdown waits for requests, cancels streams after half of closeWithin, and
// closes all connections after closeWithin.
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
