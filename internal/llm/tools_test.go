package llm

import (
	"context"
	"encoding/json"
	"iter"
	"strings"
	"testing"
	"testing/synctest"

	"daybook"
	"daybook/internal/llm/budget"
)

// TestToolsAreCounted holds that whatever goes out with a request counts, in
// the budget and in the prompt.
func TestToolsAreCounted(t *testing.T) {
	long := strings.Repeat("a word or two of it ", 50) // 250 tokens
	plain := Request{Messages: []Message{{Role: User, Text: "q"}}}
	if CountMessage("m", plain.Messages[0]) > 50 || CountTools(nil) != 0 {
		t.Errorf("little counts %d and %d", CountMessage("m", plain.Messages[0]), CountTools(nil))
	}
	for what, m := range map[string]Message{
		"text":      {Text: long},
		"a call":    {Calls: []ToolCall{{Name: "x", Arguments: json.RawMessage(long)}}},
		"a result":  {Results: []ToolResult{{Name: "x", Content: long}}},
		"tool name": {Results: []ToolResult{{Name: long}}},
	} {
		more := plain
		more.Messages = append([]Message{m}, plain.Messages...)
		if n := estimate(more) - estimate(plain); n < 250 || n > 500 {
			t.Errorf("%s takes %d of the budget", what, n)
		}
		if n := CountMessage("m", m); n < 250 || n > 500 {
			t.Errorf("%s counts %d", what, n)
		}
	}
	for what, tool := range map[string]Tool{
		"description": {Description: long}, "schema": {Schema: json.RawMessage(long)}, "name": {Name: long},
	} {
		more := plain
		more.Tools = []Tool{tool}
		if n := estimate(more) - estimate(plain); n < 850 || n > 1200 {
			t.Errorf("the %s of a tool takes %d of the budget", what, n)
		}
		if n := CountTools(more.Tools); n < 850 || n > 1200 {
			t.Errorf("the %s of a tool counts %d", what, n)
		}
	}
}

// calling gives a call and fails.
type calling struct{ calls int }

func (m *calling) Stream(context.Context, Request) iter.Seq2[Chunk, error] {
	m.calls++
	return func(yield func(Chunk, error) bool) {
		_ = yield(Chunk{Call: &ToolCall{ID: "c"}}, nil) && yield(Chunk{}, failing(0))
	}
}

func TestNothingIsRepeatedAfterACall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &calling{}
		if _, err := run(t.Context(), m); err == nil || m.calls != 1 {
			t.Errorf("%d calls, %v", m.calls, err)
		}
	})
}

// TestBudgetOfTools charges a request for its tools.
func TestBudgetOfTools(t *testing.T) {
	m := budgetedChat{&scripted{answers: []string{"x"}}, limited{budget.New(budget.Limits{Tokens: 1000}), newGauge("")}}
	req := Request{Messages: []Message{{Role: User, Text: "q"}}, MaxOutputTokens: 10}
	if _, _, _, err := collect(t.Context(), m, req); err != nil {
		t.Error(err)
	}
	req.Tools = []Tool{{Name: "x", Schema: json.RawMessage(strings.Repeat("x", 3000))}}
	if _, _, _, err := collect(t.Context(), m, req); daybook.KindOf(err) != daybook.TooLarge {
		t.Errorf("over its budget: %v", err)
	}
}

// estimate is all that a request takes of a budget.
func estimate(req Request) int {
	in, out := estimates(req)
	return in + out
}
