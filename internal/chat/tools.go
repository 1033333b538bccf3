package chat

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"daybook"
	"daybook/internal/llm"
	"daybook/internal/search"
	"daybook/internal/store"
)

// tool is a search that a model may call.
type tool struct {
	llm.Tool
	look func(ctx context.Context, a arguments, k int) (looked, error)
	// subject describes the arguments in a Step.
	subject func(a arguments) string
}

// arguments are the arguments of all tools. Days are YYYY-MM-DD or "".
type arguments struct {
	Reasoning string `json:"reasoning" llm:"optional"`
	Query     string `json:"query" llm:"optional"`
	From      string `json:"from" llm:"optional"`
	To        string `json:"to" llm:"optional"`
	Date      string `json:"date" llm:"optional"`
	Asked     string `json:"asked" llm:"optional"`
	Count     int    `json:"count" llm:"optional"`
}

const (
	reasoningArg = `"reasoning":{"type":"string","description":"In one sentence, what you want to find out"}`
	fromArg      = `"from":{"type":"string","description":"First day, YYYY-MM-DD, or empty for the journal's beginning"}`
	toArg        = `"to":{"type":"string","description":"Last day, YYYY-MM-DD, or empty for the journal's end"}`
)

// object returns the JSON Schema of an object with these properties.
func object(required string, properties ...string) json.RawMessage {
	return json.RawMessage(`{"type":"object","properties":{` + strings.Join(properties, ",") + `},"required":` + required + `,"additionalProperties":false}`)
}

// tools lists the tools with their descriptions for the model.
func (s *Service) tools(model Model) []tool {
	l := looker{s, model}
	return []tool{
		{llm.Tool{
			Name:        "search",
			Description: "Find the entries that words or a question are about, by their words and by their meaning. Returns the best passages.",
			Schema: object(`["reasoning","query","from","to"]`, reasoningArg,
				`"query":{"type":"string","description":"What to look for; \"a phrase\" in quotes must stand there word for word"}`, fromArg, toArg),
		}, l.lookFor, func(a arguments) string { return a.Query }},
		{llm.Tool{
			Name:        "read_days",
			Description: "Read the entries of a stretch of days; of many days some, spread evenly over them.",
			Schema:      object(`["reasoning","from","to"]`, reasoningArg, fromArg, toArg),
		}, l.lookAtDays, func(a arguments) string { return a.From + " – " + a.To }},
		{llm.Tool{
			Name:        "recent_days",
			Description: "Read the newest entries.",
			Schema:      object(`["reasoning","count"]`, reasoningArg, `"count":{"type":"integer","description":"How many, 1 to 10"}`),
		}, l.lookAtRecent, func(a arguments) string { return fmt.Sprintf("the newest %d days", a.Count) }},
		{llm.Tool{
			Name:        "open_day",
			Description: "Read everything that was written for one day.",
			Schema:      object(`["reasoning","date"]`, reasoningArg, `"date":{"type":"string","description":"The day, YYYY-MM-DD"}`),
		}, l.lookAtDay, func(a arguments) string { return a.Date }},
		{llm.Tool{
			Name: "count_mentions",
			Description: "Count exactly, over all days of the journal, on which days a word or a name is mentioned, and which was the first and the last. " +
				"At most two words or names, which must stand together.",
			Schema: object(`["reasoning","query","asked","from","to"]`, reasoningArg,
				`"query":{"type":"string","description":"The word or the name"}`,
				`"asked":{"type":"string","enum":["count","first","last"],"description":"What the question wants to know"}`, fromArg, toArg),
		}, l.lookAtMentions, func(a arguments) string { return a.Query }},
	}
}

// argumentError is a mistake of the model, reported to it.
type argumentError struct{ what string }

func (e *argumentError) Error() string { return e.what }

// days parses the days of a search.
func (a arguments) days() ([]daybook.DateRange, error) {
	var r daybook.DateRange
	for _, end := range []struct {
		name, text string
		day        *daybook.Date
	}{{"from", a.From, &r.From}, {"to", a.To, &r.To}} {
		if end.text == "" {
			continue
		}
		d, err := daybook.ParseDate(end.text)
		if err != nil {
			return nil, &argumentError{end.name + " must be an existing day, YYYY-MM-DD, or empty"}
		}
		*end.day = d
	}
	if a.From == "" && a.To == "" {
		return nil, nil
	}
	if a.From != "" && a.To != "" && r.To.Compare(r.From) < 0 {
		return nil, &argumentError{"to is before from"}
	}
	return []daybook.DateRange{r}, nil
}

// looker executes the searches of a model.
type looker struct {
	*Service
	model Model
}

func (s looker) lookFor(ctx context.Context, a arguments, k int) (looked, error) {
	days, err := a.days()
	if err == nil && strings.TrimSpace(a.Query) == "" {
		err = &argumentError{"query is empty"}
	}
	if err != nil {
		return looked{}, err
	}
	q, missing := s.Searcher.Prepare(ctx, a.Query, store.Filter{Days: days, Public: s.model.outside})
	if ctx.Err() != nil {
		return looked{}, ctx.Err()
	}
	found, err := s.search(ctx, q, k, s.model)
	if missing != nil {
		found.Notices = append(found.Notices, search.WithoutEmbedding)
	}
	return found, err
}

func (s looker) lookAtDays(ctx context.Context, a arguments, k int) (looked, error) {
	days, err := a.days()
	if err != nil {
		return looked{}, err
	}
	if days == nil {
		days = []daybook.DateRange{{}}
	}
	return s.search(ctx, search.Query{Days: days, DaysOnly: true}, k, s.model)
}

func (s looker) lookAtDay(ctx context.Context, a arguments, k int) (looked, error) {
	d, err := daybook.ParseDate(a.Date)
	if err != nil {
		return looked{}, &argumentError{"date must be an existing day, YYYY-MM-DD"}
	}
	return s.search(ctx, search.Query{Days: []daybook.DateRange{{From: d, To: d}}, DaysOnly: true}, k, s.model)
}

func (s looker) lookAtRecent(ctx context.Context, a arguments, _ int) (looked, error) {
	return s.recent(ctx, min(max(a.Count, 1), 10), s.model)
}

func (s looker) lookAtMentions(ctx context.Context, a arguments, _ int) (looked, error) {
	days, err := a.days()
	if err != nil {
		return looked{}, err
	}
	asked := search.Aggregate(a.Asked)
	if asked != search.First && asked != search.Last {
		asked = search.Count
	}
	const shown = 3 // entries: the answer is the count
	// With a word before it, a capitalized word is a name, not the start of a sentence.
	q := search.Query{Topic: "mention " + a.Query, Mentions: asked, Filter: store.Filter{Days: days}}
	found, err := s.search(ctx, q, shown, s.model)
	if err == nil && found.Mentions == nil {
		err = &argumentError{"query must be one or two words or names; use search for anything longer"}
	}
	return found, err
}
