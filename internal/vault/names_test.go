package vault

import (
	"strings"
	"testing"

	"daybook"
)

func TestFormats(t *testing.T) {
	for _, c := range []struct{ pattern, title, want string }{
		{"MM-DD-YYYY", "02-29-2020", "2020-02-29"},
		{"MM-DD-YYYY", "01-02-2020_01-04-2020_01-09-2020", "2020-01-02 2020-01-04 2020-01-09"},
		{"MM-DD-YYYY", "01-01-1600", "1600-01-01"},
		{"MM-DD-YYYY", "02-30-2020", "none"},
		{"MM-DD-YYYY", "01-02-2020_02-30-2020", "none"},
		{"MM-DD-YYYY", "12-31-1599", "none"},
		{"MM-DD-YYYY", "1-2-2020", "no"},
		{"MM-DD-YYYY", "01-02-2020_", "no"},
		{"MM-DD-YYYY", "01-02-2020 AM", "no"},
		{"MM-DD-YYYY", "", "no"},
		{"YYYY-MM-DD", "2020-01-02", "2020-01-02"},
		{"YYYY-MM-DD", "2020.01.02", "no"},
		{"DD.MM.YYYY", "31.12.1999_01.01.2000", "1999-12-31 2000-01-01"},
		{"D.M.YYYY", "1.12.1999", "1999-12-01"},
		{"D.M.YY", "1.12.99", "1999-12-01"},
		{"MMMM D, YYYY", "march 5, 2021", "2021-03-05"},
		{"MMM Do YYYY", "May 1st 2021", "2021-05-01"},
		{"YYYY_MM_DD", "2020_01_02_2020_01_03", "2020-01-02 2020-01-03"},
		{"YYYY/MM/YYYY-MM-DD dddd", "2020-01-02 Thursday", "2020-01-02"},
		{"[Day] D-M-YYYY", "Day 5-6-2020", "2020-06-05"},
		{"[Day] D-M-YYYY", "5-6-2020", "no"},
		{"YYYYMMDD", "20200102", "2020-01-02"},
	} {
		f, err := ParseFormat(c.pattern)
		if err != nil {
			t.Errorf("ParseFormat(%q): %v", c.pattern, err)
			continue
		}
		if got := parsed(f, c.title); got != c.want {
			t.Errorf("%s: %q is %q, want %q", c.pattern, c.title, got, c.want)
		}
	}
}

func parsed(f Format, title string) string {
	dates, ok := f.Parse(title)
	if !ok {
		return "no"
	}
	if dates == nil {
		return "none"
	}
	var list []string
	for _, d := range dates {
		list = append(list, d.String())
	}
	return strings.Join(list, " ")
}

func TestBadFormats(t *testing.T) {
	for pattern, why := range map[string]string{
		"":               "year",
		"YYYY-MM":        "day",
		"YYYY-MM-DD-D":   "day",
		"YYYY-MM-DD HH":  "letter H",
		"Day YYYY-MM-DD": "letter a",
		"[YYYY-MM-DD":    "bracket",
		"YYYY-MM-DD/":    "year",
	} {
		_, err := ParseFormat(pattern)
		if daybook.KindOf(err) != daybook.Invalid || !strings.Contains(err.Error(), why) {
			t.Errorf("ParseFormat(%q): %v; want an Invalid error about %q", pattern, err, why)
		}
	}
}

func TestNamesInSeveralFormats(t *testing.T) {
	var formats []Format
	for _, p := range []string{"MM-DD-YYYY", "YYYY-MM-DD"} {
		f, err := ParseFormat(p)
		if err != nil {
			t.Fatal(err)
		}
		formats = append(formats, f)
	}
	for title, want := range map[string]string{
		"2020-02-01":            "",
		"02-01-2020_02-01-2020": "",
		"2020-02-30":            "does not exist",
		"02-01-2020 - Week":     "week",
		"Shopping":              "not a date of the form MM-DD-YYYY",
	} {
		dates, reason := readName(formats, title)
		if (want == "") != (reason == "") || !strings.Contains(reason, want) || want == "" && len(dates) != 1 {
			t.Errorf("%q: %v, %q; want one date, or the reason %q", title, dates, reason, want)
		}
	}
}

func FuzzFormat(f *testing.F) {
	f.Add("MM-DD-YYYY", "01-02-2020_01-03-2020")
	f.Add("[x] MMMM Do, YY dddd", "x March 5th, 20 Monday")
	f.Add("D.M.YYYY", "1.1.1600")
	f.Fuzz(func(t *testing.T, pattern, title string) {
		format, err := ParseFormat(pattern)
		if err != nil {
			if daybook.KindOf(err) != daybook.Invalid {
				t.Fatal(err)
			}
			return
		}
		dates, ok := format.Parse(title)
		for _, d := range dates {
			if !ok || !d.Valid() || d.Year < firstYear {
				t.Fatalf("%q reads %q as %v", pattern, title, dates)
			}
		}
	})
}
