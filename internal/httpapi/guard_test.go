package httpapi_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"daybook/internal/httpapi"
)

const token = "a-token-of-some-length"

func TestEveryRouteRequiresAToken(t *testing.T) {
	w := newWorld(t, options{config: withToken(t)})
	for _, c := range []struct{ method, path string }{
		{"GET", "/threads"}, {"POST", "/threads"}, {"GET", "/threads/x"}, {"PUT", "/threads/x"}, {"DELETE", "/threads/x"},
		{"GET", "/threads/x/messages"}, {"POST", "/threads/x/messages"}, {"POST", "/journal_chat"}, {"POST", "/journal_chat/stream"},
		{"GET", "/docs/"}, {"GET", "/openapi.json"}, {"GET", "/nothing"}, {"GET", "/app/../threads"}, {"GET", "/assets/%2e%2e/threads"}, {"GET", "//status"}, {"GET", "/status/../threads"},
	} {
		for _, header := range []string{"", "Bearer", "Bearer wrong", "Basic " + token, token} {
			resp := w.send(t.Context(), c.method, c.path, nil, "Authorization", header)
			resp.Body.Close()
			refused := resp.StatusCode == http.StatusUnauthorized && resp.Header.Get("WWW-Authenticate") != ""
			if header == "Bearer wrong" { // soon too many of them
				refused = refused || resp.StatusCode == http.StatusTooManyRequests && resp.Header.Get("Retry-After") != ""
			}
			if !refused {
				t.Errorf("%s %s with %q: %d", c.method, c.path, header, resp.StatusCode)
			}
		}
	}
	if status, body := w.do("GET", "/status", nil); status != http.StatusOK || !strings.Contains(body, "ready") {
		t.Errorf("/status: %d %s", status, body)
	}
	w = newWorld(t, options{config: withToken(t)})
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
		{"Host", "localhost:1", 200}, {"Host", "localhost.", 200}, {"Host", "[::1]:8000", 200}, {"Host", "127.8.9.1", 200},
		{"Host", "127.1", 403}, {"Host", "2130706433", 403}, {"Host", "evil.example:127.0.0.1", 403},
		{"Origin", "http://evil.example", 403}, {"Origin", "null", 403}, {"Origin", "http://localhost:9999", 403},
		{"Origin", "file://", 403}, {"Origin", "http://" + own, 200}, {"Origin", "http://localhost:5173", 200},
		{"Origin", "http://localhost:5173.evil.example", 403}, {"Origin", "http://x@" + own, 403}, {"Origin", "http://" + own + ".evil.example", 403},
	} {
		if status, body := w.do("GET", "/threads", nil, c.name, c.value); status != c.status {
			t.Errorf("%s %s: %d %s", c.name, c.value, status, body)
		}
	}
}

// Browsers do not say which page makes a request to these addresses, so that no
// page can be refused there: they count only with a token.
func TestAddressesWithoutAToken(t *testing.T) {
	open, closed := newWorld(t, options{}), newWorld(t, options{config: withToken(t)})
	for _, host := range []string{"0.0.0.0:8000", "[::]:8000", "[::ffff:127.0.0.1]:8000", "192.168.1.2", "[2001:db8::1]"} {
		if status, body := open.do("GET", "/threads", nil, "Host", host); status != http.StatusForbidden {
			t.Errorf("%s without a token: %d %s", host, status, body)
		}
		if status, body := closed.do("GET", "/threads", nil, "Host", host, "Authorization", "Bearer "+token); status != http.StatusOK {
			t.Errorf("%s with the token: %d %s", host, status, body)
		}
	}
}

func TestCORS(t *testing.T) {
	w := newWorld(t, options{config: withToken(t)})
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

// Without origins in the settings no page but our own may use it.
func TestNoOriginByDefault(t *testing.T) {
	w := newWorld(t, options{config: func(c *httpapi.Config) { c.Origins = nil }})
	for _, origin := range []string{"http://localhost:5173", "http://localhost:3000", "http://frontend", "http://frontend:80", "null", "http://evil.example"} {
		for _, header := range [][]string{{}, {"Access-Control-Request-Method", "DELETE"}} {
			method := http.MethodGet
			if len(header) > 0 {
				method = http.MethodOptions
			}
			resp := w.send(t.Context(), method, "/threads", nil, append(header, "Origin", origin)...)
			resp.Body.Close()
			if resp.StatusCode != http.StatusForbidden || resp.Header.Get("Access-Control-Allow-Origin") != "" {
				t.Errorf("%s %s: %d %v", method, origin, resp.StatusCode, resp.Header)
			}
		}
	}
	resp := w.send(t.Context(), http.MethodGet, "/threads", nil, "Origin", w.url)
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK || resp.Header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("our own page: %d %v", resp.StatusCode, resp.Header)
	}
}

