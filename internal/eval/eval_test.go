package eval_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"daybook"
	"daybook/internal/eval"
)

func day(d int) daybook.Date { return daybook.Date{Year: 1661, Month: time.March, Day: d} }

func TestRead(t *testing.T) {
	const line = `{"id": "a", "kind": "term", "question": "Where?", "relevant": ["1661-03-01", "1661-03-02"]}`
	list, err := eval.Read(strings.NewReader(line + "\n\n" + strings.Replace(line, `"a"`, `"b"`, 1)))
	if err != nil || len(list) != 2 || fmt.Sprint(list[0]) != "{a term Where? [1661-03-01 1661-03-02]}" {
		t.Errorf("%v, %v", list, err)
	}
	for name, text := range map[string]string{
		"nothing": "", "no JSON": "x", "no id": strings.Replace(line, `"a"`, `""`, 1), "twice": line + "\n" + line,
		"no day": strings.Replace(line, "1661-03-01", "1661-02-29", 1), "no days": `{"id":"a","question":"x"}`,
	} {
		if _, err := eval.Read(strings.NewReader(text)); daybook.KindOf(err) != daybook.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestScores(t *testing.T) {
	q := func(id, kind string, days ...daybook.Date) eval.Question {
		return eval.Question{ID: id, Kind: kind, Text: id, Relevant: days}
	}
	ranked := [][]daybook.Date{{day(1)}, {day(2), day(20)}, {day(3)}, {day(4)}, {day(5)}, {day(6)}, {day(7)}, {day(8)}, {day(9)}, {day(10)}, {day(11)}}
	outcomes, err := eval.Run(t.Context(), []eval.Question{
		q("first", "a", day(1)), q("second of two", "a", day(30), day(20)), q("sixth", "b", day(6)), q("eleventh", "b", day(11)),
	}, func(context.Context, string, int) (eval.Answer, error) { return eval.Answer{Days: ranked}, nil })
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range eval.Scores(outcomes) {
		got = append(got, fmt.Sprintf("%s:%d %.2f %.2f %.3f", s.Kind, s.Questions, s.Hit1, s.Hit5, s.MRR))
	}
	if s := strings.Join(got, "|"); s != "a:2 0.50 1.00 0.750|b:2 0.00 0.00 0.083|:4 0.25 0.50 0.417" {
		t.Error(s)
	}
}

// Questions without an answer count for what the search says of them alone.
func TestScoresOfQuestionsWithoutAnswer(t *testing.T) {
	questions := []eval.Question{
		{ID: "a", Text: "a", Relevant: []daybook.Date{day(1)}}, {ID: "b", Text: "b", Relevant: []daybook.Date{day(2)}},
		{ID: "c", Text: "nothing"}, {ID: "d", Text: "d"},
	}
	outcomes, err := eval.Run(t.Context(), questions, func(_ context.Context, question string, _ int) (eval.Answer, error) {
		return eval.Answer{Days: [][]daybook.Date{{day(1)}}, Nothing: question == "nothing" || question == "b"}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	scores := eval.Scores(outcomes)
	if s := scores[len(scores)-1]; s.Questions != 4 || s.Unanswerable != 2 || s.Hit1 != 0.5 || s.Said != 0.5 || s.Refused != 0.5 {
		t.Errorf("%+v", s)
	}
}
