package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"daybook"
	"daybook/internal/llm"
	"daybook/internal/notes"
	"daybook/internal/openaiapi"
	"daybook/internal/session"
)

// statuses is the one table that maps kinds of errors to HTTP statuses.
var statuses = map[daybook.Kind]int{
	daybook.Invalid:              http.StatusUnprocessableEntity,
	daybook.Unauthorized:         http.StatusUnauthorized,
	daybook.Forbidden:            http.StatusForbidden,
	daybook.NotFound:             http.StatusNotFound,
	daybook.Conflict:             http.StatusConflict,
	daybook.PreconditionFailed:   http.StatusPreconditionFailed,
	daybook.PreconditionRequired: http.StatusPreconditionRequired,
	daybook.TooLarge:             http.StatusRequestEntityTooLarge,
	daybook.RateLimited:          http.StatusTooManyRequests,
	daybook.Upstream:             http.StatusBadGateway,
	daybook.Timeout:              http.StatusGatewayTimeout,
	daybook.Unavailable:          http.StatusServiceUnavailable,
	daybook.Internal:             http.StatusInternalServerError,
}

// errorBody is an error in the form of the older service: detail is a sentence
// or, for a 422, a list of errorField.
type errorBody struct {
	status  int
	headers http.Header
	Detail  any `json:"detail"`
	// EntryID is the existing entry that caused a conflict, if any.
	EntryID string `json:"entry_id,omitempty"`
	// OpenAI is the error in the form of OpenAI's API, for programs that use
	// that.
	OpenAI *openaiapi.Error `json:"error,omitempty"`
}

// errorField is an invalid input, in FastAPI's form.
type errorField struct {
	Loc  []any  `json:"loc"`
	Msg  string `json:"msg"`
	Type string `json:"type"`
}

func (e *errorBody) Error() string           { return http.StatusText(e.status) }
func (e *errorBody) GetStatus() int          { return e.status }
func (e *errorBody) GetHeaders() http.Header { return e.headers }

// ContentType keeps errors plain JSON, as older clients expect.
func (e *errorBody) ContentType(string) string { return "application/json" }

// Schema describes the body in the OpenAPI document: detail has two forms.
func (e *errorBody) Schema(r huma.Registry) *huma.Schema {
	return &huma.Schema{
		Type:     huma.TypeObject,
		Required: []string{"detail"},
		Properties: map[string]*huma.Schema{"detail": {
			OneOf: []*huma.Schema{
				{Type: huma.TypeString},
				{Type: huma.TypeArray, Items: &huma.Schema{
					Type:     huma.TypeObject,
					Required: []string{"loc", "msg", "type"},
					Properties: map[string]*huma.Schema{
						"loc":  {Type: huma.TypeArray, Items: &huma.Schema{OneOf: []*huma.Schema{{Type: huma.TypeString}, {Type: huma.TypeInteger}}}},
						"msg":  {Type: huma.TypeString},
						"type": {Type: huma.TypeString},
					},
				}},
			},
		}, "entry_id": {Type: huma.TypeString, Description: "The entry that causes the conflict, if there is one"}},
	}
}

// huma creates its errors, mostly those of validation, with a variable of its
// package. We set that once, before any API is created.
func init() { huma.NewError = newError }

// newError converts huma's validation errors to our form. A body that is not
// JSON is a 422 here, as in FastAPI. Invalid values are left out: they are the
// user's text.
func newError(status int, message string, errs ...error) huma.StatusError {
	var fields []errorField
	for _, err := range errs {
		var d *huma.ErrorDetail
		if errors.As(err, &d) {
			fields = append(fields, fieldOf(d))
		}
	}
	switch {
	case status == http.StatusBadRequest:
		status = http.StatusUnprocessableEntity
		if len(fields) == 0 {
			fields = []errorField{{[]any{"body"}, "The body is not valid JSON", "json_invalid"}}
		}
	case status == http.StatusRequestEntityTooLarge:
		message = "The request is too large."
	case status == http.StatusUnprocessableEntity && len(fields) == 0:
		fields = []errorField{{[]any{"body"}, message, "value_error"}}
	}
	if len(fields) > 0 {
		return &errorBody{status: status, Detail: fields}
	}
	return &errorBody{status: status, Detail: message}
}

