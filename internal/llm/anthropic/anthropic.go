// Package anthropic is a client for Anthropic's Messages API. Gateways and local servers
// speak it too, so the client is lenient about the form of responses. It is strict
// about one thing: an answer is complete only if the server says why it ended, with a
// reason that the client knows.
package anthropic

import (
	"cmp"
	"context"
	"encoding/json"
	"iter"
	"net/http"
	"strings"

	"daybook/internal/llm"
	"daybook/internal/llm/llmhttp"
)

const defaultBase = "https://api.anthropic.com"

// Config configures the provider. Nothing is read from the environment.
type Config struct {
	APIKey     string
	BaseURL    string // "" is Anthropic's own
	HTTPClient *http.Client
}

type client struct {
	llmhttp.Server
	learned llmhttp.Learned[quirks]
}

// New returns the provider "anthropic". It has no embeddings.
func New(c Config) llm.Provider {
	base := strings.TrimRight(cmp.Or(c.BaseURL, defaultBase), "/")
	m := &client{Server: llmhttp.Server{
		Caller: llmhttp.Caller{Name: "anthropic", Label: "Anthropic", KeyVar: "ANTHROPIC_API_KEY"},
		HTTP:   c.HTTPClient, Base: strings.TrimSuffix(base, "/v1") + "/v1", Header: http.Header{},
	}}
	m.Header.Set("Anthropic-Version", "2023-06-01")
	if c.APIKey != "" {
		m.Header.Set("X-Api-Key", c.APIKey)
	}
	return llm.Provider{Name: "anthropic", Chat: m, Pinger: m}
}

// Stream implements llm.ChatModel. If the server refuses a parameter, the request is
// sent again without it, before anything of an answer is passed on.
func (m *client) Stream(ctx context.Context, req llm.Request) iter.Seq2[llm.Chunk, error] {
	return m.Server.Stream(ctx, req, m.open)
}

func (m *client) open(ctx context.Context, req llm.Request) (*llmhttp.Decoder, llm.Chunk, error) {
	var sent *messagesRequest
	var first llm.Chunk
	d, err := llmhttp.Adapt(&m.learned, req.Model, func(q quirks) (d *llmhttp.Decoder, err error) {
		sent = request(req, q)
		d, first, err = m.Open(ctx, req, "/messages", sent, reader)
		return d, err
	}, func(q quirks, r *llmhttp.Refusal) quirks { return q.without(sent, r) })
	return d, first, err
}

// mostModels is the size of a page of Anthropic's list.
const mostModels = "1000"

// Models lists the models, which needs the key and sends nothing.
func (m *client) Models(ctx context.Context) ([]string, error) {
	body, err := m.Get(ctx, "/models?limit="+mostModels)
	if err != nil {
		return nil, m.Public(ctx, err)
	}
	var list struct {
		Data []struct{ ID llmhttp.LooseString }
	}
	if json.Unmarshal(body, &list) != nil || list.Data == nil {
		return nil, m.Public(ctx, m.Unreadable(body))
	}
	var names []string
	for _, model := range list.Data {
		names = append(names, string(model.ID))
	}
	return names, nil
}

// Ping implements llm.Pinger.
func (m *client) Ping(ctx context.Context) error {
	_, err := m.Models(ctx)
	return err
}
