// Package almanac tells what can be counted of a journal without any model:
// its days and words, the words, names and tags that mark each year against
// the others, how often something is mentioned over time, and the days that
// are like a question.
package almanac

import (
	"context"
	"sync/atomic"

	"daybook"
	"daybook/internal/search"
	"daybook/internal/store"
	"daybook/internal/text"
)

// Index is what an Almanac asks of a store; see store.Index and store.Scans
// for what its methods promise.
type Index interface {
	Generation(ctx context.Context) (string, error)
	NoteStates(ctx context.Context) ([]store.NoteState, error)
	Entries(ctx context.Context, ids []string) ([]daybook.Entry, error)
	Scans(ctx context.Context) ([]store.ScanState, error)
}

// Searcher finds the days that are like a question; see search.Searcher.
type Searcher interface {
	Prepare(ctx context.Context, question string, filter store.Filter) (search.Query, error)
	Find(ctx context.Context, q search.Query, k int) (search.Found, error)
	Show(ctx context.Context, found *search.Found, r *search.Result, limit int) ([]search.Shown, error)
}

// Config is what an Almanac is made of. All but Searcher is required; without
// one a report has no days that are like its question.
type Config struct {
	Index    Index
	Analyzer *text.Analyzer // that the index was made with
	Searcher Searcher
}

// Almanac counts one journal. What it counted is kept in memory until the
// index changes, and then only what changed is read again. It is safe for
// concurrent use.
type Almanac struct {
	Config
	names    nameRules
	journal  atomic.Pointer[journal]
	reading  chan struct{} // holds a value while the journal is read
	lexicon  *lexicon      // of whoever holds reading
	distinct int           // words of the lexicon when it was begun
}

// New returns an Almanac. It reads nothing yet.
func New(c Config) *Almanac {
	return &Almanac{Config: c, names: rulesFor(c.Analyzer), reading: make(chan struct{}, 1)}
}

// Refresh reads what changed of the journal, so that the next question need
// not.
func (a *Almanac) Refresh(ctx context.Context) error {
	_, err := a.current(ctx)
	return err
}

// State returns a hash of all that answers are computed from: as long as it
// is the same, so are they.
func (a *Almanac) State(ctx context.Context) ([32]byte, error) {
	j, err := a.current(ctx)
	if err != nil {
		return [32]byte{}, err
	}
	return j.state, nil
}
