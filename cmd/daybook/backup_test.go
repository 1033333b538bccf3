package main

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// backsUp makes a backup into a new folder and returns its file.
func (p *person) backsUp(args ...string) string {
	p.t.Helper()
	dir := p.t.TempDir()
	out, errs, code := p.types(append([]string{"backup", dir, "--json"}, args...)...)
	if code != exitOK {
		p.t.Fatalf("code %d\n%s%s", code, out, errs)
	}
	var made struct{ File string }
	if err := json.Unmarshal([]byte(out), &made); err != nil || made.File == "" {
		p.t.Fatalf("%v: %s", err, out)
	}
	return made.File
}

// elsewhere is another person's machine, as it were.
func (p *person) elsewhere() *person {
	other := newPerson(p.t)
	other.env["DAYBOOK_MODEL_EMBEDDING"] = "none"
	return other
}

// messagesOf are the texts of all messages that a server serves, by ID.
func (p *person) messagesOf(url string) map[string]string {
	p.t.Helper()
	all := map[string]string{}
	var threads []struct {
		ID string `json:"thread_id"`
	}
	p.decode(url+"/threads", &threads)
	for _, th := range threads {
		var messages []struct {
			ID      string `json:"message_id"`
			Content string `json:"content"`
		}
		p.decode(url+"/threads/"+th.ID+"/messages", &messages)
		for _, m := range messages {
			all[th.ID+" "+m.ID] = m.Content
		}
	}
	return all
}

func (p *person) decode(url string, into any) {
	p.t.Helper()
	text := p.get(url)
	if err := json.Unmarshal([]byte(text), into); err != nil {
		p.t.Fatalf("%s: %v in %s", url, err, text)
	}
}

