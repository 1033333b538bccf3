package openai

import (
	"context"
	"encoding/json"
	"io"
	"strings"
	"testing"

	"daybook"
	"daybook/internal/llm"
	"daybook/internal/llm/llmhttp"
)

var offered = []llm.Tool{{Name: "a"}, {Name: "b"}}

// decode reads a stream of deltas that each hold tool_calls, and returns the
// calls as "name arguments", or "name arguments: reason" if they are invalid.
func decode(deltas ...string) (calls []string, err error) {
	var body strings.Builder
	for _, d := range deltas {
		body.WriteString(`data: {"choices":[{"delta":{"tool_calls":` + d + `}}]}` + "\n\n")
	}
	body.WriteString(`data: {"choices":[{"delta":{},"finish_reason":"stop"}]}` + "\n\n")
	caller := llmhttp.Caller{Name: "x", Label: "X"}
	d := caller.NewDecoder(llm.Request{Tools: offered}, io.NopCloser(strings.NewReader(body.String())))
	d.Reads(reader(d))
	defer d.Close()
	ids := map[string]bool{}
	for {
		chunk, err := d.Next(context.Background())
		switch {
		case err != nil:
			return calls, err
		case chunk.Call != nil:
			if chunk.Call.ID == "" || ids[chunk.Call.ID] {
				return calls, daybook.Errorf(daybook.Internal, "a call without an id of its own")
			}
			ids[chunk.Call.ID] = true
			call := chunk.Call.Name + " " + string(chunk.Call.Arguments)
			if chunk.Call.Invalid != "" {
				call += ": " + chunk.Call.Invalid
			}
			calls = append(calls, call)
		case chunk.Finish != "":
			if (chunk.Finish == llm.FinishTools) != (len(calls) > 0) {
				return calls, daybook.Errorf(daybook.Internal, "%d calls and finish %s", len(calls), chunk.Finish)
			}
			return calls, nil
		}
	}
}

// TestDialects reads calls as one server or another sends them.
func TestDialects(t *testing.T) {
	for what, c := range map[string]struct {
		deltas []string
		want   string
	}{
		"OpenAI, two at once": {[]string{
			`[{"index":0,"id":"x","function":{"name":"a","arguments":""}}]`, `[{"index":0,"function":{"arguments":"{\"k\""}}]`,
			`[{"index":1,"id":"y","function":{"name":"b","arguments":""}}]`, `[{"index":0,"function":{"arguments":":1}"}}]`,
			`[{"index":1,"function":{"arguments":"{}"}}]`,
		}, `a {"k":1}, b {}`},
		"whole, each with the index 0": {[]string{
			`[{"index":0,"id":"x","function":{"name":"a","arguments":"{\"k\":1}"}}]`, `[{"index":0,"id":"y","function":{"name":"a","arguments":"{\"k\":2}"}}]`,
		}, `a {"k":1}, a {"k":2}`},
		"whole, without index and id": {[]string{
			`[{"function":{"name":"a","arguments":"{\"k\":1}"}},{"function":{"name":"a","arguments":"{\"k\":2}"}}]`,
		}, `a {"k":1}, a {"k":2}`},
		"fragments without index and id": {[]string{
			`[{"function":{"name":"a","arguments":"{\"k\""}}]`, `[{"function":{"arguments":":1}"}}]`, `[{"function":{"name":"b"}}]`,
		}, `a {"k":1}, b {}`},
		"id and name in each fragment": {[]string{
			`[{"index":0,"id":"x","function":{"name":"a","arguments":"{}"}}]`, `[{"index":0,"id":"x","function":{"name":"a","arguments":" "}}]`,
		}, `a {}`},
		"name in each fragment": {[]string{
			`[{"index":0,"function":{"name":"a","arguments":"{\"k\""}}]`, `[{"index":0,"function":{"name":"a","arguments":":1}"}}]`,
		}, `a {"k":1}`},
		"empty id and name behind the first": {[]string{
			`[{"index":0,"id":"x","function":{"name":"a","arguments":"{\"k\""}}]`, `[{"index":0,"id":"","function":{"name":"","arguments":":1}"}}]`,
		}, `a {"k":1}`},
		"id and name behind the index": {[]string{
			`[{"index":0}]`, `[{"index":0,"id":"x","function":{"name":"a"}}]`, `[{"index":0,"function":{"arguments":"{}"}}]`,
		}, `a {}`},
		"one id for two": {[]string{
			`[{"index":0,"id":"x","function":{"name":"a","arguments":"{}"}},{"index":1,"id":"x","function":{"name":"b","arguments":"{}"}}]`,
		}, `a {}, b {}`},
		"arguments as an object": {[]string{`[{"function":{"name":"a","arguments":{"k":1}}}]`}, `a {"k":1}`},
		"arguments that are null": {[]string{`[{"function":{"name":"a","arguments":null}}]`, `[{"function":{"name":"b","arguments":"null"}}]`},
			`a {}, b {}`},
		"no calls": {[]string{`null`, `[]`}, ``},
	} {
		calls, err := decode(c.deltas...)
		if got := strings.Join(calls, ", "); err != nil || got != c.want {
			t.Errorf("%s: %s, %v; want %s", what, got, err, c.want)
		}
	}
}

