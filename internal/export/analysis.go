package export

import (
	"fmt"
	"strings"

	"daybook/internal/analysis"
)

// textOf writes an analysis to be read, each part with its evidence.
func textOf(a *analysis.Analysis) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\n", strings.Join(strings.Fields(a.Query), " "))
	by := "without a model"
	if a.Model != "" {
		by = "by " + a.Provider + "/" + a.Model
	}
	fmt.Fprintf(&b, "%s, %s: %d of %d entries read", a.CreatedAt.Format("2 January 2006"), by, a.Entries.Read, a.Entries.InRange)
	if a.Status != analysis.Complete {
		fmt.Fprintf(&b, " (%s)", a.Status)
	}
	b.WriteString(".\n")
	if a.Error != nil {
		fmt.Fprintf(&b, "\n*%s*\n", *a.Error)
	}
	if a.Result == nil {
		return b.String()
	}
	if a.Result.Final != nil {
		writePart(&b, "Summary", a.Result.Final)
	}
	for i := range a.Result.YearAnalyses {
		y := &a.Result.YearAnalyses[i]
		writePart(&b, fmt.Sprint(y.Year), &y.Part)
	}
	for i := range a.Result.Periods {
		p := &a.Result.Periods[i]
		title := fmt.Sprintf("%s – %s", p.From, p.To)
		if p.Name != "" {
			title = p.Name + ", " + title
		}
		writePart(&b, title, &p.Part)
	}
	return b.String()
}

func writePart(b *strings.Builder, title string, p *analysis.Part) {
	fmt.Fprintf(b, "\n## %s\n\n%s\n", title, strings.TrimSpace(p.Analysis))
	for _, c := range p.Claims {
		fmt.Fprintf(b, "\n%s\n", c.Claim)
		writeQuotations(b, c.Quotations)
	}
	writeQuotations(b, p.Quotations)
}

func writeQuotations(b *strings.Builder, list []analysis.Quotation) {
	for _, q := range list {
		where := "not found in the journal"
		if q.Verified && q.Date != nil {
			where = q.Date.String()
		}
		fmt.Fprintf(b, "\n> %s\n>\n> — %s\n", strings.ReplaceAll(strings.TrimSpace(q.Text), "\n", "\n> "), where)
	}
}
