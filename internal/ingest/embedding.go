package ingest

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"daybook"
	"daybook/internal/llm"
	"daybook/internal/store"
)

// Default sizes of requests.
const (
	embedBatch    = 100
	embedParallel = 8
)

// VectorIndex is the part of a store that an Embedding uses; see store.Index
// for the contracts.
type VectorIndex interface {
	WithoutVector(ctx context.Context, space store.Space, public bool, after int64, limit int) ([]store.PassageText, error)
	PutVectors(ctx context.Context, space store.Space, vectors []store.PassageVector) error
	MetaReader
	Apply(ctx context.Context, b store.Batch) error
}

// Embedding embeds the passages of an index that lack a vector of one model.
type Embedding struct {
	Index VectorIndex
	// Embedder is called with the retry policy llm.Background. An error that it
	// still returns ends the run.
	Embedder llm.Embedder
	Model    llm.Ref
	Batch    int // passages per request; 0 is 100
	Parallel int // concurrent requests; 0 is 8
	// After limits a Run to passages with a greater ID: those of recently read
	// notes are the newest. 0 is all.
	After int64
	// Private keeps private entries from the model: it returns the private ones
	// among entry IDs. Nil is for a model in this process, which embeds private
	// entries too.
	Private func(ctx context.Context, entryIDs []string) (map[string]bool, error)
}

// EmbedReport is the result of an Embedding.
type EmbedReport struct {
	Space    store.Space // its Dim is 0 if the model was never called
	Embedded int         // embedded passages
	Tokens   int         // as counted by the provider
	// Replaced is the space that served searches before, zero if there was none
	// or if it still serves.
	Replaced store.Space
}

// SpaceOf returns the space in which a model last embedded the passages; its
// Dim is 0 if it never did.
func SpaceOf(ctx context.Context, ix MetaReader, model llm.Ref) (store.Space, error) {
	space := store.Space{Model: model.String()}
	dim, err := store.MetaOf(ctx, ix, dimKey(model))
	if err != nil || dim == "" {
		return space, wrap("learn the length of the model's vectors", err)
	}
	space.Dim, err = strconv.Atoi(dim)
	return space, wrap("read the length of the model's vectors", err)
}

func dimKey(model llm.Ref) string { return "embedding.dim " + model.String() }

// Run embeds every passage without a vector that the model may receive, newest
// entries first. If it ends early, the vectors so far are kept and the next Run
// continues. The first answer shows the dimension of the model's vectors. If it
// has changed, all passages are embedded again into a new space.
//
// All passages are also embedded again if the model changed. The former model's
// vectors serve searches (see Serving) until every passage has a vector of the
// new model. Notes read in the meantime only get vectors of the new model and
// are found by their words until then. Progress, which may be nil, is called
// with the number of passages embedded so far, from one goroutine at a time.
// The error is the embedder's, the store's or the context's. It is
// daybook.Upstream if an answer is not what was requested, or if the model
// refuses some passages after all others are embedded.
func (e Embedding) Run(ctx context.Context, progress func(embedded int)) (EmbedReport, error) {
	space, err := SpaceOf(ctx, e.Index, e.Model)
	if err != nil {
		return EmbedReport{}, err
	}
	r := &embedRun{Embedding: e, space: space, progress: progress}
	if r.Batch <= 0 {
		r.Batch = embedBatch
	}
	if r.Parallel <= 0 {
		r.Parallel = embedParallel
	}
	err = r.do(ctx)
	if err == nil && r.refused.Load() {
		err = daybook.Errorf(daybook.Upstream, "the embedding model returned no vector for some passages; only searches by words find them")
	}
	if err == nil {
		err = r.serve(ctx)
	}
	return EmbedReport{Space: r.space, Embedded: r.embedded, Tokens: int(r.tokens.Load()), Replaced: r.replaced}, err
}

// embedRun is a running Run of an Embedding.
type embedRun struct {
	Embedding
	space    store.Space
	tokens   atomic.Int64
	refused  atomic.Bool // the model returned no vector for some passage
	mu       sync.Mutex  // guards what follows
	embedded int
	progress func(int)
	replaced store.Space
}

func (r *embedRun) do(ctx context.Context) error {
	ids, err := r.lacking(ctx)
	if err != nil {
		return err
	}
	known := r.space.Dim
	rest, err := r.learn(ctx, ids)
	if err != nil {
		return err
	}
	if known != 0 && known != r.space.Dim { // vectors of another length don't count
		if rest, err = r.lacking(ctx); err != nil {
			return err
		}
	}
	group, within := errgroup.WithContext(ctx)
	group.SetLimit(r.Parallel)
	for len(rest) > 0 && within.Err() == nil {
		var page []store.PassageText
		if page, rest, err = r.newest(within, rest); err != nil {
			group.Go(func() error { return err })
			break
		}
		if len(page) > 0 {
			group.Go(func() error { return r.embed(within, page) })
		}
	}
	if err := group.Wait(); err != nil {
		return err
	}
	return ctx.Err()
}

// listed is how many passages are listed at a time.
const listed = 1000

