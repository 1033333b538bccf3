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
	"daybook/internal/journal"
	"daybook/internal/settings"
	"daybook/internal/store/postgres"
)

// sweepEvery is how often the server looks for notes whose change it was not
// told of.
const sweepEvery = 30 * time.Second

// closeWithin is how long a server that is told to stop waits for answers
// that are being given.
const closeWithin = 5 * time.Second

// Config is what is served.
type Config struct {
	Journal *journal.Journal // is closed at the end
	Sources settings.Sources // of the settings
	Page    fs.FS            // nil serves no page
	Version string
	// listening is called once requests are answered.
	Listening func(net.Addr)
}

// Run listens, reads the journal in the background, and returns when ctx
// ends. It closes the journal.
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

// newHandler returns what answers requests: for one journal, or for those of
// many owners. Its jobs end with ctx; call closeAll after the last request.
func newHandler(ctx context.Context, c Config, addr net.Addr) (handler http.Handler, closeAll func(), err error) {
	if err := checkLoopback(c.Journal.Settings, addr); err != nil {
		return nil, nil, err
	}
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
		return srv, srv.Close, nil
	}
	acc := newAccounts(ctx, srv, db)
	return acc, func() {
		if err := acc.close(); err != nil {
			srv.log.Error("close the journals of the owners", "err", err)
		}
		srv.Close()
	}, nil
}

// openOwners opens the database that says whose journals are served besides that
// of the settings; nil for other stores. If there are any, no_token is refused:
// the server is meant for others.
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

// listen opens the address that is served, and reads what it is encrypted
// with, nil where it is not.
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
		return nil, nil, &daybook.Error{Kind: daybook.Unavailable, Message: "cannot listen on " + s.Addr + "; is another server there? (--addr names another address)", Err: err}
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
