package journal

import (
	"context"
	"path/filepath"
	"strings"
	"time"

	"daybook/internal/embed"
	"daybook/internal/late"
	"daybook/internal/llm"
	"daybook/internal/rank"
	"daybook/internal/search"
	"daybook/internal/settings"
	"daybook/internal/store"
)

// statesFile is beside the index and can be deleted like it.
const statesFile = "words.db"

func statesPath(s settings.Settings) string {
	return filepath.Join(filepath.Dir(s.Database()), statesFile)
}

// openLate returns the second stage of searches, nil if the built-in model for
// English doesn't embed the journal.
func openLate(s settings.Settings, models *llm.Models, passages late.Passages) *late.Index {
	if ref, ok := models.Task(llm.TaskEmbedding); !ok || !IsBuiltin(ref) || ref.Model != embed.Name {
		return nil
	}
	for _, p := range models.Providers() {
		if m, ok := p.Embedder.(late.Model); ok && p.Name == settings.BuiltIn {
			return late.New(late.Config{Path: statesPath(s), Passages: passages, Model: m, English: english(s.Language)})
		}
	}
	return nil
}

func english(language string) bool {
	language = strings.ToLower(language)
	return language == "" || language == "english" || language == "en"
}

// rerankWithin is how long a cross-encoder may take, unless search_help says how long.
const rerankWithin = 2500 * time.Millisecond

// reranker returns the second stage for a search; nil if there is none.
func (j *Journal) reranker() search.Reranker {
	var first search.Reranker
	if j.late != nil {
		first = j.late
	}
	model, ref, ok := j.Models.Reranker()
	if !ok {
		return first
	}
	within := rerankWithin
	if set := j.Settings.SearchHelp; set.Within > 0 && !set.Auto {
		within = set.Within
	}
	return &rank.CrossEncoder{First: first, Model: model, Ref: ref, Public: j.publicAmong, Within: within, Pace: rank.NewPace()}
}

// SyncWords computes what the second stage of searches lacks and erases what it
// has of deleted passages: of the given notes, or of all if there are none. What a
// second stage had that is no longer used is removed: it has words of the journal.
func (j *Journal) SyncWords(ctx context.Context, notes ...store.NoteName) error {
	switch {
	case j.late == nil:
		return late.Remove(statesPath(j.Settings))
	case len(notes) == 0:
		return j.late.Sync(ctx)
	}
	states, err := j.Store.NoteStates(ctx, store.NoteQuery{Names: notes})
	if err != nil {
		return err
	}
	ids := make([]string, len(states))
	for i, s := range states {
		ids[i] = s.EntryID
	}
	return j.late.SyncEntries(ctx, ids)
}

// capturing is an embedder that also keeps what the second stage needs.
type capturing struct {
	llm.Embedder
	late *late.Index
	fail func(error)
}

// Embed implements llm.Embedder.
func (c capturing) Embed(ctx context.Context, req llm.EmbedRequest) (llm.Embeddings, error) {
	return c.Embedder.Embed(embed.Capture(ctx, func(text string, s embed.States) {
		if err := c.late.Keep(ctx, text, s); err != nil && ctx.Err() == nil {
			c.fail(err)
		}
	}), req)
}
