package httpapi_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"daybook/internal/chat"
	"daybook/internal/llm"
	"daybook/internal/llm/llmtest"
)

// iteration is a search_iteration event.
type iteration struct {
	Iteration              int
	Tool, Reasoning, Query string
	Results                int `json:"results_count"`
	New                    int `json:"new_entries_added"`
}

// told is what an agent's stream said.
type told struct {
	iterations []iteration
	text       string
	response   *answer
	failure    map[string]string
}

func (w *world) agent(body any) told {
	w.t.Helper()
	resp := w.send(w.t.Context(), http.MethodPost, "/journal_chat_agent/stream", body)
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		w.t.Fatalf("status %d: %s", resp.StatusCode, must(io.ReadAll(resp.Body))(w.t))
	}
	var out told
	for _, f := range frames(w.t, resp.Body) {
		var into any
		var it iteration
		var delta struct{ Text string }
		switch f.event {
		case "search_iteration":
			into = &it
		case "delta":
			into = &delta
		case "chat_response":
			into = &out.response
		case "error":
			into = &out.failure
		case "docs":
			into = &struct{}{}
		default:
			w.t.Errorf("event %q", f.event)
			continue
		}
		if err := json.Unmarshal([]byte(f.data), into); err != nil {
			w.t.Fatalf("%s: %v", f.data, err) // clients parse every line
		}
		if f.event == "search_iteration" {
			out.iterations = append(out.iterations, it)
		}
		out.text += delta.Text
	}
	return out
}

func call(id, tool, args string) llm.ToolCall {
	return llm.ToolCall{ID: id, Name: tool, Arguments: json.RawMessage(args)}
}

func searchCall(id, query, from, to string) llm.ToolCall {
	return call(id, "search", fmt.Sprintf(`{"reasoning":"To see %s.","query":%q,"from":%q,"to":%q}`, query, query, from, to))
}

// rounds plays a model that makes the calls of one round after the other, says
// that it has enough, and then answers.
func rounds(answer string, list ...[]llm.ToolCall) func(llmtest.Request) llmtest.Script {
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
		if done < len(list) {
			return llmtest.Script{Deltas: []string{"Let me look."}, Calls: list[done]}
		}
		return llmtest.Script{Deltas: []string{"DONE"}}
	}
}

func TestAgentLooksAndAnswers(t *testing.T) {
	all(t, func(t *testing.T, provider string) {
		w := newWorld(t, options{play: rounds("In January you swam [1]; in March the bees slept [3].",
			[]llm.ToolCall{searchCall("c1", "lake", "2024-01-01", "2024-01-31"), searchCall("c2", "bees", "", "")},
			[]llm.ToolCall{call("c3", "open_day", `{"reasoning":"","date":"2024-03-02"}`),
				call("c4", "count_mentions", `{"reasoning":"r","query":"bees","asked":"count","from":"","to":""}`),
				call("c5", "recent_days", `{"reasoning":"r","count":2}`),
				call("c6", "read_days", `{"reasoning":"r","from":"2024-01-01","to":"2024-02-28"}`)},
		)})
		out := w.agent(asking(provider, "What changed between January and March?", "thread_id", "t"))
		want := []iteration{
			{1, "search", "To see lake.", "lake", 1, 1},
			{1, "search", "To see bees.", "bees", 2, 2},
			{2, "open_day", "Let me look.", "2024-03-02", 1, 1},
			{2, "count_mentions", "r", "bees", 2, 0},
			{2, "recent_days", "r", "the newest 2 days", 2, 0},
			{2, "read_days", "r", "2024-01-01 – 2024-02-28", 2, 0},
		}
		if !slices.Equal(out.iterations, want) {
			t.Errorf("iterations %+v", out.iterations)
		}
		r := out.response
		if r == nil || out.failure != nil || r.Response != out.text || r.Response == "" || *r.ThreadID != "t" {
			t.Fatalf("told %+v", out)
		}
		if len(r.Docs) != 4 || len(r.Citations) < 4 {
			t.Errorf("docs %+v, citations %+v", r.Docs, r.Citations)
		}
		requests := w.fake.Requests()
		results := requests[1].Messages[len(requests[1].Messages)-1].Results
		if len(results) != 2 || !strings.Contains(results[0].Content, "Swam in the lake") || results[1].Failed {
			t.Errorf("the model was told %+v", results)
		}
		final := requests[len(requests)-1]
		last := final.Messages[len(final.Messages)-1].Text
		if len(final.Tools) != 0 || !strings.Contains(last, "<COUNTED>\n“bees” is mentioned on 2 days") || !strings.Contains(last, "red lighthouse") {
			t.Errorf("the answer was asked for with %s", last)
		}
	})
}