// fieldOf converts one of huma's findings to FastAPI's form.
func fieldOf(d *huma.ErrorDetail) errorField {
	loc := location(d.Location)
	msg := d.Message
	for _, rule := range []struct{ prefix, kind, msg string }{
		{"expected string", "string_type", "Input should be a valid string"},
		{"expected integer", "int_type", "Input should be a valid integer"},
		{"expected boolean", "bool_type", "Input should be a valid boolean"},
		{"expected array", "list_type", "Input should be a valid list"},
		{"expected object", "model_attributes_type", "Input should be a valid object"},
		{"expected number >=", "greater_than_equal", "Input should be greater than or equal to" + strings.TrimPrefix(msg, "expected number >=")},
		{"expected number <=", "less_than_equal", "Input should be less than or equal to" + strings.TrimPrefix(msg, "expected number <=")},
	} {
		if strings.HasPrefix(msg, rule.prefix) {
			return errorField{loc, rule.msg, rule.kind}
		}
	}
	if name, ok := strings.CutPrefix(msg, "expected required property "); ok {
		name, _, _ = strings.Cut(name, " ")
		return errorField{append(loc, name), "Field required", "missing"}
	}
	if d.Location == "body" {
		// The JSON decoder's message quotes the body.
		return errorField{loc, "The body is not valid JSON of the expected shape", "json_invalid"}
	}
	return errorField{loc, msg, "value_error"}
}

// location splits "body.message_history[2].text" into its parts.
func location(path string) []any {
	loc := []any{}
	for _, step := range strings.FieldsFunc(path, func(r rune) bool { return r == '.' || r == '[' || r == ']' }) {
		if n, err := strconv.Atoi(step); err == nil {
			loc = append(loc, n)
			continue
		}
		loc = append(loc, step)
	}
	return loc
}

// statusError converts any failure of a handler to a response, and logs those
// that are our fault.
func (s *server) statusError(err error) *errorBody {
	kind := daybook.KindOf(err)
	out := &errorBody{status: statuses[kind], Detail: daybook.PublicMessage(err), headers: http.Header{}}
	if kind == daybook.Internal {
		s.Log.Error("request failed", "err", err)
	}
	var e *daybook.Error
	if errors.As(err, &e) && kind == daybook.Invalid && e.Field != "" {
		out.Detail = []errorField{{location(e.Field), e.Message, "value_error"}}
	}
	var taken *notes.Taken
	if errors.As(err, &taken) {
		out.EntryID = taken.EntryID
	}
	var provider *llm.Error
	if errors.As(err, &provider) && provider.After > 0 {
		out.headers.Set("Retry-After", strconv.Itoa(int(math.Ceil(provider.After.Seconds()))))
	}
	var wait session.RetryAfter
	if errors.As(err, &wait) {
		out.headers.Set("Retry-After", strconv.Itoa(int(math.Ceil(time.Duration(wait).Seconds()))))
	}
	if kind == daybook.Unauthorized {
		out.headers.Set("WWW-Authenticate", `Bearer realm="daybook"`)
	}
	return out
}

// refuse responds with an error outside of huma's handlers.
func (s *server) refuse(w http.ResponseWriter, err error) {
	s.write(w, s.statusError(err))
}

// Refuse responds with an error in this package's form before a request reaches
// one of its handlers.
func Refuse(w http.ResponseWriter, r *http.Request, log *slog.Logger, err error) {
	s := &server{Config: Config{Log: log}}
	secured(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.turnAway(w, r, err) })).ServeHTTP(w, r)
}

// respond writes a response without huma.
func (s *server) respond(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

func (s *server) write(w http.ResponseWriter, e *errorBody) {
	for name, values := range e.headers {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(e.status)
	_ = json.NewEncoder(w).Encode(e)
}

// ended returns why the server ended a request, such as when it stops; nil if
// it did not. The cause of the request's context is a *daybook.Error then.
func ended(ctx context.Context) error {
	var why *daybook.Error
	if ctx.Err() != nil && errors.As(context.Cause(ctx), &why) {
		return why
	}
	return nil
}

// left reports whether the client went away. Any failure was caused by that or
// does not matter any more.
func left(ctx context.Context) bool {
	return errors.Is(ctx.Err(), context.Canceled) && ended(ctx) == nil
}

// errLeft is the response to a client that went away, and is not logged.
var errLeft = daybook.Errorf(daybook.Unavailable, "The request was cancelled.")

// requestError is statusError for a request with the context ctx.
func (s *server) requestError(ctx context.Context, err error) *errorBody {
	if why := ended(ctx); why != nil {
		err = why
	} else if left(ctx) {
		err = errLeft
	}
	return s.statusError(err)
}
