package chat_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"daybook"
	"daybook/internal/chat"
	"daybook/internal/llm"
	"daybook/internal/llm/llmtest"
)

// looks plays a model that makes the calls of one round after the other, and
// then answers.
func looks(answer string, rounds ...[]llm.ToolCall) func(llmtest.Request) llmtest.Script {
	return func(r llmtest.Request) llmtest.Script {
		if len(r.Tools) == 0 {
			return llmtest.Reply(answer)(r)
		}
		done := 0
		for _, m := range r.Messages {
			if len(m.Results) > 0 {
				done++
			}
		}
		if done < len(rounds) {
			return llmtest.Script{Deltas: []string{" Let me see. "}, Calls: rounds[done]}
		}
		return llmtest.Script{Deltas: []string{"DONE"}}
	}
}

// call returns a call of a tool; pairs are its arguments.
func call(tool string, pairs ...any) llm.ToolCall {
	args := map[string]any{"reasoning": "", "query": "", "from": "", "to": ""}
	for i := 0; i < len(pairs); i += 2 {
		args[pairs[i].(string)] = pairs[i+1]
	}
	data, err := json.Marshal(args)
	if err != nil {
		panic(err)
	}
	return llm.ToolCall{ID: fmt.Sprintf("%s-%d", tool, len(data)), Name: tool, Arguments: data}
}

// explore asks an agent and returns its steps.
func (f *fixture) explore(query string) (steps []chat.Step, found chat.Found, done chat.Done, err error) {
	f.t.Helper()
	for e, failed := range f.Answer(f.t.Context(), chat.Request{Query: query, Provider: "openai", Model: "m", Agent: true}) {
		switch {
		case failed != nil:
			return steps, found, done, failed
		case e.Step != nil:
			steps = append(steps, *e.Step)
		case e.Found != nil:
			found = *e.Found
		case e.Done != nil:
			done = *e.Done
		}
	}
	return steps, found, done, nil
}

// results returns what the model was told of its calls in a round.
func (f *fixture) results(round int) []llm.ToolResult {
	f.t.Helper()
	r := f.fake.Requests()[round]
	return r.Messages[len(r.Messages)-1].Results
}

func TestAgentSearchesAndAnswers(t *testing.T) {
	f := newFixture(t, looks("You swam [1] and read [2].",
		[]llm.ToolCall{call("search", "query", "lake", "reasoning", "To see the lake."), call("search", "query", "bees", "from", "2024-01-03")},
		[]llm.ToolCall{call("open_day", "date", "2024-01-02"), call("read_days", "to", "2024-01-02"), call("recent_days", "count", 1),
			call("count_mentions", "query", "bees", "asked", "first")},
	))
	steps, found, done, err := f.explore("What did I do?")
	want := []chat.Step{
		{Round: 1, Tool: "search", Reasoning: "To see the lake.", Query: "lake", Found: 1, New: 1},
		{Round: 1, Tool: "search", Reasoning: "Let me see.", Query: "bees", Found: 1, New: 1},
		{Round: 2, Tool: "open_day", Reasoning: "Let me see.", Query: "2024-01-02", Found: 1, New: 1},
		{Round: 2, Tool: "read_days", Reasoning: "Let me see.", Query: " – 2024-01-02", Found: 2, New: 0},
		{Round: 2, Tool: "recent_days", Reasoning: "Let me see.", Query: "the newest 1 days", Found: 1, New: 0},
		{Round: 2, Tool: "count_mentions", Reasoning: "Let me see.", Query: "bees", Found: 2, New: 0},
	}
	if err != nil || !slices.Equal(steps, want) {
		t.Errorf("steps %+v, %v", steps, err)
	}
	if len(found.Results) != 3 || found.Mentions == nil || found.Intent != chat.IntentVector || len(found.Rests) != 3 || done.Text != "You swam [1] and read [2]." {
		t.Errorf("found %+v, answered %+v", found, done)
	}
	told := f.results(1)
	if !strings.Contains(told[0].Content, "Swam in the lake") || !strings.Contains(told[0].Content, `<ENTRY date="2024-01-01"`) || strings.Contains(told[1].Content, "Oda") || told[0].Failed {
		t.Errorf("told of the first round: %+v", told)
	}
	told = f.results(2)
	if !strings.Contains(told[0].Content, "I read until two.") || strings.Contains(told[1].Content, "baker") ||
		!strings.Contains(told[2].Content, "baker") || !strings.Contains(told[3].Content, "“bees”") {
		t.Errorf("told of the second round: %+v", told)
	}
	last := f.fake.Requests()[len(f.fake.Requests())-1]
	if text := last.Messages[len(last.Messages)-1].Text; len(last.Tools) != 0 || !strings.Contains(text, "<COUNTED>\n“bees”") {
		t.Errorf("asked with %s", text)
	}
}

