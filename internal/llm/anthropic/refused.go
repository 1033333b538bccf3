package anthropic

// Refused implements llm.Adapting.
func (m *client) Refused() map[string][]string {
	return m.learned.Refused(refusals)
}

func refusals(q quirks) map[string]bool {
	return map[string]bool{
		"answers by a schema": q.format != bySchema, "tools": q.noTools, "streaming": q.noStream,
	}
}
