package llm

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"

	"daybook"
	"daybook/internal/llm/partialjson"
)

// askedAgain is how often an answer that does not validate is asked for
// again.
const askedAgain = 2

// maxAnswer bounds an answer, in bytes: more is a model that does not stop.
const maxAnswer = 4 << 20

// Ask returns a structured answer as a T. The request's Schema says its
// shape; check, which may be nil, what a schema cannot say. An answer that
// does not validate is asked for again with the reason, twice at most; then
// the error is Upstream. The usage is that of all attempts.
func Ask[T any](ctx context.Context, model ChatModel, req Request, check func(*T) error) (T, Usage, error) {
	var total Usage
	for attempt := 0; ; attempt++ {
		text, finish, usage, err := collect(ctx, model, req)
		total.InputTokens += usage.InputTokens
		total.OutputTokens += usage.OutputTokens
		if err == nil {
			err = finishError(finish)
		}
		if err != nil {
			return *new(T), total, err
		}
		value, reason := decode(text, check)
		if reason == nil {
			return value, total, nil
		}
		if attempt == askedAgain {
			return *new(T), total, invalidAnswer(reason)
		}
		req = again(req, text, reason)
	}
}

// collect runs a stream to its end.
func collect(ctx context.Context, model ChatModel, req Request) (string, Finish, Usage, error) {
	var text strings.Builder
	for chunk, err := range model.Stream(ctx, req) {
		if err != nil {
			return "", "", Usage{}, err
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

// errNoEnd is a breach of ChatModel's promise: a stream that just ends.
var errNoEnd = &daybook.Error{Kind: daybook.Upstream, Message: "The model's answer broke off."}

func tooLong() error {
	return daybook.Errorf(daybook.Upstream, "The model's answer grew over %d MB and was given up.", maxAnswer>>20)
}

func finishError(finish Finish) error {
	switch finish {
	case FinishLength:
		return daybook.Errorf(daybook.Upstream, "The model's answer was cut off by its limit on tokens, so it is not complete.")
	case FinishRefusal:
		return daybook.Errorf(daybook.Upstream, "The model declined to answer this.")
	}
	return nil
}

// reasonError is why an answer does not validate, in words for the model. It
// quotes nothing of the answer.
type reasonError struct{ reason string }

func (e *reasonError) Error() string { return e.reason }

func invalidAnswer(reason error) error {
	return daybook.Errorf(daybook.Upstream, "The model's answer did not have the form that was asked for, not even when asked again (%s).", reason.Error())
}

// decode validates an answer against T strictly: one JSON object, no unknown
// field, the right types.
func decode[T any](text string, check func(*T) error) (T, error) {
	var value T
	dec := json.NewDecoder(strings.NewReader(unfence(text)))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&value); err != nil {
		return value, jsonReason(err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return value, &reasonError{"there is more after the JSON object"}
	}
	if check != nil {
		if err := check(&value); err != nil {
			return value, err
		}
	}
	return value, nil
}

// jsonReason says what is wrong without quoting the answer, as the decoder's
// own errors do.
func jsonReason(err error) error {
	var wrongType *json.UnmarshalTypeError
	switch {
	case errors.As(err, &wrongType):
		return &reasonError{fmt.Sprintf("the property %q has the wrong type", wrongType.Field)}
	case strings.Contains(err.Error(), "unknown field"):
		return &reasonError{"it has a property that is not in the schema"}
	}
	return &reasonError{"it is not valid JSON"}
}

// unfence takes off the code fence that some models put around JSON.
func unfence(text string) string {
	text = strings.TrimSpace(text)
	if body, ok := strings.CutPrefix(text, "```json"); ok {
		text = body
	} else if body, ok := strings.CutPrefix(text, "```"); ok {
		text = body
	} else {
		return text
	}
	return strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(text), "```"))
}

// again is the request that asks once more, with what was wrong.
func again(req Request, answer string, reason error) Request {
	messages := append([]Message{}, req.Messages...)
	if strings.TrimSpace(answer) != "" {
		messages = append(messages, Message{Role: Assistant, Text: answer})
	}
	req.Messages = append(messages, Message{
		Role: User, Text: "Your answer cannot be used: " + reason.Error() + ". Answer again, with one JSON object of the form that was asked for and nothing else.",
	})
	return req
}

// TextPart is a piece of a streamed text. Finish and Usage are set on the
// last, whose Text may be empty.
type TextPart struct {
	Text   string
	Finish Finish
	Usage  Usage
}

// StreamText asks for an object with one string field and streams that
// field's text as it grows. What does not validate is asked for again with
// the reason, twice at most and only while nothing was shown; after that it
// is an error, and so is an answer that a limit cut or the model declined.
func StreamText(ctx context.Context, model ChatModel, req Request, field string) iter.Seq2[TextPart, error] {
	return func(yield func(TextPart, error) bool) {
		req.Schema = textSchema(field)
		for attempt := 0; ; attempt++ {
			t := &textStream{field: partialjson.NewStringField(field), yield: yield}
			err := t.run(ctx, model, req)
			var reason *reasonError
			switch {
			case err == nil || t.left:
				return
			case !errors.As(err, &reason):
				yield(TextPart{}, err)
				return
			case t.shown || attempt == askedAgain:
				yield(TextPart{}, invalidAnswer(reason))
				return
			}
			req = again(req, t.raw.String(), reason)
		}
	}
}

func textSchema(field string) *Schema {
	return &Schema{Name: field, JSON: json.RawMessage(fmt.Sprintf(
		`{"type":"object","properties":{%q:{"type":"string"}},"required":[%q],"additionalProperties":false}`, field, field))}
}

// textStream is one attempt of StreamText.
type textStream struct {
	field *partialjson.StringField
	yield func(TextPart, error) bool
	raw   bytes.Buffer
	shown bool   // some text was passed on
	left  bool   // the caller left the loop
	blank string // white space held back until text follows
}

func (t *textStream) run(ctx context.Context, model ChatModel, req Request) error {
	for chunk, err := range model.Stream(ctx, req) {
		if err != nil {
			return err
		}
		if err := t.add(chunk.Text); err != nil || t.left {
			return err
		}
		if chunk.Finish != "" {
			return t.end(chunk)
		}
	}
	return errNoEnd
}

// add shows what a chunk added to the field. Leading white space waits for
// text: a blank answer is no answer, and nothing of it was shown then.
func (t *textStream) add(text string) error {
	if t.raw.Len()+len(text) > maxAnswer {
		return tooLong()
	}
	t.raw.WriteString(text)
	added, err := t.field.Feed(text)
	if !t.shown && strings.TrimSpace(added) == "" {
		t.blank += added
		added = ""
	}
	if added != "" {
		if !t.shown {
			added = t.blank + added
		}
		t.shown = true
		if t.left = !t.yield(TextPart{Text: added}, nil); t.left {
			return nil
		}
	}
	if err != nil {
		return &reasonError{"it is not one JSON object"}
	}
	return nil
}

// end validates the whole and passes the last part on.
func (t *textStream) end(chunk Chunk) error {
	if err := finishError(chunk.Finish); err != nil {
		return err
	}
	var whole map[string]json.RawMessage
	switch {
	case json.Unmarshal(t.raw.Bytes(), &whole) != nil:
		return &reasonError{"it is not valid JSON"}
	case !t.field.Seen():
		return &reasonError{"the property that was asked for is missing or not a string"}
	case !t.shown:
		return &reasonError{"the property that was asked for is blank"}
	}
	t.left = !t.yield(TextPart{Finish: chunk.Finish, Usage: chunk.Usage}, nil)
	return nil
}
