package llmhttp

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"sync"

	"daybook"
	"daybook/internal/llm"
)

// Limits on reading an answer that is not a stream, in bytes.
const (
	maxBody  = 64 << 20
	maxError = 64 << 10
)

// Server is a provider's server. Nothing is read from the environment. It is
// safe for concurrent use.
type Server struct {
	Caller
	HTTP   *http.Client
	Base   string // without a slash at the end
	Header http.Header
	prose  sync.Map // by model: it has answered in prose where JSON was asked for
}

// Post sends a body as JSON and returns the response, whose body the caller
// must close. An answer with another status than 2xx is a *Refusal.
func (s *Server) Post(ctx context.Context, path string, body any) (*http.Response, error) {
	return s.PostTo(ctx, s.Base+path, body)
}

// PostTo is Post to another address of the server.
func (s *Server) PostTo(ctx context.Context, address string, body any) (*http.Response, error) {
	var buf bytes.Buffer
	e := json.NewEncoder(&buf)
	e.SetEscapeHTML(false)
	if err := e.Encode(body); err != nil {
		return nil, fmt.Errorf("write a request to %s: %w", s.Label, err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(buf.Bytes()))
	if err != nil {
		return nil, fmt.Errorf("write a request to %s: %w", s.Label, err)
	}
	req.Header.Set("Content-Type", "application/json")
	return s.send(req)
}

// PostForm sends a body of a type and returns the whole answer.
func (s *Server) PostForm(ctx context.Context, path, contentType string, body []byte) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.Base+path, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("write a request to %s: %w", s.Label, err)
	}
	req.Header.Set("Content-Type", contentType)
	resp, err := s.send(req)
	if err != nil {
		return nil, err
	}
	return ReadAll(resp)
}

// Get returns the whole answer to a GET.
func (s *Server) Get(ctx context.Context, path string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.Base+path, nil)
	if err != nil {
		return nil, fmt.Errorf("write a request to %s: %w", s.Label, err)
	}
	resp, err := s.send(req)
	if err != nil {
		return nil, err
	}
	return ReadAll(resp)
}

func (s *Server) send(req *http.Request) (*http.Response, error) {
	req.Header.Set("Accept", "text/event-stream, application/json")
	req.Header.Set("User-Agent", "daybook")
	for name, values := range s.Header {
		req.Header[name] = values
	}
	resp, err := s.HTTP.Do(req)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode/100 == 2 {
		return resp, nil
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(io.LimitReader(resp.Body, maxError)) // the status says enough
	return nil, newRefusal(resp.StatusCode, resp.Header, body)
}

// ReadAll reads the whole body of a response and closes it.
func ReadAll(resp *http.Response) ([]byte, error) {
	defer resp.Body.Close()
	return io.ReadAll(io.LimitReader(resp.Body, maxBody))
}

// Public turns a failure into an error without any text of the request or response.
func (s *Server) Public(ctx context.Context, err error) error {
	var refused *Refusal
	var known *llm.Error
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &refused):
		return refused.public(s.Caller)
	case errors.As(err, &known), errors.As(err, new(*daybook.Error)):
		return err
	}
	return s.Broken(ctx, err)
}

// Learned remembers, by model, what a server refuses: behind a gateway, each model may
// have its own server. It is safe for concurrent use.
type Learned[Q comparable] struct {
	mu     sync.Mutex
	models map[string]Q
}

// maxLearned is the most models to remember. Their names come from outside.
const maxLearned = 256

// Of returns what was learned about a model.
func (l *Learned[Q]) Of(model string) Q {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.models[model]
}

// Keep remembers what was learned about a model.
func (l *Learned[Q]) Keep(model string, q Q) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.models[model] == q {
		return
	}
	if l.models == nil || len(l.models) >= maxLearned {
		l.models = map[string]Q{}
	}
	l.models[model] = q
}

// All returns what was learned about all models that differ from the default.
func (l *Learned[Q]) All() map[string]Q {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := map[string]Q{}
	for model, q := range l.models {
		if q != *new(Q) {
			out[model] = q
		}
	}
	return out
}

// Refused lists what is refused, by model, in alphabetical order.
func (l *Learned[Q]) Refused(refusals func(Q) map[string]bool) map[string][]string {
	out := map[string][]string{}
	for model, q := range l.All() {
		all := refusals(q)
		maps.DeleteFunc(all, func(_ string, is bool) bool { return !is })
		if len(all) > 0 {
			out[model] = slices.Sorted(maps.Keys(all))
		}
	}
	return out
}

// maxAdaptations is how often a request may be changed and sent again.
const maxAdaptations = 8

// Adapt makes a call with what was learned about the model. If the server refuses a
// parameter that without can leave out, it repeats the call.
func Adapt[Q comparable, T any](l *Learned[Q], model string, try func(Q) (T, error), without func(Q, *Refusal) Q) (T, error) {
	quirks := l.Of(model)
	for attempt := 0; ; attempt++ {
		out, err := try(quirks)
		var refused *Refusal
		switch {
		case err == nil:
			l.Keep(model, quirks)
			return out, nil
		case !errors.As(err, &refused) || attempt == maxAdaptations:
			return out, err
		}
		next := without(quirks, refused)
		if next == quirks {
			return out, err
		}
		quirks = next
	}
}
