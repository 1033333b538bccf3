package dates

import "time"

// mention reads a mention of days from token i on: a range with two ends or an
// open one, or a list of terms.
func (p *parser) mention(i int) ([]span, int) {
	s, next := p.fromTo(i)
	if next == 0 {
		s, next = p.openEnded(i)
	}
	if next > 0 && p.isDate(s, i, next) {
		return []span{s}, next
	}
	if spans, next := p.recurring(i); next > 0 {
		return spans, next
	}
	return p.list(i)
}

// fromTo reads "from March to May 1663", "between 3 and 9 June", "1661–63".
func (p *parser) fromTo(i int) (span, int) {
	lead := p.word(i)
	j := p.skip(i, "from", "between")
	if j == i {
		lead = ""
	}
	a, b, next := p.twoDays(j, lead)
	if next == 0 {
		a, next = p.operand(j)
		sep := p.to(next, lead)
		if next == 0 || sep == 0 {
			return span{}, 0
		}
		b, next = p.upper(a, sep)
	}
	if next == 0 {
		return span{}, 0
	}
	s, ok := join(a, b)
	if !ok {
		return span{}, 0
	}
	whole := i == 0 && next == len(p.toks) && a.cue == yearCue && b.cue == yearCue // "2018-2020"
	dated := b.settled && b.cue == noCue
	if lead == "" && !whole && !dated {
		s.cue, s.year = a.cue, a.year
	}
	return s, next
}

// to steps over the word between two ends and returns 0 if there is none.
func (p *parser) to(i int, lead string) int {
	j := i
	if lead == "between" {
		j = p.skip(i, "and", "&")
	} else {
		j = p.skip(i, "to", "until", "till", "through", "-")
	}
	if j == i {
		return 0
	}
	return j
}

// twoDays reads two days of one month, the first without it: "3 to 9 June".
func (p *parser) twoDays(i int, lead string) (a, b span, next int) {
	day, j, _ := p.dayNumber(p.skip(i, "the"))
	if j == 0 {
		return a, b, 0
	}
	sep := p.to(p.skip(j, "."), lead)
	if sep == 0 {
		return a, b, 0
	}
	b, next = p.dayMonth(sep)
	if next == 0 {
		return a, b, 0
	}
	m, year := monthOfDay(b)
	if b, next = p.withYear(b, next); b.settled {
		year = b.From.Year
	}
	return p.dayIn(m, year, day), b, next
}

// upper reads the second end of a range whose first is a: a term, the second
// day of "June 3–9", or the short year of "1661–63".
func (p *parser) upper(a span, i int) (span, int) {
	if t := p.at(i); a.year > 0 && t.digits == 2 && t.num > a.year%100 {
		return settledSpan(Span, yearsOf(a.year/100*100+t.num, 1)), i + 1
	}
	if s, next := p.operand(i); next > 0 && s.cue != numberCue {
		if s.cue == weekdayCue && a.cue == weekdayCue && s.To.Compare(a.From) < 0 {
			s.Range = Range{From: s.From.AddDays(7), To: s.To.AddDays(7)}
		}
		return s, next
	}
	if p.word(i) == "now" {
		return oneDay(p.o.Today), i + 1
	}
	if day, next, _ := p.dayNumber(p.skip(i, "the")); next > 0 && a.kind == Day && a.yearly != nil {
		m, _ := monthOfDay(a)
		s := p.dayIn(m, 0, day)
		return p.withYear(s, next)
	}
	return span{}, 0
}

// monthOfDay returns the month of a day that may have no year yet (0 then).
func monthOfDay(s span) (month time.Month, year int) {
	if s.settled {
		return s.From.Month, s.From.Year
	}
	const leap = 2000
	r, _ := s.yearly(leap)
	return r.From.Month, 0
}

// join makes one span of two ends. An end without a year takes the year from
// the other such that the ends are in order.
func join(a, b span) (span, bool) {
	s := span{kind: Span, approx: a.approx || b.approx}
	switch {
	case a.settled && b.settled:
		s.Range = Range{a.From, b.To}
	case b.settled:
		r, ok := a.in(b.From.Year)
		if ok && r.From.Compare(b.To) > 0 {
			r, ok = a.in(b.From.Year - 1)
		}
		s.Range = Range{r.From, b.To}
		if !ok {
			return s, false
		}
	case a.settled:
		r, ok := b.in(a.From.Year)
		if ok && r.To.Compare(a.From) < 0 {
			r, ok = b.in(a.From.Year + 1)
		}
		s.Range = Range{a.From, r.To}
		if !ok {
			return s, false
		}
	default:
		s.yearly = func(year int) (Range, bool) {
			from, ok := a.in(year)
			to, also := b.in(year)
			if also && to.To.Compare(from.From) < 0 {
				to, also = b.in(year + 1)
			}
			return Range{from.From, to.To}, ok && also
		}
		return s, true
	}
	s.settled = true
	return s, valid(s.Range)
}

// openEnds are the words that begin an open range.
var openEnds = map[string]string{
	"since": "since", "ever since": "since", "from": "from", "starting in": "since", "starting from": "since",
	"until": "until", "till": "until", "up to": "until", "up until": "until", "by": "by", "by the end of": "until",
	"before": "before", "prior to": "before", "earlier than": "before",
	"after": "after", "later than": "after", "following": "after",
}

// openSides mean a fortnight if a day without a year follows: "before Christmas".
var openSides = words("before", "after")

