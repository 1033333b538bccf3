package notebook

import (
	"fmt"
	"strings"
	"testing"
)

func show(h Head) string {
	s := fmt.Sprintf("%d-%d-%d", h.Year, h.Month, h.Day)
	if h.HasWeekday {
		s += " " + h.Weekday.String()[:3]
	}
	if h.Feast != "" {
		s = h.Feast
	}
	if h.Unsure {
		s += " ?"
	}
	return s
}

func TestHeads(t *testing.T) {
	for _, c := range []struct{ page, want string }{
		{"4 June 2019\n\nRained all day.", "2019-6-4"},
		{"June 4th, 2019\nRained.", "2019-6-4"},
		{"Tuesday, 4 June 2019. Rained all day.", "2019-6-4 Tue"},
		{"Tues 5th\nMarket with Ida.", "0-0-5 Tue"},
		{"Tues 5th. Market, then home.", "0-0-5 Tue"},
		{"Tues. 5th - market", "0-0-5 Tue"},
		{"Wed. June 5. Ida came.", "0-6-5 Wed"},
		{"4th. Up early, and to the office.", "0-0-4"},
		{"The 4th of June: at the sea.", "0-6-4"},
		{"June 4 Rained all day", "0-6-4"},
		{"Brighton, 4 June 2019", "2019-6-4"},
		{"At the cottage. Sunday 9 June", "0-6-9 Sun"},
		{"# 4 June 2019", "2019-6-4"},
		{"**Tuesday**\nMarket.", "0-0-0 Tue"},
		{"4/6/19", "19-6-4"},
		{"4.6.2019", "2019-6-4"},
		{"2019-06-04", "2019-6-4"},
		{"4.VI.2019 Deszcz", "2019-6-4"},
		{"4. Juni 2019", "2019-6-4"},
		{"Dienstag, den 4. Juni", "0-6-4 Tue"},
		{"Di 4.6.", "0-6-4 Tue"},
		{"mardi 4 juin 2019", "2019-6-4 Tue"},
		{"Mardi 4 mars 2014", "2014-3-4 Tue"},
		{"Martes, 4 de junio de 2019", "2019-6-4 Tue"},
		{"Le 1er mai 1968", "1968-5-1"},
		{"domenica 9 giugno", "0-6-9 Sun"},
		{"[4?] June 2019", "2019-6-4 ?"},
		{"4 June '98", "98-6-4"},
		{"4 June 2019, 9.30 pm", "2019-6-4"},
		{"Sat 8 June 9pm\nTired.", "0-6-8 Sat"},
		{"Christmas Eve\nSnow at last.", "Christmas Eve"},
		{"Easter Sunday 2019", "Easter Sunday 2019"},
		{"June 2019\n\n4th. Rain.\n\n5th. Sun.", "2019-6-0, 0-0-4, 0-0-5"},
		{"and so to bed.\n\n5 June\nUp late.", "+ 0-6-5"},
		{"4 June 2019\nRain.\n\n5 June 2019\nSun.", "2019-6-4, 2019-6-5"},

		// Not heads.
		{"On 4 June we'll go to the sea.", ""},
		{"June 4 was the day when we met.", ""},
		{"Tuesday, we went to the market", ""},
		{"May I ask you something?", ""},
		{"Sat down and wrote.", ""},
		{"Mon ami est venu.", ""},
		{"4 people came.", ""},
		{"4. Buy milk", ""},
		{"12", ""},
		{"Yesterday", ""},
		{"March to the sea, then home.", ""},
		{"So then I left.", ""},
		{"4.30 up, tea", ""},
		{"1984 is a book by Orwell.", ""},
		{"Sunday lunch with Ida", ""},
		{"", ""},
		{"5th Avenue was closed.", "0-0-5"}, // a sentence that begins like a date is doubtful by any rule
	} {
		heads, continues := heads(c.page, false)
		var got []string
		for _, h := range heads {
			got = append(got, show(h))
		}
		text := strings.Join(got, ", ")
		if continues {
			text = "+ " + text
		}
		if text != c.want {
			t.Errorf("%q: %q, want %q", c.page, text, c.want)
		}
	}
	if heads, _ := heads("6/4/2019", true); show(heads[0]) != "2019-6-4" {
		t.Errorf("month first: %+v", heads)
	}
}

func FuzzHeads(f *testing.F) {
	for _, s := range []string{"4 June 2019", "Tues 5th", "[4?] [Ju", "mar 5 juin", "4.VI.19", "'19", "5/6", "1600-13-40", "31 31 31"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, page string) {
		heads, _ := heads(page, len(page)%2 == 0)
		for _, h := range heads {
			if h.Feast == "" && (h.Day < 0 || h.Day > 31 || h.Month < 0 || h.Month > 12 || h.Day == 0 && h.Month == 0 && !h.HasWeekday) {
				t.Errorf("%q gives %+v", page, h)
			}
		}
		resolve([]PageDates{{Heads: heads}}, day("2026-01-01"))
	})
}
