package llm

import (
	"context"
	"iter"
	"strings"
	"testing"
)

// thinker thinks for as many tokens as enough says, and then answers.
type thinker struct {
	enough int
	limits []int
}

func (m *thinker) Stream(_ context.Context, req Request) iter.Seq2[Chunk, error] {
	m.limits = append(m.limits, req.MaxOutputTokens)
	return func(yield func(Chunk, error) bool) {
		if req.MaxOutputTokens < m.enough {
			yield(Chunk{Finish: FinishLength, Usage: Usage{10, req.MaxOutputTokens}}, nil)
			return
		}
		if yield(Chunk{Text: "yes"}, nil) {
			yield(Chunk{Finish: FinishStop, Usage: Usage{10, 7}}, nil)
		}
	}
}

func TestSecondChance(t *testing.T) {
	for _, c := range []struct {
		enough, limit int
		text          string
		calls         int
	}{
		{0, 0, "yes", 1}, {100, 200, "yes", 1}, {5000, 1000, "yes", 2}, {5000, 0, "yes", 2}, {70_000, 20_000, "yes", 2}, {100_000, 1000, "", 2},
	} {
		m := &thinker{enough: c.enough}
		text, last := "", Chunk{}
		for chunk, err := range (secondChance{m}).Stream(t.Context(), Request{MaxOutputTokens: c.limit}) {
			if err != nil {
				t.Fatal(err)
			}
			text, last = text+chunk.Text, chunk
		}
		if text != c.text || len(m.limits) != c.calls || last.Finish == "" || last.Usage.InputTokens != 10*c.calls {
			t.Errorf("%+v: %q, limits %v, %+v", c, text, m.limits, last)
		}
	}
}

// TestNoSecondChance keeps to an answer of which something was said.
func TestNoSecondChance(t *testing.T) {
	m := &scripted{answers: []string{"half" + lengthMark}}
	var text strings.Builder
	for chunk, err := range (secondChance{m}).Stream(t.Context(), Request{}) {
		if err != nil {
			t.Fatal(err)
		}
		text.WriteString(chunk.Text)
	}
	if len(m.calls) != 1 || text.String() != "half" {
		t.Errorf("%d calls, %q", len(m.calls), text.String())
	}
}
