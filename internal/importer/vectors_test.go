package importer

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"daybook/internal/llm"
	"daybook/internal/store"
)

// long is a note of several passages.
var long = strings.Repeat("The ferry went over the quiet water and nobody said a word. ", 30)

// fill gives the world notes of every sort.
func (w *world) fill() {
	w.write("journal/01-05-2024.md", "Swam in the lake with Oda.\n")
	w.write("journal/2024/01-06-2024.md", "---\nmood: good\n---\n\n#day #quiet\n### Page\n![[01-06-2024.pdf]]\n\n### Transcription\nOnly this is the text.\n")
	w.write("journal/01-07-2024_01-08-2024.md", "Two days in one note.")
	w.write("journal/02-01-2024.md", long)
	w.write("journal/a/02-02-2024.md", "One of two.")
	w.write("journal/b/02-02-2024.md", "Two of two.")
	w.write("journal/02-03-2024.md", "### Page\n![[02-03-2024.pdf]]\n")
	w.write("evergreen/Boats.md", "What I know of boats.")
	w.write("evergreen/people/Ursula.md", "She plays the viola.")
}

// older is what the older service kept of them, by path, and a few more.
var olderPaths = []string{
	"/home/me/vault/journal/01-05-2024.md", "2024/01-06-2024.md", "01-07-2024_01-08-2024.md", "02-01-2024.md", "02-02-2024.md",
	"02-03-2024.md", "/home/me/vault/evergreen/Boats.md", "people/Ursula.md", "elsewhere/Ursula.md", "09-09-1999.md",
}

const leftOfThem = `1 vector of notes with several passages here 02-01-2024.md
1 vector of notes without a text 02-03-2024.md
1 vector two notes here have this name 02-02-2024.md
2 vector no note here has this name elsewhere/Ursula.md 09-09-1999.md`

func objectFile(paths []string) string {
	var b strings.Builder
	b.WriteString("{")
	for i, p := range paths {
		if i > 0 {
			b.WriteString(",\n ")
		}
		fmt.Fprintf(&b, "%q: %s", p, numbers(vectorOf(p, olderDim)))
	}
	b.WriteString("}\n")
	return b.String()
}

func lineFile(paths []string) string {
	var b strings.Builder
	for _, p := range paths {
		b.WriteString(line(p, numbers(vectorOf(p, olderDim))))
	}
	return b.String()
}

