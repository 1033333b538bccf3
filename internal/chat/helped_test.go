package chat_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"daybook"
	"daybook/internal/chat"
	"daybook/internal/dates"
	"daybook/internal/llm/llmtest"
	"daybook/internal/search"
	"daybook/internal/text"
)

// helping answers the calls of a model that helps: it writes searches, and lists
// the passages that have one of the words, latest number first.
func helping(searches []string, words ...string) func(llmtest.Request) llmtest.Script {
	return func(r llmtest.Request) llmtest.Script {
		switch {
		case r.Wants("searches"):
			return llmtest.Script{Deltas: llmtest.Object(map[string]any{"searches": searches}, 20)}
		case r.Wants("best"):
			best := []int{}
			for _, word := range words {
				for line := range strings.Lines(r.Messages[0].Text) {
					var n int
					if _, err := fmt.Sscanf(line, "[%d]", &n); err == nil && strings.Contains(line, word) {
						best = append(best, n)
					}
				}
			}
			return llmtest.Script{Deltas: llmtest.Object(map[string]any{"best": best}, 20)}
		}
		return llmtest.Reply("Yes [1].")(r)
	}
}

func (f *fixture) boats() {
	for i, text := range []string{
		"Rowed the boat to the island.", "Painted the boat green.", "The boat has a leak.", "Sold the boat to a neighbour.", "A boat of paper in the bath.",
		"Lent the boat to a friend.", "Took the ferry across the strait; the sea was rough.",
	} {
		f.put(daybook.Entry{ID: fmt.Sprint("boat", i), Kind: daybook.Daily, Text: text, Dates: date(time.May, i+1)})
	}
}

func resultIDs(found chat.Found) (ids []string) {
	for _, r := range found.Results {
		ids = append(ids, r.Entry.ID)
	}
	return ids
}

// What the model's searches find comes first if the model says so, and can be
// cited; the best of the built-in search stays.
func TestModelImprovesSearch(t *testing.T) {
	f := newFixture(t, helping([]string{"took the ferry"}, "ferry", "leak"))
	f.boats()
	plain, _, err := f.answer(chat.Request{Query: "When did a boat carry me over the water?", TopK: 4, Provider: "openai", Model: "m"})
	if err != nil || slices.Contains(resultIDs(plain), "boat6") {
		t.Fatalf("without help: %v, %v", resultIDs(plain), err)
	}
	f.help = 5 * time.Second
	found, _, err := f.answer(chat.Request{Query: "When did a boat carry me over the water?", TopK: 4, Provider: "openai", Model: "m"})
	if ids := resultIDs(found); err != nil || len(ids) != 4 || ids[0] != "boat6" || ids[1] != "boat2" || !slices.Contains(ids, resultIDs(plain)[0]) {
		t.Errorf("with help: %v, %v", ids, err)
	}
	if i := slices.IndexFunc(found.Sources, func(s chat.Source) bool { return s.Entry.ID == "boat6" }); i < 0 || !found.Sources[i].Matched {
		t.Errorf("sources %+v", found.Sources)
	}
}

// What the journal has only under other words is not "nothing".
func TestModelFindsOtherWords(t *testing.T) {
	f := newFixture(t, helping([]string{"took the ferry"}, "ferry"))
	f.boats()
	f.help = 5 * time.Second
	found, done, err := f.answer(chat.Request{Query: "Did I go on a vaporetto to a lake?", TopK: 3, Provider: "openai", Model: "m"})
	if err != nil || len(found.Results) == 0 || found.Results[0].Entry.ID != "boat6" || found.Nothing || strings.Contains(done.Text, "Nothing in the journal") {
		t.Errorf("found %v, nothing %v, %q, %v", resultIDs(found), found.Nothing, done.Text, err)
	}
}

