// Package eval measures how well a search finds the days that answer
// questions.
package eval

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"daybook"
)

// Depth is how far down a result counts: MRR@10 looks at ten.
const Depth = 10

// maxLine bounds a question's line, in bytes.
const maxLine = 64 << 10

// Question is a question with the days that answer it.
type Question struct {
	ID       string
	Kind     string // such as "term" or "date"
	Text     string
	Relevant []daybook.Date // empty if the journal has no answer
}

// Read reads questions, one JSON object a line: {"id", "kind", "question",
// "relevant": ["YYYY-MM-DD", …]}. No days mean that the journal has no answer. A
// malformed line or a duplicate id is a
// daybook.Invalid error with the line number.
func Read(r io.Reader) ([]Question, error) {
	var list []Question
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxLine)
	for n := 1; lines.Scan(); n++ {
		if strings.TrimSpace(lines.Text()) == "" {
			continue
		}
		q, err := parse(lines.Bytes())
		if err == nil && slices.ContainsFunc(list, func(o Question) bool { return o.ID == q.ID }) {
			err = fmt.Errorf("duplicate id %q", q.ID)
		}
		if err != nil {
			return nil, daybook.Errorf(daybook.Invalid, "line %d: %v", n, err)
		}
		list = append(list, q)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read the questions: %w", err)
	}
	if len(list) == 0 {
		return nil, daybook.Errorf(daybook.Invalid, "there are no questions")
	}
	return list, nil
}

func parse(line []byte) (Question, error) {
	var raw struct {
		ID       string   `json:"id"`
		Kind     string   `json:"kind"`
		Question string   `json:"question"`
		Relevant []string `json:"relevant"`
	}
	if err := json.Unmarshal(line, &raw); err != nil {
		return Question{}, err
	}
	q := Question{ID: raw.ID, Kind: raw.Kind, Text: raw.Question}
	if q.ID == "" || q.Text == "" || raw.Relevant == nil {
		return q, fmt.Errorf("it needs an id, a question and relevant days, which may be empty")
	}
	for _, s := range raw.Relevant {
		d, err := daybook.ParseDate(s)
		if err != nil {
			return q, err
		}
		q.Relevant = append(q.Relevant, d)
	}
	return q, nil
}

// Outcome is how one question went.
type Outcome struct {
	Question Question
	// Rank is the place of the first entry that answers it, counted from 1;
	// 0 when none of the first Depth does.
	Rank int
	// Nothing means that the search said that the journal has no answer.
	Nothing bool
	Took    time.Duration
}

// Answer is what a search returned: the days of each entry, best first.
type Answer struct {
	Days    [][]daybook.Date
	Nothing bool // the search said that the journal has no answer
}

// Score sums up outcomes. The rates are between 0 and 1.
type Score struct {
	Kind            string // "" for all
	Questions       int
	Hit1, Hit5, MRR float64 // of the questions that have an answer
	// Refused is the share of the questions with an answer for which the search
	// said that there is none; Said is the same for the Unanswerable ones.
	Refused, Said   float64
	Unanswerable    int
	Median, Slowest time.Duration // of a question
}

// Run asks each question of search.
func Run(ctx context.Context, questions []Question, search func(ctx context.Context, question string, k int) (Answer, error)) ([]Outcome, error) {
	outcomes := make([]Outcome, 0, len(questions))
	for _, q := range questions {
		began := time.Now()
		found, err := search(ctx, q.Text, Depth)
		if err != nil {
			return nil, fmt.Errorf("question %s: %w", q.ID, err)
		}
		o := Outcome{Question: q, Nothing: found.Nothing, Took: time.Since(began)}
		answers := func(days []daybook.Date) bool {
			return slices.ContainsFunc(days, func(d daybook.Date) bool { return slices.Contains(q.Relevant, d) })
		}
		if i := slices.IndexFunc(found.Days[:min(Depth, len(found.Days))], answers); i >= 0 {
			o.Rank = i + 1
		}
		outcomes = append(outcomes, o)
	}
	return outcomes, nil
}

// Scores sums up outcomes by kind, in order of first appearance, and last over
// all of them.
func Scores(outcomes []Outcome) []Score {
	var kinds []string
	for _, o := range outcomes {
		if !slices.Contains(kinds, o.Question.Kind) {
			kinds = append(kinds, o.Question.Kind)
		}
	}
	var scores []Score
	for _, kind := range kinds {
		scores = append(scores, score(kind, outcomes, func(o Outcome) bool { return o.Question.Kind == kind }))
	}
	return append(scores, score("", outcomes, func(Outcome) bool { return true }))
}

func score(kind string, outcomes []Outcome, counts func(Outcome) bool) Score {
	s := Score{Kind: kind}
	var times []time.Duration
	for _, o := range outcomes {
		if !counts(o) {
			continue
		}
		times = append(times, o.Took)
		if len(o.Question.Relevant) == 0 {
			s.Unanswerable++
			if o.Nothing {
				s.Said++
			}
			continue
		}
		if o.Nothing {
			s.Refused++
		}
		switch {
		case o.Rank == 0:
			continue
		case o.Rank == 1:
			s.Hit1++
			fallthrough
		case o.Rank <= 5:
			s.Hit5++
		}
		s.MRR += 1 / float64(o.Rank)
	}
	if len(times) == 0 {
		return s
	}
	n := float64(max(1, len(times)-s.Unanswerable))
	s.Refused, s.Said = s.Refused/n, s.Said/float64(max(1, s.Unanswerable))
	slices.Sort(times)
	s.Questions, s.Median, s.Slowest = len(times), times[len(times)/2], times[len(times)-1]
	s.Hit1, s.Hit5, s.MRR = s.Hit1/n, s.Hit5/n, s.MRR/n
	return s
}
