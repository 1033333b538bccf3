package search

import (
	"slices"
	"strings"
	"testing"

	"daybook"
	"daybook/internal/store"
	"daybook/internal/text"
)

// knowing returns a searcher whose language has these words; none if words is "".
func knowing(t *testing.T, language, words string) *Searcher {
	t.Helper()
	s := reading(t, language, nil)
	if words != "" {
		s.Words = func() func(string) bool {
			return func(word string) bool { return slices.Contains(strings.Fields(words), word) }
		}
	}
	return s
}

// Which words of a journal are counted as other spellings of one.
func TestSpellingsThatAreCounted(t *testing.T) {
	const none = "-" // a list of words that has none of the journal's
	for _, c := range []struct {
		shows, asked    string
		name            bool
		journal, common string
		want            string
	}{
		{"a word that is missing may be any near one", "surgeon", false, "surjeon sturgeon harbour", "sturgeon", "sturgeon surjeon"},
		{"a word that is there is not another word", "coffee", false, "coffee coffer coffie", "coffer coffee", "coffie"},
		{"without a list of words only the nearest are the same", "coffee", false, "coffee coffer coffie coffe", "", "coffe"},
		{"a short word is one slip from too many others", "creek", false, "creek creed creak", none, "creak"},
		{"six letters may have a whole slip", "batten", false, "batten batter baton", none, "baton batter"},
		{"a name may be another person's", "batten", true, "batten batter battin", none, "battin"},
		{"a name that is missing may be any near one", "batten", true, "batter battin", none, "battin batter"},
		{"a doubled letter is the same name, if a word too", "pegg", true, "pegg peg", "peg", "peg"},
		{"and another word", "pegg", false, "pegg peg", "peg", ""},
		{"a name with another vowel may be a word", "pegg", true, "pegg pigg", "pigg", ""},
		{"the stem of a word is that word", "storys", false, "storys stori", "story", ""},
		{"so is one without its ending", "pigeonne", false, "pigeonne pigeone pigeon", "pigeons", "pigeone"},
		{"a long word may have more slips", "hinchingbrooke", false, "hinchingbrooke hinchinbroke", none, "hinchinbroke"},
		{"and be spelled in steps", "hinchingbrooke", false, "hinchingbrooke hinchinbrooke hinchinbrook", none, "hinchinbrooke hinchinbrook"},
		{"but not by way of other words", "hinchingbrooke", false, "hinchingbrooke hinchinbrooke hinchinbrook", "hinchinbrook", "hinchinbrooke"},
		{"even if it is missing itself", "hinchingbrooke", false, "hinchinbrooke hinchinbrook", "hinchinbrook", "hinchinbrooke"},
		{"eight letters have no steps", "brampton", false, "brampton bramton bramtun", none, "bramton"},
		{"nor more than one slip", "brampton", false, "brampton bramtonn", none, ""},
	} {
		got := knowing(t, "english", c.common).alike(&countable{terms: []string{c.asked}, name: c.name}, lexicon(strings.Fields(c.journal)...))
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: %q, want %q", c.shows, got, c.want)
		}
	}
	s := knowing(t, "english", "")
	s.Words = func() func(string) bool { return nil } // of a language without a list
	if got := s.alike(&countable{terms: []string{"coffee"}}, lexicon("coffee", "coffie", "coffe")); !slices.Equal(got, []string{"coffe"}) {
		t.Errorf("without a list of words: %q", got)
	}
}

