package openai

import (
	"encoding/base64"
	"encoding/json"
	"strings"

	"daybook/internal/llm"
	"daybook/internal/llm/llmhttp"
)

// chatRequest is the body of a request for a chat completion.
type chatRequest struct {
	Model               string          `json:"model"`
	Messages            []message       `json:"messages"`
	ResponseFormat      *responseFormat `json:"response_format,omitempty"`
	Tools               []tool          `json:"tools,omitempty"`
	ToolChoice          string          `json:"tool_choice,omitempty"`
	MaxTokens           int             `json:"max_tokens,omitempty"`
	MaxCompletionTokens int             `json:"max_completion_tokens,omitempty"`
	Stream              bool            `json:"stream"`
	StreamOptions       *streamOptions  `json:"stream_options,omitempty"`
}

type streamOptions struct {
	IncludeUsage bool `json:"include_usage"`
}

type responseFormat struct {
	Type       string      `json:"type"`
	JSONSchema *jsonSchema `json:"json_schema,omitempty"`
}

type jsonSchema struct {
	Name   string          `json:"name"`
	Strict bool            `json:"strict"`
	Schema json.RawMessage `json:"schema"`
}

type tool struct {
	Type     string   `json:"type"` // "function"
	Function function `json:"function"`
}

type function struct {
	Name        string          `json:"name"`
	Description string          `json:"description"`
	Parameters  json.RawMessage `json:"parameters"`
	Strict      bool            `json:"strict,omitempty"`
}

type message struct {
	Role       string     `json:"role"`
	Content    any        `json:"content,omitempty"` // a string or parts
	ToolCalls  []toolCall `json:"tool_calls,omitempty"`
	ToolCallID string     `json:"tool_call_id,omitempty"`
}

type toolCall struct {
	ID       string `json:"id"`
	Type     string `json:"type"` // "function"
	Function struct {
		Name      string `json:"name"`
		Arguments string `json:"arguments"`
	} `json:"function"`
	Extra json.RawMessage `json:"extra_content,omitempty"`
}

// part is a part of a user's message with images.
type part struct {
	Type     string    `json:"type"`
	Text     string    `json:"text,omitempty"`
	ImageURL *imageURL `json:"image_url,omitempty"`
}

type imageURL struct {
	URL string `json:"url"`
}

// chatRequest translates a request for a server with quirks.
func (m *client) chatRequest(req llm.Request, q quirks) *chatRequest {
	out := &chatRequest{Model: req.Model, Stream: !q.noStream}
	if out.Stream && !q.noStreamOptions {
		out.StreamOptions = &streamOptions{IncludeUsage: true}
	}
	system := m.format(out, req, q)
	if system != "" && !q.noSystem {
		out.Messages = append(out.Messages, message{Role: "system", Content: system})
	}
	for _, msg := range alternating(req.Messages) {
		if q.noSystem && system != "" && msg.Role == llm.User && len(msg.Results) == 0 {
			msg.Text, system = strings.TrimSpace(system+"\n\n"+msg.Text), ""
		}
		out.Messages = append(out.Messages, messages(msg)...)
	}
	m.limit(out, req.MaxOutputTokens, q)
	m.offer(out, req, q)
	return out
}

// format requests a structured answer in the best way that the server supports. It
// returns the system text, which may have to describe the form.
func (m *client) format(out *chatRequest, req llm.Request, q quirks) (system string) {
	if req.Schema == nil {
		return strings.TrimSpace(req.System)
	}
	format := q.format
	if m.plainJSON {
		format = inWords
	}
	switch format {
	case bySchema:
		out.ResponseFormat = &responseFormat{Type: "json_schema", JSONSchema: &jsonSchema{
			Name: req.Schema.Name, Strict: true, Schema: req.Schema.JSON,
		}}
		return strings.TrimSpace(req.System)
	case byObject:
		out.ResponseFormat = &responseFormat{Type: "json_object"}
	}
	return llmhttp.InWords(req)
}

// limit limits the answer. OpenAI's newer models refuse the older name of the
// parameter, and most other servers only know that.
func (m *client) limit(out *chatRequest, tokens int, q quirks) {
	switch {
	case q.limit == noLimit:
	case m.official == (q.limit == usualLimit):
		out.MaxCompletionTokens = tokens
	default:
		out.MaxTokens = tokens
	}
}

// offer adds the tools. To forbid calls, it says so to OpenAI, and leaves the tools
// out for other servers, which do not support that.
func (m *client) offer(out *chatRequest, req llm.Request, q quirks) {
	canForbidCalls := m.official && !q.noToolChoice
	switch {
	case q.noTools:
		return
	case req.NoCalls && !canForbidCalls:
		return
	}
	for _, t := range req.Tools {
		out.Tools = append(out.Tools, tool{Type: "function", Function: function{
			Name: t.Name, Description: t.Description, Parameters: t.Schema, Strict: !m.plainJSON && !q.noStrict,
		}})
	}
	if req.NoCalls && len(out.Tools) > 0 {
		out.ToolChoice = "none"
	}
}

// alternating joins neighboring messages of one role: the chat templates of many
// models refuse a conversation whose roles do not alternate.
func alternating(messages []llm.Message) []llm.Message {
	var out []llm.Message
	for _, m := range messages {
		n := len(out)
		if n == 0 || !joins(out[n-1], m) {
			out = append(out, m)
			continue
		}
		m.Text = out[n-1].Text + "\n\n" + m.Text
		out[n-1] = m
	}
	return out
}

// joins reports whether b can be one message with a, which comes before it.
func joins(a, b llm.Message) bool {
	calls := len(a.Calls) + len(a.Results) + len(b.Calls) + len(b.Results)
	return a.Role == b.Role && len(a.Images) == 0 && calls == 0
}

// messages translates a message. Each tool result becomes a message of its
// own.
func messages(m llm.Message) []message {
	if m.Role == llm.Assistant {
		return []message{assistant(m)}
	}
	var out []message
	for _, r := range m.Results {
		content := r.Content
		if r.Failed { // there is no field for it
			content = "Error: " + content
		}
		out = append(out, message{Role: "tool", Content: content, ToolCallID: r.CallID})
	}
	switch {
	case len(m.Images) > 0:
		out = append(out, message{Role: "user", Content: parts(m)})
	case m.Text != "" || len(out) == 0:
		out = append(out, message{Role: "user", Content: m.Text})
	}
	return out
}

func assistant(m llm.Message) message {
	out := message{Role: "assistant"}
	if m.Text != "" || len(m.Calls) == 0 {
		out.Content = m.Text
	}
	for _, c := range m.Calls {
		call := toolCall{ID: c.ID, Type: "function"}
		call.Function.Name, call.Function.Arguments = c.Name, string(c.Arguments)
		if json.Valid(c.Signature) { // it is this protocol's
			call.Extra = c.Signature
		}
		out.ToolCalls = append(out.ToolCalls, call)
	}
	return out
}

func parts(m llm.Message) []part {
	var out []part
	for _, img := range m.Images {
		url := "data:" + img.MediaType + ";base64," + base64.StdEncoding.EncodeToString(img.Data)
		out = append(out, part{Type: "image_url", ImageURL: &imageURL{url}})
	}
	if m.Text != "" {
		out = append(out, part{Type: "text", Text: m.Text})
	}
	return out
}
