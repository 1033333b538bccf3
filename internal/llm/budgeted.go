package llm

import (
	"context"
	"iter"

	"daybook/internal/llm/budget"
)

// Tokens assumed before a call, and settled after it.
const (
	bytesPerToken   = 3    // English has four and more; other scripts fewer
	tokensPerImage  = 1600 // a page scaled to what providers take
	assumedOutput   = 4096 // where a request sets no limit
	tokensPerPrompt = 64   // the frame around the messages
)

// estimate is a cautious guess at what a request takes in and gives out.
func estimate(req Request) int {
	bytes := len(req.System)
	tokens := tokensPerPrompt + assumedOutput
	if req.MaxOutputTokens > 0 {
		tokens = tokensPerPrompt + req.MaxOutputTokens
	}
	if req.Schema != nil {
		bytes += len(req.Schema.JSON)
	}
	for _, m := range req.Messages {
		bytes += len(m.Text)
		tokens += tokensPerImage * len(m.Images)
	}
	return tokens + bytes/bytesPerToken
}

// budgetedChat charges each call to a budget before it is made.
type budgetedChat struct {
	ChatModel
	budget *budget.Budget
}

func (m budgetedChat) Stream(ctx context.Context, req Request) iter.Seq2[Chunk, error] {
	return func(yield func(Chunk, error) bool) {
		r, err := m.budget.Reserve(ctx, estimate(req))
		if err != nil {
			yield(Chunk{}, err)
			return
		}
		for chunk, err := range m.ChatModel.Stream(ctx, req) {
			if used := chunk.Usage.InputTokens + chunk.Usage.OutputTokens; used > 0 {
				r.Settle(used)
			}
			if !yield(chunk, err) {
				return
			}
		}
	}
}

// budgetedEmbedder charges each call to a budget before it is made.
type budgetedEmbedder struct {
	Embedder
	budget *budget.Budget
}

func (m budgetedEmbedder) Embed(ctx context.Context, req EmbedRequest) (Embeddings, error) {
	tokens := 0
	for _, text := range req.Inputs {
		tokens += 1 + len(text)/bytesPerToken
	}
	r, err := m.budget.Reserve(ctx, tokens)
	if err != nil {
		return Embeddings{}, err
	}
	out, err := m.Embedder.Embed(ctx, req)
	if used := out.Usage.InputTokens; err == nil && used > 0 {
		r.Settle(used)
	}
	return out, err
}
