package dayname

import (
	"path"
	"regexp"
	"strings"
	"time"

	"daybook"
)

// Layout is where an app puts the notes of days, and how it names them.
type Layout struct {
	folder   string // "" is the journal itself
	pattern  string
	elements []string
	// base are the elements behind the last slash, if they are a day by
	// themselves.
	base []string
}

var layoutElements = regexp.MustCompile(`\[[^\]]*\]|YYYY|YY|GGGG|gggg|MMMM|MMM|MM|Mo|M|DDDD|DDDo|DDD|DD|Do|D|dddd|ddd|dd|do|d|E|e|WW|ww|W|w|Qo|Q|HH|H|hh|h|kk|k|mm|m|ss|s|A|a|.`)

// NewLayout returns the layout of notes in a folder whose path in it has the
// format of Moment.js, without extension. It reports false for a format that
// does not give a day.
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
// folder; it tells in which order numbers come.
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

// givesDay reports whether a format says year, month and day, or the same in
// weeks or in days of the year.
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

// parts is what a name says by a layout; 0, or -1 for the weekday, is nothing.
type parts struct{ year, month, day, ofYear, week, weekday int }

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

// element reads what an element of a format stands for. It reports false if the
// name has something else.
func (c *scanner) element(e string, p *parts) bool {
	set := func(to *int, v int, ok bool) bool {
		same := *to <= 0 || *to == v
		*to = v
		return ok && same
	}
	fixed := func(to *int, width int) bool {
		if len(c.s) < width || strings.Trim(c.s[:width], "0123456789") != "" {
			return false
		}
		at := scanner{s: c.s[:width]}
		v, _, ok := at.number(width, width)
		c.s = c.s[width:]
		return set(to, v, ok)
	}
	free := func(to *int, most int) bool {
		v, _, ok := c.number(1, most)
		return set(to, v, ok)
	}
	var ignored int
	switch e {
	case "YYYY", "GGGG", "gggg":
		return fixed(&p.year, 4)
	case "YY":
		short := 0
		ok := fixed(&short, 2)
		return set(&p.year, century(short), ok)
	case "MMMM", "MMM":
		m, ok := c.month()
		return set(&p.month, int(m), ok)
	case "MM":
		return fixed(&p.month, 2)
	case "M":
		return free(&p.month, 2)
	case "DD":
		return fixed(&p.day, 2)
	case "D":
		return free(&p.day, 2)
	case "Do":
		d, ok := c.day()
		return set(&p.day, d, ok)
	case "DDDD":
		return fixed(&p.ofYear, 3)
	case "DDD":
		return free(&p.ofYear, 3)
	case "WW", "ww":
		return fixed(&p.week, 2)
	case "W", "w":
		return free(&p.week, 2)
	case "E", "e", "d":
		v, _, ok := c.number(1, 1)
		p.weekday = v % 7
		return ok && v <= 7
	case "dddd", "ddd", "dd":
		return c.weekday(func(w time.Weekday) bool { p.weekday = int(w); return true })
	case "HH", "hh", "kk", "mm", "ss":
		return fixed(&ignored, 2)
	case "H", "h", "k", "m", "s", "Q":
		return free(&ignored, 2)
	case "A", "a":
		_, ok := c.word()
		return ok
	}
	literal := e
	if strings.HasPrefix(e, "[") && strings.HasSuffix(e, "]") {
		literal = e[1 : len(e)-1]
	}
	rest, ok := strings.CutPrefix(c.s, literal)
	if !ok && len(c.s) >= len(literal) && strings.EqualFold(c.s[:len(literal)], literal) {
		rest, ok = c.s[len(literal):], true
	}
	c.s = rest
	return ok
}

// date returns the day that the parts are.
func (p parts) date() (daybook.Date, bool) {
	d := daybook.Date{Year: p.year, Month: time.Month(p.month), Day: p.day}
	switch {
	case p.year < firstYear:
		return d, false
	case p.month != 0 && p.day != 0:
	case p.ofYear != 0:
		d = daybook.DateOf(time.Date(p.year, 1, p.ofYear, 0, 0, 0, 0, time.UTC))
		return d, d.Year == p.year
	case p.week >= 1 && p.week <= 53 && p.weekday >= 0:
		// The week of 4 January is the first, and weeks begin on Monday.
		fourth := time.Date(p.year, 1, 4, 0, 0, 0, 0, time.UTC)
		monday := fourth.AddDate(0, 0, -(int(fourth.Weekday())+6)%7)
		return daybook.DateOf(monday.AddDate(0, 0, (p.week-1)*7+(p.weekday+6)%7)), true
	default:
		return d, false
	}
	return d, d.Valid()
}
