package search

import (
	"context"
	"fmt"
	"slices"

	"daybook"
	"daybook/internal/store"
)

// load fills in at least the best k entries. It skips those that were deleted since the
// search, that q excludes, or that duplicate a better one.
func (s *Searcher) load(ctx context.Context, found []Result, q *Query, k int) ([]Result, error) {
	results := make([]Result, 0, min(k, len(found)))
	var said []fingerprint
	for len(found) > 0 && len(results) < k {
		next := found[:min(k, len(found))]
		found = found[len(next):]
		if err := s.fill(ctx, next); err != nil {
			return nil, err
		}
		for _, r := range next {
			if r.Entry.Path == "" || s.excludes(q, &r.Entry) {
				continue
			}
			print := fingerprintOf(r)
			if i := slices.IndexFunc(said, print.same); i >= 0 {
				results[i].Same = append(results[i].Same, r.Entry)
				continue
			}
			results, said = append(results, r), append(said, print)
		}
	}
	return results, nil
}

// fill loads the entries of results. Entries deleted since the search keep only
// their ID.
func (s *Searcher) fill(ctx context.Context, results []Result) error {
	ids := make([]string, len(results))
	for i, r := range results {
		ids[i] = r.Entry.ID
	}
	entries, err := s.Index.Entries(ctx, ids)
	if err != nil {
		return fmt.Errorf("load the matching entries: %w", err)
	}
	byID := make(map[string]daybook.Entry, len(entries))
	for _, e := range entries {
		byID[e.ID] = e
	}
	for i := range results {
		if e, ok := byID[results[i].Entry.ID]; ok {
			results[i].Entry = e
		}
	}
	return nil
}

// withMentions puts the counted days before the search results, at most k in
// all.
func (s *Searcher) withMentions(ctx context.Context, m *Mentions, results []Result, k int) ([]Result, error) {
	first := m.Telling(k)
	entries, err := s.Index.Entries(ctx, first)
	if err != nil {
		return nil, fmt.Errorf("load the counted days: %w", err)
	}
	out := make([]Result, 0, k)
	for _, e := range entries {
		r := Result{Entry: e}
		if i := slices.IndexFunc(results, func(r Result) bool { return r.Entry.ID == e.ID }); i >= 0 {
			r = results[i]
		}
		out = append(out, r)
	}
	for _, r := range results {
		if len(out) < k && !slices.Contains(first, r.Entry.ID) {
			out = append(out, r)
		}
	}
	return out, nil
}

// Recent returns the k newest daily entries that pass f and are not empty,
// newest first.
func (s *Searcher) Recent(ctx context.Context, f store.Filter, k int) ([]Result, error) {
	f.Kind = daybook.Daily
	// Twice as many, so that a few empty days don't shorten the list.
	entries, err := s.Index.Newest(ctx, f, 2*k)
	if err != nil {
		return nil, fmt.Errorf("load the newest entries: %w", err)
	}
	var results []Result
	for _, e := range entries {
		if e.Text != "" && len(results) < k {
			results = append(results, Result{Entry: e})
		}
	}
	return results, nil
}

// Passages returns an entry's passages in text order.
func (s *Searcher) Passages(ctx context.Context, entryID string) ([]daybook.Passage, error) {
	return s.Index.Passages(ctx, entryID)
}

// Load returns the entries with the given IDs, in that order. It skips deleted
// ones.
func (s *Searcher) Load(ctx context.Context, ids []string) ([]daybook.Entry, error) {
	return s.Index.Entries(ctx, ids)
}
