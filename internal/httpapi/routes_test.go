package httpapi

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"daybook/internal/notes"
	"daybook/internal/session"
)

type (
	someThreads = Threads
	someBackups = Backups
)

// whole configures a server with every part. No handler of an owner's route may
// be reached: the parts are nil.
func whole(t *testing.T) Config {
	t.Helper()
	return Config{
		Chat: struct{ Chat }{}, Threads: struct{ someThreads }{}, Searcher: struct{ Searcher }{}, Notes: struct{ Notes }{},
		Almanac: struct{ Almanac }{}, Analyses: struct{ Analyses }{}, Book: struct{ Book }{}, Uploads: struct{ Uploads }{}, Attacher: struct{ Attacher }{}, Links: struct{ Links }{},
		Notebooks: struct{ Notebooks }{}, Glossary: struct{ Glossary }{}, Recordings: struct{ Recordings }{},
		Inspector: struct{ notes.Inspector }{}, Ingest: struct{ Ingest }{}, Models: struct{ Models }{}, Spending: struct{ Spending }{},
		Ledger: struct{ Ledger }{}, Backups: struct{ someBackups }{},
		Access: session.New(t.TempDir(), "the-token-of-the-owner", session.NewGate(nil), time.Now),
		Ready:  func() bool { return true }, Now: time.Now,
	}
}

// The server keeps to the table: who may use a route, and no route beside it.
func TestTableOfRoutes(t *testing.T) {
	c := whole(t)
	h := New(c)
	c.Setup = struct{ Setup }{} // its state is part of GET /session
	s := &server{Config: c}
	api := humago.New(newRouteMux(), huma.DefaultConfig("", ""))
	parameter := regexp.MustCompile(`\{\w+\}`)
	known := map[string]bool{}
	for _, r := range s.table(api) {
		name := r.op.Method + " " + r.op.Path
		if known[name] || known[r.op.OperationID] {
			t.Errorf("%s (%s) is in the table twice", name, r.op.OperationID)
		}
		known[name], known[r.op.OperationID] = true, true
		if strings.HasPrefix(r.op.Path, "/setup") {
			continue
		}
		rec := httptest.NewRecorder()
		req := httptest.NewRequest(r.op.Method, "http://localhost"+parameter.ReplaceAllString(r.op.Path, "x"), nil)
		req.RemoteAddr = "127.0.0.1:40000"
		h.ServeHTTP(rec, req)
		if refused := rec.Code == http.StatusUnauthorized; refused != (r.who == owner) {
			t.Errorf("%s without a token: %d", name, rec.Code)
		}
	}
	beside := []string{
		"GET /healthz", "GET /metrics", "/mcp", "GET /v1/models", "GET /v1/models/{model}", "POST /v1/chat/completions",
		"/docs", "/docs/", "GET /openapi.json", "GET /openapi.yaml", "GET /openapi-3.0.json", "GET /openapi-3.0.yaml",
		"GET /{$}", "GET /app", "GET /app/", "GET /assets/", "GET /icons/",
	}
	for _, pattern := range h.routes {
		if !known[pattern] && !slices.Contains(beside, pattern) {
			t.Errorf("%s is not in the table", pattern)
		}
	}
}
