package search

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"daybook"
	"daybook/internal/dates"
	"daybook/internal/llm"
	"daybook/internal/store"
	"daybook/internal/text"
)

// Query is a question as it was understood, ready for searching.
type Query struct {
	// Text is the question as it was asked. Topic is what of it is searched
	// for: without the words for days and without operators.
	Text, Topic string
	// Filter holds for every result; the question's own tag: words are in it.
	Filter store.Filter
	// Days are the days that the question speaks of, latest first, as far as
	// Filter lets them in; nil where it speaks of none. DaysOnly says that it asks for nothing but those days.
	Days     []daybook.DateRange
	DaysOnly bool
	// Mentions is how often or when the question asks for, Unasked for none.
	Mentions Aggregate
	// Phrases must stand in a passage word for word; no entry found has a term
	// of None.
	Phrases [][]string
	None    []string
	// Space and Vector are the topic's embedding; Vector is nil where there
	// is none, and the search is by words alone.
	Space  store.Space
	Vector []float32
	// Notice is what the reader should know of how it will be searched, "" for
	// nothing.
	Notice string
}

// Limits on what one question may ask for.
const (
	maxPhrases = 8
	maxTerms   = 64
)

var (
	quoted   = regexp.MustCompile(`"([^"]+)"|“([^”]+)”`)
	tagged   = regexp.MustCompile(`(?i)(^|\s)(?:tag:#?|#)([\pL\pN_/-]+)`)
	excluded = regexp.MustCompile(`(^|\s)-([\pL\pN][\pL\pN'’]*)`)
)

// Prepare makes a question ready: it reads the days and the operators that it
// has ("a phrase", -word, tag:word or #word), and asks the embedding model,
// where there is one, for the vector of the rest. When the model fails the
// query returned is good for a search by words, and the error says what is
// missing from it.
func (s *Searcher) Prepare(ctx context.Context, question string, filter store.Filter) (Query, error) {
	q, err := s.read(ctx, question, filter)
	if err != nil || strings.TrimSpace(q.Topic) == "" || q.DaysOnly {
		return q, err
	}
	m := Meaning{Embedder: s.Embedder, Model: s.Model}
	if s.Meaning != nil {
		if m, err = s.Meaning(ctx); err != nil {
			return q, fmt.Errorf("learn whose vectors serve: %w", err)
		}
	}
	if q.Notice = m.Notice; m.Embedder == nil {
		return q, nil
	}
	out, err := m.Embedder.Embed(ctx, llm.EmbedRequest{Model: m.Model.Model, Inputs: []string{subject(q.Topic)}, Purpose: llm.ForQuery, Contents: llm.Holding(nil, q.Topic)})
	if err != nil {
		return q, fmt.Errorf("embed the question: %w", err)
	}
	n := len(out.Vectors[0])
	if n == 0 {
		return q, daybook.Errorf(daybook.Upstream, "the embedding model gave no vector for the question")
	}
	if m.Dim != 0 && n != m.Dim {
		return q, daybook.Errorf(daybook.Upstream, "the embedding model gave a vector of %d numbers where those kept have %d", n, m.Dim)
	}
	q.Vector = out.Vectors[0]
	q.Space = store.Space{Model: m.Model.String(), Dim: len(q.Vector)}
	return q, nil
}

// read understands a question without asking any model.
func (s *Searcher) read(ctx context.Context, question string, filter store.Filter) (Query, error) {
	q := Query{Text: question, Filter: filter, Topic: question}
	s.operators(&q)
	if s.Dates == nil {
		return q, nil
	}
	span, err := s.Index.Span(ctx)
	if err != nil {
		return q, fmt.Errorf("learn which days the journal has: %w", err)
	}
	options := s.Dates()
	options.First, options.Last = span.From, span.To
	asked := dates.Read(q.Topic, options)
	q.Mentions = aggregateOf(asked.Rest)
	if len(asked.Ranges) > 0 {
		q.Days = []daybook.DateRange{}
		for _, r := range asked.Ranges {
			q.Days = append(q.Days, within(daybook.DateRange(r), filter.Days)...)
		}
		q.DaysOnly, q.Topic = asked.DateOnly && len(q.Phrases) == 0 && q.Mentions == Unasked, asked.Rest
	}
	return q, nil
}

// operators takes phrases, excluded words and tags out of a question's topic.
// The words of a phrase stay: they tell what it is about.
func (s *Searcher) operators(q *Query) {
	for _, m := range quoted.FindAllStringSubmatch(q.Topic, maxPhrases) {
		var phrase []string
		for _, t := range s.Analyzer.Tokens(m[1] + m[2]) {
			phrase = append(phrase, t.Term)
		}
		if len(phrase) > 0 {
			q.Phrases = append(q.Phrases, phrase)
		}
	}
	for _, m := range excluded.FindAllStringSubmatch(q.Topic, maxTerms) {
		for _, t := range s.Analyzer.Tokens(m[2]) {
			q.None = append(q.None, t.Term)
		}
	}
	for _, m := range tagged.FindAllStringSubmatch(q.Topic, maxTerms) {
		q.Filter.Tags = append(slices.Clip(q.Filter.Tags), "#"+m[2])
	}
	q.Topic = excluded.ReplaceAllString(tagged.ReplaceAllString(q.Topic, " "), " ")
}

// asking is how English questions begin. An embedding of the rest is nearer to
// a diary, which tells and does not ask.
var asking = regexp.MustCompile(`(?i)^\s*(when|what|which|how|who|whom|where|why|(on |in )?(which|what) (day|days|year|month|entry)|tell me about( the (day|time))?|describe)\b` +
	`( (did|do|does|was|were|could|had|have|is|are|will|would)\b)?( (i|we|my|people)\b)?`)

// subject returns what is left of a topic without the words of asking, or the
// topic when that is nothing.
func subject(topic string) string {
	if rest := strings.TrimSpace(asking.ReplaceAllString(topic, "")); strings.Trim(rest, " ?!.,") != "" {
		return rest
	}
	return topic
}

// scaffold are English words by which a question is asked rather than what it
// is about, stemmed; they are searched for, but count for little.
var scaffold = func() map[string]bool {
	english, err := text.New("english")
	if err != nil {
		panic(err) // the language is a constant
	}
	words := map[string]bool{}
	for _, t := range english.Tokens(`first last time times ever often many much mention mentioned mentions write wrote written
		happen happened day days tell describe remember recall note notes entry entries journal diary kind sort thing things`) {
		words[t.Term] = true
	}
	return words
}()

// scaffoldWeight is what such a word counts for beside one that tells.
const scaffoldWeight = 0.25

// words turns a topic into a query by its telling words; by all of them when
// it has no other.
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
			if scaffold[t.Term] {
				q.Weights[t.Term] = scaffoldWeight
			}
		}
	}
	if len(q.Any) == 0 {
		q.Any = all
	}
	return q
}
