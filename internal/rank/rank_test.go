package rank

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"daybook"
	"daybook/internal/llm"
	"daybook/internal/search"
)

type prompts struct{}

func (prompts) Searches() (string, error) { return "searches", nil }
func (prompts) Rank() (string, error)     { return "rank", nil }

// model says a text after some time.
type model struct {
	says  string
	after time.Duration
	asked *llm.Request
}

func (m model) Stream(ctx context.Context, req llm.Request) iter.Seq2[llm.Chunk, error] {
	return func(yield func(llm.Chunk, error) bool) {
		if m.asked != nil {
			*m.asked = req
		}
		select {
		case <-time.After(m.after):
		case <-ctx.Done():
			yield(llm.Chunk{}, ctx.Err())
			return
		}
		if yield(llm.Chunk{Text: m.says}, nil) {
			yield(llm.Chunk{Finish: llm.FinishStop, Usage: llm.Usage{InputTokens: 3000, OutputTokens: 100}}, nil)
		}
	}
}

func passages(n, words int) (list []search.Candidate) {
	for i := range n {
		list = append(list, search.Candidate{Score: -float64(i), Hit: search.Hit{Passage: daybook.Passage{
			ID: int64(i), EntryID: fmt.Sprint("e", i), Text: strings.Repeat("wörd ", words),
		}}})
	}
	return list
}

func TestRerankForms(t *testing.T) {
	for says, want := range map[string][]int{
		`{"best":[3,1]}`:                          {3, 1},
		`{"best":["3","1"]}`:                      {3, 1},
		"```json\n{\"best\": [3, 3, 77, 1]}\n```": {3, 1},
		"<think>[2] is it?</think>{\"best\":[1]}": {1},
		"[3] > [1]":                               {3, 1},
		"3, 1":                                    {3, 1},
		"The best are [2] and [4].":               {2, 4},
		`{"best":[1,2,3,4,5,6,7,8,9,10,11,12]}`:   {1, 2, 3, 4, 5, 6, 7, 8, 9, 10},
	} {
		list := passages(20, 5)
		h := &Helper{Chat: model{says: says}, Window: 8000, Prompts: prompts{}, Within: time.Second}
		ranked, err := h.Rerank(t.Context(), search.Ranking{Question: "q", Candidates: list})
		if err != nil || !ranked.Done {
			t.Errorf("%q: %+v, %v", says, ranked, err)
			continue
		}
		slices.SortStableFunc(list, func(a, b search.Candidate) int { return int(b.Score - a.Score) })
		for i, n := range want {
			if list[i].Passage.ID != int64(n-1) {
				t.Errorf("%q: place %d has passage %d, want %d", says, i+1, list[i].Passage.ID+1, n)
			}
		}
		if list[len(want)].Score > 0 {
			t.Errorf("%q: more than %v were promoted", says, want)
		}
	}
}

// The prompt stays within half of the window, and names the entries in it.
func TestRerankPromptFits(t *testing.T) {
	var asked llm.Request
	h := &Helper{Chat: model{says: `{"best":[1]}`, asked: &asked}, Window: 2000, Prompts: prompts{}, Within: time.Second}
	if _, err := h.Rerank(t.Context(), search.Ranking{Question: "q", Candidates: passages(80, 400)}); err != nil {
		t.Fatal(err)
	}
	text := asked.Messages[0].Text
	n := strings.Count(text, "\n[")
	if len(text) > 3200 || n < 4 || len(asked.Contents.Entries) != n || !utf8.ValidString(text) {
		t.Errorf("%d bytes with %d passages of %d entries", len(text), n, len(asked.Contents.Entries))
	}
	h.Window = 100_000
	if _, err := h.Rerank(t.Context(), search.Ranking{Question: "q", Candidates: passages(80, 4)}); err != nil || len(asked.Contents.Entries) != depth {
		t.Errorf("%d passages, %v", len(asked.Contents.Entries), err)
	}
}

func TestTidySearches(t *testing.T) {
	got := tidy([]string{"When did I swim", ` "the lake" tag:x #y -z `, "", "the LAKE tag x y z", strings.Repeat("a", 200), "b", "c", "d"}, "When did I swim?")
	if want := []string{"the lake tag x y z", "b", "c"}; !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

// A model that is too slow is given up in time, and left alone for longer each
// time.
func TestSlowModelIsSkipped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pace, ref := NewPace(), llm.Ref{Provider: "p", Model: "m"}
		h := &Helper{Chat: model{says: `{"best":[2]}`, after: time.Minute}, Ref: ref, Window: 8000, Prompts: prompts{}, Within: 2 * time.Second, Pace: pace}
		for _, pause := range []time.Duration{firstPause, 2 * firstPause} {
			if !pace.Fast(ref, h.Within, false) {
				t.Fatal("not tried")
			}
			started := time.Now()
			if ranked, err := h.Rerank(t.Context(), search.Ranking{Question: "q", Candidates: passages(5, 5)}); err != nil || ranked.Done || time.Since(started) != h.Within {
				t.Errorf("%+v, %v after %s", ranked, err, time.Since(started))
			}
			time.Sleep(pause - time.Second)
			if pace.Fast(ref, h.Within, false) {
				t.Error("asked again too soon")
			}
			time.Sleep(time.Second)
		}
		h.Chat = model{says: `{"best":[2]}`, after: time.Second}
		if ranked, err := h.Rerank(t.Context(), search.Ranking{Question: "q", Candidates: passages(5, 5)}); err != nil || !ranked.Done || !pace.Fast(ref, h.Within, false) {
			t.Errorf("fast again: %+v, %v", ranked, err)
		}
	})
}

// A model on this machine is asked only when its speed is known to do.
func TestPaceIsMeasured(t *testing.T) {
	for after, fast := range map[time.Duration]bool{800 * time.Millisecond: true, 10 * time.Second: false} {
		synctest.Test(t, func(t *testing.T) {
			pace, ref := NewPace(), llm.Ref{Provider: "ollama", Model: "m"}
			if pace.Fast(ref, 2500*time.Millisecond, true) {
				t.Error("fast before it was measured")
			}
			for range pace.Watch(ref, model{says: "Hello.", after: after}).Stream(t.Context(), llm.Request{}) {
				continue
			}
			if got := pace.Fast(ref, 2500*time.Millisecond, true); got != fast {
				t.Errorf("3000 tokens read in %s: fast %v", after, got)
			}
		})
	}
}
