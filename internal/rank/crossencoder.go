package rank

import (
	"cmp"
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"time"

	"daybook"
	"daybook/internal/llm"
	"daybook/internal/search"
)

// Bounds on the passages that a cross-encoder compares with a question, in bytes. The
// shorter one is for a model with a small window.
const (
	longPassage  = 1200
	shortPassage = 400
)

// wide is how many candidates a search collects if nothing else orders them.
const wide = 500

// CrossEncoder orders the best passages of a search by a model that reads the question
// together with each of them. It implements search.Reranker. If the model fails or is
// slow, the order stays as it is.
type CrossEncoder struct {
	// First orders the candidates before; nil if nothing does.
	First search.Reranker
	Model llm.Reranker
	Ref   llm.Ref
	// Public returns those of the entries that exist and are not private.
	Public func(ctx context.Context, ids []string) ([]daybook.Entry, error)
	// Within is the timeout of a call.
	Within time.Duration
	// Pace remembers when the model was too slow.
	Pace *Pace
}

// Depth implements search.Reranker.
func (c *CrossEncoder) Depth() int {
	if c.First == nil {
		return wide
	}
	return max(c.First.Depth(), depth)
}

// Rerank implements search.Reranker. Passages of private entries are not sent, and keep
// their places.
func (c *CrossEncoder) Rerank(ctx context.Context, r search.Ranking) (ranked search.Ranked, err error) {
	if c.First != nil {
		if ranked, err = c.First.Rerank(ctx, r); err != nil {
			return ranked, err
		}
	}
	if r.Rough || c.Pace.paused(c.Ref) {
		return ranked, nil
	}
	best, documents, err := c.documents(ctx, r.Candidates)
	if err != nil {
		return ranked, err
	}
	if len(best) < 2 || r.Question == "" {
		return ranked, nil
	}
	scores, ok := c.scores(ctx, cut(r.Question, maxQuestion), best, documents)
	if !ok {
		return ranked, ctx.Err()
	}
	reorder(best, scores)
	ranked.Done = true
	return ranked, nil
}

// documents returns the best public candidates, by falling score, and their texts.
func (c *CrossEncoder) documents(ctx context.Context, list []search.Candidate) (best []*search.Candidate, texts []string, err error) {
	byScore := make([]*search.Candidate, len(list))
	for i := range list {
		byScore[i] = &list[i]
	}
	slices.SortStableFunc(byScore, func(a, b *search.Candidate) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Passage.ID, b.Passage.ID))
	})
	byScore = byScore[:min(depth, len(byScore))]
	var ids []string
	for _, one := range byScore {
		if !slices.Contains(ids, one.Passage.EntryID) {
			ids = append(ids, one.Passage.EntryID)
		}
	}
	entries, err := c.Public(ctx, ids)
	if err != nil {
		return nil, nil, err
	}
	for _, one := range byScore {
		i := slices.IndexFunc(entries, func(e daybook.Entry) bool { return e.ID == one.Passage.EntryID })
		if i < 0 {
			continue
		}
		if text := passageOf(entries[i], one.Passage); text != "" {
			best, texts = append(best, one), append(texts, text)
		}
	}
	return best, texts, nil
}

// passageOf returns the text of a passage with its day, "" if the entry has changed.
func passageOf(e daybook.Entry, p daybook.Passage) string {
	if p.Start < 0 || p.Start > p.End || p.End > len(e.Text) {
		return ""
	}
	text := strings.TrimSpace(e.Text[p.Start:p.End])
	if d := e.Date(); text != "" && !d.IsZero() {
		text = d.String() + ": " + text
	}
	return text
}

// scores asks the model, once more with shorter texts if they are too long for it.
func (c *CrossEncoder) scores(ctx context.Context, question string, best []*search.Candidate, documents []string) (scores []float64, ok bool) {
	within, cancel := context.WithTimeout(llm.WithPolicy(ctx, llm.RetryPolicy{Attempts: 1, Within: c.Within}), c.Within)
	defer cancel()
	ids := make([]string, len(best))
	for i, one := range best {
		ids[i] = one.Passage.EntryID
	}
	var failure *llm.Error
	var err error
	for _, most := range []int{longPassage, shortPassage} {
		req := llm.RerankRequest{Query: question, Contents: llm.Holding(ids, question)}
		for _, d := range documents {
			req.Documents = append(req.Documents, cut(d, most))
		}
		scores, _, err = c.Model.Rerank(within, req)
		if !errors.As(err, &failure) || failure.Code != llm.CodeTooLong {
			break
		}
	}
	if ctx.Err() == nil {
		down := errors.As(err, &failure) && failure.Down
		c.Pace.noteCall(c.Ref, down || within.Err() != nil)
	}
	return scores, err == nil && len(scores) == len(best)
}

// reorder gives the candidates their own scores in the order of the model's, so that
// they take each other's places.
func reorder(best []*search.Candidate, scores []float64) {
	places := make([]float64, len(best))
	order := make([]int, len(best))
	for i, one := range best {
		places[i], order[i] = one.Score, i
		if i > 0 && places[i] >= places[i-1] {
			places[i] = math.Nextafter(places[i-1], math.Inf(-1))
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(scores[b], scores[a]) })
	for place, i := range order {
		best[i].Score = places[place]
	}
}
