package notebook

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// roman are months in Roman numerals: 4.VI.2019.
var roman = map[string]time.Month{"I": 1, "II": 2, "III": 3, "IV": 4, "V": 5, "VI": 6, "VII": 7, "VIII": 8, "IX": 9, "X": 10, "XI": 11, "XII": 12}

// numeric reads 2019-06-04, 4/6/2019, 4.6.19, 4.VI.2019 and 4/6.
func (r *headReader) numeric() bool {
	a, sep, b := r.at(r.i), r.at(r.i+1), r.at(r.i+2)
	if a.num < 0 || !strings.Contains("/.-", sep.text) || sep.text == "" || sep.start != a.end || a.ordinal {
		return false
	}
	if month, ok := roman[b.text]; ok && isDay(a) {
		r.Day, r.Month, r.ordinal, r.i = a.num, month, true, r.i+3
		r.year()
		return true
	}
	if b.num < 0 || b.start > sep.end+1 || b.ordinal {
		return false
	}
	c := r.at(r.i + 4)
	third := r.at(r.i+3).text == sep.text && c.num >= 0 && c.start <= r.at(r.i+3).end+1
	if a.digits == 4 {
		if !third || b.num < 1 || b.num > 12 || !isDay(c) {
			return false
		}
		r.Year, r.Month, r.Day, r.i = a.num, time.Month(b.num), c.num, r.i+5
		return true
	}
	if !isDay(a) || !isDay(b) {
		return false
	}
	if !third {
		return r.twoNumbers(a, b, sep.text)
	}
	if c.digits != 4 && c.digits != 2 {
		return false
	}
	r.order(a.num, b.num, sep.text)
	r.Year, r.Century, r.i = c.num, c.digits == 2, r.i+5
	return r.Month <= 12
}

// twoNumbers reads 4/6 and 4.6., but not 4.30, which may be a time or a sum.
func (r *headReader) twoNumbers(a, b token, sep string) bool {
	end := r.i + 3
	dotted := sep == "." && r.at(end).text == "."
	if sep != "/" && !dotted {
		return false
	}
	if dotted {
		end++
	}
	r.order(a.num, b.num, sep)
	if r.Month > 12 {
		return false
	}
	r.i = end
	return true
}

// order decides which of two numbers is the day.
func (r *headReader) order(a, b int, sep string) {
	day, month := a, b
	monthFirst := r.monthFirst && sep != "." && a <= 12
	if monthFirst || b > 12 {
		day, month = b, a
	}
	r.Day, r.Month = day, time.Month(month)
	r.Swapped = sep != "." && a <= 12 && b <= 12 && a != b
}

// followed reports whether the text after a date in its line makes it a head: a
// mark, a time, a place, or a new sentence.
func followed(line string, toks []token, next int, h Head) bool {
	if next >= len(toks) {
		return true
	}
	mark := toks[next].text
	rest := strings.TrimSpace(line[toks[next].start:])
	strong := h.Month > 0 || h.HasWeekday // with a day
	switch {
	case strings.Contains(".:;-)(|", mark):
		return h.Day > 0 || h.Month == 0 || mark != "-" // "June 2019 - a summary" is not a month's head
	case mark == "," && h.Month > 0:
		return true
	case h.Day == 0:
		return false
	case mark == ",":
		return strong
	case '0' <= mark[0] && mark[0] <= '9':
		return strong && isTime(toks[next:])
	}
	first, _ := utf8.DecodeRuneInString(rest)
	likely := strong || len(rest) <= headLine
	return likely && unicode.IsUpper(first)
}

// isTime reports whether tokens begin with a time of day.
func isTime(toks []token) bool {
	if toks[0].num < 0 {
		return true // 9pm
	}
	if len(toks) < 2 || toks[0].num > 24 {
		return false
	}
	clock := strings.ToLower(toks[1].text)
	return clock == ":" || clock == "." || clock == "h" || clock == "am" || clock == "pm" || clock == "uhr"
}
