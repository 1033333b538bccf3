package llmtest_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"

	"daybook"
	"daybook/internal/llm"
	"daybook/internal/llm/llmhttp"
	"daybook/internal/llm/llmtest"
	"daybook/internal/llm/openai"
)

var tools = []llm.Tool{
	{Name: "search_days", Description: "Finds days.", Schema: json.RawMessage(
		`{"type":"object","properties":{"question":{"type":"string"},"top":{"type":"integer"}},"required":["question","top"],"additionalProperties":false}`)},
	{Name: "today", Description: "Says what day it is.", Schema: json.RawMessage(
		`{"type":"object","properties":{},"required":[],"additionalProperties":false}`)},
}

// calls are what the fakes ask for: twice the same tool, and one without
// arguments.
func calls() []llm.ToolCall {
	return []llm.ToolCall{
		{ID: "c_1", Name: "search_days", Arguments: json.RawMessage(`{"question":"né 日本 😀 \"x\"","top":3}`)},
		{ID: "c_2", Name: "today", Arguments: json.RawMessage(`{}`)},
		{ID: "c_3", Name: "search_days", Arguments: json.RawMessage(`{"question":"y","top":1}`)},
	}
}

func questionWithTools() llm.Request {
	req := question()
	req.Tools = tools
	return req
}

// collectCalls runs a stream to its end.
func collectCalls(ctx context.Context, p llm.Provider, req llm.Request) (text string, calls []llm.ToolCall, last llm.Chunk, err error) {
	for chunk, err := range p.Chat.Stream(ctx, req) {
		switch {
		case err != nil:
			return text, calls, llm.Chunk{}, err
		case last.Finish != "":
			return text, calls, last, errors.New("there is more behind the end")
		case chunk.Text != "" && len(calls) > 0:
			return text, calls, last, errors.New("there is text behind a call")
		case chunk.Call != nil:
			calls = append(calls, *chunk.Call)
		}
		text += chunk.Text
		last = chunk
	}
	return text, calls, last, nil
}

// TestRoundOfTools has a model call tools, and sends it their results.
func TestRoundOfTools(t *testing.T) {
	for what, first := range map[string]llmtest.Script{
		"whole":        {},
		"in runes":     {Fragment: 1},
		"in fragments": {Fragment: 7, Bytewise: true},
		"loose":        {Loose: true},
	} {
		t.Run(what, func(t *testing.T) { all(t, func(t *testing.T, name string) { round(t, name, first) }) })
	}
}

func round(t *testing.T, name string, first llmtest.Script) {
	first.Deltas, first.Usage, first.Calls = []string{"Let me ", "look."}, llm.Usage{InputTokens: 12, OutputTokens: 34}, calls()
	p, s := setup(t, name, 0, func(r llmtest.Request) llmtest.Script {
		if len(r.Messages) == 1 {
			return first
		}
		return llmtest.Script{Deltas: []string{"On Monday."}}
	})
	req := questionWithTools()
	text, got, last, err := collectCalls(t.Context(), p, req)
	if err != nil || text != "Let me look." || last.Finish != llm.FinishTools || last.Usage != first.Usage {
		t.Fatalf("%q, %+v, %v", text, last, err)
	}
	sameCalls(t, got, !first.Loose || name == "anthropic")

	results := []llm.ToolResult{
		{CallID: got[0].ID, Name: got[0].Name, Content: `[{"date":"2024-01-01"}]`}, {CallID: got[1].ID, Name: got[1].Name},
		{CallID: got[2].ID, Name: got[2].Name, Content: "no such day", Failed: true},
	}
	req.Messages = append(req.Messages, llm.Message{Role: llm.Assistant, Text: text, Calls: got}, llm.Message{Role: llm.User, Results: results})
	if text, _, last, err = collectCalls(t.Context(), p, req); err != nil || text != "On Monday." || last.Finish != llm.FinishStop {
		t.Fatalf("%q, %+v, %v", text, last, err)
	}
	sent := s.Requests()[1]
	for i, tool := range sent.Tools {
		if tool.Name != tools[i].Name || tool.Description != tools[i].Description || !sameJSON(tool.Schema, tools[i].Schema) {
			t.Errorf("the tool %s came as %+v", tools[i].Name, tool)
		}
	}
	if len(sent.Tools) != len(tools) || sent.NoCalls || len(sent.Messages) != 3 || sent.Messages[1].Text != "Let me look." {
		t.Fatalf("the provider was sent %+v", sent)
	}
	sameCalls(t, sent.Messages[1].Calls, !first.Loose || name == "anthropic")
	for i, r := range sent.Messages[2].Results {
		want := results[i]
		want.CallID = sent.Messages[1].Calls[i].ID
		if name == "openai" && want.Failed {
			want.Failed, want.Content = false, "Error: no such day"
		}
		if r != want {
			t.Errorf("a result came as %+v, want %+v", r, want)
		}
	}
}

