package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"daybook/internal/journal"
	"daybook/internal/llm/llmtest"
	"daybook/internal/llm/local"
	"daybook/internal/store/postgres/pgtest"
)

// How often the server looks for changes of tokens and accounts.
const (
	tokenCheck    = 2 * time.Second
	tokenTTL      = 5 * time.Second
	accountsCheck = 15 * time.Second
)

func TestMain(m *testing.M) {
	if os.Getenv("DAYBOOK_TEST_MAIN") != "" || len(os.Args) > 1 && os.Args[1] == journal.DecodeCommand {
		main() // a child process of a test: the program itself
		return
	}
	// A library below Google's SDK starts a worker when it is loaded.
	goleak.VerifyTestMain(withDecoders{pgtest.Main(m)}, goleak.IgnoreTopFunction("go.opencensus.io/stats/view.(*worker).start"))
}

// decoders is the folder of the compiled decoders that sharesDecoders shares.
var decoders string

// withDecoders are tests that have it.
type withDecoders struct{ pgtest.Tests }

func (w withDecoders) Run() int {
	dir, err := os.MkdirTemp("", "daybook-decoders-")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	decoders = dir
	return w.Tests.Run()
}

// buffer may be read while the program writes.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// person is somebody at a shell, with folders and an environment of their own.
// Servers that they start ask for no token, unless withToken sets one.
type person struct {
	t     *testing.T
	dir   string
	env   map[string]string
	stdin string
	// terminal says that standard error is one.
	terminal bool
	ports    []local.Port // of model servers on this machine
}

func newPerson(t *testing.T) *person {
	dir := t.TempDir()
	return &person{t: t, dir: dir, env: map[string]string{"HOME": dir, "DAYBOOK_DATA": filepath.Join(dir, "data"), "DAYBOOK_NO_TOKEN": "true"}}
}

// sharesDecoders saves the seconds that each data folder takes to compile the
// decoders of PDF and HEIC.
func (p *person) sharesDecoders() {
	p.t.Helper()
	data := filepath.Join(p.env["DAYBOOK_DATA"], "journal")
	if err := os.MkdirAll(data, 0o700); err != nil {
		p.t.Fatal(err)
	}
	if err := os.Symlink(decoders, filepath.Join(data, "cache")); err != nil {
		p.t.Fatal(err)
	}
}

// withToken has servers ask for a token.
func (p *person) withToken(token string) {
	p.env["DAYBOOK_TOKEN"] = token
	delete(p.env, "DAYBOOK_NO_TOKEN")
}

// withGeneratedToken has servers generate a token, and returns it.
func (p *person) withGeneratedToken() string {
	p.t.Helper()
	delete(p.env, "DAYBOOK_NO_TOKEN")
	out, errs, code := p.types("token")
	if code != exitOK {
		p.t.Fatalf("code %d: %s", code, errs)
	}
	return strings.TrimSpace(out)
}

// journal gives the person notes of their own.
func (p *person) journal(notes map[string]string) {
	p.t.Helper()
	folder := filepath.Join(p.dir, "journal")
	p.env["DAYBOOK_JOURNAL"] = folder
	if err := os.MkdirAll(folder, 0o700); err != nil {
		p.t.Fatal(err)
	}
	for name, text := range notes {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			p.t.Fatal(err)
		}
	}
}

// types runs a command to its end.
func (p *person) types(args ...string) (stdout, stderr string, code int) {
	p.t.Helper()
	var out, errs buffer
	code = run(p.t.Context(), p.envWith(&out, &errs, args))
	return out.String(), errs.String(), code
}

func (p *person) envWith(out, errs io.Writer, args []string) env {
	return env{args: args, stdin: strings.NewReader(p.stdin), stdout: out, stderr: errs, progress: p.terminal, ports: p.ports, getenv: func(name string) string { return p.env[name] }}
}

var listening = regexp.MustCompile(`listening  (http://\S+)`)

// serves starts a server and returns its address; stop ends it.
func (p *person) serves(args ...string) (url string, log *buffer, stop func() int) {
	p.t.Helper()
	log = &buffer{}
	ctx, cancel := context.WithCancel(p.t.Context())
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, p.envWith(log, log, append([]string{"serve", "--addr", "127.0.0.1:0"}, args...)))
	}()
	stop = sync.OnceValue(func() int {
		http.DefaultClient.CloseIdleConnections()
		cancel()
		return <-ended
	})
	p.t.Cleanup(func() { stop() })
	eventually(p.t, func() bool {
		if m := listening.FindStringSubmatch(log.String()); m != nil {
			url = m[1]
		}
		return url != "" || len(ended) > 0
	})
	if url == "" {
		p.t.Fatalf("it does not serve:\n%s", log)
	}
	eventually(p.t, func() bool { return strings.Contains(p.get(url+"/status"), "ready") })
	return url, log, stop
}

