package openai

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
)

// Bounds on what is read of an answer that is not a stream, in bytes.
const (
	maxBody  = 64 << 20
	maxError = 64 << 10
)

// post sends a body as JSON and returns the response, whose body the caller
// must close. An answer with another status than 2xx is a *refusal.
func (m *client) post(ctx context.Context, path string, body any) (*http.Response, error) {
	var buf bytes.Buffer
	e := json.NewEncoder(&buf)
	e.SetEscapeHTML(false)
	if err := e.Encode(body); err != nil {
		return nil, fmt.Errorf("write a request to %s: %w", m.caller.Label, err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, m.base+path, bytes.NewReader(buf.Bytes()))
	if err != nil {
		return nil, fmt.Errorf("write a request to %s: %w", m.caller.Label, err)
	}
	req.Header.Set("Content-Type", "application/json")
	return m.send(req)
}

// get returns the whole answer to a GET.
func (m *client) get(ctx context.Context, path string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, m.base+path, nil)
	if err != nil {
		return nil, fmt.Errorf("write a request to %s: %w", m.caller.Label, err)
	}
	resp, err := m.send(req)
	if err != nil {
		return nil, err
	}
	return readAll(resp)
}

func (m *client) send(req *http.Request) (*http.Response, error) {
	req.Header.Set("Accept", "text/event-stream, application/json")
	req.Header.Set("User-Agent", "daybook")
	if m.key != "" {
		req.Header.Set("Authorization", "Bearer "+m.key)
	}
	resp, err := m.http.Do(req)
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

// readAll reads the whole body of a response and closes it.
func readAll(resp *http.Response) ([]byte, error) {
	defer resp.Body.Close()
	return io.ReadAll(io.LimitReader(resp.Body, maxBody))
}
