package httpapi_test

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"daybook/internal/httpapi"
	"daybook/internal/llm/llmtest"
	"daybook/internal/session"
)

// withToken requires the token.
func withToken(t *testing.T) func(*httpapi.Config) {
	dir := t.TempDir()
	return func(c *httpapi.Config) {
		c.Access = session.New(dir, token, session.NewGate(c.Log), time.Now)
	}
}

// logIn returns the cookie of a new session, as a browser sends it.
func (w *world) logIn() string {
	w.t.Helper()
	resp := w.send(w.t.Context(), "POST", "/login", object{"token": token}, "Origin", w.url)
	resp.Body.Close()
	cookies := resp.Cookies()
	if resp.StatusCode != http.StatusNoContent || len(cookies) != 1 {
		w.t.Fatalf("logging in: %d, %v", resp.StatusCode, cookies)
	}
	c := cookies[0]
	if !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Path != "/" || c.MaxAge < 300*24*3600 || c.Secure {
		w.t.Errorf("the cookie %+v", c)
	}
	return c.Name + "=" + c.Value
}

type sessionState struct {
	Authenticated bool
	TokenRequired bool `json:"token_required"`
	Version       string
}

func TestLogin(t *testing.T) {
	w := newWorld(t, options{config: withToken(t)})
	if s := get[sessionState](w, "GET", "/session", nil); s.Authenticated || !s.TokenRequired || s.Version != "test" {
		t.Errorf("before: %+v", s)
	}
	if status, _ := w.do("POST", "/login", object{"token": "wrong"}); status != http.StatusUnauthorized {
		t.Errorf("a wrong token: %d", status)
	}
	cookie := w.logIn()
	if _, body := w.do("GET", "/session", nil, "Cookie", cookie); !strings.Contains(body, `"authenticated":true`) {
		t.Errorf("after: %s", body)
	}
	for _, path := range []string{"/threads", "/openapi.json", "/docs/", "/search?q=lake"} {
		if status, body := w.do("GET", path, nil, "Cookie", cookie); status != http.StatusOK {
			t.Errorf("%s: %d %s", path, status, body)
		}
	}
	if status, _ := w.do("POST", "/threads", object{}, "Cookie", cookie, "Origin", w.url); status != http.StatusOK {
		t.Errorf("POST /threads: %d", status)
	}
	if status, _ := w.do("POST", "/logout", nil, "Cookie", cookie, "Origin", w.url); status != http.StatusNoContent {
		t.Errorf("logging out: %d", status)
	}
	if status, _ := w.do("GET", "/threads", nil, "Cookie", cookie); status != http.StatusUnauthorized {
		t.Errorf("after logging out: %d", status)
	}
}

// A browser that is signed in signs in another one, which never sees the token.
func TestLoginCode(t *testing.T) {
	w := newWorld(t, options{config: withToken(t)})
	own := []string{"Cookie", w.logIn(), "Origin", w.url, "Sec-Fetch-Site", "same-origin"}
	if status, _ := w.do("POST", "/login/code", nil); status != http.StatusUnauthorized {
		t.Errorf("without the token: %d", status)
	}
	if status, _ := w.do("POST", "/login/code", nil, append(own[:2:2], "Origin", "https://evil.example")...); status != http.StatusForbidden && status != http.StatusUnauthorized {
		t.Errorf("from a foreign page: %d", status)
	}
	status, body := w.do("POST", "/login/code", nil, own...)
	var made struct {
		Code    string
		Expires time.Time `json:"expires_at"`
	}
	if err := json.Unmarshal([]byte(body), &made); err != nil || status != http.StatusOK || strings.Contains(body, token) || time.Until(made.Expires) > 5*time.Minute {
		t.Fatalf("%d %s %v", status, body, err)
	}
	if status, _ := w.do("GET", "/threads", nil, "Authorization", "Bearer "+made.Code); status != http.StatusUnauthorized {
		t.Errorf("the code as a token: %d", status)
	}
	resp := w.send(t.Context(), "POST", "/login", object{"code": made.Code}, "Origin", w.url)
	resp.Body.Close()
	if resp.StatusCode != http.StatusNoContent || len(resp.Cookies()) != 1 {
		t.Fatalf("with the code: %d %v", resp.StatusCode, resp.Cookies())
	}
	c := resp.Cookies()[0]
	if status, _ := w.do("GET", "/threads", nil, "Cookie", c.Name+"="+c.Value); status != http.StatusOK || !c.HttpOnly || c.SameSite != http.SameSiteStrictMode {
		t.Errorf("the session of the code: %d %+v", status, c)
	}
	if status, body := w.do("POST", "/login", object{"code": made.Code}, "Origin", w.url); status != http.StatusUnauthorized || !strings.Contains(body, "used already") {
		t.Errorf("the second time: %d %s", status, body)
	}
}

