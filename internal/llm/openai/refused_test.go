package openai_test

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"daybook/internal/llm"
	"daybook/internal/llm/llmtest"
)

var tools = []llm.Tool{{Name: "look", Description: "looks", Schema: schema.JSON}}

// TestRefusedParameters leaves out or renames what a server refuses, asks once
// more for each, and does not send it again.
func TestRefusedParameters(t *testing.T) {
	for what, c := range map[string]struct {
		refuses []string
		change  func(*llm.Request)
		calls   int
	}{
		"stream_options":            {[]string{"stream_options"}, nil, 2},
		"max_tokens":                {[]string{"max_tokens"}, nil, 2},
		"both names of the limit":   {[]string{"max_tokens", "max_completion_tokens"}, nil, 3},
		"streaming":                 {[]string{"stream"}, nil, 2},
		"streaming and its options": {[]string{"stream_options", "stream"}, nil, 3},
		"the schema":                {[]string{"json_schema"}, func(r *llm.Request) { r.Schema = schema }, 2},
		"any response_format":       {[]string{"response_format"}, func(r *llm.Request) { r.Schema = schema }, 3},
		"tools":                     {[]string{"tools"}, func(r *llm.Request) { r.Tools = tools }, 2},
		"all":                       {[]string{"stream_options", "stream", "max_tokens", "max_completion_tokens", "response_format"}, func(r *llm.Request) { r.Schema = schema }, 7},
	} {
		t.Run(what, func(t *testing.T) {
			p, s := fake(t, "llama", func(llmtest.Request) llmtest.Script {
				return llmtest.Script{Deltas: []string{"{", "}"}, Usage: llm.Usage{InputTokens: 1, OutputTokens: 2}}
			})
			s.Refuse(c.refuses...)
			req := question()
			if c.change != nil {
				c.change(&req)
			}
			for again := range 2 {
				text, _, last, err := collect(t.Context(), p, req)
				if err != nil || text != "{}" || last.Finish != llm.FinishStop || last.Usage.OutputTokens != 2 {
					t.Fatalf("%q, %+v, %v", text, last, err)
				}
				if n := len(s.Requests()); n != c.calls+again {
					t.Errorf("%d calls, want %d", n, c.calls+again)
				}
			}
			sent := s.Requests()
			last := sent[len(sent)-1]
			for _, name := range c.refuses {
				if slices.Contains(last.Parameters, name) {
					t.Errorf("%s was sent again", name)
				}
			}
			if req.Schema != nil && !strings.Contains(last.System, `"additionalProperties":false`) {
				t.Errorf("the schema is not in the system text %q", last.System)
			}
			if last.Messages[0].Text != diary {
				t.Errorf("sent %+v", last)
			}
		})
	}
}

// TestOtherLimit asks OpenAI itself under the newer name, and other servers
// under the older one.
func TestOtherLimit(t *testing.T) {
	for name, parameter := range map[string]string{"openai": "max_completion_tokens", "llama": "max_tokens"} {
		p, s := fake(t, name, llmtest.Reply("x"))
		if _, _, _, err := collect(t.Context(), p, question()); err != nil {
			t.Fatal(err)
		}
		if got := s.Requests()[0]; !slices.Contains(got.Parameters, parameter) || got.MaxTokens != 50 {
			t.Errorf("%s was sent %+v", name, got)
		}
	}
}

