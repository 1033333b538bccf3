package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"mime/multipart"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"daybook/internal/llm/llmtest"
	"daybook/internal/pages/scantest"
)

// readyWithin is how soon a server that was killed must be ready again. The
// machine that runs the tests may be busy with others.
const readyWithin = 5 * time.Second

// TestKilledWhileServing kills a server at random moments while notes are saved
// and created, scans uploaded and questions answered. Whatever was acknowledged is
// there after the next start, and nothing is torn. DAYBOOK_KILLS says how often,
// DAYBOOK_KILL_NOTES among how many notes; 500 among 10,000 were tried.
func TestKilledWhileServing(t *testing.T) {
	kills, notes := 6, 50
	if n, err := strconv.Atoi(os.Getenv("DAYBOOK_KILLS")); err == nil {
		kills = n
	}
	if n, err := strconv.Atoi(os.Getenv("DAYBOOK_KILL_NOTES")); err == nil {
		notes = n
	}
	k := &killing{t: t, p: newPerson(t), random: rand.New(rand.NewPCG(3, uint64(kills))), saved: map[string]string{}, uploads: map[string][]byte{}}
	texts := map[string]string{}
	for i := range notes {
		texts[time.Date(1990, 1, 1+i, 0, 0, 0, 0, time.UTC).Format("01-02-2006")+".md"] = fmt.Sprintf("Day %d, and nothing else.\n", i)
	}
	k.p.journal(texts)
	k.p.env["OPENAI_BASE_URL"], k.p.env["OPENAI_API_KEY"] = k.model(), llmtest.Key
	k.p.withToken(killToken)
	var slowest time.Duration
	for n := range kills {
		took := k.start()
		if n > 0 { // the first reads the journal
			slowest = max(slowest, took)
		}
		k.check()
		k.work()
		if t.Failed() {
			t.Fatalf("kill %d", n)
		}
	}
	k.start()
	k.check()
	_ = k.cmd.Process.Kill()
	_ = k.cmd.Wait()
	t.Logf("%d kills among %d notes: %d saves, %d uploads and %d answers acknowledged, ready again after at most %s",
		kills, notes, k.saves, len(k.uploads), k.answers, slowest.Round(time.Millisecond))
	if slowest > readyWithin {
		t.Errorf("ready after %s only", slowest)
	}
}

const killToken = "a-token-of-more-than-32-letters-for-kills"

// killing is what was acknowledged by servers that were killed.
type killing struct {
	t      *testing.T
	p      *person
	random *rand.Rand
	cmd    *exec.Cmd
	base   string

	mu             sync.Mutex
	saved          map[string]string   // texts of notes, by path
	trying         map[string][]string // that were sent and not acknowledged
	uploads        map[string][]byte   // by path
	turns          []savedTurn
	saves, answers int
	sequence       int
}

// savedTurn is an answer that was given as saved.
type savedTurn struct{ thread, question, answer string }

// model starts a model that answers in pieces.
func (k *killing) model() string {
	fake := llmtest.Start(k.t, func(r llmtest.Request) llmtest.Script {
		if r.Wants("intent") {
			return llmtest.Script{Deltas: llmtest.Answer("intent", "vector", 50)}
		}
		return llmtest.Script{Deltas: llmtest.Answer("response", "An answer in several pieces.", 5), Every: 5 * time.Millisecond}
	})
	return fake.BaseURL("openai")
}

// start starts a server, and returns how long it took until it was ready.
func (k *killing) start() time.Duration {
	k.t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		k.t.Fatal(err)
	}
	addr := ln.Addr().String()
	ln.Close()
	k.base = "http://" + addr
	begin := time.Now()
	k.cmd = k.p.starts("serve", "--addr", addr)
	for time.Since(begin) < 2*time.Minute {
		if body, err := k.get("/status"); err == nil && strings.Contains(body, "ready") {
			return time.Since(begin)
		}
		time.Sleep(20 * time.Millisecond)
	}
	k.t.Fatal("the server does not get ready")
	return 0
}

func (k *killing) get(path string) (string, error) {
	status, body := k.send(k.t.Context(), http.MethodGet, path, "", nil)
	if status != http.StatusOK {
		return body, fmt.Errorf("%s: %d %s", path, status, body)
	}
	return body, nil
}

// work has several clients write until the server is killed.
func (k *killing) work() {
	k.trying = map[string][]string{}
	ctx, cancel := context.WithCancel(k.t.Context())
	defer cancel()
	var clients sync.WaitGroup
	for i, client := range []func(context.Context, int){k.save, k.save, k.upload, k.ask} {
		clients.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
				client(ctx, i)
			}
		})
	}
	time.Sleep(time.Duration(50+k.random.IntN(1500)) * time.Millisecond)
	_ = k.cmd.Process.Kill()
	_ = k.cmd.Wait()
	cancel()
	clients.Wait()
}

// send sends a request and returns its answer's body, "" if there was none.
func (k *killing) send(ctx context.Context, method, path, contentType string, body []byte) (int, string) {
	req, err := http.NewRequestWithContext(ctx, method, k.base+path, bytes.NewReader(body))
	if err != nil {
		return 0, ""
	}
	req.Header.Set("Content-Type", contentType)
	req.Header.Set("Authorization", "Bearer "+killToken)
	if method == http.MethodPut {
		req.Header.Set("If-Match", "*")
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, ""
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, ""
	}
	if path != "/status" && resp.StatusCode >= 300 {
		k.t.Errorf("%s %s: %d %s", method, path, resp.StatusCode, data)
	}
	return resp.StatusCode, string(data)
}

