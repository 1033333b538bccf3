package dates

import (
	"testing"
	"time"

	"daybook"
)

// A time of day belongs to the day before it, and not to what the question is about;
// numbers that are no time stay there.
func TestTimesOfDayAreNotTheTopic(t *testing.T) {
	for question, rest := range map[string]string{
		"5 May 2021 8:30 tea":                 "tea",
		"5 May 2021 at 08:30:15 tea":          "tea",
		"5 May 2021 at 24:00 tea":             "tea",
		"5 May 2021 8 am tea":                 "tea",
		"5 May 2021 at 3pm tea":               "tea",
		"5 May 2021 at 13pm tea":              "at 13pm tea",
		"5 May 2021 at 3rd tea":               "at 3rd tea",
		"5 May 2021 at 99:30 tea":             "at 99:30 tea",
		"5 May 2021 at 8:5 tea":               "at 8:5 tea",
		"5 May 2021 at 8:61 tea":              "at 8:61 tea",
		"May 2021 at 8:30 tea":                "at 8:30 tea", // no day
		"weather from 2020 until now in Rome": "weather in Rome",
		"a hundred days ago tea":              "tea",
	} {
		if got := Read(question, diary).Rest; got != rest {
			t.Errorf("%s: the topic is %q, want %q", question, got, rest)
		}
	}
}

// A journal whose last entry is within a year of today is still being written. The latest
// Christmas of another one is before its last entry.
func TestJournalEndsAYearAfterItsLastEntry(t *testing.T) {
	for last, days := range map[daybook.Date]string{
		{Year: 2023, Month: time.March, Day: 13}: "2023-12-25..", // 366 days, one of them 29 February
		{Year: 2023, Month: time.March, Day: 12}: "2022-12-25..",
	} {
		o := diary
		o.Last = last
		if got := written(Ranges("since Christmas", o)); got != days {
			t.Errorf("a journal until %s: since Christmas is %s, want %s", last, got, days)
		}
	}
	ask(t, old, []asked{{"since Christmas", "1664-12-25.."}, {"until Christmas", "..1664-12-25"}, {"last Christmas", "1664-12-25"}})
}

// In England, February 1700 had 29 days, and the days of the week went on.
func TestWeekdaysAroundTheLeapDayOf1700(t *testing.T) {
	ask(t, Options{Today: today, First: daybook.Date{Year: 1698, Month: time.January, Day: 1}, Last: daybook.Date{Year: 1703, Month: time.December, Day: 31}}, []asked{
		{"the first Monday of January 1700", "1700-01-01"},
		{"Mondays in February 1700", "1700-02-26 1700-02-19 1700-02-12 1700-02-05"},
		{"the first Monday of March 1700", "1700-03-04"},
		{"the first Sunday of February 1701", "1701-02-02"},
	})
}

func TestVagueMentions(t *testing.T) {
	for question, want := range map[string]struct {
		kind   Kind
		approx bool
	}{
		"half a year ago":                    {Span, true},
		"3 weeks ago":                        {Span, false},
		"the week before Christmas 2021":     {Span, false},
		"a week before Christmas 2021":       {Span, false},
		"the day before Christmas 2021":      {Day, false},
		"two days before Christmas 2021":     {Day, false},
		"the two days before Christmas 2021": {Span, false},
		"on 5 May or in June 2021":           {Span, false},
		"on 5 May or 7 May 2021":             {Day, false},
	} {
		list := Find(question, diary)
		if len(list) != 1 || list[0].Kind != want.kind || list[0].Approx != want.approx {
			t.Errorf("%s: %+v, want %+v", question, list, want)
		}
	}
}

func TestWorkdaysAndWeekends(t *testing.T) {
	ask(t, diary, []asked{
		{"every workday in March 2024", "2024-03-25..2024-03-29 2024-03-18..2024-03-22 2024-03-11..2024-03-15 2024-03-04..2024-03-08 2024-03-01"},
		{"every weekend in March 2024", "2024-03-30..2024-03-31 2024-03-23..2024-03-24 2024-03-16..2024-03-17 2024-03-09..2024-03-10 2024-03-02..2024-03-03"},
		{"every weekday in the first week of May 2021", "2021-05-03..2021-05-07"},
		{"at the weekend", "2024-03-09..2024-03-10"},
		{"on the weekend", "2024-03-09..2024-03-10"},
		{"between Monday and Sunday", "2024-03-11..2024-03-17"},
		{"from Saturday to Tuesday", "2024-03-09..2024-03-12"},
		{"on the 13th", "2024-03-13"},
		{"on the 14th", "2024-02-14"},
		{"a hundred days ago", "2023-12-04"},
		{"in May 3y ago", "2021-05-01..2021-05-31"},
		{"the last half year", "2023-09-14..2024-03-13"},
		{"at this time of the year in 2021", "2021-03-06..2021-03-20"},
	})
}

func TestDaysThatDoNotExist(t *testing.T) {
	ask(t, diary, []asked{
		{"31/2/2021", ""},
		{"2021-02-30", ""},
		{"13/2021", ""},
		{"0/2021", ""},
		{"12/0999", ""},
		{"in 0999", ""},
		{"What did the first of them say?", ""},
		{"How was it in week w?", ""},
		{"Sept. 5, 2021", "2021-09-05"},
		{"in the year of 2021", "2021-01-01..2021-12-31"},
		{"winter 2019/20", "2019-12-01..2020-02-29"},
		{"winter 2019 to 20", "2019-12-01..2020-02-29"},
		{"winter 2019-2020", "2019-12-01..2020-02-29"},
		{"winter 2019/2022", "2019-12-01..2020-02-29"},
	})
}
