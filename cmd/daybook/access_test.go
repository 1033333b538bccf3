package main

import (
	"errors"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"daybook/internal/server"
	"daybook/internal/session"
	"daybook/internal/settings"
)

// route is one of the program's, with what to try it with.
type route struct{ method, path, body string }

// routesOf returns the routes of a person's server: those of its description,
// and those that its mux has beside them. Parameters are filled in.
func (p *person) routesOf(url, token string, params map[string]string) []route {
	p.t.Helper()
	flags := pflag.NewFlagSet("", pflag.ContinueOnError)
	addSettings(flags)
	w := p.envWith(&buffer{}, &buffer{}, nil)
	src, err := sourcesOf(w, flags)
	if err != nil {
		p.t.Fatal(err)
	}
	s, err := settings.Load(src)
	if err != nil {
		p.t.Fatal(err)
	}
	s.Data = p.t.TempDir()
	a, err := openApp(p.t.Context(), w, s)
	if err != nil {
		p.t.Fatal(err)
	}
	srv, err := server.New(p.t.Context(), server.Config{Journal: a.Journal, Sources: src}, &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(srv.Close)
	all := map[route]bool{}
	add := func(method, pattern string) {
		path := regexp.MustCompile(`\{(\w+|\$)(\.\.\.)?\}`).ReplaceAllStringFunc(pattern, func(name string) string {
			if name == "{$}" {
				return ""
			}
			value, ok := params[strings.Trim(name, "{}.")]
			if !ok {
				p.t.Errorf("%s: nothing to try %s with", pattern, name)
			}
			return value
		})
		body := bodies[method+" "+pattern]
		if body == "" && method != http.MethodGet {
			body = `{"query": "xylophone", "provider": "offline", "model": "", "journal": null, "path": "/", "title": "x", "text": "x", "date": "2023-06-09", "role": "user", "content": "x"}`
		}
		all[route{method, path, body}] = true
	}
	for _, pattern := range srv.Routes() {
		method, path, ok := strings.Cut(pattern, " ")
		if !ok {
			method, path = http.MethodGet, pattern
		}
		add(method, path)
	}
	mux := len(all)
	var doc struct{ Paths map[string]map[string]any }
	p.call(http.MethodGet, url+"/openapi.json", nil, &doc, bearer(token)...)
	for path, operations := range doc.Paths {
		for method := range operations {
			add(strings.ToUpper(method), path)
		}
	}
	if len(doc.Paths) < 25 || mux < 40 {
		p.t.Errorf("only %d paths are described, and the mux has %d routes", len(doc.Paths), mux)
	}
	var list []route
	for r := range all {
		list = append(list, r)
	}
	slices.SortFunc(list, func(a, b route) int { return strings.Compare(a.path+a.method, b.path+b.method) })
	return list
}

// page are the routes that everybody may ask: they show nothing of the journal.
var page = regexp.MustCompile(`^/($|app($|/)|assets/|icons/|status$|healthz$|session$|login$|logout$|favicon|manifest|sw\.js|theme|index\.html)`)

// intruder is somebody who should not be let in.
type intruder struct {
	name    string
	headers []string
	// all says that not even the page is served.
	all bool
}

// Every route is tried by everybody who should not be let in: somebody without
// the token or with another, pages elsewhere that use the browser of a person
// who is signed in, and proxies.
func TestNobodyElseIsLetIn(t *testing.T) {
	p := newPerson(t)
	p.journal(map[string]string{"06-04-2023.md": "Saw a xylophone."})
	stranger := newPerson(t)
	theirs := stranger.withGeneratedToken()
	token := p.withGeneratedToken()
	url, log, _ := p.serves("--model-embedding", "none")
	cookie := p.logsIn(url, token)
	var found struct{ Results []struct{ ID string } }
	eventually(t, func() bool {
		p.call(http.MethodGet, url+"/search?q=xylophone", nil, &found, bearer(token)...)
		return len(found.Results) == 1
	})
	var thread object
	p.call(http.MethodPost, url+"/threads", object{"initial_message": "xylophone"}, &thread, bearer(token)...)
	params := map[string]string{
		"id": found.Results[0].ID, "entry_id": found.Results[0].ID, "thread_id": thread["thread_id"].(string), "message_id": "m", "model": "daybook", "n": "1", "page": "1", "key": "k",
		"date": "2023-06-04", "year": "2023", "month": "06", "answer_id": "a", "analysis_id": "a", "version": "1", "name": "x",
	}
	routes := p.routesOf(url, token, params)
	own := bearer(token)
	intruders := []intruder{
		{name: "nobody"}, {name: "an empty token", headers: []string{"Authorization", "Bearer"}}, {name: "a wrong token", headers: bearer("wrong")},
		{name: "another's token", headers: bearer(theirs)}, {name: "most of the token", headers: bearer(token[:63])}, {name: "the token in capitals", headers: bearer(strings.ToUpper(token))},
		{name: "another scheme", headers: []string{"Authorization", "Basic " + token}}, {name: "no scheme", headers: []string{"Authorization", token}},
		{name: "a made-up cookie", headers: []string{"Cookie", "daybook_session=" + strings.Repeat("A", 52)}}, {name: "the token as a cookie", headers: []string{"Cookie", "daybook_session=" + token}},
		{name: "a proxy", headers: []string{"X-Forwarded-For", "127.0.0.1", "Forwarded", "for=127.0.0.1", "X-Real-IP", "127.0.0.1"}},
		{name: "a rebound name", headers: append([]string{"Host", "evil.example:8000"}, own...), all: true},
		{name: "a foreign origin", headers: append([]string{"Origin", "http://evil.example"}, own...), all: true},
		{name: "a page on another port", headers: append([]string{"Origin", "http://localhost:5173"}, own...), all: true},
		{name: "a page without an origin", headers: append([]string{"Origin", "null"}, own...), all: true},
		{name: "the host frontend", headers: append([]string{"Origin", "http://frontend"}, own...), all: true},
		{name: "a cross-site picture", headers: []string{"Cookie", cookie, "Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "no-cors", "Sec-Fetch-Dest", "image"}, all: true},
		{name: "a same-site script", headers: []string{"Cookie", cookie, "Sec-Fetch-Site", "same-site", "Sec-Fetch-Mode", "no-cors", "Sec-Fetch-Dest", "script"}, all: true},
		{name: "a frame", headers: []string{"Cookie", cookie, "Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "iframe"}, all: true},
		{name: "a link", headers: []string{"Cookie", cookie, "Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document"}},
	}
	tried := 0
	for _, r := range routes {
		for _, i := range intruders {
			p.triesToComeIn(url, r, i)
			tried++
		}
	}
	for _, address := range []string{"/entries/" + params["id"], "/threads/" + params["thread_id"]} {
		if status, body, _ := p.visits(token, http.MethodGet, url+address, ""); status != http.StatusOK {
			t.Errorf("%s afterwards: %d %s", address, status, body)
		}
	}
	// The routes are there: they are not refused to whom they are for.
	for _, r := range routes {
		if r.method != http.MethodGet || strings.HasSuffix(r.path, "/stream") || strings.HasSuffix(r.path, "/live") {
			continue
		}
		if status, body, _ := p.visits(token, r.method, url+r.path, ""); slices.Contains([]int{401, 403, 405, 429}, status) {
			t.Errorf("%s with the token: %d %s", r.path, status, body)
		}
	}
	for _, secret := range []string{token, theirs, "xylophone"} {
		if strings.Contains(log.String(), secret) {
			t.Errorf("%q is in the log", secret)
		}
	}
	t.Logf("%d routes, %d tries", len(routes), tried)
}

// triesToComeIn sends a request that must be refused.
func (p *person) triesToComeIn(url string, r route, i intruder) {
	p.t.Helper()
	status, body, _ := p.visits("", r.method, url+r.path, r.body, i.headers...)
	refused := slices.Contains([]int{http.StatusUnauthorized, http.StatusForbidden, http.StatusTooManyRequests}, status)
	if !refused && (i.all || !page.MatchString(r.path)) || strings.Contains(body, "xylophone") || strings.Contains(body, `"authenticated":true`) {
		p.t.Errorf("%s: %s %s: %d %.200s", i.name, r.method, r.path, status, body)
	}
}

// Without a token the contract's clients are served, and neither proxies nor
// pages elsewhere.
func TestOtherMachinesNeedAToken(t *testing.T) {
	p := newPerson(t)
	p.journal(map[string]string{"06-04-2023.md": "Saw a xylophone."})
	url, log, _ := p.serves("--model-embedding", "none", "--cors-origins", "http://localhost:5173")
	if said := log.String(); !strings.Contains(said, "every account and program on this computer") || !strings.Contains(said, "any page on http://localhost:5173") {
		t.Errorf("it is not announced: %s", said)
	}
	params := map[string]string{
		"id": "x", "entry_id": "x", "thread_id": "x", "message_id": "m", "model": "daybook", "n": "1", "page": "1", "key": "k", "date": "2023-06-04", "year": "2023", "month": "06", "answer_id": "a", "analysis_id": "a", "version": "1", "name": "x",
	}
	var intruders []intruder
	for _, header := range []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Whatever", "X-Real-IP", "Via"} {
		intruders = append(intruders, intruder{name: header, headers: []string{header, "127.0.0.1"}, all: true})
	}
	intruders = append(intruders,
		intruder{name: "a rebound name", headers: []string{"Host", "evil.example"}, all: true},
		intruder{name: "a name below localhost", headers: []string{"Host", "evil.localhost"}, all: true},
		intruder{name: "a foreign origin", headers: []string{"Origin", "http://frontend"}, all: true},
		intruder{name: "a cross-site picture", headers: []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "no-cors", "Sec-Fetch-Dest", "image"}, all: true},
		intruder{name: "a page on another port", headers: []string{"Sec-Fetch-Site", "same-site", "Sec-Fetch-Mode", "cors", "Sec-Fetch-Dest", "empty"}, all: true},
	)
	routes := p.routesOf(url, "", params)
	for _, r := range routes {
		for _, i := range intruders {
			p.triesToComeIn(url, r, i)
		}
	}
	for _, headers := range [][]string{nil, {"Origin", url}, {"Origin", "http://localhost:5173", "Sec-Fetch-Site", "cross-site"}} {
		if status, body, _ := p.visits("", http.MethodPost, url+"/journal_chat", `{"query": "xylophone", "provider": "offline", "model": ""}`, headers...); status != http.StatusOK || !strings.Contains(body, "xylophone") {
			t.Errorf("a client of the contract with %q: %d %s", headers, status, body)
		}
	}
	// Another account of the machine could have any folder of the owner's read.
	var s setupAnswer
	if p.call(http.MethodGet, url+"/setup", nil, &s); s.Allowed || s.Why == nil {
		t.Errorf("a journal may be chosen: %+v", s)
	}
	for _, r := range []route{{http.MethodPut, "/setup", `{"journal": null}`}, {http.MethodPost, "/setup/check", `{"path": "/"}`}} {
		if status, body, _ := p.visits("", r.method, url+r.path, r.body); status != http.StatusForbidden {
			t.Errorf("%s %s: %d %s", r.method, r.path, status, body)
		}
	}
}

// Where the token is shown depends on who reads along.
func TestSignInLinkIsForATerminal(t *testing.T) {
	p := newPerson(t)
	token := p.withGeneratedToken()
	link := regexp.MustCompile(`sign in +(http://127\.0\.0\.1:\d+)/#token=(\w+)`)
	url, log, stop := p.serves()
	if strings.Contains(log.String(), token) || !strings.Contains(log.String(), session.TokenFile(p.env["DAYBOOK_DATA"])) {
		t.Errorf("in a log: %s", log)
	}
	if status, _, _ := p.visits("", http.MethodGet, url+"/threads", ""); status != http.StatusUnauthorized {
		t.Errorf("without the token: %d", status)
	}
	if status, _, _ := p.visits(token, http.MethodGet, url+"/threads", ""); status != http.StatusOK {
		t.Errorf("with it: %d", status)
	}
	stop()
	p.terminal = true
	url, log, stop = p.serves()
	if m := link.FindStringSubmatch(log.String()); m == nil || m[1] != url || m[2] != token {
		t.Errorf("at a terminal: %s", log)
	}
	stop()
	p.withToken("a-token-of-some-length")
	_, log, stop = p.serves()
	if said := log.String(); strings.Contains(said, "a-token") || strings.Contains(said, token) || !strings.Contains(said, "set by DAYBOOK_TOKEN") {
		t.Errorf("with a token of one's own: %s", said)
	}
	stop()
	// Losing it opens nothing.
	delete(p.env, "DAYBOOK_TOKEN")
	url, _, _ = p.serves()
	if status, _, _ := p.visits("", http.MethodGet, url+"/threads", ""); status != http.StatusUnauthorized {
		t.Errorf("after DAYBOOK_TOKEN was lost: %d", status)
	}
}

func TestTokenCommand(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	p := newPerson(t)
	if _, errs, code := p.types("token"); code != exitUsage || !strings.Contains(errs, "no_token (DAYBOOK_NO_TOKEN)") {
		t.Errorf("under no_token: %d %s", code, errs)
	}
	if out, _, _ := p.types("check"); !strings.Contains(out, "every account and program on this computer") {
		t.Errorf("check says nothing of it:\n%s", out)
	}
	delete(p.env, "DAYBOOK_NO_TOKEN")
	if out, _, _ := p.types("check"); !strings.Contains(out, "generated at the first start of a server") {
		t.Errorf("check before the first start:\n%s", out)
	}
	if _, err := os.Stat(session.TokenFile(p.env["DAYBOOK_DATA"])); err == nil {
		t.Error("check made a token")
	}
	token := p.withGeneratedToken()
	if again := p.withGeneratedToken(); again != token || len(token) != 64 {
		t.Errorf("%d characters, or another token", len(token))
	}
	url, log, _ := p.serves()
	cookie := p.logsIn(url, token)
	out, errs, code := p.types("token", "--new")
	fresh := strings.TrimSpace(out)
	if code != exitOK || fresh == token || len(fresh) != 64 || strings.Contains(errs, fresh) {
		t.Fatalf("%d %s", code, errs)
	}
	within(t, 10*tokenCheck, func() bool {
		status, _, _ := p.visits(fresh, http.MethodGet, url+"/threads", "")
		return status == http.StatusOK
	})
	// The tries before the server knew of it count as guesses.
	if status, _, _ := p.visits(token, http.MethodGet, url+"/threads", ""); status != http.StatusUnauthorized && status != http.StatusTooManyRequests {
		t.Errorf("the old token: %d", status)
	}
	if status, _, _ := p.visits("", http.MethodGet, url+"/threads", "", "Cookie", cookie); status != http.StatusUnauthorized {
		t.Errorf("a session of the old token: %d", status)
	}
	// A file that cannot be read opens nothing.
	file := session.TokenFile(p.env["DAYBOOK_DATA"])
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	within(t, 10*tokenCheck, func() bool { return strings.Contains(log.String(), "token file") })
	if status, _, _ := p.visits("", http.MethodGet, url+"/threads", ""); status != http.StatusUnauthorized {
		t.Errorf("with an empty token file: %d", status)
	}
	for _, args := range [][]string{{"serve", "--addr", "127.0.0.1:0"}, {"token"}} {
		q := newPerson(t)
		delete(q.env, "DAYBOOK_NO_TOKEN")
		q.env["DAYBOOK_DATA"] = t.TempDir()
		if err := os.WriteFile(session.TokenFile(q.env["DAYBOOK_DATA"]), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if out, errs, code := q.types(args...); code != exitUsage || out != "" || !strings.Contains(errs, "daybook token --new") {
			t.Errorf("%q: %d %s", args, code, errs)
		}
		if out, _, code := q.types("check"); code != exitFailure || !strings.Contains(out, "is empty") {
			t.Errorf("check: %d\n%s", code, out)
		}
	}
	p.withToken("a-token-of-some-length")
	if out, _, code := p.types("token"); code != exitOK || out != "a-token-of-some-length\n" {
		t.Errorf("a set one: %d %s", code, out)
	}
	if _, errs, code := p.types("token", "--new"); code != exitUsage || !strings.Contains(errs, "token (DAYBOOK_TOKEN)") {
		t.Errorf("replacing a set one: %d %s", code, errs)
	}
}

// Settings under which somebody could come in without a token are refused.
func TestNoTokenIsForThisComputer(t *testing.T) {
	for _, args := range [][]string{{"--addr", "0.0.0.0:0"}, {"--addr", ":0"}, {"--addr", "127.0.0.1:0", "--allowed-hosts", "diary.home"}, {"--addr", "nosuch.localhost:0"}} {
		p := newPerson(t)
		if _, errs, code := p.types(append([]string{"serve", "--no-token"}, args...)...); code != exitUsage || !strings.Contains(errs, "no_token (flag --no-token)") {
			t.Errorf("%q: %d %s", args, code, errs)
		}
		if _, err := os.Stat(filepath.Join(p.env["DAYBOOK_DATA"], "token")); err == nil {
			t.Errorf("%q made a token", args)
		}
	}
}

func TestPageURL(t *testing.T) {
	for _, c := range []struct {
		s    settings.Settings
		at   string
		want string
	}{
		{settings.Settings{Addr: "127.0.0.1:8000"}, "127.0.0.1:8000", "http://127.0.0.1:8000"}, {settings.Settings{Addr: ":8000"}, "[::]:8000", "http://127.0.0.1:8000"},
		{settings.Settings{Addr: "0.0.0.0:0"}, "0.0.0.0:4321", "http://127.0.0.1:4321"}, {settings.Settings{Addr: "[::1]:8000"}, "[::1]:8000", "http://[::1]:8000"},
		{settings.Settings{Addr: "localhost:8000"}, "127.0.0.1:8000", "http://localhost:8000"}, {settings.Settings{Addr: "laptop:8000"}, "192.0.2.7:8000", "http://192.0.2.7:8000"},
		{settings.Settings{Addr: ":8443", TLSCert: "c", AllowedHosts: []string{"diary.home"}}, "[::]:8443", "https://diary.home:8443"},
		{settings.Settings{Addr: "laptop:8000", AllowedHosts: []string{"laptop"}}, "192.0.2.7:8000", "http://laptop:8000"},
		{settings.Settings{Addr: "127.0.0.1:8000", AllowedHosts: []string{"diary.example.org"}}, "127.0.0.1:8000", "http://127.0.0.1:8000"}, // behind a proxy
	} {
		if got := pageURL(c.s, net.TCPAddrFromAddrPort(netip.MustParseAddrPort(c.at))); got != c.want {
			t.Errorf("%s at %s: %s, want %s", c.s.Addr, c.at, got, c.want)
		}
	}
}

// What is risky is said at start and by check.
func TestCheckWarnsOfRisks(t *testing.T) {
	p := newPerson(t)
	p.withToken("a-token-of-some-length")
	for _, c := range []struct {
		args []string
		says string
	}{
		{[]string{"--addr", "0.0.0.0:0"}, "plain HTTP"}, {[]string{"--cors-origins", "http://localhost:5173"}, "any page on http://localhost:5173"},
	} {
		_, log, stop := p.serves(c.args...)
		if !strings.Contains(log.String(), c.says) {
			t.Errorf("%q: %s", c.args, log)
		}
		stop()
		if out, _, code := p.types(append([]string{"check"}, c.args...)...); code != exitOK || !strings.Contains(out, c.says) {
			t.Errorf("check %q: %d\n%s", c.args, code, out)
		}
	}
	_, log, _ := p.serves()
	if strings.Contains(log.String(), "warning") {
		t.Errorf("on this machine: %s", log)
	}
}

// Who keeps the data where every account of the computer can write is told so.
func TestDataThatOthersCanChange(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("it has no such modes")
	}
	p := newPerson(t)
	p.journal(map[string]string{"01-05-2024.md": "Swam in the lake.\n"})
	data := p.env["DAYBOOK_DATA"]
	for mode, warned := range map[os.FileMode]bool{0o700: false, 0o755: false, 0o777: true, os.ModeSticky | 0o777: false} {
		if err := errors.Join(os.MkdirAll(data, 0o700), os.Chmod(data, mode)); err != nil {
			t.Fatal(err)
		}
		_, log, stop := p.serves()
		if stop(); strings.Contains(log.String(), "chmod o-w "+data) != warned {
			t.Errorf("%s: warned is %t\n%s", mode, !warned, log)
		}
	}
}
