package search

import (
	"context"
	"math"
	"slices"
	"testing"
	"time"

	"daybook"
	"daybook/internal/dates"
	"daybook/internal/llm"
	"daybook/internal/store"
	"daybook/internal/text"
)

func hit(id int64, entry string, score, distance float64) store.Hit {
	return store.Hit{Passage: daybook.Passage{ID: id, EntryID: entry}, Score: score, Distance: distance}
}

func near(a, b float64) bool { return math.Abs(a-b) < 1e-9 }

// Nearness is between the last passage that the meaning found, which is 0, and the
// nearest, which is 1. One with the words is not far, whatever its meaning.
func TestFusedScores(t *testing.T) {
	byWords := []store.Hit{hit(1, "both", 4, 0), hit(2, "words", 4, 0)}
	byMeaning := []store.Hit{hit(3, "meaning", 0, 0.2), hit(1, "both", 0, 0.5), hit(4, "last", 0, 0.6)}
	want := map[string]float64{
		"both":    wordsShare*0.5 + (1-wordsShare)*max(0.25, wordsAreNear*0.5),
		"words":   wordsShare*0.5 + (1-wordsShare)*wordsAreNear*0.5,
		"meaning": 1 - wordsShare,
		"last":    0,
	}
	results := byEntry(fuse(byWords, 8, byMeaning), 10)
	if len(results) != len(want) {
		t.Fatalf("%d results", len(results))
	}
	for i, r := range results {
		if !near(r.Score, want[r.Entry.ID]) {
			t.Errorf("%s has %f, want %f", r.Entry.ID, r.Score, want[r.Entry.ID])
		}
		if i > 0 && r.Score > results[i-1].Score {
			t.Errorf("%s comes after a worse one", r.Entry.ID)
		}
		if found := r.Entry.ID != "words"; (r.Distance != nil) != found {
			t.Errorf("%s has the distance %v", r.Entry.ID, r.Distance)
		}
	}
	if got := byEntry(fuse(byWords, 8, byMeaning), 2); len(got) != 2 || got[0].Entry.ID != results[0].Entry.ID {
		t.Errorf("the best two are %+v", got)
	}
}

// Nearness decides as much with a model that gives any two texts a high cosine, and
// little where all passages are about as near.
func TestNearnessOfOtherModels(t *testing.T) {
	for _, c := range []struct {
		distances []float64
		want      string
	}{
		{[]float64{0.2, 0.5, 0.9}, "near"},
		{[]float64{0.12, 0.18, 0.24}, "near"},
		{[]float64{0.140, 0.141, 0.142}, "words"},
	} {
		byMeaning := []store.Hit{hit(1, "near", 0, c.distances[0]), hit(2, "words", 0, c.distances[1]), hit(3, "far", 0, c.distances[2])}
		if got := byEntry(fuse([]store.Hit{hit(2, "words", 3, 0)}, 8, byMeaning), 1)[0].Entry.ID; got != c.want {
			t.Errorf("%v: %s is first", c.distances, got)
		}
	}
}

func TestScoresByWordsAlone(t *testing.T) {
	results := byEntry(fuse([]store.Hit{hit(1, "a", 2, 0), hit(2, "b", 8, 0), hit(3, "a", 6, 0)}, 8, nil), 10)
	if len(results) != 2 || results[0].Entry.ID != "b" || !near(results[0].Score, 1) || !near(results[1].Score, 0.75) {
		t.Fatalf("%+v", results)
	}
	if hits := results[1].Hits; len(hits) != 2 || hits[0].Passage.ID != 3 || results[1].Distance != nil {
		t.Errorf("the passages of the second are %+v", hits)
	}
}

// The distance of an entry is that of its nearest passage.
func TestDistanceIsTheNearest(t *testing.T) {
	results := byEntry(fuse(nil, 1, []store.Hit{hit(1, "a", 0, 0.3), hit(2, "a", 0, 0.1), hit(3, "a", 0, 0.2)}), 1)
	if len(results) != 1 || results[0].Distance == nil || !near(*results[0].Distance, 0.1) {
		t.Errorf("%+v", results)
	}
}

// embedder records what it is asked to embed.
type embedder struct {
	inputs []string
	dim    int
}

func (e *embedder) Embed(_ context.Context, req llm.EmbedRequest) (llm.Embeddings, error) {
	e.inputs = append(e.inputs, req.Inputs...)
	return llm.Embeddings{Vectors: [][]float32{make([]float32, e.dim)}}, nil
}

// spanned is an index of which only the span is needed.
type spanned struct{ Index }

func (spanned) Span(context.Context) (daybook.DateRange, error) {
	return daybook.DateRange{From: daybook.Date{Year: 2020, Month: time.January, Day: 1}, To: daybook.Date{Year: 2024, Month: time.December, Day: 31}}, nil
}

