package llm

import (
	"context"
	"errors"
	"strings"

	"daybook"
)

// askedAgain is how often to ask again after an answer that is not valid.
const askedAgain = 2

// tokensForAgain are the tokens that asking again adds to the answer that was not
// accepted.
const tokensForAgain = 100

// maxAnswer is the longest answer, in bytes. A model that exceeds it does not stop.
const maxAnswer = 4 << 20

// Ask returns a structured answer as a T. The request's Schema gives its shape;
// check, which may be nil, tests what a schema cannot express. The error of check
// goes to the model and into ours, so it must not quote the answer.
//
// Ask is lenient: it finds the answer in any text around it, and accepts prose if T
// implements Prose. If an answer is not usable, it asks again with the reason, at
// most twice. After that it accepts an answer that lacks some properties, and
// otherwise the error is Upstream. In the background, it also asks again after an
// interrupted answer. The usage is the sum of all attempts.
func Ask[T any](ctx context.Context, model ChatModel, req Request, check func(*T) error) (T, Usage, error) {
	var total Usage
	var partly *T
	for attempt := 0; ; attempt++ {
		text, finish, usage, err := collect(ctx, model, req)
		total = sum(total, usage)
		if err == nil {
			err = finishError(finish)
		}
		if attempt < askedAgain && text != "" && mayRepeat(ctx, err) {
			continue
		}
		if err == nil {
			value, some, reason := decode(text, check)
			if reason == nil {
				return value, total, nil
			}
			if partly == nil {
				partly = some
			}
			if attempt < askedAgain {
				req = again(req, text, reason)
				continue
			}
			err = invalidAnswer(reason)
		}
		if partly != nil && ctx.Err() == nil {
			return *partly, total, nil
		}
		return *new(T), total, err
	}
}

// mayRepeat reports whether to ask again after an answer was interrupted. Only work
// in the background has the time.
func mayRepeat(ctx context.Context, err error) bool {
	var failure *Error
	return errors.As(err, &failure) && failure.Retry && ctx.Err() == nil && !IsInteractive(ctx)
}

func sum(a, b Usage) Usage {
	return Usage{a.InputTokens + b.InputTokens, a.OutputTokens + b.OutputTokens}
}

// collect runs a stream to its end. With an error, it also returns the text so far.
func collect(ctx context.Context, model ChatModel, req Request) (string, Finish, Usage, error) {
	var text strings.Builder
	for chunk, err := range model.Stream(ctx, req) {
		if err != nil {
			return text.String(), "", Usage{}, err
		}
		text.WriteString(chunk.Text)
		if text.Len() > maxAnswer {
			return "", "", Usage{}, tooLong()
		}
		if chunk.Finish != "" {
			return text.String(), chunk.Finish, chunk.Usage, nil
		}
	}
	return "", "", Usage{}, errNoEnd
}

// errNoEnd is the error of a stream that breaks ChatModel's contract by ending
// without Finish or an error.
var errNoEnd = &daybook.Error{Kind: daybook.Upstream, Message: "The model's answer broke off."}

func tooLong() error {
	return daybook.Errorf(daybook.Upstream, "The model's answer is larger than %d MB.", maxAnswer>>20)
}

// ErrCut means that an answer reached the limit on tokens.
var ErrCut = daybook.Errorf(daybook.Upstream, "The model's answer was cut off by its limit on tokens, so it is not complete.")

func finishError(finish Finish) error {
	switch finish {
	case FinishLength:
		return ErrCut
	case FinishRefusal:
		return daybook.Errorf(daybook.Upstream, "The model declined to answer this.")
	}
	return nil
}

// again returns the request that asks once more and says what was wrong.
func again(req Request, answer string, reason error) Request {
	messages := append([]Message{}, req.Messages...)
	if strings.TrimSpace(answer) != "" {
		messages = append(messages, Message{Role: Assistant, Text: answer})
	}
	if req.InputTokens > 0 {
		req.InputTokens += CountTokens(answer) + tokensForAgain
	}
	req.Messages = append(messages, Message{
		Role: User, Text: "Your answer cannot be used: " + reason.Error() + ". Answer again, with one JSON object of the form that was asked for and nothing else.",
	})
	return req
}
