package store

import (
	"context"

	"daybook"
)

// RecordReader reads the data that cannot be rebuilt from the journal. Its
// methods are declared in the other interfaces.
type RecordReader interface {
	Threads(ctx context.Context, ids ...string) ([]daybook.Thread, error)
	Messages(ctx context.Context, threadID string) ([]daybook.Message, error)
	Turns(ctx context.Context, q TurnQuery) ([]daybook.Turn, error)
	Analyses(ctx context.Context, ids ...string) ([]Analysis, error)
	Steps(ctx context.Context, id string) ([]AnalysisStep, error)
	StepResults(ctx context.Context, keys []string) (map[string]StepResult, error)
	UsedSince(ctx context.Context, day string) ([]Use, error)
	Scans(ctx context.Context, notes ...string) ([]ScanState, error)
	PageTexts(ctx context.Context, keys []string, f func(PageText) error) error
	WrittenNotes(ctx context.Context, notes ...string) (map[string]WrittenNote, error)
	Lines(ctx context.Context, f LedgerFilter) ([]LedgerLine, error)
}
