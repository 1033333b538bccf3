package dates

import (
	"slices"
	"strings"
	"time"

	"daybook"
)

// cue says what context a phrase needs to be a date on its own. Inside a longer
// phrase ("from March to May") it needs none.
type cue int

const (
	noCue      cue = iota
	monthCue       // "May", "in March"
	yearCue        // 1660
	dayCue         // "May 3"
	seasonCue      // "spring"
	feastCue       // "Twelfth Night", also a play
	weekdayCue     // "on Tuesday"
	numberCue      // "the 5th"
	fallCue        // "in the fall", also an accident
	neverAlone     // "3" in "3 to 9 June"
)

// span is the meaning of a phrase: the days of its Range once it is settled,
// and before that a period of every year.
type span struct {
	Range
	settled bool
	// yearly returns the period in a year, false for years without one. It
	// remains set after a year has settled the span, and is nil if no year was
	// needed.
	yearly func(year int) (Range, bool)
	// lenient is yearly regardless of the weekday written before the date, which
	// no longer matters once a year follows; nil without a weekday.
	lenient func(year int) (Range, bool)
	kind    Kind
	approx  bool
	cue     cue
	year    int // if the term is just a year
	// weekdays restricts the days; 0 means all.
	weekdays weekdaySet
	// month is used in years that don't have the day.
	month time.Month
}

// rule reads tokens from i on and returns the index after them, or 0 if they
// don't match.
type rule struct {
	example string
	parse   func(p *parser, i int) (span, int)
}

type result struct {
	span span
	next int
	done bool
}

type parser struct {
	toks  []token
	o     Options
	cal   calendar
	names map[string]MonthDay
	terms []rule
	memo  []result // of term, by token
	depth int
}

func newParser(question string, o Options) *parser {
	p := &parser{toks: tokenizeIn(question, o.Language), o: o, cal: calendar{o.NewStyle}, terms: termRules()}
	p.memo = make([]result, len(p.toks))
	if o.Today.IsZero() {
		p.o.Today = o.Last
	}
	p.names = make(map[string]MonthDay, len(o.Anniversaries))
	for name, day := range o.Anniversaries {
		p.names[plainWord(name)] = day
	}
	return p
}

func termRules() []rule {
	return []rule{
		{"29 May 1660", (*parser).dayMonth},
		{"May 29th, 1660", (*parser).monthDay},
		{"May 1660", (*parser).month},
		{"29.5.1660", (*parser).numeric},
		{"1660-05-29", (*parser).iso},
		{"5/1660", (*parser).monthOfYear},
		{"Q2 2021", (*parser).quarterYear},
		{"week 14 of 2021", (*parser).isoWeek},
		{"the week ending 2 June", (*parser).weekFrom},
		{"year to date", (*parser).toDate},
		{"the last 48 hours", (*parser).pastHours},
		{"the summer before last", (*parser).beforeLast},
		{"Friday the 7th", (*parser).weekdayNth},
		{"around noon on June 4", (*parser).timed},
		{"summer 1663", (*parser).season},
		{"1660", (*parser).plainYear},
		{"the 1660s", (*parser).decade},
		{"the 17th century", (*parser).century},
		{"yesterday", (*parser).namedDay},
		{"three days ago", (*parser).ago},
		{"last week", (*parser).calendarUnit},
		{"the past ten days", (*parser).pastUnits},
		{"last March", (*parser).lastNamed},
		{"last Tuesday", (*parser).weekday},
		{"this time last year", (*parser).thisTime},
		{"on this day", (*parser).thisDay},
		{"the 5th", (*parser).dayOnly},
		{"Easter 1661", (*parser).feast},
		{"Chinese New Year 2023", (*parser).moonFeast},
		{"my birthday", (*parser).anniversary},
		{"early March 2020", (*parser).part},
		{"the first half of 1661", (*parser).half},
		{"the first week of June", (*parser).nth},
		{"the first ten days of June", (*parser).firstUnits},
		{"the week before Christmas", (*parser).beside},
		{"the days around 5 November", (*parser).around},
	}
}

// maxDepth bounds the phrases within phrases ("the week before the end of …").
const maxDepth = 6

// term reads one period, the longest that a rule finds from i on, and the year
// that may follow it.
func (p *parser) term(i int) (span, int) {
	if i >= len(p.toks) || p.depth >= maxDepth {
		return span{}, 0
	}
	if r := p.memo[i]; r.done {
		return r.span, r.next
	}
	p.depth++
	best, end := span{}, 0
	for _, r := range p.terms {
		s, next := r.parse(p, i)
		if next == 0 {
			continue
		}
		if !p.namesake(s, i, next) {
			s, next = p.withYear(s, next)
		}
		if next > end && s.possible() {
			best, end = s, next
		}
	}
	p.depth--
	if end > 0 && best.kind == Day {
		end = p.withTime(end)
	}
	p.memo[i] = result{best, end, true}
	return best, end
}

