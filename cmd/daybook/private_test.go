package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"daybook/internal/ledger"
	"daybook/internal/llm"
	"daybook/internal/llm/llmtest"
	"daybook/internal/store"
)

// wire stands before a fake provider and keeps every request as it was sent.
type wire struct {
	mu     sync.Mutex
	bodies []string
}

// startWire serves what play plays, by the protocols of all providers.
func startWire(t *testing.T, play func(llmtest.Request) llmtest.Script) (*wire, string) {
	w, fake := &wire{}, llmtest.New(play)
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		w.mu.Lock()
		w.bodies = append(w.bodies, r.URL.String()+"\n"+string(body))
		w.mu.Unlock()
		r.Body = io.NopCloser(bytes.NewReader(body))
		fake.ServeHTTP(rw, r)
	}))
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
		for _, v := range fake.Violations() {
			t.Errorf("the fake provider was sent something wrong: %s", v)
		}
	})
	return w, server.URL
}

// take returns what was sent since the last take.
func (w *wire) take() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	bodies := w.bodies
	w.bodies = nil
	return bodies
}

// plain returns the words of a request, in lower case and without marks, with
// what JSON escapes in JSON undone.
func plain(text string) string {
	for range 3 {
		text = strings.NewReplacer(`\n`, " ", `\"`, " ", `\u003c`, " ", `\u003e`, " ", `\\`, `\`).Replace(text)
	}
	return strings.ToLower(strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFD.String(text)))
}

// secrets are words that stand in private notes alone.
var secrets = []string{"quillwort", "zanthoxylum", "brobdingnag", "oubliette", "vermilion", "syzygy", "kumquat", "marzipan", "xerophyte", "wolfsbane", "tamarisk", "ipecac"}

// nothingPrivate fails for every word of the private notes in what was sent, and
// returns how much was sent.
func nothingPrivate(t *testing.T, doing string, bodies []string) int {
	t.Helper()
	for _, body := range bodies {
		said := plain(body)
		for _, word := range secrets {
			if strings.Contains(said, word) {
				t.Errorf("%s: %q was sent in %.200s …", doing, word, body)
			}
		}
	}
	return len(bodies)
}

// diary is a journal with private notes of every kind. Their words of their own
// are secrets.
func (p *person) diary() {
	p.journal(map[string]string{
		"05-01-2024.md": "Walked to the harbour with Ursula. The ferry was late and the gulls were loud. #walk",
		"05-02-2024.md": "Rain all day. I mended the green bicycle and thought about the harbour and the ferry.",
		"05-03-2024.md": "---\nprivate: true\n---\nAt the harbour I told Ursula about the quillwort and the zanthoxylum. The doctor called it oubliette. #herbs/vermilion",
		"05-04-2024.md": "The harbour again. A brobdingnag ferry came in, and I wept about the syzygy. #Private/health",
		"05-05-2024.md": "---\ntags: [private]\n---\nKumquat at the harbour with Ursula, and marzipan after the ferry.",
		"05-06-2024.md": "Read in the garden by the harbour wall. Ursula brought bread and the ferry left on time.",
		"05-07-2024.md": "---\nprivate: [yes\n---\nXerophyte at the harbour.",
		"05-08-2024.md": "A walk along the harbour, and soup with Ursula. The ferry had a new coat of paint.",
	})
	folder := p.env["DAYBOOK_JOURNAL"]
	if err := os.MkdirAll(filepath.Join(folder, "other"), 0o700); err != nil {
		p.t.Fatal(err)
	}
	// A second note of a day that has one for everybody.
	p.saves("other/05-06-2024.md", "---\nPrivate: \"Yes\"\n---\nWolfsbane at the harbour wall, which Ursula must not know of.")
	evergreen := p.folder("evergreen", map[string]string{"Tamarisk.md": "---\nprivate: on\n---\nWhat I know of the harbour and of ipecac.", "Ferry.md": "The ferry goes from the harbour at nine."})
	p.env["DAYBOOK_EVERGREEN"] = evergreen
}

func (p *person) saves(name, text string) {
	p.t.Helper()
	if err := os.WriteFile(filepath.Join(p.env["DAYBOOK_JOURNAL"], name), []byte(text), 0o600); err != nil {
		p.t.Fatal(err)
	}
}

// everyTask plays a model for every task. With tools it looks for the private
// days by all of them.
func everyTask(r llmtest.Request) llmtest.Script {
	used := llm.Usage{InputTokens: 10, OutputTokens: 2}
	switch {
	case r.Inputs != nil:
		return llmtest.Script{Usage: llm.Usage{InputTokens: 5}}
	case r.Wants("intent"):
		intent := "vector"
		if strings.Contains(r.Messages[0].Text, "lately") {
			intent = "recent"
		}
		return llmtest.Script{Deltas: llmtest.Answer("intent", intent, 100), Usage: used}
	case r.Wants("searches"):
		return llmtest.Script{Deltas: llmtest.Object(object{"searches": []string{"by the harbour", "along the water"}}, 40), Usage: used}
	case r.Wants("best"):
		return llmtest.Script{Deltas: llmtest.Object(object{"best": []int{2, 1}}, 40), Usage: used}
	case r.Wants("days"):
		return llmtest.Script{Deltas: llmtest.Object(object{"days": []int{1}}, 40), Usage: used}
	case r.Wants("title"):
		return llmtest.Script{Deltas: llmtest.Answer("title", "By the water", 100), Usage: used}
	case r.Wants("subyear"), r.Wants("excerpts"), r.Wants("periods"):
		return llmtest.Script{Deltas: llmtest.Object(llmtest.Analyst(r, nil), 40), Usage: used}
	case len(r.Tools) > 0 && len(r.Messages) > 0 && len(r.Messages[len(r.Messages)-1].Results) == 0 && !r.NoCalls:
		var calls []llm.ToolCall
		for i, c := range []struct{ name, args string }{
			{"search", `{"reasoning":"r","query":"harbour with Ursula","from":"","to":""}`},
			{"read_days", `{"reasoning":"r","from":"2024-05-01","to":"2024-05-31"}`},
			{"recent_days", `{"reasoning":"r","count":10}`},
			{"open_day", `{"reasoning":"r","date":"2024-05-03"}`},
			{"open_day", `{"reasoning":"r","date":"2024-05-06"}`},
			{"count_mentions", `{"reasoning":"r","query":"harbour","asked":"count","from":"","to":""}`},
		} {
			calls = append(calls, llm.ToolCall{ID: fmt.Sprintf("c%d", i), Name: c.name, Arguments: json.RawMessage(c.args)})
		}
		return llmtest.Script{Calls: calls, Usage: used}
	case len(r.Tools) > 0:
		return llmtest.Script{Deltas: []string{"Enough."}, Usage: used}
	case len(r.Messages) > 0 && len(r.Messages[0].Images) > 0:
		return llmtest.Script{Deltas: []string{"Paper that anybody may read."}, Usage: used}
	}
	return llmtest.Script{Deltas: llmtest.Answer("response", "You were by the water with a friend.", 12), Usage: used}
}

type answered struct {
	Response       string
	Docs           []struct{ Entry struct{ Path, Date string } }
	MessageID      string `json:"message_id"`
	ThreadID       string `json:"thread_id"`
	PrivateLeftOut int    `json:"private_left_out"`
	Notices        []string
	Citations      []struct {
		Path    string
		Private bool
	}
	Detail any
}

func (p *person) asks(url string, body object) (a answered) {
	p.t.Helper()
	if status := p.call("POST", url+"/journal_chat", body, &a); status != http.StatusOK {
		p.t.Errorf("%v: %d %v", body, status, a.Detail)
	}
	return a
}

// posts returns the whole of a stream.
func (p *person) posts(url string, body object) string {
	p.t.Helper()
	data, err := json.Marshal(body)
	if err != nil {
		p.t.Fatal(err)
	}
	resp, err := http.Post(url, "application/json", bytes.NewReader(data))
	if err != nil {
		p.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK || strings.Contains(string(text), "event: error") {
		p.t.Errorf("%s: %d %s %v", url, resp.StatusCode, text, err)
	}
	return string(text)
}

// A private day, all tasks and three providers, watched at the wire: none of its
// words is sent, by no detour, and the tasks are done with the rest.
func TestPrivateStaysPrivate(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	t.Parallel() // it mostly waits
	for _, provider := range llmtest.Providers {
		t.Run(provider, func(t *testing.T) {
			w, address := startWire(t, everyTask)
			p := newPerson(t)
			p.diary()
			p.uses(provider, address)
			url, log, stop := p.serves()
			defer stop()
			idle := func() {
				t.Helper()
				eventually(t, func() bool { return strings.Contains(p.get(url+"/ingest"), `"running":[]`) })
			}
			idle()
			if n := nothingPrivate(t, "embedding", w.take()); n == 0 && provider != "anthropic" {
				t.Error("nothing was embedded")
			}
			p.chats(w, url, provider)
			p.talks(w, url, provider)
			p.givesDocs(w, url, provider)
			p.analyses(w, url, provider)
			p.scans(w, url, idle)
			p.turnsPrivate(w, url, provider, idle)
			stop()
			for _, word := range secrets {
				if strings.Contains(plain(log.String()), word) {
					t.Errorf("%q is in the log", word)
				}
			}
		})
	}
}

// uses sets a provider for every task that it has a model for.
func (p *person) uses(provider, address string) {
	key, base, embedding := map[string][3]string{
		"openai":    {"OPENAI_API_KEY", "OPENAI_BASE_URL", "openai/text-embedding-3-small"},
		"anthropic": {"ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL", "none"},
		"gemini":    {"GEMINI_API_KEY", "GOOGLE_GEMINI_BASE_URL", "gemini/gemini-embedding-001"},
	}[provider][0], map[string]string{"openai": "OPENAI_BASE_URL", "anthropic": "ANTHROPIC_BASE_URL", "gemini": "GOOGLE_GEMINI_BASE_URL"}[provider],
		map[string]string{"openai": "openai/text-embedding-3-small", "anthropic": "none", "gemini": "gemini/gemini-embedding-001"}[provider]
	if provider == "openai" {
		address += "/v1"
	}
	p.env[key], p.env[base] = llmtest.Key, address
	for _, task := range []string{"CHAT", "INTENT", "TRANSCRIPTION"} {
		p.env["DAYBOOK_MODEL_"+task] = provider + "/m-1"
	}
	p.env["DAYBOOK_MODEL_EMBEDDING"] = embedding
	p.env["DAYBOOK_SEARCH_HELP"] = "20s"
}

// chats asks in every way.
func (p *person) chats(w *wire, url, provider string) {
	ask := func(query string, more object) object {
		body := object{"query": query, "provider": provider, "model": "m-1"}
		for k, v := range more {
			body[k] = v
		}
		return body
	}
	for _, query := range []string{"What happened at the harbour with Ursula?", "How often was I at the harbour?", "What did I do on 3 May 2024?", "What did I do lately?", "May 2024", "When did I last see the ferry?"} {
		a := p.asks(url, ask(query, object{"top_k": 20}))
		sent := w.take()
		if nothingPrivate(p.t, query, sent); len(sent) < 2 {
			p.t.Errorf("%q took %d calls", query, len(sent))
		}
		if a.PrivateLeftOut == 0 || !slices.ContainsFunc(a.Notices, func(n string) bool { return strings.Contains(n, "private") }) {
			p.t.Errorf("%q: nobody is told that something was left out: %+v", query, a)
		}
		for _, d := range a.Docs {
			if slices.Contains([]string{"05-03-2024.md", "05-04-2024.md", "05-05-2024.md", "other/05-06-2024.md", "Tamarisk.md"}, d.Entry.Path) {
				p.t.Errorf("%q rests on %s", query, d.Entry.Path)
			}
		}
		if len(a.Docs) == 0 {
			p.t.Errorf("%q rests on nothing", query)
		}
	}
	streamed := p.posts(url+"/journal_chat/stream", ask("What happened at the harbour?", object{"stream": "deltas", "top_k": 20}))
	nothingPrivate(p.t, "a stream", w.take())
	if !strings.Contains(streamed, `"private_left_out":6`) {
		p.t.Errorf("a stream says nothing of what was left out: %s", streamed)
	}
	p.posts(url+"/journal_chat/stream", ask("What happened at the harbour?", nil))
	nothingPrivate(p.t, "a stream of snapshots", w.take())
	agent := p.posts(url+"/journal_chat_agent/stream", ask("What happened at the harbour?", object{"save": true}))
	if sent := w.take(); nothingPrivate(p.t, "an agent", sent) < 3 || !strings.Contains(plain(strings.Join(sent, " ")), "bicycle") {
		p.t.Errorf("an agent took %d calls", len(sent))
	}
	if !strings.Contains(agent, `"private_left_out":5`) && !strings.Contains(agent, `"private_left_out":6`) { // all that there are, but for the evergreen one
		p.t.Errorf("an agent says nothing of what was left out: %s", agent)
	}
	out, errs, code := p.types("ask", "What happened at the harbour?")
	nothingPrivate(p.t, "ask", w.take())
	if code != exitOK || !strings.Contains(out, "left out") {
		p.t.Errorf("ask: %d %s %s", code, out, errs)
	}
}

// talks goes on with conversations that quote private notes.
func (p *person) talks(w *wire, url, provider string) {
	quoted := p.asks(url, object{"query": "What about the quillwort?", "provider": "offline", "model": "", "save": true})
	if !strings.Contains(quoted.Response, "zanthoxylum") || !strings.Contains(quoted.Response, "🔒") || !quoted.Citations[0].Private {
		p.t.Errorf("offline a private note is not quoted, or not marked: %+v", quoted)
	}
	if n := len(w.take()); n > 2 { // the question is classified, and embedded: those are the user's words
		p.t.Errorf("an offline answer took %d calls", n)
	}
	more := p.asks(url, object{"query": "And who was there?", "provider": provider, "model": "m-1", "thread_id": quoted.ThreadID, "save": true})
	if nothingPrivate(p.t, "a thread that quotes", w.take()); more.PrivateLeftOut == 0 {
		p.t.Errorf("what a thread quotes is not said to be left out: %+v", more)
	}
	p.posts(url+"/journal_chat_agent/stream", object{"query": "Who was there?", "provider": provider, "model": "m-1", "thread_id": quoted.ThreadID})
	nothingPrivate(p.t, "an agent in a thread that quotes", w.take())
	p.titles(url, quoted.ThreadID)
	nothingPrivate(p.t, "a title", w.take())

	var made struct {
		ThreadID string `json:"thread_id"`
	}
	p.call("POST", url+"/threads", object{"title": "t", "initial_message": "What of the kumquat?"}, &made)
	p.call("POST", url+"/threads/"+made.ThreadID+"/messages", object{"role": "assistant", "content": "You had kumquat at the harbour."}, nil)
	p.call("POST", url+"/threads/"+made.ThreadID+"/messages", object{"role": "user", "content": "Thanks. A walk along the harbour, then."}, nil)
	p.asks(url, object{"query": "And then?", "provider": provider, "model": "m-1", "thread_id": made.ThreadID})
	if sent := w.take(); nothingPrivate(p.t, "a thread of another client", sent) == 0 || !strings.Contains(strings.Join(sent, ""), "A walk along the harbour, then.") {
		p.t.Error("the rest of a conversation is missing")
	}
	p.titles(url, made.ThreadID)
	nothingPrivate(p.t, "its title", w.take())
	said := []object{
		{"sender": "assistant", "text": "On 3 May you wrote of ZANTHOXYLUM."}, {"sender": "user", "text": "Which Wolfsbané?"},
		{"sender": "assistant", "text": "A brobdingnag ferry came in, and I wept about it."}, {"sender": "user", "text": "I had soup."},
	}
	a := p.asks(url, object{"query": "And then?", "provider": provider, "model": "m-1", "message_history": said})
	if sent := w.take(); nothingPrivate(p.t, "a client's history", sent) == 0 || !strings.Contains(strings.Join(sent, ""), "I had soup.") {
		p.t.Error("the rest of a history is missing")
	}
	if a.PrivateLeftOut < 3 {
		p.t.Errorf("%d private entries are said to be left out of a history", a.PrivateLeftOut)
	}
}

func (p *person) titles(url, thread string) {
	p.t.Helper()
	var out object
	if status := p.call("POST", url+"/threads/"+thread+"/title", object{}, &out); status != http.StatusOK {
		p.t.Errorf("a title: %d %v", status, out)
	}
}

// givesDocs gives private notes as documents.
func (p *person) givesDocs(w *wire, url, provider string) {
	docs := []object{
		{"title": "05-03-2024", "content": "At the harbour I told Ursula about the quillwort and the zanthoxylum."},
		{"title": "notes of mine", "content": "Something of the syzygy."},
		{"title": "Tamarisk", "content": "What I know of the harbour."},
		{"title": "05-06-2024", "content": "Read in the garden by the harbour wall."},
		{"title": "2024-05-05", "content": "at the harbour with Ursula, and after the ferry"},
	}
	a := p.asks(url, object{"query": "What is this?", "provider": provider, "model": "m-1", "existing_docs": docs})
	sent := w.take()
	if nothingPrivate(p.t, "documents", sent); !strings.Contains(strings.Join(sent, ""), "Read in the garden") || strings.Contains(strings.Join(sent, ""), "and after the ferry") {
		p.t.Errorf("the wrong documents were sent: %q", sent)
	}
	if a.PrivateLeftOut == 0 {
		p.t.Error("documents are not said to be left out")
	}
}

// analyses has everything read.
func (p *person) analyses(w *wire, url, provider string) {
	for path, more := range map[string]object{"/analyses": {}, "/analyses/compare": {"periods": []object{{"from": "2024-05-01", "to": "2024-05-04", "name": "before"}, {"from": "2024-05-05", "to": "2024-05-31", "name": "after"}}}} {
		body := object{"query": "How was it?", "provider": provider, "model": "m-1"}
		for k, v := range more {
			body[k] = v
		}
		var made struct {
			ID     string
			Status string
		}
		if status := p.call("POST", url+path, body, &made); status >= 300 {
			p.t.Fatalf("an analysis: %d", status)
		}
		var got struct {
			Status  string
			Entries struct {
				InRange int `json:"in_range"`
				Read    int
				LeftOut []struct{ Why string } `json:"left_out"`
			}
		}
		eventually(p.t, func() bool {
			p.call("GET", url+"/analyses/"+made.ID, nil, &got)
			return got.Status != "running" && got.Status != "waiting"
		})
		sent := w.take()
		if nothingPrivate(p.t, "an analysis", sent); got.Status != "complete" || len(sent) == 0 {
			p.t.Errorf("an analysis is %s after %d calls", got.Status, len(sent))
		}
		if got.Entries.InRange != 9 || got.Entries.Read != 4 || len(got.Entries.LeftOut) != 5 {
			p.t.Errorf("an analysis accounts for %+v", got.Entries)
		}
	}
}

// scans drops scans of private and of other days.
func (p *person) scans(w *wire, url string, idle func()) {
	p.saves("05-10-2024.md", "---\nprivate: true\ntranscription: no\n---\n### Page\n![[05-10-2024.jpg]]\n![[05-11-2024 x.jpg]]\n")
	eventually(p.t, func() bool { return strings.Contains(p.get(url+"/entries?date=2024-05-10"), `"private":true`) })
	w.take()
	p.scan("05-10-2024.jpg", 1)
	p.scan("05-11-2024 x.jpg", 2) // of another day, but in the private note
	p.scan("05-12-2024.jpg", 3)
	eventually(p.t, func() bool {
		status := p.get(url + "/ingest")
		return strings.Contains(status, `"kept":2`) && strings.Contains(status, `"written":1`)
	})
	idle()
	pictures := 0
	sent := w.take()
	nothingPrivate(p.t, "scans", sent)
	for _, body := range sent {
		if strings.Contains(body, "image/") {
			pictures++
			if !strings.Contains(body, "Ursula") && !strings.Contains(body, "#walk") {
				p.t.Error("the hints of the other notes are missing")
			}
		}
	}
	if pictures != 1 {
		p.t.Errorf("%d pages were sent, want 1", pictures)
	}
	var list []struct{ ID string }
	p.call("GET", url+"/entries?date=2024-05-10", nil, &list)
	if status := p.readsAgain(url+"/entries/"+list[0].ID+"/pages/1/retranscribe", "*"); status != http.StatusConflict {
		p.t.Errorf("a private page read again: %d", status)
	}
	// Unmarked, they are read.
	p.saves("05-10-2024.md", "### Page\n![[05-10-2024.jpg]]\n![[05-11-2024 x.jpg]]\n")
	eventually(p.t, func() bool { return strings.Contains(p.get(url+"/ingest"), `"written":3`) })
	idle()
	w.take()
}

// turnsPrivate marks a note that was sent before.
func (p *person) turnsPrivate(w *wire, url, provider string, idle func()) {
	const bicycle = "green bicycle"
	asked := object{"query": "What did I mend?", "provider": provider, "model": "m-1", "save": true, "top_k": 20}
	a := p.asks(url, asked)
	if sent := w.take(); !strings.Contains(plain(strings.Join(sent, " ")), bicycle) {
		p.t.Error("a note that is not private was not sent")
	}
	p.saves("05-02-2024.md", "---\nprivate: true\n---\nRain all day. I mended the green bicycle and thought about the harbour and the ferry.")
	// At once: the file tells, whether it was indexed yet or not.
	asked["thread_id"] = a.ThreadID
	again := p.asks(url, asked)
	if sent := w.take(); strings.Contains(plain(strings.Join(sent, " ")), bicycle) || len(sent) == 0 {
		p.t.Errorf("a note was sent after it was marked: %q", sent)
	}
	if again.PrivateLeftOut == 0 {
		p.t.Error("it is not said to be left out")
	}
	eventually(p.t, func() bool { return strings.Contains(p.get(url+"/entries?date=2024-05-02"), `"private":true`) })
	// Broken on the way, it stays private.
	p.saves("05-02-2024.md", "---\nprivate: true\ntags: [a, b\n---\nRain all day. I mended the green bicycle and thought about the harbour and the ferry.")
	idle()
	p.asks(url, asked)
	if sent := w.take(); strings.Contains(plain(strings.Join(sent, " ")), bicycle) {
		p.t.Error("a note was sent whose front matter is broken")
	}
	p.saves("05-02-2024.md", "Rain all day. I mended the green bicycle and thought about the harbour and the ferry.")
	eventually(p.t, func() bool { return strings.Contains(p.get(url+"/entries?date=2024-05-02"), `"private":false`) })
	idle()
	w.take()
	p.asks(url, object{"query": "What did I mend?", "provider": provider, "model": "m-1", "top_k": 20})
	if sent := w.take(); !strings.Contains(plain(strings.Join(sent, " ")), bicycle) {
		p.t.Error("a note that was unmarked is not sent")
	}
}

// What was marked is found on this machine, and shown with a lock.
func TestPrivateIsFoundHere(t *testing.T) {
	p := newPerson(t)
	p.diary()
	p.env["DAYBOOK_MODEL_EMBEDDING"] = "none"
	for _, args := range [][]string{{"search", "quillwort"}, {"ask", "What about the quillwort?"}} {
		out, errs, code := p.types(args...)
		if code != exitOK || !strings.Contains(out, "🔒 private") || !strings.Contains(plain(out), "zanthoxylum") {
			t.Errorf("%q: code %d\n%s%s", args, code, out, errs)
		}
	}
	p.env["DAYBOOK_PRIVATE_TAGS"] = "#walk"
	if out, errs, code := p.types("search", "gulls"); code != exitOK || !strings.Contains(out, "🔒 private") {
		t.Errorf("another tag: code %d\n%s%s", code, out, errs)
	}
	if out, errs, code := p.types("search", "brobdingnag"); code != exitOK || strings.Contains(out, "🔒") {
		t.Errorf("a tag that is none any longer: code %d\n%s%s", code, out, errs)
	}
}

// Nothing reaches a provider that the guard has not allowed, whoever asks.
func TestNothingPassesTheGuard(t *testing.T) {
	for _, provider := range llmtest.Providers {
		t.Run(provider, func(t *testing.T) {
			w, address := startWire(t, everyTask)
			p := newPerson(t)
			p.diary()
			p.uses(provider, address)
			var out, errs buffer
			environment := p.envWith(&out, &errs, []string{"check"})
			s, err := loadSettings(environment, newRoot(environment).PersistentFlags())
			if err != nil {
				t.Fatal(err)
			}
			a, err := openApp(t.Context(), environment, s)
			if err != nil {
				t.Fatal(err)
			}
			defer a.Close()
			if err := a.refresh(t.Context()); err != nil {
				t.Fatal(err)
			}
			secret := ""
			entries, err := a.Store.Newest(t.Context(), store.Filter{Private: true}, 0)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range entries {
				if e.Path == "05-03-2024.md" {
					secret = e.ID
				}
			}
			model, err := a.Models.Chat(llm.Ref{Provider: provider, Model: "m-1"})
			if err != nil {
				t.Fatal(err)
			}
			const quoted = "At the harbour I told Ursula about the quillwort and the zanthoxylum"
			for name, c := range map[string]struct {
				contents llm.Contents
				text     string
			}{
				"nothing is said of it": {llm.Contents{}, "hello"}, "a private entry": {llm.Holding([]string{secret}), "hello"},
				"a quotation": {llm.Holding(nil), quoted}, "a page": {llm.HoldingPage(llm.ScanPage{Scan: "05-03-2024.jpg", Note: "05-03-2024.md", Page: 1}), "hello"},
			} {
				failed := false
				for _, err := range model.Stream(t.Context(), llm.Request{Model: "m-1", Messages: []llm.Message{{Role: llm.User, Text: c.text}}, Contents: c.contents}) {
					failed = failed || err != nil
				}
				if sent := w.take(); !failed || len(sent) > 0 {
					t.Errorf("%s: %d calls were made", name, len(sent))
				}
				if embedder, ref, ok := a.Models.Embedder(); ok {
					_, err := embedder.Embed(t.Context(), llm.EmbedRequest{Model: ref.Model, Inputs: []string{c.text}, Purpose: llm.ForDocument, Contents: c.contents})
					if sent := w.take(); err == nil || len(sent) > 0 {
						t.Errorf("%s: %d calls were made for vectors", name, len(sent))
					}
				}
			}
			if lines, _, err := a.Calls.Lines(t.Context(), ledger.Filter{}); err != nil || len(lines) > 0 {
				t.Errorf("what was not sent is in the ledger: %+v %v", lines, err)
			}
		})
	}
}

// Every call is in the ledger, those that failed and were tried again too.
func TestLedger(t *testing.T) {
	var failing sync.Mutex
	fails := 1
	_, address := startWire(t, func(r llmtest.Request) llmtest.Script {
		failing.Lock()
		defer failing.Unlock()
		if r.Wants("intent") && fails > 0 {
			fails--
			return llmtest.Script{Status: 503}
		}
		return everyTask(r)
	})
	p := newPerson(t)
	p.diary()
	p.uses("openai", address)
	url, _, stop := p.serves()
	eventually(t, func() bool { return strings.Contains(p.get(url+"/ingest"), `"running":[]`) })
	p.asks(url, object{"query": "What happened at the harbour?", "provider": "openai", "model": "m-1"})
	type line struct {
		Time, Kind, Provider, Model, Task, Program, Status, Error string
		Count                                                     int
		InputTokens                                               int `json:"input_tokens"`
		Entries                                                   []struct {
			Path string
			Days []string
		}
	}
	var got struct {
		Lines []line
		Next  *string
	}
	p.call("GET", url+"/ledger?limit=500", nil, &got)
	tasks := map[string]int{}
	var answer, read line
	for _, l := range got.Lines {
		tasks[l.Task+" "+l.Status]++
		switch {
		case l.Task == "chat":
			answer = l
		case l.Kind == "read":
			read = l
		}
	}
	if tasks["intent failed"] != 1 || tasks["intent ok"] != 1 || tasks["chat ok"] != 1 || tasks["search ok"] != 2 || tasks["embedding ok"] < 2 {
		t.Errorf("listed are %v", tasks)
	}
	if answer.Provider != "openai" || answer.Model != "m-1" || answer.InputTokens != 10 || len(answer.Entries) == 0 || answer.Entries[0].Path == "" || len(answer.Entries[0].Days) == 0 {
		t.Errorf("the answer is listed as %+v", answer)
	}
	for _, l := range got.Lines {
		for _, e := range l.Entries {
			if slices.Contains([]string{"05-03-2024.md", "05-04-2024.md", "05-05-2024.md"}, e.Path) {
				t.Errorf("%s was sent, by the ledger", e.Path)
			}
		}
	}
	if read.Program != "Go-http-client" || read.Count == 0 {
		t.Errorf("who reads is listed as %+v", read)
	}
	// The page itself is no program.
	before := read.Count
	p.call("GET", url+"/entries", nil, nil, "Sec-Fetch-Site", "same-origin")
	p.call("GET", url+"/entries", nil, nil, "User-Agent", "Mozilla/5.0 <x>", "Authorization", "Bearer x")
	p.call("GET", url+"/entries/nobody", nil, nil, "User-Agent", "nothing/1")
	p.call("GET", url+"/ledger?task=read", nil, &got)
	programs := map[string]int{}
	for _, l := range got.Lines {
		programs[l.Program] = l.Count
	}
	if programs["Go-http-client"] != before || programs["Mozilla"] != 1 || programs["nothing"] != 0 {
		t.Errorf("who read: %v, before %d", programs, before)
	}
	if status := p.call("GET", url+"/ledger?since=yesterday", nil, nil); status != http.StatusUnprocessableEntity {
		t.Errorf("a day that is none: %d", status)
	}
	p.call("GET", url+"/ledger?limit=1", nil, &got)
	if len(got.Lines) != 1 || got.Next == nil {
		t.Errorf("a page of one: %+v", got)
	}
	stop()
	out, errs, code := p.types("ledger", "--task", "intent")
	if code != exitOK || strings.Count(out, "openai/m-1  intent") != 2 || !strings.Contains(out, "failed (upstream)") {
		t.Errorf("code %d\n%s%s", code, out, errs)
	}
	if out, errs, code = p.types("ledger", "--json", "--provider", "openai", "--since", "2024-01-01", "--limit", "2"); code != exitOK || strings.Count(out, "\n") != 2 || !strings.Contains(out, `"task":"`) {
		t.Errorf("code %d\n%s%s", code, out, errs)
	}
	if _, _, code := p.types("ledger", "--since", "yesterday"); code != exitUsage {
		t.Errorf("a day that is none: code %d", code)
	}
	if out, _, code := p.types("ledger", "--provider", "nobody"); code != exitOK || !strings.Contains(out, "Nothing") {
		t.Errorf("nothing is listed as code %d, %q", code, out)
	}
}
