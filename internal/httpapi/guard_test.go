package httpapi_test

import (
	"net/http"
	"strings"
	"testing"

	"daybook/internal/httpapi"
)

const token = "a-token-of-some-length"

func withToken(c *httpapi.Config) { c.Token = token }

func TestTokenIsAskedOfEveryRoute(t *testing.T) {
	w := newWorld(t, options{config: withToken})
	for _, c := range []struct{ method, path string }{
		{"GET", "/threads"}, {"POST", "/threads"}, {"GET", "/threads/x"}, {"PUT", "/threads/x"}, {"DELETE", "/threads/x"},
		{"GET", "/threads/x/messages"}, {"POST", "/threads/x/messages"}, {"POST", "/journal_chat"}, {"POST", "/journal_chat/stream"},
		{"GET", "/docs/"}, {"GET", "/openapi.json"}, {"GET", "/nothing"}, {"GET", "/app/../threads"}, {"GET", "/assets/%2e%2e/threads"}, {"GET", "//status"}, {"GET", "/status/../threads"},
	} {
		for _, header := range []string{"", "Bearer", "Bearer wrong", "Basic " + token, token} {
			resp := w.send(t.Context(), c.method, c.path, nil, "Authorization", header)
			resp.Body.Close()
			if resp.StatusCode != http.StatusUnauthorized || resp.Header.Get("WWW-Authenticate") == "" {
				t.Errorf("%s %s with %q: %d", c.method, c.path, header, resp.StatusCode)
			}
		}
	}
	if status, body := w.do("GET", "/status", nil); status != http.StatusOK || !strings.Contains(body, "ready") {
		t.Errorf("/status: %d %s", status, body)
	}
	if status, _ := w.do("GET", "/threads", nil, "Authorization", "Bearer "+token); status != http.StatusOK {
		t.Errorf("with the token: %d", status)
	}
}

func TestForeignHostsAndOrigins(t *testing.T) {
	w := newWorld(t, options{config: func(c *httpapi.Config) { c.Hosts = []string{"diary.home"} }})
	own := strings.TrimPrefix(w.url, "http://")
	for _, c := range []struct {
		name, value string
		status      int
	}{
		{"Host", "evil.example", 403}, {"Host", "evil.example:8000", 403}, {"Host", "localhost.evil.example", 403},
		{"Host", "127.0.0.1.nip.io", 403}, {"Host", "diary.home:8000", 200}, {"Host", "DIARY.home", 200},
		{"Host", "localhost:1", 200}, {"Host", "[::1]:8000", 200}, {"Host", "192.168.1.2", 200},
		{"Origin", "http://evil.example", 403}, {"Origin", "null", 403}, {"Origin", "http://localhost:9999", 403},
		{"Origin", "file://", 403}, {"Origin", "http://" + own, 200}, {"Origin", "http://localhost:5173", 200},
		{"Origin", "http://localhost:5173.evil.example", 403},
	} {
		if status, body := w.do("GET", "/threads", nil, c.name, c.value); status != c.status {
			t.Errorf("%s %s: %d %s", c.name, c.value, status, body)
		}
	}
}

func TestCORS(t *testing.T) {
	w := newWorld(t, options{config: withToken})
	resp := w.send(t.Context(), http.MethodOptions, "/journal_chat", nil, "Origin", "http://localhost:5173",
		"Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", "authorization,content-type")
	resp.Body.Close()
	if resp.StatusCode/100 != 2 || resp.Header.Get("Access-Control-Allow-Origin") != "http://localhost:5173" ||
		resp.Header.Get("Access-Control-Allow-Credentials") != "true" {
		t.Errorf("a preflight of our own page: %d %v", resp.StatusCode, resp.Header)
	}
	resp = w.send(t.Context(), http.MethodOptions, "/journal_chat", nil, "Origin", "http://evil.example", "Access-Control-Request-Method", "POST")
	resp.Body.Close()
	if resp.StatusCode != http.StatusForbidden || resp.Header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("a foreign preflight: %d %v", resp.StatusCode, resp.Header)
	}
}

func TestDocsLoadNothingFromOutside(t *testing.T) {
	w := newWorld(t, options{})
	status, page := w.do("GET", "/docs/", nil)
	if status != http.StatusOK || !strings.Contains(page, "openapi.json") {
		t.Fatalf("%d %s", status, page)
	}
	for _, part := range []string{`src="http`, `href="http`, "//cdn", "unpkg", "jsdelivr"} {
		if strings.Contains(page, part) {
			t.Errorf("the page has %q", part)
		}
	}
	api := get[struct {
		OpenAPI string
		Paths   map[string]any
	}](w, "GET", "/openapi.json", nil)
	if !strings.HasPrefix(api.OpenAPI, "3.1") {
		t.Errorf("OpenAPI %s", api.OpenAPI)
	}
	for _, path := range []string{"/journal_chat", "/journal_chat/stream", "/threads", "/threads/{thread_id}", "/threads/{thread_id}/messages", "/status"} {
		if api.Paths[path] == nil {
			t.Errorf("the description lacks %s", path)
		}
	}
}
