package search_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"daybook"
	"daybook/internal/language"
	"daybook/internal/search"
	"daybook/internal/store"
)

// many are days whose words are like each other without being the same.
var many = []string{
	"Uncle Robert came to dinner.", "Walked with Robert Holm. Uncle Robert Holm was tired.", "Robert Holm wrote a letter.", "Cousin Robert was here.",
	"The wrestler won.", "We wrestle in the yard.", "Saw wrestlers at the fair.", "A surgeon came.", "The chirurgeon came.", "A book of chirurgery.",
	"Sent an e-mail to Anne.", "An email from Anne.", "Wrote emails.", "Paid 3,000 for the boat.", "Paid 3000 again.",
	"The dog barked. Then the cat came in and sat by the fire for a long time.", "The dog saw the cat.", "The dog barked. The cat slept.",
	"Will came to supper.", "I met Will Howe.", "Will you come?", "She said that she will.", "Then Will and I rowed.",
	"Rose early. A rose in the garden.", "Met Rose at the harbour.", "Rose was late.",
}

// What is counted, what is counted as the same, and what is offered instead.
func TestWhatIsCountedAndWhatIsOffered(t *testing.T) {
	notes := map[string]note{}
	for i, text := range many {
		notes[fmt.Sprintf("note %02d", i+1)] = note{day: day(2024, 1, i+1), lines: text}
	}
	s := dated(t, notes)
	for subject, want := range map[string]struct {
		days            []int
		spelled, near   string
		beside, leading int
		offered         []int // with the days
	}{
		"uncle Robert":        {days: []int{1, 2, 3}, spelled: "Robert Holm", near: "Robert 1", offered: []int{1, 2, 3, 4}},
		"Robert Holm":         {days: []int{1, 2, 3}, spelled: "Uncle Robert", offered: []int{1, 2, 3}},
		"wrestlers":           {days: []int{5, 7}, near: "wrestle 1", offered: []int{5, 6, 7}},
		"wrestling":           {days: []int{6}, near: "wrestler 2", offered: []int{5, 6, 7}},
		"a surgeon":           {days: []int{8}, near: "chirurgeon 1", offered: []int{8, 9}},
		"email":               {days: []int{11, 12, 13}, offered: []int{11, 12, 13}},
		"e-mail":              {days: []int{11, 12, 13}, offered: []int{11, 12, 13}},
		"3000":                {days: []int{14, 15}, offered: []int{14, 15}},
		"the dog and the cat": {days: []int{17}, beside: 2, offered: []int{16, 17, 18}},
		`"dog" and "cat"`:     {days: []int{16, 17, 18}, offered: []int{16, 17, 18}},
		"Will":                {days: []int{19, 20, 23}, offered: []int{19, 20, 23}},
		"Will Howe":           {days: []int{20}, offered: []int{20}},
		"Rose":                {days: []int{25}, leading: 2, offered: []int{24, 25, 26}},
	} {
		m := findAll(t, s, "How often did I mention "+subject+"?", store.Filter{}, 5).Mentions
		if m == nil {
			t.Errorf("%s is not counted", subject)
			continue
		}
		var days, offered []int
		for _, d := range m.Days {
			days = append(days, d.Day)
		}
		for _, id := range m.EntryIDs() {
			var n int
			if _, err := fmt.Sscanf(id, "note %d", &n); err != nil {
				t.Fatal(err)
			}
			offered = append(offered, n)
		}
		slices.Sort(offered)
		var near []string
		for _, f := range m.Near {
			near = append(near, fmt.Sprint(f.Text, " ", f.Days))
		}
		if !slices.Equal(days, want.days) || !slices.Equal(offered, want.offered) || strings.Join(m.Spelled, ", ") != want.spelled ||
			strings.Join(near, ", ") != want.near || m.Beside != want.beside || m.Leading != want.leading {
			t.Errorf("%s: days %v, spelled %q, near %q, %d beside, %d leading, all %v", subject, days, m.Spelled, near, m.Beside, m.Leading, offered)
		}
	}
}

// A count that may not be what was asked for says why.
func TestTallySaysWhyItIsApproximate(t *testing.T) {
	days := []daybook.Date{day(2024, 1, 2), day(2024, 1, 3)}
	const event, words, forms = "whether or not it happened", "in one sentence", "counted as the same"
	for name, c := range map[string]struct {
		m    search.Mentions
		says string // "" for a count that is certain
	}{
		"certain":               {search.Mentions{Words: []string{"soup"}}, ""},
		"an event":              {search.Mentions{Words: []string{"soup"}, Event: true}, event},
		"several words":         {search.Mentions{Words: []string{"soup", "Anne"}}, words},
		"an event in two words": {search.Mentions{Words: []string{"soup", "Anne"}, Event: true}, words},
		"other spellings":       {search.Mentions{Words: []string{"soup"}, Spelled: []string{"soop"}}, forms},
		"read":                  {search.Mentions{Words: []string{"soup"}, Event: true, Read: 7}, "A model read the passages of each possible day and counted 2 of 7."},
		"beside":                {search.Mentions{Words: []string{"soup"}, Beside: 3}, "only near each other: 3 more"},
		"leading":               {search.Mentions{Words: []string{"Rose"}, Leading: 4}, "may not be a name: 4 more"},
		"one day nearly":        {search.Mentions{Words: []string{"soup"}, Near: []search.NearForm{{Text: "soap", Days: 1}}}, "“soap” (one day)"},
		"some days nearly":      {search.Mentions{Words: []string{"soup"}, Near: []search.NearForm{{Text: "soap", Days: 2}}}, "“soap” (2 days)"},
	} {
		c.m.Asked, c.m.Days = search.Count, days
		got := search.Tally(&c.m, language.Of("english"), nil, 5)
		doubts := strings.Count(got, "approximate") + strings.Count(got, " more.") + strings.Count(got, "A model read")
		if c.m.Approximate() != (c.says != "") || !strings.Contains(got, c.says) || (doubts > 0) != (c.says != "") || doubts > 1 {
			t.Errorf("%s: approximate %v, %s", name, c.m.Approximate(), got)
		}
		if !strings.Contains(got, "2024") { // dates as the language writes them
			t.Errorf("%s: %s", name, got)
		}
	}
	one := search.Mentions{Asked: search.Count, Words: []string{"soup"}, Days: days[:1]}
	if got := search.Tally(&one, language.Of("english"), nil, 5); strings.Contains(got, "\n") {
		t.Errorf("the one day is listed once more: %q", got)
	}
	two := search.Mentions{Asked: search.Count, Words: []string{"soup"}, Days: days}
	if got := search.Tally(&two, language.Of("english"), nil, 5); !strings.Contains(got, "\n- 2024: 2, 3 January") {
		t.Errorf("two days are not listed: %q", got)
	}
}
