package llm

import (
	"time"

	"daybook"
)

// Error is a provider's failure in our words. It contains the response's status and,
// if it is a plain identifier, the provider's code, and nothing else of the response.
// It contains nothing of the request, which may have text of the diary.
type Error struct {
	Provider string
	Status   int           // the HTTP status, 0 if there was none
	Code     string        // the provider's code, such as "insufficient_quota"
	Retry    bool          // the same request may succeed later
	Down     bool          // the provider cannot be reached, or is silent
	After    time.Duration // how long the provider asked to wait, 0 if it did not
	// Public has the kind and the sentence for a person: RateLimited,
	// Timeout or Upstream, or Invalid for a model that does not exist.
	Public *daybook.Error
}

// CodeLoading is the code of a server that is still loading its model.
const CodeLoading = "model_loading"

// CodeTooLong is the code for an input that is too long for the model.
const CodeTooLong = "context_length_exceeded"

// CodeNoModel is the code for a model that the server does not have.
const CodeNoModel = "model_not_found"

// Error returns the sentence for a person.
func (e *Error) Error() string { return e.Public.Error() }

// Unwrap returns Public, so that daybook.KindOf finds the kind.
func (e *Error) Unwrap() error { return e.Public }
