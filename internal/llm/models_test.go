package llm

import (
	"errors"
	"strings"
	"testing"

	"daybook"
	"daybook/internal/llm/budget"
)

func TestParseRef(t *testing.T) {
	for in, want := range map[string]Ref{
		"openai/gpt-5": {"openai", "gpt-5"}, "ollama/library/llama3:8b": {"ollama", "library/llama3:8b"}, "google-ai/g": {"gemini", "g"},
	} {
		if got, err := ParseRef(in); err != nil || got != want {
			t.Errorf("%s: %+v, %v", in, got, err)
		}
	}
	for _, in := range []string{"", "openai", "/m", "openai/"} {
		if _, err := ParseRef(in); daybook.KindOf(err) != daybook.Invalid {
			t.Errorf("%q: %v", in, err)
		}
	}
}

func TestModels(t *testing.T) {
	chat := &scripted{answers: []string{"x"}}
	ref := Ref{"one", "m"}
	m, err := NewModels([]Provider{{Name: "one", Chat: chat}}, map[Task]Ref{TaskChat: ref}, map[string]budget.Limits{"one/small": {Tokens: 10}})
	if err != nil {
		t.Fatal(err)
	}
	if got, ok := m.Task(TaskChat); !ok || got != ref {
		t.Errorf("task %+v, %v", got, ok)
	}
	for ref, field := range map[Ref]string{{"two", "m"}: "body.provider", {"one", " "}: "body.model"} {
		_, err := m.Chat(ref)
		var e *daybook.Error
		if !errors.As(err, &e) || e.Kind != daybook.Invalid || e.Field != field {
			t.Errorf("%+v: %v", ref, err)
		}
	}
	found, err := m.Chat(ref)
	if err != nil {
		t.Fatal(err)
	}
	if text, _, _, err := collect(t.Context(), found, Request{}); err != nil || text != "x" {
		t.Errorf("%q, %v", text, err)
	}
	small, err := m.Chat(Ref{"one", "small"})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, _, err := collect(t.Context(), small, Request{}); daybook.KindOf(err) != daybook.TooLarge {
		t.Errorf("over its budget: %v", err)
	}
	if _, _, ok := m.Embedder(); ok {
		t.Error("there is an embedder, and none was set")
	}
}

func TestModelsRefuseTasksOfNobody(t *testing.T) {
	for task, ref := range map[Task]Ref{TaskChat: {"two", "m"}, TaskEmbedding: {"one", "m"}} {
		if _, err := NewModels([]Provider{{Name: "one"}}, map[Task]Ref{task: ref}, nil); daybook.KindOf(err) != daybook.Invalid {
			t.Errorf("%s: %v", task, err)
		}
	}
}

func TestWindow(t *testing.T) {
	for ref, want := range map[Ref]int{
		{"openai", "gpt-4"}: 8192, {"openai", "gpt-4o-mini"}: 128_000, {"openai", "something-new"}: 128_000,
		{"anthropic", "claude-x"}: 200_000, {"gemini", "gemini-3"}: 1_000_000, {"ollama", "gpt-4o"}: 8192,
	} {
		if got := Window(ref); got != want {
			t.Errorf("%s: %d, want %d", ref, got, want)
		}
	}
	text := strings.Repeat("This is a day of the diary. ", 100)
	if n := CountTokens(text); n < 500 || n > 1000 || !FitsSurely(len(text), len(text)) || FitsSurely(len(text), n) {
		t.Errorf("%d tokens", n)
	}
}
