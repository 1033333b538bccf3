package search_test

import (
	"context"
	"errors"
	"math"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"daybook"
	"daybook/internal/llm"
	"daybook/internal/search"
	"daybook/internal/store"
	"daybook/internal/store/sqlite"
	"daybook/internal/text"
)

var space = store.Space{Model: "test/angles", Dim: 2}

// at is a vector in a direction, in degrees.
func at(degrees float64) []float32 {
	sin, cos := math.Sincos(degrees * math.Pi / 180)
	return []float32{float32(cos), float32(sin)}
}

// angles embeds every question in one direction.
type angles struct {
	degrees float64
	err     error
}

func (a angles) Embed(context.Context, llm.EmbedRequest) (llm.Embeddings, error) {
	return llm.Embeddings{Vectors: [][]float32{at(a.degrees)}}, a.err
}

// note is an entry with one passage per line, each with a vector if it has a
// direction.
type note struct {
	day        daybook.Date
	kind       daybook.EntryKind
	lines      string
	tags       []string
	directions []float64
}

func day(y, m, d int) daybook.Date { return daybook.Date{Year: y, Month: time.Month(m), Day: d} }

// open returns a searcher over notes in a real store.
func open(t *testing.T, embedder llm.Embedder, notes map[string]note) *search.Searcher {
	t.Helper()
	return openIn(t, "english", embedder, notes)
}

func openIn(t *testing.T, language string, embedder llm.Embedder, notes map[string]note) *search.Searcher {
	t.Helper()
	analyzer, err := text.New(language)
	if err != nil {
		t.Fatal(err)
	}
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "daybook.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	for id, n := range notes {
		put(t, db, analyzer, id, n)
	}
	return search.New(search.Config{Index: db, Analyzer: analyzer, Embedder: embedder, Model: llm.Ref{Provider: "test", Model: "angles"}})
}

