package settings

import (
	"errors"
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

var (
	hostName    = regexp.MustCompile(`^[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*$`)
	originStart = regexp.MustCompile(`^[a-z][a-z0-9+.-]*://`)
)

func readAddr(in input) (string, error) {
	wrong := errors.New("must be host:port with a port from 0 to 65535, such as 127.0.0.1:8000, [::1]:8000 or :8000")
	s, _ := in.raw.(string)
	host, port, err := net.SplitHostPort(s)
	if err != nil {
		return "", wrong
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return "", wrong
	}
	if _, err := netip.ParseAddr(host); err != nil && host != "" && !hostName.MatchString(strings.ToLower(host)) {
		return "", wrong
	}
	return net.JoinHostPort(host, port), nil
}

var basePath = regexp.MustCompile(`^(/[A-Za-z0-9_~][A-Za-z0-9._~-]*)*$`)

// readBasePath reads a path without a trailing slash; "" is the top.
func readBasePath(in input) (string, error) {
	s, err := in.text()
	if err != nil {
		return "", err
	}
	if s = strings.TrimSuffix(s, "/"); len(s) > 200 || !basePath.MatchString(s) {
		return "", errors.New("must be a path of letters, digits, dots and dashes that begins with a slash, such as /daybook")
	}
	return s, nil
}

// loopbackAddr reports whether only this machine can reach addr, a host:port.
func (l *loader) loopbackAddr(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	return err == nil && l.loopback(host)
}

// loopback reports whether a host is this machine. A name is if all its
// addresses are; one that does not resolve is not, even below .localhost.
func (l *loader) loopback(host string) bool {
	host = strings.ToLower(host)
	if ip, err := netip.ParseAddr(host); err == nil {
		return ip.Unmap().IsLoopback()
	}
	if l.LookupHost == nil || host == "" {
		return host == "localhost"
	}
	addresses, err := l.LookupHost(host)
	return err == nil && len(addresses) > 0 &&
		!slices.ContainsFunc(addresses, func(ip netip.Addr) bool { return !ip.Unmap().IsLoopback() })
}

// private reports whether host is this machine or in a private network. Only
// names below .localhost are looked up. Names without a dot, and those below
// suffixes for private use, count as private. A number without a dot is another
// form of an address.
func (l *loader) private(host string) bool {
	host = strings.ToLower(host)
	switch {
	case host == "":
		return false
	case strings.HasSuffix(host, ".localhost"):
		return l.loopback(host)
	}
	if ip, err := netip.ParseAddr(host); err == nil {
		ip = ip.Unmap()
		return ip.IsLoopback() || ip.IsPrivate() || ip.IsLinkLocalUnicast()
	}
	for _, suffix := range []string{".local", ".internal", ".home.arpa"} {
		if strings.HasSuffix(host, suffix) {
			return true
		}
	}
	number := '0' <= host[0] && host[0] <= '9'
	return !number && !strings.Contains(host, ".")
}

func baseURL(at func(*draft) *string) value {
	return scalar(at, func(in input) (string, error) {
		s, err := in.text()
		if err != nil || s == "" {
			return "", err
		}
		return readURL(s)
	}, asIs)
}

// readURL reads the address of a provider. It must not contain secrets, because
// it is shown.
func readURL(s string) (string, error) {
	u, err := url.Parse(strings.TrimSpace(s))
	if err != nil || !isWeb(u) || u.Hostname() == "" || !validPort(u.Port()) {
		return "", errors.New("must be an address such as https://host/v1")
	}
	if u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" {
		return "", errors.New("must be without a user, a password, a ? and a #")
	}
	return u.String(), nil
}

func isWeb(u *url.URL) bool { return u.Scheme == "http" || u.Scheme == "https" }

func validPort(port string) bool {
	_, err := strconv.ParseUint(port, 10, 16)
	return port == "" || err == nil
}

// public reports whether what is sent to the address travels unencrypted
// through the internet.
func (l *loader) public(baseURL string) bool {
	u, err := url.Parse(baseURL)
	return err == nil && u.Scheme == "http" && !l.private(u.Hostname())
}

// readOrigin reads an origin as browsers send it. They omit the scheme's
// default port, so an origin with that port returns both forms.
func readOrigin(_ input, s string) ([]string, error) {
	s = strings.ToLower(s)
	u, err := url.Parse(s)
	if err != nil || !originStart.MatchString(s) || u.Hostname() == "" || s != u.Scheme+"://"+u.Host ||
		strings.Contains(s, "*") || !validPort(u.Port()) {
		return nil, errors.New("must be an origin such as https://host or http://host:5173, without a path and without a *")
	}
	if standard := map[string]string{"http": "80", "https": "443"}[u.Scheme]; standard != "" && u.Port() == standard {
		return []string{s, strings.TrimSuffix(s, ":"+u.Port())}, nil
	}
	return []string{s}, nil
}

func readHost(_ input, s string) ([]string, error) {
	s = strings.ToLower(strings.TrimSuffix(s, "."))
	if !hostName.MatchString(s) {
		return nil, errors.New("must be a host's name such as diary.example.org, without http:// and without a port")
	}
	return []string{s}, nil
}
