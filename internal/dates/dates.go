// Package dates finds the days that a question mentions ("last March", "the
// week before Christmas 1662", "on my birthday, the 23rd of February, in 1662")
// and says exactly which days they are. It has no store and no clock: the
// caller says what today is and which days the journal covers.
//
// The grammar is our own: the Go libraries for dates in words (olebedev/when,
// tj/go-naturaldate, markusmobius/go-dateparser) return one instant, so that
// "February 1663" is a single day, and find nothing in most of the phrases
// above. A journal needs ranges, feasts, recurring days and old calendars.
//
// A question is cut into tokens (token.go) and read by rules (listed in
// parser.go): absolute.go, numeric.go, relative.go, feasts.go and parts.go read
// one stretch of time (a term), ranges.go joins terms into mentions, alone.go
// tells dates from words that look like them, and question.go joins mentions
// into the days of the whole question. Names, numbers and feasts are in tables
// (words.go, feasts.go), the grammar's own words ("ago", "before") in the
// rules. The rules read English: the phrases of other languages are replaced
// with English ones first (translate.go).
//
// How ambiguous words are read:
//
//   - Seasons are northern and of whole months: spring is March to May. A
//     winter belongs to the year of its December: winter 1663, like winter
//     1663/64, ends with February 1664.
//   - Weeks begin on Monday. The first week of a month is its first seven days.
//   - Early, mid and late are thirds of a month (10 days each, the last to its
//     end), of a season and of a year; in a decade the years 0–3, 4–6 and 7–9.
//     Beginning and end of a year are its first and last two months.
//   - "Ten days ago" is a day; "two weeks ago", "three months ago" and "five
//     years ago" are the calendar week, month or year; "… ago today" is a day.
//   - "The past ten days" ends today and has ten days.
//   - A month, feast or day without a year means every year of the journal,
//     latest first; without a journal, the latest one that has begun.
//   - "Last March" is the latest one that is over; if the journal ended before
//     it, the last March in the journal.
//   - Feasts and weekdays before 14 September 1752 follow the Julian calendar,
//     which English journals were kept in (Easter 1661 was 14 April);
//     [Options].NewStyle turns that off. The year always begins in January;
//     "February 1660/61" is February 1661.
//   - Text in double quotation marks is searched for, not read as a date.
package dates

import (
	"time"

	"daybook"
)

// Options say what the words of a question are relative to.
type Options struct {
	// Today is the current day where the user is; see [Today].
	Today daybook.Date
	// MonthFirst reads 5/6/2020 as May 6 and not as 5 June. A date that is only
	// valid in the other order is read in that order.
	MonthFirst bool
	// First and Last are the journal's first and last day. They decide the
	// years of a date without one, and the century of a year with two digits.
	// Both are zero for an empty journal.
	First, Last daybook.Date
	// Anniversaries are the user's own named days, such as "my birthday". Names
	// are case-insensitive.
	Anniversaries map[string]MonthDay
	// Language is the English name of the question's language. Languages that
	// package language doesn't know are read as English.
	Language string
	// NewStyle computes feasts and weekdays by the Gregorian calendar in every
	// year: for journals kept outside of England before 1752.
	NewStyle bool
}

// MonthDay is a day of every year.
type MonthDay struct {
	Month time.Month
	Day   int
}

// Range is the days from From to To, both included. A zero From or To is an
// open end.
type Range struct{ From, To daybook.Date }

// Contains reports whether d is one of the range's days.
func (r Range) Contains(d daybook.Date) bool {
	return daybook.DateRange(r).Contains(d)
}

// Kind is the kind of date that a mention is.
type Kind string

// The kinds of mention.
const (
	Day       Kind = "day"       // one day, or several named one by one
	Span      Kind = "range"     // a stretch of days
	Recurring Kind = "recurring" // a day or stretch of every year
	OnThisDay Kind = "onthisday" // today's month and day in every year
)

// Mention is a part of a question that names days.
type Mention struct {
	// Start and End are byte offsets of Text in the question.
	Start, End int
	Text       string
	// Ranges are the days: at least one range, and latest first in mentions
	// that recur.
	Ranges []Range
	Kind   Kind
	// Approx means that the phrase is vague and the days are an interpretation.
	Approx bool

	yearly func(year int) (Range, bool) // of recurring mentions
}