// What another page has a browser send is refused, be it of another port of this
// host; a link to the page is not.
func TestCrossSiteRequests(t *testing.T) {
	w := newWorld(t, options{config: func(c *httpapi.Config) { c.Page = built }})
	link := []string{"Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document"}
	for _, c := range []struct {
		method, path, site string
		header             []string
		status             int
	}{
		{"GET", "/search?q=lake", "cross-site", []string{"Sec-Fetch-Mode", "no-cors", "Sec-Fetch-Dest", "image"}, 403},
		{"GET", "/search?q=lake", "same-site", []string{"Sec-Fetch-Mode", "no-cors", "Sec-Fetch-Dest", "image"}, 403},
		{"GET", "/search?q=lake", "cross-site", link, 403}, {"GET", "/search?q=lake", "nonsense", nil, 403}, {"GET", "/search?q=lake", "", nil, 200},
		{"GET", "/search?q=lake", "none", link, 200}, {"GET", "/search?q=lake", "same-origin", nil, 200},
		{"GET", "/status", "cross-site", nil, 403}, {"POST", "/threads", "cross-site", link, 403}, {"POST", "/threads", "same-site", []string{"Content-Type", "text/plain"}, 403},
		{"POST", "/login", "cross-site", []string{"Content-Type", "text/plain"}, 403}, {"POST", "/logout", "cross-site", nil, 403}, {"POST", "/", "cross-site", link, 403},
		{"GET", "/", "cross-site", link, 200}, {"GET", "/app/journal/2024-01-05", "same-site", link, 200}, {"HEAD", "/", "cross-site", link, 200},
		{"GET", "/", "cross-site", []string{"Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "iframe"}, 403}, {"GET", "/app/x", "cross-site", []string{"Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "object"}, 403},
		{"GET", "/app/../threads", "cross-site", link, 403}, {"GET", "/assets/index-1a2b.js", "cross-site", []string{"Sec-Fetch-Mode", "no-cors", "Sec-Fetch-Dest", "script"}, 403},
		{"GET", "/threads", "cross-site", []string{"Origin", "http://localhost:5173"}, 200}, {"GET", "/threads", "same-site", []string{"Origin", "http://localhost:5173"}, 200},
		{"GET", "/threads", "cross-site", []string{"Origin", w.url}, 403}, {"GET", "/threads", "cross-site", []string{"Origin", "null"}, 403}, {"GET", "/threads", "cross-site", []string{"Origin", ""}, 403},
		{"GET", "/ingest/stream", "cross-site", []string{"Accept", "text/event-stream"}, 403},
	} {
		header := c.header
		if c.site != "" {
			header = append(header, "Sec-Fetch-Site", c.site)
		}
		resp := w.send(t.Context(), c.method, c.path, object{}, header...)
		resp.Body.Close()
		if resp.StatusCode != c.status || resp.Header.Get("Cross-Origin-Resource-Policy") != "same-origin" {
			t.Errorf("%s %s %s %q: %d, want %d", c.method, c.path, c.site, c.header, resp.StatusCode, c.status)
		}
	}
	if n := len(w.fake.Requests()); n > 0 {
		t.Errorf("%d calls were made that somebody pays for", n)
	}
}

// Without a token nobody is served through a proxy.
func TestProxiesAreRefusedWithoutAToken(t *testing.T) {
	open, closed := newWorld(t, options{}), newWorld(t, options{config: withToken(t)})
	for _, name := range []string{
		"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Port", "X-Forwarded-Server", "X-Forwarded-Anything", "x-forwarded-for", "X-Forwarded",
		"X-Real-IP", "Via", "CF-Connecting-IP", "True-Client-IP", "X-Client-IP", "X_Forwarded_For", "X_REAL_IP", "Client-IP", "X-Remote-Addr", "X-Scheme",
		"Front-End-Https", "CDN-Loop", "CF-Ray", "X-Amzn-Trace-Id", "X-Azure-ClientIP", "X-Nginx-Proxy", "X-Original-URL", "Tailscale-User-Login",
	} {
		for _, path := range []string{"/threads", "/status", "/", "/session"} {
			if status, body := open.do("GET", path, nil, name, "127.0.0.1"); status != http.StatusForbidden || !strings.Contains(body, "no_token") {
				t.Errorf("%s %s: %d %s", name, path, status, body)
			}
		}
		if status, body := closed.do("GET", "/threads", nil, name, "203.0.113.7", "Authorization", "Bearer "+token); status != http.StatusOK {
			t.Errorf("%s with the token: %d %s", name, status, body)
		}
	}
}

