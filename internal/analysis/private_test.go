package analysis_test

import (
	"slices"
	"strings"
	"sync"
	"testing"

	"daybook/internal/analysis"
	"daybook/internal/llm/llmtest"
	"daybook/internal/store"
)

func (w *world) idOf(words string) string {
	w.t.Helper()
	for _, e := range must(w.store.Newest(w.t.Context(), store.Filter{}, 0))(w.t) {
		if strings.Contains(e.Text, words) {
			return e.ID
		}
	}
	w.t.Fatalf("no entry says %q", words)
	return ""
}

// marks makes an entry private.
func (w *world) marks(id string) {
	if err := w.store.Apply(w.t.Context(), store.Batch{Private: []string{id}}); err != nil {
		w.t.Error(err)
	}
}

// TestPrivateEntriesAreNotRead analyses a journal with one, and estimates it.
func TestPrivateEntriesAreNotRead(t *testing.T) {
	notes := threeYears()
	notes["01-20-1660.md"] = "---\nprivate: true\n---\nThe secret of the blue door, told to nobody."
	w := newWorld(t, options{notes: notes, window: 12_000})
	e := must(w.service.Estimate(t.Context(), asking("What?")))(t)
	if !strings.Contains(strings.Join(e.Notices, " "), "1 private entry is not sent") {
		t.Errorf("an estimate says %q", e.Notices)
	}
	a, _ := w.run(asking("What?"))
	accounted(t, a)
	if a.Status != analysis.Complete || a.Entries.InRange != e.Entries+1 || !slices.ContainsFunc(a.Entries.LeftOut, func(l analysis.LeftOut) bool { return strings.Contains(l.Why, "private") }) {
		t.Errorf("%+v", a.Overview)
	}
	for _, r := range w.fake.Requests() {
		if strings.Contains(r.Messages[0].Text, "blue door") {
			t.Error("it was sent")
		}
	}
	offline := asking("What?")
	offline.Provider = analysis.Offline
	if a, _ := w.run(offline); a.Entries.InRange != e.Entries+1 || a.Entries.Read != e.Entries+1 {
		t.Errorf("counted here: %+v", a.Entries)
	}
	all := newWorld(t, options{notes: map[string]string{"01-20-1660.md": notes["01-20-1660.md"]}})
	if a, _ := all.run(asking("What?")); a.Status != analysis.Failed || a.Error == nil || !strings.Contains(*a.Error, "private") || len(all.fake.Requests()) > 0 {
		t.Errorf("a journal of private notes: %+v", a.Overview)
	}
}

// TestMarkedAfterItWasRead marks an entry that steps before have read: what they
// said of it is not sent on, and they are made again without it.
func TestMarkedAfterItWasRead(t *testing.T) {
	for name, reduce := range map[string]bool{"while chunks are read": false, "before what puts them together": true} {
		t.Run(name, func(t *testing.T) {
			notes := year(1660, 60, 200)
			notes["01-20-1660.md"] = "The secret of the blue door, told to nobody."
			id, marked := "", false
			var mu sync.Mutex
			var w *world
			w = newWorld(t, options{notes: notes, window: 12_000, atOnce: 1, play: analyst(0, func(r llmtest.Request, a any) any {
				mu.Lock()
				defer mu.Unlock()
				text := r.Messages[0].Text
				if marked && strings.Contains(text, "blue door") {
					t.Error("it is sent after it was marked")
				}
				if said, ok := a.(llmtest.Analysed); ok && strings.Contains(text, "blue door") {
					said.Analysis, said.Excerpts = "There is a blue door.", []string{"The secret of the blue door"}
					if !reduce {
						marked = true
						w.marks(id)
					}
					return said
				}
				return a
			})})
			id = w.idOf("blue door")
			if reduce {
				// All chunks are read, and the analysis is ended there.
				started := must(w.service.Start(t.Context(), asking("What?")))(t)
				w.watch(started.ID)
				mu.Lock()
				marked = true
				mu.Unlock()
				w.marks(id)
				if err := w.store.WriteAnalysis(t.Context(), store.AnalysisChange{ID: started.ID, Head: new(reopened(t, w, started.ID))}); err != nil {
					t.Fatal(err)
				}
				if err := w.service.Resume(t.Context()); err != nil {
					t.Fatal(err)
				}
				a, _ := w.watch(started.ID)
				checkWithout(t, a)
				return
			}
			a, _ := w.run(asking("What?"))
			checkWithout(t, a)
		})
	}
}

// reopened returns the head of an analysis as of one that goes on.
func reopened(t *testing.T, w *world, id string) store.Analysis {
	head := must(store.AnalysisOf(t.Context(), w.store, id))(t)
	head.Status, head.Error = string(analysis.Running), ""
	return head
}

func checkWithout(t *testing.T, a *analysis.Analysis) {
	t.Helper()
	accounted(t, a)
	if a.Status != analysis.Complete || len(a.Entries.LeftOut) != 1 || strings.Contains(a.Result.Final.Analysis, "blue door") {
		t.Errorf("%+v %+v", a.Overview, a.Result)
	}
}
