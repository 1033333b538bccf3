package dates

import "strings"

// portion is a part of a period.
type portion int

const (
	firstThird portion = iota
	middleThird
	lastThird
	opening
	closing
)

var portions = map[string]portion{
	"early": firstThird, "the early": firstThird, "early in": firstThird, "mid": middleThird, "the mid": middleThird, "middle of": middleThird,
	"the middle of": middleThird, "late": lastThird, "the late": lastThird, "late in": lastThird,
	"beginning of": opening, "the beginning of": opening, "start of": opening, "the start of": opening,
	"end of": closing, "the end of": closing,
}

// part reads "early March", "mid-1661", "the end of 1663".
func (p *parser) part(i int) (span, int) {
	which, next := phrase(p, i, portions)
	if next == 0 {
		return span{}, 0
	}
	s, after := p.term(p.skip(next, "-"))
	if after == 0 || s.kind == Day {
		return span{}, 0
	}
	s, ok := s.narrow(Span, func(r Range) (Range, bool) { return portionOf(r, which), true })
	s.approx = true
	return s, okEnd(ok, after)
}

// portionOf returns a portion of r; see the package comment.
func portionOf(r Range, which portion) Range {
	n := wholeMonths(r)
	size, lead := n/3, n/3
	switch {
	case n >= 36:
		years := n / 12
		lead, size = (years+2)/3*12, years/3*12
	case n < 3:
		return thirdOfDays(r, which)
	case n == 12 && which >= opening:
		lead, size = 2, 2
	}
	tail := size
	switch which {
	case firstThird, opening:
		return Range{r.From, addMonths(r.From, lead).AddDays(-1)}
	case middleThird:
		return Range{addMonths(r.From, lead), addMonths(r.From, n-tail).AddDays(-1)}
	}
	return Range{addMonths(r.From, n-tail), r.To}
}

// thirdOfDays divides a month into 10, 10 and the remaining days, and other
// ranges into equal thirds.
func thirdOfDays(r Range, which portion) Range {
	size := (length(r) + 1) / 3
	if wholeMonths(r) == 1 {
		size = 10
	}
	size = max(size, 1)
	switch which {
	case firstThird, opening:
		return Range{r.From, r.From.AddDays(size - 1)}
	case middleThird:
		return Range{r.From.AddDays(size), r.From.AddDays(2*size - 1)}
	}
	return Range{r.From.AddDays(2 * size), r.To}
}

// nthWord reads "first", "2nd", "last" (-1).
func (p *parser) nthWord(i int) (n, next int) {
	if p.word(i) == "last" {
		return -1, i + 1
	}
	n, next, plain := p.dayNumber(i)
	if plain {
		return 0, 0
	}
	return n, next
}

// half reads "the first half of 1661".
func (p *parser) half(i int) (span, int) {
	n, next := p.nthWord(p.skip(i, "the"))
	if p.word(next) != "half" || next == 0 || n > 2 || n == 0 {
		return span{}, 0
	}
	s, after := p.operand(p.skip(next+1, "of"))
	if after == 0 || s.kind == Day {
		return span{}, 0
	}
	s, ok := s.narrow(Span, func(r Range) (Range, bool) {
		middle := r.From.AddDays(length(r) / 2)
		if m := wholeMonths(r); m > 1 && m%2 == 0 {
			middle = addMonths(r.From, m/2)
		}
		if n == 1 {
			return Range{r.From, middle.AddDays(-1)}, true
		}
		return Range{middle, r.To}, true
	})
	return s, okEnd(ok, after)
}

