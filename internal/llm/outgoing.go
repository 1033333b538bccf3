package llm

import (
	"context"
	"iter"
	"slices"
	"unicode/utf8"
)

// TaskAnalysis is reading the whole journal. There is no setting for its model: each
// request for an analysis names one.
const TaskAnalysis Task = "analysis"

// TaskTitle is writing a conversation's title, by the chat model.
const TaskTitle Task = "title"

// TaskSearch is helping a search: writing other searches and ordering the results.
const TaskSearch Task = "search"

type taskKey struct{}

// WithTask returns a context whose calls are recorded under a task. Without it, calls
// of chat models are recorded under TaskChat.
func WithTask(ctx context.Context, t Task) context.Context {
	return context.WithValue(ctx, taskKey{}, t)
}

func taskIn(ctx context.Context) Task {
	if t, ok := ctx.Value(taskKey{}).(Task); ok {
		return t
	}
	return TaskChat
}

// Ledger records the usage of models, and refuses calls beyond the spending cap. It
// is safe for concurrent use.
type Ledger interface {
	// Begin is called before each call, with the most that it is expected to use.
	// An error refuses the call. Otherwise end is called once after the call, with
	// the usage; with the zero Usage if the call was never made.
	Begin(ctx context.Context, model Ref, task Task, most Usage) (end func(Usage), err error)
}

// Calls lists the calls that leave this process. It is safe for concurrent
// use, and returns at once.
type Calls interface {
	// Sent records a call that is about to be sent. End is called once after it,
	// with the usage and the error of the call.
	Sent(model Ref, task Task, c Contents) (end func(used Usage, err error))
}

// Metered returns the same models with every call recorded in a ledger. It replaces
// m, which must not be used any longer.
func (m *Models) Metered(l Ledger) *Models {
	out := m.copy()
	out.exit.ledger = l
	return out
}

// Guarded returns the same models. Their calls leave this process only if g allows
// them, and are listed in calls, which may be nil. Local are the providers that run
// in this process. It replaces m, which must not be used any longer.
func (m *Models) Guarded(g Guard, calls Calls, local ...string) *Models {
	out := m.copy()
	out.exit.guard, out.exit.calls, out.exit.local = g, calls, local
	return out
}

func (m *Models) copy() *Models {
	m.mu.Lock()
	defer m.mu.Unlock()
	return &Models{providers: m.providers, tasks: m.tasks, limits: m.limits, budgets: m.budgets, outages: m.outages, silent: m.silent, share: m.share, exit: m.exit}
}

// exit is the last step of every call before it is sent. Each attempt passes it,
// after waiting for budgets.
type exit struct {
	ledger Ledger // nil records nothing
	guard  Guard  // nil lets everything out
	calls  Calls  // nil lists nothing
	local  []string
}

// outside returns the exit for a provider's calls. Those of a local provider do not
// leave the process.
func (x exit) outside(provider string) exit {
	if slices.Contains(x.local, provider) {
		x.guard, x.calls = nil, nil
	}
	return x
}

func (x exit) open() bool { return x.ledger == nil && x.guard == nil && x.calls == nil }

// begin asks for permission. Its error says why the call is not made.
func (x exit) begin(ctx context.Context, out Outgoing, most Usage) (end func(Usage, error), err error) {
	spent := func(Usage) {}
	if x.ledger != nil {
		if spent, err = x.ledger.Begin(ctx, out.Model, out.Task, most); err != nil {
			return nil, err
		}
	}
	if x.guard != nil {
		if err := x.guard.Allow(ctx, out); err != nil {
			spent(Usage{})
			return nil, err
		}
	}
	over := func(Usage, error) {}
	if x.calls != nil {
		over = x.calls.Sent(out.Model, out.Task, out.Contents)
	}
	return func(used Usage, err error) { spent(used); over(used, err) }, nil
}

// outgoingChat is a provider's model, whose calls pass the exit.
type outgoingChat struct {
	ChatModel
	ref  Ref
	exit exit
}

func (m outgoingChat) Stream(ctx context.Context, req Request) iter.Seq2[Chunk, error] {
	return func(yield func(Chunk, error) bool) {
		in, out := estimates(req)
		end, err := m.exit.begin(ctx, Outgoing{m.ref, taskIn(ctx), req.Contents, textsOf(req)}, Usage{in, out})
		if err != nil {
			yield(Chunk{}, err)
			return
		}
		// Until the provider reports the usage, a call with output counts with the
		// expected input and its output so far: interrupted streams cost money too.
		var used Usage
		said, failed := 0, error(context.Canceled) // unless it comes to an end
		defer func() { end(used, failed) }()
		for chunk, err := range m.ChatModel.Stream(ctx, req) {
			switch {
			case err != nil:
				failed = err
			case chunk.Usage != Usage{}:
				used = chunk.Usage
			case chunk.Text != "" || chunk.Call != nil || chunk.Finish != "":
				said += utf8.RuneCountInString(chunk.Text)
				used = Usage{in, said/4 + 1}
			}
			if chunk.Finish != "" {
				failed = nil
			}
			if !yield(chunk, err) {
				return
			}
		}
	}
}

// outgoingEmbedder is a provider's embedding model, whose calls pass the exit.
type outgoingEmbedder struct {
	Embedder
	ref  Ref
	exit exit
}

// outgoingTexts returns the call that embeds texts.
func outgoingTexts(model Ref, req EmbedRequest) Outgoing {
	return Outgoing{model, TaskEmbedding, req.Contents, req.Inputs}
}

func (m outgoingEmbedder) Embed(ctx context.Context, req EmbedRequest) (Embeddings, error) {
	most := Usage{InputTokens: embedTokens(req)}
	end, err := m.exit.begin(ctx, outgoingTexts(m.ref, req), most)
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
	end(used, err)
	return out, err
}