func reading(t *testing.T, language string, e *embedder) *Searcher {
	t.Helper()
	analyzer, err := text.New(language)
	if err != nil {
		t.Fatal(err)
	}
	return New(Config{
		Index: spanned{}, Analyzer: analyzer, Embedder: e, Model: llm.Ref{Provider: "test", Model: "m"},
		Dates: func() dates.Options {
			return dates.Options{Today: daybook.Date{Year: 2024, Month: time.December, Day: 31}}
		},
	})
}

func TestWhatIsEmbedded(t *testing.T) {
	for question, want := range map[string]string{
		"What happened on 4 March 2024?":  "", // days alone cost no call
		"4 March 2024":                    "",
		"  ":                              "",
		"-rain":                           "",
		"When did I see the sea in 2023?": "see the sea?",
		"sea -rain":                       "sea",
		"sea -rain -snow #beach":          "sea",
		`"old harbour" soup`:              `"old harbour" soup`,
		"What happened on 4 March 2024 at the ferry?": "happened at the ferry?",
		"who?": "who?",
	} {
		e := &embedder{dim: 3}
		q, err := reading(t, "english", e).Prepare(t.Context(), question, store.Filter{})
		if err != nil {
			t.Fatal(err)
		}
		var want1 []string
		if want != "" {
			want1 = []string{want}
		}
		trimmed := make([]string, 0, 1)
		for _, in := range e.inputs {
			trimmed = append(trimmed, normal(in))
		}
		if !slices.Equal(trimmed, want1) {
			t.Errorf("%q embeds %q, want %q", question, e.inputs, want)
		}
		if (q.Vector != nil) != (want != "") {
			t.Errorf("%q has the vector %v", question, q.Vector)
		}
	}
}

// normal joins the words of a text by single spaces.
func normal(s string) string {
	var words []byte
	for _, r := range []byte(s) {
		if r == ' ' && (len(words) == 0 || words[len(words)-1] == ' ') {
			continue
		}
		words = append(words, r)
	}
	if n := len(words); n > 0 && words[n-1] == ' ' {
		words = words[:n-1]
	}
	return string(words)
}

func TestOperatorsLeaveTheTopic(t *testing.T) {
	for question, c := range map[string]struct {
		topic   string
		none    []string
		tags    []string
		phrases [][]string
	}{
		"sea -rain":               {"sea", []string{"rain"}, nil, nil},
		"-rain sea -snow":         {"sea", []string{"rain", "snow"}, nil, nil},
		"well-known sea":          {"well-known sea", nil, nil, nil},
		"sea #beach tag:swimming": {"sea", nil, []string{"#beach", "#swimming"}, nil},
		"sea tag:#beach":          {"sea", nil, []string{"#beach"}, nil},
		`"old sea" and “new”`:     {`"old sea" and “new”`, nil, nil, [][]string{{"old", "sea"}, {"new"}}},
		`"…" sea`:                 {`"…" sea`, nil, nil, nil},
	} {
		q, err := reading(t, "english", nil).read(t.Context(), question, store.Filter{})
		if err != nil {
			t.Fatal(err)
		}
		if normal(q.Topic) != c.topic || !slices.Equal(q.None, c.none) || !slices.Equal(q.Filter.Tags, c.tags) || !slices.EqualFunc(q.Phrases, c.phrases, slices.Equal) {
			t.Errorf("%q: topic %q, none %q, tags %q, phrases %q", question, q.Topic, q.None, q.Filter.Tags, q.Phrases)
		}
	}
}

func TestMeaningOfAnotherModel(t *testing.T) {
	for _, c := range []struct {
		m      Meaning
		vector bool
		kind   daybook.Kind
	}{
		{Meaning{Embedder: &embedder{dim: 3}, Dim: 3, Notice: "n"}, true, ""},
		{Meaning{Embedder: &embedder{dim: 3}, Dim: 0, Notice: "n"}, true, ""},
		{Meaning{Embedder: &embedder{dim: 3}, Dim: 4, Notice: "n"}, false, daybook.Upstream},
		{Meaning{Notice: "n"}, false, ""},
	} {
		s := reading(t, "english", &embedder{dim: 9})
		s.Meaning = func(context.Context) (Meaning, error) { return c.m, nil }
		q, err := s.Prepare(t.Context(), "the sea", store.Filter{})
		if daybook.KindOf(err) != c.kind || (q.Vector != nil) != c.vector || q.Notice != "n" {
			t.Errorf("%+v: %+v, %v", c.m, q, err)
		}
		if c.vector && q.Space.Dim != 3 {
			t.Errorf("the space is %+v", q.Space)
		}
	}
}

