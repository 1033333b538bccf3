// Package almanac computes statistics of a journal without a model: its days
// and words, the words, names and tags that set each year apart from the
// others, how often something is mentioned over time, and the days most similar
// to a question.
package almanac

import (
	"context"
	"sync/atomic"

	"daybook"
	"daybook/internal/search"
	"daybook/internal/store"
	"daybook/internal/text"
)

// Index is the part of a store that an Almanac uses; see store.Index and
// store.Scans for the contracts.
type Index interface {
	Generation(ctx context.Context) (string, error)
	NoteStates(ctx context.Context) ([]store.NoteState, error)
	Entries(ctx context.Context, ids []string) ([]daybook.Entry, error)
	Scans(ctx context.Context, notes ...string) ([]store.ScanState, error)
}

// Searcher finds the days most similar to a question; see search.Searcher.
type Searcher interface {
	Prepare(ctx context.Context, question string, filter store.Filter) (search.Query, error)
	Find(ctx context.Context, q search.Query, k int) (search.Found, error)
	Show(ctx context.Context, found *search.Found, r *search.Result, limit int) ([]search.Shown, error)
}

// Config configures an Almanac. All fields but Searcher are required; without
// it, a report has no similar days.
type Config struct {
	Index    Index
	Analyzer *text.Analyzer // that the index was made with
	Searcher Searcher
}

// Almanac computes the statistics of one journal. It caches them until the
// index changes, and then reads only the changed entries. It is safe for
// concurrent use.
type Almanac struct {
	Config
	names    nameRules
	journal  atomic.Pointer[journal]
	reading  chan struct{} // holds a value while the journal is read
	lexicon  *lexicon      // guarded by reading
	distinct int           // words of the lexicon when it was created
}

// New returns an Almanac. It reads nothing yet.
func New(c Config) *Almanac {
	return &Almanac{Config: c, names: rulesFor(c.Analyzer), reading: make(chan struct{}, 1)}
}

// Refresh reads the changed entries, so that the next call needn't.
func (a *Almanac) Refresh(ctx context.Context) error {
	_, err := a.current(ctx)
	return err
}

// State returns a hash of all input: while it stays the same, so do all
// results.
func (a *Almanac) State(ctx context.Context) ([32]byte, error) {
	j, err := a.current(ctx)
	if err != nil {
		return [32]byte{}, err
	}
	return j.state, nil
}