// The same look is taken once, and a round of nothing else is the last.
func TestAgentRepeatsNoSearch(t *testing.T) {
	w := newWorld(t, options{play: rounds("You swam.",
		[]llm.ToolCall{searchCall("a", "lake", "", ""), searchCall("b", "Lake ", "", "")},
		[]llm.ToolCall{searchCall("c", " lake", "", "")},
		[]llm.ToolCall{searchCall("d", "bees", "", "")},
	)})
	out := w.agent(asking("openai", "When did I swim?"))
	if len(out.iterations) != 1 || out.response == nil || len(w.fake.Requests()) != 3 {
		t.Errorf("%d requests, told %+v", len(w.fake.Requests()), out)
	}
}

func TestAgentStopsAfterFiveRounds(t *testing.T) {
	n := 0
	w := newWorld(t, options{play: func(r llmtest.Request) llmtest.Script {
		if len(r.Tools) == 0 {
			return llmtest.Reply("Enough.")(r)
		}
		n++
		return llmtest.Script{Calls: []llm.ToolCall{searchCall(fmt.Sprint("c", n), fmt.Sprint("lake ", n), "", "")}}
	}})
	out := w.agent(asking("anthropic", "When did I swim?"))
	if len(out.iterations) != 5 || out.response == nil || out.iterations[4].Iteration != 5 || out.iterations[4].New != 0 {
		t.Errorf("told %+v", out)
	}
}

// Mistakes in a call are told to the model, which may do better.
func TestAgentLearnsOfItsMistakes(t *testing.T) {
	w := newWorld(t, options{play: rounds("You swam.",
		[]llm.ToolCall{searchCall("a", "lake", "soon", ""), searchCall("b", "", "", ""), call("c", "open_day", `{"reasoning":"","date":"2024-02-30"}`),
			call("d", "search", `{"query":{"no":7}}`), searchCall("e", "lake", "2024-02-01", "2024-01-01"),
			call("f", "count_mentions", `{"reasoning":"","query":"bees lake baker island","asked":"count","from":"","to":""}`)},
		[]llm.ToolCall{searchCall("g", "lake", "", "")},
	)})
	out := w.agent(asking("openai", "When did I swim?"))
	if len(out.iterations) != 1 || out.iterations[0].Iteration != 2 || out.response == nil {
		t.Errorf("told %+v", out)
	}
	messages := w.fake.Requests()[1].Messages
	for _, r := range messages[len(messages)-1].Results {
		if !strings.HasPrefix(r.Content, "Error: ") {
			t.Errorf("call %s: %+v", r.CallID, r)
		}
	}
}

