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

// LedgerBatch is a set of changes to the ledger that is made at once, or not at
// all.
type LedgerBatch struct {
	// DropBefore erases the lines of before a moment, where it is not zero;
	// those of Lines are kept after that.
	DropBefore time.Time
	Lines      []LedgerLine
	Used       []Use // is added to what was used on a day of a model for a task
}

// Ledger keeps what went where. Times are kept to the microsecond, in UTC.
type Ledger interface {
	// Lines returns the lines that pass f, the latest first, and of one moment
	// by ID.
	Lines(ctx context.Context, f LedgerFilter) ([]LedgerLine, error)
	WriteLedger(ctx context.Context, b LedgerBatch) error
}
