package analysis_test

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"daybook"
	"daybook/internal/analysis"
	"daybook/internal/llm"
	"daybook/internal/llm/budget"
	"daybook/internal/llm/llmtest"
	"daybook/internal/spending"
	"daybook/internal/store"
)

// nonsense is an answer that does not validate.
var nonsense = llmtest.Script{Deltas: []string{`{"notes": 7}`}}

func TestFailedChunkIsReportedAndTheRestContinues(t *testing.T) {
	var broken atomic.Bool
	broken.Store(true)
	w := newWorld(t, options{notes: threeYears(), window: 12_000, play: analyst(0, func(r llmtest.Request, a any) any {
		if broken.Load() && strings.Contains(r.Messages[0].Text, `<ENTRY date="1660-01-20"`) {
			return nonsense
		}
		return a
	})})
	a, _ := w.run(asking("What?"))
	accounted(t, a)
	if a.Status != analysis.Partial || a.Error == nil || a.Result.Final == nil || len(a.Result.YearAnalyses) != 3 {
		t.Fatal(told(a))
	}
	failed := slices.DeleteFunc(slices.Clone(a.Steps), func(s analysis.Step) bool { return s.Status != analysis.StepFailed })
	if len(failed) != 1 || failed[0].Error == nil || a.Entries.Unread != len(failed[0].Entries)+1 || !strings.Contains(*failed[0].Error, "form") {
		t.Errorf("%d failed, %d are unread", len(failed), a.Entries.Unread)
	}
	// It was requested three times, and the last step knows.
	if n := w.calls(`<ENTRY date="1660-01-20"`); n != 3 {
		t.Errorf("asked %d times", n)
	}
	if n := w.calls("<UNREAD>\n1660, part"); n != 1 {
		t.Error("the last step does not know what is missing")
	}
	// A second run pays only for what is missing.
	broken.Store(false)
	before := len(w.fake.Requests())
	b, _ := w.run(asking("What?"))
	accounted(t, b)
	if calls := len(w.fake.Requests()) - before; b.Status != analysis.Complete || b.Entries.Unread != 1 || calls != b.Usage.Calls || calls > 5 {
		t.Errorf("%s after %d calls", told(b), calls)
	}
	for _, s := range b.Steps {
		if s.Status == analysis.StepDone && !slices.Contains(s.Entries, failed[0].Entries[0]) {
			t.Errorf("%s is paid for again", s.Name)
		}
	}
}

func TestAYearThatFails(t *testing.T) {
	w := newWorld(t, options{notes: threeYears(), window: 12_000, play: analyst(0, func(r llmtest.Request, a any) any {
		if strings.Contains(r.Messages[0].Text, `<PART days="1661`) || strings.Contains(r.Messages[0].Text, `<ENTRY date="1661`) {
			return nonsense
		}
		if strings.Contains(r.System, "one year") && strings.Contains(r.Messages[0].Text, `days="1660`) {
			return llmtest.Script{Deltas: llmtest.Object(a, 50), Finish: llm.FinishRefusal}
		}
		return a
	})})
	a, _ := w.run(asking("What?"))
	accounted(t, a)
	if a.Status != analysis.Partial || len(a.Result.YearAnalyses) != 1 || a.Result.Final == nil || a.Entries.Read != 3 {
		t.Error(told(a))
	}
	reasons := map[string]int{}
	for _, l := range a.Entries.LeftOut {
		switch {
		case strings.HasPrefix(l.Why, "It was read, but “1660"):
			reasons["summed up"]++
		case strings.Contains(l.Why, "form"):
			reasons["read"]++
		}
	}
	if reasons["summed up"] != 60 || reasons["read"] != 5 {
		t.Errorf("reasons %v", reasons)
	}
}

func TestAnAnswerThatIsCut(t *testing.T) {
	notes := year(1660, 40, 400)
	w := newWorld(t, options{notes: notes, window: 24_000, play: analyst(0, func(r llmtest.Request, a any) any {
		if entries := strings.Count(r.Messages[0].Text, "<ENTRY "); entries > 8 {
			return llmtest.Script{Deltas: llmtest.Object(a, 50), Finish: llm.FinishLength}
		}
		return a
	})})
	a, _ := w.run(asking("What?"))
	accounted(t, a)
	if a.Status != analysis.Complete || a.Entries.Read != 40 || len(a.Result.YearAnalyses) != 1 {
		t.Fatal(told(a))
	}
	halves := 0
	for _, s := range a.Steps {
		if strings.Contains(s.Name, "half") {
			halves++
		}
	}
	if halves < 2 {
		t.Errorf("%d halves of %d steps", halves, len(a.Steps))
	}
	before := len(w.fake.Requests())
	if b, _ := w.run(asking("What?")); b.Status != analysis.Complete || len(w.fake.Requests()) != before {
		t.Errorf("asked again, %d calls are made, also of what is known to be cut", len(w.fake.Requests())-before)
	}
}

