package openai

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"

	"daybook/internal/llm"
	"daybook/internal/llm/llmhttp"
)

// Limits on a request for embeddings.
const (
	maxInputs     = 256
	maxInputBytes = 512 << 10
)

type embeddingRequest struct {
	Model          string   `json:"model"`
	Input          []string `json:"input"`
	EncodingFormat string   `json:"encoding_format,omitempty"`
}

// Embed implements llm.Embedder. The purpose makes no difference to OpenAI's models.
// For refused texts see llmhttp.EmbedBatches.
func (m *client) Embed(ctx context.Context, req llm.EmbedRequest) (llm.Embeddings, error) {
	run := &embedding{client: m, req: req, quirks: m.learned.Of(req.Model)}
	return m.EmbedBatches(ctx, req, llmhttp.Batching{
		MaxInputs: cmp.Or(run.quirks.mostInputs, maxInputs), MaxBytes: maxInputBytes, Embeds: run.quirks.embeds, Ask: run.ask,
		TooMany: func(fits int) {
			run.quirks.mostInputs = fits
			m.learned.Keep(req.Model, run.quirks)
		},
	})
}

// embedding is one call of Embed.
type embedding struct {
	*client
	req    llm.EmbedRequest
	quirks quirks
}

// ask makes a request, and repeats it if the server refuses base64.
func (e *embedding) ask(ctx context.Context, batch []string) ([][]float32, llm.Usage, error) {
	for {
		sent := embeddingRequest{Model: e.req.Model, Input: batch}
		if !e.quirks.noBase64 {
			sent.EncodingFormat = "base64"
		}
		vectors, usage, err := e.once(ctx, sent)
		var refused *llmhttp.Refusal
		if errors.As(err, &refused) && sent.EncodingFormat != "" && saysBase64.MatchString(refused.Says()) {
			e.quirks.noBase64 = true
			continue
		}
		if err == nil {
			e.quirks.embeds = true
			e.learned.Keep(e.req.Model, e.quirks)
		}
		return vectors, usage, err
	}
}

func (e *embedding) once(ctx context.Context, sent embeddingRequest) ([][]float32, llm.Usage, error) {
	resp, err := e.Post(ctx, "/embeddings", sent)
	if err != nil {
		return nil, llm.Usage{}, err
	}
	body, err := llmhttp.ReadAll(resp)
	if err != nil {
		return nil, llm.Usage{}, err
	}
	vectors, usage, err := decodeEmbeddings(body, len(sent.Input))
	if err == nil {
		return vectors, usage, e.Vectors(vectors, len(sent.Input))
	}
	return nil, llm.Usage{}, e.Unreadable(body)
}

// decodeEmbeddings reads an answer with n embeddings.
func decodeEmbeddings(answer []byte, n int) ([][]float32, llm.Usage, error) {
	type item struct {
		Index     *llmhttp.LooseInt `json:"index"`
		Embedding json.RawMessage   `json:"embedding"`
	}
	var in struct {
		Data  []item          `json:"data"`
		Usage json.RawMessage `json:"usage"`
	}
	err := json.Unmarshal(answer, &in)
	if err != nil { // Python writes numbers that JSON has not
		err = json.Unmarshal(llmhttp.WithoutNaN(answer), &in)
	}
	if err != nil {
		return nil, llm.Usage{}, err
	}
	if len(in.Data) != n {
		return nil, llm.Usage{}, errors.New("another number of embeddings than was asked for")
	}
	indices := make([]int, n)
	for i, item := range in.Data {
		if item.Index != nil {
			indices[i] = int(*item.Index)
		}
	}
	at, err := places(indices)
	if err != nil {
		return nil, llm.Usage{}, err
	}
	vectors := make([][]float32, n)
	some := false
	for i, item := range in.Data {
		v, err := llmhttp.VectorOf(item.Embedding)
		if err != nil {
			return nil, llm.Usage{}, err
		}
		vectors[at[i]] = v
		some = some || v != nil
	}
	if !some {
		return nil, llm.Usage{}, errors.New("an answer without any embedding")
	}
	return vectors, usageOf(in.Usage), nil
}

// places returns the text that each embedding belongs to. Embeddings are in the order
// of their indices, which need not begin at 0. If all have the same index, they are in
// the order of the texts.
func places(indices []int) ([]int, error) {
	order := make([]int, len(indices)) // the embeddings by their indices
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return indices[a] - indices[b] })
	at := make([]int, len(indices))
	same := len(order) > 0 && indices[order[0]] == indices[order[len(order)-1]]
	for place, i := range order {
		if at[i] = place; !same && place > 0 && indices[i] == indices[order[place-1]] {
			return nil, errors.New("two embeddings of one text")
		}
	}
	return at, nil
}
