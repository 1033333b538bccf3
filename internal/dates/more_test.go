package dates

import (
	"testing"
)

func TestMorePhrases(t *testing.T) {
	ask(t, old, []asked{
		{"What did I do on the day of the coronation, 23 April 1661?", "1661-04-23"},
		{"Tell me about my trip to Portsmouth in April and May 1661", "1661-04-01..1661-05-31"},
		{"How was my health in the winter of 1661 to 1662?", "1661-12-01..1662-02-28"},
		{"How was my health in winter 1661-62?", "1661-12-01..1662-02-28"},
		{"on Christmas Day of 1660 and on New Year's Day 1661", "1661-01-01 1660-12-25"},
		{"What happened in the night of 4 October 1662?", "1662-10-04"},
		{"What was I doing in the last days of December 1663?", "1663-12-29..1663-12-31"},
		{"In the last days of 1663, who came?", "1663-12-25..1663-12-31"},
		{"in the first days of 1664", "1664-01-01..1664-01-07"},
		{"in the first months of 1660", "1660-01-01..1660-03-31"},
		{"the middle of the summer of 1663", "1663-07-01..1663-07-31"},
		{"during the week of 2 June 1662", "1662-06-02..1662-06-08"},
		{"On January 1st, 1661/62, what happened", "1662-01-01"},
		{"How did I feel about money in late 1660 and early 1661?", "1660-09-01..1661-04-30"},
		{"between Christmas 1660 and Easter 1661", "1660-12-25..1661-04-14"},
		{"what did I think in 1660, 1661 and 1662", "1660-01-01..1662-12-31"},
		{"April 23, 1661 and April 25, 1661", "1661-04-25 1661-04-23"},
		{"the spring and summer of 1662", "1662-03-01..1662-08-31"},
		{"What did I do on the last day of the year 1661?", "1661-12-31"},
		{"one week after Easter 1663", "1663-04-26"},
		{"two months before Christmas 1663", "1663-10-25"},
		{"bills of 5/1660", "1660-05-01..1660-05-31"},
		{"What changed between 1663 and now?", "1663-01-01..2024-03-13"},
	})
	ask(t, diary, []asked{
		{"this week last year", "2023-03-13..2023-03-19"},
		{"this month in 2021", "2021-03-01..2021-03-31"},
		{"the past weekend", "2024-03-09..2024-03-10"},
		{"What did I do over the weekend?", "2024-03-09..2024-03-10"},
		{"the weekend of 5 May 2021", "2021-05-08..2021-05-09"},
		{"on Monday and Tuesday", "2024-03-11..2024-03-12"},
		{"between Monday and Wednesday", "2024-03-11..2024-03-13"},
		{"two Tuesdays ago", "2024-03-05"},
		{"last night's dream", "2024-03-12"},
		{"the night before last", "2024-03-11"},
		{"mid-90s", "1994-01-01..1996-12-31"},
		{"late 2019 to early 2020", "2019-09-01..2020-04-30"},
		{"summer 2019 and 2020", "2020-06-01..2020-08-31 2019-06-01..2019-08-31"},
		{"what did I plan for 2025", "2025-01-01..2025-12-31"},
		{"What was different between summer 2019 and summer 2020?", "2019-06-01..2020-08-31"},
		{"last year in March", "2023-03-01..2023-03-31"},
		{"last year at Christmas", "2023-12-25"},
		{"in the summer two years ago", "2022-06-01..2022-08-31"},
		{"the first Monday of last month", "2024-02-05"},
		{"three weeks before my birthday in 2022", "2022-02-02"},
		{"How have I changed over the past five years?", "2019-03-14..2024-03-13"},
		{"in the next few days", "2024-03-14..2024-03-16"},
		{"in the coming week", "2024-03-14..2024-03-20"},
	})
}

// Words that are nearly a date, and numbers at the limits of dates.
func TestEdgesOfPhrases(t *testing.T) {
	ask(t, phrases, []asked{
		{"three third of May 2023", "2023-05-03"}, // not the sixth
		{"rain in the second week of may fell often", "2024-05-08..2024-05-14 2023-05-08..2023-05-14 2022-05-08..2022-05-14"},
		{"it may fall", ""},
		{"the 19 century", ""},
		{"from March 2023 to May", "2023-03-01..2023-05-31"},
		{"from November 2022 to January", "2022-11-01..2023-01-31"},
		{"we met 5th", ""},
		{"for 48 hours", ""},
		{"week 0", ""},
		{"week 54", ""},
		{"week 5th", ""},
		{"Friday the 31st", "2024-05-31"},
		{"Saturday the 15th", "2023-07-15"}, // that of June is still to come
		{"00010101", ""},
		{"20241301", ""},
		{"20230503", "2023-05-03"},
		{"ticket #2023", ""},
	})
}
