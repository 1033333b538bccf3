package llmtest

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"strings"

	"daybook/internal/llm"
)

type openai struct{}

func (openai) name() string { return "openai" }

func (openai) read(r *http.Request, body []byte) (Request, string) {
	if r.URL.Path == "/v1/embeddings" {
		var in struct {
			Model  string
			Input  []string
			Format string `json:"encoding_format"`
		}
		if err := json.Unmarshal(body, &in); err != nil {
			return Request{}, err.Error()
		}
		return Request{Model: in.Model, Inputs: in.Input, Base64: in.Format == "base64", Parameters: parameters(body)}, ""
	}
	var in openaiRequest
	if err := json.Unmarshal(body, &in); err != nil {
		return Request{}, err.Error()
	}
	req := Request{Model: in.Model, MaxTokens: max(in.MaxTokens, in.MaxCompletion), NoCalls: in.ToolChoice == "none", Parameters: parameters(body)}
	if r.URL.Path != "/v1/chat/completions" {
		return req, "unknown path " + r.URL.Path
	}
	if f := in.ResponseFormat; f != nil && f.Type != "json_object" {
		if f.Type != "json_schema" || !f.JSONSchema.Strict || f.JSONSchema.Name == "" {
			return req, "a response format that is not a strict, named schema"
		}
		req.Schema = f.JSONSchema.Schema
	}
	for _, t := range in.Tools {
		if t.Type != "function" {
			return req, "a tool that is not a function"
		}
		req.Tools = append(req.Tools, llm.Tool{Name: t.Function.Name, Description: t.Function.Description, Schema: t.Function.Parameters})
	}
	for _, m := range in.Messages {
		if wrong := m.read(&req); wrong != "" {
			return req, wrong
		}
	}
	return req, ""
}

type openaiRequest struct {
	Model          string
	MaxTokens      int `json:"max_tokens"`
	MaxCompletion  int `json:"max_completion_tokens"`
	ResponseFormat *struct {
		Type       string
		JSONSchema struct {
			Name   string
			Strict bool
			Schema json.RawMessage
		} `json:"json_schema"`
	} `json:"response_format"`
	Tools []struct {
		Type     string
		Function struct {
			Name, Description string
			Parameters        json.RawMessage
		}
	}
	ToolChoice string `json:"tool_choice"`
	Messages   []openaiMessage
}

type openaiMessage struct {
	Role      string
	Content   json.RawMessage
	ToolCalls []struct {
		ID, Type string
		Function struct{ Name, Arguments string }
	} `json:"tool_calls"`
	ToolCallID string `json:"tool_call_id"`
}

// read adds a message to a request. The results of a round, each a message of
// its own here, become one.
func (m openaiMessage) read(req *Request) string {
	msg := llm.Message{Role: llm.Role(m.Role)}
	if wrong := m.content(&msg); wrong != "" {
		return wrong
	}
	for _, c := range m.ToolCalls {
		if c.Type != "function" {
			return "a call of no function"
		}
		msg.Calls = append(msg.Calls, llm.ToolCall{ID: c.ID, Name: c.Function.Name, Arguments: json.RawMessage(c.Function.Arguments)})
	}
	switch m.Role {
	case "system":
		req.System = msg.Text
	case "tool":
		result := llm.ToolResult{CallID: m.ToolCallID, Content: msg.Text}
		if last := len(req.Messages) - 1; last > 0 && len(req.Messages[last].Results) > 0 {
			result.Name = nameOf(req.Messages[:last], m.ToolCallID)
			req.Messages[last].Results = append(req.Messages[last].Results, result)
			return ""
		}
		result.Name = nameOf(req.Messages, m.ToolCallID)
		req.Messages = append(req.Messages, llm.Message{Role: llm.User, Results: []llm.ToolResult{result}})
	default:
		if last := len(req.Messages) - 1; last >= 0 && req.Messages[last].Role == msg.Role && len(req.Messages[last].Results) == 0 {
			req.lax = "two messages of one role, which many chat templates refuse"
		}
		req.Messages = append(req.Messages, msg)
	}
	return ""
}

