package importer

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"daybook"
	"daybook/internal/ingest"
	"daybook/internal/llm"
	"daybook/internal/store/sqlite"
	"daybook/internal/text"
	"daybook/internal/threads"
	"daybook/internal/vault"
)

// world is a vault on disk and a store, both real, and a folder of the older
// service's files.
type world struct {
	t     testing.TB
	dir   string
	store *sqlite.Store
	c     Config
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{t: t, dir: t.TempDir()}
	w.store = openStore(t, filepath.Join(t.TempDir(), "daybook.db"))
	for _, folder := range []string{"journal", "evergreen"} {
		if err := os.Mkdir(filepath.Join(w.dir, folder), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	w.c = Config{Store: w.store, Threads: threads.In(w.store), Index: w.index, Embedding: Older, EvergreenFolder: "evergreen"}
	return w
}

func openStore(t testing.TB, path string) *sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func (w *world) index(ctx context.Context) error {
	v, err := vault.New(vault.Options{Journal: filepath.Join(w.dir, "journal"), Evergreen: filepath.Join(w.dir, "evergreen")})
	if err != nil {
		return err
	}
	a, err := text.New("")
	if err != nil {
		return err
	}
	_, err = ingest.New(v, a, w.store).Run(ctx, nil)
	return err
}

// write writes a file below the world's folder and returns its path.
func (w *world) write(name, text string) string {
	w.t.Helper()
	path := filepath.Join(w.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		w.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		w.t.Fatal(err)
	}
	return path
}

// imports imports a source that is there and whose reading ends well.
func (w *world) imports(source string) *Report {
	w.t.Helper()
	r, err := New(w.c).Import(w.t.Context(), source)
	if err != nil {
		w.t.Fatal(err)
	}
	if r.Err != nil {
		w.t.Errorf("%s: %v", filepath.Base(source), r.Err)
	}
	return r
}

// left writes what a report says was left out, without its reasons' ends.
func left(r *Report) string {
	var lines []string
	for _, l := range r.Left {
		reason, _, _ := strings.Cut(l.Reason, ",")
		lines = append(lines, fmt.Sprintf("%d %s %s %s", l.Count, l.Thing, reason, strings.Join(l.Places, " ")))
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

func want(t testing.TB, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s:\n%s\nwant:\n%s", what, got, want)
	}
}

// dump writes all that the store holds of what is imported, in a way that
// compares across stores.
func dump(t testing.TB, s *sqlite.Store) string {
	t.Helper()
	var b strings.Builder
	threads, err := s.Threads(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, th := range threads {
		messages, err := s.Messages(t.Context(), th.ID)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "%+v %+v\n", th, messages)
	}
	stats, err := s.Stats(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(&b, "%+v\n", stats)
	for space := range stats.Vectors {
		now, err := ingest.SpaceOf(t.Context(), s, refOf(t, space.Model))
		if err != nil || now != space {
			t.Errorf("vectors in %+v, and the index is embedded in %+v, %v", space, now, err)
		}
		for i := range 8 {
			hits, err := s.SearchVectors(t.Context(), space, vectorOf(fmt.Sprint("query", i), space.Dim), allEntries, 1000, 0)
			if err != nil {
				t.Fatal(err)
			}
			for _, h := range hits {
				fmt.Fprintf(&b, "%s %d %.6f\n", h.Passage.EntryID, h.Passage.Index, h.Distance)
			}
		}
	}
	return b.String()
}

func refOf(t testing.TB, s string) llm.Ref {
	t.Helper()
	ref, err := llm.ParseRef(s)
	if err != nil {
		t.Fatal(err)
	}
	return ref
}

// vectorOf is a vector that is a text's alone.
func vectorOf(text string, dim int) []float32 {
	var seed [32]byte
	copy(seed[:], text)
	r := rand.New(rand.NewChaCha8(seed))
	v := make([]float32, dim)
	for i := range v {
		v[i] = float32(r.NormFloat64())
	}
	return v
}

func numbers(v []float32) string {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err) // a mistake in the test itself
	}
	return string(data)
}

// line is a line of an embeddings.jsonl.
func line(path, vector string) string {
	return fmt.Sprintf("{\"path\": %q, \"embedding\": %s}\n", path, vector)
}

// counting is a model that remembers what it was asked to embed.
type counting struct {
	mu     sync.Mutex
	inputs []string
}

func (e *counting) Embed(_ context.Context, req llm.EmbedRequest) (llm.Embeddings, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.inputs = append(e.inputs, req.Inputs...)
	var out llm.Embeddings
	for _, text := range req.Inputs {
		out.Vectors = append(out.Vectors, vectorOf(text, olderDim))
	}
	return out, nil
}

// asked runs the embedding and returns the texts that a model is asked for.
func (w *world) asked() []string {
	w.t.Helper()
	e := &counting{}
	if _, err := (ingest.Embedding{Index: w.store, Embedder: e, Model: Older}).Run(w.t.Context(), nil); err != nil {
		w.t.Fatal(err)
	}
	slices.Sort(e.inputs)
	return e.inputs
}

func TestUnreadableSources(t *testing.T) {
	w := newWorld(t)
	for name, c := range map[string]struct {
		text string
		kind daybook.Kind
	}{
		"empty.json":     {"", daybook.Invalid},
		"text.json":      {"Dear diary", daybook.Invalid},
		"list.json":      {"[1, 2]", daybook.Invalid},
		"other.json":     {`{"notes": {"a": 1}}`, daybook.Invalid},
		"cut.json":       {`{"01-05-2024.md": [0.5`, daybook.Invalid},
		"nested.json":    {`{"x": ` + strings.Repeat("[", 20000), daybook.Invalid},
		"binary.jsonl":   {"\x00\x01\x02\n\xff\xfe\n", daybook.Invalid},
		"prose.jsonl":    {"Dear diary,\ntoday I swam.\n", daybook.Invalid},
		"utf16.json":     {"\xff\xfe{\x00}\x00", daybook.Invalid},
		"longkey.json":   {`{"` + strings.Repeat("k", 20<<20) + `": [1]}`, daybook.TooLarge},
		"nothreads.json": {`{"threads": [`, daybook.Invalid},
	} {
		r, err := New(w.c).Import(t.Context(), w.write(name, c.text))
		if err != nil || !r.Unread() || daybook.KindOf(r.Err) != c.kind {
			t.Errorf("%s: %v, unread %v, %v; want kind %s", name, err, r.Unread(), r.Err, c.kind)
		}
		if r.Err != nil && (strings.Contains(r.Err.Error(), "diary") || strings.Contains(r.Err.Error(), "kkk")) {
			t.Errorf("%s: the error shows what stands there: %v", name, r.Err)
		}
	}
	for _, path := range []string{w.dir, filepath.Join(w.dir, "nosuch.json"), "/dev/null"} {
		r, err := New(w.c).Import(t.Context(), path)
		if err != nil || !r.Unread() || daybook.KindOf(r.Err) == daybook.Internal {
			t.Errorf("%s: %v, %v", path, err, r.Err)
		}
	}
}

// A failure of the store does not count as a fault of the file.
func TestStoreFails(t *testing.T) {
	w := newWorld(t)
	path := w.write("chats.json", chatsJSON(2, 2))
	vectors := w.write("e.jsonl", line("01-05-2024.md", numbers(vectorOf("x", olderDim))))
	w.store.Close()
	for _, p := range []string{path, vectors} {
		if r, err := New(w.c).Import(t.Context(), p); err == nil || r.Err != nil {
			t.Errorf("%s: %v and in the report %v", filepath.Base(p), err, r.Err)
		}
	}
}

func TestContextEndsAnImport(t *testing.T) {
	w := newWorld(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, p := range []string{w.write("chats.json", chatsJSON(2, 2)), w.write("e.jsonl", line("a.md", "[1]"))} {
		if _, err := New(w.c).Import(ctx, p); err == nil {
			t.Errorf("%s: imported in a cancelled context", filepath.Base(p))
		}
	}
}

// No part of a file is kept in memory for longer than necessary.
func TestMemoryStaysSmall(t *testing.T) {
	w := newWorld(t)
	w.write("journal/01-05-2024.md", "Swam in the lake.")
	good := line("01-05-2024.md", numbers(vectorOf("x", olderDim)))
	path := filepath.Join(w.dir, "e.jsonl")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	filler := bytes.Repeat([]byte("x"), 1<<20)
	for range 24 { // one line of 24 MB, and a good one behind it
		if _, err := f.Write(filler); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := f.WriteString("\n" + good); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	peak := watchHeap(t)
	r := w.imports(path)
	if grown := peak(); grown > 18<<20 {
		t.Errorf("%d MB were in use", grown>>20)
	}
	if r.Vectors.In != 1 {
		t.Errorf("%+v", r.Vectors)
	}
	want(t, "left out", left(r), "1 vector longer than 4 MB line 1")
}

func TestReportNamesFewPlaces(t *testing.T) {
	r := &Report{}
	for i := range 100 {
		r.leave(Message, badRole, messagePlace(i))
	}
	if len(r.Left) != 1 || r.Left[0].Count != 100 || len(r.Left[0].Places) != maxPlaces {
		t.Errorf("%+v", r.Left)
	}
}

var day = time.Date(2024, 3, 1, 12, 0, 0, 0, time.UTC)
