package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"daybook/internal/pages/scantest"
)

// queries are what routes with an id require in their query.
var queries = map[string]string{"/entries/{id}/file": "?name=06-04-2023.png", "/entries/{id}/follow": "?link=nothing"}

// bodies are what routes with an id must be sent to come as far as looking for
// it.
var bodies = map[string]string{
	"PUT /entries/{id}":                        `{"text": "x"}`,
	"PUT /entries/{id}/transcription":          `{"text": "x"}`,
	"PUT /threads/{thread_id}":                 `{"title": "x"}`,
	"POST /entries/{id}/tasks":                 `{"at": 0, "done": true}`,
	"POST /threads/{thread_id}/messages":       `{"role": "user", "content": "x"}`,
	"POST /threads/{thread_id}/fork":           `{"before": null}`,
	"PATCH /notebooks/{id}/pages/{page}":       `{"dates": []}`,
	"POST /notebooks/{id}/confirm":             `{"version": 1}`,
	"POST /entries/{id}/recordings/transcribe": `{"name": "x"}`,
}

// notIDs are paths whose parameter is no id: what they answer is the asker's
// own.
var notIDs = regexp.MustCompile(`\{(date|day|year|month|model)\}`)

func quoted(id any) string {
	if id == nil {
		return "null"
	}
	return fmt.Sprintf("%q", id)
}

// said are the names of all that a request says besides an id in its path: no
// ids, and below that those which TestEveryRouteKeepsOwnersApart tries with
// somebody else's.
var said = strings.Fields(`
	all by cause check code content create date date_formats existing_docs file focus format from initial_message journal k limit longest
	message_history missing model name path periods provider q query role save sender since stream tag tags task text title to token top_k
	type typing until If-Match If-None-Match at base_url changes done key public replace
	folder link pages after before dates position private version word misread idempotency_key Idempotency-Key thread_id metadata`)

// A route that comes to take something new is tried with that too.
func TestWhatRequestsSayIsKnown(t *testing.T) {
	p := newPerson(t)
	url, _, _ := p.serves("--model-embedding", "none")
	var doc struct {
		Paths map[string]map[string]struct {
			Parameters  []struct{ In, Name string }
			RequestBody any
		}
		Components struct{ Schemas map[string]any }
	}
	p.call(http.MethodGet, url+"/openapi.json", nil, &doc)
	known := func(route, name string) {
		if !slices.Contains(said, name) {
			t.Errorf("%s takes %q: list it, and try it with somebody else's if it is an id", route, name)
		}
	}
	var walk func(route string, part any)
	walk = func(route string, part any) {
		switch part := part.(type) {
		case []any:
			for _, v := range part {
				walk(route, v)
			}
		case map[string]any:
			if properties, ok := part["properties"].(map[string]any); ok {
				for name := range properties {
					known(route, name)
				}
			}
			for key, v := range part {
				if ref, ok := v.(string); key == "$ref" && ok {
					v = doc.Components.Schemas[path.Base(ref)]
				}
				walk(route, v)
			}
		}
	}
	for route, operations := range doc.Paths {
		for method, o := range operations {
			walk(method+" "+route, o.RequestBody)
			for _, parameter := range o.Parameters {
				if parameter.In != "path" {
					known(method+" "+route, parameter.Name)
				}
			}
		}
	}
}

