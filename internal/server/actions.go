package server

import (
	"context"
	"slices"

	"daybook"
	"daybook/internal/llm"
	"daybook/internal/store"
	"daybook/internal/transcribe"
	"daybook/internal/vault"
)

// Changed returns a channel that is closed when the status changes.
func (u *upkeep) Changed() <-chan struct{} {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.changed
}

// Again scans the journal now and retries what failed.
func (u *upkeep) Again(ctx context.Context) error {
	if err := transcribe.Retry(ctx, u.journal.Store, ""); err != nil {
		return err
	}
	return u.rescanNow(ctx)
}

// rescanNow makes the watching server scan the journal.
func (u *upkeep) rescanNow(ctx context.Context) error {
	u.mu.Lock()
	u.rescan()
	u.mu.Unlock()
	if news := u.journal.News; news != nil {
		return news.Tell(ctx, rescanTopic)
	}
	return nil
}

// AcceptMissing deletes missing notes from the index, unless there are more than
// the user was shown. 0 is any number.
func (u *upkeep) AcceptMissing(ctx context.Context, notes int) error {
	report, err := u.journal.Indexer.Run(ctx, nil)
	if err != nil {
		return err
	}
	missing := 0
	for _, k := range report.Kept {
		missing += k.Notes
	}
	if notes > 0 && missing > notes {
		return daybook.Errorf(daybook.Conflict, "%d notes are missing now. Check again before you confirm.", missing)
	}
	if _, err := u.journal.Indexer.AcceptMissing(ctx, nil); err != nil {
		return err
	}
	return u.rescanNow(ctx)
}

// AnswerPhotographs keeps whether the photographs in a folder are pages.
func (u *upkeep) AnswerPhotographs(ctx context.Context, folder string, pages *bool) error {
	answers, err := transcribe.Answers(ctx, u.journal.Store)
	if err != nil {
		return err
	}
	u.mu.Lock()
	asked := slices.ContainsFunc(u.photographs, func(p vault.Photographs) bool { return p.Folder == folder })
	u.mu.Unlock()
	if _, answered := answers[folder]; !asked && !answered {
		return daybook.Errorf(daybook.NotFound, "There are no photographs to ask about in that folder.")
	}
	if err := transcribe.Answer(ctx, u.journal.Store, folder, pages); err != nil {
		return err
	}
	return u.rescanNow(ctx)
}

// ReadAgain transcribes a page again.
func (u *upkeep) ReadAgain(ctx context.Context, scan string, page int) error {
	ref, ok := u.journal.Models.Task(llm.TaskTranscription)
	if !ok {
		return daybook.Errorf(daybook.Conflict, "No model is set for transcription. Set one with --model-transcription.")
	}
	states, err := u.journal.Store.Scans(ctx)
	if err != nil {
		return err
	}
	if i := slices.IndexFunc(states, func(s store.ScanState) bool { return s.Path == scan }); i >= 0 {
		private, err := u.journal.Guard.Scan(ctx, scan, states[i].Note)
		if err != nil {
			return err
		}
		if private {
			return daybook.Errorf(daybook.Conflict, "%s", store.NotePrivate)
		}
	}
	if err := transcribe.ReadAgain(ctx, u.journal.Store, ref, u.journal.Picture(), scan, page); err != nil {
		return err
	}
	return u.rescanNow(ctx)
}
