package llmtest

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"daybook/internal/llm"
)

type gemini struct{}

func (gemini) name() string { return "gemini" }

type geminiContent struct {
	Role  string
	Parts []geminiPart
}

type geminiPart struct {
	Text         string
	InlineData   *struct{ MIMEType, Data string } `json:"inlineData"`
	FunctionCall *struct {
		ID, Name string
		Args     json.RawMessage
	}
	FunctionResponse *struct {
		ID, Name string
		Response map[string]string
	}
	ThoughtSignature []byte
}

func (c geminiContent) text() (text string) {
	for _, p := range c.Parts {
		text += p.Text
	}
	return text
}

func (gemini) read(r *http.Request, body []byte) (Request, string) {
	path := strings.TrimPrefix(r.URL.Path, "/v1beta/models/")
	model, method, _ := strings.Cut(path, ":")
	switch method {
	case "batchEmbedContents":
		return geminiEmbedding(model, body)
	case "streamGenerateContent":
	default:
		return Request{}, "unknown method " + method
	}
	var in struct {
		Contents          []geminiContent
		SystemInstruction geminiContent
		GenerationConfig  struct {
			ResponseMIMEType   string `json:"responseMimeType"`
			ResponseJSONSchema json.RawMessage
			MaxOutputTokens    int
		}
		Tools []struct {
			FunctionDeclarations []struct {
				Name, Description    string
				ParametersJSONSchema json.RawMessage
				// The API takes the names of its protocol buffers too, as Python's SDK sends.
				Snake json.RawMessage `json:"parameters_json_schema"`
			}
		}
		ToolConfig struct{ FunctionCallingConfig struct{ Mode string } }
	}
	if err := json.Unmarshal(body, &in); err != nil {
		return Request{}, err.Error()
	}
	g := in.GenerationConfig
	req := Request{Model: model, System: in.SystemInstruction.text(), Schema: g.ResponseJSONSchema, MaxTokens: g.MaxOutputTokens}
	req.NoCalls = in.ToolConfig.FunctionCallingConfig.Mode == "NONE"
	switch {
	case r.URL.Query().Get("alt") != "sse":
		return req, "not asked for events"
	case g.ResponseJSONSchema != nil && g.ResponseMIMEType != "application/json":
		return req, "a schema without the media type of JSON"
	}
	for _, t := range in.Tools {
		for _, f := range t.FunctionDeclarations {
			req.Tools = append(req.Tools, llm.Tool{Name: f.Name, Description: f.Description, Schema: append(f.ParametersJSONSchema, f.Snake...)})
		}
	}
	for _, c := range in.Contents {
		msg := llm.Message{Role: llm.Role(strings.Replace(c.Role, "model", "assistant", 1))}
		for _, p := range c.Parts {
			if wrong := p.read(&msg, req.Messages); wrong != "" {
				return req, wrong
			}
		}
		req.Messages = append(req.Messages, msg)
	}
	return req, ""
}

// read adds a part to the message that it is in. Ids may be missing: results
// then answer the calls of their name in order, and both are numbered.
func (p geminiPart) read(m *llm.Message, before []llm.Message) string {
	switch {
	case p.InlineData != nil:
		return image(m, p.InlineData.MIMEType, p.InlineData.Data)
	case p.FunctionCall != nil:
		c := p.FunctionCall
		if c.ID == "" {
			c.ID = fmt.Sprint("call ", len(m.Calls))
		}
		if c.Args == nil {
			c.Args = json.RawMessage("{}")
		}
		m.Calls = append(m.Calls, llm.ToolCall{ID: c.ID, Name: c.Name, Arguments: c.Args, Signature: p.ThoughtSignature})
	case p.FunctionResponse != nil:
		r := p.FunctionResponse
		content, ok := r.Response["output"]
		failure, failed := r.Response["error"]
		if ok == failed {
			return "a result without an output, or with an error beside it"
		}
		if i := len(m.Results); r.ID == "" && len(before) > 0 && i < len(before[len(before)-1].Calls) {
			r.ID = before[len(before)-1].Calls[i].ID
		}
		m.Results = append(m.Results, llm.ToolResult{CallID: r.ID, Name: r.Name, Content: content + failure, Failed: failed})
	default:
		m.Text += p.Text
	}
	return ""
}

func geminiEmbedding(model string, body []byte) (Request, string) {
	var in struct {
		Requests []struct {
			Model, TaskType string
			Content         geminiContent
		}
	}
	if err := json.Unmarshal(body, &in); err != nil {
		return Request{}, err.Error()
	}
	req := Request{Model: model, Inputs: []string{}}
	if len(in.Requests) > 100 {
		return req, "more than 100 texts to embed"
	}
	for _, r := range in.Requests {
		if r.TaskType != "RETRIEVAL_DOCUMENT" && r.TaskType != "RETRIEVAL_QUERY" {
			return req, "a text to embed without its purpose"
		}
		req.Query = r.TaskType == "RETRIEVAL_QUERY"
		req.Inputs = append(req.Inputs, r.Content.text())
	}
	return req, ""
}

func (gemini) errorBody(status int, code string) []byte {
	if code == "invalid_request_error" {
		code = "INVALID_ARGUMENT"
	}
	return fmt.Appendf(nil, `{"error":{"code":%d,"message":"a message with secrets of the diary","status":%s}}`, status, quote(code))
}

func (gemini) events(_ Request, s Script) []frame {
	event := func(part, rest string) string {
		return `data: {"candidates":[{"content":{"parts":[` + part + `],"role":"model"}` + rest + `,"index":0}],"modelVersion":"m"` + "}\n\n"
	}
	finish := map[llm.Finish]string{
		"": "STOP", llm.FinishStop: "STOP", llm.FinishLength: "MAX_TOKENS", llm.FinishRefusal: "SAFETY", llm.FinishTools: "MALFORMED_FUNCTION_CALL",
	}[s.Finish]
	var end []string
	for _, c := range s.Calls {
		id := `"id":` + quote(c.ID) + `,`
		if s.Loose {
			id = ""
		}
		part := `{"functionCall":{` + id + `"name":` + quote(c.Name) + `,"args":` + string(c.Arguments) + `}`
		if c.Signature != nil {
			part += `,"thoughtSignature":"` + base64.StdEncoding.EncodeToString(c.Signature) + `"`
		}
		end = append(end, event(part+"}", ""))
	}
	end = append(end,
		event(`{"text":""}`, `,"finishReason":"`+cmp.Or(s.Reason, finish)+`"`),
		fmt.Sprintf(`data: {"usageMetadata":{"promptTokenCount":%d,"candidatesTokenCount":%d,"totalTokenCount":%d}}`+"\n\n",
			s.Usage.InputTokens, s.Usage.OutputTokens, s.Usage.InputTokens+s.Usage.OutputTokens))
	return s.play(
		func(text string) string { return event(`{"text":`+quote(text)+`}`, "") },
		`data: {"error":{"code":503,"message":"overloaded with the diary","status":"UNAVAILABLE"}}`+"\n\n",
		end...)
}

func (gemini) embeddings(vectors [][]float32, _ bool) []byte {
	type values struct {
		Values []float32 `json:"values"`
	}
	var out struct {
		Embeddings []values `json:"embeddings"`
	}
	for _, v := range vectors {
		out.Embeddings = append(out.Embeddings, values{v})
	}
	data, _ := json.Marshal(out) // numbers always marshal
	return data
}
