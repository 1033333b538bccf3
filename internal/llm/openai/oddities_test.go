package openai_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"daybook"
	"daybook/internal/llm"
	"daybook/internal/llm/llmhttp"
	"daybook/internal/llm/llmtest"
	"daybook/internal/llm/openai"
)

const diary = "what the diary says in secret"

var schema = &llm.Schema{Name: "answer", JSON: json.RawMessage(
	`{"type":"object","properties":{"response":{"type":"string"}},"required":["response"],"additionalProperties":false}`)}

func question() llm.Request {
	return llm.Request{Model: "m-1", System: "be brief", Messages: []llm.Message{{Role: llm.User, Text: diary}}, MaxOutputTokens: 50}
}

// serve returns the client of a server that answers with handler.
func serve(t testing.TB, name string, handler http.HandlerFunc) llm.Provider {
	t.Helper()
	server := httptest.NewServer(handler)
	client := llmhttp.NewClient(2 * time.Second)
	t.Cleanup(func() {
		client.CloseIdleConnections()
		server.CloseClientConnections()
		server.Close()
	})
	return openai.New(openai.Config{Name: name, BaseURL: server.URL + "/v1", HTTPClient: client})
}

// answering returns the client of a server that answers everything with body.
func answering(t *testing.T, status int, body string) llm.Provider {
	return serve(t, "llama", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	})
}

// fake returns the client of a llmtest server.
func fake(t *testing.T, name string, play func(llmtest.Request) llmtest.Script) (llm.Provider, *llmtest.Server) {
	t.Helper()
	client := llmhttp.NewClient(0)
	t.Cleanup(client.CloseIdleConnections)
	s := llmtest.Start(t, play)
	return openai.New(openai.Config{Name: name, APIKey: llmtest.Key, BaseURL: s.BaseURL("openai"), HTTPClient: client}), s
}

// collect runs a stream to its end.
func collect(ctx context.Context, p llm.Provider, req llm.Request) (text string, calls []llm.ToolCall, last llm.Chunk, err error) {
	for chunk, err := range p.Chat.Stream(ctx, req) {
		if err != nil {
			return text, calls, chunk, err
		}
		text += chunk.Text
		if chunk.Call != nil {
			calls = append(calls, *chunk.Call)
		}
		if last = chunk; chunk.Finish != "" {
			return text, calls, last, nil
		}
	}
	return text, calls, last, errors.New("the sequence ended without an end or an error")
}

// failure checks that err is a failure that says nothing of what was sent or
// came back.
func failure(t *testing.T, err error) *llm.Error {
	t.Helper()
	var e *llm.Error
	if !errors.As(err, &e) {
		t.Fatalf("error %v, want an *llm.Error", err)
	}
	said := fmt.Sprintf("%v %+v %#v %s", err, err, e, daybook.PublicMessage(err))
	if strings.Contains(said, "diary") || strings.Contains(said, "secret") || strings.Contains(said, "<html") {
		t.Errorf("the error says %q", said)
	}
	return e
}

// stop is the event that ends a stream.
const stop = `data: {"choices":[{"delta":{},"finish_reason":"stop"}]}` + "\n\ndata: [DONE]\n\n"

// content is an event with a delta of this content, which is JSON.
func content(raw string) string {
	return `data: {"choices":[{"delta":{"content":` + raw + `}}]}` + "\n\n"
}

// delta is an event with this delta, which is JSON.
func delta(raw string) string { return `data: {"choices":[{"delta":` + raw + `}]}` + "\n\n" }

