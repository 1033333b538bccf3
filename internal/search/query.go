package search

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"daybook"
	"daybook/internal/dates"
	"daybook/internal/language"
	"daybook/internal/llm"
	"daybook/internal/store"
	"daybook/internal/text"
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
	// Space and Vector are the topic's embedding. If Vector is nil, the search
	// uses words alone.
	Space  store.Space
	Vector []float32
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

func (s *Searcher) prepare(ctx context.Context, question string, filter store.Filter, stepped bool) (Query, error) {
	q, err := s.read(ctx, question, filter)
	q.stepped = stepped
	if err == nil {
		err = s.anchor(ctx, &q)
	}
	if err != nil || strings.TrimSpace(q.Topic) == "" || q.DaysOnly {
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
	out, err := m.Embedder.Embed(ctx, llm.EmbedRequest{Model: m.Model.Model, Inputs: []string{s.subject(q.Topic)}, Purpose: llm.ForQuery, Contents: llm.Holding(nil, q.Topic)})
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
	q := Query{Text: question, Filter: filter, Topic: question}
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
	span, err := s.Index.Span(ctx)
	if err != nil {
		return fmt.Errorf("load the span of the journal: %w", err)
	}
	options := s.Dates()
	options.First, options.Last = span.From, span.To
	asked := dates.Read(q.Topic, options)
	q.Mentions = s.aggregateOf(asked.Rest)
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

// asking matches the beginnings of English questions. The embedding of the rest
// is closer to a diary, which contains statements, not questions.
var asking = regexp.MustCompile(`(?i)^\s*(when|what|which|how|who|whom|where|why|(on |in )?(which|what) (day|days|year|month|entry)|tell me about( the (day|time))?|describe)\b` +
	`( (did|do|does|was|were|could|had|have|is|are|will|would)\b)?( (i|we|my|people)\b)?`)

// subject returns a topic without its question words, or the whole topic if
// nothing else is left.
func (s *Searcher) subject(topic string) string {
	asked := asking
	if own := s.phrasing.asking; own != nil && own.MatchString(topic) {
		asked = own
	}
	if rest := strings.TrimSpace(asked.ReplaceAllString(topic, "")); strings.Trim(rest, " ?!.,") != "" {
		return rest
	}
	return topic
}

// scaffold are English words that phrase a question rather than name its
// subject. They are searched for with a low weight.
const scaffold = `first last time times ever often many much mention mentioned mentions write wrote written
	happen happened day days tell describe remember recall note notes entry entries journal diary kind sort thing things`

// phrasing is how questions are phrased, in the journal's language and in
// English.
type phrasing struct {
	aggregates      []aggregate
	asking          *regexp.Regexp  // nil in English
	scaffold, verbs map[string]bool // terms
}

func phrasingOf(a *text.Analyzer) phrasing {
	l := language.Of(a.Language())
	p := phrasing{asking: l.Asking, scaffold: termSet(a, l.Phrasing), verbs: termSet(a, l.Verbs)}
	p.aggregates = slices.Concat([]aggregate{{Count, l.Count}, {First, l.First}, {Last, l.Last}}, aggregates)
	english, err := text.New("english")
	if err != nil {
		panic(err) // the language is a constant
	}
	maps.Copy(p.scaffold, termSet(english, scaffold))
	maps.Copy(p.verbs, termSet(english, lightVerbs))
	return p
}

func termSet(a *text.Analyzer, words string) map[string]bool {
	set := map[string]bool{}
	for _, t := range a.Tokens(words) {
		set[t.Term] = true
	}
	return set
}

// scaffoldWeight is the weight of such a word; other words have 1.
const scaffoldWeight = 0.25

// words turns a topic into a query of its content words, or of all words if it
// has no others.
func (s *Searcher) words(topic string) store.WordQuery {
	q := store.WordQuery{Weights: map[string]float64{}}
	var all []string
	for _, t := range s.Analyzer.Tokens(topic) {
		if slices.Contains(all, t.Term) {
			continue
		}
		if all = append(all, t.Term); len(all) == maxTerms {
			break
		}
		if !s.Analyzer.Stop(t.Term) {
			q.Any = append(q.Any, t.Term)
			if s.phrasing.scaffold[t.Term] {
				q.Weights[t.Term] = scaffoldWeight
			}
		}
	}
	if len(q.Any) == 0 {
		q.Any = all
	}
	return q
}
