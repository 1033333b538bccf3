package ledger_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"daybook"
	"daybook/internal/ledger"
	"daybook/internal/llm"
	"daybook/internal/store"
	"daybook/internal/store/sqlite"
)

func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func open(t *testing.T, now func() time.Time) (*ledger.Ledger, *sqlite.Store) {
	st := must(sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "daybook.db")))(t)
	t.Cleanup(func() { _ = st.Close() })
	n := store.Note{Entry: daybook.Entry{
		ID: "e1", Kind: daybook.Daily, Path: "2024/05-03-2024.md", Title: "05-03-2024", Text: "the words of a day", TextLine: 1,
		Dates: []daybook.Date{{Year: 2024, Month: 5, Day: 3}},
	}}
	n.State = store.NoteState{Kind: daybook.Daily, Path: n.Entry.Path, EntryID: "e1"}
	ok(t, st.Apply(t.Context(), store.Batch{Put: []store.Note{n}}))
	l := ledger.New(ledger.Config{Store: st, Currency: "EUR", Now: now, Cost: func(_ llm.Ref, u llm.Usage) (float64, bool) {
		return float64(u.InputTokens) / 1000, true
	}})
	t.Cleanup(l.Close)
	return l, st
}

var ref = llm.Ref{Provider: "openai", Model: "vendor/gpt"}

func TestCallsAreListed(t *testing.T) {
	now := time.Date(2024, 6, 1, 23, 30, 0, 0, time.FixedZone("", 2*3600))
	l, st := open(t, func() time.Time { now = now.Add(time.Minute); return now })
	end := l.Sent(ref, llm.TaskChat, llm.Holding([]string{"e1", "gone"}, "what I typed"))
	end(llm.Usage{InputTokens: 1500, OutputTokens: 20}, nil)
	end(llm.Usage{}, errors.New("twice"))
	l.Sent(ref, llm.TaskChat, llm.Holding(nil))(llm.Usage{}, daybook.Errorf(daybook.RateLimited, "slow down, %s", "secret words"))
	l.Sent(ref, llm.TaskEmbedding, llm.Holding(nil))(llm.Usage{}, context.Canceled)
	l.Sent(llm.Ref{Provider: "gemini", Model: "g"}, llm.TaskTranscription, llm.HoldingPage(llm.ScanPage{Scan: "a.pdf", Note: "a.md", Page: 2}))
	l.Read("curl")
	l.Read("curl")
	lines, next, err := l.Lines(t.Context(), ledger.Filter{})
	ok(t, err)
	if next != "" || len(lines) != 5 {
		t.Fatalf("%d lines, next %q: %+v", len(lines), next, lines)
	}
	read, page, cancelled, failed, first := lines[0], lines[1], lines[2], lines[3], lines[4]
	if read.Kind != "read" || read.Program != "curl" || read.Count != 2 || read.Task != "read" || read.Provider != "" {
		t.Errorf("a program: %+v", read)
	}
	if page.Status != "sent" || len(page.Pages) != 1 || page.Pages[0] != (ledger.Page{Scan: "a.pdf", Note: "a.md", Page: 2}) || page.Provider != "gemini" {
		t.Errorf("a page: %+v", page)
	}
	if cancelled.Status != "cancelled" || failed.Status != "failed" || failed.Error != "rate_limited" {
		t.Errorf("%+v and %+v", cancelled, failed)
	}
	if first.Status != "ok" || first.Model != "vendor/gpt" || first.InputTokens != 1500 || first.OutputTokens != 20 || *first.Cost != 1.5 || *first.Currency != "EUR" || first.Count != 1 {
		t.Errorf("the first call: %+v", first)
	}
	if e := first.Entries; len(e) != 2 || e[0].Path != "2024/05-03-2024.md" || e[0].Days[0].String() != "2024-05-03" || e[1].ID != "gone" || e[1].Path != "" {
		t.Errorf("its entries: %+v", e)
	}
	for _, k := range must(st.Lines(t.Context(), store.LedgerFilter{}))(t) {
		for _, word := range []string{"words", "typed", "slow"} {
			if strings.Contains(string(k.Body), word) {
				t.Errorf("%q is kept in %s", word, k.Body)
			}
		}
	}
	count := func(f ledger.Filter, want int) {
		t.Helper()
		if lines, _, err := l.Lines(t.Context(), f); err != nil || len(lines) != want {
			t.Errorf("%+v: %d lines, want %d (%v)", f, len(lines), want, err)
		}
	}
	count(ledger.Filter{Provider: "openai"}, 3)
	count(ledger.Filter{Provider: "google-ai"}, 1)
	count(ledger.Filter{Task: "chat"}, 2)
	first1 := daybook.Date{Year: 2024, Month: 6, Day: 1}
	count(ledger.Filter{Since: first1, Until: first1}, 5) // by the owner's days
	count(ledger.Filter{Until: first1.AddDays(-1)}, 0)
	var seen []string
	for f := (ledger.Filter{Limit: 2}); ; {
		lines, next, err := l.Lines(t.Context(), f)
		ok(t, err)
		for _, line := range lines {
			seen = append(seen, line.ID)
		}
		if f.After = next; next == "" {
			break
		}
	}
	if len(seen) != 5 || seen[0] != read.ID || seen[4] != first.ID {
		t.Errorf("by pages: %q", seen)
	}
	if _, _, err := l.Lines(t.Context(), ledger.Filter{After: "nonsense"}); daybook.KindOf(err) != daybook.Invalid {
		t.Errorf("a cursor that is none: %v", err)
	}
}