func put(t *testing.T, db *sqlite.Store, analyzer *text.Analyzer, id string, n note) {
	t.Helper()
	if n.kind == "" {
		n.kind = daybook.Daily
	}
	path := id + ".md"
	indexed := store.Note{
		State: store.NoteState{Kind: n.kind, Path: path, EntryID: id},
		Entry: daybook.Entry{ID: id, Kind: n.kind, Path: path, Title: id, Dates: []daybook.Date{n.day}, Text: n.lines, Tags: n.tags},
	}
	start := 0
	for i, line := range strings.Split(n.lines, "\n") {
		if line != "" {
			indexed.Passages = append(indexed.Passages, store.IndexedPassage{
				Passage: daybook.Passage{EntryID: id, Index: i, Start: start, End: start + len(line), Line: i + 1, Text: line},
				Terms:   analyzer.Terms(line),
			})
		}
		start += len(line) + 1
	}
	if err := db.Apply(t.Context(), store.Batch{Put: []store.Note{indexed}}); err != nil {
		t.Fatal(err)
	}
	passages, err := db.Passages(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	var vectors []store.PassageVector
	for i, degrees := range n.directions {
		vectors = append(vectors, store.PassageVector{ID: passages[i].ID, Vector: at(degrees)})
	}
	if err := db.PutVectors(t.Context(), space, vectors); err != nil {
		t.Fatal(err)
	}
}

func find(t *testing.T, s *search.Searcher, question string, k int) []search.Result {
	t.Helper()
	q, err := s.Prepare(t.Context(), question, store.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	found, err := s.Find(t.Context(), q, k)
	if err != nil {
		t.Fatal(err)
	}
	return found.Results
}

func ids(found []search.Result) string {
	var list []string
	for _, r := range found {
		list = append(list, r.Entry.ID)
	}
	return strings.Join(list, " ")
}

// An entry that both searches find ranks above one that a single search finds,
// and an entry without a vector is found by its words.
func TestSearchesAreMerged(t *testing.T) {
	s := open(t, angles{degrees: 0}, map[string]note{
		"both":    {day: day(2024, 1, 1), lines: "A lighthouse in the fog.", directions: []float64{20}},
		"meaning": {day: day(2024, 1, 2), lines: "The beam over the harbour.", directions: []float64{5}},
		"words":   {day: day(2024, 1, 3), lines: "Bread and a lighthouse."},
		"neither": {day: day(2024, 1, 4), lines: "Nothing of the kind.", directions: []float64{170}},
	})
	found := find(t, s, "Where is the lighthouse?", 3)
	if got := ids(found); !strings.HasPrefix(got, "both ") || !strings.Contains(got, "meaning") || !strings.Contains(got, "words") {
		t.Errorf("found %s", got)
	}
	for _, r := range found {
		if (r.Distance == nil) != (r.Entry.ID == "words") {
			t.Errorf("%s: distance %v", r.Entry.ID, r.Distance)
		}
	}
	if d := *found[0].Distance; math.Abs(d-(1-math.Cos(20*math.Pi/180))) > 1e-4 {
		t.Errorf("the distance is %v", d)
	}
}

// A day with many passages is one result and leaves room for others.
func TestLongDayIsOneResult(t *testing.T) {
	s := open(t, nil, map[string]note{
		"long":  {day: day(2024, 1, 1), lines: strings.Repeat("Swimming, swimming.\n", 7)},
		"short": {day: day(2024, 1, 2), lines: "We spoke of swimming and of a good many other things besides."},
	})
	found := find(t, s, "swimming", 2)
	if got := ids(found); got != "long short" || len(found[0].Hits) != 7 {
		t.Errorf("found %s", got)
	}
}

func TestEmbeddingFails(t *testing.T) {
	broken := errors.New("broken")
	s := open(t, angles{err: broken}, map[string]note{"a": {day: day(2024, 1, 1), lines: "A lighthouse."}})
	q, err := s.Prepare(t.Context(), "lighthouse", store.Filter{})
	if !errors.Is(err, broken) {
		t.Errorf("the reason is lost: %v", err)
	}
	found, err := s.Find(t.Context(), q, 5)
	if err != nil || ids(found.Results) != "a" {
		t.Errorf("by words there is %s, %v", ids(found.Results), err)
	}
}

func TestQuestionsOfNoWords(t *testing.T) {
	s := open(t, nil, map[string]note{"a": {day: day(2024, 1, 1), lines: "To be, or not to be."}})
	for question, want := range map[string]string{"?!": "", "": "", "to be or not": "a"} {
		if got := ids(find(t, s, question, 5)); got != want {
			t.Errorf("%q finds %q", question, got)
		}
	}
}

// Recent goes by the day of the entry and leaves out evergreen notes and empty
// days.
func TestRecent(t *testing.T) {
	s := open(t, nil, map[string]note{
		"old":       {day: day(2024, 1, 1), lines: "x"},
		"new":       {day: day(2024, 3, 1), lines: "x"},
		"empty":     {day: day(2024, 4, 1)},
		"evergreen": {day: day(2024, 5, 1), kind: daybook.Evergreen, lines: "x"},
	})
	found, err := s.Recent(t.Context(), store.Filter{}, 2)
	if err != nil || ids(found) != "new old" {
		t.Errorf("recent are %s, %v", ids(found), err)
	}
}

func TestMarks(t *testing.T) {
	s := open(t, nil, map[string]note{"a": {day: day(2024, 1, 1), lines: "She swam with Parmazan."}})
	passage := "He swims with Parmazan; the swimming was good."
	q, err := s.Prepare(t.Context(), "Who was swimming with the Parmesan for the first time?", store.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	found, err := s.Find(t.Context(), q, 3)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, m := range found.Marks(passage) {
		got = append(got, passage[m[0]:m[1]])
	}
	if strings.Join(got, " ") != "swims Parmazan swimming" {
		t.Errorf("marked %q", got)
	}
}
