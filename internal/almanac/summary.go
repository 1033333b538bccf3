package almanac

import (
	"context"
	"slices"
	"strings"
	"sync"

	"daybook"
	"daybook/internal/store"
)

// Summary is how much was written when, with the marks of each period.
type Summary struct {
	Months []MonthCount  `json:"months" nullable:"false" doc:"Those in which something was written, ascending"`
	Years  []YearCount   `json:"years" nullable:"false" doc:"Those in which something was written, ascending"`
	First  *daybook.Date `json:"first" doc:"The first day in this time that has a note"`
	Last   *daybook.Date `json:"last"`
	// Compared says which periods the marks compare.
	Compared string `json:"compared" enum:"years,months,nothing" doc:"What was compared for the marks: years, or the months of a journal of one year"`
	Names    []Mark `json:"names" nullable:"false" doc:"The names and tags that are mentioned on the most days"`
	Days     int    `json:"days" doc:"On which something was written"`
	Words    int    `json:"words"`
}

// MonthCount is a month.
type MonthCount struct {
	Month string `json:"month" doc:"YYYY-MM"`
	Days  int    `json:"days" doc:"On which something was written"`
	Words int    `json:"words"`
	Marks []Mark `json:"marks" nullable:"false" doc:"What marks it against the other months, where all of them are in one year; else empty"`
}

// YearCount is a year.
type YearCount struct {
	Year  int    `json:"year"`
	Days  int    `json:"days" doc:"On which something was written"`
	Words int    `json:"words"`
	Marks []Mark `json:"marks" nullable:"false" doc:"What marks it against the other years, best first; empty where there is one year alone"`
}

// recents caches the last summaries of a journal: a reader requests the same
// filters repeatedly.
type recents struct {
	mu   sync.Mutex
	list []recent // the latest last
}

type recent struct {
	filter  string
	summary Summary
}

const mostRecent = 8

func (r *recents) find(filter string) (Summary, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, one := range r.list {
		if one.filter == filter {
			return one.summary, true
		}
	}
	return Summary{}, false
}

func (r *recents) keep(filter string, s Summary) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.list) == mostRecent {
		r.list = slices.Delete(r.list, 0, 1)
	}
	r.list = append(r.list, recent{filter, s})
}

// Summary counts the days, words and marks of the daily entries that match f,
// whatever kind f names. The caller must not change the result.
func (a *Almanac) Summary(ctx context.Context, f store.Filter) (Summary, error) {
	j, err := a.current(ctx)
	if err != nil {
		return Summary{}, err
	}
	return a.summary(j, f), nil
}

func (a *Almanac) summary(j *journal, filter store.Filter) Summary {
	key := filterKey(filter)
	if s, ok := j.recents.find(key); ok {
		return s
	}
	days := j.pass(filter)
	s := Summary{Months: []MonthCount{}, Years: []YearCount{}, Names: []Mark{}, Compared: "nothing"}
	var months, years []int // where each ends
	written := days[:0:0]
	for i := range days {
		d := &days[i]
		if s.First == nil {
			s.First = &d.date
		}
		s.Last = &d.date
		if d.written() {
			s.add(d)
			written = append(written, *d)
			months, years = ends(months, len(s.Months), len(written)), ends(years, len(s.Years), len(written))
		}
	}
	f := j.features(a.names)
	ends, most := years, ofYear
	if len(s.Years) < 2 {
		ends, most = months, ofMonth
	}
	times := f.count(written, ends)
	s.Names = f.often(times)
	switch {
	case len(s.Years) > 1:
		s.Compared = "years"
		for i, marks := range f.marks(times, len(written), most) {
			s.Years[i].Marks = marks
		}
	case len(s.Months) > 1:
		s.Compared = "months"
		for i, marks := range f.marks(times, len(written), most) {
			s.Months[i].Marks = marks
		}
	}
	j.recents.keep(key, s)
	return s
}

// ends records that the last of times periods ends after days days.
func ends(list []int, times, days int) []int {
	if len(list) < times {
		return append(list, days)
	}
	list[times-1] = days
	return list
}

// add counts a day.
func (s *Summary) add(d *day) {
	words := d.list().Words
	s.Days++
	s.Words += words
	if n := len(s.Years); n == 0 || s.Years[n-1].Year != d.date.Year {
		s.Years = append(s.Years, YearCount{Year: d.date.Year, Marks: []Mark{}})
	}
	year := &s.Years[len(s.Years)-1]
	year.Days++
	year.Words += words
	name := Month.of(d.date)
	if n := len(s.Months); n == 0 || s.Months[n-1].Month != name {
		s.Months = append(s.Months, MonthCount{Month: name, Marks: []Mark{}})
	}
	month := &s.Months[len(s.Months)-1]
	month.Days++
	month.Words += words
}

// pass returns the days that match f, with only the entries that match.
func (j *journal) pass(f store.Filter) []day {
	var days []day
	for i := range j.days {
		d := j.days[i]
		if f.Days != nil && !slices.ContainsFunc(f.Days, func(r daybook.DateRange) bool { return r.Contains(d.date) }) {
			continue
		}
		if len(f.Tags) > 0 || f.EntryIDs != nil || f.Public {
			var records []*record
			for _, r := range d.records {
				if r.passes(f) {
					records = append(records, r)
				}
			}
			d.records = records
		}
		if len(d.records) > 0 {
			days = append(days, d)
		}
	}
	return days
}

func (r *record) passes(f store.Filter) bool {
	switch {
	case f.Public && r.entry.Private:
		return false
	case f.EntryIDs != nil && !slices.Contains(f.EntryIDs, r.entry.ID):
		return false
	}
	for _, tag := range f.Tags {
		if !slices.ContainsFunc(r.entry.Tags, func(t string) bool { return store.CoversTag(tag, t) }) {
			return false
		}
	}
	return true
}

func filterKey(f store.Filter) string {
	var b strings.Builder
	for _, r := range f.Days {
		b.WriteString(r.From.String() + "/" + r.To.String() + " ")
	}
	if f.Days != nil {
		b.WriteString("days ")
	}
	for _, t := range f.Tags {
		b.WriteString(strings.ToLower(t) + " ")
	}
	if f.EntryIDs != nil {
		b.WriteString("entries " + strings.Join(f.EntryIDs, " "))
	}
	if f.Public {
		b.WriteString(" public") // a tag has no space in front
	}
	return b.String()
}
