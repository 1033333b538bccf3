package migrate_test

import (
	"strings"
	"testing"
	"time"

	"daybook"
	"daybook/internal/store"
	"daybook/internal/threads"
)

// TestBothWentOn copies once more when either store went on: nothing of the
// second is set back, and what the first said since is there as well.
func TestBothWentOn(t *testing.T) {
	first, last := inFile(t), inFile(t)
	fill(t, first, 5)
	run(t, first, last)
	ctx := t.Context()
	later := start.Add(2 * time.Hour)
	say := func(s store.Store, id, text string, at time.Time) {
		ok(t, threads.In(s).AddMessage(ctx, daybook.Message{ID: id, ThreadID: "thread-2", Time: at, Role: daybook.User, Text: text}))
	}
	say(first, "in the first", "first", later)
	say(last, "in the second", "second", later.Add(time.Minute))
	an := must(last.Analysis(ctx, "an"))(t)
	an.Status, an.Updated = "cancelled", later
	ok(t, last.PutAnalysis(ctx, an))
	ok(t, last.WriteScans(ctx, store.ScanBatch{Put: []store.ScanState{store.ScanState{Path: "a.pdf", Note: "a.md", Hash: [32]byte{1}, Pages: 2, Done: 2, Stage: store.Kept, Updated: later}}}))
	ok(t, last.WriteScans(ctx, store.ScanBatch{Written: map[string]store.WrittenNote{"a.md": {Text: "newer", Before: "now"}}}))
	ok(t, last.WriteScans(ctx, store.ScanBatch{Pages: []store.PageText{{Key: "key", Scan: [32]byte{1}, Text: "read again"}}}))
	for range 2 {
		ok(t, first.AddUse(ctx, store.Use{Day: "2024-03-01", Model: "p/m", Task: "chat", Calls: 2, InputTokens: 5, Cost: 0.1}))
		r := run(t, first, last)
		if strings.Join(r.Kept, " ") != "thread-2" || strings.Join(r.KeptAnalyses, " ") != "an" || strings.Join(r.KeptScans, " ") != "a.pdf" || r.Apart != 0 {
			t.Errorf("report %+v", r)
		}
	}
	var texts []string
	for _, m := range must(last.Messages(ctx, "thread-2"))(t) {
		texts = append(texts, m.Text)
	}
	if got := strings.Join(texts, "|"); got != "hello|why?|therefore|and?|so f|first|second" {
		t.Errorf("the thread says %s", got)
	}
	if an := must(last.Analysis(ctx, "an"))(t); an.Status != "cancelled" {
		t.Errorf("the analysis is set back to %s", an.Status)
	}
	if scan := must(last.Scans(ctx))(t)[0]; scan.Stage != store.Kept {
		t.Errorf("the scan is set back to %s", scan.Stage)
	}
	if w := must(store.WrittenIn(ctx, last, "a.md"))(t); w.Text != "newer" {
		t.Errorf("what was written is set back to %q", w.Text)
	}
	if text, _, err := store.PageTextOf(ctx, last, "key"); err != nil || text != "read again" {
		t.Errorf("a page is set back to %q (%v)", text, err)
	}
	if u := must(last.UsedSince(ctx, ""))(t)[0]; u.Calls != 7 || u.InputTokens != 510 || u.Cost < 0.3229 || u.Cost > 0.3231 {
		t.Errorf("used %+v", u)
	}
	ok(t, last.AddUse(ctx, store.Use{Day: "2024-03-01", Model: "p/m", Task: "chat", Calls: 1}))
	ok(t, first.AddUse(ctx, store.Use{Day: "2024-03-01", Model: "p/m", Task: "chat", OutputTokens: 9}))
	if r := run(t, first, last); r.Apart != 1 {
		t.Errorf("what both used is not reported: %+v", r)
	}
}
