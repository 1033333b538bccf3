package main

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"

	"daybook/internal/server"
	"daybook/internal/session"
	"daybook/internal/settings"
	"daybook/web"
)

// announce says what is served, and where each task's text goes.
func (a *app) announce(ctx context.Context, addr net.Addr) {
	out := a.env.stderr
	fmt.Fprintf(out, "Daybook %s\n", version)
	journal := a.Settings.Journal
	if a.Settings.Demo() {
		journal = "the demo journal (name your own with --journal or DAYBOOK_JOURNAL)"
	}
	fmt.Fprintf(out, "  journal    %s\n  data       %s\n", journal, a.Settings.StorePlace())
	for _, line := range a.destinations() {
		fmt.Fprintf(out, "  %s\n", line)
	}
	if building, err := a.Building(ctx); err == nil && building != "" { // an error shows with the first search
		fmt.Fprintf(out, "  vectors    %s\n", building)
	}
	scheme := "http"
	if a.Settings.TLSCert != "" {
		scheme = "https"
	}
	if !web.Built() {
		fmt.Fprintf(out, "  page       not in this program: make build puts it there, with Node.js and npm\n")
	}
	a.announceAccess(addr)
	fmt.Fprintf(out, "  listening  %s://%s\n", scheme, addr)
}

// announceAccess says who is let in, and what is risky about it. The sign-in
// link is for the eyes of a person at a terminal: a log is kept, and read by
// others.
func (a *app) announceAccess(addr net.Addr) {
	out, s := a.env.stderr, a.Settings
	switch {
	case s.NoToken:
		fmt.Fprintf(out, "  no token   every account and program on this computer can read and change the journal (no_token)\n")
	case s.Token.IsSet():
		fmt.Fprintf(out, "  token      set by %s\n", s.Origin("token"))
	case a.env.progress:
		if token, err := session.ReadToken(s.Data); err == nil {
			fmt.Fprintf(out, "  sign in    %s/#token=%s\n", pageURL(s, addr), token)
		}
	default:
		fmt.Fprintf(out, "  token      in %s (“daybook token” prints it)\n", session.TokenFile(s.Data))
	}
	for _, line := range risks(s, server.IsLoopback(addr)) {
		fmt.Fprintf(out, "  warning    %s\n", line)
	}
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
