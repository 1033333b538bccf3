package almanac

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Markdown writes the report for people. It begins with its label.
func (r *Report) Markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "*%s*\n", r.Label)
	for _, n := range r.Notices {
		fmt.Fprintf(&b, "\n%s\n", n)
	}
	r.writeYears(&b)
	r.writeMarks(&b)
	r.writeSaid(&b)
	r.writeLike(&b)
	return b.String()
}

// Extent describes in a sentence how much was written, and when.
func (s *Summary) Extent() string {
	if s.Days == 0 {
		return "Nothing was written in this time."
	}
	if s.Days == 1 {
		return fmt.Sprintf("One day, %s, with %s words.", s.Last.Long(), Number(s.Words))
	}
	return fmt.Sprintf("%s between %s and %s, with %s words.", Days(s.Days), s.First.Long(), s.Last.Long(), Number(s.Words))
}

func (r *Report) writeYears(b *strings.Builder) {
	fmt.Fprintf(b, "\n## What was written\n\n%s\n", r.Extent())
	if len(r.Years) == 0 {
		return
	}
	b.WriteString("\n| year | days | words | January to December |\n| --- | ---: | ---: | --- |\n")
	for _, y := range r.Years {
		fmt.Fprintf(b, "| %d | %s | %s | %s |\n", y.Year, Number(y.Days), Number(y.Words), r.Bars(y.Year))
	}
}

func (r *Report) writeMarks(b *strings.Builder) {
	switch r.Compared {
	case "years":
		b.WriteString("\n## What marks each year against the others\n")
		for _, y := range r.Years {
			fmt.Fprintf(b, "\n**%d** – %s\n", y.Year, marksLine(y.Marks))
		}
	case "months":
		b.WriteString("\n## What marks each month against the others\n")
		for _, m := range r.Months {
			fmt.Fprintf(b, "\n**%s** – %s\n", LongMonth(m.Month), marksLine(m.Marks))
		}
	}
}

// marksLine lists marks by their kinds, with the days that mention each.
func marksLine(marks []Mark) string {
	var parts []string
	for _, kind := range []Kind{Word, Name, Hash} {
		var list []string
		for _, m := range marks {
			if m.Kind == kind {
				list = append(list, fmt.Sprintf("%s (%d)", m.Term, m.Days))
			}
		}
		if len(list) > 0 {
			parts = append(parts, string(kind)+"s: "+strings.Join(list, ", "))
		}
	}
	if len(parts) == 0 {
		return "nothing that is not in the others as well"
	}
	return strings.Join(parts, "; ")
}

func (r *Report) writeSaid(b *strings.Builder) {
	if len(r.Said) == 0 || len(r.Said[0].Points) == 0 {
		return
	}
	b.WriteString("\n## The words of the question\n\nOn how many of the days written each is mentioned, in all its forms.\n\n| | days written |")
	for _, s := range r.Said {
		fmt.Fprintf(b, " %s |", s.Word)
	}
	b.WriteString("\n| --- | ---: |" + strings.Repeat(" ---: |", len(r.Said)) + "\n")
	for i, p := range r.Said[0].Points {
		fmt.Fprintf(b, "| %s | %s |", p.Period, Number(p.Written))
		for _, s := range r.Said {
			fmt.Fprintf(b, " %s |", Number(s.Points[i].Days))
		}
		b.WriteByte('\n')
	}
}

func (r *Report) writeLike(b *strings.Builder) {
	if r.Query == "" {
		return
	}
	b.WriteString("\n## Days like this\n")
	if len(r.Like) == 0 {
		b.WriteString("\nNo day is.\n")
	}
	for _, l := range r.Like {
		fmt.Fprintf(b, "\n**%s**\n> %s\n", l.Date.Long(), strings.ReplaceAll(l.Excerpt, "\n", "\n> "))
	}
}

var levels = []rune("▁▂▃▄▅▆▇█")

// Bars draws a bar for each month of a year, relative to the month with the
// most days of all; a month without days is a space.
func (s *Summary) Bars(year int) string {
	var inYear [12]int
	most := 0
	for _, m := range s.Months {
		most = max(most, m.Days)
		if t, err := time.Parse("2006-01", m.Month); err == nil && t.Year() == year {
			inYear[t.Month()-1] = m.Days
		}
	}
	return bars(inYear[:], most)
}

// Bar draws a bar for each period, relative to the highest.
func (t *Trace) Bar() string {
	days := make([]int, len(t.Points))
	for i, p := range t.Points {
		days[i] = p.Days
	}
	return bars(days, slices.Max(append(days, 1)))
}

func bars(values []int, highest int) string {
	out := make([]rune, len(values))
	for i, v := range values {
		out[i] = ' '
		if v > 0 {
			out[i] = levels[(v*len(levels)-1)/highest]
		}
	}
	return string(out)
}

// Number writes a number with commas: 12,345.
func Number(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// Days writes a number of days.
func Days(n int) string {
	if n == 1 {
		return "1 day"
	}
	return Number(n) + " days"
}

// LongMonth formats a month given as YYYY-MM in words.
func LongMonth(month string) string {
	t, err := time.Parse("2006-01", month)
	if err != nil {
		return month
	}
	return t.Format("January 2006")
}
