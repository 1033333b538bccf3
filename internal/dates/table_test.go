package dates

import (
	"strings"
	"testing"
	"time"

	"daybook"
)

// The journals of the tests: one that is still being written, on a Wednesday,
// and one that ended long ago.
var (
	today = daybook.Date{Year: 2024, Month: time.March, Day: 13}
	diary = Options{Today: today,
		First: daybook.Date{Year: 2015, Month: time.March, Day: 1}, Last: daybook.Date{Year: 2024, Month: time.March, Day: 12},
		Anniversaries: map[string]MonthDay{"my birthday": {time.February, 23}, "our Wedding Anniversary": {time.October, 10}}}
	old = Options{Today: today,
		First: daybook.Date{Year: 1660, Month: time.January, Day: 1}, Last: daybook.Date{Year: 1664, Month: time.December, Day: 31}}
)

// asked is a question and its days, "a..b" or one day, separated by spaces,
// latest first; "" for none.
type asked struct{ question, days string }

func written(ranges []Range) string {
	var out []string
	for _, r := range ranges {
		if r.From == r.To {
			out = append(out, r.From.String())
		} else {
			out = append(out, r.From.String()+".."+r.To.String())
		}
	}
	return strings.Join(out, " ")
}

func ask(t *testing.T, o Options, table []asked) {
	t.Helper()
	for _, c := range table {
		if got := written(Ranges(c.question, o)); got != c.days {
			t.Errorf("%s\n\tgot  %s\n\twant %s", c.question, got, c.days)
		}
	}
}

func TestAbsolute(t *testing.T) {
	ask(t, old, []asked{
		{"What happened on 29 May 1660?", "1660-05-29"},
		{"What happened on May 29th, 1660?", "1660-05-29"},
		{"what happened on may 29 1660", "1660-05-29"},
		{"Who came on the 29th of May, 1660?", "1660-05-29"},
		{"Who came on the twenty-ninth of May 1660?", "1660-05-29"},
		{"Where was I on the 23rd of February, in 1662?", "1662-02-23"},
		{"Tell me about the third day of June 1661", "1661-06-03"},
		{"What did I do on Sunday, 3 May 1663?", "1663-05-03"},
		{"Sat 3 May 1662: where was I?", "1662-05-03"},
		{"Entry for 5/29/1660", "1660-05-29"},
		{"Entry for 29.5.1660", "1660-05-29"},
		{"Show 1660-05-29", "1660-05-29"},
		{"Show 1660/05/29.", "1660-05-29"},
		{"Show me 29-May-1660", "1660-05-29"},
		{"What did I eat on 1 Jan. 1660?", "1660-01-01"},
		{"the 4th of Sept 1664", "1664-09-04"},
		{"What about May 1660?", "1660-05-01..1660-05-31"},
		{"What was I doing in February 1663?", "1663-02-01..1663-02-28"},
		{"What was I doing in February 1664?", "1664-02-01..1664-02-29"},
		{"February of 1663, what happened?", "1663-02-01..1663-02-28"},
		{"the month of June 1662", "1662-06-01..1662-06-30"},
		{"What changed in Feb. 1663?", "1663-02-01..1663-02-28"},
		{"entries from 1660-05", "1660-05-01..1660-05-31"},
		{"How was 1660?", "1660-01-01..1660-12-31"},
		{"Whom did I meet in 1660?", "1660-01-01..1660-12-31"},
		{"What was the best play in the year 1661?", "1661-01-01..1661-12-31"},
		{"1661 highlights", "1661-01-01..1661-12-31"},
		{"What were 1661's highlights?", "1661-01-01..1661-12-31"},
		{"What did I buy in '61?", "1661-01-01..1661-12-31"},
		{"What did I buy in ’61?", "1661-01-01..1661-12-31"},
		{"Who visited in May '61?", "1661-05-01..1661-05-31"},
		{"How was the spring of 1663?", "1663-03-01..1663-05-31"},
		{"What happened in winter 1663/64?", "1663-12-01..1664-02-29"},
		{"What happened in the winter of 1661?", "1661-12-01..1662-02-28"},
		{"autumn 1662", "1662-09-01..1662-11-30"},
		{"When did we swim in summer 1663?", "1663-06-01..1663-08-31"},
		{"the fall of 1663", "1663-09-01..1663-11-30"},
		{"what did I write in the 1660s", "1660-01-01..1669-12-31"},
		{"what did I write in the 60s", "1660-01-01..1669-12-31"},
		{"what did I write in the sixties", "1660-01-01..1669-12-31"},
		{"life in the 17th century", "1601-01-01..1700-12-31"},
		{"Where was I in early March 1662?", "1662-03-01..1662-03-10"},
		{"Where was I in mid March 1662?", "1662-03-11..1662-03-20"},
		{"Where was I in mid-March 1662?", "1662-03-11..1662-03-20"},
		{"Where was I in late March 1662?", "1662-03-21..1662-03-31"},
		{"Where was I at the beginning of 1663?", "1663-01-01..1663-02-28"},
		{"Where was I at the end of 1663?", "1663-11-01..1663-12-31"},
		{"What did I do in early 1663?", "1663-01-01..1663-04-30"},
		{"What did I do in the middle of 1663?", "1663-05-01..1663-08-31"},
		{"What did I do in late 1663?", "1663-09-01..1663-12-31"},
		{"late summer 1663", "1663-08-01..1663-08-31"},
		{"at the end of May 1663", "1663-05-21..1663-05-31"},
		{"in the first week of June 1662", "1662-06-01..1662-06-07"},
		{"in the second week of June 1662", "1662-06-08..1662-06-14"},
		{"in the last week of June 1662", "1662-06-24..1662-06-30"},
		{"in the first half of 1661", "1661-01-01..1661-06-30"},
		{"in the second half of June 1661", "1661-06-16..1661-06-30"},
		{"the second quarter of 1661", "1661-04-01..1661-06-30"},
		{"the first three months of 1661", "1661-01-01..1661-03-31"},
		{"the last ten days of May 1661", "1661-05-22..1661-05-31"},
		{"the last two weeks of May 1661", "1661-05-18..1661-05-31"},
		{"the first day of 1661", "1661-01-01"},
		{"the last day of February 1664", "1664-02-29"},
		{"the last Sunday of May 1663", "1663-05-31"},
		{"on the first Sunday in May 1663", "1663-05-03"},
		{"What happened in February 1660/61?", "1661-02-01..1661-02-28"},
		{"on 30 January 1660/61", "1661-01-30"},
		{"on 30 February 1661", "1661-02-01..1661-02-28"},
		{"on 29 February 1660", "1660-02-29"},
		{"in 1663/64", "1663-01-01..1664-12-31"},
	})
}

