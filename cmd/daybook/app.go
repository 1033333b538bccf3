package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"daybook"
	"daybook/internal/journal"
	"daybook/internal/settings"
	"daybook/internal/terminal"
)

// app is a journal and the environment of a command that works on it.
type app struct {
	*journal.Journal
	env   env
	style style
}

// openApp opens the journal that settings name. Close it when done.
func openApp(ctx context.Context, w env, s settings.Settings) (*app, error) {
	return openAppWith(ctx, w, s, journal.Options{})
}

func openAppWith(ctx context.Context, w env, s settings.Settings, have journal.Options) (*app, error) {
	if have.Log == nil {
		have.Log = newLog(w)
	}
	j, err := journal.Open(ctx, s, have)
	if err != nil {
		return nil, err
	}
	for _, notice := range j.Notices {
		fmt.Fprintln(w.stderr, "daybook:", notice)
	}
	return &app{Journal: j, env: w, style: newStyle(w)}, nil
}

// newLog returns a log on standard error: with times and fields for a server, as
// sentences for a command. Never log journal text, prompts or keys.
func newLog(w env) *slog.Logger {
	if w.plainLog {
		return slog.New(&plainLog{out: w.stderr})
	}
	return newLogAs(w, "text")
}

// newLogAs returns the log of a server in a format, text or json.
func newLogAs(w env, format string) *slog.Logger {
	if format == "json" {
		out := terminal.NewWriter(w.rawErr, false)
		out.JSON()
		return slog.New(slog.NewJSONHandler(out, nil))
	}
	return slog.New(slog.NewTextHandler(w.stderr, nil))
}

// refresh updates the index before a command uses it. If the journal cannot be
// read, the command works with the index as it is.
func (a *app) refresh(ctx context.Context) error {
	show := newProgress(a.env, "Reading the journal")
	report, err := a.Indexer.Run(ctx, show.ingest)
	show.done()
	if daybook.KindOf(err) == daybook.Unavailable && ctx.Err() == nil {
		stats, statsErr := a.Store.Stats(ctx)
		if statsErr != nil || stats.Entries == 0 {
			return errors.Join(err, statsErr)
		}
		fmt.Fprintf(a.env.stderr, "daybook: %s; using what was read before\n", strings.TrimSuffix(daybook.PublicMessage(err), "."))
		return nil
	}
	lines := journal.Troubles(report)
	if line := journal.Skipped(report.Skipped); line != "" && report.Entries == 0 {
		lines = append(lines, line)
	}
	for _, line := range lines {
		fmt.Fprintln(a.env.stderr, "daybook:", line)
	}
	return err
}
