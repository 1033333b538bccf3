// Package gemini speaks Google's Gemini API.
package gemini

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"slices"
	"strings"
	"time"

	"google.golang.org/genai"

	"daybook/internal/llm"
	"daybook/internal/llm/llmhttp"
)

const defaultBase = "https://generativelanguage.googleapis.com/"

// Config says how to reach Gemini. Nothing is read from the environment.
type Config struct {
	APIKey     string
	BaseURL    string // "" is Google's own
	HTTPClient *http.Client
}

var caller = llmhttp.Caller{Name: "gemini", Label: "Gemini", KeyVar: "GEMINI_API_KEY"}

type client struct{ models *genai.Models }

// New returns the provider "gemini".
func New(ctx context.Context, c Config) (llm.Provider, error) {
	base := c.BaseURL
	if base == "" {
		base = defaultBase
	}
	// What the SDK would else look for in the environment is set: backend,
	// key and address.
	key := c.APIKey
	if key == "" {
		key = "none" // a proxy of the settings may have the key instead
	}
	heard := *c.HTTPClient
	heard.Transport = listener{heard.Transport}
	inner, err := genai.NewClient(ctx, &genai.ClientConfig{
		APIKey: key, Backend: genai.BackendGeminiAPI, HTTPClient: &heard,
		HTTPOptions: genai.HTTPOptions{BaseURL: strings.TrimRight(base, "/") + "/"},
	})
	if err != nil {
		return llm.Provider{}, fmt.Errorf("set up Gemini: %w", err)
	}
	m := &client{models: inner.Models}
	return llm.Provider{Name: "gemini", Chat: m, Embedder: m, Pinger: m}, nil
}

// grace is how long Gemini may take to end its stream once it has said why the
// answer ended. Usage comes in that time; some proxies never close.
const grace = 3 * time.Second

// Stream implements llm.ChatModel. The answer is complete when a candidate has
// a reason for finishing that is known, or the prompt was blocked.
func (m *client) Stream(ctx context.Context, req llm.Request) iter.Seq2[llm.Chunk, error] {
	return func(yield func(llm.Chunk, error) bool) {
		contents, config, err := params(req)
		if err != nil {
			yield(llm.Chunk{}, err)
			return
		}
		var last llm.Chunk
		reason := ""
		calls := caller.Calls(req)
		within, cancel := context.WithCancel(ctx)
		defer cancel()
		var overdue *time.Timer
		within, header := listen(within)
		for resp, err := range m.models.GenerateContentStream(within, req.Model, contents, config) {
			if err != nil && last.Finish != "" && ctx.Err() == nil {
				break // the answer is complete
			}
			if err != nil {
				yield(llm.Chunk{}, failure(ctx, err, *header, true))
				return
			}
			text := textOf(resp)
			if err := collect(&calls, resp); err != nil {
				yield(llm.Chunk{}, err)
				return
			}
			if r := reasonOf(resp); r != "" {
				last.Finish, reason = finishOf(r), r
			}
			if reason != "" && overdue == nil {
				overdue = time.AfterFunc(grace, cancel)
				defer overdue.Stop()
			}
			if u := resp.UsageMetadata; u != nil {
				last.Usage = llm.Usage{
					InputTokens:  int(u.PromptTokenCount),
					OutputTokens: int(u.CandidatesTokenCount + u.ThoughtsTokenCount),
				}
			}
			if text != "" && !yield(llm.Chunk{Text: text}, nil) {
				return
			}
		}
		switch {
		case ctx.Err() != nil || reason == "":
			yield(llm.Chunk{}, caller.Cut(ctx, nil))
			return
		case last.Finish == "":
			yield(llm.Chunk{}, caller.Unfinished(reason))
			return
		}
		end, err := calls.End(last.Finish, last.Usage)
		if err != nil {
			yield(llm.Chunk{}, err)
			return
		}
		for _, chunk := range end {
			if !yield(chunk, nil) {
				return
			}
		}
	}
}

// textOf returns what the model says, without what it thinks.
func textOf(resp *genai.GenerateContentResponse) string {
	if len(resp.Candidates) == 0 || resp.Candidates[0].Content == nil {
		return ""
	}
	var b strings.Builder
	for _, p := range resp.Candidates[0].Content.Parts {
		if p != nil && !p.Thought {
			b.WriteString(p.Text)
		}
	}
	return b.String()
}

// reasonOf returns why an answer ended, "" while it goes on.
func reasonOf(resp *genai.GenerateContentResponse) string {
	if f := resp.PromptFeedback; f != nil && f.BlockReason != "" {
		return blocked
	}
	if len(resp.Candidates) == 0 || resp.Candidates[0].FinishReason == genai.FinishReasonUnspecified {
		return ""
	}
	return string(resp.Candidates[0].FinishReason)
}

