package chat_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"daybook"
	"daybook/internal/chat"
)

// thread stores a thread with messages, a minute apart.
func (f *fixture) thread(id, title string, at time.Time, said ...string) {
	f.t.Helper()
	var messages []daybook.Message
	for i, text := range said {
		role := daybook.User
		if i%2 == 1 {
			role = daybook.Assistant
		}
		messages = append(messages, daybook.Message{
			ID: fmt.Sprintf("%s/%d", id, i), ThreadID: id, Time: at.Add(time.Duration(i) * time.Minute), Role: role, Status: daybook.Complete, Text: text,
		})
	}
	t := daybook.Thread{ID: id, Title: title, CreatedAt: at, UpdatedAt: at}
	if err := f.threads.CreateThread(f.t.Context(), t, messages...); err != nil {
		f.t.Fatal(err)
	}
}

func TestFindThreads(t *testing.T) {
	f := newFixture(t, nil)
	at := time.Date(2024, time.May, 1, 12, 0, 0, 0, time.UTC)
	f.thread("sea", "The sea", at, "When was I at the harbour?", "You saw the lighthouse at the harbour, and the harbour master.")
	f.thread("bees", "Bees and honey", at.Add(time.Hour), "Who keeps bees?", "Oda.")
	f.thread("café", "Café visits", at.Add(2*time.Hour), "Which cafes?", "None by the harbour.")
	type found struct{ thread, message, marked string }
	for q, want := range map[string][]found{
		"harbour":            {{"café", "café/1", "harbour"}, {"sea", "sea/1", "harbour"}},
		"HARB":               {{"café", "café/1", "harbour"}, {"sea", "sea/1", "harbour"}},
		"harbour lighthouse": {{"sea", "sea/1", "lighthouse"}},
		"sea harbour":        {{"sea", "sea/1", "harbour"}}, // one of them in the title
		"cafe":               {{"café", "café/0", "cafes"}},
		"honey":              {{"bees", "", ""}},
		"honey oda":          {{"bees", "bees/1", "Oda"}},
		"honey harbour":      nil, // in different threads
		"lighthouse when":    nil, // in different messages
		"":                   nil, "  …": nil, "nothing": nil,
	} {
		hits, err := f.FindThreads(t.Context(), q)
		if err != nil || hits == nil {
			t.Errorf("%q: %v, %v", q, hits, err)
		}
		var got []found
		for _, h := range hits {
			one := found{thread: h.Thread.ID}
			if m := h.Match; m != nil {
				one.message, one.marked = m.MessageID, m.Excerpt[m.Marks[0][0]:m.Marks[0][1]]
			}
			got = append(got, one)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q found %v, want %v", q, got, want)
		}
	}
}

// Of messages with as many words, the first is shown.
func TestFindThreadsShowsTheFirstOfSeveral(t *testing.T) {
	f := newFixture(t, nil)
	f.thread("t", "t", time.Now(), "One lake.", "Two lakes.", "The lake and the lake.", "A lake, another lake.")
	hits, err := f.FindThreads(t.Context(), "lake")
	if err != nil || len(hits) != 1 || hits[0].Match.MessageID != "t/2" || len(hits[0].Match.Marks) != 2 || hits[0].Match.Role != daybook.User {
		t.Errorf("%+v, %v", hits, err)
	}
}

// manyThreads lists more threads than a search returns.
type manyThreads struct{ *keptThreads }

func (manyThreads) Threads(context.Context) (list []daybook.Thread, err error) {
	for i := range 203 {
		list = append(list, daybook.Thread{ID: fmt.Sprint("t", i), Title: "The lake"})
	}
	return list, nil
}

func TestFindThreadsHasALimit(t *testing.T) {
	f := newFixture(t, nil)
	s := f.service(func(c *chat.Config) { c.Threads = manyThreads{f.threads} })
	t.Cleanup(s.Close)
	hits, err := s.FindThreads(t.Context(), "lake")
	if err != nil || len(hits) != 200 || hits[0].Thread.ID != "t0" {
		t.Errorf("%d hits, %v", len(hits), err)
	}
}
