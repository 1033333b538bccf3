package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"daybook/internal/almanac"
	"daybook/internal/analysis"
	"daybook/internal/plural"
	"daybook/internal/spending"
)

// analysisProgress shows the progress of an analysis: a bar in a terminal, else a
// line per step.
type analysisProgress struct {
	env   env
	bar   *progress
	steps map[string]analysis.StepStatus
}

func newAnalysisProgress(w env) *analysisProgress {
	p := &analysisProgress{env: w, bar: newProgress(w, "Analyzing"), steps: map[string]analysis.StepStatus{}}
	p.bar.least = 1 // a step takes seconds
	return p
}

func (p *analysisProgress) event(e analysis.Event) {
	switch {
	case e.Plan != nil:
		clear(p.steps) // the plan may change
		for _, s := range e.Plan.Steps {
			p.steps[s.ID] = s.Status
		}
		p.bar.update(p.count())
	case e.Step != nil:
		p.step(e.Step)
	case e.Wait != nil:
		at := e.Wait.Until.Local().Format(time.TimeOnly)
		p.say("Waiting until "+at, fmt.Sprintf("waiting until %s: %s", at, e.Wait.Why), time.Until(e.Wait.Until) > 10*time.Second)
	}
}

func (p *analysisProgress) step(s *analysis.Step) {
	p.steps[s.ID] = s.Status
	done, all := p.count()
	line := fmt.Sprintf("[%d/%d] %s: %s", done, all, newStyle(p.env).plain(s.Name), s.Status)
	if s.Error != nil {
		line += ": " + newStyle(p.env).plain(*s.Error)
	}
	over := s.Status != analysis.StepRunning && s.Status != analysis.StepWaiting
	p.say("Reading "+s.Name, line, over)
	if p.env.progress && s.Status == analysis.StepFailed {
		p.bar.done()
		fmt.Fprintln(p.env.stderr, line)
	}
	p.bar.update(done, all)
}

// say labels the progress bar, or prints the line without one.
func (p *analysisProgress) say(label, line string, print bool) {
	if p.env.progress {
		p.bar.describe(label)
	} else if print {
		fmt.Fprintln(p.env.stderr, line)
	}
}

// count returns the number of finished steps and of all steps.
func (p *analysisProgress) count() (done, all int) {
	for _, status := range p.steps {
		if status != analysis.StepRunning && status != analysis.StepWaiting {
			done++
		}
	}
	return done, len(p.steps)
}

func (p *analysisProgress) done() { p.bar.done() }

// printAnalysis prints an analysis, finished or not.
func (a *app) printAnalysis(done *analysis.Analysis, asJSON bool) error {
	out := a.style.analysis(done)
	if asJSON {
		data, err := json.Marshal(done)
		if err != nil {
			return fmt.Errorf("write the analysis as JSON: %w", err)
		}
		out = string(data) + "\n"
	}
	_, err := io.WriteString(a.env.stdout, out)
	return err
}

// analysis formats an analysis: its text, its verified quotations with their days,
// and how many entries were read.
func (s style) analysis(a *analysis.Analysis) string {
	var b strings.Builder
	if r := a.Result; r != nil {
		sides := len(r.Periods) > 0
		for _, y := range r.YearAnalyses {
			if !sides { // a comparison repeats it
				fmt.Fprintf(&b, "%s\n", s.bold(fmt.Sprint(y.Year)))
				s.part(&b, y.Part)
			}
		}
		for _, p := range r.Periods {
			fmt.Fprintf(&b, "%s\n", s.bold(s.plain(p.Name)))
			s.side(&b, p)
		}
		if r.Final != nil {
			if len(r.YearAnalyses) > 0 {
				fmt.Fprintf(&b, "%s\n", s.bold("Summary"))
			}
			final := *r.Final
			if sides { // shown with each side
				final.Quotations = nil
			}
			s.part(&b, final)
		}
	}
	b.WriteString(s.dim(accountLine(a)) + "\n")
	for i, l := range a.Entries.LeftOut {
		if i == mostLeftOut {
			fmt.Fprintf(&b, "%s\n", s.dim(fmt.Sprintf("  … and %d more (--json lists all)", len(a.Entries.LeftOut)-i)))
			break
		}
		fmt.Fprintf(&b, "%s\n", s.dim(s.plain(fmt.Sprintf("  %s  %s: %s", l.Date, l.Title, l.Why))))
	}
	return b.String()
}

// mostLeftOut is how many entries that were not read are listed.
const mostLeftOut = 10

func accountLine(a *analysis.Analysis) string {
	line := fmt.Sprintf("%s in range, %s read, %s not. %s", numbered(a.Entries.InRange, "entry", "entries"), almanac.Number(a.Entries.Read), almanac.Number(a.Entries.Unread),
		numbered(a.Usage.Calls, "call", "calls"))
	if a.Usage.Calls > 0 {
		line += fmt.Sprintf(", %s tokens in, %s out", almanac.Number(a.Usage.InputTokens), almanac.Number(a.Usage.OutputTokens))
	}
	if a.Usage.Cost != nil {
		line += fmt.Sprintf(", cost %s %s", spending.Amount(*a.Usage.Cost), *a.Usage.Currency)
	}
	return line + "."
}

func (s style) part(b *strings.Builder, p analysis.Part) {
	fmt.Fprintf(b, "%s\n\n", s.markdown(strings.TrimSpace(p.Analysis)))
	s.quotations(b, p.Quotations)
}

// quotations writes the verified quotations with their days, and the number of
// unverified ones, which are not shown.
func (s style) quotations(b *strings.Builder, list []analysis.Quotation) {
	missing := 0
	for _, q := range list {
		if !q.Verified {
			missing++
			continue
		}
		fmt.Fprintf(b, "  %s  “%s”\n", s.bold(q.Date.String()), s.plain(q.Text))
	}
	if missing > 0 {
		fmt.Fprintf(b, "  %s\n", s.dim(fmt.Sprintf("%s not found in the entries and not shown", plural.Count(missing, "excerpt"))))
	}
	if len(list) > 0 {
		b.WriteByte('\n')
	}
}

// side writes one side of a comparison.
func (s style) side(b *strings.Builder, p analysis.PeriodPart) {
	switch {
	case p.Analysis != "":
		fmt.Fprintf(b, "%s\n\n", s.markdown(strings.TrimSpace(p.Analysis)))
	case len(p.Claims) == 0:
		fmt.Fprintf(b, "%s\n\n", s.dim("No entry of this period was read."))
	}
	for _, c := range p.Claims {
		fmt.Fprintf(b, "- %s\n", s.markdown(strings.TrimSpace(c.Claim)))
		s.quotations(b, c.Quotations)
	}
}
