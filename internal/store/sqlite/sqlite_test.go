package sqlite

import (
	"context"
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"daybook"
	"daybook/internal/store"
	"daybook/internal/store/storetest"
)

func open(t testing.TB, path string) *Store {
	t.Helper()
	s, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestStore(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	storetest.Run(t, func(t *testing.T) store.Store {
		return open(t, filepath.Join(t.TempDir(), "data base", "day%20book?.db"))
	})
}

func TestAnalyses(t *testing.T) {
	storetest.RunAnalyses(t, func(t *testing.T) storetest.Keeper { return open(t, filepath.Join(t.TempDir(), "d.db")) })
}

func TestVersionOfSQLite(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "d.db"))
	var version string
	if err := s.Records.db.reader().QueryRow("SELECT sqlite_version()").Scan(&version); err != nil {
		t.Fatal(err)
	}
	var a, b, c int
	if _, err := fmt.Sscanf(version, "%d.%d.%d", &a, &b, &c); err != nil || a*1_000_000+b*1000+c < 3_053_004 {
		t.Errorf("SQLite %s has bugs that damage files; 3.53.4 is the first without them", version)
	}
}

func TestOnlyTheOwnerCanReadFiles(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("left out: Windows has no such modes")
	}
	dir := filepath.Join(t.TempDir(), "new", "data")
	s := open(t, filepath.Join(dir, "d.db"))
	if err := s.Apply(t.Context(), store.SetMeta("a", "b")); err != nil {
		t.Fatal(err)
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 7 {
		t.Fatalf("%d files, %v; want the records and the index, each with its WAL and its -shm, and the number of changes", len(files), err)
	}
	for _, f := range files {
		if info, err := f.Info(); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v, %v", f.Name(), info.Mode(), err)
		}
	}
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the folder has mode %v, %v", info.Mode(), err)
	}
}

func TestRefusedFiles(t *testing.T) {
	newer := filepath.Join(t.TempDir(), "newer.db")
	s, err := Open(t.Context(), newer)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Records.db.writer().Exec("PRAGMA user_version = 999"); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), newer); daybook.KindOf(err) != daybook.Invalid || !strings.Contains(err.Error(), "newer Daybook") {
		t.Errorf("a newer file: %v", err)
	}
	text := filepath.Join(t.TempDir(), "text.db")
	words := strings.Repeat("These are my own words, and no database. ", 100)
	if err := os.WriteFile(text, []byte(words), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), text); daybook.KindOf(err) != daybook.Unavailable || !strings.Contains(err.Error(), "not Daybook's") {
		t.Errorf("a text file: %v", err)
	}
	if got, err := os.ReadFile(text); err != nil || string(got) != words {
		t.Errorf("the text file was changed, %v", err)
	}
}

func TestTwoHandlesOnOneFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "d.db")
	a, b := open(t, path), open(t, path)
	sp := store.Space{Model: "p/m", Dim: 2}
	fill(t, a, "a", "first text")
	vectors(t, a, sp, []float32{1, 0})
	if hits, err := b.SearchVectors(t.Context(), sp, []float32{1, 0}, store.Filter{}, 5, 0); err != nil || len(hits) != 1 {
		t.Fatalf("%d hits, %v", len(hits), err)
	}
	fill(t, b, "b", "second text")
	vectors(t, b, sp, []float32{0, 1})
	hits, err := a.SearchVectors(t.Context(), sp, []float32{0.1, 1}, store.Filter{}, 1, 0)
	if err != nil || len(hits) != 1 || hits[0].Passage.EntryID != "b" {
		t.Errorf("what the other handle wrote: %+v, %v", hits, err)
	}
	if err := b.Apply(t.Context(), store.Batch{Delete: []string{"b"}}); err != nil {
		t.Fatal(err)
	}
	hits, err = a.SearchVectors(t.Context(), sp, []float32{0.1, 1}, store.Filter{}, 5, 0)
	if err != nil || len(hits) != 1 || hits[0].Passage.EntryID != "a" {
		t.Errorf("after the other handle deleted: %+v, %v", hits, err)
	}
}