// An unknown tool, unreadable arguments and too many calls are told to the
// model, and the run goes on.
func TestAgentContinuesAfterWrongCalls(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	var many []llm.ToolCall
	for i := range 30 {
		many = append(many, searchCall(fmt.Sprint("m", i), fmt.Sprint("lake ", i), "", ""))
	}
	for name, c := range map[string]struct {
		wrong []llm.ToolCall
		says  string
	}{
		"unknown tool":    {[]llm.ToolCall{call("a", "delete_everything", `{}`)}, "Unknown tool"},
		"odd name":        {[]llm.ToolCall{call("a", "functions.search <|call|>", `{"query":"lake"}`)}, "Unknown tool"},
		"half an object":  {[]llm.ToolCall{call("a", "search", `{"query":`)}, "not a JSON object"},
		"not an object":   {[]llm.ToolCall{call("a", "search", `["lake"]`)}, "not a JSON object"},
		"wrong types":     {[]llm.ToolCall{call("a", "recent_days", `{"count":"many"}`)}, "do not match"},
		"no arguments":    {[]llm.ToolCall{call("a", "search", ``)}, "query is empty"},
		"too many calls":  {many, "Too many calls"},
		"wrong and right": {[]llm.ToolCall{call("a", "frob", `{}`), searchCall("b", "bees", "", "")}, "Unknown tool"},
	} {
		t.Run(name, func(t *testing.T) {
			all(t, func(t *testing.T, provider string) {
				if provider == "gemini" && !(json.Valid(c.wrong[0].Arguments) && c.wrong[0].Arguments[0] == '{') {
					t.Skip("Gemini's protocol has only objects")
				}
				w := newWorld(t, options{play: rounds("You swam [1].", c.wrong, []llm.ToolCall{searchCall("z", "breakfast", "", "")})})
				out := w.agent(asking(provider, "When did I swim?"))
				if out.response == nil || out.failure != nil || len(out.iterations) == 0 {
					t.Fatalf("told %+v", out)
				}
				if last := out.iterations[len(out.iterations)-1]; last.Iteration != 2 || last.Query != "breakfast" {
					t.Errorf("the last look was %+v", last)
				}
				if len(out.iterations) > 9 {
					t.Errorf("%d calls were made", len(out.iterations)-1)
				}
				messages := w.fake.Requests()[1].Messages
				told := fmt.Sprint(messages[len(messages)-1].Results)
				if !strings.Contains(told, c.says) {
					t.Errorf("the model was told %s", told)
				}
			})
		})
	}
}

// A model that cannot call tools, or calls them wrongly, costs one search and
// no answer.
func TestAgentFallsBackToOneSearch(t *testing.T) {
	for name, broken := range map[string]llmtest.Script{
		"refused":   {Status: http.StatusBadRequest, Code: "invalid_request_error"},
		"malformed": {Garbage: true},
		"nothing":   {Deltas: []string{"DONE"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, options{play: func(r llmtest.Request) llmtest.Script {
				if len(r.Tools) > 0 {
					return broken
				}
				return llmtest.Reply("You swam in the lake [1].")(r)
			}})
			out := w.agent(asking("openai", "When did I swim in the lake?"))
			if len(out.iterations) != 1 || out.iterations[0].Tool != "search" || out.response == nil || out.response.Response != "You swam in the lake [1]." {
				t.Errorf("told %+v", out)
			}
		})
	}
}

func TestAgentOffline(t *testing.T) {
	w := newWorld(t, options{})
	out := w.agent(asking(chat.Offline, "When did I swim in the lake?"))
	if len(out.iterations) != 1 || out.response == nil || !strings.Contains(out.response.Response, "Swam in the lake") {
		t.Errorf("told %+v", out)
	}
	if n := len(w.fake.Requests()); n != 0 {
		t.Errorf("%d requests", n)
	}
}

func TestAgentTrouble(t *testing.T) {
	w := newWorld(t, options{play: func(llmtest.Request) llmtest.Script {
		return llmtest.Script{Status: http.StatusUnauthorized, Code: "invalid_api_key"}
	}})
	if status, body := w.do(http.MethodPost, "/journal_chat_agent/stream", asking("openai", "When did I swim?")); status != http.StatusBadGateway {
		t.Errorf("status %d: %s", status, body)
	}
	play := rounds("", []llm.ToolCall{searchCall("a", "lake", "", "")})
	w = newWorld(t, options{play: func(r llmtest.Request) llmtest.Script {
		if len(r.Tools) == 0 {
			return llmtest.Script{Status: http.StatusUnauthorized, Code: "invalid_api_key"}
		}
		return play(r)
	}})
	out := w.agent(asking("openai", "When did I swim?"))
	if out.response != nil || out.failure["error"] == "" || out.failure["detail"] != out.failure["error"] {
		t.Errorf("told %+v", out)
	}
}

