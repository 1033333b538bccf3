package main

import (
	"context"
	"daybook/internal/llm"
	"daybook/internal/llm/budget"
	"daybook/internal/store"
)

// What only some stores can do is looked up here, once.

// leasesOf returns how several servers share a store; nil if they cannot.
func leasesOf(s store.Store) store.Leases {
	leases, _ := s.(store.Leases)
	return leases
}

// newsOf returns how servers notify each other; nil if they cannot.
func newsOf(s store.Store) store.News {
	news, _ := s.(store.News)
	return news
}

// warnings returns what the user should know of the store as it is now.
func (a *journal) warnings(ctx context.Context) []string {
	if w, ok := a.store.(store.Warner); ok {
		return w.Warnings(ctx)
	}
	return nil
}

// optimize speeds up searches after many vectors were added.
func (a *journal) optimize(ctx context.Context) error {
	if o, ok := a.store.(store.Optimizer); ok {
		return o.Optimize(ctx)
	}
	return nil
}

// snapshotOf returns what calls its argument with the records as they are at
// one moment.
func snapshotOf(s store.Store) func(context.Context, func(store.RecordReader) error) error {
	if sn, ok := s.(store.Snapshotter); ok {
		return sn.Snapshot
	}
	return func(_ context.Context, read func(store.RecordReader) error) error { return read(s) }
}

// shareBudgets has all servers on the store keep to the providers' limits
// together.
func (a *journal) shareBudgets() {
	if shared, ok := a.store.(interface{ Ledger(string) budget.Ledger }); ok {
		a.models.ShareBudgets(func(ref llm.Ref) budget.Ledger { return shared.Ledger(ref.String()) })
	}
}

// watchLease is held by the server that watches the journal's folder.
const watchLease = "watch"