func TestQueryOfWords(t *testing.T) {
	s := reading(t, "english", nil)
	for topic, want := range map[string][]string{
		"the sea and the Sea": {"sea"},
		"what is it":          {"what", "is", "it"},
	} {
		if q := s.words(&Query{}, topic); !slices.Equal(q.Any, want) {
			t.Errorf("%q: %q", topic, q.Any)
		}
	}
	q := s.words(&Query{}, "the first sea")
	if len(q.Any) != 2 || q.Weights[q.Any[0]] != scaffoldWeight || q.Weights["sea"] != 0 {
		t.Errorf("%+v", q)
	}
}

// lexicon returns a vocabulary of terms in order, each in one of 1000 passages.
func lexicon(terms ...string) *store.Vocabulary {
	slices.Sort(terms)
	v := &store.Vocabulary{Passages: 1000, Terms: terms}
	for range terms {
		v.Counts = append(v.Counts, 1)
	}
	return v
}

func TestVariantsAreOrderedByDistance(t *testing.T) {
	vocabulary := lexicon("parmesan", "parmazan", "parmesann", "parmezan", "parsimon", "permission", "harbour", "barmesan")
	var v variants
	found := v.of("parmesan", vocabulary)
	var terms []string
	for i, f := range found {
		terms = append(terms, f.term)
		if i > 0 && f.cost < found[i-1].cost {
			t.Errorf("%s (%f) comes after %s (%f)", f.term, f.cost, found[i-1].term, found[i-1].cost)
		}
	}
	if want := []string{"parmesann", "parmezan", "parmazan"}; !slices.Equal(terms, want) {
		t.Errorf("variants %q, want %q", terms, want)
	}
	if got := v.of("pa", vocabulary); got != nil {
		t.Errorf("a word of two letters has the variants %v", got)
	}
	if got := v.of("parmesan1", vocabulary); got != nil {
		t.Errorf("a word with a digit has the variants %v", got)
	}
	// Another vocabulary is not mixed up with the first.
	if got := v.of("parmesan", lexicon("parmezan")); len(got) != 1 || got[0].term != "parmezan" {
		t.Errorf("another vocabulary has %v", got)
	}
}

func TestVariantsAreFew(t *testing.T) {
	if got := new(variants).of("aaaaaaaa", lexicon("aaaaaaae", "aaaaaaai", "aaaaaaao", "aaaaaaau", "aaaaaaay", "aaaaaaea", "aaaaaaia", "aaaaaaoa")); len(got) != maxVariants {
		t.Errorf("%d variants", len(got))
	}
}

func TestSpellingCost(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want float64
	}{
		{"sea", "sea", 0}, {"tee", "te", 0.25}, {"te", "tee", 0.25}, {"color", "kolor", 0.5}, {"gray", "grey", 0.5},
		{"cat", "chat", 0.5}, {"old", "olde", 0.5}, {"cat", "cart", 1}, {"cart", "cat", 1}, {"cat", "cap", 1}, {"", "sea", 2.5},
	} {
		if got := spellingCost(c.a, c.b, 9); !near(got, c.want) {
			t.Errorf("%q to %q costs %f, want %f", c.a, c.b, got, c.want)
		}
	}
	if got := spellingCost("harbour", "zzzzzzz", 1); got <= 1 {
		t.Errorf("a different word costs %f", got)
	}
	for letters, want := range map[int]float64{3: 0.5, 4: 0.5, 5: 1, 7: 1, 8: 1.5} {
		if got := costLimit(letters); got != want {
			t.Errorf("%d letters may cost %f", letters, got)
		}
	}
}

func TestVariantsWeighLess(t *testing.T) {
	s := &Searcher{}
	vocabulary := lexicon("parmezan", "harbour")
	q := store.WordQuery{Any: []string{"parmesan", "harbour"}, Weights: map[string]float64{}}
	s.forgive(&q, vocabulary)
	if !slices.Equal(q.Any, []string{"parmesan", "harbour", "parmezan"}) || !near(q.Weights["parmezan"], variantWeight*math.Sqrt(0.5)) {
		t.Errorf("%+v", q)
	}
	// A frequent word needs no variants.
	vocabulary.Counts[1] = 11
	vocabulary.Terms[1], vocabulary.Terms[0] = "parmezan", "parmesan"
	vocabulary.Counts[0] = 11
	q = store.WordQuery{Any: []string{"parmesan"}, Weights: map[string]float64{}}
	if s.forgive(&q, vocabulary); len(q.Any) != 1 {
		t.Errorf("a frequent word has variants: %+v", q)
	}
	vocabulary.Counts[0] = 10
	if s.forgive(&q, vocabulary); len(q.Any) != 2 {
		t.Errorf("a rare word has no variants: %+v", q)
	}
}

func TestIDF(t *testing.T) {
	if got, want := idf(1, 1000), math.Log(1+999.5/1.5); !near(got, want) {
		t.Errorf("%f, want %f", got, want)
	}
	if got := idf(1000, 1000); got <= 0 {
		t.Errorf("a word of every passage weighs %f", got)
	}
}
