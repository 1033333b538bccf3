package chat_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"daybook"
	"daybook/internal/chat"
	"daybook/internal/llm"
	"daybook/internal/llm/llmtest"
	"daybook/internal/store"
)

func date(month time.Month, day int) []daybook.Date {
	return []daybook.Date{{Year: 2024, Month: month, Day: day}}
}

// offline asks without a model.
func (f *fixture) offline(query string) (chat.Found, chat.Done) {
	f.t.Helper()
	found, done, err := f.answer(chat.Request{Query: query, Provider: chat.Offline})
	if err != nil {
		f.t.Fatalf("%q: %v", query, err)
	}
	return found, done
}

func TestOfflineAnswers(t *testing.T) {
	f := newFixture(t, nil)
	f.put(daybook.Entry{ID: "rooms", Kind: daybook.Evergreen, Text: "The attic\nhas a window.", Dates: date(time.February, 1)})
	f.put(daybook.Entry{ID: "secret", Kind: daybook.Daily, Text: "Hid the violin.", Private: true, Dates: date(time.February, 2)})
	for query, c := range map[string]struct {
		intent chat.Intent
		begins string
		has    []string
	}{
		"lake":                       {chat.IntentVector, "No language model wrote this: these are the passages", []string{"**2024-01-01** [1]\n> Swam in the lake"}},
		"What did I do recently?":    {chat.IntentRecent, "No language model wrote this: these are the newest days", []string{"**2024-02-02**", "**2024-01-03**", "**2024-01-01**"}},
		"xylophone":                  {chat.IntentVector, "No language model wrote this: nothing in your journal", nil},
		"Hello!":                     {chat.IntentNone, "No language model is set", nil},
		"attic":                      {chat.IntentVector, "No language", []string{"**rooms** [1]\n> The attic\n> has a window."}},
		"violin":                     {chat.IntentVector, "No language", []string{"**2024-02-02** " + daybook.Lock + " [1]"}},
		"How often did I read bees?": {chat.IntentVector, "No language model wrote this: ", nil},
	} {
		found, done := f.offline(query)
		if found.Intent != c.intent || !strings.HasPrefix(done.Text, c.begins) || strings.HasSuffix(done.Text, "\n") {
			t.Errorf("%q: intent %s, answered %q", query, found.Intent, done.Text)
		}
		for _, want := range c.has {
			if !strings.Contains(done.Text, want) {
				t.Errorf("%q: %q is not in %q", query, want, done.Text)
			}
		}
		if (c.has != nil) != (len(done.Citations) > 0) && query != "How often did I read bees?" {
			t.Errorf("%q: citations %+v", query, done.Citations)
		}
	}
}

// An answer without a model quotes an entry once, and not too many.
func TestOfflineQuotesFewPassages(t *testing.T) {
	f := newFixture(t, nil)
	for i := range 12 {
		f.put(daybook.Entry{ID: fmt.Sprint("boat", i), Kind: daybook.Daily, Text: fmt.Sprint("Rowed the boat, turn ", i, "."), Dates: date(time.March, i+1)})
	}
	_, done, err := f.answer(chat.Request{Query: "boat", Provider: chat.Offline, TopK: 12})
	if n := strings.Count(done.Text, "> Rowed"); err != nil || n == 0 || n > 8 || len(done.Citations) != 12 {
		t.Errorf("%d quoted, %d citations, %v", n, len(done.Citations), err)
	}
}

