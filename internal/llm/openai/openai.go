// Package openai is a client for OpenAI's protocol: chat completions,
// embeddings and the list of models. Ollama, llama.cpp, vLLM and many gateways
// speak it too, each slightly differently, so the client is lenient about the form of
// responses. It is strict about one thing: an answer is complete only if the server
// says why it ended, with a reason that the client knows.
package openai

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

// defaultBase is OpenAI's address.
const defaultBase = "https://api.openai.com/v1"

// Config configures the provider. Nothing is read from the environment.
type Config struct {
	Name       string // "openai", or the name of an endpoint of the settings
	APIKey     string // "" sends no key
	BaseURL    string // "" is OpenAI's own
	HTTPClient *http.Client
	// PlainJSON is for servers that do not support JSON schemas. The schema is put
	// into the system text instead.
	PlainJSON bool
}

type client struct {
	llmhttp.Server
	official  bool // OpenAI itself
	plainJSON bool
	learned   llmhttp.Learned[quirks]
}

// New returns the provider that c describes.
func New(c Config) llm.Provider {
	m := &client{
		Server: llmhttp.Server{
			Caller: llmhttp.Caller{Name: c.Name, Label: c.Name, KeyVar: "its key in the settings"},
			HTTP:   c.HTTPClient, Base: strings.TrimRight(cmp.Or(c.BaseURL, defaultBase), "/"), Header: http.Header{},
		},
		official:  c.Name == "openai",
		plainJSON: c.PlainJSON,
	}
	if c.APIKey != "" {
		m.Header.Set("Authorization", "Bearer "+c.APIKey)
	}
	if m.official {
		m.Label, m.KeyVar = "OpenAI", "OPENAI_API_KEY"
	}
	return llm.Provider{Name: c.Name, Chat: m, Speech: m, Reranker: m, Embedder: m, Pinger: m}
}

// Stream implements llm.ChatModel. If the server refuses a parameter, the request is
// sent again without it, before anything of an answer is passed on.
func (m *client) Stream(ctx context.Context, req llm.Request) iter.Seq2[llm.Chunk, error] {
	return m.Server.Stream(ctx, req, m.open)
}

func (m *client) open(ctx context.Context, req llm.Request) (*llmhttp.Decoder, llm.Chunk, error) {
	var sent *chatRequest
	var first llm.Chunk
	d, err := llmhttp.Adapt(&m.learned, req.Model, func(q quirks) (d *llmhttp.Decoder, err error) {
		sent = m.chatRequest(req, q)
		d, first, err = m.Open(ctx, req, "/chat/completions", sent, reader)
		return d, err
	}, func(q quirks, r *llmhttp.Refusal) quirks { return q.without(sent, r) })
	return d, first, err
}

// Models lists the models, which needs the key and sends nothing. Not all of
// OpenAI's own can chat; it does not say which.
func (m *client) Models(ctx context.Context) ([]string, error) {
	body, err := m.Get(ctx, "/models")
	if err != nil {
		return nil, m.Public(ctx, err)
	}
	names, ok := modelNames(body)
	if !ok {
		return nil, m.Public(ctx, m.Unreadable(body))
	}
	return names, nil
}

// modelNames reads a list of models: in OpenAI's form, without the object around
// it, under the name "models", or as plain names.
func modelNames(body []byte) (names []string, ok bool) {
	var object struct{ Data, Models []json.RawMessage }
	var list []json.RawMessage
	switch {
	case json.Unmarshal(body, &list) == nil:
	case json.Unmarshal(body, &object) != nil:
		return nil, false
	case object.Data == nil && object.Models == nil:
		return nil, false
	default:
		list = append(object.Data, object.Models...)
	}
	for _, item := range list {
		var model struct{ ID, Name, Model llmhttp.LooseString }
		var name string
		if json.Unmarshal(item, &name) != nil && json.Unmarshal(item, &model) == nil {
			name = string(cmp.Or(model.ID, model.Name, model.Model))
		}
		if name != "" {
			names = append(names, name)
		}
	}
	return names, true
}

// Ping implements llm.Pinger.
func (m *client) Ping(ctx context.Context) error {
	_, err := m.Models(ctx)
	return err
}
