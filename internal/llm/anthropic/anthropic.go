// Package anthropic speaks Anthropic's Messages.
package anthropic

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"iter"
	"net/http"
	"strings"

	sdk "github.com/anthropics/anthropic-sdk-go"
	"github.com/anthropics/anthropic-sdk-go/option"

	"daybook/internal/llm"
	"daybook/internal/llm/llmhttp"
	"daybook/internal/llm/sse"
)

const defaultBase = "https://api.anthropic.com/"

// defaultOutput bounds an answer that sets no bound itself: Anthropic asks
// for one.
const defaultOutput = 8192

// Config says how to reach Anthropic. Nothing is read from the environment.
type Config struct {
	APIKey     string
	BaseURL    string // "" is Anthropic's own
	HTTPClient *http.Client
}

var caller = llmhttp.Caller{Name: "anthropic", Label: "Anthropic", KeyVar: "ANTHROPIC_API_KEY"}

type client struct {
	sdk    sdk.Client
	models sdk.ModelService
}

// New returns the provider "anthropic". It has no embeddings.
func New(c Config) llm.Provider {
	base := c.BaseURL
	if base == "" {
		base = defaultBase
	}
	// The client is put together here: the SDK's NewClient looks for keys and
	// profiles in the environment and in the home folder.
	options := []option.RequestOption{
		option.WithBaseURL(strings.TrimRight(base, "/") + "/"), option.WithHTTPClient(c.HTTPClient), option.WithMaxRetries(0),
	}
	if c.APIKey != "" {
		options = append(options, option.WithAPIKey(c.APIKey))
	}
	m := &client{sdk: sdk.Client{Options: options}, models: sdk.NewModelService(options...)}
	return llm.Provider{Name: "anthropic", Chat: m, Pinger: m}
}

// Stream streams an answer; as with OpenAI the SDK makes the request, and the
// events are decoded here.
func (m *client) Stream(ctx context.Context, req llm.Request) iter.Seq2[llm.Chunk, error] {
	return func(yield func(llm.Chunk, error) bool) {
		p, err := params(req)
		if err != nil {
			yield(llm.Chunk{}, err)
			return
		}
		var resp *http.Response
		err = llmhttp.Apart(func() error {
			return m.sdk.Execute(ctx, http.MethodPost, "v1/messages", p, &resp,
				option.WithJSONSet("stream", true), option.WithHeader("Accept", "text/event-stream"))
		})
		if err != nil {
			yield(llm.Chunk{}, failure(ctx, err))
			return
		}
		defer resp.Body.Close()
		d := decoder{events: sse.NewReader(resp.Body)}
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

func params(req llm.Request) (sdk.MessageNewParams, error) {
	p := sdk.MessageNewParams{Model: sdk.Model(req.Model), MaxTokens: defaultOutput}
	if req.MaxOutputTokens > 0 {
		p.MaxTokens = int64(req.MaxOutputTokens)
	}
	if req.System != "" {
		p.System = []sdk.TextBlockParam{{Text: req.System}}
	}
	if req.Schema != nil {
		var schema map[string]any
		if err := json.Unmarshal(req.Schema.JSON, &schema); err != nil {
			return p, err
		}
		p.OutputConfig = sdk.OutputConfigParam{Format: sdk.JSONOutputFormatParam{Schema: schema}}
	}
	for _, msg := range req.Messages {
		var blocks []sdk.ContentBlockParamUnion
		for _, img := range msg.Images {
			blocks = append(blocks, sdk.NewImageBlockBase64(img.MediaType, base64.StdEncoding.EncodeToString(img.Data)))
		}
		if msg.Text != "" {
			blocks = append(blocks, sdk.NewTextBlock(msg.Text))
		}
		if msg.Role == llm.Assistant {
			p.Messages = append(p.Messages, sdk.NewAssistantMessage(blocks...))
			continue
		}
		p.Messages = append(p.Messages, sdk.NewUserMessage(blocks...))
	}
	return p, nil
}

// event is what is used of an event of the stream.
type event struct {
	Type    string `json:"type"`
	Message struct {
		Usage usage `json:"usage"`
	} `json:"message"`
	Delta struct {
		Type       string `json:"type"`
		Text       string `json:"text"`
		StopReason string `json:"stop_reason"`
	} `json:"delta"`
	Usage usage `json:"usage"`
	Error struct {
		Type string `json:"type"`
	} `json:"error"`
}

type usage struct {
	Input        int `json:"input_tokens"`
	CacheRead    int `json:"cache_read_input_tokens"`
	CacheWritten int `json:"cache_creation_input_tokens"`
	Output       int `json:"output_tokens"`
}

// decoder turns events into chunks. The terminal signal is message_stop, with
// the reason given before it.
type decoder struct {
	events *sse.Reader
	finish llm.Finish
	usage  llm.Usage
}

func (d *decoder) next(ctx context.Context) (llm.Chunk, error) {
	for {
		e, err := d.events.Next()
		if err != nil {
			return llm.Chunk{}, caller.Cut(ctx, err)
		}
		var ev event
		if err := json.Unmarshal(e.Data, &ev); err != nil {
			return llm.Chunk{}, caller.Nonsense()
		}
		switch ev.Type {
		case "message_start":
			u := ev.Message.Usage
			d.usage.InputTokens = u.Input + u.CacheRead + u.CacheWritten
		case "content_block_delta":
			if ev.Delta.Type == "text_delta" && ev.Delta.Text != "" {
				return llm.Chunk{Text: ev.Delta.Text}, nil
			}
		case "message_delta":
			d.usage.OutputTokens = ev.Usage.Output
			if ev.Delta.StopReason != "" {
				d.finish = finishOf(ev.Delta.StopReason)
			}
		case "message_stop":
			if d.finish == "" {
				return llm.Chunk{}, caller.Cut(ctx, nil)
			}
			return llm.Chunk{Finish: d.finish, Usage: d.usage}, nil
		case "error":
			return llm.Chunk{}, caller.Status(statusOf(ev.Error.Type), ev.Error.Type, nil)
		}
	}
}

func finishOf(reason string) llm.Finish {
	switch reason {
	case "max_tokens", "model_context_window_exceeded":
		return llm.FinishLength
	case "refusal":
		return llm.FinishRefusal
	}
	return llm.FinishStop
}

// statusOf is the HTTP status that an error inside of a stream would have had
// before it.
func statusOf(errorType string) int {
	switch errorType {
	case "rate_limit_error":
		return http.StatusTooManyRequests
	case "invalid_request_error", "billing_error":
		return http.StatusBadRequest
	case "authentication_error", "permission_error":
		return http.StatusUnauthorized
	case "timeout_error":
		return http.StatusGatewayTimeout
	}
	return http.StatusInternalServerError
}

func failure(ctx context.Context, err error) error {
	var e *sdk.Error
	if !errors.As(err, &e) {
		return caller.Broken(ctx, err)
	}
	var header http.Header
	if e.Response != nil {
		header = e.Response.Header
	}
	return caller.Status(e.StatusCode, string(e.Type()), header)
}

// Ping lists the models, which needs the key and sends nothing.
func (m *client) Ping(ctx context.Context) error {
	if _, err := m.models.List(ctx, sdk.ModelListParams{}); err != nil {
		return failure(ctx, err)
	}
	return nil
}
