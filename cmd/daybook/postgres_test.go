package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"daybook/internal/store/postgres/pgtest"
)

// onPostgres is a person whose journal is kept in a database.
func onPostgres(t *testing.T, server *pgtest.Server) *person {
	p := newPerson(t)
	p.env["DAYBOOK_STORE"] = server.Database(t)
	p.env["DAYBOOK_MODEL_EMBEDDING"] = "none"
	return p
}

// From notes to a saved answer, all that a person does works on PostgreSQL as
// it does on a file.
func TestAnswersFromPostgres(t *testing.T) {
	p := onPostgres(t, pgtest.Shared(t))
	p.journal(map[string]string{"06-04-2023.md": "Swam in the lake with Oda. #sea", "06-05-2023.md": "Rain all day."})
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"index"}, "2 entries in the index: 2 read"},
		{[]string{"search", "lake"}, "2023"},
		{[]string{"ask", "Who swam in the lake?"}, "Oda"},
		{[]string{"ask", "--thread", "new", "When did I first mention the lake?"}, "4 June 2023"},
		{[]string{"check"}, "All is well"},
	} {
		if out, errs, code := p.types(c.args...); code != exitOK || !strings.Contains(out, c.want) {
			t.Errorf("%q: code %d, want %q in\n%s%s", c.args, code, c.want, out, errs)
		}
	}
	if _, err := os.Stat(filepath.Join(p.env["DAYBOOK_DATA"], "journal", "daybook.db")); err == nil {
		t.Error("there is a file beside the database")
	}
	// The demo journal is another's.
	delete(p.env, "DAYBOOK_JOURNAL")
	if out, errs, code := p.types("search", "lake Oda"); code != exitOK || strings.Contains(out, "06-04-2023.md") {
		t.Errorf("code %d: %s%s", code, out, errs)
	}
}

// Everything is copied to PostgreSQL and back, and both sides are found alike.
func TestMigratesToPostgresAndBack(t *testing.T) {
	p := onPostgres(t, pgtest.Shared(t))
	p.journal(map[string]string{"06-04-2023.md": "Swam in the lake with Oda. #sea", "06-05-2023.md": "Rain all day."})
	address := p.env["DAYBOOK_STORE"]
	delete(p.env, "DAYBOOK_STORE")
	for _, args := range [][]string{
		{"index"}, {"ask", "--thread", "new", "Who swam in the lake?"},
		{"migrate", "--to", address}, {"migrate", "--to", address}, // once more changes nothing
	} {
		if out, errs, code := p.types(args...); code != exitOK {
			t.Fatalf("%q: code %d\n%s%s", args, code, out, errs)
		}
	}
	p.env["DAYBOOK_STORE"], p.env["DAYBOOK_DATA"] = address, filepath.Join(p.dir, "other")
	if out, errs, code := p.types("check"); code != exitOK || !strings.Contains(out, "2 messages") {
		t.Errorf("code %d\n%s%s", code, out, errs)
	}
	if out, errs, code := p.types("migrate", "--from", address, "--to", "file"); code != exitOK {
		t.Errorf("code %d\n%s%s", code, out, errs)
	}
	delete(p.env, "DAYBOOK_STORE")
	if out, errs, code := p.types("check"); code != exitOK || !regexp.MustCompile(`entries +2, .*\n.* 2 messages`).MatchString(out) {
		t.Errorf("code %d\n%s%s", code, out, errs)
	}
}