// namesake reports whether a month is rather a person, and the year after it a
// date of its own: "How often did I meet May in 2024?".
func (p *parser) namesake(s span, i, next int) bool {
	before := p.at(i - 1)
	return s.cue == monthCue && next == i+1 && p.word(next) == "in" && !p.toks[i].lower &&
		!plainMonths[p.word(i)] && !monthCues[before.text] && !leads[before.text] && before.kind == word
}

// withYear settles a yearly span by the year after it: "…, in 1662",
// "… 1660/61", "… of last year".
func (p *parser) withYear(s span, i int) (span, int) {
	if s.settled || s.yearly == nil || s.cue == neverAlone {
		return s, i
	}
	j := p.skip(i, ",")
	j = p.skip(p.skip(j, "back"), "in", "of")
	j = p.skip(j, "the")
	j = p.skip(p.skip(j, "year"), "of")
	y, next := p.yearTerm(j)
	if next == 0 {
		y, j = yearTerm{}, i
		if y, next = p.yearTerm(i); next == 0 {
			return s, i
		}
	}
	if s.lenient != nil {
		s.yearly = s.lenient
	}
	r, ok := s.in(y.year)
	if ok && y.dual && r.From.Year == y.year && r.From.Month <= time.March {
		r, ok = s.in(y.year + 1)
	}
	if !ok && s.month != 0 {
		r, ok, s.kind, s.approx = monthOf(y.year, s.month), true, Span, true
	}
	if !ok {
		return s, i
	}
	if r.From.Year != r.To.Year {
		next = p.secondYear(next, y.year+1) // winter 1663 to 1664
	}
	s.Range, s.settled, s.cue = r, true, noCue
	if s.kind == OnThisDay {
		s.kind = Day
	}
	return s, next
}

// secondYear steps over the other year that a winter is in.
func (p *parser) secondYear(i, year int) int {
	j := p.skip(i, "to", "-", "/")
	dual := j > i && (p.at(j).digits > 1 || p.word(i) == "/")
	if t := p.at(j); dual && t.namesYear(year) {
		return j + 1
	}
	return i
}

// narrow applies f to the days of s, now or once its year is known.
func (s span) narrow(kind Kind, f func(Range) (Range, bool)) (span, bool) {
	s.kind, s.cue, s.year, s.month = kind, noCue, 0, 0
	if inner := s.yearly; inner != nil {
		s.yearly = func(year int) (Range, bool) {
			r, ok := inner(year)
			if !ok {
				return r, false
			}
			return f(r)
		}
	}
	if !s.settled {
		return s, s.yearly != nil
	}
	r, ok := f(s.Range)
	s.Range = r
	return s, ok && valid(r)
}

// possible reports whether the days of s exist, as 30 February 1661 does not.
func (s span) possible() bool { return !s.settled || valid(s.Range) }

// in returns the period in a year, false if it has none.
func (s span) in(year int) (Range, bool) {
	r, ok := s.yearly(year)
	return r, ok && valid(r)
}

// settledSpan is a span that needs no year.
func settledSpan(kind Kind, r Range) span { return span{Range: r, settled: true, kind: kind} }

func oneDay(d daybook.Date) span { return settledSpan(Day, Range{d, d}) }

// dayOfYear is a day of every year that has it.
func dayOfYear(m time.Month, day int) span {
	return span{kind: Day, yearly: func(year int) (Range, bool) {
		d := daybook.Date{Year: year, Month: m, Day: day}
		return Range{d, d}, d.Valid()
	}}
}

// beyond is what precedes the first token and follows the last.
var beyond = token{num: -1}

// at returns token i, or [beyond].
func (p *parser) at(i int) *token {
	if i < 0 || i >= len(p.toks) {
		return &beyond
	}
	return &p.toks[i]
}

// word returns the text of token i if it is a word or a mark, else "".
func (p *parser) word(i int) string {
	if t := p.at(i); t.kind != number {
		return t.text
	}
	return ""
}

// is reports whether token i is one of the words.
func (p *parser) is(i int, words ...string) bool { return p.skip(i, words...) > i }

// skip returns i+1 if token i is one of the words, else i.
func (p *parser) skip(i int, words ...string) int {
	if slices.Contains(words, p.word(i)) {
		return i + 1
	}
	return i
}

// has reports whether the tokens from i on have these texts.
func (p *parser) has(i int, words ...string) bool {
	for k, w := range words {
		if p.at(i+k).text != w {
			return false
		}
	}
	return true
}

// phrase returns the value of the longest of the table's phrases that begins at
// i, and the index after it.
func phrase[V any](p *parser, i int, table map[string]V) (value V, next int) {
	const longest = 4
	var buffer [64]byte
	text := buffer[:0]
	for k := i; k < i+longest && p.word(k) != ""; k++ {
		if k > i {
			text = append(text, ' ')
		}
		text = append(text, p.word(k)...)
		if v, ok := table[string(text)]; ok {
			value, next = v, k+1
		}
	}
	return value, next
}

// ended reports whether the clause ends before token i.
func (p *parser) ended(i int) bool {
	switch t := p.at(i); t.kind {
	case none:
		return true
	case mark:
		return strings.Contains(".,;:!?)", t.text)
	}
	return false
}
