package dayname

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"daybook"
)

// scanner reads a name from left to right. Its methods return whether they read
// what they are named after; if not, they leave the scanner where it was.
type scanner struct {
	s        string
	dayFirst func(separator string) bool // how 4-6-2024 is read
	yearLast func(separator string) bool // how 04-06-24 is read
	long     bool                        // years have four digits
	stamped  bool                        // the date included a time of day
}

// number reads a number of least to most digits.
func (c *scanner) number(least, most int) (n, width int, ok bool) {
	for width < len(c.s) && '0' <= c.s[width] && c.s[width] <= '9' {
		width++
	}
	if width < least || width > most {
		return 0, 0, false
	}
	n, err := strconv.Atoi(c.s[:width])
	if err != nil {
		return 0, 0, false
	}
	c.s = c.s[width:]
	return n, width, true
}

// word reads letters, and the full stop of an abbreviation.
func (c *scanner) word() (string, bool) {
	end := 0
	for i, r := range c.s {
		inner := r == '\'' && i > 0
		if !unicode.IsLetter(r) && !unicode.IsMark(r) && !inner {
			break
		}
		end = i + utf8.RuneLen(r)
	}
	if end == 0 {
		return "", false
	}
	w := fold(c.s[:end])
	c.s = strings.TrimPrefix(c.s[end:], ".")
	return w, true
}

func (c *scanner) month() (time.Month, bool) {
	was := c.s
	if w, ok := c.word(); ok && len(months[w]) > 0 {
		return months[w][0], true
	}
	c.s = was
	return 0, false
}

// day reads a day of the month, with the ending of an ordinal.
func (c *scanner) day() (int, bool) {
	was := c.s
	n, _, ok := c.number(1, 2)
	if !ok || n < 1 || n > 31 {
		c.s = was
		return 0, false
	}
	rest := *c
	if w, ok := rest.word(); ok && slices.Contains([]string{"st", "nd", "rd", "th", "er", "e", "o", "a"}, w) {
		*c = rest
	}
	c.s = strings.TrimPrefix(strings.TrimPrefix(c.s, "º"), "ª")
	return n, true
}

// particles are words between the parts of a date.
var particles = []string{"of", "the", "de", "di", "del", "den", "der"}

// gap reads what separates a day, a month's name and a year.
func (c *scanner) gap() bool {
	was := c.s
	c.s = strings.TrimLeft(c.s, " ,.-_–—’'")
	moved := c.s != was
	rest := *c
	if w, ok := rest.word(); ok && slices.Contains(particles, w) && strings.HasPrefix(rest.s, " ") {
		c.s, moved = strings.TrimLeft(rest.s, " "), true
	}
	return moved
}

// separators can be between the numbers of a date.
var separators = []string{"-", ".", "_", " ", "–", "‑", "/", "·", "⧸", "∕", "⁄", "／", "—", "‐", "−", "－"}

func (c *scanner) separator(want string) (string, bool) {
	for _, s := range separators {
		wanted := want == "" || s == want
		if rest, ok := strings.CutPrefix(c.s, s); ok && wanted {
			if s == "." {
				rest = strings.TrimPrefix(rest, " ") // 4. 6. 2024
			}
			c.s = rest
			return s, true
		}
	}
	return "", false
}

// date reads a whole date. Exists is false for one such as 31 June.
func (c *scanner) date() (d daybook.Date, exists, ok bool) {
	for _, read := range []func(*scanner) (daybook.Date, bool){
		(*scanner).compact, (*scanner).isoWeekDay, (*scanner).yearFirst, (*scanner).ideographs, (*scanner).dayMonthYear, (*scanner).monthDayYear, (*scanner).numbers, (*scanner).shortNumbers,
	} {
		at := *c
		if d, ok := read(&at); ok && at.ends() {
			at.long = true
			*c = at
			return d, d.Valid() && d.Year >= firstYear, true
		}
	}
	return daybook.Date{}, false, false
}

// atSpace reports whether s is empty or begins with a space.
func atSpace(s string) bool { return s == "" || s[0] == ' ' }

// ends reports whether a date can end here: no digit follows.
func (c *scanner) ends() bool {
	return c.s == "" || c.s[0] < '0' || c.s[0] > '9'
}

func (c *scanner) compact() (daybook.Date, bool) { // 20240604, 202406040930
	n, width, ok := c.number(8, 14)
	if width == 12 || width == 14 {
		c.stamped = true
		for ; width > 12; width -= 2 {
			n /= 100
		}
		ok = ok && n/100%100 < 24 && n%100 < 60
		n /= 10_000
	} else {
		ok = ok && width == 8
	}
	d := daybook.Date{Year: n / 10000, Month: time.Month(n / 100 % 100), Day: n % 100}
	return d, ok && d.Valid() && d.Year >= firstYear
}

func (c *scanner) isoWeekDay() (daybook.Date, bool) { // 2024-W23-5, 2024W235
	year, _, ok := c.number(4, 4)
	c.s = strings.TrimPrefix(c.s, "-")
	rest, week := strings.CutPrefix(c.s, "W")
	c.s = rest
	n, width, digits := c.number(2, 3)
	if !ok || !week || !digits {
		return daybook.Date{}, false
	}
	day := n % 10
	if width == 3 {
		n /= 10
	} else if c.s, ok = strings.CutPrefix(c.s, "-"); ok {
		day, _, ok = c.number(1, 1)
	}
	if !ok || day < 1 || day > 7 || n < 1 || n > 53 {
		return daybook.Date{}, false
	}
	fourth := time.Date(year, 1, 4, 0, 0, 0, 0, time.UTC) // it is in the first week
	monday := fourth.AddDate(0, 0, -(int(fourth.Weekday())+6)%7)
	on := monday.AddDate(0, 0, 7*(n-1)+day-1)
	of, _ := on.ISOWeek()
	return daybook.DateOf(on), of == year
}

