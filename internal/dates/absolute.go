package dates

import (
	"strings"
	"time"
)

// The years that four digits can be.
const firstYear, lastYear = 1600, 2199

// yearTerm is a year as it follows a date. A dual one names two: 1660/61.
type yearTerm struct {
	year int
	dual bool
}

// yearTerm reads 1660, '61, 1660/61, "last year" and "two years ago".
func (p *parser) yearTerm(i int) (yearTerm, int) {
	if y, next := p.relativeYear(i); next > 0 {
		return yearTerm{year: y}, next
	}
	y, next := p.number4(i)
	if next == 0 || p.isCount(next) {
		return yearTerm{}, 0
	}
	if t := p.at(next + 1); p.word(next) == "/" && t.glued && t.namesYear(y+1) {
		return yearTerm{y, true}, next + 2
	}
	return yearTerm{year: y}, next
}

// number4 reads a year of four digits, or of two with an apostrophe.
func (p *parser) number4(i int) (int, int) {
	t := p.at(i)
	switch {
	case t.kind != number || t.ordinal || t.decade:
	case t.short:
		return p.century2(t.num, 1), i + 1
	case t.digits == 4 && t.num >= firstYear && t.num <= lastYear:
		return t.num, i + 1
	}
	return 0, 0
}

// century2 expands a year of two digits to the century in which the n years
// from it are nearest to the journal and not after today; without a journal, to
// the latest.
func (p *parser) century2(yy, n int) int {
	best, distance := 0, 1<<30
	for y := (p.o.Today.Year+1)/100*100 + yy; y >= firstYear; y -= 100 {
		if y > p.o.Today.Year+1 {
			continue
		}
		d := 0
		if !p.o.First.IsZero() && !p.o.Last.IsZero() {
			d = max(p.o.First.Year-(y+n-1), y-p.o.Last.Year, 0)
		}
		if d < distance {
			best, distance = y, d
		}
	}
	if best == 0 {
		best = p.o.Today.Year/100*100 + yy
	}
	return best
}

// dayNumber reads the day of a month: 29, 29th, "twenty-ninth". Plain means
// bare digits.
func (p *parser) dayNumber(i int) (day, next int, plain bool) {
	if t := p.at(i); t.kind == number {
		if t.short || t.decade || t.num < 1 || t.num > 31 || t.digits > 2 {
			return 0, 0, false
		}
		return t.num, i + 1, !t.ordinal
	}
	n, next := p.ordinalWord(i)
	if n > 31 {
		next = 0
	}
	return n, next, false
}

// ordinalWord reads "third" and "twenty-third".
func (p *parser) ordinalWord(i int) (int, int) {
	w := p.word(i)
	if n, ok := ordinals[w]; ok {
		if p.word(i-1) == "-" && p.at(i).glued && cardinals[p.word(i-2)] >= 20 {
			return 0, 0 // "twenty-tenth", or the end of "twenty-third"
		}
		return n, i + 1
	}
	if tens := cardinals[w]; tens >= 20 && tens < 100 {
		j := p.skip(i+1, "-")
		if n, ok := ordinals[p.word(j)]; ok && n < 10 {
			return tens + n, j + 1
		}
	}
	return 0, 0
}

// monthName reads a month's name, "this month" or "last month". The year of
// the latter is not 0.
func (p *parser) monthName(i int) (m time.Month, year, next int) {
	if m, ok := monthNames[p.word(i)]; ok {
		if !p.meansMonth(i) {
			return 0, 0, 0
		}
		next = i + 1
		if len(p.word(i)) <= 4 && p.word(next) == "." && p.toks[next].glued && next+1 < len(p.toks) {
			next++ // Feb. 1663
		}
		return m, 0, next
	}
	if n, ok := shifts[p.word(i)]; ok && p.word(i+1) == "month" {
		d := addMonths(p.o.Today, n)
		return d.Month, d.Year, i + 2
	}
	return 0, 0, 0
}