func TestAbsoluteToday(t *testing.T) {
	ask(t, diary, []asked{
		{"How was spring of 2016?", "2016-03-01..2016-05-31"},
		{"summer 2020", "2020-06-01..2020-08-31"},
		{"winter 2019/20", "2019-12-01..2020-02-29"},
		{"winter 2022", "2022-12-01..2023-02-28"},
		{"the 90s", "1990-01-01..1999-12-31"},
		{"the '90s", "1990-01-01..1999-12-31"},
		{"in the 1990's", "1990-01-01..1999-12-31"},
		{"the early 90s", "1990-01-01..1993-12-31"},
		{"the late nineties", "1997-01-01..1999-12-31"},
		{"the 10s", "2010-01-01..2019-12-31"},
		{"in '99", "1999-01-01..1999-12-31"},
		{"the twenties", "2020-01-01..2029-12-31"},
		{"Q2 2021", "2021-04-01..2021-06-30"},
		{"what did I finish in Q4 of 2021", "2021-10-01..2021-12-31"},
		{"H1 2021", "2021-01-01..2021-06-30"},
		{"in week 14 of 2021", "2021-04-05..2021-04-11"},
		{"week 53 of 2020", "2020-12-28..2021-01-03"},
		{"week 1, 2016", "2016-01-04..2016-01-10"},
		{"the last weekend of May 2019", "2019-05-25..2019-05-26"},
		{"the first weekend in May 2021", "2021-05-01..2021-05-02"},
		{"on 5/6/2020", "2020-06-05"},
		{"on 5/29/20", "2020-05-29"},
		{"on 25.12.19", "2019-12-25"},
		{"on Feb 29, 2020", "2020-02-29"},
		{"on February 29, 2021", "2021-02-01..2021-02-28"},
		{"the second Tuesday of March 2022", "2022-03-08"},
		{"the week of 5 May 2021", "2021-05-03..2021-05-09"},
		{"Compare June 2018 with June 2019", "2019-06-01..2019-06-30 2018-06-01..2018-06-30"},
		{"In 2019, how did I spend Christmas?", "2019-12-25"},
		{"on 13 November 2021 in the evening", "2021-11-13"},
		{"What did I dream of in the summer of '17?", "2017-06-01..2017-08-31"},
		{"the first half of the 1990s", "1990-01-01..1994-12-31"},
	})
	us := diary
	us.MonthFirst = true
	ask(t, us, []asked{
		{"on 5/6/2020", "2020-05-06"},
		{"on 29/5/2020", "2020-05-29"},
		{"on 5.6.2020", "2020-06-05"},
		{"on 12-25-2019", "2019-12-25"},
	})
}

