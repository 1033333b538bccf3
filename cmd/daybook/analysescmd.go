package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"daybook"
	"daybook/internal/analysis"
)

func newAnalyses(open opener) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "analyses",
		Short: "List analyses; show, watch, cancel or delete one",
		Long: `List finished and running analyses, including those of a running server. Name an
analysis by its ID or the first characters of it.`,
		Example: `  daybook analyses
  daybook analyses show 3f2a
  daybook analyses delete 3f2a`,
		Args: usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			a, err := open(cmd)
			if err != nil {
				return err
			}
			defer a.Close()
			list, err := a.Analyses.List(cmd.Context())
			if err != nil {
				return err
			}
			return a.printAnalyses(list, asJSON)
		},
	}
	cmd.PersistentFlags().BoolVar(&asJSON, "json", false, "print JSON")
	for _, c := range analysisCommands {
		cmd.AddCommand(&cobra.Command{
			Use: c.name + " ID", Short: c.short, Args: usageArgs(cobra.ExactArgs(1)),
			RunE: func(cmd *cobra.Command, args []string) error {
				a, err := open(cmd)
				if err != nil {
					return err
				}
				defer a.Close()
				id, err := a.analysisNamed(cmd, args[0])
				if err != nil {
					return err
				}
				return c.do(a, cmd.Context(), id, asJSON)
			},
		})
	}
	return cmd
}

// analysisCommands are the commands for one analysis.
var analysisCommands = []struct {
	name, short string
	do          func(a *app, ctx context.Context, id string, asJSON bool) error
}{
	{"show", "Print an analysis, finished or not", (*app).showAnalysis},
	{"watch", "Watch an analysis until it ends, and print it", (*app).followAnalysis},
	{"cancel", "Cancel an analysis and keep its partial result", (*app).cancelAnalysis},
	{"delete", "Delete an analysis and the results of its steps", (*app).deleteAnalysis},
}

func (a *app) showAnalysis(ctx context.Context, id string, asJSON bool) error {
	got, err := a.Analyses.Get(ctx, id)
	if err != nil {
		return err
	}
	return a.printEnded(&got, asJSON)
}

// printEnded prints an analysis, and returns why it is not whole if it is over.
func (a *app) printEnded(got *analysis.Analysis, asJSON bool) error {
	if err := a.printAnalysis(got, asJSON); err != nil {
		return err
	}
	return unfinished(got)
}

func (a *app) followAnalysis(ctx context.Context, id string, asJSON bool) error {
	show := newAnalysisProgress(a.env)
	defer show.done()
	for e, err := range a.Analyses.Watch(ctx, id) {
		if err != nil {
			return err
		}
		show.event(e)
		if e.Done != nil {
			show.done()
			return a.printEnded(e.Done, asJSON)
		}
	}
	return nil
}

func (a *app) cancelAnalysis(ctx context.Context, id string, _ bool) error {
	got, err := a.Analyses.Cancel(ctx, id)
	if err == nil {
		_, err = fmt.Fprintf(a.env.stdout, "%s is %s\n", id, got.Status)
	}
	return err
}

func (a *app) deleteAnalysis(ctx context.Context, id string, _ bool) error {
	err := a.Analyses.Delete(ctx, id)
	if err == nil {
		_, err = fmt.Fprintf(a.env.stdout, "Deleted %s\n", id)
	}
	return err
}

// analysisNamed returns the ID that starts with a prefix.
func (a *app) analysisNamed(cmd *cobra.Command, prefix string) (string, error) {
	list, err := a.Analyses.List(cmd.Context())
	if err != nil {
		return "", err
	}
	found := ""
	for _, one := range list {
		if one.ID == prefix {
			return one.ID, nil
		}
		if prefix != "" && strings.HasPrefix(one.ID, prefix) {
			if found != "" {
				return "", daybook.Errorf(daybook.Invalid, "several analyses have IDs that start with this; type more of the ID")
			}
			found = one.ID
		}
	}
	if found == "" {
		return "", daybook.Errorf(daybook.NotFound, "analysis not found; daybook analyses lists them")
	}
	return found, nil
}

func (a *app) printAnalyses(list []analysis.Overview, asJSON bool) error {
	if asJSON {
		data, err := json.Marshal(list)
		if err != nil {
			return fmt.Errorf("write the analyses as JSON: %w", err)
		}
		_, err = fmt.Fprintf(a.env.stdout, "%s\n", data)
		return err
	}
	var b strings.Builder
	for _, one := range list {
		fmt.Fprintf(&b, "%s  %s  %-9s %d/%d  %s\n", a.style.dim(one.ID), one.CreatedAt.In(a.Settings.Timezone).Format(time.DateTime),
			one.Status, one.Progress.Done, one.Progress.Steps, a.style.plain(shortened(one.Query, 60)))
	}
	if len(list) == 0 {
		b.WriteString("No analyses yet. Start one with daybook analyze.\n")
	}
	_, err := a.env.stdout.Write([]byte(b.String()))
	return err
}

func shortened(text string, most int) string {
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
}