func sameCalls(t *testing.T, got []llm.ToolCall, withIDs bool) {
	t.Helper()
	want := calls()
	if len(got) != len(want) {
		t.Fatalf("calls %+v", got)
	}
	ids := map[string]bool{}
	for i, c := range got {
		if c.Name != want[i].Name || !sameJSON(c.Arguments, want[i].Arguments) || c.ID == "" || ids[c.ID] || withIDs && c.ID != want[i].ID {
			t.Errorf("call %+v, want %+v", c, want[i])
		}
		ids[c.ID] = true
	}
}

func sameJSON(a, b json.RawMessage) bool {
	var x, y any
	return json.Unmarshal(a, &x) == nil && json.Unmarshal(b, &y) == nil && reflect.DeepEqual(x, y)
}

// TestSignatures holds what Gemini signs a call with: it comes back with the
// call, as it was, and with no other.
func TestSignatures(t *testing.T) {
	signature := []byte{0, 255, 1, 62, 63}
	for _, loose := range []bool{false, true} {
		script := llmtest.Script{Calls: calls(), Loose: loose}
		script.Calls[0].Signature = signature
		p, s := setup(t, "gemini", 0, play(script))
		req := questionWithTools()
		_, got, _, err := collectCalls(t.Context(), p, req)
		if err != nil {
			t.Fatal(err)
		}
		results := llm.Message{Role: llm.User}
		for _, c := range got {
			results.Results = append(results.Results, llm.ToolResult{CallID: c.ID, Name: c.Name, Content: "x"})
		}
		req.Messages = append(req.Messages, llm.Message{Role: llm.Assistant, Calls: got}, results)
		if _, _, _, err := collectCalls(t.Context(), p, req); err != nil {
			t.Fatal(err)
		}
		for i, c := range s.Requests()[1].Messages[1].Calls {
			if i == 0 && !slices.Equal(c.Signature, signature) || i > 0 && c.Signature != nil {
				t.Errorf("call %d came back signed %v", i, c.Signature)
			}
			if strings.HasPrefix(c.ID, "call ") != loose { // the fake's own, where there was none
				t.Errorf("call %d came back as %q", i, c.ID)
			}
		}
	}
}

// TestTextBesideResults says something behind the results.
func TestTextBesideResults(t *testing.T) {
	all(t, func(t *testing.T, name string) {
		p, s := setup(t, name, 0, llmtest.Reply("x"))
		req := questionWithTools()
		req.NoCalls = true
		call := calls()[1]
		req.Messages = append(req.Messages, llm.Message{Role: llm.Assistant, Calls: []llm.ToolCall{call}}, llm.Message{
			Role: llm.User, Text: "Answer now.", Images: []llm.Image{{MediaType: "image/png", Data: []byte(pixels)}},
			Results: []llm.ToolResult{{CallID: call.ID, Name: call.Name, Content: "Monday"}},
		})
		if _, _, err := collect(t.Context(), p, req); err != nil {
			t.Fatal(err)
		}
		sent := s.Requests()[0]
		last := sent.Messages[len(sent.Messages)-1]
		if !sent.NoCalls || len(sent.Tools) != 2 || last.Text != "Answer now." || len(last.Images) != 1 || len(sent.Messages[2].Results) != 1 {
			t.Errorf("the provider was sent %+v", sent)
		}
	})
}

// TestOnlyOpenAIIsToldToCallNothing leaves the tools out instead.
func TestOnlyOpenAIIsToldToCallNothing(t *testing.T) {
	client := llmhttp.NewClient(0)
	t.Cleanup(client.CloseIdleConnections)
	s := llmtest.Start(t, llmtest.Reply("x"))
	p := openai.New(openai.Config{Name: "ollama", APIKey: llmtest.Key, BaseURL: s.BaseURL("openai"), HTTPClient: client})
	req := questionWithTools()
	req.NoCalls = true
	if _, _, err := collect(t.Context(), p, req); err != nil || len(s.Requests()[0].Tools) != 0 || s.Requests()[0].NoCalls {
		t.Errorf("%v, sent %+v", err, s.Requests())
	}
}

