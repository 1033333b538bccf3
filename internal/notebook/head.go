package notebook

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"daybook/internal/vault/dayname"
)

// Head is a date as written above an entry. Missing parts are 0.
type Head struct {
	Year  int
	Month time.Month
	Day   int
	// Weekday is set if HasWeekday is.
	Weekday    time.Weekday
	HasWeekday bool
	// Swapped is true for numbers that also make a date with day and month in
	// the other order.
	Swapped bool
	// Century is true for a year of two digits.
	Century bool
	// Unsure is true if part of the reading is uncertain, as in [4?] June.
	Unsure bool
	// Feast is the line as written, if the day has a name, such as Christmas
	// Eve.
	Feast string
	// Text is the date as written.
	Text string
}

// Limits on reading.
const (
	headLine  = 80 // characters of a line that can be a head as a whole
	headWords = 9  // tokens of a date
	mostLines = 400
)

// heads returns the dates above the entries of a page, in order, and whether
// text precedes the first: then the page continues the one before. A date
// within a sentence is not a head. MonthFirst reads 5/6/2019 as May 6.
func heads(page string, monthFirst bool) (heads []Head, continues bool) {
	seen := 0
	for line := range strings.Lines(page) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		if seen++; seen > mostLines {
			break
		}
		h, ok := headOf(line, monthFirst)
		if ok {
			heads = append(heads, h)
			continue
		}
		if len(heads) == 0 {
			continues = true
		}
	}
	return heads, continues && len(heads) > 0
}

// headOf reads the head at the start of a line, possibly after a place:
// "Brighton, 4 June 2019".
func headOf(line string, monthFirst bool) (Head, bool) {
	toks := tokens(line)
	if len(toks) > 60 {
		toks = toks[:60]
	}
	if h, next, ok := readHead(toks, 0, monthFirst); ok && followed(line, toks, next, h) {
		h.Text = strings.Trim(line[:toks[next-1].end], " *_#[")
		return h, true
	}
	if utf8.RuneCountInString(line) > headLine {
		return Head{}, false
	}
	for i := 1; i < len(toks); i++ {
		if !strings.Contains(",-.:;|", toks[i-1].text) && !(i > 1 && isLead(toks[i-1].text)) {
			continue
		}
		h, next, ok := readHead(toks, i, monthFirst)
		if ok && h.Day > 0 && h.Month > 0 && skipMarks(toks, next, ".,)") == len(toks) {
			h.Text = line[toks[i].start:toks[next-1].end]
			return h, true
		}
	}
	return feastHead(line)
}

func skipMarks(toks []token, i int, marks string) int {
	for i < len(toks) && len(toks[i].text) == 1 && strings.Contains(marks, toks[i].text) {
		i++
	}
	return i
}

// isLead reports whether a word can precede a date.
func isLead(word string) bool {
	return slices.Contains([]string{"the", "on", "le", "den", "der", "am", "date", "datum", "il", "el", "dia", "dated"}, strings.ToLower(word))
}

// leads reports whether a token can precede a date: a word, or one of the marks.
func leads(t token, marks string) bool { return isLead(t.text) || strings.Contains(marks, t.text) }

// isOf reports whether a word can come between the day and the month.
func isOf(word string) bool {
	return slices.Contains([]string{"of", "de", "di", "the", ".", ",", "-", "/", "del", "d"}, strings.ToLower(word))
}

// headReader reads the parts of a head.
type headReader struct {
	toks       []token
	i          int
	monthFirst bool
	Head
	ordinal bool
}

// readHead reads a head from token i on and returns the index after it.
func readHead(toks []token, i int, monthFirst bool) (Head, int, bool) {
	r := headReader{toks: toks, i: i, monthFirst: monthFirst}
	for r.i < len(toks) && leads(toks[r.i], "-(") {
		r.i++
	}
	if at, ok := r.weekday(r.i); ok {
		r.i = at
		for r.i < len(toks) && leads(toks[r.i], ".,-(") {
			r.i++
		}
	}
	if !r.numeric() && !r.dayMonth() && !r.monthDay() && !r.dayAlone() && !r.monthAlone() && !r.HasWeekday {
		return Head{}, 0, false
	}
	if r.Day > 0 && !r.HasWeekday { // 4 June 2019, Tuesday
		at := skipMarks(toks, r.i, ",-(")
		if after, ok := r.weekday(at); ok {
			r.i = after
		}
	}
	r.i = r.trimmed(i)
	if r.i == i || r.i-i > headWords+4 {
		return Head{}, 0, false
	}
	for _, t := range toks[i:r.i] {
		r.Unsure = r.Unsure || t.unsure
	}
	return r.Head, r.i, r.plausible()
}

// trimmed returns the end of the head without the marks that follow it.
func (r *headReader) trimmed(from int) int {
	i := min(r.i, len(r.toks))
	for i > from && leads(r.toks[i-1], ".,-(/") {
		i--
	}
	return i
}

