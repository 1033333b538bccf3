package llmhttp

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"daybook/internal/llm"
	"daybook/internal/llm/partialjson"
)

// Limits on the parts of a call besides its name and arguments, in bytes.
const (
	maxID        = 256
	maxSignature = 1 << 20
)

// madeUp is the prefix of the IDs that we give to calls without one.
const madeUp = "daybook_"

// MadeUp reports whether a call's ID is ours, so that the provider does not know it.
func MadeUp(id string) bool { return strings.HasPrefix(id, madeUp) }

// Calls collects the tool calls of an answer. A call that cannot be made is passed on
// with the reason, so that the model can correct it. An absurd answer is refused as a
// whole.
type Calls struct {
	caller  Caller
	offered []llm.Tool
	list    []*llm.ToolCall
}

// calls returns an empty collection for the answer to req.
func (c Caller) calls(req llm.Request) Calls {
	calls := Calls{caller: c}
	if !req.NoCalls {
		calls.offered = req.Tools
	}
	return calls
}

// Add begins a call, whose ID and Arguments may be incomplete.
func (c *Calls) Add(call llm.ToolCall) (*llm.ToolCall, error) {
	fragment := call.Arguments
	call.Arguments = nil
	switch {
	case len(c.list) < llm.MaxCalls:
		c.list = append(c.list, &call)
	default: // it is read and dropped
	}
	return &call, c.Append(&call, fragment)
}

// Append adds a fragment to the arguments of a call.
func (c *Calls) Append(call *llm.ToolCall, fragment []byte) error {
	if call.Invalid != "" {
		return nil
	}
	if len(call.Arguments)+len(fragment) > llm.MaxArguments {
		call.Arguments, call.Invalid = nil, "The arguments are too long."
		return nil
	}
	call.Arguments = append(call.Arguments, fragment...)
	return nil
}

func (c *Calls) any() bool { return len(c.list) > 0 }

// End checks the calls of a complete answer and returns the chunks that end it: one
// for each call, then the last. An answer that was cut by a limit, or refused, has no
// calls, because the last one may be incomplete.
func (c *Calls) End(finish llm.Finish, usage llm.Usage) ([]llm.Chunk, error) {
	var chunks []llm.Chunk
	switch {
	case finish == llm.FinishLength || finish == llm.FinishRefusal:
	case len(c.list) > 0:
		finish = llm.FinishTools
		if err := c.check(); err != nil {
			return nil, err
		}
		for _, call := range c.list {
			chunks = append(chunks, llm.Chunk{Call: call})
		}
	case finish == llm.FinishTools:
		return nil, c.caller.Nonsense()
	}
	return append(chunks, llm.Chunk{Finish: finish, Usage: usage}), nil
}

// check fills in what servers omit, and marks calls that cannot be made.
func (c *Calls) check() error {
	if len(c.offered) == 0 {
		return c.caller.Nonsense()
	}
	seen := map[string]bool{}
	for _, call := range c.list {
		if len(call.Signature) > maxSignature {
			return c.caller.Nonsense()
		}
		if len(call.ID) > maxID {
			call.ID = ""
		}
		c.checkName(call)
		checkArguments(call)
		if call.ID == "" || seen[call.ID] {
			call.ID = madeUp + rand.Text()
		}
		seen[call.ID] = true
	}
	return nil
}

// checkName marks a call of a tool that was not offered. The providers do not accept
// it back if a tool could not have its name.
func (c *Calls) checkName(call *llm.ToolCall) {
	if slices.ContainsFunc(c.offered, func(t llm.Tool) bool { return t.Name == call.Name }) {
		return
	}
	if i := slices.IndexFunc(c.offered, func(t llm.Tool) bool { return llm.SameTool(t.Name, call.Name) }); i >= 0 {
		call.Name = c.offered[i].Name
		return
	}
	call.Invalid = "Unknown tool."
	if !toolName.MatchString(call.Name) {
		call.Name = "unknown"
	}
}

var toolName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]{0,63}$`)

// checkArguments makes the arguments of a call a JSON object. Some models send
// the object inside a JSON string, as a whole or on top of the protocol's own.
func checkArguments(call *llm.ToolCall) {
	arguments := bytes.TrimSpace(call.Arguments)
	for range 2 {
		var text string
		if len(arguments) == 0 || arguments[0] != '"' || json.Unmarshal(arguments, &text) != nil {
			break
		}
		arguments = bytes.TrimSpace([]byte(text))
	}
	switch {
	case len(arguments) == 0 || string(arguments) == "null":
		arguments = json.RawMessage("{}")
	case arguments[0] == '{' && !json.Valid(arguments) && repaired(arguments) != nil:
		arguments = repaired(arguments)
	case arguments[0] != '{' || !json.Valid(arguments):
		arguments = json.RawMessage("{}")
		if call.Invalid == "" {
			call.Invalid = "The arguments are not a JSON object."
		}
	}
	call.Arguments = arguments
}

// repaired returns the object that arguments are meant to be; nil if that is unclear.
func repaired(arguments []byte) json.RawMessage {
	objects := partialjson.Objects(string(arguments))
	if len(objects) != 1 {
		return nil
	}
	data, err := json.Marshal(objects[0])
	if err != nil {
		return nil
	}
	return data
}
