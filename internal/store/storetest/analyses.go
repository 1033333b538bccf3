package storetest

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"daybook"
	"daybook/internal/store"
)

// Keeper is what RunAnalyses puts to the test.
type Keeper interface {
	store.Analyses
	store.Usage
	store.Ledger
}

// RunAnalyses runs the suite of what keeps analyses, usage and the ledger. Open is as in
// Run.
func RunAnalyses(t *testing.T, open func(t *testing.T) Keeper) {
	for name, test := range map[string]func(*testing.T, Keeper){
		"AnalysesAreKept":        analysesAreKept,
		"StepsAreKept":           stepsAreKept,
		"ResultsAreShared":       resultsAreShared,
		"EntriesAreForgotten":    entriesAreForgotten,
		"StepsThatAreGone":       stepsThatAreGone,
		"UsageAddsUp":            usageAddsUp,
		"LedgerLines":            ledgerLines,
		"WhatIsInThemIsKeptAsIs": hostileAnalyses,
	} {
		t.Run(name, func(t *testing.T) { test(t, open(t)) })
	}
}

func analysis(id string, minute int) store.Analysis {
	at := time.Date(2024, 6, 4, 7, minute, 0, 123000, time.UTC)
	return store.Analysis{ID: id, Request: []byte(`{"query":"q"}`), Status: "running", Created: at, Updated: at.Add(time.Second)}
}

func analysesAreKept(t *testing.T, s Keeper) {
	_, err := store.AnalysisOf(t.Context(), s, "nobody")
	wantKind(t, err, daybook.NotFound)
	wantKind(t, s.WriteAnalysis(t.Context(), store.AnalysisChange{ID: "nobody", Delete: true}), daybook.NotFound)
	a, b := analysis("a", 1), analysis("b", 2)
	ok(t, s.WriteAnalysis(t.Context(), store.AnalysisChange{ID: a.ID, Head: &a}))
	ok(t, s.WriteAnalysis(t.Context(), store.AnalysisChange{ID: b.ID, Head: &b}))
	ok(t, s.WriteAnalysis(t.Context(), store.AnalysisChange{ID: "a", Steps: []store.AnalysisStep{{ID: "1"}}}))
	a.Status, a.Error, a.Account = "partial", "why", []byte(`{"read":1}`)
	ok(t, s.WriteAnalysis(t.Context(), store.AnalysisChange{ID: a.ID, Head: &a}))
	if got := must(store.AnalysisOf(t.Context(), s, "a"))(t); !reflect.DeepEqual(got, a) {
		t.Errorf("came back as %+v", got)
	}
	if got := must(s.Analyses(t.Context()))(t); !reflect.DeepEqual(got, []store.Analysis{b, a}) {
		t.Errorf("all: %+v", got)
	}
	if got := must(s.Steps(t.Context(), "a"))(t); len(got) != 1 {
		t.Errorf("its steps went when its head changed")
	}
	ok(t, s.WriteAnalysis(t.Context(), store.AnalysisChange{ID: "a", Delete: true}))
	if got := must(s.Analyses(t.Context()))(t); !reflect.DeepEqual(got, []store.Analysis{b}) {
		t.Errorf("after one was erased: %+v", got)
	}
}

func stepsAreKept(t *testing.T, s Keeper) {
	ok(t, s.WriteAnalysis(t.Context(), store.AnalysisChange{ID: "a", Head: new(analysis("a", 1))}))
	steps := []store.AnalysisStep{
		{ID: "z", Kind: "chunk", Name: "1660, part 1 of 2", Year: 1660, Period: 1, Status: "waiting", Entries: []string{"e2", "e1"}},
		{ID: "b", Kind: "final", Name: "all", Status: "waiting", Entries: []string{"e1"}},
	}
	ok(t, s.WriteAnalysis(t.Context(), store.AnalysisChange{ID: "a", Steps: steps}))
	steps[0].Status, steps[0].Key = "done", "k1"
	ok(t, s.WriteAnalysis(t.Context(), store.AnalysisChange{ID: "a", Step: &steps[0], Results: []store.StepResult{{
		Key: "k1", Body: []byte(`{"x":1}`), Entries: []string{"e1", "e2"}, InputTokens: 10, OutputTokens: 2, Calls: 1,
	}}}))
	steps[1].Status, steps[1].Error = "failed", "why"
	ok(t, s.WriteAnalysis(t.Context(), store.AnalysisChange{ID: "a", Step: &steps[1]}))
	if got := must(s.Steps(t.Context(), "a"))(t); !reflect.DeepEqual(got, steps) {
		t.Errorf("steps %+v, want %+v", got, steps)
	}
	want := map[string]store.StepResult{"k1": {Key: "k1", Body: []byte(`{"x":1}`), Entries: []string{"e1", "e2"}, InputTokens: 10, OutputTokens: 2, Calls: 1}}
	if got := must(s.StepResults(t.Context(), []string{"k1", "k2"}))(t); !reflect.DeepEqual(got, want) {
		t.Errorf("results %+v", got)
	}
	ok(t, s.WriteAnalysis(t.Context(), store.AnalysisChange{ID: "a", Steps: steps[:1]}))
	if got := must(s.Steps(t.Context(), "a"))(t); !reflect.DeepEqual(got, steps[:1]) {
		t.Errorf("after they were planned anew: %+v", got)
	}
	var many []string
	for range 2000 {
		many = append(many, "k2")
	}
	if got := must(s.StepResults(t.Context(), append(many, "k1")))(t); len(got) != 1 {
		t.Errorf("of many keys: %d", len(got))
	}
}

