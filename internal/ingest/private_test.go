package ingest_test

import (
	"context"
	"daybook/internal/ingest"
	"slices"
	"testing"

	"daybook/internal/llm"
	"daybook/internal/private"
	"daybook/internal/store"
)

// A provider's model is given no passage of a private note, also where the note
// is marked between being listed and being sent; one that runs here is.
func TestPrivateNotesAreNotEmbedded(t *testing.T) {
	w := newWorld(t)
	w.write("05-01-2024.md", "Soup.")
	w.write("05-02-2024.md", "---\nprivate: true\n---\nQuillwort.")
	w.write("05-03-2024.md", "Zanthoxylum.")
	w.run()
	here := &embedder{dim: 4}
	if _, err := w.embedding(here).Run(t.Context(), nil); err != nil || len(here.inputs) != 3 {
		t.Errorf("a model of this process is given %q (%v)", here.inputs, err)
	}
	e := &embedder{dim: 5}
	job := w.embedding(e)
	job.Batch, job.Parallel = 1, 1
	looks := 0
	job.Private = func(ctx context.Context, ids []string) (map[string]bool, error) {
		if looks++; looks == 3 { // the second passage was listed, and not sent yet
			if err := w.store.Apply(ctx, store.Batch{Private: []string{w.entry("05-01-2024.md").ID}}); err != nil {
				return nil, err
			}
		}
		return private.Marked{Index: w.store}.Among(ctx, ids)
	}
	job.Model = llm.Ref{Provider: "provider", Model: model.Model}
	if _, err := job.Run(t.Context(), nil); err != nil || !slices.Equal(e.inputs, []string{"Zanthoxylum."}) {
		t.Errorf("a provider is given %q (%v)", e.inputs, err)
	}
	// What it may be given is complete, and serves.
	if serving, ok, err := ingest.Serving(t.Context(), w.store); err != nil || !ok || serving.Model != job.Model.String() {
		t.Errorf("%+v serves (%v)", serving, err)
	}
}
