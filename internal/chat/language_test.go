package chat

import (
	"strings"
	"testing"

	"daybook"
	"daybook/internal/search"
)

// An answer without a model speaks the language of the question, headings and
// counts too.
func TestOfflineAnswersInAnyLanguage(t *testing.T) {
	entry := daybook.Entry{ID: "a", Kind: daybook.Daily, Dates: []daybook.Date{{Year: 2023, Month: 3, Day: 4}}, Text: "Wir waren am See."}
	for _, c := range []struct {
		journal, question string
		want              []string
	}{
		{"german", "", []string{"**4. März 2023**", "Das hat kein Sprachmodell geschrieben", "„See“ wird zuletzt am 5. Oktober 2023 erwähnt; insgesamt an 2 Tagen, zuerst am 4. März 2023.", "- 2023: 4. März; 5. Oktober"}},
		{"english", "german", []string{"**4. März 2023**", "„See“"}},
		{"english", "french", []string{"**4 mars 2023**", "Aucun modèle", "5 octobre 2023"}},
		{"german", "english", []string{"**4 March 2023**", "No language model wrote this", "“See” is last mentioned on 5 October 2023; on 2 days in all"}},
		{"finnish", "", []string{"**4 March 2023**", "No language model wrote this"}},
	} {
		s := &Service{Config: Config{Language: c.journal}}
		src := Source{Number: 1, Entry: &entry, Passage: daybook.Passage{Text: entry.Text}}
		found := &Found{Intent: IntentVector, Sources: []Source{src}, language: c.question, Mentions: &search.Mentions{
			Asked: search.Last, Words: []string{"See"}, Days: []daybook.Date{{Year: 2023, Month: 3, Day: 4}, {Year: 2023, Month: 10, Day: 5}},
		}}
		answer := strings.Join(s.quotation(found, found.Sources), "")
		for _, want := range c.want {
			if !strings.Contains(answer, want) {
				t.Errorf("a question in %q to a journal in %s lacks %q:\n%s", c.question, c.journal, want, answer)
			}
		}
	}
}
