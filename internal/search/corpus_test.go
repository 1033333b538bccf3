package search_test

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"hash/fnv"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"daybook"
	"daybook/internal/dates"
	"daybook/internal/language"
	"daybook/internal/llm"
	"daybook/internal/search"
	"daybook/internal/store"
	"daybook/internal/store/sqlite"
	"daybook/internal/text"
)

var update = flag.Bool("update", false, "rewrite testdata/corpus.txt with what the questions find")

// sentences are written with a person, a place and a thing in place of 1, 2 and 3.
var sentences = strings.Split(`Walked to 2 with 1 and bought 3 there.
Rain all day. 1 wrote from 2 about 3.
Read until late; dreamt of 3.
1 came for supper, and we had 3.
Felt low. My tooth hurts again, 1 says it is the weather.
At 2 I met 1, who told me of the auction.
Nothing new. Worked on 3 and slept.
The train to 2 was late, so 1 and I talked of 3.
Quarrelled with 1 over 3, and made up in the evening.
Swam at 2. Cold, but the sea was clear.
A letter from 1: they move to 2 in spring.
Planted beans. 3 for lunch.
1 is ill; the doctor came to 2.
Snow storm over 2, no post.
"Never again", said 1 of 3.
The old harbour at 2 is closed; 1 was sad.
Played the piano with 1. Sang of 3.
Will 1 come to 2? I doubt it.
Baked bread, burnt 3, laughed with 1.
Saw a blackbird near 2 and told 1.`, "\n")

var (
	people = strings.Split("Clara;Klara;Mr. Ashdown;Ashdowne;Uncle Ben;Ben;Dr. Okafor;Mrs. Lindqvist;Tom;Tom's wife;Sir John Mercer;Sir J. Mercer;my sister Ruth;Ruth;May;Will;Rose;Aunt Ida;the Hales;[Ursola?];Jean-Luc;O'Neill;Anna Maria;Anna", ";")
	places = strings.Split("Harbour Street;the harbor;Lyme Regis;the Lake District;Hinchley;Hinchly;Saint Mary's;St. Mary's;the theatre;the theater;Café Blum;Cafe Blum;Bath;Reading;the foot ball ground;the football ground;Zürich;Oxford", ";")
	things = strings.Split("oysters;an oyster;the new piano;venison;pigeons;a pigeon pie;snow storms;the snowstorm;my toothache;a tooth ache;e-mail;email;running shoes;the garden;gardening;two candles;a candle;strawberries;the budget;old maps;honey;mice;a mouse;geese;knives", ";")
)

// corpusNotes are some hundred days over five years, the same in every run, and
// some days that are written for what they test.
func corpusNotes() map[string]note {
	random := rand.New(rand.NewPCG(4, 2))
	one := func(list []string) string { return list[random.IntN(len(list))] }
	notes := map[string]note{}
	d := daybook.Date{Year: 2019, Month: 1, Day: 4}
	for range 260 {
		d = d.AddDays(1 + random.IntN(12))
		var lines []string
		for range 1 + random.IntN(4) {
			s := one(sentences)
			lines = append(lines, strings.NewReplacer("1", one(people), "2", one(places), "3", one(things)).Replace(s))
		}
		n := note{day: d, lines: strings.Join(lines, "\n")}
		if random.IntN(4) == 0 {
			n.tags = []string{one([]string{"#work", "#health", "#travel/sea", "#family"})}
		}
		notes[d.String()] = n
	}
	for id, n := range map[string]note{
		"wedding":  {day: day(2021, 6, 5), lines: "The wedding of Ada and Jo, under the lime trees.\nDanced until two. Confetti in the soup."},
		"after":    {day: day(2021, 6, 6), lines: "Slept late. Pancakes with the aunts."},
		"funeral":  {day: day(2022, 11, 3), lines: "Grandfather's funeral at Hinchley. Lilies, and rain on the roof."},
		"flat":     {day: day(2023, 2, 10), lines: "Moved to the flat by the canal. The neighbour brought soup."},
		"boxes":    {day: day(2023, 2, 11), lines: "Boxes, boxes. Found the christening spoon."},
		"same":     {day: day(2020, 2, 1), lines: "Otters below the bridge, three of them, and a heron that stood as if painted."},
		"same too": {day: day(2020, 2, 2), lines: "Otters below the bridge, three of them, and a heron that stood as if painted."},
		"otter":    {day: day(2020, 3, 2), lines: "No otter today."},
		"German":   {day: day(2021, 8, 9), lines: "Mit Klara in Zürich geschwommen, das Wasser war kalt.\nAbends Zahnschmerzen."},
		"French":   {day: day(2021, 9, 9), lines: "Promenade au bord de la mer avec Anna. Des huîtres à midi."},
		"numbers":  {day: day(2022, 5, 5), lines: "Ran 10 km in 52 minutes; flat 17b is 1200 pounds.\nCall 555-0199 about the W-2 form."},
		"long": {day: day(2022, 7, 7), lines: strings.Repeat("The garden was dry and the beans were small. ", 12) +
			"\nAt last an owl called.\n" + strings.Repeat("We waited for rain and watered by hand. ", 12)},
		"letter": {day: day(2022, 9, 1), lines: "I wrote to Mr. A. B. Quill, of Lyme Regis, about the lease. He did not answer; did he ever? \"No news,\" as they say. " +
			strings.Repeat("The rest of the day went by with accounts and tea, and with mending what the cat had torn. ", 6) + "Then a telegram: the lease is ours! We danced in the kitchen. " +
			strings.Repeat("Later there was little to tell, and it was told at length. ", 6) + "And so to bed, with a candle and the almanac"},
		"Recipes": {kind: daybook.Evergreen, lines: "Oyster stew: butter, milk, oysters, mace.\nPigeon pie with honey."},
		"People":  {kind: daybook.Evergreen, lines: "Clara is my cousin.\nDr. Okafor lives in Bath."},
	} {
		notes[id] = n
	}
	return notes
}

