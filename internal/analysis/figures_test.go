package analysis_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"daybook"
	"daybook/internal/analysis"
	"daybook/internal/llm/budget"
	"daybook/internal/llm/llmtest"
	"daybook/internal/store"
)

// TestBudgetIsUsedAndNeverExceeded reads five years on 30,000 tokens a minute
// against a provider that counts itself.
func TestBudgetIsUsedAndNeverExceeded(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	file := pepysStore(t)
	for takes, last := range map[time.Duration]int{5 * time.Second: 1664, 20 * time.Second: 1660} {
		synctest.Test(t, func(t *testing.T) {
			limits := budget.Limits{Tokens: 30_000}
			w := newWorld(t, options{file: file, piped: true, limits: limits, play: analyst(takes, nil)})
			w.fake.Limit(limits)
			start := time.Now()
			req := asking("How did my relation to work change?")
			if underRace { // five years take minutes
				last = 1660
			}
			req.To = daybook.Date{Year: last, Month: 12, Day: 31}
			a, events := w.run(req)
			accounted(t, a)
			if !slices.ContainsFunc(events, func(e analysis.Event) bool {
				return e.Wait != nil && strings.Contains(e.Wait.Why, "budget") && e.Wait.Until.After(start)
			}) {
				t.Error("no wait for the budget was published")
			}
			if a.Status != analysis.Complete || a.Entries.Unread != 0 {
				t.Errorf("%+v", a.Overview)
			}
			charges := w.fake.Charges()
			charged, used := windows(t, charges, limits.Tokens)
			t.Logf("answers in %s: %d calls in %s, %d refused; the windows of the map had %s of the budget charged at their end, and %s used once all was settled",
				takes, len(charges), time.Since(start).Round(time.Second), refused(charges), charged, used)
			if n := refused(charges); n > 0 {
				t.Errorf("%d calls were answered 429", n)
			}
			// No limit on the answer is sent, so the fake does not charge for one.
			if charged.least < 0.7 || used.mean < 0.8 {
				t.Errorf("a window had %s of the budget charged and %s used", charged, used)
			}
			w.close()
		})
	}
}

// TestStepWaitingForBudgetIsNotRunning begins sixteen steps at once on a budget
// for fewer.
func TestStepWaitingForBudgetIsNotRunning(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limits := budget.Limits{Tokens: 30_000}
		w := newWorld(t, options{notes: year(1660, 300, 300), piped: true, limits: limits, play: analyst(10*time.Second, nil)})
		w.fake.Limit(limits)
		a, events := w.run(asking("What?"))
		accounted(t, a)
		if a.Status != analysis.Complete {
			t.Fatalf("%+v", a.Overview)
		}
		now := map[string]analysis.StepStatus{}
		most := 0
		for _, e := range events {
			if e.Step == nil {
				continue
			}
			now[e.Step.ID] = e.Step.Status
			running := 0
			for _, status := range now {
				if status == analysis.StepRunning {
					running++
				}
			}
			most = max(most, running)
		}
		open := 0 // calls at once, as the provider saw them
		charges := w.fake.Charges()
		for _, c := range charges {
			at := 0
			for _, o := range charges {
				if !o.At.After(c.At) && o.Over.After(c.At) {
					at++
				}
			}
			open = max(open, at)
		}
		// The end of a call may be published just after the next one begins.
		if most == 0 || most > open+2 || open+2 >= 16 {
			t.Errorf("%d steps were running at once where %d calls were made at once", most, open)
		}
		w.close()
	})
}

func refused(charges []llmtest.Charge) (n int) {
	for _, c := range charges {
		if c.Refused {
			n++
		}
	}
	return n
}

// share is how much of the budget windows had.
type share struct{ least, mean float64 }

func (s share) String() string {
	return fmt.Sprintf("%.1f %% at least and %.1f %% on average", 100*s.least, 100*s.mean)
}

