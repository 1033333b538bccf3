package backup_test

import (
	"archive/zip"
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"daybook"
	"daybook/internal/backup"
	"daybook/internal/store"
	"daybook/internal/threads"
)

// A backup of any store restores to any other, equal in everything, and again
// to the same.
func TestRestoresToAnyStore(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	kinds := []string{"file", "lance", "postgres"}
	restored := map[string]bool{} // contents that were restored to all kinds
	for _, from := range kinds {
		t.Run(from, func(t *testing.T) {
			source, dir := newStore(t, from), t.TempDir()
			fill(t, source)
			want := recordsOf(t, source)
			made := write(t, source, dir, nil)
			if !regexp.MustCompile(`^daybook-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ\.zip$`).MatchString(filepath.Base(made.Path)) {
				t.Errorf("it is named %s", made.Path)
			}
			if info := must(os.Stat(made.Path))(t); info.Mode() != 0o600 || info.Size() != made.Size {
				t.Errorf("mode %s, %d bytes of %d", info.Mode(), info.Size(), made.Size)
			}
			if got := files(t, dir); len(got) != 1 {
				t.Errorf("the folder has %q", got)
			}
			wantCounts := backup.Counts{Threads: 6, Messages: 25, Turns: 10, Analyses: 2, Usage: 2, Scans: 2, Pages: 2, Written: 1, Ledger: 4}
			if made.Manifest.Counts != wantCounts {
				t.Errorf("counts %+v", made.Manifest.Counts)
			}
			to := kinds
			if restored[made.Manifest.Content] { // the same bytes, member by member
				to = kinds[:1]
			}
			restored[made.Manifest.Content] = true
			for _, to := range to {
				t.Run(to, func(t *testing.T) {
					target := newStore(t, to)
					b := open(t, made.Path)
					for range 2 {
						ok(t, b.RestoreRecords(t.Context(), target, backup.IntoEmpty, nil))
						wantSame(t, recordsOf(t, target), want)
					}
				})
			}
		})
	}
}

// A ledger of several pages is restored whole: added to a store that has some of
// it, and in place of another in one that is replaced.
func TestRestoresTheLedger(t *testing.T) {
	for _, kind := range []string{"file", "postgres"} {
		t.Run(kind, func(t *testing.T) {
			ctx := t.Context()
			lines := make([]store.LedgerLine, 2500)
			for i := range lines { // many at one moment, also where a page ends
				lines[i] = store.LedgerLine{ID: fmt.Sprint("l", i), At: start.Add(time.Duration(i/300) * time.Minute), Model: "p/m", Task: "chat", Count: 1, Body: []byte("{}")}
			}
			source := newStore(t, kind)
			ok(t, source.WriteLedger(ctx, store.LedgerBatch{Lines: lines}))
			ok(t, source.WriteLedger(ctx, store.LedgerBatch{Lines: []store.LedgerLine{store.LedgerLine{ID: "program", At: start, Task: "read", Count: 7, Body: []byte(`{"last":true}`)}}}))
			want := recordsOf(t, source)
			b := open(t, write(t, source, t.TempDir(), nil).Path)

			some := newStore(t, kind)
			ok(t, some.WriteLedger(ctx, store.LedgerBatch{Lines: lines[:700]}))
			ok(t, some.WriteLedger(ctx, store.LedgerBatch{Lines: []store.LedgerLine{store.LedgerLine{ID: "program", At: start.Add(-time.Hour), Task: "read", Count: 3, Body: []byte("{}")}}}))
			for range 2 {
				ok(t, b.RestoreRecords(ctx, some, backup.Merge, nil))
				wantSame(t, recordsOf(t, some), want)
			}

			own := store.LedgerLine{ID: "own", At: start.Add(time.Hour), Task: "chat", Count: 1, Body: []byte("{}")}
			more := store.LedgerLine{ID: "program", At: start.Add(time.Hour), Task: "read", Count: 9, Body: []byte(`{"newer":true}`)}
			ok(t, some.WriteLedger(ctx, store.LedgerBatch{Lines: []store.LedgerLine{own, more}}))
			ok(t, b.RestoreRecords(ctx, some, backup.Merge, nil))
			if all := must(some.Lines(ctx, store.LedgerFilter{Since: own.At}))(t); len(all) != 2 || all[1].Count != 16 || string(all[1].Body) != string(more.Body) {
				t.Errorf("merging changes what is there: %+v", all)
			}
			ok(t, b.RestoreRecords(ctx, some, backup.Replace, nil))
			wantSame(t, recordsOf(t, some), want)
		})
	}
}

