package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
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
	ctx, cancel := context.WithTimeout(p.t.Context(), 30*time.Second) // of what should not stream
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if token != "" {
		headers = append(headers, bearer(token)...)
	}
	for i := 0; i < len(headers); i += 2 {
		if headers[i] == "Host" {
			req.Host = headers[i+1]
		}
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
	p.withToken("the-token-of-the-house")
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
	if testing.Short() {
		t.Skip("slow")
	}
	t.Parallel() // it mostly waits
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
	within(t, 3*tokenTTL, func() bool {
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
	within(t, 3*tokenTTL, func() bool {
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
	within(t, tokenTTL, func() bool {
		_, found, _ := p.visits("", http.MethodGet, url+"/search?q=xylophone", "", append(own, "Cookie", cookie)...)
		return strings.Contains(found, "2023-06-04")
	})
	if _, found, _ := p.visits("", http.MethodGet, url+"/search?q=yacht", "", append(own, "Cookie", cookie)...); strings.Contains(found, `"date":"2023-`) {
		t.Errorf("another's journal: %s", found)
	}
	// A code of this session signs another browser in to the same journal, once.
	_, body, _ = p.visits("", http.MethodPost, url+"/login/code", "", append(own, "Cookie", cookie)...)
	var made struct{ Code string }
	if err := json.Unmarshal([]byte(body), &made); err != nil || made.Code == "" {
		t.Fatalf("a code: %s, %v", body, err)
	}
	foreign := strings.Replace(made.Code, "o", "o9", 1)
	if status, body, _ := p.visits("", http.MethodPost, url+"/login", fmt.Sprintf(`{"code": %q}`, foreign), own...); status != http.StatusUnauthorized {
		t.Errorf("with another's number in the code: %d %s", status, body)
	}
	_, _, header = p.visits("", http.MethodPost, url+"/login", fmt.Sprintf(`{"code": %q}`, made.Code), own...)
	phone, _, _ := strings.Cut(header.Get("Set-Cookie"), ";")
	if _, found, _ := p.visits("", http.MethodGet, url+"/search?q=xylophone", "", append(own, "Cookie", phone)...); !strings.Contains(found, "2023-06-04") {
		t.Errorf("the browser that the code signed in finds: %s", found)
	}
	if status, _, _ := p.visits("", http.MethodPost, url+"/login", fmt.Sprintf(`{"code": %q}`, made.Code), own...); status != http.StatusUnauthorized {
		t.Errorf("the second time: %d", status)
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
	within(t, tokenTTL, func() bool { return finds(second, "xylophone") })
	if finds(second, "yacht") {
		t.Error("the session is that of the cookie before")
	}
	// A bearer goes before a cookie.
	within(t, tokenTTL, func() bool {
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