// A handle forgets vectors that another one deleted. One that it kept in memory
// would take the place of another in the results.
func TestOtherHandleDeletesVectors(t *testing.T) {
	path := filepath.Join(t.TempDir(), "d.db")
	a, b := open(t, path), open(t, path)
	sp := store.Space{Model: "p/m", Dim: 2}
	for id, v := range map[string][]float32{"a": {1, 0}, "b": {0.6, 0.8}, "c": {0, 1}} {
		fill(t, a, id, "text "+id)
		vectors(t, a, sp, v)
	}
	found := func(k, more int) (ids []string) {
		t.Helper()
		hits, err := a.SearchVectors(t.Context(), sp, []float32{0, 1}, store.Filter{}, k, more)
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range hits {
			ids = append(ids, h.Passage.EntryID)
		}
		return ids
	}
	if ids := found(1, 0); !slices.Equal(ids, []string{"c"}) {
		t.Fatalf("found %q", ids)
	}
	if err := b.Apply(t.Context(), store.Batch{Delete: []string{"c"}}); err != nil {
		t.Fatal(err)
	}
	if ids := found(1, 0); !slices.Equal(ids, []string{"b"}) {
		t.Errorf("after another handle deleted the nearest: %q", ids)
	}
	if err := b.Apply(t.Context(), store.Batch{Erase: []store.Space{sp}}); err != nil {
		t.Fatal(err)
	}
	if ids := found(1, 5); len(ids) > 0 {
		t.Errorf("after another handle erased all vectors: %q", ids)
	}
}

func fill(t testing.TB, s *Store, id, text string) {
	t.Helper()
	n := store.Note{
		Entry: daybook.Entry{ID: id, Kind: daybook.Daily, Path: id, Title: id, Text: text, Dates: []daybook.Date{{Year: 2024, Month: 1, Day: 1}}},
		State: store.NoteState{Kind: daybook.Daily, Path: id, EntryID: id, Hash: sha256.Sum256([]byte(text))},
		Passages: []store.IndexedPassage{{
			Passage: daybook.Passage{EntryID: id, End: len(text), Line: 1, Text: text}, Terms: text,
		}},
	}
	if err := s.Apply(t.Context(), store.Batch{Put: []store.Note{n}}); err != nil {
		t.Fatal(err)
	}
}

func vectors(t testing.TB, s *Store, sp store.Space, v []float32) {
	t.Helper()
	missing, err := s.WithoutVector(t.Context(), sp, false, 0, 10)
	if err != nil || len(missing) != 1 {
		t.Fatalf("%d passages without a vector, %v", len(missing), err)
	}
	if err := s.PutVectors(t.Context(), sp, []store.PassageVector{{ID: missing[0].ID, Vector: v}}); err != nil {
		t.Fatal(err)
	}
}

// TestDeletedWordsLeaveNoTrace looks for a deleted word in the files' bytes.
func TestDeletedWordsLeaveNoTrace(t *testing.T) {
	dir := t.TempDir()
	s := open(t, filepath.Join(dir, "d.db"))
	fill(t, s, "keep", "something harmless")
	fill(t, s, "gone", "zanzibarquux is a secret")
	if err := s.Apply(t.Context(), store.Batch{Delete: []string{"gone"}}); err != nil {
		t.Fatal(err)
	}
	if err := s.Purge(t.Context()); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.db*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(data), "zanzibarquux") {
			t.Errorf("%s still has the deleted word", filepath.Base(f))
		}
	}
}