// The members can be read by any program: they are a ZIP file with JSON Lines,
// whose comment has the checksum that the README tells how to compare.
func TestReadableWithoutDaybook(t *testing.T) {
	s := newStore(t, "file")
	fill(t, s)
	made := write(t, s, t.TempDir(), nil)
	data := must(os.ReadFile(made.Path))(t)
	if got := string(data[len(data)-81:]); got != fmt.Sprintf("daybook-sha256: %x\n", sha256.Sum256(data[:len(data)-81])) {
		t.Errorf("it ends in %q", got)
	}
	z := must(zip.OpenReader(made.Path))(t)
	defer z.Close()
	texts := 0
	for _, f := range z.File {
		r := must(f.Open())(t)
		if strings.HasSuffix(f.Name, ".jsonl") {
			for lines := bufio.NewScanner(r); lines.Scan(); {
				var v map[string]any
				ok(t, json.Unmarshal(lines.Bytes(), &v))
				if m, is := v["message"].(map[string]any); is && m["text"] == "why? </script>\r\n" {
					texts++
				}
			}
		}
		if f.Name == "README.txt" && !strings.Contains(string(must(io.ReadAll(r))(t)), "conversations.jsonl") {
			t.Error("the README does not name the conversations")
		}
		ok(t, r.Close())
	}
	if texts != 5 {
		t.Errorf("%d of 5 questions can be read", texts)
	}
}

// While others write, a backup has everything that was acknowledged before it
// began, and no turn without its messages.
func TestConsistentWhileWritten(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	for _, c := range []struct {
		kind  string
		pause time.Duration // between the writes of one writer
		times int
	}{{"file", 2 * time.Millisecond, 5}, {"lance", 400 * time.Millisecond, 2}, {"postgres", 5 * time.Millisecond, 3}} {
		t.Run(c.kind, func(t *testing.T) {
			s := newStore(t, c.kind)
			ctx := t.Context()
			ok(t, threads.In(s).CreateThread(ctx, daybook.Thread{ID: "busy", CreatedAt: start, UpdatedAt: start}))
			var mu sync.Mutex
			acknowledged := map[string]string{}
			stop, writers := make(chan struct{}), sync.WaitGroup{}
			for w := range 3 {
				writers.Go(func() {
					for i := 0; ; i++ {
						select {
						case <-stop:
							return
						case <-time.After(c.pause):
						}
						id, thread := fmt.Sprintf("w%d-%d", w, i), "busy"
						if i%3 == 2 {
							thread = "thread of " + id
							if err := threads.In(s).CreateThread(ctx, daybook.Thread{ID: thread, CreatedAt: time.Now(), UpdatedAt: time.Now()}); err != nil {
								t.Error(err)
								return
							}
						}
						now := time.Now().UTC().Truncate(time.Microsecond)
						turn := daybook.Turn{
							ThreadID: thread, Key: id, Beat: now,
							Question: daybook.Message{ID: id + "q", ThreadID: thread, Time: now, Role: daybook.User, Text: "question " + id},
							Answer:   daybook.Message{ID: id + "a", ThreadID: thread, Time: now, Role: daybook.Assistant, Status: daybook.Pending},
						}
						_, _, err := threads.In(s).BeginTurn(ctx, turn)
						if err == nil {
							turn.Answer.Text, turn.Answer.Status = "answer "+id, daybook.Complete
							err = threads.In(s).UpdateTurn(ctx, turn)
						}
						if err != nil {
							t.Error(err)
							return
						}
						mu.Lock()
						acknowledged[id] = turn.Answer.Text
						mu.Unlock()
					}
				})
			}
			dir, held := t.TempDir(), 0
			for range c.times {
				time.Sleep(100*time.Millisecond + 3*c.pause)
				mu.Lock()
				before := map[string]string{}
				for id, text := range acknowledged {
					before[id] = text
				}
				mu.Unlock()
				made := write(t, s, dir, nil)
				target := newStore(t, "file")
				ok(t, open(t, made.Path).RestoreRecords(ctx, target, backup.IntoEmpty, nil))
				answers := map[string]string{}
				for _, th := range must(target.Threads(ctx))(t) {
					for _, turn := range must(target.Turns(ctx, store.TurnQuery{ThreadID: th.ID}))(t) {
						answers[turn.Key] = turn.Answer.Text
					}
				}
				for id, text := range before {
					if answers[id] != text {
						t.Errorf("%s was acknowledged, and is %q", id, answers[id])
					}
				}
				held = len(before)
			}
			close(stop)
			writers.Wait()
			t.Logf("%d turns in the last backup", held)
			if held == 0 {
				t.Error("nothing was written meanwhile")
			}
		})
	}
}

