package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"daybook"
	"daybook/internal/store"
	"daybook/internal/threads"
)

// recordTables are the tables of the records with their columns, in the order
// in which they can be filled.
var recordTables = [][2]string{
	{"threads", "id, title, tags, created_at, updated_at"},
	{"messages", "n, id, thread, at, role, text, status, citations, trace"},
	{"turns", "thread, key, fingerprint, question, answer, beat"},
	{"scans", "path, note, size, mtime, inode, hash, pages, done, stage, error, attempts, updated"},
	{"page_texts", "key, scan, text"},
	{"written_notes", "note, text, before, parts"},
	{"analyses", "id, request, status, error, account, created, updated"},
	{"analysis_steps", "analysis, place, id, kind, name, year, period, status, error, key, entries"},
	{"step_results", "key, body, input_tokens, output_tokens, calls"},
	{"step_reads", "entry, key"},
	{"usage", "day, model, task, calls, input_tokens, output_tokens, cost"},
}

// fillAll puts something into every table.
func fillAll(t testing.TB, s *Store) {
	t.Helper()
	ctx := t.Context()
	at := time.Date(2024, 5, 1, 10, 0, 0, 0, time.UTC)
	ok := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	var batch store.Batch
	for i := range 40 {
		n := synthetic(fmt.Sprintf("note %d", i), 3, 300)
		n.Entry.Tags = []string{"Tag", fmt.Sprint("other", i%3)}
		batch.Put = append(batch.Put, n)
	}
	ok(s.Apply(ctx, batch))
	sp := store.Space{Model: "p/m", Dim: 8}
	missing, err := s.WithoutVector(ctx, sp, false, 0, 1000)
	ok(err)
	var vectors []store.PassageVector
	for i, p := range missing {
		v := make([]float32, 8)
		v[i%8], v[(i+3)%8] = 1, float32(i)/100
		vectors = append(vectors, store.PassageVector{ID: p.ID, Vector: v})
	}
	ok(s.PutVectors(ctx, sp, vectors))
	ok(s.Apply(ctx, store.SetMeta("embedding.serving", "8 p/m")))
	for i := range 12 {
		id := fmt.Sprintf("thread-%d", i)
		ok(threads.In(s).CreateThread(ctx, daybook.Thread{ID: id, Title: "About " + id, Tags: []string{"a"}, CreatedAt: at, UpdatedAt: at}))
		for j := range 4 {
			m := func(role daybook.Role, suffix string, status daybook.MessageStatus) daybook.Message {
				return daybook.Message{
					ID: fmt.Sprintf("%s-%d-%s", id, j, suffix), ThreadID: id, Time: at.Add(time.Duration(j) * time.Minute), Role: role,
					Text: strings.Repeat("What was said on that day. ", 5+i*j), Status: status,
				}
			}
			question, answer := m(daybook.User, "q", daybook.Complete), m(daybook.Assistant, "a", daybook.Pending)
			turn, _, err := threads.In(s).BeginTurn(ctx, daybook.Turn{ThreadID: id, Key: fmt.Sprint(j), Fingerprint: "f", Question: question, Answer: answer, Beat: at})
			ok(err)
			turn.Answer.Status = daybook.Complete
			turn.Answer.Citations = []daybook.Citation{{}}
			turn.Answer.Trace = []byte(`{"model":"p/m"}`)
			ok(threads.In(s).UpdateTurn(ctx, turn))
		}
	}
	for i := range 6 {
		hash := [32]byte{byte(i + 1)}
		path := fmt.Sprintf("scan%d.pdf", i)
		ok(s.WriteScans(ctx, store.ScanBatch{Put: []store.ScanState{store.ScanState{Path: path, Note: "n.md", Size: 5, ModTime: 6, Inode: 7, Hash: hash, Pages: 2, Stage: store.Found, Updated: at}}}))
		ok(s.WriteScans(ctx, store.ScanBatch{Pages: []store.PageText{{Key: path + "#1", Scan: hash, Text: strings.Repeat("A page says this. ", 40)}}}))
		ok(s.WriteScans(ctx, store.ScanBatch{Written: map[string]store.WrittenNote{path + ".md": {Text: "text", Before: "before", Parts: []store.PagePart{{Scan: path, Page: 1, End: 4}}}}}))
		id := fmt.Sprintf("analysis-%d", i)
		ok(s.WriteAnalysis(ctx, store.AnalysisChange{ID: id, Head: &store.Analysis{ID: id, Request: []byte(`{"q":1}`), Status: "done", Account: []byte(`{}`), Created: at, Updated: at}}))
		step := store.AnalysisStep{ID: "s", Kind: "k", Name: "n", Status: "done", Key: "key" + id, Entries: []string{"note 1"}}
		ok(s.WriteAnalysis(ctx, store.AnalysisChange{ID: id, Steps: []store.AnalysisStep{step}}))
		ok(s.WriteAnalysis(ctx, store.AnalysisChange{ID: id, Step: &step, Results: []store.StepResult{{Key: step.Key, Body: []byte(strings.Repeat("result ", 30)), Entries: []string{"note 1"}, Calls: 1}}}))
		ok(s.WriteLedger(ctx, store.LedgerBatch{Used: []store.Use{{Day: "2024-05-01", Model: "p/m", Task: id, Calls: 2, InputTokens: 3, Cost: 1.5}}}))
	}
}

