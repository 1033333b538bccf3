package store

import (
	"context"

	"daybook/internal/llm/budget"
)

// Capabilities are the functions that only some backends have. One that is nil
// is missing.
type Capabilities struct {
	// Leases share the work on a journal among servers.
	Leases Leases
	// News lets servers notify each other.
	News News
	// Budget returns the rate limits of a model, named provider/model, that all
	// servers on the store share.
	Budget func(model string) budget.Ledger
	// Snapshot calls read with the records as they are now: with every write
	// that has returned, and without any that begins later. The reader is valid
	// until read returns, and only for one goroutine.
	Snapshot func(ctx context.Context, read func(RecordReader) error) error
	// Optimize does work that makes searches faster, such as building an index
	// of many vectors. It may be called at any time, and returns at once if
	// there is nothing to do.
	Optimize func(ctx context.Context) error
	// Reread drops what the store remembers of its data and reads it again.
	Reread func(ctx context.Context) error
	// Purge removes deleted data from the disk; daybook.Unavailable means to try
	// again later. A backend without it does so by itself.
	Purge func(ctx context.Context) error
	// Warnings returns sentences for the user about the state of the data.
	Warnings func(ctx context.Context) []string
}

// Lease is the right to do something that one server does at a time.
type Lease struct {
	Name string
	// Held ends when the lease is lost or released, and with the context
	// passed to Leases.Lease.
	Held context.Context
	// Release gives the lease back. It must be called.
	Release func()
}

// Leases share the work on a journal among servers.
type Leases interface {
	// Lease takes the first of the named leases that is free, and returns nil
	// if all are taken. If the holder dies or cannot reach the store, its lease
	// becomes free after a few seconds.
	Lease(ctx context.Context, names ...string) (*Lease, error)
}

// News lets servers tell each other that something in a journal changed. It may
// be lost, so those who wait for it must also check now and then.
type News interface {
	Tell(ctx context.Context, topic string) error
	// Hear returns a channel that receives true when there is news of a topic,
	// and false when some may have been missed, as at the beginning. It does so
	// until stop is called.
	Hear(topic string) (news <-chan bool, stop func())
}
