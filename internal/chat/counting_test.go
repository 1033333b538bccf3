package chat_test

import (
	"strings"
	"testing"

	"daybook/internal/chat"
)

// A model reads the days that may count before they are counted; private ones are
// not read, and without an answer the count stays.
func TestCandidateDaysAreReadBeforeTheyAreCounted(t *testing.T) {
	notes := map[string]string{
		"2024-05-01.md": "Quarrelled with Ursula about the boat, again, until it was dark.",
		"2024-05-02.md": "Ursula told me of her quarrel with the baker.",
		"2024-05-03.md": "Another quarrel with Ursula, about money.",
		"2024-05-04.md": "The harbour was quiet.",
	}
	for _, c := range []struct {
		days    []int
		counted string
		read    int
	}{
		{[]int{1, 3}, "2024-05-01 2024-05-03", 3},
		{[]int{1}, "2024-05-01", 3},
		{[]int{}, "", 3},
		{[]int{9}, "2024-05-01 2024-05-02 2024-05-03", 0}, // not one of them
		{nil, "2024-05-01 2024-05-02 2024-05-03", 0},
	} {
		w := newWorld(t, notes)
		w.days = c.days
		found, _, err := chat.Collect(w.chat.Answer(t.Context(), chat.Request{Query: "When did I last quarrel with Ursula?", Provider: "openai", Model: "m"}))
		if err != nil || found.Mentions == nil {
			t.Fatal(err)
		}
		var days []string
		for _, d := range found.Mentions.Days {
			days = append(days, d.String())
		}
		if got := strings.Join(days, " "); got != c.counted || found.Mentions.Read != c.read || !found.Mentions.Approximate() {
			t.Errorf("the model keeps %v: counted %q of %d read", c.days, got, found.Mentions.Read)
		}
		if n := len(days); n > 0 && found.Results[0].Entry.Date().String() != days[n-1] {
			t.Errorf("the model keeps %v: the first result is of %s", c.days, found.Results[0].Entry.Date())
		}
	}
}

func TestPrivateDaysAreNotReadForACount(t *testing.T) {
	w := newWorld(t, map[string]string{
		"2024-05-01.md": "Quarrelled with Ursula about the boat.",
		"2024-05-02.md": "#private\n\nQuarrel with Ursula, vexwort.",
	})
	w.days = []int{1}
	found, _, err := chat.Collect(w.chat.Answer(t.Context(), chat.Request{Query: "How often did I quarrel with Ursula?", Provider: "openai", Model: "m"}))
	if err != nil {
		t.Fatal(err)
	}
	if sent := w.sent(); strings.Contains(sent, "vexwort") || !strings.Contains(sent, "<DAYS>") {
		t.Errorf("sent: %s", sent)
	}
	if found.Mentions != nil && len(found.Mentions.Days) != 1 {
		t.Errorf("%v", found.Mentions.Days)
	}
}

// A provider that did not respond is not asked about the days as well.
func TestSilentProviderIsNotAskedToCount(t *testing.T) {
	for _, silent := range []bool{true, false} {
		w := newWorld(t, map[string]string{"2024-05-01.md": "Quarrelled with Ursula about the boat.", "2024-05-02.md": "Ursula told me of her quarrel."})
		w.days, w.silent = []int{1}, silent
		found, _, err := chat.Collect(w.chat.Answer(t.Context(), chat.Request{Query: "How often did I quarrel with Ursula?", Provider: "openai", Model: "m"}))
		if err != nil || found.Mentions == nil {
			t.Fatal(err)
		}
		if asked := strings.Contains(w.sent(), "<DAYS>"); asked == silent {
			t.Errorf("silent %v: asked about the days: %v", silent, asked)
		}
	}
}
