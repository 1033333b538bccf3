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

// readTokenEvery is how often a server checks whether its token was replaced.
const readTokenEvery = 2 * time.Second

// Token returns the token of the settings, or the one in the data folder, which
// it generates if needed. It is "" under no_token.
func Token(s settings.Settings) (string, error) {
	if s.NoToken || s.Token.IsSet() {
		return s.Token.Reveal(), nil
	}
	return session.EnsureToken(s.Data)
}

// newAccess returns the sessions of the journal of the settings; nil under
// no_token.
func newAccess(s settings.Settings, gate *session.Gate) (*session.Store, error) {
	token, err := Token(s)
	if err != nil || token == "" {
		return nil, err
	}
	return session.New(filepath.Join(s.Data, sessionsFolder), token, gate, time.Now), nil
}

// followToken watches for a new generated token until ctx ends.
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
			srv.log.Warn("cannot read the token file; the last token remains valid until the server stops", "err", err)
		case err == nil && !srv.access.Is(token):
			srv.access.Replace(token)
			srv.log.Info("the token was replaced; browsers must sign in again")
		}
	}
}

// checkLoopback refuses to serve without a token on an address that others can
// reach. The settings check this too, but the name may resolve to another
// address now.
func checkLoopback(s settings.Settings, addr net.Addr) error {
	if s.NoToken && !IsLoopback(addr) {
		return daybook.Errorf(daybook.Invalid, "no_token (%s): without a token Daybook serves this computer only, but others can reach %s", s.Origin("no_token"), addr)
	}
	return nil
}

// IsLoopback reports whether only this computer can reach an address.
func IsLoopback(addr net.Addr) bool {
	tcp, ok := addr.(*net.TCPAddr)
	return ok && tcp.IP.IsLoopback()
}
