package dayname_test

import (
	"strings"
	"testing"

	"daybook/internal/vault/dayname"
)

func TestDaysAreReadFromNames(t *testing.T) {
	for _, c := range []struct{ path, days, title string }{
		{"06-04-2024", "2024-06-04", ""},
		{"2024/06-04-2024", "2024-06-04", ""},
		{"2024-06-04", "2024-06-04", ""},
		{"2024-06-04 Beach day", "2024-06-04", "Beach day"},
		{"2024-06-04-beach-day", "2024-06-04", "beach-day"},
		{"2024-06-05_beach", "2024-06-05", "beach"},
		{"2024-06-04 – Beach, and so on", "2024-06-04", "Beach, and so on"},
		{"2024-06-04(2)", "2024-06-04", "2)"},
		{"20240606", "2024-06-06", ""},
		{"20240606 walk", "2024-06-06", "walk"},
		{"2024.06.07", "2024-06-07", ""},
		{"2024_06_07", "2024-06-07", ""},
		{"2024 06 07", "2024-06-07", ""},
		{"2024-6-7", "2024-06-07", ""},
		{"2024-06-08T0830", "2024-06-08", ""},
		{"2024-06-09 0830", "2024-06-09", ""},
		{"2024-06-09 08:30", "2024-06-09", ""},
		{"2024-06-09 08-30 run", "2024-06-09", "run"},
		{"2024-06-09T08-30-15", "2024-06-09", "15"},
		{"2024-06-10 Mon", "2024-06-10", ""},
		{"2024-06-10, Monday", "2024-06-10", ""},
		{"2024-06-10 (Mo)", "2024-06-10", ""},
		{"2024-06-10 Fri with friends", "2024-06-10", "Fri with friends"}, // it was a Monday
		{"2024-06-13 AM", "2024-06-13", "AM"},
		{"Mon 11 June 2024", "2024-06-11", ""},
		{"Tuesday, June 11th, 2024", "2024-06-11", ""},
		{"June 12, 2024", "2024-06-12", ""},
		{"Jun 4th 2024 dinner", "2024-06-04", "dinner"},
		{"4th of June 2024", "2024-06-04", ""},
		{"2024 June 4", "2024-06-04", ""},
		{"2024-Jun-04", "2024-06-04", ""},
		{"4 juin 2024", "2024-06-04", ""},
		{"1er février 2024", "2024-02-01", ""},
		{"1er fe\u0301vrier 2024", "2024-02-01", ""}, // decomposed, as macOS has it
		{"mardi 4 juin 2024", "2024-06-04", ""},
		{"mar. 4 juin 2024", "2024-06-04", ""},
		{"4. Juni 2024", "2024-06-04", ""},
		{"Dienstag, 4. Juni 2024", "2024-06-04", ""},
		{"3. März 2024 Schnee", "2024-03-03", "Schnee"},
		{"4 de junio de 2024", "2024-06-04", ""},
		{"4 giugno 2024", "2024-06-04", ""},
		{"4 czerwca 2024", "2024-06-04", ""},
		{"4 июня 2024", "2024-06-04", ""},
		{"2024年6月4日", "2024-06-04", ""},
		{"2024年6月4日海", "2024-06-04", "海"},
		{"2024년 6월 4일", "2024-06-04", ""},
		{"04.06.2024", "2024-06-04", ""},
		{"4. 6. 2024", "2024-06-04", ""},
		{"13-06-2024", "2024-06-13", ""},
		{"06-04-2024_06-05-2024", "2024-06-04 2024-06-05", ""},
		{"06-04-2024_06-04-2024", "2024-06-04", ""},
		{"2024/06/04", "2024-06-04", ""},
		{"2024/06/4 Beach", "2024-06-04", "Beach"},
		{"2024/06-June/04", "2024-06-04", ""},
		{"Journal/2024/June/4th", "2024-06-04", ""},
		{"2024/2024-06/04", "2024-06-04", ""},
		{"2024/06-04", "2024-06-04", ""},
		{"2024/June 4", "2024-06-04", ""},
		{"2024/06/Tue 04", "2024-06-04", ""},
		{"2023/2024-06-04", "2024-06-04", ""}, // the name says more than the folder
	} {
		day, reason := dayname.Reader{}.Read(c.path)
		var days []string
		for _, d := range day.Dates {
			days = append(days, d.String())
		}
		if got := strings.Join(days, " "); got != c.days || day.Title != c.title || reason != "" {
			t.Errorf("%q: %q, title %q, %q; want %q, title %q", c.path, got, day.Title, reason, c.days, c.title)
		}
	}
}

