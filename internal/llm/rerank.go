package llm

import (
	"context"

	"daybook"
)

// TaskRerank is comparing a question with passages in a cross-encoder.
const TaskRerank Task = "rerank"

// RerankRequest asks how well documents answer a query.
type RerankRequest struct {
	// Model is the provider's own name for the model.
	Model     string
	Query     string
	Documents []string // not empty, none of them empty
	// Contents says what of the journal is in the request.
	Contents Contents
}

// Reranker scores documents. It returns a score for each, in their order. Only the
// order of the scores has a meaning. It returns a ChatModel's errors and does not
// retry.
type Reranker interface {
	Rerank(ctx context.Context, req RerankRequest) ([]float64, Usage, error)
}

// Reranker returns the model that is set for ordering passages; false if none is, or
// if its provider has no such models.
func (m *Models) Reranker() (Reranker, Ref, bool) {
	ref, ok := m.tasks[TaskRerank]
	if !ok {
		return nil, Ref{}, false
	}
	r := m.providers[ref.Provider].Reranker
	if r == nil {
		return nil, ref, false
	}
	return outgoingReranker{r, ref, m.exit.outside(ref.Provider), m.budget(ref)}, ref, true
}

// outgoingReranker is a provider's model, whose calls are charged to the budget and
// pass the exit.
type outgoingReranker struct {
	Reranker
	ref    Ref
	exit   exit
	budget limited
}

// Rerank implements Reranker.
func (m outgoingReranker) Rerank(ctx context.Context, req RerankRequest) ([]float64, Usage, error) {
	if len(req.Documents) == 0 {
		return nil, Usage{}, daybook.Errorf(daybook.Internal, "There are no passages to order.")
	}
	// The model reads the query with each of the documents.
	tokens := len(req.Documents) * CountTokens(req.Query)
	for _, d := range req.Documents {
		tokens += CountTokens(d)
	}
	most := Usage{InputTokens: tokens}
	if m.budget.Budget != nil {
		if _, err := m.budget.Reserve(ctx, askIn(ctx, tokens)); err != nil {
			return nil, Usage{}, err
		}
	}
	texts := append([]string{req.Query}, req.Documents...)
	end, err := m.exit.begin(ctx, Outgoing{m.ref, TaskRerank, req.Contents, texts}, most)
	if err != nil {
		return nil, Usage{}, err
	}
	req.Model = m.ref.Model
	scores, used, err := m.Reranker.Rerank(ctx, req)
	if used == (Usage{}) && err == nil {
		used = most // some servers don't say
	}
	end(used, err)
	return scores, used, err
}
