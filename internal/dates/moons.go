package dates

import (
	"math"
	"time"

	"daybook"
)

// moonFeasts are the feasts of lunar calendars: each returns its day in a year,
// or false. Those that depend on the observed moon may be a day off.
var moonFeasts = map[string]func(year int) (daybook.Date, bool){
	"chinese new year": chineseNewYear, "lunar new year": chineseNewYear, "spring festival": chineseNewYear,
	"diwali": diwali, "deepavali": diwali,
	"rosh hashanah": hebrewFeast(7, 1), "jewish new year": hebrewFeast(7, 1), "yom kippur": hebrewFeast(7, 10), "sukkot": hebrewFeast(7, 15),
	"hanukkah": hebrewFeast(9, 25), "chanukah": hebrewFeast(9, 25), "hanukah": hebrewFeast(9, 25),
	"purim": hebrewFeast(12, 14), "passover": hebrewFeast(1, 15), "pesach": hebrewFeast(1, 15),
	"ramadan": islamicFeast(9, 1), "eid al - fitr": islamicFeast(10, 1), "eid al fitr": islamicFeast(10, 1), "eid": islamicFeast(10, 1), "eid al - adha": islamicFeast(12, 10),
	"eid al adha": islamicFeast(12, 10), "islamic new year": islamicFeast(1, 1),
	"orthodox easter": orthodoxEaster, "orthodox christmas": func(y int) (daybook.Date, bool) { return daybook.Date{Year: y, Month: 1, Day: 7}, true },
}

// moonLengths are the lengths of feasts of more than one day. Hanukkah's includes
// the evening before its first day. Ramadan may be a day shorter.
var moonLengths = map[string]int{"hanukkah": 9, "chanukah": 9, "hanukah": 9, "passover": 8, "pesach": 8, "sukkot": 7, "rosh hashanah": 2,
	"jewish new year": 2, "ramadan": 30}

// moonFeast reads "Chinese New Year" or "Ramadan".
func (p *parser) moonFeast(i int) (span, int) {
	in, next := phrase(p, i, moonFeasts)
	if next == 0 || feastThings[p.word(next)] {
		return span{}, 0
	}
	name := p.word(i)
	for k := i + 1; k < next; k++ {
		name += " " + p.word(k)
	}
	length := max(1, moonLengths[name])
	s := span{kind: Day, approx: true, yearly: func(year int) (Range, bool) {
		d, ok := in(year)
		r := Range{d, d.AddDays(length - 1)}
		if name == "ramadan" && islamicMonth(d.AddDays(length-1)).Compare(r.To) <= 0 {
			r.To = r.To.AddDays(-1)
		}
		return r, ok
	}}
	if length > 1 {
		s.kind = Span
	}
	return s, next
}

// meanMonth is the mean time from one new moon to the next, in days.
const meanMonth = 29.530588861

// newMoon returns the k-th new moon after that of 6 January 2000, in UTC and to
// within ten minutes (Meeus, Astronomical Algorithms, chapter 49, the terms of
// more than a minute and a half).
func newMoon(k float64) time.Time {
	t := k / 1236.85
	sin := func(degrees float64) float64 { return math.Sin(degrees * math.Pi / 180) }
	sun, moon, f := 2.5534+29.10535670*k, 201.5643+385.81693528*k, 160.7108+390.67050284*k
	const epoch, unixEpoch = 2451550.09766, 2440587.5 // Julian days
	days := epoch + meanMonth*k + 0.00015437*t*t - 0.40720*sin(moon) + 0.17241*sin(sun) + 0.01608*sin(2*moon) +
		0.01039*sin(2*f) + 0.00739*sin(moon-sun) - 0.00514*sin(moon+sun) + 0.00208*sin(2*sun) - 0.00111*sin(moon-2*f)
	return time.Unix(int64((days-unixEpoch)*24*60*60), 0).UTC()
}

// newMoonFrom returns the first new moon from a day on, in a zone that is so
// many minutes ahead of UTC.
func newMoonFrom(from daybook.Date, minutes int) time.Time {
	zone := time.FixedZone("", minutes*60)
	start := from.Time(zone)
	first := time.Date(2000, 1, 6, 18, 0, 0, 0, time.UTC)
	for k := math.Floor(float64(start.Unix()-first.Unix())/(24*60*60)/meanMonth) - 1; ; k++ {
		if t := newMoon(k).In(zone); !t.Before(start) {
			return t
		}
	}
}

