package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"daybook/internal/llm/llmtest"
	"daybook/internal/pages/scantest"
)

// requests sends a request and returns status and body.
func (p *person) requests(method, url, body string) (int, string) {
	p.t.Helper()
	req, err := http.NewRequestWithContext(p.t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("If-Match", "*")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		p.t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return resp.StatusCode, string(data)
}

// sendsScan sends a scan of a day.
func (p *person) sendsScan(url, name string) (int, string) {
	p.t.Helper()
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	part, err := w.CreateFormFile("file", name)
	if err == nil {
		_, err = part.Write(scantest.JPEG(scantest.Paper(60, 90, 1)))
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		p.t.Fatal(err)
	}
	resp, err := http.Post(url+"/pages", w.FormDataContentType(), &form)
	if err != nil {
		p.t.Fatal(err)
	}
	defer resp.Body.Close()
	data, _ := io.ReadAll(resp.Body)
	return resp.StatusCode, string(data)
}

var anID = regexp.MustCompile(`"id":"([^"]+)"`)

// The folder of a served journal is exchanged for an empty one, as when a disk is
// not mounted. Nothing is written into it, the index stays, and the status says so
// until the notes are back; or until their owner says that they are deleted.
func TestJournalVanishesWhileServed(t *testing.T) {
	p := newPerson(t)
	notes := map[string]string{}
	for i := range 24 {
		notes[fmt.Sprintf("01-%02d-2024.md", 1+i)] = fmt.Sprintf("Day %d at the harbour.", i)
	}
	p.journal(notes)
	url, log, stop := p.serves()
	eventually(t, func() bool { return strings.Contains(p.get(url+"/ingest"), `"entries":24`) })
	id := anID.FindStringSubmatch(p.get(url + "/entries?limit=1"))[1]
	folder := filepath.Join(p.dir, "journal")
	if err := os.Rename(folder, folder+" away"); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, write := range map[string]func() (int, string){
		"a new note": func() (int, string) {
			return p.requests(http.MethodPost, url+"/entries", `{"date": "2024-05-05", "text": "lost"}`)
		},
		"a save":     func() (int, string) { return p.requests(http.MethodPut, url+"/entries/"+id, `{"text": "lost"}`) },
		"a deletion": func() (int, string) { return p.requests(http.MethodDelete, url+"/entries/"+id, "") },
		"an upload":  func() (int, string) { return p.sendsScan(url, "05-06-2024.jpg") },
	} {
		if status, body := write(); status != http.StatusServiceUnavailable || !strings.Contains(body, "24 of 24 daily notes are missing") {
			t.Errorf("%s: %d %s", name, status, body)
		}
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) > 0 {
		t.Errorf("written into the empty folder: %v, %v", left, err)
	}
	status := p.get(url + "/ingest")
	if !strings.Contains(status, `"journal_missing":{"missing":24,"known":24,`) || !strings.Contains(status, `"entries":24`) {
		t.Errorf("status %s", status)
	}
	if found := p.get(url + "/search?q=harbour"); !strings.Contains(found, "2024-01-") {
		t.Errorf("the index is gone: %s", found)
	}
	if code, body := p.requests(http.MethodPost, url+"/ingest/accept-missing", `{"missing": 23}`); code != http.StatusConflict {
		t.Errorf("more is missing than the owner knows of: %d %s", code, body)
	}
	if err := os.Remove(folder); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(folder+" away", folder); err != nil {
		t.Fatal(err)
	}
	if code, body := p.requests(http.MethodPut, url+"/entries/"+id, `{"text": "back again"}`); code != http.StatusOK {
		t.Errorf("back again: %d %s", code, body)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(status)
		}
	})
	eventually(t, func() bool {
		status = p.get(url + "/ingest")
		return strings.Contains(status, `"journal_missing":null`) && strings.Contains(status, `"transcription_error":null`)
	})

	// All at once: of notes that are deleted one by one, each may be noticed by itself.
	if err := os.Rename(folder, folder+" deleted"); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	if code, _ := p.requests(http.MethodPost, url+"/entries", `{"date": "2024-05-05", "text": "new"}`); code != http.StatusServiceUnavailable {
		t.Errorf("all are deleted: %d", code)
	}
	if code, body := p.requests(http.MethodPost, url+"/ingest/accept-missing", `{"missing": 24}`); code != http.StatusOK || !strings.Contains(body, `"journal_missing":null`) {
		t.Errorf("accepted: %d %s", code, body)
	}
	if code, body := p.requests(http.MethodPost, url+"/entries", `{"date": "2024-05-05", "text": "new"}`); code != http.StatusCreated {
		t.Errorf("a new beginning: %d %s", code, body)
	}
	if stop(); strings.Contains(log.String(), "level=ERROR") {
		t.Errorf("logged:\n%s", log)
	}
}

