package dates

import (
	"strings"
	"time"

	"daybook"
)

// feastDay says when a feast is: on a fixed day, some days from Easter, or on
// the n-th weekday of a month (the last for n = -1). It is length days long.
type feastDay struct {
	month   time.Month
	day     int
	easter  bool // day counts from Easter Sunday
	nth     int
	weekday time.Weekday
	offset  int // days added to that
	length  int
	shy     bool // ambiguous: it needs a preposition
}

func fixed(m time.Month, day int) feastDay { return feastDay{month: m, day: day, length: 1} }
func fromEaster(n int) feastDay            { return feastDay{easter: true, day: n, length: 1} }

func (f feastDay) lasting(n int) feastDay { f.length = n; return f }
func (f feastDay) ambiguous() feastDay    { f.shy = true; return f }

// feasts by name, in lower case. "St" also matches "saint".
var feasts = map[string]feastDay{
	"new year's day": fixed(1, 1), "new years day": fixed(1, 1), "new year": fixed(1, 1).ambiguous(),
	"new year's": fixed(1, 1), "twelfth night": fixed(1, 5).lasting(2).ambiguous(), "twelfth day": fixed(1, 6),
	"epiphany": fixed(1, 6), "candlemas": fixed(2, 2), "candlemas day": fixed(2, 2), "groundhog day": fixed(2, 2),
	"valentine's day": fixed(2, 14), "valentines day": fixed(2, 14), "st valentine's day": fixed(2, 14),
	"valentine's": fixed(2, 14), "st david's day": fixed(3, 1), "st patrick's day": fixed(3, 17),
	"lady day": fixed(3, 25), "april fools": fixed(4, 1), "april fool's day": fixed(4, 1),
	"april fools' day": fixed(4, 1), "april fools day": fixed(4, 1), "st george's day": fixed(4, 23),
	"may day": fixed(5, 1), "midsummer": fixed(6, 24).ambiguous(), "midsummer day": fixed(6, 24),
	"midsummer's day": fixed(6, 24), "midsummer eve": fixed(6, 23), "midsummer's eve": fixed(6, 23),
	"independence day": fixed(7, 4), "bastille day": fixed(7, 14), "lammas": fixed(8, 1), "lammas day": fixed(8, 1),
	"bartholomew's day": fixed(8, 24), "st bartholomew's day": fixed(8, 24), "michaelmas": fixed(9, 29),
	"michaelmas day": fixed(9, 29), "halloween": fixed(10, 31), "hallowe'en": fixed(10, 31),
	"all hallows' eve": fixed(10, 31), "all hallows eve": fixed(10, 31), "all hallows": fixed(11, 1),
	"all saints' day": fixed(11, 1), "all saints day": fixed(11, 1), "all souls' day": fixed(11, 2),
	"all souls day": fixed(11, 2), "guy fawkes": fixed(11, 5), "guy fawkes day": fixed(11, 5),
	"guy fawkes night": fixed(11, 5), "guy fawkes' night": fixed(11, 5), "bonfire night": fixed(11, 5),
	"gunpowder treason day": fixed(11, 5), "martinmas": fixed(11, 11), "armistice day": fixed(11, 11),
	"veterans day": fixed(11, 11), "st andrew's day": fixed(11, 30), "st nicholas day": fixed(12, 6),
	"christmas eve": fixed(12, 24), "christmas": fixed(12, 25), "christmas day": fixed(12, 25),
	"xmas": fixed(12, 25), "xmas eve": fixed(12, 24), "xmas day": fixed(12, 25), "christmases": fixed(12, 25),
	"christmas holidays": fixed(12, 24).lasting(9), "christmas week": fixed(12, 25).lasting(7),
	"christmastide": fixed(12, 25).lasting(12), "boxing day": fixed(12, 26), "st stephen's day": fixed(12, 26),
	"new year's eve": fixed(12, 31), "new years eve": fixed(12, 31), "new year eve": fixed(12, 31),
	"hogmanay": fixed(12, 31),

	"easter": fromEaster(0), "easters": fromEaster(0), "easter day": fromEaster(0), "easter sunday": fromEaster(0),
	"easter eve": fromEaster(-1), "easter monday": fromEaster(1), "easter tuesday": fromEaster(2),
	"easter weekend": fromEaster(-2).lasting(4), "easter week": fromEaster(0).lasting(7),
	"holy week": fromEaster(-7).lasting(7), "palm sunday": fromEaster(-7), "maundy thursday": fromEaster(-3),
	"good friday": fromEaster(-2), "holy saturday": fromEaster(-1), "ash wednesday": fromEaster(-46),
	"lent": fromEaster(-46).lasting(46).ambiguous(), "shrove tuesday": fromEaster(-47), "shrove monday": fromEaster(-48),
	"pancake day": fromEaster(-47), "mardi gras": fromEaster(-47), "shrovetide": fromEaster(-49).lasting(3),
	"low sunday": fromEaster(7), "ascension day": fromEaster(39), "whitsun": fromEaster(49),
	"whit sunday": fromEaster(49), "whitsunday": fromEaster(49), "pentecost": fromEaster(49),
	"whit monday": fromEaster(50), "whitsuntide": fromEaster(49).lasting(3), "whitsun week": fromEaster(49).lasting(7),
	"mothering sunday": fromEaster(-21), "rose monday": fromEaster(-48),
	"trinity sunday": fromEaster(56), "corpus christi": fromEaster(60).ambiguous(),

	"martin luther king day": {month: 1, nth: 3, weekday: time.Monday, length: 1},
	"mother's day":           {month: 5, nth: 2, weekday: time.Sunday, length: 1},
	"mothers day":            {month: 5, nth: 2, weekday: time.Sunday, length: 1},
	"father's day":           {month: 6, nth: 3, weekday: time.Sunday, length: 1},
	"fathers day":            {month: 6, nth: 3, weekday: time.Sunday, length: 1},
	"black friday":           {month: 11, nth: 4, weekday: time.Thursday, offset: 1, length: 1},
	"cyber monday":           {month: 11, nth: 4, weekday: time.Thursday, offset: 4, length: 1},
	"presidents' day":        {month: 2, nth: 3, weekday: time.Monday, length: 1},
	"memorial day":           {month: 5, nth: -1, weekday: time.Monday, length: 1},
	"labor day":              {month: 9, nth: 1, weekday: time.Monday, length: 1},
	"columbus day":           {month: 10, nth: 2, weekday: time.Monday, length: 1},
	"remembrance sunday":     {month: 11, nth: 2, weekday: time.Sunday, length: 1},
	"thanksgiving":           {month: 11, nth: 4, weekday: time.Thursday, length: 1},
	"thanksgiving day":       {month: 11, nth: 4, weekday: time.Thursday, length: 1},
	// The fourth Sunday before Christmas is from 27 November to 3 December.
	"advent sunday": advent(0), "first advent": advent(0), "first sunday in advent": advent(0), "first sunday of advent": advent(0),
	"second sunday in advent": advent(1), "second sunday of advent": advent(1), "third sunday in advent": advent(2),
	"third sunday of advent": advent(2), "fourth sunday in advent": advent(3), "fourth sunday of advent": advent(3),
}

