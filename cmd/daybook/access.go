package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"daybook"
	"daybook/internal/session"
	"daybook/internal/settings"
)

// readTokenEvery is how often a server looks whether its token was replaced.
const readTokenEvery = 2 * time.Second

// tokenOf returns the token of the settings, or the one in the data folder,
// which is generated first if there is none. It is "" under no_token.
func tokenOf(s settings.Settings) (string, error) {
	if s.NoToken || s.Token.IsSet() {
		return s.Token.Reveal(), nil
	}
	return session.EnsureToken(s.Data)
}

// newAccess returns what decides who is let in to the journal of the settings;
// nil under no_token.
func newAccess(s settings.Settings, gate *session.Gate) (*session.Store, error) {
	token, err := tokenOf(s)
	if err != nil || token == "" {
		return nil, err
	}
	return session.New(filepath.Join(s.Data, "sessions"), token, gate, time.Now), nil
}

// followToken takes over a generated token that is replaced while the server
// runs, until ctx ends.
func (h *house) followToken(ctx context.Context) {
	if h.access == nil || h.began.Token.IsSet() {
		return
	}
	said := ""
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(readTokenEvery):
		}
		token, err := session.ReadToken(h.began.Data)
		switch {
		case err != nil && err.Error() != said:
			said = err.Error()
			h.log.Warn("the token file cannot be read; the last token remains valid until the server stops", "err", err)
		case err == nil && !h.access.Is(token):
			h.access.Replace(token)
			h.log.Info("the token was replaced; browsers have to sign in again")
		}
	}
}

// onlyHere refuses to serve without a token on an address that others can
// reach. The settings refuse it too, by what the name resolved to then.
func onlyHere(s settings.Settings, addr net.Addr) error {
	if s.NoToken && !isLoopback(addr) {
		return daybook.Errorf(daybook.Invalid, "no_token (%s): without a token Daybook serves this computer only, and %s can be reached from others", s.Origin("no_token"), addr)
	}
	return nil
}

func isLoopback(addr net.Addr) bool {
	tcp, ok := addr.(*net.TCPAddr)
	return ok && tcp.IP.IsLoopback()
}

// announceAccess says who is let in, and what is risky about it. The sign-in
// link is for the eyes of a person at a terminal: a log is kept, and read by
// others.
func (a *app) announceAccess(addr net.Addr) {
	out, s := a.world.stderr, a.settings
	switch {
	case s.NoToken:
		fmt.Fprintf(out, "  no token   every account and program on this computer can read and change the journal (no_token)\n")
	case s.Token.IsSet():
		fmt.Fprintf(out, "  token      set by %s\n", s.Origin("token"))
	case a.world.progress:
		if token, err := session.ReadToken(s.Data); err == nil {
			fmt.Fprintf(out, "  sign in    %s/#token=%s\n", pageURL(s, addr), token)
		}
	default:
		fmt.Fprintf(out, "  token      in %s (“daybook token” prints it)\n", session.TokenFile(s.Data))
	}
	for _, line := range risks(s, isLoopback(addr)) {
		fmt.Fprintf(out, "  warning    %s\n", line)
	}
}

// risks are the settings that let others in further than one may expect.
func risks(s settings.Settings, loopback bool) (lines []string) {
	if !loopback && s.TLSCert == "" {
		lines = append(lines, "plain HTTP: others on the network can read what is sent, the token included. Serve HTTPS with --tls-cert and --tls-key (docs/https.md)")
	}
	if len(s.CORSOrigins) > 0 {
		lines = append(lines, fmt.Sprintf("cors_origins: any page on %s can read and change the journal%s", strings.Join(s.CORSOrigins, ", "), map[bool]string{false: " if it knows the token"}[s.NoToken]))
	}
	return lines
}

// pageURL is the address at which a browser on this machine finds the page.
func pageURL(s settings.Settings, addr net.Addr) string {
	tcp, ok := addr.(*net.TCPAddr)
	if !ok {
		return "http://" + addr.String()
	}
	host, _, _ := net.SplitHostPort(s.Addr)
	if _, err := netip.ParseAddr(host); err == nil || host == "" {
		host = tcp.IP.String()
		if tcp.Zone != "" {
			host += "%25" + tcp.Zone
		}
		if tcp.IP.IsUnspecified() {
			host = "127.0.0.1"
		}
	} else if !strings.EqualFold(host, "localhost") && !slices.Contains(s.AllowedHosts, strings.ToLower(host)) {
		host = tcp.IP.String() // the server is not asked under that name
	}
	scheme := "http"
	if s.TLSCert != "" {
		scheme = "https"
		if len(s.AllowedHosts) > 0 {
			host = s.AllowedHosts[0] // the name that the certificate is for
		}
	}
	return scheme + "://" + net.JoinHostPort(host, fmt.Sprint(tcp.Port))
}

// checkAccess says who is let in, and what is risky about it.
func (a *app) checkAccess(c *checker) {
	c.title("Access")
	s := a.settings
	switch {
	case s.NoToken:
		c.line("token", c.style.warn("none: every account and program on this computer can read and change the journal (no_token)"))
	case s.Token.IsSet():
		c.line("token", "set by "+s.Origin("token"))
	default:
		_, err := session.ReadToken(s.Data)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			c.line("token", "is generated when the server first starts")
		case err != nil:
			c.fail("token", err)
		default:
			c.line("token", "generated, in "+session.TokenFile(s.Data))
		}
	}
	host, _, _ := net.SplitHostPort(s.Addr)
	ip, err := netip.ParseAddr(host)
	for _, line := range risks(s, err == nil && ip.Unmap().IsLoopback() || strings.EqualFold(host, "localhost")) {
		c.line("warning", c.style.warn(line))
	}
}
