package journal

import (
	"context"
	"fmt"

	"daybook/internal/ingest"
	"daybook/internal/llm"
	"daybook/internal/plural"
	"daybook/internal/search"
	"daybook/internal/settings"
	"daybook/internal/store"
)

// meaning returns which vectors a search uses: those of the model that is set,
// or those of the former model until the new ones are complete.
func (j *Journal) meaning(ctx context.Context) (search.Meaning, error) {
	embedder, ref, ok := j.Models.Embedder()
	if !ok {
		return search.Meaning{}, nil
	}
	serving, ok, err := ingest.Serving(ctx, j.Store)
	if err != nil || !ok || serving.Model == ref.String() {
		return search.Meaning{Embedder: embedder, Model: ref}, err
	}
	if old, before, ok := j.Former(serving, ref); ok {
		return search.Meaning{Embedder: old, Model: before, Dim: serving.Dim}, nil
	}
	return search.Meaning{Notice: fmt.Sprintf("Searched by words only: the vectors of %s are not complete, and the former model %s may not be used.",
		ref, serving.Model)}, nil
}

// Former returns the former embedding model, whose vectors serve until those of
// set are complete. It is false if that model is not available or may not be
// asked: after switching to a local model, no question is sent elsewhere.
func (j *Journal) Former(serving store.Space, set llm.Ref) (llm.Embedder, llm.Ref, bool) {
	ref, err := llm.ParseRef(serving.Model)
	if err != nil || !mayAsk(j.Settings, ref, set) {
		return nil, ref, false
	}
	e, ok := j.Models.EmbedderOf(ref)
	return e, ref, ok
}

// mayAsk reports whether questions may go to the former embedding model, now that
// set replaces it.
func mayAsk(s settings.Settings, before, set llm.Ref) bool {
	if isLocal(s, before) || !isLocal(s, set) {
		return true
	}
	for _, m := range []settings.Model{s.Chat, s.Intent, s.Embedding, s.Transcription} {
		if m.Provider == before.Provider {
			return true
		}
	}
	return false
}

// isLocal reports whether a model runs on this machine.
func isLocal(s settings.Settings, ref llm.Ref) bool {
	if ref.Provider == settings.BuiltIn {
		return true
	}
	p, ok := s.Provider(ref.Provider)
	return ok && p.Local()
}

// Building describes the progress of the vectors that will replace those in use;
// "" if there are none.
func (j *Journal) Building(ctx context.Context) (string, error) {
	_, ref, set := j.Models.Embedder()
	serving, ok, err := ingest.Serving(ctx, j.Store)
	if err != nil || !set || !ok || serving.Model == ref.String() {
		return "", err
	}
	stats, err := j.Store.Stats(ctx)
	if err != nil {
		return "", err
	}
	b, ok, err := ingest.BuildingOf(ctx, j.Store, ref, stats)
	if err != nil || !ok {
		return "", err
	}
	if !IsBuiltin(ref) {
		stats.Passages -= stats.PrivatePassages
	}
	until := "searches use words only until they are complete"
	if _, before, ok := j.Former(b.Serving, ref); ok {
		until = fmt.Sprintf("searches use those of %s until they are complete", before)
		if !isLocal(j.Settings, before) {
			until += ", and questions go there: " + j.Place(before)
		}
	}
	return fmt.Sprintf("%d of %s have a vector of %s; %s", b.Done, plural.Count(stats.Passages, "passage"), ref, until), nil
}

// Place names a model and its address, if the settings have one.
func (j *Journal) Place(ref llm.Ref) string {
	if p, ok := j.Settings.Provider(ref.Provider); ok && p.BaseURL != "" {
		return fmt.Sprintf("%s at %s", ref, p.BaseURL)
	}
	return ref.String()
}
