package httpapi_test

import (
	"net/http"
	"strings"
	"testing"

	"daybook/internal/httpapi"
)

func TestHealthAndMetrics(t *testing.T) {
	w := newWorld(t, options{config: func(c *httpapi.Config) {
		withToken(t)(c)
		c.Stats = nil
	}})
	if status, body := w.do(http.MethodGet, "/healthz", nil); status != http.StatusOK || strings.TrimSpace(body) != `{"status":"ok"}` {
		t.Errorf("health: %d %s", status, body)
	}
	if status, _ := w.do(http.MethodGet, "/metrics", nil); status != http.StatusUnauthorized {
		t.Errorf("metrics without the token: %d", status)
	}
	bearer := []string{"Authorization", "Bearer " + token}
	w.do(http.MethodGet, "/entries/secret-name?q=secret-query", nil, bearer...)
	w.do(http.MethodGet, "/search?q=secret-query", nil, bearer...)
	status, body := w.do(http.MethodGet, "/metrics", nil, bearer...)
	for _, want := range []string{
		`daybook_http_requests_total{route="GET /entries/{id}",status="404"} 1`, `daybook_http_requests_total{route="GET /search",status="200"} 1`,
		`daybook_http_refused_total{status="401"} 1`, `daybook_info{version="test"} 1`, "daybook_ready 1", "go_goroutines", `daybook_http_request_seconds_bucket{route="GET /search"`,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("no %s", want)
		}
	}
	if status != http.StatusOK || strings.Contains(body, "secret") {
		t.Errorf("%d %s", status, body)
	}
}