func TestALargeEntryIsReadInParts(t *testing.T) {
	notes := year(1660, 3, 80)
	var b strings.Builder
	for i := range 900 {
		b.WriteString("A sentence of the long day, which goes on and on. ")
		if i%10 == 9 {
			b.WriteString("\n\n")
		}
	}
	b.WriteString("The very last words of the day.")
	notes["02-01-1660.md"] = b.String()
	w := newWorld(t, options{notes: notes, window: 8_000, play: analyst(0, func(r llmtest.Request, a any) any {
		if said, ok := a.(llmtest.Analysed); ok && strings.Contains(r.Messages[0].Text, "very last words") {
			said.Excerpts = []string{"The very last words of the day"}
			return said
		}
		return a
	})})
	a, _ := w.run(asking("What?"))
	accounted(t, a)
	if a.Status != analysis.Complete || a.Entries.Read != 4 {
		t.Fatal(told(a))
	}
	text := must(w.store.Newest(t.Context(), store.Filter{Days: []daybook.DateRange{{From: daybook.Date{Year: 1660, Month: 2, Day: 1}}}}, 0))(t)[0].Text
	read := ""
	for _, r := range w.asked(`<ENTRY date="1660-02-01" part="`) {
		_, body, _ := strings.Cut(r.Messages[0].Text, `<ENTRY date="1660-02-01" part="`)
		_, body, _ = strings.Cut(body, ">\n")
		body, _, _ = strings.Cut(body, "\n</ENTRY>")
		read += body
	}
	if squeeze(read) == "" || len(squeeze(read)) != len(squeeze(text)) {
		t.Errorf("%d of %d letters were read", len(squeeze(read)), len(squeeze(text)))
	}
	quoted := slices.ContainsFunc(a.Steps, func(s analysis.Step) bool {
		return s.Analysis != nil && slices.ContainsFunc(s.Analysis.Quotations, func(q analysis.Quotation) bool {
			return q.Verified && q.Text == "The very last words of the day" && string([]rune(text)[*q.Start:*q.End]) == q.Text
		})
	})
	if !quoted {
		t.Error("a quotation of a part has no place in the entry")
	}
}

func squeeze(s string) string { return strings.Join(strings.Fields(s), "") }

func TestAProviderThatIsGone(t *testing.T) {
	var gone atomic.Bool
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, options{notes: threeYears(), window: 12_000, piped: true, atOnce: 2, play: analyst(0, func(r llmtest.Request, a any) any {
			if gone.Load() && !r.Wants("subyear") {
				return llmtest.Script{Status: http.StatusServiceUnavailable}
			}
			if strings.Contains(r.Messages[0].Text, `<ENTRY date="1660-01-05"`) {
				gone.Store(true)
			}
			return a
		})})
		a, events := w.run(asking("What?"))
		accounted(t, a)
		if a.Status != analysis.Failed && a.Status != analysis.Partial || a.Error == nil || a.Entries.Unread < 40 {
			t.Error(told(a))
		}
		waited := slices.ContainsFunc(events, func(e analysis.Event) bool { return e.Wait != nil && strings.Contains(e.Wait.Why, "provider") })
		if calls := len(w.fake.Requests()); calls > 90 || !waited {
			t.Errorf("%d calls of a provider that is gone; told of waiting: %v", calls, waited)
		}
		gone.Store(false)
		b, _ := w.run(asking("What?"))
		accounted(t, b)
		if b.Status != analysis.Complete || b.Usage.Calls >= len(b.Steps) {
			t.Error(told(b))
		}
		w.close()
	})
}

func TestAWrongKeyEndsItAtOnce(t *testing.T) {
	w := newWorld(t, options{notes: threeYears(), play: func(r llmtest.Request) llmtest.Script {
		return llmtest.Script{Status: http.StatusUnauthorized, Code: "invalid_api_key"}
	}})
	a, _ := w.run(asking("What?"))
	accounted(t, a)
	if a.Status != analysis.Failed || len(w.fake.Requests()) != 1 || !strings.Contains(*a.Error, "key") {
		t.Errorf("%d calls, %+v", len(w.fake.Requests()), a.Overview)
	}
}

