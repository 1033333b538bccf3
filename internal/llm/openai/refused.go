package openai

// Refused implements llm.Adapting.
func (m *client) Refused() map[string][]string {
	out := map[string][]string{}
	for model, q := range m.learned.All() {
		var list []string
		for _, one := range []struct {
			is   bool
			what string
		}{
			{q.format == byObject, "answers by a schema"}, {q.format == inWords, "answers in JSON"}, {q.limit == noLimit, "a limit on answers"},
			{q.noStream, "streaming"}, {q.noSystem, "system messages"}, {q.noTools, "tools"}, {q.noBase64, "embeddings in base64"},
			{q.mostInputs > 0, "many texts in a request"},
		} {
			if one.is {
				list = append(list, one.what)
			}
		}
		if list != nil {
			out[model] = list
		}
	}
	return out
}