// chineseNewYear is the day of the new moon from 21 January on, in China.
func chineseNewYear(year int) (daybook.Date, bool) {
	return daybook.DateOf(newMoonFrom(daybook.Date{Year: year, Month: 1, Day: 21}, 8*60)), true
}

// diwali is the evening before the new moon of Kartika, in India. If the new moon
// is at dusk, it is the evening of the day before.
func diwali(year int) (daybook.Date, bool) {
	t := newMoonFrom(daybook.Date{Year: year, Month: 10, Day: 18}, 5*60+30)
	const dusk = 18*time.Hour + 30*time.Minute
	return daybook.DateOf(t.Add(-dusk)), true
}

// dayCount is the number of a day, 1 January 1 being 1 (Rata Die).
func dayCount(d daybook.Date) int {
	const unixEpoch = 719163
	return int(d.Time(time.UTC).Unix()/(24*60*60)) + unixEpoch
}

func dateOfCount(n int) daybook.Date {
	return daybook.Date{Year: 1970, Month: 1, Day: 1}.AddDays(n - 719163)
}

// hebrewNewYear returns the day count of 1 Tishri of a Hebrew year.
func hebrewNewYear(year int) int {
	elapsed := func(y int) int {
		months := (235*y - 234) / 19
		parts := 12084 + 13753*months
		day := 29*months + parts/25920
		if 3*(day+1)%7 < 3 {
			day++
		}
		return day
	}
	before, day, after := elapsed(year-1), elapsed(year), elapsed(year+1)
	switch {
	case after-day == 356:
		day += 2
	case day-before == 382:
		day++
	}
	const epoch = -1373427
	return epoch + day
}

// hebrewFeast returns a feast of the Hebrew calendar by its month, counted from
// Nisan, and its day. For Hanukkah it returns the evening before. In a leap year
// Adar is the second one.
func hebrewFeast(month, day int) func(int) (daybook.Date, bool) {
	return func(year int) (daybook.Date, bool) {
		if month < 7 || month == 12 { // counted back from the next new year
			next := hebrewNewYear(year + 3761)
			const fromNisan, fromAdar = 177, 206
			back := fromNisan
			if month == 12 {
				back = fromAdar
			}
			return dateOfCount(next - back + day - 1), true
		}
		first := hebrewNewYear(year + 3761)
		switch month {
		case 9:
			// Tishri has 30 days, Heshvan 29 or, in a complete year, 30.
			heshvan := 29
			if length := hebrewNewYear(year+3762) - first; length%10 == 5 {
				heshvan = 30
			}
			return dateOfCount(first + 30 + heshvan + day - 2), true
		}
		return dateOfCount(first + day - 1), true
	}
}

// islamicFeast returns the first day in a year that has the given month and day
// of the Islamic calendar.
func islamicFeast(month, day int) func(int) (daybook.Date, bool) {
	return func(year int) (daybook.Date, bool) {
		first := dayCount(daybook.Date{Year: year, Month: 1, Day: 1})
		for y := (year-622)*33/32 - 1; ; y++ {
			// The tabular calendar is a day or two off; the moon decides.
			const epoch = 227015
			n := epoch + (y-1)*354 + (3+11*y)/30 + 29*(month-1) + month/2
			d := islamicMonth(dateOfCount(n)).AddDays(day - 1)
			if dayCount(d) >= first {
				return d, d.Year == year
			}
		}
	}
}

// islamicMonth returns the first day of the month that begins near a day, by the
// rule of Mecca: the day after the first sunset that follows the new moon.
func islamicMonth(near daybook.Date) daybook.Date {
	t := newMoonFrom(near.AddDays(-4), 3*60)
	const sunset = 18
	if t.Hour() < sunset {
		return daybook.DateOf(t).AddDays(1)
	}
	return daybook.DateOf(t).AddDays(2)
}

// orthodoxEaster is Easter by the Julian computus, as a Gregorian date.
func orthodoxEaster(year int) (daybook.Date, bool) {
	d := (19*(year%19) + 15) % 30
	e := (2*(year%4) + 4*(year%7) - d + 34) % 7
	n := d + e + 114
	julian := daybook.Date{Year: year, Month: time.Month(n / 31), Day: n%31 + 1}
	return julian.AddDays(year/100 - year/400 - 2), true
}
