package httpapi

import (
	"context"
	"net/http"
	"net/netip"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rs/cors"

	"daybook"
)

// guard wraps the routes in what every request must pass: no panic ends the
// server, no foreign page reaches it, and nothing is answered, or read of a
// body, without the token or a session.
func (s *server) guard(next http.Handler) http.Handler {
	crossOrigin := cors.New(cors.Options{
		// An empty list of AllowedOrigins would allow all.
		AllowOriginFunc:  func(origin string) bool { return slices.Contains(s.Origins, origin) },
		AllowCredentials: true,
		AllowedMethods:   []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete},
		AllowedHeaders:   []string{"*"},
		ExposedHeaders:   []string{"ETag", "Retry-After"},
	})
	return prompt(secured(s.recovered(s.screened(crossOrigin.Handler(s.authorised(s.listed(next)))))))
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

// screened refuses what a screen refuses.
func (s *server) screened(next http.Handler) http.Handler {
	screen := Screen{Hosts: s.Hosts, Origins: s.Origins, Direct: s.Access == nil}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := screen.Check(r); err != nil {
			s.turnAway(w, r, err)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// turnAway refuses a request whose body is not read. Left alone, net/http would
// wait for the body before it sends the answer, and for up to a minute before it
// closes the connection.
func (s *server) turnAway(w http.ResponseWriter, r *http.Request, err error) {
	if r.ContentLength != 0 && r.ProtoMajor == 1 {
		w.Header().Set("Connection", "close")
		// What was sent before the answer arrives is read for a moment: a
		// connection that is closed on unread bytes may lose the answer.
		_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(time.Second)) // of a connection
	}
	e := withOpenAI(r, s.statusError(err), err)
	if s.metrics != nil {
		s.metrics.refused.WithLabelValues(strconv.Itoa(e.status)).Inc()
	}
	s.write(w, e)
}

// open reports whether a path needs no token: what says whether one is needed,
// and the page that asks for it.
func (s *server) open(p string) bool {
	return p == healthPath || s.public[p] || s.files.has(p)
}

// visit is what is known of a request besides what it says.
type visit struct {
	authorised bool       // it sends the token, comes from a signed-in browser, or none is required
	secure     bool       // it came by https, as far as can be told
	near       bool       // somebody at this machine made it, as far as can be told
	from       netip.Addr // the other end of the connection, a proxy or not; may be zero
}

type visitKey struct{}

func visitOf(ctx context.Context) visit {
	v, _ := ctx.Value(visitKey{}).(visit)
	return v
}

func (s *server) authorised(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := visit{
			secure: r.TLS != nil || strings.HasPrefix(r.Header.Get("Origin"), "https://") || r.Header.Get("X-Forwarded-Proto") == "https",
			near:   near(r),
			from:   FromOf(r),
		}
		ctx, leave, err := s.admit(r, v.from)
		if err == nil {
			defer leave()
			v.authorised = true
		} else if ctx = r.Context(); !s.open(r.URL.Path) {
			s.turnAway(w, r, err)
			return
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(ctx, visitKey{}, v)))
	})
}

// admit lets in requests of signed-in browsers and those that send the token.
// The context that it returns ends when their right does; leave must be called
// when the request is answered.
func (s *server) admit(r *http.Request, from netip.Addr) (ctx context.Context, leave func(), err error) {
	if s.Access == nil {
		return r.Context(), func() {}, nil
	}
	if ctx, leave, ok := s.enter(r); ok {
		return ctx, leave, nil
	}
	if token := BearerOf(r); token != "" {
		return s.Access.Bearer(r.Context(), from, token)
	}
	return nil, nil, daybook.Errorf(daybook.Unauthorized, "Daybook requires its token. Sign in, or send “Authorization: Bearer …” (“daybook token” prints it).")
}

// BearerOf returns the token that a request sends, "" if it sends none.
func BearerOf(r *http.Request) string {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}

// FromOf returns the address that a request comes from, as the connection has
// it: headers can be forged.
func FromOf(r *http.Request) netip.Addr {
	from, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return from.Addr()
}

// near reports whether a request comes from this machine: from our own page or
// from none, and from no proxy on it that says so.
func near(r *http.Request) bool {
	if forwarded(r) {
		return false
	}
	if origin := r.Header.Get("Origin"); origin != "" && !ownOrigin(origin, r.Host) {
		return false
	}
	if !FromOf(r).Unmap().IsLoopback() {
		return false
	}
	host := hostOf(r.Host)
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.Unmap().IsLoopback()
}

// The policies of what is answered. Anything but the page loads nothing, wherever a
// browser is led to show it.
const (
	dataPolicy = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
	// The pictures of scans are shown before they are sent, from a blob.
	pagePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; media-src 'self'; connect-src 'self'; font-src 'self'; " +
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
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Content-Security-Policy", dataPolicy)
		next.ServeHTTP(w, r)
	})
}
