package journal

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"sync"

	"daybook/internal/embed"
	"daybook/internal/llm"
	"daybook/internal/settings"
)

// builtinBatch is how many passages a request to the built-in model has. It uses
// one core per request, and lets questions go first after each passage.
const builtinBatch = 16

// builtinParallel returns how many requests run at a time: one on each core.
func builtinParallel() int { return runtime.GOMAXPROCS(0) }

// BuiltinRef is the built-in embedding model.
var BuiltinRef = llm.Ref{Provider: settings.BuiltIn, Model: embed.Name}

// FindBuiltin returns the folder of the built-in model; "" if there is none. A
// folder in the settings is returned unchecked, unless another embedding model
// is set: then the built-in model only serves until the other's vectors are
// complete.
func FindBuiltin(s settings.Settings) string {
	switch {
	case s.Embedding.Provider == settings.None:
		return ""
	case s.BuiltinModel != "" && s.Embedding.Provider != settings.BuiltIn && !embed.IsIn(s.BuiltinModel):
		return ""
	case s.BuiltinModel != "":
		return s.BuiltinModel
	}
	folders := []string{filepath.Join(s.Data, "model")}
	if program, err := os.Executable(); err == nil {
		folders = append(folders, filepath.Join(filepath.Dir(program), "model"))
	}
	for _, folder := range folders {
		if embed.IsIn(folder) {
			return folder
		}
	}
	return ""
}

// NewBuiltin returns a provider for the model in a folder. The model is loaded
// on first use, because that would delay the start of a server.
func NewBuiltin(folder string) llm.Provider {
	model := &lazyModel{open: sync.OnceValues(func() (*embed.Model, error) { return embed.Open(folder) })}
	return llm.Provider{Name: settings.BuiltIn, Embedder: model, Pinger: model}
}

type lazyModel struct {
	open func() (*embed.Model, error)
}

// Embed implements llm.Embedder.
func (m *lazyModel) Embed(ctx context.Context, req llm.EmbedRequest) (llm.Embeddings, error) {
	model, err := m.open()
	if err != nil {
		return llm.Embeddings{}, err
	}
	return model.Embed(ctx, req)
}

// States implements late.Model.
func (m *lazyModel) States(ctx context.Context, text string) (embed.States, []float32, error) {
	model, err := m.open()
	if err != nil {
		return embed.States{}, nil, err
	}
	return model.States(ctx, text)
}

// DocumentStates implements late.Model.
func (m *lazyModel) DocumentStates(ctx context.Context, text string) (embed.States, error) {
	model, err := m.open()
	if err != nil {
		return embed.States{}, err
	}
	return model.DocumentStates(ctx, text)
}

// Piece implements late.Model. The model is open if there are tokens.
func (m *lazyModel) Piece(token uint16) string {
	model, err := m.open()
	if err != nil {
		return ""
	}
	return model.Piece(token)
}

// Ping implements llm.Pinger.
func (m *lazyModel) Ping(context.Context) error {
	_, err := m.open()
	return err
}