// TestCallsCutAnywhere cuts an answer with calls after each of its bytes: no
// call is passed on of an answer that has no end.
func TestCallsCutAnywhere(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	all(t, func(t *testing.T, name string) {
		cut := 0
		p, _ := setup(t, name, 0, func(llmtest.Request) llmtest.Script {
			return llmtest.Script{Deltas: []string{"a"}, Calls: calls()[1:], Fragment: 10, CutAfter: cut}
		})
		complete := 0
		for cut = 1; complete < 50 && cut < 6000; cut++ {
			_, got, last, err := collectCalls(t.Context(), p, questionWithTools())
			if err == nil {
				if len(got) != 2 || last.Finish != llm.FinishTools {
					t.Fatalf("cut after %d bytes: %+v, %+v", cut, got, last)
				}
				complete++
				continue
			}
			var failure *llm.Error
			if !errors.As(err, &failure) || !failure.Retry || failure.Public.Kind != daybook.Upstream || len(got) > 0 {
				t.Fatalf("cut after %d bytes: %v, %+v", cut, err, got)
			}
		}
		if complete == 0 || cut < 500 {
			t.Errorf("complete %d times, last cut after %d bytes", complete, cut)
		}
	})
}

func TestWrongCalls(t *testing.T) {
	call := func(name, arguments string) []llm.ToolCall {
		return []llm.ToolCall{{ID: "c", Name: name, Arguments: json.RawMessage(arguments)}}
	}
	large := func(n int) string { return `{"question":"` + strings.Repeat("x", n-15) + `"}` }
	for what, c := range map[string]struct {
		calls    []llm.ToolCall
		fragment int
		says     string
	}{
		"not JSON":           {call("today", `{"secret":`), 0, "The arguments are not a JSON object."},
		"no object":          {call("today", `["secret"]`), 0, "The arguments are not a JSON object."},
		"a number":           {call("today", `7`), 0, "The arguments are not a JSON object."},
		"a string of no use": {call("today", `"secret"`), 0, "The arguments are not a JSON object."},
		"not offered":        {call("secret", `{}`), 0, "Unknown tool."},
		"not a name":         {call("functions.today run", `{}`), 0, "Unknown tool."},
		"without a name":     {call("", `{}`), 0, "Unknown tool."},
		"wrong throughout":   {call("secret", `[`), 0, "Unknown tool."},
		"too large":          {call("search_days", large(llm.MaxArguments+1)), 0, "The arguments are too long."},
		"too large in parts": {call("search_days", large(llm.MaxArguments+1)), 1000, "The arguments are too long."},
	} {
		t.Run(what, func(t *testing.T) {
			all(t, func(t *testing.T, name string) {
				if name == "gemini" && !json.Valid(c.calls[0].Arguments) {
					t.Skip("Gemini sends arguments as JSON itself")
				}
				p, _ := setup(t, name, 0, func(r llmtest.Request) llmtest.Script {
					if len(r.Messages) == 1 {
						return llmtest.Script{Calls: c.calls, Fragment: c.fragment}
					}
					return llmtest.Script{Deltas: []string{"On Monday."}}
				})
				req := questionWithTools()
				_, got, last, err := collectCalls(t.Context(), p, req)
				if name == "gemini" && err != nil && c.calls[0].Arguments[0] != '{' {
					return // the SDK refuses what is not an object
				}
				if err != nil || len(got) != 1 || got[0].Invalid != c.says || last.Finish != llm.FinishTools {
					t.Fatalf("calls %+v: %v", got, err)
				}
				if strings.Contains(got[0].Invalid, "secret") {
					t.Errorf("the reason quotes the call: %s", got[0].Invalid)
				}
				// The provider takes the call back with its result.
				req.Messages = append(req.Messages, llm.Message{Role: llm.Assistant, Calls: got},
					llm.Message{Role: llm.User, Results: []llm.ToolResult{{CallID: got[0].ID, Name: got[0].Name, Content: got[0].Invalid, Failed: true}}})
				if text, _, _, err := collectCalls(t.Context(), p, req); err != nil || text != "On Monday." {
					t.Errorf("the next round: %q, %v", text, err)
				}
			})
		})
	}
	t.Run("as a string", func(t *testing.T) {
		all(t, func(t *testing.T, name string) {
			if name == "gemini" {
				t.Skip("Gemini has arguments of its own type")
			}
			p, _ := setup(t, name, 0, play(llmtest.Script{Calls: call("search_days", `"{\"question\":\"sea\",\"top\":1}"`)}))
			_, got, _, err := collectCalls(t.Context(), p, questionWithTools())
			if err != nil || len(got) != 1 || got[0].Invalid != "" || !sameJSON(got[0].Arguments, json.RawMessage(`{"question":"sea","top":1}`)) {
				t.Errorf("calls %+v: %v", got, err)
			}
		})
	})
	t.Run("too many", func(t *testing.T) {
		all(t, func(t *testing.T, name string) {
			p, _ := setup(t, name, 0, play(llmtest.Script{Calls: slices.Repeat(call("today", `{}`), llm.MaxCalls+5)}))
			if _, got, _, err := collectCalls(t.Context(), p, questionWithTools()); err != nil || len(got) != llm.MaxCalls {
				t.Errorf("%d calls, %v", len(got), err)
			}
		})
	})
	for what, script := range map[string]llmtest.Script{
		"none at all": {Finish: llm.FinishTools},
	} {
		t.Run(what, func(t *testing.T) {
			all(t, func(t *testing.T, name string) {
				p, _ := setup(t, name, 0, play(script))
				_, got, _, err := collectCalls(t.Context(), p, questionWithTools())
				checkFailure(t, err, daybook.Upstream, true)
				if len(got) > 0 {
					t.Errorf("%d calls were passed on", len(got))
				}
			})
		})
	}
	most := llmtest.Script{Calls: slices.Repeat(call("search_days", large(llm.MaxArguments)), llm.MaxCalls)}
	t.Run("as many and as large as may be", func(t *testing.T) {
		all(t, func(t *testing.T, name string) {
			p, _ := setup(t, name, 0, play(most))
			if _, got, _, err := collectCalls(t.Context(), p, questionWithTools()); err != nil || len(got) != llm.MaxCalls {
				t.Errorf("%d calls, %v", len(got), err)
			}
		})
	})
	t.Run("none were wanted", func(t *testing.T) {
		all(t, func(t *testing.T, name string) {
			p, _ := setup(t, name, 0, play(llmtest.Script{Calls: calls()}))
			req := questionWithTools()
			req.NoCalls = true
			_, _, _, err := collectCalls(t.Context(), p, req)
			checkFailure(t, err, daybook.Upstream, true)
		})
	})
}

