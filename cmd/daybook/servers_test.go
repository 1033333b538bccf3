package main

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"daybook/internal/llm/llmtest"
	"daybook/internal/store/postgres/pgtest"
)

// another is a person with the same journal in the same database, at another
// computer: only the folder of the journal is shared, where it is.
func (p *person) another() *person {
	q := newPerson(p.t)
	for name, value := range p.env {
		if name != "HOME" && name != "DAYBOOK_DATA" {
			q.env[name] = value
		}
	}
	return q
}

// processEnv is the environment of a program in a process of its own, with
// nothing of this machine's besides what the system and the race detector need.
func processEnv(env map[string]string) []string {
	list := []string{"DAYBOOK_TEST_MAIN=1", "PATH=" + os.Getenv("PATH"), "GORACE=" + os.Getenv("GORACE")}
	for name, value := range env {
		list = append(list, name+"="+value)
	}
	return list
}

// servesElsewhere starts a server in a process of its own.
func (p *person) servesElsewhere() (cmd *exec.Cmd, url string) {
	p.t.Helper()
	program, err := os.Executable()
	if err != nil {
		p.t.Fatal(err)
	}
	log := &buffer{}
	cmd = exec.Command(program, "serve", "--addr", "127.0.0.1:0")
	cmd.Env = processEnv(p.env)
	cmd.Stderr = log
	if err := cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // it was killed
		if p.t.Failed() {
			p.t.Log(log)
		}
	})
	eventually(p.t, func() bool { return listening.MatchString(log.String()) })
	return cmd, listening.FindStringSubmatch(log.String())[1]
}

// Two servers share the reading of scans. One is killed in the middle of it:
// the other does the rest, what was kept is not asked for again, and every
// note is whole.
func TestTwoServersReadScans(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	t.Parallel() // it mostly waits
	const documents = 16
	p := onPostgres(t, pgtest.Shared(t))
	p.journal(nil)
	var mu sync.Mutex
	asked := map[string]int{} // by picture
	fake := llmtest.Start(t, func(r llmtest.Request) llmtest.Script {
		picture := fmt.Sprintf("%x", sha256.Sum256(r.Messages[0].Images[0].Data))
		mu.Lock()
		defer mu.Unlock()
		asked[picture]++
		return llmtest.Script{First: 700 * time.Millisecond, Deltas: []string{"Page " + picture + "."}}
	})
	p.env["OPENAI_API_KEY"], p.env["OPENAI_BASE_URL"] = llmtest.Key, fake.BaseURL("openai")
	p.env["DAYBOOK_MODEL_TRANSCRIPTION"], p.env["DAYBOOK_PAGES_AT_ONCE"] = "openai/gpt-4o", "1"
	for i := range documents {
		p.scan(fmt.Sprintf("%02d-%02d-2024.jpg", 1+i%12, 1+i/12), uint64(i))
	}
	one, _ := p.servesElsewhere()
	_, url := p.another().servesElsewhere()
	calls := func() (pictures, calls int) {
		mu.Lock()
		defer mu.Unlock()
		for _, n := range asked {
			calls += n
		}
		return len(asked), calls
	}
	eventually(t, func() bool { _, n := calls(); return n >= documents/2 })
	_ = one.Process.Kill()
	before, _ := calls()
	written := func() (notes int) {
		files, _ := filepath.Glob(filepath.Join(p.dir, "journal", "*.md"))
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err == nil && strings.Contains(string(data), "\nPage ") {
				notes++
			}
		}
		return notes
	}
	within(t, time.Minute, func() bool { return written() == documents })
	p.checkNotes()
	pictures, n := calls()
	// The one that was killed may have asked for a page whose answer nobody
	// kept: one, since it asks for one at a time.
	if pictures != documents || n > documents+1 {
		t.Errorf("%d calls for %d pictures of %d documents", n, pictures, documents)
	}
	if before == documents {
		t.Error("all was asked for before the kill: the test proves nothing")
	}
	within(t, time.Minute, func() bool {
		return strings.Contains(p.get(url+"/ingest"), fmt.Sprintf(`"stages":{"written":%d}`, documents))
	})
	t.Logf("%d calls for %d documents, %d of them before the kill", n, documents, before)
}

// within is eventually with a time of its own.
func within(t *testing.T, limit time.Duration, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(limit); !holds(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it does not come to hold")
		}
	}
}

