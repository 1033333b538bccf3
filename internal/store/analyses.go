package store

import (
	"context"
	"time"

	"daybook"
)

// Analysis is the head of an analysis: what was asked for, and how far it is.
type Analysis struct {
	ID      string // a UUID
	Request []byte // the request as who runs it wrote it, in JSON
	Status  string // in the words of who runs it
	Error   string // a sentence for a person, "" for none
	Account []byte // which entries were read and which were not, in JSON; nil while that is not known
	Created time.Time
	Updated time.Time
}

// AnalysisStep is one call of an analysis. What it said is a StepResult of
// its own, kept under Key: the same step of another analysis shares it.
type AnalysisStep struct {
	ID      string // within its analysis
	Kind    string
	Name    string // for a person
	Year    int    // 0 for none
	Period  int    // of a comparison, from 1; 0 for none
	Status  string
	Error   string   // "" for none
	Key     string   // of its result; "" while it is not known
	Entries []string // the IDs of those it reads, by itself or through the steps before it
}

// StepResult is what a step said, and what it took to have that said.
type StepResult struct {
	Key          string
	Body         []byte // as who runs it wrote it
	Entries      []string
	InputTokens  int
	OutputTokens int
	Calls        int
}

// AnalysisChange is a change of one analysis that is made in one durable step.
type AnalysisChange struct {
	ID string
	// Delete erases the analysis, its steps, and the results that no step of
	// another one has; all else is zero. An unknown one is daybook.NotFound.
	Delete bool
	Head   *Analysis // takes the place of the head with its ID; nil leaves it
	// Steps take the place of those it had, in this order; nil leaves them.
	// Results that no step has any longer stay until the next Delete.
	Steps []AnalysisStep
	// Step is how far one of its steps is: its status, error and key. If that
	// step is gone, it is passed over, and so are Results.
	Step    *AnalysisStep
	Results []StepResult // what steps said
}

// Analyses keeps analyses, their steps and what those said. Times are kept to
// the microsecond, in UTC.
type Analyses interface {
	// Analyses returns the heads with the given IDs, or all, the latest first.
	// Unknown IDs are passed over.
	Analyses(ctx context.Context, ids ...string) ([]Analysis, error)
	WriteAnalysis(ctx context.Context, c AnalysisChange) error
	// Steps returns the steps of an analysis in their order.
	Steps(ctx context.Context, id string) ([]AnalysisStep, error)
	// StepResults returns the results that there are of keys.
	StepResults(ctx context.Context, keys []string) (map[string]StepResult, error)
	// ForgetEntries erases the results that rest on one of the entries, and
	// returns the IDs of the analyses that have steps which read it.
	ForgetEntries(ctx context.Context, entryIDs []string) ([]string, error)
}

// AnalysisOf returns the head with an ID, or a daybook.NotFound error.
func AnalysisOf(ctx context.Context, s interface {
	Analyses(ctx context.Context, ids ...string) ([]Analysis, error)
}, id string) (Analysis, error) {
	list, err := s.Analyses(ctx, id)
	if err == nil && len(list) == 0 {
		err = daybook.Errorf(daybook.NotFound, "There is no such analysis.")
	}
	if err != nil {
		return Analysis{}, err
	}
	return list[0], nil
}

// Use is what a model was used for on a day.
type Use struct {
	Day          string // YYYY-MM-DD
	Model        string // as provider/model
	Task         string
	Calls        int
	InputTokens  int
	OutputTokens int
	Cost         float64 // in the currency of the prices that were set; 0 where there were none
}

// Usage keeps what was used of the models.
type Usage interface {
	// UsedSince returns what was used on a day and after it, by day, model and
	// task.
	UsedSince(ctx context.Context, day string) ([]Use, error)
	WriteLedger(ctx context.Context, b LedgerBatch) error
}
