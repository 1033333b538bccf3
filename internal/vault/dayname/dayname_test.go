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
		{"2024-06-04(2)", "2024-06-04", "2"},
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
		{"2024-06-09T08-30-15", "2024-06-09", ""},
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
		{"2024-06-30 & 2024-07-01", "2024-06-30 2024-07-01", ""}, {"2024-06-30, 2024-07-02 Sea", "2024-06-30 2024-07-02", "Sea"},
		{"2024-06-30 to 2024-07-02 Sea", "2024-06-30 2024-07-01 2024-07-02", "Sea"}, {"30. Juni 2024 bis 1. Juli 2024", "2024-06-30 2024-07-01", ""},
		{"2024-06-30 to 2025-07-02", "2024-06-30 2025-07-02", ""}, {"2024-06-30 to Bled", "2024-06-30", "to Bled"}, {"2024-06-30 and so on", "2024-06-30", "and so on"},
		{"2024-W23-5", "2024-06-07", ""}, {"2024W237", "2024-06-09", ""}, {"2020-W53-7 Sea", "2021-01-03", "Sea"}, {"2024/07/11/11", "2024-07-11", "11"},
		{"06-04-2024_06-04-2024", "2024-06-04", ""},
		{"2024/06/04", "2024-06-04", ""},
		{"2024/06/4 Beach", "2024-06-04", "Beach"},
		{"2024/06-June/04", "2024-06-04", ""},
		{"Journal/2024/June/4th", "2024-06-04", ""},
		{"2024/2024-06/04", "2024-06-04", ""},
		{"2024/06-04", "2024-06-04", ""},
		{"2024/June 4", "2024-06-04", ""},
		{"2024/06/Tue 04", "2024-06-04", ""},
		{"2024-06-04T09:30:00Z", "2024-06-04", ""},
		{"2024-06-04T09-30-15+02-00", "2024-06-04", ""},
		{"2024-06-04 9.30 Uhr", "2024-06-04", ""},
		{"2024-06-04_09-30-15", "2024-06-04", ""},
		{"2024-06-04 9am run", "2024-06-04", "run"},
		{"2024-06-04 9:30 PM", "2024-06-04", ""},
		{"202406040930 walk", "2024-06-04", "walk"},
		{"20240604093015", "2024-06-04", ""},
		{"2024-06-04 火曜日", "2024-06-04", ""},
		{"2024-06-04(火)", "2024-06-04", ""},
		{"2024年6月4日（火）海", "2024-06-04", "海"},
		{"2024年06月04日 星期二", "2024-06-04", ""},
		{"2024년 6월 4일 화요일", "2024-06-04", ""},
		{"2024-06-04 Mar y sol", "2024-06-04", "Mar y sol"},
		{"(Tue) 2024-06-04", "2024-06-04", ""},
		{"Tuesday the 4th of June 2024", "2024-06-04", ""},
		{"le 4 juin 2024", "2024-06-04", ""},
		{"4 июня 2024 г.", "2024-06-04", ""},
		{"4 Ιουνίου 2024", "2024-06-04", ""},
		{"2024. június 4.", "2024-06-04", ""},
		{"4 iunie 2024", "2024-06-04", ""},
		{"٤ يونيو ٢٠٢٤", "2024-06-04", ""},
		{"4 जून 2024", "2024-06-04", ""},
		{"4 ביוני 2024", "2024-06-04", ""},
		{"04-Jun-24", "2024-06-04", ""},
		{"4 June '24", "2024-06-04", ""},
		{"24-06-04", "2024-06-04", ""},
		{"04.06.24", "2024-06-04", ""},
		{"Journal 2024-06-04", "2024-06-04", ""},
		{"Daily Note 2024-06-04", "2024-06-04", ""},
		{"daily.journal.2024.06.04", "2024-06-04", ""},
		{"Tagebuch 4. Juni 2024", "2024-06-04", ""},
		{"📅2024-06-04 Beach", "2024-06-04", "Beach"},
		{"[2024-06-04] Beach", "2024-06-04", "Beach"},
		{"_2024-06-04", "2024-06-04", ""},
		{"2024-06-04!", "2024-06-04", "!"},
		{"2024-06-04☀️", "2024-06-04", "☀️"},
		{"2024-06-04a", "2024-06-04", "a"},
		{"2024⁄06⁄04", "2024-06-04", ""},
		{"2024-06-04 - 2024-06-06", "2024-06-04", "2024-06-06"},
		{"2024/0604", "2024-06-04", ""},
		{"2024/4.6.", "2024-06-04", ""},
		{"2024/06.04", "2024-06-04", ""},
		{"202406/04", "2024-06-04", ""},
		{"2024年/6月/4日", "2024-06-04", ""},
		{"2024/6月4日", "2024-06-04", ""},
		{"Journal 2024/June/4", "2024-06-04", ""},
		{"2024 Journal/06 June/04", "2024-06-04", ""},
		{"2024/06/04/Beach day", "2024-06-04", "Beach day"},
		{"2024-06-04/index", "2024-06-04", "index"},
		{"2024/06 Jun/04 (Tue)", "2024-06-04", ""},
		{"2024/06 Jun/2024-06-04/09h30", "2024-06-04", "09h30"},
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
		{"Q2 2024", dayname.Year}, {"Week 23 2024", dayname.Week}, {"KW23 2024", dayname.Week}, {"2024-W23 2", dayname.Week}, {"2021-W53-7", dayname.Week}, {"2024-W23-8", dayname.Week}, {"2024年6月", dayname.Month},
		{"24-13-32", dayname.NotADay}, {"May 10-12", dayname.NotADay}, {"Backup/2024-06-04/Recipes", dayname.NotADay}, {"backups/2024/06/04/Recipes", dayname.NotADay},
		{"2024-06-04 Rome/Packing list", dayname.NotADay}, {"Diary", dayname.NotADay}, {"Journal 2024", dayname.NotADay},
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