// A question over years of a real journal: what changed between two of them.
func TestAgentOverARealJournal(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	journal := must(filepath.Abs(filepath.Join("..", "..", "..", "shared", "journals", "pepys-1660-1664")))(t)
	if _, err := os.Stat(journal); err != nil {
		t.Skip("the real journal is not beside the project")
	}
	w := newWorld(t, options{journal: journal, play: rounds("It changed.",
		[]llm.ToolCall{searchCall("a", "my brother", "1661-01-01", "1661-12-31"), searchCall("b", "my brother", "1664-01-01", "1664-12-31")},
		[]llm.ToolCall{call("c", "count_mentions", `{"reasoning":"","query":"brother","asked":"count","from":"1664-01-01","to":"1664-12-31"}`)},
	)})
	out := w.agent(asking("gemini", "What changed in how I wrote about my brother between 1661 and 1664?"))
	if len(out.iterations) != 3 || out.response == nil || out.text != "It changed." {
		t.Fatalf("told %+v", out)
	}
	cited := map[string]bool{}
	for _, c := range out.response.Citations {
		cited[c.Date[:4]] = true
	}
	if !cited["1661"] || !cited["1664"] {
		t.Errorf("years cited: %v", cited)
	}
}

// TestAgentWithImperfectCalls plays models that call tools as best they can.
func TestAgentWithImperfectCalls(t *testing.T) {
	search := `{"reasoning":"To see.","query":"lake","from":"","to":""}`
	for what, first := range map[string]llmtest.Script{
		"in the text":         {Deltas: llmtest.Split(`<tool_call>{"name":"search","arguments":`+search+`}</tool_call>`, 9)},
		"in a fence":          {Deltas: llmtest.Split("I will look.\n```json\n{\"name\":\"functions.search\",\"parameters\":"+search+"}\n```", 9)},
		"behind thinking":     {Deltas: []string{"<think>SECRET</think>"}, Calls: []llm.ToolCall{call("a", "search", `{"query":"lake","from":"","to":""}`)}},
		"properties missing":  {Calls: []llm.ToolCall{call("a", "search", `{"query":"lake"}`)}},
		"another's name":      {Calls: []llm.ToolCall{call("a", "Functions.Search", search)}},
		"one that is unknown": {Calls: []llm.ToolCall{call("a", "erase", `{}`), call("b", "search", search)}},
		"too many": {Calls: slices.Concat(
			[]llm.ToolCall{call("a", "search", search)}, slices.Repeat([]llm.ToolCall{call("b", "recent_days", `{"reasoning":"","count":"1"}`)}, 30))},
	} {
		t.Run(what, func(t *testing.T) {
			w := newWorld(t, options{play: func(r llmtest.Request) llmtest.Script {
				switch {
				case len(r.Tools) == 0:
					return llmtest.Reply("You swam [1], [77].")(r)
				case len(r.Messages) == 1:
					return first
				}
				return llmtest.Script{Deltas: []string{"DONE"}}
			}})
			out := w.agent(asking("openai", "When did I swim?"))
			if out.failure != nil || out.response == nil || !strings.HasPrefix(out.text, "You swam [1], [77] [unverified].") {
				t.Fatalf("told %+v", out)
			}
			found := slices.ContainsFunc(out.iterations, func(it iteration) bool { return it.Tool == "search" && it.Query == "lake" && it.New == 1 })
			if !found || strings.Contains(fmt.Sprint(out.iterations), "SECRET") {
				t.Errorf("iterations %+v", out.iterations)
			}
		})
	}
}

// TestAgentKeepsWhatItFound answers from the first round when the second fails.
func TestAgentKeepsWhatItFound(t *testing.T) {
	w := newWorld(t, options{play: func(r llmtest.Request) llmtest.Script {
		switch {
		case len(r.Tools) == 0:
			return llmtest.Reply("You swam [1].")(r)
		case len(r.Messages) == 1:
			return llmtest.Script{Calls: []llm.ToolCall{searchCall("a", "lake", "", "")}}
		}
		return llmtest.Script{Status: http.StatusBadRequest}
	}})
	out := w.agent(asking("openai", "When did I swim?"))
	if out.failure != nil || len(out.iterations) != 1 || out.text != "You swam [1]." {
		t.Errorf("told %+v", out)
	}
}
