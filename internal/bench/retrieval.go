package main

import (
	_ "embed"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"daybook"
	"daybook/internal/store"
	"daybook/internal/store/sqlite"
	"daybook/internal/vector"
)

// streamC reads 1.5 GB in a plain loop and prints how many bytes a second.
//
//go:embed testdata/stream.c
var streamC []byte

// scan measures the vector scan against the memory bandwidth of a C loop.
func (b *bench) scan() error {
	limit, err := b.streaming()
	if err != nil {
		return err
	}
	before := runtime.GOMAXPROCS(1) // one core a query
	defer runtime.GOMAXPROCS(before)
	for _, size := range []struct {
		name      string
		rows, dim int
	}{{"100k × 768", 100_000, 768}, {"1M × 384", 1_000_000, 384}} {
		index, grew, err := randomIndex(size.rows, size.dim)
		if err != nil {
			return err
		}
		var times []time.Duration
		r := rand.New(rand.NewPCG(1, 2))
		for range 50 {
			query := randomVector(r, size.dim)
			began := time.Now()
			if _, _, err := index.Candidates(query, 10, 10, nil); err != nil {
				return err
			}
			times = append(times, time.Since(began))
		}
		took := at(times, 0.5)
		read := float64(size.rows) * float64(size.dim) / took.Seconds()
		b.add("vector scan, "+size.name+", one core", "≥ 70 % of a C loop's bytes a second",
			fmt.Sprintf("median of 50; %.1f of %.1f GB a second; %d MB in memory", read/1e9, limit/1e9, grew>>20),
			"%.1f ms, %.0f %%", ms(took), 100*read/limit)
	}
	return nil
}

// streaming compiles and runs the C loop.
func (b *bench) streaming() (float64, error) {
	compiler, err := exec.LookPath("cc")
	if err != nil {
		return 0, fmt.Errorf("%w: there is no C compiler to compare with", errLeftOut)
	}
	source, program := filepath.Join(b.work, "stream.c"), filepath.Join(b.work, "stream")
	if err := os.WriteFile(source, streamC, 0o600); err != nil {
		return 0, err
	}
	if out, err := exec.CommandContext(b.ctx, compiler, "-O3", "-march=native", "-o", program, source).CombinedOutput(); err != nil {
		return 0, fmt.Errorf("%w: %s", err, out)
	}
	out, err := exec.CommandContext(b.ctx, program).Output()
	if err != nil {
		return 0, err
	}
	return strconv.ParseFloat(strings.TrimSpace(string(out)), 64)
}

func randomVector(r *rand.Rand, dim int) []float32 {
	v := make([]float32, dim)
	for i := range v {
		v[i] = r.Float32() - 0.5
	}
	return v
}

// randomIndex returns an index and how much memory it takes.
func randomIndex(rows, dim int) (*vector.Index, uint64, error) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	index := vector.NewIndex(dim)
	index.Grow(rows)
	r := rand.New(rand.NewPCG(3, 4))
	for i := range rows {
		var key vector.Key
		binary.LittleEndian.PutUint64(key[:], uint64(i))
		if err := index.Put(key, randomVector(r, dim)); err != nil {
			return nil, 0, err
		}
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	return index, after.HeapInuse - before.HeapInuse, nil
}

// builtin are the settings of a server with the model in its own process.
func (b *bench) builtin() ([]string, error) {
	if _, err := os.Stat(filepath.Join(b.model, "tokenizer.json")); err != nil {
		return nil, fmt.Errorf("%w: the built-in model is not there (make model fetches it)", errLeftOut)
	}
	return []string{"DAYBOOK_MODEL_EMBEDDING=builtin", "DAYBOOK_BUILTIN_MODEL=" + b.model}, nil
}

// search measures GET /search over 3,400 entries with all kinds of search. The
// journal is used twice, five years apart; its vectors are random, which take
// as long to search as real ones.
func (b *bench) search() error {
	env, err := b.builtin()
	if err != nil {
		return err
	}
	const entries = 3400
	journal := filepath.Join(b.work, "twice")
	if err := b.copyNotes(journal, entries, func(text string) string { return text }); err != nil {
		return err
	}
	cmd := exec.CommandContext(b.ctx, b.binary, "index", "--journal", journal)
	cmd.Env = b.environment("twice")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	passages, err := b.fillVectors("twice")
	if err != nil {
		return err
	}
	s, err := b.start("twice", journal, append(env, "GOMAXPROCS=1")...)
	if err != nil {
		return err
	}
	defer s.stop()
	times, err := b.searches(s, 320)
	if err != nil {
		return err
	}
	times = times[20:]
	b.add("GET /search over 3,400 entries, by words, days and the built-in model", "p50 ≤ 30 ms, p99 ≤ 80 ms",
		fmt.Sprintf("%d searches one after the other, %d passages, GOMAXPROCS=1", len(times), passages),
		"p50 %.1f ms, p99 %.1f ms", ms(at(times, 0.5)), ms(at(times, 0.99)))
	return nil
}

