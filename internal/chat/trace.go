package chat

import (
	"encoding/json"
	"fmt"

	"daybook"
	"daybook/internal/llm"
	"daybook/internal/search"
)

// Trace is how an answer came about: what is kept of it beside its text and
// its citations. It is written as JSON into [daybook.Message.Trace], and read
// by every later version.
type Trace struct {
	Provider   string           `json:"provider"`
	Model      string           `json:"model"`
	Intent     Intent           `json:"intent"`
	Steps      []Step           `json:"steps,omitempty"`
	Mentions   *search.Mentions `json:"mentions,omitempty"`
	Notices    []string         `json:"notices,omitempty"`
	Quotations []Quotation      `json:"quotations,omitempty"`
	Usage      llm.Usage        `json:"usage"`
	// Rests are the IDs of the entries that the answer can have words of; nil
	// in what older versions kept.
	Rests          []string `json:"rests"`
	PrivateLeftOut int      `json:"private_left_out,omitempty"`
}

// add notes what an event of the answer says.
func (t *Trace) add(e Event) {
	switch {
	case e.Step != nil:
		t.Steps = append(t.Steps, *e.Step)
	case e.Found != nil:
		t.Intent, t.Mentions, t.Notices = e.Found.Intent, e.Found.Mentions, e.Found.Notices
		t.Rests, t.PrivateLeftOut = e.Found.Rests, e.Found.PrivateLeftOut
	case e.Done != nil:
		t.Quotations, t.Usage = e.Done.Quotations, e.Done.Usage
	}
}

// TraceOf returns the trace of an answer, nil for a question and for an answer
// that was kept without.
func TraceOf(m daybook.Message) (*Trace, error) {
	if m.Trace == nil || m.Metadata() != nil {
		return nil, nil
	}
	var t Trace
	if err := json.Unmarshal(m.Trace, &t); err != nil {
		return nil, fmt.Errorf("read how an answer came about: %w", err)
	}
	return &t, nil
}
