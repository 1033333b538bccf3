package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"daybook"
	"daybook/internal/eval"
	"daybook/internal/search"
	"daybook/internal/store"
)

func newEval(w env, open opener) *cobra.Command {
	var explain string
	var misses bool
	cmd := &cobra.Command{
		Use:   "eval FILE.jsonl",
		Short: "Measure how well search finds the days for questions",
		Long: `Search for questions whose days are known. Print how often one of the days came first
(hit@1) or among the first five (hit@5), the mean reciprocal rank (MRR@10), and the
time per question, for each kind of question.

Each line of the file is {"id", "kind", "question", "relevant": ["YYYY-MM-DD"]}.
An empty list means that the journal has no answer.`,
		Example: `  daybook eval questions.jsonl --journal ~/Journal
  daybook eval questions.jsonl --misses
  daybook eval questions.jsonl --explain sea   # details for one question`,
		Args: usageArgs(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			file, err := os.Open(args[0])
			if err != nil {
				return daybook.Errorf(daybook.Invalid, "cannot read the questions: %v", err)
			}
			defer file.Close()
			questions, err := eval.Read(file)
			if err != nil {
				return err
			}
			a, err := open(cmd)
			if err != nil {
				return err
			}
			defer a.Close()
			if explain != "" {
				return a.explain(cmd.Context(), questions, explain)
			}
			return a.eval(cmd.Context(), questions, misses)
		},
	}
	cmd.Flags().StringVar(&explain, "explain", "", "print the scores by words and by meaning for the question with this id")
	cmd.Flags().BoolVar(&misses, "misses", false, "list the questions whose day did not come first")
	return cmd
}

// find searches as a chat does.
func (a *app) find(ctx context.Context, question string, filter store.Filter, k int) (search.Query, search.Found, error) {
	q, missing := a.Search.Prepare(ctx, question, filter)
	if missing != nil && ctx.Err() == nil {
		a.Log.Warn("search without the embedding model", "err", missing)
	}
	found, err := a.Search.Find(ctx, q, k)
	return q, found, err
}

func (a *app) eval(ctx context.Context, questions []eval.Question, misses bool) error {
	if err := a.refresh(ctx); err != nil {
		return err
	}
	// The first search loads the index into memory.
	if _, _, err := a.find(ctx, questions[0].Text, store.Filter{}, eval.Depth); err != nil {
		return err
	}
	outcomes, err := eval.Run(ctx, questions, func(ctx context.Context, question string, k int) (eval.Answer, error) {
		_, found, err := a.find(ctx, question, store.Filter{}, k)
		answer := eval.Answer{Nothing: found.Nothing}
		for _, r := range found.Results {
			answer.Days = append(answer.Days, r.Entry.Dates)
		}
		return answer, err
	})
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(a.env.stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "kind\tquestions\thit@1\thit@5\tMRR@10\tp50\tslowest\t")
	scores := eval.Scores(outcomes)
	for _, s := range scores {
		kind := s.Kind
		if kind == "" {
			kind = "all"
		}
		fmt.Fprintf(table, "%s\t%d\t%.2f\t%.2f\t%.3f\t%.1f ms\t%.1f ms\t\n", kind, s.Questions, s.Hit1, s.Hit5, s.MRR, milliseconds(s.Median), milliseconds(s.Slowest))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	if all := scores[len(scores)-1]; all.Unanswerable > 0 || all.Refused > 0 {
		fmt.Fprintf(a.env.stdout, "said to have no answer: %.0f %% of %d that have none, %.0f %% of the others\n", 100*all.Said, all.Unanswerable, 100*all.Refused)
	}
	if !misses {
		return nil
	}
	for _, o := range outcomes {
		switch {
		case len(o.Question.Relevant) == 0 && !o.Nothing:
			fmt.Fprintf(a.env.stdout, "answered    %s\n", o.Question.ID)
		case len(o.Question.Relevant) == 0:
		case o.Nothing:
			fmt.Fprintf(a.env.stdout, "refused     %s\n", o.Question.ID)
		case o.Rank == 0:
			fmt.Fprintf(a.env.stdout, "not found   %s\n", o.Question.ID)
		case o.Rank > 1:
			fmt.Fprintf(a.env.stdout, "place %-5d %s\n", o.Rank, o.Question.ID)
		}
	}
	return nil
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// explain prints how a question was parsed and what was found.
func (a *app) explain(ctx context.Context, questions []eval.Question, id string) error {
	i := slices.IndexFunc(questions, func(q eval.Question) bool { return q.ID == id })
	if i < 0 {
		return daybook.Errorf(daybook.Invalid, "no question has the id %q", id)
	}
	if err := a.refresh(ctx); err != nil {
		return err
	}
	q, found, err := a.find(ctx, questions[i].Text, store.Filter{}, eval.Depth)
	if err != nil {
		return err
	}
	out := a.env.stdout
	fmt.Fprintf(out, "question  %s\nsearched  %s\n", q.Text, strings.TrimSpace(q.Topic))
	for _, r := range q.Days {
		fmt.Fprintf(out, "days      %s to %s\n", r.From, r.To)
	}
	if m := found.Mentions; m != nil {
		fmt.Fprintf(out, "counted   %s on %d days\n", strings.Join(m.Words, " + "), len(m.Days))
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "\tday\tscore\twords\tmeaning\t")
	for _, r := range found.Results {
		mark := ""
		if slices.ContainsFunc(r.Entry.Dates, func(d daybook.Date) bool { return slices.Contains(questions[i].Relevant, d) }) {
			mark = "*"
		}
		var words, meaning float64
		for _, h := range r.Hits {
			words, meaning = max(words, h.Words), max(meaning, h.Meaning)
		}
		fmt.Fprintf(table, "%s\t%s\t%.3f\t%.3f\t%.3f\t\n", mark, r.Entry.Date(), r.Score, words, meaning)
	}
	return table.Flush()
}
