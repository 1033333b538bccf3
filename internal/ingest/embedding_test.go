package ingest_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
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

// The passages of the newest days are embedded first, whatever order their paths
// have, and those of notes without a day last.
func TestNewestFirst(t *testing.T) {
	w := newWorld(t)
	for _, day := range []string{"12-31-2022", "01-01-2023", "07-04-2021", "02-01-2024", "11-11-2022"} {
		w.write(day+".md", "Something of "+day)
	}
	if err := os.WriteFile(filepath.Join(w.evergreen, "recipe.md"), []byte("Soup"), 0o600); err != nil {
		t.Fatal(err)
	}
	w.run()
	e := &embedder{dim: 4}
	job := w.embedding(e)
	job.Batch, job.Parallel = 2, 1
	if _, err := job.Run(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	var got []string
	for pair := range slices.Chunk(e.inputs, 2) { // a request's own order does not matter
		slices.Sort(pair)
		got = append(got, pair...)
	}
	want := []string{"Something of 01-01-2023", "Something of 02-01-2024", "Something of 11-11-2022", "Something of 12-31-2022", "Something of 07-04-2021", "Soup"}
	if !slices.Equal(got, want) {
		t.Errorf("embedded in the order %q", got)
	}
}

func TestEmbeddingContinuesAfterAFailure(t *testing.T) {
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

// TestPassagesThatCannotBeEmbedded leaves out what the model gives no vector
// for, embeds the others, and says so.
func TestPassagesThatCannotBeEmbedded(t *testing.T) {
	for _, without := range []int{0, 3, 19, 8} { // 8 is the first nine
		w := newWorld(t)
		w.days(20)
		w.run()
		lacks := map[string]bool{fmt.Sprintf("day number %d", without): true}
		if without == 8 {
			for i := range without {
				lacks[fmt.Sprintf("day number %d", i)] = true
			}
		}
		r, err := w.embedding(partly{&embedder{dim: 4}, lacks}).Run(t.Context(), nil)
		if daybook.KindOf(err) != daybook.Upstream || r.Embedded != 20-len(lacks) || r.Space.Dim != 4 {
			t.Errorf("without %d passages: %+v, %v", len(lacks), r, err)
		}
		w.wantVectors(4, 20-len(lacks))
	}
}

// A run asks for each passage once, also for those that the model refuses, and
// does not let a model serve that lacks some.
func TestRefusedPassagesAreSentOnce(t *testing.T) {
	w := newWorld(t)
	w.days(20)
	w.run()
	if _, err := w.embedding(&embedder{dim: 6}).Run(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	before, _, err := ingest.Serving(t.Context(), w.store)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]bool{}
	for i := range 20 {
		all[fmt.Sprintf("day number %d", i)] = true
	}
	other := llm.Ref{Provider: "other", Model: model.Model}
	for _, some := range []int{20, 9, 9, 0} { // that are refused
		for i := range 20 - some {
			delete(all, fmt.Sprintf("day number %d", 19-i))
		}
		e := &embedder{dim: 4}
		job := w.embedding(partly{e, all})
		job.Model = other
		r, err := job.Run(t.Context(), nil)
		slices.Sort(e.inputs)
		if asked := len(slices.Compact(slices.Clone(e.inputs))); asked != len(e.inputs) || asked != r.Embedded+some {
			t.Errorf("%d refused: it is asked for %d passages %d times, and embeds %d", some, asked, len(e.inputs), r.Embedded)
		}
		serving, _, _ := ingest.Serving(t.Context(), w.store)
		if refuses := daybook.KindOf(err) == daybook.Upstream; refuses != (some > 0) || (serving == before) != (some > 0) {
			t.Errorf("%d refused: %+v serves (%v)", some, serving, err)
		}
	}
}

// partly gives no vector for some texts.
type partly struct {
	*embedder
	lacks map[string]bool
}

func (p partly) Embed(ctx context.Context, req llm.EmbedRequest) (llm.Embeddings, error) {
	out, err := p.embedder.Embed(ctx, req)
	for i, text := range req.Inputs {
		if err == nil && p.lacks[text] {
			out.Vectors[i] = nil
		}
	}
	return out, err
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

// another is the embedding of a second model.
func (w *world) another(dim int) ingest.Embedding {
	e := w.embedding(&embedder{dim: dim})
	e.Model = llm.Ref{Provider: "other", Model: model.Model}
	return e
}

// serves checks whose vectors serve searches, as provider and dimension.
func (w *world) serves(provider string, dim int) {
	w.t.Helper()
	space, ok, err := ingest.Serving(w.t.Context(), w.store)
	if err != nil || ok != (provider != "") || ok && space != (store.Space{Model: provider + "/" + model.Model, Dim: dim}) {
		w.t.Errorf("%+v %t serves, %v; want %s %d", space, ok, err, provider, dim)
	}
}

// The vectors of another model are built beside those that serve, whatever
// stops it, and take their place when none is missing.
func TestAnotherModel(t *testing.T) {
	w := newWorld(t)
	w.days(100)
	w.run()
	w.serves("", 0)
	if _, err := w.embedding(&embedder{dim: 4, fail: 3, err: errors.New("down")}).Run(t.Context(), nil); err == nil {
		t.Fatal("it did not fail")
	}
	w.serves("", 0) // they are not complete
	must(w.embedding(&embedder{dim: 4}).Run(t.Context(), nil))(t)
	w.serves("fake", 4)

	next := w.another(6)
	next.Embedder = &embedder{dim: 6, fail: 5, err: errors.New("down")}
	if r, err := next.Run(t.Context(), nil); err == nil || r.Embedded == 0 || r.Replaced != (store.Space{}) {
		t.Errorf("%+v, %v", r, err)
	}
	w.serves("fake", 4)
	if err := next.LetGo(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.wantVectors(4, 100)
	w.write("01-01-2000.md", "written meanwhile")
	w.run()
	stats := must(w.store.Stats(t.Context()))(t)
	if b, ok, err := ingest.BuildingOf(t.Context(), w.store, next.Model, stats); err != nil || !ok || b.Done == 0 || b.Done >= 100 || b.Serving.Dim != 4 {
		t.Errorf("%+v %t, %v", b, ok, err)
	}

	next = w.another(6)
	r := must(next.Run(t.Context(), nil))(t)
	if r.Replaced != (store.Space{Model: model.String(), Dim: 4}) || r.Embedded >= 100 {
		t.Errorf("%+v; want what was there kept", r)
	}
	w.serves("other", 6)
	w.wantVectors(4, 99) // for questions that were embedded before
	if err := next.LetGo(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.wantVectors(4, 0)
	if r := must(next.Run(t.Context(), nil))(t); r.Embedded != 0 {
		t.Errorf("%+v, with nothing to do", r)
	}
	if _, ok, err := ingest.BuildingOf(t.Context(), w.store, next.Model, stats); ok || err != nil {
		t.Errorf("still building, %v", err)
	}
}

// Who goes back to the model of before finds its vectors, until they are erased.
func TestBackToTheModelOfBefore(t *testing.T) {
	w := newWorld(t)
	w.days(20)
	w.run()
	first, second := w.embedding(&embedder{dim: 4}), w.another(6)
	must(first.Run(t.Context(), nil))(t)
	must(second.Run(t.Context(), nil))(t)
	if err := first.LetGo(t.Context()); err != nil { // set again before it was let go
		t.Fatal(err)
	}
	if r := must(first.Run(t.Context(), nil))(t); r.Embedded != 0 || r.Replaced.Dim != 6 {
		t.Errorf("%+v", r)
	}
	if err := first.LetGo(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.serves("fake", 4)
	w.wantVectors(4, 20)
	if stats := must(w.store.Stats(t.Context()))(t); len(stats.Vectors) != 1 {
		t.Errorf("vectors %v", stats.Vectors)
	}
}

// Vectors of one model that became longer cannot serve the questions that are.
func TestLongerVectorsServeAtOnce(t *testing.T) {
	w := newWorld(t)
	w.days(20)
	w.run()
	must(w.embedding(&embedder{dim: 4}).Run(t.Context(), nil))(t)
	w.write("01-01-2000.md", "another text")
	w.run()
	if _, err := w.embedding(&embedder{dim: 6, fail: 2, err: errors.New("down")}).Run(t.Context(), nil); err == nil {
		t.Fatal("it did not fail")
	}
	w.serves("", 0)
	longer := w.embedding(&embedder{dim: 6})
	must(longer.Run(t.Context(), nil))(t)
	w.serves("fake", 6)
	if err := longer.LetGo(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.wantVectors(4, 0)
	w.wantVectors(6, 20)
}

// must fails the test at the first error.
func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}