// Which words are offered beside a count.
func TestWordsThatAreOffered(t *testing.T) {
	const none = "-"
	for _, c := range []struct {
		shows, language, asked string
		name                   bool
		journal, common        string
		want                   string
	}{
		{"the surname of a name", "english", "robert holm", true, "robert holm", none, "holm"},
		{"a name's other spellings, if words too", "english", "pegg", true, "pegg peg pigg", "peg pigg", "peg pigg"},
		{"and slips that are not words", "english", "batten", true, "batten batter battex", "batter", "battex"},
		{"not other words", "english", "coffee", false, "coffee coffie coffer", "coffie coffer", ""},
		{"slips that are not words", "english", "coffee", false, "coffee coffie cofers", "coffie", ""},
		{"words that derive from it", "english", "boat", false, "boat boatman boater boatload", none, "boater boatman"},
		{"of words that are not very short", "english", "sea", false, "sea seaman", none, ""},
		{"nothing that derives from a name", "english", "rose", true, "rose roseman", none, ""},
		{"the word that it derives from", "english", "boatman", false, "boat", none, "boat"},
		{"also by a long ending", "english", "friendship", false, "friend", none, "friend"},
		{"if it is not very short", "english", "seaman", false, "sea", none, ""},
		{"if what is left is a word of the journal", "english", "boatman", false, "ferry", none, ""},
		{"if the rest is an ending", "english", "boatload", false, "boat", none, ""},
		{"words that end alike", "english", "surgeon", false, "surgeon chirurgeon", none, "chirurgeon"},
		{"each once", "english", "surgeon", false, "surgeon burgeon", none, "burgeon"},
		{"never an uncertain word", "english", "surgeon", false, "surgeon " + text.ReadingMark + "chirurgeon", none, ""},
		{"parts of compounds", "german", "zahn", false, "zahn zahnarzttermin", none, "zahn zahnarzttermin"},
	} {
		terms := strings.Fields(c.asked)
		var got []string
		for _, near := range knowing(t, c.language, c.common).nearForms(&Query{}, &countable{terms: terms, name: c.name}, lexicon(strings.Fields(c.journal)...)) {
			got = append(got, strings.Join(near, " "))
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: %q, want %q", c.shows, got, c.want)
		}
	}
}

func TestSameEnding(t *testing.T) {
	for _, c := range []struct {
		a, b string
		same bool
	}{
		{"surgeon", "chirurgeon", true}, // 6 of 10 letters
		{"surgeon", "grandurgeon", false}, {"surgeon", "surgeon", false}, {"harbour", "arbour", true}, {"garbour", "labour", false},
	} {
		if got := sameEnding(c.a, c.b); got != c.same {
			t.Errorf("%s and %s: %v", c.a, c.b, got)
		}
	}
}

