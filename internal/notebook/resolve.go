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
	FromPage  Source = "page"      // written on the page
	FromOrder Source = "continued" // the page continues the one before
	FromYou   Source = "given"     // entered by the person
	Unknown   Source = "unknown"
)

// Doubt says why the dates of a page should be checked.
type Doubt string

// Why the dates of a page should be checked.
const (
	NoDate       Doubt = "no_date"       // the page does not show its day
	NoYear       Doubt = "no_year"       // the year is a guess
	WeekdayWrong Doubt = "weekday"       // the weekday written is a different one
	Earlier      Doubt = "earlier"       // before the page before it
	FarLater     Doubt = "gap"           // more than a hundred days after it
	Future       Doubt = "future"        // after today
	NotReal      Doubt = "not_real"      // not a day that exists, such as 31 June
	Ambiguous    Doubt = "day_or_month"  // 5/6 may be in May or in June
	OnlyWeekday  Doubt = "only_weekday"  // the week is a guess
	Unclear      Doubt = "unclear"       // it was hard to read
	TooMany      Doubt = "too_many_days" // more than a note can have
)

// PageDates is what is known about the dates of a page, in order.
type PageDates struct {
	Heads     []Head
	Continues bool           // text precedes the first head
	Given     []daybook.Date // entered by the person, if any
}

// Dated is a page with the dates resolved for it.
type Dated struct {
	Dates  []daybook.Date // each once, in order; none if unknown
	Source Source
	Doubts []Doubt
	Text   string // as written on the page
}

// farLater is the number of days between two pages above which the later date
// is doubted.
const farLater = 100

// maxDays is how many days a page, and therefore its note, can have.
const maxDays = 10

// resolver works out dates page by page.
type resolver struct {
	today     daybook.Date
	year      int          // of a heading without a day
	month     time.Month   // of a heading without a day
	prev      daybook.Date // the last date so far
	anchor    daybook.Date // the next date with a year
	yearGuess bool         // prev's year is a guess
	doubts    []Doubt
}

// resolve determines the dates of consecutive pages. A page without a date
// continues the one before, and missing parts of a date follow from the page
// before. So a date that the person enters moves the pages after it, up to the
// next page with a complete date.
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
		// From here on, the year and month of earlier headings don't count.
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
		if len(p.Heads) > 0 && len(r.doubts) > 0 { // a date that does not exist
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

// head resolves one date. It returns false for a heading without a day and for
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
		if h.Month > 0 || h.Feast != "" { // otherwise there is nothing before it
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

// date adds the missing parts of a date.
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

// fullYear expands a year of two digits to the century that is nearest to the
// page before and not in the future.
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

// agrees reports whether a day is on the head's weekday, if it has one.
func (h Head) agrees(d daybook.Date) bool {
	return !h.HasWeekday || d.Time(time.UTC).Weekday() == h.Weekday
}

// inYear finds the year of a date with day and month: the same as that of the
// page before, or the next one; else one that fits a later date with a year; else
// the latest in which the day has come.
func (r *resolver) inYear(h Head) (daybook.Date, bool) {
	at := func(year int) daybook.Date { return daybook.Date{Year: year, Month: h.Month, Day: h.Day} }
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
		if d := at(year); d.Compare(r.today) <= 0 && d.Valid() && h.agrees(d) {
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

// doubtYear doubts a year, but not the years that follow from it: one
// correction settles them.
func (r *resolver) doubtYear(guess bool) {
	if guess && !r.yearGuess {
		r.doubt(NoYear)
	}
	r.yearGuess = guess
}

// after returns the occurrence of a date after the page before: in that page's
// year, or in the next if it would be half a year earlier.
func (r *resolver) after(at func(int) daybook.Date) (daybook.Date, bool) {
	d := at(r.prev.Year)
	farBack := d.Compare(r.prev) < 0 && daysBetween(d, r.prev) > 180
	if !d.Valid() || farBack {
		d = at(r.prev.Year + 1)
	}
	return d, d.Valid()
}

// dayOnly finds the month of "the 5th": the first one, from the page before on,
// that has the day with its weekday.
func (r *resolver) dayOnly(h Head) (daybook.Date, bool) {
	year, month := r.prev.Year, r.prev.Month
	if r.month > 0 && r.year > 0 && r.year*12+int(r.month) > year*12+int(month) {
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
			if h.agrees(d) && daysBetween(r.prev, d) < 62 {
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

// weekdayOnly finds the first such weekday from the page before on.
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
