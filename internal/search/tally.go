package search

import (
	"fmt"
	"strconv"
	"strings"

	"daybook"
)

// Tally describes a count in words and lists at most limit of its days. Date
// formats a day.
func Tally(m *Mentions, date func(daybook.Date) string, limit int) string {
	what := `“` + strings.Join(m.Words, `” with “`) + `”`
	if len(m.Spelled) > 0 {
		what += ` (also spelled ` + strings.Join(m.Spelled, ", ") + `)`
	}
	where := ""
	if m.Within != nil {
		where = " in the time asked for"
	}
	if len(m.Days) == 0 {
		return fmt.Sprintf("%s is mentioned on no day%s.", what, where)
	}
	first, last := date(m.Days[0]), date(m.Days[len(m.Days)-1])
	var b strings.Builder
	n := fmt.Sprintf("%d days", len(m.Days))
	switch {
	case len(m.Days) == 1:
		fmt.Fprintf(&b, "%s is mentioned on one day%s: %s.", what, where, first)
		return b.String()
	case m.Asked == First:
		fmt.Fprintf(&b, "%s is first mentioned%s on %s; on %s in all, last on %s.", what, where, first, n, last)
	case m.Asked == Last:
		fmt.Fprintf(&b, "%s is last mentioned%s on %s; on %s in all, first on %s.", what, where, last, n, first)
	default:
		fmt.Fprintf(&b, "%s is mentioned on %s%s, first on %s, last on %s.", what, n, where, first, last)
	}
	b.WriteString(" The days are:")
	days := m.Days[:min(limit, len(m.Days))]
	b.WriteString(byYear(days))
	if more := len(m.Days) - len(days); more > 0 {
		fmt.Fprintf(&b, "\n- and %d more", more)
	}
	return b.String()
}

// byYear lists days, which are in order, one line per year.
func byYear(days []daybook.Date) string {
	var b strings.Builder
	for i, d := range days {
		newYear := i == 0 || days[i-1].Year != d.Year
		switch {
		case newYear:
			fmt.Fprintf(&b, "\n- %d: ", d.Year)
		case days[i-1].Month != d.Month:
			b.WriteString("; ")
		default:
			b.WriteString(", ")
		}
		b.WriteString(strconv.Itoa(d.Day))
		if i == len(days)-1 || days[i+1].Year != d.Year || days[i+1].Month != d.Month {
			b.WriteString(" " + d.Month.String())
		}
	}
	return b.String()
}
