package llmhttp

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"daybook"
	"daybook/internal/llm"
)

// Caller says who is called, for the errors of a provider's adapter.
type Caller struct {
	Name   string // as in "provider/model"
	Label  string // as a person knows it
	KeyVar string // the variable that holds the key
}

// plainCode is what a provider's error code must look like to be passed on.
var plainCode = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,64}$`)

// Status returns the failure that an HTTP status with a provider's code
// means. Of the answer nothing but these and the header is looked at.
func (c Caller) Status(status int, code string, header http.Header) *llm.Error {
	if !plainCode.MatchString(code) {
		code = ""
	}
	e := &llm.Error{Provider: c.Name, Status: status, Code: code, After: retryAfter(header, time.Now())}
	kind, sentence, retry := c.meaning(status, code)
	if code != "" {
		sentence += fmt.Sprintf(" (%d, %s)", status, code)
	} else {
		sentence += fmt.Sprintf(" (%d)", status)
	}
	e.Retry = retry
	e.Public = &daybook.Error{Kind: kind, Message: sentence}
	if kind == daybook.Invalid {
		e.Public.Field = "body.model"
	}
	return e
}

// missingModel are the codes by which providers say that they have no such
// model.
var missingModel = map[string]bool{"model_not_found": true, "not_found_error": true, "NOT_FOUND": true}

// meaning says what a status is about and whether asking again may help.
func (c Caller) meaning(status int, code string) (kind daybook.Kind, sentence string, retry bool) {
	switch {
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return daybook.Upstream, fmt.Sprintf("%s did not accept the key; check %s", c.Label, c.KeyVar), false
	case status == http.StatusNotFound && missingModel[code]:
		return daybook.Invalid, c.Label + " has no model of this name", false
	case status == http.StatusNotFound:
		return daybook.Upstream, c.Label + " does not know this model, or its address is wrong", false
	case code == "insufficient_quota" || code == "billing_error":
		return daybook.RateLimited, "The quota of the account at " + c.Label + " is used up", false
	case status == http.StatusTooManyRequests:
		return daybook.RateLimited, c.Label + " is being asked too much for now; try again in a while", true
	case status == http.StatusRequestTimeout || status == http.StatusGatewayTimeout:
		return daybook.Timeout, c.Label + " did not answer in time", true
	case code == "context_length_exceeded" || status == http.StatusRequestEntityTooLarge:
		return daybook.Upstream, "The prompt is too long for this model of " + c.Label + "; set its context window in the settings", false
	case status >= 500:
		return daybook.Upstream, c.Label + " has trouble of its own for now", true
	}
	return daybook.Upstream, c.Label + " refused the request", false
}

// Broken returns the failure that an error of the transport means: silence, a
// connection that could not be made, an answer that broke off. When ctx has
// ended it is ctx's own error.
func (c Caller) Broken(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	e := &llm.Error{Provider: c.Name, Retry: true, Public: &daybook.Error{Kind: daybook.Upstream}}
	switch {
	case errors.Is(err, ErrIdle):
		e.Public.Kind, e.Public.Message = daybook.Timeout, c.Label+" was silent for too long and was given up."
	case errors.Is(err, ErrTooLarge):
		e.Retry, e.Public.Message = false, c.Label+" answered more than can be taken."
	case errors.Is(err, ErrRedirect):
		e.Retry, e.Public.Message = false, c.Label+" wants to be asked at another address; the settings must name the one that answers."
	default:
		e.Public.Message = c.Label + " could not be reached; is its address right, and the network up?"
	}
	return e
}

// Cut returns the failure of an answer that ended without its end.
func (c Caller) Cut(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if errors.Is(err, ErrIdle) {
		return c.Broken(ctx, err)
	}
	return &llm.Error{Provider: c.Name, Retry: true, Public: daybook.Errorf(daybook.Upstream, "The answer of %s broke off.", c.Label)}
}

// Nonsense returns the failure of an answer that is not what the protocol
// says.
func (c Caller) Nonsense() error {
	return &llm.Error{Provider: c.Name, Retry: true, Public: daybook.Errorf(daybook.Upstream, "%s answered something that cannot be read.", c.Label)}
}

// Vectors checks the vectors of n inputs: as many, none empty, all of one
// length.
func (c Caller) Vectors(vectors [][]float32, n int) error {
	if len(vectors) != n {
		return c.Nonsense()
	}
	for _, v := range vectors {
		if len(v) == 0 || len(v) != len(vectors[0]) {
			return c.Nonsense()
		}
	}
	return nil
}

// retryAfter reads how long a provider asks to wait, in any of the ways in
// use; 0 where it does not say.
func retryAfter(header http.Header, now time.Time) time.Duration {
	if ms, err := strconv.ParseFloat(header.Get("Retry-After-Ms"), 64); err == nil && ms > 0 {
		return time.Duration(ms * float64(time.Millisecond))
	}
	value := strings.TrimSpace(header.Get("Retry-After"))
	if seconds, err := strconv.ParseFloat(value, 64); err == nil && seconds > 0 {
		return time.Duration(min(seconds, 1e6) * float64(time.Second))
	}
	if at, err := http.ParseTime(value); err == nil {
		return max(0, at.Sub(now))
	}
	return 0
}
