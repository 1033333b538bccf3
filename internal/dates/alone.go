package dates

import "strings"

// isDate reports whether a span is a date in its context and not something
// else.
func (p *parser) isDate(s span, i, next int) bool {
	before := p.word(i - 1)
	switch s.cue {
	case noCue:
		return true
	case monthCue:
		return monthCues[before] || plainMonths[p.word(next-1)] && !titles[before] && !titles[p.word(i-2)]
	case yearCue:
		return p.isYear(s.year, i, next)
	case dayCue:
		return dayCues[before] || p.ended(next) || afterMonth[p.word(next)] || pronouns[p.word(next)]
	case seasonCue:
		return seasonCues[before] || (before == "was" || before == "about") && p.ended(next)
	case fallCue:
		return seasonCues[before] && p.ended(next)
	case feastCue:
		return feastCues[before]
	case weekdayCue:
		timed := partsOfDay[p.word(next-1)] && !p.habitual() // "Friday night"
		return (before == "on" || timed && p.ended(next)) && p.reaches(31) && !p.habitual()
	case numberCue:
		return (before == "on" || i == 0) && p.ended(next) && p.reaches(31)
	}
	return false
}

// isYear tells a year from another number.
func (p *parser) isYear(year, i, next int) bool {
	before, after := p.word(i-1), p.word(next)
	if counted[after] || before != "" && p.toks[i-1].kind == mark && p.toks[i].glued {
		return false
	}
	if i > 0 && p.toks[i-1].kind == number || next < len(p.toks) && p.toks[next].kind == number {
		return false
	}
	if next+1 < len(p.toks) && p.toks[next].kind == mark && p.toks[next].glued && p.toks[next+1].glued && !p.ended(next+1) {
		return false // 1660.50, 1660-pound
	}
	switch {
	case before == "in" || before == "during" || before == "throughout" || before == "year":
		return true
	case !p.covers(year) || notBeforeYear[before] && before != "about" || before == "." && notBeforeYear[p.word(i-2)]:
		return false
	}
	plural := len(after) > 4 && after[len(after)-1] == 's' && !questionWords[after]
	return yearCues[before] || !plural
}

// covers reports whether the year is within the journal's years.
func (p *parser) covers(year int) bool {
	if p.o.First.IsZero() || p.o.Last.IsZero() {
		return year <= p.o.Today.Year+1
	}
	return year >= p.o.First.Year && (year <= p.o.Last.Year || p.live() && year <= p.o.Today.Year+1)
}

// reaches reports whether the journal has entries in the last n days.
func (p *parser) reaches(n int) bool {
	return p.o.Last.IsZero() || p.o.Last.AddDays(n).Compare(p.o.Today) >= 0
}

// future reports whether the question is about what is to come.
func (p *parser) future() bool {
	for i, t := range p.toks {
		if t.text == "will" && i > 0 && !t.lower {
			continue // a name
		}
		if t.text == "will" || t.text == "shall" || strings.HasSuffix(t.text, "'ll") || t.text == "going" && p.word(i+1) == "to" {
			return true
		}
	}
	return false
}

var habits = words("usually", "always", "often", "every", "each", "normally", "typically", "ever", "never", "generally")

// habitual reports whether the question is about a habit.
func (p *parser) habitual() bool {
	for _, t := range p.toks {
		if habits[t.text] {
			return true
		}
	}
	return false
}
