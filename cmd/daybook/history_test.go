package main

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestHistory has a server save a note, and a person at a shell list, show,
// compare, restore and erase its versions.
func TestHistory(t *testing.T) {
	p := newPerson(t)
	p.journal(map[string]string{"01-06-2024.md": "Rain.\n"})
	note := filepath.Join(p.dir, "journal", "2024", "01-05-2024.md")
	if err := os.MkdirAll(filepath.Dir(note), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(note, []byte("Swam in the lake.\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	url, _, stop := p.serves()
	id := p.entry(url + "/entries?date=2024-01-05")
	for _, text := range []string{"Swam in the river.", "Swam in the sea."} {
		p.writes(http.MethodPut, url+"/entries/"+id, `{"text": "`+text+`"}`, http.StatusOK)
	}
	history := func(code int, says string, args ...string) string {
		t.Helper()
		out, errs, got := p.types(args...)
		if got != code || !strings.Contains(out+errs, says) {
			t.Errorf("%q: code %d, want %d and %q\n%s%s", args, got, code, says, out, errs)
		}
		return out
	}
	has := func(want string) {
		t.Helper()
		if got, err := os.ReadFile(note); err != nil || string(got) != want {
			t.Errorf("%q, %v; want %q", got, err, want)
		}
	}
	lines := strings.Split(strings.TrimSpace(history(exitOK, "(current)", "history", "2024/01-05-2024")), "\n")
	if len(lines) != 3 || !strings.Contains(lines[0], "3  ") || !strings.Contains(lines[0], "api  (current") || !strings.Contains(lines[2], "18 bytes  other program") {
		t.Errorf("%q", lines)
	}
	var versions []struct{ Version, Cause string }
	if err := json.Unmarshal([]byte(history(exitOK, "", "history", note, "--json")), &versions); err != nil || len(versions) != 3 || versions[1].Cause != "api" {
		t.Errorf("%+v, %v", versions, err)
	}
	for _, name := range []string{"2", versions[1].Version} {
		if out := history(exitOK, "", "history", "2024/01-05-2024.md", name); out != "Swam in the river.\n" {
			t.Errorf("%q", out)
		}
	}
	history(exitOK, "-Swam in the river.\n+Swam in the sea.\n", "history", "2024/01-05-2024", "2", "--diff")
	history(exitOK, "is as it was in version 1", "undo", "2024/01-05-2024", "--to", "1")
	has("Swam in the lake.\n")
	history(exitOK, "is as it was", "undo", "2024/01-05-2024")
	has("Swam in the sea.\n")
	history(exitFailure, "no such version", "undo", "2024/01-05-2024", "--to", "99")
	history(exitFailure, "no edits of this note", "history", "01-06-2024")
	history(exitUsage, "", "history")
	history(exitUsage, "", "history", "--deleted", "x")

	p.writes(http.MethodDelete, url+"/entries/"+id, "", http.StatusOK)
	history(exitOK, "2024/01-05-2024.md", "history", "--deleted")
	history(exitOK, `"path":"2024/01-05-2024.md"`, "history", "--deleted", "--json")
	history(exitOK, "delete", "history", "2024/01-05-2024")
	history(exitOK, "is back", "undo", "2024/01-05-2024", "--to", "2")
	has("Swam in the river.\n")

	history(exitUsage, "--yes", "history", "2024/01-05-2024", "--erase")
	history(exitOK, "river", "history", "2024/01-05-2024", "2")
	history(exitOK, "Deleted", "history", "2024/01-05-2024", "--erase", "--yes")
	history(exitFailure, "no edits of this note", "history", "2024/01-05-2024")
	has("Swam in the river.\n")
	if code := stop(); code != exitOK && code != exitInterrupted {
		t.Errorf("the server ends with %d", code)
	}
}

// A note that is renamed, also while nobody looks, keeps its versions.
func TestHistoryOfARenamedNote(t *testing.T) {
	p := newPerson(t)
	p.journal(map[string]string{"01-05-2024.md": "Swam in the lake.\n", "01-06-2024.md": "Rain.\n", "01-07-2024.md": "Snow.\n"})
	url, _, stop := p.serves()
	id := p.entry(url + "/entries?date=2024-01-05")
	p.writes(http.MethodPut, url+"/entries/"+id, `{"text": "Swam in the river."}`, http.StatusOK)
	stop()
	folder := filepath.Join(p.dir, "journal")
	if err := os.Rename(filepath.Join(folder, "01-05-2024.md"), filepath.Join(folder, "01-08-2024.md")); err != nil {
		t.Fatal(err)
	}
	if out, errs, code := p.types("index"); code != exitOK {
		t.Fatalf("code %d\n%s%s", code, out, errs)
	}
	for _, c := range []struct {
		code int
		args []string
		want string
	}{
		{exitOK, []string{"history", "01-08-2024", "1"}, "Swam in the lake.\n"},
		{exitOK, []string{"undo", "01-08-2024", "--to", "1"}, "is as it was"},
	} {
		if out, errs, code := p.types(c.args...); code != c.code || !strings.Contains(out, c.want) {
			t.Errorf("%q: code %d\n%s%s", c.args, code, out, errs)
		}
	}
	if data, err := os.ReadFile(filepath.Join(folder, "01-08-2024.md")); err != nil || string(data) != "Swam in the lake.\n" {
		t.Errorf("%q, %v", data, err)
	}
	if _, err := os.Stat(filepath.Join(folder, "01-05-2024.md")); err == nil {
		t.Error("the old name is back")
	}
}