// lacking returns the IDs of the passages that need a vector, in their order.
func (r *embedRun) lacking(ctx context.Context) (ids []int64, err error) {
	for after := r.After; ; after = ids[len(ids)-1] {
		page, err := r.Index.WithoutVector(ctx, r.space, r.Private != nil, after, listed)
		if err != nil {
			return nil, wrap("look for passages without a vector", err)
		}
		for _, p := range page {
			ids = append(ids, p.ID)
		}
		if len(page) < listed {
			return ids, nil
		}
	}
}

// newest returns the passages of the last IDs that still need a vector and that
// the model may receive, and the remaining IDs.
func (r *embedRun) newest(ctx context.Context, ids []int64) (page []store.PassageText, rest []int64, err error) {
	first := max(0, len(ids)-r.Batch)
	last := ids[len(ids)-1]
	page, err = r.Index.WithoutVector(ctx, r.space, r.Private != nil, ids[first]-1, len(ids)-first)
	if err != nil {
		return nil, nil, wrap("look for passages without a vector", err)
	}
	page = slices.DeleteFunc(page, func(p store.PassageText) bool { return p.ID > last })
	page, err = r.public(ctx, page)
	return page, ids[:first], err
}

// public leaves out the passages of private entries.
func (r *embedRun) public(ctx context.Context, page []store.PassageText) ([]store.PassageText, error) {
	if r.Private == nil {
		return page, nil
	}
	private, err := r.Private(ctx, entriesOf(page))
	if err != nil {
		return nil, wrap("look which notes are private", err)
	}
	return slices.DeleteFunc(page, func(p store.PassageText) bool { return private[p.EntryID] }), nil
}

// entriesOf returns the entry IDs of passages.
func entriesOf(page []store.PassageText) []string {
	ids := make([]string, len(page))
	for i, p := range page {
		ids[i] = p.EntryID
	}
	return ids
}

// learn embeds the newest passages that the model does not refuse, and stores
// the dimension of their vectors. It returns the IDs of the remaining ones.
func (r *embedRun) learn(ctx context.Context, ids []int64) (rest []int64, err error) {
	var vectors []store.PassageVector
	for len(vectors) == 0 {
		if len(ids) == 0 {
			return nil, nil
		}
		var page []store.PassageText
		if page, ids, err = r.newest(ctx, ids); err != nil {
			return nil, err
		}
		if len(page) == 0 { // all are private or deleted
			continue
		}
		if vectors, err = r.ask(ctx, page); err != nil {
			return nil, err
		}
	}
	if dim := len(vectors[0].Vector); dim != r.space.Dim {
		r.space.Dim = dim
		if err := r.Index.Apply(ctx, store.SetMeta(dimKey(r.Model), strconv.Itoa(dim))); err != nil {
			return nil, wrap("keep the length of the model's vectors", err)
		}
	}
	if err := r.outgrown(ctx); err != nil {
		return nil, err
	}
	return ids, r.put(ctx, vectors)
}

func (r *embedRun) embed(ctx context.Context, page []store.PassageText) error {
	page, err := r.public(ctx, page) // notes may have been marked private since
	if err != nil || len(page) == 0 {
		return err
	}
	vectors, err := r.ask(ctx, page)
	if err != nil {
		return err
	}
	return r.put(ctx, vectors)
}

// ask returns the vectors of passages, all of one dimension. It leaves out
// those that the model cannot embed.
func (r *embedRun) ask(ctx context.Context, page []store.PassageText) ([]store.PassageVector, error) {
	inputs := make([]string, len(page))
	for i, p := range page {
		inputs[i] = p.Text
	}
	out, err := r.Embedder.Embed(llm.WithPolicy(ctx, llm.Background),
		llm.EmbedRequest{Model: r.Model.Model, Inputs: inputs, Purpose: llm.ForDocument, Contents: llm.Holding(entriesOf(page))})
	if err != nil {
		return nil, fmt.Errorf("embed passages: %w", err)
	}
	r.tokens.Add(int64(out.Usage.InputTokens))
	if len(out.Vectors) != len(page) {
		return nil, daybook.Errorf(daybook.Upstream, "the embedding model returned %d vectors for %d passages", len(out.Vectors), len(page))
	}
	vectors := make([]store.PassageVector, 0, len(page))
	for i, v := range out.Vectors {
		if v == nil {
			r.refused.Store(true)
			continue
		}
		unlikeOthers := len(vectors) > 0 && len(v) != len(vectors[0].Vector)
		if unlikeOthers || len(v) == 0 {
			return nil, daybook.Errorf(daybook.Upstream, "the embedding model returned vectors of different lengths")
		}
		vectors = append(vectors, store.PassageVector{ID: page[i].ID, Vector: v})
	}
	return vectors, nil
}

func (r *embedRun) put(ctx context.Context, vectors []store.PassageVector) error {
	if len(vectors) == 0 {
		return nil
	}
	if len(vectors[0].Vector) != r.space.Dim {
		return daybook.Errorf(daybook.Upstream, "the embedding model returned vectors of different lengths")
	}
	if err := r.Index.PutVectors(ctx, r.space, vectors); err != nil {
		return wrap("keep vectors", err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.embedded += len(vectors)
	if r.progress != nil {
		r.progress(r.embedded)
	}
	return nil
}
