package main

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestUndo has a server change, delete and make notes, and a person at a shell
// take that back.
func TestUndo(t *testing.T) {
	const before = "\ufeffSwam in the lake\r\nwith Oda.\r\n"
	p := newPerson(t)
	p.journal(map[string]string{"01-05-2024.md": before})
	p.env["DAYBOOK_EVERGREEN"] = filepath.Join(p.dir, "journal", "people")
	if err := os.MkdirAll(p.env["DAYBOOK_EVERGREEN"], 0o700); err != nil {
		t.Fatal(err)
	}
	oda := filepath.Join(p.env["DAYBOOK_EVERGREEN"], "Oda.md")
	if err := os.WriteFile(oda, []byte("Keeps bees."), 0o600); err != nil {
		t.Fatal(err)
	}
	url, _, stop := p.serves()
	daily := "/entries/" + p.entry(url+"/entries?date=2024-01-05")
	evergreen := "/entries/" + p.entry(url+"/entries?type=evergreen")
	p.writes(http.MethodPut, url+daily, `{"text": "Went to town."}`, http.StatusOK)
	p.writes(http.MethodPut, url+evergreen, `{"text": "Keeps wasps."}`, http.StatusOK)
	p.writes(http.MethodPost, url+"/entries", `{"date": "2024-01-06", "text": "Made by mistake."}`, http.StatusCreated)

	daybook := func(code int, says string, args ...string) {
		t.Helper()
		out, errs, got := p.types(append([]string{"undo"}, args...)...)
		if got != code || !strings.Contains(out+errs, says) {
			t.Errorf("undo %q: code %d, want %d and %q\n%s%s", args, got, code, says, out, errs)
		}
	}
	note := filepath.Join(p.dir, "journal", "01-05-2024.md")
	has := func(path, want string) {
		t.Helper()
		if got, err := os.ReadFile(path); string(got) != want || (err == nil) == (want == "") {
			t.Errorf("%s has %q, %v; want %q", filepath.Base(path), got, err, want)
		}
	}
	daybook(exitOK, "changed; was 32 bytes", "--list", "01-05-2024")
	has(note, "\ufeffWent to town.\r\n")
	daybook(exitOK, "is as it was", "01-05-2024.md")
	has(note, before)
	if !strings.Contains(p.get(url+"/search?q=lake"), "01-05-2024") { // the server has followed
		t.Error("the search does not find what came back")
	}
	daybook(exitOK, "is as it was", note)
	has(note, "\ufeffWent to town.\r\n")
	if err := os.WriteFile(note, []byte("The owner's."), 0o600); err != nil {
		t.Fatal(err)
	}
	daybook(exitFailure, "--force", "01-05-2024")
	has(note, "The owner's.")
	daybook(exitOK, "is as it was", "01-05-2024", "--force")
	has(note, before)

	for _, name := range []string{"Oda.md", "people/Oda", oda} {
		daybook(exitOK, "is as it was", name)
	}
	has(oda, "Keeps bees.")
	daybook(exitOK, "was deleted", "01-06-2024")
	has(filepath.Join(p.dir, "journal", "01-06-2024.md"), "")
	daybook(exitOK, "is back", "01-06-2024")
	has(filepath.Join(p.dir, "journal", "01-06-2024.md"), "Made by mistake.\n")
	p.writes(http.MethodDelete, url+daily, "", http.StatusOK)
	daybook(exitOK, "deleted; was 32 bytes", "--list", "01-05-2024")
	daybook(exitOK, "is back", "01-05-2024")
	has(note, before)

	for _, name := range []string{"01-07-2024", "../01-05-2024", "/etc/passwd", filepath.Join(p.dir, "01-05-2024.md")} {
		daybook(exitFailure, "no edits of this note", name)
		daybook(exitFailure, "no edits of this note", "--list", name)
	}
	daybook(exitUsage, "--help")
	if code := stop(); code != exitOK && code != exitInterrupted {
		t.Errorf("the server ends with %d", code)
	}
}

// entry returns the ID of the only entry of a list.
func (p *person) entry(url string) string {
	p.t.Helper()
	var list []struct{ ID string }
	if err := json.Unmarshal([]byte(p.get(url)), &list); err != nil || len(list) != 1 {
		p.t.Fatalf("%s: %v, %v", url, list, err)
	}
	return list[0].ID
}

// writes sends a request that writes whatever the note is now.
func (p *person) writes(method, url, body string, want int) {
	p.t.Helper()
	req, err := http.NewRequestWithContext(p.t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if method != http.MethodPost {
		req.Header.Set("If-Match", "*")
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		p.t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != want {
		p.t.Fatalf("%s %s: %s", method, url, resp.Status)
	}
}
