package search

import (
	"context"
	"fmt"
	"slices"

	"daybook"
	"daybook/internal/store"
)

// mostDays bounds how many entries of a period are loaded.
const mostDays = 20_000

// nearest is how many of the nearest days are offered when the requested days
// are empty.
const nearest = 2

// findDays returns the entries of the days that q asks for: all of them, or k
// spread evenly over the period, earliest first. If there are none, it returns
// the nearest days with a notice. If q mentions no days, as with a tag alone,
// the newest come first.
func (s *Searcher) findDays(ctx context.Context, q Query, k int) (Found, error) {
	filter := q.Filter
	filter.Days = days(q)
	if filter.Kind == "" {
		filter.Kind = daybook.Daily
	}
	entries, err := s.Index.Newest(ctx, filter, mostDays)
	if err != nil {
		return Found{}, fmt.Errorf("load the days asked for: %w", err)
	}
	said := slices.DeleteFunc(entries, func(e daybook.Entry) bool { return e.Text == "" })
	written := len(said)
	said = s.withoutExcluded(&q, said)
	switch {
	case len(said) == 0 && written > 0:
		return Found{Notices: []string{s.say(&q, "days left out")}}, nil
	case len(said) == 0 && q.Days == nil:
		return Found{Notices: []string{s.say(&q, "no day")}}, nil
	case len(said) == 0:
		return s.nearestDays(ctx, q, len(entries) > 0)
	case q.Days == nil:
		return s.newest(&q, said, k), nil
	}
	slices.Reverse(said)
	found := Found{}
	for _, e := range spread(said, k) {
		found.Results = append(found.Results, Result{Entry: e})
	}
	if len(said) > k {
		found.Notices = append(found.Notices, s.say(&q, "days spread", "n", len(said), "k", k))
	}
	return found, nil
}

// onDays reports whether an entry is of one of the days.
func onDays(e daybook.Entry, days []daybook.DateRange) bool {
	return slices.ContainsFunc(days, func(r daybook.DateRange) bool { return slices.ContainsFunc(e.Dates, r.Contains) })
}

// newest returns the first k of entries, which are newest first.
func (s *Searcher) newest(q *Query, entries []daybook.Entry, k int) Found {
	found := Found{}
	for _, e := range entries[:min(k, len(entries))] {
		found.Results = append(found.Results, Result{Entry: e})
	}
	if len(entries) > k {
		found.Notices = []string{s.say(q, "days newest", "n", len(entries), "k", k)}
	}
	return found
}

// spread returns at most k evenly spaced entries, including the first and the last.
func spread(entries []daybook.Entry, k int) []daybook.Entry {
	k = min(k, len(entries))
	out := make([]daybook.Entry, 0, k)
	for i := range k {
		out = append(out, entries[i*(len(entries)-1)/max(1, k-1)])
	}
	return out
}

// nearestDays returns the last entries before the days of q and the first
// after them. Empty says that the days have notes, without words.
func (s *Searcher) nearestDays(ctx context.Context, q Query, empty bool) (Found, error) {
	filter := q.Filter
	if filter.Kind == "" {
		filter.Kind = daybook.Daily
	}
	var near []daybook.Entry
	add := func(r daybook.DateRange, latest bool) error {
		filter.Days = []daybook.DateRange{r}
		entries, err := s.written(ctx, filter, latest)
		near = append(near, entries...)
		return err
	}
	newest := q.Days[0]
	var err error
	if !newest.From.IsZero() {
		err = add(daybook.DateRange{To: newest.From.AddDays(-1)}, true)
	}
	if err == nil && !newest.To.IsZero() {
		err = add(daybook.DateRange{From: newest.To.AddDays(1)}, false)
	}
	if err != nil {
		return Found{}, err
	}
	slices.SortFunc(near, func(a, b daybook.Entry) int { return a.Date().Compare(b.Date()) })
	found := Found{}
	for _, e := range near {
		found.Results = append(found.Results, Result{Entry: e})
	}
	switch {
	case len(near) == 0:
	case empty:
		found.Notices = append(found.Notices, s.say(&q, "days without words"))
	default:
		found.Notices = append(found.Notices, s.say(&q, "days empty"))
	}
	return found, nil
}

// written returns the latest or the earliest entries that match f and are not
// empty.
func (s *Searcher) written(ctx context.Context, f store.Filter, latest bool) ([]daybook.Entry, error) {
	limit := 0
	if latest {
		limit = 10 * nearest // a few of them may be empty
	}
	entries, err := s.Index.Newest(ctx, f, limit)
	if err != nil {
		return nil, fmt.Errorf("look for the nearest days: %w", err)
	}
	entries = slices.DeleteFunc(entries, func(e daybook.Entry) bool { return e.Text == "" })
	if !latest {
		slices.Reverse(entries)
	}
	return entries[:min(nearest, len(entries))], nil
}

// within returns the parts of r that lie in any of the ranges; nil means all
// days.
func within(r daybook.DateRange, ranges []daybook.DateRange) []daybook.DateRange {
	if ranges == nil {
		return []daybook.DateRange{r}
	}
	var parts []daybook.DateRange
	for _, limit := range ranges {
		part := r
		if limit.From.Compare(part.From) > 0 { // the zero Date is before all others
			part.From = limit.From
		}
		goesOn := part.To.IsZero() || part.To.Compare(limit.To) > 0
		if goesOn && !limit.To.IsZero() {
			part.To = limit.To
		}
		if part.From.IsZero() || part.To.IsZero() || part.From.Compare(part.To) <= 0 {
			parts = append(parts, part)
		}
	}
	return parts
}

// days returns the days that q is limited to; nil means all.
func days(q Query) []daybook.DateRange {
	if q.Days != nil {
		return q.Days
	}
	return q.Filter.Days
}