func TestTheMonthlyCap(t *testing.T) {
	prices := map[string]spending.Price{"openai": {Input: 1000, Output: 1000}} // a thousandth a token
	w := newWorld(t, options{notes: threeYears(), window: 12_000, prices: prices, cap: 25, atOnce: 1})
	e := must(w.service.Estimate(t.Context(), asking("What?")))(t)
	if !e.Confirm || *e.Cap != 25 || *e.Spent != 0 || *e.Cost < 25 || !slices.ContainsFunc(e.Notices, func(n string) bool { return strings.Contains(n, "cap") }) {
		t.Errorf("estimate %+v", e)
	}
	a, _ := w.run(asking("What?"))
	accounted(t, a)
	if a.Status.Over() && a.Status == analysis.Complete || a.Error == nil || !strings.Contains(*a.Error, "monthly cap") || a.Progress.Done < 2 {
		t.Error(told(a))
	}
	spent := must(w.ledger.Spent(t.Context()))(t)
	if spent > 25 || spent < 5 || a.Usage.Cost == nil || *a.Usage.Cost > spent+0.01 {
		t.Errorf("%.2f are spent, the analysis says %+v", spent, a.Usage)
	}
	// The cap covers all uses, so a chat is refused too.
	model := must(w.models.Chat(llm.Ref{Provider: "openai", Model: "gpt-x"}))(t)
	_, _, err := llm.Ask[struct{}](t.Context(), model, llm.Request{Messages: []llm.Message{{Role: llm.User, Text: strings.Repeat("x", 60_000)}}}, nil)
	if daybook.KindOf(err) != daybook.RateLimited || !strings.Contains(err.Error(), "cap") {
		t.Errorf("a chat: %v", err)
	}
}

func TestCancelledAndAskedAgain(t *testing.T) {
	var slow atomic.Bool
	slow.Store(true)
	started := make(chan bool, 100)
	w := newWorld(t, options{notes: threeYears(), window: 12_000, atOnce: 2, play: analyst(0, func(r llmtest.Request, a any) any {
		if slow.Load() && strings.Contains(r.Messages[0].Text, `<ENTRY date="1661`) {
			started <- true
			return llmtest.Script{Mute: true}
		}
		return a
	})})
	a := must(w.service.Start(t.Context(), asking("What?")))(t)
	twin := must(w.service.Start(t.Context(), asking("What?")))(t)
	if twin.ID != a.ID {
		t.Error("the same was begun twice")
	}
	<-started
	c := must(w.service.Cancel(t.Context(), a.ID))(t)
	accounted(t, &c)
	if c.Status != analysis.Cancelled || c.Progress.Done < 3 || c.Result == nil && c.Progress.Done > 30 {
		t.Errorf("%+v", c.Overview)
	}
	slow.Store(false)
	before := len(w.fake.Requests())
	b, _ := w.run(asking("What?"))
	accounted(t, b)
	// An abandoned call may arrive only now: its step is requested again.
	asked := map[string]bool{}
	for _, r := range w.fake.Requests()[before:] {
		asked[r.Messages[0].Text] = true
	}
	if b.Status != analysis.Complete || b.ID == a.ID || len(asked) != b.Usage.Calls || b.Usage.Calls+c.Progress.Done != len(b.Steps) {
		t.Errorf("asked for %d: %+v after %+v", len(asked), b.Overview, c.Overview)
	}
}

func TestStoppedAndResumed(t *testing.T) {
	started := make(chan bool, 100)
	var slow atomic.Bool
	slow.Store(true)
	w := newWorld(t, options{notes: threeYears(), window: 12_000, atOnce: 2, play: analyst(0, func(r llmtest.Request, a any) any {
		if slow.Load() && strings.Contains(r.Messages[0].Text, `<ENTRY date="1661`) {
			started <- true
			return llmtest.Script{Mute: true}
		}
		return a
	})})
	a := must(w.service.Start(t.Context(), asking("What?")))(t)
	<-started
	w.close()
	slow.Store(false)
	before := len(w.fake.Requests())
	w.open()
	if got := must(w.service.Get(t.Context(), a.ID))(t); got.Status != analysis.Running || got.Progress.Done < 2 {
		t.Errorf("kept as %+v", got.Overview)
	}
	if err := w.service.Resume(t.Context()); err != nil {
		t.Fatal(err)
	}
	b, _ := w.watch(a.ID)
	accounted(t, b)
	cached := len(slices.DeleteFunc(slices.Clone(b.Steps), func(s analysis.Step) bool { return s.Status != analysis.StepCached }))
	if b.Status != analysis.Complete || cached > 0 || b.Usage.Calls != len(b.Steps) || len(w.fake.Requests())-before >= len(b.Steps) || len(w.fake.Requests())-before == 0 {
		t.Errorf("%+v, %d cached, %d calls after", b.Overview, cached, len(w.fake.Requests())-before)
	}
}

