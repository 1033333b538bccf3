package journal

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"daybook"
	"daybook/internal/late"
	"daybook/internal/llm"
	"daybook/internal/settings"
	"daybook/internal/store"
	"daybook/internal/vault"
)

// aliases reads which names belong together from the front matter of the notes
// without a day, as note apps keep it. Names in private notes are left out: they
// would go along with questions. It is safe for concurrent use.
type aliases struct {
	vault *vault.Vault
	index store.Index

	mu         sync.Mutex
	generation string
	groups     [][]string
}

// Aliases implements search.People.
func (a *aliases) Aliases(ctx context.Context) ([][]string, error) {
	if len(a.vault.Kinds()) < 2 {
		return nil, nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	generation, err := a.index.Generation(ctx)
	if err != nil || generation == a.generation {
		return a.groups, err
	}
	entries, err := a.index.Newest(ctx, store.Filter{Kind: daybook.Evergreen, Public: true}, 0)
	if err != nil {
		return nil, fmt.Errorf("list the notes without a day: %w", err)
	}
	folder, err := a.vault.Open(daybook.Evergreen)
	if err != nil {
		return nil, nil // reported where notes are read
	}
	defer folder.Close()
	a.groups = nil
	for _, e := range entries {
		file := vault.File{Kind: e.Kind, Path: e.Path, Title: e.Title}
		data, file, err := folder.Read(file)
		if err != nil {
			continue
		}
		note := vault.Read(file, data)
		if names := note.FrontMatter.Aliases; len(names) > 0 && !a.vault.Private(note, data) {
			a.groups = append(a.groups, append([]string{e.Title}, names...))
		}
	}
	a.generation = generation
	return a.groups, nil
}

// commonWords returns the words that the built-in model knows whole, which are the
// common ones of English; nil if there is no such model.
func commonWords(models *llm.Models, language string) func() func(string) bool {
	if !english(language) {
		return nil
	}
	for _, p := range models.Providers() {
		m, ok := p.Embedder.(late.Model)
		if !ok || p.Name != settings.BuiltIn {
			continue
		}
		return sync.OnceValue(func() func(string) bool {
			if m.Piece(0) == "" { // the model is not there
				return nil
			}
			return wholePieces(m)
		})
	}
	return nil
}

// pieces is the number of pieces of the built-in model's tokenizer.
const pieces = 30522

func wholePieces(m late.Model) func(string) bool {
	words := map[string]bool{}
	for token := range pieces {
		if piece := m.Piece(uint16(token)); !strings.HasPrefix(piece, "##") {
			words[piece] = true
		}
	}
	return func(word string) bool { return words[word] }
}
