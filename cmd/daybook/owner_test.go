package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"daybook/internal/pages/scantest"
	"daybook/internal/store/postgres/pgtest"
)

// adds adds an owner with a journal and returns the token.
func (p *person) adds(name string, notes map[string]string) (token string) {
	p.t.Helper()
	folder := filepath.Join(p.dir, "journals", name)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		p.t.Fatal(err)
	}
	for file, text := range notes {
		if err := os.WriteFile(filepath.Join(folder, file), []byte(text), 0o600); err != nil {
			p.t.Fatal(err)
		}
	}
	out, errs, code := p.types("owner", "add", name, "--journal", folder)
	if code != exitOK {
		p.t.Fatalf("code %d\n%s%s", code, out, errs)
	}
	return strings.TrimSpace(out)
}

func bearer(token string) []string { return []string{"Authorization", "Bearer " + token} }

// visits sends a request as whoever bears a token.
func (p *person) visits(token, method, url, body string, headers ...string) (status int, text string, header http.Header) {
	p.t.Helper()
	req, err := http.NewRequestWithContext(p.t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if token != "" {
		headers = append(headers, bearer(token)...)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		p.t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return resp.StatusCode, string(data), resp.Header
}

// glimpses is what comes within a second, of what may have no end.
func (p *person) glimpses(token, url string) string {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		p.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		p.t.Fatal(err)
	}
	defer resp.Body.Close()
	data, _ := io.ReadAll(resp.Body) // cut off, maybe
	return string(data)
}

// many is a server with the journals of two owners, and one of its own.
func many(t *testing.T, env ...string) (p *person, url, ursula, oda string) {
	p = onPostgres(t, pgtest.Shared(t))
	for i := 0; i < len(env); i += 2 {
		p.env[env[i]] = env[i+1]
	}
	p.journal(map[string]string{"01-01-2023.md": "The keeper's own zeppelin."})
	p.env["DAYBOOK_TOKEN"] = "the-token-of-the-house"
	ursula = p.adds("ursula", map[string]string{
		"06-04-2023.md": "Ursula saw a xylophone. #music", "06-07-2023.md": "Rain.", "06-04-2023.png": string(scantest.PNG(scantest.Quarters(40, 40))),
	})
	oda = p.adds("oda", map[string]string{"06-05-2023.md": "Oda saw a yacht. #sea"})
	url, log, _ := p.serves()
	t.Cleanup(func() {
		for _, secret := range []string{ursula, oda, "xylophone", "yacht", "zeppelin"} {
			if strings.Contains(log.String(), secret) {
				t.Errorf("%q is in the log", secret)
			}
		}
		if t.Failed() {
			t.Log(log)
		}
	})
	return p, url, ursula, oda
}

// Each owner sees their own journal, and no other.
func TestOwnersSeeTheirOwn(t *testing.T) {
	p, url, ursula, oda := many(t)
	for token, own := range map[string]string{ursula: "xylophone", oda: "yacht", "the-token-of-the-house": "zeppelin"} {
		eventually(t, func() bool {
			_, found, _ := p.visits(token, http.MethodGet, url+"/search?q="+own, "")
			return strings.Contains(found, "2023-")
		})
		for _, word := range []string{"xylophone", "yacht", "zeppelin"} {
			_, found, _ := p.visits(token, http.MethodGet, url+"/search?q="+word, "")
			if got := strings.Contains(found, `"date":"2023-`); got != (word == own) {
				t.Errorf("%s is found by who has %s: %v\n%s", word, own, got, found)
			}
		}
	}
	for _, token := range []string{"", "nobody's", "daybook_" + strings.Repeat("A", 26)} {
		if status, body, _ := p.visits(token, http.MethodGet, url+"/search?q=yacht", ""); status != http.StatusUnauthorized {
			t.Errorf("with the token %q: %d %s", token, status, body)
		}
	}
	// Only what is kept of the token is a hash, and it ends when it is replaced.
	fresh, _, _ := p.types("owner", "token", "oda", "--replace")
	within(t, 3*knownFor, func() bool {
		status, _, _ := p.visits(oda, http.MethodGet, url+"/search?q=yacht", "")
		return status == http.StatusUnauthorized
	})
	if status, found, _ := p.visits(strings.TrimSpace(fresh), http.MethodGet, url+"/search?q=yacht", ""); status != http.StatusOK || !strings.Contains(found, "2023-06-05") {
		t.Errorf("with a new token: %d %s", status, found)
	}
	if out, _, code := p.types("owner", "list"); code != exitOK || !regexp.MustCompile(`(?m)^oda +1 .*journals/oda`).MatchString(out) || !strings.Contains(out, "ursula") {
		t.Errorf("list: %d\n%s", code, out)
	}
	if _, errs, code := p.types("owner", "remove", "oda"); code == exitOK || !strings.Contains(errs, "--yes") {
		t.Errorf("removed without a yes: %s", errs)
	}
	if out, errs, code := p.types("owner", "remove", "oda", "--yes"); code != exitOK {
		t.Errorf("%d %s%s", code, out, errs)
	}
	within(t, 3*knownFor, func() bool {
		status, _, _ := p.visits(strings.TrimSpace(fresh), http.MethodGet, url+"/search?q=yacht", "")
		return status == http.StatusUnauthorized
	})
	if _, err := os.Stat(filepath.Join(p.dir, "journals", "oda", "06-05-2023.md")); err != nil {
		t.Errorf("the notes are gone: %v", err)
	}
	// Nobody is given a folder that is another's.
	if _, _, code := p.types("owner", "add", "eve", "--journal", filepath.Join(p.dir, "journals", "ursula", "..")); code == exitOK {
		t.Error("a folder around another's was given away")
	}
}

// Logging in with a token opens the journal that it stands for, and no other,
// until it is ended.
func TestOwnersLogIn(t *testing.T) {
	p, url, ursula, _ := many(t)
	own := []string{"Origin", url, "Sec-Fetch-Site", "same-origin"}
	status, body, header := p.visits("", http.MethodPost, url+"/login", fmt.Sprintf(`{"token": %q}`, ursula), own...)
	cookie, _, _ := strings.Cut(header.Get("Set-Cookie"), ";")
	if status != http.StatusNoContent || cookie == "" {
		t.Fatalf("%d %s", status, body)
	}
	within(t, knownFor, func() bool {
		_, found, _ := p.visits("", http.MethodGet, url+"/search?q=xylophone", "", append(own, "Cookie", cookie)...)
		return strings.Contains(found, "2023-06-04")
	})
	if _, found, _ := p.visits("", http.MethodGet, url+"/search?q=yacht", "", append(own, "Cookie", cookie)...); strings.Contains(found, `"date":"2023-`) {
		t.Errorf("another's journal: %s", found)
	}
	forged := strings.Replace(cookie, "=o", "=o9", 1)
	if status, _, _ := p.visits("", http.MethodGet, url+"/search?q=yacht", "", append(own, "Cookie", forged)...); status != http.StatusUnauthorized {
		t.Errorf("with another's number in the cookie: %d", status)
	}
	if status, body, _ := p.visits("", http.MethodPost, url+"/logout", "", append(own, "Cookie", cookie)...); status != http.StatusNoContent {
		t.Errorf("%d %s", status, body)
	}
	if status, _, _ := p.visits("", http.MethodGet, url+"/search?q=xylophone", "", append(own, "Cookie", cookie)...); status != http.StatusUnauthorized {
		t.Errorf("after the end of the session: %d", status)
	}
}

// logsIn logs in from the page and returns the cookie, as a browser sends it.
func (p *person) logsIn(url, token string, headers ...string) (cookie string) {
	p.t.Helper()
	status, body, header := p.visits("", http.MethodPost, url+"/login", fmt.Sprintf(`{"token": %q}`, token), append(headers, "Origin", url)...)
	cookie, _, _ = strings.Cut(header.Get("Set-Cookie"), ";")
	if status != http.StatusNoContent || cookie == "" {
		p.t.Fatalf("logging in: %d %s", status, body)
	}
	return cookie
}

// Who logs in is whose token it is, whatever cookie a browser had before or was
// given by somebody else; and logging out ends the session whatever other
// cookies come along.
func TestOwnersLogInAfterEachOther(t *testing.T) {
	p, url, ursula, oda := many(t)
	first := p.logsIn(url, oda)
	second := p.logsIn(url, ursula, "Cookie", first)
	for _, origin := range []string{"http://evil.example", "null", strings.Replace(url, "127.0.0.1", "localhost", 1)} { // a page that logs its visitors in
		status, _, header := p.visits("", http.MethodPost, url+"/login", fmt.Sprintf(`{"token": %q}`, oda), "Origin", origin)
		if status != http.StatusForbidden || header.Get("Set-Cookie") != "" {
			t.Errorf("logging in from a page of %s: %d %v", origin, status, header)
		}
	}
	finds := func(cookie, word string) bool {
		_, found, _ := p.visits("", http.MethodGet, url+"/search?q="+word, "", "Cookie", cookie)
		return strings.Contains(found, `"date":"2023-`)
	}
	within(t, knownFor, func() bool { return finds(second, "xylophone") })
	if finds(second, "yacht") {
		t.Error("the session is that of the cookie before")
	}
	// A bearer goes before a cookie.
	within(t, knownFor, func() bool {
		_, found, _ := p.visits(oda, http.MethodGet, url+"/search?q=yacht", "", "Cookie", second)
		return strings.Contains(found, `"date":"2023-`)
	})
	planted := strings.Replace(first, ".", ".x", 1)
	if status, body, _ := p.visits("", http.MethodPost, url+"/logout", "", "Origin", url, "Cookie", planted+"; "+second); status != http.StatusNoContent {
		t.Errorf("logging out: %d %s", status, body)
	}
	if status, _, _ := p.visits("", http.MethodGet, url+"/threads", "", "Cookie", second); status != http.StatusUnauthorized {
		t.Errorf("after logging out: %d", status)
	}
	if status, _, _ := p.visits("", http.MethodGet, url+"/threads", "", "Cookie", first); status != http.StatusOK {
		t.Errorf("another's session: %d", status)
	}
}

// A token that was replaced is refused as soon as a server has heard of
// another, and does not bring back what was served before.
func TestReplacedTokenEndsWithTheNext(t *testing.T) {
	p, url, ursula, _ := many(t)
	cookie := p.logsIn(url, ursula)
	if status, _, _ := p.visits(ursula, http.MethodGet, url+"/threads", ""); status != http.StatusOK {
		t.Fatalf("with the token: %d", status)
	}
	out, _, _ := p.types("owner", "token", "ursula", "--replace")
	if status, _, _ := p.visits(strings.TrimSpace(out), http.MethodGet, url+"/threads", ""); status != http.StatusOK {
		t.Errorf("with a new token: %d", status)
	}
	if status, _, _ := p.visits(ursula, http.MethodGet, url+"/threads", ""); status != http.StatusUnauthorized {
		t.Errorf("with the token that was replaced: %d", status)
	}
	if status, _, _ := p.visits("", http.MethodGet, url+"/threads", "", "Cookie", cookie); status != http.StatusUnauthorized {
		t.Errorf("with a session that it began: %d", status)
	}
}

// What is being answered to an owner ends soon after they are removed, and
// what the server kept of them is erased.
func TestRemovedOwnerIsGone(t *testing.T) {
	p, url, ursula, _ := many(t)
	cookie := p.logsIn(url, ursula)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url+"/ingest/stream", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Cookie", cookie)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("a stream: %d", resp.StatusCode)
	}
	ended := make(chan struct{})
	go func() { defer close(ended); _, _ = io.Copy(io.Discard, resp.Body) }()
	folders := filepath.Join(p.env["DAYBOOK_DATA"], "owners")
	if kept, err := os.ReadDir(folders); err != nil || len(kept) != 1 {
		t.Fatalf("%v, %v", kept, err)
	}
	if _, errs, code := p.types("owner", "remove", "ursula", "--yes"); code != exitOK {
		t.Fatal(errs)
	}
	if status, _, _ := p.visits("", http.MethodGet, url+"/threads", "", "Cookie", cookie); status != http.StatusUnauthorized {
		t.Errorf("with the session of one who was removed: %d", status)
	}
	select {
	case <-ended:
	case <-time.After(2 * tidyTenants):
		t.Error("a stream goes on")
	}
	within(t, tidyTenants, func() bool {
		kept, err := os.ReadDir(folders)
		return err == nil && len(kept) == 0
	})
}

