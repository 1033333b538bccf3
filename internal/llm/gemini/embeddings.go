package gemini

import (
	"context"
	"encoding/json"

	"daybook/internal/llm"
	"daybook/internal/llm/llmhttp"
)

// Limits on a request for embeddings.
const (
	maxInputs     = 100
	maxInputBytes = 256 << 10
)

type embedRequest struct {
	Model   string  `json:"model"`
	Content content `json:"content"`
	Task    string  `json:"taskType"`
}

// Embed implements llm.Embedder. For refused texts see llmhttp.EmbedBatches.
func (m *client) Embed(ctx context.Context, req llm.EmbedRequest) (llm.Embeddings, error) {
	out, err := m.EmbedBatches(ctx, req, llmhttp.Batching{
		MaxInputs: maxInputs, MaxBytes: maxInputBytes, Embeds: m.learned.Of(embeds(req.Model)).embeds,
		Ask: func(ctx context.Context, batch []string) ([][]float32, llm.Usage, error) {
			return m.embed(ctx, req, batch)
		},
	})
	if err == nil {
		m.learned.Keep(embeds(req.Model), quirks{embeds: true})
	}
	return out, err
}

// embeds returns the key that remembers that a model has embedded a text.
func embeds(model string) string { return "embeddings of " + model }

func (m *client) embed(ctx context.Context, req llm.EmbedRequest, batch []string) ([][]float32, llm.Usage, error) {
	task := "RETRIEVAL_DOCUMENT"
	if req.Purpose == llm.ForQuery {
		task = "RETRIEVAL_QUERY"
	}
	var sent struct {
		Requests []embedRequest `json:"requests"`
	}
	for _, text := range batch {
		sent.Requests = append(sent.Requests, embedRequest{path(req.Model, "")[1:], content{Parts: []part{{Text: text}}}, task})
	}
	resp, err := m.Post(ctx, path(req.Model, ":batchEmbedContents"), sent)
	if err != nil {
		return nil, llm.Usage{}, err
	}
	body, err := llmhttp.ReadAll(resp)
	if err != nil {
		return nil, llm.Usage{}, err
	}
	var in struct {
		Embeddings []struct {
			Values     json.RawMessage `json:"values"`
			Statistics *struct {
				Tokens llmhttp.LooseInt `json:"tokenCount"`
			} `json:"statistics"`
		} `json:"embeddings"`
	}
	if json.Unmarshal(llmhttp.WithoutNaN(body), &in) != nil || in.Embeddings == nil {
		return nil, llm.Usage{}, m.Unreadable(body)
	}
	var usage llm.Usage
	var vectors [][]float32
	for _, e := range in.Embeddings {
		v, err := llmhttp.VectorOf(e.Values)
		if err != nil {
			return nil, llm.Usage{}, m.Nonsense()
		}
		vectors = append(vectors, v)
		if e.Statistics != nil {
			usage.InputTokens += int(e.Statistics.Tokens)
		}
	}
	return vectors, usage, m.Vectors(vectors, len(batch))
}
