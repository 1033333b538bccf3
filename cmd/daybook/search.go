package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"daybook/internal/httpapi"
	"daybook/internal/language"
	"daybook/internal/search"
)

func newSearch(w env, open opener) *cobra.Command {
	var in httpapi.Search
	var json bool
	cmd := &cobra.Command{
		Use:   "search WORDS",
		Short: "Find days by words, a question or a date",
		Long: `Search the journal and print the days found, best first, each with its best passage.
Words match all their forms. Use "a phrase" for exact words, -word to exclude days,
and tag:word for a tag. Dates in words (“last March”, “Christmas 2023”) limit the
search to those days.

Everything after “--” is searched for, even if it starts with a dash.`,
		Example: `  daybook search swimming
  daybook search '"first time" sea' --from 2023-01-01
  daybook search -- 'harbour -ferry tag:walk'
  daybook search --json "last summer" | jq -r '.results[].date'`,
		Args: usageArgs(cobra.MinimumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			text, err := questionOf(w.stdin, args)
			if err != nil {
				return err
			}
			in.Text = text
			if in.K < 1 || in.K > 100 {
				return usageError{cmd.CommandPath(), fmt.Errorf("--limit must be between 1 and 100")}
			}
			if _, err := in.Filter(); err != nil {
				return asking(err)
			}
			a, err := open(cmd)
			if err != nil {
				return err
			}
			defer a.Close()
			return a.searchFor(cmd.Context(), in, json)
		},
	}
	flags := cmd.Flags()
	flags.IntVarP(&in.K, "limit", "k", 10, "number of days to print, up to 100")
	flags.StringVar(&in.From, "from", "", "first day, YYYY-MM-DD")
	flags.StringVar(&in.To, "to", "", "last day, YYYY-MM-DD")
	flags.StringArrayVar(&in.Tags, "tag", nil, "only days with this tag; can be repeated")
	flags.StringVar(&in.Type, "type", "", "daily or evergreen: only notes of this type")
	flags.BoolVar(&json, "json", false, "print JSON, as GET /search returns it")
	return cmd
}

// searchFor updates the index, searches, and prints the results.
func (a *app) searchFor(ctx context.Context, in httpapi.Search, json bool) error {
	if err := a.refresh(ctx); err != nil {
		return err
	}
	if json {
		data, err := httpapi.MarshalSearch(ctx, a.Search, a.Book(), in)
		if err != nil {
			return asking(err)
		}
		_, err = fmt.Fprintf(a.env.stdout, "%s\n", data)
		return err
	}
	_, found, err := in.Find(ctx, a.Search)
	if err != nil {
		return asking(err)
	}
	var b strings.Builder
	if m := found.Mentions; m != nil {
		fmt.Fprintf(&b, "%s\n\n", search.Tally(m, language.Of(found.Language), nil, len(m.Days)))
	}
	if len(found.Results) == 0 && len(found.Notices) == 0 {
		b.WriteString("No matches. Try other words, a name or a place.\n")
	}
	for i := range found.Results {
		shown, err := a.Search.Show(ctx, &found, &found.Results[i], 1)
		if err != nil {
			return err
		}
		b.WriteString(a.style.result(&found.Results[i], shown))
	}
	for _, notice := range found.Notices {
		fmt.Fprintf(&b, "%s\n", a.style.dim(notice))
	}
	_, err = a.env.stdout.Write([]byte(b.String()))
	return err
}

// result formats a result: dates, file, and the matching passage.
func (s style) result(r *search.Result, shown []search.Shown) string {
	days := make([]string, len(r.Entry.Dates))
	for i, d := range r.Entry.Dates {
		days[i] = d.String()
	}
	place := r.Entry.Path
	if len(shown) > 0 {
		place = fmt.Sprintf("%s:%d", place, shown[0].Passage.Line)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s  %s%s\n", s.bold(strings.Join(days, ", ")), s.dim(s.plain(place)), lock(r.Entry.Private))
	if len(shown) > 0 {
		text, marks := search.Excerpt(shown[0].Passage.Text, shown[0].Marks)
		at := 0
		b.WriteString("  ")
		for _, m := range marks {
			b.WriteString(s.plain(text[at:m[0]]) + s.bold(s.plain(text[m[0]:m[1]])))
			at = m[1]
		}
		b.WriteString(s.plain(text[at:]) + "\n")
	}
	for i := range r.Same {
		fmt.Fprintf(&b, "  %s\n", s.dim("same text: "+s.plain(r.Same[i].Path))+lock(r.Same[i].Private))
	}
	b.WriteByte('\n')
	return b.String()
}
