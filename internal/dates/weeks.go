package dates

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"daybook"
)

// isoWeekOf returns the n-th ISO week of a year and whether the year has it. The
// first has 4 January in it; a week belongs to the year of its Thursday.
func (c calendar) isoWeekOf(year, n int) (Range, bool) {
	monday := c.monday(daybook.Date{Year: year, Month: time.January, Day: 4}).AddDays(7 * (n - 1))
	return Range{monday, monday.AddDays(6)}, monday.AddDays(3).Year == year
}

// basicWeek matches the year of "2021W14", whose number is a word of its own.
var basicWeek = regexp.MustCompile(`^[0-9]{4}w$`)

// isoBasic reads "2021W14" and "2021W143", the Wednesday of that week.
func (p *parser) isoBasic(i int) (span, int) {
	t := p.at(i + 1)
	if !basicWeek.MatchString(p.word(i)) || !t.glued || t.kind != number || t.ordinal {
		return span{}, 0
	}
	year, _ := strconv.Atoi(p.word(i)[:4])
	week, day := t.num, 0
	switch t.digits {
	case 2:
	case 3:
		week, day = t.num/10, t.num%10
	default:
		return span{}, 0
	}
	r, ok := p.cal.isoWeekOf(year, week)
	if !ok || year < firstYear || year > lastYear || t.digits == 3 && (day < 1 || day > 7) {
		return span{}, 0
	}
	if day > 0 {
		return oneDay(r.From.AddDays(day - 1)), i + 2
	}
	return settledSpan(Span, r), i + 2
}

// isoWeek reads "week 14 of 2021", "calendar week 14", "CW 14 2021", "W14",
// "2021-W14" and "2021-W14-3".
func (p *parser) isoWeek(i int) (span, int) {
	if s, next := p.isoBasic(i); next > 0 {
		return s, next
	}
	year, j := p.number4(i)
	if j > 0 {
		if p.word(j) != "-" || !p.toks[j].glued || !p.at(j+1).glued {
			return span{}, 0
		}
		j++
	} else {
		j = p.skip(p.skip(i, "the"), "calendar", "iso")
	}
	spelled := year == 0 && p.word(j) == "week"
	abbreviated := p.is(j, "cw", "kw")
	t := p.at(j + 1)
	letter := p.word(j) == "w" && t.glued
	if !spelled && !abbreviated && !letter {
		return span{}, 0
	}
	if t.kind != number || t.ordinal || t.digits > 2 || t.num < 1 || t.num > 53 {
		return span{}, 0
	}
	cal := p.cal
	s := span{kind: Span, yearly: func(y int) (Range, bool) { return cal.isoWeekOf(y, t.num) }}
	if year == 0 {
		return s, j + 2
	}
	r, ok := cal.isoWeekOf(year, t.num)
	if d := p.at(j + 3); ok && letter && p.word(j+2) == "-" && p.at(j+2).glued && d.glued && d.digits == 1 && d.num >= 1 && d.num <= 7 {
		return oneDay(r.From.AddDays(d.num - 1)), j + 4
	}
	return settledSpan(Span, r), okEnd(ok, j+2)
}

var weekEdges = map[string]bool{"week beginning": true, "week starting": true, "week commencing": true, "week from": true,
	"week ending": false, "week ended": false, "week to": false, "week ending on": false, "week beginning on": true, "week starting on": true}

// weekFrom reads "the week beginning 27 May" and "the week ending 2 June".
func (p *parser) weekFrom(i int) (span, int) {
	begins, next := phrase(p, p.skip(i, "the"), weekEdges)
	if next == 0 {
		return span{}, 0
	}
	s, after := p.operand(p.skip(next, "the"))
	if after == 0 || s.kind != Day {
		return span{}, 0
	}
	s, ok := s.narrow(Span, func(r Range) (Range, bool) {
		if begins {
			return Range{r.From, r.From.AddDays(6)}, true
		}
		return Range{r.To.AddDays(-6), r.To}, true
	})
	return s, okEnd(ok, after)
}

