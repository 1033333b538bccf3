package dates

import (
	"strings"
	"time"

	"daybook"
)

// shifts are the words that count from the present unit.
var shifts = map[string]int{"this": 0, "current": 0, "last": -1, "previous": -1, "next": 1, "coming": 1}

// shift reads "last" or "next", but not "the last", which has other rules.
func (p *parser) shift(i int) (n int, ok bool) {
	n, ok = shifts[p.word(i)]
	return n, ok && p.word(i-1) != "the"
}

// namedDays are days counted from today.
var namedDays = map[string]int{
	"today": 0, "today's": 0, "tonight": 0, "this morning": 0, "this afternoon": 0, "this evening": 0,
	"last night's": -1, "night before last": -2,
	"yesterday": -1, "yesterday's": -1, "last night": -1, "day before yesterday": -2,
	"tomorrow": 1, "tomorrow's": 1, "day after tomorrow": 2,
}

// vague maps vague counts to numbers.
var vague = map[string]int{"a couple of": 2, "a couple": 2, "couple of": 2, "couple": 2, "few": 3, "a few": 3, "several": 4}

func (p *parser) namedDay(i int) (span, int) {
	n, next := phrase(p, p.skip(i, "the"), namedDays)
	if next == 0 {
		return span{}, 0
	}
	return oneDay(p.o.Today.AddDays(n)), next
}

// count reads how many: 3, three, "a", "a couple of".
func (p *parser) count(i int) (n int, approx bool, next int) {
	if t := p.at(i); t.kind == number {
		return t.num, false, okEnd(t.plain() && t.digits <= 3 && t.num > 0, i+1)
	}
	if n, next := phrase(p, i, vague); next > 0 {
		return n, true, next
	}
	n, next = p.cardinal(i)
	return n, false, next
}

// cardinal reads "three", "a", "twenty-one", "a hundred" and "two hundred and six".
func (p *parser) cardinal(i int) (n, next int) {
	n, next = p.below100(i)
	if p.is(i, "a", "an") {
		n, next = 1, i+1
	}
	hundred := max(i, next)
	if p.word(hundred) != "hundred" {
		return n, next
	}
	n, next = max(n, 1)*100, hundred+1
	if more, after := p.below100(p.skip(next, "and")); after > 0 {
		return n + more, after
	}
	return n, next
}

// below100 reads "three" and "twenty-one".
func (p *parser) below100(i int) (n, next int) {
	n = cardinals[p.word(i)]
	if n == 0 || n >= 100 {
		return 0, 0
	}
	j := p.skip(i+1, "-")
	if ones := cardinals[p.word(j)]; n >= 20 && ones > 0 && ones < 10 {
		return n + ones, j + 1
	}
	return n, i + 1
}

// relativeYear reads "last year", "the year before last", "two years ago".
func (p *parser) relativeYear(i int) (int, int) {
	this := p.o.Today.Year
	if n, u := shortUnits(p.word(i)); u == years && p.word(i+1) == "ago" {
		return this - n, i + 2
	}
	j := p.skip(i, "the")
	if p.has(j, "year", "before", "last") {
		return this - 2, j + 3
	}
	if n, ok := shifts[p.word(i)]; ok && p.is(i+1, "year", "year's") {
		return this + n, i + 2
	}
	n, _, next := p.count(i)
	if next > 0 && units[p.word(next)] == years && p.word(next+1) == "ago" {
		return this - n, next + 2
	}
	return 0, 0
}

// ago reads "three days ago", "five years ago today", "two summers ago".
func (p *parser) ago(i int) (span, int) {
	if s, next := p.fractionAgo(i); next > 0 {
		return s, next
	}
	if n, u := shortUnits(p.word(i)); n > 0 { // 3d ago
		return p.unitsAgo(n, u, false, false, i+1)
	}
	j := p.skip(i, "exactly")
	n, approx, next := p.count(j)
	if next == 0 {
		return span{}, 0
	}
	if u := units[p.word(next)]; u != noUnit {
		return p.unitsAgo(n, u, approx, j > i, next+1)
	}
	if w, ok := weekdayNames[strings.TrimSuffix(p.word(next), "s")]; ok && p.word(next+1) == "ago" {
		return oneDay(p.cal.onOrBefore(p.o.Today.AddDays(-1), w).AddDays(-7 * (n - 1))), next + 2
	}
	s, after := p.named(next)
	if after == 0 || p.word(after) != "ago" {
		return span{}, 0
	}
	s, ok := p.occurrence(s, -n)
	s.approx = s.approx || approx
	return s, okEnd(ok, after+1)
}

