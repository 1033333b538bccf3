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

// quote writes a JSON string.
func quote(s string) string {
	data, _ := json.Marshal(s) // strings always marshal
	return string(data)
}

// play puts the script's deltas and its mishaps into frames, each delta by
// the protocol's own function.
func (s Script) play(delta func(string) string, failure string, end ...string) []frame {
	var frames []frame
	if s.Garbage {
		frames = append(frames, frame{data: "data: {\"choices\": [tru\n\n"})
	}
	for i, text := range s.Deltas {
		wait := s.Every
		if i == 0 {
			wait = s.First
		}
		if s.SilentAfter > 0 && i == s.SilentAfter {
			return append(frames, frame{wait: -1})
		}
		if s.ErrorAfter > 0 && i == s.ErrorAfter {
			return append(frames, frame{data: failure})
		}
		frames = append(frames, frame{wait, delta(text)})
	}
	if s.SilentAfter > 0 {
		return append(frames, frame{wait: -1})
	}
	for _, e := range end {
		frames = append(frames, frame{data: e})
	}
	return frames
}

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
		return Request{Model: in.Model, Inputs: in.Input, Base64: in.Format == "base64"}, ""
	}
	var in struct {
		Model          string
		Stream         bool
		StreamOptions  struct{ Include_usage bool } `json:"stream_options"`
		MaxTokens      int                          `json:"max_tokens"`
		MaxCompletion  int                          `json:"max_completion_tokens"`
		ResponseFormat *struct {
			Type       string
			JSONSchema struct {
				Name   string
				Strict bool
				Schema json.RawMessage
			} `json:"json_schema"`
		} `json:"response_format"`
		Messages []struct {
			Role    string
			Content json.RawMessage
		}
	}
	if err := json.Unmarshal(body, &in); err != nil {
		return Request{}, err.Error()
	}
	req := Request{Model: in.Model, MaxTokens: max(in.MaxTokens, in.MaxCompletion)}
	switch {
	case r.URL.Path != "/v1/chat/completions":
		return req, "unknown path " + r.URL.Path
	case !in.Stream || !in.StreamOptions.Include_usage:
		return req, "not asked to stream with usage"
	}
	if f := in.ResponseFormat; f != nil {
		if f.Type != "json_schema" || !f.JSONSchema.Strict || f.JSONSchema.Name == "" {
			return req, "a response format that is no strict, named schema"
		}
		req.Schema = f.JSONSchema.Schema
	}
	for _, m := range in.Messages {
		text, images, wrong := openaiContent(m.Content)
		if wrong != "" {
			return req, wrong
		}
		if m.Role == "system" {
			req.System = text
			continue
		}
		req.Messages = append(req.Messages, llm.Message{Role: llm.Role(m.Role), Text: text, Images: images})
	}
	return req, ""
}

func openaiContent(raw json.RawMessage) (text string, images []llm.Image, wrong string) {
	if json.Unmarshal(raw, &text) == nil {
		return text, nil, ""
	}
	var parts []struct {
		Type     string
		Text     string
		ImageURL struct{ URL string } `json:"image_url"`
	}
	if err := json.Unmarshal(raw, &parts); err != nil {
		return "", nil, err.Error()
	}
	for _, p := range parts {
		if p.Type == "image_url" {
			mediaType, data, ok := strings.Cut(strings.TrimPrefix(p.ImageURL.URL, "data:"), ";base64,")
			if !ok {
				return "", nil, "an image that is no base64 data URL"
			}
			images = append(images, llm.Image{MediaType: mediaType, Data: []byte(data)})
			continue
		}
		text += p.Text
	}
	return text, images, ""
}

func (openai) errorBody(_ int, code string) []byte {
	return fmt.Appendf(nil, `{"error":{"message":"a message with secrets of the diary","type":"some_error","param":null,"code":%s}}`, quote(code))
}

func (openai) events(req Request, s Script) []frame {
	head := `data: {"id":"c-1","object":"chat.completion.chunk","created":1700000000,"model":` + quote(req.Model) + `,"choices":[{"index":0,"delta":`
	finish := map[llm.Finish]string{"": "stop", llm.FinishStop: "stop", llm.FinishLength: "length", llm.FinishRefusal: "content_filter"}[s.Finish]
	return s.play(
		func(text string) string {
			return head + `{"content":` + quote(text) + `},"finish_reason":null}],"usage":null}` + "\n\n"
		},
		`data: {"error":{"message":"overloaded with the diary","type":"server_error","code":null}}`+"\n\n",
		head+`{},"finish_reason":"`+finish+`"}],"usage":null}`+"\n\n",
		fmt.Sprintf(`data: {"id":"c-1","object":"chat.completion.chunk","choices":[],"usage":{"prompt_tokens":%d,"completion_tokens":%d,"total_tokens":%d}}`+"\n\n",
			s.Usage.InputTokens, s.Usage.OutputTokens, s.Usage.InputTokens+s.Usage.OutputTokens),
		"data: [DONE]\n\n")
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

type anthropic struct{}

func (anthropic) name() string { return "anthropic" }

func (anthropic) read(r *http.Request, body []byte) (Request, string) {
	var in struct {
		Model     string
		Stream    bool
		MaxTokens int `json:"max_tokens"`
		System    []struct{ Text string }
		Output    struct {
			Format *struct {
				Type   string
				Schema json.RawMessage
			}
		} `json:"output_config"`
		Messages []struct {
			Role    string
			Content []struct {
				Type, Text string
				Source     struct {
					MediaType string `json:"media_type"`
					Data      string
				}
			}
		}
	}
	if err := json.Unmarshal(body, &in); err != nil {
		return Request{}, err.Error()
	}
	req := Request{Model: in.Model, MaxTokens: in.MaxTokens}
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
			return req, "a format that is no schema"
		}
		req.Schema = f.Schema
	}
	for _, m := range in.Messages {
		msg := llm.Message{Role: llm.Role(m.Role)}
		for _, c := range m.Content {
			if c.Type == "image" {
				msg.Images = append(msg.Images, llm.Image{MediaType: c.Source.MediaType, Data: []byte(c.Source.Data)})
				continue
			}
			msg.Text += c.Text
		}
		req.Messages = append(req.Messages, msg)
	}
	return req, ""
}

