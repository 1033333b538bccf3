package almanac

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"daybook"
	"daybook/internal/search"
	"daybook/internal/vault"
)

// Day is a date with one or more notes.
type Day struct {
	Date    daybook.Date `json:"date"`
	Words   int          `json:"words" doc:"Of all of its notes. A note for several days counts with an equal part on each"`
	Pages   int          `json:"pages" doc:"Pages written by hand, of its notes' scans"`
	Entries []Noted      `json:"entries" nullable:"false"`
}

// Noted is a note of a day.
type Noted struct {
	ID    string            `json:"id"`
	Title string            `json:"title"`
	Kind  daybook.EntryKind `json:"kind" enum:"daily,evergreen"`
	// Private is as in daybook.Entry.
	Private bool `json:"private" doc:"Never sent to a provider"`
}

// list returns the day as listed by the API.
func (d *day) list() Day {
	out := Day{Date: d.date, Entries: make([]Noted, len(d.records))}
	for i, r := range d.records {
		out.Words += r.share(d.date)
		out.Pages += r.pages
		out.Entries[i] = Noted{r.entry.ID, r.entry.Title, r.entry.Kind, r.entry.Private}
	}
	return out
}

// share returns how many of the entry's words count for one of its dates: equal
// parts, with the remainder on the first.
func (r *record) share(date daybook.Date) int {
	n := len(r.entry.Dates)
	share := len(r.tokens) / n
	if date == r.entry.Dates[0] {
		share += len(r.tokens) % n
	}
	return share
}

// Days returns the days in r that have a note, ascending, and the first and the
// last day of the whole journal, nil if it is empty. The caller must not change
// the results.
func (a *Almanac) Days(ctx context.Context, r daybook.DateRange) (days []Day, first, last *daybook.Date, err error) {
	j, err := a.current(ctx)
	if err != nil {
		return nil, nil, nil, err
	}
	from, to := j.within(r)
	first, last = j.span()
	return j.listing[from:to], first, last, nil
}

func (j *journal) span() (first, last *daybook.Date) {
	if len(j.days) == 0 {
		return nil, nil
	}
	return &j.days[0].date, &j.days[len(j.days)-1].date
}

// Neighbours returns the nearest days with a note before and after d; nil if
// there is none.
func (a *Almanac) Neighbours(ctx context.Context, d daybook.Date) (previous, next *daybook.Date, err error) {
	j, err := a.current(ctx)
	if err != nil {
		return nil, nil, err
	}
	from, to := j.within(daybook.DateRange{From: d, To: d})
	if from > 0 {
		previous = &j.days[from-1].date
	}
	if to < len(j.days) {
		next = &j.days[to].date
	}
	return previous, next, nil
}

// Glimpse is a day with its first words.
type Glimpse struct {
	Date    daybook.Date `json:"date"`
	ID      string       `json:"id"`
	Title   string       `json:"title"`
	Excerpt string       `json:"excerpt" doc:"At most 60 words in a row, word for word"`
	Private bool         `json:"private" doc:"Never sent to a provider"`
	// Picture is "" if the note embeds none.
	Picture string `json:"picture,omitempty" doc:"The first picture that it embeds, as the name in GET /entries/{id}/file. Missing if there is none"`
}

// mostYears bounds how many other years are shown for a day.
const mostYears = 100

// OnThisDay returns the first words and the first picture of the same day in
// other years, latest first. Excerpt is "" for a note of a picture alone.
func (a *Almanac) OnThisDay(ctx context.Context, d daybook.Date) ([]Glimpse, error) {
	j, err := a.current(ctx)
	if err != nil {
		return nil, err
	}
	var ids []string
	glimpses := []Glimpse{}
	for i := len(j.days) - 1; i >= 0 && len(ids) < mostYears; i-- {
		same := &j.days[i]
		if same.date.Month != d.Month || same.date.Day != d.Day || same.date.Year == d.Year {
			continue
		}
		for _, r := range same.records {
			ids = append(ids, r.entry.ID)
			glimpses = append(glimpses, Glimpse{Date: same.date, ID: r.entry.ID, Title: r.entry.Title, Private: r.entry.Private})
		}
	}
	entries, err := a.Index.Entries(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("load the same day of other years: %w", err)
	}
	texts := make(map[string]string, len(entries))
	for _, e := range entries {
		texts[e.ID] = e.Text
	}
	for i := range glimpses {
		text := texts[glimpses[i].ID]
		glimpses[i].Excerpt, _ = search.Excerpt(belowHeading(text), nil)
		glimpses[i].Picture = vault.FirstPicture(text)
	}
	return slices.DeleteFunc(glimpses, func(g Glimpse) bool { return g.Excerpt == "" && g.Picture == "" }), nil
}

// belowHeading drops a text's leading heading, which mostly says which day it
// is, if more text follows.
func belowHeading(text string) string {
	text = strings.TrimSpace(text)
	first, rest, _ := strings.Cut(text, "\n")
	if name := strings.TrimLeft(first, "#"); len(name) == len(first) || !strings.HasPrefix(name, " ") || strings.TrimSpace(rest) == "" {
		return text
	}
	return rest
}

// Tag is a tag with the notes that have it.
type Tag struct {
	Tag     string        `json:"tag" doc:"With its #, as it is written most"`
	Entries int           `json:"entries"`
	First   *daybook.Date `json:"first" doc:"Null for a tag of notes without a day alone"`
	Last    *daybook.Date `json:"last" doc:"Null for a tag of notes without a day alone"`
}

// Tags returns the tags of all notes, most frequent first.
func (a *Almanac) Tags(ctx context.Context) ([]Tag, error) {
	j, err := a.current(ctx)
	if err != nil {
		return nil, err
	}
	byTag := map[string]*Tag{}
	for _, r := range j.records {
		for _, written := range r.entry.Tags {
			t := byTag[strings.ToLower(written)]
			if t == nil {
				t = &Tag{}
				byTag[strings.ToLower(written)] = t
			}
			t.Entries++
			if r.entry.Kind == daybook.Daily {
				for _, d := range r.entry.Dates {
					t.include(d)
				}
			}
		}
	}
	tags := make([]Tag, 0, len(byTag))
	for key, t := range byTag {
		t.Tag = j.tagAsWritten(key)
		tags = append(tags, *t)
	}
	slices.SortFunc(tags, func(a, b Tag) int {
		return cmp.Or(cmp.Compare(b.Entries, a.Entries), strings.Compare(a.Tag, b.Tag))
	})
	return tags, nil
}

func (t *Tag) include(d daybook.Date) {
	if t.First == nil || d.Compare(*t.First) < 0 {
		t.First = &d
	}
	if t.Last == nil || d.Compare(*t.Last) > 0 {
		t.Last = &d
	}
}