func (m openaiMessage) content(msg *llm.Message) string {
	onlyCalls := len(m.Content) == 0 && len(m.ToolCalls) > 0
	if onlyCalls || json.Unmarshal(m.Content, &msg.Text) == nil {
		return ""
	}
	var parts []struct {
		Type     string
		Text     string
		ImageURL struct{ URL string } `json:"image_url"`
	}
	if err := json.Unmarshal(m.Content, &parts); err != nil {
		return err.Error()
	}
	for _, p := range parts {
		if p.Type != "image_url" {
			msg.Text += p.Text
			continue
		}
		mediaType, data, ok := strings.Cut(strings.TrimPrefix(p.ImageURL.URL, "data:"), ";base64,")
		if !ok {
			return "an image that is not a base64 data URL"
		}
		if wrong := image(msg, mediaType, data); wrong != "" {
			return wrong
		}
	}
	return ""
}

func (openai) errorBody(_ int, code string) []byte {
	return fmt.Appendf(nil, `{"error":{"message":"a message with secrets of the diary","type":"some_error","param":null,"code":%s}}`, quote(code))
}

func (openai) events(req Request, s Script) []frame {
	head := `data: {"id":"c-1","object":"chat.completion.chunk","created":1700000000,"model":` + quote(req.Model) + `,"choices":[{"index":0,"delta":`
	finish := openaiFinish(s)
	role := `"role":"assistant",` // in the first delta alone
	first := func() string {
		defer func() { role = "" }()
		return role
	}
	if len(s.Deltas) > 0 {
		role = ""
	}
	var end []string
	for _, delta := range openaiCalls(s) {
		end = append(end, head+`{`+first()+`"tool_calls":[`+delta+`]},"finish_reason":null}],"usage":null}`+"\n\n")
	}
	end = append(end,
		head+`{},"finish_reason":"`+finish+`"}],"usage":null}`+"\n\n",
		fmt.Sprintf(`data: {"id":"c-1","object":"chat.completion.chunk","choices":[],"usage":{"prompt_tokens":%d,"completion_tokens":%d,"total_tokens":%d}}`+"\n\n",
			s.Usage.InputTokens, s.Usage.OutputTokens, s.Usage.InputTokens+s.Usage.OutputTokens),
		"data: [DONE]\n\n")
	if role = ""; len(s.Deltas) > 0 {
		role = `"role":"assistant",`
	}
	return s.play(
		func(text string) string {
			return head + `{` + first() + `"content":` + quote(text) + `},"finish_reason":null}],"usage":null}` + "\n\n"
		},
		`data: {"error":{"message":"overloaded with the diary","type":"server_error","code":null}}`+"\n\n",
		end...)
}

// openaiCalls are the fragments of a script's calls.
func openaiCalls(s Script) []string {
	var deltas []string
	for i, c := range s.Calls {
		if s.Loose {
			deltas = append(deltas, fmt.Sprintf(`{"type":"function","function":{"name":%s,"arguments":%s}}`, quote(c.Name), quote(string(c.Arguments))))
			continue
		}
		deltas = append(deltas, fmt.Sprintf(`{"index":%d,"id":%s,"type":"function","function":{"name":%s,"arguments":""}}`, i, quote(c.ID), quote(c.Name)))
		for _, f := range s.fragments(c.Arguments) {
			deltas = append(deltas, fmt.Sprintf(`{"index":%d,"function":{"arguments":%s}}`, i, quote(f)))
		}
	}
	return deltas
}

func (openai) embeddings(vectors [][]float32, inBase64 bool) []byte {
	type item struct {
		Object    string `json:"object"`
		Index     int    `json:"index"`
		Embedding any    `json:"embedding"`
	}
	out := struct {
		Object string         `json:"object"`
		Model  string         `json:"model"`
		Data   []item         `json:"data"`
		Usage  map[string]int `json:"usage"`
	}{Object: "list", Model: "m", Usage: map[string]int{"prompt_tokens": 7 * len(vectors), "total_tokens": 7 * len(vectors)}}
	for i := range vectors { // in another order than asked, as is allowed
		j := len(vectors) - 1 - i
		it := item{"embedding", j, vectors[j]}
		if inBase64 {
			var raw []byte
			for _, c := range vectors[j] {
				raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(c))
			}
			it.Embedding = raw // bytes marshal as base64
		}
		out.Data = append(out.Data, it)
	}
	data, _ := json.Marshal(out) // numbers always marshal
	return data
}
