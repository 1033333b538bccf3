package gemini

import "slices"

// Refused implements llm.Adapting.
func (m *client) Refused() map[string][]string {
	out := map[string][]string{}
	for model, q := range m.learned.All() {
		var list []string
		for what, is := range map[string]bool{
			"answers by a schema": q.format != bySchema, "tools": q.noTools, "streaming": q.noStream, "system instructions": q.noSystem, "a limit on answers": q.noLimit,
		} {
			if is {
				list = append(list, what)
			}
		}
		if list != nil {
			slices.Sort(list)
			out[model] = list
		}
	}
	return out
}