func TestNamesWithoutADay(t *testing.T) {
	for _, c := range []struct {
		path string
		want dayname.Reason
	}{
		{"2024-W24", dayname.Week}, {"2024-W24 plan", dayname.Week}, {"06-04-2024 - Week", dayname.Week},
		{"2024-06", dayname.Month}, {"2024 June", dayname.Month}, {"June 2024", dayname.Month},
		{"2024", dayname.Year}, {"2024-Q2", dayname.Year},
		{"06-31-2024", dayname.NoSuchDate}, {"2024-13-01", dayname.NoSuchDate}, {"31. Juni 2024", dayname.NoSuchDate},
		{"0204-06-04", dayname.NoSuchDate}, {"2024/02/30", dayname.NoSuchDate},
		{"Beach", dayname.NotADay}, {"README", dayname.NotADay}, {"04", dayname.NotADay}, {"06/04", dayname.NotADay},
		{"Meeting 2024-06-04", dayname.NotADay}, {"2024-06-041", dayname.NotADay}, {"2024-06-04abc", dayname.NotADay},
		{"May", dayname.NotADay}, {"Mon", dayname.NotADay}, {"12345678", dayname.NotADay}, {"", dayname.NotADay},
		{"1984/chapter 4", dayname.NotADay}, {"2024/06/index", dayname.NotADay}, {"2024/ideas/04", dayname.NotADay},
	} {
		if day, reason := (dayname.Reader{}).Read(c.path); reason != c.want || len(day.Dates) > 0 {
			t.Errorf("%q: %v, %q; want %q", c.path, day.Dates, reason, c.want)
		}
	}
}

func TestOrderOfDayAndMonth(t *testing.T) {
	for _, c := range []struct {
		names      []string
		path, want string
	}{
		{nil, "04-06-2024", "2024-04-06"},
		{[]string{"13-06-2024", "14-06-2024"}, "04-06-2024", "2024-06-04"},
		{[]string{"06-13-2024", "13-06-2024", "06-14-2024"}, "04-06-2024", "2024-04-06"},
		{[]string{"06-13-2024", "14-06-2024", "06-14-2024"}, "14-06-2024", "2024-06-14"},
		{[]string{"13_06_2024"}, "04_06_2024", "2024-06-04"},
		{[]string{"13_06_2024"}, "04-06-2024", "2024-06-04"}, // all the evidence there is
		{[]string{"13_06_2024", "06-13-2024"}, "04-06-2024", "2024-04-06"},
		{[]string{"06-13-2024"}, "04.06.2024", "2024-06-04"}, // a full stop is day first
		{[]string{"2024-06-13", "Beach"}, "04-06-2024", "2024-04-06"},
	} {
		var o dayname.Orders
		for _, n := range c.names {
			o.Add(n)
		}
		if day, _ := o.Reader().Read(c.path); len(day.Dates) != 1 || day.Dates[0].String() != c.want {
			t.Errorf("%q after %q: %v, want %s", c.path, c.names, day.Dates, c.want)
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, s := range []string{"2024-06-04 Beach", "2024/06/04", "Mon 11 June 2024", "06-04-2024_06-05-2024", "2024年6月4日"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, path string) {
		day, reason := dayname.Reader{}.Read(path)
		if (len(day.Dates) > 0) == (reason != "") {
			t.Errorf("%q: %v and %q", path, day.Dates, reason)
		}
		for _, d := range day.Dates {
			if !d.Valid() || d.Year < 1600 || d.Year > 9999 {
				t.Errorf("%q: %v", path, d)
			}
		}
	})
}
