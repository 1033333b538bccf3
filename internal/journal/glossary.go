package journal

import (
	"context"
	"path/filepath"
	"sync"
	"time"

	"daybook"
	"daybook/internal/glossary"
	"daybook/internal/prompts"
)

// newGlossary returns the glossary, which is kept in the data folder.
func (j *Journal) newGlossary() *glossary.Glossary {
	return glossary.New(glossary.Config{
		Path: filepath.Join(filepath.Dir(j.Settings.Database()), "glossary.json"), Now: j.Now, Public: j.publicEntries,
	})
}

// publicEntries returns the entries that exist and are not private.
func (j *Journal) publicEntries(ctx context.Context, ids []string) (map[string]bool, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	public, err := j.publicAmong(ctx, ids)
	if err != nil {
		return nil, err
	}
	out := make(map[string]bool, len(public))
	for _, e := range public {
		out[e.ID] = true
	}
	return out, nil
}

// publicAmong loads the entries that exist and are not private.
func (j *Journal) publicAmong(ctx context.Context, ids []string) ([]daybook.Entry, error) {
	entries, err := j.Store.Entries(ctx, ids)
	if err != nil {
		return nil, err
	}
	public, _, err := j.Guard.Split(ctx, entries)
	return public, err
}

// learn adds the words that were corrected to the glossary. The correction is
// saved already, so a failure is only logged.
func (j *Journal) learn(ctx context.Context, entry, before, after string) {
	if err := j.Glossary.Learn(ctx, entry, before, after); err != nil {
		j.Log.Warn("learn from a correction", "kind", daybook.KindOf(err), "err", err)
	}
}

// hintsAge is how long the names and tags of the journal are used as hints for
// pages that come one by one: counting them reads every entry.
const hintsAge = time.Minute

// recentHints returns a function that returns hints. Their names and tags may be a
// minute old; the glossary's words are current.
func (j *Journal) recentHints() func(context.Context) (prompts.Transcribe, error) {
	var mu sync.Mutex
	var last prompts.Transcribe
	var made time.Time
	return func(ctx context.Context) (hints prompts.Transcribe, err error) {
		mu.Lock()
		defer mu.Unlock()
		if age := j.Now().Sub(made); made.IsZero() || age < 0 || age > hintsAge {
			if last, err = j.hints(ctx); err != nil {
				return last, err
			}
			made = j.Now()
			return last, nil
		}
		hints = last
		hints.Corrected, err = j.Glossary.Hints(ctx)
		return hints, err
	}
}
