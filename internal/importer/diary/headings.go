package diary

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"daybook"
	"daybook/internal/vault"
	"daybook/internal/vault/dayname"
)

// heading matches a line that may begin a day: a heading of Markdown or of Org,
// or jrnl's "[2024-06-04 09:00] Title".
var heading = regexp.MustCompile(`^(?:#{1,6}\s+|\*+\s+)<?([^>\n]+?)>?\s*#*$|^\[([^\]\n]{6,40})\]\s*(.*)$`)

// clock matches the time behind a date.
var clock = regexp.MustCompile(`(?:,? (?i:at|um|à|kl\.?|om|alle))?,?[ T](\d{1,2}:\d{2})(?::\d{2})?(?:[\s\x{202f}]*([AaPp])\.?[Mm]\.?)?(?: (?:Uhr|[A-Z]{2,5}(?:[+-]\d{1,2}(?::?\d{2})?)?))?$`)

// timeOf returns a time of the day in 24 hours; half is the first letter of AM or PM,
// or "".
func timeOf(at, half string) string {
	h, minutes, _ := strings.Cut(at, ":")
	hour, err := strconv.Atoi(h)
	switch {
	case err != nil || half == "" || hour > 12:
		return at
	case strings.EqualFold(half, "p") && hour < 12:
		hour += 12
	case strings.EqualFold(half, "a") && hour == 12:
		hour = 0
	}
	return fmt.Sprintf("%02d:%s", hour, minutes)
}

// started is a day that a line begins.
type started struct {
	date  daybook.Date
	title string // what the line says besides
	first string // the beginning of the text, on the same line
	// named says that a word such as "Date:" is before the date: other fields may
	// be below it.
	named bool
}

// startOf reads a line that begins a day: a heading.
func startOf(r dayname.Reader, line string) (s started, ok bool) {
	m := heading.FindStringSubmatch(strings.TrimRight(line, " \t\r"))
	if m == nil {
		return s, false
	}
	text := m[1] + m[2]
	s.title = strings.TrimSpace(m[3])
	if m[2] != "" {
		if at := clock.FindStringSubmatch(text); at != nil {
			s.title = strings.TrimSpace(timeOf(at[1], at[2]) + " " + s.title)
		}
		text = clock.ReplaceAllString(text, "")
	}
	day, reason := r.Read(strings.ReplaceAll(strings.TrimSpace(text), "/", "-"))
	if reason != "" || len(day.Dates) != 1 {
		return s, false
	}
	s.date = day.Dates[0]
	if m[1] != "" {
		s.title = strings.TrimSpace(strings.TrimLeft(day.Title, " -–—:,"))
	}
	return s, true
}

// bareStart reads a line that is only a date. It must follow a blank line, unless
// signs or a word such as "Date:" say that it begins something.
func bareStart(r dayname.Reader, line string, blank bool) (s started, ok bool) {
	if m := dateField.FindStringSubmatch(line); m != nil {
		line, blank, s.named = m[1], true, true
	}
	sure := decorated.MatchString(line)
	line = strings.Trim(strings.TrimSpace(line), "*_:=-> @")
	if len(line) > 60 {
		return s, false
	}
	if at := clock.FindStringSubmatch(line); at != nil {
		s.title, line = timeOf(at[1], at[2]), clock.ReplaceAllString(line, "")
	}
	day, reason := r.Read(strings.ReplaceAll(line, "/", "-"))
	if reason != "" || len(day.Dates) != 1 || day.Title != "" {
		return s, false
	}
	s.date = day.Dates[0]
	led, _ := utf8.DecodeRuneInString(line)
	comma := strings.IndexByte(line, ',')
	weekday := unicode.IsLetter(led) && comma > 0 && strings.IndexFunc(line[:comma], unicode.IsDigit) < 0 // "Tuesday, 4 June 2024"
	return s, blank || sure || weekday
}