// TestInvalidCalls reads calls that cannot be made: the model is told so.
func TestInvalidCalls(t *testing.T) {
	const tool, arguments = "Unknown tool.", "The arguments are not a JSON object."
	for _, c := range []struct{ delta, want string }{
		{`[{"function":{"name":"c","arguments":"{}"}}]`, "c {}: " + tool},
		{`[{"function":{"arguments":"{}"}}]`, "unknown {}: " + tool},
		{`[{"function":{"name":"a b","arguments":"{}"}}]`, "unknown {}: " + tool},
		{`[{"function":{"name":"a","arguments":"{}{}"}}]`, "a {}: " + arguments},
		{`[{"function":{"name":"a","arguments":"{"}}]`, "a {}: " + arguments},
		{`[{"function":{"name":"a","arguments":5}}]`, "a {}: " + arguments},
		{`[{"function":{"name":"a","arguments":"[1]"}}]`, "a {}: " + arguments},
		{`[{"function":{"name":"a","arguments":"{"}},{"function":{"name":"b","arguments":"{}"}}]`, "a {}: " + arguments + ", b {}"},
	} {
		if calls, err := decode(c.delta); err != nil || strings.Join(calls, ", ") != c.want {
			t.Errorf("%s: %q, %v; want %s", c.delta, calls, err, c.want)
		}
	}
}

func TestNoDialect(t *testing.T) {
	for _, delta := range []string{
		`{}`, `[{"index":"x"}]`,
	} {
		if calls, err := decode(delta); daybook.KindOf(err) != daybook.Upstream || len(calls) > 0 {
			t.Errorf("%.60s: %q, %v", delta, calls, err)
		}
	}
}

// FuzzCalls checks that any input ends in calls that can be made, in invalid
// ones with a reason and arguments that the provider takes back, or in an
// Upstream error.
func FuzzCalls(f *testing.F) {
	f.Add(`[{"index":0,"id":"x","function":{"name":"a","arguments":"{"}}]`, `[{"index":0,"function":{"arguments":"}"}}]`)
	f.Add(`[{"function":{"name":"a","arguments":{}}}]`, `[{"index":1,"function":{"name":"b"}}]`)
	f.Fuzz(func(t *testing.T, one, two string) {
		calls, err := decode(one, two)
		if err != nil && daybook.KindOf(err) != daybook.Upstream {
			t.Fatal(err)
		}
		for _, c := range calls {
			name, arguments, _ := strings.Cut(c, " ")
			arguments, noTool := strings.CutSuffix(arguments, ": Unknown tool.")
			arguments, noObject := strings.CutSuffix(arguments, ": The arguments are not a JSON object.")
			arguments, tooLong := strings.CutSuffix(arguments, ": The arguments are too long.")
			offered := name == "a" || name == "b"
			var object map[string]any
			if !offered && !noTool || (noObject || tooLong) && arguments != "{}" || json.Unmarshal([]byte(arguments), &object) != nil {
				t.Fatalf("call %s", c)
			}
		}
	})
}