// copyNotes copies the journal's notes repeatedly, each time five years later
// and with changed text, until there are n.
func (b *bench) copyNotes(to string, n int, change func(string) string) error {
	for _, later := range []int{0, 5} {
		err := filepath.WalkDir(b.journal, func(path string, d fs.DirEntry, err error) error {
			if err != nil || n == 0 || d.IsDir() || filepath.Ext(path) != ".md" {
				return err
			}
			day, err := time.Parse("01-02-2006.md", d.Name())
			if err != nil {
				return nil // a note of another kind
			}
			data, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			if n--; later > 0 {
				data = []byte(change(string(data)))
			}
			folder := filepath.Join(to, strconv.Itoa(day.Year()+later))
			if err := os.MkdirAll(folder, 0o700); err != nil {
				return err
			}
			name := fmt.Sprintf("%02d-%02d-%04d.md", day.Month(), day.Day(), day.Year()+later)
			return os.WriteFile(filepath.Join(folder, name), data, 0o600)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// openStore opens the store below the run's folder data.
func (b *bench) openStore(data string) (*sqlite.Store, error) {
	var file string
	err := filepath.WalkDir(filepath.Join(b.work, data), func(path string, _ fs.DirEntry, err error) error {
		if filepath.Ext(path) == ".db" {
			file = path
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return sqlite.Open(b.ctx, file)
}

// fillVectors gives every passage a random vector in the built-in model's
// space.
func (b *bench) fillVectors(data string) (int, error) {
	s, err := b.openStore(data)
	if err != nil {
		return 0, err
	}
	defer s.Close()
	space := store.Space{Model: "builtin/all-MiniLM-L6-v2", Dim: 384}
	r := rand.New(rand.NewPCG(5, 6))
	var after int64
	n := 0
	for {
		missing, err := s.WithoutVector(b.ctx, space, false, after, 1000)
		if err != nil || len(missing) == 0 {
			return n, err
		}
		var vectors []store.PassageVector
		for _, p := range missing {
			after = p.ID
			vectors = append(vectors, store.PassageVector{ID: p.ID, Vector: randomVector(r, space.Dim)})
		}
		if err := s.PutVectors(b.ctx, space, vectors); err != nil {
			return n, err
		}
		n += len(missing)
	}
}

// searches asks GET /search n times, one after the other.
func (b *bench) searches(s *server, n int) ([]time.Duration, error) {
	var times []time.Duration
	for i := range n {
		began := time.Now()
		resp, err := http.Get(s.url + "/search?q=" + url.QueryEscape(questions[i%len(questions)]))
		if err != nil {
			return nil, err
		}
		var found struct{ Results []json.RawMessage }
		err = json.NewDecoder(io.LimitReader(resp.Body, 1<<20)).Decode(&found)
		resp.Body.Close()
		if err != nil || len(found.Results) == 0 {
			return nil, fmt.Errorf("a search found nothing (%s): %w", resp.Status, err)
		}
		times = append(times, time.Since(began))
	}
	return times, nil
}

// embedding measures how long the built-in model takes to embed the journal in
// the background of a server that serves searches.
func (b *bench) embedding() error {
	env, err := b.builtin()
	if err != nil {
		return err
	}
	s, err := b.start("background", b.journal, env...)
	if err != nil {
		return err
	}
	defer s.stop()
	began := time.Now()
	if _, err := b.searches(s, 20); err != nil {
		return err
	}
	during, err := b.searches(s, 200)
	if err != nil {
		return err
	}
	db, err := b.openStore("background")
	if err != nil {
		return err
	}
	defer db.Close()
	for {
		stats, err := db.Stats(b.ctx)
		if err != nil {
			return err
		}
		if n := stats.Vectors[store.Space{Model: "builtin/all-MiniLM-L6-v2", Dim: 384}]; n == stats.Passages {
			break
		}
		if time.Since(began) > time.Hour {
			return daybook.Errorf(daybook.Timeout, "the journal was not embedded within an hour")
		}
		time.Sleep(time.Second)
	}
	took := time.Since(began)
	after, err := b.searches(s, 200)
	if err != nil {
		return err
	}
	slower := at(during, 0.5).Seconds() / at(after, 0.5).Seconds()
	b.add("1,810 notes embedded by the built-in model, while they are searched", "≤ 20 min, searches ≤ 2 × slower",
		fmt.Sprintf("in the background of a server; a search took p50 %.1f ms meanwhile and %.1f ms afterwards", ms(at(during, 0.5)), ms(at(after, 0.5))),
		"%.1f min, %.1f ×", took.Minutes(), slower)
	return nil
}