// nth reads "the first week of June 1662", "the last Sunday in May", "the
// second quarter of 1661", "the last day of 1663".
func (p *parser) nth(i int) (span, int) {
	n, next := p.nthWord(p.skip(i, "the"))
	if next == 0 || n == 0 {
		return span{}, 0
	}
	w, isWeekday := weekdayNames[p.word(next)]
	u := units[p.word(next)]
	j := p.skip(next+1, "of")
	if u < months {
		j = p.skip(j, "in") // not "last year in March"
	}
	known := isWeekday || u != noUnit
	bare := u == quarters && n > 0 && p.at(j).kind == number // "third quarter 2023"
	joined := j > next+1 || bare
	if !known || !joined || strings.HasSuffix(p.word(next), "s") {
		return span{}, 0
	}
	s, after := p.term(j)
	if after == 0 || s.kind == Day {
		return span{}, 0
	}
	kind, cal := Span, p.cal
	if isWeekday || u == days {
		kind = Day
	}
	s, ok := s.narrow(kind, func(r Range) (Range, bool) {
		if isWeekday {
			d, ok := cal.nthWeekday(r, n, w)
			return Range{d, d}, ok
		}
		return cal.nthUnit(r, n, u)
	})
	return s, okEnd(ok, after)
}

// nthUnit returns the n-th week, month, … of r (the last for n = -1), counted
// from r's own first day; weekends are those whose Saturday is in r.
func (c calendar) nthUnit(r Range, n int, u unit) (Range, bool) {
	if u == weekends {
		d, ok := c.nthWeekday(r, n, 6)
		return Range{d, d.AddDays(1)}, ok
	}
	if u == weeks && n > 1 && wholeMonths(r) == 12 && r.From.Month == 1 {
		return c.isoWeekOf(r.From.Year, n) // of a year, weeks are counted as calendars do
	}
	var out Range
	if n < 0 {
		out = Range{add(r.To.AddDays(1), -1, u), r.To}
	} else {
		out.From = add(r.From, n-1, u)
		out.To = add(r.From, n, u).AddDays(-1)
	}
	inside, ok := intersect(out, r)
	if n == 5 && u == weeks {
		return inside, ok // the days that a month has beyond four weeks
	}
	return inside, ok && inside == out
}

// firstUnits reads "the first ten days of June", "the last two weeks of 1661".
func (p *parser) firstUnits(i int) (span, int) {
	j := p.skip(i, "the")
	last := p.word(j) == "last"
	if !last && p.word(j) != "first" {
		return span{}, 0
	}
	n, approx, next := p.count(j + 1)
	few := next == 0
	if few {
		n, approx, next = 3, true, j+1 // "the first days of June"
	}
	u := units[p.word(next)]
	k := p.skip(next+1, "of", "in")
	one := approx && !strings.HasSuffix(p.word(next), "s") // "the first week of June", which nth reads
	if u == noUnit || k == next+1 || one {
		return span{}, 0
	}
	s, after := p.term(k)
	if after == 0 || s.kind == Day {
		return span{}, 0
	}
	s, ok := s.narrow(Span, func(r Range) (Range, bool) {
		n := n
		if few && u == days && wholeMonths(r) == 12 {
			n = 7 // "the last days of 1663"
		}
		if last {
			return intersect(r, Range{From: add(r.To.AddDays(1), -n, u)})
		}
		return intersect(r, Range{To: add(r.From, n, u).AddDays(-1)})
	})
	s.approx = s.approx || approx
	return s, okEnd(ok, after)
}

// vagueUnits are units without a number, and the number that they are read as.
var vagueUnits = map[string]int{"days": 7, "nights": 7, "weeks": 4, "months": 3, "years": 3}

// beside reads "the week before Christmas", "the two days after Easter" (all of
// those days) and "three days before Christmas" (one day).
func (p *parser) beside(i int) (span, int) {
	j := p.skip(i, "the")
	if j > i {
		j = p.skip(j, "last", "first")
	}
	n, approx, next := p.count(j)
	if next == 0 && j > i {
		n, next = 1, j
	}
	if next == 0 {
		return p.weekdayBeside(i)
	}
	u := units[p.word(next)]
	if vague := vagueUnits[p.word(next)]; next == j && vague > 0 { // "the days before Christmas"
		n, approx = vague, true
	}
	if u == noUnit || !p.is(next+1, "before", "after", "following") {
		return span{}, 0
	}
	s, after := p.operand(next + 2)
	if after == 0 {
		return span{}, 0
	}
	kind, all := Span, j > i
	single := n == 1 || !all
	if u == days && single {
		kind = Day
	}
	before := p.word(next+1) == "before"
	s, ok := s.narrow(kind, func(r Range) (Range, bool) {
		return besideRange(r, n, u, before, all), true
	})
	s.approx = s.approx || approx
	return s, okEnd(ok, after)
}

