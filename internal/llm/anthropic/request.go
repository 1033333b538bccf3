package anthropic

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"daybook/internal/llm"
	"daybook/internal/llm/llmhttp"
)

// messagesRequest is the body of a request for an answer.
type messagesRequest struct {
	Model      string        `json:"model"`
	MaxTokens  int           `json:"max_tokens"`
	Stream     bool          `json:"stream,omitempty"`
	System     []block       `json:"system,omitempty"`
	Messages   []message     `json:"messages"`
	Output     *outputConfig `json:"output_config,omitempty"`
	Tools      []tool        `json:"tools,omitempty"`
	ToolChoice *toolChoice   `json:"tool_choice,omitempty"`
}

type outputConfig struct {
	Format outputFormat `json:"format"`
}

type outputFormat struct {
	Type   string          `json:"type"` // "json_schema"
	Schema json.RawMessage `json:"schema"`
}

type tool struct {
	Name        string          `json:"name"`
	Description string          `json:"description"`
	InputSchema json.RawMessage `json:"input_schema"`
	Strict      bool            `json:"strict,omitempty"`
}

type toolChoice struct {
	Type string `json:"type"` // "none" or "tool"
	Name string `json:"name,omitempty"`
}

type message struct {
	Role    string  `json:"role"`
	Content []block `json:"content"`
}

type block struct {
	Type      string          `json:"type"`
	Text      string          `json:"text,omitempty"`
	Source    *source         `json:"source,omitempty"`
	ID        string          `json:"id,omitempty"`
	Name      string          `json:"name,omitempty"`
	Input     json.RawMessage `json:"input,omitempty"`
	ToolUseID string          `json:"tool_use_id,omitempty"`
	Content   []block         `json:"content,omitempty"` // of a result
	IsError   bool            `json:"is_error,omitempty"`
}

type source struct {
	Type      string `json:"type"` // "base64"
	MediaType string `json:"media_type"`
	Data      string `json:"data"`
}

// quirks are what was learned of a model, mostly what its server refuses.
type quirks struct {
	format   formatting
	most     int // tokens of an answer; 0 is not known
	noStrict bool
	noTools  bool
	noStream bool
}

// formatting is how a structured answer is asked for.
type formatting int

const (
	bySchema formatting = iota // output_config
	byTool                     // a tool that must be called
	inWords
)

// outputs are the most tokens of an answer of model families, by the longest
// prefix of the model's name, as Anthropic documents them: the protocol
// requires a limit.
var outputs = map[string]int{
	"": 32_000, "claude-3": 4_096, "claude-3-5": 8_192, "claude-3-7": 64_000, "claude-2": 4_096, "claude-instant": 4_096,
	"claude-sonnet-4": 64_000, "claude-haiku-4": 64_000, "claude-opus-4": 32_000, "claude-opus-4-5": 64_000,
	"claude-fable-5": 128_000, "claude-opus-5": 128_000, "claude-sonnet-5": 128_000, "claude-haiku-5": 128_000,
}

func mostOutput(model string) int {
	best, most := -1, 0
	for prefix, n := range outputs {
		if strings.HasPrefix(model, prefix) && len(prefix) > best {
			best, most = len(prefix), n
		}
	}
	return most
}

// request translates a request for a server with quirks.
func request(req llm.Request, q quirks) *messagesRequest {
	out := &messagesRequest{Model: req.Model, MaxTokens: req.MaxOutputTokens, Stream: !q.noStream}
	if out.MaxTokens == 0 {
		out.MaxTokens = mostOutput(req.Model)
	}
	if q.most > 0 {
		out.MaxTokens = min(out.MaxTokens, q.most)
	}
	if system := format(out, req, q); system != "" {
		out.System = []block{{Type: "text", Text: system}}
	}
	for _, t := range req.Tools {
		if !q.noTools {
			out.Tools = append(out.Tools, tool{t.Name, t.Description, t.Schema, !q.noStrict})
		}
	}
	if req.NoCalls && len(out.Tools) > 0 {
		out.ToolChoice = &toolChoice{Type: "none"}
	}
	for _, m := range req.Messages {
		out.Messages = append(out.Messages, message{string(m.Role), blocks(m)})
	}
	return out
}

// answerTool is the tool that a structured answer is asked for by.
const answerTool = "answer"

// format asks for a structured answer by the best means that the server takes,
// and returns the system text, which may have to describe it.
func format(out *messagesRequest, req llm.Request, q quirks) (system string) {
	switch {
	case req.Schema == nil:
		return req.System
	case q.format == bySchema:
		out.Output = &outputConfig{outputFormat{"json_schema", req.Schema.JSON}}
		return req.System
	case q.format == byTool:
		out.Tools = []tool{{Name: answerTool, Description: "Give the answer.", InputSchema: req.Schema.JSON}}
		out.ToolChoice = &toolChoice{Type: "tool", Name: answerTool}
		return req.System
	}
	return llmhttp.InWords(req)
}

// blocks translates what a message holds. Results must come first.
func blocks(m llm.Message) []block {
	var out []block
	for _, r := range m.Results {
		b := block{Type: "tool_result", ToolUseID: r.CallID, IsError: r.Failed}
		if r.Content != "" { // a text may not be empty
			b.Content = []block{{Type: "text", Text: r.Content}}
		}
		out = append(out, b)
	}
	for _, img := range m.Images {
		out = append(out, block{Type: "image", Source: &source{"base64", img.MediaType, base64.StdEncoding.EncodeToString(img.Data)}})
	}
	if m.Text != "" {
		out = append(out, block{Type: "text", Text: m.Text})
	}
	for _, call := range m.Calls {
		out = append(out, block{Type: "tool_use", ID: call.ID, Name: call.Name, Input: call.Arguments})
	}
	return out
}

// What servers say when they refuse something, in lower case.
var (
	saysMost   = regexp.MustCompile(`max_tokens.{0,80}?> *(\d+)|max_tokens.{0,120}?(?:at most|maximum|less than or equal to|limit)\D{0,60}(\d+)`)
	saysFormat = regexp.MustCompile(`output_?config|output_?format|json[_ ]schema|structured[_ ]output|format\b`)
	saysStrict = regexp.MustCompile(`\bstrict\b`)
	saysTools  = regexp.MustCompile(`\btools?\b|\btool_`)
	saysStream = regexp.MustCompile(`\bstream(ing|ed)?\b`)
)

// without returns the quirks with which a refused request is worth sending
// again, or q itself if there are none.
func (q quirks) without(sent *messagesRequest, r *llmhttp.Refusal) quirks {
	says := r.Says()
	toolForced := sent.ToolChoice != nil && sent.ToolChoice.Type == "tool"
	structured := toolForced || sent.Output != nil
	most := saysMost.FindStringSubmatch(says)
	switch {
	case says == "":
	case most != nil:
		for _, number := range most[1:] {
			if n, err := strconv.Atoi(number); err == nil && n > 0 && n < sent.MaxTokens {
				q.most = n
			}
		}
	case len(sent.Tools) > 0 && sent.Tools[0].Strict && saysStrict.MatchString(says):
		q.noStrict = true
	case sent.Output != nil && saysFormat.MatchString(says), toolForced && sent.Output == nil && saysTools.MatchString(says):
		q.format++
	case !structured && len(sent.Tools) > 0 && saysTools.MatchString(says):
		q.noTools = true
	case sent.Stream && saysStream.MatchString(says):
		q.noStream = true
	case structured && r.Status != http.StatusNotFound && r.Status != http.StatusInternalServerError:
		q.format = inWords
	}
	return q
}
