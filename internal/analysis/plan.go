package analysis

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"daybook"
)

var utc = time.UTC

// node is a step of a plan, with the steps whose answers it reads.
type node struct {
	id     string
	kind   StepKind
	name   string
	year   int // 0 for none
	period int // of a comparison, from 1; 0 for none
	days   daybook.DateRange
	chunk  chunk   // the entries it reads; nil if it has parts
	parts  []*node // the steps whose answers it reads
	// ids are the entries that it reads, directly or through its parts.
	ids []string

	at int // its position among the parts of the same step
}

// plan has the steps of an analysis in display order, each after those it
// needs.
type plan struct {
	request Request
	sizes   sizes
	entries []daybook.Entry // all in range, in order
	inRange map[string]daybook.Date
	blank   map[string]bool // those without words
	private map[string]bool // those withheld from the models
	prompt  *node
	steps   []*node // prompt first
	years   []*node // that answer for a year, in order
	periods []*node // that answer for a period
	final   *node   // nil if there is nothing to read
}

// planner makes plans.
type planner struct {
	request Request
	sizes   sizes
	cutter  cutter
}

// plan plans the analysis of entries: by period if there are periods, else all
// of them.
func (p planner) plan(entries []daybook.Entry) *plan {
	slices.SortStableFunc(entries, func(a, b daybook.Entry) int {
		return cmp.Or(a.Date().Compare(b.Date()), strings.Compare(a.Path, b.Path))
	})
	out := &plan{request: p.request, sizes: p.sizes, entries: entries, inRange: map[string]daybook.Date{}, blank: map[string]bool{}}
	out.prompt = &node{id: "prompt", kind: PromptStep, name: "what to look for"}
	out.steps = []*node{out.prompt}
	if len(p.request.Periods) == 0 {
		span := daybook.DateRange{From: p.request.From, To: p.request.To}
		out.years = p.span(out, entries, span, 0)
		out.final = p.join(out, out.years, p.sizes.fanYears, node{kind: FinalStep, name: "all years"}, true)
	} else {
		p.compare(out, entries)
	}
	for i, n := range out.steps {
		if n.id == "" {
			n.id = fmt.Sprintf("%s-%d", n.kind, i)
		}
	}
	return out
}

// compare plans the periods of a comparison and what compares them.
func (p planner) compare(out *plan, entries []daybook.Entry) {
	for i, period := range p.request.Periods {
		years := p.span(out, entries, daybook.DateRange{From: period.From, To: period.To}, i+1)
		if len(years) == 0 {
			out.periods = append(out.periods, nil)
			continue
		}
		out.years = append(out.years, years...)
		whole := node{kind: RoundStep, name: period.Name, period: i + 1}
		out.periods = append(out.periods, p.join(out, years, p.sizes.fanYears, whole, false))
	}
	given := slices.DeleteFunc(slices.Clone(out.periods), func(n *node) bool { return n == nil })
	if len(given) > 0 {
		out.final = p.add(out, node{kind: FinalStep, name: "the comparison"}, given)
	}
}

// span plans the years of a range of days and returns the last step of each.
func (p planner) span(out *plan, entries []daybook.Entry, days daybook.DateRange, period int) []*node {
	byYear := map[int][]piece{}
	for _, e := range entries {
		i := slices.IndexFunc(e.Dates, days.Contains)
		if i < 0 {
			continue
		}
		if _, ok := out.inRange[e.ID]; !ok {
			out.inRange[e.ID] = e.Dates[i]
		}
		if blank(e.Text) {
			out.blank[e.ID] = true
			continue
		}
		byYear[e.Dates[i].Year] = append(byYear[e.Dates[i].Year], p.cutter.pieces(e, e.Dates[i])...)
	}
	var years []*node
	for _, year := range sortedKeys(byYear) {
		pieces := byYear[year]
		slices.SortStableFunc(pieces, func(a, b piece) int { return a.date.Compare(b.date) })
		years = append(years, p.year(out, year, period, p.cutter.cut(pieces)))
	}
	return years
}

