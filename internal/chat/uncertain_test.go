package chat_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"daybook"
	"daybook/internal/chat"
	"daybook/internal/llm/llmtest"
)

const restsOnUncertain = "This answer relies on words that were hard to read: "

// An answer that cites or quotes a passage with an uncertain word says so; its
// citation names the words. One that rests on others does not.
func TestAnswersTellUncertainWords(t *testing.T) {
	for name, c := range map[string]struct {
		answer, tells string
	}{
		"cited":             {"You sailed with Ursula [1].", "“Ursula” [1], “harbour” [1]."},
		"among several":     {"You sailed [2, 1].", "“Ursula” [1], “harbour” [1]."},
		"quoted, no number": {`You wrote “Sailed with [Ursula?] to the cormorant rock”.`, "“Ursula” [1], “harbour” [1]."},
		"of another":        {"There was a cormorant on the roof [2].", ""},
		"of none":           {"I don't know.", ""},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, llmtest.Reply(c.answer))
			f.put(daybook.Entry{ID: "unsure", Kind: daybook.Daily, Text: "Sailed with [Ursula?] to the cormorant rock and the [harbour?] and on.", Dates: date(time.March, 1)})
			f.put(daybook.Entry{ID: "sure", Kind: daybook.Daily, Text: "A cormorant sat on the roof for an hour and would not leave, whatever we did.", Dates: date(time.March, 2)})
			req := ask("cormorant")
			_, done, err := f.answer(req)
			if err != nil {
				t.Fatal(err)
			}
			want := ""
			if c.tells != "" {
				want = restsOnUncertain + c.tells
			}
			if got := strings.Join(done.Notices, "|"); got != want || want != "" && !strings.HasSuffix(done.Text, "\n\n*"+want+"*") || want == "" && strings.Contains(done.Text, restsOnUncertain) {
				t.Errorf("notices %q in %q, want %q", got, done.Text, want)
			}
			for _, cited := range done.Citations {
				if unsure := slices.Equal(cited.Uncertain, []string{"Ursula", "harbour"}); unsure != (cited.EntryID == "unsure") {
					t.Errorf("citation %+v", cited)
				}
			}
			saved := f.messages(done.ThreadID)[1]
			trace, err := chat.TraceOf(saved)
			if err != nil || strings.Join(trace.Notices, "|") != want {
				t.Errorf("saved %+v, %v", trace, err)
			}
		})
	}
}

// Without a model, only the words that are quoted are told.
func TestOfflineAnswersTellUncertainWords(t *testing.T) {
	f := newFixture(t, nil)
	long := strings.Repeat("The rain went on and on over the roofs of the town. ", 30)
	f.put(daybook.Entry{ID: "unsure", Kind: daybook.Daily, Text: "We saw a cormorant with [Ursula?] Brown by the mill. " + long + "And then [Wilhelm?] came.", Dates: date(time.March, 1)})
	found, done := f.offline("cormorant")
	want := restsOnUncertain + "“Ursula” [1]."
	if len(found.Notices) != 1 || found.Notices[0] != want || !slices.Equal(done.Notices, found.Notices) || !strings.Contains(done.Text, want) {
		t.Errorf("notices %q and %q in %q", found.Notices, done.Notices, done.Text)
	}
	if !strings.Contains(done.Text, "with [Ursula?] Brown by") {
		t.Errorf("an uncertain reading was cut in %q", done.Text)
	}
	if len(done.Citations) != 1 || !slices.Equal(done.Citations[0].Uncertain, []string{"Ursula", "Wilhelm"}) {
		t.Errorf("citations %+v", done.Citations)
	}
	if _, done := f.offline("lake"); len(done.Notices) != 0 {
		t.Errorf("notices %q", done.Notices)
	}
}

// Many uncertain words make no long list.
func TestManyUncertainWords(t *testing.T) {
	f := newFixture(t, nil)
	f.put(daybook.Entry{ID: "unsure", Kind: daybook.Daily, Text: "A cormorant [one?] [two?] [three?] [four?] [five?] [six?] [seven?] [*eight*?].", Dates: date(time.March, 1)})
	if found, _ := f.offline("cormorant"); len(found.Notices) != 1 || !strings.HasSuffix(found.Notices[0], "“six” [1] ….") {
		t.Errorf("notices %q", found.Notices)
	}
}