// TestKilledInTheMiddle kills a process that writes, and looks at what it
// left.
func TestKilledInTheMiddle(t *testing.T) {
	path := filepath.Join(t.TempDir(), "d.db")
	if os.Getenv("DAYBOOK_TEST_KILLED") != "" {
		writeUntilKilled(t, os.Getenv("DAYBOOK_TEST_KILLED"))
	}
	for round := range 4 {
		cmd := exec.Command(os.Args[0], "-test.run=^TestKilledInTheMiddle$")
		cmd.Env = append(os.Environ(), "DAYBOOK_TEST_KILLED="+path, fmt.Sprintf("DAYBOOK_TEST_ROUND=%d", round))
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		committed := 0
		for committed < 20+round*13 {
			var n int
			if _, err := fmt.Fscanf(out, "committed %d\n", &n); err != nil {
				t.Fatalf("the writer ended by itself: %v", err)
			}
			committed = n
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait() // it was killed
		s, err := Open(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		var check string
		if err := s.Index.db.reader().QueryRow("PRAGMA integrity_check").Scan(&check); err != nil || check != "ok" {
			t.Errorf("integrity: %s, %v", check, err)
		}
		stats, err := s.Stats(t.Context())
		if err != nil || stats.Passages != 2*stats.Entries {
			t.Errorf("%+v, %v", stats, err)
		}
		for i := range committed {
			if _, err := store.EntryOf(t.Context(), s, fmt.Sprintf("r%d-%d", round, i)); err != nil {
				t.Errorf("entry %d was committed and is lost: %v", i, err)
			}
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

func writeUntilKilled(t *testing.T, path string) {
	s, err := Open(context.Background(), path)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; ; i++ {
		n := synthetic(fmt.Sprintf("r%s-%d", os.Getenv("DAYBOOK_TEST_ROUND"), i), 2, 40)
		if err := s.Apply(context.Background(), store.Batch{Put: []store.Note{n}}); err != nil {
			t.Fatal(err)
		}
		fmt.Printf("committed %d\n", i+1)
	}
}

// synthetic makes a note of so many passages of so many words, each from a
// vocabulary as uneven as that of a language.
func synthetic(id string, passages, words int) store.Note {
	r := rand.New(rand.NewPCG(uint64(len(id)), uint64(sha256.Sum256([]byte(id))[0])))
	zipf := rand.NewZipf(r, 1.1, 3, 20_000)
	n := store.Note{Entry: daybook.Entry{
		ID: id, Kind: daybook.Daily, Path: id, Title: id, Dates: []daybook.Date{daybook.Date{Year: 1660, Month: 1, Day: 1}.AddDays(len(id))},
	}}
	for i := range passages {
		var b strings.Builder
		for range words {
			fmt.Fprintf(&b, "word%d ", zipf.Uint64())
		}
		text := strings.TrimSpace(b.String())
		at := len(n.Entry.Text)
		n.Entry.Text += text + "\n"
		n.Passages = append(n.Passages, store.IndexedPassage{
			Passage: daybook.Passage{EntryID: id, Index: i, Start: at, End: at + len(text), Line: i + 1, Text: text}, Terms: text,
		})
	}
	n.State = store.NoteState{Kind: daybook.Daily, Path: id, EntryID: id, ModTime: time.Now().UnixNano(), Hash: sha256.Sum256([]byte(n.Entry.Text))}
	return n
}

func FuzzMatch(f *testing.F) {
	s, err := Open(context.Background(), filepath.Join(f.TempDir(), "d.db"))
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = s.Close() })
	fill(f, s, "a", "one two")
	f.Add("tea", `"x" OR`, "NEAR(", "a\x00b")
	f.Fuzz(func(t *testing.T, any, all, none, phrase string) {
		q := store.WordQuery{Any: []string{any}, All: []string{all}, None: []string{none}, Phrases: [][]string{{phrase, any}}}
		if _, err := s.SearchWords(t.Context(), q, store.Filter{Tags: []string{any}}, 3); err != nil {
			t.Fatalf("%+v: %v", q, err)
		}
	})
}

// journal fills a store as a journal of five years would.
func journal(b *testing.B) *Store {
	s := open(b, filepath.Join(b.TempDir(), "d.db"))
	if err := s.Apply(b.Context(), journalBatch()); err != nil {
		b.Fatal(err)
	}
	return s
}

func journalBatch() store.Batch {
	var batch store.Batch
	for i := range 1800 {
		batch.Put = append(batch.Put, synthetic(fmt.Sprintf("n%d", i), 3, 100))
	}
	return batch
}

func BenchmarkApply(b *testing.B) {
	batch := journalBatch()
	for b.Loop() {
		s, err := Open(b.Context(), filepath.Join(b.TempDir(), "d.db"))
		if err != nil {
			b.Fatal(err)
		}
		if err := s.Apply(b.Context(), batch); err != nil {
			b.Fatal(err)
		}
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSearchWords(b *testing.B) {
	s := journal(b)
	q := store.WordQuery{Any: []string{"word40", "word300", "word2000"}}
	for b.Loop() {
		if _, err := s.SearchWords(b.Context(), q, store.Filter{}, 40); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSearchVectors(b *testing.B) {
	s := journal(b)
	sp := store.Space{Model: "p/m", Dim: 3072}
	missing, err := s.WithoutVector(b.Context(), sp, false, 0, 10_000)
	if err != nil {
		b.Fatal(err)
	}
	var vectors []store.PassageVector
	random := func() []float32 {
		v := make([]float32, sp.Dim)
		for i := range v {
			v[i] = float32(rand.NormFloat64())
		}
		return v
	}
	for _, p := range missing {
		vectors = append(vectors, store.PassageVector{ID: p.ID, Vector: random()})
	}
	if err := s.PutVectors(b.Context(), sp, vectors); err != nil {
		b.Fatal(err)
	}
	query := random()
	for b.Loop() {
		if _, err := s.SearchVectors(b.Context(), sp, query, store.Filter{}, 10, 0); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkNoteStates(b *testing.B) {
	s := open(b, filepath.Join(b.TempDir(), "d.db"))
	var batch store.Batch
	for i := range 10_000 {
		batch.Put = append(batch.Put, synthetic(fmt.Sprintf("n%d", i), 1, 5))
	}
	if err := s.Apply(b.Context(), batch); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if states, err := s.NoteStates(b.Context()); err != nil || len(states) != 10_000 {
			b.Fatal(len(states), err)
		}
	}
}
