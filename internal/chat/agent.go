package chat

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"slices"
	"strings"

	"daybook"
	"daybook/internal/language"
	"daybook/internal/llm"
	"daybook/internal/prompts"
	"daybook/internal/search"
	"daybook/internal/store"
)

// Limits of the searches before an answer.
const (
	maxRounds  = 5
	maxEntries = 40 // found in all rounds
	maxCalls   = 8  // per round
	maxShown   = 3  // passages of an entry that the model sees
	maxWords   = 1200
)

// patient is the retry policy of a round.
var patient = llm.RetryPolicy{Attempts: 3, Within: llm.Interactive.Within}

// Step is one search of an agent.
type Step struct {
	Round     int // from 1
	Tool      string
	Reasoning string // the model's, may be empty
	Query     string
	Found     int // entries
	New       int // of those, not found before
}

// explore lets a model search the journal with tools until it has enough, then
// answers from everything found. Without a model, or with one that cannot call
// tools, it does one search.
func (s *Service) explore(ctx context.Context, req Request, model Model, before string) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		said, err := s.history(ctx, req, model, before)
		if err != nil {
			yield(Event{}, err)
			return
		}
		x := &exploration{service: s, tools: s.tools(model), req: req, model: model, yield: yield, asked: map[string]bool{}}
		if model.Chat != nil {
			err = x.rounds(ctx, said)
		}
		if x.left {
			return
		}
		if err != nil && hopeless(ctx, err) {
			yield(Event{}, fmt.Errorf("look into the journal with %s: %w", model.Ref, err))
			return
		}
		if err != nil {
			s.Log.Warn("the model's own searches ended early", "kind", daybook.KindOf(err), "err", err)
		}
		if len(x.found.Results) == 0 && x.found.counted == nil {
			if err := x.once(ctx); err != nil || x.left {
				if err != nil {
					yield(Event{}, err)
				}
				return
			}
		}
		x.found.leave(nil, said)
		if x.found.Sources, err = s.sources(ctx, x.found.Results); err != nil {
			yield(Event{}, err)
			return
		}
		respond := s.quote
		if model.Chat != nil {
			respond = s.ask
		}
		respond(llm.WithPolicy(ctx, llm.Interactive), req, model, &x.found, said.messages)(yield)
	}
}

// hopeless reports whether an answer would fail for the same reason.
func hopeless(ctx context.Context, err error) bool {
	switch daybook.KindOf(err) {
	case daybook.RateLimited, daybook.Timeout, daybook.Unavailable:
		return true
	}
	var provider *llm.Error
	if errors.As(err, &provider) {
		switch provider.Status {
		case http.StatusUnauthorized, http.StatusPaymentRequired, http.StatusForbidden:
			return true
		}
		return provider.Status >= http.StatusInternalServerError
	}
	return ctx.Err() != nil
}

// exploration is the state of the searches for one question.
type exploration struct {
	service *Service
	tools   []tool
	req     Request
	model   Model
	yield   func(Event, error) bool
	left    bool // the client has left
	found   Found
	asked   map[string]bool // past searches, by tool and arguments
}

// rounds lets the model call tools for a few rounds. It returns nil when the model
// has enough or a limit is reached.
func (x *exploration) rounds(ctx context.Context, said *conversation) error {
	request, err := x.request(ctx, said)
	if err != nil {
		return err
	}
	for round := 1; round <= maxRounds; round++ {
		// Don't wait long for a round: a single search gives a fair answer too.
		ctx := llm.WithPolicy(ctx, patient)
		request.Contents = llm.Holding(slices.Concat(said.rests, x.found.rests()), x.req.Query)
		said, calls, err := turn(ctx, x.model.Chat, request)
		if err != nil || len(calls) == 0 {
			return err
		}
		results, fresh, err := x.answer(ctx, round, said, calls)
		if err != nil || x.left || !fresh || len(x.found.Results) >= maxEntries {
			return err
		}
		request.Messages = append(request.Messages,
			llm.Message{Role: llm.Assistant, Text: said, Calls: calls}, llm.Message{Role: llm.User, Results: results})
		if !x.fits(request) {
			return nil
		}
	}
	return nil
}

