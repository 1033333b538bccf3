package analysis_test

import (
	"maps"
	"strings"
	"testing"
	"unicode/utf8"

	"daybook"
	"daybook/internal/analysis"
	"daybook/internal/llm/llmtest"
	"daybook/internal/store"
)

// three years, the first too large for one step.
func threeYears() map[string]string {
	notes := year(1660, 60, 400)
	maps.Copy(notes, year(1661, 5, 100))
	maps.Copy(notes, year(1670, 3, 100))
	notes["06-01-1661.md"] = "--- \n\n"
	return notes
}

func TestYearsAreAnalysed(t *testing.T) {
	w := newWorld(t, options{notes: threeYears(), window: 12_000})
	a, events := w.run(asking("What did I write?"))
	accounted(t, a)
	if a.Status != analysis.Complete || a.Error != nil || a.Result == nil || a.Result.Final == nil {
		t.Fatalf("%+v", a.Overview)
	}
	if a.Entries.InRange != 69 || a.Entries.Unread != 1 || a.Entries.LeftOut[0].Date.String() != "1661-06-01" {
		t.Errorf("entries %+v", a.Entries)
	}
	var years []int
	for _, y := range a.Result.YearAnalyses {
		years = append(years, y.Year)
	}
	if len(years) != 3 || years[0] != 1660 || years[1] != 1661 || years[2] != 1670 {
		t.Errorf("years %v", years)
	}
	if chunks := steps(a, analysis.ChunkStep); len(chunks) < 3 || !strings.HasPrefix(chunks[0].Name, "1660, part 1 of ") {
		t.Errorf("%d chunks: %+v", len(chunks), chunks)
	}
	if len(steps(a, analysis.YearStep)) != 3 || len(steps(a, analysis.FinalStep)) != 1 || len(steps(a, analysis.PromptStep)) != 1 {
		t.Errorf("steps %+v", a.Steps)
	}
	if a.Progress.Done != len(a.Steps) || a.Progress.Steps != len(a.Steps) || a.Usage.Calls != len(a.Steps) || a.Usage.InputTokens == 0 || a.Usage.Cost != nil {
		t.Errorf("progress %+v, usage %+v", a.Progress, a.Usage)
	}
	w.quotationsHold(a)
	deltas, told := "", map[analysis.StepStatus]int{}
	for _, e := range events {
		if e.Delta != nil {
			deltas += e.Delta.Text
		}
		if e.Step != nil {
			told[e.Step.Status]++
		}
	}
	if deltas != a.Result.Final.Analysis || told[analysis.StepDone] != len(a.Steps) || events[0].Plan == nil {
		t.Errorf("told %v, deltas %q", told, deltas)
	}
	// The stored analysis is the same.
	kept := must(w.service.Get(t.Context(), a.ID))(t)
	if kept.Result.Final.Analysis != a.Result.Final.Analysis || kept.Entries.Read != a.Entries.Read || len(kept.Steps) != len(a.Steps) || kept.Usage.Calls != a.Usage.Calls {
		t.Errorf("kept %+v", kept.Overview)
	}
	if list := must(w.service.List(t.Context()))(t); len(list) != 1 || list[0].Status != analysis.Complete || list[0].Progress.Done != len(a.Steps) {
		t.Errorf("listed %+v", list)
	}
}

// quotationsHold looks up every quotation in its entry.
func (w *world) quotationsHold(a *analysis.Analysis) {
	w.t.Helper()
	seen := 0
	parts := []*analysis.Part{a.Result.Final}
	for _, s := range a.Steps {
		if s.Analysis != nil {
			parts = append(parts, s.Analysis)
		}
	}
	for _, p := range parts {
		for _, q := range p.Quotations {
			if !q.Verified {
				w.t.Errorf("not verified: %q", q.Text)
				continue
			}
			e := must(store.EntryOf(w.t.Context(), w.store, *q.EntryID))(w.t)
			if got := string([]rune(e.Text)[*q.Start:*q.End]); got != strings.TrimRight(q.Text, ".") || *q.Date != e.Date() {
				w.t.Errorf("%q of %s stands at %q of %s", q.Text, q.Date, got, e.Date())
			}
			seen++
		}
		if len(p.Excerpts) != len(p.Quotations) {
			w.t.Errorf("%d excerpts of %d quotations", len(p.Excerpts), len(p.Quotations))
		}
	}
	if seen == 0 {
		w.t.Error("there are no quotations")
	}
}

