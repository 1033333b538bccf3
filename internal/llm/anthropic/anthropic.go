// Package anthropic speaks Anthropic's Messages.
package anthropic

import (
	"context"
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

// Config says how to reach Anthropic. Nothing is read from the environment.
type Config struct {
	APIKey     string
	BaseURL    string // "" is Anthropic's own
	HTTPClient *http.Client
}

var caller = llmhttp.Caller{Name: "anthropic", Label: "Anthropic", KeyVar: "ANTHROPIC_API_KEY"}

type client struct {
	messages sdk.MessageService
	models   sdk.ModelService
}

// New returns the provider "anthropic". It has no embeddings.
func New(c Config) llm.Provider {
	base := c.BaseURL
	if base == "" {
		base = defaultBase
	}
	// Only the two services that are used are made, each by itself: the SDK's
	// Client links every other one into the program, and its NewClient looks for
	// keys and profiles in the environment and in the home folder.
	options := []option.RequestOption{
		option.WithBaseURL(strings.TrimRight(base, "/") + "/"), option.WithHTTPClient(c.HTTPClient), option.WithMaxRetries(0),
	}
	if c.APIKey != "" {
		options = append(options, option.WithAPIKey(c.APIKey))
	}
	m := &client{messages: sdk.NewMessageService(options...), models: sdk.NewModelService(options...)}
	return llm.Provider{Name: "anthropic", Chat: m, Pinger: m}
}

// Stream implements llm.ChatModel. The SDK makes the request, and the events
// are decoded here.
func (m *client) Stream(ctx context.Context, req llm.Request) iter.Seq2[llm.Chunk, error] {
	return func(yield func(llm.Chunk, error) bool) {
		var resp *http.Response
		err := llmhttp.Apart(func() error {
			p, err := params(req)
			if err != nil {
				return err
			}
			// The SDK's own stream is left unread.
			stream := m.messages.NewStreaming(ctx, p, option.WithResponseInto(&resp), option.WithHeader("Accept", "text/event-stream"))
			if err := stream.Err(); err != nil {
				return failure(ctx, err)
			}
			return nil
		})
		if err != nil {
			yield(llm.Chunk{}, err)
			return
		}
		defer resp.Body.Close()
		d := decoder{events: sse.NewReader(resp.Body), calls: caller.Calls(req)}
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

// event is what is used of an event of the stream.
type event struct {
	Type  string `json:"type"`
	Index int    `json:"index"`
	Block struct {
		Type  string          `json:"type"`
		ID    string          `json:"id"`
		Name  string          `json:"name"`
		Input json.RawMessage `json:"input"`
	} `json:"content_block"`
	Message struct {
		Usage usage `json:"usage"`
	} `json:"message"`
	Delta struct {
		Type       string `json:"type"`
		Text       string `json:"text"`
		JSON       string `json:"partial_json"`
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

// openCall is a call whose block has begun. Input is what the block began
// with, which is empty where the arguments come as deltas.
type openCall struct {
	call  *llm.ToolCall
	input json.RawMessage
}

// decoder turns events into chunks. The terminal signal is message_stop, with
// the reason given before it.
type decoder struct {
	events *sse.Reader
	calls  llmhttp.Calls
	open   map[int]openCall // by the index of their blocks
	finish llm.Finish
	reason string // for finishing, as the server gave it
	usage  llm.Usage
	rest   []llm.Chunk // what is yet to be passed on of the end
}

func (d *decoder) next(ctx context.Context) (llm.Chunk, error) {
	for len(d.rest) == 0 {
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
		case "content_block_start", "content_block_stop":
			err = d.block(&ev)
		case "content_block_delta":
			if open, ok := d.open[ev.Index]; ok {
				err = d.calls.Append(open.call, []byte(ev.Delta.JSON))
			}
			if ev.Delta.Type == "text_delta" && ev.Delta.Text != "" {
				return llm.Chunk{Text: ev.Delta.Text}, nil
			}
		case "message_delta":
			d.usage.OutputTokens = ev.Usage.Output
			if ev.Delta.StopReason != "" {
				d.finish, d.reason = finishOf(ev.Delta.StopReason), ev.Delta.StopReason
			}
		case "message_stop":
			switch {
			case d.finish == "" && d.reason != "":
				return llm.Chunk{}, caller.Unfinished(d.reason)
			case d.finish == "":
				return llm.Chunk{}, caller.Cut(ctx, nil)
			}
			d.rest, err = d.calls.End(d.finish, d.usage)
		case "error":
			err = caller.Status(statusOf(ev.Error.Type), ev.Error.Type, nil)
		}
		if err != nil {
			return llm.Chunk{}, err
		}
	}
	chunk := d.rest[0]
	d.rest = d.rest[1:]
	return chunk, nil
}

// block begins or ends a call where a block of one does.
func (d *decoder) block(ev *event) error {
	open, is := d.open[ev.Index]
	switch {
	case ev.Type == "content_block_start" && ev.Block.Type == "tool_use":
		call, err := d.calls.Add(llm.ToolCall{ID: ev.Block.ID, Name: ev.Block.Name})
		if err != nil {
			return err
		}
		if d.open == nil {
			d.open = map[int]openCall{}
		}
		d.open[ev.Index] = openCall{call, ev.Block.Input}
	case ev.Type == "content_block_stop" && is:
		delete(d.open, ev.Index)
		if len(open.call.Arguments) == 0 {
			return d.calls.Append(open.call, open.input)
		}
	}
	return nil
}

// finishOf returns what a reason for finishing means, or "" for one that is not
// known: a paused answer is not complete.
func finishOf(reason string) llm.Finish {
	switch reason {
	case "end_turn", "stop_sequence":
		return llm.FinishStop
	case "max_tokens", "model_context_window_exceeded":
		return llm.FinishLength
	case "refusal":
		return llm.FinishRefusal
	case "tool_use":
		return llm.FinishTools
	}
	return ""
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

// mostModels is as many as a page of Anthropic's list has.
const mostModels = 1000

// Models lists the models, which needs the key and sends nothing.
func (m *client) Models(ctx context.Context) ([]string, error) {
	page, err := m.models.List(ctx, sdk.ModelListParams{Limit: sdk.Int(mostModels)})
	if err != nil {
		return nil, failure(ctx, err)
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