func (p *person) get(url string) string {
	p.t.Helper()
	req, err := http.NewRequestWithContext(p.t.Context(), http.MethodGet, url, nil)
	if err != nil {
		p.t.Fatal(err)
	}
	if token := p.env["DAYBOOK_TOKEN"]; token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
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
	return string(data)
}

// eventually waits for what another goroutine or process does.
func eventually(t *testing.T, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !holds(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it does not come to hold")
		}
	}
}

// Check opens the data read-only, so nothing must try to write it.
func TestCheckOnlyReads(t *testing.T) {
	p := newPerson(t)
	p.journal(map[string]string{"01-01-2024.md": "A walk to the harbour."})
	if _, errs, code := p.types("index"); code != exitOK {
		t.Fatal(errs)
	}
	if _, errs, code := p.types("check"); code != exitOK || strings.Contains(errs, "ledger") || strings.Contains(errs, "readonly") {
		t.Errorf("code %d: %s", code, errs)
	}
}

func TestDemoAnswersOutOfTheBox(t *testing.T) {
	p := newPerson(t)
	out, errs, code := p.types("ask", "Who repaired the barometer?")
	if code != exitOK || !strings.Contains(out, "No language model wrote this") || !strings.Contains(out, "barometer") {
		t.Errorf("code %d\n%s%s", code, out, errs)
	}
	if !regexp.MustCompile(`(?m)^ *\[\d+\] 20\d\d-\d\d-\d\d  \S`).MatchString(out) {
		t.Errorf("no day is cited:\n%s", out)
	}
	err := filepath.WalkDir(p.env["DAYBOOK_DATA"], func(path string, d os.DirEntry, err error) error {
		if info, infoErr := d.Info(); err != nil || infoErr != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s can be read by others, or not at all", path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestAskInJSONAndFromStandardInput(t *testing.T) {
	p := newPerson(t)
	p.journal(map[string]string{"01-05-2024.md": "Swam in the lake with Oda."})
	p.stdin = "Who swam with me?\n"
	out, errs, code := p.types("ask", "--json", "-")
	var answer struct {
		Response string
		Docs     []struct{ Entry struct{ Date string } }
		ThreadID string `json:"thread_id"`
	}
	if err := json.Unmarshal([]byte(out), &answer); err != nil || code != exitOK {
		t.Fatalf("code %d, %v\n%s%s", code, err, out, errs)
	}
	if !strings.Contains(answer.Response, "Oda") || len(answer.Docs) != 1 || answer.Docs[0].Entry.Date != "2024-01-05" || answer.ThreadID != "" {
		t.Errorf("%+v", answer)
	}
}

func TestThreadIsSaved(t *testing.T) {
	p := newPerson(t)
	p.journal(map[string]string{"01-05-2024.md": "Swam in the lake with Oda."})
	out, _, code := p.types("ask", "--thread", "new", "Who swam?")
	m := regexp.MustCompile(`(?m)^Thread (\S+)$`).FindStringSubmatch(out)
	if code != exitOK || m == nil {
		t.Fatalf("code %d\n%s", code, out)
	}
	if _, errs, code := p.types("ask", "--thread", m[1], "And where?"); code != exitOK {
		t.Errorf("code %d: %s", code, errs)
	}
	if _, errs, code := p.types("ask", "--thread", "nosuch", "And where?"); code == exitOK || !strings.Contains(errs, "thread") {
		t.Errorf("code %d: %s", code, errs)
	}
	out, _, _ = p.types("check")
	if !strings.Contains(out, "1 thread, 4 messages") {
		t.Errorf("check:\n%s", out)
	}
}

func TestSearchCommand(t *testing.T) {
	p := newPerson(t)
	out, errs, code := p.types("search", "barometer", "-k", "1")
	if code != exitOK || !regexp.MustCompile(`(?m)^20\d\d-\d\d-\d\d  20\d\d/\S+\.md:\d+\n  \S.*barometer`).MatchString(out) {
		t.Errorf("code %d\n%s%s", code, out, errs)
	}
	out, errs, code = p.types("search", "--json", "--from", "2024-01-01", "--tag", "swimming", "How often did I mention the sea?")
	var found struct {
		Results  []struct{ Date, Text string }
		Mentions struct{ Days []string }
	}
	if err := json.Unmarshal([]byte(out), &found); err != nil || code != exitOK || len(found.Results) == 0 || len(found.Mentions.Days) == 0 {
		t.Errorf("code %d, %v\n%s%s", code, err, out, errs)
	}
	for _, day := range found.Mentions.Days {
		if day < "2024-01-01" {
			t.Errorf("%s is counted", day)
		}
	}
	p.env["DAYBOOK_ANNIVERSARIES"] = "our harbour day=06-04"
	out, _, code = p.types("search", "What did I do on our harbour day 2023?", "-k", "1")
	if code != exitOK || !strings.HasPrefix(out, "2023-06-04") {
		t.Errorf("code %d\n%s", code, out)
	}
	out, _, code = p.types("search", "--", "xylophone", "-barometer")
	if code != exitOK || !strings.HasPrefix(out, "No matches.") {
		t.Errorf("code %d\n%s", code, out)
	}
}

func TestMistakesAreExplained(t *testing.T) {
	p := newPerson(t)
	p.journal(map[string]string{"01-05-2024.md": "x"})
	for _, c := range []struct {
		args []string
		env  string
		code int
		says string
	}{
		{args: []string{"ask"}, code: exitUsage, says: "--help"},
		{args: []string{"ask", " "}, code: exitUsage, says: "empty"},
		{args: []string{"ask", "--top-k", "101", "x"}, code: exitUsage, says: "top"},
		{args: []string{"ask", "--provider", "openai", "x"}, code: exitUsage, says: "OPENAI_API_KEY"},
		{args: []string{"search"}, code: exitUsage, says: "--help"},
		{args: []string{"search", "x", "--limit", "0"}, code: exitUsage, says: "--limit"},
		{args: []string{"search", "x", "--from", "soon"}, code: exitUsage, says: "YYYY-MM-DD"},
		{args: []string{"nosuch"}, code: exitUsage, says: "nosuch"},
		{args: []string{"serve", "--nosuch"}, code: exitUsage, says: "nosuch"},
		{args: []string{"serve", "--addr", "0.0.0.0:0"}, code: exitUsage, says: "no_token (DAYBOOK_NO_TOKEN)"},
		{args: []string{"index", "--journal", filepath.Join(p.dir, "nowhere")}, code: exitFailure, says: "nowhere, cannot be read: no such file or directory.\n"},
		{args: []string{"check"}, env: "nosuch/model", code: exitUsage, says: "nosuch"},
	} {
		p.env["DAYBOOK_MODEL_CHAT"] = c.env
		_, errs, code := p.types(c.args...)
		if code != c.code || !strings.Contains(errs, c.says) {
			t.Errorf("%q: code %d, want %d and %q\n%s", c.args, code, c.code, c.says, errs)
		}
	}
}

func TestIndexSaysWhatItRead(t *testing.T) {
	p := newPerson(t)
	p.journal(map[string]string{
		"01-05-2024.md": "Swam.", "01-06-2024.md": "\xff\xfe secret", "holiday.md": "x", "2024 - Week.md": "x",
	})
	out, errs, code := p.types("index")
	for _, want := range []string{"skipped  holiday.md", "skipped  2024 - Week.md", "problem  01-06-2024.md: is UTF-16", "2 entries in the index", "2 read"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in\n%s", want, out)
		}
	}
	if code != exitOK || strings.Contains(out+errs, "secret") {
		t.Errorf("code %d\n%s", code, errs)
	}
	var report struct {
		Entries int
		Flawed  []struct{ Path string }
	}
	out, _, _ = p.types("index", "--json")
	if err := json.Unmarshal([]byte(out), &report); err != nil || report.Entries != 2 || len(report.Flawed) != 1 {
		t.Errorf("%v: %s", err, out)
	}
}

// All three providers, each chosen by settings alone, and what is said of
// where the diary goes.
func TestProviders(t *testing.T) {
	for _, name := range llmtest.Providers {
		t.Run(name, func(t *testing.T) {
			fake := llmtest.Start(t, llmtest.Reply("You swam [1]."))
			p := newPerson(t)
			p.journal(map[string]string{"01-05-2024.md": "Swam in the lake with Oda."})
			variable := map[string]string{"openai": "OPENAI_BASE_URL", "anthropic": "ANTHROPIC_BASE_URL", "gemini": "GOOGLE_GEMINI_BASE_URL"}[name]
			p.env[variable] = fake.BaseURL(name)
			p.env[strings.ToUpper(name)+"_API_KEY"] = llmtest.Key
			p.env["DAYBOOK_MODEL_CHAT"] = name + "/m"
			out, errs, code := p.types("ask", "Who swam?")
			if code != exitOK || !strings.HasPrefix(out, "You swam [1].") || !strings.Contains(out, "2024-01-05") {
				t.Errorf("code %d\n%s%s", code, out, errs)
			}
			out, errs, code = p.types("check")
			if code != exitOK || !regexp.MustCompile(`chat +goes to `+name+`/m`).MatchString(out) || !regexp.MustCompile(name+` +responds`).MatchString(out) {
				t.Errorf("code %d\n%s%s", code, out, errs)
			}
			if strings.Contains(out+errs, llmtest.Key) {
				t.Error("the key is shown")
			}
		})
	}
}

// A key that lies in the environment sends nothing of the diary anywhere.
func TestKeyAloneSendsNothing(t *testing.T) {
	fake := llmtest.Start(t, llmtest.Reply("no"))
	p := newPerson(t)
	p.env["OPENAI_API_KEY"], p.env["OPENAI_BASE_URL"] = llmtest.Key, fake.BaseURL("openai")
	for _, args := range [][]string{{"index"}, {"ask", "Who swam?"}} {
		if _, errs, code := p.types(args...); code != exitOK {
			t.Fatalf("%q: %s", args, errs)
		}
	}
	if calls := fake.Requests(); len(calls) > 0 {
		t.Errorf("%d calls were made", len(calls))
	}
}

func TestServe(t *testing.T) {
	p := newPerson(t)
	url, log, stop := p.serves()
	resp, err := http.Post(url+"/journal_chat/stream", "application/json", strings.NewReader(`{"query": "Who repaired the barometer?", "provider": "offline", "model": ""}`))
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	if err != nil || !strings.HasSuffix(string(data), "data: [DONE]\n\n") || !strings.Contains(string(data), "barometer") {
		t.Errorf("%v: %s", err, data)
	}
	if !strings.Contains(p.get(url+"/openapi.json"), `"3.1`) {
		t.Error("no OpenAPI document")
	}
	// The other commands work on the same data meanwhile.
	for _, args := range [][]string{{"ask", "barometer"}, {"index"}, {"check"}} {
		if out, errs, code := p.types(args...); code != exitOK {
			t.Errorf("%q beside the server: %s%s", args, out, errs)
		}
	}
	if code := stop(); code != exitInterrupted && code != exitOK {
		t.Errorf("it ends with %d:\n%s", code, log)
	}
	if strings.Contains(log.String(), "Lindqvist") {
		t.Errorf("the journal is in the log:\n%s", log)
	}
}

func TestVersion(t *testing.T) {
	out, _, code := newPerson(t).types("version")
	if code != exitOK || !strings.Contains(out, version) {
		t.Errorf("%d: %s", code, out)
	}
	out, _, code = newPerson(t).types("version", "--licenses")
	if code != exitOK || !strings.Contains(out, "The Daybook authors") || !strings.Contains(out, "GNU LESSER GENERAL PUBLIC LICENSE") {
		t.Errorf("version --licenses: exit code %d, %.200s", code, out)
	}
}

// A server that is killed leaves data that the next one goes on with.
func TestKilledServerLosesNothing(t *testing.T) {
	p := newPerson(t)
	p.journal(map[string]string{"01-05-2024.md": "Swam in the lake with Oda."})
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for round := range 3 {
		log := &buffer{}
		cmd := exec.Command(binary, "serve", "--addr", "127.0.0.1:0")
		cmd.Env = append(os.Environ(), "DAYBOOK_TEST_MAIN=1")
		for name, value := range p.env {
			cmd.Env = append(cmd.Env, name+"="+value)
		}
		cmd.Stderr = log
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		eventually(t, func() bool { return listening.MatchString(log.String()) })
		url := listening.FindStringSubmatch(log.String())[1]
		body := fmt.Sprintf(`{"query": "Who swam, %d?", "provider": "offline", "model": "", "save": true}`, round)
		resp, err := http.Post(url+"/journal_chat", "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			t.Errorf("round %d: %s\n%s", round, resp.Status, log)
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait() // it was killed
		out, errs, code := p.types("check")
		if want := fmt.Sprintf("%d messages", 2*(round+1)); code != exitOK || !strings.Contains(out, want) {
			t.Errorf("round %d: code %d, want %s\n%s%s", round, code, want, out, errs)
		}
	}
	http.DefaultClient.CloseIdleConnections()
}
