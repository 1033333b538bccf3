package notebook

import (
	"cmp"
	"time"

	"daybook"
)

// Source says where the dates of a page come from.
type Source string

// Where the dates of a page come from.
const (
	FromPage  Source = "page"      // written on it
	FromOrder Source = "continued" // it continues the page before
	FromYou   Source = "given"     // the person gave them
	Unknown   Source = "unknown"
)

// Doubt says why the dates of a page should be looked at.
type Doubt string

// Why the dates of a page should be looked at.
const (
	NoDate       Doubt = "no_date"       // nothing says which day it is
	NoYear       Doubt = "no_year"       // the year is a guess
	WeekdayWrong Doubt = "weekday"       // the weekday that is written is another
	Earlier      Doubt = "earlier"       // before the page before it
	FarLater     Doubt = "gap"           // more than a hundred days after it
	Future       Doubt = "future"        // after today
	NotReal      Doubt = "not_real"      // no such day, as 31 June
	Ambiguous    Doubt = "day_or_month"  // 5/6 may be in May or in June
	OnlyWeekday  Doubt = "only_weekday"  // which week is a guess
	Unclear      Doubt = "unclear"       // the reading of it is in doubt
	TooMany      Doubt = "too_many_days" // more than a note can be for
)

// PageDates is what is known of the dates of a page, in order.
type PageDates struct {
	Heads     []Head
	Continues bool           // text precedes the first head
	Given     []daybook.Date // by the person; none if not
}

// Dated is a page with the dates worked out for it.
type Dated struct {
	Dates  []daybook.Date // each once, in order; none if unknown
	Source Source
	Doubts []Doubt
	Text   string // what is written of them on the page
}

// farLater is the number of days between two pages above which the later date
// is doubted.
const farLater = 100

// maxDays is how many days a page, and so its note, may be for.
const maxDays = 10

// resolver works out dates page by page.
type resolver struct {
	today     daybook.Date
	year      int          // of a heading without a day
	month     time.Month   // of a heading without a day
	prev      daybook.Date // the last date so far
	anchor    daybook.Date // the next date with a year
	yearGuess bool         // the year that prev has is a guess
	doubts    []Doubt
}

// resolve works out the dates of pages that follow one another. A page without
// a date continues the one before; what a date leaves out follows from the page
// before. So a date that the person gives moves the pages after it, up to the
// next page that says its own date in full.
func resolve(pages []PageDates, today daybook.Date) []Dated {
	r := resolver{today: today}
	out := make([]Dated, len(pages))
	for i, p := range pages {
		r.anchor = anchorAfter(pages[i:])
		out[i] = r.page(p)
	}
	return out
}

// anchorAfter returns the first date with a year on the pages.
func anchorAfter(pages []PageDates) daybook.Date {
	for _, p := range pages {
		if len(p.Given) > 0 {
			return p.Given[0]
		}
		for _, h := range p.Heads {
			d := daybook.Date{Year: h.Year, Month: h.Month, Day: cmp.Or(h.Day, 1)}
			if h.Year > 100 && h.Month > 0 && d.Valid() {
				return d
			}
		}
	}
	return daybook.Date{}
}

func (r *resolver) page(p PageDates) Dated {
	r.doubts = nil
	if len(p.Given) > 0 {
		// The year and month of headings up to here don't count any more.
		r.prev, r.year, r.month, r.yearGuess = p.Given[len(p.Given)-1], 0, 0, false
		return Dated{Dates: unique(p.Given), Source: FromYou, Text: textOf(p.Heads)}
	}
	var days []daybook.Date
	if p.Continues && !r.prev.IsZero() {
		days = append(days, r.prev)
	}
	found := false
	for _, h := range p.Heads {
		d, ok := r.head(h)
		if ok {
			found = true
			days = append(days, d)
			r.prev = d
		}
	}
	days = unique(days)
	switch {
	case len(days) > maxDays:
		r.doubt(TooMany)
		days = days[:maxDays]
	case !found && !r.prev.IsZero():
		if len(p.Heads) > 0 && len(r.doubts) > 0 { // a date that is none
			return Dated{Dates: []daybook.Date{r.prev}, Source: FromOrder, Doubts: r.doubts, Text: textOf(p.Heads)}
		}
		return Dated{Dates: []daybook.Date{r.prev}, Source: FromOrder, Text: textOf(p.Heads)}
	case !found:
		r.doubt(NoDate)
		return Dated{Source: Unknown, Doubts: r.doubts, Text: textOf(p.Heads)}
	}
	return Dated{Dates: days, Source: FromPage, Doubts: r.doubts, Text: textOf(p.Heads)}
}

