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

// guard wraps the routes in what every request passes: a panic does not end the
// server, foreign pages are refused, and without the token or a session nothing is
// answered and no body is read.
func (s *server) guard(next http.Handler) http.Handler {
	crossOrigin := cors.New(cors.Options{
		// An empty list of AllowedOrigins would allow all.
		AllowOriginFunc:  func(origin string) bool { return slices.Contains(s.Origins, origin) },
		AllowCredentials: true,
		AllowedMethods:   []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete},
		AllowedHeaders:   []string{"*"},
		ExposedHeaders:   []string{"ETag", "Retry-After"},
	})
	return writeDeadline(secured(s.recovered(s.screened(crossOrigin.Handler(s.authorised(s.listed(next)))))))
}

// writeWithin is how long a client may take to accept one write.
const writeWithin = 30 * time.Second

// writeDeadline ends responses to clients that do not read them.
func writeDeadline(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(&deadlineWriter{ResponseWriter: w, rc: http.NewResponseController(w)}, r)
	})
}

type deadlineWriter struct {
	http.ResponseWriter
	rc       *http.ResponseController
	deadline time.Time
}

// move moves the deadline once a quarter of the time has passed: moving it costs more
// than writing a small event.
func (w *deadlineWriter) move() {
	if now := time.Now(); w.deadline.Sub(now) < writeWithin*3/4 {
		w.deadline = now.Add(writeWithin)
		_ = w.rc.SetWriteDeadline(w.deadline) // if the client is gone, the write fails
	}
}

func (w *deadlineWriter) WriteHeader(status int) {
	w.move()
	w.ResponseWriter.WriteHeader(status)
}

func (w *deadlineWriter) Write(data []byte) (int, error) {
	w.move()
	return w.ResponseWriter.Write(data)
}

// Unwrap is for http.ResponseController.
func (w *deadlineWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// recovered answers a panic with a 500. The value may contain journal text, so only
// the stack is logged.
func (s *server) recovered(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			switch v := recover(); v {
			case nil:
			case http.ErrAbortHandler:
				panic(v)
			default:
				s.Log.Error("a handler panicked", "method", r.Method, "route", r.Pattern, "stack", string(debug.Stack()))
				s.refuse(w, daybook.Errorf(daybook.Internal, "Something went wrong in Daybook. See its log for details."))
			}
		}()
		next.ServeHTTP(w, r)
	})
}

// screened refuses what the screen refuses.
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

// turnAway refuses a request without reading its body. By itself, net/http would
// wait for the body before it sends the response, and up to a minute before it closes
// the connection.
func (s *server) turnAway(w http.ResponseWriter, r *http.Request, err error) {
	if r.ContentLength != 0 && r.ProtoMajor == 1 {
		w.Header().Set("Connection", "close")
		// Read for a moment what was sent before the response arrived: closing a
		// connection with unread bytes may lose the response.
		_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(time.Second)) // of a connection
	}
	e := withOpenAI(r, s.statusError(err), err)
	if s.metrics != nil {
		s.metrics.refused.WithLabelValues(strconv.Itoa(e.status)).Inc()
	}
	s.write(w, e)
}

// open reports whether a path needs no token: the routes that say whether one is
// required, and the page that asks for it.
func (s *server) open(p string) bool {
	return p == healthPath || s.public[p] || s.files.has(p)
}

// visit is what is known about a request besides its headers.
type visit struct {
	authorised bool       // it has the token or a session, or none is required
	secure     bool       // it came over HTTPS, as far as is known
	near       bool       // it was made on this machine, as far as is known
	from       netip.Addr // the other end of the connection, maybe a proxy; may be zero
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

// admit accepts requests with a session or the token. The returned context ends when
// the session or the token becomes invalid; leave must be called after the response.
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

// BearerOf returns the bearer token of a request, "" if it has none.
func BearerOf(r *http.Request) string {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}

// FromOf returns the address of the connection: headers can be forged.
func FromOf(r *http.Request) netip.Addr {
	from, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return from.Addr()
}

// near reports whether a request was made on this machine: by our own page or by none,
// and not through a proxy that says so.
func near(r *http.Request) bool {
	if proxied(r) {
		return false
	}
	if origin := r.Header.Get("Origin"); origin != "" && !ownOrigin(origin, r.Host) {
		return false
	}
	if !FromOf(r).Unmap().IsLoopback() {
		return false
	}
	host := hostOf(r.Host)
	if ip, err := netip.ParseAddr(host); err == nil {
		return ip.Unmap().IsLoopback()
	}
	return host == "localhost"
}

// Content security policies. Responses other than the page load nothing, wherever a
// browser shows them.
const (
	dataPolicy = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
	// The pictures of scans are shown before they are sent, from a blob.
	pagePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; media-src 'self'; connect-src 'self'; font-src 'self'; " +
		"manifest-src 'self'; worker-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)

// secured sets headers against framing, sniffing and caching: the responses are pages
// of a diary.
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
