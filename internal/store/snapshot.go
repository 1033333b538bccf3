package store

import (
	"context"

	"daybook"
)

// RecordReader reads what cannot be computed again from the journal. The
// methods are those of the other interfaces.
type RecordReader interface {
	Threads(ctx context.Context, ids ...string) ([]daybook.Thread, error)
	Messages(ctx context.Context, threadID string) ([]daybook.Message, error)
	Turns(ctx context.Context, q TurnQuery) ([]daybook.Turn, error)
	Analyses(ctx context.Context) ([]Analysis, error)
	Steps(ctx context.Context, id string) ([]AnalysisStep, error)
	StepResults(ctx context.Context, keys []string) (map[string]StepResult, error)
	UsedSince(ctx context.Context, day string) ([]Use, error)
	Scans(ctx context.Context, notes ...string) ([]ScanState, error)
	PageTexts(ctx context.Context, keys []string, f func(PageText) error) error
	WrittenNotes(ctx context.Context, notes ...string) (map[string]WrittenNote, error)
	Lines(ctx context.Context, f LedgerFilter) ([]LedgerLine, error)
}

// Snapshotter is a store that can be read as it is at one moment, while others
// write to it.
type Snapshotter interface {
	// Snapshot calls read with the records as they are now: with every write
	// that has returned, and with none that begins later. What read is given
	// may be used until it returns, by one goroutine, one call at a time.
	Snapshot(ctx context.Context, read func(RecordReader) error) error
}

// PageTextOf returns what the page with a key says, and false if that is not
// known.
func PageTextOf(ctx context.Context, s interface {
	PageTexts(ctx context.Context, keys []string, f func(PageText) error) error
}, key string) (text string, known bool, err error) {
	err = s.PageTexts(ctx, []string{key}, func(p PageText) error {
		text, known = p.Text, true
		return nil
	})
	return text, known, err
}

// WrittenIn returns what was written into a note last, the zero value if nothing
// was.
func WrittenIn(ctx context.Context, s interface {
	WrittenNotes(ctx context.Context, notes ...string) (map[string]WrittenNote, error)
}, note string) (WrittenNote, error) {
	all, err := s.WrittenNotes(ctx, note)
	return all[note], err
}