func textOf(heads []Head) string {
	text := ""
	for i, h := range heads {
		if i > 0 {
			text += " · "
		}
		text += h.Text
	}
	return text
}

func unique(days []daybook.Date) (out []daybook.Date) {
	seen := map[daybook.Date]bool{}
	for _, d := range days {
		if !seen[d] {
			seen[d] = true
			out = append(out, d)
		}
	}
	return out
}

func (r *resolver) doubt(d Doubt) {
	for _, have := range r.doubts {
		if have == d {
			return
		}
	}
	r.doubts = append(r.doubts, d)
}

// head works out one date. It returns false for a heading without a day and for
// a date that does not exist.
func (r *resolver) head(h Head) (daybook.Date, bool) {
	if h.Unsure {
		r.doubt(Unclear)
	}
	if h.Feast == "" && h.Day == 0 && h.Month > 0 {
		r.year, r.month = r.fullYear(h), h.Month
		return daybook.Date{}, false
	}
	d, ok := r.date(h)
	if !ok {
		if h.Month > 0 || h.Feast != "" { // else there is nothing that it follows
			r.doubt(NotReal)
		}
		return d, false
	}
	if h.HasWeekday && h.Day > 0 && d.Time(time.UTC).Weekday() != h.Weekday {
		r.doubt(WeekdayWrong)
	}
	if !r.prev.IsZero() {
		switch gap := daysBetween(r.prev, d); {
		case gap < 0:
			r.doubt(Earlier)
		case gap > farLater:
			r.doubt(FarLater)
		}
	}
	if d.Compare(r.today) > 0 {
		r.doubt(Future)
	}
	return d, true
}

// date fills in what a date leaves out.
func (r *resolver) date(h Head) (daybook.Date, bool) {
	switch {
	case h.Feast != "":
		return r.feast(h.Feast)
	case h.Year > 0:
		r.yearGuess = false
		d := daybook.Date{Year: r.fullYear(h), Month: h.Month, Day: h.Day}
		if h.Swapped {
			return r.swapped(d, true)
		}
		return d, d.Valid()
	case h.Month > 0:
		d, ok := r.inYear(h)
		if ok && h.Swapped {
			return r.swapped(d, false)
		}
		return d, ok
	case h.Day > 0:
		return r.dayOnly(h)
	}
	return r.weekdayOnly(h)
}

// fullYear expands a year of two digits: to the century that is nearest to the
// page before, and not in the future.
func (r *resolver) fullYear(h Head) int {
	if !h.Century {
		return h.Year
	}
	near := r.today.Year
	if !r.prev.IsZero() {
		near = r.prev.Year
	}
	best := 0
	for y := 1600 + h.Year; y <= r.today.Year+1; y += 100 {
		if best == 0 || abs(y-near) < abs(best-near) {
			best = y
		}
	}
	return best
}

func abs(n int) int { return max(n, -n) }

// swapped decides between 5/6 and 6/5 by the page before.
func (r *resolver) swapped(d daybook.Date, hasYear bool) (daybook.Date, bool) {
	other := daybook.Date{Year: d.Year, Month: time.Month(d.Day), Day: int(d.Month)}
	if r.prev.IsZero() {
		r.doubt(Ambiguous)
		return d, d.Valid()
	}
	if !hasYear && other.Compare(r.prev) < 0 && daysBetween(other, r.prev) > 180 {
		other.Year++
	}
	here, there := daysBetween(r.prev, d), daysBetween(r.prev, other)
	fits := func(gap int) bool { return gap >= 0 && gap <= farLater/3 }
	if fits(there) && !fits(here) {
		return other, other.Valid()
	}
	if !fits(here) || fits(there) {
		r.doubt(Ambiguous)
	}
	return d, d.Valid()
}