var (
	// dateField matches the line with the date above an entry, as Day One writes it
	// into text.
	dateField = regexp.MustCompile(`^\s*(?i:date|datum|fecha|data|dato):\s*(\S.*)$`)
	point     = regexp.MustCompile(`^[-*+] \S`)
	// decorated matches a date between signs.
	decorated = regexp.MustCompile(`^[=*_#~-]{2,}\s*\S.*\S\s*[=*_#~-]{2,}$`)
	// field matches a line below dateField.
	field = regexp.MustCompile(`^\t([A-Z][\pL ]{1,30}):\t(.+)$`)
	// entryLine matches a date with what was written behind it.
	entryLine = regexp.MustCompile(`^(\d{1,4}[-./]\d{1,2}[-./]\d{1,4})(?:[ T](\d{1,2}:\d{2})(?::\d{2})?(?: ?([AaPp])[Mm])?)?(\s*[:–—\t]\s*|\s+-\s+|\s+)(\S.*)$`)
)

// lineStart reads a line that begins with a date and goes on with the text, such as
// jrnl's "2024-06-04 09:00 Title".
func lineStart(r dayname.Reader, line string) (s started, ok bool) {
	m := entryLine.FindStringSubmatch(strings.TrimRight(line, " \t\r"))
	if m == nil || m[2] == "" && strings.TrimSpace(m[4]) == "" && !strings.Contains(m[4], "\t") {
		return s, false
	}
	day, reason := r.Read(strings.ReplaceAll(m[1], "/", "-"))
	if reason != "" || len(day.Dates) != 1 || day.Title != "" {
		return s, false
	}
	s.date, s.first = day.Dates[0], m[5]
	if m[2] != "" {
		s.title, s.first = timeOf(m[2], m[3])+" "+m[5], ""
	}
	return s, true
}

// nested reads headings that together name a day: "# June 2024" and below it "## 4".
type nested struct {
	reader dayname.Reader
	titles []string
	levels []int
}

var levels = regexp.MustCompile(`^(#{1,6}|\*+)\s+(.+?)\s*#*$`)

// read reads a line. Holds reports that it is a heading for days, such as "June 2024".
func (n *nested) read(line string) (s started, ok, holds bool) {
	m := levels.FindStringSubmatch(strings.TrimRight(line, " \t\r"))
	if m == nil {
		return s, false, false
	}
	level := len(m[1])
	for len(n.levels) > 0 && n.levels[len(n.levels)-1] >= level {
		n.titles, n.levels = n.titles[:len(n.titles)-1], n.levels[:len(n.levels)-1]
	}
	above := strings.Join(append(slices.Clone(n.titles), ""), "/")
	title := strings.ReplaceAll(m[2], "/", "-")
	n.titles, n.levels = append(n.titles, title), append(n.levels, level)
	if day, reason := n.reader.Read(above + title); reason == "" && len(day.Dates) == 1 && !day.InFolder {
		return started{date: day.Dates[0], title: strings.TrimSpace(strings.TrimLeft(day.Title, " -–—:,"))}, true, false
	}
	_, month := n.reader.Read(above + title + "/1")
	_, year := n.reader.Read(above + title + "/01/1")
	return s, false, month == "" || year == ""
}

// ways are the ways in which a text may begin its days. Each returns a function that
// reads a line. Blank reports whether the line before is blank, and holds whether this
// one belongs to no day.
var ways = []func(r dayname.Reader) func(line string, blank bool) (s started, ok, holds bool){
	func(r dayname.Reader) func(string, bool) (started, bool, bool) {
		return func(line string, _ bool) (started, bool, bool) {
			s, ok := startOf(r, line)
			return s, ok, false
		}
	},
	func(r dayname.Reader) func(string, bool) (started, bool, bool) {
		n := &nested{reader: r}
		return func(line string, _ bool) (started, bool, bool) { return n.read(line) }
	},
	func(r dayname.Reader) func(string, bool) (started, bool, bool) {
		outline, first := false, true // the text is a list of days if it begins with one
		return func(line string, blank bool) (started, bool, bool) {
			if first && point.MatchString(line) {
				_, outline = bareStart(r, line, true)
			}
			first = first && strings.TrimSpace(line) == ""
			if outline && point.MatchString(line) {
				blank = true
			}
			s, ok := bareStart(r, line, blank)
			return s, ok, false
		}
	},
	func(r dayname.Reader) func(string, bool) (started, bool, bool) {
		any, first := false, true // the text must begin so
		return func(line string, _ bool) (started, bool, bool) {
			s, ok := lineStart(r, line)
			any = any || first && ok
			first = first && strings.TrimSpace(line) == ""
			return s, ok && any, false
		}
	},
}

