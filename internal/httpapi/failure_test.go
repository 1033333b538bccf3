package httpapi_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"daybook/internal/llm/llmtest"
)

func TestWrongRequests(t *testing.T) {
	w := newWorld(t, options{})
	for name, c := range map[string]struct {
		body any
		loc  string
		kind string
	}{
		"no query":         {object{"provider": "openai", "model": "m"}, `["body","query"]`, "missing"},
		"blank query":      {asking("openai", " \n"), `["body","query"]`, "value_error"},
		"query no string":  {asking("openai", "x", "query", 7), `["body","query"]`, "string_type"},
		"no provider":      {object{"query": "x", "model": "m"}, `["body","provider"]`, "missing"},
		"unknown provider": {asking("nobody", "x"), `["body","provider"]`, "value_error"},
		"no model":         {asking("openai", "x", "model", ""), `["body","model"]`, "value_error"},
		"top_k below 0":    {asking("openai", "x", "top_k", -1), `["body","top_k"]`, "greater_than_equal"},
		"top_k above 100":  {asking("openai", "x", "top_k", 101), `["body","top_k"]`, "less_than_equal"},
		"top_k no number":  {asking("openai", "x", "top_k", "five"), `["body","top_k"]`, "int_type"},
		"top_k no integer": {asking("openai", "x", "top_k", 2.5), `["body","top_k"]`, "int_type"},
		"top_k a list":     {asking("openai", "x", "top_k", []int{2}), `["body","top_k"]`, "int_type"},
		"top_k a boolean":  {asking("openai", "x", "top_k", true), `["body","top_k"]`, "int_type"},
		"history no list":  {asking("openai", "x", "message_history", "y"), `["body","message_history"]`, "list_type"},
		"half a body":      {`{"query": "my secret`, `["body"]`, "json_invalid"},
		"no JSON":          {`my secret`, `["body"]`, "json_invalid"},
	} {
		for _, path := range []string{"/journal_chat", "/journal_chat/stream"} {
			status, body := w.do(http.MethodPost, path, c.body)
			var e struct {
				Detail []struct {
					Loc  json.RawMessage
					Msg  string
					Type string
				}
			}
			if err := json.Unmarshal([]byte(body), &e); err != nil || status != http.StatusUnprocessableEntity || len(e.Detail) == 0 {
				t.Errorf("%s: %d %s", name, status, body)
				continue
			}
			if d := e.Detail[0]; string(d.Loc) != c.loc || d.Type != c.kind || d.Msg == "" {
				t.Errorf("%s: %s", name, body)
			}
			if strings.Contains(body, "secret") {
				t.Errorf("%s: the answer repeats the body: %s", name, body)
			}
		}
	}
	if len(w.fake.Requests()) != 0 {
		t.Error("a wrong request reached a provider")
	}
}

func TestLimitsAndUnknownPaths(t *testing.T) {
	w := newWorld(t, options{})
	for name, c := range map[string]struct {
		method, path string
		body         any
		status       int
	}{
		"a body over 1 MB": {http.MethodPost, "/journal_chat", asking("openai", strings.Repeat("x", 1<<20)), http.StatusRequestEntityTooLarge},
		"an unknown path":  {http.MethodGet, "/nothing", nil, http.StatusNotFound},
		"a wrong method":   {http.MethodGet, "/journal_chat", nil, http.StatusMethodNotAllowed},
	} {
		if status, body := w.do(c.method, c.path, c.body); status != c.status {
			t.Errorf("%s: %d %s", name, status, body)
		}
	}
}

func TestProviderTroubleBeforeTheFirstToken(t *testing.T) {
	all(t, func(t *testing.T, provider string) {
		var script llmtest.Script
		w := newWorld(t, options{idle: 200 * time.Millisecond, play: func(r llmtest.Request) llmtest.Script {
			if r.Wants("intent") {
				return llmtest.Reply("")(r)
			}
			return script
		}})
		for what, c := range map[string]struct {
			script llmtest.Script
			status int
		}{
			"no key":       {llmtest.Script{Status: 401, Code: "invalid_api_key"}, http.StatusBadGateway},
			"too many":     {llmtest.Script{Status: 429, RetryAfter: time.Hour}, http.StatusTooManyRequests},
			"not valid":    {llmtest.Script{Deltas: []string{`{"other": [7]}`}}, http.StatusBadGateway},
			"cut by limit": {llmtest.Script{Deltas: []string{`{"resp`}, Finish: "length"}, http.StatusBadGateway},
		} {
			script = c.script
			for _, path := range []string{"/journal_chat", "/journal_chat/stream"} {
				resp := w.send(t.Context(), http.MethodPost, path, asking(provider, "When did I swim?"))
				var e struct{ Detail string }
				err := json.NewDecoder(resp.Body).Decode(&e)
				resp.Body.Close()
				if err != nil || resp.StatusCode != c.status || len(e.Detail) < 20 {
					t.Errorf("%s %s: %d %q, %v", what, path, resp.StatusCode, e.Detail, err)
				}
				if c.status == http.StatusTooManyRequests && resp.Header.Get("Retry-After") != "3600" {
					t.Errorf("Retry-After %q", resp.Header.Get("Retry-After"))
				}
			}
		}
	})
}

func TestProviderTroubleInsideOfTheStream(t *testing.T) {
	all(t, func(t *testing.T, provider string) {
		var change func(*llmtest.Script)
		w := newWorld(t, options{idle: 200 * time.Millisecond, play: func(r llmtest.Request) llmtest.Script {
			s := llmtest.Reply("a long answer that is never told to its end, whatever happens")(r)
			if r.Wants("response") {
				change(&s)
			}
			return s
		}})
		for what, c := range map[string]func(*llmtest.Script){
			"an error":  func(s *llmtest.Script) { s.ErrorAfter = 3 },
			"a cut":     func(s *llmtest.Script) { s.CutAfter = 900 },
			"silence":   func(s *llmtest.Script) { s.SilentAfter = 3 },
			"the limit": func(s *llmtest.Script) { s.Finish = "length"; s.Deltas = s.Deltas[:3] },
		} {
			change = c
			for _, form := range []string{"snapshots", "deltas"} {
				list := w.stream(asking(provider, "When did I swim?", "stream", form))
				last := list[len(list)-1]
				var e struct{ Error, Detail string }
				if err := json.Unmarshal([]byte(last.data), &e); err != nil || last.event != "error" || len(e.Error) < 20 || e.Detail == "" {
					t.Errorf("%s, %s: the stream ends in %+v", what, form, last)
				}
				for _, f := range list {
					if f.data == "[DONE]" || f.event == "done" {
						t.Errorf("%s, %s: a broken answer is said to be complete", what, form)
					}
				}
			}
		}
	})
}

func TestNothingPrivateIsLogged(t *testing.T) {
	w := newWorld(t, options{play: func(r llmtest.Request) llmtest.Script {
		return llmtest.Script{Status: 400, Code: "invalid_request_error"}
	}})
	_, body := w.do(http.MethodPost, "/journal_chat", asking("openai", "my secret question about the lake"))
	for what, text := range map[string]string{"log": w.log.String(), "answer": body} {
		for _, secret := range []string{"secret", "lake", llmtest.Key, "diary"} {
			if strings.Contains(text, secret) {
				t.Errorf("the %s says %q: %s", what, secret, text)
			}
		}
	}
}