// A server of others' journals that has no token of its own shows nobody the
// keeper's: it may stand behind a proxy that all the world reaches.
func TestKeepersJournalWantsATokenBesideOthers(t *testing.T) {
	p := onPostgres(t, pgtest.Shared(t))
	p.journal(map[string]string{"01-01-2023.md": "The keeper's own zeppelin."})
	opened := func(url string) bool {
		status, _, _ := p.visits("", http.MethodGet, url+"/search?q=zeppelin", "")
		return status != http.StatusUnauthorized
	}
	url, log, stop := p.serves()
	if !opened(url) {
		t.Error("without others a token is asked for")
	}
	token := p.adds("oda", map[string]string{"06-05-2023.md": "Oda saw a yacht."})
	within(t, 2*tidyTenants, func() bool { return !opened(url) })
	if status, _, _ := p.visits(token, http.MethodGet, url+"/threads", ""); status != http.StatusOK {
		t.Errorf("an owner: %d", status)
	}
	stop()
	url, again, _ := p.serves()
	if opened(url) {
		t.Error("it is open after a restart")
	}
	if _, body, _ := p.visits("", http.MethodGet, url+"/session", ""); !strings.Contains(body, `"token_required":true`) {
		t.Errorf("the page does not ask for a token: %s", body)
	}
	p.logsIn(url, token)
	for _, log := range []*buffer{log, again} {
		if !strings.Contains(log.String(), "DAYBOOK_TOKEN") {
			t.Errorf("nobody is told: %s", log)
		}
	}
}

