package llm

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"strings"

	"daybook/internal/llm/partialjson"
)

// TextPart is a piece of a streamed text. Finish and Usage, that of all
// attempts, are set on the last, whose Text is empty.
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
		model, ask := model, req // what they are of need not be kept
		ask.Schema = textSchema(field)
		var spent Usage
		for attempt := 0; ; attempt++ {
			t := &textStream{field: partialjson.NewStringField(field), yield: yield, usage: spent, ask: &ask}
			err := t.run(ctx, model)
			spent = t.usage
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
			ask = again(ask, t.raw.String(), reason)
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
	ask   *Request // let go of once something was shown
	raw   bytes.Buffer
	usage Usage  // of the attempts before, and of this one at its end
	begun bool   // the object has begun, behind a fence or without one
	shown bool   // some text was passed on
	left  bool   // the caller left the loop
	blank string // white space held back until text follows
}

func (t *textStream) run(ctx context.Context, model ChatModel) error {
	for chunk, err := range model.Stream(ctx, *t.ask) {
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
// text: a blank answer does not count, and nothing of it was shown then.
func (t *textStream) add(text string) error {
	if t.raw.Len()+len(text) > maxAnswer {
		return tooLong()
	}
	t.raw.WriteString(text)
	added, err := t.feed(text)
	if !t.shown && strings.TrimSpace(added) == "" {
		t.blank += added
		added = ""
	}
	if added != "" {
		if !t.shown {
			added = t.blank + added
		}
		t.shown, *t.ask = true, Request{}
		if t.left = !t.yield(TextPart{Text: added}, nil); t.left {
			return nil
		}
	}
	if err != nil {
		return &reasonError{"it is not one JSON object"}
	}
	return nil
}

// feed passes on what is of the object. What follows it, be it the end
// of a fence, is judged at the end.
func (t *textStream) feed(text string) (added string, err error) {
	if !t.begun {
		if text = behindFence(t.raw.String()); text == "" {
			return "", nil
		}
		t.begun = true
	}
	if t.field.Done() {
		return "", nil
	}
	added, err = t.field.Feed(text)
	if t.field.Done() {
		err = nil
	}
	return added, err
}

// end validates the whole and passes the last part on.
func (t *textStream) end(chunk Chunk) error {
	t.usage = sum(t.usage, chunk.Usage)
	if err := finishError(chunk.Finish); err != nil {
		return err
	}
	var whole map[string]json.RawMessage
	switch {
	case json.Unmarshal([]byte(unfence(t.raw.String())), &whole) != nil:
		return &reasonError{"it is not valid JSON"}
	case !t.field.Seen():
		return &reasonError{"the property that was asked for is missing or not a string"}
	case !t.shown:
		return &reasonError{"the property that was asked for is blank"}
	}
	t.left = !t.yield(TextPart{Finish: chunk.Finish, Usage: t.usage}, nil)
	return nil
}

// Watched returns model with each answer's top-level string field shown as it
// grows, for answers that are one JSON object. Again says that an answer begins
// anew, and what was shown of the one before it does not count. Whether the
// whole is valid is for who asked to say.
func Watched(model ChatModel, field string, show func(text string, again bool)) ChatModel {
	return &watched{ChatModel: model, field: field, show: show}
}

type watched struct {
	ChatModel
	field string
	show  func(text string, again bool)
	shown bool // an answer before this one
}

func (w *watched) Stream(ctx context.Context, req Request) iter.Seq2[Chunk, error] {
	return func(yield func(Chunk, error) bool) {
		field, broken := partialjson.NewStringField(w.field), false
		if w.shown {
			w.show("", true)
			w.shown = false
		}
		for chunk, err := range w.ChatModel.Stream(ctx, req) {
			if err == nil && !broken {
				text, err := field.Feed(chunk.Text)
				broken = err != nil || field.Done()
				if text != "" {
					w.show(text, false)
					w.shown = true
				}
			}
			if !yield(chunk, err) {
				return
			}
		}
	}
}