// asVersion9 writes everything in the store's folder from into one file, as
// the Daybook before the split kept it.
func asVersion9(t testing.TB, from, path string) {
	t.Helper()
	db, err := sql.Open("sqlite", uri(path)+"?_pragma=journal_mode(WAL)")
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	exec := func(statement string, args ...any) {
		t.Helper()
		if _, err := db.Exec(statement, args...); err != nil {
			t.Fatalf("%.60s: %v", statement, err)
		}
	}
	files, err := migrations{folder: "records"}.files()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files[:unsplit] {
		script, err := scripts.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		exec(string(script))
	}
	exec("ATTACH ? AS records", uri(filepath.Join(from, "daybook.db"))+"?mode=ro")
	exec("ATTACH ? AS idx", uri(filepath.Join(from, "index.db"))+"?mode=ro")
	for _, t := range indexTables {
		exec(fmt.Sprintf("INSERT INTO main.%s (%s) SELECT %[2]s FROM idx.%[1]s", t[0], t[1]))
	}
	for _, t := range recordTables {
		exec(fmt.Sprintf("INSERT INTO main.%s (%s) SELECT %[2]s FROM records.%[1]s", t[0], t[1]))
	}
	exec("INSERT INTO words (words) VALUES ('rebuild')")
	exec("INSERT OR REPLACE INTO main.meta (key, value) SELECT key, value FROM idx.meta")
	exec("PRAGMA user_version = 9")
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		t.Fatal(err)
	}
}

// dump returns every row of every table of a store.
func dump(t testing.TB, s *Store) []string {
	t.Helper()
	var all []string
	add := func(db *database, tables [][2]string) {
		for _, table := range tables {
			columns := strings.ReplaceAll(table[1], ", ", ") || ' ' || quote(")
			err := each(context.Background(), db.reader(), func(rows *sql.Rows) error {
				var row string
				err := rows.Scan(&row)
				all = append(all, table[0]+": "+row)
				return err
			}, "SELECT quote("+columns+") FROM "+table[0])
			if err != nil {
				t.Fatalf("%s: %v", table[0], err)
			}
		}
	}
	add(s.Records.db, recordTables)
	add(s.Index.db, indexTables)
	add(s.Index.db, [][2]string{{"meta", "key, value"}})
	slices.Sort(all)
	return all
}

func TestOneFileIsSplit(t *testing.T) {
	from, to := t.TempDir(), t.TempDir()
	s := open(t, filepath.Join(from, "daybook.db"))
	fillAll(t, s)
	want := dump(t, s)
	path := filepath.Join(to, "daybook.db")
	asVersion9(t, from, path)
	before, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		split := open(t, path)
		if got := dump(t, split); !slices.Equal(got, want) {
			t.Errorf("%d rows, want %d", len(got), len(want))
			for i := range min(len(got), len(want)) {
				if got[i] != want[i] {
					t.Fatalf("got  %s\nwant %s", got[i], want[i])
				}
			}
		}
		hits, err := split.SearchWords(t.Context(), store.WordQuery{Any: []string{"word1"}}, store.Filter{}, 10)
		if err != nil || len(hits) == 0 {
			t.Errorf("search: %d hits, %v", len(hits), err)
		}
		if after, err := os.Stat(path); err != nil || after.Size() > before.Size()/2 {
			t.Errorf("the file has %d bytes of %d, %v", after.Size(), before.Size(), err)
		}
		var leftover int
		if err := split.Records.db.reader().QueryRow("SELECT count(*) FROM sqlite_schema WHERE name LIKE '%passages%' OR name LIKE 'old_%'").Scan(&leftover); err != nil || leftover > 0 {
			t.Errorf("%d tables of the index are left in the records, %v", leftover, err)
		}
	}
}

