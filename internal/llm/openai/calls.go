package openai

import (
	"encoding/json"

	"daybook/internal/llm"
	"daybook/internal/llm/llmhttp"
)

// callDelta is a fragment of a tool call. OpenAI gives each fragment an index,
// the first of a call also its id and name, and arguments as pieces of a JSON
// string. Other servers send calls whole, all with the index 0 or none, without
// an id, with id and name repeated in each fragment, or with arguments as an
// object.
type callDelta struct {
	Index    *int     `json:"index"`
	ID       string   `json:"id"`
	Function callPart `json:"function"`
	// Extra is the provider's own, such as the signature of Gemini's thinking, and
	// must go back with the call.
	Extra json.RawMessage `json:"extra_content"`
}

// signature returns what must go back with the call; nil if there is nothing.
func (d *callDelta) signature() []byte {
	if len(d.Extra) == 0 || d.Extra[0] != '{' {
		return nil
	}
	return d.Extra
}

// callPart is the function that a call is of.
type callPart struct {
	Name      string          `json:"name"`
	Arguments json.RawMessage `json:"arguments"`
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
	*llmhttp.Calls
	open []openCall
}

func (j *joiner) add(d *callDelta) error {
	fragment := d.arguments()
	open := j.find(d, fragment)
	if open == nil {
		call, err := j.Add(llm.ToolCall{ID: d.ID, Name: d.Function.Name, Arguments: fragment, Signature: d.signature()})
		if err == nil {
			j.open = append(j.open, openCall{call, d.Index})
		}
		return err
	}
	if open.ID == "" {
		open.ID = d.ID
	}
	if open.Signature == nil {
		open.Signature = d.signature()
	}
	if open.Name == "" {
		open.Name = d.Function.Name
	}
	return j.Append(open, fragment)
}

// find returns the call that a fragment continues: the last with its index, or
// the last of all if it has no index. Nil means that it begins a new call.
func (j *joiner) find(d *callDelta, fragment []byte) *llm.ToolCall {
	for i := len(j.open) - 1; i >= 0; i-- {
		open := j.open[i]
		if d.Index != nil && !equal(open.index, d.Index) {
			continue
		}
		if begins(open.call, d, fragment) {
			return nil
		}
		return open.call
	}
	return nil
}

func equal[T comparable](a, b *T) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}

// begins reports whether a fragment belongs to another call than last: it has
// another id or name, or it has a name and arguments when those of last are
// complete.
func begins(last *llm.ToolCall, d *callDelta, fragment []byte) bool {
	name := d.Function.Name
	switch {
	case d.ID != "" && last.ID != "" && d.ID != last.ID:
		return true
	case name == "" || last.Name == "":
		return false
	case name != last.Name:
		return true
	}
	return d.ID == "" && len(fragment) > 0 && json.Valid(last.Arguments)
}