// TestForms reads the answer "yes" in every form in which servers send it.
func TestForms(t *testing.T) {
	yes := content(`"yes"`)
	for what, body := range map[string]string{
		"plain":                        yes + stop,
		"without [DONE]":               yes + `data: {"choices":[{"delta":{},"finish_reason":"stop"}]}` + "\n\n",
		"without the last blank line":  yes + `data: {"choices":[{"delta":{},"finish_reason":"stop"}]}`,
		"the reason beside the text":   `data: {"choices":[{"delta":{"content":"yes"},"finish_reason":"stop"}]}` + "\n\n",
		"text behind the reason":       `data: {"choices":[{"delta":{},"finish_reason":"stop"}]}` + "\n\n" + yes + "data: [DONE]\n\n",
		"CRLF":                         strings.ReplaceAll(yes+stop, "\n", "\r\n"),
		"no space behind the colon":    strings.ReplaceAll(yes+stop, "data: ", "data:"),
		"comments and keep-alives":     ": OPENROUTER PROCESSING\n\n" + yes + ":\n\n\n\nevent: ping\ndata:\n\n" + stop,
		"events with names and ids":    "event: message\nid: 1\n" + yes + stop,
		"a byte order mark":            "\ufeff" + yes + stop,
		"blank lines first":            "\n\n" + yes + stop,
		"empty events":                 `data: {}` + "\n\n" + `data: {"choices":null}` + "\n\n" + `data: {"choices":[{}]}` + "\n\n" + yes + stop,
		"unknown fields":               `data: {"x":{"y":[1]},"choices":[{"delta":{"content":"yes","z":5},"logprobs":{},"finish_reason":null}],"model":7}` + "\n\n" + stop,
		"usage of a string":            yes + `data: {"usage":"none","choices":[]}` + "\n\n" + stop,
		"usage of a list":              yes + `data: {"usage":[1],"choices":[]}` + "\n\n" + stop,
		"usage with parts of any type": yes + `data: {"usage":{"prompt_tokens":"x","completion_tokens":[1]},"choices":[]}` + "\n\n" + stop,
		"a null delta":                 `data: {"choices":[{"delta":null}]}` + "\n\n" + yes + stop,
		"null content":                 content("null") + yes + stop,
		"content of a number":          content("5") + yes + stop,
		"parts":                        content(`[{"type":"text","text":"y"},{"type":"text","text":"es"}]`) + stop,
		"parts that are strings":       content(`["y","es"]`) + stop,
		"a part":                       content(`{"type":"text","text":"yes"}`) + stop,
		"a part with a value":          content(`[{"type":"text","text":{"value":"yes"}}]`) + stop,
		"parts with thinking":          content(`[{"type":"thinking","thinking":[{"type":"text","text":"secret"}]},{"type":"text","text":"yes"}]`) + stop,
		"an empty error":               `data: {"error":null,"choices":[{"delta":{"content":"yes"}}]}` + "\n\n" + stop,
		"a false error":                `data: {"error":{},"choices":[{"delta":{"content":"yes"}}]}` + "\n\n" + stop,
		"garbage behind the reason":    yes + `data: {"choices":[{"delta":{},"finish_reason":"stop"}]}` + "\n\ndata: {bro\n\n",
		"an error behind the reason":   yes + `data: {"choices":[{"delta":{},"finish_reason":"stop"}]}` + "\n\n" + `data: {"error":{"message":"usage failed"}}` + "\n\n",
		"reason in capitals":           yes + `data: {"choices":[{"finish_reason":"STOP"}]}` + "\n\n",
		"reason end_turn":              yes + `data: {"choices":[{"finish_reason":"end_turn"}]}` + "\n\n",
		"reason eos":                   yes + `data: {"choices":[{"finish_reason":"eos"}]}` + "\n\n",
		"reason, then null again":      yes + `data: {"choices":[{"finish_reason":"stop"}]}` + "\n\n" + `data: {"choices":[{"finish_reason":null}]}` + "\n\n",
		"reasoning beside":             delta(`{"reasoning":"secret","content":""}`) + delta(`{"reasoning_content":"secret","content":null}`) + yes + stop,
		"reasoning details":            delta(`{"reasoning_details":[{"text":"secret"}]}`) + yes + stop,
		"think":                        content(`"<think>secret</think>yes"`) + stop,
		"think over many deltas": content(`"<th"`) + content(`"ink>sec"`) + content(`"ret </thi"`) + content(`"nk>"`) + content(`"\n\n"`) +
			content(`"y"`) + content(`"es"`) + stop,
		"an empty think":                    content(`"<think>\n\n</think>\n\nyes"`) + stop,
		"two thinks":                        content(`"<think>secret</think>\n<think>secret</think>yes"`) + stop,
		"channels":                          content(`"<|channel|>analysis<|message|>secret<|end|><|start|>assistant<|channel|>final<|message|>yes"`) + stop,
		"[THINK]":                           content(`"[THINK]secret[/THINK]yes"`) + stop,
		"whole":                             `{"id":"x","choices":[{"index":0,"message":{"role":"assistant","content":"yes"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1}}`,
		"whole, pretty":                     "\n {\n \"choices\": [ {\"message\": {\"content\": \"yes\"}, \"finish_reason\": \"stop\"} ]\n}\n",
		"whole, no reason":                  `{"choices":[{"message":{"content":"yes"}}]}`,
		"whole, null reason":                `{"choices":[{"message":{"content":"yes"},"finish_reason":null}]}`,
		"whole, parts":                      `{"choices":[{"message":{"content":[{"type":"text","text":"yes"}]},"finish_reason":"stop"}]}`,
		"whole, thinking":                   `{"choices":[{"message":{"content":"<think>secret</think>yes","reasoning_content":"secret"},"finish_reason":"stop"}]}`,
		"whole, with an error that is null": `{"error":null,"choices":[{"message":{"content":"yes"},"finish_reason":"stop"}]}`,
		"a value a line": `{"choices":[{"delta":{"content":"y"}}]}` + "\n" + `{"choices":[{"delta":{"content":"es"},"finish_reason":null}]}` + "\n" +
			`{"choices":[{"delta":{},"finish_reason":"stop"}]}` + "\n",
	} {
		for _, structured := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, structured %v", what, structured), func(t *testing.T) {
				req := question()
				if structured {
					req.Schema = schema
				}
				text, _, last, err := collect(t.Context(), answering(t, 200, body), req)
				if err != nil || text != "yes" || last.Finish != llm.FinishStop {
					t.Errorf("%q, %+v, %v", text, last, err)
				}
			})
		}
	}
}

