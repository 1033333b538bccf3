package search_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"

	"daybook"
	"daybook/internal/llm"
	"daybook/internal/search"
	"daybook/internal/store"
)

var errIndex = errors.New("the index is away")

// failing is what a search depends on: an index, aliases, an embedding model and a
// second stage. The n-th call to it fails, counting from 0. What the caller must not
// use, such as an empty list, comes with the error.
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

func (f *failing) Aliases(context.Context) ([][]string, error) {
	if f.fail() {
		return nil, errIndex
	}
	return [][]string{{"Grandma", "Ursula"}, {"Robert Holm", "the old captain"}}, nil
}

func (f *failing) Embed(context.Context, llm.EmbedRequest) (llm.Embeddings, error) {
	if f.fail() {
		return llm.Embeddings{}, errIndex
	}
	return llm.Embeddings{Vectors: [][]float32{at(10)}}, nil
}

func (*failing) Depth() int { return 100 }

func (f *failing) Rerank(context.Context, search.Ranking) (search.Ranked, error) {
	if f.fail() {
		return search.Ranked{Done: true}, errIndex
	}
	return search.Ranked{Done: true}, nil
}

// choose chooses the embedding model.
func (f *failing) choose(context.Context) (search.Meaning, error) {
	if f.fail() {
		return search.Meaning{}, errIndex
	}
	return search.Meaning{Embedder: f}, nil
}

// failAt calls do with a searcher whose n-th call to what it depends on fails, for each
// n until do makes no further calls.
func failAt(t *testing.T, s *search.Searcher, what string, do func() error) {
	t.Helper()
	index := s.Index
	defer func() { s.Index = index }()
	for n := 0; ; n++ {
		f := &failing{index, n}
		s.Index, s.People, s.Reranker, s.Meaning = f, f, f, f.choose
		err := do()
		if f.left >= 0 { // there are no more calls
			if err != nil || n == 0 {
				t.Errorf("%s: %v after %d calls", what, err, n)
			}
			return
		}
		if !errors.Is(err, errIndex) {
			t.Errorf("%s: call %d fails, and the result is %v", what, n, err)
		}
	}
}

// Whichever call fails, the search fails: it never returns fewer days than there are
// as if these were all.
func TestEveryErrorIsReturned(t *testing.T) {
	notes := maps.Clone(week)
	for i, text := range many {
		notes[fmt.Sprint(i)] = note{day: day(2024, 1, i+1), lines: text}
	}
	s := dated(t, notes)
	public := store.Filter{Public: true}
	for _, c := range []struct {
		question string
		filter   store.Filter
	}{
		{"harbour", public},
		{`"old harbour"`, store.Filter{}},
		{`"harbour wall rain"`, store.Filter{}},
		{"#work", store.Filter{}},
		{"-soup", store.Filter{}},
		{"What happened on 4 March 2024?", public},
		{"What happened in May 2024?", store.Filter{}},
		{"harbour in March 2024", store.Filter{}},
		{"ferry in January 2020", store.Filter{}},
		{"How often was I with Anne at the harbour?", store.Filter{}},
		{"When did I last have soup?", store.Filter{}},
		{"What happened the day after the ferry?", store.Filter{}},
		{"harbor wal with Grandma", store.Filter{}},
		{"How often did I mention Grandma?", store.Filter{}},
		{"How often did I mention Parmesan?", store.Filter{}},
		{"How often did I mention email?", store.Filter{}},
		{"How often did I mention surgeons?", store.Filter{}},
		{"How often did I mention uncle Robert?", store.Filter{}},
		{"How often did I mention Ursula Anne?", store.Filter{}},
		{"How often did I mention Will Howe?", store.Filter{}},
	} {
		failAt(t, s, c.question, func() error {
			q, err := s.Prepare(t.Context(), c.question, c.filter)
			if err == nil {
				_, err = s.Find(t.Context(), q, 3)
			}
			return err
		})
	}
}

func TestEveryErrorOfShowingIsReturned(t *testing.T) {
	s := dated(t, week)
	rain := findAll(t, s, "rain", store.Filter{}, 1)
	for what, do := range map[string]func() error{
		"recent": func() error { _, err := s.Recent(t.Context(), store.Filter{}, 3); return err },
		"show":   func() error { _, err := s.Show(t.Context(), &rain, &rain.Results[0], 3); return err },
		"span":   func() error { _, err := s.PublicSpan(t.Context()); return err },
		"typing": func() error { _, err := s.PrepareTyping(t.Context(), "rain", store.Filter{}); return err },
	} {
		failAt(t, s, what, do)
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
