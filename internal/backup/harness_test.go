package backup_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"daybook"
	"daybook/internal/backup"
	"daybook/internal/store"
	"daybook/internal/store/lancedb"
	"daybook/internal/store/lancedb/lancetest"
	"daybook/internal/store/postgres"
	"daybook/internal/store/postgres/pgtest"
	"daybook/internal/store/sqlite"
	"daybook/internal/threads"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m).Run()) }

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

// newStore opens a store of a kind that is empty.
func newStore(t testing.TB, kind string) store.Store {
	t.Helper()
	ctx, dir := t.Context(), t.TempDir()
	var s store.Store
	switch kind {
	case "postgres":
		s = must(postgres.OpenOwner(ctx, pgtest.Shared(t).Database(t), "me"))(t)
	case "lance":
		_, address := lancetest.Run(t, filepath.Join(dir, "lance"))
		local := must(sqlite.Open(ctx, filepath.Join(dir, "local.db")))(t)
		s = must(lancedb.Open(ctx, lancedb.Config{Address: address, Local: local, Lock: filepath.Join(dir, "lock")}))(t)
	default:
		s = must(sqlite.Open(ctx, filepath.Join(dir, "daybook.db")))(t)
	}
	t.Cleanup(func() { ok(t, s.Close()) })
	return s
}

var start = time.Date(2024, 3, 1, 12, 0, 0, 123456000, time.UTC)

// fill puts some of everything into a store: what JSON and SQL like to change
// too.
func fill(t testing.TB, s store.Store) {
	t.Helper()
	ctx := t.Context()
	ok(t, s.WriteScans(ctx, store.ScanBatch{Put: []store.ScanState{store.ScanState{Path: "a.pdf", Note: "a.md", Size: 1 << 40, ModTime: -7, Inode: 1<<64 - 1, Hash: [32]byte{1, 255}, Pages: 2, Done: 2, Stage: store.Written, Updated: start}, store.ScanState{Path: "é <&>\u2028.jpg", Note: "n.md", Stage: store.Failed, Error: "It's torn.", Attempts: 3, Updated: start.Add(time.Hour)}}}))
	ok(t, s.WriteScans(ctx, store.ScanBatch{Pages: []store.PageText{{Key: "p/m key", Scan: [32]byte{1}, Text: "what a page says\r\n\t<b>& \u2028 \U0001f30a"}}}))
	ok(t, s.WriteScans(ctx, store.ScanBatch{Pages: []store.PageText{{Key: "empty", Scan: [32]byte{2}, Text: ""}}}))
	ok(t, s.WriteScans(ctx, store.ScanBatch{Written: map[string]store.WrittenNote{"a.md": {Text: "now", Before: "then", Parts: []store.PagePart{{Scan: "a.pdf", Page: 1, End: 3}}}}}))
	ok(t, s.WriteLedger(ctx, store.LedgerBatch{Used: []store.Use{{Day: "2024-03-01", Model: "p/m", Task: "chat", Calls: 3, InputTokens: 500, OutputTokens: 20, Cost: 0.1 + 0.2}}}))
	ok(t, s.WriteLedger(ctx, store.LedgerBatch{Used: []store.Use{{Day: "2023-12-31", Model: "p/m", Task: "embedding", Calls: 1, InputTokens: 1 << 40}}}))
	ok(t, s.WriteAnalysis(ctx, store.AnalysisChange{ID: "an", Head: &store.Analysis{ID: "an", Request: []byte(`{"query": "q",  "spaces":"<kept>"}`), Status: "complete", Account: []byte("{}"), Created: start, Updated: start}}))
	steps := []store.AnalysisStep{
		{ID: "s1", Kind: "chunk", Name: "1", Year: 2024, Period: 1, Status: "done", Key: "k1", Entries: []string{"entry-001"}},
		{ID: "s2", Kind: "final", Name: "2", Status: "failed", Error: "No.", Entries: []string{"entry-001", "entry-002"}},
	}
	ok(t, s.WriteAnalysis(ctx, store.AnalysisChange{ID: "an", Steps: steps}))
	ok(t, s.WriteAnalysis(ctx, store.AnalysisChange{ID: "an", Step: &steps[0], Results: []store.StepResult{{Key: "k1", Body: []byte(`{"a":1}`), Entries: []string{"entry-001"}, InputTokens: 5, OutputTokens: 6, Calls: 1}}}))
	ok(t, s.WriteAnalysis(ctx, store.AnalysisChange{ID: "bare", Head: &store.Analysis{ID: "bare", Request: []byte(`{}`), Status: "waiting", Error: "Later.", Created: start, Updated: start.Add(1000)}}))
	for i := range 3 {
		ok(t, s.WriteLedger(ctx, store.LedgerBatch{Lines: []store.LedgerLine{store.LedgerLine{
			ID: fmt.Sprint("line é <&> ", i), At: start.Add(time.Duration(i) * time.Hour), Model: "p/m", Task: "chat", Count: 1 + i,
			Body: []byte("{\"entries\": [],  \"spaces\": \"<kept> \u2028\"}"),
		}}}))
	}
	ok(t, s.WriteLedger(ctx, store.LedgerBatch{Lines: []store.LedgerLine{store.LedgerLine{ID: "read", At: start.Add(-time.Hour), Task: "read", Count: 40, Body: []byte("{}")}}}))
	for i := range 5 {
		addThread(t, s, fmt.Sprint("thread-", i), i)
	}
	ok(t, threads.In(s).CreateThread(ctx, daybook.Thread{ID: "empty", Tags: []string{}, CreatedAt: start, UpdatedAt: start}))
}