// openEnded reads "since March", "until 2019", "before Easter 1664", "from
// 1662 on".
func (p *parser) openEnded(i int) (span, int) {
	side, j := phrase(p, i, openEnds)
	if j == 0 {
		return span{}, 0
	}
	s, next := p.operand(j)
	if next == 0 {
		return span{}, 0
	}
	if side == "from" {
		on := p.skip(next, "on", "onward", "onwards", "forward")
		if on == next {
			return span{}, 0
		}
		side, next = "since", on
	}
	if !s.settled {
		if side == "by" {
			return span{}, 0
		}
		if s.kind == Day && openSides[side] {
			s, ok := s.narrow(Span, func(r Range) (Range, bool) {
				return besideRange(r, 1, fortnights, side == "before", true), true
			})
			s.approx = true
			return s, okEnd(ok, next)
		}
		if s = p.latestBegun(s); !s.settled {
			return s, 0
		}
	}
	r := Range{From: s.From}
	switch side {
	case "until", "by":
		r = Range{To: s.To}
	case "before":
		r = Range{To: s.From.AddDays(-1)}
	case "after":
		r = Range{From: s.To.AddDays(1)}
	}
	out := settledSpan(Span, r)
	out.approx = s.approx
	return out, okEnd(valid(r), next)
}

// okEnd returns next, where a rule's phrase ends, or 0 if the phrase is not ok.
func okEnd(ok bool, next int) int {
	if ok {
		return next
	}
	return 0
}

// latestBegun settles s to its latest occurrence that has begun by today or,
// for a journal that has ended, by its end.
func (p *parser) latestBegun(s span) span {
	day := p.o.Today
	if !p.live() && p.o.Last.Compare(day) < 0 {
		day, s.approx = p.o.Last, true
	}
	s.Range, s.settled = p.latest(s, day)
	return s
}

// list reads terms joined by "and", "or" and commas: "May and June 1663",
// "Christmas 1661 and 1662", "3, 4 and 9 June". Terms without a year take the
// year of a later one.
func (p *parser) list(i int) ([]span, int) {
	spans, next := p.dayList(i)
	if next > 0 {
		return spans, next
	}
	first, firstEnd := p.term(i)
	if firstEnd == 0 {
		return nil, 0
	}
	spans, next = []span{first}, firstEnd
	for j := p.listSeparator(next); j > 0; j = p.listSeparator(next) {
		t, after := p.operand(j)
		if after == 0 || !t.joins(first) {
			break
		}
		spans, next = append(spans, t.after(spans[len(spans)-1])), after
	}
	shareYear(spans)
	if !p.isDate(spans[0], i, firstEnd) {
		return nil, 0
	}
	return spans, next
}

// joins reports whether s can be in the list that first begins.
func (s span) joins(first span) bool {
	switch s.cue {
	case numberCue:
		return false
	case weekdayCue:
		return first.kind == Day
	}
	return true
}

// after interprets a term by the one before it in a list: "Christmas 1661 and
// 1662", "3 May 1661 and Christmas".
func (s span) after(before span) span {
	switch {
	case !before.settled:
	case s.cue == yearCue && before.yearly != nil:
		s.Range, s.settled = before.in(s.year)
		s.yearly, s.kind = before.yearly, before.kind
	case !s.settled:
		s.Range, s.settled = s.in(before.From.Year)
	}
	return s
}

// shareYear gives the terms without a year the year of the last one.
func shareYear(spans []span) {
	last := spans[len(spans)-1]
	if !last.settled || last.year != 0 {
		return
	}
	for i := range spans {
		if s := &spans[i]; !s.settled {
			s.Range, s.settled = s.in(last.From.Year)
			s.cue = noCue
		}
	}
}

// listSeparator steps over "and", "or" and the like; over a comma only where
// an "and" or another comma comes after the next term.
func (p *parser) listSeparator(i int) int {
	j := p.skip(i, ",")
	if k := p.skip(j, "and", "or", "&", "vs", "versus"); k > j {
		if p.word(k) == "." {
			k++
		}
		return p.skip(k, "in", "on", "at")
	}
	if p.word(i) == "/" && p.toks[i].glued {
		if m, _, _ := p.monthName(i + 1); m != 0 {
			return i + 1 // March/April 2020
		}
	}
	if j == i {
		return 0
	}
	if _, next := p.term(j); next > 0 && p.is(next, ",", "and", "or") {
		return j
	}
	return 0
}

// dayList reads "3, 4 and 9 June 1661", "the 3rd and the 9th of June".
func (p *parser) dayList(i int) ([]span, int) {
	var numbers []int
	for j := i; ; {
		day, next, _ := p.dayNumber(p.skip(j, "the"))
		if next == 0 {
			return nil, 0
		}
		if s, after := p.dayMonth(j); after > 0 && len(numbers) > 0 {
			m, year := monthOfDay(s)
			s, after = p.withYear(s, after)
			if s.settled {
				year = s.From.Year
			}
			spans := make([]span, 0, len(numbers)+1)
			for _, n := range numbers {
				spans = append(spans, p.dayIn(m, year, n))
			}
			return append(spans, s), after
		}
		numbers = append(numbers, day)
		next = p.skip(next, ".")
		sep := p.skip(p.skip(next, ","), "and", "or", "&")
		if sep == next || len(numbers) > 31 {
			return nil, 0
		}
		j = sep
	}
}
