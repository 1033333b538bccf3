package server

import (
	"context"
	"errors"
	"time"

	"daybook"
	"daybook/internal/ingest"
	"daybook/internal/journal"
	"daybook/internal/store"
	"daybook/internal/transcribe"
)

// index updates the index by calling run, and logs the report.
func (u *upkeep) index(ctx context.Context, run func(context.Context, func(ingest.Progress)) (ingest.Report, error)) ingest.Report {
	report, err := run(ctx, nil)
	if err != nil && ctx.Err() == nil {
		u.journal.Log.Error("read the journal; serving what was read before", "err", err)
	}
	lines := journal.Troubles(report)
	if line := journal.Skipped(report.Skipped); line != "" && report.Whole {
		lines = append(lines, line)
	}
	for _, line := range lines {
		if u.logged[line] {
			continue // log it once
		}
		u.logged[line] = true
		u.journal.Log.Warn(line)
	}
	if report.Indexed+report.Deleted > 0 {
		u.journal.Log.Info("read the journal", "indexed", report.Indexed, "deleted", report.Deleted,
			"skipped", len(report.Skipped), "failed", len(report.Failed), "took", report.Duration.Round(time.Millisecond))
	}
	return report
}

// embedNotes embeds the passages of some notes that lack a vector, or those of
// all if there are none, if an embedding model is set. Vectors that were replaced
// before are deleted first. Progress may be nil.
func (u *upkeep) embedNotes(ctx context.Context, notes []store.NoteName, progress func(int)) error {
	job, ok := u.journal.Embedding()
	if ctx.Err() != nil {
		return nil
	}
	if !ok {
		u.syncWords(ctx, notes)
		return nil
	}
	if len(notes) > 0 {
		var err error
		if job.After, err = u.journal.FirstPassage(ctx, notes); err != nil {
			job.After, notes = 0, nil
		}
	}
	if err := job.LetGo(ctx); err != nil && ctx.Err() == nil {
		u.journal.Log.Error("delete old vectors", "err", err)
	}
	report, err := job.Run(ctx, progress)
	if ctx.Err() != nil {
		return nil // resumed at the next start
	}
	if err != nil {
		u.journal.Log.Error("embed the journal; search uses words meanwhile", "err", err)
	}
	if report.Embedded > 0 {
		u.journal.Log.Info("embedded the journal", "passages", report.Embedded, "tokens", report.Tokens)
	}
	if report.Replaced.Model != "" {
		u.journal.Log.Info("searches now use the vectors of another model", "model", report.Space.Model, "before", report.Replaced.Model)
	}
	u.syncWords(ctx, notes)
	if err == nil {
		if err := u.journal.Optimize(ctx); err != nil && ctx.Err() == nil {
			u.journal.Log.Error("index the vectors; search works without", "err", err)
		}
	}
	return err
}

func (u *upkeep) syncWords(ctx context.Context, notes []store.NoteName) {
	if err := u.journal.SyncWords(ctx, notes...); err != nil && ctx.Err() == nil {
		u.journal.Log.Error("prepare the second stage of searches; they work without", "err", err)
	}
}

// transcribe transcribes scans by calling read, and logs the report. Settling is
// true if some files are still being copied.
func (u *upkeep) transcribe(ctx context.Context, read func(context.Context, func(store.ScanState)) (transcribe.Report, error), progress func(store.ScanState)) (settling bool, err error) {
	if ctx.Err() != nil {
		return false, nil
	}
	report, err := read(ctx, progress)
	if err == nil && report.Looked {
		u.mu.Lock()
		u.photographs = report.Photographs
		u.notify()
		u.mu.Unlock()
		for _, p := range report.Photographs {
			if line := journal.AskPhotographs(p); !u.logged[line] {
				u.logged[line] = true
				u.journal.Log.Warn(line)
			}
		}
	}
	switch {
	case errors.Is(err, journal.ErrBusy), ctx.Err() != nil:
		return false, nil
	case daybook.KindOf(err) == daybook.Unavailable: // shown in the status
		u.journal.Log.Warn("scans are not being transcribed", "err", err)
	case err != nil:
		u.journal.Log.Error("transcribe scans", "err", err)
	}
	if report.Read > 0 || report.Written > 0 {
		u.journal.Log.Info("transcribed scans", "pages", report.Read, "notes", report.Written, "failed", len(report.Failed))
	}
	return report.Settling > 0, err
}

// tidyEvery is how often a server deletes expired versions of notes.
const tidyEvery = time.Hour

// tidyNotes deletes expired versions and the temporary files of killed writers,
// until ctx ends.
func (js *journalServer) tidyNotes(ctx context.Context) {
	logged := map[string]bool{}
	// Temporary files of a process that was just killed are too new at first.
	for next := time.Minute; ; next = tidyEvery {
		left, err := js.notes.Tidy(ctx)
		if daybook.KindOf(err) == daybook.Unavailable {
			js.journal.Log.Warn("tidy the notes", "err", err)
		} else if err != nil && ctx.Err() == nil {
			js.journal.Log.Error("tidy the notes", "err", err)
		}
		for _, path := range left {
			if !logged[path] {
				logged[path] = true
				js.journal.Log.Warn("a killed writer left a temporary file whose text is not in any note", "file", path)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(next):
		}
	}
}

// count prepares the statistics before they are requested.
func (u *upkeep) count(ctx context.Context) {
	if err := u.journal.Almanac.Refresh(ctx); err != nil && ctx.Err() == nil {
		u.journal.Log.Error("update statistics", "err", err)
	}
}
