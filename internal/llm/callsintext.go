package llm

import (
	"crypto/rand"
	"encoding/json"
	"regexp"
	"strings"

	"daybook/internal/llm/partialjson"
)

// namedCall matches a call as <function=name>{…} and the like.
var namedCall = regexp.MustCompile(`(?s)<function[=: ]+"?([\w.-]+)"?>\s*(\{.*?\})\s*(?:</function>|$)|\b(?:functions?\.)?([A-Za-z]\w*)\((\{.*?\})\)`)

// CallsIn returns tool calls that a model wrote into its answer, which happens when
// the server does not know the model's form of a call: JSON objects with a name and
// arguments, within any text. It returns at most MaxCalls.
func CallsIn(text string, tools []Tool) []ToolCall {
	var calls []ToolCall
	add := func(name string, arguments any) {
		for _, t := range tools {
			if SameTool(t.Name, name) && len(calls) < MaxCalls {
				if data, err := json.Marshal(arguments); err == nil && strings.HasPrefix(string(data), "{") {
					calls = append(calls, ToolCall{ID: "text_" + rand.Text(), Name: t.Name, Arguments: data})
				}
				return
			}
		}
	}
	for _, object := range partialjson.Objects(text) {
		for _, o := range within(object, 0) {
			name, _ := firstOf(o, "name", "tool", "tool_name", "function", "action").(string)
			arguments := firstOf(o, "arguments", "parameters", "args", "input", "action_input")
			if written, ok := arguments.(string); ok {
				if objects := partialjson.Objects(written); len(objects) > 0 {
					arguments = objects[0]
				}
			}
			if name != "" && arguments != nil {
				add(name, arguments)
			}
		}
	}
	if len(calls) > 0 {
		return calls
	}
	for _, m := range namedCall.FindAllStringSubmatch(text, MaxCalls) {
		if objects := partialjson.Objects(m[2] + m[4]); len(objects) > 0 {
			add(m[1]+m[3], objects[0])
		}
	}
	return calls
}

func firstOf(object map[string]any, names ...string) any {
	for _, name := range names {
		if v, ok := object[name]; ok {
			return v
		}
	}
	return nil
}

// SameTool reports whether a name means a tool: case and separators may differ, and
// it may have the prefix of a namespace.
func SameTool(tool, name string) bool {
	name = strings.TrimSpace(name)
	name = name[strings.LastIndexAny(name, ".:/")+1:]
	return strings.EqualFold(strings.ReplaceAll(name, "-", "_"), tool)
}