// TestThinkingWithoutABeginning reads answers whose thinking begins in the
// prompt, so that only its end comes.
func TestThinkingWithoutABeginning(t *testing.T) {
	req := question()
	req.Schema = schema
	body := content(`"Let me see, secret "`) + content(`"{maybe}</think>"`) + content(`"{\"response\""`) + content(`":\"yes\"}"`) + stop
	if text, _, _, err := collect(t.Context(), answering(t, 200, body), req); err != nil || text != `{"response":"yes"}` {
		t.Errorf("%q, %v", text, err)
	}
}

// TestTextIsUnchanged reads answers that only look like thinking.
func TestTextIsUnchanged(t *testing.T) {
	for _, text := range []string{
		"<thin ice>", "<", "  yes\n", `{"response":"<think>x</think>"}`, "[TH", "Café 日本", "<thinks>",
	} {
		for _, structured := range []bool{false, true} {
			req := question()
			if structured {
				req.Schema = schema
			}
			quoted, _ := json.Marshal(text)
			var deltas strings.Builder
			for _, r := range text {
				one, _ := json.Marshal(string(r))
				deltas.WriteString(content(string(one)))
			}
			for _, body := range []string{content(string(quoted)) + stop, deltas.String() + stop} {
				got, _, _, err := collect(t.Context(), answering(t, 200, body), req)
				if err != nil || got != text {
					t.Errorf("structured %v: %q, %v; want %q", structured, got, err, text)
				}
			}
		}
	}
}

