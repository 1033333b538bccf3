package search

import (
	"cmp"
	"context"
	"fmt"

	"daybook"
	"daybook/internal/dates"
	"daybook/internal/llm"
	"daybook/internal/store"
)

// Query is a parsed question, ready to search.
type Query struct {
	// Text is the original question. Topic is the part to search for, without
	// dates and operators.
	Text, Topic string
	// Filter applies to every result and includes the question's own tag:
	// operators.
	Filter store.Filter
	// Days are the days that the question mentions, latest first, within
	// Filter; nil if it mentions none. DaysOnly means that the question asks
	// for those days and nothing else.
	Days     []daybook.DateRange
	DaysOnly bool
	// Mentions says whether the question asks how often or when; Unasked if
	// neither.
	Mentions Aggregate
	// Phrases must occur verbatim in a passage. Entries with a term of None, a
	// phrase of NoPhrases or a tag of NoTags (or below one) are excluded.
	Phrases   [][]string
	None      []string
	NoPhrases [][]string
	NoTags    []string
	// Anchor is the event of a question in two steps; nil for any other. Topic is
	// then what the question asks about the days beside the event.
	Anchor  *Anchor
	stepped bool // the question is itself such an event
	// Fast skips the second stage, for results while somebody types.
	Fast bool
	// Rough is set for a search that only adds to another one; see Ranking.
	Rough bool
	// Space and Vector are the topic's embedding. If Vector is nil, the search
	// uses words alone.
	Space  store.Space
	Vector []float32
	// Language is the question's language; "" is the journal's.
	Language string
	// Also are other names of those that the topic names.
	Also []string
	// Notice explains a limitation of the search to the user; may be empty.
	Notice string
}

// Prepare parses a question: its dates and its operators ("a phrase", tag:word or #word, and
// each with a minus, like -word). If there is an embedding model, it embeds the rest. If
// the model fails, the returned query still works for a search by words, and
// the error says what is missing.
func (s *Searcher) Prepare(ctx context.Context, question string, filter store.Filter) (Query, error) {
	return s.prepare(ctx, question, filter, false)
}

// PrepareTyping parses a question that is still being typed, for a search by words
// alone that asks no model. Its last word may be unfinished.
func (s *Searcher) PrepareTyping(ctx context.Context, question string, filter store.Filter) (Query, error) {
	q, err := s.read(ctx, question, filter)
	q.Fast, q.Mentions, q.Notice = true, Unasked, ""
	return q, err
}

func (s *Searcher) prepare(ctx context.Context, question string, filter store.Filter, stepped bool) (Query, error) {
	q, err := s.read(ctx, question, filter)
	q.stepped = stepped
	if err == nil {
		err = s.anchor(ctx, &q)
	}
	if err == nil {
		q.Also, err = s.otherNames(ctx, q.Topic)
	}
	if err != nil || len(s.terms(q.Topic)) == 0 || q.DaysOnly {
		return q, err
	}
	m := Meaning{Embedder: s.Embedder, Model: s.Model}
	if s.Meaning != nil {
		if m, err = s.Meaning(ctx); err != nil {
			return q, fmt.Errorf("choose the embedding model: %w", err)
		}
	}
	q.Notice = cmp.Or(q.Notice, m.Notice)
	if m.Embedder == nil {
		return q, nil
	}
	out, err := m.Embedder.Embed(ctx, llm.EmbedRequest{Model: m.Model.Model, Inputs: []string{s.subject(&q)}, Purpose: llm.ForQuery, Contents: llm.Holding(nil, q.Topic)})
	if err != nil {
		return q, fmt.Errorf("embed the question: %w", err)
	}
	n := len(out.Vectors[0])
	if n == 0 {
		return q, daybook.Errorf(daybook.Upstream, "the embedding model returned no vector for the question")
	}
	if m.Dim != 0 && n != m.Dim {
		return q, daybook.Errorf(daybook.Upstream, "embedding has %d dimensions, want %d", n, m.Dim)
	}
	q.Vector = out.Vectors[0]
	q.Space = store.Space{Model: m.Model.String(), Dim: len(q.Vector)}
	return q, nil
}

// read parses a question without asking a model.
func (s *Searcher) read(ctx context.Context, question string, filter store.Filter) (Query, error) {
	q := Query{Text: question, Filter: filter, Topic: question, Language: s.languageOf(question)}
	s.operators(&q)
	if err := s.readDates(ctx, &q); err != nil {
		return q, err
	}
	narrowed := len(q.Filter.Tags) > len(filter.Tags) || q.excluding()
	if narrowed && q.Days == nil && len(s.terms(q.Topic)) == 0 {
		q.DaysOnly = true
	}
	return q, nil
}

// readDates moves the days that a question mentions from its topic to q.Days.
func (s *Searcher) readDates(ctx context.Context, q *Query) error {
	if s.Dates == nil {
		return nil
	}
	span, err := s.span(ctx, q.Filter)
	if err != nil {
		return fmt.Errorf("load the span of the journal: %w", err)
	}
	options := s.Dates()
	options.First, options.Last = span.From, span.To
	options.Language = q.Language
	asked := dates.Read(q.Topic, options)
	q.Mentions = s.phrasing(q.Language).aggregateOf(asked.Rest)
	if len(asked.Ranges) == 0 {
		return nil
	}
	q.Days = []daybook.DateRange{}
	for _, r := range asked.Ranges {
		q.Days = append(q.Days, within(daybook.DateRange(r), q.Filter.Days)...)
	}
	q.DaysOnly, q.Topic = asked.DateOnly && len(q.Phrases) == 0 && q.Mentions == Unasked, asked.Rest
	return nil
}
