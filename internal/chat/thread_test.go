package chat_test

import (
	"strings"
	"testing"
	"time"

	"daybook"
	"daybook/internal/chat"
	"daybook/internal/llm"
	"daybook/internal/llm/llmtest"
)

func TestFork(t *testing.T) {
	f := newFixture(t, nil)
	at := time.Date(2024, time.May, 1, 12, 0, 0, 0, time.UTC)
	f.thread("old", "Lakes", at, "One?", "One.", "Two?", "Two.")
	for before, want := range map[string]int{"": 4, "old/0": 0, "old/2": 2, "old/3": 3} {
		fork, err := f.Fork(t.Context(), "old", before)
		if err != nil || fork.ID == "old" || fork.Title != "Lakes" || !fork.UpdatedAt.After(at) || fork.CreatedAt != fork.UpdatedAt {
			t.Fatalf("before %q: %+v, %v", before, fork, err)
		}
		list := f.messages(fork.ID)
		if len(list) != want {
			t.Errorf("before %q: %d messages, want %d", before, len(list), want)
		}
		for i, m := range list {
			if old := f.messages("old")[i]; m.Text != old.Text || m.Role != old.Role || m.ID == old.ID || m.ThreadID != fork.ID {
				t.Errorf("before %q: message %+v", before, m)
			}
		}
	}
	if _, err := f.Fork(t.Context(), "old", "none"); daybook.KindOf(err) != daybook.NotFound {
		t.Errorf("before an unknown message: %v", err)
	}
	if _, err := f.Fork(t.Context(), "none", ""); daybook.KindOf(err) != daybook.NotFound {
		t.Errorf("an unknown thread: %v", err)
	}
	if list := f.messages("old"); len(list) != 4 {
		t.Errorf("the old thread has %d messages", len(list))
	}
}

// A running answer is not copied.
func TestForkLeavesOutARunningAnswer(t *testing.T) {
	f := newFixture(t, func(r llmtest.Request) llmtest.Script {
		s := llmtest.Reply("One two three four.")(r)
		if !r.Wants("intent") {
			s.SilentAfter = 2
		}
		return s
	})
	for e, err := range f.Answer(t.Context(), ask("When did I swim?")) {
		if err != nil {
			t.Fatal(err)
		}
		if e.Delta == "" {
			continue
		}
		list := f.messagesOfAll()
		fork, err := f.Fork(t.Context(), list[0].ThreadID, "")
		if copied := f.messages(fork.ID); err != nil || len(list) != 2 || len(copied) != 1 || copied[0].Role != daybook.User {
			t.Errorf("copied %+v of %+v, %v", copied, list, err)
		}
		break
	}
}

func TestTitle(t *testing.T) {
	long := strings.Repeat("very ", 30) + "long"
	reply := ""
	f := newFixture(t, func(r llmtest.Request) llmtest.Script {
		if !r.Wants("title") {
			return llmtest.Script{Status: 400}
		}
		return llmtest.Script{Deltas: llmtest.Object(map[string]string{"title": reply}, 7)}
	})
	at := time.Date(2024, time.May, 1, 12, 0, 0, 0, time.UTC)
	f.thread("t", "old", at, "  Which lakes did I swim in?  ", strings.Repeat("é", 2500), "Three?", "Three.", "Five?")
	for answered, want := range map[string]string{
		"Lakes": "Lakes", "“Swimming in lakes.”": "Swimming in lakes", "**A title**\nof lines": "A title** of lines",
		"a\tb\u202ec": "a b c", long: strings.TrimSpace(long[:80]) + "…",
	} {
		reply = answered
		title, err := f.Title(t.Context(), "t", "openai", "m")
		if err != nil || title != want {
			t.Errorf("%q became %q, %v", answered, title, err)
		}
		thread, err := f.threads.Thread(t.Context(), "t")
		if err != nil || thread.Title != want || !thread.UpdatedAt.Equal(at) {
			t.Errorf("stored %+v, %v", thread, err)
		}
	}
	requests := f.fake.Requests()
	sent := requests[len(requests)-1].Messages[0].Text
	if !strings.Contains(sent, "user: Which lakes did I swim in?\n") || !strings.Contains(sent, "Three.") || strings.Contains(sent, "Five?") {
		t.Errorf("sent %.200s", sent)
	}
	if n := strings.Count(sent, "é"); n != 2000 {
		t.Errorf("%d runes of a long message were sent", n)
	}
	reply = " ”“ "
	if title, err := f.Title(t.Context(), "t", "openai", "m"); err == nil {
		t.Errorf("an empty title became %q", title)
	}
}

func TestTitleWithoutAModel(t *testing.T) {
	f := newFixture(t, nil)
	s := f.service(func(c *chat.Config) { c.Default = llm.Ref{Provider: chat.Offline} })
	t.Cleanup(s.Close)
	f.thread("t", "old", time.Now(), " Which lakes? ", "Two.", "And seas?")
	if title, err := s.Title(t.Context(), "t", "", ""); err != nil || title != "Which lakes?" {
		t.Errorf("title %q, %v", title, err)
	}
	f.thread("empty", "old", time.Now())
	if _, err := s.Title(t.Context(), "empty", "", ""); daybook.KindOf(err) != daybook.Conflict {
		t.Errorf("a thread without a question: %v", err)
	}
	if _, err := s.Title(t.Context(), "none", "", ""); daybook.KindOf(err) != daybook.NotFound {
		t.Errorf("an unknown thread: %v", err)
	}
}