// TestNoCallsOfHalfAnAnswer passes on no calls of an answer that was cut by a
// limit, even if they look whole.
func TestNoCallsOfHalfAnAnswer(t *testing.T) {
	all(t, func(t *testing.T, name string) {
		for _, finish := range []llm.Finish{llm.FinishLength, llm.FinishRefusal} {
			script := llmtest.Script{Calls: calls(), Finish: finish}
			if name != "gemini" {
				script.Calls[2].Arguments = json.RawMessage(`{"question":"ha`)
			}
			p, _ := setup(t, name, 0, play(script))
			if _, got, last, err := collectCalls(t.Context(), p, questionWithTools()); err != nil || len(got) > 0 || last.Finish != finish {
				t.Errorf("%+v, %+v, %v", got, last, err)
			}
		}
	})
}

// TestFakesRefuse sends what the providers would not take.
func TestFakesRefuse(t *testing.T) {
	call := calls()[0]
	assistant := llm.Message{Role: llm.Assistant, Calls: []llm.ToolCall{call}}
	result := llm.ToolResult{CallID: call.ID, Name: call.Name, Content: "x"}
	with := func(messages ...llm.Message) llm.Request {
		req := questionWithTools()
		req.Messages = append(req.Messages, messages...)
		return req
	}
	offering := func(t llm.Tool) llm.Request {
		req := question()
		req.Tools = []llm.Tool{t}
		return req
	}
	schema := func(s string) llm.Request {
		return offering(llm.Tool{Name: "a", Description: "b", Schema: json.RawMessage(s)})
	}
	other := llm.ToolResult{CallID: "c_9", Name: call.Name, Content: "x"}
	for what, req := range map[string]llm.Request{
		"a call without its result": with(assistant, llm.Message{Role: llm.User, Text: "And?"}),
		"a result of no call":       with(llm.Message{Role: llm.User, Results: []llm.ToolResult{result}}),
		"a result of another call":  with(assistant, llm.Message{Role: llm.User, Results: []llm.ToolResult{other}}),
		"a result twice":            with(assistant, llm.Message{Role: llm.User, Results: []llm.ToolResult{result, result}}),
		"calls at the end":          with(assistant),
		"a tool without a name":     offering(llm.Tool{Description: "b", Schema: tools[1].Schema}),
		"a tool in other letters":   offering(llm.Tool{Name: "a b", Description: "b", Schema: tools[1].Schema}),
		"no description":            offering(llm.Tool{Name: "a", Schema: tools[1].Schema}),
		"a schema of no object":     schema(`{"type":"string"}`),
		"an open schema":            schema(`{"type":"object","properties":{},"required":[]}`),
		"what is not required": schema(
			`{"type":"object","properties":{"a":{"type":"string"}},"required":[],"additionalProperties":false}`),
		"an open schema inside": schema(`{"type":"object","properties":{"a":{"type":"array","items":{"type":"object","properties":{}}}},` +
			`"required":["a"],"additionalProperties":false}`),
		"a reference": schema(`{"type":"object","properties":{"a":{"$ref":"#"}},"required":["a"],"additionalProperties":false}`),
	} {
		t.Run(what, func(t *testing.T) {
			all(t, func(t *testing.T, name string) { refused(t, name, req) })
		})
	}
}

