package chat

import (
	"encoding/json"
	"fmt"

	"daybook"
	"daybook/internal/llm"
	"daybook/internal/search"
)

// Trace is how an answer was made: what is saved besides its text and citations. It
// is stored as JSON in [daybook.Message.Trace]. Later versions must read it.
type Trace struct {
	Provider   string           `json:"provider"`
	Model      string           `json:"model"`
	Intent     Intent           `json:"intent"`
	Steps      []Step           `json:"steps,omitempty"`
	Mentions   *search.Mentions `json:"mentions,omitempty"`
	Notices    []string         `json:"notices,omitempty"`
	Quotations []Quotation      `json:"quotations,omitempty"`
	Usage      llm.Usage        `json:"usage"`
	// Rests are the IDs of all entries whose text may be in the answer; nil in
	// traces of older versions.
	Rests          []string `json:"rests"`
	PrivateLeftOut int      `json:"private_left_out,omitempty"`
	// Nothing means that the search found nothing about the question.
	Nothing bool `json:"nothing_found,omitempty"`
}

// add records an event of the answer.
func (t *Trace) add(e Event) {
	switch {
	case e.Step != nil:
		t.Steps = append(t.Steps, *e.Step)
	case e.Found != nil:
		t.Intent, t.Mentions, t.Notices = e.Found.Intent, e.Found.Mentions, e.Found.Notices
		t.Rests, t.PrivateLeftOut, t.Nothing = e.Found.Rests, e.Found.PrivateLeftOut, e.Found.Nothing
	case e.Done != nil:
		t.Quotations, t.Usage, t.Notices = e.Done.Quotations, e.Done.Usage, e.Done.Notices
	}
}

// TraceOf returns the trace of an answer; nil for questions and for answers without
// one.
func TraceOf(m daybook.Message) (*Trace, error) {
	if m.Trace == nil || m.Metadata() != nil {
		return nil, nil
	}
	var t Trace
	if err := json.Unmarshal(m.Trace, &t); err != nil {
		return nil, fmt.Errorf("read the trace of an answer: %w", err)
	}
	return &t, nil
}
