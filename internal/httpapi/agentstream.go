package httpapi

import "daybook/internal/chat"

// agentEvents streams an answer with the searches that led to it.
type agentEvents struct {
	deltas
	found chat.Found
	docs  []docJSON
}

// iterationJSON is one search by the model.
type iterationJSON struct {
	Iteration int    `json:"iteration"`
	Tool      string `json:"tool"`
	Reasoning string `json:"reasoning"`
	Query     string `json:"query"`
	Results   int    `json:"results_count"`
	New       int    `json:"new_entries_added"`
}

func (a *agentEvents) tell(e chat.Event) error {
	switch {
	case e.Step != nil:
		return a.step(e.Step)
	case e.Found != nil:
		a.found = chat.Found{Intent: e.Found.Intent, Mentions: e.Found.Mentions, Notices: e.Found.Notices, Nothing: e.Found.Nothing}
		a.docs = docsOf(e.Found)
		return a.deltas.tell(e)
	case e.Done != nil:
		return a.send("chat_response", responseOf(&a.found, e.Done, a.docs, a.asked))
	}
	return a.deltas.tell(e)
}

func (d *deltas) step(s *chat.Step) error {
	return d.send("search_iteration", iterationOf(s))
}

func iterationOf(s *chat.Step) iterationJSON {
	return iterationJSON{s.Round, s.Tool, s.Reasoning, s.Query, s.Found, s.New}
}