// inYear finds the year of a date with day and month: that of the page before,
// or the next one; else one that fits a later date with a year; else the latest
// that has begun.
func (r *resolver) inYear(h Head) (daybook.Date, bool) {
	at := func(year int) daybook.Date { return daybook.Date{Year: year, Month: h.Month, Day: h.Day} }
	fits := func(d daybook.Date) bool {
		return d.Valid() && (!h.HasWeekday || d.Time(time.UTC).Weekday() == h.Weekday)
	}
	if !at(2000).Valid() {
		return daybook.Date{}, false
	}
	switch {
	case r.year > 0 && r.prev.Year <= r.year && at(r.year).Valid() && at(r.year).Compare(r.prev) >= 0:
		return at(r.year), true
	case !r.prev.IsZero():
		return r.after(at)
	case !r.anchor.IsZero():
		d := at(r.anchor.Year)
		if d.Compare(r.anchor) > 0 {
			d = at(r.anchor.Year - 1)
		}
		r.doubtYear(daysBetween(d, r.anchor) > farLater)
		return d, d.Valid()
	}
	for year := r.today.Year; year > r.today.Year-30; year-- {
		if d := at(year); d.Compare(r.today) <= 0 && fits(d) {
			r.doubtYear(true)
			return d, true
		}
	}
	r.doubtYear(true)
	for year := r.today.Year; year > r.today.Year-9; year-- {
		if d := at(year); d.Compare(r.today) <= 0 && d.Valid() {
			return d, true
		}
	}
	return daybook.Date{}, false
}

// doubtYear doubts a year, and those that follow from it stay undoubted: one
// correction settles them.
func (r *resolver) doubtYear(guess bool) {
	if guess && !r.yearGuess {
		r.doubt(NoYear)
	}
	r.yearGuess = guess
}

// after returns the occurrence of a date after the page before: in the year of
// that page, or in the next if half a year lies between.
func (r *resolver) after(at func(int) daybook.Date) (daybook.Date, bool) {
	d := at(r.prev.Year)
	if !d.Valid() || d.Compare(r.prev) < 0 && daysBetween(d, r.prev) > 180 {
		d = at(r.prev.Year + 1)
	}
	return d, d.Valid()
}

// dayOnly finds the month of "the 5th": the first from the page before whose
// day, and weekday, it is.
func (r *resolver) dayOnly(h Head) (daybook.Date, bool) {
	year, month := r.prev.Year, r.prev.Month
	if r.month > 0 && r.year > 0 && (r.prev.IsZero() || r.year*12+int(r.month) > year*12+int(month)) {
		year, month = r.year, r.month
	}
	if month == 0 {
		if !r.anchor.IsZero() {
			year, month = r.anchor.Year, r.anchor.Month
			if h.Day > r.anchor.Day {
				year, month = monthAfter(year, month, -1)
			}
			d := daybook.Date{Year: year, Month: month, Day: h.Day}
			r.doubt(NoYear)
			return d, d.Valid()
		}
		return daybook.Date{}, false
	}
	var first daybook.Date
	for range 4 {
		d := daybook.Date{Year: year, Month: month, Day: h.Day}
		if d.Valid() && d.Compare(r.prev) >= 0 {
			fits := !h.HasWeekday || d.Time(time.UTC).Weekday() == h.Weekday
			if fits && daysBetween(r.prev, d) < 62 {
				return d, true
			}
			if first.IsZero() {
				first = d
			}
		}
		year, month = monthAfter(year, month, 1)
	}
	return first, !first.IsZero()
}

func monthAfter(year int, month time.Month, n int) (int, time.Month) {
	t := time.Date(year, month+time.Month(n), 1, 0, 0, 0, 0, time.UTC)
	return t.Year(), t.Month()
}

// weekdayOnly finds the first such day from the page before.
func (r *resolver) weekdayOnly(h Head) (daybook.Date, bool) {
	if r.prev.IsZero() {
		return daybook.Date{}, false
	}
	r.doubt(OnlyWeekday)
	ahead := (int(h.Weekday) - int(r.prev.Time(time.UTC).Weekday()) + 7) % 7
	return r.prev.AddDays(ahead), true
}

func (r *resolver) feast(name string) (daybook.Date, bool) {
	from := r.prev
	if from.IsZero() {
		from = r.anchor.AddDays(-365)
		if r.anchor.IsZero() {
			from = r.today.AddDays(-365)
			r.doubtYear(!fourDigits.MatchString(name))
		}
	}
	return feastOn(name, from)
}

func daysBetween(a, b daybook.Date) int {
	return int(b.Time(time.UTC).Sub(a.Time(time.UTC)).Hours() / 24)
}
