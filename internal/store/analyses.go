package store

import (
	"context"
	"time"

	"daybook"
)

// Analysis is the head of an analysis: its request and its progress.
type Analysis struct {
	ID      string // a UUID
	Request []byte // JSON, as encoded by the caller
	Status  string // in the caller's terms
	Error   string // a sentence for the user; may be empty
	Account []byte // which entries were read and which were not, in JSON; nil until that is known
	Created time.Time
	Updated time.Time
}

// AnalysisStep is one call of an analysis. Its output is a StepResult stored
// under Key, so that the same step of another analysis shares it.
type AnalysisStep struct {
	ID      string // within its analysis
	Kind    string
	Name    string // for the user
	Year    int    // 0 for none
	Period  int    // of a comparison, from 1; 0 for none
	Status  string
	Error   string   // may be empty
	Key     string   // of its result; "" until that is known
	Entries []string // the IDs of those it reads, itself or through earlier steps
}

// StepResult is the output of a step, and its usage.
type StepResult struct {
	Key          string
	Body         []byte // as encoded by the caller
	Entries      []string
	InputTokens  int
	OutputTokens int
	Calls        int
}

// AnalysisChange is a change of one analysis, made in one durable step.
type AnalysisChange struct {
	ID string
	// Delete erases the analysis, its steps, and the results that no step of
	// another analysis shares; all other fields are zero. An unknown ID is
	// daybook.NotFound.
	Delete bool
	Head   *Analysis // replaces the head with its ID; nil leaves it
	// Steps replace the existing steps, in this order; nil leaves them. Results
	// that no step refers to any more stay until the next Delete.
	Steps []AnalysisStep
	// Step updates one step: its status, error and key. If that step no longer
	// exists, Step and Results are ignored.
	Step    *AnalysisStep
	Results []StepResult // outputs of steps
}

// Analyses stores analyses, their steps and results. Times are stored to the
// microsecond, in UTC.
type Analyses interface {
	// Analyses returns the heads with the given IDs, or all, latest first.
	// Unknown IDs are ignored.
	Analyses(ctx context.Context, ids ...string) ([]Analysis, error)
	WriteAnalysis(ctx context.Context, c AnalysisChange) error
	// Steps returns the steps of an analysis in their order.
	Steps(ctx context.Context, id string) ([]AnalysisStep, error)
	// StepResults returns the existing results among keys.
	StepResults(ctx context.Context, keys []string) (map[string]StepResult, error)
	// ForgetEntries erases the results based on one of the entries. It returns
	// the IDs of the analyses with steps that read it.
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

// Use is the usage of a model on a day.
type Use struct {
	Day          string // YYYY-MM-DD
	Model        string // as provider/model
	Task         string
	Calls        int
	InputTokens  int
	OutputTokens int
	Cost         float64 // in the currency of the configured prices; 0 without prices
}

// Usage stores the usage of models.
type Usage interface {
	// UsedSince returns the usage from a day on, by day, model and task.
	UsedSince(ctx context.Context, day string) ([]Use, error)
	WriteLedger(ctx context.Context, b LedgerBatch) error
}