// A model classifies the question if one is set for that, or else the chat's own.
// If it fails, rules do.
func TestIntentOfAModel(t *testing.T) {
	for name, c := range map[string]struct {
		set    bool
		script llmtest.Script
		want   chat.Intent
		model  string
	}{
		"recent":     {false, llmtest.Script{Deltas: []string{`{"intent":"recent"}`}}, chat.IntentRecent, "m"},
		"none":       {false, llmtest.Script{Deltas: []string{`{"intent":"none"}`}}, chat.IntentNone, "m"},
		"its own":    {true, llmtest.Script{Deltas: []string{`{"intent":"vector"}`}}, chat.IntentVector, "intent"},
		"unknown":    {false, llmtest.Script{Deltas: []string{`{"intent":"sideways"}`}}, chat.IntentRecent, "m"},
		"no answer":  {false, llmtest.Script{Status: 400, Code: "bad"}, chat.IntentRecent, "m"},
		"no meaning": {true, llmtest.Script{Deltas: []string{`{}`}}, chat.IntentRecent, "intent"},
	} {
		t.Run(name, func(t *testing.T) {
			asked := ""
			f := newFixture(t, func(r llmtest.Request) llmtest.Script {
				if r.Wants("intent") {
					asked = r.Model
					return c.script
				}
				return llmtest.Reply("Yes.")(r)
			})
			f.intent = c.set
			found, _, err := f.answer(chat.Request{Query: "What did I do lately?", Provider: "openai", Model: "m"})
			if err != nil || found.Intent != c.want || asked != c.model {
				t.Errorf("intent %q of model %q, %v", found.Intent, asked, err)
			}
			if (len(found.Results) > 0) != (c.want == chat.IntentRecent) { // nothing has the words
				t.Errorf("found %+v", found.Results)
			}
		})
	}
}

// A repeated question replays the saved answer: with its steps, what was found,
// text, quotations and usage.
func TestReplay(t *testing.T) {
	f := newFixture(t, func(r llmtest.Request) llmtest.Script {
		s := looks(`You wrote “Swam in the lake before breakfast” [1].`, []llm.ToolCall{call("search", "query", "lake"), call("count_mentions", "query", "lake", "asked", "count")})(r)
		s.Usage = llm.Usage{InputTokens: 70, OutputTokens: 7}
		return s
	})
	req := ask("When did I swim?")
	req.Key, req.Agent = "k", true
	type story struct {
		steps []chat.Step
		found chat.Found
		text  string
		done  chat.Done
	}
	tell := func() (s story) {
		for e, err := range f.Answer(t.Context(), req) {
			switch {
			case err != nil:
				t.Fatal(err)
			case e.Step != nil:
				s.steps = append(s.steps, *e.Step)
			case e.Found != nil:
				s.found = *e.Found
			case e.Done != nil:
				s.done = *e.Done
			}
			s.text += e.Delta
		}
		return s
	}
	first := tell()
	calls := len(f.fake.Requests())
	again := tell()
	if len(first.steps) != 2 || !slices.Equal(first.steps, again.steps) || again.text != first.text || len(f.fake.Requests()) != calls {
		t.Errorf("first %+v, again %+v", first, again)
	}
	if again.found.Intent != first.found.Intent || again.found.Mentions == nil || !slices.Equal(again.found.Rests, first.found.Rests) || len(again.found.Sources) != len(first.found.Sources) {
		t.Errorf("found %+v, again %+v", first.found, again.found)
	}
	if again.done.Usage != first.done.Usage || first.done.Usage.OutputTokens == 0 || len(again.done.Quotations) != 1 || again.done.MessageID != first.done.MessageID {
		t.Errorf("done %+v, again %+v", first.done, again.done)
	}
	// Sources of a deleted entry are gone.
	if err := f.threads.db.Apply(t.Context(), store.Batch{Delete: []string{"day1"}}); err != nil {
		t.Fatal(err)
	}
	if third := tell(); len(third.found.Sources) >= len(first.found.Sources) || third.text != first.text {
		t.Errorf("after the deletion: %+v", third)
	}
}

// A private entry is left out for a model, and the answer says so.
func TestNoticesEndTheAnswer(t *testing.T) {
	f := newFixture(t, llmtest.Reply("Yes."))
	f.put(daybook.Entry{ID: "secret", Kind: daybook.Daily, Text: "Swam in the lake at night.", Private: true, Dates: date(time.January, 9)})
	found, done, err := f.answer(ask("When did I swim in the lake?"))
	if err != nil || found.PrivateLeftOut != 1 || done.PrivateLeftOut != 1 || !strings.HasSuffix(done.Text, "\n\n*1 private note was left out.*") {
		t.Errorf("%+v, %v", done, err)
	}
	for _, r := range found.Results {
		if r.Entry.Private {
			t.Errorf("found %+v", r.Entry)
		}
	}
	requests := f.fake.Requests()
	if strings.Contains(fmt.Sprint(requests), "at night") {
		t.Error("a private note was sent")
	}
}

