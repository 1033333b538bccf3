package search

import (
	"context"
	"testing"
	"time"

	"daybook"
	"daybook/internal/store"
)

// datedNotes is an index whose public notes are from a few days.
type datedNotes struct {
	spanned
	public []daybook.Date
}

func (d datedNotes) Newest(_ context.Context, f store.Filter, _ int) ([]daybook.Entry, error) {
	for _, day := range d.public {
		if f.Public && f.Kind == daybook.Daily && day.Compare(f.Days[0].From) >= 0 && day.Compare(f.Days[0].To) <= 0 {
			return []daybook.Entry{{Dates: []daybook.Date{day}}}, nil
		}
	}
	return nil, nil
}

// The first and the last day that are told to a model are never private ones.
func TestPublicSpan(t *testing.T) {
	whole, _ := spanned{}.Span(t.Context())
	day := func(y int, m time.Month, d int) daybook.Date { return daybook.Date{Year: y, Month: m, Day: d} }
	for _, c := range []struct {
		public []daybook.Date
		want   daybook.DateRange
	}{
		{nil, daybook.DateRange{}},
		{[]daybook.Date{whole.From, whole.To}, whole},
		{[]daybook.Date{whole.From}, daybook.DateRange{From: whole.From, To: whole.From}},
		{[]daybook.Date{whole.To}, daybook.DateRange{From: whole.To, To: whole.To}},
		{[]daybook.Date{day(2022, 2, 3)}, daybook.DateRange{From: day(2022, 2, 3), To: day(2022, 2, 3)}},
		{[]daybook.Date{day(2020, 1, 2), day(2022, 2, 3), day(2024, 12, 30)}, daybook.DateRange{From: day(2020, 1, 2), To: day(2024, 12, 30)}},
	} {
		got, err := New(Config{Index: datedNotes{public: c.public}}).PublicSpan(t.Context())
		if err != nil || got != c.want {
			t.Errorf("%v: %v, %v", c.public, got, err)
		}
	}
}
