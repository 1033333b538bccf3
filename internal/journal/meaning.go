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

// meaning says which vectors serve a search: those of the model that is set,
// or those of the model before it until they are complete.
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
	return search.Meaning{Notice: fmt.Sprintf("This was searched by words alone: the vectors of %s are being made, and %s, whose vectors there are, is not asked any more.",
		ref, serving.Model)}, nil
}

// Former returns the model whose vectors serve until those of another are
// complete, and false where it cannot be asked, or is not to be: whoever sets a
// model of this machine means to send no question elsewhere for it.
func (j *Journal) Former(serving store.Space, set llm.Ref) (llm.Embedder, llm.Ref, bool) {
	ref, err := llm.ParseRef(serving.Model)
	if err != nil || !mayAsk(j.Settings, ref, set) {
		return nil, ref, false
	}
	e, ok := j.Models.EmbedderOf(ref)
	return e, ref, ok
}

// mayAsk reports whether questions may go to the embedding model of before,
// now that another is set.
func mayAsk(s settings.Settings, before, set llm.Ref) bool {
	if stays(s, before) || !stays(s, set) {
		return true
	}
	for _, m := range []settings.Model{s.Chat, s.Intent, s.Embedding, s.Transcription} {
		if m.Provider == before.Provider {
			return true
		}
	}
	return false
}

// stays reports whether what is sent to a model stays on this machine.
func stays(s settings.Settings, ref llm.Ref) bool {
	if ref.Provider == settings.BuiltIn {
		return true
	}
	p, ok := s.Provider(ref.Provider)
	return ok && p.Local()
}

// Building says in a sentence how far the vectors are that are to take the
// place of others, "" where none are.
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
	if ref != BuiltinRef {
		stats.Passages -= stats.PrivatePassages
	}
	until := "searches are by words until they are complete"
	if _, before, ok := j.Former(b.Serving, ref); ok {
		until = fmt.Sprintf("those of %s serve until they are complete", before)
		if !stays(j.Settings, before) {
			until += ", and questions go there: " + j.Place(before)
		}
	}
	return fmt.Sprintf("%d of %s have a vector of %s; %s", b.Done, plural.Count(stats.Passages, "passage"), ref, until), nil
}

// Place names a model and, where the settings give one, its address.
func (j *Journal) Place(ref llm.Ref) string {
	if p, ok := j.Settings.Provider(ref.Provider); ok && p.BaseURL != "" {
		return fmt.Sprintf("%s at %s", ref, p.BaseURL)
	}
	return ref.String()
}
