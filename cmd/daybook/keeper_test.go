package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"daybook/internal/store/postgres/pgtest"
)

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
	if testing.Short() {
		t.Skip("slow")
	}
	t.Parallel() // it mostly waits
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
	case <-time.After(2 * accountsCheck):
		t.Error("a stream goes on")
	}
	within(t, accountsCheck, func() bool {
		kept, err := os.ReadDir(folders)
		return err == nil && len(kept) == 0
	})
}

// A server of others' journals does not serve the keeper's without a token: it
// is meant for others than its keeper.
func TestKeepersJournalRequiresATokenBesideOthers(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	t.Parallel() // it mostly waits
	p := onPostgres(t, pgtest.Shared(t))
	p.journal(map[string]string{"01-01-2023.md": "The keeper's own zeppelin."})
	opened := func(url, token string) bool {
		status, _, _ := p.visits(token, http.MethodGet, url+"/search?q=zeppelin", "")
		return status == http.StatusOK
	}
	url, log, stop := p.serves()
	if !opened(url, "") {
		t.Error("under no_token a token is required without others")
	}
	token := p.adds("oda", map[string]string{"06-05-2023.md": "Oda saw a yacht."})
	within(t, 2*accountsCheck, func() bool { return !opened(url, "") })
	if !opened(url, token) {
		t.Error("the owner is not served")
	}
	stop()
	if !strings.Contains(log.String(), "no_token") {
		t.Errorf("nobody is told: %s", log)
	}
	if _, errs, code := p.types("serve", "--addr", "127.0.0.1:0"); code != exitUsage || !strings.Contains(errs, "no_token (DAYBOOK_NO_TOKEN)") {
		t.Errorf("beside others it starts without a token: %d %s", code, errs)
	}
	delete(p.env, "DAYBOOK_NO_TOKEN")
	url, _, _ = p.serves()
	if opened(url, "") || opened(url, "daybook_"+strings.Repeat("A", 26)) {
		t.Error("it is open after a restart")
	}
	keepers, _, _ := p.types("token")
	if !opened(url, strings.TrimSpace(keepers)) {
		t.Error("the keeper's token is refused")
	}
	p.logsIn(url, token)
	// Guesses are limited before the database is asked, and hold up no owner
	// who is known.
	refused := 0
	for i := range 40 {
		status, _, _ := p.visits(fmt.Sprintf("daybook_%026d", i), http.MethodGet, url+"/threads", "")
		if status == http.StatusTooManyRequests {
			refused++
		}
	}
	if refused < 25 {
		t.Errorf("%d of 40 guesses are refused", refused)
	}
	if status, _, header := p.visits("", http.MethodPost, url+"/login", `{"token": "daybook_00000000000000000000000000"}`, "Origin", url); status != http.StatusTooManyRequests || header.Get("Retry-After") == "" {
		t.Errorf("a guess at a login: %d", status)
	}
	if !opened(url, token) || !opened(url, strings.TrimSpace(keepers)) {
		t.Error("somebody's guesses hold up an owner")
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