// toDate reads "year to date" and "so far this year".
func (p *parser) toDate(i int) (span, int) {
	j := p.skip(i, "the")
	u, next := units[p.word(j)], j+3
	if !p.has(j+1, "to", "date") {
		j = i
		if p.has(j, "so", "far") {
			j += 2
		}
		if p.word(j) != "this" {
			return span{}, 0
		}
		if u, next = units[p.word(j+1)], j+2; j == i {
			if !p.has(next, "so", "far") {
				return span{}, 0
			}
			next += 2
		}
	}
	if u <= days {
		return span{}, 0
	}
	return settledSpan(Span, Range{p.cal.containing(p.o.Today, u).From, p.o.Today}), next
}

// pastHours reads "the last 48 hours".
func (p *parser) pastHours(i int) (span, int) {
	j := p.skip(i, "the")
	if !p.is(j, "last", "past") {
		return span{}, 0
	}
	n, approx, next := p.count(j + 1)
	if next == 0 {
		n, next = 1, j+1
	}
	if !p.is(next, "hours", "hour") {
		return span{}, 0
	}
	s := settledSpan(Span, Range{p.o.Today.AddDays(-(n + 23) / 24), p.o.Today})
	s.approx = approx
	return s, next + 1
}

// beforeLast reads "the summer before last", "the Friday before last", "the day
// before last" and "the week after next".
func (p *parser) beforeLast(i int) (span, int) {
	j := p.skip(i, "the")
	if p.has(j, "day", "before", "last") {
		return oneDay(p.o.Today.AddDays(-2)), j + 3
	}
	if u := units[p.word(j)]; u > days && p.has(j+1, "after", "next") {
		return settledSpan(Span, p.cal.containing(add(p.o.Today, 2, u), u)), j + 3
	}
	if w, ok := weekdayNames[p.word(j)]; ok && p.has(j+1, "before", "last") {
		return oneDay(p.cal.onOrBefore(p.o.Today.AddDays(-1), w).AddDays(-7)), j + 3
	}
	s, next := p.named(j)
	if next == 0 || s.yearly == nil || !p.has(next, "before", "last") {
		return span{}, 0
	}
	s, ok := p.occurrence(s, -2)
	return s, okEnd(ok, next+2)
}

// weekdayNth reads "Friday the 7th": the latest one up to today.
func (p *parser) weekdayNth(i int) (span, int) {
	w, ok := weekdayNames[p.word(i)]
	if !ok || p.word(p.skip(i+1, ",")) != "the" {
		return span{}, 0
	}
	n, next, plain := p.dayNumber(p.skip(i+1, ",") + 1)
	if next == 0 || plain {
		return span{}, 0
	}
	if m, _, _ := p.monthName(p.skip(next, "of")); m != 0 {
		return span{}, 0 // "Friday the 7th of June"
	}
	const months = 12 * 12
	for back := range months {
		m := addMonths(daybook.Date{Year: p.o.Today.Year, Month: p.o.Today.Month, Day: 1}, -back)
		d := daybook.Date{Year: m.Year, Month: m.Month, Day: n}
		if d.Valid() && d.Compare(p.o.Today) <= 0 && p.cal.weekday(d) == w {
			return oneDay(d), next
		}
	}
	return span{}, 0
}

// A weekdaySet has a bit for each weekday, Sunday being the lowest.
type weekdaySet uint8

func (s weekdaySet) has(w time.Weekday) bool { return s>>w&1 == 1 }

var weekdaySets = map[string]weekdaySet{"weekdays": 0b0111110, "workdays": 0b0111110, "weekends": 0b1000001}

// weekdaySet reads "Mondays", "every Monday" and "weekends".
func (p *parser) weekdaySet(i int) (set weekdaySet, every bool, next int) {
	j := p.skip(i, "every", "each")
	every = j > i
	name := p.word(j)
	if s, ok := weekdaySets[name]; ok {
		return s, every, j + 1
	}
	if every && p.is(j, "weekday", "workday", "weekend") {
		return weekdaySets[name+"s"], every, j + 1
	}
	w, ok := weekdayNames[strings.TrimSuffix(name, "s")]
	j++
	part := p.word(j)
	evenings := strings.HasSuffix(part, "s") && partsOfDay[strings.TrimSuffix(part, "s")]
	if !ok || every == (strings.HasSuffix(name, "s") || evenings) {
		return 0, false, 0
	}
	if evenings || partsOfDay[part] {
		j++
	}
	return 1 << w, every, j
}

