package dayname

import (
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"daybook"
)

// suffix reads what can follow a date before the title: its weekday and a time
// of day. It reports whether there is a time.
func (c *scanner) suffix(d daybook.Date) (clock bool) {
	at := *c
	at.gap()
	open := strings.TrimLeft(at.s, "([（")
	bracket := open != at.s
	at.s = open
	on := func(w time.Weekday) bool { return w == d.Time(time.UTC).Weekday() }
	name := at.s
	glued := name == c.s && startsLatin(name) // 2024-06-04Tue
	if !glued && at.weekday(on) {
		word := name[:len(name)-len(at.s)]
		at.s = strings.TrimLeft(at.s, ")]）")
		if bracket || at.s == "" || utf8.RuneCountInString(word) > 4 || !goesOn(at.s) {
			*c = at
		}
	}
	at = *c
	behindT := false
	if rest, ok := strings.CutPrefix(at.s, "T"); ok {
		at.s, behindT = rest, true
	} else if !at.gap() {
		return false
	}
	if !at.clock(behindT) {
		return false
	}
	*c = at
	return true
}

func startsLatin(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return r < 0x2E80
}

// goesOn reports whether words follow: in "2024-06-04 Mar y sol" the first of
// them is not a weekday.
func goesOn(s string) bool {
	r, _ := utf8.DecodeRuneInString(strings.TrimLeft(s, " "))
	return unicode.IsLetter(r)
}

// ideographWeekday reads 火曜日, 火, 星期二, 周二 or 화요일.
func (c *scanner) ideographWeekday(is func(time.Weekday) bool) bool {
	for _, prefix := range []string{"星期", "禮拜", "礼拜", "周", "週"} {
		rest, ok := strings.CutPrefix(c.s, prefix)
		if !ok {
			continue
		}
		r, size := utf8.DecodeRuneInString(rest)
		i := slices.Index([]rune("日一二三四五六"), r)
		if r == '天' {
			i = 0
		}
		if i < 0 || !is(time.Weekday(i)) {
			return false
		}
		c.s = rest[size:]
		return true
	}
	r, size := utf8.DecodeRuneInString(c.s)
	for _, week := range []struct{ days, ending string }{{"日月火水木金土", "曜日"}, {"일월화수목금토", "요일"}} {
		i := slices.Index([]rune(week.days), r)
		if i < 0 || !is(time.Weekday(i)) {
			continue
		}
		rest, whole := strings.CutPrefix(c.s[size:], week.ending)
		if next, _ := utf8.DecodeRuneInString(rest); whole || rest == "" || !unicode.IsLetter(next) {
			c.s = rest
			return true
		}
	}
	return false
}

// What a time of day can contain or end with. The group is what to read.
var (
	seconds  = regexp.MustCompile(`^([:.꞉_-]?[0-5]\d(?:[.,]\d{1,9})?)(?:$|\D)`)
	zone     = regexp.MustCompile(`^(Z|[+-](?:0\d|1[0-4])[:꞉_-]?[0-5]\d)(?:$|[^\d\pL])`)
	half     = regexp.MustCompile(`(?i)^( ?(?:[ap]\.?m\.?|uhr|h))(?:$|[^\pL\d])`)
	justHour = regexp.MustCompile(`(?i)^((?:0?[1-9]|1[0-2]) ?[ap]\.?m\.?)(?:$|[^\pL\d])`)
)

// match reads what an expression's group matches.
func (c *scanner) match(expr *regexp.Regexp) bool {
	m := expr.FindStringSubmatch(c.s)
	if m != nil {
		c.s = c.s[len(m[1]):]
	}
	return m != nil
}

// clock reads a time of day: 0830, 08:30, 08-30, 8h30, 083015, 8am. A title may
// follow 0830 only if that is certain to be a time.
func (c *scanner) clock(certain bool) bool {
	if c.match(justHour) {
		return true
	}
	at := *c
	if n, width, ok := at.number(4, 6); ok && width != 5 {
		if certain {
			at.match(zone)
		}
		at.match(half)
		if width == 6 {
			n /= 100
		}
		titled := at.s != "" && !certain
		glued := at.s != "" && goesOn(at.s[:1])
		if titled || glued || n/100 >= 24 || n%100 >= 60 {
			return false
		}
		*c = at
		return true
	}
	h, _, ok := at.number(1, 2)
	separator, size := utf8.DecodeRuneInString(at.s)
	if !ok || h > 23 || !strings.ContainsRune(":.-h_꞉", separator) {
		return false
	}
	at.s = at.s[size:]
	m, width, ok := at.number(2, 2)
	if !ok || width != 2 || m > 59 {
		return false
	}
	at.match(seconds)
	at.match(zone)
	at.match(half)
	*c = at
	return true
}