func (c *scanner) yearFirst() (daybook.Date, bool) { // 2024-06-04, 2024 June 4
	year, _, ok := c.number(4, 4)
	if !ok {
		return daybook.Date{}, false
	}
	at := *c
	if sep, ok := at.separator(""); ok {
		m, _, ok := at.number(1, 2)
		_, same := at.separator(sep)
		d, _, last := at.number(1, 2)
		if ok && same && last {
			*c = at
			return daybook.Date{Year: year, Month: time.Month(m), Day: d}, true
		}
	}
	c.gap()
	m, named := c.month()
	c.gap()
	d, last := c.day()
	return daybook.Date{Year: year, Month: m, Day: d}, named && last
}

func (c *scanner) ideographs() (daybook.Date, bool) { // 2024年6月4日, 2024년 6월 4일
	var n [3]int
	for i, mark := range []string{"年년", "月월", "日일"} {
		v, _, ok := c.number(1, 4)
		r, size := utf8.DecodeRuneInString(c.s)
		if !ok || !strings.ContainsRune(mark, r) {
			return daybook.Date{}, false
		}
		n[i] = v
		c.s = c.s[size:]
		if i < 2 {
			c.s = strings.TrimLeft(c.s, " ")
		}
	}
	return daybook.Date{Year: n[0], Month: time.Month(n[1]), Day: n[2]}, true
}

func (c *scanner) dayMonthYear() (daybook.Date, bool) { // 4 June 2024
	d, ok := c.day()
	before := c.s
	c.gap()
	sep := before[:len(before)-len(c.s)]
	m, named := c.month()
	year, last := c.endYear(sep)
	for _, mark := range []string{" г.", " р.", " г", " р"} {
		if rest, ok := strings.CutPrefix(c.s, mark); ok && atSpace(rest) {
			c.s = rest
			break
		}
	}
	return daybook.Date{Year: year, Month: m, Day: d}, ok && named && last
}

// endYear reads the year after the name of a month: 2024, '24, or 24 after sep
// if that is what separates day and month.
func (c *scanner) endYear(sep string) (year int, ok bool) {
	before := c.s
	c.gap()
	if year, _, ok = c.number(4, 4); ok {
		return year, true
	}
	between := before[:len(before)-len(c.s)]
	apostrophe := strings.HasSuffix(between, "'") || strings.HasSuffix(between, "’")
	again := between == sep && slices.Contains([]string{"-", "_"}, sep)
	if !apostrophe && !again {
		return 0, false
	}
	year, _, ok = c.number(2, 2)
	return century(year), ok
}

// century returns the year for two digits, as package time reads them.
func century(year int) int {
	if year < 69 {
		return 2000 + year
	}
	return 1900 + year
}

func (c *scanner) monthDayYear() (daybook.Date, bool) { // June 4, 2024
	m, named := c.month()
	before := c.s
	c.gap()
	sep := before[:len(before)-len(c.s)]
	d, ok := c.day()
	behind := *c
	gap := behind.gap()
	year, last := c.endYear(sep)
	return daybook.Date{Year: year, Month: m, Day: d}, ok && named && last && gap
}

func (c *scanner) numbers() (daybook.Date, bool) { // 06-04-2024
	a, _, ok := c.number(1, 2)
	sep, has := c.separator("")
	b, _, second := c.number(1, 2)
	_, same := c.separator(sep)
	year, _, last := c.number(4, 4)
	if !ok || !has || !second || !same || !last {
		return daybook.Date{}, false
	}
	dayFirst := c.dayFirst(sep)
	if (a > 12) != (b > 12) { // only one order is possible
		dayFirst = a > 12
	}
	if dayFirst {
		a, b = b, a
	}
	return daybook.Date{Year: year, Month: time.Month(a), Day: b}, true
}

// shortNumbers reads 24-06-04, or 04-06-24 if the year is last.
func (c *scanner) shortNumbers() (daybook.Date, bool) {
	var n [3]int
	var sep string
	for i := range n {
		v, _, ok := c.number(2, 2)
		if !ok || c.long {
			return daybook.Date{}, false
		}
		n[i] = v
		if i < 2 {
			s, has := c.separator(sep)
			if !has {
				return daybook.Date{}, false
			}
			sep = s
		}
	}
	if c.yearLast == nil || !c.yearLast(sep) {
		d := daybook.Date{Year: century(n[0]), Month: time.Month(n[1]), Day: n[2]}
		if d.Valid() {
			return d, true
		}
	}
	day, month := n[1], n[0]
	dayFirst := c.dayFirst != nil && c.dayFirst(sep) && n[1] <= 12
	if dayFirst || n[0] > 12 {
		day, month = n[0], n[1]
	}
	d := daybook.Date{Year: century(n[2]), Month: time.Month(month), Day: day}
	return d, d.Valid()
}

// weekday reads the name of a weekday that is accepts.
func (c *scanner) weekday(is func(time.Weekday) bool) bool {
	if c.ideographWeekday(is) {
		return true
	}
	at := *c
	w, ok := at.word()
	if rest, feira := strings.CutPrefix(at.s, "-feira"); feira {
		at.s = rest
	}
	if !ok || !slices.ContainsFunc(weekdays[w], is) {
		return false
	}
	*c = at
	return true
}