// TestTextGrows checks that text is passed on as it comes, behind thinking too.
func TestTextGrows(t *testing.T) {
	for _, head := range []string{"", content(`"<think>secret</think>"`)} {
		body := head + content(`"{\"response\":\""`) + content(`"y"`) + content(`"es"`) + content(`"\"}"`) + stop
		req := question()
		req.Schema = schema
		var pieces []string
		for chunk, err := range answering(t, 200, body).Chat.Stream(t.Context(), req) {
			if err != nil {
				t.Fatal(err)
			}
			pieces = append(pieces, chunk.Text)
		}
		if want := []string{`{"response":"`, "y", "es", `"}`, ""}; !slices.Equal(pieces, want) {
			t.Errorf("%q, want %q", pieces, want)
		}
	}
}

// TestNoEnd reads answers that are not complete, whatever came of them.
func TestNoEnd(t *testing.T) {
	yes := content(`"yes"`)
	for what, body := range map[string]string{
		"nothing":                 "",
		"no reason":               yes,
		"[DONE] without a reason": yes + "data: [DONE]\n\n",
		"abort":                   yes + `data: {"choices":[{"finish_reason":"abort"}]}` + "\n\ndata: [DONE]\n\n",
		"insufficient resources":  yes + `data: {"choices":[{"finish_reason":"insufficient_system_resource"}]}` + "\n\ndata: [DONE]\n\n",
		"pause":                   yes + `data: {"choices":[{"finish_reason":"pause"}]}` + "\n\n",
		"an odd reason":           yes + `data: {"choices":[{"finish_reason":"the diary was a secret"}]}` + "\n\n",
		"error":                   yes + `data: {"choices":[{"finish_reason":"error"}]}` + "\n\ndata: [DONE]\n\n",
		"whole, abort":            `{"choices":[{"message":{"content":"yes"},"finish_reason":"abort"}]}`,
		"whole, cut":              `{"choices":[{"message":{"content":"yes"`,
		"a value a line, cut":     `{"choices":[{"delta":{"content":"yes"}}]}` + "\n",
		"whole, without choices":  `{"id":"x"}`,
		"whole, broken":           `{"choices":[}`,
		"an error inside":         yes + `data: {"error":{"message":"the diary is secret","code":"server_error"}}` + "\n\n",
		"an error as a string":    yes + `data: {"error":"the diary is secret"}` + "\n\n",
		"an error by name":        yes + "event: error\n" + `data: {"message":"the diary is secret"}` + "\n\n",
		"garbage":                 yes + "data: {bro\n\n",
	} {
		t.Run(what, func(t *testing.T) {
			_, _, last, err := collect(t.Context(), answering(t, 200, body), question())
			if e := failure(t, err); !e.Retry || e.Public.Kind != daybook.Upstream || last.Finish != "" {
				t.Errorf("%+v, %v", last, err)
			}
		})
	}
}

// TestOpenConnection reads complete answers of servers that then go on holding
// the connection.
func TestOpenConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		body := content(`"yes"`) + `data: {"choices":[{"delta":{},"finish_reason":"stop"}]}` + "\n\n"
		s, client := llmtest.StartPipe(t, func(llmtest.Request) llmtest.Script { return llmtest.Script{Body: body, Hang: true} })
		p := openai.New(openai.Config{Name: "llama", APIKey: llmtest.Key, BaseURL: s.BaseURL("openai"), HTTPClient: client})
		start := time.Now()
		text, _, last, err := collect(t.Context(), p, question())
		if err != nil || text != "yes" || last.Finish != llm.FinishStop || time.Since(start) > 5*time.Second {
			t.Errorf("%q, %+v, %v after %s", text, last, err, time.Since(start))
		}
	})
}