// fits reports whether another round fits into the model's context window.
func (x *exploration) fits(request llm.Request) bool {
	room := x.model.Window - x.model.Output - llm.CountTokens(request.System) - llm.CountTools(request.Tools)
	for _, m := range request.Messages {
		room -= llm.CountMessage(request.Model, m)
	}
	return room > 0
}

func (x *exploration) request(ctx context.Context, said *conversation) (llm.Request, error) {
	about := prompts.Agent{Today: x.service.Now().Format("Monday, 2 January 2006"), Rounds: maxRounds}
	span, err := x.service.Searcher.PublicSpan(ctx)
	if err != nil {
		return llm.Request{}, err
	}
	if !span.From.IsZero() {
		about.First, about.Last = span.From.String(), span.To.String()
	}
	system, err := x.service.Prompts.Agent(about)
	if err != nil {
		return llm.Request{}, err
	}
	request := llm.Request{
		Model: x.model.Ref.Model, System: system, MaxOutputTokens: x.model.Limit, LikelyOutput: x.model.Output,
		Messages: append(slices.Clip(said.messages), llm.Message{Role: llm.User, Text: "<QUERY>" + x.req.Query + "</QUERY>"}),
	}
	for _, t := range x.tools {
		request.Tools = append(request.Tools, t.Tool)
	}
	return request, nil
}

// turn is a reply of the model: its text and its calls.
func turn(ctx context.Context, model llm.ChatModel, request llm.Request) (said string, calls []llm.ToolCall, err error) {
	var text strings.Builder
	for chunk, err := range model.Stream(ctx, request) {
		if err != nil {
			return "", nil, err
		}
		if text.Len() < maxWords*8 {
			text.WriteString(chunk.Text)
		}
		if chunk.Call != nil {
			calls = append(calls, *chunk.Call)
		}
	}
	said = llm.WithoutThinking(text.String())
	if len(calls) == 0 {
		if calls = llm.CallsIn(said, request.Tools); len(calls) > 0 {
			said = ""
		}
	}
	return said, calls, nil
}

// answer executes the calls of a round and reports each as a Step. Fresh is true if
// another round may find more: a call was new, or wrong and can be corrected.
func (x *exploration) answer(ctx context.Context, round int, said string, calls []llm.ToolCall) (results []llm.ToolResult, fresh bool, err error) {
	for i, call := range calls {
		result := llm.ToolResult{CallID: call.ID, Name: call.Name}
		t, args, mistake := x.understand(call)
		if i >= maxCalls {
			mistake = fmt.Sprintf("Too many calls at once: only the first %d were made.", maxCalls)
		}
		switch {
		case mistake != "":
			result.Content, result.Failed, fresh = mistake, true, true
		case x.repeats(t, args):
			result.Content = "This was asked before; see the answer above."
		default:
			fresh = true
			if args.Reasoning == "" {
				args.Reasoning = strings.TrimSpace(said)
			}
			if err := x.look(ctx, round, t, args, &result); err != nil || x.left {
				return nil, false, err
			}
		}
		results = append(results, result)
	}
	return results, fresh, nil
}

// understand returns the tool and arguments of a call, or a mistake to report to
// the model.
func (x *exploration) understand(call llm.ToolCall) (t tool, args arguments, mistake string) {
	t, ok := x.tool(call.Name)
	if ok && call.Invalid != "" {
		return tool{}, args, call.Invalid
	}
	if !ok {
		return tool{}, args, "Unknown tool. The tools are: " + x.names() + "."
	}
	if llm.DecodeArguments(call.Arguments, &args) != nil {
		return tool{}, args, "The arguments do not match the tool's schema."
	}
	return t, args, ""
}

// names lists the tools.
func (x *exploration) names() string {
	var names []string
	for _, t := range x.tools {
		names = append(names, t.Name)
	}
	return strings.Join(names, ", ")
}

func (x *exploration) tool(name string) (tool, bool) {
	i := slices.IndexFunc(x.tools, func(t tool) bool { return t.Name == name })
	if i < 0 {
		return tool{}, false
	}
	return x.tools[i], true
}

