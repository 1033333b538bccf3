package server

import (
	"context"
	"net"
	"path/filepath"
	"time"

	"daybook"
	"daybook/internal/session"
	"daybook/internal/settings"
)

// readTokenEvery is how often a server looks whether its token was replaced.
const readTokenEvery = 2 * time.Second

// Token returns the token of the settings, or the one in the data folder,
// which is generated first if there is none. It is "" under no_token.
func Token(s settings.Settings) (string, error) {
	if s.NoToken || s.Token.IsSet() {
		return s.Token.Reveal(), nil
	}
	return session.EnsureToken(s.Data)
}

// newAccess returns what decides who is let in to the journal of the settings;
// nil under no_token.
func newAccess(s settings.Settings, gate *session.Gate) (*session.Store, error) {
	token, err := Token(s)
	if err != nil || token == "" {
		return nil, err
	}
	return session.New(filepath.Join(s.Data, "sessions"), token, gate, time.Now), nil
}

// followToken takes over a generated token that is replaced while the server
// runs, until ctx ends.
func (srv *Server) followToken(ctx context.Context) {
	if srv.access == nil || srv.initial.Token.IsSet() {
		return
	}
	said := ""
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(readTokenEvery):
		}
		token, err := session.ReadToken(srv.initial.Data)
		switch {
		case err != nil && err.Error() != said:
			said = err.Error()
			srv.log.Warn("the token file cannot be read; the last token remains valid until the server stops", "err", err)
		case err == nil && !srv.access.Is(token):
			srv.access.Replace(token)
			srv.log.Info("the token was replaced; browsers have to sign in again")
		}
	}
}

// checkLoopback refuses to serve without a token on an address that others can
// reach. The settings refuse it too, by what the name resolved to then.
func checkLoopback(s settings.Settings, addr net.Addr) error {
	if s.NoToken && !IsLoopback(addr) {
		return daybook.Errorf(daybook.Invalid, "no_token (%s): without a token Daybook serves this computer only, and %s can be reached from others", s.Origin("no_token"), addr)
	}
	return nil
}

func IsLoopback(addr net.Addr) bool {
	tcp, ok := addr.(*net.TCPAddr)
	return ok && tcp.IP.IsLoopback()
}