func (p *parser) unitsAgo(n int, u unit, approx, exact bool, i int) (span, int) {
	if !p.is(i, "ago", "back") {
		return span{}, 0
	}
	day := add(p.o.Today, -n, u)
	next := i + 1
	if j := p.skip(next, "today", "tonight"); j > next {
		exact, next = true, j
	} else if p.has(next, "to", "the", "day") {
		exact, next = true, next+3
	}
	if u == fortnights {
		u = weeks // a fortnight ago is two weeks ago
	}
	s := oneDay(day)
	if u != days && !exact {
		s = settledSpan(Span, p.cal.containing(day, u))
	}
	s.approx = approx
	return s, next
}

// calendarUnit reads "last week", "this month", "the year before last".
func (p *parser) calendarUnit(i int) (span, int) {
	j := p.skip(i, "the")
	if p.has(i, "the", "weekend") && p.is(i-1, "over", "at", "on") && p.ended(i+2) && p.reaches(31) {
		saturday := p.cal.onOrBefore(p.o.Today, time.Saturday)
		return settledSpan(Span, Range{From: saturday, To: saturday.AddDays(1)}), i + 2
	}
	if u := units[p.word(j)]; u > days && p.has(j+1, "before", "last") {
		return settledSpan(Span, p.cal.containing(add(p.o.Today, -2, u), u)), j + 3
	}
	n, ok := p.shift(i)
	w := strings.TrimSuffix(p.word(i+1), "'s")
	u := units[w]
	if !ok || u <= days || w[len(w)-1] == 's' || p.word(i+2) == "of" {
		return span{}, 0
	}
	if _, dated := p.yearTerm(p.skip(i+2, "in")); dated > 0 && n == 0 {
		today, cal := p.o.Today, p.cal // "this week last year"
		return span{kind: Span, yearly: func(year int) (Range, bool) {
			return cal.containing(add(today, year-today.Year, years), u), true
		}}, i + 2
	}
	return settledSpan(Span, p.cal.containing(add(p.o.Today, n, u), u)), i + 2
}

// pastUnits reads "the past ten days", "the last year", "the next two weeks".
func (p *parser) pastUnits(i int) (span, int) {
	j := p.skip(i, "the", "these", "my", "our")
	ahead := p.is(j, "next", "coming")
	if !ahead && !p.is(j, "last", "past", "previous") {
		return span{}, 0
	}
	if n, u, next := p.fraction(j + 1); next > 0 { // "the last half year"
		return settledSpan(Span, p.stretch(n, u, ahead)), next
	}
	n, approx, next := p.count(j + 1)
	if next == 0 {
		if n, next = 1, j+1; j == i {
			return span{}, 0 // "last week" is a calendar week
		}
	}
	u := units[p.word(next)]
	oneDay := u == days && n == 1
	if u == noUnit || oneDay || p.is(next+1, "of", "before") {
		return span{}, 0
	}
	if u == weekends && n == 1 && !ahead {
		return settledSpan(Span, p.cal.containing(p.o.Today.AddDays(-7), weekends)), next + 1
	}
	s := settledSpan(Span, p.stretch(n, u, ahead))
	s.approx = approx
	return s, next + 1
}

// stretch returns the n units until today, or after it.
func (p *parser) stretch(n int, u unit, ahead bool) Range {
	if ahead {
		return Range{p.o.Today.AddDays(1), add(p.o.Today, n, u)}
	}
	return Range{add(p.o.Today, -n, u).AddDays(1), p.o.Today}
}

// named reads what recurs every year under a name: a month, a season, a feast;
// also in the plural ("summers", "Christmases").
func (p *parser) named(i int) (span, int) {
	if m, ok := seasons[p.word(i)]; ok {
		return seasonOf(m), i + 1
	}
	if s, next := p.feast(i); next > 0 {
		return s, next
	}
	if m, year, next := p.monthName(i); next > 0 && year == 0 {
		return wholeMonth(m), next
	}
	return span{}, 0
}

// lastNamed reads "last March", "this summer", "next Christmas", "last
// birthday".
func (p *parser) lastNamed(i int) (span, int) {
	n, ok := p.shift(i)
	s, next := p.named(i + 1)
	if !ok || s.yearly == nil {
		return span{}, 0
	}
	s, ok = p.occurrence(s, n)
	return s, okEnd(ok, next)
}

// occurrence settles s to the n-th occurrence from today: -1 is the latest that
// is over (for a journal that ended before it, the latest within the journal),
// 0 this year's, 1 the next.
func (p *parser) occurrence(s span, n int) (span, bool) {
	today, step := p.o.Today, 1
	if n <= 0 {
		step = -1
	}
	wanted := max(n, -n, 1)
	const years = 120
	for k := range years {
		year := today.Year + (k-1)*step
		r, ok := s.in(year)
		if !ok || !counts(r, year, n, today) {
			continue
		}
		if wanted--; wanted == 0 {
			return p.within(s, r, n), true
		}
	}
	return s, false
}

