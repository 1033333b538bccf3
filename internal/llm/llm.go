// Package llm has the types that every model speaks: a request, a stream of
// chunks, embeddings and errors. The adapters below it (openai, anthropic,
// gemini) translate them to a provider's protocol. Whatever wraps any of them
// (retries, budgets, structured answers) is in this package.
package llm

import (
	"context"
	"encoding/json"
	"iter"

	"daybook"
)

// Role says who speaks in a message to a model.
type Role string

// The roles a model knows. What the system says is Request.System.
const (
	User      Role = "user"
	Assistant Role = "assistant"
)

// Image is a picture sent to a model. All those of a request have at most
// MaxImageBytes.
type Image struct {
	MediaType string // "image/png", "image/jpeg" or "image/webp"
	Data      []byte // not empty; not changed while it is sent
}

// Message is one utterance of a conversation. It is sent as Results, Images,
// Text, Calls, in this order.
type Message struct {
	Role   Role
	Text   string
	Images []Image // a user's alone
	// Calls are what the assistant asked for beside its text. The message
	// after it is a user's and has all their results.
	Calls   []ToolCall
	Results []ToolResult
}

// Schema asks for an answer that is one JSON value of this shape.
type Schema struct {
	// Name is an identifier: letters, digits, _ and -, at most 64.
	Name string
	// JSON is a JSON Schema in the subset that every provider takes: an
	// object whose properties are all required, additionalProperties false,
	// no $ref.
	JSON json.RawMessage
}

// Request asks a model for one answer.
type Request struct {
	// Model is the provider's own name for the model.
	Model    string
	System   string
	Messages []Message // not empty; the last is a user's
	// Schema asks for a structured answer by the provider's native means.
	// Nil asks for plain text.
	Schema *Schema
	// Tools are what the model may ask to have called; a request that has
	// them has no Schema. They stay for as long as the messages have calls.
	Tools []Tool
	// NoCalls has the model answer in words now, whatever tools there are.
	NoCalls bool
	// Contents says what of the journal is in the request.
	Contents Contents
	// MaxOutputTokens bounds the answer; 0 sends no limit, or the model's own
	// where the protocol requires one. It counts what a model thinks, too.
	MaxOutputTokens int
	// LikelyOutput is how many tokens the answer is likely to have, for
	// budgets; 0 makes a cautious guess.
	LikelyOutput int
	// InputTokens is what the request takes in, as CountTokens counts; 0 is
	// not counted, and a budget then makes a cautious guess.
	InputTokens int
}

// Check refuses a request that no provider is to be asked. Its error is a
// *daybook.Error: Internal for what we put together wrongly, Invalid or
// TooLarge for images. Every ChatModel begins with it.
func (r Request) Check() error {
	if len(r.Tools) > 0 && r.Schema != nil {
		return daybook.Errorf(daybook.Internal, "A request that offers tools asked for a structured answer as well.")
	}
	return checkImages(r.Messages)
}

// Finish says why a model stopped.
type Finish string

// The reasons a model gives for stopping.
const (
	FinishStop    Finish = "stop"    // it had said everything
	FinishLength  Finish = "length"  // a limit on tokens cut it
	FinishRefusal Finish = "refusal" // it, or a filter, would not
	FinishTools   Finish = "tools"   // it waits for the results of its calls
)

// Usage counts tokens as the provider does. Zero means that it did not say.
type Usage struct {
	InputTokens  int // all of them, cached ones too
	OutputTokens int // with those spent on thinking
}

// Chunk is a piece of a streamed answer. Text is a delta, cut on rune
// boundaries. Calls come behind all text, each whole in a chunk of its own
// that is the caller's. Finish is set on exactly one chunk, the last: it is
// the provider's own terminal signal, and a stream that ends without it is an
// error, never an end. It is FinishTools if and only if there were calls.
type Chunk struct {
	Text   string
	Call   *ToolCall
	Finish Finish
	Usage  Usage // set on the last chunk
}

// ChatModel streams answers.
//
// The sequence yields chunks with a nil error and ends after the chunk with
// Finish, or yields one zero chunk with an error and ends. The error is an
// *Error, the context's, or that of Request.Check. Leaving the loop early closes the provider's
// connection. Implementations do not retry and are safe for concurrent use.
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

// EmbedRequest asks for one vector an input.
type EmbedRequest struct {
	Model   string
	Inputs  []string // not empty, none of them empty
	Purpose Purpose
	// Contents says what of the journal is in the request.
	Contents Contents
}

// Embeddings are the vectors of an EmbedRequest: as many as its inputs, in
// their order, all of one length. A vector is nil where the provider refused
// the input or gave a vector that no search can use. The caller owns them.
type Embeddings struct {
	Vectors [][]float32
	Usage   Usage
}

// Embedder turns texts into vectors. Implementations split what is too much
// for one request of the provider, do not retry, and are safe for concurrent
// use.
type Embedder interface {
	Embed(ctx context.Context, req EmbedRequest) (Embeddings, error)
}

// Pinger says whether a provider answers and takes the key, without sending
// anything of the journal. Its error is an *Error.
type Pinger interface {
	Ping(ctx context.Context) error
}

// Adapting is implemented by clients that learn what a server refuses.
type Adapting interface {
	// Refused says, by model, what requests do without, as short phrases.
	Refused() map[string][]string
}

// Provider is everything one provider can do. Embedder is nil where it has no
// embeddings.
type Provider struct {
	Name string // as in "provider/model"
	Chat ChatModel
	// Speech is nil where the provider takes no recordings.
	Speech Speech
	// Reranker is nil where the provider orders no documents.
	Reranker Reranker
	Embedder
	Pinger
}
