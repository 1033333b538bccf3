// Package openaiapi lets chat programs that speak the API of OpenAI talk to the
// journal: GET /v1/models and POST /v1/chat/completions. Private notes are left
// out of every answer.
package openaiapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"net/http"
	"time"

	"daybook"
	"daybook/internal/chat"
	"daybook/internal/llm"
)

// Chat answers questions; see chat.Service.
type Chat interface {
	Answer(ctx context.Context, req chat.Request) iter.Seq2[chat.Event, error]
}

// Stream writes server-sent events.
type Stream interface {
	Send(name string, data ...[]byte) error
	Started() bool
	Close()
}

// Config is what the endpoint is made of. All but BasePath is required.
type Config struct {
	Chat   Chat
	Model  llm.Ref // that answers as “daybook”
	Now    func() time.Time
	Stream func(http.ResponseWriter) Stream
	// Status returns the HTTP status of a kind of error.
	Status func(daybook.Kind) int
	Log    *slog.Logger
	// BasePath is where a proxy serves Daybook below its host; "" is the top.
	BasePath string
}

// Routes returns the handlers by pattern, in the form of http.ServeMux.
func Routes(c Config) map[string]http.HandlerFunc {
	s := &server{c}
	return map[string]http.HandlerFunc{
		"GET /v1/models":            s.models,
		"GET /v1/models/{model}":    s.model,
		"POST /v1/chat/completions": s.completions,
	}
}

type server struct{ Config }

// The models that a program may choose.
const (
	plain   = "daybook"         // the model that is set for chats
	agent   = "daybook-agent"   // that model, which searches by itself
	offline = "daybook-offline" // no model: the journal is quoted
)

var models = []string{plain, agent, offline}

// created is when these models came to be, for programs that require a time.
var created = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC).Unix()

type modelJSON struct {
	ID      string `json:"id"`
	Object  string `json:"object"`
	Created int64  `json:"created"`
	OwnedBy string `json:"owned_by"`
}

func modelOf(id string) modelJSON { return modelJSON{id, "model", created, "daybook"} }

func (s *server) models(w http.ResponseWriter, _ *http.Request) {
	list := make([]modelJSON, len(models))
	for i, id := range models {
		list[i] = modelOf(id)
	}
	respond(w, http.StatusOK, map[string]any{"object": "list", "data": list})
}

func (s *server) model(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("model")
	if _, err := s.request(id); err != nil {
		s.refuse(w, err)
		return
	}
	respond(w, http.StatusOK, modelOf(id))
}

// request returns a chat request for a model.
func (s *server) request(model string) (chat.Request, error) {
	req := chat.Request{Provider: s.Model.Provider, Model: s.Model.Model, Outside: true}
	switch model {
	case plain:
	case agent:
		req.Agent = true
	case offline:
		req.Provider, req.Model = chat.Offline, ""
	default:
		return req, &daybook.Error{Kind: daybook.NotFound, Field: "model", Message: fmt.Sprintf("The model %q does not exist. There are daybook, daybook-agent and daybook-offline.", model)}
	}
	return req, nil
}

func respond(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the client is gone
}

// Error is an error as programs for OpenAI's API read it.
type Error struct {
	Message string  `json:"message"`
	Type    string  `json:"type"`
	Param   *string `json:"param"`
	Code    *string `json:"code"`
}

// ErrorOf returns an error in this form.
func ErrorOf(err error) Error {
	out := Error{Message: daybook.PublicMessage(err), Type: "server_error"}
	code := ""
	switch daybook.KindOf(err) {
	case daybook.Unauthorized:
		out.Type, code = "invalid_request_error", "invalid_api_key"
	case daybook.NotFound:
		out.Type, code = "invalid_request_error", "model_not_found"
	case daybook.RateLimited:
		out.Type, code = "rate_limit_error", "rate_limit_exceeded"
	case daybook.Invalid, daybook.Forbidden, daybook.Conflict, daybook.TooLarge:
		out.Type = "invalid_request_error"
	}
	if code != "" {
		out.Code = &code
	}
	var e *daybook.Error
	if errors.As(err, &e) && e.Field != "" {
		out.Param = &e.Field
	}
	return out
}

// refuse answers with an error. What does not validate is 400, as OpenAI has it.
func (s *server) refuse(w http.ResponseWriter, err error) {
	kind := daybook.KindOf(err)
	if kind == daybook.Internal {
		s.Log.Error("v1 request failed", "err", err)
	}
	status := s.Status(kind)
	if kind == daybook.Invalid {
		status = http.StatusBadRequest
	}
	respond(w, status, map[string]any{"error": ErrorOf(err), "detail": daybook.PublicMessage(err)})
}
