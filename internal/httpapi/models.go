package httpapi

import (
	"context"

	"daybook"
	"daybook/internal/chat"
	"daybook/internal/llm"
)

// Models lists the models and their tasks.
type Models interface {
	// Default is the model for requests that name none.
	Default() llm.Ref
	// Task returns the model configured for a task, false if there is none.
	Task(t llm.Task) (llm.Ref, bool)
	// States returns, for each provider that can chat, whether it answers; see
	// llm.Catalog.
	States(ctx context.Context, ask bool) []llm.ProviderState
}

type modelsInput struct {
	Check bool `query:"check" doc:"Ask the providers first, unless they were in the last minute. Nothing of the journal is sent"`
}

type modelJSON struct {
	Provider string `json:"provider"`
	Model    string `json:"model"`
}

type providerJSON struct {
	Name   string   `json:"name"`
	OK     *bool    `json:"ok" doc:"Whether it responds; null if not yet checked"`
	Error  *string  `json:"error" doc:"Why it does not"`
	Models []string `json:"models" nullable:"false" doc:"Those it says it has"`
}

type modelsJSON struct {
	Default   modelJSON          `json:"default" doc:"What answers when a request would not say"`
	Providers []providerJSON     `json:"providers" nullable:"false" doc:"Those that a chat may name"`
	Tasks     map[string]*string `json:"tasks" doc:"The model set for each task, as provider/model; null if there is none"`
}

func (s *server) models(ctx context.Context, in *modelsInput) (*body[modelsJSON], error) {
	answers := true
	def := s.Models.Default()
	out := modelsJSON{
		Default: modelJSON{def.Provider, def.Model}, Tasks: map[string]*string{},
		Providers: []providerJSON{{Name: chat.Offline, OK: &answers, Models: []string{}}},
	}
	for _, p := range s.Models.States(ctx, in.Check) {
		j := providerJSON{Name: p.Name, Models: list(p.Models)}
		if p.Asked {
			ok := p.Err == nil
			j.OK = &ok
		}
		if p.Err != nil {
			why := daybook.PublicMessage(p.Err)
			j.Error = &why
		}
		out.Providers = append(out.Providers, j)
	}
	for _, task := range llm.Tasks {
		out.Tasks[string(task)] = nil
		if ref, ok := s.Models.Task(task); ok {
			name := ref.String()
			out.Tasks[string(task)] = &name
		}
	}
	return reply(out)
}