// What is copied is one owner's, in either direction, and nobody else's.
func TestMigratesOneOwner(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	address := pgtest.Shared(t).Database(t)
	count := regexp.MustCompile(`(?m)^notes +(\d+), (\d+) copied now`)
	for name, words := range map[string]map[string]string{
		"ursula": {"06-04-2023.md": "Swam in the lake."}, "oda": {"06-04-2023.md": "Rain.", "06-05-2023.md": "More rain."},
	} {
		p := newPerson(t)
		p.env["DAYBOOK_MODEL_EMBEDDING"] = "none"
		p.journal(words)
		if _, errs, code := p.types("migrate", "--to", address, "--owner", name); code == exitOK || !strings.Contains(errs, "no owner "+name) {
			t.Errorf("an owner nobody added is copied to: code %d\n%s", code, errs)
		}
		added := newPerson(t) // the server that they are added on has a journal of its own
		added.env["DAYBOOK_STORE"] = address
		if out, errs, code := added.types("owner", "add", name, "--journal", p.env["DAYBOOK_JOURNAL"]); code != exitOK {
			t.Fatalf("%s: code %d\n%s%s", name, code, out, errs)
		}
		for _, args := range [][]string{{"index"}, {"ask", "--thread", "new", "What of rain?"}, {"migrate", "--to", address, "--owner", name}} {
			if out, errs, code := p.types(args...); code != exitOK {
				t.Fatalf("%s: %q: code %d\n%s%s", name, args, code, out, errs)
			}
		}
	}
	other := newPerson(t)
	other.env["DAYBOOK_MODEL_EMBEDDING"] = "none"
	other.journal(map[string]string{"06-04-2023.md": "A third person's day.", "06-05-2023.md": "Another of theirs."})
	for _, args := range [][]string{{"index"}, {"migrate", "--to", address, "--owner", "oda"}} {
		_, errs, code := other.types(args...)
		if args[0] == "migrate" && (code == exitOK || !strings.Contains(errs, "different journals: 2 notes")) {
			t.Errorf("two people's journals are mixed: code %d\n%s", code, errs)
		}
	}
	for name, notes := range map[string]string{"ursula": "1", "oda": "2"} {
		p := newPerson(t)
		p.env["DAYBOOK_MODEL_EMBEDDING"] = "none"
		p.journal(nil)
		out, errs, code := p.types("migrate", "--from", address, "--to", "file", "--owner", name)
		if found := count.FindStringSubmatch(out); found == nil || found[1] != notes || found[2] != notes {
			t.Errorf("%s gets %v of %s notes\n%s%s", name, found, notes, out, errs)
		}
		if code != exitOK {
			t.Errorf("%s: code %d\n%s%s", name, code, out, errs)
		}
	}
	if _, errs, code := other.types("migrate", "--from", address, "--to", "file", "--owner", "nobody"); code == exitOK || !strings.Contains(errs, "no owner nobody") {
		t.Errorf("an owner nobody added is copied: code %d\n%s", code, errs)
	}
}

// ask sends a question to be saved, and returns the status and the body.
func ask(t *testing.T, url, query string) (int, string) {
	t.Helper()
	resp, err := http.Post(url+"/journal_chat", "application/json",
		strings.NewReader(fmt.Sprintf(`{"query": %q, "provider": "offline", "model": "", "save": true}`, query)))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

// A server whose database goes away says so, and goes on when it is back.
func TestServesAgainWhenPostgresIsBack(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	server := pgtest.New(t)
	p := onPostgres(t, server)
	p.journal(map[string]string{"06-04-2023.md": "Swam in the lake with Oda."})
	url, log, stop := p.serves()
	eventually(t, func() bool {
		status, body := ask(t, url, "Who swam?")
		return status == http.StatusOK && strings.Contains(body, "Oda")
	})
	for range 2 {
		server.Kill()
		for range 3 {
			status, body := ask(t, url, "Who swam then?")
			if status != http.StatusServiceUnavailable || !regexp.MustCompile(`database (cannot be reached|server cannot serve)`).MatchString(body) {
				t.Errorf("while the database is away: %d %s", status, body)
			}
		}
		if err := server.Start(); err != nil {
			t.Fatal(err)
		}
		if status, body := ask(t, url, "Who swam afterwards?"); status != http.StatusOK || !strings.Contains(body, "Oda") {
			t.Errorf("when it is back: %d %s", status, body)
		}
	}
	stop()
	if out, errs, code := p.types("check"); code != exitOK || !strings.Contains(out, "messages") {
		t.Errorf("code %d\n%s%s\n%s", code, out, errs, log)
	}
	if strings.Contains(log.String(), "Oda") {
		t.Error("the journal is in the log")
	}
}

var evalRow = regexp.MustCompile(`(?m)^ *all +30 +(\S+) +(\S+)`)

// The questions whose days are known find them as well as on a file, by words
// and days; by meaning is for the suite of the stores.
func TestFindsAsMuchOnPostgres(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	t.Parallel() // it mostly waits
	shared, err := filepath.Abs("../../../shared")
	if err != nil {
		t.Fatal(err)
	}
	questions := filepath.Join(shared, "eval", "pepys-1660-1664.jsonl")
	if _, err := os.Stat(questions); err != nil {
		t.Skip("the real journal is not beside the project")
	}
	p := onPostgres(t, pgtest.Shared(t))
	p.env["DAYBOOK_JOURNAL"] = filepath.Join(shared, "journals", "pepys-1660-1664")
	found := func(store string) string {
		p.env["DAYBOOK_STORE"] = store
		out, errs, code := p.types("eval", "--misses", questions)
		if code != exitOK || !evalRow.MatchString(out) {
			t.Fatalf("code %d\n%s%s", code, out, errs)
		}
		t.Log(out)
		_, misses, _ := strings.Cut(out, "\n")
		_, misses, _ = strings.Cut(misses, "not found")
		return fmt.Sprint(evalRow.FindStringSubmatch(out)[1:], misses)
	}
	if there, here := found(p.env["DAYBOOK_STORE"]), found(""); there != here {
		t.Errorf("on PostgreSQL %s\non a file %s", there, here)
	}
}