// Leaving an answer that is not saved cancels the model's call.
func TestLeavingCancelsTheCall(t *testing.T) {
	f := newFixture(t, stuck)
	req := ask("When did I swim?")
	req.Save = false
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var last error
	for e, err := range f.Answer(ctx, req) {
		if last = err; e.Delta != "" {
			cancel()
		}
	}
	if !errors.Is(last, context.Canceled) {
		t.Errorf("ended with %v", last)
	}
	if list := f.messagesOfAll(); len(list) != 0 {
		t.Errorf("saved %+v", list)
	}
}

func TestCollect(t *testing.T) {
	failed := errors.New("failed")
	found, done := &chat.Found{Intent: chat.IntentRecent}, &chat.Done{Text: "x"}
	for name, c := range map[string]struct {
		events []chat.Event
		err    error
		text   string
		ok     bool
	}{
		"whole":  {[]chat.Event{{Found: found}, {Delta: "x"}, {Done: done}}, nil, "x", true},
		"failed": {[]chat.Event{{Found: found}}, failed, "", false},
		"cut":    {[]chat.Event{{Found: found}}, nil, "", false},
	} {
		f, d, err := chat.Collect(func(yield func(chat.Event, error) bool) {
			for _, e := range c.events {
				if !yield(e, nil) {
					return
				}
			}
			if c.err != nil {
				yield(chat.Event{}, c.err)
			}
		})
		if (err == nil) != c.ok || c.err != nil && !errors.Is(err, c.err) || d.Text != c.text || f.Intent != chat.IntentRecent {
			t.Errorf("%s: %+v, %+v, %v", name, f, d, err)
		}
	}
}

// The prompt says when an evergreen note was changed, what a note's tags are, and how the
// person wants to be answered, if they said so.
func TestPromptSaysWhatIsKnownOfANote(t *testing.T) {
	f := newFixture(t, llmtest.Reply("Yes."))
	f.put(daybook.Entry{ID: "rooms", Kind: daybook.Evergreen, Text: "The attic has a window.", Dates: date(time.February, 1), Tags: []string{"house", "roof"}})
	f.put(daybook.Entry{ID: "stairs", Kind: daybook.Daily, Text: "Swept the attic stairs.", Dates: date(time.February, 2)})
	const wish = "The person asks you to keep to this"
	for instructions, says := range map[string]bool{"": false, "Be brief.": true} {
		s := f.service(func(c *chat.Config) { c.Instructions = instructions })
		_, _, err := chat.Collect(s.Answer(t.Context(), chat.Request{Query: "attic", Provider: "openai", Model: "m"}))
		s.Close()
		requests := f.fake.Requests()
		last := requests[len(requests)-1]
		text := last.Messages[len(last.Messages)-1].Text
		if err != nil || !strings.Contains(text, `<ENTRY changed="2024-02-01" title="rooms" tags="house roof">`) || !strings.Contains(text, `<ENTRY date="2024-02-02" title="stairs">`) {
			t.Errorf("the prompt is %q, %v", text, err)
		}
		if got := strings.Contains(last.System, wish); got != says || says && !strings.Contains(last.System, instructions) {
			t.Errorf("instructions %q: they are in the prompt: %v", instructions, got)
		}
	}
}

// The numbers in an answer without a model are those of its citations, in the order of
// the text.
func TestOfflineNumbersAreThoseOfTheCitations(t *testing.T) {
	f := newFixture(t, nil)
	for i := range 4 {
		f.put(daybook.Entry{ID: fmt.Sprint("boat", i), Kind: daybook.Daily, Text: strings.Repeat("boat ", i+1) + fmt.Sprint("and other things on turn ", i), Dates: date(time.March, i+1)})
	}
	found, done := f.offline("boat")
	shown := map[int]string{}
	for _, e := range found.Results {
		for _, c := range done.Citations {
			if c.EntryID == e.Entry.ID {
				shown[c.Number] = e.Entry.Dates[0].String()
			}
		}
	}
	at := -1
	for n := 1; n <= len(shown); n++ {
		next := strings.Index(done.Text, fmt.Sprintf("**%s** [%d]", shown[n], n))
		if next <= at {
			t.Errorf("citation %d, of %s, is not next in %q", n, shown[n], done.Text)
		}
		at = next
	}
	if len(shown) != 4 {
		t.Errorf("%d days are cited", len(shown))
	}
}