// meansMonth distinguishes the month from the verb: "may I", "it may be".
func (p *parser) meansMonth(i int) bool {
	t, after := p.toks[i], p.at(i+1)
	switch {
	case t.text != "may" && t.text != "march", after.kind != word:
		return true
	case p.is(i-1, "in", "of"), afterMonth[after.text]:
		return true
	}
	return !t.lower && !pronouns[after.text]
}

// dayMonth reads "29 May", "the 23rd of February", "Sunday, 3 May".
func (p *parser) dayMonth(i int) (span, int) {
	s, next := p.dayMonthOf(p.weekdayPrefix(i))
	return p.onWeekday(s, i), next
}

// onWeekday narrows a day of every year to the years in which it is the weekday
// written at token i, if any.
func (p *parser) onWeekday(s span, i int) span {
	w, ok := p.weekdayAt(i)
	inner, cal := s.yearly, p.cal
	if !ok || inner == nil || s.settled || s.kind != Day {
		return s
	}
	years := 0
	for y := p.o.Last.Year; y > p.o.Last.Year-28 && !p.o.Last.IsZero(); y-- {
		if r, ok := inner(y); ok && y >= p.o.First.Year && cal.weekday(r.From) == w {
			years++
		}
	}
	if years == 0 {
		return s // mistaken, or of another year: the date counts
	}
	s.yearly = func(year int) (Range, bool) {
		r, ok := inner(year)
		return r, ok && cal.weekday(r.From) == w
	}
	s.lenient = inner
	return s
}

func (p *parser) weekdayAt(i int) (time.Weekday, bool) {
	w := p.word(i)
	if day, ok := weekdayNames[w]; ok {
		return day, true
	}
	if !weekdayShort[w] {
		return 0, false
	}
	for name, day := range weekdayNames {
		if strings.HasPrefix(name, w) {
			return day, true
		}
	}
	return 0, false
}

func (p *parser) dayMonthOf(i int) (span, int) {
	start := i
	i = p.skip(i, "the")
	day, next, _ := p.dayNumber(i)
	if next == 0 {
		return span{}, 0
	}
	inWords := p.toks[i].kind == word
	j := p.skip(next, "of", "-", ".")
	if inWords && j == next && i == start {
		return span{}, 0 // "first May" is not the first of May
	}
	j = p.skip(p.skip(j, "day"), "of")
	m, year, next := p.monthName(j)
	if next == 0 {
		return span{}, 0
	}
	next = p.dashBeforeYear(next)
	return p.dayIn(m, year, day), next
}

// dashBeforeYear steps over the second dash of 29-May-1660.
func (p *parser) dashBeforeYear(i int) int {
	if p.word(i) == "-" && p.toks[i].glued && p.at(i+1).glued {
		if _, n := p.number4(i + 1); n > 0 {
			return i + 1
		}
	}
	return i
}

// dayIn returns a day of a month, or the whole month for a day that it never
// has.
func (p *parser) dayIn(m time.Month, year, day int) span {
	s := dayOfYear(m, day)
	s.month = m
	if day > lastDay(2000, m) {
		s = wholeMonth(m)
		s.approx = true
	}
	if year != 0 {
		s.Range, s.settled = s.in(year)
	}
	return s
}

func wholeMonth(m time.Month) span {
	return span{kind: Span, yearly: func(year int) (Range, bool) { return monthOf(year, m), true }}
}

// weekdayPrefix steps over the weekday before a date: it adds nothing.
func (p *parser) weekdayPrefix(i int) int {
	w := p.word(i)
	if _, ok := weekdayNames[w]; ok || weekdayShort[w] {
		return p.skip(p.skip(i+1, "."), ",")
	}
	return i
}

