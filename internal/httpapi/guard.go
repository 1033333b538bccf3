package httpapi

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/rs/cors"

	"daybook"
)

// guard wraps the routes in what every request must pass: no panic ends the
// server, no foreign page reaches it, and where there is a token it is asked
// for.
func (s *server) guard(next http.Handler) http.Handler {
	crossOrigin := cors.New(cors.Options{
		AllowedOrigins:   s.Origins,
		AllowCredentials: true,
		AllowedMethods:   []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete},
		AllowedHeaders:   []string{"*"},
		ExposedHeaders:   []string{"ETag", "Retry-After"},
	})
	return prompt(secured(s.recovered(s.local(crossOrigin.Handler(s.authorised(s.listed(next)))))))
}

// writeWithin is how long a client may take to accept what is written to it, a
// piece at a time, before it is given up.
const writeWithin = 30 * time.Second

// prompt gives up clients that do not read what they asked for.
func prompt(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(&promptWriter{ResponseWriter: w, rc: http.NewResponseController(w)}, r)
	})
}

type promptWriter struct {
	http.ResponseWriter
	rc       *http.ResponseController
	deadline time.Time
}

// move moves the deadline only when a good part of it has passed: moving it
// costs more than writing a small event.
func (w *promptWriter) move() {
	if now := time.Now(); w.deadline.Sub(now) < writeWithin*3/4 {
		w.deadline = now.Add(writeWithin)
		_ = w.rc.SetWriteDeadline(w.deadline) // what is gone says so when it is written to
	}
}

func (w *promptWriter) WriteHeader(status int) {
	w.move()
	w.ResponseWriter.WriteHeader(status)
}

func (w *promptWriter) Write(data []byte) (int, error) {
	w.move()
	return w.ResponseWriter.Write(data)
}

// Unwrap is for http.ResponseController.
func (w *promptWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// recovered answers a panic with a 500. Its value may hold anything, so only
// where it came from is logged.
func (s *server) recovered(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			switch v := recover(); v {
			case nil:
			case http.ErrAbortHandler:
				panic(v)
			default:
				s.Log.Error("a handler panicked", "method", r.Method, "route", r.Pattern, "stack", string(debug.Stack()))
				s.refuse(w, daybook.Errorf(daybook.Internal, "Something went wrong inside Daybook; its log has the details."))
			}
		}()
		next.ServeHTTP(w, r)
	})
}

// local refuses what comes by a foreign name or from a foreign page. A page
// that rebinds its own name to this machine sends that name as Host.
func (s *server) local(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !s.hostAllowed(r.Host) {
			s.refuse(w, daybook.Errorf(daybook.Forbidden, "Daybook is not asked under this name. Use localhost or an address, or add the name to allowed_hosts in the settings."))
			return
		}
		if origin := r.Header.Get("Origin"); origin != "" && !s.originAllowed(origin, r.Host) {
			s.refuse(w, daybook.Errorf(daybook.Forbidden, "Pages of this origin may not use Daybook. Add the origin to cors_origins in the settings if it is yours."))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// hostAllowed lets in localhost, IP addresses (no page can rebind those) and
// the names of the settings.
func (s *server) hostAllowed(hostport string) bool {
	host := hostOf(hostport)
	return host == "localhost" || net.ParseIP(host) != nil ||
		slices.ContainsFunc(s.Hosts, func(h string) bool { return strings.EqualFold(h, host) })
}

// hostOf is the host of a host and port, in lower case.
func hostOf(hostport string) string {
	host := hostport
	if h, _, err := net.SplitHostPort(hostport); err == nil {
		host = h
	}
	return strings.ToLower(strings.TrimSuffix(strings.Trim(host, "[]"), "."))
}

// originAllowed lets in the server's own page and the origins of the
// settings.
func (s *server) originAllowed(origin, host string) bool {
	return slices.Contains(s.Origins, origin) || ownOrigin(origin, host)
}

func ownOrigin(origin, host string) bool {
	u, err := url.Parse(origin)
	return err == nil && u.Host != "" && (u.Scheme == "http" || u.Scheme == "https") && strings.EqualFold(u.Host, host)
}

// open reports whether a path needs no token: what says whether one is needed,
// and the page that asks for it.
func (s *server) open(p string) bool {
	return slices.Contains([]string{"/status", "/session", "/login", "/logout"}, p) || s.files.has(p)
}

// visit is what is known of a request besides what it says.
type visit struct {
	authorised bool       // it bears the token, or comes from a browser that has shown it
	secure     bool       // it came by https, as far as can be told
	near       bool       // somebody at this machine made it, as far as can be told
	from       netip.Addr // whoever is connected, a proxy or not; may be zero
}

type visitKey struct{}

func visitOf(ctx context.Context) visit {
	v, _ := ctx.Value(visitKey{}).(visit)
	return v
}

func (s *server) authorised(next http.Handler) http.Handler {
	want := sha256.Sum256([]byte(s.Token))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		got := sha256.Sum256([]byte(strings.TrimSpace(token)))
		v := visit{
			authorised: s.Token == "" || strings.EqualFold(scheme, "Bearer") && subtle.ConstantTimeCompare(got[:], want[:]) == 1,
			secure:     r.TLS != nil || strings.HasPrefix(r.Header.Get("Origin"), "https://") || r.Header.Get("X-Forwarded-Proto") == "https",
			near:       near(r),
			from:       fromOf(r),
		}
		ctx := r.Context()
		if !v.authorised {
			inside, leave, ok := s.enter(r)
			if ok {
				defer leave()
				ctx, v.authorised = inside, true
			}
		}
		if !v.authorised && !s.open(r.URL.Path) {
			s.refuse(w, daybook.Errorf(daybook.Unauthorized, "This Daybook asks for its token: send it as “Authorization: Bearer …”, or log in."))
			return
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(ctx, visitKey{}, v)))
	})
}

// fromOf is the address that a request comes from, as the connection says: what
// a header says, anybody can write.
func fromOf(r *http.Request) netip.Addr {
	from, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return from.Addr()
}

// near reports whether a request comes from this machine: from our own page or
// from none, and from no proxy on it that says so.
func near(r *http.Request) bool {
	for _, name := range []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-Ip", "Via"} {
		if r.Header.Get(name) != "" {
			return false
		}
	}
	if origin := r.Header.Get("Origin"); origin != "" && !ownOrigin(origin, r.Host) {
		return false
	}
	if !fromOf(r).Unmap().IsLoopback() {
		return false
	}
	host := hostOf(r.Host)
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.Unmap().IsLoopback()
}

// The policies of what is answered. What is no page loads nothing, wherever a
// browser is led to show it.
const (
	dataPolicy = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
	// The pictures of scans are shown before they are sent, from a blob.
	pagePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; font-src 'self'; " +
		"manifest-src 'self'; worker-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)

// secured sets the headers that keep answers from being framed, guessed at or
// kept by a cache: they are pages of a diary.
func secured(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store")
		h.Set("Cross-Origin-Resource-Policy", "same-site")
		h.Set("Content-Security-Policy", dataPolicy)
		next.ServeHTTP(w, r)
	})
}