// Today returns the day at the moment now in loc.
func Today(now time.Time, loc *time.Location) daybook.Date {
	return daybook.DateOf(now.In(loc))
}

// maxMentions bounds the work per question: each recurring mention is expanded
// for every year of the journal.
const maxMentions = 100

// Find returns the mentions of days in a question, in order and without
// overlap, at most 100 of them; nil if there are none.
func Find(question string, o Options) []Mention {
	p := newParser(question, o)
	var found []Mention
	for i := 0; i < len(p.toks) && len(found) < maxMentions; {
		spans, next := p.mention(i)
		if next == 0 {
			i++
			continue
		}
		start, end := p.toks[i].start, p.toks[next-1].end
		if m, ok := p.build(spans); ok {
			m.Start, m.End, m.Text = start, end, question[start:end]
			found = append(found, m)
		}
		i = next
	}
	return found
}

// build makes one mention of the spans of a list.
func (p *parser) build(spans []span) (Mention, bool) {
	m := Mention{Kind: spans[0].kind}
	for _, s := range spans {
		m.Approx = m.Approx || s.approx
		if s.weekdays != 0 {
			m.Kind = Recurring
			m.Ranges = append(m.Ranges, p.weekdaysOf(s)...)
			continue
		}
		if s.kind != m.Kind {
			m.Kind = Span
		}
		if s.settled {
			m.Ranges = append(m.Ranges, s.Range)
			continue
		}
		m.Ranges = append(m.Ranges, p.everyYear(s)...)
		m.yearly = s.in
		if m.Kind != OnThisDay {
			m.Kind = Recurring
		}
	}
	if len(spans) > 1 {
		m.yearly = nil
	}
	return m, len(m.Ranges) > 0
}

// weekdaysOf returns the days of s that are its weekdays, latest first.
func (p *parser) weekdaysOf(s span) []Range {
	ranges := []Range{s.Range}
	if !s.settled {
		ranges = p.everyYear(s)
	}
	var out []Range
	for _, r := range ranges {
		if r.From.Year < r.To.Year-maxYears {
			continue
		}
		out = append(out, p.cal.days(r, s.weekdays)...)
	}
	return out
}

// maxYears bounds how many years of a journal are expanded: one note may have a
// mistyped date.
const maxYears = 400

// everyYear returns the occurrences of a yearly span in the journal, latest
// first, or the next one if the question is about the future. Without a journal, it returns the latest that has begun.
func (p *parser) everyYear(s span) []Range {
	if p.live() && p.future() {
		if r, ok := p.upcoming(s); ok {
			return []Range{r}
		}
	}
	if p.o.First.IsZero() || p.o.Last.IsZero() {
		if r, ok := p.latest(s, p.o.Today); ok {
			return []Range{r}
		}
		return nil
	}
	var out []Range
	journal := Range{p.o.First, p.o.Last}
	for year := p.o.Last.Year + 1; year >= max(p.o.First.Year, p.o.Last.Year-maxYears)-1; year-- {
		if r, ok := s.in(year); ok && overlap(r, journal) {
			out = append(out, r)
		}
	}
	if len(out) == 0 {
		if r, ok := p.latest(s, p.o.Last); ok {
			return []Range{r}
		}
	}
	return out
}

// upcoming returns the occurrence of a yearly span that today is in, or the next.
func (p *parser) upcoming(s span) (Range, bool) {
	for year := p.o.Today.Year - 1; year <= p.o.Today.Year+4; year++ { // 29 February
		if r, ok := s.in(year); ok && r.To.Compare(p.o.Today) >= 0 {
			return r, true
		}
	}
	return Range{}, false
}

// latest returns the latest occurrence of a yearly span that begins on or
// before day. Eight years are enough for a leap day.
func (p *parser) latest(s span, day daybook.Date) (Range, bool) {
	for year := day.Year; year > day.Year-9; year-- {
		if r, ok := s.in(year); ok && r.From.Compare(day) <= 0 {
			return r, true
		}
	}
	return Range{}, false
}
