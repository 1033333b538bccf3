package llm

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"daybook"
	"daybook/internal/llm/budget"
)

// Task is something that a model is used for.
type Task string

// The tasks a model can be set for.
const (
	TaskChat          Task = "chat"
	TaskIntent        Task = "intent"
	TaskEmbedding     Task = "embedding"
	TaskTranscription Task = "transcription"
)

// Tasks are all tasks, in the order in which they are listed to people.
var Tasks = []Task{TaskChat, TaskIntent, TaskEmbedding, TaskTranscription}

// Models are the configured providers and the model for each task. The models that
// it returns keep to their budgets and retry. It is safe for concurrent use.
type Models struct {
	providers map[string]Provider
	tasks     map[Task]Ref
	limits    map[string]budget.Limits

	exit exit

	share func(Ref) budget.Ledger // nil where budgets are this process's own

	mu      sync.Mutex
	budgets map[Ref]limited
	outages map[Ref]*outage
	silent  map[Ref]*silence
}

// NewModels returns the registry of the given providers. The keys of limits are
// "provider/model", or "provider" for each of its other models. Tasks must name given
// providers.
func NewModels(providers []Provider, tasks map[Task]Ref, limits map[string]budget.Limits) (*Models, error) {
	m := &Models{
		providers: map[string]Provider{}, tasks: maps.Clone(tasks), limits: limits, budgets: map[Ref]limited{}, outages: map[Ref]*outage{}, silent: map[Ref]*silence{},
	}
	for _, p := range providers {
		m.providers[p.Name] = p
	}
	for task, ref := range tasks {
		p, ok := m.providers[ref.Provider]
		if !ok {
			return nil, daybook.Errorf(daybook.Invalid, "the %s model %s names a provider that is not set up", task, ref)
		}
		if task == TaskEmbedding && p.Embedder == nil {
			return nil, daybook.Errorf(daybook.Invalid, "the provider of the embedding model %s has no embeddings", ref)
		}
	}
	return m, nil
}

// ShareBudgets lets several processes share the budgets: ledger returns where to
// keep the charges of a model's budget. Call it before requesting the first model.
func (m *Models) ShareBudgets(ledger func(Ref) budget.Ledger) { m.share = ledger }

// Providers returns all providers, by name.
func (m *Models) Providers() []Provider {
	return slices.SortedFunc(maps.Values(m.providers), func(a, b Provider) int { return strings.Compare(a.Name, b.Name) })
}

// Task returns the model that is set for a task; false if none is.
func (m *Models) Task(t Task) (Ref, bool) {
	ref, ok := m.tasks[t]
	return ref, ok
}

// Chat returns the chat model that ref names. An unknown provider, or a model
// without a name, is a daybook.Invalid error that names the field of a
// request at fault.
func (m *Models) Chat(ref Ref) (ChatModel, error) {
	p, ok := m.providers[CanonicalProvider(ref.Provider)]
	if !ok || p.Chat == nil {
		known := []string{"offline"}
		for _, p := range m.Providers() {
			if p.Chat != nil {
				known = append(known, p.Name)
			}
		}
		return nil, &daybook.Error{
			Kind: daybook.Invalid, Field: "body.provider",
			Message: fmt.Sprintf("Unknown provider, or one without a key (OPENAI_API_KEY and the like). Set up: %s.", strings.Join(known, ", ")),
		}
	}
	if strings.TrimSpace(ref.Model) == "" {
		return nil, &daybook.Error{Kind: daybook.Invalid, Field: "body.model", Message: "Enter the name of a model."}
	}
	var chat ChatModel = tellingChat{p.Chat}
	ref = Ref{p.Name, ref.Model}
	if x := m.exit.outside(p.Name); !x.open() {
		chat = outgoingChat{chat, ref, x}
	}
	if b := m.budget(ref); b.Budget != nil {
		chat = budgetedChat{chat, b}
	}
	return patientChat{withRetry(secondChance{chat}), m.line(ref), m.silence(ref)}, nil
}

// Embedder returns the model that is set for embeddings; false if none is.
func (m *Models) Embedder() (Embedder, Ref, bool) {
	ref, ok := m.tasks[TaskEmbedding]
	if !ok {
		return nil, Ref{}, false
	}
	e, ok := m.EmbedderOf(ref)
	return e, ref, ok
}

// EmbedderOf returns an embedding model; false if its provider is not configured or
// has no embeddings.
func (m *Models) EmbedderOf(ref Ref) (Embedder, bool) {
	e := m.providers[ref.Provider].Embedder
	if e == nil {
		return nil, false
	}
	if x := m.exit.outside(ref.Provider); !x.open() {
		e = outgoingEmbedder{e, ref, x}
	}
	if b := m.budget(ref); b.Budget != nil {
		e = budgetedEmbedder{e, b}
	}
	e = withRetryEmbed(e)
	if !slices.Contains(m.exit.local, ref.Provider) {
		e = patientEmbedder{e, m.line(ref), m.outage(ref)}
	}
	return e, true
}

// line returns the way to the provider of a model.
func (m *Models) line(ref Ref) line {
	return line{ref, m.providers[ref.Provider].Pinger, m.exit.outside(ref.Provider).guard}
}

func (m *Models) silence(ref Ref) *silence {
	m.mu.Lock()
	defer m.mu.Unlock()
	s, ok := m.silent[ref]
	if !ok {
		if len(m.silent) >= maxRemembered { // names come from outside
			clear(m.silent)
		}
		s = &silence{}
		m.silent[ref] = s
	}
	return s
}

// maxRemembered limits for how many models silence is remembered.
const maxRemembered = 256

// Limits returns the limits per minute of a model.
func (m *Models) Limits(ref Ref) budget.Limits {
	ref.Provider = CanonicalProvider(ref.Provider)
	if limits, ok := m.limits[ref.String()]; ok {
		return limits
	}
	return m.limits[ref.Provider]
}

// budget returns the budget of a model, which has none if there are no limits.
func (m *Models) budget(ref Ref) limited {
	limits := m.Limits(ref)
	if limits == (budget.Limits{}) {
		return limited{}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	b, ok := m.budgets[ref]
	if !ok {
		b = limited{budget.New(limits), newGauge(ref.Provider)}
		if m.share != nil {
			b.Budget = budget.Shared(limits, m.share(ref))
		}
		m.budgets[ref] = b
	}
	return b
}
