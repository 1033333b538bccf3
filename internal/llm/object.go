package llm

import (
	"context"
	"errors"
	"strings"

	"daybook"
)

// askedAgain is how often an answer that does not validate is asked for
// again.
const askedAgain = 2

// tokensForAgain are those of asking again, around the answer that did not
// do.
const tokensForAgain = 100

// maxAnswer bounds an answer, in bytes: more is a model that does not stop.
const maxAnswer = 4 << 20

// Ask returns a structured answer as a T. The request's Schema says its
// shape; check, which may be nil, what a schema cannot say. The error of check
// goes to the model and into ours, so it must not quote the answer. The form is
// a means: the answer is taken out of whatever is around it, and prose is one
// for a T that implements Prose. An answer without what was asked for is asked
// for again with the reason, twice at most; then one that lacks some properties
// does, and otherwise the error is Upstream. In the background an answer that
// broke off is asked for again too. The usage is that of all attempts.
func Ask[T any](ctx context.Context, model ChatModel, req Request, check func(*T) error) (T, Usage, error) {
	var total Usage
	var partly *T
	for attempt := 0; ; attempt++ {
		text, finish, usage, err := collect(ctx, model, req)
		total = sum(total, usage)
		if err == nil {
			err = finishError(finish)
		}
		if attempt < askedAgain && text != "" && brokeOff(ctx, err) {
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

// brokeOff reports whether an answer that had begun may be asked for anew: who
// does work in the background has the time.
func brokeOff(ctx context.Context, err error) bool {
	var failure *Error
	return errors.As(err, &failure) && failure.Retry && ctx.Err() == nil && !SomebodyWaits(ctx)
}

func sum(a, b Usage) Usage {
	return Usage{a.InputTokens + b.InputTokens, a.OutputTokens + b.OutputTokens}
}

// collect runs a stream to its end. With an error comes the text until then.
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

// ErrCut says that a limit on tokens cut an answer.
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

// again is the request that asks once more, with what was wrong.
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