// The cookie comes along with requests that other pages of this host make,
// whatever their port; it counts for our own alone.
func TestCookieCountsForOurOwnPage(t *testing.T) {
	w := newWorld(t, options{config: withToken(t)})
	cookie := w.logIn()
	for _, c := range []struct {
		method string
		header []string
		status int
	}{
		{"GET", nil, 200},
		{"GET", []string{"Sec-Fetch-Site", "same-origin"}, 200},
		{"GET", []string{"Sec-Fetch-Site", "none"}, 200},
		{"GET", []string{"Sec-Fetch-Site", "same-site"}, 403},
		{"GET", []string{"Sec-Fetch-Site", "cross-site"}, 403},
		{"GET", []string{"Origin", "http://localhost:5173"}, 401},
		{"POST", []string{"Origin", w.url, "Sec-Fetch-Site", "same-origin"}, 200},
		{"POST", []string{"Origin", w.url}, 200},
		{"POST", []string{"Sec-Fetch-Site", "same-origin"}, 200},
		{"POST", nil, 401},
		{"POST", []string{"Sec-Fetch-Site", "none"}, 401},
		{"POST", []string{"Sec-Fetch-Site", "same-site"}, 403},
		{"POST", []string{"Origin", "http://localhost:5173"}, 401},
		{"POST", []string{"Origin", "http://evil.example"}, 403},
		{"POST", []string{"Origin", "null"}, 403},
	} {
		if status, _ := w.do(c.method, "/threads", object{}, append(c.header, "Cookie", cookie)...); status != c.status {
			t.Errorf("%s %q: %d, want %d", c.method, c.header, status, c.status)
		}
	}
}

// Another host of the same domain can have a browser send cookies of its
// making, before ours: the session counts all the same, and ends with the
// others when its owner logs out.
func TestLoggingOutEndsTheSessionAmongCookies(t *testing.T) {
	w := newWorld(t, options{config: withToken(t)})
	cookie := w.logIn()
	among := "daybook_session=planted; theme=dark; daybook_session=; " + cookie
	if status, body := w.do("GET", "/threads", nil, "Cookie", among); status != http.StatusOK {
		t.Errorf("among others: %d %s", status, body)
	}
	if status, body := w.do("POST", "/logout", nil, "Cookie", among, "Origin", w.url); status != http.StatusNoContent {
		t.Errorf("logging out: %d %s", status, body)
	}
	if status, _ := w.do("GET", "/threads", nil, "Cookie", cookie); status != http.StatusUnauthorized {
		t.Errorf("after logging out: %d", status)
	}
	// Each is looked up: one request does not have that done thousands of times.
	many := &http.Request{Header: http.Header{"Cookie": {strings.Repeat("daybook_session=o1.x; ", 2000)}}}
	if n := len(httpapi.SecretsOf(many)); n > 4 {
		t.Errorf("%d sessions of one request are looked up", n)
	}
}

func TestCookieIsSecureOverHTTPS(t *testing.T) {
	w := newWorld(t, options{config: withToken(t)})
	resp := w.send(t.Context(), "POST", "/login", object{"token": token}, "Origin", strings.Replace(w.url, "http:", "https:", 1))
	resp.Body.Close()
	if cookies := resp.Cookies(); len(cookies) != 1 || !cookies[0].Secure {
		t.Errorf("behind a proxy that speaks HTTPS: %d, %v", resp.StatusCode, cookies)
	}
}

func TestLoggingOutEndsStreams(t *testing.T) {
	w := newWorld(t, options{config: withToken(t), play: func(r llmtest.Request) llmtest.Script {
		s := llmtest.Reply("You swam in the lake, and it was cold [1].")(r)
		if r.Wants("response") {
			s.SilentAfter = 1
		}
		return s
	}})
	cookie := w.logIn()
	resp := w.send(t.Context(), "POST", "/journal_chat/stream", asking("openai", "When did I swim?", "stream", "deltas"), "Cookie", cookie, "Origin", w.url)
	defer resp.Body.Close()
	ended := make(chan struct{})
	go func() { defer close(ended); _, _ = io.ReadAll(resp.Body) }()
	eventually(t, 20*time.Second, "the answer has begun", func() bool { return w.fake.Open() == 1 && len(w.fake.Requests()) == 2 })
	select {
	case <-ended:
		t.Fatal("the stream ended by itself")
	case <-time.After(50 * time.Millisecond):
	}
	w.do("POST", "/logout", nil, "Cookie", cookie, "Origin", w.url)
	select {
	case <-ended:
	case <-time.After(20 * time.Second):
		t.Fatal("the stream goes on after logging out")
	}
	eventually(t, 20*time.Second, "the model's call ends", func() bool { return w.fake.Open() == 0 })
}

