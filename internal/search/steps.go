package search

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"daybook"
	"daybook/internal/dates"
	"daybook/internal/language"
)

// Anchor is the event of a question in two steps: "the day after the
// coronation". The event is found first and then the days beside it.
type Anchor struct {
	Query Query  // finds the event
	Text  string // the event, as the question names it
	// Beside is the phrase before the event, such as "the Sunday before".
	Beside string
}

// anchors is how many events are tried: the best of them need not be the one.
const anchors = 3

// leastEvent is the least score of an event, relative to the best one's.
const leastEvent = 0.7

// partOfDay is read as its day.
var partOfDay = regexp.MustCompile(`(?i)\b(?:very |next )?(?:morning|evening|afternoon|night)(s?)\b`)

// anchor moves the event of a question in two steps from its topic to
// q.Anchor. It leaves other questions as they are.
func (s *Searcher) anchor(ctx context.Context, q *Query) error {
	m := s.matchBeside(q)
	if s.Dates == nil || m == nil || q.Days != nil || len(q.Phrases) > 0 || q.stepped {
		return nil
	}
	phrase, event := m.phrase, strings.TrimSpace(q.Topic[m.event[0]:m.event[1]])
	if len(s.words(q, event).Any) == 0 || len(s.besideDay(phrase, daybook.Date{Year: 2000, Month: 6, Day: 1}, dates.Options{Language: q.Language})) == 0 {
		return nil
	}
	query, err := s.prepare(ctx, event, q.Filter, true)
	if err != nil {
		return err
	}
	q.Anchor = &Anchor{Query: query, Text: event, Beside: phrase}
	q.Topic = strings.TrimSpace(q.Topic[:m.start] + q.Topic[m.event[1]:])
	return nil
}

// besideMatch is a time beside an event in a topic.
type besideMatch struct {
	phrase string
	start  int    // of the phrase and what belongs to it
	event  [2]int // where it is
}

// soonBeside are a few days that are not numbered.
var soonBeside = regexp.MustCompile(`(?i)^(?:shortly|soon|just|right|immediately)\s+(before|after)$`)

// contracted is the end of a French phrase before its article is joined.
var contracted = regexp.MustCompile(`(?i)(?:du|des|d['’])$`)

// matchBeside returns the time beside an event that q's topic names, nil if it
// names none.
func (s *Searcher) matchBeside(q *Query) *besideMatch {
	by := s.phrasing(q.Language).Beside
	if by == nil {
		by = language.Of(language.English).Beside
	}
	at := by.FindStringSubmatchIndex(q.Topic)
	if at == nil {
		return nil
	}
	m := &besideMatch{start: at[0]}
	for i, name := range by.SubexpNames() {
		if i == 0 || at[2*i] < 0 {
			continue
		}
		switch name {
		case "event":
			m.event = [2]int{at[2*i], at[2*i+1]}
		case "phrase":
			m.phrase = soonBeside.ReplaceAllString(q.Topic[at[2*i]:at[2*i+1]], "the week $1")
			m.phrase = partOfDay.ReplaceAllString(m.phrase, "day$1")
			m.phrase = strings.NewReplacer("that followed", "after", "preceding", "before", "very ", "", "next ", "").Replace(m.phrase)
			m.phrase = strings.ReplaceAll(m.phrase, ",", "")
			m.phrase = contracted.ReplaceAllString(m.phrase, "de")
		default:
			m.phrase = map[string]string{"week": "the week of", "weekend": "the weekend of", "month": "the days around"}[name]
		}
	}
	return m
}

// besideDay returns the days that are beside one, by a phrase such as "the
// Sunday before".
func (s *Searcher) besideDay(phrase string, d daybook.Date, o dates.Options) []daybook.DateRange {
	var days []daybook.DateRange
	for _, r := range dates.Ranges(phrase+" "+d.String(), o) {
		days = append(days, daybook.DateRange(r))
	}
	return days
}

// findBeside finds the entries beside the best events. It returns no results if
// the event is not found.
func (s *Searcher) findBeside(ctx context.Context, q Query, k int) (Found, error) {
	event := q.Anchor.Query
	event.Filter, event.Fast = q.Filter, q.Fast
	event.Filter.Kind = daybook.Daily
	events, err := s.Find(ctx, event, anchors)
	if err != nil || events.Nothing {
		return Found{}, err
	}
	options := s.Dates()
	options.Language = q.Language
	found := Found{Events: events.Results}
	for _, event := range events.Results {
		days := s.besideDay(q.Anchor.Beside, event.Entry.Date(), options)
		if len(days) == 0 || event.Score < leastEvent*events.Results[0].Score {
			continue
		}
		results, err := s.findWithin(ctx, q, days, k)
		if err != nil {
			return Found{}, err
		}
		if len(results) > 0 && len(found.Results) == 0 {
			found.Notices = append(found.Notices, s.say(&q, "event on", "what", s.phrasing(q.Language).Quoted([]string{q.Anchor.Text}, "or"), "first", s.phrasing(q.Language).Day(event.Entry.Date())))
		}
		for _, r := range results {
			if len(found.Results) < k && !slices.ContainsFunc(found.Results, func(o Result) bool { return o.Entry.ID == r.Entry.ID }) {
				found.Results = append(found.Results, r)
			}
		}
	}
	return found, nil
}

// findWithin returns the best k entries of some days for q's topic, or the days
// themselves if none matches.
func (s *Searcher) findWithin(ctx context.Context, q Query, days []daybook.DateRange, k int) ([]Result, error) {
	q.Anchor, q.Mentions = nil, Unasked
	for _, r := range days {
		q.Days = append(q.Days, within(r, q.Filter.Days)...)
	}
	if len(q.Days) == 0 {
		return nil, nil
	}
	found, err := s.Find(ctx, q, k)
	if err != nil {
		return nil, err
	}
	// The nearest days are no answer: only those that were asked for are.
	return slices.DeleteFunc(found.Results, func(r Result) bool {
		return !slices.ContainsFunc(r.Entry.Dates, func(d daybook.Date) bool { return inAny(q.Days, d) })
	}), nil
}
