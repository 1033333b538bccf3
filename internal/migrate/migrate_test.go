package migrate_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"daybook"
	"daybook/internal/migrate"
	"daybook/internal/store"
	"daybook/internal/threads"
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

func opened(t testing.TB, w where) store.Store {
	t.Helper()
	s := must(w.open(t.Context()))(t)
	t.Cleanup(func() { ok(t, s.Close()) })
	return s
}

func inFile(t testing.TB) store.Store  { return opened(t, place(t, "file")) }
func onLance(t testing.TB) store.Store { return opened(t, place(t, "lance")) }

var start = time.Date(2024, 3, 1, 12, 0, 0, 123456000, time.UTC)

// fill puts some of everything into a store.
func fill(t testing.TB, s store.Store, n int) {
	t.Helper()
	ctx := t.Context()
	r := rand.New(rand.NewPCG(1, 2))
	var notes []store.Note
	for i := range n {
		id := fmt.Sprintf("entry-%03d", i)
		text := fmt.Sprintf("It's day %d.\n\nAnd a second passage, “quoted” number %d.", i, i%7)
		half := strings.Index(text, "\n\n")
		d := daybook.DateOf(start.AddDate(0, 0, i))
		e := daybook.Entry{ID: id, Kind: daybook.Daily, Path: id + ".md", Title: id, Dates: []daybook.Date{d}, Text: text, TextLine: 3, Tags: []string{"#t"}}
		notes = append(notes, store.Note{
			Entry: e, State: store.NoteState{Kind: e.Kind, Path: e.Path, EntryID: id, Size: int64(i), ModTime: 7, Inode: 1<<63 + 1, Hash: [32]byte{byte(i)}},
			Passages: []store.IndexedPassage{
				{Passage: daybook.Passage{EntryID: id, End: half, Line: 3, Text: text[:half]}, Terms: fmt.Sprint("day ", i)},
				{Passage: daybook.Passage{EntryID: id, Index: 1, Start: half + 2, End: len(text), Line: 5, Text: text[half+2:]}, Terms: "second passage"},
			},
		})
	}
	ok(t, s.Apply(ctx, store.Batch{Put: notes}))
	for _, sp := range []store.Space{{Model: "p/m", Dim: 16}, {Model: "p/other", Dim: 5}} {
		var vectors []store.PassageVector
		for i, p := range must(s.WithoutVector(ctx, sp, false, 0, 10_000))(t) {
			if i%5 == 4 {
				continue // some lack one
			}
			v := make([]float32, sp.Dim)
			for j := range v {
				v[j] = float32(r.NormFloat64())
			}
			vectors = append(vectors, store.PassageVector{ID: p.ID, Vector: v})
		}
		ok(t, s.PutVectors(ctx, sp, vectors))
	}
	ok(t, s.Apply(ctx, store.SetMeta("parser", "2")))
	ok(t, s.WriteScans(ctx, store.ScanBatch{Put: []store.ScanState{store.ScanState{Path: "a.pdf", Note: "a.md", Pages: 2, Stage: store.Written, Updated: start}}}))
	ok(t, s.WriteScans(ctx, store.ScanBatch{Pages: []store.PageText{{Key: "key", Scan: [32]byte{1}, Text: "what a page says"}}}))
	ok(t, s.WriteScans(ctx, store.ScanBatch{Written: map[string]store.WrittenNote{"a.md": {Text: "now", Before: "then", Parts: []store.PagePart{{Scan: "a.pdf", Page: 1, End: 3}}}}}))
	ok(t, s.WriteLedger(ctx, store.LedgerBatch{Used: []store.Use{{Day: "2024-03-01", Model: "p/m", Task: "chat", Calls: 3, InputTokens: 500, OutputTokens: 20, Cost: 0.123}}}))
	ok(t, s.WriteLedger(ctx, store.LedgerBatch{Lines: []store.LedgerLine{store.LedgerLine{ID: "l1", At: start, Model: "p/m", Task: "chat", Count: 1, Body: []byte(`{}`)}, store.LedgerLine{ID: "l2", At: start, Task: "read", Count: 7, Body: []byte(`{"status":"ok"}`)}}}))
	ok(t, s.WriteAnalysis(ctx, store.AnalysisChange{ID: "an", Head: &store.Analysis{ID: "an", Request: []byte(`{"query":"q"}`), Status: "complete", Account: []byte("{}"), Created: start, Updated: start}}))
	steps := []store.AnalysisStep{
		{ID: "s1", Kind: "chunk", Name: "1", Year: 2024, Status: "done", Key: "k1", Entries: []string{"entry-001"}},
		{ID: "s2", Kind: "final", Name: "2", Status: "waiting", Entries: []string{"entry-001", "entry-002"}},
	}
	ok(t, s.WriteAnalysis(ctx, store.AnalysisChange{ID: "an", Steps: steps}))
	ok(t, s.WriteAnalysis(ctx, store.AnalysisChange{ID: "an", Step: &steps[0], Results: []store.StepResult{{Key: "k1", Body: []byte(`{"a":1}`), Entries: []string{"entry-001"}, InputTokens: 5, OutputTokens: 6, Calls: 1}}}))
	for i := range 5 {
		thread(t, s, fmt.Sprint("thread-", i), i)
	}
}

