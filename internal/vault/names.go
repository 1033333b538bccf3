package vault

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"

	"daybook"
	"daybook/internal/vault/dayname"
)

// defaultFormat is how notes are named by default.
const defaultFormat = "MM-DD-YYYY"

// firstYear is the earliest year in a note's name.
const firstYear = 1600

// Format is a way of writing a date in a note's name.
type Format struct {
	pattern string
	date    *regexp.Regexp // a date, then _ or the end
}

// String returns the pattern that f was parsed from.
func (f Format) String() string { return f.pattern }

// elements cuts a pattern into its parts, the longer ones first.
var elements = regexp.MustCompile(`\[[^\]]*\]|YYYY|YY|MMMM|MMM|MM|M|DD|Do|D|dddd|ddd|.`)

// field is the part of the date that an element gives, and the expression for
// it.
type field struct{ part, expr string }

func fieldOf(element string) (field, bool) {
	f, ok := map[string]field{
		"YYYY": {"year", `(?P<year>\d{4})`},
		"YY":   {"year", `(?P<shortyear>\d{2})`},
		"MMMM": {"month", `(?P<monthname>` + names(time.January, time.December, 0) + `)`},
		"MMM":  {"month", `(?P<monthname>` + names(time.January, time.December, 3) + `)`},
		"MM":   {"month", `(?P<month>\d{2})`},
		"M":    {"month", `(?P<month>\d{1,2})`},
		"DD":   {"day", `(?P<day>\d{2})`},
		"D":    {"day", `(?P<day>\d{1,2})`},
		"Do":   {"day", `(?P<day>\d{1,2})(?:st|nd|rd|th)`},
		"dddd": {"", `(?:` + names(time.Sunday, time.Saturday, 0) + `)`},
		"ddd":  {"", `(?:` + names(time.Sunday, time.Saturday, 3) + `)`},
	}[element]
	return f, ok
}

// names returns an expression for the English names from first to last, cut to
// n letters; 0 means whole names.
func names[T interface {
	~int
	fmt.Stringer
}](first, last T, n int) string {
	var list []string
	for v := first; v <= last; v++ {
		name := v.String()
		if n > 0 {
			name = name[:n]
		}
		list = append(list, name)
	}
	return strings.Join(list, "|")
}

// ParseFormat reads a pattern in the style of Moment.js, which Obsidian uses:
// YYYY YY for the year, MMMM MMM MM M for the month (January, Jan, 01, 1), DD
// D Do for the day (05, 5, 5th), dddd ddd for the weekday, which is not
// checked; literal letters go in [brackets]. Names of months and days are
// English. In a pattern with slashes only the part after the last one counts,
// since the others name folders. A pattern must have year, month and day once
// each; otherwise the error is daybook.Invalid.
func ParseFormat(pattern string) (Format, error) {
	invalid := func(why string) (Format, error) {
		return Format{}, daybook.Errorf(daybook.Invalid, "the date format %q %s", pattern, why)
	}
	name := pattern[strings.LastIndex(pattern, "/")+1:]
	given := map[string]int{}
	var expr strings.Builder
	for _, e := range elements.FindAllString(name, -1) {
		f, ok := fieldOf(e)
		literal := strings.TrimSuffix(strings.TrimPrefix(e, "["), "]")
		switch {
		case ok:
			given[f.part]++
			expr.WriteString(f.expr)
		case len(e) == 1 && unicode.IsLetter(rune(e[0])):
			return invalid("has the letter " + e + ", which means nothing; put letters in [brackets]")
		case e == "[" || e == "]":
			return invalid("has a bracket without its other half")
		default:
			expr.WriteString(regexp.QuoteMeta(literal))
		}
	}
	for _, part := range []string{"year", "month", "day"} {
		if given[part] != 1 {
			return invalid("must give the " + part + " once, as in " + defaultFormat)
		}
	}
	date, err := regexp.Compile(`^(?i:` + expr.String() + `)(?:_|$)`)
	if err != nil {
		return invalid("cannot be used")
	}
	return Format{pattern, date}, nil
}

// Parse reads the dates of a title: one, or several joined by "_", in their
// order. It reports false if the title does not have this format, and true
// without dates if it does but a date does not exist or is before 1600.
func (f Format) Parse(title string) (dates []daybook.Date, ok bool) {
	exist := true
	for rest := title; ; {
		m := f.date.FindStringSubmatch(rest)
		if m == nil {
			return nil, false
		}
		d, err := f.dateOf(m)
		exist = exist && err == nil
		dates = append(dates, d)
		rest = rest[len(m[0]):]
		if rest != "" {
			continue
		}
		if strings.HasSuffix(m[0], "_") {
			return nil, false
		}
		if !exist {
			return nil, true
		}
		return dates, true
	}
}

// dateOf returns the date that a match of f.date gives.
func (f Format) dateOf(match []string) (daybook.Date, error) {
	var d daybook.Date
	for i, part := range f.date.SubexpNames() {
		n, err := strconv.Atoi(match[i])
		switch part {
		case "year":
			d.Year = n
		case "shortyear": // in the layout of package time
			d.Year = 1900 + n
			if n < 69 {
				d.Year = 2000 + n
			}
		case "month":
			d.Month = time.Month(n)
		case "day":
			d.Day = n
		case "monthname":
			d.Month, err = month(match[i])
		default:
			continue
		}
		if err != nil {
			return d, err
		}
	}
	if !d.Valid() || d.Year < firstYear {
		return d, fmt.Errorf("no such date")
	}
	return d, nil
}

func month(name string) (time.Month, error) {
	for m := time.January; m <= time.December; m++ {
		if strings.EqualFold(name[:3], m.String()[:3]) {
			return m, nil
		}
	}
	return 0, fmt.Errorf("no such month")
}

// readName returns the dates of a daily note's title, each once, or the
// reason why it has none.
func readName(formats []Format, title string) (dates []daybook.Date, reason string) {
	if strings.HasSuffix(title, " - Week") {
		return nil, string(dayname.Week)
	}
	reason = "its name is not a date of the form " + formats[0].pattern
	for _, f := range formats {
		dates, ok := f.Parse(title)
		if ok && dates != nil {
			return unique(dates), ""
		}
		if ok {
			reason = "its name gives a date that does not exist, or one before 1600"
		}
	}
	return nil, reason
}

func unique(dates []daybook.Date) []daybook.Date {
	var once []daybook.Date
	seen := map[daybook.Date]bool{}
	for _, d := range dates {
		if !seen[d] {
			seen[d] = true
			once = append(once, d)
		}
	}
	return once
}
