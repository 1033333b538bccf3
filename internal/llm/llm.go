// Package llm has the provider-independent types for models: a request, a stream of
// chunks, embeddings and errors. The adapters below it (openai, anthropic, gemini)
// translate them to a provider's protocol. Wrappers for all of them (retries,
// budgets, structured answers) are in this package.
package llm

import (
	"context"
	"encoding/json"
	"iter"

	"daybook"
)

// Role says who speaks in a message to a model.
type Role string

// The roles of messages. The system's instructions are in Request.System.
const (
	User      Role = "user"
	Assistant Role = "assistant"
)

// Image is a picture sent to a model. The images of a request have at most
// MaxImageBytes together.
type Image struct {
	MediaType string // "image/png", "image/jpeg" or "image/webp"
	Data      []byte // not empty; not changed while it is sent
}

// Message is a message of a conversation. Its parts are sent in this order: Results,
// Images, Text, Calls.
type Message struct {
	Role   Role
	Text   string
	Images []Image // only in a user's message
	// Calls are the assistant's tool calls. The next message is a user's and has
	// all their results.
	Calls   []ToolCall
	Results []ToolResult
}

// Schema requests an answer that is a JSON value of this shape.
type Schema struct {
	// Name is an identifier: letters, digits, _ and -, at most 64.
	Name string
	// JSON is a JSON Schema in the subset that every provider supports: an object
	// whose properties are all required, additionalProperties false, no $ref.
	JSON json.RawMessage
}

// Request requests an answer from a model.
type Request struct {
	// Model is the provider's own name for the model.
	Model    string
	System   string
	Messages []Message // not empty; the last is a user's
	// Schema requests a structured answer in the provider's native way. Nil
	// requests plain text.
	Schema *Schema
	// Tools are the tools that the model may call. A request with Tools has no
	// Schema. As long as the messages have calls, Tools must be set.
	Tools []Tool
	// NoCalls makes the model answer in words now, without calling Tools.
	NoCalls bool
	// Contents says what of the journal is in the request.
	Contents Contents
	// MaxOutputTokens limits the answer, including the model's thinking. 0 sends no
	// limit, or the model's own if the protocol requires one.
	MaxOutputTokens int
	// LikelyOutput is how many tokens the answer is likely to have, for budgets. 0
	// means a cautious estimate.
	LikelyOutput int
	// InputTokens is the length of the request, as CountTokens counts. If it is 0,
	// a budget uses a cautious estimate.
	InputTokens int
}

// Check validates a request. Its error is a *daybook.Error: Internal for mistakes of
// ours, Invalid or TooLarge for images. Every ChatModel calls it first.
func (r Request) Check() error {
	if len(r.Tools) > 0 && r.Schema != nil {
		return daybook.Errorf(daybook.Internal, "A request that offers tools asked for a structured answer as well.")
	}
	return checkImages(r.Messages)
}

// Finish says why a model stopped.
type Finish string

// The reasons why a model stops.
const (
	FinishStop    Finish = "stop"    // the answer is complete
	FinishLength  Finish = "length"  // it reached a limit on tokens
	FinishRefusal Finish = "refusal" // the model, or a filter, refused
	FinishTools   Finish = "tools"   // it waits for the results of its calls
)

// Usage has the provider's counts of tokens. Zero means unknown.
type Usage struct {
	InputTokens  int // including cached ones
	OutputTokens int // including thinking
}

// Chunk is a piece of a streamed answer. Text is a delta, cut on rune boundaries.
// Calls come after all text, each complete in its own chunk, and belong to the
// caller. Finish is set on exactly one chunk, the last. It is the provider's own
// signal of the end: a stream that ends without it is an error. It is FinishTools if
// and only if there were calls.
type Chunk struct {
	Text   string
	Call   *ToolCall
	Finish Finish
	Usage  Usage // set on the last chunk
}

// ChatModel streams answers.
//
// The sequence yields chunks with a nil error and ends after the chunk with
// Finish, or yields one zero chunk with an error and ends. The error is an *Error,
// the context's, or from Request.Check. Leaving the loop early closes the
// provider's connection. Implementations do not retry and are safe for concurrent
// use.
type ChatModel interface {
	Stream(ctx context.Context, req Request) iter.Seq2[Chunk, error]
}

// Purpose says what embeddings are for; some models embed questions and
// documents differently.
type Purpose string

// The purposes of an embedding.
const (
	ForDocument Purpose = "document"
	ForQuery    Purpose = "query"
)

// EmbedRequest requests a vector for each input.
type EmbedRequest struct {
	Model   string
	Inputs  []string // not empty, none of them empty
	Purpose Purpose
	// Contents says what of the journal is in the request.
	Contents Contents
}

// Embeddings are the vectors of an EmbedRequest: one for each input, in their order,
// all of the same length. A vector is nil if the provider refused the input or
// returned an unusable vector. The caller owns them.
type Embeddings struct {
	Vectors [][]float32
	Usage   Usage
}

// Embedder turns texts into vectors. Implementations split inputs that are too much
// for one request to the provider, do not retry, and are safe for concurrent use.
type Embedder interface {
	Embed(ctx context.Context, req EmbedRequest) (Embeddings, error)
}

// Pinger checks whether a provider answers and accepts the key. It sends nothing of
// the journal. Its error is an *Error.
type Pinger interface {
	Ping(ctx context.Context) error
}

// Adapting is implemented by clients that learn what a server refuses.
type Adapting interface {
	// Refused returns, by model, what is no longer sent, as short phrases.
	Refused() map[string][]string
}

// Provider has the clients of a provider. Embedder is nil if it has no embeddings.
type Provider struct {
	Name string // as in "provider/model"
	Chat ChatModel
	// Speech is nil if the provider does not transcribe recordings.
	Speech Speech
	// Reranker is nil if the provider does not score documents.
	Reranker Reranker
	Embedder
	Pinger
}