func TestUsageOfAnyType(t *testing.T) {
	for raw, want := range map[string]llm.Usage{
		`{"prompt_tokens":3,"completion_tokens":4}`:       {InputTokens: 3, OutputTokens: 4},
		`{"prompt_tokens":3.0,"completion_tokens":"4"}`:   {InputTokens: 3, OutputTokens: 4},
		`{"input_tokens":3,"output_tokens":4}`:            {InputTokens: 3, OutputTokens: 4},
		`{"prompt_tokens":null,"completion_tokens":-4}`:   {},
		`{"prompt_tokens":{"a":1},"completion_tokens":4}`: {OutputTokens: 4},
		`5`: {}, `null`: {},
	} {
		body := content(`"yes"`) + `data: {"choices":[{"finish_reason":"stop"}],"usage":` + raw + "}\n\n"
		if _, _, last, err := collect(t.Context(), answering(t, 200, body), question()); err != nil || last.Usage != want {
			t.Errorf("%s: %+v, %v", raw, last.Usage, err)
		}
	}
}

func TestToolsInAWholeAnswer(t *testing.T) {
	req := question()
	req.Tools = []llm.Tool{{Name: "look", Description: "x", Schema: schema.JSON}}
	for what, body := range map[string]string{
		"tool_calls":    `{"choices":[{"message":{"content":null,"tool_calls":[{"id":"a","type":"function","function":{"name":"look","arguments":"{\"k\":1}"}}]},"finish_reason":"tool_calls"}]}`,
		"function_call": `{"choices":[{"message":{"content":null,"function_call":{"name":"look","arguments":"{\"k\":1}"}},"finish_reason":"function_call"}]}`,
	} {
		_, calls, last, err := collect(t.Context(), answering(t, 200, body), req)
		if err != nil || len(calls) != 1 || string(calls[0].Arguments) != `{"k":1}` || last.Finish != llm.FinishTools {
			t.Errorf("%s: %+v, %+v, %v", what, calls, last, err)
		}
	}
}

