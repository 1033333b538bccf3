package journal

import (
	"context"

	"daybook/internal/llm"
	"daybook/internal/llm/budget"
	"daybook/internal/store"
)

// The optional interfaces of stores are looked up here only.

// LeasesOf returns how several servers share a store; nil if they cannot.
func LeasesOf(s store.Store) store.Leases {
	leases, _ := s.(store.Leases)
	return leases
}

// newsOf returns how servers notify each other; nil if they cannot.
func newsOf(s store.Store) store.News {
	news, _ := s.(store.News)
	return news
}

// Warnings returns the current limitations of the store and of the embedding
// model.
func (j *Journal) Warnings(ctx context.Context) []string {
	warnings := j.storeWarnings(ctx)
	if w := j.ForeignModel(); w != "" {
		warnings = append(warnings, w)
	}
	return warnings
}

func (j *Journal) storeWarnings(ctx context.Context) []string {
	if w, ok := j.Store.(store.Warner); ok {
		return w.Warnings(ctx)
	}
	return nil
}

// Optimize updates the index of vectors, for stores that need that.
func (j *Journal) Optimize(ctx context.Context) error {
	if o, ok := j.Store.(store.Optimizer); ok {
		return o.Optimize(ctx)
	}
	return nil
}

// snapshotOf returns a function that calls its argument with a consistent
// snapshot of the records, if the store can make one.
func snapshotOf(s store.Store) func(context.Context, func(store.RecordReader) error) error {
	if sn, ok := s.(store.Snapshotter); ok {
		return sn.Snapshot
	}
	return func(_ context.Context, read func(store.RecordReader) error) error { return read(s) }
}

// shareBudgets applies the providers' rate limits to all servers on the store
// together.
func (j *Journal) shareBudgets() {
	if shared, ok := j.Store.(interface{ Ledger(string) budget.Ledger }); ok {
		j.Models.ShareBudgets(func(ref llm.Ref) budget.Ledger { return shared.Ledger(ref.String()) })
	}
}

// WatchLease is held by the server that watches the journal's folder.
const WatchLease = "watch"
