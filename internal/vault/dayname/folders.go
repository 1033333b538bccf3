package dayname

import (
	"path"
	"regexp"
	"strings"
	"time"

	"daybook"
)

// fromFolders combines a name with a day, or a month and a day, with the year
// and the month of the folders above it.
func (r Reader) fromFolders(name string) (Day, Reason) {
	parts := strings.Split(name, "/")
	base := parts[len(parts)-1]
	var d daybook.Date
	for i := len(parts) - 2; i >= 0 && i >= len(parts)-4 && d.Year == 0; i-- {
		year, month := folder(parts[i])
		if month != 0 && d.Month != 0 && month != d.Month {
			return Day{}, NotADay // 2024/07/11/11: the folder is a day
		}
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
	if m, n, ok := at.monthAndDay(); ok && agree(d.Month, m) {
		d.Month, d.Day, c = m, n, at
	} else if n, ok := c.day(); ok && d.Month != 0 && c.ends() {
		d.Day = n
		c.s = strings.TrimPrefix(c.s, "日")
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
	if m, d, ok := at.twoNumbers(); ok {
		*c = at
		return m, d, true
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

// twoNumbers reads 06-04, 0604, 4.6. or 6月4日.
func (c *scanner) twoNumbers() (m time.Month, d int, ok bool) {
	first, width, ok := c.number(1, 4)
	second := first % 100
	switch {
	case !ok:
		return 0, 0, false
	case width == 4:
		first /= 100
	default:
		at := *c
		if sep, has := c.separator(""); has {
			least := 2
			if sep == "." {
				least = 1
			}
			if second, _, ok = c.number(least, 2); !ok || width < least {
				return 0, 0, false
			}
			dotted := sep == "." && strings.HasPrefix(c.s, ".") // 4.6.
			if dotted || first > 12 {
				first, second = second, first
			}
			break
		}
		*c = at
		rest, month := strings.CutPrefix(c.s, "月")
		c.s = rest
		if second, _, ok = c.number(1, 2); !month || !ok || !strings.HasPrefix(c.s, "日") {
			return 0, 0, false
		}
		c.s = strings.TrimPrefix(c.s, "日")
	}
	return time.Month(first), second, isMonth(first) && second >= 1 && second <= 31 && c.ends()
}

func isMonth(n int) bool { return n >= 1 && n <= 12 }

// agree reports whether a month that may be unknown can be m.
func agree(month, m time.Month) bool { return month == 0 || month == m }

// inDay reads the day of a note in a folder whose name is only the day:
// 2024/06/04/Beach.
func (r Reader) inDay(name string) (Day, bool) {
	dir, base := path.Split(name)
	dir = strings.TrimSuffix(dir, "/")
	if dir == "" || copies.MatchString(dir) {
		return Day{}, false
	}
	if strings.Contains(dir, "/") && !r.names(path.Base(dir)) {
		return Day{}, false
	}
	day, reason := r.Read(dir)
	if reason != "" || day.Title != "" || len(day.Dates) != 1 {
		return Day{}, false
	}
	day.Title, day.InFolder = base, true
	return day, true
}

// names reports whether a folder's name begins like that of a day.
func (r Reader) names(base string) bool {
	c := r.scanner(base)
	if _, exists, ok := c.dateOrWeekday(); ok {
		return exists
	}
	c = r.scanner(base)
	_, _, ok := c.monthAndDay()
	c = r.scanner(base)
	_, day := c.day()
	return ok || day
}

// copies matches folders of copies, which are named after the day of the copy.
var copies = regexp.MustCompile(`(?i)(?:^|/)[^/]*(?:backup|bak|export|snapshot|sicherung|sauvegarde)[^/]*/`)

// folder reads the year or the month in a folder's name: 2024, 06, 06-June,
// June, 2024-06, "June 2024".
func folder(name string) (year int, month time.Month) {
	c := scanner{s: name}
	c.lead()
	if n, _, ok := c.number(6, 6); ok && n/100 >= firstYear && isMonth(n%100) && c.s == "" { // 202406
		return n / 100, time.Month(n % 100)
	}
	c.s = strings.TrimLeft(c.s, "'’")
	if n, _, ok := c.number(4, 4); ok && n >= firstYear {
		c.s = strings.TrimPrefix(c.s, "年")
		if year = n; c.s == "" {
			return year, 0
		}
		c.gap()
	}
	if n, _, ok := c.number(1, 2); ok && isMonth(n) {
		month = time.Month(n)
		c.s = strings.TrimPrefix(c.s, "月")
		c.gap()
	}
	if m, ok := c.month(); ok && agree(month, m) {
		month = m
		c.gap()
	}
	if year == 0 && month != 0 {
		if n, _, ok := c.number(4, 4); ok && n >= firstYear {
			year = n
		}
	}
	if at := c; at.s != "" && !(at.lead() && at.s == "") {
		return 0, 0
	}
	return year, month
}
