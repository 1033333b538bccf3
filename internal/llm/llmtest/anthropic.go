package llmtest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"

	"daybook/internal/llm"
)

type anthropic struct{}

func (anthropic) name() string { return "anthropic" }

type anthropicRequest struct {
	Model     string
	Stream    bool
	MaxTokens int `json:"max_tokens"`
	System    anthropicBlocks
	Output    struct {
		Format *struct {
			Type   string
			Schema json.RawMessage
		}
	} `json:"output_config"`
	Tools []struct {
		Name, Description string
		InputSchema       json.RawMessage `json:"input_schema"`
		Strict            bool
	}
	ToolChoice struct{ Type string } `json:"tool_choice"`
	Messages   []struct {
		Role    string
		Content anthropicBlocks
	}
}

// anthropicBlocks are blocks, or a text in place of one.
type anthropicBlocks []anthropicBlock

// UnmarshalJSON implements json.Unmarshaler.
func (b *anthropicBlocks) UnmarshalJSON(data []byte) error {
	var text string
	if json.Unmarshal(data, &text) == nil {
		*b = anthropicBlocks{{Type: "text", Text: text}}
		return nil
	}
	return json.Unmarshal(data, (*[]anthropicBlock)(b))
}

type anthropicBlock struct {
	Type, Text string
	Source     struct {
		Type      string
		MediaType string `json:"media_type"`
		Data      string
	}
	ID, Name  string
	Input     json.RawMessage
	ToolUseID string          `json:"tool_use_id"`
	Content   anthropicBlocks // of a result
	IsError   bool            `json:"is_error"`
}

func (anthropic) read(r *http.Request, body []byte) (Request, string) {
	var in anthropicRequest
	if err := json.Unmarshal(body, &in); err != nil {
		return Request{}, err.Error()
	}
	req := Request{Model: in.Model, MaxTokens: in.MaxTokens, NoCalls: in.ToolChoice.Type == "none"}
	switch {
	case r.URL.Path != "/v1/messages":
		return req, "unknown path " + r.URL.Path
	case !in.Stream:
		return req, "not asked to stream"
	case in.MaxTokens <= 0:
		return req, "no max_tokens"
	}
	for _, b := range in.System {
		req.System += b.Text
	}
	if f := in.Output.Format; f != nil {
		if f.Type != "json_schema" {
			return req, "a format that is not a schema"
		}
		req.Schema = f.Schema
	}
	for _, t := range in.Tools {
		if !t.Strict {
			req.lax = "a tool whose schema is not kept to"
		}
		req.Tools = append(req.Tools, llm.Tool{Name: t.Name, Description: t.Description, Schema: t.InputSchema})
	}
	for _, m := range in.Messages {
		msg := llm.Message{Role: llm.Role(m.Role)}
		for _, b := range m.Content {
			if wrong := b.read(&msg, req.Messages); wrong != "" {
				return req, wrong
			}
		}
		if len(msg.Calls)+len(msg.Results) > 0 && len(req.Tools) == 0 {
			return req, "calls or results without the tools"
		}
		req.Messages = append(req.Messages, msg)
	}
	return req, ""
}

// toolID is what Anthropic takes for the id of a call.
var toolID = regexp.MustCompile(`^[a-zA-Z0-9_-]+$`)

// read adds a block to the message that it is in.
func (b anthropicBlock) read(m *llm.Message, before []llm.Message) string {
	switch b.Type {
	case "text":
		if b.Text == "" {
			return "an empty text block"
		}
		m.Text += b.Text
	case "image":
		if b.Source.Type != "base64" {
			return "an image that is not base64"
		}
		return image(m, b.Source.MediaType, b.Source.Data)
	case "tool_use":
		if !toolID.MatchString(b.ID) {
			return "a call with a wrong id"
		}
		m.Calls = append(m.Calls, llm.ToolCall{ID: b.ID, Name: b.Name, Arguments: b.Input})
	case "tool_result":
		if m.Text != "" || len(m.Images) > 0 {
			return "a result behind other content"
		}
		var content llm.Message
		for _, inner := range b.Content {
			if wrong := inner.read(&content, nil); wrong != "" {
				return wrong
			}
		}
		m.Results = append(m.Results, llm.ToolResult{
			CallID: b.ToolUseID, Name: nameOf(before, b.ToolUseID), Content: content.Text, Failed: b.IsError,
		})
	default:
		return fmt.Sprintf("a block of the type %q", b.Type)
	}
	return ""
}

func (anthropic) errorBody(status int, code string) []byte {
	if code == "" {
		code = map[int]string{429: "rate_limit_error", 529: "overloaded_error"}[status]
	}
	return fmt.Appendf(nil, `{"type":"error","error":{"type":%s,"message":"a message with secrets of the diary"}}`, quote(code))
}

func anthropicEvent(name, data string) string {
	return "event: " + name + "\ndata: {\"type\":\"" + name + "\"" + data + "}\n\n"
}

func (anthropic) events(_ Request, s Script) []frame {
	event := anthropicEvent
	finish := map[llm.Finish]string{"": "end_turn", llm.FinishStop: "end_turn", llm.FinishLength: "max_tokens", llm.FinishRefusal: "refusal", llm.FinishTools: "tool_use"}[s.Finish]
	if len(s.Calls) > 0 && s.Finish == "" {
		finish = "tool_use"
	}
	finish = cmp.Or(s.Reason, finish)
	frames := []frame{
		{data: event("message_start", fmt.Sprintf(`,"message":{"id":"m","type":"message","role":"assistant","content":[],"usage":{"input_tokens":%d,"cache_read_input_tokens":%d,"output_tokens":1}}`,
			s.Usage.InputTokens-s.Usage.InputTokens/2, s.Usage.InputTokens/2))},
		{data: event("content_block_start", `,"index":0,"content_block":{"type":"text","text":""}`)},
		{data: event("ping", "")},
	}
	end := append([]string{event("content_block_stop", `,"index":0`)}, anthropicCalls(s)...)
	end = append(end,
		event("message_delta", fmt.Sprintf(`,"delta":{"stop_reason":"%s","stop_sequence":null},"usage":{"output_tokens":%d}`, finish, s.Usage.OutputTokens)),
		event("message_stop", ""))
	return append(frames, s.play(
		func(text string) string {
			return event("content_block_delta", `,"index":0,"delta":{"type":"text_delta","text":`+quote(text)+`}`)
		},
		event("error", `,"error":{"type":"overloaded_error","message":"overloaded with the diary"}`),
		end...)...)
}

// anthropicCalls are the blocks of a script's calls.
func anthropicCalls(s Script) []string {
	var events []string
	for i, c := range s.Calls {
		input := "{}"
		if s.Loose {
			input = string(c.Arguments)
		}
		events = append(events, anthropicEvent("content_block_start",
			fmt.Sprintf(`,"index":%d,"content_block":{"type":"tool_use","id":%s,"name":%s,"input":%s}`, i+1, quote(c.ID), quote(c.Name), input)))
		for _, f := range append([]string{""}, s.fragments(c.Arguments)...) {
			if !s.Loose {
				events = append(events, anthropicEvent("content_block_delta",
					fmt.Sprintf(`,"index":%d,"delta":{"type":"input_json_delta","partial_json":%s}`, i+1, quote(f))))
			}
		}
		events = append(events, anthropicEvent("content_block_stop", fmt.Sprintf(`,"index":%d`, i+1)))
	}
	return events
}

func (anthropic) embeddings([][]float32, bool) []byte { return []byte(`{}`) }