// TestRefusalsInWords adapts to what servers really say.
func TestRefusalsInWords(t *testing.T) {
	structured := func(r *llm.Request) { r.Schema = schema }
	withTools := func(r *llm.Request) { r.Tools = tools }
	for what, c := range map[string]struct {
		status  int
		body    string
		refused string // what the refused request holds
		change  func(*llm.Request)
	}{
		"Ollama, tools":           {400, `{"error":{"message":"registry.ollama.ai/library/gemma:2b does not support tools"}}`, `"tools"`, withTools},
		"OpenRouter, tools":       {404, `{"error":{"message":"No endpoints found that support tool use.","code":404}}`, `"tools"`, withTools},
		"vLLM, tools":             {400, `{"object":"error","message":"\"auto\" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set","code":400}`, `"tools"`, withTools},
		"llama.cpp, tools":        {500, `{"error":{"code":500,"message":"tools param requires --jinja flag"}}`, `"tools"`, withTools},
		"strict":                  {400, `{"error":{"message":"Unknown name \"strict\" at 'tools[0].function'"}}`, `"strict"`, withTools},
		"LM Studio, format":       {400, `{"error":"'response_format.type' must be 'json_schema' or 'text'"}`, `json_object`, structured},
		"DeepSeek, format":        {400, `{"error":{"message":"This response_format type is unavailable now","code":"invalid_request_error"}}`, `"json_schema"`, structured},
		"llama.cpp, grammar":      {500, `{"error":{"message":"Failed to parse grammar"}}`, `"json_schema"`, structured},
		"nothing named":           {400, `Bad Request`, `"response_format"`, structured},
		"FastAPI, stream options": {422, `{"detail":[{"type":"extra_forbidden","loc":["body","stream_options"],"msg":"Extra inputs are not permitted"}]}`, `"stream_options"`, nil},
		"OpenAI, max_tokens":      {400, `{"error":{"message":"Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.","param":"max_tokens","code":"unsupported_parameter"}}`, `"max_tokens"`, nil},
		"a limit that is large":   {400, `{"error":{"message":"max_tokens is too large: 50. This model supports at most 40 completion tokens"}}`, `tokens":50`, nil},
		"streaming":               {400, `{"error":{"message":"Streaming is not supported for this model"}}`, `"stream":true`, nil},
		"the system role":         {500, `{"error":{"message":"System role not supported"}}`, `"system"`, nil},
		"Gemma":                   {400, `{"error":{"message":"Developer instruction is not enabled for models/gemma-3"}}`, `"system"`, nil},
		"inside of 200":           {200, `{"error":{"message":"stream_options is not supported","code":400}}`, `"stream_options"`, nil},
		"inside of a stream":      {200, "data: {\"error\":{\"message\":\"response_format is not supported\",\"code\":400}}\n\n", `"response_format"`, structured},
	} {
		t.Run(what, func(t *testing.T) {
			calls := 0
			p := serve(t, "llama", func(w http.ResponseWriter, r *http.Request) {
				calls++
				body, _ := io.ReadAll(r.Body)
				if !strings.Contains(string(body), "be brief") || !strings.Contains(string(body), diary) {
					t.Errorf("the request lacks text: %s", body)
				}
				if strings.Contains(string(body), c.refused) {
					w.WriteHeader(c.status)
					_, _ = io.WriteString(w, c.body)
					return
				}
				_, _ = io.WriteString(w, content(`"{}"`)+stop)
			})
			req := question()
			if c.change != nil {
				c.change(&req)
			}
			for range 2 {
				if text, _, _, err := collect(t.Context(), p, req); err != nil || text != "{}" {
					t.Fatalf("%q, %v", text, err)
				}
			}
			if calls > 4 {
				t.Errorf("%d calls", calls)
			}
		})
	}
}

// TestRefusedForGood gives up on a server that refuses everything.
func TestRefusedForGood(t *testing.T) {
	for _, says := range []string{"response_format tools stream_options max_tokens stream strict system role", "no", "tool_choice max_tokens is out of range"} {
		calls := 0
		p := serve(t, "llama", func(w http.ResponseWriter, r *http.Request) {
			calls++
			w.WriteHeader(400)
			_, _ = fmt.Fprintf(w, `{"error":{"message":%q}}`, says)
		})
		req := question()
		req.Schema = schema
		_, _, _, err := collect(t.Context(), p, req)
		if failure(t, err); calls > 10 {
			t.Errorf("%d calls", calls)
		}
	}
}