// year plans the chunks of a year and the steps that combine them.
func (p planner) year(out *plan, year, period int, chunks []chunk) *node {
	parts := make([]*node, len(chunks))
	for i, c := range chunks {
		name := fmt.Sprint(year)
		if len(chunks) > 1 {
			name = fmt.Sprintf("%d, part %d of %d", year, i+1, len(chunks))
		}
		parts[i] = chunkNode(c, name, year, period)
		parts[i].at = c.day()
		out.steps = append(out.steps, parts[i])
	}
	if len(parts) == 1 {
		parts[0].kind = YearStep // a single part needs no combining
	}
	whole := node{kind: YearStep, name: fmt.Sprint(year), year: year, period: period}
	return p.join(out, parts, p.sizes.fanIn, whole, false)
}

func chunkNode(c chunk, name string, year, period int) *node {
	return &node{
		kind: ChunkStep, name: name, year: year, period: period, chunk: c, ids: c.entries(),
		days: daybook.DateRange{From: c[0].date, To: c[len(c)-1].date},
	}
}

// join plans the steps that combine parts, in rounds if they don't fit one
// step. A single part needs no step unless last is set.
func (p planner) join(out *plan, parts []*node, fan int, whole node, last bool) *node {
	switch {
	case len(parts) == 0:
		return nil
	case len(parts) == 1 && !last:
		return parts[0]
	}
	for len(parts) > fan {
		low, high := 0, 366
		if whole.year == 0 { // years have fixed positions
			low, high = 0, 16_384
			for _, n := range parts {
				n.at = n.days.From.Year
			}
		}
		parts = p.round(out, parts, low, high, fan, whole)
		fan = p.sizes.fanYears
	}
	return p.add(out, whole, parts)
}

// round combines neighbouring parts by fixed dates: as with chunks, an added
// entry changes little.
func (p planner) round(out *plan, parts []*node, from, to, fan int, whole node) []*node {
	switch {
	case len(parts) <= 1:
		return parts
	case len(parts) <= fan:
		round := node{
			kind: RoundStep, year: whole.year, period: whole.period, at: parts[0].at,
			name: fmt.Sprintf("%s to %s", parts[0].days.From, parts[len(parts)-1].days.To),
		}
		return []*node{p.add(out, round, parts)}
	case to-from <= 1: // of one day
		return append(p.round(out, parts[:fan:fan], from, to, fan, whole), p.round(out, parts[fan:], from, to, fan, whole)...)
	}
	middle := (from + to) / 2
	at := slices.IndexFunc(parts, func(n *node) bool { return n.at >= middle })
	if at < 0 {
		at = len(parts)
	}
	return append(p.round(out, parts[:at:at], from, middle, fan, whole), p.round(out, parts[at:], middle, to, fan, whole)...)
}

// add adds a step that reads parts.
func (p planner) add(out *plan, n node, parts []*node) *node {
	n.parts = parts
	n.days = daybook.DateRange{From: parts[0].days.From, To: parts[len(parts)-1].days.To}
	seen := map[string]bool{}
	for _, part := range parts {
		for _, id := range part.ids {
			if !seen[id] {
				seen[id] = true
				n.ids = append(n.ids, id)
			}
		}
	}
	out.steps = append(out.steps, &n)
	return &n
}

// hide adds private entries, which no model may read: they appear only in the
// account.
func (p *plan) hide(entries []daybook.Entry) {
	p.private = map[string]bool{}
	for _, e := range entries {
		for _, d := range e.Dates {
			if _, in := p.inRange[e.ID]; !in && p.request.contains(d) {
				p.inRange[e.ID], p.private[e.ID] = d, true
			}
		}
		if p.private[e.ID] {
			p.entries = append(p.entries, e)
		}
	}
}

// contains reports whether a request is about a day.
func (r Request) contains(d daybook.Date) bool {
	if len(r.Periods) == 0 {
		return daybook.DateRange{From: r.From, To: r.To}.Contains(d)
	}
	return slices.ContainsFunc(r.Periods, func(p Period) bool { return daybook.DateRange{From: p.From, To: p.To}.Contains(d) })
}

// nothing returns the reason for having nothing to read.
func (p *plan) nothing() string {
	if len(p.private) > 0 {
		return "Every entry with words in this range is private, and is not sent to a model."
	}
	return "There are no entries with words in this range."
}

func sortedKeys[V any](m map[int]V) []int {
	keys := make([]int, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
