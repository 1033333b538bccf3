package search

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// timeShare is how much a question for the first or the last time prefers the
// journal's first day to its last, or the other way round. Among entries that
// match about as well, that decides.
const timeShare = 0.05

// byTime reorders results for a question that asks for the first or the last
// time.
func (s *Searcher) byTime(ctx context.Context, q Query, results []Result) error {
	if q.Mentions != First && q.Mentions != Last {
		return nil
	}
	span, err := s.span(ctx, q.Filter)
	if err != nil {
		return fmt.Errorf("load the span of the journal: %w", err)
	}
	from, to := span.From.Time(time.UTC).Unix(), span.To.Time(time.UTC).Unix()
	if to <= from {
		return nil
	}
	for i := range results {
		r := &results[i]
		if len(r.Entry.Dates) == 0 {
			continue
		}
		late := float64(r.Entry.Date().Time(time.UTC).Unix()-from) / float64(to-from)
		if q.Mentions == First {
			late = 1 - late
		}
		r.Score += timeShare * late
	}
	slices.SortStableFunc(results, byScore)
	return nil
}
