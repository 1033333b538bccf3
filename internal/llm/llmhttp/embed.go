package llmhttp

import (
	"context"
	"errors"
	"iter"
	"net/http"

	"daybook/internal/llm"
)

// Batches cuts inputs into runs of at most count of them and, unless one
// alone is longer, at most bytes in all.
func Batches(inputs []string, count, bytes int) iter.Seq[[]string] {
	return func(yield func([]string) bool) {
		for start := 0; start < len(inputs); {
			end, size := start+1, len(inputs[start])
			for end < len(inputs) && end-start < count && size+len(inputs[end]) <= bytes {
				size += len(inputs[end])
				end++
			}
			if !yield(inputs[start:end]) {
				return
			}
			start = end
		}
	}
}

// Batching says how an adapter embeds texts in batches.
type Batching struct {
	MaxInputs int // in a request
	MaxBytes  int
	Embeds    bool // the model is known to have embedded a text
	// Ask embeds one batch. Its error may be a *Refusal.
	Ask func(ctx context.Context, batch []string) ([][]float32, llm.Usage, error)
	// TooMany, which may be nil, is told how many texts the server takes, when
	// it refused more.
	TooMany func(fits int)
}

// EmbedBatches embeds the inputs of a request. A batch that the server refuses
// is halved until it fits, and a text that it refuses by itself has a nil
// vector if the model is known to embed others.
func (s *Server) EmbedBatches(ctx context.Context, req llm.EmbedRequest, b Batching) (llm.Embeddings, error) {
	run := &batches{Batching: b, query: req.Purpose == llm.ForQuery}
	for rest := req.Inputs; len(rest) > 0; {
		for batch := range Batches(rest, run.MaxInputs, b.MaxBytes) {
			if err := run.embed(ctx, batch); err != nil {
				return llm.Embeddings{}, s.Public(ctx, err)
			}
			rest = rest[len(batch):]
			break // the size of the next may be another
		}
	}
	if run.embedded == 0 && run.refused != nil && !b.Embeds {
		return llm.Embeddings{}, s.Public(ctx, run.refused)
	}
	return run.out, s.Vectors(run.out.Vectors, len(req.Inputs))
}

// batches is one call of EmbedBatches.
type batches struct {
	Batching
	query    bool
	out      llm.Embeddings
	embedded int   // texts that were answered
	failed   int   // texts that were refused by themselves
	refused  error // the last refusal of those
}

// maxFailed is how many texts in a row may be refused by themselves while none
// is answered, until the server is taken to refuse all.
const maxFailed = 3

// embed appends the vectors of a batch.
func (e *batches) embed(ctx context.Context, batch []string) error {
	vectors, usage, err := e.Ask(ctx, batch)
	if err == nil {
		e.embedded += len(batch)
		e.out.Vectors = append(e.out.Vectors, vectors...)
		e.out.Usage.InputTokens += usage.InputTokens
		return nil
	}
	var refused *Refusal
	if !errors.As(err, &refused) || !refused.aboutInput() {
		return err
	}
	if len(batch) == 1 {
		e.failed++
		e.refused = err
		e.out.Vectors = append(e.out.Vectors, nil)
		hopeless := e.query || e.failed == maxFailed
		if hopeless && e.embedded == 0 {
			return err
		}
		return nil
	}
	half := (len(batch) + 1) / 2
	failed := e.failed
	if err := e.embed(ctx, batch[:half]); err != nil {
		return err
	}
	if err := e.embed(ctx, batch[half:]); err != nil {
		return err
	}
	if e.failed == failed && half < e.MaxInputs {
		// Nothing was wrong with the texts but their number.
		e.MaxInputs = half
		if e.TooMany != nil {
			e.TooMany(half)
		}
	}
	return nil
}

// aboutInput reports whether a request was refused for what it holds. Some
// servers fail where others refuse.
func (r *Refusal) aboutInput() bool {
	switch r.Status {
	case http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity, http.StatusInternalServerError:
		return !r.Page && r.Code != noCredit && r.Code != noModel && r.Code != loading
	}
	return false
}
