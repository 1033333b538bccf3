package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"daybook"
	"daybook/internal/analysis"
)

func newAnalyses(w world, open opener) *cobra.Command {
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
			list, err := a.analyses.List(cmd.Context())
			if err != nil {
				return err
			}
			return a.printAnalyses(list, asJSON)
		},
	}
	cmd.PersistentFlags().BoolVar(&asJSON, "json", false, "print JSON")
	add := func(name, short string, do func(a *app, cmd *cobra.Command, id string) error) {
		cmd.AddCommand(&cobra.Command{
			Use: name + " ID", Short: short, Args: usageArgs(cobra.ExactArgs(1)),
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
				return do(a, cmd, id)
			},
		})
	}
	add("show", "Print an analysis, as far as it is", func(a *app, cmd *cobra.Command, id string) error {
		got, err := a.analyses.Get(cmd.Context(), id)
		if err != nil {
			return err
		}
		return a.printAnalysis(&got, asJSON)
	})
	add("watch", "Watch an analysis until it is over, and print it", func(a *app, cmd *cobra.Command, id string) error {
		show := newAnalysisProgress(w)
		defer show.done()
		for e, err := range a.analyses.Watch(cmd.Context(), id) {
			if err != nil {
				return err
			}
			show.event(e)
			if e.Done != nil {
				show.done()
				return a.printAnalysis(e.Done, asJSON)
			}
		}
		return nil
	})
	add("cancel", "End an analysis and keep what there is of it", func(a *app, cmd *cobra.Command, id string) error {
		got, err := a.analyses.Cancel(cmd.Context(), id)
		if err == nil {
			_, err = fmt.Fprintf(w.stdout, "%s is %s\n", id, got.Status)
		}
		return err
	})
	add("delete", "Erase an analysis, and what its steps say", func(a *app, cmd *cobra.Command, id string) error {
		err := a.analyses.Delete(cmd.Context(), id)
		if err == nil {
			_, err = fmt.Fprintf(w.stdout, "%s is erased\n", id)
		}
		return err
	})
	return cmd
}

// analysisNamed returns the ID that begins with a prefix.
func (a *app) analysisNamed(cmd *cobra.Command, prefix string) (string, error) {
	list, err := a.analyses.List(cmd.Context())
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
		_, err = fmt.Fprintf(a.world.stdout, "%s\n", data)
		return err
	}
	var b strings.Builder
	for _, one := range list {
		fmt.Fprintf(&b, "%s  %s  %-9s %d/%d  %s\n", a.style.dim(one.ID), one.CreatedAt.In(a.settings.Timezone).Format(time.DateTime),
			one.Status, one.Progress.Done, one.Progress.Steps, a.style.plain(shortened(one.Query, 60)))
	}
	if len(list) == 0 {
		b.WriteString("There are no analyses yet; daybook analyze makes one.\n")
	}
	_, err := a.world.stdout.Write([]byte(b.String()))
	return err
}

func shortened(text string, most int) string {
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
}
