package store

import (
	"context"
	"time"
)

// LedgerLine says that something of the journal went somewhere: a call to a
// provider, or a program that read it.
type LedgerLine struct {
	ID    string // a line with the ID of another replaces it
	At    time.Time
	Model string // as provider/model, "" for none
	Task  string
	// Count is how often, and adds up over the lines of one ID.
	Count int
	Body  []byte // the rest, as who keeps the ledger wrote it, in JSON
}

// LedgerFilter narrows a listing. Its zero value lets everything in.
type LedgerFilter struct {
	Since, Until time.Time // from the one on, and before the other
	Task         string
	Provider     string
	// Before is the last line of the page before this one: later ones are left
	// out. Nil begins with the latest.
	Before *LedgerLine
	Limit  int // 0 means no limit
}

// Ledger keeps what went where. Times are kept to the microsecond, in UTC.
type Ledger interface {
	// AddLines keeps lines.
	AddLines(ctx context.Context, lines ...LedgerLine) error
	// Lines returns the lines that pass f, the latest first, and of one moment
	// by ID.
	Lines(ctx context.Context, f LedgerFilter) ([]LedgerLine, error)
	// DropLines erases the lines of before a moment.
	DropLines(ctx context.Context, before time.Time) error
}