// counts reports whether r, the period in a year, is one of those that
// [parser.occurrence] counts for n.
func counts(r Range, year, n int, today daybook.Date) bool {
	over, ahead := r.To.Compare(today) < 0, r.From.Compare(today) > 0
	switch {
	case n < 0:
		return over
	case n > 0:
		return ahead
	case year == today.Year:
		return true
	}
	return !over && !ahead
}

// within moves an occurrence after the journal's end into the journal.
func (p *parser) within(s span, r Range, n int) span {
	if last := p.o.Last; n < 0 && !last.IsZero() && r.From.Compare(last) > 0 && !p.live() {
		for ; n < 0; n++ {
			if earlier, ok := p.latest(s, last); ok {
				r, s.approx, last = earlier, true, earlier.From.AddDays(-1)
			}
		}
	}
	s.Range, s.settled, s.cue = r, true, noCue
	return s
}

// live reports whether the journal is still being written: it reaches the
// year before today.
func (p *parser) live() bool {
	return p.o.Last.IsZero() || p.o.Last.AddDays(366).Compare(p.o.Today) >= 0
}

// weekday reads "last Tuesday", "Tuesday of last week", "on Tuesday".
func (p *parser) weekday(i int) (span, int) {
	n, shifted := p.shift(i)
	j := i
	if shifted {
		j++
	}
	w, ok := weekdayNames[p.word(j)]
	if !ok {
		return span{}, 0
	}
	if k := p.skip(p.skip(j+1, "of"), "in"); !shifted && p.word(k+1) == "week" {
		if n, ok := shifts[p.word(k)]; ok {
			return oneDay(p.cal.onOrAfter(p.cal.monday(p.o.Today).AddDays(7*n), w)), k + 2
		}
	}
	day := p.cal.onOrBefore(p.o.Today.AddDays(-1), w)
	switch {
	case shifted && n == 0:
		day = p.cal.onOrAfter(p.cal.monday(p.o.Today), w)
	case n > 0:
		day = p.cal.onOrAfter(p.o.Today.AddDays(1), w)
	}
	if !shifted && p.word(i-1) == "on" && p.future() {
		day = p.cal.onOrAfter(p.o.Today.AddDays(1), w)
	}
	s := oneDay(day)
	if !shifted {
		s.cue = weekdayCue
	}
	return s, j + 1
}

// thisTime reads "this time last year", "this time of year": a week on either
// side of today.
func (p *parser) thisTime(i int) (span, int) {
	if !p.has(i, "this", "time") {
		return span{}, 0
	}
	today := p.o.Today
	s := span{kind: Span, approx: true, yearly: func(year int) (Range, bool) {
		d := add(today, year-today.Year, years)
		return Range{d.AddDays(-7), d.AddDays(7)}, true
	}}
	if j := p.skip(p.skip(i+2, "of"), "the"); j > i+2 && p.word(j) == "year" {
		return s, j + 1
	}
	if _, next := p.yearTerm(p.skip(i+2, "in", "of")); next == 0 {
		return span{}, 0
	}
	return s, i + 2
}

// thisDay reads "on this day", "this day in other years".
func (p *parser) thisDay(i int) (span, int) {
	j := p.skip(i, "on")
	if p.word(j) != "this" || !p.is(j+1, "day", "date") {
		return span{}, 0
	}
	next := j + 2
	for _, tail := range [][]string{
		{"in", "other", "years"}, {"in", "past", "years"}, {"in", "previous", "years"}, {"in", "earlier", "years"},
		{"in", "every", "year"}, {"in", "each", "year"}, {"every", "year"}, {"each", "year"}, {"in", "history"},
		{"over", "the", "years"}, {"through", "the", "years"}, {"across", "the", "years"},
	} {
		if p.has(next, tail...) {
			next += len(tail)
		}
	}
	if _, dated := p.yearTerm(p.skip(next, "in", "of")); next == j+2 && j == i && dated == 0 {
		return span{}, 0
	}
	s := dayOfYear(p.o.Today.Month, p.o.Today.Day)
	s.kind = OnThisDay
	return s, next
}

// dayOnly reads "the 5th": the latest fifth of a month, up to today.
func (p *parser) dayOnly(i int) (span, int) {
	if p.word(i) != "the" {
		return span{}, 0
	}
	n, next, plain := p.dayNumber(i + 1)
	if next == 0 || plain || p.toks[i+1].kind != number {
		return span{}, 0
	}
	for back := range 4 {
		m := addMonths(daybook.Date{Year: p.o.Today.Year, Month: p.o.Today.Month, Day: 1}, -back)
		d := daybook.Date{Year: m.Year, Month: m.Month, Day: n}
		if d.Valid() && d.Compare(p.o.Today) <= 0 {
			s := oneDay(d)
			s.cue = numberCue
			s.yearly = nil
			return s, next
		}
	}
	return span{}, 0
}
