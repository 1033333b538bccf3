package llm

import (
	"context"
	"iter"
	"unicode/utf8"
)

// TaskAnalysis is the reading of the whole journal. No model is set for it:
// who asks for an analysis names one.
const TaskAnalysis Task = "analysis"

type taskKey struct{}

// WithTask returns a context whose calls are recorded as being for a task.
// Without one a chat model's are for TaskChat.
func WithTask(ctx context.Context, t Task) context.Context {
	return context.WithValue(ctx, taskKey{}, t)
}

func taskIn(ctx context.Context) Task {
	if t, ok := ctx.Value(taskKey{}).(Task); ok {
		return t
	}
	return TaskChat
}

// Ledger records what models are used for, and refuses what is more than may
// be spent. It is safe for concurrent use.
type Ledger interface {
	// Begin is asked before each call, with what it is expected to take at
	// most. Its error refuses the call. Otherwise End is called once when the
	// call is over, with what was used of the model; with the zero Usage if
	// the call never began.
	Begin(ctx context.Context, model Ref, task Task, most Usage) (end func(Usage), err error)
}

// Metered returns the same models with every call recorded in a ledger. It
// takes the place of m, which is not to be used any longer.
func (m *Models) Metered(l Ledger) *Models {
	m.mu.Lock()
	defer m.mu.Unlock()
	return &Models{providers: m.providers, tasks: m.tasks, limits: m.limits, budgets: m.budgets, share: m.share, ledger: l}
}

// meteredChat records each call.
type meteredChat struct {
	ChatModel
	ref    Ref
	ledger Ledger
}

func (m meteredChat) Stream(ctx context.Context, req Request) iter.Seq2[Chunk, error] {
	return func(yield func(Chunk, error) bool) {
		in, out := estimates(req)
		end, err := m.ledger.Begin(ctx, m.ref, taskIn(ctx), Usage{in, out})
		if err != nil {
			yield(Chunk{}, err)
			return
		}
		// Until the provider says what was used, a call that said something
		// is taken to have used what it was expected to take, and what it
		// said: a stream that broke off is paid for as well.
		var used Usage
		said := 0
		defer func() { end(used) }()
		for chunk, err := range m.ChatModel.Stream(ctx, req) {
			switch {
			case err != nil:
			case chunk.Usage != Usage{}:
				used = chunk.Usage
			case chunk.Text != "" || chunk.Call != nil || chunk.Finish != "":
				said += utf8.RuneCountInString(chunk.Text)
				used = Usage{in, said/4 + 1}
			}
			if !yield(chunk, err) {
				return
			}
		}
	}
}

// meteredEmbedder records each call.
type meteredEmbedder struct {
	Embedder
	ref    Ref
	ledger Ledger
}

func (m meteredEmbedder) Embed(ctx context.Context, req EmbedRequest) (Embeddings, error) {
	most := Usage{InputTokens: embedTokens(req)}
	end, err := m.ledger.Begin(ctx, m.ref, TaskEmbedding, most)
	if err != nil {
		return Embeddings{}, err
	}
	out, err := m.Embedder.Embed(ctx, req)
	used := out.Usage
	if err != nil {
		used = Usage{}
	} else if used == (Usage{}) {
		used = most // Gemini does not say
	}
	end(used)
	return out, err
}
