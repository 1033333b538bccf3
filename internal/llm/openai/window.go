package openai

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"daybook/internal/llm/llmhttp"
)

// maxWindow bounds what a server may say: more is a mistake.
const maxWindow = 1 << 28

// listed is an entry of a list of models, with the names under which servers say
// how many tokens a prompt and its answer may take.
type listed struct {
	ID      string `json:"id"`
	OwnedBy string `json:"owned_by"`

	MaxModelLen   tokens `json:"max_model_len"`  // vLLM, SGLang
	ContextLength tokens `json:"context_length"` // OpenRouter, Together
	ContextWindow tokens `json:"context_window"` // Groq
	MaxContext    tokens `json:"max_context_length"`
	MaxInput      tokens `json:"max_input_tokens"` // LiteLLM
	TopProvider   struct {
		ContextLength tokens `json:"context_length"`
	} `json:"top_provider"`
	// LM Studio, of a model that is loaded.
	Loaded tokens `json:"loaded_context_length"`
}

// tokens is a number of tokens, in any form; 0 if it is none.
type tokens int

// UnmarshalJSON implements json.Unmarshaler. It never fails.
func (t *tokens) UnmarshalJSON(data []byte) error {
	n, err := strconv.ParseFloat(string(bytes.Trim(data, `"`)), 64)
	if err == nil && n >= 1 && n <= maxWindow {
		*t = tokens(n)
	}
	return nil
}

// Window implements llm.Windower. OpenAI itself does not say.
func (m *client) Window(ctx context.Context, model string) (int, error) {
	if m.official && m.Base == defaultBase {
		return 0, nil
	}
	body, err := m.Get(ctx, "/models")
	if err != nil {
		return 0, m.Public(ctx, err)
	}
	found, owner := findListed(body, model)
	// A provider behind a router may have less than the model.
	if n := cmp.Or(found.MaxModelLen, found.TopProvider.ContextLength, found.ContextLength, found.ContextWindow); n > 0 {
		return int(n), nil
	}
	switch owner {
	case "library": // Ollama
		return m.ollamaWindow(ctx, model)
	case "llamacpp":
		return m.llamaWindow(ctx)
	case "organization_owner": // LM Studio
		return m.lmStudioWindow(ctx, model)
	}
	return int(cmp.Or(found.MaxContext, found.MaxInput)), nil
}

// findListed returns the entry of a model in a list, and whom the models belong to.
func findListed(body []byte, model string) (found listed, owner string) {
	var list struct{ Data, Models []json.RawMessage }
	if json.Unmarshal(body, &list) != nil {
		return found, ""
	}
	entries := append(list.Data, list.Models...)
	for _, entry := range entries {
		var l listed
		if json.Unmarshal(entry, &l) != nil {
			continue
		}
		owner = cmp.Or(owner, l.OwnedBy)
		if l.ID == model || l.ID == model+":latest" {
			return l, cmp.Or(l.OwnedBy, owner)
		}
	}
	return found, owner
}

// root returns the server without the path of OpenAI's protocol.
func (m *client) root() *llmhttp.Server {
	base := strings.TrimSuffix(m.Base, "/v1")
	if u, err := url.Parse(m.Base); err == nil && base == m.Base {
		base = u.Scheme + "://" + u.Host
	}
	return &llmhttp.Server{Caller: m.Caller, HTTP: m.HTTP, Base: base, Header: m.Header}
}

// ollamaWindow asks how much context Ollama gives a model. What the model could
// have says nothing: Ollama cuts prompts at what it was loaded with.
func (m *client) ollamaWindow(ctx context.Context, model string) (int, error) {
	var running struct {
		Models []struct {
			Name, Model   string
			ContextLength tokens `json:"context_length"`
		}
	}
	server := m.root()
	if err := getJSON(ctx, server, "/api/ps", &running); err != nil {
		return 0, m.Public(ctx, err)
	}
	for _, r := range running.Models {
		is := slices.Contains([]string{model, model + ":latest"}, cmp.Or(r.Model, r.Name))
		if is && r.ContextLength > 0 {
			return int(r.ContextLength), nil
		}
	}
	var shown struct{ Parameters string }
	resp, err := server.Post(ctx, "/api/show", map[string]string{"model": model})
	if err == nil {
		var body []byte
		if body, err = llmhttp.ReadAll(resp); err == nil {
			err = json.Unmarshal(body, &shown)
		}
	}
	if err != nil {
		return 0, m.Public(ctx, err)
	}
	for line := range strings.Lines(shown.Parameters) {
		if fields := strings.Fields(line); len(fields) == 2 && fields[0] == "num_ctx" {
			if n, err := strconv.Atoi(fields[1]); err == nil && n > 0 && n <= maxWindow {
				return n, nil
			}
		}
	}
	return 0, nil
}

// llamaWindow asks for the context of each of llama.cpp's slots.
func (m *client) llamaWindow(ctx context.Context) (int, error) {
	var props struct {
		Settings struct {
			Context tokens `json:"n_ctx"`
		} `json:"default_generation_settings"`
		Context tokens `json:"n_ctx"`
	}
	if err := getJSON(ctx, m.root(), "/props", &props); err != nil {
		return 0, m.Public(ctx, err)
	}
	return int(cmp.Or(props.Settings.Context, props.Context)), nil
}

// lmStudioWindow asks LM Studio's own API, which says what a model was loaded
// with, or else what it may have at most.
func (m *client) lmStudioWindow(ctx context.Context, model string) (int, error) {
	var list json.RawMessage
	if err := getJSON(ctx, m.root(), "/api/v0/models", &list); err != nil {
		return 0, m.Public(ctx, err)
	}
	found, _ := findListed(list, model)
	return int(found.Loaded), nil
}

func getJSON(ctx context.Context, s *llmhttp.Server, path string, into any) error {
	body, err := s.Get(ctx, path)
	if err == nil {
		err = json.Unmarshal(body, into)
	}
	return err
}
