package search

import (
	"context"
	"slices"

	"daybook"
	"daybook/internal/store"
)

// Aggregate is what a question asks about all days together.
type Aggregate string

// What a question may ask about all days together.
const (
	Unasked Aggregate = ""
	First   Aggregate = "first"
	Last    Aggregate = "last"
	Count   Aggregate = "count"
)

// maxCounted is the most words or names that are counted together. A longer
// question describes its subject in its own words.
const maxCounted = 2

// Mentions lists all days on which the words of a question occur.
type Mentions struct {
	Asked Aggregate
	// Words are the counted words as the question writes them. A day must contain
	// each in some form; several in one sentence.
	Words []string
	// Spelled are other spellings and names that were counted as the same.
	Spelled []string
	// Near are words like the counted ones that were not counted.
	Near []NearForm `json:",omitempty"`
	// Event means that the question asks for what happened, which is not on every
	// day that mentions it.
	Event bool `json:",omitempty"`
	// Beside is the number of further days on which the words are in one passage,
	// but not in one sentence.
	Beside int `json:",omitempty"`
	// Leading is the number of further days on which what was asked for as a name
	// only begins a sentence, where it may be another word.
	Leading int `json:",omitempty"`
	// Read is the number of days whose passages a model read before they were
	// counted; 0 if none did.
	Read int `json:",omitempty"`
	// Within are the days that the question is about; nil means all.
	Within  []daybook.DateRange
	Days    []daybook.Date // without repetition, earliest first
	entries []string       // their IDs, in the order of Days
	offered []string       // the IDs of entries that Near and Beside count
	marks   func(string) [][2]int
}

// NearForm is a word that may be meant too.
type NearForm struct {
	Text string
	Days int // that have it and were not counted
}

// Approximate reports whether the count is not certain to be what was asked for.
func (m *Mentions) Approximate() bool {
	return m.Read > 0 || m.Event || len(m.Words) > 1 || len(m.Spelled) > 0 || len(m.Near) > 0 || m.Beside > 0 || m.Leading > 0
}

// mentions finds every day on which all that q's topic names is mentioned. It
// returns nil if the question doesn't ask about all days, or if its topic can't
// be counted by words.
func (s *Searcher) mentions(ctx context.Context, q Query, vocabulary *store.Vocabulary) (*Mentions, error) {
	if q.Mentions == Unasked {
		return nil, nil
	}
	counted, err := s.counted(ctx, &q, vocabulary)
	tooMany := len(counted) > maxCounted && len(q.Phrases) == 0
	if err != nil || tooMany || len(counted) == 0 {
		return nil, err
	}
	asked := q.Text
	if asked == "" {
		asked = q.Topic
	}
	mentioning := s.phrasing(q.Language).Mentioning
	m := &Mentions{Asked: q.Mentions, Within: days(q), Event: mentioning == nil || !mentioning.MatchString(asked)}
	for i := range counted {
		m.Words = append(m.Words, counted[i].text)
		if err := s.addForms(ctx, &q, &counted[i], vocabulary); err != nil {
			return nil, err
		}
	}
	if err := s.countDays(ctx, m, &q, counted, vocabulary); err != nil {
		return nil, err
	}
	if len(counted) == 1 && !counted[0].quoted {
		err = s.addNear(ctx, m, &q, &counted[0], vocabulary)
	}
	return m, err
}

// EntryIDs returns the IDs of the entries that were counted or offered.
func (m *Mentions) EntryIDs() []string {
	if m == nil {
		return nil
	}
	return slices.Concat(m.entries, m.offered)
}

// Marks returns where a text has one of the counted words.
func (m *Mentions) Marks(text string) [][2]int {
	if m.marks == nil {
		return nil
	}
	return m.marks(text)
}

// Only returns the count of those entries alone that a model kept of the read
// ones that may count, which are in any order.
func (m *Mentions) Only(entries []daybook.Entry, read int) *Mentions {
	out := *m
	out.Read, out.Days, out.entries, out.offered = read, nil, nil, nil
	out.Near, out.Beside, out.Leading = nil, 0, 0
	entries = slices.Clone(entries)
	slices.SortFunc(entries, func(a, b daybook.Entry) int { return a.Date().Compare(b.Date()) })
	for _, e := range entries {
		out.add(&e)
	}
	return &out
}

// add counts an entry.
func (m *Mentions) add(e *daybook.Entry) {
	m.entries = append(m.entries, e.ID)
	for _, d := range e.Dates {
		if !slices.Contains(m.Days, d) && inAny(m.Within, d) {
			m.Days = append(m.Days, d)
		}
	}
}

// inAny reports whether a day is in any of the ranges; nil means all days.
func inAny(ranges []daybook.DateRange, d daybook.Date) bool {
	return ranges == nil || slices.ContainsFunc(ranges, func(r daybook.DateRange) bool { return r.Contains(d) })
}

// Telling returns the IDs of the entries that answer the question, best first: at
// most k for a count, and one for the first or the last time.
func (m *Mentions) Telling(k int) []string {
	ids := m.entries
	if m.Asked != Count {
		k = min(k, 1)
	}
	if m.Asked == Last {
		ids = slices.Clone(ids)
		slices.Reverse(ids)
	}
	return ids[:min(k, len(ids))]
}
