package llm

import (
	"context"
	"iter"

	"daybook/internal/llm/budget"
)

// Tokens assumed before a call, and settled after it.
const (
	bytesPerToken   = 3    // English has four and more; other scripts fewer
	assumedOutput   = 4096 // where a request sets no limit
	tokensPerPrompt = 64   // the frame around the messages
	tokensPerPart   = 16   // the frame around a message, a call, a result or a tool
	// tokensForTools are what a provider says to a model that has tools:
	// Anthropic, which alone gives figures, 159 to 530.
	tokensForTools = 600
)

// estimate is a cautious guess at what a request takes in and gives out.
func estimate(req Request) int {
	tokens := tokensPerPrompt + assumedOutput
	if req.MaxOutputTokens > 0 {
		tokens = tokensPerPrompt + req.MaxOutputTokens
	}
	bytes := func(text string) int { return len(text)/bytesPerToken + 1 }
	tokens += bytes(req.System) + toolTokens(req.Tools, bytes)
	if req.Schema != nil {
		tokens += bytes(string(req.Schema.JSON))
	}
	for _, m := range req.Messages {
		tokens += messageTokens(m, req.Model, bytes)
	}
	return tokens
}

// messageTokens are those of a message whose texts count counts.
func messageTokens(m Message, model string, count func(string) int) int {
	tokens := tokensPerPart + count(m.Text)
	for _, img := range m.Images {
		tokens += imageTokens(model, img)
	}
	for _, c := range m.Calls {
		tokens += tokensPerPart + count(c.Name) + count(string(c.Arguments))
	}
	for _, r := range m.Results {
		tokens += tokensPerPart + count(r.Name) + count(r.Content)
	}
	return tokens
}

// toolTokens are those of tools whose texts count counts.
func toolTokens(tools []Tool, count func(string) int) int {
	if len(tools) == 0 {
		return 0
	}
	tokens := tokensForTools
	for _, t := range tools {
		tokens += tokensPerPart + count(t.Name) + count(t.Description) + count(string(t.Schema))
	}
	return tokens
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
