package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"daybook"
	"daybook/internal/store"
	"daybook/internal/store/lancedb"
	"daybook/internal/store/lancedb/lancetest"
	"daybook/internal/store/sqlite"
)

// kept is the folder in which the stores of these figures are cached.
const kept = ".cache/bench"

// opened is an open store with its folder and server process.
type opened struct {
	store.Store
	folder string
	server int // the process of its server, 0 where it has none
	close  func()
}

// storeKinds are the compared stores, each opened in a folder. Exact disables
// vector indexes.
var storeKinds = []struct {
	name string
	open func(ctx context.Context, folder string, exact bool) (*opened, error)
}{
	{"SQLite", openSQLite},
	{"LanceDB", openLance},
	{"PostgreSQL", openPostgres},
}

// storesAsked is the value of the flag stores.
var storesAsked = "SQLite,LanceDB,PostgreSQL"

func openSQLite(ctx context.Context, folder string, _ bool) (*opened, error) {
	s, err := sqlite.Open(ctx, filepath.Join(folder, "daybook.db"))
	if err != nil {
		return nil, err
	}
	return &opened{s, folder, 0, func() { _ = s.Close() }}, nil // it was only read
}

func openLance(ctx context.Context, folder string, exact bool) (*opened, error) {
	python, err := lancetest.Python()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errLeftOut, err)
	}
	local, err := sqlite.Open(ctx, filepath.Join(folder, "local.db"))
	if err != nil {
		return nil, err
	}
	server, err := lancetest.Start(python)
	if err != nil {
		return nil, err
	}
	address, err := server.Serve(filepath.Join(folder, "lance"))
	if err != nil {
		server.Kill()
		return nil, err
	}
	config := lancedb.Config{Address: address, Local: local, Lock: filepath.Join(folder, "lock")}
	if exact {
		config.IndexFrom = math.MaxInt
	}
	s, err := lancedb.Open(ctx, config)
	if err != nil {
		server.Kill()
		return nil, err
	}
	return &opened{s, folder, server.PID(), func() { _ = s.Close(); server.Kill() }}, nil
}

func manySpace(dim int) store.Space { return store.Space{Model: "bench/clusters", Dim: dim} }

// load fills an empty store with n passages and returns how long that took.
func (b *bench) load(s *opened, n, dim int) (time.Duration, error) {
	file := filepath.Join(s.folder, "loaded")
	if data, err := os.ReadFile(file); err == nil {
		seconds, err := strconv.ParseFloat(strings.TrimSpace(string(data)), 64)
		return time.Duration(seconds * float64(time.Second)), err
	}
	began := time.Now()
	day := daybook.Date{Year: 1900, Month: 1, Day: 1}
	for from := 0; from < n/perEntry; from += 250 {
		var batch store.Batch
		for i := from; i < min(from+250, n/perEntry); i++ {
			batch.Put = append(batch.Put, manyNote(i, day.AddDays(i%40_000)))
		}
		if err := s.Apply(b.ctx, batch); err != nil {
			return 0, err
		}
	}
	c := newCorpus(n, dim, 1)
	var after int64
	for {
		missing, err := s.WithoutVector(b.ctx, manySpace(dim), false, after, 5000)
		if err != nil {
			return 0, err
		}
		if len(missing) == 0 {
			break
		}
		vectors := make([]store.PassageVector, len(missing))
		for i, p := range missing {
			after = p.ID
			vectors[i] = store.PassageVector{ID: p.ID, Vector: c.next()}
		}
		if err := s.PutVectors(b.ctx, manySpace(dim), vectors); err != nil {
			return 0, err
		}
	}
	if tidier, ok := s.Store.(interface{ Tidy(context.Context) error }); ok {
		if err := tidier.Tidy(b.ctx); err != nil {
			return 0, err
		}
	}
	if optimize := s.Capabilities().Optimize; optimize != nil {
		if err := optimize(b.ctx); err != nil {
			return 0, err
		}
	}
	took := time.Since(began)
	return took, os.WriteFile(file, []byte(fmt.Sprintf("%f\n", took.Seconds())), 0o600)
}

// many measures each store with 100,000 passages, or the number given by
// -passages.
func (b *bench) many() error {
	const dim = 384
	for _, n := range b.passages {
		truth, err := truth(n, dim)
		if err != nil {
			return err
		}
		for _, kind := range storeKinds {
			if !strings.Contains(","+storesAsked+",", ","+kind.name+",") {
				continue
			}
			err := b.manyIn(kind.name, n, dim, truth, func(folder string) (*opened, error) { return kind.open(b.ctx, folder, false) })
			if errors.Is(err, errLeftOut) {
				fmt.Fprintf(os.Stderr, "%s: %v\n", kind.name, err)
				continue
			}
			if err != nil {
				return fmt.Errorf("%s: %w", kind.name, err)
			}
		}
	}
	return nil
}

