package chat_test

import (
	"strings"
	"testing"

	"daybook/internal/chat"
	"daybook/internal/llm/llmtest"
)

// Quotations are verified against the passages, their entries and the documents
// of the request. What repeats the question or the conversation is none.
func TestQuotationsAreVerified(t *testing.T) {
	for name, c := range map[string]struct {
		answer   string
		verified []int // the number of each quotation's source; -1 for none
		marked   bool
	}{
		"of a passage":         {`You wrote “Oda lent me a book about bees” [1].`, []int{1}, false},
		"of nobody":            {`You wrote “Oda stole a book about wasps” [1].`, []int{-1}, true},
		"of the question":      {`You asked about “which book Oda lent me in winter”.`, nil, false},
		"of the conversation":  {`You said “I never read anything about wasps at all”.`, nil, false},
		"two, one is nobody's": {`“Oda lent me a book about bees”, and “she wanted it back within a week”.`, []int{1, -1}, true},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, llmtest.Reply(c.answer))
			req := ask("Do you know which book Oda lent me in winter?")
			req.History = []chat.HistoryMessage{{Text: "I never read anything about wasps at all."}}
			found, done, err := f.answer(req)
			if err != nil {
				t.Fatal(err)
			}
			if len(done.Quotations) != len(c.verified) {
				t.Fatalf("quotations %+v", done.Quotations)
			}
			for i, want := range c.verified {
				q := done.Quotations[i]
				source := -1
				if q.Source >= 0 {
					source = q.Number
				}
				if source != want {
					t.Errorf("%q has source %d, want %d of %+v", q.Text, source, want, found.Sources)
				}
			}
			if marked := strings.Contains(done.Text, "[unverified]"); marked != c.marked {
				t.Errorf("answered %q", done.Text)
			}
			// The saved answer has the same text and quotations.
			saved := f.messages(done.ThreadID)[1]
			trace, err := chat.TraceOf(saved)
			if err != nil || saved.Text != done.Text || len(trace.Quotations) != len(c.verified) {
				t.Errorf("saved %q with %+v, %v", saved.Text, trace, err)
			}
		})
	}
}

func TestQuotationsOfDocuments(t *testing.T) {
	f := newFixture(t, llmtest.Reply(`It says “the tide table hung by the door”, and “the cat slept on the stove”.`))
	req := ask("What does it say?")
	req.Save = false
	req.Existing = []chat.Doc{{Title: "letter", Content: "I remember that the tide table hung by the door."}}
	found, done, err := f.answer(req)
	if err != nil || len(done.Quotations) != 2 || len(found.Results) != 0 || len(found.Sources) != 1 || found.Sources[0].Title != "letter" {
		t.Fatalf("%+v, %+v, %v", found, done, err)
	}
	if first, second := done.Quotations[0], done.Quotations[1]; first.Source < 0 || first.Number != 0 || second.Source >= 0 {
		t.Errorf("quotations %+v", done.Quotations)
	}
}
