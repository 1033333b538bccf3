package search

import (
	"fmt"
	"strings"

	"daybook"
	"daybook/internal/language"
)

// Tally describes a count in the words of a language and lists at most limit of
// its days. Days of the text are written as date does; nil as the language does.
func Tally(m *Mentions, l language.Language, date func(daybook.Date) string, limit int) string {
	if date == nil {
		date = l.Day
	}
	what := l.Quoted(m.Words, "with")
	if len(m.Spelled) > 0 {
		what = l.Say("also spelled", "what", what, "forms", strings.Join(m.Spelled, ", "))
	}
	var first, last string
	if n := len(m.Days); n > 0 {
		first, last = date(m.Days[0]), date(m.Days[n-1])
	}
	sentence := map[Aggregate]string{First: "first day", Last: "last day", Count: "all days"}[m.Asked]
	if few := map[int]string{0: "on no day", 1: "on one day"}[len(m.Days)]; few != "" {
		sentence = few
	}
	if m.Within != nil {
		sentence += " within"
	}
	var b strings.Builder
	b.WriteString(l.Say(sentence, "what", what, "n", len(m.Days), "first", first, "last", last))
	for _, s := range m.doubts(l) {
		b.WriteString(" " + s)
	}
	if len(m.Days) < 2 {
		return b.String()
	}
	b.WriteString(" " + l.Say("the days"))
	days := m.Days[:min(limit, len(m.Days))]
	b.WriteString(byYear(days, l))
	if more := len(m.Days) - len(days); more > 0 {
		b.WriteString("\n- " + l.Say("more days", "n", more))
	}
	return b.String()
}

// doubts says why a count is approximate.
func (m *Mentions) doubts(l language.Language) []string {
	var said []string
	add := func(is bool, sentence string, values ...any) {
		if is {
			said = append(said, l.Say(sentence, values...))
		}
	}
	add(m.Read > 0, "about read", "n", m.Read, "kept", len(m.Days))
	add(m.Event && m.Read == 0 && len(m.Words) < 2, "about event")
	add(len(m.Words) > 1 && m.Read == 0, "about words")
	add(len(m.Spelled) > 0, "about forms")
	add(m.Beside > 0, "about beside", "n", m.Beside)
	add(m.Leading > 0, "about capitals", "n", m.Leading)
	var near []string
	for _, f := range m.Near {
		days := l.Say("some days", "n", f.Days)
		if f.Days == 1 {
			days = l.Say("one day")
		}
		near = append(near, l.Quoted([]string{f.Text}, "or")+" ("+days+")")
	}
	add(len(near) > 0, "about near", "forms", strings.Join(near, ", "))
	return said
}

// byYear lists days, which are in order, one line per year.
func byYear(days []daybook.Date, l language.Language) string {
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
		b.WriteString(l.DayOfMonth(d))
		if i == len(days)-1 || days[i+1].Year != d.Year || days[i+1].Month != d.Month {
			b.WriteString(" " + l.Month(d))
		}
	}
	return b.String()
}
