package httpapi_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"daybook/internal/llm/llmtest"
)

func TestWholeNumbersAsPydanticReadsThem(t *testing.T) {
	w := newWorld(t, options{})
	for _, n := range []any{1, 1.0, "1", " 1 ", "1.0", json.RawMessage("1e0"), json.RawMessage("1.00")} {
		a := get[answer](w, http.MethodPost, "/journal_chat", asking("offline", "bees", "top_k", n))
		if len(a.Docs) != 1 {
			t.Errorf("top_k %v: %d documents", n, len(a.Docs))
		}
	}
	if a := get[answer](w, http.MethodPost, "/journal_chat", asking("offline", "bees", "top_k", nil)); len(a.Docs) < 2 {
		t.Errorf("top_k null: %d documents", len(a.Docs))
	}
}

func TestTrailingSlash(t *testing.T) {
	w := newWorld(t, options{})
	id := get[thread](w, http.MethodPost, "/threads/", object{"title": "Bees"}).ThreadID
	for _, path := range []string{"/status/", "/threads/", "/threads/" + id + "/", "/threads/" + id + "/messages/", "/days/2024-01-05/", "/search/?q=bees"} {
		if status, body := w.do(http.MethodGet, path, nil); status != http.StatusOK {
			t.Errorf("%s: %d %s", path, status, body)
		}
	}
	for path, status := range map[string]int{"/nothing/": 404, "/docs/": 200, "/": 200} {
		if got, _ := w.do(http.MethodGet, path, nil); got != status {
			t.Errorf("%s: %d", path, got)
		}
	}
	if status, _ := w.do(http.MethodDelete, "/journal_chat/", nil); status != http.StatusMethodNotAllowed {
		t.Errorf("a wrong method with a slash: %d", status)
	}
}

func TestMessageMetadataIsUnchanged(t *testing.T) {
	w := newWorld(t, options{})
	id := get[thread](w, http.MethodPost, "/threads", nil).ThreadID
	metadata := object{"model": object{"provider": "openai", "model": "m"}, "context_entries": []any{object{"date": "2024-01-05", "distance": 0.25}}, "big": json.Number("12345678901234")}
	for _, role := range []string{"assistant", "system", "tool"} {
		added := get[object](w, http.MethodPost, "/threads/"+id+"/messages", object{"role": role, "content": "hi", "metadata": metadata})
		want := map[bool]string{true: "assistant", false: "user"}[role == "assistant"]
		if added["role"] != want || !same(t, added["metadata"], metadata) {
			t.Errorf("added %v", added)
		}
	}
	get[object](w, http.MethodPost, "/threads/"+id+"/messages", object{"role": "user", "content": "hi", "metadata": nil})
	list := get[[]object](w, http.MethodGet, "/threads/"+id+"/messages", nil)
	if !same(t, list[0]["metadata"], metadata) || list[0]["trace"] != nil || list[3]["metadata"] != nil {
		t.Errorf("listed %v", list)
	}
	if _, there := list[3]["metadata"]; !there {
		t.Error("metadata is missing where it is null")
	}
	if _, text := w.do(http.MethodGet, "/threads/"+id+"/export?format=json", nil); !strings.Contains(text, "12345678901234") {
		t.Errorf("exported %s", text)
	}
	// The conversation can be continued with it.
	get[answer](w, http.MethodPost, "/journal_chat", asking("openai", "and bees?", "thread_id", id))
}

func same(t *testing.T, a, b any) bool {
	t.Helper()
	return string(must(json.Marshal(a))(t)) == string(must(json.Marshal(b))(t))
}

func TestMessageMetadataOfAnAnswer(t *testing.T) {
	w := newWorld(t, options{})
	a := get[struct {
		Metadata struct {
			Model   object
			Entries []object `json:"context_entries"`
		} `json:"message_metadata"`
	}](w, http.MethodPost, "/journal_chat", asking("openai", "When did I swim in the lake?"))
	m := a.Metadata
	if m.Model["provider"] != "openai" || m.Model["model"] != "m-1" || len(m.Entries) == 0 {
		t.Fatalf("%+v", m)
	}
	e := m.Entries[0]
	if e["date"] != "2024-01-05" || e["entry_type"] != "daily" || e["source"] != "words" || !strings.HasPrefix(e["text"].(string), "Swam") {
		t.Errorf("%v", e)
	}
}

func TestGenerateTitle(t *testing.T) {
	w := newWorld(t, options{play: func(llmtest.Request) llmtest.Script {
		return llmtest.Script{Deltas: llmtest.Answer("title", "The lake", 5)}
	}})
	empty := get[thread](w, http.MethodPost, "/threads", object{"title": "Empty"}).ThreadID
	for path, want := range map[string]int{empty: http.StatusBadRequest, "nobody": http.StatusNotFound} {
		if status, body := w.do(http.MethodPost, "/threads/"+path+"/generate-title", nil); status != want || !strings.Contains(body, `"detail":"Thread`) {
			t.Errorf("%d %s", status, body)
		}
	}
	id := get[thread](w, http.MethodPost, "/threads", object{"initial_message": "When did I swim in the lake?"}).ThreadID
	before := get[thread](w, http.MethodGet, "/threads/"+id, nil)
	made := get[object](w, http.MethodPost, "/threads/"+id+"/generate-title", object{"provider": "openai", "model": "m-1"})
	after := get[thread](w, http.MethodGet, "/threads/"+id, nil)
	if made["title"] == "" || after.Title != made["title"] || after.UpdatedAt != before.UpdatedAt {
		t.Errorf("%v: %+v, before %+v", made, after, before)
	}
}

// The older form repeats the documents in each frame; our passages only in two.
func TestSnapshotsHavePassagesInTheFirstAndTheLastFrame(t *testing.T) {
	w := newWorld(t, options{play: llmtest.Reply("You swam in the lake [1] in January, and then had tea.")})
	list := w.stream(asking("openai", "When did I swim in the lake?"))
	frames := list[:len(list)-1]
	for i, f := range frames {
		var a answer
		if err := json.Unmarshal([]byte(f.data), &a); err != nil || len(a.Docs) == 0 || a.Docs[0].Entry.Text == "" {
			t.Fatalf("frame %s: %v", f.data, err)
		}
		if has := len(a.Docs[0].Passages) > 0; has != (i == 0 || i == len(frames)-1) {
			t.Errorf("frame %d of %d has passages: %v", i, len(frames), has)
		}
	}
}

func TestAllowNamesTheMethodsOfThePath(t *testing.T) {
	w := newWorld(t, options{})
	for path, want := range map[string]string{
		"/journal_chat": "POST", "/threads": "GET, HEAD, POST", "/threads/x": "DELETE, GET, HEAD, PUT", "/status": "GET, HEAD",
	} {
		resp := w.send(t.Context(), "PATCH", path, nil)
		resp.Body.Close()
		if got := resp.Header.Get("Allow"); resp.StatusCode != http.StatusMethodNotAllowed || got != want {
			t.Errorf("%s: %d, Allow %q", path, resp.StatusCode, got)
		}
	}
}
