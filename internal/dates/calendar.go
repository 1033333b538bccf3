package dates

import (
	"time"

	"daybook"
)

type unit int

const (
	noUnit unit = iota
	days
	weeks
	fortnights
	weekends
	months
	quarters
	years
	decades
)

// calendar computes weekdays, which the change to the Gregorian calendar
// shifted against the dates.
type calendar struct{ newStyle bool }

var changeOfStyle = daybook.Date{Year: 1752, Month: time.September, Day: 14}

func (c calendar) oldStyle(d daybook.Date) bool {
	return !c.newStyle && d.Compare(changeOfStyle) < 0
}

// weekday returns the weekday that d had where it was written.
func (c calendar) weekday(d daybook.Date) time.Weekday {
	if c.oldStyle(d) {
		y := d.Year
		if d.Month <= time.February {
			y--
		}
		d = d.AddDays(y/100 - y/400 - 2) // the same day's Gregorian date
	}
	return d.Time(time.UTC).Weekday()
}

// monday returns the Monday on or before d.
func (c calendar) monday(d daybook.Date) daybook.Date {
	return d.AddDays(-(int(c.weekday(d)) + 6) % 7)
}

// onOrAfter returns the first day from d on that is a w.
func (c calendar) onOrAfter(d daybook.Date, w time.Weekday) daybook.Date {
	return d.AddDays((int(w) - int(c.weekday(d)) + 7) % 7)
}

// onOrBefore returns the last day up to d that is a w.
func (c calendar) onOrBefore(d daybook.Date, w time.Weekday) daybook.Date {
	return d.AddDays(-((int(c.weekday(d)) - int(w) + 7) % 7))
}

// easter returns Easter Sunday, by the Julian computus (Meeus) for years in Old
// Style and by the Gregorian one (Butcher) otherwise.
func (c calendar) easter(year int) daybook.Date {
	if c.oldStyle(daybook.Date{Year: year, Month: time.April, Day: 1}) {
		d := (19*(year%19) + 15) % 30
		e := (2*(year%4) + 4*(year%7) - d + 34) % 7
		n := d + e + 114
		return daybook.Date{Year: year, Month: time.Month(n / 31), Day: n%31 + 1}
	}
	a, b, n := year%19, year/100, year%100
	h := (19*a + b - b/4 - (b-(b+8)/25+1)/3 + 15) % 30
	l := (32 + 2*(b%4) + 2*(n/4) - h - n%4) % 7
	m := (a + 11*h + 22*l) / 451
	k := h + l - 7*m + 114
	return daybook.Date{Year: year, Month: time.Month(k / 31), Day: k%31 + 1}
}

// containing returns the calendar week, month, … that d is in.
func (c calendar) containing(d daybook.Date, u unit) Range {
	switch u {
	case weeks:
		m := c.monday(d)
		return Range{m, m.AddDays(6)}
	case fortnights:
		m := c.monday(d)
		return Range{m.AddDays(-7), m.AddDays(6)}
	case weekends:
		m := c.monday(d)
		return Range{m.AddDays(5), m.AddDays(6)}
	case months:
		return monthOf(d.Year, d.Month)
	case quarters:
		first := (d.Month-1)/3*3 + 1
		return monthsOf(d.Year, first, 3)
	case years:
		return yearsOf(d.Year, 1)
	case decades:
		return yearsOf(d.Year/10*10, 10)
	}
	return Range{d, d}
}

// add returns the day n units after d. In a month that is too short, it is the
// last day.
func add(d daybook.Date, n int, u unit) daybook.Date {
	switch u {
	case weeks, weekends:
		return d.AddDays(7 * n)
	case fortnights:
		return d.AddDays(14 * n)
	case months:
		return addMonths(d, n)
	case quarters:
		return addMonths(d, 3*n)
	case years:
		return addMonths(d, 12*n)
	case decades:
		return addMonths(d, 120*n)
	}
	return d.AddDays(n)
}

func addMonths(d daybook.Date, n int) daybook.Date {
	first := daybook.DateOf(time.Date(d.Year, d.Month+time.Month(n), 1, 0, 0, 0, 0, time.UTC))
	first.Day = min(d.Day, lastDay(first.Year, first.Month))
	return first
}

func lastDay(year int, m time.Month) int {
	return time.Date(year, m+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

func monthOf(year int, m time.Month) Range { return monthsOf(year, m, 1) }

// monthsOf returns n whole months, the first being m.
func monthsOf(year int, m time.Month, n int) Range {
	from := daybook.Date{Year: year, Month: m, Day: 1}
	return Range{from, addMonths(from, n).AddDays(-1)}
}

func yearsOf(year, n int) Range {
	return Range{
		daybook.Date{Year: year, Month: time.January, Day: 1},
		daybook.Date{Year: year + n - 1, Month: time.December, Day: 31},
	}
}

// length returns the number of days of a range without open ends.
func length(r Range) int {
	const day = 24 * 60 * 60
	return int((r.To.Time(time.UTC).Unix()-r.From.Time(time.UTC).Unix())/day) + 1
}

// wholeMonths returns how many whole months r is, 0 for none.
func wholeMonths(r Range) int {
	if r.From.Day != 1 || r.To.AddDays(1).Day != 1 {
		return 0
	}
	return (r.To.Year-r.From.Year)*12 + int(r.To.Month-r.From.Month) + 1
}

// valid reports whether r's days exist and are in order.
func valid(r Range) bool {
	switch {
	case r.From.IsZero():
		return r.To.Valid()
	case r.To.IsZero():
		return r.From.Valid()
	}
	return r.From.Valid() && r.To.Valid() && r.From.Compare(r.To) <= 0
}

func overlap(a, b Range) bool {
	_, ok := intersect(a, b)
	return ok
}

// intersect returns the days that a and b share.
func intersect(a, b Range) (Range, bool) {
	if b.From.Compare(a.From) > 0 { // the zero date is before every day
		a.From = b.From
	}
	if endsLater(a, b) {
		a.To = b.To
	}
	return a, a.From.IsZero() || a.To.IsZero() || a.From.Compare(a.To) <= 0
}

// endsLater reports whether a has later days than b's last. An open end is the
// latest.
func endsLater(a, b Range) bool {
	if a.To.IsZero() || b.To.IsZero() {
		return !b.To.IsZero()
	}
	return a.To.Compare(b.To) > 0
}
