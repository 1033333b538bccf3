package main

import (
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