// bag embeds texts by the words that they have.
type bag struct{ analyzer *text.Analyzer }

func (b bag) vector(text string) []float32 {
	const dim = 24
	v := make([]float32, dim)
	for term := range strings.FieldsSeq(b.analyzer.Terms(text)) {
		h := fnv.New64a()
		h.Write([]byte(term))
		random := rand.New(rand.NewPCG(h.Sum64(), 1))
		for i := range v {
			v[i] += float32(random.NormFloat64())
		}
	}
	return v
}

func (b bag) Embed(_ context.Context, r llm.EmbedRequest) (out llm.Embeddings, err error) {
	for _, input := range r.Inputs {
		out.Vectors = append(out.Vectors, b.vector(input))
	}
	return out, nil
}

// alike are names of the same person.
type alike struct{}

func (alike) Aliases(context.Context) ([][]string, error) {
	return [][]string{{"Dr. Okafor", "Chidi"}, {"Ursula", "Ulla"}}, nil
}

// closest is a second stage that compares words.
type closest struct{}

func (closest) Depth() int { return 40 }

func (closest) Rerank(_ context.Context, r search.Ranking) (search.Ranked, error) {
	if r.Rough {
		return search.Ranked{}, nil
	}
	out := search.Ranked{Done: true, Nothing: true}
	for i := range r.Candidates {
		c := &r.Candidates[i]
		c.Score = 0.1 * c.Relative
		for word := range strings.FieldsSeq(strings.ToLower(r.Question)) {
			if strings.Contains(strings.ToLower(c.Passage.Text), word) {
				c.Score += 1 / (10 + float64(len(c.Passage.Text)))
				out.Nothing = out.Nothing && !r.Known(word)
			}
		}
	}
	return out, nil
}

// corpusIndex is a store with notes and their vectors.
func corpusIndex(t *testing.T, analyzer *text.Analyzer, notes map[string]note) *sqlite.Store {
	t.Helper()
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "daybook.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	for _, id := range slices.Sorted(maps.Keys(notes)) { // their order decides between equals
		put(t, db, analyzer, id, notes[id])
		passages, err := db.Passages(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		var vectors []store.PassageVector
		for _, p := range passages {
			vectors = append(vectors, store.PassageVector{ID: p.ID, Vector: bag{analyzer}.vector(p.Text)})
		}
		if err := db.PutVectors(t.Context(), store.Space{Model: "test/bag", Dim: 24}, vectors); err != nil {
			t.Fatal(err)
		}
	}
	return db
}

// corpusSearchers are searchers over an English journal: by words alone, by meaning
// too, and with a second stage; and one over a German journal.
func corpusSearchers(t *testing.T) func() map[string]*search.Searcher {
	t.Helper()
	config := func(language string, notes map[string]note) search.Config {
		analyzer, err := text.New(language)
		if err != nil {
			t.Fatal(err)
		}
		return search.Config{Index: corpusIndex(t, analyzer, notes), Analyzer: analyzer, People: alike{}, Dates: func() dates.Options { return dates.Options{Today: day(2024, 3, 13)} }}
	}
	words, german := config("english", corpusNotes()), config("german", germanNotes)
	common := strings.Fields("a about again all and at bread came cold day for from garden had have honey i in is it late letter lunch map mouse my new of old on piano rain read reading said sea she slept snow soup spring storm street tea tell the theatre they time to tooth two walked was we wedding will with write wrote")
	meaning := words
	meaning.Embedder, meaning.Model = bag{words.Analyzer}, llm.Ref{Provider: "test", Model: "bag"}
	meaning.Words = func() func(string) bool {
		return func(word string) bool { return slices.Contains(common, word) }
	}
	second := meaning
	second.Reranker = closest{}
	return func() map[string]*search.Searcher {
		return map[string]*search.Searcher{"words": search.New(words), "meaning": search.New(meaning), "typing": search.New(words),
			"second": search.New(second), "German": search.New(german)}
	}
}

