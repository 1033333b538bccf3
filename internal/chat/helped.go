package chat

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"daybook"
	"daybook/internal/search"
)

// Bounds of a search that a model helps with.
const (
	helpedEntries   = 25 // of the question's own search
	rewrittenFound  = 8  // entries of each other search
	passagesOfEntry = 2  // that the model sees
)

// rewriting is a model at work on other searches for a question. The zero value
// has none.
type rewriting struct {
	stop context.CancelFunc
	done chan struct{}
	list []string
}

// rewrite lets a model that helps write other searches for a question.
func (s *Service) rewrite(ctx context.Context, req Request, model Model) *rewriting {
	r := &rewriting{stop: func() {}}
	if model.Help == nil || len(req.Existing) > 0 || intentByRules(req.Query) != IntentVector {
		return r
	}
	ctx, r.stop = context.WithCancel(ctx)
	r.done = make(chan struct{})
	go func() {
		defer close(r.done)
		r.list = model.Help.Searches(ctx, req.Query)
	}()
	return r
}

// searches waits for the searches. The model has a bound on that.
func (r *rewriting) searches() []string {
	if r.done == nil {
		return nil
	}
	<-r.done
	return r.list
}

// helps reports whether a model can improve what a query finds: not where days
// are counted or asked for.
func helps(q search.Query, model Model) bool {
	return model.Help != nil && !q.DaysOnly && q.Anchor == nil && q.Mentions == search.Unasked && q.Topic != ""
}

// improve lets a model put in order what a search found, together with what its
// other searches find. Nothing private is sent. If the model fails or finds
// nothing, out stays as it is.
func (s *Service) improve(ctx context.Context, q search.Query, k int, model Model, out looked, r *rewriting) (looked, error) {
	if !helps(q, model) {
		return out, nil
	}
	started := time.Now()
	others := r.searches()
	help := *model.Help
	if help.Within -= time.Since(started); help.Within <= 0 {
		return out, nil
	}
	results, candidates, err := s.candidates(ctx, q, max(k, helpedEntries), others)
	if err != nil {
		s.Log.Warn("search without the model's help", "kind", daybook.KindOf(err), "err", err)
		return out, ctx.Err()
	}
	ranked, err := help.Rerank(ctx, search.Ranking{Question: q.Text, Candidates: candidates})
	if err != nil || !ranked.Done || ranked.Nothing {
		return out, ctx.Err()
	}
	slices.SortStableFunc(candidates, func(a, b search.Candidate) int { return cmp.Compare(b.Score, a.Score) })
	var best []search.Result
	for _, c := range candidates {
		if c.Score <= 0 { // the model did not list it
			break
		}
		best = append(best, results[slices.IndexFunc(results, isEntry(c.Passage.EntryID))])
	}
	out.Found = promoteResults(out.Found, best, k)
	return out, nil
}

func isEntry(id string) func(search.Result) bool {
	return func(r search.Result) bool { return r.Entry.ID == id }
}

// promoteResults puts the best before the other results, k in all. The first of
// the others is kept: a model may be wrong.
func promoteResults(found search.Found, best []search.Result, k int) search.Found {
	var list []search.Result
	add := func(r search.Result) {
		if !slices.ContainsFunc(list, func(o search.Result) bool {
			return o.Entry.ID == r.Entry.ID || slices.ContainsFunc(o.Same, isDuplicate(r.Entry.ID))
		}) {
			list = append(list, r)
		}
	}
	for _, r := range best {
		add(r)
	}
	if len(found.Results) > 0 && k > 1 && !slices.ContainsFunc(list, isEntry(found.Results[0].Entry.ID)) {
		list = list[:min(len(list), k-1)]
	}
	for _, r := range found.Results {
		add(r)
	}
	found.Results = list[:min(k, len(list))]
	found.ClearNothing()
	return found
}

func isDuplicate(id string) func(daybook.Entry) bool {
	return func(e daybook.Entry) bool { return e.ID == id }
}

// candidates runs a query and other searches, and returns their public results
// and passages with their texts. Scores are 0 and less, highest first.
func (s *Service) candidates(ctx context.Context, q search.Query, k int, others []string) ([]search.Result, []search.Candidate, error) {
	q.Filter.Public = true
	found := make([]search.Found, 1+len(others))
	errs := make([]error, len(found))
	var wg sync.WaitGroup
	wg.Go(func() { found[0], errs[0] = s.Searcher.Find(ctx, q, k) })
	if len(q.Phrases)+len(q.None)+len(q.NoPhrases)+len(q.NoTags) > 0 {
		others = nil // they would have to hold for the other searches too
	}
	for i, text := range others {
		wg.Go(func() { found[i+1] = s.findOther(ctx, q, text) })
	}
	wg.Wait()
	if errs[0] != nil {
		return nil, nil, errs[0]
	}
	var all []search.Result
	for _, f := range found {
		all = append(all, f.Results...)
	}
	private, err := s.privateIn(ctx, all)
	if err != nil {
		return nil, nil, err
	}
	var c collected
	for pass := range passagesOfEntry {
		for i, f := range found {
			for _, r := range without(f.Results[:min(len(f.Results), helpedEntries)], private) {
				c.add(r, pass, f.Marks, i == 0)
			}
		}
	}
	return c.results, c.candidates, nil
}

// findOther runs another search within the limits of q. It finds nothing if it
// fails: it is only one more.
func (s *Service) findOther(ctx context.Context, q search.Query, text string) search.Found {
	filter := q.Filter
	if q.Days != nil {
		filter.Days = q.Days
	}
	other, _ := s.Searcher.Prepare(ctx, text, filter) // without embedding it is by words
	if other.DaysOnly || other.Anchor != nil {
		return search.Found{}
	}
	other.Mentions, other.Rough = search.Unasked, true
	found, err := s.Searcher.Find(ctx, other, rewrittenFound)
	if err != nil || found.Nothing {
		return search.Found{}
	}
	return found
}

// collected are results and their passages, each once.
type collected struct {
	results    []search.Result
	candidates []search.Candidate
}

// add adds a hit of a result, and the result. Own is set for results of the
// question itself; of other results, only the first hit is added.
func (c *collected) add(r search.Result, hit int, marks func(string) [][2]int, own bool) {
	notFirst := hit > 0 && !own
	if notFirst || len(r.Hits) <= hit {
		return
	}
	p := r.Hits[hit].Passage
	if p.Start < 0 || p.Start > p.End || p.End > len(r.Entry.Text) ||
		slices.ContainsFunc(c.candidates, func(o search.Candidate) bool { return o.Passage.ID == p.ID }) {
		return
	}
	if !slices.ContainsFunc(c.results, isEntry(r.Entry.ID)) {
		c.results = append(c.results, r)
	}
	text := r.Entry.Text[p.Start:p.End]
	var spans [][2]int
	if marks != nil {
		spans = marks(text)
	}
	p.Text, _ = search.Excerpt(text, spans)
	p.Text = tame(p.Text)
	if d := r.Entry.Date(); !d.IsZero() {
		p.Text = d.String() + ": " + p.Text
	}
	p.EntryID = r.Entry.ID
	c.candidates = append(c.candidates, search.Candidate{Hit: search.Hit{Passage: p}, Score: -float64(len(c.candidates))})
}
