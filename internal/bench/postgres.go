package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"daybook"
	"daybook/internal/store"
	"daybook/internal/store/postgres"
	"daybook/internal/store/postgres/pgtest"
)

// manyOwners is the value of the flag owners.
var manyOwners = 100

// benchSpace is where the vectors of these figures are.
var benchSpace = store.Space{Model: "bench/384", Dim: 384}

// made generates passages, the same in every run.
type made struct {
	r       *rand.Rand
	centres [][]float32
}

func newMade(seed uint64) *made {
	m := &made{r: rand.New(rand.NewPCG(seed, 384))}
	for range 500 {
		m.centres = append(m.centres, randomVector(m.r, benchSpace.Dim))
	}
	return m
}

// vector returns a vector near one of the centres, like a text embedding.
func (m *made) vector() []float32 {
	v := slices.Clone(m.centres[m.r.IntN(len(m.centres))])
	for i := range v {
		v[i] += float32(0.7 * m.r.NormFloat64())
	}
	return v
}

// term returns a word; some are far more frequent than others.
func (m *made) term() string { return fmt.Sprintf("w%d", int(m.r.ExpFloat64()*m.r.ExpFloat64()*2000)) }

// note returns an entry of passages passages with 60 terms each.
func (m *made) note(n, passages int) store.Note {
	id := fmt.Sprintf("entry %d", n)
	e := store.Note{Entry: daybook.Entry{ID: id, Kind: daybook.Daily, Path: id, Title: id, Dates: []daybook.Date{daybook.Date{Year: 1900, Month: 1, Day: 1}.AddDays(n)}}}
	e.State = store.NoteState{Kind: daybook.Daily, Path: id, EntryID: id}
	for i := range passages {
		text := ""
		for range 60 {
			text += m.term() + " "
		}
		text = text[:len(text)-1]
		start := len(e.Entry.Text)
		e.Entry.Text += text
		e.Passages = append(e.Passages, store.IndexedPassage{Terms: text,
			Passage: daybook.Passage{EntryID: id, Index: i, Start: start, End: len(e.Entry.Text), Line: 1, Text: text}})
	}
	return e
}

// load fills a store with entries of four passages.
func (m *made) load(ctx context.Context, s store.Store, passages int) error {
	const each = 4
	for n := 0; n < passages/each; n += 256 {
		var b store.Batch
		for i := n; i < min(n+256, passages/each); i++ {
			b.Put = append(b.Put, m.note(i, each))
		}
		if err := s.Apply(ctx, b); err != nil {
			return err
		}
	}
	for after := int64(0); ; {
		list, err := s.WithoutVector(ctx, benchSpace, false, after, 1000)
		if err != nil || len(list) == 0 {
			return err
		}
		var put []store.PassageVector
		for _, p := range list {
			put = append(put, store.PassageVector{ID: p.ID, Vector: m.vector()})
			after = p.ID
		}
		if err := s.PutVectors(ctx, benchSpace, put); err != nil {
			return err
		}
	}
}

// roomy are settings for a PostgreSQL with several gigabytes of memory, as its
// manual recommends, also for building an index.
var roomy = []string{"shared_buffers=4GB", "maintenance_work_mem=4GB", "max_wal_size=8GB"}

// openPostgres opens a store on a server of its own, whose data are kept in the
// folder. It always asks an index.
func openPostgres(ctx context.Context, folder string, _ bool) (*opened, error) {
	server, db, _, err := database(ctx, folder)
	if err != nil {
		return nil, err
	}
	s, err := db.Owner(ctx, "one")
	if err != nil {
		server.End()
		return nil, err
	}
	return &opened{s, folder, server.PID(), func() { db.Close(); server.End() }}, nil
}

