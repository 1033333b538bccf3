package journal

import (
	"context"
	"slices"

	"daybook"
	"daybook/internal/chat"
	"daybook/internal/llm"
	"daybook/internal/llm/anthropic"
	"daybook/internal/llm/budget"
	"daybook/internal/llm/gemini"
	"daybook/internal/llm/llmhttp"
	"daybook/internal/llm/openai"
	"daybook/internal/prompts"
	"daybook/internal/rank"
	"daybook/internal/settings"
)

// newModels sets up every provider that has a key or an address in the settings,
// and assigns models to tasks. Builtin makes the built-in provider; nil is
// NewBuiltin.
func newModels(ctx context.Context, s settings.Settings, builtin func(folder string) llm.Provider) (*llm.Models, error) {
	client := llmhttp.NewClient(s.IdleTimeout)
	var providers []llm.Provider
	for _, p := range s.Providers {
		var provider llm.Provider
		switch p.API {
		case settings.OpenAI:
			provider = openai.New(openai.Config{
				Name: p.Name, APIKey: p.Key.Reveal(), BaseURL: p.BaseURL, HTTPClient: client, PlainJSON: !p.JSONSchema,
			})
		case settings.Anthropic:
			provider = anthropic.New(anthropic.Config{APIKey: p.Key.Reveal(), BaseURL: p.BaseURL, HTTPClient: client})
		case settings.Gemini:
			provider = gemini.New(gemini.Config{APIKey: p.Key.Reveal(), BaseURL: p.BaseURL, HTTPClient: client})
		default:
			return nil, daybook.Errorf(daybook.Invalid, "set up the provider %s: unknown protocol", p.Name)
		}
		providers = append(providers, provider)
	}
	tasks := tasks(s)
	if folder := FindBuiltin(s); folder != "" {
		if builtin == nil {
			builtin = NewBuiltin
		}
		providers = append(providers, builtin(folder))
		if s.Embedding.Provider == settings.BuiltIn {
			tasks[llm.TaskEmbedding] = builtinRef(s.Language, folder)
		}
	}
	limits := map[string]budget.Limits{}
	for name, b := range s.Budgets {
		limits[name] = budget.Limits{Requests: b.RequestsPerMinute, Tokens: b.TokensPerMinute}
	}
	return llm.NewModels(providers, tasks, limits)
}

// tasks returns the model that is set for each task.
func tasks(s settings.Settings) map[llm.Task]llm.Ref {
	set := map[llm.Task]llm.Ref{}
	for task, m := range map[llm.Task]settings.Model{
		llm.TaskChat: s.Chat, llm.TaskIntent: s.Intent, llm.TaskEmbedding: s.Embedding, llm.TaskTranscription: s.Transcription, llm.TaskSpeech: s.Speech, llm.TaskRerank: s.Rerank,
	} {
		if !m.IsZero() && !slices.Contains([]string{chat.Offline, settings.BuiltIn, settings.None}, m.Provider) {
			set[task] = llm.Ref(m)
		}
	}
	return set
}

// defaultOutput is how many tokens are reserved for an answer by default.
const defaultOutput = 4096

// chatModels finds the models of a chat.
type chatModels struct {
	models   *llm.Models
	settings settings.Settings
	prompts  *prompts.Set
	pace     *rank.Pace
	windows  *llm.Windows
}

// Lookup returns the model that a request names.
func (c chatModels) Lookup(provider, model string) (chat.Model, error) {
	ref := llm.Ref{Provider: llm.CanonicalProvider(provider), Model: model}
	if ref.Provider == chat.Offline {
		return chat.Model{Ref: ref}, nil
	}
	m, err := c.models.Chat(ref)
	if err != nil {
		return chat.Model{}, err
	}
	if c.pace != nil {
		m = c.pace.Watch(ref, m)
	}
	out := chat.Model{Chat: m, Ref: ref, Window: c.window(ref), Output: c.settings.ChatMaxOutputTokens, Limit: c.settings.ChatMaxOutputTokens}
	if out.Output == 0 {
		out.Output = min(defaultOutput, out.Window/4)
	}
	out.Help = c.help(out)
	return out, nil
}

// help returns the model that improves the search for answers of m: the one that
// is set for intents if it is of the same provider, else m itself. It is nil if
// that is too slow or not wanted.
func (c chatModels) help(m chat.Model) *rank.Helper {
	set := c.settings.SearchHelp
	if c.pace == nil || set.Within == 0 {
		return nil
	}
	h := &rank.Helper{Chat: m.Chat, Ref: m.Ref, Window: m.Window, Prompts: c.prompts, Within: set.Within, Pace: c.pace}
	if ref, ok := c.models.Task(llm.TaskIntent); ok && ref.Provider == m.Ref.Provider && ref != m.Ref {
		if chat, err := c.models.Chat(ref); err == nil {
			h.Chat, h.Ref, h.Window = c.pace.Watch(ref, chat), ref, c.window(ref)
		}
	}
	if set.Auto && !c.pace.Fast(h.Ref, set.Within, isLocal(c.settings, h.Ref)) {
		return nil
	}
	return h
}

// window returns how many tokens a prompt and its answer may take.
func (c chatModels) window(ref llm.Ref) int {
	if window, ok := c.settings.ContextWindow(settings.Model(ref)); ok {
		return window
	}
	if c.windows != nil {
		if n := c.windows.Of(ref); n > 0 {
			return n
		}
	}
	return llm.Window(ref)
}

// Intent returns the model set for classifying questions.
func (c chatModels) Intent() (chat.Model, bool) {
	ref, ok := c.models.Task(llm.TaskIntent)
	if !ok {
		return chat.Model{}, false
	}
	m, err := c.Lookup(ref.Provider, ref.Model)
	return m, err == nil
}
