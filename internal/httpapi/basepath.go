package httpapi

import (
	"net/http"
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
		if r.URL.Path == base && (r.Method == http.MethodGet || r.Method == http.MethodHead) {
			target := *r.URL
			target.Path, target.RawPath = base+"/", ""
			http.Redirect(w, r, target.RequestURI(), http.StatusFound)
			return
		}
		next.ServeHTTP(&basedWriter{w, base}, withoutBase(r, base))
	})
}

// ownNames are the first names of the paths of all routes.
var ownNames = map[string]bool{
	"glossary": true, "recordings": true,
	"": true, "almanac": true, "analyses": true, "app": true, "assets": true, "backups": true, "comprehensive_analysis": true, "days": true, "deleted": true,
	"docs": true, "entries": true, "export": true, "healthz": true, "favicon": true, "icons": true, "index": true, "ingest": true, "journal_chat": true, "journal_chat_agent": true, "ledger": true,
	"login": true, "logout": true, "manifest": true, "mcp": true, "metrics": true, "models": true, "openapi": true, "openapi-3.0": true, "pages": true, "search": true, "session": true,
	"notebooks": true, "settings": true, "setup": true, "spending": true, "status": true, "sw": true, "tags": true, "threads": true, "timeline": true, "v1": true,
}

// Reserved reports whether a base path begins like a route. A proxy that removes
// the prefix would make the two the same.
func Reserved(base string) bool { return base != "" && ownNames[firstName(base)] }

// firstName returns the first name of a path, without an extension.
func firstName(path string) string {
	name, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	for _, ext := range []string{".json", ".yaml", ".js", ".html", ".svg", ".webmanifest"} {
		name = strings.TrimSuffix(name, ext)
	}
	return name
}

// withoutBase returns a request for the path below base, and r itself if a proxy
// removed the base before.
func withoutBase(r *http.Request, base string) *http.Request {
	path, ok := strings.CutPrefix(r.URL.Path, base)
	if !ok || path != "" && path[0] != '/' {
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

// basedWriter adds the base path to the addresses that handlers give.
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
