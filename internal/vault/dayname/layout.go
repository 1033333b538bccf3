package dayname

import (
	"path"
	"regexp"
	"strings"
	"time"

	"daybook"
)

// Layout is where an app puts daily notes, and how it names them.
type Layout struct {
	folder   string // "" is the journal itself
	pattern  string
	elements []string
	// base are the elements after the last slash, if they give a day by
	// themselves.
	base []string
}

var layoutElements = regexp.MustCompile(`\[[^\]]*\]|YYYY|YY|GGGG|gggg|MMMM|MMM|MM|Mo|M|DDDD|DDDo|DDD|DD|Do|D|dddd|ddd|dd|do|d|E|e|WW|ww|W|w|Qo|Q|HH|H|hh|h|kk|k|mm|m|ss|s|A|a|.`)

// NewLayout returns the layout of notes in a folder. Format is that of their
// paths in it, in Moment.js's syntax and without extension. It returns false
// for a format that does not give a day.
func NewLayout(folder, format string) (Layout, bool) {
	l := Layout{folder: folder, pattern: format, elements: layoutElements.FindAllString(format, -1)}
	if !givesDay(l.elements) {
		return Layout{}, false
	}
	for i := len(l.elements) - 1; i >= 0; i-- {
		if base := l.elements[i+1:]; l.elements[i] == "/" && givesDay(base) {
			l.base = base
			break
		}
	}
	return l, true
}

// String returns the layout's folder and format.
func (l Layout) String() string { return path.Join(l.folder, l.pattern) }

// Sample returns the name of a note of the layout on 13 June 2024, without its
// folder. It shows the order of the numbers.
func (l Layout) Sample() string {
	var b strings.Builder
	for _, e := range l.elements {
		switch e {
		case "YYYY":
			b.WriteString("2024")
		case "YY":
			b.WriteString("24")
		case "MM", "M":
			b.WriteString("06")
		case "DD", "D":
			b.WriteString("13")
		default:
			b.WriteString(strings.Trim(e, "[]"))
		}
	}
	return b.String()
}

// givesDay reports whether a format has year, month and day, or a day of a week
// or of the year.
func givesDay(elements []string) bool {
	has := map[byte]bool{}
	for _, e := range elements {
		switch e {
		case "YYYY", "YY":
			has['y'], has['g'] = true, true
		case "GGGG", "gggg": // the year that a week belongs to
			has['g'] = true
		case "MMMM", "MMM", "MM", "M", "Mo":
			has['m'] = true
		case "DDDD", "DDD", "DDDo":
			has['o'] = true
		case "DD", "D", "Do":
			has['d'] = true
		case "WW", "W", "ww", "w":
			has['w'] = true
		case "E", "e", "d", "dddd", "ddd", "dd":
			has['e'] = true
		}
	}
	byMonth := has['y'] && has['m'] && has['d']
	byDayOfYear := has['y'] && has['o']
	byWeek := has['g'] && has['w'] && has['e']
	return byMonth || byDayOfYear || byWeek
}

// parts are the parts of a name by a layout. Missing ones are 0, or -1 for the
// weekday.
type parts [clock + 1]int

// part is a part of a name.
type part int

const (
	year part = iota
	month
	day
	dayOfYear
	week
	weekday
	clock // of no significance
)

// numerals are the elements of a format that are numbers of so many digits, or
// of up to so many.
var numerals = map[string]struct {
	part  part
	width int
	exact bool
}{
	"YYYY": {year, 4, true}, "GGGG": {year, 4, true}, "gggg": {year, 4, true},
	"MM": {month, 2, true}, "M": {month, 2, false},
	"DD": {day, 2, true}, "D": {day, 2, false},
	"DDDD": {dayOfYear, 3, true}, "DDD": {dayOfYear, 3, false},
	"WW": {week, 2, true}, "ww": {week, 2, true}, "W": {week, 2, false}, "w": {week, 2, false},
	"HH": {clock, 2, true}, "hh": {clock, 2, true}, "kk": {clock, 2, true}, "mm": {clock, 2, true}, "ss": {clock, 2, true},
	"H": {clock, 2, false}, "h": {clock, 2, false}, "k": {clock, 2, false}, "m": {clock, 2, false}, "s": {clock, 2, false},
	"Q": {clock, 2, false},
}

