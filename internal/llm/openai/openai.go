// Package openai speaks OpenAI's Chat Completions and embeddings, which
// Ollama, llama.cpp, vLLM and many others speak too.
package openai

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"iter"
	"net/http"
	"strings"

	sdk "github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"

	"daybook/internal/llm"
	"daybook/internal/llm/llmhttp"
	"daybook/internal/llm/sse"
)

// defaultBase is where OpenAI itself is.
const defaultBase = "https://api.openai.com/v1"

// Config says which server to speak to. Nothing is read from the environment.
type Config struct {
	Name       string // "openai", or the name of an endpoint of the settings
	APIKey     string // "" sends no key
	BaseURL    string // "" is OpenAI's own
	HTTPClient *http.Client
	// PlainJSON is for servers that take no JSON schema: it is put into the
	// system text instead.
	PlainJSON bool
}

type client struct {
	caller     llmhttp.Caller
	official   bool
	plainJSON  bool
	chat       sdk.ChatCompletionService
	embeddings sdk.EmbeddingService
	models     sdk.ModelService
}

// New returns the provider that c describes.
func New(c Config) llm.Provider {
	base := c.BaseURL
	if base == "" {
		base = defaultBase
	}
	// The services are made one by one: the SDK's NewClient reads keys,
	// addresses and headers from the environment.
	options := []option.RequestOption{
		option.WithBaseURL(strings.TrimRight(base, "/") + "/"), option.WithHTTPClient(c.HTTPClient), option.WithMaxRetries(0),
	}
	if c.APIKey != "" {
		options = append(options, option.WithAPIKey(c.APIKey))
	}
	m := &client{
		caller:     llmhttp.Caller{Name: c.Name, Label: c.Name, KeyVar: "its key in the settings"},
		official:   c.Name == "openai",
		plainJSON:  c.PlainJSON,
		chat:       sdk.NewChatCompletionService(options...),
		embeddings: sdk.NewEmbeddingService(options...),
		models:     sdk.NewModelService(options...),
	}
	if m.official {
		m.caller.Label, m.caller.KeyVar = "OpenAI", "OPENAI_API_KEY"
	}
	return llm.Provider{Name: c.Name, Chat: m, Embedder: m, Pinger: m}
}

// Stream streams an answer. The SDK makes the request; the events are decoded
// here, into no more than is used, since a server may have a thousand streams
// open.
func (m *client) Stream(ctx context.Context, req llm.Request) iter.Seq2[llm.Chunk, error] {
	return func(yield func(llm.Chunk, error) bool) {
		var resp *http.Response
		err := llmhttp.Apart(func() error {
			p, err := m.params(req)
			if err != nil {
				return err
			}
			_, err = m.chat.New(ctx, p, option.WithJSONSet("stream", true),
				option.WithHeader("Accept", "text/event-stream"), option.WithResponseBodyInto(&resp))
			if err != nil {
				return m.failure(ctx, err)
			}
			return nil
		})
		if err != nil {
			yield(llm.Chunk{}, err)
			return
		}
		defer resp.Body.Close()
		d := decoder{caller: m.caller, events: sse.NewReader(resp.Body), calls: joiner{Calls: m.caller.Calls(req)}}
		for {
			chunk, err := d.next(ctx)
			if err != nil {
				yield(llm.Chunk{}, err)
				return
			}
			if !yield(chunk, nil) || chunk.Finish != "" {
				return
			}
		}
	}
}

// event is what is used of a chunk of the stream.
type event struct {
	Choices []struct {
		Delta struct {
			Content   string      `json:"content"`
			Refusal   string      `json:"refusal"`
			ToolCalls []callDelta `json:"tool_calls"`
		} `json:"delta"`
		FinishReason string `json:"finish_reason"`
	} `json:"choices"`
	Usage *struct {
		PromptTokens     int `json:"prompt_tokens"`
		CompletionTokens int `json:"completion_tokens"`
	} `json:"usage"`
	Error json.RawMessage `json:"error"`
}

// decoder turns events into chunks. The terminal signal is the reason for
// finishing; the usage comes behind it, in an event of its own before
// "[DONE]", so that is what is waited for. Some servers leave "[DONE]" out
// and close: with the reason given that is an end as well.
type decoder struct {
	caller  llmhttp.Caller
	events  *sse.Reader
	calls   joiner
	finish  llm.Finish
	refused bool
	usage   llm.Usage
	rest    []llm.Chunk // what is yet to be passed on of the end
}

