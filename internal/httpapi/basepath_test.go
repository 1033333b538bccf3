package httpapi_test

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"
	"time"

	"daybook/internal/httpapi"
	"daybook/internal/llm"
)

const below = "/daybook"

// behindProxy returns a world that is reached through a reverse proxy at
// /daybook, which removes that prefix or keeps it. Beside it is another program.
func behindProxy(t *testing.T, strip bool) *world {
	w := newWorld(t, options{config: func(c *httpapi.Config) {
		withToken(t)(c)
		c.BasePath, c.Default = below, llm.Ref{Provider: "openai", Model: "m-1"}
		c.Page = built
		c.MCP = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.Method+" "+r.URL.Path) })
	}})
	target := must(url.Parse(w.url))(t)
	proxy := &httputil.ReverseProxy{FlushInterval: -1, Rewrite: func(r *httputil.ProxyRequest) {
		if strip {
			r.Out.URL.Path, r.Out.URL.RawPath = strings.TrimPrefix(r.In.URL.Path, below), ""
		}
		r.SetURL(target)
		r.SetXForwarded()
		r.Out.Host = r.In.Host
	}}
	mux := http.NewServeMux()
	mux.Handle(below, proxy)
	mux.Handle(below+"/", proxy)
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	w.url = server.URL
	return w
}

func TestBasePath(t *testing.T) {
	for name, strip := range map[string]bool{"the proxy keeps the prefix": false, "the proxy removes the prefix": true} {
		t.Run(name, func(t *testing.T) {
			w := behindProxy(t, strip)
			w.client.Jar = must(cookiejar.New(nil))(t)
			resp := w.send(t.Context(), "POST", below+"/login", object{"token": token}, "Origin", w.url)
			resp.Body.Close()
			if c := resp.Cookies(); resp.StatusCode != http.StatusNoContent || len(c) != 1 || c[0].Path != below {
				t.Fatalf("logging in: %d %+v", resp.StatusCode, c)
			}
			t.Run("page", func(t *testing.T) { pageBelow(w) })
			t.Run("API", func(t *testing.T) { apiBelow(w) })
			resp = w.send(t.Context(), "POST", below+"/logout", nil, "Origin", w.url)
			resp.Body.Close()
			if status, _ := w.do("GET", below+"/threads", nil); status != http.StatusUnauthorized {
				t.Errorf("after logging out: %d", status)
			}
		})
	}
}

// pageBelow checks that all that the page names is below the base path.
func pageBelow(w *world) {
	for _, path := range []string{"", "/", "/app/threads/x", "/app"} {
		status, html := w.do("GET", below+path, nil)
		if status != http.StatusOK || !strings.Contains(html, `src="/daybook/assets/index-1a2b.js"`) || !strings.Contains(html, `href="/daybook/manifest.webmanifest"`) {
			w.t.Errorf("%q: %d %s", path, status, html)
		}
	}
	for _, path := range []string{"/assets/index-1a2b.js", "/sw.js", "/manifest.webmanifest", "/favicon.svg", "/icons/192.png", "/docs/swagger-ui-bundle.js", "/healthz"} {
		if status, body := w.do("GET", below+path, nil); status != http.StatusOK || body == "" {
			w.t.Errorf("%s: %d", path, status)
		}
	}
	status, docs := w.do("GET", below+"/docs", nil)
	if status != http.StatusOK || !strings.Contains(docs, "/daybook/openapi.json") || strings.Contains(docs, `"/docs/`) {
		w.t.Errorf("/docs: %d %s", status, docs)
	}
}

func apiBelow(w *world) {
	api := get[struct{ Servers []struct{ URL string } }](w, "GET", below+"/openapi.json", nil)
	if len(api.Servers) != 1 || api.Servers[0].URL != below {
		w.t.Errorf("servers: %+v", api.Servers)
	}
	own := []string{"Origin", w.url}
	status, e, header := w.asks("POST", below+"/entries", object{"date": "2024-06-01", "text": "Bees in the chimney."}, own...)
	at := header.Get("Location")
	if status != http.StatusCreated || at != below+"/entries/"+e.ID {
		w.t.Errorf("made: %d %s", status, at)
	}
	if status, again, _ := w.asks("GET", at, nil); status != http.StatusOK || again.ID != e.ID {
		w.t.Errorf("%s: %d", at, status)
	}
	if status, _ := w.do("GET", below+"/threads/", nil); status != http.StatusOK {
		w.t.Errorf("a slash at the end: %d", status)
	}
	if status, _ := w.do("GET", below+"//threads", nil); status != http.StatusOK { // redirected
		w.t.Errorf("two slashes: %d", status)
	}
	stream := object{"query": "When did I swim in the lake?", "stream": "deltas", "provider": "openai", "model": "m-1"}
	if status, body := w.do("POST", below+"/journal_chat/stream", stream, own...); status != http.StatusOK || !strings.Contains(body, "event: done") {
		w.t.Errorf("stream: %d %s", status, body)
	}
	_, body := w.do("POST", below+"/v1/chat/completions", completing("daybook", "When did I swim in the lake?"), own...)
	if !strings.Contains(body, "("+w.url+"/daybook/app/journal/2024-01-05)") {
		w.t.Errorf("links of /v1: %s", body)
	}
	if _, body := w.do("POST", below+"/v1/chat/completions", "{", own...); !strings.Contains(body, `"error"`) {
		w.t.Errorf("an error of /v1: %s", body)
	}
	if _, body := w.do("POST", below+"/mcp", "{}", own...); body != "POST /mcp" {
		w.t.Errorf("/mcp: %s", body)
	}
}

// A base path must not begin like any route.
func TestReservedBasePaths(t *testing.T) {
	routes := httpapi.New(httpapi.Config{Ready: func() bool { return true }, Now: time.Now, Page: built, MCP: http.NotFoundHandler()}).Routes()
	for path, want := range map[string]bool{
		"": false, "/daybook": false, "/threads": true, "/threads/x": true, "/mcp": true, "/v1": true, "/app": true, "/docs": true, "/sw.js": true, "/assets": true,
		"/threads2": false, "/my/threads": false,
	} {
		if httpapi.Reserved(path, routes) != want {
			t.Errorf("%q: reserved is %v", path, !want)
		}
	}
}
