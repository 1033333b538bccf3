package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"daybook"
	"daybook/internal/almanac"
	"daybook/internal/analysis"
	"daybook/internal/chat"
	"daybook/internal/spending"
)

type analyzeFlags struct {
	from, to, focus, compare string
	tags                     []string
	provider, model          string
	yes, json, estimate      bool
}

func newAnalyze(w env, open opener) *cobra.Command {
	var f analyzeFlags
	cmd := &cobra.Command{
		Use:   "analyze QUESTION",
		Short: "Read the whole journal for a question, year by year",
		Long: `Have a model read every entry of the journal, in steps that fit its budget, and
answer a question: year by year, then over all years. Quotations are verified, and
the result says which entries were read. Results of steps are stored: after new
entries or an interruption, only what is new costs anything. Large or costly
analyses ask for confirmation first.

Without a model, statistics are shown instead. With --compare, periods are compared,
each with quotations of its own. If the question is “-”, it is read from standard
input.`,
		Example: `  daybook analyze "How have my feelings about work changed?"
  daybook analyze --estimate "How have my feelings about work changed?"
  daybook analyze --from 2020 --tag work --focus "the people I work with" "What wore me out?"
  daybook analyze --compare 2014,2024 "What did I worry about?"
  daybook analyze --compare "before=2019-01-01..2020-02-29,after=2020-03-01..2021" --json "Whom did I see?"`,
		Args: usageArgs(cobra.MinimumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			question, err := questionOf(w.stdin, args)
			if err != nil {
				return err
			}
			req, err := f.request(question)
			if err != nil {
				return usageError{cmd.CommandPath(), err}
			}
			a, err := open(cmd)
			if err != nil {
				return err
			}
			defer a.Close()
			return a.analyze(cmd.Context(), req, f, args[len(args)-1] == "-")
		},
	}
	f.register(cmd.Flags())
	return cmd
}

func (f *analyzeFlags) register(flags *pflag.FlagSet) {
	flags.StringVar(&f.from, "from", "", "first day, YYYY-MM-DD, or a month or year")
	flags.StringVar(&f.to, "to", "", "last day, YYYY-MM-DD, or a month or year")
	flags.StringArrayVar(&f.tags, "tag", nil, "only entries with this tag; can be repeated")
	flags.StringVar(&f.focus, "focus", "", "what to focus on")
	flags.StringVar(&f.compare, "compare", "", "periods to compare, separated by commas: 2014, 2014..2016, or name=2014-05-01..2014-08-31")
	flags.StringVar(&f.provider, "provider", "", "use this provider instead of the one for chat")
	flags.StringVar(&f.model, "model", "", "use this model of the provider")
	flags.BoolVarP(&f.yes, "yes", "y", false, "do not ask for confirmation")
	flags.BoolVar(&f.estimate, "estimate", false, "print an estimate only; call no model")
	flags.BoolVar(&f.json, "json", false, "print JSON, as GET /analyses/{id} returns it")
}

func (f analyzeFlags) request(question string) (analysis.Request, error) {
	req := analysis.Request{Query: question, Provider: f.provider, Model: f.model, Tags: f.tags, Focus: f.focus}
	var err error
	if f.from != "" {
		if req.From, _, err = daysOf(f.from); err != nil {
			return req, fmt.Errorf("--from: %w", err)
		}
	}
	if f.to != "" {
		if _, req.To, err = daysOf(f.to); err != nil {
			return req, fmt.Errorf("--to: %w", err)
		}
	}
	for part := range strings.SplitSeq(f.compare, ",") {
		if strings.TrimSpace(part) == "" {
			continue
		}
		p, err := period(part)
		if err != nil {
			return req, fmt.Errorf("--compare: %w", err)
		}
		req.Periods = append(req.Periods, p)
	}
	if len(req.Periods) > 0 && f.from+f.to != "" {
		return req, errors.New("--compare already sets the periods; leave out --from and --to")
	}
	return req, nil
}

// period parses "2014", "2014..2016" or "name=2014-05-01..2014-08-31".
func period(s string) (p analysis.Period, err error) {
	name, days, named := strings.Cut(s, "=")
	if !named {
		name, days = "", s
	}
	first, last, ranged := strings.Cut(days, "..")
	if !ranged {
		last = first
	}
	p.Name = strings.TrimSpace(name)
	if p.From, _, err = daysOf(first); err == nil {
		_, p.To, err = daysOf(last)
	}
	return p, err
}

// daysOf returns the first and last day of a day, a month or a year.
func daysOf(s string) (first, last daybook.Date, err error) {
	s = strings.TrimSpace(s)
	if year, err := time.Parse("2006", s); err == nil && year.Year() > 0 {
		y := year.Year()
		return daybook.Date{Year: y, Month: time.January, Day: 1}, daybook.Date{Year: y, Month: time.December, Day: 31}, nil
	}
	if month, err := time.Parse("2006-01", s); err == nil && month.Year() > 0 {
		end := month.AddDate(0, 1, -1)
		return daybook.Date{Year: month.Year(), Month: month.Month(), Day: 1}, daybook.Date{Year: end.Year(), Month: end.Month(), Day: end.Day()}, nil
	}
	day, err := daybook.ParseDate(s)
	return day, day, err
}