// The days that the keeper of a server has names for are theirs alone.
func TestAnniversariesAreTheKeepers(t *testing.T) {
	p, url, _, oda := many(t, "DAYBOOK_ANNIVERSARIES", "my birthday=06-05")
	const asks = "/search?q=What+did+I+do+on+my+birthday+in+2023"
	for token, known := range map[string]bool{"the-token-of-the-house": true, oda: false} {
		if _, found, _ := p.visits(token, http.MethodGet, url+asks, ""); strings.Contains(found, `"days":[{"from":"2023-06-05"`) != known {
			t.Errorf("it is known to be a day: %v in %s", !known, found)
		}
	}
}

// Nobody is given the keeper's own journal, its folder or what Daybook keeps.
func TestKeepersOwnIsNotGivenAway(t *testing.T) {
	p, _, ursula, _ := many(t)
	p.env["DAYBOOK_EVERGREEN"] = filepath.Join(p.dir, "evergreen")
	link := filepath.Join(p.dir, "link")
	if err := os.Symlink(p.env["DAYBOOK_JOURNAL"], link); err != nil {
		t.Fatal(err)
	}
	fresh := filepath.Join(p.dir, "fresh")
	for _, args := range [][]string{
		{"me", "--journal", fresh}, {"eve"}, {"../eve", "--journal", fresh}, {"eve", "--journal", p.env["DAYBOOK_JOURNAL"]},
		{"eve", "--journal", filepath.Join(link, "2023")}, {"eve", "--journal", fresh, "--evergreen", filepath.Join(p.dir, "evergreen", "mine")}, {"eve", "--journal", fresh, "--evergreen", link}, {"eve", "--journal", p.dir},
		{"eve", "--journal", filepath.Join(p.env["DAYBOOK_DATA"], "owners")}, {"ursula", "--journal", fresh},
	} {
		if out, errs, code := p.types(append([]string{"owner", "add"}, args...)...); code == exitOK || strings.Contains(out, "daybook_") || strings.Contains(errs, ursula) {
			t.Errorf("%q: %d %s%s", args, code, out, errs)
		}
	}
	if out, errs, code := p.types("owner", "add", "eve", "--journal", fresh); code != exitOK {
		t.Errorf("%d %s%s", code, out, errs)
	}
	if out, _, _ := p.types("owner", "list"); strings.Contains(out, p.env["DAYBOOK_EVERGREEN"]) {
		t.Errorf("an owner has the keeper's evergreen notes:\n%s", out)
	}
}