func (d *decoder) next(ctx context.Context) (llm.Chunk, error) {
	for len(d.rest) == 0 {
		e, err := d.events.Next()
		if err != nil || string(e.Data) == "[DONE]" {
			if d.finish == "" || err != nil && !errors.Is(err, io.EOF) {
				return llm.Chunk{}, d.caller.Cut(ctx, err)
			}
			if d.rest, err = d.calls.End(d.finish, d.usage); err != nil {
				return llm.Chunk{}, err
			}
			break
		}
		var ev event
		if err := json.Unmarshal(e.Data, &ev); err != nil {
			return llm.Chunk{}, d.caller.Nonsense()
		}
		if len(ev.Error) > 0 && string(ev.Error) != "null" {
			return llm.Chunk{}, d.streamError(ev.Error)
		}
		if ev.Usage != nil {
			d.usage = llm.Usage{InputTokens: ev.Usage.PromptTokens, OutputTokens: ev.Usage.CompletionTokens}
		}
		if len(ev.Choices) == 0 {
			continue
		}
		choice := &ev.Choices[0]
		d.refused = d.refused || choice.Delta.Refusal != ""
		if choice.FinishReason != "" {
			d.finish = finishOf(choice.FinishReason, d.refused)
		}
		for i := range choice.Delta.ToolCalls {
			if err := d.calls.add(&choice.Delta.ToolCalls[i]); err != nil {
				return llm.Chunk{}, err
			}
		}
		if choice.Delta.Content != "" {
			return llm.Chunk{Text: choice.Delta.Content}, nil
		}
	}
	chunk := d.rest[0]
	d.rest = d.rest[1:]
	return chunk, nil
}

func finishOf(reason string, refused bool) llm.Finish {
	switch {
	case reason == "content_filter" || refused:
		return llm.FinishRefusal
	case reason == "length":
		return llm.FinishLength
	case reason == "tool_calls":
		return llm.FinishTools
	}
	return llm.FinishStop
}

// streamError reads an error that came inside of a stream.
func (d *decoder) streamError(raw json.RawMessage) error {
	var e struct {
		Type string          `json:"type"`
		Code json.RawMessage `json:"code"`
	}
	_ = json.Unmarshal(raw, &e) // an error of another form has no code
	var code string
	if json.Unmarshal(e.Code, &code) != nil || code == "" {
		code = e.Type
	}
	status := http.StatusInternalServerError
	switch code {
	case "rate_limit_exceeded", "rate_limit_error", "insufficient_quota":
		status = http.StatusTooManyRequests
	case "invalid_request_error", "context_length_exceeded":
		status = http.StatusBadRequest
	}
	return d.caller.Status(status, code, nil)
}

// failure turns an error of the SDK into ours.
func (m *client) failure(ctx context.Context, err error) error {
	var e *sdk.Error
	if !errors.As(err, &e) {
		return m.caller.Broken(ctx, err)
	}
	code := e.Code
	if code == "" {
		code = e.Type
	}
	var header http.Header
	if e.Response != nil {
		header = e.Response.Header
	}
	return m.caller.Status(e.StatusCode, code, header)
}

// Bounds on one request for embeddings.
const (
	maxInputs     = 256
	maxInputBytes = 512 << 10
)

// Embed returns the vectors of req.Inputs. The purpose makes no difference to
// OpenAI's models.
func (m *client) Embed(ctx context.Context, req llm.EmbedRequest) (llm.Embeddings, error) {
	var out llm.Embeddings
	for batch := range llmhttp.Batches(req.Inputs, maxInputs, maxInputBytes) {
		var answer []byte
		_, err := m.embeddings.New(ctx, sdk.EmbeddingNewParams{
			Model:          req.Model,
			Input:          sdk.EmbeddingNewParamsInputUnion{OfArrayOfStrings: batch},
			EncodingFormat: sdk.EmbeddingNewParamsEncodingFormatBase64,
		}, option.WithResponseBodyInto(&answer))
		if err != nil {
			return llm.Embeddings{}, m.failure(ctx, err)
		}
		vectors, usage, err := decodeEmbeddings(answer, len(batch))
		if err != nil {
			return llm.Embeddings{}, m.caller.Nonsense()
		}
		if err := m.caller.Vectors(vectors, len(batch)); err != nil {
			return llm.Embeddings{}, err
		}
		out.Vectors = append(out.Vectors, vectors...)
		out.Usage.InputTokens += usage
	}
	return out, m.caller.Vectors(out.Vectors, len(req.Inputs))
}

// Models lists the models, which needs the key and sends nothing. Not all of
// OpenAI's own can chat; it does not say which.
func (m *client) Models(ctx context.Context) ([]string, error) {
	page, err := m.models.List(ctx)
	if err != nil {
		return nil, m.failure(ctx, err)
	}
	names := make([]string, len(page.Data))
	for i := range page.Data {
		names[i] = page.Data[i].ID
	}
	return names, nil
}

// Ping implements llm.Pinger.
func (m *client) Ping(ctx context.Context) error {
	_, err := m.Models(ctx)
	return err
}
