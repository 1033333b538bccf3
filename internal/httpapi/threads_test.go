package httpapi_test

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"testing"
)

var iso = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$`)

type thread struct {
	ThreadID  string `json:"thread_id"`
	Title     string
	Tags      *[]string
	CreatedAt string `json:"created_at"`
	UpdatedAt string `json:"updated_at"`
}

type message struct {
	MessageID string `json:"message_id"`
	ThreadID  string `json:"thread_id"`
	Timestamp string
	Role      string
	Content   string
	Status    string
	Citations []object
}

func TestThreads(t *testing.T) {
	w := newWorld(t, options{})
	if status, body := w.do(http.MethodGet, "/threads", nil); status != http.StatusOK || strings.TrimSpace(body) != "[]" {
		t.Errorf("no threads: %d %s", status, body)
	}
	untitled := get[thread](w, http.MethodPost, "/threads", object{})
	first := get[thread](w, http.MethodPost, "/threads", object{"title": "Bees", "initial_message": "hello", "tags": 1})
	if !iso.MatchString(first.CreatedAt) || len(first.ThreadID) != 36 {
		t.Errorf("created %+v", first)
	}
	if got := get[thread](w, http.MethodGet, "/threads/"+untitled.ThreadID, nil); !regexp.MustCompile(`^Chat \d{4}-\d\d-\d\d \d\d:\d\d$`).MatchString(got.Title) || got.Tags == nil || len(*got.Tags) != 0 {
		t.Errorf("without a title: %+v", got)
	}
	got := get[object](w, http.MethodPut, "/threads/"+untitled.ThreadID, object{"title": "Later"})
	if got["message"] != "Thread title updated successfully" {
		t.Errorf("renamed: %v", got)
	}
	list := get[[]thread](w, http.MethodGet, "/threads", nil)
	if len(list) != 2 || list[0].Title != "Later" || list[1].Title != "Bees" || !iso.MatchString(list[0].UpdatedAt) {
		t.Errorf("threads %+v", list)
	}
	added := get[message](w, http.MethodPost, "/threads/"+first.ThreadID+"/messages", object{"role": "assistant", "content": "hi"})
	if added.Role != "assistant" || added.Content != "hi" || !iso.MatchString(added.Timestamp) || added.ThreadID != first.ThreadID {
		t.Errorf("added %+v", added)
	}
	messages := get[[]message](w, http.MethodGet, "/threads/"+first.ThreadID+"/messages", nil)
	if len(messages) != 2 || messages[0].Content != "hello" || messages[0].Role != "user" || messages[1].MessageID != added.MessageID || messages[0].Status != "" {
		t.Errorf("messages %+v", messages)
	}
	if list = get[[]thread](w, http.MethodGet, "/threads", nil); list[0].Title != "Bees" {
		t.Errorf("a message did not move its thread: %+v", list)
	}
	got = get[object](w, http.MethodDelete, "/threads/"+first.ThreadID, nil)
	if got["message"] != "Thread deleted successfully" {
		t.Errorf("deleted: %v", got)
	}
	if messages = get[[]message](w, http.MethodGet, "/threads/"+first.ThreadID+"/messages", nil); len(messages) != 0 {
		t.Errorf("messages of a deleted thread: %+v", messages)
	}
}

func TestMissingThread(t *testing.T) {
	w := newWorld(t, options{})
	for _, c := range []struct {
		method, path string
		body         any
	}{
		{http.MethodGet, "/threads/nobody", nil},
		{http.MethodPut, "/threads/nobody", object{"title": "x"}},
		{http.MethodDelete, "/threads/nobody", nil},
		{http.MethodPost, "/threads/nobody/messages", object{"role": "user", "content": "x"}},
		{http.MethodPost, "/journal_chat", asking("openai", "x", "thread_id", "nobody", "save", true)},
	} {
		status, body := w.do(c.method, c.path, c.body)
		var e struct{ Detail string }
		if err := json.Unmarshal([]byte(body), &e); err != nil || status != http.StatusNotFound || e.Detail != "Thread not found" {
			t.Errorf("%s %s: %d %s", c.method, c.path, status, body)
		}
	}
}

func TestWrongThreads(t *testing.T) {
	w := newWorld(t, options{})
	id := get[thread](w, http.MethodPost, "/threads", nil).ThreadID
	for path, body := range map[string]object{
		"/threads/" + id + "/messages": {"role": "user"},
		"/threads":                     {"title": 5},
	} {
		if status, text := w.do(http.MethodPost, path, body); status != http.StatusUnprocessableEntity {
			t.Errorf("%s %v: %d %s", path, body, status, text)
		}
	}
	if status, text := w.do(http.MethodPut, "/threads/"+id, object{}); status != http.StatusUnprocessableEntity || !strings.Contains(text, `"missing"`) {
		t.Errorf("%d %s", status, text)
	}
}
