package llmtest

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"

	"daybook/internal/llm"
)

// Refuse makes the server refuse calls to OpenAI's protocol that have one of
// these parameters, as servers that do not know them do. "json_schema" refuses
// only that type of response_format.
func (s *Server) Refuse(parameters ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refuses = parameters
}

// parameters are the names in a body of a request beside those that every
// request has. A parameter that is false is not there, and the type of a
// response_format is one more.
func parameters(body []byte) []string {
	var fields map[string]json.RawMessage
	if json.Unmarshal(body, &fields) != nil {
		return nil
	}
	for _, name := range []string{"model", "messages", "input"} {
		delete(fields, name)
	}
	maps.DeleteFunc(fields, func(_ string, v json.RawMessage) bool { return string(v) == "false" })
	names := slices.Sorted(maps.Keys(fields))
	var format struct{ Type string }
	if raw, ok := fields["response_format"]; ok && json.Unmarshal(raw, &format) == nil {
		names = append(names, format.Type)
	}
	return names
}

// refuse answers a call that has a parameter of those, and reports whether it
// did.
func refuse(w http.ResponseWriter, req Request, parameters []string) bool {
	for _, name := range parameters {
		if slices.Contains(req.Parameters, name) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusBadRequest)
			_, _ = fmt.Fprintf(w, `{"error":{"message":"Unsupported parameter: '%s' is not supported with this model.","type":"invalid_request_error"}}`, name)
			return true
		}
	}
	return false
}

// wholeUnasked says what is wrong with a call that does not ask for a stream
// with usage though the server does not refuse that.
func wholeUnasked(req Request, refuses []string) string {
	if req.Provider != "openai" || req.Inputs != nil || slices.Contains(refuses, "stream") {
		return ""
	}
	for _, name := range []string{"stream", "stream_options"} {
		if !slices.Contains(refuses, name) && !slices.Contains(req.Parameters, name) {
			return "not asked to stream with usage"
		}
	}
	return ""
}

// body answers with a script's body.
func (s *Server) body(w http.ResponseWriter, r *http.Request, script Script) {
	kind := script.Type
	if kind == "" {
		kind = "text/event-stream"
	}
	w.Header().Set("Content-Type", kind)
	_, _ = io.WriteString(w, script.Body)
	if script.Hang {
		_ = http.NewResponseController(w).Flush()
		s.untilLeft(r)
	}
}

// openaiWhole is a chat completion that is not streamed.
func openaiWhole(s Script) []byte {
	type message struct {
		Role      string           `json:"role"`
		Content   string           `json:"content"`
		ToolCalls []map[string]any `json:"tool_calls,omitempty"`
	}
	m := message{Role: "assistant", Content: strings.Join(s.Deltas, "")}
	for _, c := range s.Calls {
		m.ToolCalls = append(m.ToolCalls, map[string]any{
			"id": c.ID, "type": "function", "function": map[string]any{"name": c.Name, "arguments": string(c.Arguments)},
		})
	}
	data, _ := json.Marshal(map[string]any{ // strings and numbers always marshal
		"id": "c-1", "object": "chat.completion",
		"choices": []any{map[string]any{"index": 0, "message": m, "finish_reason": openaiFinish(s)}},
		"usage": map[string]int{
			"prompt_tokens": s.Usage.InputTokens, "completion_tokens": s.Usage.OutputTokens,
			"total_tokens": s.Usage.InputTokens + s.Usage.OutputTokens,
		},
	})
	return data
}

// openaiFinish is the reason for finishing that a script gives.
func openaiFinish(s Script) string {
	if s.Reason != "" {
		return s.Reason
	}
	if len(s.Calls) > 0 && s.Finish == "" && !s.Loose {
		return "tool_calls"
	}
	return map[llm.Finish]string{
		"": "stop", llm.FinishStop: "stop", llm.FinishLength: "length", llm.FinishRefusal: "content_filter", llm.FinishTools: "tool_calls",
	}[s.Finish]
}
