package search_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"daybook"
	"daybook/internal/language"
	"daybook/internal/search"
	"daybook/internal/store"
)

// commonWords returns the words that the built-in model knows whole; nil without
// the model.
func commonWords(t *testing.T) func(string) bool {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", ".cache", "model", "tokenizer.json"))
	if err != nil {
		t.Log("the model is not there, so other spellings are told from words by their distance alone")
		return nil
	}
	var file struct {
		Model struct {
			Vocab map[string]int `json:"vocab"`
		} `json:"model"`
	}
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	return func(word string) bool { _, is := file.Model.Vocab[word]; return is }
}

// Questions about a journal with many spellings, and the days that were found by
// reading what it says in each of them. No days mean that what happened is told in
// other words too, so that any count of words must say that it is approximate.
var counts = []struct {
	question    string
	days        int
	first, last string
}{
	{"How many days mention a clyster?", 9, "1663-02-11", "1664-05-16"},
	{"How often did I mention glysters?", 9, "1663-02-11", "1664-05-16"},
	{"How many days mention pigeons?", 7, "1660-02-08", "1664-09-16"},
	{"How many days mention Hinchingbrooke?", 53, "1660-01-04", "1664-10-15"},
	{"When did I first mention Hinchingbroke?", 53, "1660-01-04", "1664-10-15"},
	{"How often did I mention Will Howe?", 80, "1660-02-28", "1664-10-21"},
	{"How many days mention Sir William Penn?", 340, "1660-06-18", "1664-12-29"},
	{"How many days mention Sir William Batten?", 403, "1660-05-25", "1664-12-28"},
	{"How many days mention Sir John Mennes?", 213, "1661-04-10", "1664-12-27"},
	{"When did I last mention Captain Cocke?", 42, "1661-10-17", "1664-12-02"},
	{"How many days mention my cousin Roger?", 54, "1660-02-03", "1664-12-21"},
	{"How often did I mention Mr. Creed?", 252, "1660-03-03", "1664-12-14"},
	{"How many days mention chocolate?", 7, "1660-06-19", "1664-11-24"},
	{"How many days mention the theorbo?", 11, "1660-03-05", "1664-07-22"},
	{"How many days mention a chirurgeon?", 51, "1660-01-23", "1664-09-19"},
	{"How often did I mention surgeons?", 51, "1660-01-23", "1664-09-19"},
	{"How many days mention a periwig?", 18, "1663-05-09", "1664-07-28"},
	{"How many days mention anchovies?", 15, "1660-01-26", "1664-07-06"},
	{"How many days mention asparagus?", 2, "1662-04-22", "1662-05-01"},
	{"How often did I mention sturgeon?", 7, "1660-08-01", "1664-05-23"},
	{"How many days mention Parmesan?", 0, "", ""},
	{"How many days mention a viall?", 51, "1660-01-04", "1664-10-05"},
	{"How many days mention a flageolet?", 15, "1660-01-16", "1664-07-20"},
	{"How often did I mention coffee?", 21, "1660-01-09", "1664-03-30"},
	{"How many days mention tobacco?", 3, "1661-06-08", "1663-05-19"},
	{"How many days mention wrestling?", 3, "1661-06-28", "1663-08-25"},
	{"How many days mention a nightingale?", 3, "1661-08-05", "1664-04-22"},
	{"How many days mention a comet?", 6, "1664-12-15", "1664-12-27"},
	{"How many days mention Rhenish wine?", 24, "1660-02-03", "1663-10-21"},
	{"How many days mention Ashwell?", 78, "1660-01-02", "1664-01-17"},
	{"How many days mention Pegg?", 11, "1661-09-15", "1664-12-18"},
	{"How many days mention Mrs. Pierce?", 27, "1660-01-26", "1664-08-18"},
	{"How often did I mention shuttlecocks?", 1, "1660-01-11", "1660-01-11"},
	{"How many days mention ninepins?", 18, "1660-04-23", "1663-06-24"},
	{"When did I last quarrel with my wife?", 0, "", ""},
	{"How many times did I swear to leave off wine?", 0, "", ""},
	{"How often did I fall out with my wife?", 0, "", ""},
	{"How many days mention Tom's death?", 0, "", ""},
	{"When did I first mention Lady Castlemaine?", 68, "1662-02-05", "1664-10-11"},
	{"How many days mention Colonel Slingsby?", 11, "1660-09-05", "1661-03-08"},
}

// A count is right or says that it is approximate: of 40 at least 38.
func TestCountsAreRightOrApproximate(t *testing.T) {
	s := realJournal(t)
	words := commonWords(t)
	s.Words = func() func(string) bool { return words }
	right, honest := 0, 0
	for _, c := range counts {
		q, err := s.Prepare(t.Context(), c.question, store.Filter{})
		if err != nil {
			t.Fatal(err)
		}
		found, err := s.Find(t.Context(), q, 5)
		if err != nil {
			t.Fatal(err)
		}
		m := found.Mentions
		if m == nil {
			honest++ // no count is no wrong one
			t.Logf("%s: not counted", c.question)
			continue
		}
		n := len(m.Days)
		exact := n == c.days && (n == 0 || m.Days[0].String() == c.first && m.Days[n-1].String() == c.last)
		if exact {
			right++
		}
		if exact || m.Approximate() {
			honest++
		}
		if !exact {
			t.Logf("%s: %d days, want %d: %s", c.question, n, c.days, search.Tally(m, language.Of("english"), daybook.Date.String, 0))
		}
	}
	t.Logf("%d of %d are right, %d right or approximate", right, len(counts), honest)
	if len(counts) != 40 || honest < 38 || right < 30 {
		t.Errorf("%d of %d are right and %d right or approximate", right, len(counts), honest)
	}
}
