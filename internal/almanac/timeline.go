package almanac

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"daybook"
	"daybook/internal/store"
)

// Period is what days are counted by.
type Period string

// The periods.
const (
	EachDay Period = "day"
	Month   Period = "month"
	Year    Period = "year"
)

// of returns the period of a day: "2023-05-04", "2023-05" or "2023".
func (p Period) of(d daybook.Date) string {
	switch p {
	case EachDay:
		return d.String()
	case Year:
		return fmt.Sprintf("%04d", d.Year)
	}
	return fmt.Sprintf("%04d-%02d", d.Year, int(d.Month))
}

// Timeline is how often something is mentioned over time.
type Timeline struct {
	Q      string   `json:"q"`
	By     Period   `json:"by" enum:"day,month,year"`
	Words  []string `json:"words" nullable:"false" doc:"What was counted, in all its forms: a word, words in a row, a tag; or several words that are on a day together"`
	Points []Point  `json:"points" nullable:"false" doc:"Every period in which something was written, ascending; of days, those that mention it"`
	Days   int      `json:"days" doc:"On how many it is mentioned in all"`
}

// Point is a period of a timeline.
type Point struct {
	Period   string `json:"period" doc:"YYYY-MM-DD, YYYY-MM or YYYY"`
	Days     int    `json:"days" doc:"Days that mention it"`
	Mentions int    `json:"mentions" doc:"How often in all; of a tag, how many notes have it. Those in a note for several days count on its first"`
	Written  int    `json:"written" doc:"Days on which anything was written"`
}

// mostAsked bounds the words of a timeline.
const mostAsked = 16

var wholeTag = regexp.MustCompile(`(?i)^(?:tag:#?|#)([\pL\pM\pN_/-]+)$`)

// Timeline counts a word, a name, a phrase or a tag over the days in r. Words
// count as a phrase if they occur as one on any day. Otherwise, a day counts if
// it has all of them, stop words excepted. If there is nothing to count, the
// error is daybook.Invalid.
func (a *Almanac) Timeline(ctx context.Context, q string, by Period, r daybook.DateRange) (Timeline, error) {
	j, err := a.current(ctx)
	if err != nil {
		return Timeline{}, err
	}
	return a.timeline(ctx, j, q, by, r)
}

// PublicTimeline is Timeline without the private notes.
func (a *Almanac) PublicTimeline(ctx context.Context, q string, by Period, r daybook.DateRange) (Timeline, error) {
	j, err := a.current(ctx)
	if err != nil {
		return Timeline{}, err
	}
	public := &journal{words: j.words, terms: j.terms, forms: j.forms, tags: map[string]string{}}
	for _, d := range j.days {
		d.records = slices.DeleteFunc(slices.Clone(d.records), func(r *record) bool { return r.entry.Private })
		if len(d.records) > 0 {
			public.days = append(public.days, d)
		}
	}
	return a.timeline(ctx, public, q, by, r)
}

func (a *Almanac) timeline(ctx context.Context, j *journal, q string, by Period, r daybook.DateRange) (Timeline, error) {
	q = strings.TrimSpace(q)
	out := Timeline{Q: q, By: by, Points: []Point{}}
	from, to := j.within(r)
	if m := wholeTag.FindStringSubmatch(q); m != nil {
		out.Words = []string{j.tagAsWritten("#" + strings.ToLower(m[1]))}
		out.count(j.days[from:to], func(r *record) int {
			if slices.ContainsFunc(r.entry.Tags, func(t string) bool { return store.CoversTag("#"+m[1], t) }) {
				return 1
			}
			return 0
		})
		return out, nil
	}
	rows, words := a.asked(j, q)
	if len(rows) == 0 || len(rows[0]) > mostAsked {
		return Timeline{}, &daybook.Error{Kind: daybook.Invalid, Field: "query.q", Message: fmt.Sprintf("Ask for a word, a name, a tag, or at most %d words in a row.", mostAsked)}
	}
	out.Words = words
	out.count(j.days[from:to], func(r *record) int { return mentions(r, rows) })
	return out, ctx.Err()
}

// count fills in the points from the number of mentions in each note.
func (t *Timeline) count(days []day, in func(*record) int) {
	counted := map[*record]int{}
	for i := range days {
		d := &days[i]
		if !d.written() {
			continue
		}
		period := t.By.of(d.date)
		if n := len(t.Points); n == 0 || t.Points[n-1].Period != period {
			t.Points = append(t.Points, Point{Period: period})
		}
		p := &t.Points[len(t.Points)-1]
		p.Written++
		mentioned := false
		for _, r := range d.records {
			n, seen := counted[r]
			if !seen {
				n = in(r)
				counted[r] = n
				p.Mentions += n
			}
			mentioned = mentioned || n > 0
		}
		if mentioned {
			p.Days++
			t.Days++
		} else if t.By == EachDay {
			t.Points = t.Points[:len(t.Points)-1]
		}
	}
}

// row is a phrase, with all possible forms of each word.
type row []set

// asked parses what to count: one phrase, or several single words that must all
// be in a note.
func (a *Almanac) asked(j *journal, q string) (rows []row, words []string) {
	bare := strings.Trim(q, `"“”„`)
	tokens := a.Analyzer.Tokens(bare)
	if len(tokens) == 0 || len(tokens) > mostAsked {
		return nil, nil
	}
	whole := make(row, len(tokens))
	for i, t := range tokens {
		whole[i] = j.withTerm(t.Term)
	}
	inRow := len(tokens) == 1 || bare != q
	for i := 0; !inRow && i < len(j.days); i++ {
		inRow = slices.ContainsFunc(j.days[i].records, func(r *record) bool { return whole.in(r.tokens) > 0 })
	}
	if inRow {
		return []row{whole}, []string{bare[tokens[0].Start:tokens[len(tokens)-1].End]}
	}
	for i, t := range tokens {
		if !a.Analyzer.Stop(t.Term) {
			rows, words = append(rows, whole[i:i+1]), append(words, bare[t.Start:t.End])
		}
	}
	if len(rows) == 0 { // it has no other words
		return []row{whole}, []string{bare}
	}
	return rows, words
}

// withTerm returns the words that have a search term.
func (j *journal) withTerm(term string) set {
	words := make(set, len(j.words))
	for i := range j.words {
		words[i] = j.terms[j.words[i].term] == term
	}
	return words
}

// mentions counts the rows in an entry; 0 if one of them is missing.
func mentions(r *record, rows []row) int {
	sum := 0
	for _, row := range rows {
		n := row.in(r.tokens)
		if n == 0 {
			return 0
		}
		sum += n
	}
	return sum
}

// in returns how often the phrase occurs.
func (w row) in(tokens []token) int {
	n := 0
	for i := 0; i+len(w) <= len(tokens); i++ {
		k := 0
		for k < len(w) && w[k].has(tokens[i+k]) {
			k++
		}
		if k == len(w) {
			n++
		}
	}
	return n
}

// set is a set of words by number.
type set []bool

// has reports whether a word is in the set. Words added to the lexicon later
// are not.
func (s set) has(t token) bool { return int(t&number) < len(s) && s[t&number] }
