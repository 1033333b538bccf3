package httpapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

// access is who may use a route.
type access int

const (
	owner  access = iota // requests with the token or a session; any under no_token
	anyone               // requests without a token too
)

// route is a line of the table.
type route struct {
	who    access
	op     huma.Operation
	handle handle
}

// handle registers the handler of an operation.
type handle func(huma.API, huma.Operation)

// option completes the description of a route.
type option func(*huma.Operation)

func get(path string, who access, h handle, id, summary string, more ...option) route {
	return newRoute(http.MethodGet, path, who, h, id, summary, more)
}

func post(path string, who access, h handle, id, summary string, more ...option) route {
	return newRoute(http.MethodPost, path, who, h, id, summary, more)
}

func put(path string, who access, h handle, id, summary string, more ...option) route {
	return newRoute(http.MethodPut, path, who, h, id, summary, more)
}

func patch(path string, who access, h handle, id, summary string, more ...option) route {
	return newRoute(http.MethodPatch, path, who, h, id, summary, more)
}

func del(path string, who access, h handle, id, summary string, more ...option) route {
	return newRoute(http.MethodDelete, path, who, h, id, summary, more)
}

func newRoute(method, path string, who access, h handle, id, summary string, more []option) route {
	op := huma.Operation{OperationID: id, Method: method, Path: path, Summary: summary, MaxBodyBytes: maxBody, DefaultStatus: http.StatusOK}
	if who == anyone {
		op.Security = []map[string][]string{}
	}
	for _, set := range more {
		set(&op)
	}
	return route{who, op, h}
}

// with returns routes if the server has their part.
func with(has bool, routes ...route) []route {
	if !has {
		return nil
	}
	return routes
}

// strictQuery refuses what huma lets pass in a query: an empty value where only
// some are allowed, and more empty values than a list may have.
func strictQuery(api huma.API) func(huma.Context, func(huma.Context)) {
	return func(c huma.Context, next func(huma.Context)) {
		u := c.URL()
		query := u.Query()
		for _, p := range c.Operation().Parameters {
			values := query[p.Name]
			if p.In != "query" || p.Schema == nil || len(values) == 0 {
				continue
			}
			detail := &huma.ErrorDetail{Location: "query." + p.Name}
			switch {
			case len(p.Schema.Enum) > 0 && values[0] == "" && !slices.Contains(p.Schema.Enum, any("")):
				detail.Message = fmt.Sprintf("expected one of %v", p.Schema.Enum)
			case values[0] == "" && slices.Contains([]string{huma.TypeBoolean, huma.TypeInteger, huma.TypeNumber}, p.Schema.Type):
				detail.Message = "expected " + p.Schema.Type
			case p.Schema.MaxItems != nil && len(values) > *p.Schema.MaxItems:
				detail.Message = fmt.Sprintf("expected at most %d values", *p.Schema.MaxItems)
			default:
				continue
			}
			_ = huma.WriteErr(api, c, http.StatusUnprocessableEntity, "validation failed", detail)
			return
		}
		next(c)
	}
}

// register registers routes, and remembers which paths need no token.
func (s *server) register(api huma.API, routes []route) {
	s.public = map[string]bool{}
	api.UseMiddleware(strictQuery(api))
	for _, r := range routes {
		r.handle(api, r.op)
		if r.who == anyone {
			s.public[r.op.Path] = true
		}
	}
}

// call handles a route that returns JSON. Its errors become statuses.
func call[I, O any](s *server, f func(context.Context, *I) (*O, error)) handle {
	return func(api huma.API, op huma.Operation) {
		huma.Register(api, op, func(ctx context.Context, in *I) (*O, error) {
			out, err := f(ctx, in)
			if status := (*errorBody)(nil); errors.As(err, &status) {
				return nil, status
			}
			if err != nil {
				return nil, s.requestError(ctx, err)
			}
			return out, nil
		})
	}
}

// stream handles a route that returns an event stream. An error before the first
// event becomes a status, a later one an event.
func stream[I any](s *server, f func(context.Context, *eventStream, *I) error) handle {
	return func(api huma.API, op huma.Operation) {
		huma.Register(api, op, func(_ context.Context, in *I) (*huma.StreamResponse, error) {
			return &huma.StreamResponse{Body: func(hc huma.Context) {
				r, w := humago.Unwrap(hc)
				events := newEventStream(w, s.Heartbeat)
				defer events.Close()
				if err := f(r.Context(), events, in); err != nil {
					s.failStream(r.Context(), w, events, err)
				}
			}}, nil
		})
	}
}

// plain handles a route whose body is read by f.
func plain(f http.HandlerFunc) handle {
	return func(api huma.API, op huma.Operation) {
		body := op.RequestBody
		op.RequestBody = nil // huma would read it
		huma.Register(api, op, func(context.Context, *struct{}) (*huma.StreamResponse, error) {
			return &huma.StreamResponse{Body: func(hc huma.Context) {
				r, w := humago.Unwrap(hc)
				f(w, r)
			}}, nil
		})
		if body != nil {
			item := api.OpenAPI().Paths[op.Path]
			if item.Post != nil {
				item.Post.RequestBody = body
			} else {
				item.Put.RequestBody = body
			}
		}
	}
}

func noContent(op *huma.Operation) { op.DefaultStatus = http.StatusNoContent }
func created(op *huma.Operation)   { op.DefaultStatus = http.StatusCreated }
func accepted(op *huma.Operation)  { op.DefaultStatus = http.StatusAccepted }

func maxBytes(n int64) option { return func(op *huma.Operation) { op.MaxBodyBytes = n } }

// fails lists the error statuses of a route besides those that every route has.
func fails(statuses ...int) option {
	return func(op *huma.Operation) { op.Errors = append(statuses, 401, 403, 500, 503) }
}

// errorsOf lists all error statuses of a route.
func errorsOf(statuses ...int) option { return func(op *huma.Operation) { op.Errors = statuses } }

// notModified describes status 304.
func notModified(when string) option {
	return func(op *huma.Operation) { op.Responses = map[string]*huma.Response{"304": {Description: when}} }
}

func unchanged(op *huma.Operation) {
	notModified("Nothing changed since the answer that If-None-Match names")(op)
}

// streams describes an event stream.
func streams(api huma.API, doc, schema string, events []event) option {
	return func(op *huma.Operation) { op.Description, op.Responses = doc, streamResponse(api, schema, events) }
}

// zipFile describes a zip file.
func zipFile(op *huma.Operation) {
	op.Responses = map[string]*huma.Response{"200": {
		Description: "The file",
		Content:     map[string]*huma.MediaType{"application/zip": {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}},
	}}
}

// pictures describes the picture of a page.
func pictures(op *huma.Operation) {
	picture := &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}
	op.Responses = map[string]*huma.Response{
		"200": {Description: "The picture", Content: map[string]*huma.MediaType{"image/jpeg": picture, "image/png": picture}},
		"304": {Description: "The picture is the one that If-None-Match names"},
	}
}
