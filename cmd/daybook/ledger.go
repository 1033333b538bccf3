package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"daybook"
	"daybook/internal/ledger"
	"daybook/internal/plural"
)

func newLedger(open opener) *cobra.Command {
	var since, until string
	var f ledger.Filter
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "ledger",
		Short: "List what was sent to providers, and which programs read the journal",
		Long: `List every call to a provider, latest first: time, model, task, entries or pages,
tokens, cost and status. Programs that read the journal through the API are listed
by day. The text that was sent is not stored. Entries are kept for a year.`,
		Example: `  daybook ledger
  daybook ledger --since 2024-06-01 --task transcription
  daybook ledger --provider openai --json | jq -r '.entries[].path' | sort -u`,
		Args: usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			for _, day := range []struct {
				flag, text string
				date       *daybook.Date
			}{{"since", since, &f.Since}, {"until", until, &f.Until}} {
				if day.text == "" {
					continue
				}
				d, err := daybook.ParseDate(day.text)
				if err != nil {
					return usageError{cmd.CommandPath(), fmt.Errorf("--%s: %w", day.flag, err)}
				}
				*day.date = d
			}
			if f.Limit < 0 {
				return usageError{cmd.CommandPath(), fmt.Errorf("--limit must not be negative")}
			}
			a, err := open(cmd)
			if err != nil {
				return err
			}
			defer a.Close()
			return a.printLedger(cmd.Context(), f, asJSON)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&since, "since", "", "first day, YYYY-MM-DD")
	flags.StringVar(&until, "until", "", "last day, YYYY-MM-DD")
	flags.StringVar(&f.Task, "task", "", "only calls for this: chat, intent, title, embedding, transcription or analysis; read for programs")
	flags.StringVar(&f.Provider, "provider", "", "only calls to this provider")
	flags.IntVar(&f.Limit, "limit", 0, "print at most this many lines; 0 is all")
	flags.BoolVar(&asJSON, "json", false, "print one JSON object per line")
	return cmd
}

// ledgerPage is the number of lines to load at once.
const ledgerPage = 500

func (a *app) printLedger(ctx context.Context, f ledger.Filter, asJSON bool) error {
	left := f.Limit
	for printed := 0; ; {
		page := f
		page.Limit = ledgerPage
		if left > 0 {
			page.Limit = min(ledgerPage, left-printed)
		}
		lines, next, err := a.Calls.Lines(ctx, page)
		if err != nil {
			return err
		}
		for i := range lines {
			text := a.style.ledgerLine(&lines[i], a.Settings.Timezone)
			if asJSON {
				data, err := json.Marshal(&lines[i])
				if err != nil {
					return fmt.Errorf("write the ledger as JSON: %w", err)
				}
				text = string(data) + "\n"
			}
			if _, err := a.env.stdout.Write([]byte(text)); err != nil {
				return fmt.Errorf("print the ledger: %w", err)
			}
		}
		printed += len(lines)
		full := left > 0 && printed >= left
		if f.After = next; next == "" || full {
			if printed == 0 && !asJSON {
				_, err = fmt.Fprintln(a.env.stdout, "Nothing was sent to a provider, and no program read the journal.")
			}
			return err
		}
	}
}

// ledgerLine formats a line of the ledger.
func (s style) ledgerLine(l *ledger.Line, zone *time.Location) string {
	at := s.bold(l.Time.In(zone).Format("2006-01-02 15:04:05"))
	if l.Kind == "read" {
		return fmt.Sprintf("%s  read by %s, %s that day\n", at, s.plain(l.Program), plural.Count(l.Count, "request"))
	}
	parts := []string{s.plain(l.Provider + "/" + l.Model), s.plain(l.Task), l.Status}
	if l.Error != "" {
		parts[2] += " (" + s.plain(l.Error) + ")"
	}
	if l.InputTokens+l.OutputTokens > 0 {
		parts = append(parts, fmt.Sprintf("%d + %d tokens", l.InputTokens, l.OutputTokens))
	}
	if l.Cost != nil && l.Currency != nil {
		parts = append(parts, fmt.Sprintf("%.4f %s", *l.Cost, *l.Currency))
	}
	return at + "  " + strings.Join(parts, "  ") + "\n" + s.sent(l)
}

// mostNamed limits the entries that are printed per call; --json prints all.
const mostNamed = 8

// sent lists the entries and pages of a call.
func (s style) sent(l *ledger.Line) string {
	var names []string
	for _, e := range l.Entries {
		name := e.Path
		if name == "" {
			name = "a deleted entry"
		}
		names = append(names, s.plain(name))
	}
	for _, p := range l.Pages {
		names = append(names, fmt.Sprintf("%s, page %d", s.plain(p.Scan), p.Page))
	}
	if len(names) == 0 {
		return s.dim("  no entries") + "\n"
	}
	more := ""
	if n := len(names) - mostNamed; n > 0 {
		names, more = names[:mostNamed], fmt.Sprintf(" and %d more", n)
	}
	return s.dim("  "+strings.Join(names, ", ")+more) + "\n"
}
