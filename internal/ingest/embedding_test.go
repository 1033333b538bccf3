package ingest_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"

	"daybook"
	"daybook/internal/ingest"
	"daybook/internal/llm"
	"daybook/internal/store"
)

var model = llm.Ref{Provider: "fake", Model: "e"}

// embedder gives vectors of dim numbers and remembers what it was asked. The
// call numbered fail, from 1, returns err.
type embedder struct {
	dim, fail int
	err       error

	mu     sync.Mutex
	calls  int
	inputs []string
}

func (e *embedder) Embed(_ context.Context, req llm.EmbedRequest) (llm.Embeddings, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.calls++
	if e.calls == e.fail {
		return llm.Embeddings{}, e.err
	}
	if req.Model != model.Model || req.Purpose != llm.ForDocument {
		return llm.Embeddings{}, errors.New("not what passages are embedded with")
	}
	e.inputs = append(e.inputs, req.Inputs...)
	out := llm.Embeddings{Usage: llm.Usage{InputTokens: len(req.Inputs)}}
	for i := range req.Inputs {
		v := make([]float32, e.dim)
		v[i%e.dim] = 1
		out.Vectors = append(out.Vectors, v)
	}
	return out, nil
}

func (w *world) embedding(e llm.Embedder) ingest.Embedding {
	return ingest.Embedding{Index: w.store, Embedder: e, Model: model, Batch: 7, Parallel: 3}
}

// wantVectors checks how many passages have a vector of a length.
func (w *world) wantVectors(dim, n int) {
	w.t.Helper()
	stats, err := w.store.Stats(w.t.Context())
	if got := stats.Vectors[store.Space{Model: model.String(), Dim: dim}]; err != nil || got != n {
		w.t.Errorf("%d passages have a vector of %d, %v; want %d", got, dim, err, n)
	}
}

func TestEmbedding(t *testing.T) {
	w := newWorld(t)
	w.days(100)
	w.run()
	e := &embedder{dim: 4}
	var last int
	r, err := w.embedding(e).Run(t.Context(), func(n int) { last = n })
	if err != nil || r.Embedded != 100 || last != 100 || r.Tokens != 100 || r.Space.Dim != 4 {
		t.Errorf("%+v, %v, progress %d", r, err, last)
	}
	w.wantVectors(4, 100)
	slices.Sort(e.inputs)
	if n := len(slices.Compact(e.inputs)); n != 100 || e.calls != 15 {
		t.Errorf("%d passages were sent in %d calls", n, e.calls)
	}

	w.write("01-01-2000.md", "another text")
	w.run()
	e = &embedder{dim: 4}
	r, err = w.embedding(e).Run(t.Context(), nil)
	if err != nil || r.Embedded != 1 || !slices.Equal(e.inputs, []string{"another text"}) {
		t.Errorf("%+v, %v, sent %q", r, err, e.inputs)
	}
	e = &embedder{dim: 4}
	if r, err = w.embedding(e).Run(t.Context(), nil); err != nil || r.Embedded != 0 || e.calls != 0 || r.Space.Dim != 4 {
		t.Errorf("with nothing to do: %+v, %v, %d calls", r, err, e.calls)
	}
}

func TestEmbeddingGoesOnAfterAFailure(t *testing.T) {
	w := newWorld(t)
	w.days(100)
	w.run()
	failure := daybook.Errorf(daybook.RateLimited, "no quota")
	r, err := w.embedding(&embedder{dim: 4, fail: 5, err: failure}).Run(t.Context(), nil)
	if !errors.Is(err, failure) || r.Embedded == 0 || r.Embedded == 100 {
		t.Errorf("%+v, %v; want some passages and the failure", r, err)
	}
	w.wantVectors(4, r.Embedded)
	rest, err := w.embedding(&embedder{dim: 4}).Run(t.Context(), nil)
	if err != nil || rest.Embedded != 100-r.Embedded {
		t.Errorf("%+v, %v", rest, err)
	}
}

func TestDimensionsAreNotMixed(t *testing.T) {
	w := newWorld(t)
	w.days(20)
	w.run()
	if _, err := w.embedding(&embedder{dim: 4}).Run(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	w.write("01-01-2000.md", "another text")
	w.run()
	r, err := w.embedding(&embedder{dim: 6}).Run(t.Context(), nil)
	if err != nil || r.Space.Dim != 6 || r.Embedded != 20 {
		t.Errorf("%+v, %v", r, err)
	}
	w.wantVectors(6, 20)
	if space, err := ingest.SpaceOf(t.Context(), w.store, model); err != nil || space.Dim != 6 {
		t.Errorf("%+v, %v", space, err)
	}
}

// badEmbedder answers with the vectors that it is told to.
type badEmbedder [][]float32

func (b badEmbedder) Embed(context.Context, llm.EmbedRequest) (llm.Embeddings, error) {
	return llm.Embeddings{Vectors: b}, nil
}

func TestNonsenseFromTheModel(t *testing.T) {
	w := newWorld(t)
	w.days(2)
	w.run()
	for _, bad := range []badEmbedder{nil, {{1}}, {{1}, {1, 2}}, {{}, {}}} {
		if r, err := w.embedding(bad).Run(t.Context(), nil); daybook.KindOf(err) != daybook.Upstream || r.Embedded != 0 {
			t.Errorf("%v: %+v, %v; want Upstream", bad, r, err)
		}
	}
}