// However the model fails, the search is as it is without, and soon.
func TestSearchWithoutHelpThatFails(t *testing.T) {
	for name, script := range map[string]llmtest.Script{
		"error":         {Status: 500, Code: "server_error"},
		"refused":       {Status: 400, Code: "bad"},
		"limited":       {Status: 429, Code: "rate_limit_exceeded", RetryAfter: time.Minute},
		"silent":        {Mute: true},
		"stalls":        {Deltas: llmtest.Split(`{"best":[1],"searches":["ferry"]}`, 4), SilentAfter: 2},
		"wrong numbers": {Deltas: []string{`{"best":[0,-1,99],"searches":[]}`}},
		"nothing":       {Deltas: []string{`{"best":[],"searches":[]}`}},
		"prose":         {Deltas: []string{`I would rather not say.`}},
		"empty":         {Deltas: []string{``}},
		"cut":           {Deltas: []string{`{"best":[3,`}, CutAfter: 200},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t, func(r llmtest.Request) llmtest.Script {
				if r.Wants("best") || r.Wants("searches") {
					return script
				}
				return llmtest.Reply("Yes [1].")(r)
			})
			f.boats()
			req := chat.Request{Query: "What about the boat?", TopK: 4, Provider: "openai", Model: "m"}
			plain, _, err := f.answer(req)
			if err != nil {
				t.Fatal(err)
			}
			f.help = 700 * time.Millisecond
			started := time.Now()
			found, done, err := f.answer(req)
			took := time.Since(started)
			if err != nil || !slices.Equal(resultIDs(found), resultIDs(plain)) || done.Text != "Yes [1]." || !slices.Equal(found.Notices, plain.Notices) {
				t.Errorf("found %v, without help %v; %q, %v", resultIDs(found), resultIDs(plain), done.Text, err)
			}
			if took > 3*time.Second {
				t.Errorf("took %s", took)
			}
		})
	}
}

// Nothing private is sent to the model that helps, whichever search finds it.
func TestHelpSendsNothingPrivate(t *testing.T) {
	f := newFixture(t, helping([]string{"ferry", "secret ferry"}, "ferry"))
	f.boats()
	f.put(daybook.Entry{ID: "p1", Kind: daybook.Daily, Text: "Boat, boat, the boat: for the xylophonist on the ferry.", Private: true, Dates: date(time.June, 1)})
	f.help = 5 * time.Second
	found, _, err := f.answer(chat.Request{Query: "What about the boat?", TopK: 4, Provider: "openai", Model: "m"})
	if err != nil || found.PrivateLeftOut != 1 || slices.Contains(resultIDs(found), "p1") || found.Results[0].Entry.ID != "boat6" {
		t.Errorf("found %v, %d left out, %v", resultIDs(found), found.PrivateLeftOut, err)
	}
	for _, r := range f.fake.Requests() {
		for _, m := range r.Messages {
			if strings.Contains(m.Text, "xylophonist") {
				t.Errorf("sent %q", m.Text)
			}
		}
	}
}

// No call is made where it cannot help: days, counts, greetings, no model.
func TestHelpOnlyWhereItHelps(t *testing.T) {
	f := newFixture(t, helping(nil, "boat"))
	f.boats()
	f.help = 5 * time.Second
	analyzer, err := text.New("english")
	if err != nil {
		t.Fatal(err)
	}
	service := f.service(func(c *chat.Config) {
		today := dates.Today(time.Date(2024, time.June, 3, 12, 0, 0, 0, time.UTC), time.UTC)
		c.Searcher = search.New(search.Config{Index: f.threads.db, Analyzer: analyzer, Dates: func() dates.Options { return dates.Options{Today: today} }})
	})
	defer service.Close()
	for query, most := range map[string]int{"How often did I write about the boat?": 0, "2024-05-02": 0, "Hello!": 0, "What about the boat?": 1} {
		before := len(f.fake.Requests())
		if _, _, err := chat.Collect(service.Answer(t.Context(), chat.Request{Query: query, Provider: "openai", Model: "m"})); err != nil {
			t.Fatal(err)
		}
		ranked := 0
		for _, r := range f.fake.Requests()[before:] {
			if r.Wants("best") {
				ranked++
			}
		}
		if ranked != most {
			t.Errorf("%q: %d calls to order passages", query, ranked)
		}
	}
}

// Help adds one call to the time of an answer: the other searches are written while
// the question is classified.
func TestHelpAddsOneCall(t *testing.T) {
	const call = 300 * time.Millisecond
	inner := helping([]string{"took the ferry"}, "ferry")
	f := newFixture(t, func(r llmtest.Request) llmtest.Script {
		s := inner(r)
		s.First = call
		return s
	})
	f.boats()
	ask := func() time.Duration {
		started := time.Now()
		found, _, err := f.answer(chat.Request{Query: "What about the boat?", TopK: 4, Provider: "openai", Model: "m"})
		if err != nil || (found.Results[0].Entry.ID == "boat6") != (f.help > 0) {
			t.Fatalf("%v, %v", resultIDs(found), err)
		}
		return time.Since(started)
	}
	plain := ask()
	f.help = 5 * time.Second
	added := ask() - plain
	t.Logf("help adds %s where a call takes %s", added, call)
	if added < call/2 || added > call+call*2/3 {
		t.Errorf("help adds %s where a call takes %s", added, call)
	}
}
