package httpapi_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"daybook/internal/chat"
	"daybook/internal/httpapi"
	"daybook/internal/llm"
	"daybook/internal/llm/llmtest"
	"daybook/internal/session"
)

type completionJSON struct {
	ID, Object, Model string
	Choices           []struct {
		Message, Delta *struct{ Role, Content string }
		FinishReason   *string `json:"finish_reason"`
	}
	Usage *struct {
		Total int `json:"total_tokens"`
	}
	Error *struct{ Message, Type, Code, Param string }
}

func newOpenAIWorld(t *testing.T, play func(llmtest.Request) llmtest.Script) *world {
	return newWorld(t, options{play: play, config: func(c *httpapi.Config) { c.Default = llm.Ref{Provider: "openai", Model: "m-1"} }})
}

func completing(model, question string, more ...any) object {
	o := object{"model": model, "temperature": 0.2, "messages": []object{
		{"role": "system", "content": "Answer in one sentence."}, {"role": "user", "content": "Hello"}, {"role": "assistant", "content": "Hello!"},
		{"role": "user", "content": []object{{"type": "text", "text": question}}},
	}}
	for i := 0; i < len(more); i += 2 {
		o[more[i].(string)] = more[i+1]
	}
	return o
}

func TestOpenAIModels(t *testing.T) {
	w := newOpenAIWorld(t, nil)
	list := get[struct{ Data []struct{ ID, Object string } }](w, http.MethodGet, "/v1/models", nil).Data
	if len(list) != 3 || list[0].ID != "daybook" || list[0].Object != "model" {
		t.Errorf("%+v", list)
	}
	get[object](w, http.MethodGet, "/v1/models/daybook-agent", nil)
	status, body := w.do(http.MethodGet, "/v1/models/gpt-4", nil)
	if status != http.StatusNotFound || !strings.Contains(body, `"code":"model_not_found"`) {
		t.Errorf("%d %s", status, body)
	}
}

func TestOpenAICompletion(t *testing.T) {
	w := newOpenAIWorld(t, nil)
	c := get[completionJSON](w, http.MethodPost, "/v1/chat/completions", completing("daybook", "When did I swim in the lake?"))
	if c.Object != "chat.completion" || !strings.HasPrefix(c.ID, "chatcmpl-") || c.Model != "daybook" || c.Usage.Total != 120 || *c.Choices[0].FinishReason != "stop" {
		t.Errorf("%+v", c)
	}
	want := "You swam in the lake [1].\n\n---\n\\[1\\] [2024-01-05](" + w.url + "/app/journal/2024-01-05)"
	if m := c.Choices[0].Message; m.Role != "assistant" || m.Content != want {
		t.Errorf("%+v", m)
	}
	sent := w.fake.Requests()
	messages := sent[len(sent)-1].Messages
	if len(messages) != 3 || messages[0].Text != "Answer in one sentence.\n\nHello" || messages[1].Text != "Hello!" || !strings.Contains(messages[2].Text, "<QUERY>When did I swim") {
		t.Errorf("the model was sent %+v", messages)
	}
	if quoted := get[completionJSON](w, http.MethodPost, "/v1/chat/completions", completing("daybook-offline", "bees")); !strings.Contains(quoted.Choices[0].Message.Content, "book about bees") {
		t.Errorf("offline: %+v", quoted.Choices[0].Message)
	}
}

func TestOpenAIStream(t *testing.T) {
	w := newOpenAIWorld(t, nil)
	for _, model := range []string{"daybook", "daybook-offline"} {
		resp := w.send(t.Context(), http.MethodPost, "/v1/chat/completions", completing(model, "When did I swim in the lake?", "stream", true, "stream_options", object{"include_usage": true}))
		list := frames(t, resp.Body)
		resp.Body.Close()
		if last := list[len(list)-1]; last != (frame{"", "[DONE]"}) {
			t.Fatalf("the stream ends in %+v", last)
		}
		var text strings.Builder
		var finish string
		for i, f := range list[:len(list)-1] {
			var c completionJSON
			if err := json.Unmarshal([]byte(f.data), &c); err != nil || f.event != "" || c.Object != "chat.completion.chunk" {
				t.Fatalf("%+v: %v", f, err)
			}
			if i == len(list)-2 {
				if c.Usage == nil || len(c.Choices) != 0 {
					t.Errorf("usage %s", f.data)
				}
				continue
			}
			if (c.Choices[0].Delta.Role == "assistant") != (i == 0) {
				t.Errorf("chunk %d: %s", i, f.data)
			}
			text.WriteString(c.Choices[0].Delta.Content)
			if c.Choices[0].FinishReason != nil {
				finish = *c.Choices[0].FinishReason
			}
		}
		if finish != "stop" || !strings.Contains(text.String(), "[1]") || !strings.Contains(text.String(), "](http://") {
			t.Errorf("%q, %q", finish, text.String())
		}
	}
}

