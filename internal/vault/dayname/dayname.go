// Package dayname reads the day from a note's path, however people and apps
// write it: 2024-06-04, 06-04-2024, "4 juin 2024 Beach", 2024/06/04.
package dayname

import (
	"path"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"daybook"
)

// firstYear is the earliest year that a name may give.
const firstYear = 1600

// Reader reads the days of notes. The zero Reader reads 4-6-2024 month first.
type Reader struct {
	// DayFirst lists the separators between numbers for which the day comes
	// first, such as "-" for 4-6-2024. A full stop always means day first.
	DayFirst []string
}

// Reason says why a path names no day.
type Reason string

// Why a path names no day.
const (
	NotADay    Reason = "not named after a day"
	NoSuchDate Reason = "names a date that does not exist, or one before 1600"
	Week       Reason = "a weekly note"
	Month      Reason = "a monthly note"
	Year       Reason = "a yearly note"
)

// Day is what a path says.
type Day struct {
	// Dates has each day once, in the order of the name.
	Dates []daybook.Date
	// Title is the text behind the date, without the weekday and the time.
	Title string
	// Clock reports that a time of the day is behind the date, as cameras write
	// it.
	Clock bool
}

// Read reads the day of a note from its path, which has slashes and no
// extension. Folders complete a name that gives less than a date. The Reason is
// empty if the path names a day.
func (r Reader) Read(name string) (Day, Reason) {
	name = norm.NFC.String(strings.TrimSpace(name))
	base := path.Base(name)
	if strings.HasSuffix(base, " - Week") {
		return Day{}, Week
	}
	c := r.scanner(base)
	if d, exists, ok := c.dateOrWeekday(); ok {
		if !exists {
			return Day{}, NoSuchDate
		}
		return c.rest(d)
	}
	if reason := period(base); reason != "" {
		return Day{}, reason
	}
	return r.fromFolders(name)
}

func (r Reader) scanner(s string) scanner {
	return scanner{s: s, dayFirst: func(sep string) bool { return sep == "." || slices.Contains(r.DayFirst, sep) }}
}

// dateOrWeekday reads a date that a weekday may precede.
func (c *scanner) dateOrWeekday() (d daybook.Date, exists, ok bool) {
	if d, exists, ok = c.date(); ok {
		return d, exists, ok
	}
	at := *c
	if !at.weekday(func(time.Weekday) bool { return true }) {
		return d, false, false
	}
	at.gap()
	if d, exists, ok = at.date(); ok {
		*c = at
	}
	return d, exists, ok
}

// rest reads what follows the first date: more dates, each behind "_", or a
// title.
func (c *scanner) rest(first daybook.Date) (Day, Reason) {
	day := Day{Dates: []daybook.Date{first}}
	for {
		at := *c
		rest, ok := strings.CutPrefix(at.s, "_")
		at.s = rest
		d, exists, isDate := at.date()
		if !ok || !isDate {
			break
		}
		if !exists {
			return Day{}, NoSuchDate
		}
		if !slices.Contains(day.Dates, d) {
			day.Dates = append(day.Dates, d)
		}
		*c = at
	}
	day.Clock = c.suffix(day.Dates[len(day.Dates)-1])
	title := strings.TrimLeft(c.s, " -–—_:,.~()")
	if title == c.s && c.s != "" && !startsTitle(c.s) {
		return Day{}, NotADay // 2024-06-04abc is an identifier
	}
	day.Title = strings.TrimSpace(title)
	return day, ""
}

// startsTitle reports whether text directly behind a date is a title: Chinese
// and Japanese are written without spaces.
func startsTitle(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return r > 0x2E80 || strings.ContainsRune("([{", r)
}

// period recognizes the notes of a week, month, quarter or year.
func period(base string) Reason {
	c := scanner{s: base}
	year, _, ok := c.number(4, 4)
	if !ok || year < firstYear {
		at := scanner{s: base}
		if _, named := at.month(); named && at.gap() {
			if _, _, ok := at.number(4, 4); ok && at.s == "" {
				return Month
			}
		}
		return ""
	}
	if c.s == "" {
		return Year
	}
	c.s = strings.TrimLeft(c.s, " -._/")
	switch rest := strings.ToUpper(c.s); {
	case strings.HasPrefix(rest, "W") || strings.HasPrefix(rest, "KW") || strings.HasPrefix(rest, "CW"):
		return Week
	case len(rest) == 2 && rest[0] == 'Q':
		return Year
	}
	if m, _, ok := c.number(1, 2); ok && m >= 1 && m <= 12 && (c.s == "" || c.s[0] == ' ') {
		return Month
	}
	if _, named := c.month(); named && c.s == "" {
		return Month
	}
	return ""
}

// fromFolders combines a name that gives a day, or a month and a day, with the
// year and the month of the folders above it.
func (r Reader) fromFolders(name string) (Day, Reason) {
	parts := strings.Split(name, "/")
	base := parts[len(parts)-1]
	var d daybook.Date
	for i := len(parts) - 2; i >= 0 && i >= len(parts)-4 && d.Year == 0; i-- {
		year, month := folder(parts[i])
		if month != 0 && d.Month == 0 {
			d.Month = month
		}
		d.Year = year
	}
	if d.Year == 0 {
		return Day{}, NotADay
	}
	c := r.scanner(base)
	c.weekday(func(time.Weekday) bool { return true })
	c.gap()
	at := c
	if m, n, ok := at.monthAndDay(); ok && (d.Month == 0 || d.Month == m) {
		d.Month, d.Day, c = m, n, at
	} else if n, ok := c.day(); ok && d.Month != 0 && c.ends() {
		d.Day = n
	} else {
		return Day{}, NotADay
	}
	if !d.Valid() {
		return Day{}, NoSuchDate
	}
	return c.rest(d)
}

// monthAndDay reads 06-04, "June 4" or "4 June".
func (c *scanner) monthAndDay() (time.Month, int, bool) {
	at := *c
	if m, _, ok := at.number(2, 2); ok && m >= 1 && m <= 12 {
		_, sep := at.separator("")
		if d, _, ok := at.number(2, 2); sep && ok && at.ends() {
			*c = at
			return time.Month(m), d, true
		}
	}
	at = *c
	if m, ok := at.month(); ok {
		at.gap()
		if d, ok := at.day(); ok {
			*c = at
			return m, d, true
		}
	}
	at = *c
	if d, ok := at.day(); ok {
		at.gap()
		if m, ok := at.month(); ok {
			*c = at
			return m, d, true
		}
	}
	return 0, 0, false
}

// folder reads the year or the month that a folder's name gives: 2024, 06,
// 06-June, June, 2024-06, "June 2024".
func folder(name string) (year int, month time.Month) {
	c := scanner{s: name}
	if n, _, ok := c.number(4, 4); ok && n >= firstYear {
		if year = n; c.s == "" {
			return year, 0
		}
		c.gap()
	}
	if n, _, ok := c.number(1, 2); ok && n >= 1 && n <= 12 {
		month = time.Month(n)
		c.gap()
	}
	if m, ok := c.month(); ok && (month == 0 || month == m) {
		month = m
		c.gap()
	}
	if year == 0 && month != 0 {
		if n, _, ok := c.number(4, 4); ok && n >= firstYear {
			year = n
		}
	}
	if c.s != "" {
		return 0, 0
	}
	return year, month
}