func thread(t testing.TB, s store.Store, id string, n int) {
	t.Helper()
	th := daybook.Thread{ID: id, Title: "It's " + id, CreatedAt: start, UpdatedAt: start.Add(time.Hour)}
	if n%2 == 0 {
		th.Tags = []string{"#a"}
	}
	say := func(name string, role daybook.Role, text string) daybook.Message {
		return daybook.Message{ID: id + name, ThreadID: id, Time: start.Add(time.Minute), Role: role, Text: text}
	}
	done := daybook.Turn{
		ThreadID: id, Key: "k", Fingerprint: "f", Question: say("-q", daybook.User, "why?"),
		Answer: say("-a", daybook.Assistant, "therefore"), Beat: start.Add(time.Minute),
	}
	done.Answer.Citations = []daybook.Citation{{Number: 1, EntryID: "entry-001", Date: daybook.DateOf(start)}}
	pending := done
	pending.Key, pending.Question, pending.Answer = "p", say("-q2", daybook.User, "and?"), say("-a2", daybook.Assistant, "so f")
	pending.Answer.Status = daybook.Pending
	messages := []daybook.Message{say("-1", daybook.User, "hello"), done.Question, done.Answer, pending.Question, pending.Answer}
	ok(t, threads.In(s).ReplaceThread(t.Context(), th, messages, []daybook.Turn{done, pending}))
}

func run(t testing.TB, from, to store.Store) *migrate.Report {
	t.Helper()
	return must(migrate.Run(t.Context(), from, to, nil))(t)
}

// written is how much was copied of each kind.
func written(r *migrate.Report) string {
	var b strings.Builder
	for _, p := range r.Parts {
		fmt.Fprintf(&b, "%s %d/%d, ", p.Name, p.Written, p.There)
	}
	return b.String()
}

const everything = "settings of the index 1/1, scans 1/1, pages 1/1, written notes 1/1, usage 1/1, ledger 2/2, threads 5/5, notes 120/120, vectors "

// compared is what a copy says of both stores.
func compared(r *migrate.Report) string {
	var b strings.Builder
	for _, p := range r.Parts {
		fmt.Fprintln(&b, p.Name, p.There, p.Sum)
	}
	return b.String()
}

func TestThereAndBack(t *testing.T) {
	first, last := inFile(t), inFile(t)
	fill(t, first, 120)
	there := run(t, first, last)
	// What several passages say is kept for all of them at once.
	if got := written(there); !strings.HasPrefix(got, everything) || !strings.Contains(got, "/432, analyses 1/1, ") {
		t.Errorf("copied %s", got)
	}
	if got := written(run(t, first, last)); strings.Contains(strings.ReplaceAll(got, " 0/", ""), "/") {
		t.Errorf("once more it copied %s", got)
	}
}

func TestThroughLance(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	first, middle, last := inFile(t), onLance(t), inFile(t)
	fill(t, first, 120)
	// Notes whose place is taken are replaced.
	taken := store.Note{Entry: daybook.Entry{ID: "other", Kind: daybook.Daily, Path: "entry-003.md", Dates: []daybook.Date{daybook.DateOf(start)}}}
	ok(t, middle.Apply(t.Context(), store.Batch{Put: []store.Note{taken}}))
	there, back := run(t, first, middle), run(t, middle, last)
	if !strings.HasPrefix(written(there), everything) || compared(there) != compared(back) {
		t.Errorf("there %+v\nback %+v", there, back)
	}
	if got := written(run(t, first, middle)); strings.Contains(strings.ReplaceAll(got, " 0/", ""), "/") {
		t.Errorf("once more it copied %s", got)
	}
}

func TestInterruptedAndRestarted(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	first, last := inFile(t), onLance(t)
	fill(t, first, 120)
	for after := 1; ; after++ {
		ctx, cancel := context.WithCancel(t.Context())
		n := 0
		_, err := migrate.Run(ctx, first, last, func(migrate.Progress) {
			if n++; n == after {
				cancel()
			}
		})
		cancel()
		if err == nil {
			break
		}
		if !errors.Is(err, context.Canceled) || after > 50 {
			t.Fatal(err)
		}
	}
	stats := must(last.Stats(t.Context()))(t)
	if stats.Entries != 120 || stats.Threads != 5 || stats.Messages != 25 {
		t.Errorf("it ends with %+v", stats)
	}
}

func TestWhatGoesOnElsewhereStays(t *testing.T) {
	first, last := inFile(t), inFile(t)
	fill(t, first, 5)
	run(t, first, last)
	later := daybook.Message{ID: "later", ThreadID: "thread-2", Time: start.Add(2 * time.Hour), Role: daybook.User, Text: "and now?"}
	ok(t, threads.In(last).AddMessage(t.Context(), later))
	r := run(t, first, last)
	if len(r.Kept) != 1 || r.Kept[0] != "thread-2" {
		t.Errorf("kept %v", r.Kept)
	}
	if list := must(last.Messages(t.Context(), "thread-2"))(t); len(list) != 6 {
		t.Errorf("%d messages", len(list))
	}
}
