package sqlite

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"sync"
	"testing"
	"time"

	"daybook"
	"daybook/internal/store"
)

// ending is a context that is cancelled once it has been asked for its end so many times.
type ending struct {
	context.Context
	mu   sync.Mutex
	left int
	done chan struct{}
}

func endingAfter(ctx context.Context, n int) *ending {
	return &ending{Context: ctx, left: n, done: make(chan struct{})}
}

func (e *ending) ended() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.left <= 0
}

func (e *ending) Done() <-chan struct{} {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.left--; e.left == 0 {
		close(e.done)
	}
	return e.done
}

func (e *ending) Err() error {
	select {
	case <-e.Done():
		return context.Canceled
	default:
		return nil
	}
}

// mostMoments bounds the moments of a call. It asks for the end of its context with each
// row that it reads.
const mostMoments = 1_000_000

var (
	endingSpace = store.Space{Model: "p/m", Dim: 8}
	endingTime  = time.Date(2024, 5, 2, 10, 0, 0, 0, time.UTC)
)

// reads are the calls that change nothing.
func reads() map[string]func(context.Context, *Store) (any, error) {
	type call = func(context.Context, *Store) (any, error)
	words := store.WordQuery{Any: []string{"word1", "word2"}}
	return map[string]call{
		"NoteStates": func(ctx context.Context, s *Store) (any, error) {
			return s.NoteStates(ctx, store.NoteQuery{EntryIDs: []string{"note 1", "note 2"}})
		},
		"AllNoteStates": func(ctx context.Context, s *Store) (any, error) { return s.NoteStates(ctx) },
		"Entries":       func(ctx context.Context, s *Store) (any, error) { return s.Entries(ctx, []string{"note 1", "note 2"}) },
		"Newest": func(ctx context.Context, s *Store) (any, error) {
			return s.Newest(ctx, store.Filter{Tags: []string{"Tag"}}, 5)
		},
		"Passages":    func(ctx context.Context, s *Store) (any, error) { return s.Passages(ctx, "note 1") },
		"Span":        func(ctx context.Context, s *Store) (any, error) { return s.Span(ctx) },
		"SearchWords": func(ctx context.Context, s *Store) (any, error) { return s.SearchWords(ctx, words, store.Filter{}, 5) },
		"FilteredWords": func(ctx context.Context, s *Store) (any, error) {
			return s.SearchWords(ctx, words, store.Filter{Tags: []string{"other 1"}}, 5)
		},
		"SearchVectors": func(ctx context.Context, s *Store) (any, error) {
			return s.SearchVectors(ctx, endingSpace, []float32{1, 0, 0, 1, 0, 0, 0, 0}, store.Filter{}, 3, 2)
		},
		"FilteredVectors": func(ctx context.Context, s *Store) (any, error) {
			return s.SearchVectors(ctx, endingSpace, []float32{1, 0, 0, 1, 0, 0, 0, 0}, store.Filter{Tags: []string{"other 1"}}, 3, 2)
		},
		"Vocabulary": func(ctx context.Context, s *Store) (any, error) { v, err := s.Vocabulary(ctx, false); return v, err },
		"WithoutVector": func(ctx context.Context, s *Store) (any, error) {
			return s.WithoutVector(ctx, store.Space{Model: "other", Dim: 8}, false, 0, 50)
		},
		"Meta":       func(ctx context.Context, s *Store) (any, error) { return s.Meta(ctx) },
		"Stats":      func(ctx context.Context, s *Store) (any, error) { return s.Stats(ctx) },
		"Generation": func(ctx context.Context, s *Store) (any, error) { return s.Generation(ctx) },
		"NotesOf":    func(ctx context.Context, s *Store) (any, error) { return s.NotesOf(ctx, []string{"note 1", "note 2"}) },
		"VectorsOf": func(ctx context.Context, s *Store) (any, error) {
			return s.VectorsOf(ctx, endingSpace, []int64{1, 2, 3})
		},
		"Threads":   func(ctx context.Context, s *Store) (any, error) { return s.Threads(ctx) },
		"OneThread": func(ctx context.Context, s *Store) (any, error) { return s.Threads(ctx, "thread-1", "thread-2") },
		"Messages":  func(ctx context.Context, s *Store) (any, error) { return s.Messages(ctx, "thread-1") },
		"EachMessage": func(ctx context.Context, s *Store) (any, error) {
			var list []daybook.Message
			err := s.EachMessage(ctx, nil, func(m daybook.Message) error { list = append(list, m); return nil })
			return list, err
		},
		"Turns": func(ctx context.Context, s *Store) (any, error) {
			return s.Turns(ctx, store.TurnQuery{ThreadID: "thread-1"})
		},
		"Analyses": func(ctx context.Context, s *Store) (any, error) { return s.Analyses(ctx) },
		"Steps":    func(ctx context.Context, s *Store) (any, error) { return s.Steps(ctx, "analysis-1") },
		"StepResults": func(ctx context.Context, s *Store) (any, error) {
			return s.StepResults(ctx, []string{"keyanalysis-1", "keyanalysis-2"})
		},
		"UsedSince":    func(ctx context.Context, s *Store) (any, error) { return s.UsedSince(ctx, "2024-01-01") },
		"Lines":        func(ctx context.Context, s *Store) (any, error) { return s.Lines(ctx, store.LedgerFilter{}) },
		"Scans":        func(ctx context.Context, s *Store) (any, error) { return s.Scans(ctx) },
		"WrittenNotes": func(ctx context.Context, s *Store) (any, error) { return s.WrittenNotes(ctx) },
		"PageTexts": func(ctx context.Context, s *Store) (any, error) {
			var list []store.PageText
			err := s.PageTexts(ctx, nil, func(p store.PageText) error { list = append(list, p); return nil })
			return list, err
		},
		"Snapshot": func(ctx context.Context, s *Store) (list any, err error) {
			err = s.Snapshot(ctx, func(r store.RecordReader) (err error) { list, err = r.Threads(ctx); return err })
			return list, err
		},
	}
}

