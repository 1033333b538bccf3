package dates

import "testing"

func TestFeasts(t *testing.T) {
	ask(t, old, []asked{
		{"How did I spend Christmas Day 1661?", "1661-12-25"},
		{"How did I spend Christmas 1661 and 1662?", "1662-12-25 1661-12-25"},
		{"on Christmas Eve, 1662", "1662-12-24"},
		{"What did I write on New Year's Eve 1663?", "1663-12-31"},
		{"What did I write on New Year’s Eve in 1663?", "1663-12-31"},
		{"on New Year's Day 1664", "1664-01-01"},
		{"on Boxing Day 1660", "1660-12-26"},
		{"on St. Stephen's Day 1660", "1660-12-26"},
		{"on Twelfth Night 1663", "1663-01-05..1663-01-06"},
		{"What happened on Easter Day 1660?", "1660-04-22"},
		{"Where did I hear mass at Easter 1661?", "1661-04-14"},
		{"Easter 1662", "1662-03-30"},
		{"Easter of 1663", "1663-04-19"},
		{"Easter Monday 1664", "1664-04-11"},
		{"on Good Friday 1661", "1661-04-12"},
		{"on Shrove Tuesday 1661", "1661-02-26"},
		{"Ash Wednesday 1661", "1661-02-27"},
		{"in Lent 1661", "1661-02-27..1661-04-13"},
		{"Whit Sunday 1661", "1661-06-02"},
		{"at Whitsun in 1662", "1662-05-18"},
		{"Ascension Day 1661", "1661-05-23"},
		{"Valentine's Day 1661", "1661-02-14"},
		{"on St. Valentine's day, 1662", "1662-02-14"},
		{"Candlemas 1662", "1662-02-02"},
		{"Lady Day 1663", "1663-03-25"},
		{"at Michaelmas in 1663", "1663-09-29"},
		{"on Guy Fawkes Day 1664", "1664-11-05"},
		{"Bonfire Night 1661", "1661-11-05"},
		{"Midsummer Day 1660", "1660-06-24"},
		{"May Day 1663", "1663-05-01"},
		{"How did I spend Christmas?", "1664-12-25 1663-12-25 1662-12-25 1661-12-25 1660-12-25"},
		{"What do I eat at Easter?", "1664-04-10 1663-04-19 1662-03-30 1661-04-14 1660-04-22"},
		{"Where was I last Christmas?", "1664-12-25"},
		{"What did I do on my birthday, the 23rd of February, in 1662?", "1662-02-23"},
		{"What did I do on my birthday, 23 February 1663?", "1663-02-23"},
		{"On my birthday (February 23rd) in 1664?", "1664-02-23"},
		{"In 1662, what did I do on the 23rd of February?", "1662-02-23"},
		{"What did I do on my birthday?", ""},
		{"the Sunday after Easter 1661", "1661-04-21"},
		{"the Friday before Christmas 1662", "1662-12-19"},
	})
	ask(t, diary, []asked{
		{"Easter 2016", "2016-03-27"},
		{"Good Friday 2018", "2018-03-30"},
		{"Thanksgiving 2019", "2019-11-28"},
		{"Memorial Day 2021", "2021-05-31"},
		{"Labor Day 2021", "2021-09-06"},
		{"Halloween last year", "2023-10-31"},
		{"on Mardi Gras 2020", "2020-02-25"},
		{"How was my birthday in 2021?", "2021-02-23"},
		{"How was My Birthday last year?", "2023-02-23"},
		{"What did I get for my last birthday?", "2024-02-23"},
		{"our wedding anniversary 2020", "2020-10-10"},
		{"since my birthday", "2024-02-23.."},
		{"on our wedding anniversary", "2023-10-10 2022-10-10 2021-10-10 2020-10-10 2019-10-10 2018-10-10 2017-10-10 2016-10-10 2015-10-10"},
		{"the week before my birthday in 2022", "2022-02-16..2022-02-22"},
		{"the Christmas holidays 2021", "2021-12-24..2022-01-01"},
		{"on Christmas morning 2021", "2021-12-25"},
	})
}

func TestEaster(t *testing.T) {
	english, roman := calendar{}, calendar{newStyle: true}
	for _, c := range []struct {
		cal  calendar
		year int
		want string
	}{
		{english, 1600, "1600-03-23"}, {english, 1661, "1661-04-14"}, {english, 1664, "1664-04-10"},
		{english, 1752, "1752-03-29"}, {english, 1753, "1753-04-22"}, {english, 1818, "1818-03-22"},
		{english, 1943, "1943-04-25"}, {english, 1954, "1954-04-18"}, {english, 1981, "1981-04-19"}, {english, 2000, "2000-04-23"}, {english, 2038, "2038-04-25"},
		{roman, 1661, "1661-04-17"}, {roman, 1600, "1600-04-02"},
	} {
		if got := c.cal.easter(c.year).String(); got != c.want {
			t.Errorf("Easter %d: %s, want %s", c.year, got, c.want)
		}
	}
	for year := 1600; year < 2200; year++ {
		for _, cal := range []calendar{english, roman} {
			if d := cal.easter(year); cal.weekday(d) != 0 {
				t.Errorf("Easter %s is not a Sunday", d)
			}
		}
	}
}

func TestNewStyle(t *testing.T) {
	o := old
	o.NewStyle = true
	ask(t, o, []asked{
		{"Easter 1661", "1661-04-17"},
		{"the first Sunday in May 1663", "1663-05-06"},
	})
}
