package httpapi

import (
	"crypto/sha256"
	"crypto/subtle"
	"net"
	"net/http"
	"net/url"
	"runtime/debug"
	"slices"
	"strings"

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
	return s.recovered(s.local(crossOrigin.Handler(s.authorised(secured(next)))))
}

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
	host := hostport
	if h, _, err := net.SplitHostPort(hostport); err == nil {
		host = h
	}
	host = strings.ToLower(strings.TrimSuffix(strings.Trim(host, "[]"), "."))
	return host == "localhost" || net.ParseIP(host) != nil ||
		slices.ContainsFunc(s.Hosts, func(h string) bool { return strings.EqualFold(h, host) })
}

// originAllowed lets in the server's own page and the origins of the
// settings.
func (s *server) originAllowed(origin, host string) bool {
	if slices.Contains(s.Origins, origin) {
		return true
	}
	u, err := url.Parse(origin)
	return err == nil && u.Host != "" && (u.Scheme == "http" || u.Scheme == "https") && strings.EqualFold(u.Host, host)
}

// open are the routes that need no token.
var open = []string{"/status"}

func (s *server) authorised(next http.Handler) http.Handler {
	if s.Token == "" {
		return next
	}
	want := sha256.Sum256([]byte(s.Token))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		got := sha256.Sum256([]byte(strings.TrimSpace(token)))
		ok := strings.EqualFold(scheme, "Bearer") && subtle.ConstantTimeCompare(got[:], want[:]) == 1
		if !ok && !slices.Contains(open, r.URL.Path) {
			s.refuse(w, daybook.Errorf(daybook.Unauthorized, "This Daybook asks for its token: send it as “Authorization: Bearer …”."))
			return
		}
		next.ServeHTTP(w, r)
	})
}

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
		next.ServeHTTP(w, r)
	})
}
