// Package openai is a client for OpenAI's protocol: chat completions,
// embeddings and the list of models. Ollama, llama.cpp, vLLM and many gateways
// speak it too, each a little differently, so the client is lenient in the form
// of what it reads. It is strict in one thing: an answer is complete only if
// the server says why it ended, with a reason that the client knows.
package openai

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"iter"
	"net/http"
	"strings"

	"daybook/internal/llm"
	"daybook/internal/llm/llmhttp"
)

// defaultBase is the address of OpenAI itself.
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
	caller    llmhttp.Caller
	http      *http.Client
	base      string // without a slash at the end
	key       string
	official  bool // OpenAI itself
	plainJSON bool
	learned   learned
}

// New returns the provider that c describes.
func New(c Config) llm.Provider {
	base := c.BaseURL
	if base == "" {
		base = defaultBase
	}
	m := &client{
		caller:    llmhttp.Caller{Name: c.Name, Label: c.Name, KeyVar: "its key in the settings"},
		http:      c.HTTPClient,
		base:      strings.TrimRight(base, "/"),
		key:       c.APIKey,
		official:  c.Name == "openai",
		plainJSON: c.PlainJSON,
	}
	if m.official {
		m.caller.Label, m.caller.KeyVar = "OpenAI", "OPENAI_API_KEY"
	}
	return llm.Provider{Name: c.Name, Chat: m, Embedder: m, Pinger: m}
}

// Stream implements llm.ChatModel. A request of which the server refuses a
// parameter is sent again without it, before anything of an answer was passed
// on.
func (m *client) Stream(ctx context.Context, req llm.Request) iter.Seq2[llm.Chunk, error] {
	return func(yield func(llm.Chunk, error) bool) {
		if err := req.Check(); err != nil {
			yield(llm.Chunk{}, err)
			return
		}
		// Copies of their own let the prompt go while the answer is read.
		m, ctx := m, ctx
		d, first, err := m.open(ctx, req)
		if err != nil {
			yield(llm.Chunk{}, m.public(ctx, err))
			return
		}
		defer d.close()
		for chunk := first; yield(chunk, nil) && chunk.Finish == ""; {
			if chunk, err = d.next(ctx); err != nil {
				yield(llm.Chunk{}, m.public(ctx, err))
				return
			}
		}
	}
}

// open asks for an answer and returns its decoder, which the caller must
// close, and its first chunk.
func (m *client) open(ctx context.Context, req llm.Request) (*decoder, llm.Chunk, error) {
	quirks := m.learned.of(req.Model)
	for attempt := 0; ; attempt++ {
		sent := m.chatRequest(req, quirks)
		d, first, err := m.begin(ctx, req, sent)
		if err == nil {
			m.learned.keep(req.Model, quirks)
			return d, first, nil
		}
		var refused *refusal
		if !errors.As(err, &refused) || attempt == maxAdaptations {
			return nil, llm.Chunk{}, err
		}
		next := quirks.without(sent, refused)
		if next == quirks {
			return nil, llm.Chunk{}, err
		}
		quirks = next
	}
}

// begin sends a request and reads the first chunk of the answer.
func (m *client) begin(ctx context.Context, req llm.Request, sent *chatRequest) (*decoder, llm.Chunk, error) {
	within, cancel := context.WithCancel(ctx)
	var resp *http.Response
	err := llmhttp.Apart(func() (err error) {
		resp, err = m.post(within, "/chat/completions", sent)
		return err
	})
	if err != nil {
		cancel()
		return nil, llm.Chunk{}, err
	}
	d := &decoder{
		caller: m.caller, source: newSource(resp.Body), cancel: cancel, body: resp.Body,
		calls: joiner{Calls: m.caller.Calls(req)}, thinking: thinking{structured: req.Schema != nil},
	}
	first, err := d.next(ctx)
	if err != nil {
		d.close()
		return nil, llm.Chunk{}, err
	}
	return d, first, nil
}

// public turns what went wrong into an error that says nothing of what was
// sent or came back.
func (m *client) public(ctx context.Context, err error) error {
	var refused *refusal
	var known *llm.Error
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &refused):
		return refused.public(m.caller)
	case errors.As(err, &known):
		return err
	}
	return m.caller.Broken(ctx, err)
}

// Models lists the models, which needs the key and sends nothing. Not all of
// OpenAI's own can chat; it does not say which.
func (m *client) Models(ctx context.Context) ([]string, error) {
	body, err := m.get(ctx, "/models")
	if err != nil {
		return nil, m.public(ctx, err)
	}
	names, ok := modelNames(body)
	if !ok {
		if refused := refusalInside(body); refused != nil {
			return nil, refused.public(m.caller)
		}
		return nil, m.caller.Nonsense()
	}
	return names, nil
}

// modelNames reads a list of models: OpenAI's, or the same without an object
// around it, or under the name "models", or of names alone.
func modelNames(body []byte) (names []string, ok bool) {
	var object struct{ Data, Models []json.RawMessage }
	list := []json.RawMessage{}
	switch {
	case json.Unmarshal(body, &object) == nil && (object.Data != nil || object.Models != nil):
		list = append(object.Data, object.Models...)
	case json.Unmarshal(body, &list) != nil:
		return nil, false
	}
	for _, item := range list {
		var model struct{ ID, Name, Model looseString }
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
