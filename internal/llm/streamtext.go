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

// TextPart is a piece of a streamed text. The last has no Text but Finish and
// Usage, which is the sum of all attempts.
type TextPart struct {
	Text   string
	Finish Finish
	Usage  Usage
}

// StreamText requests an object with one string field and streams that field's text
// as it grows. It also accepts an answer in another form, or in prose, as a whole
// once it is complete. If a reply has no answer in it, it asks again with the reason,
// at most twice and only while nothing was shown. After that it returns an error, as
// it does if a limit cut the answer or the model declined.
func StreamText(ctx context.Context, model ChatModel, req Request, field string) iter.Seq2[TextPart, error] {
	return func(yield func(TextPart, error) bool) {
		model, ask := model, req // what they are of need not be kept
		ask.Schema = textSchema(field)
		var spent Usage
		for attempt := 0; ; attempt++ {
			t := &textStream{name: field, field: partialjson.NewFinder(field), yield: yield, usage: spent, ask: &ask}
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
	name  string
	field *partialjson.Finder
	yield func(TextPart, error) bool
	ask   *Request // dropped once something was shown
	raw   bytes.Buffer
	size  int
	usage Usage  // of the attempts before, and of this one at its end
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

// add shows the text that a chunk added to the field. Leading white space waits for
// text, so that nothing is shown of a blank answer, which does not count.
func (t *textStream) add(text string) error {
	if t.size += len(text); t.size > maxAnswer {
		return tooLong()
	}
	if !t.shown {
		t.raw.WriteString(text)
	}
	t.show(t.field.Feed(text))
	return nil
}

func (t *textStream) show(added string) {
	if !t.shown && strings.TrimSpace(added) == "" {
		t.blank += added
		return
	}
	if added == "" {
		return
	}
	if !t.shown {
		added = t.blank + added
	}
	t.shown, *t.ask, t.raw = true, Request{}, bytes.Buffer{}
	t.left = !t.yield(TextPart{Text: added}, nil)
}

// end passes on the last part. If nothing was shown, it finds the answer in the whole
// text.
func (t *textStream) end(chunk Chunk) error {
	t.usage = sum(t.usage, chunk.Usage)
	if err := finishError(chunk.Finish); err != nil {
		return err
	}
	if !t.shown {
		text, err := answerIn(t.raw.String(), t.name)
		if err != nil {
			return err
		}
		t.blank = ""
		if t.show(text); t.left {
			return nil
		}
	}
	t.left = !t.yield(TextPart{Finish: chunk.Finish, Usage: t.usage}, nil)
	return nil
}

// Watched returns model, calling show with each answer's string field as it grows.
// Again says that the answer starts over, so the text shown before is void. The
// caller decides whether the whole is an answer.
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
		field := partialjson.NewFinder(w.field)
		if w.shown {
			w.show("", true)
			w.shown = false
		}
		for chunk, err := range w.ChatModel.Stream(ctx, req) {
			if err == nil {
				if text := field.Feed(chunk.Text); text != "" {
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