func (k *killing) next() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.sequence++
	return k.sequence
}

// save creates a note and saves it some times. Each client has days of its own.
func (k *killing) save(ctx context.Context, client int) {
	n := k.next()
	date := time.Date(2030+10*client, 1, 1+n, 0, 0, 0, 0, time.UTC)
	path := date.Format("01-02-2006") + ".md"
	text := func(i int) string { return fmt.Sprintf("Note %d, version %d. %s", n, i, strings.Repeat("word ", 200)) }
	try := func(text string) string {
		k.mu.Lock()
		defer k.mu.Unlock()
		k.trying[path] = append(k.trying[path], text)
		return text
	}
	body, _ := json.Marshal(map[string]string{"date": date.Format(time.DateOnly), "text": try(text(0))})
	status, answer := k.send(ctx, http.MethodPost, "/entries", "application/json", body)
	if status != http.StatusCreated {
		return
	}
	var made struct {
		Entry struct{ ID, Path string } `json:"entry"`
		ID    string                    `json:"id"`
		Path  string                    `json:"path"`
	}
	_ = json.Unmarshal([]byte(answer), &made)
	id, at := made.ID+made.Entry.ID, made.Path+made.Entry.Path
	k.acknowledge(path, at, text(0))
	for i := 1; i < 4; i++ {
		body, _ := json.Marshal(map[string]string{"text": try(text(i))})
		if status, _ := k.send(ctx, http.MethodPut, "/entries/"+id, "application/json", body); status != http.StatusOK {
			return
		}
		k.acknowledge(path, at, text(i))
	}
}

func (k *killing) acknowledge(path, at, text string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if at != path {
		k.t.Errorf("%s was written to %s", path, at)
	}
	k.saves++
	k.saved[path] = text
}

// upload sends a scan.
func (k *killing) upload(ctx context.Context, _ int) {
	n := k.next()
	picture := scantest.JPEG(scantest.Paper(60, 90, uint64(n)))
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	part, _ := w.CreateFormFile("file", time.Date(1950, 1, 1+n, 0, 0, 0, 0, time.UTC).Format("01-02-2006")+".jpg")
	_, _ = part.Write(picture)
	_ = w.Close()
	status, answer := k.send(ctx, http.MethodPost, "/pages", w.FormDataContentType(), form.Bytes())
	if status != http.StatusCreated {
		return
	}
	var kept struct {
		Scans []struct{ File string } `json:"scans"`
	}
	if err := json.Unmarshal([]byte(answer), &kept); err != nil || len(kept.Scans) != 1 {
		k.t.Errorf("an upload was answered with %s", answer)
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.uploads[kept.Scans[0].File] = picture
}

// ask asks a question whose answer is saved.
func (k *killing) ask(ctx context.Context, _ int) {
	n := k.next()
	question := fmt.Sprintf("What is day %d?", n)
	body, _ := json.Marshal(map[string]any{"query": question, "provider": "openai", "model": "gpt-test", "save": true, "idempotency_key": fmt.Sprint("key ", n)})
	status, answer := k.send(ctx, http.MethodPost, "/journal_chat", "application/json", body)
	if status != http.StatusOK {
		return
	}
	var said struct {
		Response string `json:"response"`
		Thread   string `json:"thread_id"`
	}
	if err := json.Unmarshal([]byte(answer), &said); err != nil {
		k.t.Errorf("a question was answered with %s", answer)
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.answers++
	k.turns = append(k.turns, savedTurn{said.Thread, question, said.Response})
}

// check looks for everything that was acknowledged.
func (k *killing) check() {
	k.t.Helper()
	journal := filepath.Join(k.p.dir, "journal")
	for path, texts := range k.trying { // one that was not acknowledged may be there, whole
		data, err := os.ReadFile(filepath.Join(journal, path))
		text := strings.TrimSpace(string(data))
		trimmed := make([]string, len(texts))
		for i := range texts {
			trimmed[i] = strings.TrimSpace(texts[i])
		}
		switch at := slices.Index(trimmed, text); {
		case err != nil && k.saved[path] == "":
		case err != nil || at < 0:
			k.t.Errorf("%s is lost or torn: %v, %d bytes", path, err, len(data))
		case at < slices.Index(trimmed, strings.TrimSpace(k.saved[path])):
			k.t.Errorf("%s is older than what was acknowledged", path)
		default:
			k.saved[path] = text
		}
	}
	k.trying = nil
	for path, want := range k.saved {
		data, err := os.ReadFile(filepath.Join(journal, path))
		if err != nil || strings.TrimSpace(string(data)) != strings.TrimSpace(want) {
			k.t.Errorf("%s is not as it was saved: %v", path, err)
		}
	}
	for path, want := range k.uploads {
		if data, err := os.ReadFile(filepath.Join(journal, path)); err != nil || !bytes.Equal(data, want) {
			k.t.Errorf("%s is not as it was uploaded: %v", path, err)
		}
	}
	turns := k.turns
	if len(turns) > 40 { // the others were looked for before
		turns = turns[len(turns)-40:]
	}
	for _, turn := range turns {
		messages, err := k.get("/threads/" + turn.thread + "/messages")
		if err != nil || !strings.Contains(messages, turn.question) || !strings.Contains(messages, turn.answer) {
			k.t.Errorf("an answer is lost: %v", err)
		}
	}
}
