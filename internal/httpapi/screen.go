package httpapi

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"daybook"
)

// Screen refuses requests by their origin, before anything else: those that other
// pages make a browser send, and those for a host name that may not be ours.
type Screen struct {
	// Hosts are the host names that are served besides localhost and IP addresses.
	Hosts []string
	// Origins are the origins of other pages that may use the API.
	Origins []string
	// Direct refuses requests through a proxy.
	Direct bool
}

// Check returns a daybook.Forbidden error for a refused request.
func (c Screen) Check(r *http.Request) error {
	switch {
	case c.Direct && proxied(r):
		return daybook.Errorf(daybook.Forbidden, "Requests through a proxy require a token. Start Daybook without no_token.")
	case !c.hostAllowed(r.Host):
		return daybook.Errorf(daybook.Forbidden, "This host name is not allowed. Use localhost or an IP address, or add the name to allowed_hosts in the settings.")
	case !c.originAllowed(r):
		return daybook.Errorf(daybook.Forbidden, "This origin is not allowed. If it is yours, add it to cors_origins in the settings.")
	case c.crossSite(r):
		return daybook.Errorf(daybook.Forbidden, "Requests from other pages are refused. If the page is yours, add its origin to cors_origins in the settings.")
	}
	return nil
}

// hostAllowed accepts localhost, IP addresses and the names in the settings. A page
// that rebinds its own name to this machine sends that name as Host; it cannot rebind
// an address. Without a token only loopback addresses are accepted: for others, such
// as 0.0.0.0, browsers do not send Fetch Metadata.
func (c Screen) hostAllowed(hostport string) bool {
	host := hostOf(hostport)
	if host == "localhost" || slices.ContainsFunc(c.Hosts, func(h string) bool { return strings.EqualFold(h, host) }) {
		return true
	}
	ip, err := netip.ParseAddr(host)
	if err != nil || ip.Zone() != "" {
		return false
	}
	loopback := ip.IsLoopback() && !ip.Is4In6()
	return loopback || !c.Direct
}

// originAllowed accepts requests without an Origin, those of our own page, and those of
// the origins in the settings.
func (c Screen) originAllowed(r *http.Request) bool {
	origins := r.Header.Values("Origin")
	switch len(origins) {
	case 0:
		return true
	case 1:
		return slices.Contains(c.Origins, origins[0]) || ownOrigin(origins[0], r.Host)
	}
	return false
}

// crossSite reports whether a page of another origin, which another port of this host
// is too, made the request, according to Fetch Metadata. Links to the page may be
// followed from anywhere: it shows nothing of the journal by itself. Other clients and
// old browsers send no Fetch Metadata.
func (c Screen) crossSite(r *http.Request) bool {
	h := r.Header
	others := slices.ContainsFunc(h.Values("Sec-Fetch-Site"), func(site string) bool { return site != "same-origin" && site != "none" })
	switch {
	case !others, slices.Contains(c.Origins, h.Get("Origin")):
		return false
	case appFiles(nil).has(r.URL.Path) && readOnly(r):
		return h.Get("Sec-Fetch-Mode") != "navigate" || h.Get("Sec-Fetch-Dest") != "document"
	}
	return true
}

// proxied reports whether a request may have come through a proxy. Some proxies add
// no header, and speak HTTP/1.0, as nginx does by default.
func proxied(r *http.Request) bool { return forwarded(r) || !r.ProtoAtLeast(1, 1) }

// forwarded reports whether the headers say that a request came through a proxy. Some
// proxies write "_" for "-".
func forwarded(r *http.Request) bool {
	for name := range r.Header {
		name = strings.ToLower(strings.ReplaceAll(name, "_", "-"))
		if slices.Contains(proxyHeaders, name) || slices.ContainsFunc(proxyPrefixes, func(p string) bool { return strings.HasPrefix(name, p) }) {
			return true
		}
	}
	return false
}

// Headers that proxies and CDNs add, in lower case.
var (
	proxyPrefixes = []string{
		"x-forward", "x-original-", "x-real-", "x-remote-", "x-client-", "x-cluster-client-", "x-proxy", "x-nginx-", "x-envoy-", "x-amzn-", "x-amz-cf-",
		"x-arr-", "x-azure-", "x-appengine-", "x-akamai-", "x-vercel-", "x-varnish", "akamai-", "cf-", "fastly-", "fly-", "tailscale-", "ngrok-",
	}
	proxyHeaders = []string{
		"forwarded", "via", "client-ip", "true-client-ip", "proxy-client-ip", "wl-proxy-client-ip", "ali-cdn-real-ip", "cdn-loop", "front-end-https",
		"max-forwards", "surrogate-capability", "x-cloud-trace-context", "x-host", "x-http-host-override", "x-originating-ip", "x-request-start",
		"x-rewrite-url", "x-scheme", "x-url-scheme",
	}
)

// readOnly reports whether a request only reads.
func readOnly(r *http.Request) bool { return r.Method == http.MethodGet || r.Method == http.MethodHead }

// hostOf returns the host of a host and port, in lower case.
func hostOf(hostport string) string {
	host := hostport
	if h, _, err := net.SplitHostPort(hostport); err == nil {
		host = h
	}
	return strings.ToLower(strings.TrimSuffix(strings.Trim(host, "[]"), "."))
}

func ownOrigin(origin, host string) bool {
	u, err := url.Parse(origin)
	if err != nil || u.User != nil || u.Host == "" {
		return false
	}
	web := u.Scheme == "http" || u.Scheme == "https"
	return web && strings.EqualFold(u.Host, host)
}