// germanNotes have words that are parts of others.
var germanNotes = map[string]note{
	"zahn":     {day: day(2022, 1, 3), lines: "Zahnarzttermin um neun, der Milchzahn ist heraus.\nZahnschmerzen am Abend."},
	"garten":   {day: day(2022, 3, 12), lines: "Gartenarbeit mit Klara; die Gartentür klemmt.\nDer Schrebergarten ist verkauft."},
	"schnee":   {day: day(2022, 1, 20), lines: "Schneesturm, der Zug stand in Olten.\nSchneeballschlacht mit Jo."},
	"kuchen":   {day: day(2022, 6, 4), lines: "Apfelkuchen und Kirschtorte zum Geburtstag von Jo. Ostereier im Keller gefunden."},
	"hochzeit": {day: day(2023, 5, 6), lines: "Die Hochzeit von Ada und Jo. Hochzeitstorte, Tanz bis zwei."},
	"danach":   {day: day(2023, 5, 7), lines: "Lange geschlafen. Frühstück mit den Tanten."},
	"fahrt":    {day: day(2023, 7, 1), lines: "Mit der Fähre nach Föhr gefahren, die Überfahrt war rau.\nFahrräder gemietet."},
	"see":      {day: day(2023, 8, 2), lines: "Im See geschwommen, dann aufgewacht vom Gewitter. Frau Möller war krank."},
	"namen":    {day: day(2023, 9, 9), lines: "Herr Meier hat angerufen, nicht Maier. Straße gesperrt, Strassenfest fällt aus."},
	"umzug":    {day: day(2023, 10, 1), lines: "Umzug in die Kanalstraße. Die Nachbarin brachte Suppe."},
}

// finds writes what a question finds: entries with their scores and the words that
// are marked in their best passages, counts, notices, and the entries of an event.
func finds(ctx context.Context, s *search.Searcher, how, question string) string {
	prepare := s.Prepare
	if how == "typing" {
		prepare = s.PrepareTyping
	}
	q, err := prepare(ctx, question, store.Filter{})
	if err != nil {
		return "error: " + err.Error()
	}
	found, err := s.Find(ctx, q, 4)
	if err != nil {
		return "error: " + err.Error()
	}
	var b strings.Builder
	for i, r := range found.Results {
		fmt.Fprintf(&b, "%s %.4f", r.Entry.ID, r.Score)
		for _, same := range r.Same {
			b.WriteString(" = " + same.ID)
		}
		shown, err := s.Show(ctx, &found, &r, 2)
		if err != nil {
			return "error: " + err.Error()
		}
		if i < 2 {
			for _, p := range shown {
				b.WriteString(" " + marked(p))
			}
		}
		if i == 0 && len(shown) > 0 {
			quote, marks := search.Quote(shown[0].Passage.Text, shown[0].Marks)
			fmt.Fprintf(&b, " %d of %d bytes, marks %v", len(quote), len(shown[0].Passage.Text), marks)
		}
		b.WriteString("; ")
	}
	if m := found.Mentions; m != nil {
		fmt.Fprintf(&b, "| %s ", strings.ReplaceAll(search.Tally(m, language.Of("english"), daybook.Date.String, 3), "\n", " "))
	}
	for _, e := range found.Events {
		b.WriteString("| after " + e.Entry.ID)
	}
	if found.Nothing {
		b.WriteString("| nothing ")
	}
	if found.Language != "" {
		b.WriteString("| in " + found.Language + " ")
	}
	for _, n := range found.Notices {
		b.WriteString("| " + n)
	}
	return cmp.Or(strings.TrimSpace(b.String()), "no entry")
}

// marked returns the words of a passage that are marked, as the page shows them.
func marked(p search.Shown) string {
	excerpt, marks := search.Excerpt(p.Passage.Text, p.Marks)
	var words []string
	for _, m := range marks {
		words = append(words, excerpt[m[0]:m[1]])
	}
	return "(" + strings.Join(words, ", ") + ")"
}

// Each line of the corpus is how a question is searched, the question, and what it
// finds. It holds the whole of a ranking, of which other tests look at a part: a
// change of it is to be judged by the evaluation, and then written with -update.
func TestCorpus(t *testing.T) {
	const name = "testdata/corpus.txt"
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	searchers := corpusSearchers(t)()
	var out strings.Builder
	for line := range strings.Lines(string(data)) {
		line = strings.TrimSuffix(line, "\n")
		fields := strings.SplitN(line, " | ", 3)
		if len(fields) < 2 || searchers[fields[0]] == nil {
			t.Fatalf("%q is no line of a corpus", line)
		}
		got := fields[0] + " | " + fields[1] + " | " + finds(t.Context(), searchers[fields[0]], fields[0], fields[1])
		if got != line && !*update {
			t.Errorf("\n\t got %s\n\twant %s", got, line)
		}
		out.WriteString(got + "\n")
	}
	if !*update {
		return
	}
	if err := os.WriteFile(name, []byte(out.String()), 0o600); err != nil {
		t.Fatal(err)
	}
}
