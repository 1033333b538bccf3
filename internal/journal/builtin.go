package journal

import (
	"context"
	"os"
	"path/filepath"
	"sync"

	"daybook/internal/embed"
	"daybook/internal/llm"
	"daybook/internal/settings"
)

// The built-in model takes a core for each of its requests, and a fraction of
// a second a passage: in small pieces it leaves room for questions.
const (
	builtinBatch    = 16
	builtinParallel = 1
)

// BuiltinRef is the built-in embedding model.
var BuiltinRef = llm.Ref{Provider: settings.BuiltIn, Model: embed.Name}

// FindBuiltin returns the folder of the built-in model, "" where there is
// none. A folder that the settings name is not looked into, unless another
// model is set: then its vectors may serve until the other's are complete.
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

// NewBuiltin is the provider that the model in a folder is. It is opened when
// it is first asked, which takes longer than a server should take to start.
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

// Ping implements llm.Pinger.
func (m *lazyModel) Ping(context.Context) error {
	_, err := m.open()
	return err
}
