package dates

import (
	"cmp"
	"slices"
	"strings"

	"daybook/internal/language"
)

// Question is a question parsed for the days that it is about.
type Question struct {
	// Mentions are what [Find] found.
	Mentions []Mention
	// Ranges are the days of the whole question, latest first, without overlap;
	// nil if it names no days. Mentions that share days narrow each other ("at
	// Christmas … in 1661"); others are combined.
	Ranges []Range
	// Rest is the question without its mentions and the prepositions before
	// them: the topic to search for within Ranges.
	Rest string
	// DateOnly means that there are mentions and Rest has no topic, as in "What
	// happened on 29 May 1660?".
	DateOnly bool
}

// Read finds the days that a question is about and what it asks about them.
func Read(question string, o Options) Question {
	q := Question{Mentions: Find(question, o), Rest: question}
	if len(q.Mentions) == 0 {
		return q
	}
	q.Ranges = combine(q.Mentions, o)
	q.Rest, q.DateOnly = rest(question, q.Mentions, o.Language)
	return q
}

// Ranges returns the days that a question is about, as [Question] has them.
func Ranges(question string, o Options) []Range {
	return combine(Find(question, o), o)
}

// combine merges the days of mentions: first those with a year, then the
// recurring ones in the years of the former.
func combine(mentions []Mention, o Options) []Range {
	var days []Range
	for _, m := range mentions {
		if m.yearly == nil {
			days = narrowOrAdd(days, m.Ranges)
		}
	}
	for _, m := range mentions {
		if m.yearly == nil {
			continue
		}
		occurrences := m.Ranges
		if len(days) > 0 {
			occurrences = m.inYearsOf(days, o)
		}
		days = narrowOrAdd(days, occurrences)
	}
	return normal(days)
}

// narrowOrAdd returns the days that a and b share or, if they share none, those
// of both.
func narrowOrAdd(a, b []Range) []Range {
	a, b = normal(a), normal(b)
	var both []Range
	for i, j := 0, 0; i < len(a) && j < len(b); {
		if r, ok := intersect(a[i], b[j]); ok {
			both = append(both, r)
		}
		if a[i].From.Compare(b[j].From) > 0 {
			i++
		} else {
			j++
		}
	}
	if len(both) > 0 {
		return both
	}
	return append(slices.Clip(a), b...)
}

// inYearsOf returns the occurrences of a yearly mention in the years of days.
func (m Mention) inYearsOf(days []Range, o Options) []Range {
	var out []Range
	for _, r := range normal(days) {
		from, to := r.From.Year-1, r.To.Year // a winter began the year before
		if r.To.IsZero() {
			to = max(cmp.Or(o.Last.Year, o.Today.Year), r.From.Year)
		}
		if r.From.IsZero() {
			from = min(cmp.Or(o.First.Year, to), to) - 1
		}
		from = max(from, to-maxYears)
		for year := to; year >= from; year-- {
			if x, ok := m.yearly(year); ok && overlap(x, r) {
				out = append(out, x)
			}
		}
	}
	if len(out) == 0 {
		return m.Ranges
	}
	return out
}

// normal sorts ranges, latest first, and merges those that touch.
func normal(in []Range) []Range {
	sorted := slices.Clone(in)
	slices.SortFunc(sorted, func(a, b Range) int { return b.From.Compare(a.From) })
	out := sorted[:0]
	for _, r := range sorted {
		if n := len(out); n > 0 {
			later := &out[n-1]
			if r.To.IsZero() || later.From.IsZero() || r.To.AddDays(1).Compare(later.From) >= 0 {
				if endsLater(r, *later) {
					later.To = r.To
				}
				later.From = r.From
				continue
			}
		}
		out = append(out, r)
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

// rest returns the question without its mentions, and whether only question
// words remain.
func rest(question string, mentions []Mention, name string) (string, bool) {
	toks := tokenizeIn(question, name)
	own := questionsOf(name)
	covered := make([]bool, len(toks))
	k := 0
	for _, m := range mentions {
		for k < len(toks) && toks[k].start < m.Start {
			k++
		}
		cutLead(toks, covered, k)
		for ; k < len(toks) && toks[k].end <= m.End; k++ {
			covered[k] = true
		}
	}
	var b strings.Builder
	only, last := true, 0
	for i, t := range toks {
		if covered[i] {
			b.WriteString(question[last:max(last, t.start)])
			b.WriteByte(' ')
			last = t.end
			continue
		}
		only = only && !isTopic(t, own)
	}
	b.WriteString(question[last:])
	return tidy(b.String()), only
}

// isTopic reports whether t says what the question is about. Quotations do, the
// words of any question don't; own are those of its language.
func isTopic(t token, own set) bool {
	if t.kind == mark {
		return t.text == `"`
	}
	return !questionWords[t.text] && !own[t.text]
}

// questionsOf returns the words of a language that belong to the question and
// not to its topic.
func questionsOf(name string) set { return words(strings.Fields(language.Of(name).Questions)...) }

// cutLead marks the preposition before the mention at token k as part of it.
func cutLead(toks []token, covered []bool, k int) {
	cut := func(words set) bool {
		if k > 0 && toks[k-1].kind == word && words[toks[k-1].text] {
			k--
			covered[k] = true
			return true
		}
		return false
	}
	cut(articles)
	if cut(leads) {
		cut(backs)
	}
}

var punctuation = strings.NewReplacer(" ,", ",", " .", ".", " ?", "?", " !", "!", " ;", ";", " :", ":", "( )", "", "()", "")

// tidy closes the gaps left by removed words.
func tidy(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	for {
		t := punctuation.Replace(s)
		for _, double := range [...]string{",,", ",?", ",."} {
			t = strings.ReplaceAll(t, double, double[1:])
		}
		if t = strings.TrimLeft(t, " ,;:.-"); t == s {
			return strings.TrimRight(s, " ,;:")
		}
		s = t
	}
}