// refused sends what the fake of a provider is to answer with a 400.
func refused(t *testing.T, name string, req llm.Request) {
	t.Helper()
	s := llmtest.New(llmtest.Reply("x"))
	server := httptest.NewServer(s)
	defer server.Close()
	s.URL = server.URL
	client := llmhttp.NewClient(0)
	defer client.CloseIdleConnections()
	_, _, err := collect(t.Context(), provider(t, name, s.BaseURL(name), llmtest.Key, client), req)
	checkFailure(t, err, daybook.Upstream, false)
	var failure *llm.Error
	if errors.As(err, &failure) && (failure.Status != http.StatusBadRequest || failure.Code == "") || len(s.Violations()) != 1 {
		t.Errorf("%v, %q", err, s.Violations())
	}
}

// TestRefusedBeforeItIsSent asks for what no provider is asked.
func TestRefusedBeforeItIsSent(t *testing.T) {
	structured := questionWithTools()
	structured.Schema = &llm.Schema{Name: "x", JSON: tools[1].Schema}
	showing := func(role llm.Role, images ...llm.Image) llm.Request {
		return llm.Request{Model: "m", Messages: []llm.Message{{Role: role, Text: diary, Images: images}, {Role: llm.User, Text: diary}}}
	}
	sized := func(n int) llm.Image {
		return llm.Image{MediaType: "image/png", Data: append([]byte(pixels), make([]byte, n-len(pixels))...)}
	}
	for what, c := range map[string]struct {
		req  llm.Request
		kind daybook.Kind
	}{
		"tools and a schema":  {structured, daybook.Internal},
		"the model's picture": {showing(llm.Assistant, sized(20)), daybook.Internal},
		"another kind":        {showing(llm.User, llm.Image{MediaType: "image/gif", Data: []byte("GIF89a")}), daybook.Invalid},
		"no kind":             {showing(llm.User, llm.Image{Data: []byte(pixels)}), daybook.Invalid},
		"an empty picture":    {showing(llm.User, llm.Image{MediaType: "image/png"}), daybook.Invalid},
		"pictures over 20 MB": {showing(llm.User, sized(llm.MaxImageBytes/2), sized(llm.MaxImageBytes/2+1)), daybook.TooLarge},
	} {
		t.Run(what, func(t *testing.T) {
			all(t, func(t *testing.T, name string) {
				p, s := setup(t, name, 0, llmtest.Reply("x"))
				_, _, err := collect(t.Context(), p, c.req)
				if daybook.KindOf(err) != c.kind || len(s.Requests()) > 0 {
					t.Errorf("%v after %d requests", err, len(s.Requests()))
				}
				if said := fmt.Sprint(err); strings.Contains(said, "diary") || len(said) < 20 {
					t.Errorf("the error says %q", said)
				}
			})
		})
	}
}
