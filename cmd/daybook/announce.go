package main

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"
	"runtime"
	"slices"
	"strings"

	"daybook/internal/server"
	"daybook/internal/session"
	"daybook/internal/settings"
	"daybook/web"
)

// announce prints what is served and where the text of each task goes.
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
	if building, err := a.Building(ctx); err == nil && building != "" { // an error appears with the first search
		fmt.Fprintf(out, "  vectors    %s\n", building)
	}
	scheme := "http"
	if a.Settings.TLSCert != "" {
		scheme = "https"
	}
	if !web.Built() {
		fmt.Fprintf(out, "  page       not included; build it with make build (requires Node.js and npm)\n")
	}
	a.announceAccess(addr)
	fmt.Fprintf(out, "  listening  %s://%s%s\n", scheme, addr, a.Settings.BasePath)
}

// announceAccess prints how to sign in, and warnings. The sign-in link appears only
// in a terminal: others may read a log.
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

// pageURL returns the address of the page for a browser on this computer.
func pageURL(s settings.Settings, addr net.Addr) string {
	tcp, ok := addr.(*net.TCPAddr)
	if !ok {
		return "http://" + addr.String() + s.BasePath
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
		host = tcp.IP.String() // the server does not accept that name
	}
	scheme := "http"
	if s.TLSCert != "" {
		scheme = "https"
		if len(s.AllowedHosts) > 0 {
			host = s.AllowedHosts[0] // the name in the certificate
		}
	}
	return scheme + "://" + net.JoinHostPort(host, fmt.Sprint(tcp.Port)) + s.BasePath
}

// risks returns warnings about settings that give others access.
func risks(s settings.Settings, loopback bool) (lines []string) {
	if !loopback && s.TLSCert == "" {
		lines = append(lines, "plain HTTP: others on the network can read everything, including the token. Serve HTTPS with --tls-cert and --tls-key (docs/https.md)")
	}
	if len(s.CORSOrigins) > 0 {
		lines = append(lines, fmt.Sprintf("cors_origins: any page on %s can read and change the journal%s", strings.Join(s.CORSOrigins, ", "), map[bool]string{false: " if it knows the token"}[s.NoToken]))
	}
	// Windows has no such modes; the data folder is in the user's profile there.
	if info, err := os.Stat(s.Data); err == nil && runtime.GOOS != "windows" && info.Mode().Perm()&0o002 != 0 && info.Mode()&os.ModeSticky == 0 {
		lines = append(lines, fmt.Sprintf("every account on this computer can replace what is in the data folder: chmod o-w %s", s.Data))
	}
	return lines
}
