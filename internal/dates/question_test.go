package dates

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"daybook"
)

func TestRead(t *testing.T) {
	for _, c := range []struct {
		question, days, rest string
		only                 bool
	}{
		{"When did we swim in summer 1663?", "1663-06-01..1663-08-31", "When did we swim?", false},
		{"What happened on 29 May 1660?", "1660-05-29", "What happened?", true},
		{"What was I doing in February 1663?", "1663-02-01..1663-02-28", "What was I doing?", true},
		{"How did I spend Christmas Day 1661?", "1661-12-25", "How did I spend?", true},
		{"What did I do on my birthday, the 23rd of February, in 1662?", "1662-02-23", "What did I do?", true},
		{"In 1662, what did I think of Mr. Creed?", "1662-01-01..1662-12-31", "what did I think of Mr. Creed?", false},
		{"1661 highlights", "1661-01-01..1661-12-31", "highlights", true},
		{"What did I wish for in 1662?", "1662-01-01..1662-12-31", "What did I wish for?", false},
		{"What did I write \"about wine\" in 1662?", "1662-01-01..1662-12-31", "What did I write \"about wine\"?", false},
		{"What did I drink before Easter 1664, and with whom?", "..1664-04-09", "What did I drink, and with whom?", false},
		{"How have I slept?", "", "How have I slept?", false},
		{"How did my mood change between 1661 and 1664?", "1661-01-01..1664-12-31", "How did my mood change?", false},
	} {
		q := Read(c.question, old)
		if got := written(q.Ranges); got != c.days || q.Rest != c.rest || q.DateOnly != c.only {
			t.Errorf("%s\n\tgot  %s, %q, %v\n\twant %s, %q, %v", c.question, got, q.Rest, q.DateOnly, c.days, c.rest, c.only)
		}
	}
}

func TestMentions(t *testing.T) {
	for _, c := range []struct {
		question, text string
		kind           Kind
		approx         bool
	}{
		{"What happened on 29 May 1660?", "29 May 1660", Day, false},
		{"Und was war on the 29th of May, 1660?", "the 29th of May, 1660", Day, false},
		{"What did I do at Christmas?", "Christmas", Recurring, false},
		{"What happened on this day?", "on this day", OnThisDay, false},
		{"What happened on this day in 1662?", "on this day in 1662", Day, false},
		{"How was early May 1663?", "early May 1663", Span, true},
		{"How was May 1663?", "May 1663", Span, false},
		{"On 3, 4 and 9 June 1661?", "3, 4 and 9 June 1661", Day, false},
		{"And around 5 November 1664?", "around 5 November 1664", Span, true},
		{"In late “spring” nothing, but 1663–64…", "1663–64", Span, false},
		{"On 30 February 1662?", "30 February 1662", Span, true},
	} {
		found := Find(c.question, old)
		if len(found) != 1 {
			t.Errorf("%s: %d mentions", c.question, len(found))
			continue
		}
		m := found[0]
		if m.Text != c.text || m.Kind != c.kind || m.Approx != c.approx || c.question[m.Start:m.End] != m.Text {
			t.Errorf("%s: %q, %s, %v; want %q, %s, %v", c.question, m.Text, m.Kind, m.Approx, c.text, c.kind, c.approx)
		}
	}
}

// Today, yesterday and last week depend on the time zone.
func TestToday(t *testing.T) {
	now := time.Date(2024, time.March, 10, 23, 30, 0, 0, time.UTC) // a Sunday
	for _, c := range []struct {
		zone                                string
		offset                              int
		today, yesterday, week, month, five string
	}{
		{"Honolulu", -10, "2024-03-10", "2024-03-09", "2024-02-26..2024-03-03", "2024-02-01..2024-02-29", "2024-03-06..2024-03-10"},
		{"London", 0, "2024-03-10", "2024-03-09", "2024-02-26..2024-03-03", "2024-02-01..2024-02-29", "2024-03-06..2024-03-10"},
		{"Auckland", 13, "2024-03-11", "2024-03-10", "2024-03-04..2024-03-10", "2024-02-01..2024-02-29", "2024-03-07..2024-03-11"},
	} {
		o := diary
		o.Today = Today(now, time.FixedZone(c.zone, c.offset*3600))
		t.Run(c.zone, func(t *testing.T) {
			ask(t, o, []asked{
				{"What did I do today?", c.today},
				{"What did I do yesterday?", c.yesterday},
				{"How was last week?", c.week},
				{"How was last month?", c.month},
				{"How were the past five days?", c.five},
			})
		})
	}
	eve := time.Date(2023, time.December, 31, 23, 30, 0, 0, time.UTC)
	for offset, year := range map[int]string{-5: "2022-01-01..2022-12-31", 1: "2023-01-01..2023-12-31"} {
		o := diary
		o.Today = Today(eve, time.FixedZone("", offset*3600))
		ask(t, o, []asked{{"How was last year?", year}})
	}
	leap := diary
	leap.Today = daybook.Date{Year: 2024, Month: time.February, Day: 29}
	ask(t, leap, []asked{
		{"What did I do a year ago today?", "2023-02-28"},
		{"What did I do yesterday?", "2024-02-28"},
		{"What did I write on this day?", "2024-02-29 2020-02-29 2016-02-29"},
		{"How was the past month?", "2024-01-30..2024-02-29"},
	})
}

// The date questions of the evaluation set resolve to exactly their days.
func TestEvaluationDates(t *testing.T) {
	file, err := os.Open(filepath.Join("..", "..", "..", "shared", "eval", "pepys-1660-1664.jsonl"))
	if err != nil {
		t.Skip("the evaluation set is not here: ", err)
	}
	defer file.Close()
	asked := 0
	for lines := bufio.NewScanner(file); lines.Scan(); {
		var q struct {
			ID, Kind, Question string
			Relevant           []daybook.Date
		}
		if err := json.Unmarshal(lines.Bytes(), &q); err != nil {
			t.Fatal(err)
		}
		read := Read(q.Question, old)
		if q.Kind != "date" {
			if len(read.Ranges) > 0 {
				t.Logf("%s: %s", q.ID, written(read.Ranges))
			}
			continue
		}
		asked++
		days := 0
		for _, r := range read.Ranges {
			days += length(r)
		}
		if days != len(q.Relevant) || !read.DateOnly {
			t.Errorf("%s: %s, date only: %v", q.ID, written(read.Ranges), read.DateOnly)
		}
		for _, d := range q.Relevant {
			if len(read.Ranges) > 0 && !read.Ranges[0].Contains(d) {
				t.Errorf("%s: %s is not in %s", q.ID, d, written(read.Ranges))
			}
		}
	}
	if asked == 0 {
		t.Error("no questions about dates")
	}
}
