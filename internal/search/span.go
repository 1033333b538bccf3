package search

import (
	"cmp"
	"context"
	"sort"
	"time"

	"daybook"
	"daybook/internal/store"
)

// span returns the first and the last day of the entries that a search may find.
func (s *Searcher) span(ctx context.Context, f store.Filter) (daybook.DateRange, error) {
	if f.Public {
		return s.PublicSpan(ctx)
	}
	return s.Index.Span(ctx)
}

// PublicSpan returns the first and the last day that has a note which is not
// private; both are zero if there is none.
func (s *Searcher) PublicSpan(ctx context.Context) (daybook.DateRange, error) {
	span, err := s.Index.Span(ctx)
	if err != nil || span.From.IsZero() {
		return daybook.DateRange{}, err
	}
	// The ranges grow, so that the days can be searched for; an error ends that.
	var failed error
	public := func(r daybook.DateRange) bool {
		f := store.Filter{Public: true, Kind: daybook.Daily, Days: []daybook.DateRange{r}}
		found, err := s.Index.Newest(ctx, f, 1)
		failed = cmp.Or(failed, err)
		return failed != nil || len(found) > 0
	}
	if !public(span) {
		return daybook.DateRange{}, nil
	}
	first, last := 0, 0
	days := int(span.To.Time(time.UTC).Sub(span.From.Time(time.UTC)).Hours() / 24)
	if !public(daybook.DateRange{From: span.From, To: span.From}) {
		first = sort.Search(days, func(n int) bool { return public(daybook.DateRange{From: span.From, To: span.From.AddDays(n)}) })
	}
	if !public(daybook.DateRange{From: span.To, To: span.To}) {
		last = sort.Search(days, func(n int) bool { return public(daybook.DateRange{From: span.To.AddDays(-n), To: span.To}) })
	}
	return daybook.DateRange{From: span.From.AddDays(first), To: span.To.AddDays(-last)}, failed
}