// Mistakes are reported to the model, which may correct them. They are no steps.
func TestAgentMistakes(t *testing.T) {
	wrong := []struct {
		call llm.ToolCall
		told string
	}{
		{call("nothing"), "Unknown tool"},
		{llm.ToolCall{ID: "x", Name: "search", Arguments: json.RawMessage(`{"query":{"words":["lake"]}}`)}, "do not match"},
		{call("search"), "query is empty"},
		{call("search", "query", "lake", "from", "soon"), "from must be"},
		{call("read_days", "to", "2024-02-30"), "to must be"},
		{call("read_days", "from", "2024-02-01", "to", "2024-01-01"), "to is before from"},
		{call("open_day", "date", "yesterday"), "date must be"},
		{call("count_mentions", "query", "lake bees baker Oda", "asked", "count"), "one or two words"},
	}
	var calls []llm.ToolCall
	for _, w := range wrong {
		calls = append(calls, w.call)
	}
	f := newFixture(t, looks("You swam.", calls, []llm.ToolCall{call("search", "query", "lake")}))
	steps, _, done, err := f.explore("When did I swim?")
	if err != nil || len(steps) != 1 || steps[0].Round != 2 || done.Text != "You swam." {
		t.Errorf("steps %+v, answered %+v, %v", steps, done, err)
	}
	for i, r := range f.results(1) {
		if !strings.HasPrefix(r.Content, "Error: ") || !strings.Contains(r.Content, wrong[i].told) {
			t.Errorf("%s: told %+v, want %q", wrong[i].call.Name, r, wrong[i].told)
		}
	}
}

// The same search is not repeated, and a round of repetitions is the last.
func TestAgentRepetitions(t *testing.T) {
	f := newFixture(t, looks("You swam.",
		[]llm.ToolCall{call("search", "query", "Lake"), call("search", "query", "lake", "reasoning", "Again.")},
		[]llm.ToolCall{call("search", "query", " LAKE ")},
		[]llm.ToolCall{call("search", "query", "bees")},
	))
	steps, _, _, err := f.explore("When did I swim?")
	if err != nil || len(steps) != 1 || len(f.fake.Requests()) != 3 {
		t.Errorf("steps %+v, %d requests, %v", steps, len(f.fake.Requests()), err)
	}
	if told := f.results(1); !strings.Contains(told[1].Content, "asked before") || strings.HasPrefix(told[1].Content, "Error: ") {
		t.Errorf("told %+v", told)
	}
}

func TestAgentLimits(t *testing.T) {
	// Five rounds.
	n := 0
	f := newFixture(t, func(r llmtest.Request) llmtest.Script {
		if len(r.Tools) == 0 {
			return llmtest.Reply("Enough.")(r)
		}
		n++
		return llmtest.Script{Calls: []llm.ToolCall{call("search", "query", fmt.Sprint("lake ", n))}}
	})
	steps, _, _, err := f.explore("When?")
	if err != nil || len(steps) != 5 || steps[4].Round != 5 {
		t.Errorf("steps %+v, %v", steps, err)
	}
	// Eight calls in a round.
	var calls []llm.ToolCall
	for i := range 10 {
		calls = append(calls, call("search", "query", fmt.Sprint("lake ", strings.Repeat("x", i))))
	}
	f = newFixture(t, looks("You swam.", calls))
	steps, _, _, err = f.explore("When?")
	told := f.results(1)
	if err != nil || len(steps) != 8 || len(told) != 10 || strings.HasPrefix(told[7].Content, "Error: ") || !strings.HasPrefix(told[8].Content, "Error: ") || !strings.Contains(told[9].Content, "only the first 8") {
		t.Errorf("%d steps, told %+v, %v", len(steps), told, err)
	}
}

