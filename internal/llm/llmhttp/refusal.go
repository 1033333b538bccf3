package llmhttp

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Refusal is an error from a server, by its status or in an answer. Its text stays in
// the adapters, because servers quote what they were sent.
type Refusal struct {
	Status int
	Code   string // as Recognize returns it
	Page   bool   // a web page answered
	param  string
	text   string
	inside bool // the status was a success
	after  time.Duration
	header http.Header
}

// Error contains nothing of the response.
func (r *Refusal) Error() string { return "the server answered with an error" }

// public returns the error that may be shown.
func (r *Refusal) public(c Caller) error {
	if r.Page {
		return c.webPage(r.Status, r.header)
	}
	e := c.Status(r.Status, r.Code, r.header)
	e.After = max(e.After, r.after)
	if r.inside && r.Status == 0 {
		e.Retry = false
	}
	return e
}

// Says returns the server's text about a parameter that it refuses, in lower case; ""
// if it refuses something else.
func (r *Refusal) Says() string {
	if r.Page || !mayRefuse[r.Status] || r.Code == tooLong {
		return ""
	}
	return strings.ToLower(r.param + " " + r.text)
}

// mayRefuse are the statuses with which servers refuse a parameter. Some of them also
// mean other trouble, so the text must name the parameter.
var mayRefuse = map[int]bool{
	http.StatusBadRequest: true, http.StatusNotFound: true, http.StatusMethodNotAllowed: true, http.StatusUnsupportedMediaType: true,
	http.StatusUnprocessableEntity: true, http.StatusInternalServerError: true, http.StatusNotImplemented: true,
}

// newRefusal reads the body of an error in any form.
func newRefusal(status int, header http.Header, body []byte) *Refusal {
	r := &Refusal{Status: status, header: header, text: string(body[:min(len(body), maxError)])}
	trimmed := bytes.TrimSpace(body)
	if len(trimmed) > 0 && trimmed[0] == '<' {
		r.Page = true
		return r
	}
	r.read(trimmed, 0)
	r.Code = recognize(r.Status, r.Code, r.text)
	return r
}

// read looks for a code and a parameter in an error: an object, an object in another
// or in a list, or a text.
func (r *Refusal) read(body []byte, depth int) {
	var list []json.RawMessage
	if depth < 4 && json.Unmarshal(body, &list) == nil && len(list) > 0 {
		r.read(list[0], depth+1)
		return
	}
	var e struct {
		Error, Detail, Errors json.RawMessage
		Code, Type, Status    LooseString
		Param                 LooseString
		Details               []struct {
			Reason, RetryDelay LooseString
		}
	}
	if json.Unmarshal(body, &e) != nil {
		return
	}
	for _, inner := range []json.RawMessage{e.Error, e.Errors, e.Detail} {
		if depth < 4 && len(inner) > 0 {
			r.read(inner, depth+1)
		}
	}
	if r.param == "" {
		r.param = string(e.Param)
	}
	for _, d := range e.Details { // Google's
		if wait, err := time.ParseDuration(string(d.RetryDelay)); err == nil && wait > 0 {
			r.after = wait
		}
		if d.Reason == "API_KEY_INVALID" {
			r.Status = http.StatusUnauthorized
		}
	}
	for _, code := range []LooseString{e.Code, e.Type, e.Status} {
		if n, err := strconv.Atoi(string(code)); err == nil {
			if r.inside && r.Status == 0 && n >= 400 && n < 600 {
				r.Status = n
			}
			continue
		}
		if r.Code == "" && code != "error" {
			r.Code = string(code)
		}
	}
}

// Unreadable returns the error for an answer in an unknown form: the error inside it, or
// Nonsense.
func (c Caller) Unreadable(body []byte) error {
	if refused := refusalInside(body); refused != nil {
		return refused
	}
	return c.Nonsense()
}

// refusalInside returns the error in an answer with a status of success, or nil.
func refusalInside(body []byte) *Refusal {
	trimmed := bytes.TrimSpace(body)
	if len(trimmed) > 0 && trimmed[0] == '<' {
		return &Refusal{Status: http.StatusOK, Page: true, inside: true}
	}
	var e struct {
		Error, Detail json.RawMessage
		Object        LooseString
	}
	var list []json.RawMessage
	if json.Unmarshal(trimmed, &list) == nil && len(list) == 1 {
		trimmed = list[0]
	}
	if json.Unmarshal(trimmed, &e) != nil {
		return nil
	}
	if IsError(e.Error) || IsError(e.Detail) || e.Object == "error" {
		return InsideOf(trimmed, 0)
	}
	return nil
}

// IsError reports whether the field "error" of an answer holds one.
func IsError(raw json.RawMessage) bool {
	switch string(raw) {
	case "", "null", "false", `""`, "{}", "[]":
		return false
	}
	return true
}

// InsideOf returns an error that came in an answer. It has the given status unless it
// says another itself.
func InsideOf(body []byte, status int) *Refusal {
	r := &Refusal{inside: true, text: string(body[:min(len(body), maxError)])}
	r.read(body, 0)
	r.Code = recognize(r.Status, r.Code, r.text)
	if r.Status == 0 {
		r.Status = statusOf(r.Code)
	}
	if r.Status == 0 {
		r.Status = status
	}
	return r
}

// statusOf returns the status that goes with a code, or 0.
func statusOf(code string) int {
	switch lower := strings.ToLower(code); lower {
	case "rate_limit_exceeded", "rate_limit_error", "resource_exhausted", noCredit:
		return http.StatusTooManyRequests
	case "invalid_request_error", "invalid_argument", "badrequesterror", tooLong:
		return http.StatusBadRequest
	case "authentication_error", "invalid_api_key", "unauthenticated", "permission_error":
		return http.StatusUnauthorized
	case noModel, "not_found_error":
		return http.StatusNotFound
	case "server_error", "internal_error", "internal_server_error", "overloaded_error", "api_error", "unavailable", loading:
		return http.StatusInternalServerError
	}
	return 0
}