// Every route is tried with the ids of somebody else, and knows none of them.
func TestEveryRouteKeepsOwnersApart(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	p, url, ursula, oda := many(t)
	var entries struct{ Results []struct{ ID string } }
	eventually(t, func() bool {
		p.call(http.MethodGet, url+"/search?q=xylophone", nil, &entries, bearer(ursula)...)
		return len(entries.Results) == 1
	})
	var saved object
	p.call(http.MethodPost, url+"/journal_chat", object{"query": "Who saw a xylophone?", "provider": "offline", "model": "", "save": true, "idempotency_key": "theirs"}, &saved, bearer(ursula)...)
	var analysis object
	p.call(http.MethodPost, url+"/analyses", object{"query": "What of the xylophone?", "provider": "offline", "model": ""}, &analysis, bearer(ursula)...)
	entry := url + "/entries/" + entries.Results[0].ID
	p.call(http.MethodPut, entry, object{"text": "Ursula saw a xylophone twice. #music"}, nil, append(bearer(ursula), "If-Match", "*")...)
	var versions []object
	p.call(http.MethodGet, entry+"/history", nil, &versions, bearer(ursula)...)
	if len(versions) == 0 {
		t.Fatal("the note has no versions")
	}
	var browsers browsersAnswer
	_, signedIn, _ := p.visits("", http.MethodGet, url+"/session/browsers", "", "Cookie", p.logsIn(url, ursula))
	if err := json.Unmarshal([]byte(signedIn), &browsers); err != nil || len(browsers.Browsers) != 1 {
		t.Fatalf("browsers: %s", signedIn)
	}
	notebook := url + "/notebooks/of_ursula"
	p.call(http.MethodPut, notebook, object{"name": "A xylophone"}, nil, bearer(ursula)...)
	p.visits(ursula, http.MethodPut, notebook+"/files/photo_of_ursula", string(scantest.JPEG(scantest.Paper(100, 150, 1))))
	theirs := map[string]any{
		"notebook_id": "of_ursula", "key": "photo_of_ursula", "notebook_page": "photo_of_ursula-1",
		"version": versions[0]["version"],
		"id":      entries.Results[0].ID, "entry_id": entries.Results[0].ID, "thread_id": saved["thread_id"], "message_id": saved["message_id"],
		"analysis_id": analysis["id"], "browser_id": browsers.Browsers[0].ID, "n": "1", "page": "1",
	}
	var doc struct{ Paths map[string]map[string]any }
	p.call(http.MethodGet, url+"/openapi.json", nil, &doc, bearer(oda)...)
	picture := fmt.Sprintf("%s/entries/%s/pages/1/image", url, theirs["id"])
	eventually(t, func() bool { // once the scan is found
		status, _, _ := p.visits(ursula, http.MethodGet, picture, "")
		return status == http.StatusOK
	})
	tried := 0
	// Everybody may have a notebook with the ID that they choose.
	delete(doc.Paths["/notebooks/{id}"], "put")
	for path, operations := range doc.Paths {
		if !strings.Contains(path, "{") || notIDs.MatchString(path) {
			continue
		}
		full := regexp.MustCompile(`\{(\w+)\}`).ReplaceAllStringFunc(path, func(name string) string {
			key := strings.Trim(name, "{}")
			if key == "id" && strings.HasPrefix(path, "/analyses") {
				key = "analysis_id"
			} else if strings.HasPrefix(path, "/session/browsers") {
				key = "browser_id"
			}
			if key != "key" && strings.HasPrefix(path, "/notebooks") {
				key = "notebook_" + key
			}
			value, ok := theirs[key].(string)
			if !ok || value == "" {
				t.Errorf("%s: there is no %s to try it with", path, name)
			}
			return value
		})
		for method := range operations {
			method = strings.ToUpper(method)
			full += queries[path]
			status, body, _ := p.visits(oda, method, url+full, bodies[method+" "+path], "If-Match", "*", "Accept", "application/json")
			// A stream has begun before it is known that there is nothing.
			gone := status == http.StatusNotFound || strings.HasSuffix(path, "/stream") && strings.Contains(body, "no such")
			if method == http.MethodGet && strings.HasSuffix(path, "/messages") && status == http.StatusOK {
				gone = !strings.Contains(body, "xylophone") && !strings.Contains(body, theirs["message_id"].(string)) // an unknown thread has no messages
			}
			if !gone || strings.Contains(body, "xylophone") {
				t.Errorf("%s %s with another's ids: %d %s", method, path, status, body)
			}
			tried++
			if method != http.MethodGet || queries[path] != "" { // the note embeds nothing
				continue
			}
			if status, body, _ := p.visits(ursula, method, url+full, "", "Accept", "application/json"); status != http.StatusOK {
				t.Errorf("%s with one's own ids: %d %s", path, status, body)
			}
		}
	}
	if tried < 15 {
		t.Errorf("only %d routes have ids", tried)
	}
	// What is there is still there.
	for _, path := range []string{"/entries/" + theirs["id"].(string), "/threads/" + theirs["thread_id"].(string), "/analyses/" + analysis["id"].(string)} {
		if status, body, _ := p.visits(ursula, http.MethodGet, url+path, ""); status != http.StatusOK {
			t.Errorf("%s of the owner's own: %d %s", path, status, body)
		}
	}
	var ids []string
	for _, id := range theirs {
		if id := id.(string); len(id) > 1 {
			ids = append(ids, id)
		}
	}
	sees := func(what, body string) {
		for _, id := range append(ids, "saw a xylophone", "music", "06-04-2023.md") {
			if strings.Contains(body, id) {
				t.Errorf("%s shows another's %s: %s", what, id, body)
			}
		}
	}
	for path, operations := range doc.Paths {
		if operations["get"] == nil || strings.Contains(path, "{") && !notIDs.MatchString(path) {
			continue
		}
		sees(path, p.glimpses(oda, url+strings.Replace(path, "{date}", "2023-06-04", 1)+"?q=xylophone"))
	}
	// What a request names besides its path is the asker's too.
	own := object{}
	p.call(http.MethodPost, url+"/threads", object{"initial_message": "Mine."}, &own, bearer(oda)...)
	for _, thread := range []any{theirs["thread_id"], own["thread_id"], nil} { // at last the key makes a thread of the same id
		for _, path := range []string{"/journal_chat", "/journal_chat/stream", "/journal_chat_agent/stream"} {
			for _, save := range []bool{false, true} {
				asks := fmt.Sprintf(`{"query": "What did I see?", "provider": "offline", "model": "", "save": %v, "thread_id": %s, "idempotency_key": "theirs"}`, save, quoted(thread))
				status, body, _ := p.visits(oda, http.MethodPost, url+path, asks)
				if thread == theirs["thread_id"] && save && status != http.StatusNotFound {
					t.Errorf("%s into another's thread: %d %s", path, status, body)
				}
				sees(path, strings.ReplaceAll(body, theirs["thread_id"].(string), "")) // it says which thread it was asked about
			}
		}
	}
	forked := fmt.Sprintf(`{"before": %s}`, quoted(theirs["message_id"]))
	if status, body, _ := p.visits(oda, http.MethodPost, url+"/threads/"+own["thread_id"].(string)+"/fork", forked); status != http.StatusNotFound {
		t.Errorf("a fork before another's message: %d %s", status, body)
	}
	for _, program := range []string{"one/1", "two/1"} {
		p.call(http.MethodGet, url+"/search?q=xylophone", nil, &entries, append(bearer(ursula), "User-Agent", program)...)
	}
	var listed struct{ Next *string }
	p.call(http.MethodGet, url+"/ledger?limit=1", nil, &listed, bearer(ursula)...)
	if listed.Next == nil {
		t.Fatal("the ledger has one line at most")
	}
	sees("the ledger after another's line", p.glimpses(oda, url+"/ledger?after="+*listed.Next))
	var messages []any
	p.call(http.MethodGet, url+"/threads/"+theirs["thread_id"].(string)+"/messages", nil, &messages, bearer(ursula)...)
	if len(messages) != 2 {
		t.Errorf("the thread has %d messages now", len(messages))
	}
	t.Logf("%d routes tried", tried)
}
