package rank

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"daybook"
	"daybook/internal/llm"
	"daybook/internal/search"
)

// encoder scores texts by how often they have an x.
type encoder struct {
	sent  [][]string
	takes time.Duration
	fails error // for texts longer than most
	most  int
}

func (e *encoder) Rerank(ctx context.Context, req llm.RerankRequest) (scores []float64, _ llm.Usage, err error) {
	e.sent = append(e.sent, req.Documents)
	select {
	case <-time.After(e.takes):
	case <-ctx.Done():
		return nil, llm.Usage{}, ctx.Err()
	}
	for _, d := range req.Documents {
		if e.fails != nil && len(d) > e.most {
			return nil, llm.Usage{}, e.fails
		}
		scores = append(scores, float64(strings.Count(d, "x")))
	}
	return scores, llm.Usage{}, nil
}

// library has the entries of the passages: entry p is private.
func library(texts map[string]string) func(context.Context, []string) ([]daybook.Entry, error) {
	return func(_ context.Context, ids []string) (list []daybook.Entry, err error) {
		for _, id := range ids {
			if text, ok := texts[id]; ok && id != "p" {
				list = append(list, daybook.Entry{ID: id, Text: text})
			}
		}
		return list, nil
	}
}

func candidatesOf(texts map[string]string, ids ...string) []search.Candidate {
	var list []search.Candidate
	for i, id := range ids {
		list = append(list, search.Candidate{Score: 1 - float64(i)/10, Hit: search.Hit{Passage: daybook.Passage{ID: int64(i + 1), EntryID: id, End: len(texts[id])}}})
	}
	return list
}

func orderOf(list []search.Candidate) string {
	list = slices.Clone(list)
	slices.SortFunc(list, func(a, b search.Candidate) int {
		if a.Score > b.Score {
			return -1
		}
		return 1
	})
	var ids []string
	for _, c := range list {
		ids = append(ids, c.Passage.EntryID)
	}
	return strings.Join(ids, " ")
}

// TestCrossEncoderOrders puts what the model scores highest first. A private passage is
// not sent and keeps its place.
func TestCrossEncoderOrders(t *testing.T) {
	texts := map[string]string{"a": "one x", "b": "none", "p": "private xxxxx", "c": "xxx", "d": "xx", "gone": "short"}
	model := &encoder{}
	c := &CrossEncoder{Model: model, Public: library(texts), Within: time.Second, Pace: NewPace()}
	list := candidatesOf(texts, "a", "b", "p", "c", "d")
	out, err := c.Rerank(t.Context(), search.Ranking{Question: "?", Candidates: list})
	if err != nil || !out.Done || orderOf(list) != "c d p a b" {
		t.Errorf("%s, %+v, %v", orderOf(list), out, err)
	}
	if got := strings.Join(model.sent[0], "|"); got != "one x|none|xxx|xx" {
		t.Errorf("sent %q", got)
	}
	list = candidatesOf(texts, "b", "a")
	if _, err := c.Rerank(t.Context(), search.Ranking{Question: "?", Candidates: list, Rough: true}); err != nil || orderOf(list) != "b a" || len(model.sent) != 1 {
		t.Errorf("a rough search: %s, %v", orderOf(list), err)
	}
	for i := range list {
		list[i].Score = 0.5 // equal scores do not hide the model's order
	}
	if _, err := c.Rerank(t.Context(), search.Ranking{Question: "?", Candidates: list}); err != nil || orderOf(list) != "a b" {
		t.Errorf("equal scores: %s, %v", orderOf(list), err)
	}
}

// first is a second stage of its own.
type first struct{ err error }

func (first) Depth() int { return 7 }
func (f first) Rerank(_ context.Context, r search.Ranking) (search.Ranked, error) {
	slices.Reverse(r.Candidates)
	for i := range r.Candidates {
		r.Candidates[i].Score = 10 - float64(i)
	}
	return search.Ranked{Done: true, Nothing: true}, f.err
}

// TestCrossEncoderFails keeps the order of the stage before it when the model fails or
// is slow, and does not ask a slow one again for a while.
func TestCrossEncoderFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		texts := map[string]string{"a": "none", "b": "x", "c": strings.Repeat("long ", 200) + "xx"}
		model := &encoder{takes: time.Hour}
		c := &CrossEncoder{First: first{}, Model: model, Public: library(texts), Within: 2 * time.Second, Pace: NewPace()}
		run := func(want string) {
			t.Helper()
			list := candidatesOf(texts, "a", "b", "c")
			out, err := c.Rerank(t.Context(), search.Ranking{Question: "?", Candidates: list})
			if err != nil || !out.Done || !out.Nothing || orderOf(list) != want {
				t.Errorf("%s, %+v, %v", orderOf(list), out, err)
			}
		}
		start := time.Now()
		run("c b a")
		run("c b a")
		if took := time.Since(start); took != c.Within || len(model.sent) != 1 {
			t.Errorf("%s, %d calls", took, len(model.sent))
		}
		model.takes = 0
		time.Sleep(firstPause)
		model.fails = &llm.Error{Status: 500, Public: daybook.Errorf(daybook.Upstream, "It has trouble.")}
		run("c b a")
		run("c b a")
		model.fails = &llm.Error{Code: llm.CodeTooLong, Public: daybook.Errorf(daybook.Upstream, "It is too long.")}
		model.most, model.sent = 600, nil
		run("b c a") // the x of c was cut off
		if len(model.sent) != 2 || len(model.sent[1][0]) != shortPassage {
			t.Errorf("sent %d times", len(model.sent))
		}
		model.fails = nil
		run("c b a")
		wrong := errors.New("damaged")
		c.First = first{wrong}
		if _, err := c.Rerank(t.Context(), search.Ranking{Question: "?", Candidates: candidatesOf(texts, "a", "b")}); !errors.Is(err, wrong) {
			t.Error(err)
		}
	})
}