// An interruption runs a call, in which something goes wrong at the n-th moment, on the
// store in a folder, and reports whether that moment came.
type interruption func(t *testing.T, folder string, n int, call func(context.Context) error) (came bool, err error)

// contextEnds is the interruption by whoever waits for the call.
func contextEnds(t *testing.T, _ string, n int, call func(context.Context) error) (bool, error) {
	ctx := endingAfter(t.Context(), n)
	err := call(ctx)
	return ctx.ended(), err
}

// Whenever its context ends, a read returns everything or an error.
func TestReadsWhoseContextEnds(t *testing.T) { interruptReads(t, contextEnds) }

func interruptReads(t *testing.T, interrupted interruption) {
	folder := t.TempDir()
	path := filepath.Join(folder, "d.db")
	refusalsIn(t, folder)
	warm := open(t, path)
	fillAll(t, warm)
	for name, read := range reads() {
		t.Run(name, func(t *testing.T) {
			want, err := read(t.Context(), warm)
			if err != nil {
				t.Fatal(err)
			}
			for n := 1; n < mostMoments; n += 1 + n/12 {
				s := warm
				if name == "SearchWords" || name == "SearchVectors" || name == "Vocabulary" { // which load something first
					s = open(t, path)
				}
				var got any
				came, err := interrupted(t, folder, n, func(ctx context.Context) (err error) {
					got, err = read(ctx, s)
					return err
				})
				if err == nil && !reflect.DeepEqual(got, want) {
					t.Errorf("interrupted at %d, it returned %.200s, want %.200s", n, fmt.Sprint(got), fmt.Sprint(want))
				}
				if !came {
					if err != nil {
						t.Error(err)
					}
					return
				}
			}
			t.Error("it goes on without an end")
		})
	}
}

