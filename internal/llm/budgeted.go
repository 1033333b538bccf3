package llm

import (
	"cmp"
	"context"
	"iter"
	"math"
	"sync"
	"time"

	"daybook/internal/llm/budget"
)

// Tokens assumed before a call; the real ones are charged after it.
const (
	bytesPerToken   = 3    // English has four and more; other scripts fewer
	assumedOutput   = 4096 // where a request sets no limit
	tokensPerPrompt = 64   // the frame around the messages
	tokensPerPart   = 16   // the frame around a message, a call, a result or a tool
	// tokensForTools is the length of the provider's instructions for tools. Only
	// Anthropic publishes it: 159 to 530.
	tokensForTools = 600
)

// estimates returns cautious estimates of a request's input and output tokens. It
// uses the caller's count if there is one.
func estimates(req Request) (in, out int) {
	out = cmp.Or(req.LikelyOutput, req.MaxOutputTokens, assumedOutput)
	if req.MaxOutputTokens > 0 {
		out = min(out, req.MaxOutputTokens)
	}
	if req.InputTokens > 0 {
		return req.InputTokens, out
	}
	bytes := func(text string) int { return len(text)/bytesPerToken + 1 }
	in = tokensPerPrompt + bytes(req.System) + toolTokens(req.Tools, bytes)
	if req.Schema != nil {
		in += bytes(string(req.Schema.JSON))
	}
	for _, m := range req.Messages {
		in += messageTokens(m, req.Model, bytes)
	}
	return in, out
}

// messageTokens returns the tokens of a message. Count counts those of a text.
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

// toolTokens returns the tokens of tools. Count counts those of a text.
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

// gauge learns the ratio of a provider's token counts to CountTokens, from the usage
// that it reports.
type gauge struct {
	mu    sync.Mutex
	scale float64
}

// Limits of the ratio, and the least number of tokens to learn it from. It is never
// below 1: the next text may differ, and unused reservations are soon returned.
const (
	leastScale, mostScale = 1, 3
	tellingTokens         = 300
)

// newGauge starts with a known ratio: Claude's tokens are shorter than o200k's, and
// Gemini's slightly.
func newGauge(provider string) *gauge {
	switch provider {
	case "anthropic":
		return &gauge{scale: 1.25}
	case "gemini":
		return &gauge{scale: 1.1}
	}
	return &gauge{scale: 1}
}

func (g *gauge) apply(tokens int) int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return int(math.Ceil(float64(tokens) * g.scale))
}

// learn compares our count with the provider's. A higher count is adopted at once,
// a lower one gradually.
func (g *gauge) learn(counted, used int) {
	if counted < tellingTokens || used <= 0 {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	seen := min(max(float64(used)/float64(counted), leastScale), mostScale)
	if seen > g.scale {
		g.scale = seen
		return
	}
	g.scale += (seen - g.scale) / 8
}

// limited is a budget with the gauge of its provider.
type limited struct {
	*budget.Budget
	gauge *gauge
}

// ask returns what a request takes from the budget.
func (l limited) ask(ctx context.Context, req Request) budget.Ask {
	in, out := estimates(req)
	if req.InputTokens > 0 {
		in = l.gauge.apply(in)
	}
	return askIn(ctx, in+out)
}

// askIn returns the Ask for tokens, with the class and the callback of the context.
func askIn(ctx context.Context, tokens int) budget.Ask {
	ask := budget.Ask{Tokens: tokens, Class: patienceIn(ctx).class}
	if tell := waitingIn(ctx); tell != nil {
		ask.Waiting = func(until time.Time) { tell(Wait{Until: until}) }
	}
	return ask
}

// tellingChat reports that a call is made, after all waiting.
type tellingChat struct{ ChatModel }

func (m tellingChat) Stream(ctx context.Context, req Request) iter.Seq2[Chunk, error] {
	return func(yield func(Chunk, error) bool) {
		if tell := waitingIn(ctx); tell != nil {
			tell(Wait{})
		}
		m.ChatModel.Stream(ctx, req)(yield)
	}
}

// budgetedChat charges each call to a budget before it is made.
type budgetedChat struct {
	ChatModel
	budget limited
}

func (m budgetedChat) Stream(ctx context.Context, req Request) iter.Seq2[Chunk, error] {
	return func(yield func(Chunk, error) bool) {
		r, err := m.budget.Reserve(ctx, m.budget.ask(ctx, req))
		if err != nil {
			yield(Chunk{}, err)
			return
		}
		for chunk, err := range m.ChatModel.Stream(ctx, req) {
			if used := chunk.Usage.InputTokens + chunk.Usage.OutputTokens; used > 0 {
				r.Settle(used)
				m.budget.gauge.learn(req.InputTokens, chunk.Usage.InputTokens)
			}
			if !yield(chunk, err) {
				return
			}
		}
	}
}

// embedTokens returns a cautious estimate of the tokens of texts to embed.
func embedTokens(req EmbedRequest) int {
	tokens := 0
	for _, text := range req.Inputs {
		tokens += 1 + len(text)/bytesPerToken
	}
	return tokens
}

// budgetedEmbedder charges each call to a budget before it is made.
type budgetedEmbedder struct {
	Embedder
	budget limited
}

func (m budgetedEmbedder) Embed(ctx context.Context, req EmbedRequest) (Embeddings, error) {
	r, err := m.budget.Reserve(ctx, askIn(ctx, embedTokens(req)))
	if err != nil {
		return Embeddings{}, err
	}
	out, err := m.Embedder.Embed(ctx, req)
	if used := out.Usage.InputTokens; err == nil && used > 0 {
		r.Settle(used)
	}
	return out, err
}