// No more rounds follow once the context window or the number of entries is full.
func TestAgentStopsWhenFull(t *testing.T) {
	f := newFixture(t, looks("You swam.", []llm.ToolCall{call("search", "query", "lake")}, []llm.ToolCall{call("search", "query", "bees")}))
	f.window = 2500
	f.put(daybook.Entry{ID: "long", Kind: daybook.Daily, Text: strings.Repeat("The lake was cold again. ", 400), Dates: []daybook.Date{{Year: 2024, Month: time.March, Day: 1}}})
	steps, _, _, err := f.explore("When?")
	if err != nil || len(steps) != 1 {
		t.Errorf("with a full window: %+v, %v", steps, err)
	}

	f = newFixture(t, looks("You swam.",
		[]llm.ToolCall{call("read_days", "to", "2024-06-30"), call("read_days", "from", "2024-07-01", "to", "2024-08-31"), call("read_days", "from", "2024-09-01", "to", "2024-10-31"),
			call("read_days", "from", "2024-11-01", "to", "2024-12-15"), call("read_days", "from", "2024-12-16")},
		[]llm.ToolCall{call("search", "query", "bees")}))
	day := daybook.Date{Year: 2024, Month: time.June, Day: 1}
	for i := range 210 {
		f.put(daybook.Entry{ID: fmt.Sprint("filler", i), Kind: daybook.Daily, Text: fmt.Sprint("Day ", i, " of the boat."), Dates: []daybook.Date{day.AddDays(i)}})
	}
	var found chat.Found
	steps = nil
	for e, err := range f.Answer(t.Context(), chat.Request{Query: "When?", TopK: 10, Provider: "openai", Model: "m", Agent: true}) {
		if err != nil {
			t.Fatal(err)
		}
		if e.Step != nil {
			steps = append(steps, *e.Step)
		}
		if e.Found != nil {
			found = *e.Found
		}
	}
	if len(steps) != 5 || len(found.Results) != 40 || steps[4].New != 0 {
		t.Errorf("%d results in %+v", len(found.Results), steps)
	}
}

// Without calls, results or a model that can call tools, there is one search.
func TestAgentFallsBackToOneSearch(t *testing.T) {
	for name, play := range map[string]func(llmtest.Request) llmtest.Script{
		"no calls":      looks("You swam."),
		"nothing found": looks("You swam.", []llm.ToolCall{call("search", "query", "xylophone")}),
		"no tools there": func(r llmtest.Request) llmtest.Script {
			if len(r.Tools) > 0 {
				return llmtest.Script{Status: 400, Code: "tools_not_supported"}
			}
			return llmtest.Reply("You swam.")(r)
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, play)
			steps, found, done, err := f.explore("When did I swim in the lake?")
			if err != nil || len(steps) == 0 || len(found.Results) == 0 || done.Text != "You swam." {
				t.Fatalf("%+v, %+v, %v", steps, done, err)
			}
			if last := steps[len(steps)-1]; last.Round != 1 || last.Tool != "search" || last.Query != "When did I swim in the lake?" || last.Found != len(found.Results) || last.New != last.Found {
				t.Errorf("last step %+v", last)
			}
		})
	}
	f := newFixture(t, nil)
	found, done, err := f.answer(chat.Request{Query: "lake", Provider: chat.Offline, Agent: true})
	if err != nil || len(found.Results) != 1 || !strings.Contains(done.Text, "Swam in the lake") {
		t.Errorf("offline: %+v, %v", done, err)
	}
}

// Errors that an answer would meet too end it.
func TestAgentFailsWithItsProvider(t *testing.T) {
	for _, s := range []llmtest.Script{{Status: 401, Code: "invalid_api_key"}, {Status: 403}, {Status: 429, RetryAfter: time.Hour}} {
		f := newFixture(t, func(llmtest.Request) llmtest.Script { return s })
		if steps, _, _, err := f.explore("When?"); err == nil || len(steps) != 0 {
			t.Errorf("%d: %+v, %v", s.Status, steps, err)
		}
	}
}

// Leaving ends the searches.
func TestLeavingAnAgent(t *testing.T) {
	f := newFixture(t, looks("You swam.", []llm.ToolCall{call("search", "query", "lake"), call("search", "query", "bees")}, []llm.ToolCall{call("search", "query", "baker")}))
	steps := 0
	for e, err := range f.Answer(t.Context(), chat.Request{Query: "When?", Provider: "openai", Model: "m", Agent: true}) {
		if err != nil {
			t.Fatal(err)
		}
		if e.Step != nil {
			steps++
			break
		}
	}
	if n := len(f.fake.Requests()); steps != 1 || n != 1 {
		t.Errorf("%d steps, %d requests", steps, n)
	}
}