// A server that stops ends each stream with an error that says so; a client that
// leaves is no error in its log.
func TestStreamsEndWithTheServer(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	p := newPerson(t)
	p.journal(map[string]string{"01-05-2024.md": "Swam in the lake."})
	fake := llmtest.Start(t, func(r llmtest.Request) llmtest.Script {
		if r.Wants("intent") {
			return llmtest.Script{Deltas: llmtest.Answer("intent", "vector", 50)}
		}
		return llmtest.Script{Deltas: llmtest.Answer("response", "An answer without an end, for as long as somebody listens.", 5), SilentAfter: 4}
	})
	p.env["OPENAI_BASE_URL"], p.env["OPENAI_API_KEY"] = fake.BaseURL("openai"), llmtest.Key
	url, log, stop := p.serves()
	eventually(t, func() bool { return strings.Contains(p.get(url+"/status"), "ready") })
	ask := func(more string) string {
		return `{"query": "Who swam?", "provider": "openai", "model": "gpt-test"` + more + `}`
	}
	streams := map[string]func(context.Context) (*http.Response, error){}
	post := func(path, body string) func(context.Context) (*http.Response, error) {
		return func(ctx context.Context) (*http.Response, error) {
			req, err := http.NewRequestWithContext(ctx, http.MethodPost, url+path, strings.NewReader(body))
			if err != nil {
				return nil, err
			}
			req.Header.Set("Content-Type", "application/json")
			return http.DefaultClient.Do(req)
		}
	}
	streams["snapshots"] = post("/journal_chat/stream", ask(""))
	streams["deltas"] = post("/journal_chat/stream", ask(`, "stream": "deltas"`))
	streams["saved"] = post("/journal_chat/stream", ask(`, "stream": "deltas", "save": true`))
	streams["ingest"] = func(ctx context.Context) (*http.Response, error) {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/ingest/stream", nil)
		if err != nil {
			return nil, err
		}
		return http.DefaultClient.Do(req)
	}
	// Clients that leave in the middle.
	for name, open := range streams {
		ctx, leave := context.WithCancel(t.Context())
		resp, err := open(ctx)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		_, _ = resp.Body.Read(make([]byte, 10))
		leave()
		resp.Body.Close()
	}
	// One that has not begun is answered as a whole.
	unbegun, asked := make(chan string, 1), len(fake.Requests())
	go func() {
		resp, err := post("/journal_chat_agent/stream", ask(""))(t.Context())
		if err != nil {
			unbegun <- err.Error()
			return
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		unbegun <- fmt.Sprint(resp.StatusCode, " ", err, " ", string(body))
	}()
	eventually(t, func() bool { return len(fake.Requests()) > asked })
	ends := make(chan string, len(streams))
	for name, open := range streams {
		resp, err := open(t.Context())
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		first := make([]byte, 10)
		if _, err := io.ReadFull(resp.Body, first); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		go func() {
			defer resp.Body.Close()
			rest, err := io.ReadAll(resp.Body)
			ends <- fmt.Sprintf("%s: %v: %s%s", name, err, first, rest)
		}()
	}
	stop()
	for range streams {
		end := <-ends
		if !strings.Contains(end, ": <nil>: ") || !strings.Contains(end, "event: error\ndata: {") || !strings.Contains(end, `"error":"Daybook is stopping. Try again when it is back."`) || !strings.Contains(end, `"detail":`) {
			t.Errorf("it ended so: %s", end)
		}
	}
	if end := <-unbegun; !strings.Contains(end, "Daybook is stopping.") {
		t.Errorf("an agent ended so: %s", end)
	}
	if strings.Contains(log.String(), "level=ERROR") {
		t.Errorf("logged:\n%s", log)
	}
}
