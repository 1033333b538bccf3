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
		"at the third time":      {[]string{`{"mood":{"x":1},"days":[]}`, `["x"]`, good}, 3, ""},
		"never":                  {[]string{`{"mood":"","days":[]}`}, 3, "the mood is missing"},
		"a field is missing":     {[]string{`{"mood":"bad"}`, good}, 2, ""},
		"always missing":         {[]string{`{"mood":"fine"}`}, 3, ""},
		"missing, then broken":   {[]string{`{"mood":"fine"}`, cutMark}, 2, ""},
		"nothing that is asked":  {[]string{`{"secret":"fine"}`}, 3, `"mood" is missing`},
		"a name in other case":   {[]string{`{"Mood":"fine","days":[]}`}, 1, ""},
		"a list that is null":    {[]string{`{"mood":"fine","days":null}`}, 1, ""},
		"an item is null":        {[]string{`{"mood":"fine","days":["x",null]}`}, 1, ""},
		"more than was asked":    {[]string{`{"mood":"fine","days":[],"confidence":0.9}`}, 1, ""},
		"one for a list":         {[]string{`{"mood":"fine","days":"x"}`}, 1, ""},
		"inside of another":      {[]string{`{"answer":` + good + `}`}, 1, ""},
		"in an array":            {[]string{`[` + good + `]`}, 1, ""},
		"in a string":            {[]string{`"{\"mood\":\"fine\",\"days\":[]}"`}, 1, ""},
		"a draft before it":      {[]string{`{"plan":"x"} ` + good}, 1, ""},
		"words around it":        {[]string{"Sure! " + good + " and so on"}, 1, ""},
		"broken":                 {[]string{`{mood: 'fine', days: ["he said "so"",],}`}, 1, ""},
		"null":                   {[]string{`null`}, 3, "not valid JSON"},
		"not an object":          {[]string{`["secret"]`}, 3, "not valid JSON"},
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
				if err != nil || v.Mood != "fine" || usage.InputTokens != 10*c.calls && c.answers[len(c.answers)-1] != cutMark {
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

// An answer that breaks off is asked for anew in the background, and not where
// somebody waits.
func TestBrokenAnswerInTheBackground(t *testing.T) {
	const good = `{"mood":"fine","days":[]}`
	for name, c := range map[string]struct {
		policy  RetryPolicy
		answers []string
		calls   int
		failure string
	}{
		"once":        {Background, []string{`{"mo` + cutMark, good}, 2, ""},
		"always":      {Steady, []string{`{"mo` + cutMark}, 3, "broke off"},
		"interactive": {Interactive, []string{`{"mo` + cutMark, good}, 1, "broke off"},
		"at once":     {Background, []string{cutMark, good}, 1, "broke off"}, // is withRetry's
	} {
		m := &scripted{answers: c.answers}
		_, _, err := Ask(WithPolicy(t.Context(), c.policy), m, Request{}, checkMood)
		if len(m.calls) != c.calls || (err == nil) != (c.failure == "") || err != nil && !strings.Contains(err.Error(), c.failure) {
			t.Errorf("%s: %d calls, %v", name, len(m.calls), err)
		}
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
		"asked again, nothing shown":   {[]string{"", `{"response":"  "}`, `{"response":" ok"}`}, " ok", 3, ""},
		"in a fence":                   {[]string{"\n```json\n{\"response\":\"fenced\"}\n```\n"}, "fenced", 1, ""},
		"a list":                       {[]string{"```json\n[\"response\"]\n```"}, "response", 1, ""},
		"code":                         {[]string{"```python\nprint()\n```"}, "```python\nprint()\n```", 1, ""},
		"under another name":           {[]string{`{"answer":"x"}`}, "x", 1, ""},
		"in parts":                     {[]string{`{"response":["x",{"type":"text","text":"y"}]}`}, "x\ny", 1, ""},
		"only reasoning":               {[]string{`{"reasoning":"secret"}`}, "", 3, "missing"},
		"the schema":                   {[]string{`{"type":"object","properties":{"response":{"type":"string"}}}`}, "", 3, "missing"},
		"without an end":               {[]string{`{"response":"half`}, "half", 1, ""},
		"more after text was shown":    {[]string{`{"response":"half"} and`}, "half", 1, ""},
		"prose":                        {[]string{`You swam [1], and {so} on.`}, "You swam [1], and {so} on.", 1, ""},
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
			if c.failure == "" && (err != nil || last.Finish != FinishStop || last.Usage.InputTokens < 10 || last.Usage.InputTokens > 10*c.calls || parts < 2) {
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

// TestReasonsQuoteNothing holds back what the model said, in what is logged
// and shown.
func TestReasonsQuoteNothing(t *testing.T) {
	for _, answer := range []string{
		`{"moods":"secret"`, `secret`, `{"mood":{"secret":1},"days":[]}`, `{"mood":"x","days":[{"secret":"secret"}]}`,
	} {
		_, _, err := Ask[verdict](t.Context(), &scripted{answers: []string{answer}}, Request{}, nil)
		if err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", answer, err)
		}
	}
}

func TestDecodeReachesInside(t *testing.T) {
	type day struct {
		Date   string  `json:"date"`
		Note   *string `json:"note"` // may be null
		Mood   string  `json:"mood" llm:"optional"`
		Count  int     `json:"count" llm:"optional"`
		hidden int
		Local  string `json:"-"`
	}
	type year struct {
		Days []day
	}
	for answer, want := range map[string]string{
		`{"Days":[{"date":"x","note":null}]}`:                            "",
		`{"Days":[{"date":"x","note":null,"mood":5,"count":"7"}]}`:       "",
		`{"Days":[{"date":"x","note":null},{"date":"x"}]}`:               `the property "Days[1].note" is missing`,
		`{"Days":[{"date":null,"note":"y"}]}`:                            `the property "Days[0].date" is null`,
		`{"Days":[null]}`:                                                "",
		`{"Days":[]}`:                                                    "",
		`{"Days":["x"]}`:                                                 `the property "Days[0]" has the wrong type`,
		`{"Days":[{"date":"x","note":null,"count":"many"}]}`:             `the property "Days[0].count" has the wrong type`,
		`{"Days":[{"date":"x","note":null,"hidden":1,"Local":"there"}]}`: "",
	} {
		v, _, err := decode[year](answer, nil)
		switch {
		case want == "" && err != nil, want != "" && (err == nil || err.Error() != want):
			t.Errorf("%s: %v, want %q", answer, err, want)
		case len(v.Days) > 0 && (v.Days[0].hidden != 0 || v.Days[0].Local != ""):
			t.Errorf("%s set what is not exported", answer)
		}
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

// said is an answer that prose is one for.
type said struct {
	Text string `json:"text_of_the_year"`
}

func (s *said) FromProse(text string) bool { s.Text = text; return true }

// An answer under a name that was not asked for is still an answer.
func TestAskUnderAnotherName(t *testing.T) {
	for _, answer := range []string{`{"response":"You swam."}`, `{"summary":"You swam."}`, "```json\n{\"answer\":\"You swam.\"}\n```", "You swam."} {
		m := &scripted{answers: []string{answer}}
		if v, _, err := Ask[said](t.Context(), m, Request{Messages: []Message{{Role: User, Text: "q"}}}, nil); err != nil || v.Text != "You swam." || len(m.calls) != 1 {
			t.Errorf("%s: %+v, %v", answer, v, err)
		}
	}
	m := &scripted{answers: []string{`{"thinking":"secret"}`}}
	if v, _, err := Ask[said](t.Context(), m, Request{Messages: []Message{{Role: User, Text: "q"}}}, nil); err == nil {
		t.Errorf("thinking is an answer: %+v", v)
	}
}