// bodies are what routes with an id must be sent to come as far as looking for
// it.
var bodies = map[string]string{
	"PUT /entries/{id}":                  `{"text": "x"}`,
	"PUT /entries/{id}/transcription":    `{"text": "x"}`,
	"PUT /threads/{thread_id}":           `{"title": "x"}`,
	"POST /threads/{thread_id}/messages": `{"role": "user", "content": "x"}`,
	"POST /threads/{thread_id}/fork":     `{"before": null}`,
}

// notIDs are paths whose parameter is no id: what they answer is the asker's
// own.
var notIDs = regexp.MustCompile(`\{(date|day|year|month)\}`)

func quoted(id any) string {
	if id == nil {
		return "null"
	}
	return fmt.Sprintf("%q", id)
}

// said are the names of all that a request says besides an id in its path: no
// ids, and below that those which TestEveryRouteKeepsOwnersApart tries with
// somebody else's.
var said = strings.Fields(`
	by check content date date_formats existing_docs file focus format from initial_message journal k limit longest
	message_history model name path periods provider q query role save sender stream tag tags text title to token top_k type
	If-Match If-None-Match
	before idempotency_key Idempotency-Key thread_id`)

// A route that comes to take something new is tried with that too.
func TestWhatRequestsSayIsKnown(t *testing.T) {
	p := newPerson(t)
	url, _, _ := p.serves("--model-embedding", "none")
	var doc struct {
		Paths map[string]map[string]struct {
			Parameters  []struct{ In, Name string }
			RequestBody any
		}
		Components struct{ Schemas map[string]any }
	}
	p.call(http.MethodGet, url+"/openapi.json", nil, &doc)
	known := func(route, name string) {
		if !slices.Contains(said, name) {
			t.Errorf("%s takes %q: list it, and try it with somebody else's if it is an id", route, name)
		}
	}
	var walk func(route string, part any)
	walk = func(route string, part any) {
		switch part := part.(type) {
		case []any:
			for _, v := range part {
				walk(route, v)
			}
		case map[string]any:
			if properties, ok := part["properties"].(map[string]any); ok {
				for name := range properties {
					known(route, name)
				}
			}
			for key, v := range part {
				if ref, ok := v.(string); key == "$ref" && ok {
					v = doc.Components.Schemas[path.Base(ref)]
				}
				walk(route, v)
			}
		}
	}
	for route, operations := range doc.Paths {
		for method, o := range operations {
			walk(method+" "+route, o.RequestBody)
			for _, parameter := range o.Parameters {
				if parameter.In != "path" {
					known(method+" "+route, parameter.Name)
				}
			}
		}
	}
}

