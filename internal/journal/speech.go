package journal

import (
	"context"

	"daybook"
	"daybook/internal/llm"
)

// Speech transcribes the recordings of entries.
type Speech struct {
	journal *Journal
	model   llm.Speech // nil if none is set
}

// Speech returns what transcribes recordings.
func (j *Journal) Speech() *Speech {
	model, _, _ := j.Models.Speech()
	return &Speech{j, model}
}

// Ready reports whether a model is set.
func (s *Speech) Ready() bool { return s.model != nil }

// Transcribe returns the words of a recording of an entry. One of a private entry,
// or that any private entry embeds, is daybook.Conflict, and is not sent.
func (s *Speech) Transcribe(ctx context.Context, entry, name string, data []byte) (string, error) {
	public, err := s.journal.publicEntries(ctx, []string{entry})
	if err != nil {
		return "", err
	}
	shown, err := s.journal.Guard.File(ctx, name)
	if err != nil {
		return "", err
	}
	if shown && public[entry] {
		return "", daybook.Errorf(daybook.Conflict, "A private note has this recording too, so it is sent to no model.")
	}
	if !public[entry] {
		return "", daybook.Errorf(daybook.Conflict, "The note is private, so its recording is sent to no model.")
	}
	text, _, err := s.model.Transcribe(ctx, llm.SpeechRequest{Name: name, Data: data, Contents: llm.Holding([]string{entry})})
	return text, err
}
