// Package llmtest has a server that speaks the protocols of OpenAI, Anthropic
// and Gemini over real HTTP, checks what it is sent, and plays a script for
// each call. It stands in for the providers in tests and benchmarks.
package llmtest

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unicode/utf8"

	"daybook/internal/llm"
)

// Key is the key that every provider of the server expects.
const Key = "sk-test-0123456789abcdef"

// Providers are the protocols that the server speaks.
var Providers = []string{"openai", "anthropic", "gemini"}

// Request is a call as the server understood it, in neutral words.
type Request struct {
	Provider  string // one of Providers
	Model     string
	System    string
	Messages  []llm.Message
	Schema    json.RawMessage // nil where plain text was asked for
	Tools     []llm.Tool
	NoCalls   bool // the tools are not to be called
	MaxTokens int
	// Inputs are the texts of a call for embeddings; nil for a chat.
	Inputs []string
	Query  bool // the embeddings are for a query, where the protocol says so
	Base64 bool // the embeddings are asked for in base64, as OpenAI offers
	// Sound is the recording of a call for its words; nil for others.
	Sound []byte
	// Parameters are what a call to OpenAI's protocol has beside the model and
	// the messages or inputs.
	Parameters []string

	lax string // what the protocol allows and our clients must not do; "" for nothing
}

// Wants reports whether a structured answer with the property name is asked
// for.
func (r Request) Wants(name string) bool {
	var schema struct{ Properties map[string]any }
	if json.Unmarshal(r.Schema, &schema) != nil {
		return false
	}
	_, ok := schema.Properties[name]
	return ok
}

// Script is what the server does with a call.
type Script struct {
	// Status, where it is not 0, is answered with Code and RetryAfter as the
	// provider sends errors.
	Status     int
	Code       string
	RetryAfter time.Duration

	Deltas []string      // what the model says, piece by piece
	First  time.Duration // before the first delta
	Every  time.Duration // between deltas
	Finish llm.Finish    // "" is FinishStop, or FinishTools with calls
	Reason string        // for finishing, in the protocol's own words, in place of Finish
	Usage  llm.Usage

	Calls    []llm.ToolCall // come after the deltas
	Fragment int            // runes in a fragment of arguments, where they come in some; 0 is all
	Loose    bool           // calls come whole, and without ids where servers are known to leave them out

	ErrorAfter  int  // an error event follows after so many deltas; 0 is never
	SilentAfter int  // from so many deltas on nothing comes, until the client leaves; 0 is never
	Mute        bool // not even headers come, until the client leaves
	CutAfter    int  // the connection is cut after so many bytes of the body; 0 is never
	Garbage     bool // an event that is not JSON comes before the first delta
	Bytewise    bool // every byte is sent by itself, so that runes are split
	// Now, where it is not empty, is replaced in every delta by the moment it
	// is sent, in Unix nanoseconds.
	Now string

	Vectors [][]float32 // answered for embeddings; nil is Vector of each input
	Dim     int         // the length of those; 0 is 64
	Floats  bool        // in numbers also when they are asked for in base64

	Whole bool // by OpenAI's protocol: the answer comes whole, though a stream was asked for
	// Body, if not empty, is the whole answer. Type is its media type; "" is that
	// of a stream. If Hang is set, the connection stays open afterwards.
	Body, Type string
	Hang       bool

	over func() // called when all is said
}

// Server is the stand-in.
type Server struct {
	URL  string
	play func(Request) Script

	strangers bool

	mu         sync.Mutex
	requests   []Request
	violations []string
	refuses    []string // parameters
	limits     Limits
	charges    []*Charge
	counted    map[string]int // tokens, of what calls have in common
	open, left atomic.Int64
}

// Start serves until the test ends, and fails it when a client broke a
// protocol.
func Start(t testing.TB, play func(Request) Script) *Server {
	t.Helper()
	s := New(play)
	server := httptest.NewServer(s)
	s.URL = server.URL
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
		for _, v := range s.Violations() {
			t.Errorf("the fake provider was sent something wrong: %s", v)
		}
	})
	return s
}

// New returns a server to be used as an http.Handler.
func New(play func(Request) Script) *Server { return &Server{play: play} }

// Strangers lets clients of others do what the protocol allows and ours must not,
// and returns s.
func (s *Server) Strangers() *Server {
	s.strangers = true
	return s
}

// BaseURL is the address to give an adapter of the provider.
func (s *Server) BaseURL(provider string) string {
	if provider == "openai" {
		return s.URL + "/v1"
	}
	return s.URL
}

// Requests returns the calls so far, in order of arrival.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// Violations returns what clients did wrong.
func (s *Server) Violations() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.violations)
}

// Open is how many calls are being answered, Left how many clients went away
// before their answer was complete.
func (s *Server) Open() int { return int(s.open.Load()) }

// Left is how many clients went away before their answer was complete.
func (s *Server) Left() int { return int(s.left.Load()) }

func (s *Server) violated(what string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.violations = append(s.violations, what)
}

// protocol is what differs between the providers.
type protocol interface {
	name() string
	// read understands a call, or says what is wrong with it.
	read(r *http.Request, body []byte) (Request, string)
	errorBody(status int, code string) []byte
	// events are the frames of a stream, one a delta and what surrounds it.
	events(req Request, s Script) []frame
	embeddings(vectors [][]float32, inBase64 bool) []byte
	// checkList says what is wrong with a call for the list of models, and
	// models is the answer.
	checkList(r *http.Request) string
	models(names []string) []byte
}

// models are those that the server says it has to chat with. In a protocol
// whose list says what a model can do, one more is for embeddings alone.
var models = []string{"m-2", "m-1"}

// frame is a part of a stream; wait is how long before it is sent.
type frame struct {
	wait time.Duration
	data string
}

// protocolOf tells by path and headers whose call it is.
func protocolOf(r *http.Request) protocol {
	switch {
	case strings.HasPrefix(r.URL.Path, "/v1beta/"):
		return gemini{}
	case r.Header.Get("Anthropic-Version") != "":
		return anthropic{}
	}
	return openai{}
}

// Answer cuts the JSON of an object with one string property into deltas of
// size runes.
func Answer(property, text string, size int) []string {
	data, err := json.Marshal(map[string]string{property: text})
	if err != nil {
		panic(err) // strings always marshal
	}
	return Split(string(data), size)
}

// Object cuts the JSON of an object into deltas of size runes.
func Object(v any, size int) []string {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err) // a mistake in the test
	}
	return Split(string(data), size)
}

// Split cuts text into pieces of size runes.
func Split(text string, size int) []string {
	var pieces []string
	for text != "" {
		end := 0
		for range size {
			_, n := utf8.DecodeRuneInString(text[end:])
			end += n
		}
		pieces = append(pieces, text[:end])
		text = text[end:]
	}
	return pieces
}

// Reply is a script for every call of a chat: it classifies questions as
// vector, and answers with text in pieces of a few words.
func Reply(text string) func(Request) Script {
	return func(r Request) Script {
		if r.Wants("intent") {
			return Script{Deltas: Answer("intent", "vector", 100), Usage: llm.Usage{InputTokens: 50, OutputTokens: 5}}
		}
		return Script{Deltas: Answer("response", text, 12), Usage: llm.Usage{InputTokens: 100, OutputTokens: 20}}
	}
}
