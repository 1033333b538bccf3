package llm

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"strings"
	"testing"

	"daybook"
)

// scripted answers each call with the next of its answers, rune by rune. An
// answer may end in one of the marks below.
type scripted struct {
	answers []string
	calls   []Request
}

const (
	cutMark     = "<cut>"     // the stream fails for now
	lengthMark  = "<length>"  // the token limit
	refusalMark = "<refusal>" // declined
)

func (m *scripted) Stream(_ context.Context, req Request) iter.Seq2[Chunk, error] {
	m.calls = append(m.calls, req)
	answer := m.answers[min(len(m.calls), len(m.answers))-1]
	return func(yield func(Chunk, error) bool) {
		text, mark, _ := strings.Cut(answer, "<")
		for _, r := range text {
			if !yield(Chunk{Text: string(r)}, nil) {
				return
			}
		}
		last := Chunk{Finish: FinishStop, Usage: Usage{InputTokens: 10, OutputTokens: 2}}
		switch "<" + mark {
		case cutMark:
			yield(Chunk{}, &Error{Retry: true, Public: daybook.Errorf(daybook.Upstream, "The answer broke off.")})
			return
		case lengthMark:
			last.Finish = FinishLength
		case refusalMark:
			last.Finish = FinishRefusal
		}
		yield(last, nil)
	}
}

type verdict struct {
	Mood string   `json:"mood"`
	Days []string `json:"days"`
}

func checkMood(v *verdict) error {
	if v.Mood == "" {
		return errors.New("the mood is missing")
	}
	return nil
}

func TestAsk(t *testing.T) {
	const good = `{"mood":"fine","days":["2024-01-01"]}`
	for name, c := range map[string]struct {
		answers []string
		calls   int
		failure string // part of the error, "" for none
	}{
		"at once":                {[]string{good}, 1, ""},
		"in a fence":             {[]string{"```json\n" + good + "\n```"}, 1, ""},
		"at the second time":     {[]string{"I think so.", good}, 2, ""},
		"at the third time":      {[]string{`{"mood":1}`, `{"mood":"x","secret":2}`, good}, 3, ""},
		"never":                  {[]string{`{"mood":""}`}, 3, "the mood is missing"},
		"with more behind it":    {[]string{good + " and so on"}, 3, "more after"},
		"cut by the limit":       {[]string{good + lengthMark}, 1, "limit on tokens"},
		"declined":               {[]string{refusalMark}, 1, "declined"},
		"failing is not invalid": {[]string{cutMark}, 1, "broke off"},
	} {
		t.Run(name, func(t *testing.T) {
			m := &scripted{answers: c.answers}
			v, usage, err := Ask(t.Context(), m, Request{Messages: []Message{{Role: User, Text: "q"}}}, checkMood)
			if len(m.calls) != c.calls {
				t.Errorf("%d calls, want %d", len(m.calls), c.calls)
			}
			if c.failure == "" {
				if err != nil || v.Mood != "fine" || usage.InputTokens != 10*c.calls {
					t.Errorf("%+v, %+v, %v", v, usage, err)
				}
				return
			}
			if daybook.KindOf(err) != daybook.Upstream || !strings.Contains(err.Error(), c.failure) {
				t.Errorf("error %v, want one with %q", err, c.failure)
			}
		})
	}
}

func TestAskedAgainWithTheReason(t *testing.T) {
	m := &scripted{answers: []string{"no JSON", `{"mood":"fine","days":[]}`}}
	if _, _, err := Ask(t.Context(), m, Request{Messages: []Message{{Role: User, Text: "q"}}}, checkMood); err != nil {
		t.Fatal(err)
	}
	again := m.calls[1].Messages
	if len(again) != 3 || again[1].Role != Assistant || again[1].Text != "no JSON" || !strings.Contains(again[2].Text, "not valid JSON") {
		t.Errorf("asked again with %+v", again)
	}
	if len(m.calls[0].Messages) != 1 {
		t.Error("the first request was changed")
	}
}

func TestStreamText(t *testing.T) {
	for name, c := range map[string]struct {
		answers []string
		text    string
		calls   int
		failure string
	}{
		"grows":                        {[]string{`{"response":"né \"x\""}`}, `né "x"`, 1, ""},
		"asked again, nothing shown":   {[]string{"Sure! Here:", `{"response":"  "}`, `{"response":" ok"}`}, " ok", 3, ""},
		"the field is missing":         {[]string{`{"answer":"x"}`}, "", 3, "missing"},
		"not a string":                 {[]string{`{"response":["x"]}`}, "", 3, "missing or not a string"},
		"broken after text was shown":  {[]string{`{"response":"half}`}, "half}", 1, "form that was asked for"},
		"more after text was shown":    {[]string{`{"response":"half"} and`}, "half", 1, "form that was asked for"},
		"cut by the limit":             {[]string{`{"response":"half` + lengthMark}, "half", 1, "limit on tokens"},
		"declined":                     {[]string{refusalMark}, "", 1, "declined"},
		"failing after text was shown": {[]string{`{"response":"half` + cutMark}, "half", 1, "broke off"},
	} {
		t.Run(name, func(t *testing.T) {
			m := &scripted{answers: c.answers}
			var text strings.Builder
			var last TextPart
			var err error
			parts := 0
			for part, e := range StreamText(t.Context(), m, Request{}, "response") {
				text.WriteString(part.Text)
				last, err = part, e
				parts++
			}
			if text.String() != c.text || len(m.calls) != c.calls {
				t.Errorf("%q in %d calls, want %q in %d", text.String(), len(m.calls), c.text, c.calls)
			}
			if c.failure == "" && (err != nil || last.Finish != FinishStop || last.Usage.InputTokens != 10 || parts < 2) {
				t.Errorf("%d parts, the last %+v, %v", parts, last, err)
			}
			if c.failure != "" && (daybook.KindOf(err) != daybook.Upstream || !strings.Contains(err.Error(), c.failure)) {
				t.Errorf("error %v, want one with %q", err, c.failure)
			}
			if !json.Valid(m.calls[0].Schema.JSON) {
				t.Errorf("schema %s", m.calls[0].Schema.JSON)
			}
		})
	}
}

func TestStreamTextMayBeLeft(t *testing.T) {
	m := &scripted{answers: []string{`{"response":"a long answer"}`}}
	for range StreamText(t.Context(), m, Request{}, "response") {
		break
	}
	if len(m.calls) != 1 {
		t.Errorf("%d calls", len(m.calls))
	}
}