func advent(weeks int) feastDay {
	return feastDay{month: 11, nth: -1, weekday: time.Thursday, offset: 3 + 7*weeks, length: 1}
}

// An apostrophe behind a word is a mark of its own.
func init() {
	for name, day := range feasts {
		if before, after, ok := strings.Cut(name, "s' "); ok {
			feasts[before+"s ' "+after] = day
		}
	}
}

// in returns the feast's days in a year.
func (f feastDay) in(cal calendar, year int) Range {
	var d daybook.Date
	switch {
	case f.easter:
		d = cal.easter(year).AddDays(f.day)
	case f.nth != 0:
		d, _ = cal.nthWeekday(monthOf(year, f.month), f.nth, f.weekday)
		d = d.AddDays(f.offset)
	default:
		d = daybook.Date{Year: year, Month: f.month, Day: f.day}
	}
	return Range{d, d.AddDays(f.length - 1)}
}

// nthWeekday returns the n-th w among r's days (the last for n = -1).
func (c calendar) nthWeekday(r Range, n int, w time.Weekday) (daybook.Date, bool) {
	if n < 0 {
		d := c.onOrBefore(r.To, w)
		return d, d.Compare(r.From) >= 0
	}
	d := c.onOrAfter(r.From, w).AddDays(7 * (n - 1))
	return d, d.Compare(r.To) <= 0
}

// feast reads "Christmas Day", "the feast of St. Stephen's Day".
func (p *parser) feast(i int) (span, int) {
	start := p.skip(i, "the")
	f, next := phrase(p, start, feasts)
	if p.is(start, "st", "saint") {
		f, next = p.saint(start)
	}
	if next == 0 || feastThings[p.word(next)] {
		return span{}, 0
	}
	cal := p.cal
	s := span{kind: Day, yearly: func(year int) (Range, bool) { return f.in(cal, year), true }}
	if f.length > 1 {
		s.kind = Span
	}
	if f.shy {
		s.cue = feastCue
	}
	return s, next
}

// saint reads a feast that begins with "St", "St." or "Saint".
func (p *parser) saint(i int) (feastDay, int) {
	j := p.skip(i+1, ".")
	f, ok := feasts[strings.Join([]string{"st", p.word(j), p.word(j + 1)}, " ")]
	if !ok {
		return feastDay{}, 0
	}
	return f, j + 2
}

// anniversary reads one of the user's named days, and "my birthday, the 23rd of
// February", where the question itself gives the day.
func (p *parser) anniversary(i int) (span, int) {
	next, s := 0, span{}
	if n, ok := shifts[p.word(i+1)]; ok { // "my last birthday"
		if d, ok := p.names[p.word(i)+" "+p.word(i+2)]; ok {
			if s, ok := p.occurrence(dayOfYear(d.Month, d.Day), n); ok {
				return s, i + 3
			}
		}
	}
	if p.is(i, "my", "our", "his", "her", "their") && p.is(i+1, "birthday", "anniversary") {
		next = i + 2
	}
	if d, n := p.anniversaryName(i); n > 0 {
		s, next = dayOfYear(d.Month, d.Day), n
	}
	if next == 0 {
		return span{}, 0
	}
	j := p.skip(next, ",", "(", "-")
	for _, read := range []func(int) (span, int){p.dayMonth, p.monthDay} {
		if day, n := read(p.skip(j, "on")); n > 0 {
			return day, p.skip(n, ")")
		}
	}
	if s.yearly == nil {
		return span{}, 0
	}
	return s, next
}

// anniversaryName returns the day of the longest matching name at i.
func (p *parser) anniversaryName(i int) (day MonthDay, next int) {
	for name, d := range p.names {
		k := i
		for _, w := range strings.Fields(name) {
			if k >= len(p.toks) || p.toks[k].text != w {
				k = -1
				break
			}
			k++
		}
		if k > max(i, next) {
			day, next = d, k
		}
	}
	return day, next
}
