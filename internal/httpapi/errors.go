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

// statuses is the one place where kinds of failure become HTTP statuses.
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

// errorBody is an error as clients of the older service read it: detail is a
// sentence, or for a 422 a list of errorField.
type errorBody struct {
	status  int
	headers http.Header
	Detail  any `json:"detail"`
	// EntryID is the entry that is in the way, of a conflict that has one.
	EntryID string `json:"entry_id,omitempty"`
	// OpenAI is the error for programs that speak OpenAI's API.
	OpenAI *openaiapi.Error `json:"error,omitempty"`
}

// errorField is one input at fault, in FastAPI's form.
type errorField struct {
	Loc  []any  `json:"loc"`
	Msg  string `json:"msg"`
	Type string `json:"type"`
}

func (e *errorBody) Error() string           { return http.StatusText(e.status) }
func (e *errorBody) GetStatus() int          { return e.status }
func (e *errorBody) GetHeaders() http.Header { return e.headers }

// ContentType keeps errors plain JSON, as older clients expect them.
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
		}, "entry_id": {Type: huma.TypeString, Description: "The entry that is in the way, of a conflict that has one"}},
	}
}

// huma makes its errors, those of validation above all, by a function of the
// package; this is ours, set once before any API is made.
func init() { huma.NewError = newError }

// newError turns what huma found wrong with a request into our form. A body
// that is not JSON is a 422 here, as in FastAPI. The values at fault are left
// out: they are somebody's words.
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

// fieldOf puts a finding of huma's into FastAPI's words.
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
		// What the JSON decoder says quotes the body.
		return errorField{loc, "The body is not valid JSON of the expected shape", "json_invalid"}
	}
	return errorField{loc, msg, "value_error"}
}

// location splits "body.message_history[2].text" into its steps.
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

// statusError turns any failure of a handler into an answer, and logs those
// that are ours.
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

// refuse answers a request with an error outside of huma's handlers.
func (s *server) refuse(w http.ResponseWriter, err error) {
	s.write(w, s.statusError(err))
}

// Refuse answers a request with an error before it comes to a handler of this
// package, as one of those would.
func Refuse(w http.ResponseWriter, r *http.Request, log *slog.Logger, err error) {
	s := &server{Config: Config{Log: log}}
	secured(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.turnAway(w, r, err) })).ServeHTTP(w, r)
}

// respond writes an answer outside of huma's own way.
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

// ended returns why a request was ended from our side, as when the server stops;
// nil if it was not. The cause of its context then is a *daybook.Error.
func ended(ctx context.Context) error {
	var why *daybook.Error
	if ctx.Err() != nil && errors.As(context.Cause(ctx), &why) {
		return why
	}
	return nil
}

// left reports whether the client went away. Whatever failed then failed because
// of that, or is irrelevant.
func left(ctx context.Context) bool {
	return errors.Is(ctx.Err(), context.Canceled) && ended(ctx) == nil
}

// errLeft answers a client that went away, and is not logged.
var errLeft = daybook.Errorf(daybook.Unavailable, "The request was cancelled.")

// requestError is the statusError of a request with the context ctx.
func (s *server) requestError(ctx context.Context, err error) *errorBody {
	if why := ended(ctx); why != nil {
		err = why
	} else if left(ctx) {
		err = errLeft
	}
	return s.statusError(err)
}