func (b *bench) manyIn(name string, n, dim int, truth [][]string, open func(string) (*opened, error)) error {
	folder := filepath.Join(kept, fmt.Sprintf("%s-%d-%d", strings.ToLower(name), n, dim))
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	before := resident(os.Getpid())
	s, err := open(folder)
	if err != nil {
		return err
	}
	defer s.close()
	took, err := b.load(s, n, dim)
	if err != nil {
		return err
	}
	queries := asked(n, dim)
	for _, q := range queries { // the first ones warm up
		if _, err := s.SearchVectors(b.ctx, manySpace(dim), q, store.Filter{}, 10, 0); err != nil {
			return err
		}
	}
	recall, err := b.recall(s, dim, queries, truth)
	if err != nil {
		return err
	}
	one, err := b.asking(s, dim, queries, 1)
	if err != nil {
		return err
	}
	sixteen, err := b.asking(s, dim, queries, 16)
	if err != nil {
		return err
	}
	memory := resident(os.Getpid()) - before
	for _, pid := range withChildren(s.server) {
		memory += resident(pid)
	}
	b.add(fmt.Sprintf("%s, %d passages × %d", name, n, dim), "recall ≥ 0.98; LanceDB and PostgreSQL ≤ 25 ms p50 at 100,000",
		"SearchVectors, k = 10, recall against a comparison with all; memory is what the run grew by, with the server's",
		"loaded in %.0f s, %d MB on disk, %d MB in memory; 1 client p50 %.1f ms, p99 %.1f ms; 16 clients p50 %.1f ms, p99 %.1f ms; recall@10 %.3f",
		took.Seconds(), size(s.folder)>>20, memory>>20, ms(at(one, 0.5)), ms(at(one, 0.99)), ms(at(sixteen, 0.5)), ms(at(sixteen, 0.99)), recall)
	return nil
}

func placesOf(hits []store.Hit) []string {
	var list []string
	for _, h := range hits {
		list = append(list, fmt.Sprint(h.Passage.EntryID, ".", h.Passage.Index))
	}
	return list
}

func (b *bench) recall(s store.Store, dim int, queries [][]float32, truth [][]string) (float64, error) {
	found, wanted := 0, 0
	for i, q := range queries {
		hits, err := s.SearchVectors(b.ctx, manySpace(dim), q, store.Filter{}, 10, 0)
		if err != nil {
			return 0, err
		}
		there := map[string]bool{}
		for _, place := range placesOf(hits) {
			there[place] = true
		}
		for _, place := range truth[i] {
			wanted++
			if there[place] {
				found++
			}
		}
	}
	return float64(found) / float64(wanted), nil
}

// asking returns the times of searches from concurrent clients.
func (b *bench) asking(s store.Store, dim int, queries [][]float32, clients int) ([]time.Duration, error) {
	var mu sync.Mutex
	var times []time.Duration
	var failure error
	var wg sync.WaitGroup
	for c := range clients {
		wg.Go(func() {
			for i := range max(20, 200/clients) {
				began := time.Now()
				_, err := s.SearchVectors(b.ctx, manySpace(dim), queries[(c+i)%len(queries)], store.Filter{}, 10, 0)
				mu.Lock()
				times = append(times, time.Since(began))
				failure = errors.Join(failure, err)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return times, failure
}

// exact compares exhaustive searches of SQLite and LanceDB.
func (b *bench) exact() error {
	n, dim := b.passages[0], 768
	medians := map[string]time.Duration{}
	for _, kind := range storeKinds[:2] {
		folder := filepath.Join(kept, fmt.Sprintf("%s-%d-%d-exact", strings.ToLower(kind.name), n, dim))
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return err
		}
		s, err := kind.open(b.ctx, folder, true)
		if err != nil {
			return err
		}
		defer s.close()
		if _, err := b.load(s, n, dim); err != nil {
			return err
		}
		queries := asked(n, dim)
		if _, err := b.asking(s, dim, queries[:10], 1); err != nil {
			return err
		}
		times, err := b.asking(s, dim, queries, 1)
		if err != nil {
			return err
		}
		medians[kind.name] = at(times, 0.5)
	}
	b.add(fmt.Sprintf("SQLite against LanceDB, %d × %d, compared with every vector", n, dim), "≥ 20 × faster",
		"SearchVectors, k = 10, one client, the same run", "%.1f × (p50 %.2f ms and %.1f ms)",
		float64(medians["LanceDB"])/float64(medians["SQLite"]), ms(medians["SQLite"]), ms(medians["LanceDB"]))
	return nil
}

// withChildren returns a process and its descendants; none for 0.
func withChildren(pid int) []int {
	if pid == 0 {
		return nil
	}
	pids := []int{pid}
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	if err != nil {
		return pids // they are not known here
	}
	for field := range strings.FieldsSeq(string(data)) {
		if child, err := strconv.Atoi(field); err == nil {
			pids = append(pids, child)
		}
	}
	return pids
}

// resident returns the memory of a process in bytes; 0 if unknown. Shared
// memory counts proportionally if the system reports it.
func resident(pid int) int64 {
	if data, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid)); err == nil {
		if _, rest, ok := strings.Cut(string(data), "\nPss:"); ok {
			kb, _ := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			return kb << 10
		}
	}
	bytes, _ := memory(pid) // 0 for one that has ended
	return int64(bytes)
}

// size returns the size of a folder's files in bytes.
func size(folder string) (bytes int64) {
	_ = filepath.WalkDir(folder, func(_ string, d fs.DirEntry, err error) error { // what cannot be read counts nothing
		if err == nil && d.Type().IsRegular() {
			if info, err := d.Info(); err == nil {
				bytes += info.Size()
			}
		}
		return nil
	})
	return bytes
}
