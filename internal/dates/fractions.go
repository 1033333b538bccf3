package dates

// abbreviated are units as they are written behind a number: 3d, 5yrs.
var abbreviated = map[string]unit{
	"d": days, "w": weeks, "wk": weeks, "wks": weeks, "mo": months, "mos": months, "mth": months, "mths": months,
	"y": years, "yr": years, "yrs": years, "day": days, "days": days, "week": weeks, "weeks": weeks,
	"month": months, "months": months, "year": years, "years": years,
}

// shortUnits reads "5yrs" and returns 0 if w is something else.
func shortUnits(w string) (int, unit) {
	n, suffix := splitNumber(w)
	u, ok := abbreviated[suffix]
	if !ok || n < 1 || n > 999 {
		return 0, noUnit
	}
	return n, u
}

// halves returns n and a half of u in a smaller unit; false if there is none.
func halves(n int, u unit) (int, unit, bool) {
	switch u {
	case weeks:
		return (14*n + 8) / 2, days, true
	case fortnights:
		return 2*n + 1, weeks, true
	case months:
		return 30*n + 15, days, true
	case years:
		return 12*n + 6, months, true
	case decades:
		return 10*n + 5, years, true
	}
	return 0, noUnit, false
}

// fraction reads "half a year", "one and a half years", "a year and a half" and
// returns them in a smaller unit.
func (p *parser) fraction(i int) (n int, u unit, next int) {
	if p.word(i) == "half" {
		k := p.skip(p.skip(i+1, "a", "an"), "-")
		n, u, ok := halves(0, units[p.word(k)])
		return n, u, okEnd(ok, k+1)
	}
	whole, approx, j := p.count(i)
	if j == 0 || approx {
		return 0, noUnit, 0
	}
	if p.has(j, "and", "a", "half") {
		n, u, ok := halves(whole, units[p.word(j+3)])
		return n, u, okEnd(ok, j+4)
	}
	if p.has(j+1, "and", "a", "half") {
		n, u, ok := halves(whole, units[p.word(j)])
		return n, u, okEnd(ok, j+4)
	}
	return 0, noUnit, 0
}

// fractionAgo reads "half a month ago": the calendar month or week that the day
// is in.
func (p *parser) fractionAgo(i int) (span, int) {
	n, u, next := p.fraction(i)
	if next == 0 || !p.is(next, "ago", "back") {
		return span{}, 0
	}
	around := u
	if u == days {
		around = weeks
	}
	s := settledSpan(Span, p.cal.containing(add(p.o.Today, -n, u), around))
	s.approx = true
	return s, next + 1
}
