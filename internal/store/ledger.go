package store

import (
	"context"
	"time"
)

// LedgerLine records that something of the journal went somewhere: a call to a
// provider, or a program that read it.
type LedgerLine struct {
	ID    string // a line with the ID of another replaces it
	At    time.Time
	Model string // as provider/model; may be empty
	Task  string
	// Count is how often; it adds up over lines with the same ID.
	Count int
	Body  []byte // the rest in JSON, as encoded by the caller
}

// LedgerFilter narrows a listing. The zero value matches everything.
type LedgerFilter struct {
	Since, Until time.Time // from Since on, before Until
	Task         string
	Provider     string
	// Before is the last line of the previous page: later lines are left out.
	// Nil starts with the latest.
	Before *LedgerLine
	Limit  int // 0 means no limit
}

// LedgerBatch is a set of changes to the ledger that is made all at once or not
// at all.
type LedgerBatch struct {
	// DropBefore erases the lines before a time, unless it is zero. Lines are
	// stored after that.
	DropBefore time.Time
	Lines      []LedgerLine
	Used       []Use // added to the usage of its day, model and task
}

// Ledger stores which data went where. Times are stored to the microsecond, in
// UTC.
type Ledger interface {
	// Lines returns the lines that match f, latest first; lines of the same
	// time are sorted by ID.
	Lines(ctx context.Context, f LedgerFilter) ([]LedgerLine, error)
	WriteLedger(ctx context.Context, b LedgerBatch) error
}
