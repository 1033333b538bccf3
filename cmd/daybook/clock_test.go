package main

import (
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"daybook"
	"daybook/internal/store/sqlite"
	"daybook/internal/threads"
)

// TestClockSetBackBlocksNothing serves data that were all written a year from now:
// the clock was wrong and is right again. Everything is read and written as usual.
func TestClockSetBackBlocksNothing(t *testing.T) {
	p := newPerson(t)
	p.journal(map[string]string{"01-05-2024.md": "Swam in the lake.\n", "01-06-2024.md": "Rain.\n", "01-07-2024.md": "Snow.\n"})
	url, _, stop := p.serves()
	p.writes(http.MethodPut, url+"/entries/"+p.entry(url+"/entries?date=2024-01-05"), `{"text": "Swam in the river."}`, http.StatusOK)
	if status, body := p.requests(http.MethodPost, url+"/backups", ""); status >= 300 {
		t.Fatalf("%d %s", status, body)
	}
	stop()
	future := time.Now().AddDate(1, 0, 0)
	fromTheFuture(t, p, future)

	url, log, _ := p.serves()
	p.writes(http.MethodPut, url+"/entries/"+p.entry(url+"/entries?date=2024-01-05"), `{"text": "Swam in the sea."}`, http.StatusOK)
	p.writes(http.MethodPost, url+"/entries", `{"date": "2024-01-09", "text": "Ice."}`, http.StatusCreated)
	if status, body := p.sendsScan(url, "01-10-2024.jpg"); status != http.StatusCreated {
		t.Errorf("a scan: %d %s", status, body)
	}
	if err := os.WriteFile(filepath.Join(p.dir, "journal", "01-06-2024.md"), []byte("Sleet.\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	eventually(t, func() bool { return len(p.finds(url, "sleet")) == 1 && len(p.finds(url, "ice")) == 1 })
	if status, body := ask(t, url, "When was there ice?"); status != http.StatusOK || !strings.Contains(body, "Ice") {
		t.Errorf("a question: %d %s", status, body)
	}
	p.writes(http.MethodPost, url+"/threads/future/messages", `{"role": "user", "content": "now"}`, http.StatusOK)
	if body := p.get(url + "/threads/future/messages"); strings.Index(body, "then") > strings.Index(body, `"now"`) || !strings.Contains(body, `"now"`) {
		t.Errorf("a conversation of the future goes on: %s", body)
	}
	if status, body := p.requests(http.MethodPost, url+"/backups", ""); status >= 300 {
		t.Errorf("a backup: %d %s", status, body)
	}
	eventually(t, func() bool {
		_, err := os.Stat(filepath.Join(p.dir, "journal", ".daybook-scan-1"))
		return err != nil
	})
	if said := log.String(); strings.Contains(said, "level=ERROR") {
		t.Errorf("the log:\n%s", said)
	}
}

// fromTheFuture has all files be from a time, and adds a conversation and what a
// killed upload has left.
func fromTheFuture(t *testing.T, p *person, at time.Time) {
	t.Helper()
	records, err := sqlite.OpenRecords(t.Context(), filepath.Join(p.env["DAYBOOK_DATA"], "journal", "daybook.db"))
	if err != nil {
		t.Fatal(err)
	}
	thread := daybook.Thread{ID: "future", Title: "Then", CreatedAt: at, UpdatedAt: at}
	_, _, err = threads.In(records).MergeThread(t.Context(), thread, []daybook.Message{{ID: "first", ThreadID: "future", Time: at, Role: daybook.User, Status: daybook.Complete, Text: "then"}})
	if closed := records.Close(); err != nil || closed != nil {
		t.Fatal(err, closed)
	}
	if err := os.WriteFile(filepath.Join(p.dir, "journal", ".daybook-scan-1"), []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	err = filepath.WalkDir(p.dir, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Chtimes(path, at, at)
	})
	if err != nil {
		t.Fatal(err)
	}
}