// TestErrors reads errors in the forms in which servers send them.
func TestErrors(t *testing.T) {
	for what, c := range map[string]struct {
		status int
		body   string
		says   string
		retry  bool
	}{
		"a wrong key":            {401, `{"error":{"message":"bad key secret","code":"invalid_api_key"}}`, "key", false},
		"no credit":              {429, `{"error":{"message":"You exceeded your current quota","type":"insufficient_quota"}}`, "quota", false},
		"no credit, 402":         {402, `{"error":{"message":"Insufficient credits","code":402}}`, "quota", false},
		"no credit, balance":     {400, `{"error":{"message":"Your credit balance is too low"}}`, "quota", false},
		"unknown model":          {404, `{"error":{"message":"The model 'x' does not exist","code":"model_not_found"}}`, "no model", false},
		"unknown model, Ollama":  {404, `{"error":{"message":"model 'llama9' not found","type":"api_error"}}`, "no model", false},
		"unknown model, a text":  {404, `{"error":"model \"x\" not found, try pulling it first"}`, "no model", false},
		"unknown model, 400":     {400, `{"error":{"message":"x is not a valid model ID","code":400}}`, "no model", false},
		"too long":               {400, `{"error":{"message":"This model's maximum context length is 8192 tokens","code":"context_length_exceeded"}}`, "too long", false},
		"too long, llama.cpp":    {400, `{"error":{"code":400,"message":"the request exceeds the available context size","type":"exceed_context_size_error"}}`, "too long", false},
		"too long, vLLM":         {400, `{"object":"error","message":"This model's maximum context length is 100 tokens. However, you requested 200 tokens (150 in the messages, 50 in the completion). Please reduce max_tokens","type":"BadRequestError","code":400}`, "too long", false},
		"no quota at all":        {429, `{"error":{"message":"You exceeded your current quota, limit: 0","status":"RESOURCE_EXHAUSTED"}}`, "quota", false},
		"no chat model":          {404, `{"error":{"message":"This is not a chat model and thus not supported in the v1/chat/completions endpoint"}}`, "does not chat", false},
		"a region":               {403, `{"error":{"code":"unsupported_country_region_territory","message":"Country, region, or territory not supported"}}`, "country", false},
		"unverified":             {403, `{"error":{"message":"Your organization must be verified to stream this model."}}`, "verified", false},
		"loading":                {503, `{"error":{"code":503,"message":"Loading model","type":"unavailable_error"}}`, "loading", true},
		"too many":               {429, `slow down, secret`, "too much", true},
		"too many tokens":        {429, `{"error":{"message":"Too many tokens, secret; the context window of a minute","code":429}}`, "too much", true},
		"a quota of a minute":    {429, `[{"error":{"code":429,"message":"You exceeded your current quota, secret","status":"RESOURCE_EXHAUSTED"}}]`, "too much", true},
		"own trouble":            {500, `<html><body>secret</body></html>`, "trouble", true},
		"a bad gateway":          {502, ``, "trouble", true},
		"a list":                 {400, `[{"error":{"code":400,"message":"secret","status":"INVALID_ARGUMENT"}}]`, "refused", false},
		"FastAPI":                {422, `{"detail":[{"loc":["body","x"],"msg":"secret","type":"missing"}]}`, "refused", false},
		"a text":                 {400, `secret`, "refused", false},
		"a page":                 {404, `<!DOCTYPE html><title>secret</title>`, "web page", false},
		"a captive portal":       {200, `<!DOCTYPE html><title>secret</title>`, "web page", false},
		"inside of 200":          {200, `{"error":{"message":"the diary is secret"}}`, "refused", false},
		"inside of 200, a text":  {200, `{"error":"the diary is secret"}`, "refused", false},
		"inside of 200, a list":  {200, `[{"error":{"code":429,"message":"secret"}}]`, "too much", true},
		"inside of 200, by code": {200, `{"error":{"message":"secret","code":429}}`, "too much", true},
		"inside of 200, a key":   {200, `{"error":{"message":"secret","type":"authentication_error"}}`, "key", false},
		"inside of 200, detail":  {200, `{"detail":"model x not found"}`, "no model", false},
		"inside of a stream":     {200, `data: {"error":{"message":"secret","code":401}}` + "\n\n", "key", false},
	} {
		t.Run(what, func(t *testing.T) {
			p := answering(t, c.status, c.body)
			_, _, _, err := collect(t.Context(), p, question())
			if e := failure(t, err); e.Retry != c.retry || !strings.Contains(e.Error(), c.says) {
				t.Errorf("retry %v, %v; want %v and %q", e.Retry, err, c.retry, c.says)
			}
			_, err = p.Embed(t.Context(), llm.EmbedRequest{Model: "e", Inputs: []string{diary}, Purpose: llm.ForQuery})
			if strings.HasPrefix(c.body, "data:") {
				return
			}
			if e := failure(t, err); e.Retry != c.retry && c.status != 200 || c.status != 200 && !strings.Contains(e.Error(), c.says) {
				t.Errorf("embedding: retry %v, %v; want %v and %q", e.Retry, err, c.retry, c.says)
			}
		})
	}
}

func TestRetryAfter(t *testing.T) {
	p := serve(t, "llama", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "7")
		w.WriteHeader(429)
	})
	_, _, _, err := collect(t.Context(), p, question())
	if e := failure(t, err); e.After != 7*time.Second {
		t.Errorf("to wait %s", e.After)
	}
}

// TestModelLists reads lists of models in several forms.
func TestModelLists(t *testing.T) {
	for _, body := range []string{
		`{"object":"list","data":[{"id":"a"},{"id":"b"}]}`, `{"data":[{"id":"a","x":1},{"name":"b"}]}`,
		`{"models":[{"name":"a"},{"model":"b"}]}`, `["a","b"]`, `[{"id":"a"},{"id":"b"},{"id":null},5]`,
	} {
		names, err := answering(t, 200, body).Pinger.(llm.Lister).Models(t.Context())
		if err != nil || !slices.Equal(names, []string{"a", "b"}) {
			t.Errorf("%s: %q, %v", body, names, err)
		}
	}
	for _, body := range []string{`<html>secret</html>`, `{"error":"secret"}`, `secret`, ``} {
		failure(t, answering(t, 200, body).Ping(t.Context()))
	}
}