// A server that does not see the folder answers from the index, and deletes
// nothing of it; the one that sees it keeps the index, and takes over when
// the other had the watch first.
func TestServerWithoutTheFolderDeletesNothing(t *testing.T) {
	p := onPostgres(t, pgtest.Shared(t))
	p.journal(map[string]string{"06-04-2023.md": "Swam in the lake with Oda."})
	if out, errs, code := p.types("index"); code != exitOK {
		t.Fatalf("code %d\n%s%s", code, out, errs)
	}
	blind, empty := p.another(), p.another()
	blind.env["DAYBOOK_JOURNAL"] = filepath.Join(p.dir, "nowhere")
	empty.env["DAYBOOK_JOURNAL"] = t.TempDir() // where a disk is not mounted
	var urls []string
	for _, q := range []*person{blind, empty} {
		url, _, _ := q.serves()
		urls = append(urls, url)
		eventually(t, func() bool { return strings.Contains(p.get(url+"/search?q=lake"), "2023-06-04") })
	}
	if out, errs, code := empty.types("search", "lake"); !strings.Contains(out, "2023") {
		t.Errorf("a command that sees an empty folder ends with %d\n%s%s", code, out, errs)
	}
	url, _, _ := p.serves()
	if err := os.WriteFile(filepath.Join(p.dir, "journal", "06-05-2023.md"), []byte("A xylophone in the harbour."), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, u := range append(urls, url) {
		within(t, time.Minute, func() bool { return strings.Contains(p.get(u+"/search?q=xylophone"), "2023-06-05") })
		if !strings.Contains(p.get(u+"/search?q=lake"), "2023-06-04") {
			t.Error("an entry is gone")
		}
	}
}

// An answer that one server gives is watched from another while it comes, and
// stopped from there.
func TestAnswersAreWatchedFromAnotherServer(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	p := onPostgres(t, pgtest.Shared(t))
	p.journal(map[string]string{"06-04-2023.md": "Swam in the lake with Oda."})
	fake := llmtest.Start(t, func(r llmtest.Request) llmtest.Script {
		if r.Wants("intent") {
			return llmtest.Script{Deltas: llmtest.Answer("intent", "vector", 50)}
		}
		return llmtest.Script{Every: 300 * time.Millisecond, Deltas: llmtest.Answer("response", strings.Repeat("word ", 200), 5)}
	})
	p.env["OPENAI_API_KEY"], p.env["OPENAI_BASE_URL"] = llmtest.Key, fake.BaseURL("openai")
	here, _, _ := p.serves()
	there, _, _ := p.another().serves()
	events := p.opens(http.MethodPost, here+"/journal_chat/stream", `{"query": "Who swam?", "provider": "openai", "model": "gpt-4o", "save": true, "stream": "deltas", "function": "vector"}`)
	turn := events.next("turn")
	path := "/threads/" + turn["thread_id"].(string) + "/messages/" + turn["answer_id"].(string)
	watched := p.opens(http.MethodGet, there+path+"/stream", "")
	watched.next("turn")
	watched.next("docs")
	for range 3 {
		watched.next("delta")
	}
	var stopped struct{ Message struct{ Status string } }
	if status := p.call(http.MethodPost, there+path+"/stop", nil, &stopped); status != http.StatusOK || stopped.Message.Status != "interrupted" {
		t.Errorf("stopped from another server: %d %+v", status, stopped)
	}
	watched.next("error")
	events.next("error")
}

// stream is an event stream that is being read.
type stream struct {
	t     *testing.T
	lines *bufio.Scanner
}

// opens begins to read an event stream.
func (p *person) opens(method, url, body string) *stream {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), time.Minute)
	req, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { cancel(); resp.Body.Close() })
	return &stream{p.t, bufio.NewScanner(resp.Body)}
}

// next reads on to an event of that name and returns its data.
func (s *stream) next(name string) object {
	s.t.Helper()
	var event string
	for s.lines.Scan() {
		if after, ok := strings.CutPrefix(s.lines.Text(), "event: "); ok {
			event = after
		}
		if data, ok := strings.CutPrefix(s.lines.Text(), "data: "); ok && event == name {
			var o object
			_ = json.Unmarshal([]byte(data), &o) // a list of documents is no object
			return o
		}
	}
	s.t.Fatalf("there is no event %q: %v", name, s.lines.Err())
	return nil
}