// Every route is tried with the ids of somebody else, and knows none of them.
func TestEveryRouteKeepsOwnersApart(t *testing.T) {
	p, url, ursula, oda := many(t)
	var entries struct{ Results []struct{ ID string } }
	eventually(t, func() bool {
		p.call(http.MethodGet, url+"/search?q=xylophone", nil, &entries, bearer(ursula)...)
		return len(entries.Results) == 1
	})
	var saved object
	p.call(http.MethodPost, url+"/journal_chat", object{"query": "Who saw a xylophone?", "provider": "offline", "model": "", "save": true, "idempotency_key": "theirs"}, &saved, bearer(ursula)...)
	var analysis object
	p.call(http.MethodPost, url+"/analyses", object{"query": "What of the xylophone?", "provider": "offline", "model": ""}, &analysis, bearer(ursula)...)
	theirs := map[string]any{
		"id": entries.Results[0].ID, "entry_id": entries.Results[0].ID, "thread_id": saved["thread_id"], "message_id": saved["message_id"],
		"analysis_id": analysis["id"], "n": "1", "page": "1",
	}
	var doc struct{ Paths map[string]map[string]any }
	p.call(http.MethodGet, url+"/openapi.json", nil, &doc, bearer(oda)...)
	picture := fmt.Sprintf("%s/entries/%s/pages/1/image", url, theirs["id"])
	eventually(t, func() bool { // once the scan is found
		status, _, _ := p.visits(ursula, http.MethodGet, picture, "")
		return status == http.StatusOK
	})
	tried := 0
	for path, operations := range doc.Paths {
		if !strings.Contains(path, "{") || notIDs.MatchString(path) {
			continue
		}
		full := regexp.MustCompile(`\{(\w+)\}`).ReplaceAllStringFunc(path, func(name string) string {
			key := strings.Trim(name, "{}")
			if key == "id" && strings.HasPrefix(path, "/analyses") {
				key = "analysis_id"
			}
			value, ok := theirs[key].(string)
			if !ok || value == "" {
				t.Errorf("%s: there is no %s to try it with", path, name)
			}
			return value
		})
		for method := range operations {
			method = strings.ToUpper(method)
			status, body, _ := p.visits(oda, method, url+full, bodies[method+" "+path], "If-Match", "*", "Accept", "application/json")
			// A stream has begun before it is known that there is nothing.
			gone := status == http.StatusNotFound || strings.HasSuffix(path, "/stream") && strings.Contains(body, "no such")
			if method == http.MethodGet && strings.HasSuffix(path, "/messages") && status == http.StatusOK {
				gone = !strings.Contains(body, "xylophone") && !strings.Contains(body, theirs["message_id"].(string)) // an unknown thread has no messages
			}
			if !gone || strings.Contains(body, "xylophone") {
				t.Errorf("%s %s with another's ids: %d %s", method, path, status, body)
			}
			tried++
			if method != http.MethodGet {
				continue
			}
			if status, body, _ := p.visits(ursula, method, url+full, "", "Accept", "application/json"); status != http.StatusOK {
				t.Errorf("%s with one's own ids: %d %s", path, status, body)
			}
		}
	}
	if tried < 15 {
		t.Errorf("only %d routes have ids", tried)
	}
	// What is there is still there.
	for _, path := range []string{"/entries/" + theirs["id"].(string), "/threads/" + theirs["thread_id"].(string), "/analyses/" + analysis["id"].(string)} {
		if status, body, _ := p.visits(ursula, http.MethodGet, url+path, ""); status != http.StatusOK {
			t.Errorf("%s of the owner's own: %d %s", path, status, body)
		}
	}
	var ids []string
	for _, id := range theirs {
		if id := id.(string); len(id) > 1 {
			ids = append(ids, id)
		}
	}
	sees := func(what, body string) {
		for _, id := range append(ids, "saw a xylophone", "music", "06-04-2023.md") {
			if strings.Contains(body, id) {
				t.Errorf("%s shows another's %s: %s", what, id, body)
			}
		}
	}
	for path, operations := range doc.Paths {
		if operations["get"] == nil || strings.Contains(path, "{") && !notIDs.MatchString(path) {
			continue
		}
		sees(path, p.glimpses(oda, url+strings.Replace(path, "{date}", "2023-06-04", 1)+"?q=xylophone"))
	}
	// What a request names besides its path is the asker's too.
	own := object{}
	p.call(http.MethodPost, url+"/threads", object{"initial_message": "Mine."}, &own, bearer(oda)...)
	for _, thread := range []any{theirs["thread_id"], own["thread_id"], nil} { // at last the key makes a thread of the same id
		for _, path := range []string{"/journal_chat", "/journal_chat/stream", "/journal_chat_agent/stream"} {
			for _, save := range []bool{false, true} {
				asks := fmt.Sprintf(`{"query": "What did I see?", "provider": "offline", "model": "", "save": %v, "thread_id": %s, "idempotency_key": "theirs"}`, save, quoted(thread))
				status, body, _ := p.visits(oda, http.MethodPost, url+path, asks)
				if thread == theirs["thread_id"] && save && status != http.StatusNotFound {
					t.Errorf("%s into another's thread: %d %s", path, status, body)
				}
				sees(path, strings.ReplaceAll(body, theirs["thread_id"].(string), "")) // it says which thread it was asked about
			}
		}
	}
	forked := fmt.Sprintf(`{"before": %s}`, quoted(theirs["message_id"]))
	if status, body, _ := p.visits(oda, http.MethodPost, url+"/threads/"+own["thread_id"].(string)+"/fork", forked); status != http.StatusNotFound {
		t.Errorf("a fork before another's message: %d %s", status, body)
	}
	var messages []any
	p.call(http.MethodGet, url+"/threads/"+theirs["thread_id"].(string)+"/messages", nil, &messages, bearer(ursula)...)
	if len(messages) != 2 {
		t.Errorf("the thread has %d messages now", len(messages))
	}
	t.Logf("%d routes tried", tried)
}
