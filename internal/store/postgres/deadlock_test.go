package postgres_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"daybook"
	"daybook/internal/store"
	"daybook/internal/store/postgres"
	"daybook/internal/threads"
)

// Changes that touch the same rows in different orders neither fail nor hang,
// however they meet.
func TestChangesThatMeet(t *testing.T) {
	db := open(t)
	s := owner(t, db, "one")
	at := time.Date(2024, 1, 2, 3, 4, 5, 0, time.UTC)
	lines, scans := make([]store.LedgerLine, 30), make([]store.ScanState, 30)
	for i := range lines {
		lines[i] = store.LedgerLine{ID: fmt.Sprint("line ", i), At: at, Model: "m", Task: "t", Count: 1, Body: []byte("{}")}
		scans[i] = store.ScanState{Path: fmt.Sprint(i, ".jpg"), Note: "a.md", Stage: store.Found, Updated: at}
	}
	space := store.Space{Model: "p/m", Dim: 4}
	ok(t, s.Apply(t.Context(), store.Batch{Put: []store.Note{note("a", "one"), note("b", "two")}}))
	without, err := s.WithoutVector(t.Context(), space, false, 0, 10)
	ok(t, err)
	vectors := make([]store.PassageVector, len(without))
	for i, p := range without {
		vectors[i] = store.PassageVector{ID: p.ID, Vector: []float32{1, 2, 3, 4}}
	}
	threads := func(ctx context.Context, n int) error {
		id := fmt.Sprint("thread ", n%3)
		turn := daybook.Turn{ThreadID: id, Key: "k", Beat: at,
			Question: daybook.Message{ID: fmt.Sprint("q ", n), ThreadID: id, Time: at, Role: daybook.User, Status: daybook.Complete, Text: "q"},
			Answer:   daybook.Message{ID: fmt.Sprint("a ", n), ThreadID: id, Time: at, Role: daybook.Assistant, Status: daybook.Pending}}
		_ = threads.In(s).CreateThread(ctx, daybook.Thread{ID: id, Title: "t", CreatedAt: at, UpdatedAt: at}) // or it exists
		turn, _, err := threads.In(s).BeginTurn(ctx, turn)
		for range 3 {
			if err == nil {
				err = threads.In(s).UpdateTurn(ctx, turn)
			}
		}
		if daybook.KindOf(err) == daybook.NotFound {
			return nil // it was deleted
		}
		return err
	}
	deletes := func(ctx context.Context, n int) error {
		if err := s.DeleteThread(ctx, fmt.Sprint("thread ", n%3)); daybook.KindOf(err) != daybook.NotFound {
			return err
		}
		return nil
	}
	var group sync.WaitGroup
	for worker := range 12 {
		group.Go(func() {
			r := rand.New(rand.NewPCG(7, uint64(worker)))
			for n := range 25 {
				err := []func() error{
					func() error { return s.AddLines(t.Context(), shuffled(r, lines)...) },
					func() error { return s.WriteScans(t.Context(), store.ScanBatch{Put: shuffled(r, scans)}) },
					func() error { return threads(t.Context(), worker*100+n) },
					func() error { return deletes(t.Context(), n) },
					func() error { return s.PutVectors(t.Context(), space, shuffled(r, vectors)) },
					func() error { return s.EraseVectors(t.Context(), space) },
				}[(worker+n)%6]()
				if err != nil {
					t.Errorf("worker %d, %d: %v", worker, (worker+n)%6, err)
				}
			}
		})
	}
	group.Wait()
}

func shuffled[T any](r *rand.Rand, list []T) []T {
	list = append([]T{}, list...)
	r.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	return list
}

// A transaction that the server rolls back for another is made again, and what it
// changed is changed once.
func TestRolledBackIsTriedAgain(t *testing.T) {
	db := open(t)
	for _, code := range []string{"40P01", "40001", "23505", "57014"} {
		calls := 0
		err := postgres.Retried(t.Context(), func() error {
			if calls++; calls < 3 {
				_, err := db.Pool().Exec(t.Context(), fmt.Sprintf("DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '%s'; END $$", code))
				return err
			}
			return nil
		})
		if again := code[:2] == "40"; again != (err == nil) || again != (calls == 3) {
			t.Errorf("%s: %d calls, %v", code, calls, err)
		}
	}
	calls := 0
	if err := postgres.Retried(t.Context(), func() error {
		calls++
		_, err := db.Pool().Exec(t.Context(), "DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '40P01'; END $$")
		return err
	}); err == nil || calls != 5 {
		t.Errorf("%d calls, %v", calls, err)
	}
}
