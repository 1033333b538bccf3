package openai

import (
	"encoding/json"

	"daybook/internal/llm"
	"daybook/internal/llm/llmhttp"
)

// callDelta is a fragment of a tool call. OpenAI gives each an index, its
// first also id and name, and arguments as pieces of a JSON string. Others
// send calls whole, all with the index 0 or none, without an id, with id and
// name repeated in each fragment, or with arguments as an object.
type callDelta struct {
	Index    *int   `json:"index"`
	ID       string `json:"id"`
	Function struct {
		Name      string          `json:"name"`
		Arguments json.RawMessage `json:"arguments"`
	} `json:"function"`
}

// arguments returns the fragment of the arguments, "" for none.
func (d *callDelta) arguments() []byte {
	raw := d.Function.Arguments
	var text string
	if json.Unmarshal(raw, &text) == nil { // null is "" as well
		return []byte(text)
	}
	return raw
}

// openCall is a call that may still grow.
type openCall struct {
	call  *llm.ToolCall
	index *int
}

// joiner puts the fragments of calls together.
type joiner struct {
	llmhttp.Calls
	open []openCall
}

func (j *joiner) add(d *callDelta) error {
	fragment := d.arguments()
	open := j.find(d, fragment)
	if open == nil {
		call, err := j.Add(llm.ToolCall{ID: d.ID, Name: d.Function.Name, Arguments: fragment})
		if err == nil {
			j.open = append(j.open, openCall{call, d.Index})
		}
		return err
	}
	if open.ID == "" {
		open.ID = d.ID
	}
	if open.Name == "" {
		open.Name = d.Function.Name
	}
	return j.Append(open, fragment)
}

// find returns the call that a fragment continues: the last of its index, or
// the last of all where it has none. Nil is a new call.
func (j *joiner) find(d *callDelta, fragment []byte) *llm.ToolCall {
	for i := len(j.open) - 1; i >= 0; i-- {
		open := j.open[i]
		if d.Index != nil && (open.index == nil || *open.index != *d.Index) {
			continue
		}
		if begins(open.call, d, fragment) {
			return nil
		}
		return open.call
	}
	return nil
}

// begins reports whether a fragment is of another call than the one before
// it: one with another id or name, or a name and arguments behind arguments
// that are complete.
func begins(last *llm.ToolCall, d *callDelta, fragment []byte) bool {
	name := d.Function.Name
	switch {
	case d.ID != "" && last.ID != "" && d.ID != last.ID:
		return true
	case name == "" || last.Name == "":
		return false
	}
	return name != last.Name || d.ID == "" && len(fragment) > 0 && json.Valid(last.Arguments)
}