// monthDay reads "May 29th", "May the 29th", "Tuesday, May 29".
func (p *parser) monthDay(i int) (span, int) {
	s, next := p.monthDayOf(p.weekdayPrefix(i))
	return p.onWeekday(s, i), next
}

func (p *parser) monthDayOf(i int) (span, int) {
	m, year, next := p.monthName(i)
	if next == 0 || year != 0 {
		return span{}, 0
	}
	day, next, plain := p.dayNumber(p.skip(next, "the"))
	if next == 0 || units[p.word(next)] != noUnit || p.isCount(next) || p.word(next) == ":" {
		return span{}, 0
	}
	s := p.dayIn(m, 0, day)
	if plain {
		s.cue = dayCue
	}
	return s, next
}

// month reads "May", "the month of May".
func (p *parser) month(i int) (span, int) {
	j := p.skip(i, "the")
	if p.has(j, "month", "of") {
		i = j + 2
	}
	m, year, next := p.monthName(i)
	if next == 0 || year != 0 {
		return span{}, 0
	}
	s := wholeMonth(m)
	if !p.has(i-2, "month", "of") {
		s.cue = monthCue
	}
	return s, next
}

// season reads "summer", "the winter", with the year after it.
func (p *parser) season(i int) (span, int) {
	start := i
	i = p.skip(i, "the")
	m, ok := seasons[p.word(i)]
	if !ok || p.word(i)[len(p.word(i))-1] == 's' {
		return span{}, 0
	}
	s := seasonOf(m)
	s.cue = seasonCue
	if p.word(i) == "fall" && start != i {
		s.cue = fallCue
	}
	return s, i + 1
}

func seasonOf(m time.Month) span {
	return span{kind: Span, yearly: func(year int) (Range, bool) { return monthsOf(year, m, 3), true }}
}

// plainYear reads "1660", "the year 1660", "1663/64".
func (p *parser) plainYear(i int) (span, int) {
	j := p.skip(p.skip(i, "the"), "year")
	named := j > i && p.word(j-1) == "year"
	if named {
		j = p.skip(j, "of")
	} else {
		j = i
	}
	if _, next := p.number4(j); next == 0 {
		return span{}, 0
	}
	y, next := p.yearTerm(j)
	if next == 0 {
		return span{}, 0
	}
	s := settledSpan(Span, yearsOf(y.year, 1))
	s.year = y.year
	if y.dual {
		s.Range = yearsOf(y.year, 2)
	} else if !named {
		s.cue = yearCue
	}
	return s, next
}

// decade reads "the 90s", "the 1660s", "the nineties".
func (p *parser) decade(i int) (span, int) {
	start := i
	i = p.skip(i, "the")
	_, part := portions[p.word(i-1)]
	introduced := i > start || part || p.word(i-1) == "-" // "the nineties", "mid-90s"
	if n, ok := decadeNames[p.word(i)]; ok && introduced {
		return settledSpan(Span, yearsOf(p.century2(n, 10), 10)), i + 1
	}
	t := p.at(i)
	if !t.decade {
		return span{}, 0
	}
	n := t.num
	switch t.digits {
	case 4:
		if n < firstYear || n > lastYear {
			return span{}, 0
		}
		if n%100 == 0 && start != i {
			return settledSpan(Span, yearsOf(n, 100)), i + 1 // the 1600s
		}
	case 2:
		if !introduced {
			return span{}, 0 // "in my 20s"
		}
		n = p.century2(n, 10)
	default:
		return span{}, 0
	}
	return settledSpan(Span, yearsOf(n, 10)), i + 1
}

// century reads "the 17th century".
func (p *parser) century(i int) (span, int) {
	i = p.skip(i, "the")
	n, next, plain := p.dayNumber(i)
	if next == 0 || plain || p.word(p.skip(next, "-")) != "century" || n < 17 || n > 22 {
		return span{}, 0
	}
	return settledSpan(Span, yearsOf((n-1)*100+1, 100)), p.skip(next, "-") + 1
}
