// Package dayname reads the day from a note's path, however people and apps
// write it: 2024-06-04, 06-04-2024, "4 juin 2024 Beach", 2024/06/04.
package dayname

import (
	"path"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
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
	// YearLast lists the separators for which 04-06-24 has the year at its end. A
	// full stop always means that.
	YearLast []string
	// Layouts are the naming schemes that apps have set for daily notes. They
	// take precedence over what a name alone would mean.
	Layouts []Layout
}

// Reason says why a path has no day.
type Reason string

// Why a path has no day.
const (
	NotADay    Reason = "not named after a day"
	NoSuchDate Reason = "names a date that does not exist, or one before 1600"
	Week       Reason = "a weekly note"
	Month      Reason = "a monthly note"
	Year       Reason = "a yearly note"
)

// Day is the day that a path names.
type Day struct {
	// Dates has each day once, in the order of the name.
	Dates []daybook.Date
	// Title is the text after the date, without the weekday and the time.
	Title string
	// Clock reports that a time of day follows the date, as cameras write it.
	Clock bool
	// InFolder reports that the folder is named after the day, and not the
	// file.
	InFolder bool
}

// Read reads the day of a note from its path, which has slashes and no
// extension. Folders complete a name with less than a date. The Reason is empty
// if the path names a day.
func (r Reader) Read(name string) (Day, Reason) {
	name = norm.NFC.String(plainDigits(strings.TrimSpace(name)))
	for _, l := range r.Layouts {
		if day, ok := l.read(r, name); ok {
			return day, ""
		}
	}
	base := path.Base(name)
	if strings.HasSuffix(base, " - Week") {
		return Day{}, Week
	}
	c := r.scanner(base)
	d, exists, ok := c.dateOrWeekday()
	if !ok && c.lead() {
		d, exists, ok = c.dateOrWeekday()
	}
	switch {
	case ok && !exists:
		return Day{}, NoSuchDate
	case ok:
		return c.rest(d)
	}
	if reason := period(base); reason != "" {
		return Day{}, reason
	}
	day, reason := r.fromFolders(name)
	if reason == NotADay {
		if in, ok := r.inDay(name); ok {
			return in, ""
		}
	}
	return day, reason
}

func (r Reader) scanner(s string) scanner {
	return scanner{
		s:        s,
		dayFirst: func(sep string) bool { return sep == "." || slices.Contains(r.DayFirst, sep) },
		yearLast: func(sep string) bool { return sep == "." || slices.Contains(r.YearLast, sep) },
	}
}

// dateOrWeekday reads a date, possibly after a weekday.
func (c *scanner) dateOrWeekday() (d daybook.Date, exists, ok bool) {
	if d, exists, ok = c.date(); ok {
		return d, exists, ok
	}
	at := *c
	if !at.weekday(func(time.Weekday) bool { return true }) {
		return d, false, false
	}
	at.s = strings.TrimLeft(at.s, ")]）")
	at.gap()
	if d, exists, ok = at.date(); ok {
		*c = at
	}
	return d, exists, ok
}

// Between dates are these signs and words; behind an until, the days between are
// named too.
var (
	alsoOn = regexp.MustCompile(`^(?:_| ?[&+,] ?| (?:and|und|et|y|e|en|og|och) )`)
	until  = regexp.MustCompile(`^(?: ?(?:\.\.\.?|…) ?| (?:to|bis|till|until|through|au|al|hasta|tot|til) )`)
)

// mostBetween bounds the days of a name such as "2024-07-02 to 2024-07-14".
const mostBetween = 62

// rest reads what follows the first date: more dates or a title.
func (c *scanner) rest(first daybook.Date) (Day, Reason) {
	day := Day{Dates: []daybook.Date{first}}
	add := func(d daybook.Date) {
		if !slices.Contains(day.Dates, d) {
			day.Dates = append(day.Dates, d)
		}
	}
	for {
		at := *c
		listed := alsoOn.FindString(at.s)
		between := until.FindString(at.s)
		at.s = at.s[len(listed)+len(between):]
		d, exists, isDate := at.date()
		if listed+between == "" || !isDate {
			break
		}
		if !exists {
			return Day{}, NoSuchDate
		}
		if last := day.Dates[len(day.Dates)-1]; between != "" && last.Compare(d) < 0 && last.AddDays(mostBetween).Compare(d) >= 0 {
			for next := last.AddDays(1); next.Compare(d) < 0; next = next.AddDays(1) {
				add(next)
			}
		}
		add(d)
		*c = at
	}
	day.Clock = c.suffix(day.Dates[len(day.Dates)-1]) || c.stamped
	title := strings.TrimLeft(c.s, " -–—_:,.~(])）")
	if title == c.s && c.s != "" && !startsTitle(c.s) {
		return Day{}, NotADay // 2024-06-04abc is an identifier
	}
	if inner, closed := strings.CutSuffix(title, ")"); closed && !strings.Contains(inner, "(") {
		title = inner // of 2024-06-04 (2)
	}
	day.Title = strings.TrimSpace(title)
	return day, ""
}

// startsTitle reports whether text directly after a date is a title, and not
// part of an identifier: Chinese and Japanese are written without spaces, and
// 2024-06-04a and b are parts of a day.
func startsTitle(s string) bool {
	r, size := utf8.DecodeRuneInString(s)
	switch {
	case r > 0x2E80:
		return true
	case unicode.IsLetter(r):
		return size == len(s) && unicode.IsLower(r)
	}
	return !unicode.IsDigit(r)
}

// yearBehind matches the note of a week, a quarter or a month whose name ends
// with the year.
var yearBehind = regexp.MustCompile(`(?i)^((?:(?:week|woche|semaine|semana|kw|cw|w)[ -]?(\d{1,2})|(q[1-4])|[^\d]+?))[ ,_-]*[12]\d{3}$`)

// period recognizes the notes of a week, month, quarter or year.
func period(base string) Reason {
	c := scanner{s: base}
	year, _, ok := c.number(4, 4)
	if !ok || year < firstYear {
		if m := yearBehind.FindStringSubmatch(base); m != nil {
			switch at := (scanner{s: m[1]}); {
			case m[2] != "":
				return Week
			case m[3] != "":
				return Year
			default:
				if _, named := at.month(); named && at.s == "" {
					return Month
				}
			}
		}
		return ""
	}
	if c.s == "" || c.s == "年" {
		return Year
	}
	c.s = strings.TrimPrefix(c.s, "年")
	c.s = strings.TrimLeft(c.s, " -._/")
	switch rest := strings.ToUpper(c.s); {
	case strings.HasPrefix(rest, "W") || strings.HasPrefix(rest, "KW") || strings.HasPrefix(rest, "CW"):
		return Week
	case len(rest) == 2 && rest[0] == 'Q':
		return Year
	}
	if m, _, ok := c.number(1, 2); ok && isMonth(m) && atSpace(strings.TrimPrefix(c.s, "月")) {
		return Month
	}
	if _, named := c.month(); named && c.s == "" {
		return Month
	}
	return ""
}
