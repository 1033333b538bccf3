package openai

import (
	"bytes"
	"encoding/json"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"daybook/internal/llm/llmhttp"
)

// codeTooLong is the code of a prompt that is longer than the context window.
const codeTooLong = llmhttp.TooLong

// refusal is an error that a server answered, by its status or inside of an
// answer. Its text stays in this package: servers quote what they were sent.
type refusal struct {
	status int
	code   string
	param  string
	text   string // all of the body, at most maxError bytes
	page   bool   // a web page answered
	inside bool   // the status was that of success
	header http.Header
}

// Error says nothing of what came back.
func (r *refusal) Error() string { return "the server answered with an error" }

// public returns the error that may be shown.
func (r *refusal) public(c llmhttp.Caller) error {
	if r.page {
		return c.WebPage(r.status, r.header)
	}
	e := c.Status(r.status, r.code, r.header)
	if r.inside && r.status == 0 {
		e.Retry = false
	}
	return e
}

// about reports whether the server refuses a parameter of which it speaks.
func (r *refusal) about(says *regexp.Regexp) bool {
	return !r.page && mayRefuse[r.status] && says.MatchString(strings.ToLower(r.param+" "+r.text))
}

// newRefusal reads the body of an error, in whatever form it is.
func newRefusal(status int, header http.Header, body []byte) *refusal {
	r := &refusal{status: status, header: header, text: string(body[:min(len(body), maxError)])}
	trimmed := bytes.TrimSpace(body)
	if len(trimmed) > 0 && trimmed[0] == '<' {
		r.page = true
		return r
	}
	r.read(trimmed, 0)
	r.code = llmhttp.Recognize(r.status, r.code, r.text)
	return r
}

// read looks for a code and a parameter in an error: an object, one inside of
// another or of a list, or a text.
func (r *refusal) read(body []byte, depth int) {
	var list []json.RawMessage
	if depth < 4 && json.Unmarshal(body, &list) == nil && len(list) > 0 {
		r.read(list[0], depth+1)
		return
	}
	var e struct {
		Error, Detail, Errors json.RawMessage
		Code, Type, Status    looseString
		Param                 looseString
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
	for _, code := range []looseString{e.Code, e.Type, e.Status} {
		if n, err := strconv.Atoi(string(code)); err == nil {
			if r.inside && r.status == 0 && n >= 400 && n < 600 {
				r.status = n
			}
			continue
		}
		if r.code == "" && code != "error" {
			r.code = string(code)
		}
	}
}

// refusalInside returns the error that an answer with a status of success is,
// or nil.
func refusalInside(body []byte) *refusal {
	trimmed := bytes.TrimSpace(body)
	if len(trimmed) > 0 && trimmed[0] == '<' {
		return &refusal{status: http.StatusOK, page: true, inside: true}
	}
	var e struct {
		Error, Detail json.RawMessage
		Object        looseString
	}
	var list []json.RawMessage
	if json.Unmarshal(trimmed, &list) == nil && len(list) == 1 {
		trimmed = list[0]
	}
	if json.Unmarshal(trimmed, &e) != nil || !isError(e.Error) && !isError(e.Detail) && e.Object != "error" {
		return nil
	}
	return insideOf(trimmed, 0)
}

// isError reports whether the field "error" of an answer holds one.
func isError(raw json.RawMessage) bool {
	switch string(raw) {
	case "", "null", "false", `""`, "{}", "[]":
		return false
	}
	return true
}

// insideOf returns an error that came inside of an answer. Unless it says which
// status it would have had, it has the one given.
func insideOf(body []byte, status int) *refusal {
	r := &refusal{inside: true, text: string(body[:min(len(body), maxError)])}
	r.read(body, 0)
	r.code = llmhttp.Recognize(r.status, r.code, r.text)
	if r.status == 0 {
		r.status = statusOf(r.code)
	}
	if r.status == 0 {
		r.status = status
	}
	return r
}

// statusOf returns the status that goes with a code, or 0.
func statusOf(code string) int {
	switch lower := strings.ToLower(code); lower {
	case "rate_limit_exceeded", "rate_limit_error", "resource_exhausted", llmhttp.NoCredit:
		return http.StatusTooManyRequests
	case "invalid_request_error", "invalid_argument", "badrequesterror", llmhttp.TooLong:
		return http.StatusBadRequest
	case "authentication_error", "invalid_api_key", "unauthenticated", "permission_error":
		return http.StatusUnauthorized
	case llmhttp.NoModel, "not_found_error":
		return http.StatusNotFound
	case "server_error", "internal_error", "internal_server_error", "overloaded_error", "api_error", "unavailable", llmhttp.Loading:
		return http.StatusInternalServerError
	}
	return 0
}