// repeats reports whether a search was done before, and records it.
func (x *exploration) repeats(t tool, args arguments) bool {
	args.Reasoning = ""
	args.Query = strings.ToLower(strings.Join(strings.Fields(args.Query), " "))
	key := fmt.Sprintf("%s %+v", t.Name, args)
	before := x.asked[key]
	x.asked[key] = true
	return before
}

// look does one search and adds what it finds.
func (x *exploration) look(ctx context.Context, round int, t tool, args arguments, result *llm.ToolResult) error {
	found, err := t.look(ctx, args, min(max(x.req.TopK, 1), 10))
	var mistake *argumentError
	if errors.As(err, &mistake) {
		result.Content, result.Failed = mistake.what, true
		return nil
	}
	if err != nil {
		return err
	}
	step := Step{Round: round, Tool: t.Name, Reasoning: args.Reasoning, Query: t.subject(args), Found: len(found.Results), New: x.add(found.Found)}
	x.found.leave(found.leftOut, nil)
	result.Content, err = x.describe(ctx, &found.Found, t.Name == "open_day")
	if err != nil {
		return err
	}
	x.left = !x.yield(Event{Step: &step}, nil)
	return nil
}

// add adds the results of a search, and returns how many are new.
func (x *exploration) add(found search.Found) int {
	x.found.Intent = IntentVector
	fresh := 0
	for _, r := range found.Results {
		x.found.also = append(x.found.also, r.Entry.ID) // the model sees all of them
		known := slices.ContainsFunc(x.found.Results, func(k search.Result) bool { return k.Entry.ID == r.Entry.ID })
		if !known && len(x.found.Results) < maxEntries {
			x.found.Results = append(x.found.Results, r)
			fresh++
		}
	}
	if found.Mentions != nil {
		x.found.Mentions = found.Mentions
		x.found.counted = append(x.found.counted, found.Mentions)
	}
	if x.found.marks == nil {
		x.found.marks = found.Marks
	}
	return fresh
}

// describe writes the results of a search for the model: the passages found, or
// everything of a day.
func (x *exploration) describe(ctx context.Context, found *search.Found, whole bool) (string, error) {
	var b strings.Builder
	if found.Mentions != nil {
		b.WriteString(search.Tally(found.Mentions, language.Of(language.English), daybook.Date.String, 60) + "\n")
	}
	for i := range found.Results {
		r := &found.Results[i]
		openEntry(&b, Source{Entry: &r.Entry, Title: r.Entry.Title})
		if whole {
			b.WriteString(tame(firstWords(r.Entry.Text, maxWords)) + "\n")
		} else {
			shown, err := x.service.Searcher.Show(ctx, found, r, maxShown)
			if err != nil {
				return "", err
			}
			for _, p := range shown {
				b.WriteString(tame(p.Passage.Text) + "\n")
			}
		}
		b.WriteString("</ENTRY>\n")
	}
	for _, notice := range found.Notices {
		b.WriteString(notice + "\n")
	}
	if b.Len() == 0 {
		return "Nothing was found.", nil
	}
	return b.String(), nil
}

// firstWords returns the first n words of a text.
func firstWords(text string, n int) string {
	words := 0
	for i, r := range text {
		if r == ' ' || r == '\n' {
			if words++; words == n {
				return text[:i] + " …"
			}
		}
	}
	return text
}

// once does a single search in place of all rounds.
func (x *exploration) once(ctx context.Context) error {
	q, missing := x.service.Searcher.Prepare(ctx, x.req.Query, store.Filter{Public: x.req.Outside})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	intent := intentByRules(x.req.Query)
	if intent == IntentNone {
		intent = IntentVector
	}
	found, err := x.service.retrieve(ctx, intent, q, x.req.TopK, x.model, &rewriting{})
	if err != nil {
		return err
	}
	if missing != nil {
		found.Notices = append(found.Notices, search.WithoutEmbedding)
	}
	found.leave(keys(x.found.leftOut), nil)
	x.found = *found
	step := Step{Round: 1, Tool: "search", Query: x.req.Query, Found: len(found.Results), New: len(found.Results)}
	x.left = !x.yield(Event{Step: &step}, nil)
	return nil
}
