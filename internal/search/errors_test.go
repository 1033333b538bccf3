package search_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"daybook"
	"daybook/internal/search"
	"daybook/internal/store"
)

var errIndex = errors.New("the index is away")

// failing is an index whose n-th call fails, counting from 0. What the caller must
// not use, such as an empty list, comes with the error.
type failing struct {
	search.Index
	left int
}

func (f *failing) fail() bool {
	f.left--
	return f.left == -1
}

func (f *failing) SearchWords(ctx context.Context, q store.WordQuery, filter store.Filter, k int) ([]store.Hit, error) {
	if f.fail() {
		return nil, errIndex
	}
	return f.Index.SearchWords(ctx, q, filter, k)
}

func (f *failing) SearchVectors(ctx context.Context, sp store.Space, v []float32, filter store.Filter, k, more int) ([]store.Hit, error) {
	if f.fail() {
		return nil, errIndex
	}
	return f.Index.SearchVectors(ctx, sp, v, filter, k, more)
}

func (f *failing) Vocabulary(ctx context.Context, public bool) (*store.Vocabulary, error) {
	if f.fail() {
		return &store.Vocabulary{}, errIndex
	}
	return f.Index.Vocabulary(ctx, public)
}

func (f *failing) Span(ctx context.Context) (daybook.DateRange, error) {
	if f.fail() {
		return daybook.DateRange{}, errIndex
	}
	return f.Index.Span(ctx)
}

func (f *failing) Entries(ctx context.Context, ids []string) ([]daybook.Entry, error) {
	if f.fail() {
		return nil, errIndex
	}
	return f.Index.Entries(ctx, ids)
}

func (f *failing) Newest(ctx context.Context, filter store.Filter, limit int) ([]daybook.Entry, error) {
	if f.fail() {
		return nil, errIndex
	}
	return f.Index.Newest(ctx, filter, limit)
}

func (f *failing) Passages(ctx context.Context, entryID string) ([]daybook.Passage, error) {
	if f.fail() {
		return nil, errIndex
	}
	return f.Index.Passages(ctx, entryID)
}

// Whichever call to the index fails, the search fails: it never returns fewer days
// than there are as if these were all.
func TestEveryErrorOfTheIndexIsReturned(t *testing.T) {
	config := dated(t, week).Config
	for _, question := range []string{
		"harbour", `"old harbour"`, `"harbour wall rain"`, "#work", "-soup", "What happened on 4 March 2024?",
		"What happened in May 2024?", "harbour in March 2024", "ferry in January 2020", "How often was I at the harbour?",
		"How often was I with Anne at the harbour?", "When did I last have soup?", "What happened the day after the ferry?",
		"What did I do last?", "Lady Anne Holm", "harbor wal",
	} {
		for n := 0; ; n++ {
			s, index := search.New(config), &failing{config.Index, n}
			s.Index = index
			q, err := s.Prepare(t.Context(), question, store.Filter{})
			if err == nil {
				_, err = s.Find(t.Context(), q, 3)
			}
			if index.left >= 0 { // there are no more calls
				if err != nil || n == 0 {
					t.Errorf("%s: %v after %d calls", question, err, n)
				}
				break
			}
			if !errors.Is(err, errIndex) {
				t.Errorf("%s: call %d fails, and the search returns %v", question, n, err)
			}
		}
	}
}

func TestErrorOfRecent(t *testing.T) {
	s := dated(t, week)
	s.Index = &failing{s.Index, 0}
	if _, err := s.Recent(t.Context(), store.Filter{}, 3); !errors.Is(err, errIndex) {
		t.Error(err)
	}
}

// A question with more operators than are read is searched with the first ones.
func TestManyOperators(t *testing.T) {
	s := dated(t, tagged)
	found := findAll(t, s, "soup"+strings.Repeat(" -nothing", 64)+" -#work", store.Filter{}, 10)
	if got := ids(found.Results); got != "mon tue" && got != "tue mon" {
		t.Errorf("the 65th operator was read: %q", got)
	}
	found = findAll(t, s, "soup"+strings.Repeat(" -nothing", 63)+" -#work", store.Filter{}, 10)
	if got := ids(found.Results); got != "mon" {
		t.Errorf("the 64th operator was not read: %q", got)
	}
}
