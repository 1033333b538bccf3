package lancedb

import (
	"path/filepath"
	"strings"
	"testing"

	"daybook"
	"daybook/internal/store"
	"daybook/internal/store/lancedb/lancetest"
)

// hostile are values that a careless filter takes for something else.
var hostile = []string{
	"", "'", "''", `\'`, `\`, `' OR 1=1 --`, `x') OR ('1'='1`, "a\x00b", "new\nline", "“”’", `"`, "$1", ":a", "?", "%_", "/* */", "--", ";", "é\u0301", "😀",
	"'; DELETE FROM daybook_entries", "${x}", "{{x}}", "E'\\x27'", "U&'\\0027'", "\u2028", "\ufeff", "X'27'",
}

// FuzzQuote asks the real server for a value: it finds the rows that have it,
// and no others, whatever it looks like.
func FuzzQuote(f *testing.F) {
	for _, value := range hostile {
		f.Add(value)
	}
	server, err := lancetest.Start(lancetest.Need(f))
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(server.Kill)
	address, err := server.Serve(filepath.Join(f.TempDir(), "lance"))
	if err != nil {
		f.Fatal(err)
	}
	c := must(newClient(address, ""))(f)
	ok(f, c.create(f.Context(), metaTable, metaSchema))
	rows := []row{{"key": "there", "value": "x"}}
	known := map[string]bool{"there": true}
	for _, value := range hostile {
		rows, known[value] = append(rows, row{"key": value, "value": "x"}), true
	}
	ok(f, c.insert(f.Context(), metaTable, metaSchema, rows))
	f.Fuzz(func(t *testing.T, value string) {
		want := 0
		if known[strings.ToValidUTF8(value, "\uFFFD")] {
			want = 1
		}
		for _, where := range []string{"key = " + quote(value), in("key", []string{value}), "value = 'x' AND (" + in("key", []string{value, value}) + ")"} {
			if n, err := c.count(t.Context(), metaTable, where); err != nil || n != want {
				t.Errorf("%q is found %d times, want %d (%v)", value, n, want, err)
			}
		}
		// Both of these are true of every row, whatever the value is.
		if n, err := c.count(t.Context(), metaTable, quote(value)+" = "+quote(value)+" AND key >= ''"); err != nil || n != len(rows) {
			t.Errorf("%q is found in %d of %d rows (%v)", value, n, len(rows), err)
		}
	})
}

// TestConditionsHoldTheirValues has hostile values in every place of a filter.
func TestConditionsHoldTheirValues(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	dir := t.TempDir()
	_, address := lancetest.Run(t, filepath.Join(dir, "lance"))
	s := open(t, address, dir)
	sp := store.Space{Model: "p/m", Dim: 2}
	var notes []store.Note
	for i, value := range hostile {
		n := note("e"+value, "text "+value)
		n.Entry.Path = string(rune('a' + i))
		n.Entry.Tags = []string{"#" + value}
		n.State.Path = n.Entry.Path
		notes = append(notes, n)
	}
	ok(t, s.Apply(t.Context(), store.Batch{Put: notes}))
	var vectors []store.PassageVector
	for _, p := range must(s.WithoutVector(t.Context(), sp, false, 0, 1000))(t) {
		vectors = append(vectors, store.PassageVector{ID: p.ID, Vector: []float32{1, 0}})
	}
	ok(t, s.PutVectors(t.Context(), sp, vectors))
	for _, value := range hostile {
		for _, f := range []store.Filter{{EntryIDs: []string{"e" + value}}, {Tags: []string{"#" + value}}, {Kind: daybook.EntryKind(value)}} {
			hits, err := s.SearchVectors(t.Context(), sp, []float32{1, 1}, f, 10, 0)
			want := 1
			if f.Kind != "" {
				want = 0
			} else if f.EntryIDs == nil && f.Tags == nil {
				want = 10
			}
			if err != nil || len(hits) != want {
				t.Errorf("%+v finds %d, want %d (%v)", f, len(hits), want, err)
			}
		}
	}
}