// read reads the day of a note at a path by the layout.
func (l Layout) read(r Reader, name string) (Day, bool) {
	in := name
	if l.folder != "" {
		var ok bool
		if in, ok = strings.CutPrefix(name, l.folder+"/"); !ok {
			return Day{}, false
		}
	}
	if day, ok := l.match(r, l.elements, in); ok {
		return day, true
	}
	if l.base == nil {
		return Day{}, false
	}
	return l.match(r, l.base, path.Base(name))
}

func (l Layout) match(r Reader, elements []string, name string) (Day, bool) {
	c := r.scanner(name)
	p := parts{weekday: -1}
	for _, e := range elements {
		if !c.element(e, &p) {
			return Day{}, false
		}
	}
	d, ok := p.date()
	if !ok || !c.ends() || strings.Contains(c.s, "/") {
		return Day{}, false
	}
	day, reason := c.rest(d)
	return day, reason == ""
}

// element reads the part of a name that an element of a format describes. It
// returns false if the name has something else.
func (c *scanner) element(e string, p *parts) bool {
	if n, ok := numerals[e]; ok {
		v, ok := c.numeral(n.width, n.exact)
		return ok && p.set(n.part, v)
	}
	switch e {
	case "YY":
		v, ok := c.numeral(2, true)
		return ok && p.set(year, century(v))
	case "MMMM", "MMM":
		m, ok := c.month()
		return ok && p.set(month, int(m))
	case "Do":
		d, ok := c.day()
		return ok && p.set(day, d)
	case "E", "e", "d":
		v, _, ok := c.number(1, 1)
		p[weekday] = v % 7
		return ok && v <= 7
	case "dddd", "ddd", "dd":
		return c.weekday(func(w time.Weekday) bool { p[weekday] = int(w); return true })
	case "A", "a":
		_, ok := c.word()
		return ok
	}
	if strings.HasPrefix(e, "[") && strings.HasSuffix(e, "]") {
		e = e[1 : len(e)-1]
	}
	return c.literal(e)
}

// set sets a part, and reports false if the name gives it twice with different
// values.
func (p *parts) set(n part, v int) bool {
	same := p[n] <= 0 || p[n] == v
	p[n] = v
	return same || n == clock
}

// numeral reads a number of width digits, which more may follow if it is exact;
// otherwise one of up to so many.
func (c *scanner) numeral(width int, exact bool) (int, bool) {
	if !exact {
		v, _, ok := c.number(1, width)
		return v, ok
	}
	if len(c.s) < width {
		return 0, false
	}
	at := scanner{s: c.s[:width]}
	v, _, ok := at.number(width, width)
	if ok {
		c.s = c.s[width:]
	}
	return v, ok
}

// literal reads a text, in any case.
func (c *scanner) literal(text string) bool {
	if len(c.s) < len(text) || !strings.EqualFold(c.s[:len(text)], text) {
		return false
	}
	c.s = c.s[len(text):]
	return true
}

// date returns the day that the parts give.
func (p parts) date() (daybook.Date, bool) {
	d := daybook.Date{Year: p[year], Month: time.Month(p[month]), Day: p[day]}
	switch {
	case p[year] < firstYear:
		return d, false
	case p[month] != 0 && p[day] != 0:
	case p[dayOfYear] != 0:
		d = daybook.DateOf(time.Date(p[year], 1, p[dayOfYear], 0, 0, 0, 0, time.UTC))
		return d, d.Year == p[year]
	case p[week] >= 1 && p[week] <= 53 && p[weekday] >= 0:
		// The week of 4 January is the first, and weeks begin on Monday.
		fourth := time.Date(p[year], 1, 4, 0, 0, 0, 0, time.UTC)
		monday := fourth.AddDate(0, 0, -(int(fourth.Weekday())+6)%7)
		return daybook.DateOf(monday.AddDate(0, 0, (p[week]-1)*7+(p[weekday]+6)%7)), true
	default:
		return d, false
	}
	return d, d.Valid()
}