// What was sent is kept soon, whatever becomes of the process; old lines go.
func TestLinesAreKeptForAYear(t *testing.T) {
	var months atomic.Int64 // read by the ledger's own goroutine too
	l, st := open(t, func() time.Time {
		return time.Date(2024, 6, 1, 12, 0, 0, 0, time.UTC).AddDate(0, int(months.Load()), 0)
	})
	l.Sent(ref, llm.TaskChat, llm.Holding(nil))
	deadline := time.Now().Add(10 * time.Second)
	for len(must(st.Lines(t.Context(), store.LedgerFilter{}))(t)) != 1 {
		if time.Now().After(deadline) {
			t.Fatal("a call that is being made is not kept")
		}
		time.Sleep(10 * time.Millisecond)
	}
	months.Add(11)
	l.Sent(ref, llm.TaskChat, llm.Holding(nil))
	if lines, _, err := l.Lines(t.Context(), ledger.Filter{}); err != nil || len(lines) != 2 {
		t.Errorf("after eleven months there are %d (%v)", len(lines), err)
	}
	months.Add(2)
	l.Sent(ref, llm.TaskChat, llm.Holding(nil))
	if lines, _, err := l.Lines(t.Context(), ledger.Filter{}); err != nil || len(lines) != 2 {
		t.Errorf("after thirteen months there are %d (%v)", len(lines), err)
	}
}

// deaf is a store that takes nothing for now.
type deaf struct {
	*sqlite.Store
	off atomic.Bool
}

func (d *deaf) AddLines(ctx context.Context, lines ...store.LedgerLine) error {
	if d.off.Load() {
		return errors.New("the disk is full")
	}
	return d.Store.WriteLedger(ctx, store.LedgerBatch{Lines: lines})
}

func TestFailedSaveIsRetried(t *testing.T) {
	_, st := open(t, time.Now)
	d := &deaf{Store: st}
	d.off.Store(true)
	l := ledger.New(ledger.Config{Store: d, Now: time.Now})
	l.Sent(ref, llm.TaskChat, llm.Holding([]string{"e1"}))(llm.Usage{InputTokens: 1}, nil)
	l.Read("curl")
	_, _, err := l.Lines(t.Context(), ledger.Filter{})
	ok(t, err)
	l.Read("curl")
	d.off.Store(false)
	lines, _, err := l.Lines(t.Context(), ledger.Filter{})
	ok(t, err)
	if len(lines) != 2 || lines[0].Count+lines[1].Count != 3 {
		t.Errorf("kept later: %+v", lines)
	}
	l.Close()
}