// windows checks the budget in every one-minute window at every change. It
// returns what was charged and what was used in windows, a second apart, during
// which chunks were always pending.
func windows(t *testing.T, charges []llmtest.Charge, tokens int) (charged, used share) {
	t.Helper()
	first, last := time.Time{}, time.Time{}
	for _, c := range charges {
		if !strings.Contains(c.Request.Messages[0].Text, "<ENTRIES>") {
			continue
		}
		if first.IsZero() {
			first = c.At
		}
		last = c.At
		if c.Reserved > tokens/10 {
			t.Errorf("a chunk takes %d tokens of %d", c.Reserved, tokens)
		}
	}
	// in sums up what came in a window, as it was charged at a moment.
	in := func(from, at time.Time) (sum int) {
		for _, c := range charges {
			switch {
			case c.Refused || c.At.Before(from) || !c.At.Before(from.Add(budget.Window)) || c.At.After(at):
			case c.Over.After(at):
				sum += c.Reserved
			default:
				sum += c.Used
			}
		}
		return sum
	}
	for _, c := range charges {
		if sum := in(c.At.Add(-budget.Window+1), c.At); sum > tokens {
			t.Errorf("the minute until %s has %d tokens", c.At.Sub(first), sum)
		}
	}
	charged, used = share{1, 0}, share{1, 0}
	n := 0.0
	for from := first; !from.Add(budget.Window).After(last); from = from.Add(time.Second) {
		to := from.Add(budget.Window)
		now, later := float64(in(from, to))/float64(tokens), float64(in(from, to.Add(time.Hour)))/float64(tokens)
		charged.least, charged.mean = min(charged.least, now), charged.mean+now
		used.least, used.mean = min(used.least, later), used.mean+later
		n++
	}
	charged.mean, used.mean = charged.mean/n, used.mean/n
	return charged, used
}

// TestManyAtOnce has no budget, and answers that take a second.
func TestManyAtOnce(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	file := pepysStore(t)
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, options{file: file, piped: true, window: 8_000, play: analyst(time.Second, nil)})
		start := time.Now()
		a, _ := w.run(asking("How did my relation to work change?"))
		took := time.Since(start)
		accounted(t, a)
		calls := len(w.fake.Requests())
		ideal := time.Duration(float64(time.Second) * float64(calls) / 16)
		t.Logf("%d calls took %s, %.2f × %s", calls, took, float64(took)/float64(ideal), ideal)
		if took > ideal*13/10 {
			t.Errorf("%s is more than 1.3 × %s", took, ideal)
		}
		w.close()
	})
}

// TestThreeNewEntries runs again after three entries were added to one year.
func TestThreeNewEntries(t *testing.T) {
	w := newWorld(t, options{file: pepysStore(t), window: 16_000})
	req := asking("How did my relation to work change?")
	before, _ := w.run(req)
	first := len(w.fake.Requests())

	added := []store.Note{}
	for i, day := range []int{3, 4, 200} {
		date := daybook.Date{Year: 1662, Month: 1, Day: 1}.AddDays(day)
		id := fmt.Sprintf("new-%d", i)
		added = append(added, store.Note{
			State: store.NoteState{Kind: daybook.Daily, Path: id + ".md", EntryID: id},
			Entry: daybook.Entry{ID: id, Kind: daybook.Daily, Path: id + ".md", Title: id, Dates: []daybook.Date{date}, Text: "Another line of the diary.", TextLine: 1},
		})
	}
	if err := w.store.Apply(t.Context(), store.Batch{Put: added}); err != nil {
		t.Fatal(err)
	}
	estimate := must(w.service.Estimate(t.Context(), req))(t)
	after, _ := w.run(req)
	accounted(t, after)
	if after.Entries.Read != before.Entries.Read+3 {
		t.Errorf("%d entries were read, and then %d", before.Entries.Read, after.Entries.Read)
	}
	called := w.fake.Requests()[first:]
	touched, other := 0, 0
	for _, s := range after.Steps {
		isNew := slices.ContainsFunc(s.Entries, func(id string) bool { return len(id) == len("new-0") && id[:4] == "new-" })
		switch {
		case s.Status == analysis.StepCached && isNew, s.Status == analysis.StepDone && !isNew:
			other++
		case s.Status == analysis.StepDone:
			touched++
		}
	}
	t.Logf("%d calls at first, %d after three new entries; %d steps", first, len(called), len(after.Steps))
	if other > 0 || touched != len(called) || after.Usage.Calls != len(called) {
		t.Errorf("%d steps of others were called, %d of %d calls were for what was touched", other, touched, len(called))
	}
	if estimate.Calls > len(called)+1 || estimate.Calls < 4 || estimate.CachedCalls != len(after.Steps)-estimate.Calls {
		t.Errorf("estimated: %+v", estimate)
	}
	again, _ := w.run(req)
	if n := len(w.fake.Requests()) - first - len(called); n > 0 || again.Usage.Calls != 0 {
		t.Errorf("asked once more, %d calls are made", n)
	}
}
