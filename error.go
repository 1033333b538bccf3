package daybook

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// Kind classifies an [Error]. Kinds become HTTP statuses in one place
// (internal/httpapi) and exit codes in another (cmd/daybook).
type Kind string

// The kinds of failure. An error without a kind is Internal.
const (
	Invalid              Kind = "invalid"               // the caller's input is wrong
	Unauthorized         Kind = "unauthorized"          // no token, or a wrong one
	Forbidden            Kind = "forbidden"             // a foreign host or origin
	NotFound             Kind = "not_found"             // no such thing
	Conflict             Kind = "conflict"              // it conflicts with the current state
	PreconditionFailed   Kind = "precondition_failed"   // it has changed since it was read
	PreconditionRequired Kind = "precondition_required" // a write lacks a precondition
	TooLarge             Kind = "too_large"             // over one of our limits
	RateLimited          Kind = "rate_limited"          // a provider's or our own budget is used up
	Upstream             Kind = "upstream"              // a provider failed or answered nonsense
	Timeout              Kind = "timeout"               // a provider did not answer in time
	Unavailable          Kind = "unavailable"           // starting, stopping, or the store is down
	Internal             Kind = "internal"              // a bug or failure on our side
)

// Error is a failure that may be shown to a user. Message is one sentence for
// the user, without journal text, prompts, keys or memory addresses. Field
// names the invalid input, if any, as a path such as "body.query". Err is the
// cause and may be nil; it is not shown to clients.
type Error struct {
	Kind    Kind
	Field   string
	Message string
	Err     error
}

// Error returns the message, followed by the cause if there is one.
func (e *Error) Error() string {
	if _, shown := e.Err.(hidden); e.Err == nil || shown {
		return e.Message
	}
	return strings.TrimSuffix(e.Message, ".") + ": " + e.Err.Error()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Errorf returns an *Error of the given kind. A %w in the format keeps the
// cause for errors.Is and errors.As, as with fmt.Errorf, but its text becomes
// part of the message: use it only for causes that are safe to show.
func Errorf(kind Kind, format string, args ...any) *Error {
	err := fmt.Errorf(format, args...)
	return &Error{Kind: kind, Message: err.Error(), Err: hide(errors.Unwrap(err))}
}

// hidden keeps a cause available to errors.Is and errors.As without printing it
// again.
type hidden struct{ err error }

func (h hidden) Error() string { return "" }
func (h hidden) Unwrap() error { return h.err }

func hide(err error) error {
	if err == nil {
		return nil
	}
	return hidden{err}
}

// KindOf returns the kind of the first *Error in err's chain. A cancelled
// context is Unavailable, an expired one Timeout, nil is "", anything else
// Internal.
func KindOf(err error) Kind {
	var e *Error
	switch {
	case err == nil:
		return ""
	case errors.As(err, &e):
		return e.Kind
	case errors.Is(err, context.DeadlineExceeded):
		return Timeout
	case errors.Is(err, context.Canceled):
		return Unavailable
	}
	return Internal
}

// PublicMessage returns what may be shown to a client for err: the Message of
// the first *Error in its chain, and a general sentence for anything else.
func PublicMessage(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return e.Message
	}
	switch KindOf(err) {
	case Timeout:
		return "The time for this request ran out."
	case Unavailable:
		return "The request was cancelled."
	}
	return "Something went wrong in Daybook. See its log for details."
}
