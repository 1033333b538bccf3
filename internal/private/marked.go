package private

import (
	"context"
	"fmt"

	"daybook"
)

// Marked only uses the marks of entries in a store. It is for callers without a
// Guard.
type Marked struct {
	Index interface {
		Entries(ctx context.Context, ids []string) ([]daybook.Entry, error)
	}
}

// Split implements Guard.Split.
func (m Marked) Split(_ context.Context, entries []daybook.Entry) (public, private []daybook.Entry, err error) {
	for _, e := range entries {
		if e.Private {
			private = append(private, e)
		} else {
			public = append(public, e)
		}
	}
	return public, private, nil
}

// Among implements Guard.Among.
func (m Marked) Among(ctx context.Context, ids []string) (map[string]bool, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	entries, err := m.Index.Entries(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("look which entries are private: %w", err)
	}
	private := map[string]bool{}
	for _, e := range entries {
		if e.Private {
			private[e.ID] = true
		}
	}
	return private, nil
}

// Quotes finds nothing.
func (m Marked) Quotes(context.Context, string) ([]string, error) { return nil, nil }

// Betrays finds nothing.
func (m Marked) Betrays(context.Context, string) ([]string, bool, error) { return nil, false, nil }

// Is finds nothing.
func (m Marked) Is(context.Context, string, string) ([]string, error) { return nil, nil }
