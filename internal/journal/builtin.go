package journal

import (
	"cmp"
	"context"
	"fmt"
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

// IsBuiltin reports whether a model runs in this process.
func IsBuiltin(ref llm.Ref) bool { return ref.Provider == settings.BuiltIn }

// builtinRef returns the built-in embedding model for a journal in a language:
// one for English, and one for others if the folder has it.
func builtinRef(language, folder string) llm.Ref {
	ref := llm.Ref{Provider: settings.BuiltIn, Model: embed.Name}
	useEnglish := english(language) && embed.IsIn(folder)
	if !useEnglish && embed.HasMultilingual(folder) {
		ref.Model = embed.Multilingual
	}
	return ref
}

// ForeignModel says what to do if the built-in model is for another language than
// the journal's; "" if there is nothing to do.
func (j *Journal) ForeignModel() string {
	_, ref, ok := j.Models.Embedder()
	if !ok || !IsBuiltin(ref) || ref.Model != embed.Name || english(j.analyzer.Language()) {
		return ""
	}
	return fmt.Sprintf("The embedding model is for English, and the journal is not. Put %s into %s (docs/models.md says where to get it).",
		embed.MultilingualFile, cmp.Or(j.Settings.BuiltinModel, filepath.Join(j.Settings.Data, "model")))
}

// hasBuiltin reports whether a folder has a built-in model.
func hasBuiltin(folder string) bool { return embed.IsIn(folder) || embed.HasMultilingual(folder) }

// FindBuiltin returns the folder of the built-in model; "" if there is none. A
// folder in the settings is returned unchecked, unless another embedding model
// is set: then the built-in model only serves until the other's vectors are
// complete.
func FindBuiltin(s settings.Settings) string {
	switch {
	case s.Embedding.Provider == settings.None:
		return ""
	case s.BuiltinModel != "" && s.Embedding.Provider != settings.BuiltIn && !hasBuiltin(s.BuiltinModel):
		return ""
	case s.BuiltinModel != "":
		return s.BuiltinModel
	}
	folders := []string{filepath.Join(s.Data, "model")}
	if program, err := os.Executable(); err == nil {
		folders = append(folders, filepath.Join(filepath.Dir(program), "model"))
	}
	for _, folder := range folders {
		if hasBuiltin(folder) {
			return folder
		}
	}
	return ""
}

// NewBuiltin returns a provider for the models in a folder. A model is loaded on
// first use, because that would delay the start of a server.
func NewBuiltin(folder string) llm.Provider {
	models := &lazyModels{
		folder:       folder,
		english:      sync.OnceValues(func() (*embed.Model, error) { return embed.Open(folder) }),
		multilingual: sync.OnceValues(func() (*embed.Model, error) { return embed.OpenMultilingual(folder) }),
	}
	return llm.Provider{Name: settings.BuiltIn, Embedder: models, Pinger: models}
}

type lazyModels struct {
	folder                string
	english, multilingual func() (*embed.Model, error)
}

// Embed implements llm.Embedder.
func (m *lazyModels) Embed(ctx context.Context, req llm.EmbedRequest) (llm.Embeddings, error) {
	open := m.english
	if req.Model == embed.Multilingual {
		open = m.multilingual
	}
	model, err := open()
	if err != nil {
		return llm.Embeddings{}, err
	}
	return model.Embed(ctx, req)
}

// States implements late.Model.
func (m *lazyModels) States(ctx context.Context, text string) (embed.States, []float32, error) {
	model, err := m.english()
	if err != nil {
		return embed.States{}, nil, err
	}
	return model.States(ctx, text)
}

// DocumentStates implements late.Model.
func (m *lazyModels) DocumentStates(ctx context.Context, text string) (embed.States, error) {
	model, err := m.english()
	if err != nil {
		return embed.States{}, err
	}
	return model.DocumentStates(ctx, text)
}

// Piece implements late.Model. The model is open if there are tokens.
func (m *lazyModels) Piece(token uint16) string {
	model, err := m.english()
	if err != nil {
		return ""
	}
	return model.Piece(token)
}

// Ping implements llm.Pinger: it opens one model, the English one if it is there.
func (m *lazyModels) Ping(context.Context) error {
	open := m.english
	if !embed.IsIn(m.folder) && embed.HasMultilingual(m.folder) {
		open = m.multilingual
	}
	_, err := open()
	return err
}