func TestVectorsAreReused(t *testing.T) {
	for name, text := range map[string]string{
		"embeddings.json": objectFile(olderPaths), "embeddings.jsonl": lineFile(olderPaths), "lines.json": lineFile(olderPaths),
		"bom.json": "\ufeff" + objectFile(olderPaths), "crlf.jsonl": "\ufeff" + strings.ReplaceAll(lineFile(olderPaths), "\n", "\r\n") + "\r\n\r\n",
		"windows.jsonl": strings.ReplaceAll(strings.ReplaceAll(lineFile(olderPaths), "/home/me", "C:"), "/", `\\`),
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.fill()
			path := w.write(name, text)
			r := w.imports(path)
			if r.Kind != Vectors || r.Model != Older || r.Dim != olderDim || r.Vectors != (Count{In: 5}) {
				t.Errorf("%+v", r)
			}
			want(t, "left out", strings.ReplaceAll(left(r), `\`, "/"), leftOfThem)
			w.wantVectorsOfTheirNotes()
			before := dump(t, w.store)
			if r := w.imports(path); r.Vectors != (Count{There: 5}) {
				t.Errorf("once more: %+v", r)
			}
			want(t, "the store after the second time", dump(t, w.store), before)
			// A model is asked for the rest, and nothing else.
			for _, text := range w.asked() {
				if !strings.HasPrefix(text, "The ferry") && !strings.HasSuffix(text, " of two.") {
					t.Errorf("%q was embedded again", text)
				}
			}
		})
	}
}

// wantVectorsOfTheirNotes checks that every vector lies under its own note's
// text.
func (w *world) wantVectorsOfTheirNotes() {
	w.t.Helper()
	space := store.Space{Model: Older.String(), Dim: olderDim}
	for path, text := range map[string]string{
		olderPaths[0]: "Swam in the lake with Oda.", olderPaths[1]: "Only this is the text.", olderPaths[2]: "Two days in one note.",
		olderPaths[6]: "What I know of boats.", olderPaths[7]: "She plays the viola.",
	} {
		hits, err := w.store.SearchVectors(w.t.Context(), space, vectorOf(path, olderDim), allEntries, 1, 0)
		if err != nil || len(hits) != 1 || hits[0].Distance > 1e-5 {
			w.t.Errorf("%s is not found: %+v, %v", path, hits, err)
			continue
		}
		entry, err := store.EntryOf(w.t.Context(), w.store, hits[0].Passage.EntryID)
		if err != nil || entry.Text != text {
			w.t.Errorf("the vector of %s lies under %q, %v", path, entry.Text, err)
		}
	}
}

// If every note has its vector, the model is never called.
func TestNoModelCalls(t *testing.T) {
	w := newWorld(t)
	var paths []string
	for i := range 150 {
		p := fmt.Sprintf("%02d-%02d-2020.md", 1+i/28, 1+i%28)
		w.write("journal/"+p, fmt.Sprintf("Day number %d.", i))
		paths = append(paths, p)
	}
	if r := w.imports(w.write("e.jsonl", lineFile(paths))); r.Vectors.In != 150 {
		t.Errorf("%+v", r)
	}
	if asked := w.asked(); len(asked) != 0 {
		t.Errorf("%d texts were embedded", len(asked))
	}
}

func TestRefusedVectors(t *testing.T) {
	w := newWorld(t)
	w.write("journal/01-05-2024.md", "Swam.")
	good := numbers(vectorOf("x", olderDim))
	with := func(number string) string { return strings.Replace(good, "[", "["+number+",", 1) }
	first := func(number string) string { // in place of the first number
		_, rest, _ := strings.Cut(good, ",")
		return "[" + number + "," + rest
	}
	zeros := "[" + strings.Repeat("0,", olderDim-1) + "0]"
	for name, c := range map[string]struct{ vector, reason string }{
		"longer":     {with("1"), "with a length other than the model's"},
		"shorter":    {"[1, 2]", "with a length other than the model's"},
		"empty":      {"[]", "with a length other than the model's"},
		"zeros":      {zeros, allZeros},
		"tiny":       {"[" + strings.Repeat("1e-300,", olderDim-1) + "0]", allZeros},
		"nan":        {first("NaN"), notNumbers},
		"infinite":   {first("Infinity"), notNumbers},
		"minus":      {first("-Infinity"), notNumbers},
		"huge":       {first("1e999"), notNumbers},
		"over float": {first("1e39"), notNumbers},
		"digits":     {first(strings.Repeat("9", 100_000)), notNumbers},
		"null":       {first("null"), notNumbers},
		"text":       {first(`"NaN"`), notNumbers},
		"nested":     {first("[1]"), notNumbers},
		"no list":    {`"` + strings.Repeat("A", 100) + `"`, "without a path"},
		"null list":  {"null", "without a path"},
		"deep":       {strings.Repeat("[", 200) + strings.Repeat("]", 200), notNumbers},
	} {
		r := w.imports(w.write("e.jsonl", line("x.md", c.vector)+line("01-05-2024.md", good)))
		if r.Vectors.In+r.Vectors.There != 1 {
			t.Errorf("%s: the good one behind it: %+v", name, r.Vectors)
		}
		want(t, name+" in lines", left(r), "1 vector "+c.reason+" x.md")
		if name == "no list" || name == "null list" {
			continue // such an object is no file of vectors, unless others come before
		}
		text := `{"x.md": ` + c.vector + `, "01-05-2024.md": ` + good + `}`
		r = w.imports(w.write("e.json", text))
		if r.Vectors.In+r.Vectors.There != 1 {
			t.Errorf("%s: the good one behind it: %+v", name, r.Vectors)
		}
		want(t, name+" in an object", left(r), "1 vector "+c.reason+" x.md")
	}
}

func TestRefusedLines(t *testing.T) {
	w := newWorld(t)
	w.write("journal/01-05-2024.md", "Swam.")
	good := line("01-05-2024.md", numbers(vectorOf("x", olderDim)))
	text := "not json\n" + `{"path": "a.md"}` + "\n" + `{"embedding": [1]}` + "\n" + `["a.md", [1]]` + "\n" + `{"path": 7, "embedding": [1]}` + "\n" +
		good + `{"path": "01-05-20`
	r := w.imports(w.write("e.jsonl", text))
	if r.Vectors.In != 1 {
		t.Errorf("%+v", r.Vectors)
	}
	want(t, "left out", left(r), "3 vector not JSON line 1 line 4 line 7\n3 vector without a path a.md line 3 line 5")
}

func TestLastOfAPathWins(t *testing.T) {
	w := newWorld(t)
	w.write("journal/01-05-2024.md", "Swam.")
	w.write("journal/01-06-2024.md", "Rested.")
	first, last := numbers(vectorOf("first", olderDim)), numbers(vectorOf("last", olderDim))
	r := w.imports(w.write("e.jsonl", line("01-05-2024.md", first)+line("01-06-2024.md", first)+line("01-05-2024.md", last)+line("01-06-2024.md", "[1]")))
	if r.Vectors.In != 1 {
		t.Errorf("%+v", r.Vectors)
	}
	// A last one that is refused does not bring an earlier one back.
	want(t, "left out", left(r), "1 vector with a length other than the model's 01-06-2024.md\n2 vector a later one for the same note follows 01-05-2024.md 01-06-2024.md")
	hits, err := w.store.SearchVectors(t.Context(), store.Space{Model: Older.String(), Dim: olderDim}, vectorOf("last", olderDim), allEntries, 1, 0)
	if err != nil || len(hits) != 1 || hits[0].Distance > 1e-5 {
		t.Errorf("%+v, %v", hits, err)
	}
	// The same key twice in an object.
	w = newWorld(t)
	w.write("journal/01-05-2024.md", "Swam.")
	w.imports(w.write("e.json", `{"01-05-2024.md": `+first+`, "01-05-2024.md": `+last+`}`))
	hits, err = w.store.SearchVectors(t.Context(), store.Space{Model: Older.String(), Dim: olderDim}, vectorOf("last", olderDim), allEntries, 1, 0)
	if err != nil || len(hits) != 1 || hits[0].Distance > 1e-5 {
		t.Errorf("%+v, %v", hits, err)
	}
}

func TestPathsWithTheSameName(t *testing.T) {
	w := newWorld(t)
	w.write("journal/01-05-2024.md", "Swam.")
	r := w.imports(w.write("e.jsonl", lineFile([]string{"old/01-05-2024.md", "new/01-05-2024.md"})))
	if r.Vectors.In != 0 {
		t.Errorf("%+v", r.Vectors)
	}
	want(t, "left out", left(r), "2 vector two paths in the file match one note old/01-05-2024.md new/01-05-2024.md")
}

// Two notes with the same text share a vector, also when the import is repeated.
func TestNotesWithEqualText(t *testing.T) {
	w := newWorld(t)
	w.write("journal/01-05-2024.md", "Nothing today.")
	w.write("journal/01-06-2024.md", "Nothing today.")
	path := w.write("e.jsonl", lineFile([]string{"01-05-2024.md", "01-06-2024.md"}))
	if r := w.imports(path); r.Vectors.In != 2 {
		t.Errorf("%+v", r.Vectors)
	}
	before := dump(t, w.store)
	w.imports(path)
	want(t, "the second time", dump(t, w.store), before)
	if asked := w.asked(); len(asked) > 0 {
		t.Errorf("embedded: %q", asked)
	}
}

// A vector that a model made of a passage is not replaced.
func TestExistingVectorsStay(t *testing.T) {
	w := newWorld(t)
	w.fill()
	if err := w.index(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.asked()
	before := dump(t, w.store)
	if r := w.imports(w.write("e.jsonl", lineFile(olderPaths))); r.Vectors != (Count{There: 5}) {
		t.Errorf("%+v", r)
	}
	want(t, "the store", dump(t, w.store), before)
}

func TestNotesChangedSince(t *testing.T) {
	w := newWorld(t)
	w.write("journal/01-05-2024.md", "Swam.")
	path := w.write("e.jsonl", lineFile([]string{"01-05-2024.md"}))
	set := func(age time.Duration) {
		then := time.Now().Add(-age)
		if err := os.Chtimes(path, then, then); err != nil {
			t.Fatal(err)
		}
	}
	set(72 * time.Hour)
	r := w.imports(path)
	if r.Vectors.In != 0 {
		t.Errorf("%+v", r.Vectors)
	}
	want(t, "left out", left(r), "1 vector of notes changed after the file was written 01-05-2024.md")
	set(time.Hour) // the older service's own mark
	if r := w.imports(path); r.Vectors.In != 1 {
		t.Errorf("%+v", r)
	}
	w = newWorld(t)
	w.write("journal/01-05-2024.md", "Swam.")
	w.c.AnyAge = true
	if r := w.imports(path); r.Vectors.In != 1 {
		t.Errorf("of any age: %+v", r)
	}
}

func TestModels(t *testing.T) {
	other := llm.Ref{Provider: "openai", Model: "small"}
	short := line("01-05-2024.md", "[1, 2, 3]") + line("x.md", "[1, 2, 3]") + line("y.md", "[1, 2]")
	for name, c := range map[string]struct {
		set, said llm.Ref
		text      string
		in, dim   int
		note      bool
	}{
		"the settings' own":           {set: Older, text: lineFile([]string{"01-05-2024.md"}), in: 1, dim: olderDim},
		"said to be that":             {set: Older, said: Older, text: lineFile([]string{"01-05-2024.md"}), in: 1, dim: olderDim},
		"another is set":              {set: other, text: lineFile([]string{"01-05-2024.md"})},
		"none is set":                 {text: lineFile([]string{"01-05-2024.md"})},
		"another is set and said":     {set: other, said: other, text: short, in: 1, dim: 3},
		"another is set, one is said": {set: other, said: Older, text: lineFile([]string{"01-05-2024.md"}), in: 1, dim: olderDim, note: true},
		"its length does not fit":     {set: Older, text: short, dim: olderDim},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.write("journal/01-05-2024.md", "Swam.")
			w.c.Embedding, w.c.Model = c.set, c.said
			r := w.imports(w.write("e.jsonl", c.text))
			if r.Vectors.In != c.in || r.Dim != c.dim || (len(r.Notes) > 0) != c.note {
				t.Errorf("%+v", r)
			}
			stats, err := w.store.Stats(t.Context())
			if err != nil || len(stats.Vectors) != c.in {
				t.Errorf("%+v, %v", stats, err)
			}
			if c.in == 0 && (len(r.Left) == 0 || r.Unread()) {
				t.Error("it is not said why nothing came in")
			}
		})
	}
}

func TestVectorFilesCutAnywhere(t *testing.T) {
	w := newWorld(t)
	w.write("journal/01-05-2024.md", "Swam.")
	w.write("journal/01-06-2024.md", "Rested.")
	for name, text := range map[string]string{
		"e.json":  `{"01-05-2024.md": [0.5, -1], "01-06-2024.md": [1e2, 3]}`,
		"e.jsonl": `{"path": "01-05-2024.md", "embedding": [0.5, -1]}` + "\r\n" + `{"path": "01-06-2024.md", "embedding": [1e2, 3]}`,
	} {
		for n := range len(text) + 1 {
			// A space of its own is like a new store.
			w.c.Embedding = llm.Ref{Provider: "test", Model: fmt.Sprint(name, n)}
			w.c.Model = w.c.Embedding
			r, err := New(w.c).Import(t.Context(), w.write(name, text[:n]))
			if err != nil || r.Vectors.In > 2 || r.Err == nil && len(r.Left) == 0 && r.Vectors.In == 0 && n > 0 {
				t.Fatalf("%s cut at %d: %+v, %v", name, n, r, err)
			}
			whole := w.imports(w.write(name, text))
			if whole.Vectors.In+whole.Vectors.There != 2 || whole.Vectors.There != r.Vectors.In {
				t.Fatalf("%s cut at %d %+v, then whole %+v", name, n, r.Vectors, whole.Vectors)
			}
		}
	}
}
