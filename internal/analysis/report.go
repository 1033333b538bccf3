package analysis

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"daybook"
	"daybook/internal/store"
)

// offlineNote begins a report that no model wrote.
const offlineNote = "No language model read the journal for this. These are statistics of its words, not an answer to the question."

// report makes an analysis without a model.
func (r *run) report(ctx context.Context) error {
	f := filterOf(r.req)
	entries, _, err := r.s.load(ctx, r.req)
	if err != nil {
		return err
	}
	counted, err := r.s.Reporter.Report(ctx, r.req.Query, f)
	if err != nil {
		return fmt.Errorf("count the journal: %w", err)
	}
	data, err := json.Marshal(counted.Data)
	if err != nil {
		return fmt.Errorf("save a report: %w", err)
	}
	r.mu.Lock()
	r.plan = &plan{request: r.req, entries: entries, inRange: map[string]daybook.Date{}, blank: map[string]bool{}}
	n := &node{id: "report", kind: FinalStep, name: "counted"}
	for _, e := range entries {
		r.plan.inRange[e.ID] = e.Date()
		n.ids = append(n.ids, e.ID)
	}
	r.plan.steps, r.plan.final = []*node{n}, n
	key := "report " + r.head.ID
	part := Part{Reasoning: offlineNote, Analysis: counted.Text, Excerpts: []string{}, Quotations: []Quotation{}}
	said := &said{Part: &part, Report: data}
	r.states[n] = &state{status: StepDone, key: key, said: said}
	r.mu.Unlock()
	body, err := json.Marshal(said)
	if err != nil {
		return fmt.Errorf("save a report: %w", err)
	}
	if err := r.keep(ctx); err != nil {
		return err
	}
	result := store.StepResult{Key: key, Body: body, Entries: n.ids}
	if err := r.s.Store.WriteAnalysis(ctx, store.AnalysisChange{ID: r.head.ID, Step: new(n.stored(r.states[n])), Results: []store.StepResult{result}}); err != nil {
		return err
	}
	r.events.Add(Event{Plan: r.snapshot()})
	return r.end(ctx, Complete, "")
}

// counter is the default Reporter: it counts days and words.
type counter struct{ store Store }

// yearCount is the size of a year.
type yearCount struct {
	Year  int `json:"year"`
	Days  int `json:"days"`
	Words int `json:"words"`
}

// Report counts the days and words of each year.
func (c counter) Report(ctx context.Context, _ string, f store.Filter) (Counted, error) {
	entries, err := c.store.Newest(ctx, f, 0)
	if err != nil {
		return Counted{}, err
	}
	days, words := map[int]map[daybook.Date]bool{}, map[int]int{}
	for _, e := range entries {
		year := e.Date().Year
		if days[year] == nil {
			days[year] = map[daybook.Date]bool{}
		}
		for _, d := range e.Dates {
			days[year][d] = true
		}
		words[year] += len(strings.Fields(e.Text))
	}
	list := []yearCount{}
	var b strings.Builder
	b.WriteString(offlineNote + "\n\n")
	for _, year := range sortedKeys(days) {
		list = append(list, yearCount{year, len(days[year]), words[year]})
		fmt.Fprintf(&b, "- %d: %s with entries, %s\n", year, countOf(len(days[year]), "day", "days"), countOf(words[year], "word", "words"))
	}
	if len(list) == 0 {
		b.WriteString("There are no entries in this range.\n")
	}
	return Counted{Data: map[string]any{"years": list}, Text: b.String()}, nil
}