// A backup that is made while a server is written to has every message that
// was acknowledged before, and is restored on another machine with the notes,
// byte for byte.
func TestBacksUpWhileServing(t *testing.T) {
	p := newPerson(t)
	p.env["DAYBOOK_MODEL_EMBEDDING"] = "none"
	p.journal(map[string]string{"06-04-2023.md": "Swam in the lake.\r\n", "06-05-2023.md": "Rain\xff."})
	folder := p.env["DAYBOOK_JOURNAL"]
	old := time.Date(2001, 2, 3, 4, 5, 6, 700, time.UTC)
	for _, err := range []error{
		os.MkdirAll(filepath.Join(folder, "scans"), 0o750), os.WriteFile(filepath.Join(folder, "scans", "a.jpg"), []byte{0xff, 0xd8, 0, 1}, 0o640),
		os.Chtimes(filepath.Join(folder, "scans", "a.jpg"), old, old), os.Symlink("/etc/passwd", filepath.Join(folder, "out.md")), os.Symlink("06-04-2023.md", filepath.Join(folder, "in.md")),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	url, _, stop := p.serves("--no-token")
	stopWriting, writers := make(chan struct{}), sync.WaitGroup{}
	for range 3 {
		writers.Go(func() {
			for {
				select {
				case <-stopWriting:
					return
				case <-time.After(5 * time.Millisecond):
					if status, body := ask(t, url, "Who swam?"); status != http.StatusOK {
						t.Errorf("%d: %s", status, body)
						return
					}
				}
			}
		})
	}
	var acknowledged map[string]string
	eventually(t, func() bool {
		acknowledged = p.messagesOf(url)
		return len(acknowledged) >= 20
	})
	file := p.backsUp("--with-journal")
	close(stopWriting)
	writers.Wait()
	if _, errs, code := p.types("restore", file, "--replace"); code == exitOK || !strings.Contains(errs, "running on the data") {
		t.Errorf("it restores below a running server: code %d\n%s", code, errs)
	}
	if code := stop(); code != exitOK {
		t.Errorf("the server ends with code %d", code)
	}
	other := p.elsewhere()
	notes := filepath.Join(other.dir, "notes")
	if out, errs, code := other.types("restore", file, "--journal", notes); code != exitOK {
		t.Fatalf("code %d\n%s%s", code, out, errs)
	}
	other.env["DAYBOOK_JOURNAL"] = notes
	url, _, _ = other.serves("--no-token")
	restored := other.messagesOf(url)
	for id, text := range acknowledged {
		if text != "" && restored[id] != text { // an answer without text is being given
			t.Errorf("%s was acknowledged, and is %q", id, restored[id])
		}
	}
	t.Logf("%d messages acknowledged, %d restored", len(acknowledged), len(restored))
	if err := os.Remove(filepath.Join(folder, "out.md")); err != nil { // which was not followed
		t.Fatal(err)
	}
	if got, want := treeOf(t, notes), treeOf(t, folder); got != want {
		t.Errorf("the notes are\n%s\nand were\n%s", got, want)
	}
}

// treeOf describes all files of a folder.
func treeOf(t *testing.T, dir string) string {
	t.Helper()
	var b strings.Builder
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := os.Lstat(path)
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(dir, path)
		switch {
		case d.IsDir():
			fmt.Fprintf(&b, "%s %s\n", rel, info.Mode())
		case d.Type()&fs.ModeSymlink != 0:
			target, err := os.Readlink(path)
			fmt.Fprintf(&b, "%s -> %s\n", rel, target)
			return err
		default:
			data, err := os.ReadFile(path)
			fmt.Fprintf(&b, "%s %s %s %q\n", rel, info.Mode(), info.ModTime().UTC(), data)
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// Nothing secret is in a backup, whatever was kept or set where.
func TestBackupHoldsNoSecret(t *testing.T) {
	p := newPerson(t)
	p.env["DAYBOOK_MODEL_EMBEDDING"] = "none"
	p.journal(map[string]string{"06-04-2023.md": "Swam."})
	delete(p.env, "DAYBOOK_NO_TOKEN")
	// The data, and the settings, lie among the notes.
	p.env["DAYBOOK_DATA"] = filepath.Join(p.env["DAYBOOK_JOURNAL"], "data")
	config := filepath.Join(p.env["DAYBOOK_JOURNAL"], "config.toml")
	p.env["DAYBOOK_CONFIG"] = config
	text := "token = \"hush-token-0123456789abcdefgh\"\ntop_k = 9\n[providers.mine]\nbase_url = \"http://127.0.0.1:1/v1\"\napi_key = \"hush-key-0123456789\"\n"
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	p.env["OPENAI_API_KEY"] = "hush-env-0123456789abcdef"
	if out, errs, code := p.types("index"); code != exitOK {
		t.Fatalf("code %d\n%s%s", code, out, errs)
	}
	for _, dir := range []string{p.env["DAYBOOK_DATA"], filepath.Join(p.env["DAYBOOK_DATA"], "journal")} {
		for _, name := range []string{"token", "sessions"} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte("hush-file"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	z, err := zip.OpenReader(p.backsUp("--with-journal"))
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	var names []string
	for _, f := range z.File {
		names = append(names, f.Name)
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r)
		if err != nil || bytes.Contains(data, []byte("hush")) || strings.Contains(f.Name, "hush") {
			t.Errorf("%s has a secret (%v)", f.Name, err)
		}
		if f.Name == "settings.toml" && !bytes.Contains(data, []byte("top_k = 9")) {
			t.Errorf("the settings are %s", data)
		}
	}
	if !slices.Contains(names, "journal/06-04-2023.md") || !slices.Contains(names, "settings.toml") {
		t.Errorf("it has %q", names)
	}
}

// What is there is not overwritten unless that is asked for, and then only
// after a backup of it.
func TestRestoreKeepsWhatIsThere(t *testing.T) {
	p := newPerson(t)
	p.env["DAYBOOK_MODEL_EMBEDDING"] = "none"
	p.journal(map[string]string{"06-04-2023.md": "Swam in the lake.", "06-05-2023.md": "Rain."})
	say := func(what string) {
		t.Helper()
		if out, errs, code := p.types("ask", "--thread", "new", what); code != exitOK {
			t.Fatalf("code %d\n%s%s", code, out, errs)
		}
	}
	say("first")
	file := p.backsUp("--with-journal")
	say("second")
	note := filepath.Join(p.env["DAYBOOK_JOURNAL"], "06-04-2023.md")
	gone := filepath.Join(p.env["DAYBOOK_JOURNAL"], "06-05-2023.md")
	if err := errorsOf(os.WriteFile(note, []byte("changed since"), 0o600), os.Remove(gone)); err != nil {
		t.Fatal(err)
	}
	threads := func() string {
		out, _, _ := p.types("check")
		for line := range strings.Lines(out) {
			if strings.Contains(line, "conversations ") {
				return strings.TrimSpace(line)
			}
		}
		return out
	}
	journal := "--journal=" + p.env["DAYBOOK_JOURNAL"]
	for _, c := range []struct {
		args []string
		want string // of what is said
		code int
		have string
	}{
		{[]string{file}, "--merge", exitFailure, "2 threads"},
		{[]string{file, "--merge", journal}, "differ from the backup", exitFailure, "2 threads"},
		{[]string{file, "--merge"}, "were not restored", exitOK, "2 threads"},
		{[]string{file, "--merge", journal, "--keep-changed"}, "kept  ", exitOK, "2 threads"},
		{[]string{file, "--replace"}, "The replaced data is in", exitOK, "1 thread"},
	} {
		out, errs, code := p.types(append([]string{"restore"}, c.args...)...)
		if code != c.code || !strings.Contains(out+errs, c.want) || !strings.Contains(threads(), c.have) {
			t.Errorf("%q: code %d, %s\n%s%s", c.args, code, threads(), out, errs)
		}
	}
	if data, err := os.ReadFile(note); err != nil || string(data) != "changed since" {
		t.Errorf("the note is %q (%v)", data, err)
	}
	if data, err := os.ReadFile(gone); err != nil || string(data) != "Rain." {
		t.Errorf("the note that was gone is %q (%v)", data, err)
	}
	before, _ := filepath.Glob(filepath.Join(p.env["DAYBOOK_DATA"], "journal", "replaced", "daybook-*.zip"))
	if len(before) != 1 {
		t.Fatalf("what was replaced is in %q", before)
	}
	if out, errs, code := p.types("restore", before[0], "--merge"); code != exitOK || !strings.Contains(threads(), "2 threads") {
		t.Errorf("code %d, %s\n%s%s", code, threads(), out, errs)
	}
}

func errorsOf(list ...error) error {
	for _, err := range list {
		if err != nil {
			return err
		}
	}
	return nil
}

// An encrypted backup is opened with its passphrase alone.
func TestBackupIsEncrypted(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	p := newPerson(t)
	p.env["DAYBOOK_MODEL_EMBEDDING"] = "none"
	p.journal(map[string]string{"06-04-2023.md": "Swam in the unmistakable lake."})
	secret := filepath.Join(p.dir, "secret")
	if err := os.WriteFile(secret, []byte("correct horse battery\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	file := p.backsUp("--with-journal", "--passphrase-file", secret)
	if data, err := os.ReadFile(file); err != nil || !strings.HasSuffix(file, ".zip.age") || bytes.Contains(data, []byte("unmistakable")) || bytes.Contains(data, []byte("PK\x03\x04")) {
		t.Errorf("%s is not encrypted (%v)", file, err)
	}
	p.env[passphraseVariable] = "another one entirely"
	if _, errs, code := p.types("restore", "--verify", file); code == exitOK || !strings.Contains(errs, "not the one") {
		t.Errorf("a wrong passphrase: code %d\n%s", code, errs)
	}
	p.env[passphraseVariable] = "correct horse battery"
	if out, errs, code := p.types("restore", "--list", file); code != exitOK || !strings.Contains(out, "journal/06-04-2023.md") {
		t.Errorf("code %d\n%s%s", code, out, errs)
	}
	for name, args := range map[string][]string{
		"at least 10": {"backup", p.t.TempDir()}, "not both": {"backup", p.t.TempDir(), "-r", "age1x", "--passphrase"},
		"public key": {"backup", p.t.TempDir(), "-r", "AGE-SECRET-KEY-1HUSH"}, "no terminal": {"backup", p.t.TempDir(), "--passphrase"},
	} {
		p.env[passphraseVariable] = map[string]string{"at least 10": "short"}[name]
		if _, errs, code := p.types(args...); code == exitOK || !strings.Contains(errs, name) || strings.Contains(errs, "HUSH") {
			t.Errorf("%q: code %d\n%s", args, code, errs)
		}
	}
}

// A server makes a backup on request and tells of it; the check command too.
func TestServerBacksUp(t *testing.T) {
	p := newPerson(t)
	p.env["DAYBOOK_MODEL_EMBEDDING"] = "none"
	p.journal(map[string]string{"06-04-2023.md": "Swam."})
	url, _, stop := p.serves("--no-token")
	type list struct {
		Current *time.Time
		Backups []struct{ File string }
	}
	var before, after, again list
	p.decode(url+"/backups", &before)
	if before.Current != nil || len(before.Backups) != 0 {
		t.Errorf("there is %+v", before)
	}
	for _, into := range []*list{&after, &again} {
		ask(t, url, "Who swam?")
		if into == &again {
			time.Sleep(1100 * time.Millisecond)
		}
		// Once nothing is written any more, no other backup is made.
		for n, tries := -1, 0; n != len(into.Backups); tries++ {
			if n = len(into.Backups); tries == 5 {
				t.Fatalf("each request makes another backup: %+v", into)
			}
			resp, err := http.Post(url+"/backups", "application/json", nil)
			if err != nil {
				t.Fatal(err)
			}
			err = json.NewDecoder(resp.Body).Decode(into)
			resp.Body.Close()
			if err != nil || resp.StatusCode != http.StatusOK {
				t.Fatalf("%d, %v", resp.StatusCode, err)
			}
		}
	}
	if len(after.Backups) == 0 || len(again.Backups) <= len(after.Backups) || again.Current == nil || time.Since(*again.Current) > time.Minute {
		t.Errorf("there are %+v, and then %+v", after, again)
	}
	stop()
	if out, _, _ := p.types("check"); !strings.Contains(out, again.Backups[0].File) {
		t.Errorf("check says\n%s", out)
	}
	// What vanished comes back from there.
	if err := os.RemoveAll(filepath.Join(p.env["DAYBOOK_DATA"], "journal")); err != nil {
		t.Fatal(err)
	}
	if out, errs, code := p.types("restore", filepath.Join(p.env["DAYBOOK_DATA"], "backups", again.Backups[0].File)); code != exitOK || !strings.Contains(out, "4 messages") {
		t.Errorf("code %d\n%s%s", code, out, errs)
	}
}

// Killed at any moment, a backup leaves none that is torn, and a restore can
// be repeated and ends equal. DAYBOOK_KILLS says how often.
func TestKilledWhileBackingUpAndRestoring(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	t.Parallel() // it mostly waits
	kills := 6
	if n, err := strconv.Atoi(os.Getenv("DAYBOOK_KILLS")); err == nil {
		kills = n
	}
	p := newPerson(t)
	p.env["DAYBOOK_MODEL_EMBEDDING"] = "none"
	notes := map[string]string{}
	for i := range 300 {
		notes[time.Date(2022, 1, 1+i, 0, 0, 0, 0, time.UTC).Format("01-02-2006")+".md"] = strings.Repeat(fmt.Sprintf("Day %d in the lake. ", i), 200)
	}
	p.journal(notes)
	url, _, stop := p.serves("--no-token")
	for i := range 60 {
		ask(t, url, fmt.Sprintf("What of day %d?", i))
	}
	want := p.messagesOf(url)
	stop()
	whole, dir := p.backsUp("--with-journal"), t.TempDir()
	random := rand.New(rand.NewPCG(5, uint64(kills)))
	other := p.elsewhere()
	target := filepath.Join(other.dir, "notes")
	interrupted := 0
	for n := range kills {
		q, args := p, []string{"backup", dir, "--with-journal"}
		if n%2 == 1 {
			q, args = other, []string{"restore", whole, "--journal", target}
		}
		cmd := q.starts(args...)
		time.Sleep(time.Duration(random.IntN(1500)) * time.Millisecond)
		_ = cmd.Process.Kill()
		if cmd.Wait() != nil {
			interrupted++
		}
		left, _ := filepath.Glob(filepath.Join(dir, "daybook-*"))
		for _, file := range left {
			if out, errs, code := p.types("restore", "--verify", file); code != exitOK {
				t.Errorf("kill %d leaves a backup that is torn: %s%s", n, out, errs)
			}
			_ = os.Remove(file)
		}
		if n%20 == 19 { // and from the beginning
			_ = os.RemoveAll(other.env["DAYBOOK_DATA"])
			_ = os.RemoveAll(target)
		}
	}
	if out, errs, code := p.types("backup", dir); code != exitOK {
		t.Errorf("code %d\n%s%s", code, out, errs)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".*")); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
	for _, args := range [][]string{{"restore", whole, "--journal", target}} {
		out, errs, code := other.types(args...)
		if code != exitOK && !strings.Contains(errs, "already holds") { // the last one was not interrupted
			t.Fatalf("code %d\n%s%s", code, out, errs)
		}
	}
	if got := treeOf(t, target); got != treeOf(t, p.env["DAYBOOK_JOURNAL"]) {
		t.Error("the notes differ from those that were backed up")
	}
	other.env["DAYBOOK_JOURNAL"] = target
	url, _, _ = other.serves("--no-token")
	got := other.messagesOf(url)
	for id, text := range want {
		if got[id] != text {
			t.Errorf("%s is %q", id, got[id])
		}
	}
	if len(got) != len(want) || len(want) != 120 {
		t.Errorf("%d messages, and there were %d", len(got), len(want))
	}
	t.Logf("%d of %d were interrupted", interrupted, kills)
}

// After a restore nothing counts as missing that was there before, and a damaged
// or deleted data file is replaced, whatever its log holds. The versions of the
// notes come back too.
func TestRestoreAfterALoss(t *testing.T) {
	p := newPerson(t)
	p.env["DAYBOOK_MODEL_EMBEDDING"] = "none"
	p.journal(map[string]string{"06-04-2023.md": "Swam in the lake."})
	must := func(args ...string) string {
		t.Helper()
		out, errs, code := p.types(args...)
		if code != exitOK {
			t.Fatalf("%q: code %d\n%s%s", args, code, out, errs)
		}
		return out
	}
	must("ask", "--thread", "new", "first")
	url, _, stop := p.serves("--no-token")
	var found struct{ Results []struct{ ID string } }
	eventually(t, func() bool {
		p.decode(url+"/search?q=lake", &found)
		return len(found.Results) == 1
	})
	p.call(http.MethodPut, url+"/entries/"+found.Results[0].ID, object{"text": "Swam twice."}, nil, "If-Match", "*")
	if code := stop(); code != exitOK {
		t.Fatalf("the server ends with code %d", code)
	}
	history := must("history", "06-04-2023", "--json")
	if !strings.Contains(history, `"version"`) {
		t.Fatalf("the history is %s", history)
	}
	file := p.backsUp()
	must("ask", "--thread", "new", "second") // is not in the backup
	data := filepath.Join(p.env["DAYBOOK_DATA"], "journal")
	db := filepath.Join(data, "daybook.db")
	for name, lose := range map[string]func() error{
		"deleted": func() error { return os.Remove(db) },
		"deleted with its log left": func() error {
			return errorsOf(os.Remove(db), os.WriteFile(db+"-wal", []byte("an old log"), 0o600), os.WriteFile(db+"-shm", []byte("x"), 0o600))
		},
		"damaged": func() error {
			return errorsOf(os.WriteFile(db, bytes.Repeat([]byte("no data "), 4096), 0o600), os.WriteFile(db+"-wal", []byte("an old log"), 0o600))
		},
		"without its history": func() error { return os.RemoveAll(filepath.Join(data, "history")) },
	} {
		if err := lose(); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		out, errs, code := p.types("restore", file)
		if name == "damaged" && (code == exitOK || !strings.Contains(errs, "--replace")) {
			t.Errorf("damaged data is replaced unasked: %s%s", out, errs)
		}
		if code != exitOK {
			must("restore", file, "--replace")
		}
		if out, errs, code := p.types("check"); code != exitOK || strings.Contains(out+errs, "now there") || strings.Contains(out+errs, "damaged") {
			t.Errorf("%s: check, code %d\n%s%s", name, code, out, errs)
		}
		if got := must("history", "06-04-2023", "--json"); got != history {
			t.Errorf("%s: the history is\n%s\nand was\n%s", name, got, history)
		}
		must("ask", "--thread", "new", "third")
	}
}
