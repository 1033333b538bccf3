package chat

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"

	"daybook/internal/llm"
)

// ask lets a model answer.
func (s *Service) ask(ctx context.Context, req Request, model Model, found *Found, history []llm.Message) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		err := s.withhold(ctx, found)
		if err == nil {
			err = s.readCounted(ctx, req, model, found)
		}
		if err != nil {
			yield(Event{}, err)
			return
		}
		prompt, cut, err := s.prompt(req, model, found, history)
		if err != nil {
			yield(Event{}, err)
			return
		}
		found.Notices = append(found.Notices, cut...)
		found.tellLeftOut(req.Outside)
		if !yield(Event{Found: found}, nil) {
			return
		}
		done := Done{ThreadID: req.ThreadID, Citations: citations(found.Sources), PrivateLeftOut: found.PrivateLeftOut}
		notices, speaks := found.Notices, s.speak(found)
		marks := numbersOf(found.Sources)
		found = nil // large; don't hold it while streaming
		quotes := s.quotes(ctx, req, done.Citations)
		var text strings.Builder
		for part, err := range llm.StreamText(ctx, model.Chat, prompt, "response") {
			if err != nil {
				yield(Event{}, fmt.Errorf("ask %s: %w", model.Ref, err))
				return
			}
			done.Usage = part.Usage
			checked := quotes.stream.Feed(marks.feed(part.Text))
			if checked == "" {
				continue
			}
			text.WriteString(checked)
			if !yield(Event{Delta: checked}, nil) {
				return
			}
		}
		last := quotes.stream.Feed(marks.end())
		var tail string
		if tail, done.Quotations = quotes.end(); last+tail != "" {
			tail = last + tail
			text.WriteString(tail)
			if !yield(Event{Delta: tail}, nil) {
				return
			}
		}
		if uncertain := tellUncertain(speaks, restsOn(text.String(), done.Quotations, done.Citations)); uncertain != "" {
			notices = append(slices.Clip(notices), uncertain)
		}
		finish(yield, done, &text, notices)
	}
}

// finish ends an answer. It appends the notices to the text, because older clients
// show nothing else.
func finish(yield func(Event, error) bool, done Done, text *strings.Builder, notices []string) {
	for _, notice := range notices {
		line := "\n\n*" + notice + "*"
		text.WriteString(line)
		if !yield(Event{Delta: line}, nil) {
			return
		}
	}
	done.Text, done.Notices = text.String(), notices
	yield(Event{Done: &done}, nil)
}

// Collect consumes an answer and returns its last Found and its Done.
func Collect(events iter.Seq2[Event, error]) (Found, Done, error) {
	var found Found
	for e, err := range events {
		switch {
		case err != nil:
			return found, Done{}, err
		case e.Found != nil:
			found = *e.Found
		case e.Done != nil:
			return found, *e.Done, nil
		}
	}
	return found, Done{}, errors.New("stream ended early")
}