func TestQuotationsThatAreNotThere(t *testing.T) {
	notes := map[string]string{
		"01-05-2023.md": "Swam in the lake before breakfast, four degrees.", "01-06-2024.md": "Lent the book about bees to Oda — she’ll like it.",
	}
	w := newWorld(t, options{notes: notes, play: analyst(0, func(r llmtest.Request, a any) any {
		if said, ok := a.(llmtest.Analysed); ok {
			said.Analysis = `You wrote "swam in the lake before breakfast" and "swam in the cold sea before dinner".`
			said.Excerpts = []string{
				"2023-01-05: Swam in the lake before  breakfast,", `"four degrees"`, "Lent the book about bees to Oda - she'll like it.",
				"Swam in the sea before breakfast", "", "swam in the lake before breakfast",
			}
			return said
		}
		return a
	})})
	a, _ := w.run(asking("What?"))
	accounted(t, a)
	first, last := a.Result.YearAnalyses[0], a.Result.Final
	if len(first.Excerpts) != 3 || first.Excerpts[0] != "Swam in the lake before  breakfast," || first.Excerpts[1] != "four degrees" {
		t.Errorf("of 2023: %q", first.Excerpts)
	}
	if len(first.Quotations) != 5 || first.Quotations[2].Verified || first.Quotations[2].EntryID != nil {
		t.Errorf("of 2023, which has nothing of 2024: %+v", first.Quotations)
	}
	if len(last.Excerpts) != 4 {
		t.Errorf("of both: %q", last.Excerpts)
	}
	if want := `You wrote "swam in the lake before breakfast" and "swam in the cold sea before dinner" [unverified].`; last.Analysis != want {
		t.Errorf("the answer is %q", last.Analysis)
	}
	// No unverified excerpt is passed to the next step.
	for _, r := range w.asked("<PARTS>") {
		if strings.Contains(r.Messages[0].Text, `- 2023-01-05: "Swam in the sea`) || strings.Contains(r.Messages[0].Text, `: "Lent the book`) && !strings.Contains(r.Messages[0].Text, "2024") {
			t.Error("an excerpt that is nowhere was passed on")
		}
	}
	if !utf8.ValidString(last.Analysis) {
		t.Error("not UTF-8")
	}
}

func TestRangeTagsAndFocus(t *testing.T) {
	notes := threeYears()
	notes["02-01-1662.md"] = "At the docks with the captain. #work"
	notes["12-31-1662_01-01-1663.md"] = "The year went out with fireworks. #work"
	w := newWorld(t, options{notes: notes})
	req := asking("What?")
	req.From, req.Tags, req.Focus = daybook.Date{Year: 1662, Month: 3, Day: 1}, []string{"work"}, "the captain"
	a, _ := w.run(req)
	accounted(t, a)
	if a.Entries.InRange != 1 || a.Result.YearAnalyses[0].Year != 1662 || a.From.String() != "1662-03-01" || a.To != nil || a.Tags[0] != "#work" {
		t.Errorf("%+v", a.Overview)
	}
	if w.calls("<FOCUS>the captain</FOCUS>") != len(w.fake.Requests()) {
		t.Error("a step was not told of the focus")
	}
	req.From = daybook.Date{Year: 1663, Month: 1, Day: 1}
	if a, _ := w.run(req); a.Entries.InRange != 1 || a.Result.YearAnalyses[0].Year != 1663 {
		t.Errorf("a note of two days, of which one is in range: %+v", a.Result)
	}
	req.From = daybook.Date{Year: 1700, Month: 1, Day: 1}
	a, _ = w.run(req)
	accounted(t, a)
	if a.Status != analysis.Failed || a.Error == nil || a.Result != nil {
		t.Errorf("of no entries: %+v", a.Overview)
	}
}
