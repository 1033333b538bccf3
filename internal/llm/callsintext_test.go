package llm

import (
	"strings"
	"testing"
)

func TestCallsIn(t *testing.T) {
	tools := []Tool{{Name: "search"}, {Name: "open_day"}}
	for text, want := range map[string]string{
		`<tool_call>{"name":"search","arguments":{"query":"sea"}}</tool_call>`:                                                                                  `search {"query":"sea"}`,
		"<tool_call>\n{\"name\": \"search\", \"arguments\": {\"query\": \"a\"}}\n</tool_call>\n<tool_call>{\"name\":\"open_day\",\"arguments\":{}}</tool_call>": `search {"query":"a"}, open_day {}`,
		`[TOOL_CALLS][{"name":"search","arguments":{"query":"sea"}}]`:                                                                                           `search {"query":"sea"}`,
		"Let me look.\n```json\n{\"name\":\"search\",\"parameters\":{\"query\":\"sea\"}}\n```":                                                                  `search {"query":"sea"}`,
		`<|python_tag|>{"type":"function","name":"functions.Search","parameters":{"query":"sea"}}`:                                                              `search {"query":"sea"}`,
		`{"tool_calls":[{"function":{"name":"search","arguments":"{\"query\":\"sea\"}"}}]}`:                                                                     `search {"query":"sea"}`,
		`{"function":{"name":"search","arguments":"{\"query\":\"sea\"}"}}`:                                                                                      `search {"query":"sea"}`,
		`<function=search>{"query":"sea"}</function>`:                                                                                                           `search {"query":"sea"}`,
		`functions.open_day({"date":"2024-01-01"})`:                                                                                                             `open_day {"date":"2024-01-01"}`,
		`{"action":"search","action_input":{"query":"sea"}}`:                                                                                                    `search {"query":"sea"}`,
		`{"name":"erase","arguments":{}}`:                                                                                                                       ``,
		`DONE`:                                                                                                                                                  ``,
		`I would search for "name" and {arguments}.`:                                                                                                            ``,
	} {
		var got []string
		for _, c := range CallsIn(text, tools) {
			got = append(got, c.Name+" "+string(c.Arguments))
		}
		if strings.Join(got, ", ") != want {
			t.Errorf("%s: %q, want %s", text, got, want)
		}
	}
}