// besideRange returns the n units next to r or, unless all is set, the one day
// that is n units away from it.
func besideRange(r Range, n int, u unit, before, all bool) Range {
	switch {
	case before && all:
		return Range{add(r.From, -n, u), r.From.AddDays(-1)}
	case before:
		d := add(r.From, -n, u)
		return Range{d, d}
	case all:
		return Range{r.To.AddDays(1), add(r.To.AddDays(1), n, u).AddDays(-1)}
	}
	d := add(r.To, n, u)
	return Range{d, d}
}

// weekdayBeside reads "Sunday after Easter".
func (p *parser) weekdayBeside(i int) (span, int) {
	i = p.skip(i, "the")
	w, ok := weekdayNames[p.word(i)]
	if !ok || !p.is(i+1, "before", "after", "following") {
		return span{}, 0
	}
	s, after := p.operand(i + 2)
	if after == 0 {
		return span{}, 0
	}
	cal, before := p.cal, p.word(i+1) == "before"
	s, ok = s.narrow(Day, func(r Range) (Range, bool) {
		d := cal.onOrAfter(r.To.AddDays(1), w)
		if before {
			d = cal.onOrBefore(r.From.AddDays(-1), w)
		}
		return Range{d, d}, true
	})
	return s, okEnd(ok, after)
}

// near says which days around a day are meant.
type near int

const (
	nearby near = iota
	itsWeek
	itsWeekend
	itself
)

var nears = map[string]near{
	"around": nearby, "the days around": nearby, "days around": nearby, "the week around": nearby, "circa": nearby,
	"the week of": itsWeek, "week of": itsWeek, "the weekend of": itsWeekend, "the night of": itself,
	"the evening of": itself, "the morning of": itself, "the afternoon of": itself, "the day of": itself,
}

// around reads "the days around 5 November" (three days on either side, or a
// quarter of what is longer), "the week of 5 May" and "the night of 5 May".
func (p *parser) around(i int) (span, int) {
	which, next := phrase(p, i, nears)
	if next == 0 || p.has(next, "this", "time") {
		return span{}, 0
	}
	s, after := p.operand(next)
	week := which == itsWeek && s.settled && length(s.Range) == 7 // "the week of 2024-W23"
	fits := which == nearby || s.kind == Day || week
	if after == 0 || !fits {
		return span{}, 0
	}
	kind, cal := Span, p.cal
	if which == itself {
		kind = Day
	}
	s, ok := s.narrow(kind, func(r Range) (Range, bool) {
		switch which {
		case itsWeek:
			return cal.containing(r.From, weeks), true
		case itsWeekend:
			return cal.containing(r.From, weekends), true
		case nearby:
			n := max(3, length(r)/4)
			r = Range{From: r.From.AddDays(-n), To: r.To.AddDays(n)}
		}
		return r, true
	})
	s.approx = s.approx || which == nearby
	return s, okEnd(ok, after)
}

// operand reads a term inside a longer phrase. A bare month or year is a date
// there; a verb or a count is not.
func (p *parser) operand(i int) (span, int) {
	s, next := p.term(i)
	after := p.at(next)
	switch s.cue {
	case neverAlone, fallCue:
		return span{}, 0
	case yearCue:
		if p.isCount(next) {
			return span{}, 0
		}
	case monthCue:
		follows := after.kind != word || afterMonth[after.text] || pronouns[after.text]
		if !plainMonths[p.word(next-1)] && !follows {
			return span{}, 0 // "after June left"
		}
	}
	return s, next
}
