package httpapi

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// routeMux is a ServeMux that knows its patterns.
type routeMux struct {
	*http.ServeMux
	patterns []string
	methods  map[string][]string // of the paths without a wildcard
}

func newRouteMux() *routeMux {
	return &routeMux{ServeMux: http.NewServeMux(), methods: map[string][]string{}}
}

func (m *routeMux) Handle(pattern string, h http.Handler) {
	m.patterns = append(m.patterns, pattern)
	if method, path, ok := strings.Cut(pattern, " "); ok && !strings.Contains(path, "{") {
		m.methods[path] = append(m.methods[path], method)
	}
	m.ServeMux.Handle(pattern, h)
}

func (m *routeMux) HandleFunc(pattern string, h func(http.ResponseWriter, *http.Request)) {
	m.Handle(pattern, http.HandlerFunc(h))
}

// trimmed makes a path with a trailing slash the same route as without, unless
// it is a route of its own.
func (m *routeMux) trimmed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path, raw := strings.TrimSuffix(r.URL.Path, "/"), strings.TrimSuffix(r.URL.RawPath, "/")
		if path == r.URL.Path || path == "" || strings.HasSuffix(path, "/") || m.serves(r, r.URL) {
			next.ServeHTTP(w, r)
			return
		}
		short := *r.URL
		short.Path, short.RawPath = path, raw
		if m.serves(r, &short) {
			c := *r
			c.URL = &short
			r = &c
		}
		next.ServeHTTP(w, r)
	})
}

// serves reports whether a path has a route, for any method.
func (m *routeMux) serves(r *http.Request, u *url.URL) bool {
	for _, method := range []string{r.Method, http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete} {
		if _, pattern := m.Handler(&http.Request{Method: method, Host: r.Host, URL: u}); pattern != "" {
			return true
		}
	}
	return false
}

// allowed returns the methods of a path without a wildcard, nil if it has no
// route. ServeMux would include those of wildcard routes that match it too.
func (m *routeMux) allowed(path string) []string {
	methods := slices.Clone(m.methods[path])
	if slices.Contains(methods, http.MethodGet) {
		methods = append(methods, http.MethodHead)
	}
	slices.Sort(methods)
	return methods
}

// matched returns errors in the API's form for requests without a route.
func (s *server) matched(mux *routeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if allowed := mux.allowed(r.URL.Path); allowed != nil && !slices.Contains(allowed, r.Method) {
			w.Header().Set("Allow", strings.Join(allowed, ", "))
			s.write(w, &errorBody{status: http.StatusMethodNotAllowed, Detail: http.StatusText(http.StatusMethodNotAllowed)})
			return
		}
		handler, pattern := mux.Handler(r)
		if pattern != "" {
			s.metrics.count(pattern, mux.ServeMux).ServeHTTP(w, r)
			return
		}
		probe := &statusProbe{ResponseWriter: w}
		handler.ServeHTTP(probe, r) // responds 404 or 405 with the allowed methods
		s.write(w, &errorBody{status: probe.status, Detail: http.StatusText(probe.status)})
	})
}

// statusProbe keeps the status of a response and drops its body.
type statusProbe struct {
	http.ResponseWriter
	status int
}

func (p *statusProbe) WriteHeader(status int)      { p.status = status }
func (p *statusProbe) Write(b []byte) (int, error) { return len(b), nil }
