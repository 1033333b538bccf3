package gemini

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"regexp"
	"strings"

	"daybook/internal/llm"
	"daybook/internal/llm/llmhttp"
)

// generateRequest is the body of a request for an answer.
type generateRequest struct {
	System     *content    `json:"systemInstruction,omitempty"`
	Contents   []content   `json:"contents"`
	Generation *generation `json:"generationConfig,omitempty"`
	Tools      []tools     `json:"tools,omitempty"`
	ToolConfig *toolConfig `json:"toolConfig,omitempty"`
}

type content struct {
	Role  string `json:"role,omitempty"` // "user" or "model"
	Parts []part `json:"parts"`
}

type part struct {
	Text             string            `json:"text,omitempty"`
	InlineData       *inlineData       `json:"inlineData,omitempty"`
	FunctionCall     *functionCall     `json:"functionCall,omitempty"`
	FunctionResponse *functionResponse `json:"functionResponse,omitempty"`
	ThoughtSignature string            `json:"thoughtSignature,omitempty"` // base64
}

type inlineData struct {
	MIMEType string `json:"mimeType"`
	Data     string `json:"data"` // base64
}

type functionCall struct {
	ID   string          `json:"id,omitempty"`
	Name string          `json:"name"`
	Args json.RawMessage `json:"args,omitempty"`
}

type functionResponse struct {
	ID       string            `json:"id,omitempty"`
	Name     string            `json:"name"`
	Response map[string]string `json:"response"`
}

type generation struct {
	MaxOutputTokens    int             `json:"maxOutputTokens,omitempty"`
	ResponseMIMEType   string          `json:"responseMimeType,omitempty"`
	ResponseJSONSchema json.RawMessage `json:"responseJsonSchema,omitempty"`
}

type tools struct {
	Functions []function `json:"functionDeclarations"`
}

type function struct {
	Name        string          `json:"name"`
	Description string          `json:"description"`
	Parameters  json.RawMessage `json:"parametersJsonSchema"`
}

type toolConfig struct {
	Calling struct {
		Mode string `json:"mode"`
	} `json:"functionCallingConfig"`
}

// quirks are what was learned about a model, mostly what its server refuses.
type quirks struct {
	format   formatting
	noLimit  bool
	noSystem bool // the system text goes into the first message
	noTools  bool
	noStream bool
	embeds   bool // it has embedded a text
}

// formatting is how to request a structured answer.
type formatting int

const (
	bySchema formatting = iota // responseJsonSchema
	byType                     // responseMimeType, and the schema in words
	inWords                    // the schema in words alone
)

// request translates a request for a server with quirks.
func request(req llm.Request, q quirks) *generateRequest {
	out := &generateRequest{}
	g := generation{}
	if !q.noLimit {
		g.MaxOutputTokens = min(req.MaxOutputTokens, 1<<30)
	}
	system := req.System
	if req.Schema != nil {
		if q.format != inWords {
			g.ResponseMIMEType = "application/json"
		}
		if q.format == bySchema {
			g.ResponseJSONSchema = req.Schema.JSON
		} else {
			system = llmhttp.InWords(req)
		}
	}
	if g.MaxOutputTokens > 0 || g.ResponseMIMEType != "" {
		out.Generation = &g
	}
	if system != "" && !q.noSystem {
		out.System, system = &content{Parts: []part{{Text: system}}}, ""
	}
	if !q.noTools {
		offer(out, req)
	}
	for _, m := range req.Messages {
		if system != "" && m.Role == llm.User && len(m.Results) == 0 {
			m.Text, system = strings.TrimSpace(system+"\n\n"+m.Text), ""
		}
		role := "user"
		if m.Role == llm.Assistant {
			role = "model"
		}
		out.Contents = append(out.Contents, content{role, parts(m)})
	}
	return out
}

// offer adds the tools.
func offer(out *generateRequest, req llm.Request) {
	if len(req.Tools) == 0 {
		return
	}
	var all tools
	for _, t := range req.Tools {
		all.Functions = append(all.Functions, function{t.Name, t.Description, t.Schema})
	}
	out.Tools = []tools{all}
	if req.NoCalls {
		out.ToolConfig = &toolConfig{}
		out.ToolConfig.Calling.Mode = "NONE"
	}
}

// parts translates the parts of a message.
func parts(m llm.Message) []part {
	var out []part
	for _, r := range m.Results {
		key := "output"
		if r.Failed {
			key = "error"
		}
		out = append(out, part{FunctionResponse: &functionResponse{idOf(r.CallID), r.Name, map[string]string{key: r.Content}}})
	}
	for _, img := range m.Images {
		out = append(out, part{InlineData: &inlineData{img.MediaType, base64.StdEncoding.EncodeToString(img.Data)}})
	}
	if m.Text != "" {
		out = append(out, part{Text: m.Text})
	}
	for _, call := range m.Calls {
		out = append(out, part{
			FunctionCall:     &functionCall{idOf(call.ID), call.Name, call.Arguments},
			ThoughtSignature: base64.StdEncoding.EncodeToString(call.Signature),
		})
	}
	return out
}

// idOf returns the id of a call as Gemini knows it.
func idOf(id string) string {
	if llmhttp.MadeUp(id) {
		return ""
	}
	return id
}

// Parts of the messages with which servers refuse something, in lower case.
var (
	saysFormat = regexp.MustCompile(`response_?json_?schema|response_?schema|response_?mime_?type|json mode|schema|mime type`)
	saysSystem = regexp.MustCompile(`system_?instruction|system instruction|developer instruction`)
	saysTools  = regexp.MustCompile(`function[_ ]?call|\btools?\b|function_?declaration|parametersjsonschema`)
	saysLimit  = regexp.MustCompile(`max_?output_?tokens`)
	saysStream = regexp.MustCompile(`\bstream(ing|ed)?\b|streamgeneratecontent`)
)

// without returns the quirks to try after a refused request, or q itself if there are
// none.
func (q quirks) without(sent *generateRequest, r *llmhttp.Refusal) quirks {
	says := r.Says()
	structured := sent.Generation != nil && sent.Generation.ResponseMIMEType != ""
	switch {
	case says == "":
	case sent.Generation != nil && sent.Generation.MaxOutputTokens > 0 && saysLimit.MatchString(says):
		q.noLimit = true
	case sent.System != nil && saysSystem.MatchString(says):
		q.noSystem = true
	case structured && saysFormat.MatchString(says):
		q.format++
	case len(sent.Tools) > 0 && saysTools.MatchString(says):
		q.noTools = true
	case !q.noStream && saysStream.MatchString(says):
		q.noStream = true
	case structured && r.Status != http.StatusNotFound && r.Status != http.StatusInternalServerError:
		q.format = inWords
	}
	return q
}