func TestOpenAIErrors(t *testing.T) {
	w := newOpenAIWorld(t, func(r llmtest.Request) llmtest.Script {
		switch text := r.Messages[len(r.Messages)-1].Text; {
		case strings.Contains(text, "limit"):
			return llmtest.Script{Status: http.StatusTooManyRequests, Code: "rate_limit_exceeded", RetryAfter: 1 << 50}
		case strings.Contains(text, "cut") && !r.Wants("intent"):
			script := llmtest.Reply("You swam in the lake [1] in January.")(r)
			script.ErrorAfter = 3
			return script
		default:
			return llmtest.Reply("x")(r)
		}
	})
	for _, c := range []struct {
		body   any
		status int
		kind   string
	}{
		{completing("gpt-4", "x"), 404, "invalid_request_error"},
		{completing("daybook", " "), 400, "invalid_request_error"},
		{completing("daybook", "x", "n", 2), 400, "invalid_request_error"},
		{completing("daybook", "x", "messages", []object{}), 400, "invalid_request_error"},
		{completing("daybook", "x", "messages", []object{{"role": "user", "content": []object{{"type": "image_url", "image_url": object{"url": "x"}}}}}), 400, "invalid_request_error"},
		{`{"model": "my secret`, 400, "invalid_request_error"},
		{completing("daybook", "limit"), 429, "rate_limit_error"},
		{completing("daybook", "limit", "stream", true), 429, "rate_limit_error"},
	} {
		status, body := w.do(http.MethodPost, "/v1/chat/completions", c.body)
		var e completionJSON
		if err := json.Unmarshal([]byte(body), &e); err != nil || status != c.status || e.Error == nil || e.Error.Type != c.kind || e.Error.Message == "" || strings.Contains(body, "secret") {
			t.Errorf("%v: %d %s", c.body, status, body)
		}
	}
	resp := w.send(t.Context(), http.MethodPost, "/v1/chat/completions", completing("daybook", "cut", "stream", true))
	list := frames(t, resp.Body)
	resp.Body.Close()
	if last := list[len(list)-1]; resp.StatusCode != http.StatusOK || !strings.Contains(last.data, `"error":{"message"`) {
		t.Errorf("a stream that fails ends in %+v", last)
	}
}

func TestOpenAIRequiresTheToken(t *testing.T) {
	w := newWorld(t, options{config: func(c *httpapi.Config) { c.Access = session.New(t.TempDir(), token, session.NewGate(c.Log), time.Now) }})
	for _, path := range []string{"/v1/models", "/v1/models/"} {
		status, body := w.do(http.MethodGet, path, nil, "Authorization", "Bearer wrong")
		if status != http.StatusUnauthorized || !strings.Contains(body, `"code":"invalid_api_key"`) {
			t.Errorf("%s: %d %s", path, status, body)
		}
		if status, _ := w.do(http.MethodGet, path, nil, "Authorization", "Bearer "+token); status != http.StatusOK {
			t.Errorf("with the token: %d", status)
		}
	}
}

// A private note is quoted to its owner, and to no other program.
func TestOpenAILeavesPrivateNotesOut(t *testing.T) {
	w := newOpenAIWorld(t, nil)
	writeFile(t, w.dir+"/journal/03-10-2024.md", "---\nprivate: true\n---\nThe bees of Zephyrine.")
	must(w.indexer.Run(t.Context(), nil))(t)
	if a := get[answer](w, http.MethodPost, "/journal_chat", asking(chat.Offline, "bees of Zephyrine")); !strings.Contains(a.Response, "Zephyrine") {
		t.Fatalf("the owner is shown %q", a.Response)
	}
	c := get[completionJSON](w, http.MethodPost, "/v1/chat/completions", completing("daybook-offline", "bees of Zephyrine"))
	if text := c.Choices[0].Message.Content; strings.Contains(text, "The bees of Zephyrine") || strings.Contains(text, "left out") || strings.Contains(text, "2024-03-10") {
		t.Errorf("another program is shown %q", text)
	}
}