// First names are abbreviated by their initial, their beginning or their consonants.
func TestShortNames(t *testing.T) {
	for _, c := range []struct{ name, journal, want string }{
		{"william", "harbour w wm will wil willi william wim wmm www wlm wll yes", "w wm wil wlm will"},
		{"ann", "a an ann anne", "a an"},
		{"ébène", "é éb e", "é éb"},
		{"christopher", "c ch chr cr cher crst kr xtof", "c ch cr chr"},
		{"margaret", "m ma mar marg mgt mrt mt", "m ma mt mar mgt"}, // the five shortest
	} {
		if got := shortNames(c.name, lexicon(strings.Fields(c.journal)...)); strings.Join(got, " ") != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// A name has a capital within a sentence. The word is marked by *.
func TestWhatIsAName(t *testing.T) {
	s := reading(t, "english", nil)
	for topic, name := range map[string]bool{
		"with *May to the harbour":   true,
		"with *may to the harbour":   false,
		"*May came":                  false,
		"“*May came":                 false,
		"Who came? *May":             false,
		"It rained! *May came":       false,
		"It rained. *May came":       false,
		"I saw Mr. *May":             true,
		"I saw Mrs. *May":            true,
		"I saw W. *May":              true,
		"a day in Devon. *May came":  false, // too long for an abbreviation
		"it was late. *May came":     false,
		"that *I went":               false,
		"that *I'm here":             false,
		"that *I’ll come":            false,
		"when *Will came, I slept":   true,
		"We saw Capt. *Will in town": true,
	} {
		at := strings.Index(topic, "*")
		topic = strings.Replace(topic, "*", "", 1)
		for _, token := range s.Analyzer.Tokens(topic) {
			if token.Start == at && isName(topic, token) != name {
				t.Errorf("%s: the word at %d is a name: %v", topic, at, !name)
			}
		}
	}
}

// How a text has a word that is also a name: with a capital within a sentence, at the
// beginning of one, and without.
func TestCapitals(t *testing.T) {
	s := reading(t, "english", nil)
	for body, want := range map[string][3]int{
		"With Rose to the fair. The sun rose late.":          {1, 0, 1},
		"Rose was late. Rose left.":                          {0, 2, 0},
		"A list:\nRose, bread. \"Rose\" is a word: Rose.":    {0, 3, 0},
		"Met rose and ROSE.":                                 {1, 0, 1},
		"The end.\n\nRose came.":                             {0, 1, 0},
		"Where was Rose? Rose was late!":                     {1, 1, 0},
		"Saw Mr. Rose, and J. Rose.":                         {2, 0, 0},
		"The cup etc. rose again.":                           {0, 0, 1},
		"We met at the harbour. rose":                        {0, 0, 1},
		"She came home... Rose slept.":                       {0, 1, 0},
		"In the morning, as often, we saw her: Rose herself": {0, 1, 0},
	} {
		within, leading, small := s.capitals(body, "rose")
		if got := [3]int{within, leading, small}; got != want {
			t.Errorf("%q: %v, want %v", body, got, want)
		}
	}
	for body, want := range map[string][3]int{
		"Walked with May. I may go again.":             {1, 0, 1},
		"In May it rained, on 3 May and on May 4th.":   {0, 0, 3},
		"It rained every May, late May and last May.":  {0, 0, 3},
		"May came to dinner with May, 3 eggs in hand.": {0, 1, 1}, // a number behind it makes a date
		"May":                      {0, 1, 0},
		"We had May 2":             {0, 0, 1},
		"We both like May":         {1, 0, 0},
		"Fog. May 3 was no better": {0, 0, 1},
	} {
		within, leading, small := s.capitals(body, "may")
		if got := [3]int{within, leading, small}; got != want {
			t.Errorf("%q: %v, want %v", body, got, want)
		}
	}
	for body, want := range map[string][3]int{ // "will" says nothing, so that it seldom begins a sentence
		"Will came late. Will you come? Will it rain?": {1, 0, 2},
		"Then came Will. It will rain. Will":           {2, 0, 1},
	} {
		within, leading, small := s.capitals(body, "will")
		if got := [3]int{within, leading, small}; got != want {
			t.Errorf("%q: %v, want %v", body, got, want)
		}
	}
}

// Where a sentence ends between two words that are counted together.
func TestSentenceEndsBetweenWords(t *testing.T) {
	s := reading(t, "english", nil)
	for body, ends := range map[string]bool{
		"dog. Cat":       true,
		"dog. cat":       false, // an abbreviation
		"dog? cat":       true,
		"dog! cat":       true,
		"dog, Cat":       false,
		"dog.Cat":        false,
		"dog.” Cat":      true,
		"Mr. Cat":        false,
		"dog\n\ncat":     true,
		"dog\ncat":       false,
		"dog (a). Cat":   true,
		"dog ... Cat":    true,
		"dog.\nCat":      true,
		"dog, said. Cat": true,
	} {
		tokens := s.Analyzer.Tokens(body)
		got := false
		for i := 1; i < len(tokens); i++ {
			got = got || endsBetween(body, tokens[i-1], tokens[i])
		}
		if got != ends {
			t.Errorf("%q: %v", body, got)
		}
	}
}

// Words are counted together if at most eleven are between them in one sentence.
func TestClose(t *testing.T) {
	s := reading(t, "english", nil)
	both := []countable{{forms: []form{{terms: []string{"dog"}}}}, {forms: []form{{terms: []string{"cat"}}, {terms: []string{"black", "cat"}}}}}
	for body, close := range map[string]bool{
		"The dog and the cat.":                               true,
		"The cat and the dog.":                               true,
		"The dog slept. The cat slept.":                      false,
		"The dog slept. A dog and a cat slept.":              true,
		"dog" + strings.Repeat(" word", 11) + " cat":         true,
		"dog" + strings.Repeat(" word", 12) + " cat":         false,
		"dog" + strings.Repeat(" word", 12) + " cat and dog": true,
		"The dog.": false,
		"":         false,
	} {
		if got := s.close(body, both); got != close {
			t.Errorf("%q: %v", body, got)
		}
	}
	var marked []string
	body := "The black cat, the cat and the dog"
	for _, m := range s.formMarks(both)(body) {
		marked = append(marked, body[m[0]:m[1]])
	}
	if want := []string{"black cat", "cat", "dog"}; !slices.Equal(marked, want) {
		t.Errorf("marked %q, want %q", marked, want)
	}
}

// The entries that tell the answer: the first, the last, or those that are counted.
func TestTelling(t *testing.T) {
	for _, c := range []struct {
		asked Aggregate
		k     int
		want  string
	}{
		{Count, 2, "a b"}, {Count, 9, "a b c"}, {First, 2, "a"}, {Last, 2, "c"}, {First, 0, ""},
	} {
		m := &Mentions{Asked: c.asked, entries: []string{"a", "b", "c"}}
		if got := strings.Join(m.Telling(c.k), " "); got != c.want || m.entries[0] != "a" {
			t.Errorf("%s, %d: %q, want %q", c.asked, c.k, got, c.want)
		}
	}
}

// A count that a model has read has the days that it kept, in order, and nothing that
// was offered beside the first one.
func TestCountOfReadEntries(t *testing.T) {
	on := func(days ...int) (dates []daybook.Date) {
		for _, d := range days {
			dates = append(dates, daybook.Date{Year: 2024, Month: 1, Day: d})
		}
		return dates
	}
	within := []daybook.DateRange{{From: on(1)[0], To: on(9)[0]}}
	m := &Mentions{
		Asked: Count, Words: []string{"soup"}, Within: within, Days: on(1, 2, 3), entries: []string{"a", "b", "c"}, offered: []string{"d"},
		Near: []NearForm{{"soop", 1}}, Beside: 1, Leading: 1,
	}
	kept := []daybook.Entry{{ID: "d", Dates: on(8, 12)}, {ID: "b", Dates: on(2, 3)}, {ID: "c", Dates: on(3)}}
	got := m.Only(kept, 4)
	if !slices.Equal(got.Days, on(2, 3, 8)) || !slices.Equal(got.EntryIDs(), []string{"b", "c", "d"}) || got.Read != 4 {
		t.Errorf("%+v, all %v", got, got.EntryIDs())
	}
	if len(got.Near) > 0 || got.Beside > 0 || got.Leading > 0 {
		t.Errorf("what was offered is still there: %+v", got)
	}
	if kept[0].ID != "d" || !slices.Equal(m.EntryIDs(), []string{"a", "b", "c", "d"}) || len(m.Near) != 1 {
		t.Errorf("the first count or the caller's list changed: %+v, %v", m, kept)
	}
	if ids := (*Mentions)(nil).EntryIDs(); ids != nil {
		t.Errorf("no count has the entries %v", ids)
	}
	if marks := m.Marks("soup"); marks != nil {
		t.Errorf("marks %v without words", marks)
	}
}

// A word that is frequent is found often enough as it is written.
func TestFrequentWords(t *testing.T) {
	for _, c := range []struct {
		count, passages int
		frequent        bool
	}{
		{20, 100, false}, {21, 100, true}, {21, 3000, false}, {30, 3000, false}, {31, 3000, true},
	} {
		v := &store.Vocabulary{Terms: []string{"soup"}, Counts: []int{c.count}, Passages: c.passages}
		if got := frequent("soup", v); got != c.frequent {
			t.Errorf("%d of %d: %v", c.count, c.passages, got)
		}
	}
}
