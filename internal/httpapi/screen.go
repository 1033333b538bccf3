package httpapi

import (
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"daybook"
)

// Screen refuses requests by where they come from, before anything else is
// looked at: those that other pages make a browser send, and those that come by
// a name which may not be ours.
type Screen struct {
	// Hosts are the names under which the server is served, besides localhost
	// and any IP address.
	Hosts []string
	// Origins are the origins whose pages may use the API.
	Origins []string
	// Direct refuses what came through a proxy.
	Direct bool
}

// Check returns a daybook.Forbidden error for a request that it refuses.
func (c Screen) Check(r *http.Request) error {
	switch {
	case c.Direct && forwarded(r):
		return daybook.Errorf(daybook.Forbidden, "This Daybook runs without a token, so it does not serve a proxy. Start it without no_token.")
	case !c.hostAllowed(r.Host):
		return daybook.Errorf(daybook.Forbidden, "Daybook is not served under this name. Use localhost or an address, or add the name to allowed_hosts in the settings.")
	case !c.originAllowed(r):
		return daybook.Errorf(daybook.Forbidden, "Pages of this origin may not use Daybook. Add the origin to cors_origins in the settings if it is yours.")
	case c.crossSite(r):
		return daybook.Errorf(daybook.Forbidden, "Daybook does not answer requests that other pages make. Add their origin to cors_origins in the settings if they are yours.")
	}
	return nil
}

// hostAllowed lets in localhost, IP addresses and the names of the settings. A
// page that rebinds its own name to this machine sends that name as Host; it
// cannot rebind an address.
func (c Screen) hostAllowed(hostport string) bool {
	host := hostOf(hostport)
	return host == "localhost" || net.ParseIP(host) != nil ||
		slices.ContainsFunc(c.Hosts, func(h string) bool { return strings.EqualFold(h, host) })
}

// originAllowed lets in requests without an Origin, those of the server's own
// page, and those of the origins in the settings.
func (c Screen) originAllowed(r *http.Request) bool {
	origins := r.Header.Values("Origin")
	return len(origins) == 0 || len(origins) == 1 && (slices.Contains(c.Origins, origins[0]) || ownOrigin(origins[0], r.Host))
}

// crossSite reports whether a page of another origin, be it another port of
// this host, had a browser make a request, as the browser says (Fetch
// Metadata). A link to the page may be followed from anywhere: it shows nothing
// of the journal by itself. Other clients, and old browsers, say nothing.
func (c Screen) crossSite(r *http.Request) bool {
	h := r.Header
	others := slices.ContainsFunc(h.Values("Sec-Fetch-Site"), func(site string) bool { return site != "same-origin" && site != "none" })
	switch {
	case !others, slices.Contains(c.Origins, h.Get("Origin")):
		return false
	case appFiles(nil).has(r.URL.Path) && (r.Method == http.MethodGet || r.Method == http.MethodHead):
		return h.Get("Sec-Fetch-Mode") != "navigate" || h.Get("Sec-Fetch-Dest") != "document"
	}
	return true
}

// forwarded reports whether a request came through a proxy, as far as it says.
func forwarded(r *http.Request) bool {
	for name := range r.Header {
		if strings.HasPrefix(name, "X-Forwarded") || slices.Contains(proxyHeaders, name) {
			return true
		}
	}
	return false
}

// proxyHeaders are what proxies add to a request besides X-Forwarded-….
var proxyHeaders = []string{
	"Forwarded", "Via", "X-Real-Ip", "X-Client-Ip", "X-Cluster-Client-Ip", "X-Original-Forwarded-For", "X-Original-Host", "X-Envoy-External-Address",
	"True-Client-Ip", "Cf-Connecting-Ip", "Fastly-Client-Ip", "Fly-Client-Ip", "X-Appengine-User-Ip", "X-Proxyuser-Ip",
}

// hostOf is the host of a host and port, in lower case.
func hostOf(hostport string) string {
	host := hostport
	if h, _, err := net.SplitHostPort(hostport); err == nil {
		host = h
	}
	return strings.ToLower(strings.TrimSuffix(strings.Trim(host, "[]"), "."))
}

func ownOrigin(origin, host string) bool {
	u, err := url.Parse(origin)
	return err == nil && u.Host != "" && (u.Scheme == "http" || u.Scheme == "https") && strings.EqualFold(u.Host, host)
}