func TestRelative(t *testing.T) {
	ask(t, diary, []asked{
		{"What did I do today?", "2024-03-13"},
		{"What did I do this morning?", "2024-03-13"},
		{"What did I do yesterday?", "2024-03-12"},
		{"yesterday evening's dinner", "2024-03-12"},
		{"what was yesterday's mood", "2024-03-12"},
		{"What did I dream last night?", "2024-03-12"},
		{"What about the day before yesterday?", "2024-03-11"},
		{"What have I planned for tomorrow?", "2024-03-14"},
		{"the day after tomorrow", "2024-03-15"},
		{"Where was I three days ago?", "2024-03-10"},
		{"Where was I 30 days ago?", "2024-02-12"},
		{"Where was I a couple of days ago?", "2024-03-11"},
		{"Where was I two weeks ago?", "2024-02-26..2024-03-03"},
		{"Where was I a week ago today?", "2024-03-06"},
		{"Where was I two months ago?", "2024-01-01..2024-01-31"},
		{"What did I think 5 years ago?", "2019-01-01..2019-12-31"},
		{"What did I think five years ago today?", "2019-03-13"},
		{"What happened a year ago today?", "2023-03-13"},
		{"exactly four years ago", "2020-03-13"},
		{"What happened twenty-one days ago?", "2024-02-21"},
		{"What did I do last Tuesday?", "2024-03-12"},
		{"What did I do last Wednesday?", "2024-03-06"},
		{"What did I do last Sunday?", "2024-03-10"},
		{"What did I do on Sunday?", "2024-03-10"},
		{"What did I do on Tuesday of last week?", "2024-03-05"},
		{"What did I do on Friday last week?", "2024-03-08"},
		{"How was this Monday?", "2024-03-11"},
		{"next Friday", "2024-03-15"},
		{"How is this week?", "2024-03-11..2024-03-17"},
		{"How was last week?", "2024-03-04..2024-03-10"},
		{"How was last week's work?", "2024-03-04..2024-03-10"},
		{"the week before last", "2024-02-26..2024-03-03"},
		{"How was last weekend?", "2024-03-09..2024-03-10"},
		{"How was last month?", "2024-02-01..2024-02-29"},
		{"this month", "2024-03-01..2024-03-31"},
		{"last quarter", "2023-10-01..2023-12-31"},
		{"How was last year?", "2023-01-01..2023-12-31"},
		{"this year", "2024-01-01..2024-12-31"},
		{"next year", "2025-01-01..2025-12-31"},
		{"the year before last", "2022-01-01..2022-12-31"},
		{"last decade", "2010-01-01..2019-12-31"},
		{"What did I do last March?", "2023-03-01..2023-03-31"},
		{"What did I do last February?", "2024-02-01..2024-02-29"},
		{"What did I do this February?", "2024-02-01..2024-02-29"},
		{"What did I do last summer?", "2023-06-01..2023-08-31"},
		{"What did I do last winter?", "2023-12-01..2024-02-29"},
		{"What did I do last fall?", "2023-09-01..2023-11-30"},
		{"What did I do two summers ago?", "2022-06-01..2022-08-31"},
		{"What did I do three Christmases ago?", "2021-12-25"},
		{"What did I do last Christmas?", "2023-12-25"},
		{"What did I do last Easter?", "2023-04-09"},
		{"next Easter", "2024-03-31"},
		{"this summer", "2024-06-01..2024-08-31"},
		{"How was the past week?", "2024-03-07..2024-03-13"},
		{"in the past ten days", "2024-03-04..2024-03-13"},
		{"in the last three months", "2023-12-14..2024-03-13"},
		{"over the last year", "2023-03-14..2024-03-13"},
		{"the last 30 days", "2024-02-13..2024-03-13"},
		{"in the past few days", "2024-03-11..2024-03-13"},
		{"last two weeks", "2024-02-29..2024-03-13"},
		{"this time last year", "2023-03-06..2023-03-20"},
		{"around this time two years ago", "2022-03-06..2022-03-20"},
		{"March last year", "2023-03-01..2023-03-31"},
		{"in August of last year", "2023-08-01..2023-08-31"},
		{"at Christmas two years ago", "2022-12-25"},
		{"on the 3rd of last month", "2024-02-03"},
		{"on the 5th of this month", "2024-03-05"},
		{"What happened on the 5th?", "2024-03-05"},
		{"What happened on the 20th?", "2024-02-20"},
		{"since March", "2024-03-01.."},
		{"since last March", "2023-03-01.."},
		{"since Monday", "2024-03-11.."},
		{"since 2019", "2019-01-01.."},
		{"since last week", "2024-03-04.."},
		{"since Christmas", "2023-12-25.."},
		{"ever since yesterday", "2024-03-12.."},
		{"until 2019", "..2019-12-31"},
		{"before 2019", "..2018-12-31"},
		{"after 2019", "2020-01-01.."},
		{"from 2019 onwards", "2019-01-01.."},
		{"What did I do after the 3rd of May 2021", "2021-05-04.."},
		{"late last year", "2023-09-01..2023-12-31"},
		{"the first week of last month", "2024-02-01..2024-02-07"},
		{"early this year", "2024-01-01..2024-04-30"},
	})
}
