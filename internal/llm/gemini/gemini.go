// Package gemini is a client for Google's Gemini API. Proxies speak it too, so the client
// is lenient about the form of responses. It is strict about one thing: an answer is
// complete only if the server says why it ended, with a reason that the client knows.
package gemini

import (
	"cmp"
	"context"
	"encoding/json"
	"iter"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"daybook/internal/llm"
	"daybook/internal/llm/llmhttp"
)

const defaultBase = "https://generativelanguage.googleapis.com"

// Config configures the provider. Nothing is read from the environment.
type Config struct {
	APIKey     string
	BaseURL    string // "" is Google's own
	HTTPClient *http.Client
}

type client struct {
	llmhttp.Server
	learned llmhttp.Learned[quirks]
}

// New returns the provider "gemini".
func New(c Config) llm.Provider {
	base := strings.TrimRight(cmp.Or(c.BaseURL, defaultBase), "/")
	m := &client{Server: llmhttp.Server{
		Caller: llmhttp.Caller{Name: "gemini", Label: "Gemini", KeyVar: "GEMINI_API_KEY"},
		HTTP:   c.HTTPClient, Base: strings.TrimSuffix(base, "/v1beta") + "/v1beta", Header: http.Header{},
	}}
	if c.APIKey != "" {
		m.Header.Set("X-Goog-Api-Key", c.APIKey)
	}
	return llm.Provider{Name: "gemini", Chat: m, Embedder: m, Pinger: m}
}

// path returns the path of a model, or of its method.
func path(model, method string) string {
	kind, name, ok := strings.Cut(model, "/")
	if !ok || !slices.Contains([]string{"models", "tunedModels"}, kind) {
		kind, name = "models", model
	}
	return "/" + kind + "/" + url.PathEscape(name) + method
}

// Stream implements llm.ChatModel. If the server refuses a parameter, the request is
// sent again without it, before anything of an answer is passed on.
func (m *client) Stream(ctx context.Context, req llm.Request) iter.Seq2[llm.Chunk, error] {
	return m.Server.Stream(ctx, req, m.open)
}

func (m *client) open(ctx context.Context, req llm.Request) (*llmhttp.Decoder, llm.Chunk, error) {
	var sent *generateRequest
	var first llm.Chunk
	d, err := llmhttp.Adapt(&m.learned, req.Model, func(q quirks) (d *llmhttp.Decoder, err error) {
		sent = request(req, q)
		method := ":streamGenerateContent?alt=sse"
		if q.noStream {
			method = ":generateContent"
		}
		d, first, err = m.Open(ctx, req, path(req.Model, method), sent, reader)
		return d, err
	}, func(q quirks, r *llmhttp.Refusal) quirks { return q.without(sent, r) })
	return d, first, err
}

// Models lists the models that answer, which needs the key and sends nothing.
func (m *client) Models(ctx context.Context) ([]string, error) {
	body, err := m.Get(ctx, "/models?pageSize=1000")
	if err != nil {
		return nil, m.Public(ctx, err)
	}
	var list struct {
		Models []struct {
			Name    llmhttp.LooseString
			Methods []string `json:"supportedGenerationMethods"`
			Actions []string `json:"supportedActions"`
		}
	}
	if json.Unmarshal(body, &list) != nil || list.Models == nil {
		return nil, m.Public(ctx, m.Unreadable(body))
	}
	var names []string
	for _, model := range list.Models {
		if can := append(model.Methods, model.Actions...); len(can) == 0 || slices.Contains(can, "generateContent") {
			names = append(names, strings.TrimPrefix(string(model.Name), "models/"))
		}
	}
	return names, nil
}

// Ping implements llm.Pinger.
func (m *client) Ping(ctx context.Context) error {
	_, err := m.Models(ctx)
	return err
}
