package llmtest_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"daybook"
	"daybook/internal/llm"
	"daybook/internal/llm/llmtest"
)

// chatAnswer has what JSON escapes.
const chatAnswer = "You swam to the \"red\" buoy [1].\n\nSee [2]: it's 5 km {more or less}."

// TestOdditiesOfChat streams an answer past every oddity, in each protocol, as
// a stream and whole: it is the answer, or a failure that says why.
func TestOdditiesOfChat(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	played := 0
	eachOddity(t, func(t *testing.T, o llmtest.Oddity, protocol string, whole bool) {
		said, _ := json.Marshal(map[string]string{"response": chatAnswer})
		script, ok := o.Script(protocol, whole, string(said), true)
		if !ok {
			return // the protocol does not have it
		}
		played++
		p, _ := setup(t, protocol, 0, play(script))
		var text strings.Builder
		var last llm.TextPart
		var err error
		parts := 0
		start := time.Now()
		for part, e := range llm.StreamText(t.Context(), p.Chat, question(), "response") {
			text.WriteString(part.Text)
			last, err = part, e
			parts++
		}
		judge(t, o, strings.TrimSpace(text.String()), err, chatAnswer)
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("it took %s", took)
		}
		if o.Fails == "" && last.Finish != llm.FinishStop {
			t.Errorf("the last part is %+v", last)
		}
	})
	t.Logf("%d oddities, %d answers", len(llmtest.Oddities), played)
	if len(llmtest.Oddities) < 60 {
		t.Errorf("only %d oddities", len(llmtest.Oddities))
	}
}

// eachOddity runs a test for every oddity, protocol and form.
func eachOddity(t *testing.T, test func(t *testing.T, o llmtest.Oddity, protocol string, whole bool)) {
	for _, o := range llmtest.Oddities {
		for _, protocol := range llmtest.Providers {
			for _, whole := range []bool{false, true} {
				form := map[bool]string{false: "stream", true: "whole"}[whole]
				t.Run(o.Name+", "+protocol+", "+form, func(t *testing.T) { test(t, o, protocol, whole) })
			}
		}
	}
}

// judge checks the outcome of an oddity.
func judge(t *testing.T, o llmtest.Oddity, got string, err error, want string) {
	t.Helper()
	if strings.Contains(got, "SECRET") {
		t.Errorf("thinking is shown: %q", got)
	}
	if o.Fails == "" {
		if err != nil || got != want {
			t.Errorf("%q, %v; want %q", got, err, want)
		}
		return
	}
	message := daybook.PublicMessage(err)
	if err == nil || !strings.Contains(message, o.Fails) || len(message) < 20 || strings.Contains(message, "SECRET") {
		t.Errorf("%q, %v; want an error with %q", got, err, o.Fails)
	}
}

// TestTextGrowsThroughOddities checks that what is known to be the answer is
// shown before the rest of it came.
func TestTextGrowsThroughOddities(t *testing.T) {
	grows := map[string]bool{
		"usual": true, "think": true, "think without a beginning": true, "channels": true, "fence": true, "words before": true, "words around a fence": true,
		"in an array": true, "another object first": true, "raw newlines": true, "unescaped quotes": true, "thinking beside": true, "CRLF": true,
	}
	eachOddity(t, func(t *testing.T, o llmtest.Oddity, protocol string, whole bool) {
		if whole || !grows[o.Name] {
			return // only some answers grow
		}
		said, _ := json.Marshal(map[string]string{"response": strings.Repeat(chatAnswer, 5)})
		script, _ := o.Script(protocol, whole, string(said), true)
		p, _ := setup(t, protocol, 0, play(script))
		least := map[bool]int{false: 20, true: 2}[strings.HasPrefix(o.Name, "words")] // until it is known that no thinking comes
		for range 2 {
			parts := 0
			for _, err := range llm.StreamText(t.Context(), p.Chat, question(), "response") {
				if err != nil {
					t.Fatal(err)
				}
				parts++
			}
			if parts < least {
				t.Errorf("%d parts, want %d", parts, least)
			}
			least = 20
		}
	})
}

// TestProseStreamsOnceKnown holds prose back for the first answer, in which it
// might turn out to be thinking, and streams it from then on.
func TestProseStreamsOnceKnown(t *testing.T) {
	all(t, func(t *testing.T, name string) {
		p, _ := setup(t, name, 0, play(llmtest.Script{Deltas: llmtest.Split(strings.Repeat(chatAnswer, 5), 9)}))
		for round := range 2 {
			chunks := 0
			req := question()
			req.Schema = &llm.Schema{Name: "x", JSON: json.RawMessage(`{"type":"object","properties":{"response":{"type":"string"}},"required":["response"],"additionalProperties":false}`)}
			for _, err := range p.Chat.Stream(t.Context(), req) {
				if err != nil {
					t.Fatal(err)
				}
				chunks++
			}
			if (chunks > 20) != (round == 1) {
				t.Errorf("round %d: %d chunks", round, chunks)
			}
		}
	})
}