// What a store holds stays, is joined, or is replaced, as asked.
func TestModes(t *testing.T) {
	ctx := t.Context()
	source := newStore(t, "file")
	fill(t, source)
	want := recordsOf(t, source)
	b := open(t, write(t, source, t.TempDir(), nil).Path)
	own := func(t *testing.T) store.Store {
		s := newStore(t, "file")
		fill(t, s)
		addThread(t, s, "own", 2)
		ok(t, threads.In(s).AddMessage(ctx, daybook.Message{ID: "later", ThreadID: "thread-1", Time: start.Add(90 * 24 * time.Hour), Role: daybook.User, Text: "later"}))
		ok(t, s.WriteThread(ctx, store.ThreadChange{ID: "thread-3", Delete: true}))
		ok(t, s.WriteAnalysis(ctx, store.AnalysisChange{ID: "an", Delete: true}))
		ok(t, s.WriteAnalysis(ctx, store.AnalysisChange{ID: "own", Head: &store.Analysis{ID: "own", Request: []byte("{}"), Created: start, Updated: start}}))
		ok(t, s.WriteScans(ctx, store.ScanBatch{Pages: []store.PageText{{Key: "p/m key", Scan: [32]byte{1}, Text: "read better"}}}))
		ok(t, s.WriteScans(ctx, store.ScanBatch{Pages: []store.PageText{{Key: "own", Scan: [32]byte{9}, Text: "own"}}}))
		ok(t, s.WriteScans(ctx, store.ScanBatch{Put: []store.ScanState{store.ScanState{Path: "own.pdf", Note: "own.md", Stage: store.Written, Updated: start}}}))
		ok(t, s.WriteScans(ctx, store.ScanBatch{Written: map[string]store.WrittenNote{"own.md": {Text: "own"}}}))
		ok(t, s.WriteLedger(ctx, store.LedgerBatch{Used: []store.Use{{Day: "2024-03-01", Model: "p/m", Task: "chat", Calls: 4, Cost: 1}}}))
		ok(t, s.WriteLedger(ctx, store.LedgerBatch{Used: []store.Use{{Day: "2025-01-01", Model: "own", Task: "chat", Calls: 4, Cost: 1}}}))
		return s
	}
	t.Run("replace", func(t *testing.T) {
		s := own(t)
		ok(t, b.RestoreRecords(ctx, s, backup.Replace, nil))
		got := recordsOf(t, s)
		if lines := strings.Split(got, "\n"); strings.Contains(got, "own.pdf") || strings.Contains(got, "own}") || len(lines) != len(strings.Split(want, "\n")) {
			t.Errorf("there is\n%s\nand not\n%s", got, want)
		}
		for _, u := range must(s.UsedSince(ctx, ""))(t) {
			if u.Model == "own" && (u.Calls != 0 || u.Cost != 0) || u.Task == "chat" && u.Model == "p/m" && u.Calls != 3 {
				t.Errorf("used %+v", u)
			}
		}
	})
	t.Run("merge", func(t *testing.T) {
		s := own(t)
		ok(t, b.RestoreRecords(ctx, s, backup.Merge, nil))
		got := recordsOf(t, s)
		for _, kept := range []string{"Text:later", "ID:own", "read better", "own.pdf", "ID:thread-3", "ID:an ", "Calls:7"} {
			if !strings.Contains(got, kept) {
				t.Errorf("%s is not there:\n%s", kept, got)
			}
		}
		if n := len(must(s.Messages(ctx, "thread-1"))(t)); n != 6 {
			t.Errorf("the thread has %d messages", n)
		}
	})
}