// TestAnnouncedEnd takes an object that is whole for an answer when the server
// announces the end without a reason.
func TestAnnouncedEnd(t *testing.T) {
	req := question()
	req.Schema = schema
	for body, well := range map[string]bool{
		content(`"{\"response\":\"yes\"}"`) + `data: {"choices":[{"delta":{},"finish_reason":""}]}` + "\n\ndata: [DONE]\n\n":      true,
		content(`"{\"response\":\"yes\"}"`) + "data: [DONE]\n\n":                                                                  true,
		content(`"{\"response\":\"ye"`) + "data: [DONE]\n\n":                                                                      false,
		content(`"{\"response\":\"yes\"}"`):                                                                                       false,
		content(`"{\"response\":\"yes\"}"`) + `data: {"choices":[{"delta":{},"finish_reason":"abort"}]}` + "\n\ndata: [DONE]\n\n": false,
	} {
		if _, _, last, err := collect(t.Context(), answering(t, 200, body), req); (err == nil) != well || well && last.Finish != llm.FinishStop {
			t.Errorf("%s: %+v, %v", body, last, err)
		}
	}
}

// TestExtraGoesBack returns what a provider attached to a call, such as the
// signature of Gemini's thinking, without which it refuses the next request.
func TestExtraGoesBack(t *testing.T) {
	const extra = `{"google":{"thought_signature":"c2VjcmV0"}}`
	var sent []byte
	p := serve(t, "google", func(w http.ResponseWriter, r *http.Request) {
		sent, _ = io.ReadAll(r.Body)
		_, _ = io.WriteString(w, delta(`{"tool_calls":[{"id":"a","type":"function","function":{"name":"look","arguments":"{}"},"extra_content":`+extra+`}]}`)+stop)
	})
	req := question()
	req.Tools = []llm.Tool{{Name: "look", Schema: json.RawMessage(`{"type":"object","properties":{},"additionalProperties":false}`)}}
	_, calls, _, err := collect(t.Context(), p, req)
	if err != nil || len(calls) != 1 {
		t.Fatalf("%+v, %v", calls, err)
	}
	req.Messages = append(req.Messages, llm.Message{Role: llm.Assistant, Calls: calls}, llm.Message{Role: llm.User, Results: []llm.ToolResult{{CallID: "a", Name: "look", Content: "x"}}})
	if _, _, _, err := collect(t.Context(), p, req); err != nil || !strings.Contains(string(sent), `"extra_content":`+extra) {
		t.Errorf("sent %s, %v", sent, err)
	}
}

// TestGrammarsThatFail asks again without the schema that llama.cpp cannot make a
// grammar of, or whose grammar its own parser does not understand.
func TestGrammarsThatFail(t *testing.T) {
	for what, c := range map[string]struct {
		status int
		body   string
	}{
		"samplers": {400, `{"error":{"code":400,"message":"Failed to initialize samplers: failed to parse grammar","type":"invalid_request_error"}}`},
		"format":   {500, `{"error":{"code":500,"message":"The model produced output that does not match the expected peg-native format","type":"server_error"}}`},
	} {
		p := serve(t, "llama", func(w http.ResponseWriter, r *http.Request) {
			if body, _ := io.ReadAll(r.Body); strings.Contains(string(body), "response_format") {
				w.WriteHeader(c.status)
				_, _ = io.WriteString(w, c.body)
				return
			}
			_, _ = io.WriteString(w, content(`"{\"response\":\"yes\"}"`)+stop)
		})
		req := question()
		req.Schema = schema
		if text, _, _, err := collect(t.Context(), p, req); err != nil || text != `{"response":"yes"}` {
			t.Errorf("%s: %q, %v", what, text, err)
		}
	}
}