// owners measures a search within one owner of many, and how it grows with
// their number.
func (b *bench) owners() error {
	folder := filepath.Join(kept, "owners")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	server, db, address, err := database(b.ctx, folder)
	if err != nil {
		return err
	}
	defer server.End()
	defer db.Close()
	var stores []*postgres.Store
	figure, before := "", 0.0
	for n := range manyOwners {
		s, err := b.owner(db, folder, n)
		if err != nil {
			return err
		}
		stores = append(stores, s)
		if n+1 != 1 && n+1 != manyOwners && (n+1)%max(1, manyOwners/4) != 0 {
			continue
		}
		r := rand.New(rand.NewPCG(7, 8))
		times, err := timed(b.ctx, 1, 200, func(m *made) error {
			s := stores[r.IntN(len(stores))]
			if _, err := s.SearchVectors(b.ctx, benchSpace, m.vector(), store.Filter{}, 20, 80); err != nil {
				return err
			}
			_, err := s.SearchWords(b.ctx, store.WordQuery{Any: []string{m.term(), m.term(), m.term()}}, store.Filter{}, 100)
			return err
		})
		if err != nil {
			return err
		}
		disk, err := databaseSize(b.ctx, address)
		if err != nil {
			return err
		}
		figure += fmt.Sprintf("%d: p50 %.1f ms, p99 %.1f ms, %.1f GB; ", n+1, ms(at(times, 0.5)), ms(at(times, 0.99)), disk/1e9)
		before = disk / float64(n+1)
	}
	b.add("owners × 3,400 entries (13,600 passages × 384): a search by meaning and by words within one", "p50 ≤ 20 ms", "200 searches, each in another owner's",
		"%s1,000 owners would take %.0f GB", figure, 1000*before/1e9)
	return nil
}

// owner returns the store of an owner with 3,400 entries, created if missing.
func (b *bench) owner(db *postgres.DB, folder string, n int) (*postgres.Store, error) {
	s, err := db.Owner(b.ctx, fmt.Sprintf("owner %d", n))
	if err != nil {
		return nil, err
	}
	file := filepath.Join(folder, fmt.Sprintf("loaded-%d", n))
	if _, err := os.Stat(file); err == nil {
		return s, nil
	}
	if err := newMade(uint64(n)).load(b.ctx, s, 3400*4); err != nil {
		return nil, err
	}
	if err := s.Optimize(b.ctx); err != nil {
		return nil, err
	}
	return s, os.WriteFile(file, nil, 0o600)
}

// database opens a database on a server of its own, whose data are kept in the
// folder.
func database(ctx context.Context, folder string) (*pgtest.Server, *postgres.DB, string, error) {
	data, err := filepath.Abs(filepath.Join(folder, "data"))
	if err != nil {
		return nil, nil, "", err
	}
	server, err := pgtest.Launch(pgtest.Options{Data: data, Settings: roomy})
	if err != nil {
		return nil, nil, "", fmt.Errorf("%w: %w", errLeftOut, err)
	}
	address, err := server.Named("bench")
	if err == nil {
		var db *postgres.DB
		if db, err = postgres.Open(ctx, address); err == nil {
			return server, db, address, nil
		}
	}
	server.End()
	return nil, nil, "", err
}

// databaseSize returns how many bytes a database takes.
func databaseSize(ctx context.Context, address string) (bytes float64, err error) {
	conn, err := pgx.Connect(ctx, address)
	if err != nil {
		return 0, err
	}
	defer conn.Close(ctx)
	err = conn.QueryRow(ctx, "SELECT pg_database_size(current_database())").Scan(&bytes)
	return bytes, err
}

// timed runs f times times from clients concurrent clients and returns the
// durations.
func timed(ctx context.Context, clients, times int, f func(*made) error) ([]time.Duration, error) {
	var mu sync.Mutex
	var all []time.Duration
	var failed error
	var wg sync.WaitGroup
	for c := range clients {
		wg.Go(func() {
			m := newMade(1000 + uint64(c))
			for range times / clients {
				began := time.Now()
				err := f(m)
				took := time.Since(began)
				mu.Lock()
				all = append(all, took)
				if err != nil {
					failed = err
				}
				mu.Unlock()
				if err != nil || ctx.Err() != nil {
					return
				}
			}
		})
	}
	wg.Wait()
	return all, failed
}