// TestDeletedEntryIsForgotten deletes one of many entries.
func TestDeletedEntryIsForgotten(t *testing.T) {
	notes := threeYears()
	notes["01-20-1660.md"] = "The secret of the blue door, told to nobody."
	w := newWorld(t, options{notes: notes, window: 12_000, play: analyst(0, func(r llmtest.Request, a any) any {
		if said, ok := a.(llmtest.Analysed); ok && strings.Contains(r.Messages[0].Text, "blue door") {
			said.Analysis, said.Excerpts = "There is a blue door.", []string{"The secret of the blue door"}
			return said
		}
		return a
	})})
	a, _ := w.run(asking("What?"))
	if !strings.Contains(a.Result.Final.Analysis, "blue door") {
		t.Fatalf("%+v", a.Result.Final)
	}
	id := ""
	for _, e := range must(w.store.Newest(t.Context(), store.Filter{}, 0))(t) {
		if strings.Contains(e.Text, "blue door") {
			id = e.ID
		}
	}
	if err := analysis.Forgetting(w.store, w.store).Apply(t.Context(), store.Batch{Delete: []string{id}}); err != nil {
		t.Fatal(err)
	}
	b := must(w.service.Get(t.Context(), a.ID))(t)
	if b.Status != analysis.Partial || b.Error == nil || b.Result == nil || b.Result.Final != nil || len(b.Result.YearAnalyses) != 2 {
		t.Errorf("%+v", b)
	}
	for _, s := range b.Steps {
		if slices.Contains(s.Entries, id) != (s.Analysis == nil && s.Kind != analysis.PromptStep) {
			t.Errorf("%s: %+v", s.Name, s)
		}
		if s.Analysis != nil && strings.Contains(s.Analysis.Analysis, "blue door") {
			t.Error("it is still said")
		}
	}
	c, _ := w.run(asking("What?"))
	accounted(t, c)
	if c.Status != analysis.Complete || c.Entries.InRange != a.Entries.InRange-1 || strings.Contains(c.Result.Final.Analysis, "blue door") {
		t.Errorf("asked again: %+v", c.Overview)
	}
	if err := w.service.Delete(t.Context(), a.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := w.service.Get(t.Context(), a.ID); daybook.KindOf(err) != daybook.NotFound {
		t.Errorf("after it was erased: %v", err)
	}
	if got := must(w.service.Get(t.Context(), c.ID))(t); got.Result.Final == nil {
		t.Error("erasing one took what another rests on")
	}
}

// TestDeletedWhileItIsRead deletes an entry between its reading and its end.
func TestDeletedWhileItIsRead(t *testing.T) {
	reading, goOn := make(chan bool), make(chan bool)
	w := newWorld(t, options{notes: map[string]string{"01-05-1660.md": "One line of it.", "01-05-1661.md": "Another line of it."}, play: analyst(0, func(r llmtest.Request, a any) any {
		if strings.Contains(r.Messages[0].Text, "One line") {
			reading <- true
			<-goOn
		}
		return a
	})})
	started := must(w.service.Start(t.Context(), asking("What?")))(t)
	<-reading
	id := ""
	for _, e := range must(w.store.Newest(t.Context(), store.Filter{}, 0))(t) {
		if strings.Contains(e.Text, "One line") {
			id = e.ID
		}
	}
	if err := analysis.Forgetting(w.store, w.store).Apply(t.Context(), store.Batch{Delete: []string{id}}); err != nil {
		t.Fatal(err)
	}
	close(goOn)
	a, _ := w.watch(started.ID)
	accounted(t, a)
	if a.Status != analysis.Complete || a.Entries.InRange != 1 || a.Entries.Read != 1 || strings.Contains(a.Result.Final.Analysis, "1660") {
		t.Error(told(a))
	}
	for _, s := range a.Steps {
		results := must(w.store.ForgetEntries(t.Context(), []string{id}))(t)
		if len(results) > 0 {
			t.Fatalf("something of it is kept: %s", s.Name)
		}
	}
}

// TestDeletedFromAFinishedStep deletes an entry during an analysis, after a
// step has read it. That step is repeated without it, and no other.
func TestDeletedFromAFinishedStep(t *testing.T) {
	notes := year(1660, 60, 200)
	notes["01-20-1660.md"] = "The secret of the blue door, told to nobody."
	id, calls, deleted := "", 0, 0
	var mu sync.Mutex
	var w *world
	w = newWorld(t, options{notes: notes, window: 12_000, play: analyst(0, func(r llmtest.Request, a any) any {
		mu.Lock()
		defer mu.Unlock()
		calls++
		if strings.Contains(r.Messages[0].Text, "blue door") && deleted > 0 && !strings.Contains(r.Messages[0].Text, "<PARTS>") {
			t.Error("what was deleted is sent to the provider")
		}
		if deleted == 0 && strings.Contains(r.Messages[0].Text, "<PARTS>") { // all chunks are read
			if err := analysis.Forgetting(w.store, w.store).Apply(t.Context(), store.Batch{Delete: []string{id}}); err != nil {
				t.Error(err)
			}
			deleted = calls
		}
		if said, ok := a.(llmtest.Analysed); ok && strings.Contains(r.Messages[0].Text, "blue door") {
			said.Analysis, said.Excerpts = "There is a blue door.", []string{"The secret of the blue door"}
			return said
		}
		return a
	})})
	for _, e := range must(w.store.Newest(t.Context(), store.Filter{}, 0))(t) {
		if strings.Contains(e.Text, "blue door") {
			id = e.ID
		}
	}
	a, _ := w.run(asking("What?"))
	accounted(t, a)
	if a.Status != analysis.Complete || a.Entries.Read != len(notes)-1 || a.Usage.Calls != calls {
		t.Error(told(a))
	}
	if again := calls - deleted; deleted < 4 || again >= deleted {
		t.Errorf("%d calls before it was deleted, %d behind", deleted, again)
	}
	for _, s := range a.Steps {
		if s.Analysis != nil && strings.Contains(s.Analysis.Analysis, "blue door") || slices.Contains(s.Entries, id) {
			t.Errorf("it is still in %s", s.Name)
		}
	}
}

// TestChatHasPriority chats during an analysis that uses up its budget.
func TestChatHasPriority(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	synctest.Test(t, func(t *testing.T) {
		notes := year(1660, 200, 300)
		maps.Copy(notes, year(1661, 200, 300))
		limits := budget.Limits{Tokens: 30_000}
		w := newWorld(t, options{notes: notes, piped: true, limits: limits, play: analyst(5*time.Second, nil)})
		w.fake.Limit(limits)
		a := must(w.service.Start(t.Context(), asking("What?")))(t)
		time.Sleep(3 * time.Minute)
		model := must(w.models.Chat(llm.Ref{Provider: "openai", Model: "gpt-x"}))(t)
		for n := range 3 {
			start := time.Now()
			for _, err := range llm.StreamText(llm.WithPolicy(t.Context(), llm.Interactive), model, llm.Request{
				Model: "gpt-x", Messages: []llm.Message{{Role: llm.User, Text: strings.Repeat("A question. ", 300)}}, MaxOutputTokens: 500,
			}, "response") {
				if err != nil {
					t.Fatal(err)
				}
			}
			took := time.Since(start) - 5*time.Second // as long as the answer takes
			t.Logf("chat %d waited %s", n+1, took)
			if n == 0 && took > 10*time.Second || n > 0 && took > time.Second {
				t.Errorf("chat %d waited %s", n+1, took)
			}
			time.Sleep(time.Minute)
		}
		if b, _ := w.watch(a.ID); b.Status != analysis.Complete {
			t.Error(told(b))
		}
		w.close()
	})
}

// told summarises an analysis in a line.
func told(a *analysis.Analysis) string {
	why := ""
	if a.Error != nil {
		why = *a.Error
	}
	return fmt.Sprintf("%s (%s), %d entries, %d read, %d not, %+v, %+v", a.Status, why, a.Entries.InRange, a.Entries.Read, a.Entries.Unread, a.Progress, a.Usage)
}
