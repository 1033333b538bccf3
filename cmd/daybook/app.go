package main

import (
	"context"
	"daybook"
	"daybook/internal/settings"
	"errors"
	"fmt"
	"log/slog"
)

// app is the journal that a command works on, and where it prints.
type app struct {
	*journal
	world world
	style style
}

// openApp opens the journal that settings name. Close it when done.
func openApp(ctx context.Context, w world, s settings.Settings) (*app, error) {
	return openAppWith(ctx, w, s, options{})
}

func openAppWith(ctx context.Context, w world, s settings.Settings, have options) (*app, error) {
	have.log = newLog(w)
	j, err := openJournal(ctx, s, have)
	if err != nil {
		return nil, err
	}
	for _, notice := range j.notices {
		fmt.Fprintln(w.stderr, "daybook:", notice)
	}
	return &app{journal: j, world: w, style: newStyle(w)}, nil
}

// newLog writes to standard error, plainly: no journal text, prompt or key
// ever goes there.
func newLog(w world) *slog.Logger {
	return slog.New(slog.NewTextHandler(w.stderr, &slog.HandlerOptions{Level: slog.LevelInfo}))
}

// refresh brings the index up to date before a command uses it. A journal
// that cannot be looked at is no reason not to answer from the index.
func (a *app) refresh(ctx context.Context) error {
	show := newProgress(a.world, "Reading the journal")
	report, err := a.indexer.Run(ctx, show.ingest)
	show.done()
	if daybook.KindOf(err) == daybook.Unavailable && ctx.Err() == nil {
		stats, statsErr := a.store.Stats(ctx)
		if statsErr != nil || stats.Entries == 0 {
			return errors.Join(err, statsErr)
		}
		fmt.Fprintf(a.world.stderr, "daybook: %s; answering from what was read before\n", daybook.PublicMessage(err))
		return nil
	}
	lines := troubles(report)
	if line := skipped(report.Skipped); line != "" && report.Entries == 0 {
		lines = append(lines, line)
	}
	for _, line := range lines {
		fmt.Fprintln(a.world.stderr, "daybook:", line)
	}
	return err
}