func (anthropic) errorBody(status int, code string) []byte {
	if code == "" {
		code = map[int]string{429: "rate_limit_error", 529: "overloaded_error"}[status]
	}
	return fmt.Appendf(nil, `{"type":"error","error":{"type":%s,"message":"a message with secrets of the diary"}}`, quote(code))
}

func (anthropic) events(_ Request, s Script) []frame {
	event := func(name, data string) string {
		return "event: " + name + "\ndata: {\"type\":\"" + name + "\"" + data + "}\n\n"
	}
	finish := map[llm.Finish]string{"": "end_turn", llm.FinishStop: "end_turn", llm.FinishLength: "max_tokens", llm.FinishRefusal: "refusal"}[s.Finish]
	frames := []frame{
		{data: event("message_start", fmt.Sprintf(`,"message":{"id":"m","type":"message","role":"assistant","content":[],"usage":{"input_tokens":%d,"cache_read_input_tokens":%d,"output_tokens":1}}`,
			s.Usage.InputTokens-s.Usage.InputTokens/2, s.Usage.InputTokens/2))},
		{data: event("content_block_start", `,"index":0,"content_block":{"type":"text","text":""}`)},
		{data: event("ping", "")},
	}
	return append(frames, s.play(
		func(text string) string {
			return event("content_block_delta", `,"index":0,"delta":{"type":"text_delta","text":`+quote(text)+`}`)
		},
		event("error", `,"error":{"type":"overloaded_error","message":"overloaded with the diary"}`),
		event("content_block_stop", `,"index":0`),
		event("message_delta", fmt.Sprintf(`,"delta":{"stop_reason":"%s","stop_sequence":null},"usage":{"output_tokens":%d}`, finish, s.Usage.OutputTokens)),
		event("message_stop", ""))...)
}

func (anthropic) embeddings([][]float32, bool) []byte { return []byte(`{}`) }

type gemini struct{}

func (gemini) name() string { return "gemini" }

type geminiContent struct {
	Role  string
	Parts []struct {
		Text       string
		InlineData *struct{ MIMEType, Data string } `json:"inlineData"`
	}
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
	}
	if err := json.Unmarshal(body, &in); err != nil {
		return Request{}, err.Error()
	}
	g := in.GenerationConfig
	req := Request{Model: model, System: in.SystemInstruction.text(), Schema: g.ResponseJSONSchema, MaxTokens: g.MaxOutputTokens}
	switch {
	case r.URL.Query().Get("alt") != "sse":
		return req, "not asked for events"
	case g.ResponseJSONSchema != nil && g.ResponseMIMEType != "application/json":
		return req, "a schema without the media type of JSON"
	}
	for _, c := range in.Contents {
		msg := llm.Message{Role: llm.Role(strings.Replace(c.Role, "model", "assistant", 1)), Text: c.text()}
		for _, p := range c.Parts {
			if p.InlineData != nil {
				msg.Images = append(msg.Images, llm.Image{MediaType: p.InlineData.MIMEType, Data: []byte(p.InlineData.Data)})
			}
		}
		req.Messages = append(req.Messages, msg)
	}
	return req, ""
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
	return fmt.Appendf(nil, `{"error":{"code":%d,"message":"a message with secrets of the diary","status":%s}}`, status, quote(code))
}

func (gemini) events(_ Request, s Script) []frame {
	event := func(text, rest string) string {
		return `data: {"candidates":[{"content":{"parts":[{"text":` + quote(text) + `}],"role":"model"}` + rest + `,"index":0}],"modelVersion":"m"` + "}\n\n"
	}
	finish := map[llm.Finish]string{"": "STOP", llm.FinishStop: "STOP", llm.FinishLength: "MAX_TOKENS", llm.FinishRefusal: "SAFETY"}[s.Finish]
	return s.play(
		func(text string) string { return event(text, "") },
		`data: {"error":{"code":503,"message":"overloaded with the diary","status":"UNAVAILABLE"}}`+"\n\n",
		event("", `,"finishReason":"`+finish+`"`),
		fmt.Sprintf(`data: {"usageMetadata":{"promptTokenCount":%d,"candidatesTokenCount":%d,"totalTokenCount":%d}}`+"\n\n",
			s.Usage.InputTokens, s.Usage.OutputTokens, s.Usage.InputTokens+s.Usage.OutputTokens))
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