// blocked is the reason of an answer to a prompt that a filter refused.
const blocked = "BLOCKED"

// finishOf returns what a reason for finishing means, or "" for one that does
// not make an answer complete.
func finishOf(reason string) llm.Finish {
	switch genai.FinishReason(reason) {
	case genai.FinishReasonStop:
		return llm.FinishStop
	case genai.FinishReasonMaxTokens:
		return llm.FinishLength
	case blocked, genai.FinishReasonSafety, genai.FinishReasonRecitation, genai.FinishReasonLanguage, genai.FinishReasonBlocklist,
		genai.FinishReasonProhibitedContent, genai.FinishReasonSPII, genai.FinishReasonImageSafety:
		return llm.FinishRefusal
	}
	return ""
}

// failure turns an error of the SDK into ours. Inside of a stream what is no
// error of the API is an answer that broke off, or cannot be read.
func failure(ctx context.Context, err error, header http.Header, streaming bool) error {
	var e genai.APIError
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &e):
		out := caller.Status(e.Code, e.Status, header)
		out.After = max(out.After, retryDelay(e.Details))
		return out
	case errors.As(err, &syntax):
		return caller.Nonsense()
	case streaming && !unreached(err):
		return caller.Cut(ctx, err)
	}
	return caller.Broken(ctx, err)
}

// listener is a transport that passes the header of an answer on to who
// listens: the SDK's errors do not have it, and Retry-After stands there.
type listener struct{ http.RoundTripper }

type headerKey struct{}

// listen returns a context for a call whose answer's header is wanted.
func listen(ctx context.Context) (context.Context, *http.Header) {
	header := new(http.Header)
	return context.WithValue(ctx, headerKey{}, header), header
}

func (l listener) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := l.RoundTripper.RoundTrip(req)
	if header, ok := req.Context().Value(headerKey{}).(*http.Header); ok && err == nil {
		*header = resp.Header
	}
	return resp, err
}

// unreached reports whether a call failed before there was an answer.
func unreached(err error) bool {
	var dial interface{ Timeout() bool }
	return errors.As(err, &dial)
}

// retryDelay reads how long Google asks to wait, from the details of its
// error.
func retryDelay(details []map[string]any) time.Duration {
	for _, d := range details {
		if s, ok := d["retryDelay"].(string); ok {
			if wait, err := time.ParseDuration(s); err == nil && wait > 0 {
				return wait
			}
		}
	}
	return 0
}

// Bounds on one request for embeddings.
const (
	maxInputs     = 100
	maxInputBytes = 256 << 10
)

// Embed returns the vectors of req.Inputs.
func (m *client) Embed(ctx context.Context, req llm.EmbedRequest) (llm.Embeddings, error) {
	task := "RETRIEVAL_DOCUMENT"
	if req.Purpose == llm.ForQuery {
		task = "RETRIEVAL_QUERY"
	}
	var out llm.Embeddings
	ctx, header := listen(ctx)
	for batch := range llmhttp.Batches(req.Inputs, maxInputs, maxInputBytes) {
		contents := make([]*genai.Content, len(batch))
		for i, text := range batch {
			contents[i] = genai.NewContentFromText(text, genai.RoleUser)
		}
		resp, err := m.models.EmbedContent(ctx, req.Model, contents, &genai.EmbedContentConfig{TaskType: task})
		if err != nil {
			return llm.Embeddings{}, failure(ctx, err, *header, false)
		}
		for _, e := range resp.Embeddings {
			if e == nil {
				return llm.Embeddings{}, caller.Nonsense()
			}
			out.Vectors = append(out.Vectors, e.Values)
			if e.Statistics != nil {
				out.Usage.InputTokens += int(e.Statistics.TokenCount)
			}
		}
	}
	return out, caller.Vectors(out.Vectors, len(req.Inputs))
}

// mostModels is as many as a page of Gemini's list has.
const mostModels = 1000

// Models lists the models that answer, which needs the key and sends nothing.
func (m *client) Models(ctx context.Context) ([]string, error) {
	ctx, header := listen(ctx)
	page, err := m.models.List(ctx, &genai.ListModelsConfig{PageSize: mostModels})
	if err != nil {
		return nil, failure(ctx, err, *header, false)
	}
	var names []string
	for _, model := range page.Items {
		if model != nil && (len(model.SupportedActions) == 0 || slices.Contains(model.SupportedActions, "generateContent")) {
			names = append(names, strings.TrimPrefix(model.Name, "models/"))
		}
	}
	return names, nil
}

// Ping implements llm.Pinger.
func (m *client) Ping(ctx context.Context) error {
	_, err := m.Models(ctx)
	return err
}
