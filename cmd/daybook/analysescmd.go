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
		Short: "List the analyses; show, watch, cancel or erase one",
		Long: `List the analyses that were made and that are being made, by a server too. One is
named by its ID, or by as much of its beginning as no other one has.`,
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

// analysisCommands are what can be done with one analysis.
var analysisCommands = []struct {
	name, short string
	do          func(a *app, ctx context.Context, id string, asJSON bool) error
}{
	{"show", "Print an analysis, as far as it is", (*app).showAnalysis},
	{"watch", "Watch an analysis until it is over, and print it", (*app).followAnalysis},
	{"cancel", "End an analysis and keep what there is of it", (*app).cancelAnalysis},
	{"delete", "Erase an analysis, and what its steps say", (*app).deleteAnalysis},
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
		_, err = fmt.Fprintf(a.env.stdout, "%s is erased\n", id)
	}
	return err
}

// analysisNamed returns the ID that begins with a prefix.
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
				return "", daybook.Errorf(daybook.Invalid, "several analyses begin with this; give more of the ID")
			}
			found = one.ID
		}
	}
	if found == "" {
		return "", daybook.Errorf(daybook.NotFound, "there is no such analysis; daybook analyses lists them")
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
		b.WriteString("There are no analyses yet; daybook analyze makes one.\n")
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