// done keeps a finished step with its result.
func done(t *testing.T, s Keeper, analysisID, key string, entries ...string) {
	t.Helper()
	st := store.AnalysisStep{ID: "s-" + key, Status: "done", Key: key, Entries: entries}
	steps := must(s.Steps(t.Context(), analysisID))(t)
	ok(t, s.WriteAnalysis(t.Context(), store.AnalysisChange{ID: analysisID, Steps: append(steps, st)}))
	ok(t, s.WriteAnalysis(t.Context(), store.AnalysisChange{ID: analysisID, Step: &st, Results: []store.StepResult{{Key: key, Body: []byte("said of " + key), Entries: entries}}}))
}

// left are the keys of the results that there are.
func left(t *testing.T, s Keeper, keys ...string) string {
	t.Helper()
	out := ""
	results := must(s.StepResults(t.Context(), keys))(t)
	for _, k := range keys {
		if _, ok := results[k]; ok {
			out += k
		}
	}
	return out
}

func resultsAreShared(t *testing.T, s Keeper) {
	ok(t, s.WriteAnalysis(t.Context(), store.AnalysisChange{ID: "a", Head: new(analysis("a", 1))}))
	ok(t, s.WriteAnalysis(t.Context(), store.AnalysisChange{ID: "b", Head: new(analysis("b", 2))}))
	done(t, s, "a", "x", "e1")
	done(t, s, "a", "y", "e2")
	done(t, s, "b", "y", "e2")
	ok(t, s.WriteAnalysis(t.Context(), store.AnalysisChange{ID: "a", Delete: true}))
	if got := left(t, s, "x", "y"); got != "y" {
		t.Errorf("of both analyses %q is left", got)
	}
	if got := must(s.Steps(t.Context(), "a"))(t); len(got) != 0 {
		t.Errorf("steps of an analysis that was erased: %+v", got)
	}
}

func entriesAreForgotten(t *testing.T, s Keeper) {
	for i, id := range []string{"a", "b", "c"} {
		ok(t, s.WriteAnalysis(t.Context(), store.AnalysisChange{ID: id, Head: new(analysis(id, i))}))
	}
	done(t, s, "a", "x", "e1", "e2")
	done(t, s, "a", "y", "e3")
	done(t, s, "b", "z", "e2", "e3")
	done(t, s, "c", "u", "e4")
	touched := must(s.ForgetEntries(t.Context(), []string{"e2", "nobody"}))(t)
	if !slices.Equal(touched, []string{"a", "b"}) {
		t.Errorf("touched %q", touched)
	}
	if got := left(t, s, "x", "y", "z", "u"); got != "yu" {
		t.Errorf("left are %q", got)
	}
	if got := must(s.Steps(t.Context(), "a"))(t); len(got) != 2 || got[0].Key != "x" {
		t.Errorf("the steps themselves: %+v", got)
	}
	if again := must(s.ForgetEntries(t.Context(), []string{"e2"}))(t); len(again) != 0 {
		t.Errorf("a second time touches %q", again)
	}
}

func stepsThatAreGone(t *testing.T, s Keeper) {
	ok(t, s.WriteAnalysis(t.Context(), store.AnalysisChange{ID: "a", Head: new(analysis("a", 1))}))
	ok(t, s.WriteAnalysis(t.Context(), store.AnalysisChange{ID: "a", Step: &store.AnalysisStep{ID: "s", Key: "k"}, Results: []store.StepResult{{Key: "k", Body: []byte("x")}}}))
	if got := left(t, s, "k"); got != "" {
		t.Error("a result of no step was kept")
	}
}

func usageAddsUp(t *testing.T, s Keeper) {
	one := store.Use{Day: "2024-05-31", Model: "p/m", Task: "chat", Calls: 1, InputTokens: 10, OutputTokens: 2, Cost: 0.25}
	two := store.Use{Day: "2024-06-01", Model: "p/m", Task: "chat", Calls: 1, InputTokens: 5, OutputTokens: 1, Cost: 0.5}
	other := two
	other.Task = "analysis"
	for _, u := range []store.Use{one, two, two, other} {
		ok(t, s.WriteLedger(t.Context(), store.LedgerBatch{Used: []store.Use{u}}))
	}
	twice := store.Use{Day: "2024-06-01", Model: "p/m", Task: "chat", Calls: 2, InputTokens: 10, OutputTokens: 2, Cost: 1}
	if got := must(s.UsedSince(t.Context(), "2024-06-01"))(t); !reflect.DeepEqual(got, []store.Use{other, twice}) {
		t.Errorf("since June: %+v", got)
	}
	if got := must(s.UsedSince(t.Context(), "2024-05-01"))(t); len(got) != 3 {
		t.Errorf("since May: %+v", got)
	}
}

func hostileAnalyses(t *testing.T, s Keeper) {
	for _, text := range hostile {
		a := analysis("a", 1)
		a.Error = text
		ok(t, s.WriteAnalysis(t.Context(), store.AnalysisChange{ID: a.ID, Head: &a}))
		done(t, s, "a", "k", text)
		st := must(s.Steps(t.Context(), "a"))(t)
		if got := must(store.AnalysisOf(t.Context(), s, "a"))(t); got.Error != text || st[0].Entries[0] != text {
			t.Errorf("%q came back otherwise", text)
		}
		if touched := must(s.ForgetEntries(t.Context(), []string{text}))(t); len(touched) != 1 {
			t.Errorf("%q is not forgotten", text)
		}
		ok(t, s.WriteAnalysis(t.Context(), store.AnalysisChange{ID: "a", Delete: true}))
	}
}