// plausible reports whether the parts can be a date. A bare number cannot.
func (r *headReader) plausible() bool {
	if r.Month < 0 || r.Month > 12 || r.Day < 0 || r.Day > 31 {
		return false
	}
	switch {
	case r.Day > 0:
		return r.Month > 0 || r.HasWeekday || r.ordinal
	case r.Month > 0:
		return r.Year > 0
	}
	return r.HasWeekday
}

func (r *headReader) at(i int) token {
	if i < 0 || i >= len(r.toks) {
		return token{num: -1}
	}
	return r.toks[i]
}

// weekday reads a weekday. A short one must be followed by a day, and one that
// is also a month ("mar") by a day and a month.
func (r *headReader) weekday(i int) (int, bool) {
	word := r.at(i).text
	days := dayname.Weekdays(word)
	short := utf8.RuneCountInString(word) < 5
	unlikely := short && !capital(word)
	if len(days) == 0 || unlikely {
		return i, false
	}
	next := i + 1
	if r.at(next).text == "-" && strings.EqualFold(r.at(next+1).text, "feira") {
		next += 2
	}
	behind := skipMarks(r.toks, next, ".,-(")
	for isLead(r.at(behind).text) {
		behind++
	}
	_, month := r.monthAt(behind)
	t := r.at(behind)
	day := t.num > 0 && t.digits <= 2
	dateFollows := day || month || t.digits == 4
	if len(dayname.Months(word)) > 0 { // mardi or mars
		_, month := r.monthAt(skipOf(r.toks, behind+1))
		if !month {
			return i, false
		}
	}
	if short && !dateFollows && r.Day == 0 {
		return i, false
	}
	r.Weekday, r.HasWeekday = days[0], true
	return next, true
}

func capital(word string) bool {
	first, _ := utf8.DecodeRuneInString(word)
	return unicode.IsUpper(first)
}

func skipOf(toks []token, i int) int {
	for i < len(toks) && isOf(toks[i].text) {
		i++
	}
	return i
}

// monthAt reads the name of a month.
func (r *headReader) monthAt(i int) (time.Month, bool) {
	months := dayname.Months(r.at(i).text)
	if len(months) == 0 {
		return 0, false
	}
	return months[0], true
}

// isDay reports whether a token can be the day of a month.
func isDay(t token) bool { return t.num >= 1 && t.num <= 31 && t.digits <= 2 && !t.short }

// dayMonth reads "4 June 2019", "4th of June", "4. Juni".
func (r *headReader) dayMonth() bool {
	if !isDay(r.at(r.i)) {
		return false
	}
	at := skipOf(r.toks, r.i+1)
	month, ok := r.monthAt(at)
	if !ok || at-r.i > 3 {
		return false
	}
	r.Day, r.Month, r.ordinal, r.i = r.at(r.i).num, month, true, at+1
	r.year()
	return true
}

// monthDay reads "June 4, 2019".
func (r *headReader) monthDay() bool {
	month, ok := r.monthAt(r.i)
	if !ok {
		return false
	}
	at := skipOf(r.toks, r.i+1)
	if !isDay(r.at(at)) || at-r.i > 3 {
		return false
	}
	r.Month, r.Day, r.ordinal, r.i = month, r.at(at).num, true, at+1
	r.year()
	return true
}

// dayAlone reads "4th", and "4" after a weekday.
func (r *headReader) dayAlone() bool {
	t := r.at(r.i)
	clearly := t.ordinal || r.HasWeekday
	clock := r.at(r.i+1).text == ":" && r.at(r.i+2).digits == 2
	if !isDay(t) || !clearly || clock {
		return false
	}
	r.Day, r.ordinal = t.num, t.ordinal
	r.i++
	return true
}

// monthAlone reads "June 2019", which is not a day but gives the year of the
// days below it.
func (r *headReader) monthAlone() bool {
	month, ok := r.monthAt(r.i)
	if !ok || r.HasWeekday {
		return false
	}
	before := r.i
	r.Month, r.i = month, r.i+1
	if r.year(); r.Year == 0 || r.Century {
		r.Month, r.Year, r.Century, r.i = 0, 0, false, before
		return false
	}
	return true
}

// year reads the year after day and month, if any: 2019, '19, and 19 if nothing
// follows it.
func (r *headReader) year() {
	at := skipMarks(r.toks, r.i, ".,'-/")
	for isOf(r.at(at).text) {
		at++
	}
	t := r.at(at)
	switch {
	case t.digits == 4 && t.num >= 1600 && t.num <= 2199:
		r.Year, r.i = t.num, at+1
	case t.short, t.digits == 2 && t.num >= 0 && !t.ordinal && r.ends(at+1):
		r.Year, r.Century, r.i = t.num, true, at+1
	}
}

// ends reports whether a date can end before token i: at the end, or before a
// mark with no number after it.
func (r *headReader) ends(i int) bool {
	if i >= len(r.toks) {
		return true
	}
	return strings.Contains(".,:;-)", r.at(i).text) && r.at(i+1).digits == 0
}
