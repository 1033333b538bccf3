package transcribe

import (
	"context"
	"encoding/json"
	"fmt"

	"daybook"
)

// Meta keeps a text under a key; see store.Index.
type Meta interface {
	Meta(ctx context.Context, key string) (string, error)
	SetMeta(ctx context.Context, key, value string) error
}

// answersKey is where the answers are kept.
const answersKey = "photographs"

// FolderAnswers says by folder whether the photographs in it are pages of the
// diary, as the owner answered.
type FolderAnswers map[string]bool

// Answers returns what the owner answered; nothing if meta is nil.
func Answers(ctx context.Context, meta Meta) (FolderAnswers, error) {
	if meta == nil {
		return nil, nil
	}
	text, err := meta.Meta(ctx, answersKey)
	if err != nil || text == "" {
		return nil, err
	}
	var answers FolderAnswers
	if err := json.Unmarshal([]byte(text), &answers); err != nil {
		return nil, fmt.Errorf("read which photographs are pages: %w", err)
	}
	return answers, nil
}

// Pages is a vault.IsPages.
func (a FolderAnswers) Pages(folder string) (pages, known bool) {
	pages, known = a[folder]
	return pages, known
}

// mostAnswers bounds how many folders are answered for.
const mostAnswers = 1000

// Answer keeps whether the photographs in a folder, a path in the journal, are
// pages of the diary. Without pages the answer is forgotten.
func Answer(ctx context.Context, meta Meta, folder string, pages *bool) error {
	answers, err := Answers(ctx, meta)
	if err != nil {
		return err
	}
	switch {
	case pages == nil:
		delete(answers, folder)
	case len(answers) >= mostAnswers:
		return daybook.Errorf(daybook.Invalid, "At most %d folders can be answered for.", mostAnswers)
	case answers == nil:
		answers = FolderAnswers{folder: *pages}
	default:
		answers[folder] = *pages
	}
	text, err := json.Marshal(answers)
	if err != nil {
		return err
	}
	return meta.SetMeta(ctx, answersKey, string(text))
}