// recurring reads weekdays within a period: "on Mondays in 2023", "weekdays
// last month", "every Sunday in May", and "every Sunday" of the journal.
func (p *parser) recurring(i int) ([]span, int) {
	set, every, next := p.weekdaySet(p.skip(i, "on", "at"))
	if next == 0 {
		return nil, 0
	}
	s, after := p.operand(p.skip(next, "in", "of", "during", "from", "throughout"))
	if after > 0 && s.kind == Span && s.cue != fallCue {
		s.weekdays = set
		return []span{s}, after
	}
	if !every || p.o.First.IsZero() {
		return nil, 0
	}
	s = settledSpan(Recurring, Range{p.o.First, p.o.Last})
	s.weekdays = set
	return []span{s}, next
}

// days returns the days of r that are in the set, consecutive ones as one
// range, latest first.
func (c calendar) days(r Range, set weekdaySet) []Range {
	var out []Range
	for d := r.To; d.Compare(r.From) >= 0; d = d.AddDays(-1) {
		if !set.has(c.weekday(d)) {
			continue
		}
		if n := len(out); n > 0 && out[n-1].From == d.AddDays(1) {
			out[n-1].From = d
		} else {
			out = append(out, Range{d, d})
		}
	}
	return out
}

// timesOfDay are the phrases before a date that say when on that day.
var timesOfDay = map[string]bool{"around noon": true, "at noon": true, "about noon": true, "noon": true, "around midnight": true, "at midnight": true,
	"before dawn": true, "at dawn": true, "at dusk": true, "the early hours": true, "early hours": true, "early in the morning": true,
	"in the morning": true, "in the afternoon": true, "in the evening": true, "at night": true, "late in the evening": true, "late at night": true}

// timed reads a day with a time of day before it: "around noon on June 4",
// "8:30 on 4 June", "the early hours of June 5".
func (p *parser) timed(i int) (span, int) {
	_, next := phrase(p, i, timesOfDay)
	if next == 0 {
		if next = p.clock(p.skip(i, "at", "around", "about", "by")); next == 0 {
			return span{}, 0
		}
	}
	j := p.skip(p.skip(next, ","), "on", "of")
	if j == next {
		return span{}, 0
	}
	s, after := p.operand(j)
	if after == 0 || s.kind != Day {
		return span{}, 0
	}
	s.cue = noCue
	return s, after
}

// clock returns the index after a time such as 8:30, 08:30:15, 8 am or 3pm, or
// 0 if there is none at i.
func (p *parser) clock(i int) int {
	t := p.at(i)
	if t.kind == word {
		n, suffix := splitNumber(t.text)
		return okEnd(n > 0 && n <= 12 && halfDays[suffix], i+1)
	}
	if t.kind != number || t.num < 0 || t.digits > 2 || t.num > 24 || t.ordinal {
		return 0
	}
	if next := p.skip(i+1, "am", "pm"); next > i+1 {
		return next
	}
	next := i + 1
	for p.word(next) == ":" && p.at(next+1).minutes() {
		next += 2
	}
	if next == i+1 {
		return 0
	}
	return p.skip(next, "am", "pm", "z")
}

var halfDays = words("am", "pm")

// minutes reports whether t can be the minutes or seconds of a time.
func (t *token) minutes() bool { return t.kind == number && t.digits == 2 && t.num < 60 }

// withTime steps over the time of day after a day: 2024-06-04T08:30.
func (p *parser) withTime(i int) int {
	j := p.skip(p.skip(i, ","), "t", "at", "around", "about")
	if next := p.clock(j); next > 0 {
		return next
	}
	if partsOfDay[p.word(i)] {
		return i + 1
	}
	return i
}

// splitNumber cuts "5yrs" into its number and what follows.
func splitNumber(w string) (n int, suffix string) {
	i := 0
	for i < len(w) && i < 4 && isDigit(rune(w[i])) {
		n = n*10 + int(w[i]-'0')
		i++
	}
	return n, w[i:]
}
