package httpapi

import (
	"net/http"
	"slices"
	"strings"
)

// Below serves a handler below a base path such as "/daybook", for a proxy that
// passes one path of its server on to Daybook. The proxy may keep the prefix or
// remove it: both reach the same routes. Redirects and the addresses of what was
// created begin with the base path. An empty base returns the handler itself.
func Below(base string, next http.Handler) http.Handler {
	if base == "" {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == base && readOnly(r) {
			target := *r.URL
			target.Path, target.RawPath = base+"/", ""
			http.Redirect(w, r, target.RequestURI(), http.StatusFound)
			return
		}
		next.ServeHTTP(&basedWriter{w, base}, withoutBase(r, base))
	})
}

// Reserved reports whether a base path begins like one of the routes, given as
// patterns of http.ServeMux. A proxy that removes the prefix would make the two
// the same.
func Reserved(base string, routes []string) bool {
	if base == "" {
		return false
	}
	first := firstName(base)
	return slices.ContainsFunc(routes, func(pattern string) bool { return firstName(pattern[strings.IndexByte(pattern, '/'):]) == first })
}

// firstName returns the first segment of a path.
func firstName(path string) string {
	name, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	return name
}

// withoutBase returns a request for the path below base, and r itself if a proxy
// removed the base before.
func withoutBase(r *http.Request, base string) *http.Request {
	path, ok := strings.CutPrefix(r.URL.Path, base)
	below := path == "" || path[0] == '/'
	if !ok || !below {
		return r
	}
	short := *r.URL
	short.Path = path
	// An escaped base ("/%64aybook") has no raw form worth keeping.
	raw, escaped := strings.CutPrefix(r.URL.RawPath, base)
	if short.RawPath = raw; !escaped {
		short.RawPath = ""
	}
	if short.Path == "" {
		short.Path = "/"
	}
	c := *r
	c.URL = &short
	return &c
}

// basedWriter adds the base path to the addresses in responses.
type basedWriter struct {
	http.ResponseWriter
	base string
}

func (w *basedWriter) WriteHeader(status int) {
	if to := w.Header().Get("Location"); strings.HasPrefix(to, "/") && !strings.HasPrefix(to, "//") {
		w.Header().Set("Location", w.base+to)
	}
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap is for http.ResponseController.
func (w *basedWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
