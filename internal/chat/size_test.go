package chat

import (
	"strings"
	"testing"

	"daybook"
	"daybook/internal/llm"
)

// The size of a prompt is never below its tokens: each part adds to it.
func TestSizeAddsUp(t *testing.T) {
	source := Source{Passage: daybook.Passage{Text: strings.Repeat("x", 100)}}
	message := llm.Message{Text: strings.Repeat("y", 50)}
	if got, want := size("1234", "123", nil, nil), 7+2*perMessage; got != want {
		t.Errorf("%d, want %d", got, want)
	}
	if got, want := size("1234", "123", []llm.Message{message, message}, []Source{source, source}), 7+4*perMessage+100+200+8*perEntry; got != want {
		t.Errorf("%d, want %d", got, want)
	}
}

func TestFitHistory(t *testing.T) {
	one := llm.Message{Text: "one two three"}
	each := llm.CountTokens(one.Text) + perMessage
	history := []llm.Message{one, one, one}
	for room, want := range map[int]int{0: 0, each - 1: 0, each: 1, 2*each - 1: 1, 2 * each: 2, 3*each - 1: 2, 3 * each: 3} {
		kept, notice := fitHistory(history, room)
		if len(kept) != want || (notice == "") != (want == 3) {
			t.Errorf("a room of %d keeps %d, want %d: %q", room, len(kept), want, notice)
		}
	}
}

func TestFitSources(t *testing.T) {
	text := daybook.Passage{Text: "one two three"}
	each := llm.CountTokens(text.Text) + perEntry
	sources := []Source{{Number: 1, rank: 3, Passage: text}, {Number: 2, rank: 1, Passage: text}, {Number: 3, rank: 2, Passage: text}}
	for room, want := range map[int]int{0: 0, each - 1: 0, each: 1, 2 * each: 2, 3*each - 1: 2, 3 * each: 3} {
		kept, notice := fitSources(sources, room)
		if len(kept) != want || (notice == "") != (want == 3) {
			t.Errorf("a room of %d keeps %d, want %d: %q", room, len(kept), want, notice)
		}
		for i, s := range kept {
			if s.Number != i+1 {
				t.Errorf("source %d has the number %d", i, s.Number)
			}
		}
	}
	if kept, _ := fitSources(sources, each); kept[0].rank != 1 {
		t.Errorf("the best source was dropped: %+v", kept)
	}
}