// A proxy that adds no header at all speaks HTTP/1.0, as nginx does by default.
func TestOldProxiesAreRefusedWithoutAToken(t *testing.T) {
	open, closed := newWorld(t, options{}), newWorld(t, options{config: withToken(t)})
	for _, c := range []struct {
		w      *world
		header string
		status int
	}{{open, "", http.StatusForbidden}, {closed, "Authorization: Bearer " + token + "\r\n", http.StatusOK}} {
		conn := must(net.Dial("tcp", strings.TrimPrefix(c.w.url, "http://")))(t)
		_, err := io.WriteString(conn, "GET /threads HTTP/1.0\r\nHost: 127.0.0.1:8000\r\nConnection: close\r\n"+c.header+"\r\n")
		resp := must(http.ReadResponse(bufio.NewReader(conn), nil))(t)
		if err != nil || resp.StatusCode != c.status {
			t.Errorf("%q: %d, %v", c.header, resp.StatusCode, err)
		}
		conn.Close()
	}
}

// Wrong tokens are limited by whatever way they come, and hold up nobody who is
// signed in.
func TestGuessesAreLimited(t *testing.T) {
	w := newWorld(t, options{config: withToken(t)})
	cookie := w.logIn()
	got := map[int]int{}
	for i := range 60 {
		path, body, header := "/threads", any(nil), []string{"Authorization", "Bearer guess"}
		switch i % 3 {
		case 1:
			path = "/session" // which everybody may ask
		case 2:
			path, body, header = "/login", object{"token": "guess"}, nil
		}
		method := map[bool]string{true: "POST", false: "GET"}[body != nil]
		resp := w.send(t.Context(), method, path, body, header...)
		resp.Body.Close()
		got[resp.StatusCode]++
		if resp.StatusCode == http.StatusTooManyRequests && resp.Header.Get("Retry-After") == "" {
			t.Error("nobody is told when to try again")
		}
	}
	if got[http.StatusTooManyRequests] < 25 || got[http.StatusUnauthorized] > 10 {
		t.Errorf("%v", got)
	}
	if _, body := w.do("GET", "/session", nil, "Authorization", "Bearer "+token); !strings.Contains(body, `"authenticated":false`) {
		t.Errorf("/session tells a right guess: %s", body)
	}
	for _, header := range [][]string{{"Cookie", cookie}, {"Cookie", cookie, "Authorization", "Bearer guess"}} {
		if status, body := w.do("GET", "/threads", nil, header...); status != http.StatusOK {
			t.Errorf("signed in, with %d headers: %d %s", len(header), status, body)
		}
	}
	if log := w.log.String(); strings.Contains(log, "guess") || !strings.Contains(log, "127.0.0.1") {
		t.Errorf("the log:\n%s", log)
	}
}

// Nothing of a body is read for those who are not let in: they get their answer
// at once, and the connection ends.
func TestBodiesAreNotReadBeforeTheToken(t *testing.T) {
	w := newWorld(t, options{config: withToken(t)})
	address := strings.TrimPrefix(w.url, "http://")
	before := runtime.NumGoroutine()
	var conns []net.Conn
	defer func() {
		for _, c := range conns {
			c.Close()
		}
	}()
	answers := func(head string) *http.Response {
		t.Helper()
		conn := must(net.Dial("tcp", address))(t)
		conns = append(conns, conn)
		_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
		if _, err := io.WriteString(conn, head); err != nil {
			t.Fatal(err)
		}
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatalf("%q: %v", head, err)
		}
		return resp
	}
	for i := range 100 {
		path := []string{"/journal_chat", "/pages", "/entries", "/threads", "/setup", "/nothing"}[i%6]
		length := []string{"Content-Length: 1000000", "Content-Length: 5000", "Transfer-Encoding: chunked"}[i%3]
		began := time.Now()
		resp := answers("POST " + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n" + length + "\r\n\r\n400\r\n{\"query\": \"" + strings.Repeat("x", 900))
		if resp.StatusCode != http.StatusUnauthorized || !resp.Close || time.Since(began) > 5*time.Second {
			t.Errorf("%s, %s: %d after %s, close %v", path, length, resp.StatusCode, time.Since(began), resp.Close)
		}
	}
	eventually(t, 20*time.Second, "the connections end", func() bool { return runtime.NumGoroutine() < before+20 })
	// A login is small.
	if status, body := w.do("POST", "/login", `{"token": "`+strings.Repeat("x", 20<<10)+`"}`); status != http.StatusRequestEntityTooLarge {
		t.Errorf("a long login: %d %s", status, body)
	}
}
