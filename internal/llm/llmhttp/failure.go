package llmhttp

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"syscall"
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

// plainCode is what a provider's error code must look like to be shown.
var plainCode = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,64}$`)

// Status returns the failure for an HTTP status and a provider's code, as
// Recognize returns it. 0 is the status of an error inside a response. It looks
// at nothing else of the response but the header.
func (c Caller) Status(status int, code string, header http.Header) *llm.Error {
	if !plainCode.MatchString(code) {
		code = ""
	}
	e := &llm.Error{Provider: c.Name, Status: status, Code: code, After: retryAfter(header, time.Now())}
	kind, sentence, retry := c.meaning(status, code)
	switch {
	case status == 0 && code != "": // it came inside of an answer
		sentence += fmt.Sprintf(" (%s)", code)
	case status == 0:
		sentence += "."
	case code != "":
		sentence += fmt.Sprintf(" (%d, %s)", status, code)
	default:
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
var missingModel = map[string]bool{noModel: true, "not_found_error": true, "NOT_FOUND": true}

// meaning says what a status is about and whether asking again may help.
func (c Caller) meaning(status int, code string) (kind daybook.Kind, sentence string, retry bool) {
	switch {
	case code == badRegion:
		return daybook.Upstream, c.Label + " does not serve the country that it is asked from", false
	case code == unverified:
		return daybook.Upstream, c.Label + " requires the organization to be verified for this model", false
	case code == noCredit || code == "billing_error" || status == http.StatusPaymentRequired:
		return daybook.RateLimited, "The quota of the account at " + c.Label + " is used up", false
	case code == tooLong || status == http.StatusRequestEntityTooLarge:
		return daybook.Upstream, "The prompt is too long for this model of " + c.Label + "; set its context window in the settings", false
	case code == noChat:
		return daybook.Invalid, "This model of " + c.Label + " does not chat; choose another one", false
	case code == noModel, status == http.StatusNotFound && missingModel[code]:
		return daybook.Invalid, c.Label + " has no model of this name", false
	case status == http.StatusUnauthorized || status == http.StatusForbidden || code == badKey:
		return daybook.Upstream, fmt.Sprintf("%s did not accept the key; check %s", c.Label, c.KeyVar), false
	case status == http.StatusNotFound:
		return daybook.Upstream, c.Label + " does not know this model, or its address is wrong", false
	case status == http.StatusTooManyRequests:
		return daybook.RateLimited, c.Label + " is being asked too much for now; try again in a while", true
	case status == http.StatusRequestTimeout || status == http.StatusGatewayTimeout:
		return daybook.Timeout, c.Label + " did not answer in time", true
	case code == loading:
		return daybook.Upstream, c.Label + " is still loading its model; try again in a while", true
	case status >= 500:
		return daybook.Upstream, c.Label + " has trouble of its own for now", true
	}
	return daybook.Upstream, c.Label + " refused the request", false
}

// webPage returns the failure of a web page that answered in the provider's
// place: a proxy or a sign-in page of the network.
func (c Caller) webPage(status int, header http.Header) error {
	e := c.Status(status, "", header)
	if status/100 == 2 || status/100 == 4 {
		e.Retry = status == http.StatusTooManyRequests || status == http.StatusRequestTimeout
		if !e.Retry && status != http.StatusUnauthorized && status != http.StatusForbidden {
			e.Public.Message = fmt.Sprintf("A web page answered instead of %s; check its address, and whether this network asks you to sign in. (%d)", c.Label, status)
		}
	}
	return e
}

// unfinished returns the failure of an answer that ended for a reason that does
// not make it complete.
func (c Caller) unfinished(reason string) error {
	if !plainCode.MatchString(reason) {
		reason = "for an unknown reason"
	}
	return &llm.Error{
		Provider: c.Name, Retry: true,
		Public: daybook.Errorf(daybook.Upstream, "%s ended its answer early. (%s)", c.Label, reason),
	}
}

// Broken returns the failure that an error of the transport means: silence, a
// connection that could not be made, an answer that broke off. When ctx has
// ended it is ctx's own error. A server that refuses connections is not running,
// so a call for which somebody waits is not worth repeating.
func (c Caller) Broken(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	e := &llm.Error{Provider: c.Name, Retry: true, Public: &daybook.Error{Kind: daybook.Upstream}}
	switch {
	case errors.Is(err, ErrIdle):
		e.Down = true
		e.Public.Kind, e.Public.Message = daybook.Timeout, c.Label+" did not respond in time."
	case errors.Is(err, ErrTooLarge):
		e.Retry, e.Public.Message = false, c.Label+" sent a response that is too large."
	case errors.Is(err, errRedirect):
		e.Retry, e.Public.Message = false, c.Label+" redirects to another address; set that address instead."
	case isTimeout(err):
		e.Down, e.Retry = true, !llm.SomebodyWaits(ctx)
		e.Public.Kind, e.Public.Message = daybook.Timeout, c.Label+" could not be reached in time; is its address right, and the network up?"
	case isDown(err):
		e.Down = true
		e.Retry, e.Public.Message = !llm.SomebodyWaits(ctx), c.Label+" could not be reached; is it running, and is its address right?"
	default:
		e.Down = true
		e.Public.Message = c.Label + " could not be reached; is its address right, and the network up?"
	}
	return e
}

// isDown reports whether nothing listens at the address, or there is no such
// host.
func isDown(err error) bool {
	if errors.Is(err, syscall.ECONNREFUSED) {
		return true
	}
	var lookup *net.DNSError
	return errors.As(err, &lookup) && lookup.IsNotFound
}

// isTimeout reports whether a connection could not be made in time.
func isTimeout(err error) bool {
	var network net.Error
	return errors.As(err, &network) && network.Timeout()
}

// Cut returns the failure of a stream that ended early.
func (c Caller) Cut(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if errors.Is(err, ErrIdle) {
		return c.Broken(ctx, err)
	}
	return &llm.Error{Provider: c.Name, Retry: true, Public: daybook.Errorf(daybook.Upstream, "The answer of %s broke off.", c.Label)}
}

// Nonsense returns the failure of an answer that breaks the protocol.
func (c Caller) Nonsense() error {
	return &llm.Error{Provider: c.Name, Retry: true, Public: daybook.Errorf(daybook.Upstream, "%s answered something that cannot be read.", c.Label)}
}

// Vectors checks the vectors of n inputs: as many, none empty, all of one
// length. Those that no search can use, of zeros or with a number that is not
// finite, become nil; nil ones are left alone.
func (c Caller) Vectors(vectors [][]float32, n int) error {
	if len(vectors) != n {
		return c.Nonsense()
	}
	dim := 0
	for i, v := range vectors {
		if v == nil {
			continue
		}
		if dim == 0 {
			dim = len(v)
		}
		if len(v) == 0 || len(v) != dim {
			return c.Nonsense()
		}
		if !usable(v) {
			vectors[i] = nil
		}
	}
	return nil
}

// usable reports whether a vector has a direction.
func usable(v []float32) bool {
	var sum float64
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	return sum > 0 && !math.IsInf(sum, 0) && !math.IsNaN(sum)
}

// retryAfter reads how long a provider asks to wait, in any of the ways in
// use; 0 if it does not say.
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
