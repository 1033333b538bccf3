package llm

import "encoding/json"

// Tool is a function that a model may ask to have called.
type Tool struct {
	// Name is unique in a request: letters, digits, _ and -, at most 64, of
	// which the first is a letter.
	Name string
	// Description tells the model what the tool does and when to use it.
	Description string
	// Schema is the JSON Schema of the arguments, in the subset of
	// Schema.JSON.
	Schema json.RawMessage
}

// ToolCall is what a model asks to have called.
type ToolCall struct {
	// ID is the provider's, or made up where it gave none. It is unique in
	// its message.
	ID   string
	Name string // of a tool that was offered, unless Invalid says otherwise
	// Arguments are a JSON object of at most MaxArguments bytes. The tool
	// checks them against its schema.
	Arguments json.RawMessage
	// Invalid tells the model what is wrong with its call, which must not be
	// made; "" for a call that can be made. The call may go back to the
	// provider like any other: Arguments are empty if they were unreadable.
	Invalid string
	// Signature is the provider's own and goes back with the call as it
	// came. Nil where there is none.
	Signature []byte
}

// ToolResult answers a call.
type ToolResult struct {
	CallID  string
	Name    string // the tool's
	Content string // for the model to read
	Failed  bool   // Content says why
}

// Bounds on what a model may ask for in one answer.
const (
	MaxCalls     = 16       // more are dropped
	MaxArguments = 64 << 10 // bytes, a call
)