// writes are calls that change something.
func writes() map[string]func(context.Context, *Store) error {
	thread := daybook.Thread{ID: "new", Title: "New", CreatedAt: endingTime, UpdatedAt: endingTime}
	said := daybook.Message{ID: "said", ThreadID: "new", Time: endingTime, Role: daybook.User, Text: "Said.", Status: daybook.Complete}
	title := "Another"
	added, replaced := synthetic("new", 3, 300), synthetic("note 1", 2, 200) // of random words
	return map[string]func(context.Context, *Store) error{
		"Put": func(ctx context.Context, s *Store) error {
			return s.Apply(ctx, store.Batch{Put: []store.Note{added, replaced}, Delete: []string{"note 2"}, Private: []string{"note 3"}, Meta: map[string]string{"a": "b"}})
		},
		"PutVectors": func(ctx context.Context, s *Store) error {
			return s.PutVectors(ctx, store.Space{Model: "p/other", Dim: 2}, []store.PassageVector{{ID: 1, Vector: []float32{1, 0}}, {ID: 2, Vector: []float32{0, 1}}})
		},
		"Erase": func(ctx context.Context, s *Store) error {
			return s.Apply(ctx, store.Batch{Erase: []store.Space{endingSpace}})
		},
		"Thread": func(ctx context.Context, s *Store) error {
			return s.WriteThread(ctx, store.ThreadChange{ID: "new", Put: &thread, Messages: []daybook.Message{said}})
		},
		"Title": func(ctx context.Context, s *Store) error {
			return s.WriteThread(ctx, store.ThreadChange{ID: "thread-1", Title: &title, UpdatedAt: endingTime})
		},
		"Delete": func(ctx context.Context, s *Store) error {
			return s.WriteThread(ctx, store.ThreadChange{ID: "thread-1", Delete: true})
		},
		"Scans": func(ctx context.Context, s *Store) error {
			return s.WriteScans(ctx, store.ScanBatch{Put: []store.ScanState{{Path: "new.pdf", Note: "n.md", Stage: store.Found, Updated: endingTime}}, Delete: []string{"scan1.pdf"},
				Pages: []store.PageText{{Key: "new", Text: "A page."}}, ForgetPages: []string{"scan2.pdf#1"}, ForgetScans: [][32]byte{{4}}, Written: map[string]store.WrittenNote{"new.md": {Text: "text"}}})
		},
		"Analysis": func(ctx context.Context, s *Store) error {
			head := store.Analysis{ID: "new", Request: []byte(`{}`), Status: "done", Created: endingTime, Updated: endingTime}
			step := store.AnalysisStep{ID: "s", Key: "key new", Entries: []string{"note 1"}}
			return s.WriteAnalysis(ctx, store.AnalysisChange{ID: "new", Head: &head, Steps: []store.AnalysisStep{step}, Step: &step, Results: []store.StepResult{{Key: "key new", Body: []byte("r"), Entries: []string{"note 1"}}}})
		},
		"DeleteAnalysis": func(ctx context.Context, s *Store) error {
			return s.WriteAnalysis(ctx, store.AnalysisChange{ID: "analysis-1", Delete: true})
		},
		"ForgetEntries": func(ctx context.Context, s *Store) error {
			_, err := s.ForgetEntries(ctx, []string{"note 1"})
			return err
		},
		"Ledger": func(ctx context.Context, s *Store) error {
			return s.WriteLedger(ctx, store.LedgerBatch{Lines: []store.LedgerLine{{ID: "new", At: endingTime, Count: 1, Body: []byte(`{}`)}}, Used: []store.Use{{Day: "2024-05-02", Model: "p/m", Task: "t", Calls: 1}}})
		},
	}
}

// Whenever its context ends, a write is done if it returns no error, and is done wholly
// or not at all if it returns one.
func TestWritesWhoseContextEnds(t *testing.T) { interruptWrites(t, contextEnds) }

func interruptWrites(t *testing.T, interrupted interruption) {
	state := func(t *testing.T, s *Store) map[string]any {
		t.Helper()
		all := map[string]any{}
		calls := reads()
		for _, name := range []string{"AllNoteStates", "NotesOf", "WithoutVector", "VectorsOf", "FilteredWords", "Stats", "Meta", "Threads", "EachMessage", "Analyses", "StepResults", "UsedSince", "Lines", "Scans", "WrittenNotes", "PageTexts"} {
			got, err := calls[name](t.Context(), s)
			if err != nil {
				t.Fatal(name, err)
			}
			all[name] = got
		}
		return all
	}
	filled := t.TempDir()
	original := open(t, filepath.Join(filled, "d.db"))
	fillAll(t, original)
	if err := original.Close(); err != nil {
		t.Fatal(err)
	}
	for name, write := range writes() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fresh := func() (s *Store, folder string) {
				folder = t.TempDir()
				if err := os.CopyFS(folder, os.DirFS(filled)); err != nil {
					t.Fatal(err)
				}
				refusalsIn(t, folder)
				return open(t, filepath.Join(folder, "d.db")), folder
			}
			s, _ := fresh()
			before := state(t, s)
			if err := write(t.Context(), s); err != nil {
				t.Fatal(err)
			}
			after := state(t, s)
			if reflect.DeepEqual(before, after) {
				t.Fatal("it changes nothing")
			}
			s, folder := fresh()
			for n := 1; n < mostMoments; n += 1 + n/12 {
				came, err := interrupted(t, folder, n, func(ctx context.Context) error { return write(ctx, s) })
				now := state(t, s)
				done, undone := reflect.DeepEqual(now, after), reflect.DeepEqual(now, before)
				if err == nil && !done || err != nil && !done && !undone {
					t.Errorf("interrupted at %d, it returned %v and was done in part", n, err)
				}
				if !came {
					if err != nil {
						t.Error(err)
					}
					return
				}
				if !undone {
					s, folder = fresh()
				}
			}
			t.Error("it goes on without an end")
		})
	}
}
