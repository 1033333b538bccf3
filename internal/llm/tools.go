package llm

import "encoding/json"

// Tool is a function that a model may call.
type Tool struct {
	// Name is unique in a request. It has at most 64 letters, digits, _ and -, and
	// begins with a letter.
	Name string
	// Description tells the model what the tool does and when to use it.
	Description string
	// Schema is the JSON Schema of the arguments, in the subset of
	// Schema.JSON.
	Schema json.RawMessage
}

// ToolCall is a model's call of a tool.
type ToolCall struct {
	// ID is the provider's, or generated if it gave none. It is unique in its
	// message.
	ID   string
	Name string // of an offered tool, unless Invalid says otherwise
	// Arguments are a JSON object of at most MaxArguments bytes. The tool
	// checks them against its schema.
	Arguments json.RawMessage
	// Invalid tells the model why its call cannot be made; "" if it can. An invalid
	// call may go back to the provider like any other: Arguments are empty if they
	// were unreadable.
	Invalid string
	// Signature is the provider's own and must go back with the call unchanged; nil
	// if there is none.
	Signature []byte
}

// ToolResult answers a call.
type ToolResult struct {
	CallID  string
	Name    string // the tool's
	Content string // for the model to read
	Failed  bool   // Content says why
}

// Limits on the calls in one answer.
const (
	MaxCalls     = 16       // more are dropped
	MaxArguments = 64 << 10 // bytes, a call
)