// bareDates is the index in ways of lines that are a date and may be underlined.
const bareDates = 2

// parting cuts a text into days.
type parting struct {
	source *Source
	days   map[daybook.Date]*Day
	now    started
	found  bool // a day has begun
	body   []string
	from   int // the number of body's first line
	about  []Property
}

// flush adds what is between the last line that begins a day and here.
func (p *parting) flush() {
	if p.now.first != "" {
		p.body = append([]string{p.now.first}, p.body...)
	}
	text := strings.Trim(strings.Join(p.body, "\n"), "\n\r\t ")
	part := Part{Text: text, Properties: p.about}
	if text == "" && len(p.about) > 0 {
		text = details(part)
		part = Part{Text: text}
	}
	switch title := "## " + p.now.title; {
	case p.now.title == "":
	case text == "":
		part.Text = title
	default:
		part.Heading = title
	}
	switch {
	case p.found && part.Text != "":
		add(p.days, p.now.date, part)
	case !p.found && text != "":
		p.source.Left = append(p.source.Left, Left{fmt.Sprintf("lines %d to %d", p.from, p.from+len(p.body)-1), "they are not below a day"})
	}
	p.body, p.about = nil, nil
}

// line adds a line to the day. Directly below its date may be what an app says about
// the entry.
func (p *parting) line(text string) {
	if m := field.FindStringSubmatch(strings.TrimRight(text, "\r")); m != nil && p.now.named && len(p.body) == 0 {
		p.about = append(p.about, Property{strings.ReplaceAll(strings.ToLower(m[1]), " ", "_"), strings.TrimSpace(m[2])})
		return
	}
	p.body = append(p.body, text)
}

// fromHeadings reads a text with a heading for each day, nil if it has none. In
// a text without such headings, other lines that name a day are taken for them.
func fromHeadings(text string) *Source {
	text = strings.TrimPrefix(text, "\ufeff")
	reader := orderOf(strings.Split(text, "\n"))
	for i, way := range ways {
		start := way(reader)
		p := parting{source: &Source{Kind: Headings}, days: map[daybook.Date]*Day{}}
		blank := true // so is the line before
		number := 0
		for l := (vault.Lines{S: text}); l.Next(); {
			number++
			s, ok, holds := started{}, false, false
			if !l.Code {
				s, ok, holds = start(l.Text, blank)
			}
			switch underline := strings.TrimRight(l.Text, " \t"); {
			case ok:
				p.flush()
				p.now, p.found = s, true
			case holds: // what is below belongs to no day
				p.flush()
				p.now, p.found = started{}, false
			case i == bareDates && p.found && len(p.body) == 0 && len(underline) >= 3 && (strings.Trim(underline, "=") == "" || strings.Trim(underline, "-") == ""):
			default:
				if len(p.body) == 0 {
					p.from = number
				}
				p.line(l.Text)
			}
			blank = ok || strings.TrimSpace(l.Text) == ""
		}
		p.flush()
		if len(p.days) > 0 {
			p.source.Days = sorted(p.days)
			return p.source
		}
	}
	return nil
}

// orderOf finds out in which order the headings give day and month.
func orderOf(lines []string) dayname.Reader {
	var o dayname.Orders
	for _, line := range lines {
		if bare := strings.Trim(strings.TrimSpace(line), "*_:=- "); len(bare) < 20 {
			o.Add(strings.ReplaceAll(bare, "/", "-"))
		}
		if m := heading.FindStringSubmatch(strings.TrimRight(line, " \t\r")); m != nil {
			o.Add(strings.ReplaceAll(clock.ReplaceAllString(m[1]+m[2], ""), "/", "-"))
		}
	}
	return o.Reader()
}
