package dates

import (
	"strings"
	"testing"
	"unicode/utf8"

	"daybook"
)

func FuzzRead(f *testing.F) {
	for _, q := range []string{
		"What happened on 29 May 1660?", "from March to May 1663", "between 3 and 9 June '61", "the week before Christmas",
		"the first week of the last month of 1661", "5/29/1660 or 1660-05-29", "two summers ago, or since “May”", "week 53 of 2021",
		"on the 31st of the early 90s", "Q4 1999 – 30 Feb 2000", "my birthday, 23 February, in ’62", "'00 to 99 99/99/99",
		"on this day 900 decades ago", "the last 999 years", "before 1600, after 2199", "early early early early early",
	} {
		f.Add(q, 2024, 1660, 1664, true)
		f.Add(q, 1, 1, 9999, false)
		f.Add(q, 9999, 0, 0, false)
	}
	f.Fuzz(func(t *testing.T, q string, now, first, last int, monthFirst bool) {
		o := Options{Today: year(now), First: year(first), Last: year(last), MonthFirst: monthFirst,
			Anniversaries: map[string]MonthDay{"my birthday": {2, 29}, "": {1, 1}}}
		read := Read(q, o)
		end := 0
		for _, m := range read.Mentions {
			if m.Start < end || m.End <= m.Start || m.End > len(q) || q[m.Start:m.End] != m.Text {
				t.Fatalf("%q: mention %d to %d of %q", q, m.Start, m.End, m.Text)
			}
			if utf8.ValidString(q) && !utf8.ValidString(m.Text) {
				t.Fatalf("%q: %q is cut inside a rune", q, m.Text)
			}
			if end = m.End; len(m.Ranges) == 0 {
				t.Fatalf("%q: %q has no days", q, m.Text)
			}
			for _, r := range m.Ranges {
				if !valid(r) {
					t.Fatalf("%q: %q is %v", q, m.Text, r)
				}
			}
		}
		for i, r := range read.Ranges {
			if !valid(r) || i > 0 && overlap(r, read.Ranges[i-1]) {
				t.Fatalf("%q: %v", q, read.Ranges)
			}
		}
		if (len(read.Ranges) > 0) != (len(read.Mentions) > 0) {
			t.Fatalf("%q: %d mentions, %d ranges", q, len(read.Mentions), len(read.Ranges))
		}
	})
}

func year(y int) daybook.Date {
	if y < 1 || y > 9999 {
		return daybook.Date{}
	}
	return daybook.Date{Year: y, Month: 6, Day: 15}
}

func TestLongQuestion(t *testing.T) {
	q := strings.Repeat("the week before the end of ", 5000) + "May 1660"
	if found := Find(q, old); len(found) != 1 {
		t.Errorf("%d mentions", len(found))
	}
}

// A question with many dates costs no more than one with a hundred. It once
// took seconds over the years of a journal with a mistyped date.
func TestManyMentions(t *testing.T) {
	o := old
	o.First.Year = 1
	q := Read(strings.Repeat("on 29 May, in March; at Christmas? ", 200), o)
	if len(q.Mentions) != maxMentions || len(q.Ranges) == 0 {
		t.Errorf("%d mentions, %d ranges", len(q.Mentions), len(q.Ranges))
	}
}

func BenchmarkRead(b *testing.B) {
	for name, q := range map[string]string{
		"day":   "What happened on 29 May 1660?",
		"none":  "How did my feelings about my brother and his debts change over time?",
		"parts": "What did I do on my birthday, the 23rd of February, in 1662?",
		"many":  "What do I usually eat at Christmas, and on 29 May?",
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Read(q, old)
			}
		})
	}
}