// A text that is not UTF-8 comes back byte for byte.
func TestBytesOfAnyKind(t *testing.T) {
	ctx := t.Context()
	s, target := newStore(t, "file"), newStore(t, "file")
	odd := "caf\xe9 \xff\x00 end"
	ok(t, s.WriteScans(ctx, store.ScanBatch{Put: []store.ScanState{store.ScanState{Path: odd, Note: odd + ".md", Stage: store.Found, Updated: start}}}))
	ok(t, s.WriteAnalysis(ctx, store.AnalysisChange{ID: "a", Head: &store.Analysis{ID: "a", Request: []byte("{}"), Created: start, Updated: start}}))
	step := store.AnalysisStep{ID: "s", Key: "k1", Entries: []string{}}
	ok(t, s.WriteAnalysis(ctx, store.AnalysisChange{ID: "a", Steps: []store.AnalysisStep{step}}))
	ok(t, s.WriteAnalysis(ctx, store.AnalysisChange{ID: "a", Step: &step, Results: []store.StepResult{{Key: "k1", Body: []byte(odd)}}}))
	random := rand.New(rand.NewPCG(1, 1))
	for i := range 50 {
		bytes := make([]byte, random.IntN(40))
		for j := range bytes {
			bytes[j] = byte(random.IntN(256))
		}
		ok(t, s.WriteScans(ctx, store.ScanBatch{Pages: []store.PageText{{Key: fmt.Sprint("key", i), Scan: [32]byte{byte(i)}, Text: string(bytes)}}}))
	}
	want := recordsOf(t, s)
	ok(t, open(t, write(t, s, t.TempDir(), nil).Path).RestoreRecords(ctx, target, backup.IntoEmpty, nil))
	if got := recordsOf(t, target); got != want {
		t.Errorf("there is\n%q\nand not\n%q", got, want)
	}
}

// An interrupted restore can be repeated, and ends equal.
func TestRestoreIsRepeated(t *testing.T) {
	s := newStore(t, "file")
	fill(t, s)
	want := recordsOf(t, s)
	b := open(t, write(t, s, t.TempDir(), nil).Path)
	for _, mode := range []backup.Mode{backup.IntoEmpty, backup.Replace, backup.Merge} {
		target := newStore(t, "file")
		for after := range 25 {
			failing := &failingTarget{Store: target, left: after}
			err := b.RestoreRecords(t.Context(), failing, mode, nil)
			if err == nil && after < 10 && mode != backup.Merge { // which leaves what came before
				t.Errorf("%s: it does not fail after %d writes", mode, after)
			}
		}
		ok(t, b.RestoreRecords(t.Context(), target, mode, nil))
		if got := recordsOf(t, target); got != want {
			t.Errorf("%s: there is\n%s\nand not\n%s", mode, got, want)
		}
	}
}

// failingTarget fails after some writes.
type failingTarget struct {
	store.Store
	left int
}

func (f *failingTarget) spend() error {
	if f.left--; f.left < 0 {
		return errTest
	}
	return nil
}

func (f *failingTarget) WriteThread(ctx context.Context, c store.ThreadChange) error {
	if err := f.spend(); err != nil {
		return err
	}
	return f.Store.WriteThread(ctx, c)
}

func (f *failingTarget) WriteAnalysis(ctx context.Context, c store.AnalysisChange) error {
	if err := f.spend(); err != nil {
		return err
	}
	return f.Store.WriteAnalysis(ctx, c)
}

func (f *failingTarget) AddUse(ctx context.Context, u store.Use) error {
	if err := f.spend(); err != nil {
		return err
	}
	return f.Store.WriteLedger(ctx, store.LedgerBatch{Used: []store.Use{u}})
}

func (f *failingTarget) WriteScans(ctx context.Context, b store.ScanBatch) error {
	if err := f.spend(); err != nil {
		return err
	}
	return f.Store.WriteScans(ctx, b)
}