var built = fstest.MapFS{
	"index.html": {Data: []byte("<!doctype html><title>Daybook</title>" +
		`<link rel="manifest" href="/manifest.webmanifest"><script type="module" src="/assets/index-1a2b.js"></script>` + strings.Repeat("<p>calm</p>", 200))},
	"assets/index-1a2b.js": {Data: []byte(strings.Repeat("console.log(1);\n", 500))}, "assets/index-1a2b.js.br": {Data: []byte("brotli")},
	"sw.js": {Data: []byte("self")}, "manifest.webmanifest": {Data: []byte("{}")}, "icons/192.png": {Data: []byte("\x89PNG")},
	"favicon.svg": {Data: []byte("<svg/>")}, ".gitkeep": {}, "assets/.secret": {Data: []byte("x")},
}

func TestPageIsServed(t *testing.T) {
	w := newWorld(t, options{config: func(c *httpapi.Config) { withToken(t)(c); c.Page = built }})
	for _, c := range []struct{ path, mime, cache string }{
		{"/", "text/html; charset=utf-8", "no-cache"}, {"/app/threads/x", "text/html; charset=utf-8", "no-cache"},
		{"/assets/index-1a2b.js", "text/javascript; charset=utf-8", "public, max-age=31536000, immutable"}, {"/sw.js", "text/javascript; charset=utf-8", "no-cache"},
		{"/manifest.webmanifest", "application/manifest+json", "no-cache"}, {"/icons/192.png", "image/png", "no-cache"}, {"/favicon.svg", "image/svg+xml", "no-cache"},
	} {
		resp := w.send(t.Context(), "GET", c.path, nil)
		resp.Body.Close()
		h := resp.Header
		if resp.StatusCode != http.StatusOK || h.Get("Content-Type") != c.mime || h.Get("Cache-Control") != c.cache || h.Get("ETag") == "" {
			t.Errorf("%s: %d %v", c.path, resp.StatusCode, h)
		}
		if policy := h.Get("Content-Security-Policy"); !strings.HasPrefix(policy, "default-src 'none'; script-src 'self';") || strings.Contains(policy, "unsafe") {
			t.Errorf("%s: the policy %q", c.path, policy)
		}
		resp = w.send(t.Context(), "GET", c.path, nil, "If-None-Match", h.Get("ETag"), "Accept-Encoding", "gzip")
		resp.Body.Close()
		again := w.send(t.Context(), "GET", c.path, nil, "If-None-Match", resp.Header.Get("ETag"), "Accept-Encoding", "gzip")
		again.Body.Close()
		if again.StatusCode != http.StatusNotModified {
			t.Errorf("%s: asked again: %d", c.path, again.StatusCode)
		}
	}
	for accepts, want := range map[string]string{"gzip, br": "br", "gzip": "gzip", "br;q=0, gzip;q=0.5": "gzip", "identity": "", "gzip;q=0": ""} {
		resp := w.send(t.Context(), "GET", "/assets/index-1a2b.js", nil, "Accept-Encoding", accepts)
		data := must(io.ReadAll(resp.Body))(t)
		resp.Body.Close()
		if resp.Header.Get("Content-Encoding") != want || want == "gzip" && len(data) > 500 || !slices.Contains(resp.Header.Values("Vary"), "Accept-Encoding") {
			t.Errorf("%q: %v, %d bytes", accepts, resp.Header, len(data))
		}
	}
	for path, status := range map[string]int{"/assets/gone.js": 404, "/assets/.secret": 404, "/.gitkeep": 401, "/assets/index-1a2b.js.br": 404, "/threads": 401} {
		if got, _ := w.do("GET", path, nil); got != status {
			t.Errorf("%s: %d, want %d", path, got, status)
		}
	}
}

func TestWithoutThePage(t *testing.T) {
	w := newWorld(t, options{})
	if status, body := w.do("GET", "/", nil); status != http.StatusOK || !strings.Contains(body, "make build") || !strings.Contains(body, "npm") {
		t.Errorf("%d %s", status, body)
	}
	if status, body := w.do("GET", "/app/threads", nil); status != http.StatusNotFound || !strings.Contains(body, "make build") {
		t.Errorf("%d %s", status, body)
	}
}

func TestEveryAnswerHasAPolicy(t *testing.T) {
	w := newWorld(t, options{config: withToken(t)})
	cookie := w.logIn()
	for _, c := range []struct {
		path, host string
		status     int
	}{
		{"/status", "", 200}, {"/threads", "", 200}, {"/nothing", "", 404}, {"/docs/", "", 200}, {"/docs/swagger-ui-bundle.js", "", 200}, {"/threads", "evil.example", 403},
	} {
		header := []string{"Cookie", cookie}
		if c.host != "" {
			header = append(header, "Host", c.host)
		}
		resp := w.send(t.Context(), "GET", c.path, nil, header...)
		resp.Body.Close()
		policy := resp.Header.Get("Content-Security-Policy")
		if resp.StatusCode != c.status || !strings.HasPrefix(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") || strings.Contains(policy, "http") ||
			resp.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %d %q", c.path, resp.StatusCode, policy)
		}
	}
}
