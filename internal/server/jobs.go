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

// index reads what changed of the journal by run, logs what there is to say, and
// returns it.
func (u *upkeep) index(ctx context.Context, run func(context.Context, func(ingest.Progress)) (ingest.Report, error)) ingest.Report {
	report, err := run(ctx, nil)
	if err != nil && ctx.Err() == nil {
		u.journal.Log.Error("read the journal; what was read before is served", "err", err)
	}
	lines := journal.Troubles(report)
	if line := journal.Skipped(report.Skipped); line != "" && report.Whole {
		lines = append(lines, line)
	}
	for _, line := range lines {
		if u.logged[line] {
			continue // once is enough, not every time
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

// embed asks for the vectors that are missing, where a model is set for it. What
// they took the place of is erased at the next call: some time later. Progress
// may be nil.
//
// Only passages with a greater ID than after are looked at.
func (u *upkeep) embedFrom(ctx context.Context, after int64, progress func(int)) error {
	job, ok := u.journal.Embedding()
	job.After = after
	if !ok || ctx.Err() != nil {
		return nil
	}
	if err := job.LetGo(ctx); err != nil && ctx.Err() == nil {
		u.journal.Log.Error("let old vectors go", "err", err)
	}
	report, err := job.Run(ctx, progress)
	if ctx.Err() != nil {
		return nil // the next start goes on
	}
	if err != nil {
		u.journal.Log.Error("embed the journal; search by words goes on", "err", err)
	}
	if report.Embedded > 0 {
		u.journal.Log.Info("embedded the journal", "passages", report.Embedded, "tokens", report.Tokens)
	}
	if report.Replaced.Model != "" {
		u.journal.Log.Info("another model's vectors serve searches now", "model", report.Space.Model, "before", report.Replaced.Model)
	}
	if err == nil {
		if err := u.journal.Optimize(ctx); err != nil && ctx.Err() == nil {
			u.journal.Log.Error("make an index of the vectors; search goes on without", "err", err)
		}
	}
	return err
}

// transcribe reads scans, and logs what there is to say. It reports whether some
// are still being copied, and why none were read.
func (u *upkeep) transcribe(ctx context.Context, read func(context.Context, func(store.ScanState)) (transcribe.Report, error), progress func(store.ScanState)) (settling bool, err error) {
	if ctx.Err() != nil {
		return false, nil
	}
	report, err := read(ctx, progress)
	switch {
	case errors.Is(err, journal.ErrBusy), ctx.Err() != nil:
		return false, nil
	case daybook.KindOf(err) == daybook.Unavailable: // the status says why
		u.journal.Log.Warn("scans are not transcribed now", "err", err)
	case err != nil:
		u.journal.Log.Error("transcribe the scans", "err", err)
	}
	if report.Read > 0 || report.Written > 0 {
		u.journal.Log.Info("transcribed scans", "pages", report.Read, "notes", report.Written, "failed", len(report.Failed))
	}
	return report.Settling > 0, err
}

// tidyEvery is how often a server erases versions that were kept long enough.
const tidyEvery = time.Hour

// tidyNotes does so until ctx ends, and clears away what writers who were
// killed have left among the notes.
func (js *journalServer) tidyNotes(ctx context.Context) {
	logged := map[string]bool{}
	// What a process left that was killed just now is too new at first.
	for next := time.Minute; ; next = tidyEvery {
		left, err := js.notes.Tidy(ctx)
		if daybook.KindOf(err) == daybook.Unavailable {
			js.journal.Log.Warn("tidy up among the notes", "err", err)
		} else if err != nil && ctx.Err() == nil {
			js.journal.Log.Error("tidy up among the notes", "err", err)
		}
		for _, path := range left {
			if !logged[path] {
				logged[path] = true
				js.journal.Log.Warn("a writer that was killed has left a file with words that stand nowhere else", "file", path)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(next):
		}
	}
}

// count has what is counted of the journal in memory before it is asked for.
func (u *upkeep) count(ctx context.Context) {
	if err := u.journal.Almanac.Refresh(ctx); err != nil && ctx.Err() == nil {
		u.journal.Log.Error("count the journal", "err", err)
	}
}