// An app's own setting for names takes precedence over what a name alone would
// mean.
func TestLayoutsOfApps(t *testing.T) {
	for _, c := range []struct{ folder, format, path, want string }{
		{"", "DD-MM-YYYY", "04-06-2024", "2024-06-04"},
		{"", "[Journal] YYYY-MM-DD", "Journal 2024-06-04", "2024-06-04"},
		{"Diary", "[Beach house] YYYY-MM-DD", "Diary/Beach house 2024-06-04", "2024-06-04"},
		{"", "YYMMDD", "240604", "2024-06-04"},
		{"", "YYMMDD", "240604 Beach", "2024-06-04"},
		{"", "YYYY-DDDD", "2024-156", "2024-06-04"},
		{"", "GGGG-[W]WW-E", "2024-W23-2", "2024-06-04"},
		{"", "YYYY/[W]ww/dddd", "2024/W23/mardi", "2024-06-04"},
		{"", "YYYY/MMMM/D", "2024/juin/4", "2024-06-04"},
		{"", "DD.MM.YY", "04.06.24", "2024-06-04"},
		{"", "YYYY/MM-MMMM/YYYY-MM-DD-dddd", "2024/06-Juni/2024-06-04-Dienstag", "2024-06-04"},
		{"", "YYYY/MM MMM/DD (ddd)", "2024/06 Jun/04 (Tue)", "2024-06-04"},
		{"", "YYYY/MM MMM/YYYY-MM-DD/HH[h]mm", "2024/06 Jun/2024-06-04/09h30", "2024-06-04"},
		{"", "YY-WW/MM-DD-ddd", "24-23/06-04-Tue", "2024-06-04"},
		{"", "YYYY-MM-DD", "Journal/4 June 2024", "2024-06-04"}, // of other places and years
		{"", "DD-MM-YYYY", "old/06-13-2024", "2024-06-13"},
		{"", "YYYY-DDDD", "2023-366", ""},
		{"Diary", "YYMMDD", "240604", ""},
	} {
		l, ok := dayname.NewLayout(c.folder, c.format)
		if !ok {
			t.Errorf("%s is not a format", c.format)
		}
		day, _ := dayname.Reader{Layouts: []dayname.Layout{l}}.Read(c.path)
		got := ""
		if len(day.Dates) == 1 {
			got = day.Dates[0].String()
		}
		if got != c.want {
			t.Errorf("%q by %q: %q, want %q", c.path, c.format, got, c.want)
		}
	}
	for _, format := range []string{"", "YYYY-MM", "GGGG-[W]WW", "YYYY-[Q]Q", "dddd"} {
		if _, ok := dayname.NewLayout("", format); ok {
			t.Errorf("%q gives a day", format)
		}
	}
}

// The other names show which of the numbers of 04-06-24 is the year.
func TestPlaceOfTheYear(t *testing.T) {
	for want, names := range map[string][]string{
		"2024-06-04": {"04-06-24", "05-06-24", "13-06-24"},
		"2024-04-06": {"04-06-24", "04-05-24", "06-13-24"},
		"2004-06-24": {"04-06-24", "04-06-25", "04-07-01"},
	} {
		var o dayname.Orders
		for _, n := range names {
			o.Add(n)
		}
		if day, _ := o.Reader().Read("04-06-24"); len(day.Dates) != 1 || day.Dates[0].String() != want {
			t.Errorf("among %q: %v, want %s", names, day.Dates, want)
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