func addThread(t testing.TB, s store.Store, id string, n int) {
	t.Helper()
	th := daybook.Thread{ID: id, Title: "It's \"" + id + "\" \\ \u2028", CreatedAt: start, UpdatedAt: start.Add(time.Duration(n+1) * time.Hour)}
	if n%2 == 0 {
		th.Tags = []string{"#a", "#ß"}
	}
	say := func(name string, role daybook.Role, text string) daybook.Message {
		return daybook.Message{ID: id + name, ThreadID: id, Time: start.Add(time.Minute), Role: role, Text: text}
	}
	done := daybook.Turn{
		ThreadID: id, Key: "k", Fingerprint: "f", Question: say("-q", daybook.User, "why? </script>\r\n"), Answer: say("-a", daybook.Assistant, "therefore \U0001f30a"),
		Beat: start.Add(time.Minute),
	}
	done.Answer.Citations = []daybook.Citation{{Number: 1, EntryID: "entry-001", Date: daybook.DateOf(start), Title: "<t>", Path: "é.md", Line: 3, Start: 1, End: 9, Page: 2}}
	done.Answer.Trace = []byte(`{"steps":[{"tool":"search","query":"a"}]}`)
	pending := done
	pending.Key, pending.Question, pending.Answer = "p", say("-q2", daybook.User, "and?"), say("-a2", daybook.Assistant, "so f")
	pending.Answer.Status = daybook.Pending
	messages := []daybook.Message{say("-1", daybook.User, strings.Repeat("hello ", 1+n*1000)), done.Question, done.Answer, pending.Question, pending.Answer}
	ok(t, threads.In(s).ReplaceThread(t.Context(), th, messages, []daybook.Turn{done, pending}))
}

// recordsOf says what a store holds that a backup is of.
func recordsOf(t testing.TB, s store.Store) string {
	t.Helper()
	ctx := t.Context()
	var lines []string
	for _, th := range must(s.Threads(ctx))(t) {
		lines = append(lines, fmt.Sprintf("%+v", th))
		for _, m := range must(s.Messages(ctx, th.ID))(t) {
			lines = append(lines, fmt.Sprintf("%+v", m))
		}
		lines = append(lines, fmt.Sprintf("%+v", must(s.Turns(ctx, store.TurnQuery{ThreadID: th.ID}))(t)))
	}
	for _, scan := range must(s.Scans(ctx))(t) {
		lines = append(lines, fmt.Sprintf("%+v %+v", scan, must(store.WrittenIn(ctx, s, scan.Note))(t)))
	}
	ok(t, s.PageTexts(ctx, nil, func(page store.PageText) error {
		lines = append(lines, fmt.Sprintf("%q %x %q", page.Key, page.Scan, page.Text))
		return nil
	}))
	lines = append(lines, fmt.Sprintf("%+v", must(s.UsedSince(ctx, ""))(t)))
	for _, a := range must(s.Analyses(ctx))(t) {
		lines = append(lines, fmt.Sprintf("%+v %+v", a, must(s.Steps(ctx, a.ID))(t)))
	}
	lines = append(lines, fmt.Sprintf("%+v", must(s.StepResults(ctx, []string{"k1"}))(t)))
	for _, l := range must(s.Lines(ctx, store.LedgerFilter{}))(t) {
		lines = append(lines, fmt.Sprintf("%+v %s", l, l.Body))
	}
	return strings.Join(lines, "\n")
}

// plan is a backup of a store.
func plan(s backup.Source) backup.Plan {
	return backup.Plan{Records: s, Daybook: "test", Now: time.Now}
}

// write makes a backup of a store's snapshot, if it has snapshots.
func write(t testing.TB, s store.Store, dir string, change func(*backup.Plan)) backup.Report {
	t.Helper()
	report, err := tryWrite(t.Context(), s, dir, change)
	ok(t, err)
	return report
}

func tryWrite(ctx context.Context, s store.Store, dir string, change func(*backup.Plan)) (report backup.Report, err error) {
	snapshot := func(read func(store.RecordReader) error) error { return read(s) }
	if of := s.Capabilities().Snapshot; of != nil {
		snapshot = func(read func(store.RecordReader) error) error { return of(ctx, read) }
	}
	err = snapshot(func(src store.RecordReader) error {
		p := plan(src)
		if change != nil {
			change(&p)
		}
		var err error
		report, err = backup.Write(ctx, dir, p)
		return err
	})
	return report, err
}

func open(t testing.TB, name string) *backup.Backup {
	t.Helper()
	b := must(backup.Open(t.Context(), name, nil))(t)
	t.Cleanup(func() { ok(t, b.Close()) })
	return b
}

// files lists a folder.
func files(t testing.TB, dir string) []string {
	t.Helper()
	var names []string
	for _, e := range must(os.ReadDir(dir))(t) {
		names = append(names, e.Name())
	}
	return names
}

var errTest = errors.New("on purpose")

// wantSame names the first lines that differ.
func wantSame(t testing.TB, got, want string) {
	t.Helper()
	if got == want {
		return
	}
	gots, wants := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(gots), len(wants)) {
		if gots[i] != wants[i] {
			t.Errorf("line %d is\n%.2000s\nand not\n%.2000s", i, gots[i], wants[i])
			return
		}
	}
	t.Errorf("%d lines, want %d", len(gots), len(wants))
}
