package notebook

import (
	"strings"
	"testing"

	"daybook"
)

func day(s string) daybook.Date {
	d, err := daybook.ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

// dated resolves pages, each a text, or a date in braces that the person gave.
func dated(today string, pages ...string) string {
	var list []PageDates
	for _, p := range pages {
		given, text, found := strings.Cut(p, "}")
		var page PageDates
		if found {
			for d := range strings.SplitSeq(strings.TrimPrefix(given, "{"), " ") {
				page.Given = append(page.Given, day(d))
			}
			p = text
		}
		page.Heads, page.Continues = heads(p, false)
		list = append(list, page)
	}
	var out []string
	for _, d := range resolve(list, day(today)) {
		var days []string
		for _, d := range d.Dates {
			days = append(days, d.String())
		}
		text := strings.Join(days, "+")
		for _, doubt := range d.Doubts {
			text += " ?" + string(doubt)
		}
		out = append(out, text)
	}
	return strings.Join(out, "\n")
}

func TestResolve(t *testing.T) {
	for name, c := range map[string]struct {
		pages []string
		want  string
	}{
		"a page that continues": {
			[]string{"4 June 2019\nRain", "more rain", "Wed 5th\nSun", "the end of it"},
			"2019-06-04\n2019-06-04\n2019-06-05\n2019-06-05"},
		"a page with two dates": {
			[]string{"4 June 2019\nRain", "still rain.\n\n5 June\nSun"},
			"2019-06-04\n2019-06-04+2019-06-05"},
		"over new year": {
			[]string{"30 December 2019", "31st", "1 January", "2nd", "Friday 3rd"},
			"2019-12-30\n2019-12-31\n2020-01-01\n2020-01-02\n2020-01-03"},
		"over a month's end": {
			[]string{"Sunday 30 June 2019", "Mon 1st", "Tuesday"},
			"2019-06-30\n2019-07-01\n2019-07-02 ?only_weekday"},
		"a year that comes later": {
			[]string{"4 June", "5 June", "6 June 2012"},
			"2012-06-04\n2012-06-05\n2012-06-06"},
		"no year at all": {
			[]string{"Tuesday 4 June", "5 June"},
			"2024-06-04 ?no_year\n2024-06-05"},
		"nothing at all": {
			[]string{"just words", "4 June 2019"},
			"?no_date\n2019-06-04"},
		"a date given first": {
			[]string{"{2019-06-04}words", "more", "Wed 5th", "8 June"},
			"2019-06-04\n2019-06-04\n2019-06-05\n2019-06-08"},
		"a given date moves those that follow": {
			[]string{"4 June 2018\nx", "{2019-06-05}5 June", "continued", "Friday", "9 June", "1 July 2020"},
			"2018-06-04\n2019-06-05\n2019-06-05\n2019-06-07 ?only_weekday\n2019-06-09\n2020-07-01 ?gap"},
		"two dates given": {
			[]string{"{2019-06-04 2019-06-06}x", "y"},
			"2019-06-04+2019-06-06\n2019-06-06"},
		"a misread year": {
			[]string{"4 June 2019", "5 June 2016", "6 June 2019"},
			"2019-06-04\n2016-06-05 ?earlier\n2019-06-06 ?gap"},
		"the wrong weekday": {
			[]string{"4 June 2019", "Sunday 5th"},
			"2019-06-04\n2019-06-05 ?weekday"},
		"a day that is none": {
			[]string{"4 June 2019", "31 June 2019"},
			"2019-06-04\n2019-06-04 ?not_real"},
		"numbers in either order": {
			[]string{"4/6/2019", "5/6/2019", "6/7/2019"},
			"2019-06-04 ?day_or_month\n2019-06-05\n2019-07-06 ?day_or_month"},
		"the future": {
			[]string{"4 June 2027"}, "2027-06-04 ?future"},
		"feasts": {
			[]string{"20 December 2019", "Christmas Eve", "Boxing Day", "New Year's Day"},
			"2019-12-20\n2019-12-24\n2019-12-26\n2020-01-01"},
		"a doubtful reading": {
			[]string{"4 June 2019", "[6?] June"}, "2019-06-04\n2019-06-06 ?unclear"},
		"a month above its days": {
			[]string{"June 2019\n\n4th. Rain.\n\n5th. Sun.", "6th. Wind.", "July\n\nJuly 2019\n\n1st. Hot."},
			"2019-06-04+2019-06-05\n2019-06-06\n2019-06-06+2019-07-01"},
		"two digits": {
			[]string{"4/6/98", "5 June '98"}, "1998-06-04 ?day_or_month\n1998-06-05"},
	} {
		if got := dated("2026-11-30", c.pages...); strings.ReplaceAll(got, " ?", "?") != strings.ReplaceAll(c.want, " ?", "?") {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, c.want)
		}
	}
}