// TestCopyBeforeAMigration keeps a copy that the older Daybook can use.
func TestCopyBeforeAMigration(t *testing.T) {
	from, to := t.TempDir(), t.TempDir()
	s := open(t, filepath.Join(from, "daybook.db"))
	fillAll(t, s)
	want := dump(t, s)
	path := filepath.Join(to, "daybook.db")
	asVersion9(t, from, path)
	for i, old := range []string{".before-v3", ".before-v4"} {
		if err := os.WriteFile(path+old, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path+old, time.Time{}, time.Now().Add(time.Duration(i-10)*time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	open(t, path)
	copies := copiesOf(path)
	if len(copies) != copiesKept || copies[0] != path+".before-v10" || copies[1] != path+".before-v4" {
		t.Fatalf("%q", copies)
	}
	if info, err := os.Stat(copies[0]); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	again := filepath.Join(t.TempDir(), "daybook.db")
	if err := os.Rename(copies[0], again); err != nil {
		t.Fatal(err)
	}
	if got := dump(t, open(t, again)); !slices.Equal(got, want) {
		t.Errorf("the copy has %d rows, want %d", len(got), len(want))
	}
}

// TestNoCopyNoMigration refuses to migrate what cannot be copied.
func TestNoCopyNoMigration(t *testing.T) {
	from, to := t.TempDir(), t.TempDir()
	fillAll(t, open(t, filepath.Join(from, "daybook.db")))
	path := filepath.Join(to, "daybook.db")
	asVersion9(t, from, path)
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(path+".before-v10.part/in the way", 0o700); err != nil {
		t.Fatal(err)
	}
	_, err = Open(t.Context(), path)
	refused(t, err, "Nothing was changed")
	if after, err := os.ReadFile(path); err != nil || string(after) != string(before) {
		t.Errorf("the file was changed, %v", err)
	}
	if err := os.RemoveAll(path + ".before-v10.part"); err != nil {
		t.Fatal(err)
	}
	open(t, path)
}

// TestKilledWhileSplitting kills processes that bring an older file up to date.
func TestKilledWhileSplitting(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	if path := os.Getenv("DAYBOOK_TEST_SPLIT"); path != "" {
		s, err := Open(context.Background(), path)
		if err == nil {
			err = s.Close()
		}
		if err != nil {
			t.Fatal(err)
		}
		return
	}
	from := t.TempDir()
	s := open(t, filepath.Join(from, "daybook.db"))
	fillAll(t, s)
	want := dump(t, s)
	split := func(path string) *exec.Cmd {
		cmd := exec.Command(os.Args[0], "-test.run=^TestKilledWhileSplitting$")
		cmd.Env = append(os.Environ(), "DAYBOOK_TEST_SPLIT="+path)
		return cmd
	}
	path := filepath.Join(t.TempDir(), "daybook.db")
	asVersion9(t, from, path)
	began := time.Now()
	if err := split(path).Run(); err != nil {
		t.Fatal(err)
	}
	step := max(7*time.Millisecond, time.Since(began)/40) // however slow this machine is
	for round := range rounds(t, 4) {
		path := filepath.Join(t.TempDir(), "daybook.db")
		asVersion9(t, from, path)
		kills := 0
		for wait := time.Duration(round) * time.Millisecond; ; wait += step {
			cmd := split(path)
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			kill := time.AfterFunc(20*time.Millisecond+wait, func() { _ = cmd.Process.Kill() })
			err := cmd.Wait()
			if kill.Stop() {
				if err != nil {
					t.Fatalf("round %d, after %d kills: %v", round, kills, err)
				}
				break
			}
			kills++
		}
		if got := dump(t, open(t, path)); !slices.Equal(got, want) {
			t.Errorf("round %d, after %d kills: %d rows, want %d", round, kills, len(got), len(want))
		}
		if findings, err := Check(t.Context(), path); err != nil || len(findings) > 0 {
			t.Errorf("round %d: %+v, %v", round, findings, err)
		}
	}
}
