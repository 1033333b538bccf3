package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"daybook/internal/almanac"
	"daybook/internal/httpapi"
	"daybook/internal/store"
)

func newAlmanac(w env, open opener) *cobra.Command {
	var in httpapi.Search
	var asJSON, markdown bool
	cmd := &cobra.Command{
		Use:   "almanac [QUESTION]",
		Short: "Print statistics: days, words, and key terms of each year",
		Long: `Print statistics of the journal, without a model: days and words of each year, its
months as bars, and the words, names and tags that are typical of it. With a
question, also print how often its words are mentioned, and similar days. For a
single year, months are compared instead.`,
		Example: `  daybook almanac
  daybook almanac "work and worry" --from 2020-01-01
  daybook almanac --json | jq -r '.years[] | "\(.year) \(.days)"'`,
		RunE: func(cmd *cobra.Command, args []string) error {
			question, err := questionOf(w.stdin, args)
			if err != nil {
				return err
			}
			if asJSON && markdown {
				return usageError{cmd.CommandPath(), errors.New("--json and --markdown cannot be used together")}
			}
			f, err := in.Filter()
			if err != nil {
				return asking(err)
			}
			a, err := open(cmd)
			if err != nil {
				return err
			}
			defer a.Close()
			return a.printAlmanac(cmd.Context(), question, f, asJSON, markdown)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&in.From, "from", "", "first day, YYYY-MM-DD")
	flags.StringVar(&in.To, "to", "", "last day, YYYY-MM-DD")
	flags.StringArrayVar(&in.Tags, "tag", nil, "only notes with this tag; can be repeated")
	flags.BoolVar(&asJSON, "json", false, "print JSON")
	flags.BoolVar(&markdown, "markdown", false, "print Markdown")
	return cmd
}

// printAlmanac updates the index and prints the statistics.
func (a *app) printAlmanac(ctx context.Context, question string, f store.Filter, asJSON, markdown bool) error {
	if err := a.refresh(ctx); err != nil {
		return err
	}
	r, err := a.Almanac.Report(ctx, question, f)
	if err != nil {
		return asking(err)
	}
	out := a.style.almanac(&r)
	switch {
	case asJSON:
		data, err := json.Marshal(&r)
		if err != nil {
			return fmt.Errorf("write the almanac as JSON: %w", err)
		}
		out = string(data) + "\n"
	case markdown:
		out = a.style.markdown(r.Markdown())
	}
	_, err = a.env.stdout.Write([]byte(out))
	return err
}

// almanac formats a report for a terminal.
func (s style) almanac(r *almanac.Report) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", s.dim(r.Label))
	for _, n := range r.Notices {
		fmt.Fprintf(&b, "%s\n", s.dim(n))
	}
	fmt.Fprintf(&b, "\n%s\n\n", r.Extent())
	for _, y := range r.Years {
		fmt.Fprintf(&b, "%s  %s  %11s  %11s words\n", s.bold(fmt.Sprintf("%04d", y.Year)), r.Bars(y.Year), almanac.Days(y.Days), almanac.Number(y.Words))
		b.WriteString(s.keyTerms(y.Marks))
	}
	if r.Compared == "months" {
		b.WriteByte('\n')
		for _, m := range r.Months {
			fmt.Fprintf(&b, "%s  %s\n%s", s.bold(almanac.LongMonth(m.Month)), almanac.Days(m.Days), s.keyTerms(m.Marks))
		}
	}
	if len(r.Said) > 0 {
		fmt.Fprintf(&b, "\n%s\n", s.bold("The words of the question"))
		for _, one := range r.Said {
			b.WriteString(s.said(&one))
		}
	}
	if len(r.Like) > 0 {
		fmt.Fprintf(&b, "\n%s\n", s.bold("Days like this"))
		for _, l := range r.Like {
			fmt.Fprintf(&b, "%s  %s\n  %s\n", s.bold(l.Date.String()), s.dim(s.plain(l.Title)), s.plain(l.Excerpt))
		}
	}
	return b.String()
}

// keyTerms lists the key terms of a period, a line for each kind.
func (s style) keyTerms(list []almanac.Mark) string {
	var b strings.Builder
	for _, kind := range []almanac.Kind{almanac.Word, almanac.Name, almanac.Hash} {
		var terms []string
		for _, m := range list {
			if m.Kind == kind {
				terms = append(terms, s.plain(m.Term))
			}
		}
		if len(terms) > 0 {
			fmt.Fprintf(&b, "  %s %s\n", s.dim(fmt.Sprintf("%-5s", kind+"s")), strings.Join(terms, ", "))
		}
	}
	return b.String()
}

// mostBars limits the periods in a line of bars.
const mostBars = 60

// said draws how often a word is mentioned over time.
func (s style) said(one *almanac.Trace) string {
	shown := *one
	shown.Points = one.Points[max(0, len(one.Points)-mostBars):]
	if len(shown.Points) == 0 {
		return ""
	}
	from, to := shown.Points[0].Period, shown.Points[len(shown.Points)-1].Period
	return fmt.Sprintf("  %-16s %s %s %s  %s\n", s.plain(one.Word), s.dim(from), shown.Bar(), s.dim(to), almanac.Days(one.Days))
}
