package ingest

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"daybook/internal/llm"
	"daybook/internal/store"
)

// The keys under which the index stores which vectors serve searches, and which
// former ones are to be erased.
const (
	servingKey = "embedding.serving"
	leavingKey = "embedding.leaving"
)

// MetaReader reads the values stored with the index; see store.Index.
type MetaReader interface {
	Meta(ctx context.Context) (map[string]string, error)
}

// Serving returns the space whose vectors serve searches. It is false if no
// model's vectors were ever complete. Searches then use the configured model's
// vectors that exist so far.
func Serving(ctx context.Context, ix MetaReader) (store.Space, bool, error) {
	return spaceAt(ctx, ix, servingKey)
}

func spaceAt(ctx context.Context, ix MetaReader, key string) (store.Space, bool, error) {
	text, err := store.MetaOf(ctx, ix, key)
	if err != nil || text == "" {
		return store.Space{}, false, wrap("learn whose vectors serve", err)
	}
	dim, model, _ := strings.Cut(text, " ")
	n, err := strconv.Atoi(dim)
	if err != nil {
		return store.Space{}, false, fmt.Errorf("read whose vectors serve: %w", err)
	}
	return store.Space{Model: model, Dim: n}, true, nil
}

func putSpace(ctx context.Context, ix VectorIndex, key string, space store.Space) error {
	return wrap("keep whose vectors serve", ix.Apply(ctx, store.SetMeta(key, fmt.Sprintf("%d %s", space.Dim, space.Model))))
}

// serve makes the vectors of the run serve searches once every passage has one.
// LetGo erases the former ones.
func (r *embedRun) serve(ctx context.Context) error {
	if r.space.Dim == 0 {
		return nil
	}
	before, ok, err := Serving(ctx, r.Index)
	if err != nil || before == r.space {
		return err
	}
	missing, err := r.Index.WithoutVector(ctx, r.space, r.Private != nil, 0, 1)
	if err != nil || len(missing) > 0 {
		return wrap("look for passages without a vector", err)
	}
	// Record first what is to be erased. If this is interrupted, LetGo sees
	// that it still serves.
	if ok {
		if err := putSpace(ctx, r.Index, leavingKey, before); err != nil {
			return err
		}
	}
	if err := putSpace(ctx, r.Index, servingKey, r.space); err != nil {
		return err
	}
	if ok {
		r.replaced = before
	}
	return nil
}

// LetGo erases the vectors that served before the current ones. Wait a while
// between the Run that completed the new ones and this call, for questions that
// were embedded by the old model in the meantime.
func (e Embedding) LetGo(ctx context.Context) error {
	leaving, ok, err := spaceAt(ctx, e.Index, leavingKey)
	if err != nil || !ok {
		return err
	}
	serving, ok, err := Serving(ctx, e.Index)
	if err != nil || !ok || leaving == serving {
		return err
	}
	if set, err := SpaceOf(ctx, e.Index, e.Model); err != nil || leaving == set {
		return err // it serves again
	}
	if err := e.Index.Apply(ctx, store.Batch{Erase: []store.Space{leaving}}); err != nil {
		return wrap("erase the vectors of "+leaving.Model, err)
	}
	return wrap("note that they are erased", e.Index.Apply(ctx, store.SetMeta(leavingKey, "")))
}

// outgrown stops using vectors for searches if their model now returns another
// dimension: no question can be compared with them.
func (r *embedRun) outgrown(ctx context.Context) error {
	serving, ok, err := Serving(ctx, r.Index)
	if err != nil || !ok || serving.Model != r.Model.String() || serving.Dim == r.space.Dim {
		return err
	}
	if err := putSpace(ctx, r.Index, leavingKey, serving); err != nil {
		return err
	}
	return wrap("end the serving of vectors", r.Index.Apply(ctx, store.SetMeta(servingKey, "")))
}

// Building is the progress of a new model's vectors that will replace
// another's.
type Building struct {
	Serving store.Space // serves until they are complete
	Done    int         // passages that have a vector of the new model
}

// BuildingOf returns the progress of a model's vectors, and false if they
// already serve.
func BuildingOf(ctx context.Context, ix MetaReader, model llm.Ref, stats store.Stats) (Building, bool, error) {
	serving, ok, err := Serving(ctx, ix)
	if err != nil || !ok || serving.Model == model.String() {
		return Building{}, false, err
	}
	space, err := SpaceOf(ctx, ix, model)
	return Building{serving, stats.Vectors[space]}, err == nil, err
}