// analyze updates the index, prints an estimate, asks for confirmation if needed,
// and shows the analysis as it runs.
func (a *app) analyze(ctx context.Context, req analysis.Request, f analyzeFlags, stdinUsed bool) error {
	if req.Provider == "" {
		ref, err := a.named(ctx, req.Model)
		if err != nil {
			return err
		}
		req.Provider, req.Model = ref.Provider, ref.Model
	}
	if req.Provider == chat.Offline && req.Focus != "" {
		return daybook.Errorf(daybook.Invalid, "--focus requires a model: without one, statistics are shown")
	}
	if err := a.refresh(ctx); err != nil {
		return err
	}
	estimate, err := a.Analyses.Estimate(ctx, req)
	if err != nil {
		return analyzing(err)
	}
	if f.estimate {
		return a.printEstimate(estimate, f.json)
	}
	if estimate.Calls > 0 {
		fmt.Fprintln(a.env.stderr, a.style.estimate(estimate))
	}
	if estimate.Confirm && !f.yes {
		if err := a.confirm(ctx, stdinUsed); err != nil {
			return err
		}
	}
	started, err := a.Analyses.Start(ctx, req)
	if err != nil {
		return analyzing(err)
	}
	done, err := a.watchAnalysis(ctx, started.ID)
	if err != nil {
		return err
	}
	if err := a.printAnalysis(done, f.json); err != nil {
		return err
	}
	return unfinished(done)
}

// unfinished returns the error of an analysis without a complete result.
func unfinished(done *analysis.Analysis) error {
	why := ""
	if done.Error != nil {
		why = *done.Error
	}
	switch done.Status {
	case analysis.Failed:
		return daybook.Errorf(daybook.Upstream, "the analysis failed: %s", why)
	case analysis.Partial:
		return daybook.Errorf(daybook.Upstream, "the result is incomplete: %s", why)
	case analysis.Cancelled:
		return daybook.Errorf(daybook.Unavailable, "the analysis was cancelled")
	}
	return nil
}

// analyzing names the flag in an error about a field of the API.
func analyzing(err error) error {
	var e *daybook.Error
	if !errors.As(err, &e) || e.Kind != daybook.Invalid || e.Field == "" {
		return err
	}
	field, _, _ := strings.Cut(strings.TrimPrefix(e.Field, "body."), "[")
	message := e.Message
	if flag, ok := analyzeFlagOf[field]; ok {
		message = flag + ": " + message
	}
	return &daybook.Error{Kind: daybook.Invalid, Message: message, Err: e.Err}
}

// analyzeFlagOf are the flags that set the fields of a request.
var analyzeFlagOf = map[string]string{
	"from": "--from", "to": "--to", "tags": "--tag", "focus": "--focus", "periods": "--compare", "provider": "--provider", "model": "--model",
}

// printEstimate prints an estimate only.
func (a *app) printEstimate(e analysis.Estimate, asJSON bool) error {
	out := a.style.estimate(e) + "\n"
	if asJSON {
		data, err := json.Marshal(e)
		if err != nil {
			return fmt.Errorf("write the estimate as JSON: %w", err)
		}
		out = string(data) + "\n"
	}
	_, err := io.WriteString(a.env.stdout, out)
	return err
}

// estimate formats an estimate.
func (s style) estimate(e analysis.Estimate) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s of %s tokens in and at most %s out", numbered(e.Entries, "entry", "entries"), numbered(e.Calls, "call", "calls"),
		almanac.Number(e.InputTokens), almanac.Number(e.OutputTokens))
	if e.CachedCalls > 0 {
		fmt.Fprintf(&b, "; %s stored from before", numbered(e.CachedCalls, "step", "steps"))
	}
	if e.Seconds > 0 {
		fmt.Fprintf(&b, "; at least %s", (time.Duration(e.Seconds) * time.Second).Round(time.Second))
	}
	if e.Cost != nil {
		fmt.Fprintf(&b, "; at most %s %s", spending.Amount(*e.Cost), *e.Currency)
	}
	if e.Cap != nil {
		fmt.Fprintf(&b, " (%s of %s spent this month)", spending.Amount(*e.Spent), spending.Amount(*e.Cap))
	}
	b.WriteByte('.')
	for _, n := range e.Notices {
		fmt.Fprintf(&b, "\n%s", s.dim(n))
	}
	return b.String()
}

func numbered(n int, one, many string) string {
	if n != 1 {
		one = many
	}
	return almanac.Number(n) + " " + one
}

// confirm asks the user to confirm.
func (a *app) confirm(ctx context.Context, stdinUsed bool) error {
	if !a.env.progress || stdinUsed {
		return daybook.Errorf(daybook.Invalid, "this analysis is large or exceeds confirm_cost; confirm with --yes")
	}
	fmt.Fprint(a.env.stderr, "Continue? [y/N] ")
	answer := make(chan string, 1)
	go func() { // ends with the program
		line, _ := bufio.NewReader(io.LimitReader(a.env.stdin, 100)).ReadString('\n')
		answer <- line
	}()
	select {
	case line := <-answer:
		switch strings.ToLower(strings.TrimSpace(line)) {
		case "y", "yes":
			return nil
		}
		return daybook.Errorf(daybook.Invalid, "cancelled; no model was called")
	case <-ctx.Done():
		return ctx.Err()
	}
}

// watchAnalysis shows the progress of an analysis. An interrupt cancels it; the
// results of finished steps are kept.
func (a *app) watchAnalysis(ctx context.Context, id string) (*analysis.Analysis, error) {
	show := newAnalysisProgress(a.env)
	defer show.done()
	for e, err := range a.Analyses.Watch(ctx, id) {
		if err != nil && ctx.Err() != nil {
			show.done()
			if _, err := a.Analyses.Cancel(context.WithoutCancel(ctx), id); err != nil {
				return nil, err
			}
			fmt.Fprintln(a.env.stderr, "Finished steps are stored; running it again costs only the rest.")
			return nil, ctx.Err()
		}
		if err != nil {
			return nil, err
		}
		show.event(e)
		if e.Done != nil {
			return e.Done, nil
		}
	}
	return nil, errors.New("analysis ended early")
}
