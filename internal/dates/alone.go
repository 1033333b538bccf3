package dates

import (
	"slices"
	"strings"
)

// isDate reports whether a span is a date in its context.
func (p *parser) isDate(s span, i, next int) bool {
	before := p.word(i - 1)
	switch s.cue {
	case noCue:
		return true
	case monthCue:
		titled := titles[before] || titles[p.word(i-2)] // "Mrs. May"
		unmistakable := plainMonths[p.word(next-1)] && !titled
		return monthCues[before] || unmistakable
	case yearCue:
		return p.isYear(s.year, i, next)
	case dayCue:
		return dayCues[before] || p.ended(next) || afterMonth[p.word(next)] || pronouns[p.word(next)]
	case seasonCue:
		if p.is(i-1, "was", "about") {
			return p.ended(next)
		}
		return seasonCues[before]
	case fallCue:
		return seasonCues[before] && p.ended(next)
	case feastCue:
		return feastCues[before]
	case weekdayCue:
		timed := partsOfDay[p.word(next-1)] && p.ended(next) // "Friday night"
		introduced := before == "on" || timed
		return introduced && p.reaches(31) && !p.habitual()
	case numberCue:
		introduced := before == "on" || i == 0
		return introduced && p.ended(next) && p.reaches(31)
	}
	return false
}

// isYear distinguishes a year from another number.
func (p *parser) isYear(year, i, next int) bool {
	before, after := p.word(i-1), p.word(next)
	switch {
	case p.isCount(next), p.partOfNumber(i, next):
		return false
	case p.is(i-1, "in", "during", "throughout", "year"):
		return true
	case !p.covers(year), p.labels(i):
		return false
	}
	plural := len(after) > 4 && after[len(after)-1] == 's' && !questionWords[after]
	return yearCues[before] || !plural
}

// isCount reports whether the number before token i is one of things, or a vague one:
// "2000 people", "2000 or so".
func (p *parser) isCount(i int) bool {
	return counted[p.word(i)] || p.word(i) == "or" && p.is(i+1, "so", "more", "fewer", "less")
}

// partOfNumber reports whether the tokens around those from i to next make them
// part of a longer number or word: £1660, 1660.50, 1660-pound.
func (p *parser) partOfNumber(i, next int) bool {
	before, after := p.at(i-1), p.at(next)
	switch {
	case before.kind == number, after.kind == number:
		return true
	case before.kind == mark && p.toks[i].glued:
		return true
	}
	return after.kind == mark && after.glued && p.at(next+1).glued && !p.ended(next+1)
}

// labels reports whether the number at i names or counts something, as in "page
// 1660" and "no. 1660".
func (p *parser) labels(i int) bool {
	if p.word(i-1) == "." {
		i--
	}
	return notBeforeYear[p.word(i-1)]
}

// covers reports whether the year is within the journal's years.
func (p *parser) covers(year int) bool {
	if p.o.First.IsZero() || p.o.Last.IsZero() {
		return year <= p.o.Today.Year+1
	}
	last := p.o.Last.Year
	if p.live() {
		last = max(last, p.o.Today.Year+1)
	}
	return p.o.First.Year <= year && year <= last
}

// reaches reports whether the journal has entries in the last n days.
func (p *parser) reaches(n int) bool {
	return p.o.Last.IsZero() || p.o.Last.AddDays(n).Compare(p.o.Today) >= 0
}

// future reports whether the question is about the future, and not about what
// somebody said of it.
func (p *parser) future() bool {
	if slices.ContainsFunc(p.toks, func(t token) bool { return past[t.text] }) {
		return false
	}
	for i, t := range p.toks {
		switch {
		case t.text == "will" && i > 0 && !t.lower: // a name
		case t.text == "will", t.text == "shall", strings.HasSuffix(t.text, "'ll"), p.has(i, "going", "to"):
			return true
		}
	}
	return false
}

var past = words("did", "was", "were", "had", "said", "wrote")

var habits = words("usually", "always", "often", "every", "each", "normally", "typically", "ever", "never", "generally")

// habitual reports whether the question is about a habit.
func (p *parser) habitual() bool {
	return slices.ContainsFunc(p.toks, func(t token) bool { return habits[t.text] })
}
