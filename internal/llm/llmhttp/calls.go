package llmhttp

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"slices"
	"strings"

	"daybook/internal/llm"
)

// Bounds on what comes with a call beside its name and arguments, in bytes.
const (
	maxID        = 256
	maxSignature = 1 << 20
)

// madeUp begins the ids of calls to which the provider gave none.
const madeUp = "daybook_"

// MadeUp reports whether a call's id is ours, so that the provider does not
// know it.
func MadeUp(id string) bool { return strings.HasPrefix(id, madeUp) }

// Calls collects the tool calls of one answer. What breaks a limit is refused
// as it comes, the rest when the answer is complete.
type Calls struct {
	caller  Caller
	offered []llm.Tool
	list    []*llm.ToolCall
}

// Calls returns an empty collection for the answer to req.
func (c Caller) Calls(req llm.Request) Calls {
	calls := Calls{caller: c}
	if !req.NoCalls {
		calls.offered = req.Tools
	}
	return calls
}

// Add begins a call, whose ID and Arguments may be incomplete.
func (c *Calls) Add(call llm.ToolCall) (*llm.ToolCall, error) {
	if len(c.list) == llm.MaxCalls {
		return nil, c.caller.Nonsense()
	}
	fragment := call.Arguments
	call.Arguments = nil
	c.list = append(c.list, &call)
	return &call, c.Append(&call, fragment)
}

// Append adds a fragment to the arguments of a call.
func (c *Calls) Append(call *llm.ToolCall, fragment []byte) error {
	if len(call.Arguments)+len(fragment) > llm.MaxArguments {
		return c.caller.Nonsense()
	}
	call.Arguments = append(call.Arguments, fragment...)
	return nil
}

// End checks the calls of a complete answer and returns the chunks that end
// it: one a call, then the last. An answer that was cut by a limit, or that
// was refused, has no calls: the last one may be half.
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

// check completes what servers leave out, and refuses calls that cannot be
// made.
func (c *Calls) check() error {
	seen := map[string]bool{}
	for _, call := range c.list {
		if len(call.ID) > maxID || len(call.Signature) > maxSignature {
			return c.caller.Nonsense()
		}
		if !slices.ContainsFunc(c.offered, func(t llm.Tool) bool { return t.Name == call.Name }) {
			return c.caller.Nonsense()
		}
		call.Arguments = bytes.TrimSpace(call.Arguments)
		if len(call.Arguments) == 0 || string(call.Arguments) == "null" {
			call.Arguments = json.RawMessage("{}")
		}
		if call.Arguments[0] != '{' || !json.Valid(call.Arguments) {
			return c.caller.Nonsense()
		}
		if call.ID == "" || seen[call.ID] {
			call.ID = madeUp + rand.Text()
		}
		seen[call.ID] = true
	}
	return nil
}
