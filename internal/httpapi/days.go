package httpapi

import (
	"context"
	"crypto/sha256"
	"fmt"
	"net/http"

	"daybook"
	"daybook/internal/almanac"
	"daybook/internal/store"
)

// Almanac provides statistics of the journal; see almanac.Almanac.
type Almanac interface {
	State(ctx context.Context) ([32]byte, error)
	Days(ctx context.Context, r daybook.DateRange) (days []almanac.Day, first, last *daybook.Date, err error)
	Neighbours(ctx context.Context, d daybook.Date) (previous, next *daybook.Date, err error)
	OnThisDay(ctx context.Context, d daybook.Date) ([]almanac.Glimpse, error)
	Tags(ctx context.Context) ([]almanac.Tag, error)
	Timeline(ctx context.Context, q string, by almanac.Period, r daybook.DateRange) (almanac.Timeline, error)
	Summary(ctx context.Context, f store.Filter) (almanac.Summary, error)
}

// Condition holds the conditional headers of a request. It is exported because
// huma only sees fields of exported structs.
type Condition struct {
	IfNoneMatch string `header:"If-None-Match" doc:"An ETag: the answer is 304 without a body if nothing changed since"`
}

// fits reports whether the client already has the response for this state.
func (c Condition) fits(state [sha256.Size]byte) (bool, error) {
	if c.IfNoneMatch == "" {
		return false, nil
	}
	tags, err := readTags(c.IfNoneMatch, "header.If-None-Match")
	return err == nil && tags.match(state), err
}

// countedOutput is a response that only changes with the journal.
type countedOutput[T any] struct {
	Status       int
	ETag         string `header:"ETag"`
	CacheControl string `header:"Cache-Control"`
	Body         *T
}

// whileCounted responds with the result of make, or with 304 if the client
// already has it.
func whileCounted[T any](ctx context.Context, s *server, c Condition, make func() (T, error)) (*countedOutput[T], error) {
	state, err := s.Almanac.State(ctx)
	if err != nil {
		return nil, err
	}
	state = sha256.Sum256(append(state[:], s.Version...)) // another version may respond differently
	out := &countedOutput[T]{Status: http.StatusOK, ETag: etagOf(state), CacheControl: "private, no-cache"}
	if fits, err := c.fits(state); err != nil || fits {
		out.Status = http.StatusNotModified
		return out, err
	}
	v, err := make()
	if err != nil {
		return nil, err
	}
	out.Body = &v
	return out, nil
}

// Stretch is a requested range of days. It is exported for huma.
type Stretch struct {
	From string `query:"from" doc:"First day, YYYY-MM-DD"`
	To   string `query:"to" doc:"Last day, YYYY-MM-DD"`
}

// days parses the range; a day that does not exist is daybook.Invalid.
func (in Stretch) days() (daybook.DateRange, error) {
	f, err := Search{From: in.From, To: in.To}.Filter()
	if err != nil || f.Days == nil {
		return daybook.DateRange{}, err
	}
	return f.Days[0], nil
}

type daysInput struct {
	Condition
	Stretch
}

type daysBody struct {
	Days  []almanac.Day `json:"days" nullable:"false"`
	First *daybook.Date `json:"first" doc:"The first day of the whole journal; null for one without a day"`
	Last  *daybook.Date `json:"last"`
}

func (s *server) days(ctx context.Context, in *daysInput) (*countedOutput[daysBody], error) {
	r, err := in.days()
	if err != nil {
		return nil, err
	}
	return whileCounted(ctx, s, in.Condition, func() (b daysBody, err error) {
		b.Days, b.First, b.Last, err = s.Almanac.Days(ctx, r)
		return b, err
	})
}

type tagsBody struct {
	Tags []almanac.Tag `json:"tags" nullable:"false"`
}

func (s *server) tags(ctx context.Context, in *Condition) (*countedOutput[tagsBody], error) {
	return whileCounted(ctx, s, *in, func() (b tagsBody, err error) {
		b.Tags, err = s.Almanac.Tags(ctx)
		return b, err
	})
}

type timelineInput struct {
	Condition
	Stretch
	Q  string `query:"q" required:"true" minLength:"1" maxLength:"500" doc:"A word, a name, words in a row or a #tag"`
	By string `query:"by" default:"month" enum:"day,month,year"`
}

func (s *server) timeline(ctx context.Context, in *timelineInput) (*countedOutput[almanac.Timeline], error) {
	r, err := in.days()
	if err != nil {
		return nil, err
	}
	return whileCounted(ctx, s, in.Condition, func() (almanac.Timeline, error) {
		return s.Almanac.Timeline(ctx, in.Q, almanac.Period(in.By), r)
	})
}

type almanacInput struct {
	Condition
	Stretch
	Tag    []string `query:"tag,explode" maxItems:"20" doc:"Only notes that have all of these tags"`
	Public bool     `query:"public" doc:"Leave out private notes, for what will be sent to a provider"`
}

func (s *server) almanac(ctx context.Context, in *almanacInput) (*countedOutput[almanac.Summary], error) {
	f, err := Search{From: in.From, To: in.To, Tags: in.Tag}.Filter()
	if err != nil {
		return nil, err
	}
	f.Public = in.Public
	return whileCounted(ctx, s, in.Condition, func() (almanac.Summary, error) { return s.Almanac.Summary(ctx, f) })
}

type dayInput struct {
	Date string `path:"date" doc:"YYYY-MM-DD"`
}

type dayBody struct {
	Date      daybook.Date      `json:"date"`
	Entries   []NoteJSON        `json:"entries" nullable:"false" doc:"None for a day without a note"`
	Previous  *daybook.Date     `json:"previous" doc:"The nearest day before it that has a note"`
	Next      *daybook.Date     `json:"next"`
	OnThisDay []almanac.Glimpse `json:"on_this_day" nullable:"false" doc:"What was written on this day of other years, the latest first"`
}

func (s *server) day(ctx context.Context, in *dayInput) (*body[dayBody], error) {
	date, err := daybook.ParseDate(in.Date)
	if err != nil {
		return nil, &daybook.Error{Kind: daybook.Invalid, Field: "path.date", Message: "Enter an existing date as YYYY-MM-DD."}
	}
	out := dayBody{Date: date, Entries: []NoteJSON{}}
	found, err := s.Notes.List(ctx, store.Filter{Kind: daybook.Daily, Days: []daybook.DateRange{{From: date, To: date}}}, 0, true)
	if err != nil {
		return nil, err
	}
	for i := range found {
		n, err := s.noteJSON(ctx, &found[i])
		if err != nil {
			return nil, err
		}
		out.Entries = append(out.Entries, n)
	}
	if len(out.Entries) > 0 {
		s.showAhead(&out.Entries[0])
	}
	if out.Previous, out.Next, err = s.Almanac.Neighbours(ctx, date); err != nil {
		return nil, err
	}
	if out.OnThisDay, err = s.Almanac.OnThisDay(ctx, date); err != nil {
		return nil, fmt.Errorf("look at other years: %w", err)
	}
	return reply(out)
}
